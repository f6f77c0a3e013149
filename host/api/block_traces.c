// SPDX-License-Identifier: Apache-2.0
#include "host/api/block_traces.h"

#include <stdlib.h>
#include <string.h>

/* The lock is given back between traces: each is looked for in the log. */
static bool read_traces(struct chain *chain, uint32_t height, struct block_traces *traces)
{
    const struct block *block = traces->block;
    traces->traces = calloc(block->receipt_count + 1, sizeof *traces->traces);
    for (unsigned i = 0; traces->traces != NULL && i < block->receipt_count; i++) {
        chain_lock(chain);
        traces->traces[i] = chain_read_trace(chain, height, block->receipts[i].transaction->id);
        chain_unlock(chain);
    }
    return traces->traces != NULL;
}

bool block_traces_read(struct chain *chain, uint32_t height, struct block_traces *traces,
                       struct ledger_error *error)
{
    char text[CHAIN_ERROR_SIZE];
    memset(traces, 0, sizeof *traces);
    chain_lock(chain);
    bool known = height >= chain_first(chain) && height <= chain_head(chain);
    if (known)
        traces->block = chain_read_block(chain, height, text);
    chain_unlock(chain);
    if (!known)
        return ledger_fail(error, LEDGER_UNKNOWN_BLOCK, "Could not find block: %u", height);
    if (traces->block == NULL)
        return ledger_fail(error, LEDGER_INTERNAL, "%.200s", text);
    if (read_traces(chain, height, traces))
        return true;
    block_traces_free(traces);
    return ledger_fail(error, LEDGER_INTERNAL, "out of memory");
}

void block_traces_free(struct block_traces *traces)
{
    for (unsigned i = 0; traces->traces != NULL && i < traces->block->receipt_count; i++)
        trace_release(traces->traces[i]);
    free(traces->traces);
    block_free(traces->block);
    memset(traces, 0, sizeof *traces);
}
