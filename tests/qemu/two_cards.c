// SPDX-License-Identifier: Apache-2.0
/* usage: two_cards ADDRESS ADDRESS. Two cards in one process, each in its own I/O address space. */
#include "tests/qemu/jobs.h"

#define SHORT_BYTES 300u
#define LONG_JOBS   8u

static const char *addresses[2];
static struct jobs cards[2];

static void both_work_at_once(void)
{
    for (unsigned round = 0; round < 3; round++) {
        jobs_submit(&cards[0], JOBS_MAX, SHORT_BYTES + round);
        jobs_submit(&cards[1], JOBS_MAX, SHORT_BYTES - round);
        jobs_expect(&cards[1], JOBS_MAX, SHORT_BYTES - round);
        jobs_expect(&cards[0], JOBS_MAX, SHORT_BYTES + round);
    }
}

static void reset_of_one_spares_the_other(void)
{
    jobs_submit(&cards[0], LONG_JOBS, JOBS_BYTES_MAX);
    jobs_submit(&cards[1], JOBS_MAX, SHORT_BYTES);
    CHECK_OK(snap_card_reset(cards[0].card, error));
    jobs_expect(&cards[1], JOBS_MAX, SHORT_BYTES);
    CHECK_OK(snap_queue_reset(cards[0].queue, error));
    CHECK(jobs_expect_lost(&cards[0], LONG_JOBS, JOBS_BYTES_MAX) > 0);
    jobs_submit(&cards[0], 4, SHORT_BYTES);
    jobs_expect(&cards[0], 4, SHORT_BYTES);
}

/* Hashes 64 bytes at a bus address that the driver would refuse, by changing the slot behind its
 * back. */
static uint8_t status_of_read(struct jobs *jobs, uint64_t bus_address)
{
    uint8_t *payload = snap_queue_prepare(jobs->queue, SNAP_OP_SHA256, 0, 64, 7);
    CHECK(payload != NULL);
    struct snap_job_header *header = (void *)(payload - SNAP_JOB_HEADER_BYTES);
    header->flags = SNAP_FLAG_INDIRECT;
    header->address = bus_address;
    snap_queue_submit(jobs->queue);
    CHECK_OK(snap_queue_wait(jobs->queue, JOBS_WAIT_MS, error));
    struct snap_result result;
    CHECK_EQ(snap_queue_reap(jobs->queue, &result, 1), 1);
    CHECK_EQ(result.user, 7);
    return result.status;
}

/* Both cards have the same mappings until the first gets one more. */
static void memory_of_one_is_hidden_from_the_other(void)
{
    struct snap_arena *arena;
    CHECK_OK(snap_arena_create(cards[0].card, 4096, &arena, error));
    CHECK_EQ(status_of_read(&cards[0], snap_arena_address(arena)), SNAP_STATUS_OK);
    CHECK_EQ(status_of_read(&cards[1], snap_arena_address(arena)), SNAP_STATUS_DATA_UR);
    CHECK_OK(snap_arena_destroy(arena, error));
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: two_cards ADDRESS ADDRESS\n");
        return 2;
    }
    for (unsigned i = 0; i < 2; i++) {
        addresses[i] = argv[i + 1];
        jobs_open(&cards[i], addresses[i], i);
    }
    RUN(both_work_at_once);
    RUN(reset_of_one_spares_the_other);
    RUN(memory_of_one_is_hidden_from_the_other);
    for (unsigned i = 0; i < 2; i++)
        jobs_close(&cards[i]);
    return 0;
}
