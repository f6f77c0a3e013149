/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOST_API_BLOCK_TRACES_H
#define HOST_API_BLOCK_TRACES_H

#include "host/ledger/chain.h"

/* A block of the log, and the traces of its transactions one after the other. The log is searched
 * for each, so a block with many transactions takes its time; the chain's lock is given back in
 * between. */
struct block_traces {
    struct chain *chain;
    struct block *block; /* NULL: nothing is open */
    unsigned next;       /* transaction */
};

/* False when there is no such block, or it cannot be read, with the error. Not with the chain's
 * lock held; so the next one. */
bool block_traces_open(struct block_traces *traces, struct chain *chain, uint32_t height,
                       struct ledger_error *error);
/* Of the next transaction, which there must be: a reference for the caller, or NULL: the node does
 * not have it (any more). */
struct transaction_trace *block_traces_next(struct block_traces *traces);
void block_traces_close(struct block_traces *traces);

#endif
