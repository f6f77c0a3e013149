/* SPDX-License-Identifier: Apache-2.0 */
/* What the guest's tests share: a card with a queue and an arena of messages, and SHA-256 jobs over
 * them whose results are compared with the CPU's. Everything here ends the program with `not ok`
 * when it fails. */
#ifndef TESTS_QEMU_JOBS_H
#define TESTS_QEMU_JOBS_H

#include "snapcard.h"
#include "tests/unit/check.h"

#define JOBS_MAX       32u
#define JOBS_BYTES_MAX 0x10000u /* of one message */
#define JOBS_WAIT_MS   120000   /* hang guard */

/* CHECK for the driver's functions: says what they say. */
#define CHECK_OK(call)                                                                             \
    do {                                                                                           \
        struct snap_error error_ = {0};                                                            \
        struct snap_error *error = &error_;                                                        \
        if ((call) != SNAP_OK) {                                                                   \
            printf("not ok - %s\n# %s:%d: %s: %s\n", __func__, __FILE__, __LINE__, #call,          \
                   error->text);                                                                   \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

struct jobs {
    struct snap_card *card;
    struct snap_queue *queue;
    struct snap_arena *arena; /* JOBS_MAX messages, one every JOBS_BYTES_MAX bytes */
};

/* Opens the card, creates the queue, and fills the messages with bytes that depend on `seed`. */
void jobs_open(struct jobs *jobs, const char *address, unsigned seed);
void jobs_close(struct jobs *jobs);

/* One job for each of the first `count` messages, each `bytes` long, in one batch; the job's user
 * value is the message's number. */
void jobs_submit(struct jobs *jobs, unsigned count, uint32_t bytes);

/* Sleeps on the queue until `count` jobs have ended; every one must be there once and have the
 * digest that the CPU computes. */
void jobs_expect(struct jobs *jobs, unsigned count, uint32_t bytes);

/* Checks one result of such a job. */
void jobs_check_digest(const struct jobs *jobs, const struct snap_result *result, uint32_t bytes);

/* Reaps what a reset has left of `count` jobs: each once, either done right or lost. Returns how
 * many were lost. */
unsigned jobs_expect_lost(struct jobs *jobs, unsigned count, uint32_t bytes);

#endif
