// SPDX-License-Identifier: Apache-2.0
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "host/ledger/chain_core.h"

/* The index is written when so many final blocks wait for it, or so many transactions: a
 * transaction of the database costs a sync, however little is in it. */
#define INDEX_BLOCKS       120u
#define INDEX_TRANSACTIONS 65536u

int chain_sync(struct chain *chain, char error[CHAIN_ERROR_SIZE])
{
    return record_log_sync(chain->blocks, error);
}

uint32_t chain_synced(const struct chain *chain)
{
    return record_log_synced(chain->blocks);
}

/* ------------------------------------------------------------------ finality */

/* Blocks whose transactions have expired for every block that may still come, and that the index
 * knows. The state's rows may stay longer. */
static void forget_expired(struct chain *chain)
{
    const struct head *final = &chain->heads[0];
    uint32_t height = block_id_height(&final->id);
    uint32_t most = chain->index == NULL || chain->indexed > height ? height : chain->indexed;
    const struct recent_block *first = recent_first(&chain->recent);
    while (first != NULL && first->height <= most &&
           expired_at(first->latest_expiration, final->header.slot)) {
        recent_drop_first(&chain->recent);
        first = recent_first(&chain->recent);
    }
}

void chain_retire(struct chain *chain, uint32_t height)
{
    uint32_t final = chain_final(chain);
    assert(height <= chain_head(chain));
    if (height <= final)
        return;
    unsigned count = height - final;
    for (unsigned i = 0; i < count; i++)
        state_retire(chain->state);
    for (unsigned i = 0; i + count <= chain->unfinal; i++)
        chain->heads[i] = chain->heads[i + count];
    chain->unfinal -= count;
    forget_expired(chain);
}

void chain_finalize(struct chain *chain, uint32_t height)
{
    uint32_t before = chain_final(chain);
    assert(height <= chain_synced(chain));
    chain_retire(chain, height);
    for (uint32_t next = before + 1; next <= height; next++) {
        for (unsigned i = 0; i < chain->listener_count; i++) {
            if (chain->listeners[i].final != NULL)
                chain->listeners[i].final(chain->listeners[i].user, next);
        }
    }
}

/* ------------------------------------------------------------------ checkpoints */

/* What the index lacks of the final blocks, to be written without the lock: a final block's ids
 * stay where they are as long as they are not in the index. */
struct index_batch {
    struct trace_index_block *blocks;
    size_t count;
    block_id_t last;
};

static bool index_due(const struct chain *chain, bool force)
{
    if (chain->index == NULL || chain->indexed >= chain_final(chain))
        return false;
    uint64_t transactions = 0;
    for (uint32_t height = chain->indexed + 1; height <= chain_final(chain); height++)
        transactions += recent_block(&chain->recent, height)->count;
    return force || chain_final(chain) - chain->indexed >= INDEX_BLOCKS ||
           transactions >= INDEX_TRANSACTIONS;
}

static bool collect_batch(const struct chain *chain, struct index_batch *batch)
{
    uint32_t first = chain->indexed + 1, final = chain_final(chain);
    batch->count = final - first + 1;
    batch->last = chain->heads[0].id;
    batch->blocks = malloc(batch->count * sizeof *batch->blocks);
    if (batch->blocks == NULL)
        return false;
    for (size_t i = 0; i < batch->count; i++) {
        const struct recent_block *block = recent_block(&chain->recent, first + (uint32_t)i);
        assert(block != NULL);
        batch->blocks[i] = (struct trace_index_block){block->height, block->count, block->ids};
    }
    return true;
}

static int write_index(struct chain *chain, bool force, char error[CHAIN_ERROR_SIZE])
{
    struct index_batch batch = {0};
    chain_lock(chain);
    bool due = index_due(chain, force), collected = due && collect_batch(chain, &batch);
    chain_unlock(chain);
    if (!due)
        return 0;
    if (!collected) {
        snprintf(error, CHAIN_ERROR_SIZE, "no memory to write the index of transactions");
        return -1;
    }
    int code = trace_index_append(chain->index, batch.blocks, batch.count, &batch.last, error);
    free(batch.blocks);
    if (code != 0)
        return -1;
    chain_lock(chain);
    chain->indexed = block_id_height(&batch.last);
    forget_expired(chain);
    chain_unlock(chain);
    return 0;
}

static bool checkpoint_due(const struct chain *chain, bool force)
{
    return chain_final(chain) > state_checkpointed(chain->state)->height &&
           (force || state_final_bytes(chain->state) >= chain->options.checkpoint_bytes);
}

/* Traces first: those of blocks below a checkpoint could not be made anew. */
static int write_checkpoint(struct chain *chain, char error[CHAIN_ERROR_SIZE])
{
    if (chain->traces != NULL && record_log_sync(chain->traces, error) != 0)
        return -1;
    return state_checkpoint_write(chain->state, error);
}

int chain_checkpoint(struct chain *chain, bool force, char error[CHAIN_ERROR_SIZE])
{
    if (write_index(chain, force, error) != 0)
        return -1;
    chain_lock(chain);
    bool due = checkpoint_due(chain, force);
    if (due)
        state_checkpoint_begin(chain->state, chain_final(chain), chain->heads[0].id.bytes,
                               chain->id);
    chain_unlock(chain);
    if (!due)
        return 0;
    int code = write_checkpoint(chain, error);
    char also[STORE_ERROR_SIZE];
    chain_lock(chain);
    int ended = state_checkpoint_end(chain->state, code == 0 ? error : also);
    chain_unlock(chain);
    return code == 0 && ended == 0 ? 1 : -1;
}
