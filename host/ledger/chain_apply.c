// SPDX-License-Identifier: Apache-2.0
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "host/ledger/chain_core.h"

/* ------------------------------------------------------------------ somebody else's block */

static bool check_header(const struct chain *chain, const struct block_header *header,
                         struct ledger_error *error)
{
    const struct head *top = chain_top(chain);
    if (memcmp(&header->previous, &top->id, sizeof top->id) != 0)
        return ledger_fail(error, LEDGER_UNLINKABLE_BLOCK,
                           "the block does not stand on the head, which has height %u",
                           block_id_height(&top->id));
    if (header->slot <= top->header.slot)
        return ledger_fail(error, LEDGER_BLOCK_VALIDATE,
                           "the block's slot %u is not behind the head's, %u", header->slot,
                           top->header.slot);
    if (header->confirmed != 0 || header->schedule_version != top->header.schedule_version)
        return ledger_fail(error, LEDGER_BLOCK_VALIDATE,
                           "the block confirms others or changes the schedule");
    return true;
}

static bool apply_failed(struct ledger_error *error, unsigned index,
                         const struct ledger_error *reason)
{
    return ledger_fail(error, LEDGER_BLOCK_VALIDATE, "transaction %u of the block: %s: %.160s",
                       index, ledger_error_name(reason->code), reason->message);
}

static bool check_receipt(const struct receipt *receipt, const struct transaction_trace *trace,
                          unsigned index, struct ledger_error *error)
{
    if (!trace->executed)
        return apply_failed(error, index, &trace->error);
    if (receipt->status != RECEIPT_EXECUTED || receipt->cpu_usage_us != trace->cpu_usage_us ||
        receipt->net_usage_words != trace->net_usage_words)
        return ledger_fail(error, LEDGER_BLOCK_VALIDATE,
                           "transaction %u of the block: its receipt says status %u, %u us, %u "
                           "words; here it took %u us, %u words",
                           index, receipt->status, receipt->cpu_usage_us, receipt->net_usage_words,
                           trace->cpu_usage_us, trace->net_usage_words);
    return true;
}

static bool apply_receipt(struct chain *chain, const struct block *block, unsigned index,
                          chain_keys get_keys, void *user, struct ledger_error *error)
{
    const struct receipt *receipt = &block->receipts[index];
    struct public_key keys[TRANSACTION_SIGNATURES_MAX];
    unsigned key_count = 0;
    struct ledger_error reason;
    if (!chain_precheck(chain, receipt->transaction, &reason) ||
        !pending_has_room(&chain->pending, receipt->transaction, &reason))
        return apply_failed(error, index, &reason);
    if (get_keys != NULL && !get_keys(user, block, index, keys, &key_count))
        return ledger_fail(error, LEDGER_BLOCK_VALIDATE,
                           "transaction %u of the block has a signature of nobody", index);
    struct transaction_trace *trace =
        execute_transaction(&chain->pending.context, receipt->transaction, keys, key_count,
                            get_keys != NULL ? EXECUTE_CHECK : EXECUTE_ASSUME, true);
    bool good = check_receipt(receipt, trace, index, error);
    if (good)
        chain_include(chain, receipt->transaction, trace);
    trace_release(trace);
    return good;
}

static bool check_result(const struct block_header *theirs, const struct block_header *ours,
                         struct ledger_error *error)
{
    if (memcmp(theirs->transaction_root, ours->transaction_root, DIGEST_BYTES) != 0)
        return ledger_fail(error, LEDGER_BLOCK_VALIDATE, "the block's transaction root differs");
    if (memcmp(theirs->action_root, ours->action_root, DIGEST_BYTES) != 0)
        return ledger_fail(error, LEDGER_BLOCK_VALIDATE, "the block's action root differs");
    if (memcmp(theirs->state_hash, ours->state_hash, DIGEST_BYTES) != 0)
        return ledger_fail(error, LEDGER_BLOCK_VALIDATE,
                           "the state's hash after the block differs");
    return true;
}

/* Opens a pending block, executes, completes and compares. When it returns false the pending block
 * is still there. */
static bool execute_block(struct chain *chain, const struct block *block, chain_keys keys,
                          void *user, struct ledger_error *error)
{
    struct block_header header;
    char text[CHAIN_ERROR_SIZE];
    chain_start(chain, block->header.slot, block->header.producer);
    for (unsigned i = 0; i < block->receipt_count; i++) {
        if (!apply_receipt(chain, block, i, keys, user, error))
            return false;
    }
    if (!chain_complete(chain, &header, text))
        return ledger_fail(error, LEDGER_INTERNAL, "%s", text);
    return check_result(&block->header, &header, error);
}

/* Into the logs; of a block that the block log has, the traces only, if they are lacking. */
static int log_block(struct chain *chain, const struct block *block, bool logged,
                     char error[CHAIN_ERROR_SIZE])
{
    if (!logged)
        return chain_log_block(chain, block, error);
    bool lacks_traces =
        chain->traces != NULL && record_log_last(chain->traces) + 1 == block_id_height(&block->id);
    return lacks_traces ? chain_log_traces(chain, block, error) : 0;
}

/* Leaves the block pending, to be accepted, or nothing. */
static bool apply(struct chain *chain, const struct block *block, chain_keys keys, void *user,
                  bool logged, struct ledger_error *error)
{
    char text[CHAIN_ERROR_SIZE];
    assert(!chain->pending.open);
    if (!check_header(chain, &block->header, error))
        return false;
    if (!chain_has_layer(chain, text))
        return ledger_fail(error, LEDGER_INTERNAL, "%s", text);
    bool good = execute_block(chain, block, keys, user, error);
    const char *failure = state_failed(chain->state);
    if (failure != NULL)
        good = ledger_fail(error, LEDGER_INTERNAL, "the state has failed: %s", failure);
    if (good && log_block(chain, block, logged, text) != 0)
        good = ledger_fail(error, LEDGER_INTERNAL, "%s", text);
    if (!good)
        chain_abort(chain);
    return good;
}

bool chain_apply(struct chain *chain, const struct block *block, chain_keys keys, void *user,
                 struct ledger_error *error)
{
    if (!apply(chain, block, keys, user, false, error))
        return false;
    chain_accept(chain, block, true);
    return true;
}

bool chain_replay(struct chain *chain, const struct block *block, struct ledger_error *error)
{
    if (!apply(chain, block, NULL, NULL, true, error))
        return false;
    chain_accept(chain, block, false);
    return true;
}
