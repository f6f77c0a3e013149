// SPDX-License-Identifier: Apache-2.0
#include "host/api/block_traces.h"

#include <assert.h>

bool block_traces_open(struct block_traces *traces, struct chain *chain, uint32_t height,
                       struct ledger_error *error)
{
    char text[CHAIN_ERROR_SIZE];
    *traces = (struct block_traces){.chain = chain};
    chain_lock(chain);
    bool known = height >= chain_first(chain) && height <= chain_head(chain);
    if (known)
        traces->block = chain_read_block(chain, height, text);
    chain_unlock(chain);
    if (!known)
        return ledger_fail(error, LEDGER_UNKNOWN_BLOCK, "Could not find block: %u", height);
    if (traces->block == NULL)
        return ledger_fail(error, LEDGER_INTERNAL, "%.200s", text);
    return true;
}

struct transaction_trace *block_traces_next(struct block_traces *traces)
{
    const struct block *block = traces->block;
    assert(traces->next < block->receipt_count);
    const uint8_t *id = block->receipts[traces->next++].transaction->id;
    chain_lock(traces->chain);
    struct transaction_trace *trace =
        chain_read_trace(traces->chain, block_id_height(&block->id), id);
    chain_unlock(traces->chain);
    return trace;
}

void block_traces_close(struct block_traces *traces)
{
    block_free(traces->block);
    traces->block = NULL;
}
