// SPDX-License-Identifier: Apache-2.0
#include "host/ledger/chain.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "host/ledger/block_log.h"
#include "host/ledger/chain_core.h"

void chain_lock(struct chain *chain)
{
    int code = pthread_mutex_lock(&chain->lock);
    assert(code == 0);
    (void)code;
}

void chain_unlock(struct chain *chain)
{
    int code = pthread_mutex_unlock(&chain->lock);
    assert(code == 0);
    (void)code;
}

void chain_listen(struct chain *chain, const struct chain_listener *listener)
{
    assert(chain->listener_count < CHAIN_LISTENERS_MAX);
    chain->listeners[chain->listener_count++] = *listener;
}

/* ------------------------------------------------------------------ where the chain stands */

const uint8_t *chain_id(const struct chain *chain)
{
    return chain->id;
}

const struct block_header *chain_head_header(const struct chain *chain)
{
    return &chain_top(chain)->header;
}

block_id_t chain_head_id(const struct chain *chain)
{
    return chain_top(chain)->id;
}

uint32_t chain_head(const struct chain *chain)
{
    return block_id_height(&chain_top(chain)->id);
}

uint32_t chain_final(const struct chain *chain)
{
    return block_id_height(&chain->heads[0].id);
}

block_id_t chain_final_id(const struct chain *chain)
{
    return chain->heads[0].id;
}

uint32_t chain_pending_slot(const struct chain *chain)
{
    return chain->pending.open ? chain->pending.context.slot : 0;
}

uint32_t chain_first(const struct chain *chain)
{
    return record_log_first(chain->blocks);
}

struct state *chain_state(struct chain *chain)
{
    return chain->state;
}

/* ------------------------------------------------------------------ blocks */

struct block *chain_read_block(struct chain *chain, uint32_t height, char error[CHAIN_ERROR_SIZE])
{
    return block_log_read(chain->blocks, height, NULL, error);
}

bool chain_id_at(struct chain *chain, uint32_t height, block_id_t *id)
{
    char error[CHAIN_ERROR_SIZE];
    uint32_t final = chain_final(chain);
    if (height >= final) {
        *id = chain->heads[height - final].id;
        return true;
    }
    if (tapos_row_get(chain->state, (uint16_t)height, id) && block_id_height(id) == height)
        return true;
    struct block *block = chain_read_block(chain, height, error);
    if (block == NULL)
        return false;
    *id = block->id;
    block_free(block);
    return true;
}

bool chain_block_height(struct chain *chain, const block_id_t *id, uint32_t *height)
{
    block_id_t ours;
    *height = block_id_height(id);
    return *height != 0 && *height <= chain_head(chain) && chain_id_at(chain, *height, &ours) &&
           memcmp(&ours, id, sizeof ours) == 0;
}

/* ------------------------------------------------------------------ transactions and traces */

bool chain_has_recent(const struct chain *chain, const uint8_t id[32])
{
    uint32_t height;
    return recent_find(&chain->recent, id, &height);
}

bool chain_find_transaction(struct chain *chain, const uint8_t id[32], uint32_t *height)
{
    char error[CHAIN_ERROR_SIZE];
    if (recent_find(&chain->recent, id, height))
        return *height <= chain_head(chain); /* above it: pending */
    return chain->index != NULL && trace_index_find(chain->index, id, height, error) == 1;
}

bool chain_read_trace_record(struct chain *chain, uint32_t height, struct bytes *payload)
{
    char error[CHAIN_ERROR_SIZE];
    return chain->traces != NULL && record_log_read(chain->traces, height, payload, error) == 0;
}

struct transaction_trace *chain_read_trace(struct chain *chain, uint32_t height,
                                           const uint8_t id[32])
{
    struct bytes payload;
    if (!chain_read_trace_record(chain, height, &payload))
        return NULL;
    struct trace_record record;
    struct transaction_trace *trace = NULL;
    if (trace_record_parse(payload, &record)) {
        int index = trace_record_find(&record, id);
        trace = index >= 0 ? trace_record_trace(&record, (unsigned)index) : NULL;
    }
    free((void *)payload.data);
    return trace;
}
