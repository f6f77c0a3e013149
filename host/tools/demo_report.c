// SPDX-License-Identifier: Apache-2.0
/* What demo-block says about its runs, as text and as JSON. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>

#include "host/tools/demo.h"

#define BAD_LISTED_MAX 20u

static double span_seconds(const struct demo *demo, unsigned kind)
{
    const struct span *span = &demo->spans[kind];
    return (double)(atomic_load(&span->end_ns) - span->start_ns) / (double)CLOCK_NS_PER_S;
}

static const char *kind_name(unsigned kind)
{
    return offload_kind_info((enum offload_kind)kind)->name;
}

const char *demo_who_name(enum demo_who who)
{
    static const char *const names[DEMO_WHOS] = {"card", "cpu", "both"};
    return names[who];
}

bool demo_all_valid(const struct demo *demo)
{
    bool valid = demo->merkle.verdict == OFFLOAD_VALID;
    for (size_t i = 0; i < demo->signature_count; i++)
        valid = valid && demo->signatures[i].verdict == OFFLOAD_VALID;
    return valid;
}

bool demo_same_verdicts(const struct demo *demos, unsigned count)
{
    for (unsigned run = 1; run < count; run++) {
        const struct demo *one = &demos[run - 1], *other = &demos[run];
        if (one->merkle.verdict != other->merkle.verdict)
            return false;
        for (size_t i = 0; i < one->signature_count && i < other->signature_count; i++)
            if (one->signatures[i].verdict != other->signatures[i].verdict)
                return false;
    }
    return true;
}

/* ------------------------------------------------------------------ text */

static void print_bad(const struct demo *demo)
{
    unsigned bad = 0;
    if (demo->merkle.verdict != OFFLOAD_VALID)
        printf("INVALID: the Merkle root is not the block header's\n");
    for (size_t i = 0; i < demo->signature_count; i++)
        if (demo->signatures[i].verdict != OFFLOAD_VALID && bad++ < BAD_LISTED_MAX)
            printf("INVALID: signature %zu\n", i + 1);
    if (bad > BAD_LISTED_MAX)
        printf("INVALID: and %u more signatures\n", bad - BAD_LISTED_MAX);
}

static void print_jobs(const struct demo *demo)
{
    char cycles[32];
    snprintf(cycles, sizeof cycles, "cycles (%s)", demo->arguments->cycles_from);
    printf("\n%-24s %7s %7s %7s %7s %8s %15s %9s\n", "job", "count", "card", "cpu", "valid",
           "invalid", cycles, "wall s");
    for (unsigned kind = 0; kind < OFFLOAD_KINDS; kind++) {
        const struct offload_kind_stats *k = &demo->stats.kinds[kind];
        if (k->jobs > 0)
            printf("%-24s %7" PRIu64 " %7" PRIu64 " %7" PRIu64 " %7" PRIu64 " %8" PRIu64
                   " %15" PRIu64 " %9.3f\n",
                   kind_name(kind), k->jobs, k->card, k->cpu, k->valid, k->invalid,
                   k->engine_cycles, span_seconds(demo, kind));
    }
    printf("(cycles: each job's from its first word in the engine to its result, added up; jobs "
           "overlap)\n");
}

static void print_cards(const struct offload_stats *stats)
{
    for (unsigned i = 0; i < stats->card_count; i++) {
        const struct offload_card_stats *card = &stats->cards[i];
        printf("card %s: %s, %" PRIu64 " known answers passed\n", card->address,
               card->up ? "in service" : "out of service", card->known_passed);
        for (unsigned reason = 0; reason < OFFLOAD_REASONS; reason++)
            if (card->reasons[reason] > 0)
                printf("  %s: %" PRIu64 "\n", offload_reason_name((enum offload_reason)reason),
                       card->reasons[reason]);
    }
}

void demo_print_result(const struct demo *demo)
{
    print_jobs(demo);
    print_cards(&demo->stats);
    print_bad(demo);
    if (demo->signature_count < demo->data->signature_count)
        printf("the first %zu of %zu signatures\n", demo->signature_count,
               demo->data->signature_count);
    printf("block %u: %s, %.3f s\n", BLOCK_HEIGHT, demo_all_valid(demo) ? "all valid" : "NOT VALID",
           demo->wall_seconds);
}

