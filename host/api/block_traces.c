// SPDX-License-Identifier: Apache-2.0
#include "host/api/block_traces.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Only what is the block's own, whole, is kept. */
static void take_record(struct block_traces *traces)
{
    struct trace_record *record = &traces->record;
    const struct block *block = traces->block;
    if (trace_record_parse(traces->payload, record) && record->kept &&
        record->count == block->receipt_count &&
        memcmp(&record->block, &block->id, sizeof block->id) == 0)
        return;
    free((void *)traces->payload.data);
    traces->payload = (struct bytes){NULL, 0};
}

bool block_traces_open(struct block_traces *traces, struct chain *chain, uint32_t height,
                       struct ledger_error *error)
{
    char text[CHAIN_ERROR_SIZE];
    *traces = (struct block_traces){0};
    chain_lock(chain);
    bool known = height >= chain_first(chain) && height <= chain_head(chain);
    if (known)
        traces->block = chain_read_block(chain, height, text);
    bool traced = traces->block != NULL && chain_read_trace_record(chain, height, &traces->payload);
    chain_unlock(chain);
    if (!known)
        return ledger_fail(error, LEDGER_UNKNOWN_BLOCK, "Could not find block: %u", height);
    if (traces->block == NULL)
        return ledger_fail(error, LEDGER_INTERNAL, "%.200s", text);
    if (traced)
        take_record(traces);
    return true;
}

struct transaction_trace *block_traces_next(struct block_traces *traces)
{
    assert(traces->next < traces->block->receipt_count);
    unsigned index = traces->next++;
    return traces->payload.data != NULL ? trace_record_trace(&traces->record, index) : NULL;
}

void block_traces_close(struct block_traces *traces)
{
    block_free(traces->block);
    free((void *)traces->payload.data);
    *traces = (struct block_traces){0};
}
