/* SPDX-License-Identifier: Apache-2.0 */
/* Production: opens a block in each slot of this node's, executes what intake has ready, seals it
 * at the slot's end, has it synced, and passes it on to finality. Runs on a libuv loop of the
 * caller's, which is the one thread that changes the chain; syncing and checkpoints run in the
 * loop's thread pool, next to each other.
 *
 *   slot n - 1 |<------- open: execute, 64 transactions under the lock at a time ------->| slot n
 *                                                    sealed with the time of slot n, synced, final
 *
 * TIME. A block carries the time at which it is sealed, that of its slot. A slot that has passed
 * (the machine slept, the loop was busy) is left out, never made up; a block that was open
 * meanwhile is sealed late, for its transactions have been answered. A clock that was set back
 * stops production until it has caught up with the last block.
 *
 * A FULL BLOCK. When the block's CPU, network or size is used up, the transaction that did not fit
 * and those behind it stay in intake for the next block. One that fits in no block, not even in an
 * empty one, is answered with that error.
 *
 * A CARD'S MISTAKE. When the ledger finds signatures missing or irrelevant and a card recovered
 * them, intake looks again on the CPU, and if the keys differ the transaction is executed again. */
#ifndef HOST_CONSENSUS_PRODUCER_H
#define HOST_CONSENSUS_PRODUCER_H

#include <uv.h>

#include "host/consensus/finality.h"
#include "host/consensus/schedule.h"
#include "host/intake/intake.h"

struct producer;

struct producer_options {
    uv_loop_t *loop;
    struct chain *chain;
    struct intake *intake;
    const struct schedule *schedule;
    name_t name;
    struct private_key key; /* copied; wiped by destroy */
    /* Milliseconds since 1970: the wall clock's seam. */
    int64_t (*unix_ms)(void *context);
    void *clock_context;
    /* A disk or signer failed: the node must stop, and says why. Once or more, on the loop's
     * thread; must not call producer_stop itself, but have it called. */
    void (*fatal)(void *user, const char *text);
    void *user;
};

/* Starts to produce as soon as the loop runs. NULL: no memory, or no handles left. */
struct producer *producer_create(const struct producer_options *options);
/* intake's `ready`: wakes the loop. Any thread. */
void producer_wake(void *producer);
/* Seals the block that is open at once if a transaction is in it, since that has been answered;
 * opens no other. Has it synced and made final, waits for what is under way, and calls `stopped`
 * on the loop. On the loop's thread. */
void producer_stop(struct producer *producer, void (*stopped)(void *user), void *user);
/* After `stopped`. */
void producer_destroy(struct producer *producer);

struct producer_stats {
    uint64_t blocks, slots_missed, transactions, failed_transactions;
    uint64_t seal_us_total; /* wall time of sealing, informs only */
};
/* Any thread. */
void producer_stats(struct producer *producer, struct producer_stats *stats);

#endif
