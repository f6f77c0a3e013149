/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOST_API_TRANSACTION_FIND_H
#define HOST_API_TRANSACTION_FIND_H

#include "host/api/request.h"
#include "host/ledger/chain.h"

/* A transaction with the block that it is in. */
struct found_transaction {
    struct block *block;
    const struct receipt *receipt;   /* of the block's */
    struct transaction_trace *trace; /* NULL: the node does not have it any more */
    uint32_t final;                  /* height of the last final block */
};

/* False with a failure. */
bool transaction_find(struct request *request, const uint8_t id[32],
                      struct found_transaction *found);
void transaction_found_free(struct found_transaction *found);

#endif
