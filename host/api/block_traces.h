/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOST_API_BLOCK_TRACES_H
#define HOST_API_BLOCK_TRACES_H

#include "host/ledger/chain.h"

/* A block with the traces of its transactions. */
struct block_traces {
    struct block *block;
    struct transaction_trace **traces; /* one a receipt; NULL: the node does not have it any more */
};

/* Reads both from the logs. False when there is no such block, or it cannot be read, with the
 * error. Not with the chain's lock held. */
bool block_traces_read(struct chain *chain, uint32_t height, struct block_traces *traces,
                       struct ledger_error *error);
void block_traces_free(struct block_traces *traces);

#endif
