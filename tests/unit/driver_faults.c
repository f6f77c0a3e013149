// SPDX-License-Identifier: Apache-2.0
/* One faulty card: the driver notices, says what it is, loses no job and none twice, and brings the
 * card back.
 *
 * usage: driver_faults ADDRESS EXPECTED   EXPECTED: broken, stalled, gone, fine (not noticed),
 * or the name of the status in which jobs end */
#include "snapcard.h"
#include "tests/unit/check.h"

#define JOBS            64u
#define BATCH           16u
#define DEADLINE_CYCLES 100000u
#define ROUNDS_MAX      1000000u /* a hang guard */

struct outcome {
    enum snap_queue_state state; /* the first that was not running */
    unsigned ok, lost, failed;
    uint8_t failure; /* the last status that was neither */
    struct snap_error error;
};

static unsigned submit(struct snap_queue *queue, unsigned submitted)
{
    for (unsigned i = 0; i < BATCH && submitted < JOBS; i++) {
        uint8_t *payload = snap_queue_prepare(queue, SNAP_OP_SHA256, 0, 1, submitted);
        if (payload == NULL)
            break;
        payload[0] = (uint8_t)submitted++;
    }
    snap_queue_submit(queue);
    return submitted;
}

static void count(struct outcome *outcome, const struct snap_result *result, bool *seen)
{
    CHECK(result->user < JOBS && !seen[result->user]);
    seen[result->user] = true;
    if (result->status == SNAP_STATUS_OK) {
        CHECK(result->data != NULL);
        outcome->ok++;
    } else if (result->status == SNAP_JOB_LOST) {
        outcome->lost++;
    } else {
        outcome->failed++;
        outcome->failure = result->status;
    }
}

/* Runs all jobs, resetting the queue when it stops. */
static void run(struct snap_queue *queue, struct outcome *outcome)
{
    bool seen[JOBS] = {false};
    unsigned submitted = 0, done = 0;
    for (unsigned round = 0; done < JOBS; round++) {
        struct snap_result results[BATCH];
        CHECK(round < ROUNDS_MAX);
        submitted = submit(queue, submitted);
        unsigned taken = snap_queue_reap(queue, results, BATCH);
        for (unsigned i = 0; i < taken; i++)
            count(outcome, &results[i], seen);
        done += taken;
        struct snap_error error = {0};
        enum snap_queue_state state =
            taken == 0 ? snap_queue_check(queue, &error) : SNAP_QUEUE_RUNNING;
        if (state == SNAP_QUEUE_RUNNING)
            continue;
        if (outcome->state == SNAP_QUEUE_RUNNING) {
            outcome->state = state;
            outcome->error = error;
        }
        int code = snap_queue_reset(queue, &error);
        CHECK_EQ(code, state == SNAP_QUEUE_GONE ? SNAP_E_GONE : SNAP_OK);
    }
    /* What comes when nothing is outstanding any more. */
    struct snap_result none;
    struct snap_error error;
    if (outcome->state != SNAP_QUEUE_RUNNING)
        return;
    (void)snap_queue_check(queue, NULL); /* reads registers, so that it has arrived */
    CHECK_EQ(snap_queue_reap(queue, &none, 1), 0);
    outcome->state = snap_queue_check(queue, &outcome->error);
    if (outcome->state != SNAP_QUEUE_RUNNING)
        CHECK_EQ(snap_queue_reset(queue, &error), SNAP_OK);
}

static bool matches(const struct outcome *outcome, const char *expected)
{
    if (outcome->ok + outcome->lost + outcome->failed != JOBS)
        return false;
    if (strcmp(expected, "gone") == 0)
        return outcome->state == SNAP_QUEUE_GONE && outcome->error.code == SNAP_E_GONE &&
               outcome->lost > 0;
    if (strcmp(expected, "fine") == 0)
        return outcome->state == SNAP_QUEUE_RUNNING && outcome->ok == JOBS;
    if (strcmp(expected, "broken") == 0)
        return outcome->state == SNAP_QUEUE_BROKEN && outcome->failed == 0;
    if (strcmp(expected, "stalled") == 0)
        return outcome->state == SNAP_QUEUE_STALLED && outcome->failed == 0 && outcome->lost > 0;
    return outcome->state == SNAP_QUEUE_RUNNING && outcome->failed > 0 &&
           strcmp(snap_status_name(outcome->failure), expected) == 0;
}

int main(int argc, char **argv)
{
    struct snap_card_options options = {.stall_ms = 60000}; /* a busy machine's card creeps */
    struct snap_queue_config config = {.entries = 32, .deadline_cycles = DEADLINE_CYCLES};
    struct snap_card *card;
    struct snap_queue *queue;
    struct snap_error error;
    struct outcome outcome = {.state = SNAP_QUEUE_RUNNING};
    CHECK(argc == 3);
    CHECK_EQ(snap_card_open(argv[1], &options, &card, &error), SNAP_OK);
    CHECK_EQ(snap_queue_create(card, &config, &queue, &error), SNAP_OK);
    run(queue, &outcome);
    printf("%s - expected %s: queue %s%s%s, %u ok, %u lost, %u ended in %s\n",
           matches(&outcome, argv[2]) ? "ok" : "not ok", argv[2],
           snap_queue_state_name(outcome.state), outcome.error.text[0] ? ": " : "",
           outcome.error.text, outcome.ok, outcome.lost, outcome.failed,
           snap_status_name(outcome.failure));
    snap_card_close(card);
    return matches(&outcome, argv[2]) ? 0 : 1;
}
