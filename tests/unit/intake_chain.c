// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/intake_chain.h"

#include "tests/unit/check.h"

void fake_chain_init(struct chain *chain, uint32_t head_slot)
{
    memset(chain, 0, sizeof *chain);
    memset(chain->id, 0x5A, sizeof chain->id);
    CHECK_EQ(pthread_mutex_init(&chain->lock, NULL), 0);
    chain->head.slot = head_slot;
    chain->height = chain->synced = chain->final = chain->appended = 1;
}

void fake_chain_free(struct chain *chain)
{
    CHECK_EQ(pthread_mutex_destroy(&chain->lock), 0);
}

void chain_lock(struct chain *chain)
{
    CHECK_EQ(pthread_mutex_lock(&chain->lock), 0);
}

void chain_unlock(struct chain *chain)
{
    CHECK_EQ(pthread_mutex_unlock(&chain->lock), 0);
}

const uint8_t *chain_id(const struct chain *chain)
{
    return chain->id;
}

const struct block_header *chain_head_header(const struct chain *chain)
{
    return &chain->head;
}

uint32_t chain_head(const struct chain *chain)
{
    return chain->height;
}

uint32_t chain_final(const struct chain *chain)
{
    return chain->final;
}

uint32_t chain_synced(const struct chain *chain)
{
    return chain->synced;
}

bool chain_precheck(struct chain *chain, const struct signed_transaction *transaction,
                    struct ledger_error *error)
{
    (void)transaction;
    return chain->precheck_fails == LEDGER_OK ||
           ledger_fail(error, chain->precheck_fails, "as the test says");
}

/* ------------------------------------------------------------------ traces */

static struct transaction_trace *make_trace(const struct chain *chain,
                                            const struct signed_transaction *transaction,
                                            enum ledger_error_code code)
{
    struct transaction_trace *trace = calloc(1, sizeof *trace);
    CHECK(trace != NULL);
    trace->references = 1;
    memcpy(trace->id, transaction->id, sizeof trace->id);
    trace->height = chain->height + 1;
    trace->slot = chain->pending_slot;
    trace->executed = code == LEDGER_OK;
    if (code != LEDGER_OK)
        ledger_fail(&trace->error, code, "as the test says");
    return trace;
}

void trace_release(struct transaction_trace *trace)
{
    if (trace != NULL && __atomic_sub_fetch(&trace->references, 1, __ATOMIC_ACQ_REL) == 0)
        free(trace);
}

struct transaction_trace *chain_push(struct chain *chain, struct signed_transaction *transaction,
                                     const struct public_key *keys, unsigned key_count,
                                     enum chain_push_mode mode)
{
    CHECK_EQ(mode, CHAIN_INCLUDE);
    CHECK(chain->pending_slot != 0);
    enum ledger_error_code code = LEDGER_OK;
    if (chain->execute != NULL)
        code = chain->execute(chain, transaction, keys, key_count);
    if (code == LEDGER_OK && chain->block_max != 0 && chain->in_block >= chain->block_max)
        code = LEDGER_BLOCK_CPU_EXCEEDED;
    if (code == LEDGER_OK) {
        CHECK(chain->pushed_count < FAKE_PUSHED_MAX);
        memcpy(chain->pushed[chain->pushed_count], transaction->id, 32);
        chain->pushed_height[chain->pushed_count++] = chain->height + 1;
        chain->in_block++;
    }
    return make_trace(chain, transaction, code);
}

/* ------------------------------------------------------------------ blocks */

void chain_start(struct chain *chain, uint32_t slot, name_t producer)
{
    CHECK_EQ(chain->pending_slot, 0);
    CHECK(slot > chain->head.slot);
    chain->pending_slot = slot;
    chain->in_block = 0;
    chain->head.producer = producer;
}

void chain_abort(struct chain *chain)
{
    CHECK(chain->pending_slot != 0);
    chain->pending_slot = 0;
    chain->aborts++;
}

struct block *chain_seal(struct chain *chain,
                         bool (*sign)(void *user, const uint8_t digest[32],
                                      struct signature *signature),
                         void *user, char error[CHAIN_ERROR_SIZE])
{
    CHECK(chain->pending_slot != 0);
    struct block *block = calloc(1, sizeof *block);
    CHECK(block != NULL);
    block->header = chain->head;
    block->header.slot = chain->pending_slot;
    for (unsigned i = 0; i < 4; i++)
        block->header.previous.bytes[i] = (uint8_t)(chain->height >> (24 - 8 * i));
    chain->pending_slot = 0;
    block_header_digest(&block->header, chain->signed_digest);
    if (chain->seal_fails || !sign(user, chain->signed_digest, &block->signature)) {
        free(block);
        snprintf(error, CHAIN_ERROR_SIZE, "the disk is full");
        return NULL;
    }
    chain->signature = block->signature;
    chain->head = block->header;
    chain->height++;
    chain->appended = chain->height;
    return block;
}

int chain_sync(struct chain *chain, char error[CHAIN_ERROR_SIZE])
{
    chain_lock(chain);
    chain->syncs++;
    bool fails = chain->sync_fails;
    if (!fails)
        chain->synced = chain->appended;
    chain_unlock(chain);
    if (fails)
        snprintf(error, CHAIN_ERROR_SIZE, "the disk is gone");
    return fails ? -1 : 0;
}

void chain_finalize(struct chain *chain, uint32_t height)
{
    CHECK(height > chain->final && height <= chain->synced);
    chain->final = height;
}

int chain_checkpoint(struct chain *chain, bool force, char error[CHAIN_ERROR_SIZE])
{
    CHECK(!force);
    chain_lock(chain);
    chain->checkpoints++;
    bool fails = chain->checkpoint_fails;
    chain_unlock(chain);
    if (fails)
        snprintf(error, CHAIN_ERROR_SIZE, "the database is full");
    return fails ? -1 : 1;
}
