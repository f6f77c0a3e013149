// SPDX-License-Identifier: Apache-2.0
#include "tests/qemu/jobs.h"

#include <openssl/sha.h>

static uint8_t *message(const struct jobs *jobs, uint64_t number)
{
    CHECK(number < JOBS_MAX);
    return (uint8_t *)snap_arena_data(jobs->arena) + number * JOBS_BYTES_MAX;
}

void jobs_open(struct jobs *jobs, const char *address, unsigned seed)
{
    const struct snap_card_options options = {.stall_ms = 60000}; /* a busy machine's card creeps */
    CHECK_OK(snap_card_open(address, &options, &jobs->card, error));
    const struct snap_queue_config config = {.entries = JOBS_MAX};
    CHECK_OK(snap_queue_create(jobs->card, &config, &jobs->queue, error));
    CHECK_OK(snap_arena_create(jobs->card, (size_t)JOBS_MAX * JOBS_BYTES_MAX, &jobs->arena, error));
    uint32_t state = seed;
    for (unsigned number = 0; number < JOBS_MAX; number++) {
        for (unsigned i = 0; i < JOBS_BYTES_MAX; i++) {
            state = state * 1664525u + 1013904223u;
            message(jobs, number)[i] = (uint8_t)(state >> 24);
        }
    }
}

void jobs_close(struct jobs *jobs)
{
    snap_card_close(jobs->card);
    *jobs = (struct jobs){0};
}

void jobs_submit(struct jobs *jobs, unsigned count, uint32_t bytes)
{
    for (unsigned number = 0; number < count; number++)
        CHECK(snap_queue_prepare_indirect(jobs->queue, SNAP_OP_SHA256, 0, jobs->arena,
                                          (size_t)number * JOBS_BYTES_MAX, bytes, number));
    snap_queue_submit(jobs->queue);
}

void jobs_check_digest(const struct jobs *jobs, const struct snap_result *result, uint32_t bytes)
{
    uint8_t expected[SHA256_DIGEST_LENGTH];
    CHECK(result->data != NULL);
    CHECK(SHA256(message(jobs, result->user), bytes, expected) != NULL);
    CHECK_MEM(result->data, expected, sizeof expected);
}

void jobs_expect(struct jobs *jobs, unsigned count, uint32_t bytes)
{
    uint32_t seen = 0;
    for (unsigned done = 0; done < count;) {
        CHECK_OK(snap_queue_wait(jobs->queue, JOBS_WAIT_MS, error));
        struct snap_result results[JOBS_MAX];
        unsigned reaped = snap_queue_reap(jobs->queue, results, JOBS_MAX);
        for (unsigned i = 0; i < reaped; i++) {
            CHECK_EQ(results[i].status, SNAP_STATUS_OK);
            jobs_check_digest(jobs, &results[i], bytes);
            CHECK((seen >> results[i].user & 1) == 0);
            seen |= UINT32_C(1) << results[i].user;
        }
        done += reaped;
    }
    CHECK_EQ(seen, (UINT64_C(1) << count) - 1);
    CHECK_EQ(snap_queue_outstanding(jobs->queue), 0);
}

unsigned jobs_expect_lost(struct jobs *jobs, unsigned count, uint32_t bytes)
{
    struct snap_result results[JOBS_MAX];
    uint32_t seen = 0;
    unsigned lost = 0;
    unsigned reaped = snap_queue_reap(jobs->queue, results, JOBS_MAX);
    CHECK_EQ(reaped, count);
    for (unsigned i = 0; i < reaped; i++) {
        CHECK(results[i].user < count && (seen >> results[i].user & 1) == 0);
        seen |= UINT32_C(1) << results[i].user;
        if (results[i].status == SNAP_JOB_LOST) {
            lost++;
        } else {
            CHECK_EQ(results[i].status, SNAP_STATUS_OK);
            jobs_check_digest(jobs, &results[i], bytes);
        }
    }
    return lost;
}
