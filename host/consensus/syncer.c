// SPDX-License-Identifier: Apache-2.0
#include "host/consensus/syncer.h"

#include <assert.h>

static void start_sync(struct syncer *syncer);
static void start_checkpoint(struct syncer *syncer);

static void fail(struct syncer *syncer, const char *text)
{
    syncer->failed = true;
    syncer->fatal(syncer->user, text);
}

/* ------------------------------------------------------------------ syncs */

static void sync_main(uv_work_t *work)
{
    struct syncer *syncer = work->data;
    syncer->sync_code = chain_sync(syncer->chain, syncer->sync_error);
}

static void vote(struct syncer *syncer)
{
    struct chain *chain = syncer->chain;
    chain_lock(chain);
    uint32_t final = finality_own_vote(&syncer->finality, chain_synced(chain));
    if (final > chain_final(chain))
        chain_finalize(chain, final);
    chain_unlock(chain);
}

static void after_sync(uv_work_t *work, int status)
{
    struct syncer *syncer = work->data;
    assert(status == 0); /* nobody cancels it */
    (void)status;
    syncer->syncing = false;
    if (syncer->sync_code != 0) {
        fail(syncer, syncer->sync_error);
    } else {
        vote(syncer);
        start_checkpoint(syncer);
    }
    if (syncer->sync_again)
        start_sync(syncer);
    syncer->progress(syncer->user);
}

static void start_sync(struct syncer *syncer)
{
    syncer->sync_again = false;
    if (syncer->failed)
        return;
    syncer->syncing = true;
    syncer->sync_work.data = syncer;
    int code = uv_queue_work(syncer->loop, &syncer->sync_work, sync_main, after_sync);
    assert(code == 0); /* it fails only without a function */
    (void)code;
}

void syncer_sync(struct syncer *syncer)
{
    if (syncer->syncing)
        syncer->sync_again = true;
    else
        start_sync(syncer);
}

/* ------------------------------------------------------------------ checkpoints */

static void checkpoint_main(uv_work_t *work)
{
    struct syncer *syncer = work->data;
    syncer->checkpoint_code = chain_checkpoint(syncer->chain, false, syncer->checkpoint_error);
}

static void after_checkpoint(uv_work_t *work, int status)
{
    struct syncer *syncer = work->data;
    assert(status == 0);
    (void)status;
    syncer->checkpointing = false;
    if (syncer->checkpoint_code < 0)
        fail(syncer, syncer->checkpoint_error);
    syncer->progress(syncer->user);
}

/* The chain says itself whether one is due. */
static void start_checkpoint(struct syncer *syncer)
{
    if (syncer->checkpointing || syncer->failed)
        return;
    syncer->checkpointing = true;
    syncer->checkpoint_work.data = syncer;
    int code =
        uv_queue_work(syncer->loop, &syncer->checkpoint_work, checkpoint_main, after_checkpoint);
    assert(code == 0);
    (void)code;
}

bool syncer_idle(const struct syncer *syncer)
{
    return !syncer->syncing && !syncer->checkpointing;
}
