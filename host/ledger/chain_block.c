// SPDX-License-Identifier: Apache-2.0
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/ledger/block_log.h"
#include "host/ledger/chain_core.h"

/* ------------------------------------------------------------------ the block under way */

void chain_start(struct chain *chain, uint32_t slot, name_t producer)
{
    const struct head *top = chain_top(chain);
    struct block_context context;
    uint32_t height = block_id_height(&top->id) + 1;
    assert(!chain->pending.open && slot > top->header.slot);
    state_push(chain->state);
    tapos_row_put(chain->state, height - 1, &top->id);
    chain->pending_first_recent = recent_rows_drop(chain->state, slot, top->first_recent, height);
    recent_append_block(&chain->recent, height);
    block_context_init(&context, chain->state, height, slot, producer);
    pending_open(&chain->pending, &context);
    block_packer_start(&chain->block_packer);
    trace_packer_start(&chain->packer);
}

void chain_abort(struct chain *chain)
{
    if (!chain->pending.open)
        return;
    pending_close(&chain->pending);
    recent_drop_last(&chain->recent);
    state_pop(chain->state);
}

void chain_include(struct chain *chain, struct signed_transaction *transaction,
                   struct transaction_trace *trace)
{
    block_packer_add(&chain->block_packer, pending_include(&chain->pending, transaction, trace));
    if (chain->traces != NULL)
        trace_packer_add(&chain->packer, trace);
    recent_add(&chain->recent, transaction->id, transaction->transaction.expiration);
}

/* ------------------------------------------------------------------ the end of a block */

static void merkle_root(struct chain *chain, const uint8_t *digests, size_t count,
                        uint8_t root[DIGEST_BYTES])
{
    if (count == 0)
        memset(root, 0, DIGEST_BYTES);
    else if (chain->options.merkle_root != NULL)
        chain->options.merkle_root(chain->options.merkle_context, digests, count, root);
    else
        digest_merkle_root(chain->digest, DIGEST_SHA256, digests, count, root);
}

bool chain_complete(struct chain *chain, struct block_header *header, char error[CHAIN_ERROR_SIZE])
{
    struct pending *pending = &chain->pending;
    const struct head *top = chain_top(chain);
    *header = (struct block_header){.slot = pending->context.slot,
                                    .producer = pending->context.producer,
                                    .previous = top->id,
                                    .schedule_version = top->header.schedule_version};
    merkle_root(chain, pending->receipt_digests, pending->count, header->transaction_root);
    merkle_root(chain, pending->trace_digests, pending->count, header->action_root);
    global_row_put(chain->state, &pending->context.global);
    recent_row_put(chain->state, recent_last(&chain->recent));
    head_row_put(chain->state, header);
    state_seal(chain->state, header->state_hash);
    const char *failure = state_failed(chain->state);
    if (failure != NULL)
        snprintf(error, CHAIN_ERROR_SIZE, "the state has failed: %s", failure);
    return failure == NULL;
}

int chain_log_traces(struct chain *chain, const struct block *block, char error[CHAIN_ERROR_SIZE])
{
    assert(record_log_last(chain->traces) + 1 == block_id_height(&block->id));
    return record_log_append(chain->traces, trace_packer_finish(&chain->packer, &block->id), error);
}

int chain_log_block(struct chain *chain, const struct block *block, char error[CHAIN_ERROR_SIZE])
{
    uint32_t final = block_id_height(&chain->heads[0].id), last = record_log_last(chain->blocks);
    if (block_log_append(chain->blocks, block, final, &chain->block_packer, error) != 0)
        return -1;
    if (chain->traces == NULL || chain_log_traces(chain, block, error) == 0)
        return 0;
    char also[STORE_ERROR_SIZE];
    /* What stays when this fails too is a block that nobody has seen; a restart executes it. */
    (void)record_log_truncate(chain->blocks, last, also);
    return -1;
}

void chain_accept(struct chain *chain, const struct block *block, bool tell)
{
    assert(chain->unfinal < CHAIN_UNFINAL_MAX);
    chain->unfinal++;
    chain->heads[chain->unfinal] =
        (struct head){block->header, block->id, chain->pending_first_recent};
    for (unsigned i = 0; tell && i < chain->listener_count; i++) {
        const struct chain_listener *listener = &chain->listeners[i];
        if (listener->block != NULL)
            listener->block(listener->user, block, chain->pending.traces);
    }
    pending_close(&chain->pending);
}

bool chain_has_layer(const struct chain *chain, char error[CHAIN_ERROR_SIZE])
{
    if (chain->unfinal < CHAIN_UNFINAL_MAX)
        return true;
    snprintf(error, CHAIN_ERROR_SIZE, "%u blocks are not final: no more until some are",
             chain->unfinal);
    return false;
}

static bool sign_block(struct block *block,
                       bool (*sign)(void *user, const uint8_t digest[32],
                                    struct signature *signature),
                       void *user, char error[CHAIN_ERROR_SIZE])
{
    uint8_t digest[DIGEST_BYTES];
    block_header_digest(&block->header, digest);
    if (sign(user, digest, &block->signature))
        return true;
    snprintf(error, CHAIN_ERROR_SIZE, "block %u could not be signed",
             block_header_height(&block->header));
    return false;
}

struct block *chain_seal(struct chain *chain,
                         bool (*sign)(void *user, const uint8_t digest[32],
                                      struct signature *signature),
                         void *user, char error[CHAIN_ERROR_SIZE])
{
    struct block_header header;
    struct block *block = NULL;
    assert(chain->pending.open);
    if (chain_has_layer(chain, error) && chain_complete(chain, &header, error)) {
        block = pending_block(&chain->pending, &header);
        if (!sign_block(block, sign, user, error) || chain_log_block(chain, block, error) != 0) {
            block_free(block);
            block = NULL;
        }
    }
    if (block == NULL) {
        chain_abort(chain);
        return NULL;
    }
    chain_accept(chain, block, true);
    return block;
}

/* ------------------------------------------------------------------ forks */

int chain_undo(struct chain *chain, char error[CHAIN_ERROR_SIZE])
{
    uint32_t height = chain_head(chain);
    chain_abort(chain);
    if (chain->unfinal == 0) {
        snprintf(error, CHAIN_ERROR_SIZE, "block %u is final: it cannot be undone", height);
        return -1;
    }
    /* Traces first: a trace log that is short is completed by a replay, one that is long would have
     * traces of the wrong fork. */
    if (chain->traces != NULL && record_log_truncate(chain->traces, height - 1, error) != 0)
        return -1;
    if (record_log_truncate(chain->blocks, height - 1, error) != 0)
        return -1;
    state_pop(chain->state);
    recent_drop_last(&chain->recent);
    chain->unfinal--;
    for (unsigned i = 0; i < chain->listener_count; i++) {
        if (chain->listeners[i].undone != NULL)
            chain->listeners[i].undone(chain->listeners[i].user, height);
    }
    return 0;
}
