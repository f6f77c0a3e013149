/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOST_API_BLOCK_TRACES_H
#define HOST_API_BLOCK_TRACES_H

#include "host/ledger/chain.h"
#include "host/ledger/trace_record.h"

/* A block of the log with the traces of its transactions, which are taken out one after the other.
 * Both are in memory, at most BLOCK_BYTES_MAX and some three times as much. */
struct block_traces {
    struct block *block;  /* NULL: nothing is open */
    struct bytes payload; /* of the traces; empty: the node does not have them (any more) */
    struct trace_record record;
    unsigned next; /* transaction */
};

/* False when there is no such block, or it cannot be read, with the error. Not with the chain's
 * lock held. */
bool block_traces_open(struct block_traces *traces, struct chain *chain, uint32_t height,
                       struct ledger_error *error);
/* Of the next transaction, which there must be: a reference for the caller, or NULL. */
struct transaction_trace *block_traces_next(struct block_traces *traces);
void block_traces_close(struct block_traces *traces);

#endif