void demo_print_runs(const struct demo *demos, unsigned count)
{
    printf("\n%-6s %10s %10s %10s %10s %9s %9s\n", "run", "signatures", "by card", "by cpu",
           "valid", "wall s", "a second");
    for (unsigned run = 0; run < count; run++) {
        const struct demo *demo = &demos[run];
        const struct offload_kind_stats *k = &demo->stats.kinds[OFFLOAD_ECDSA_SECP256K1_VERIFY];
        double wall = span_seconds(demo, OFFLOAD_ECDSA_SECP256K1_VERIFY);
        printf("%-6s %10" PRIu64 " %10" PRIu64 " %10" PRIu64 " %10" PRIu64 " %9.3f %9.0f\n",
               demo_who_name(demo->who), k->jobs, k->card, k->cpu, k->valid, wall,
               wall > 0 ? (double)k->jobs / wall : 0);
    }
    printf("%s\n", demo_same_verdicts(demos, count) ? "all runs came to the same verdicts"
                                                    : "THE RUNS CAME TO DIFFERENT VERDICTS");
}

/* ------------------------------------------------------------------ JSON */

static json_t *jobs_json(const struct demo *demo)
{
    json_t *jobs = json_array();
    for (unsigned kind = 0; kind < OFFLOAD_KINDS; kind++) {
        const struct offload_kind_stats *k = &demo->stats.kinds[kind];
        if (k->jobs == 0)
            continue;
        json_t *job = json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I}", "kind", kind_name(kind),
                                "count", (json_int_t)k->jobs, "card", (json_int_t)k->card, "cpu",
                                (json_int_t)k->cpu, "valid", (json_int_t)k->valid, "invalid",
                                (json_int_t)k->invalid, "cycles", (json_int_t)k->engine_cycles);
        if (json_array_append_new(jobs, job) != 0) {
            json_decref(jobs);
            return NULL;
        }
    }
    return jobs;
}

/* Beside `jobs`, whose fields are fixed. */
static json_t *kind_seconds_json(const struct demo *demo)
{
    json_t *all = json_object();
    for (unsigned kind = 0; kind < OFFLOAD_KINDS; kind++)
        if (demo->stats.kinds[kind].jobs > 0 &&
            json_object_set_new(all, kind_name(kind), json_real(span_seconds(demo, kind))) != 0) {
            json_decref(all);
            return NULL;
        }
    return all;
}

static json_t *events_json(const struct demo *demo)
{
    json_t *list = json_array();
    for (unsigned i = 0; i < demo->event_count; i++) {
        const struct offload_event *event = &demo->events[i];
        json_t *object =
            json_pack("{s:s, s:s, s:s, s:I}", "card", demo->arguments->cards[event->card], "event",
                      offload_reason_name(event->reason), "text", event->text, "count",
                      (json_int_t)event->count);
        if (json_array_append_new(list, object) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *bad_signatures_json(const struct demo *demo)
{
    json_t *list = json_array();
    for (size_t i = 0; i < demo->signature_count; i++)
        if (demo->signatures[i].verdict != OFFLOAD_VALID &&
            json_array_append_new(list, json_integer((json_int_t)i + 1)) != 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

/* json_pack takes the parts over and fails when one is NULL. */
static json_t *run_json(const struct demo *demo)
{
    return json_pack("{s:s, s:b, s:I, s:o, s:o, s:o, s:o, s:f}", "who", demo_who_name(demo->who),
                     "ok", demo_all_valid(demo), "signatures", (json_int_t)demo->signature_count,
                     "jobs", jobs_json(demo), "invalid_signatures", bad_signatures_json(demo),
                     "events", events_json(demo), "wall_seconds_of_kind", kind_seconds_json(demo),
                     "wall_seconds", demo->wall_seconds);
}

static json_t *runs_json(const struct demo *demos, unsigned count)
{
    json_t *list = json_array();
    for (unsigned run = 0; run < count; run++)
        if (json_array_append_new(list, run_json(&demos[run])) != 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

int demo_write_json(const struct demo *demos, unsigned count)
{
    const struct demo *last = &demos[count - 1];
    const char *path = last->arguments->json;
    if (path == NULL)
        return 0;
    json_t *root = run_json(last);
    json_t *more = json_pack("{s:i, s:s, s:b, s:o}", "block", (int)BLOCK_HEIGHT, "cycles_from",
                             last->arguments->cycles_from, "same_verdicts",
                             demo_same_verdicts(demos, count), "runs", runs_json(demos, count));
    int code = root != NULL && more != NULL && json_object_update(root, more) == 0
                   ? json_dump_file(root, path, JSON_INDENT(2) | JSON_REAL_PRECISION(6))
                   : -1;
    json_decref(root);
    json_decref(more);
    if (code != 0)
        fprintf(stderr, "demo-block: %s cannot be written\n", path);
    return code;
}
