// SPDX-License-Identifier: Apache-2.0
#include "host/api/transaction_find.h"

#include <string.h>

#include "host/api/api.h"
#include "host/base/hex.h"

static bool unknown(struct request *request, const uint8_t id[32])
{
    char text[65];
    hex_encode(id, 32, text);
    return failure_code(&request->failure, LEDGER_UNKNOWN_TRANSACTION,
                        "Could not find transaction: %s", text);
}

bool transaction_find(struct request *request, const uint8_t id[32],
                      struct found_transaction *found)
{
    struct chain *chain = request->api->options.chain;
    char error[CHAIN_ERROR_SIZE];
    uint32_t height;
    memset(found, 0, sizeof *found);
    chain_lock(chain);
    bool known = chain_find_transaction(chain, id, &height);
    if (known) {
        found->block = chain_read_block(chain, height, error);
        found->trace = chain_read_trace(chain, height, id);
        found->final = chain_final(chain);
    }
    chain_unlock(chain);
    if (!known)
        return unknown(request, id);
    for (unsigned i = 0; found->block != NULL && i < found->block->receipt_count; i++)
        if (memcmp(found->block->receipts[i].transaction->id, id, 32) == 0)
            found->receipt = &found->block->receipts[i];
    if (found->receipt != NULL)
        return true;
    transaction_found_free(found);
    return failure_code(&request->failure, LEDGER_INTERNAL, "block %u could not be read", height);
}

void transaction_found_free(struct found_transaction *found)
{
    block_free(found->block);
    trace_release(found->trace);
}
