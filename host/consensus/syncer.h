/* SPDX-License-Identifier: Apache-2.0 */
/* From sealed to final: syncs the block log and writes checkpoints in the loop's thread pool, casts
 * this node's vote for what is synced, and tells the chain what is final by that. A sync takes all
 * blocks that were sealed before it began, so a slow disk makes fewer syncs, not a queue of them. A
 * checkpoint runs beside the syncs, since it may take longer than many blocks. */
#ifndef HOST_CONSENSUS_SYNCER_H
#define HOST_CONSENSUS_SYNCER_H

#include <stdbool.h>
#include <uv.h>

#include "host/consensus/finality.h"
#include "host/ledger/chain.h"

struct syncer {
    struct chain *chain;
    uv_loop_t *loop;
    struct finality finality;
    /* On the loop's thread: work has ended; what there is may be final now. */
    void (*progress)(void *user);
    /* On the loop's thread: the disk failed. Nothing more is begun. */
    void (*fatal)(void *user, const char *text);
    void *user;

    bool syncing, sync_again, checkpointing, failed;
    uv_work_t sync_work, checkpoint_work;
    int sync_code, checkpoint_code; /* of the work that runs: its thread's until it has ended */
    char sync_error[CHAIN_ERROR_SIZE], checkpoint_error[CHAIN_ERROR_SIZE];
};

/* The caller fills chain to user with an initialiser. */
/* A block was sealed. On the loop's thread; so is syncer_idle. */
void syncer_sync(struct syncer *syncer);
bool syncer_idle(const struct syncer *syncer);

#endif
