// SPDX-License-Identifier: Apache-2.0
/* snapcard bench: one opcode after the other on one queue. */
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "driver/card/known_point.h"
#include "driver/tools/tool.h"

#define ENTRIES 256u
#define WAIT_MS 120000 /* a hang guard */

struct measurement {
    uint8_t opcode;
    bool verdict; /* each job is a known answer's, which is valid; else any bytes will do */
    uint32_t length;
    uint8_t payload[SNAP_KNOWN_POINT_BYTES_MAX];
    unsigned jobs;
    double seconds;
    double card_cycles;   /* a job */
    double engine_cycles; /* a job, from its first word in the engine to its result */
};

static double now_seconds(void)
{
    struct timespec now;
    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
        return 0;
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* What the opcode takes: Merkle jobs whole leaves, at least one. */
static uint32_t payload_length(uint8_t opcode, unsigned wanted)
{
    bool merkle = opcode == SNAP_OP_MERKLE_SHA256 || opcode == SNAP_OP_MERKLE_SHA256D ||
                  opcode == SNAP_OP_MERKLE_SM3;
    if (!merkle)
        return wanted;
    uint32_t leaves = (wanted + SNAP_MERKLE_LEAF_BYTES - 1) / SNAP_MERKLE_LEAF_BYTES;
    return (leaves == 0 ? 1 : leaves) * SNAP_MERKLE_LEAF_BYTES;
}

/* The first known answer of the opcode that is valid and needs no flag; NULL: it has none. */
static const struct snap_known_point *find_known(uint8_t opcode)
{
    for (size_t i = 0; i < snap_known_point_count; i++) {
        const struct snap_known_point *known = &snap_known_points[i];
        if (known->opcode == opcode && known->flags == 0 && known->verdict == SNAP_VERDICT_VALID)
            return known;
    }
    return NULL;
}

static void choose_payload(struct measurement *one, unsigned wanted)
{
    const struct snap_known_point *known = find_known(one->opcode);
    one->verdict = known != NULL;
    one->length = known != NULL ? known->bytes : payload_length(one->opcode, wanted);
    assert(one->length <= sizeof one->payload);
    memset(one->payload, 0x5A, sizeof one->payload);
    if (known != NULL)
        snap_known_from_hex(known->payload, one->payload, known->bytes);
}

static unsigned submit(struct snap_queue *queue, const struct measurement *one, unsigned count)
{
    unsigned prepared = 0;
    for (; prepared < count; prepared++) {
        void *payload = snap_queue_prepare(queue, one->opcode, 0, one->length, 0);
        if (payload == NULL)
            break;
        memcpy(payload, one->payload, one->length);
    }
    snap_queue_submit(queue);
    return prepared;
}

/* False with a reason when a result is not OK, or not valid where it must be. */
static bool accept(const struct measurement *one, const struct snap_result *result,
                   struct snap_error *error)
{
    const char *name = snap_opcode_name(one->opcode);
    if (result->status != SNAP_STATUS_OK)
        (void)snprintf(error->text, sizeof error->text, "%s ended in %s", name,
                       snap_status_name(result->status));
    else if (one->verdict && snap_result_verdict(result) != SNAP_VERDICT_VALID)
        (void)snprintf(error->text, sizeof error->text,
                       "%s found a valid job invalid: do not use this card", name);
    else
        return true;
    return false;
}

static int run_jobs(struct snap_queue *queue, struct measurement *one, unsigned batch,
                    struct snap_error *error)
{
    struct snap_result results[ENTRIES];
    uint64_t engine_cycles = 0;
    for (unsigned submitted = 0, done = 0; done < one->jobs;) {
        unsigned left = one->jobs - submitted;
        submitted += submit(queue, one, left < batch ? left : batch);
        unsigned taken = snap_queue_reap(queue, results, ENTRIES);
        for (unsigned i = 0; i < taken; i++) {
            if (!accept(one, &results[i], error))
                return TOOL_WRONG;
            engine_cycles += results[i].engine_cycles;
        }
        done += taken;
        bool full = submitted == one->jobs || snap_queue_room(queue) == 0;
        if (taken == 0 && full && snap_queue_wait(queue, WAIT_MS, error) != SNAP_OK)
            return TOOL_FAILED;
    }
    one->engine_cycles = (double)engine_cycles / one->jobs;
    return TOOL_OK;
}

static int measure(struct snap_card *card, struct snap_queue *queue, unsigned batch,
                   struct measurement *one, struct snap_error *error)
{
    uint64_t before, after;
    if (snap_card_cycles(card, &before, NULL, error) != SNAP_OK)
        return TOOL_FAILED;
    double start = now_seconds();
    int code = run_jobs(queue, one, batch, error);
    one->seconds = now_seconds() - start;
    if (code == TOOL_OK && snap_card_cycles(card, &after, NULL, error) != SNAP_OK)
        return TOOL_FAILED;
    if (code == TOOL_OK)
        one->card_cycles = (double)(after - before) / one->jobs;
    return code;
}

static int report(const struct measurement *one, json_t *lines, bool json)
{
    double rate = one->seconds > 0 ? one->jobs / one->seconds : 0;
    const char *name = snap_opcode_name(one->opcode);
    if (!json)
        return printf(
                   "%-23s %4u bytes  %10.0f jobs/s  %10.1f card cycles/job  %8.1f engine cycles\n",
                   name, one->length, rate, one->card_cycles, one->engine_cycles) < 0;
    return json_array_append_new(
        lines, json_pack("{s:s,s:i,s:i,s:f,s:f,s:f,s:f}", "opcode", name, "length",
                         (int)one->length, "jobs", (int)one->jobs, "seconds", one->seconds,
                         "jobs_per_second", rate, "card_cycles_per_job", one->card_cycles,
                         "engine_cycles_per_job", one->engine_cycles));
}

static int bench_all(struct snap_card *card, struct snap_queue *queue,
                     const struct tool_options *options, json_t *lines, struct snap_error *error)
{
    int code = TOOL_OK;
    unsigned measured = 0;
    for (unsigned opcode = 0; opcode < 256 && code == TOOL_OK; opcode++) {
        bool chosen = options->opcode < 0 || (unsigned)options->opcode == opcode;
        /* Not one that would take the card's microcode away. */
        if (!chosen || !snap_card_supports(card, opcode) || opcode == SNAP_OP_MICROCODE_LOAD)
            continue;
        struct measurement one = {.opcode = (uint8_t)opcode, .jobs = options->jobs};
        choose_payload(&one, options->length);
        code = measure(card, queue, options->batch, &one, error);
        measured++;
        if (code == TOOL_OK && report(&one, lines, options->json) != 0) {
            (void)snprintf(error->text, sizeof error->text, "the output could not be written");
            code = TOOL_FAILED;
        }
    }
    if (measured == 0) {
        (void)snprintf(error->text, sizeof error->text,
                       "the card does not have that opcode, or it is none to measure");
        code = TOOL_FAILED;
    }
    return code;
}

int tool_bench(const struct tool_options *options)
{
    struct snap_card *card = tool_open(options);
    if (card == NULL)
        return TOOL_FAILED;
    const struct snap_queue_config config = {.entries = ENTRIES, .slot_bytes = 512};
    struct snap_queue *queue;
    struct snap_error error;
    json_t *lines = json_array();
    int code = TOOL_FAILED;
    if (snap_queue_create(card, &config, &queue, &error) == SNAP_OK)
        code = bench_all(card, queue, options, lines, &error);
    snap_card_close(card);
    if (code != TOOL_OK) {
        (void)fprintf(stderr, "snapcard: %s\n", error.text);
        json_decref(lines);
        return code;
    }
    if (options->json)
        return tool_print_json(lines);
    json_decref(lines);
    return fflush(stdout) == 0 ? TOOL_OK : TOOL_FAILED;
}
