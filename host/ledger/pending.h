/* SPDX-License-Identifier: Apache-2.0 */
/* The block under way: its transactions with their traces, and the digests that its roots are made
 * of, collected one by one so that little is left to do at its end. Its rows are the state's top
 * layer, its ids the last block of `recent`. */
#ifndef HOST_LEDGER_PENDING_H
#define HOST_LEDGER_PENDING_H

#include "host/ledger/execute.h"

struct pending {
    bool open;
    struct block_context context;
    unsigned count; /* of transactions in it */
    size_t bytes;   /* that the block will have, at most */
    bool given;     /* the transactions are the block's */
    /* Memory for BLOCK_TRANSACTIONS_MAX, kept from block to block. */
    struct receipt *receipts;
    struct transaction_trace **traces;
    uint8_t *receipt_digests, *trace_digests;
};

/* Starts as all zeros. False: no memory; pending_free takes what there is. */
bool pending_make(struct pending *pending);
void pending_free(struct pending *pending); /* not while it is open */

/* Empty, in this context. */
void pending_open(struct pending *pending, const struct block_context *context);
/* Lets go of its transactions and traces. */
void pending_close(struct pending *pending);

/* Whether the transaction still fits into a block: LEDGER_BLOCK_NET_EXCEEDED. */
bool pending_has_room(const struct pending *pending, const struct signed_transaction *transaction,
                      struct ledger_error *error);
/* Takes one that has room and was executed, with references of its own. The receipt is a view until
 * the next one. */
const struct receipt *pending_include(struct pending *pending,
                                      struct signed_transaction *transaction,
                                      struct transaction_trace *trace);
/* A block of the caller's, which takes over the transactions; its signature is left open. After
 * this the pending block can only be closed. Ends the program when memory is out. */
struct block *pending_block(struct pending *pending, const struct block_header *header);

#endif
