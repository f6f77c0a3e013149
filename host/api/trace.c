// SPDX-License-Identifier: Apache-2.0
/* The family's trace_api: what happened in a block, or in a transaction. */
#include <string.h>

#include "host/api/api.h"
#include "host/api/block_traces.h"
#include "host/api/transaction_find.h"
#include "host/wire/time.h"

#define BLOCK_TRANSACTIONS_TOLD 512u /* in one answer: some megabytes */

/* With a "Z" behind it, as only this interface of the family has it. */
static void out_key_utc(struct out *out, const char *name, uint32_t slot)
{
    char text[TIME_TEXT_SIZE + 1];
    slot_text(slot, text);
    strcat(text, "Z");
    out_key(out, name);
    out_plain(out, text, strlen(text));
}

/* Authorizations call the actor an account here. */
static void out_authorization(struct out *out, const struct action *action)
{
    out_key(out, "authorization");
    out_array(out);
    for (unsigned i = 0; i < action->authorization_count; i++) {
        out_object(out);
        out_key_name(out, "account", action->authorizations[i].actor);
        out_key_name(out, "permission", action->authorizations[i].permission);
        out_object_end(out);
    }
    out_array_end(out);
}

static void out_actions(struct out *out, struct abi_cache *abis,
                        const struct transaction_trace *trace)
{
    out_key(out, "actions");
    out_array(out);
    for (unsigned i = 0; trace != NULL && i < trace->action_count; i++) {
        const struct action_trace *action = &trace->actions[i];
        out_object(out);
        out_key_u64(out, "global_sequence", action->global_sequence);
        out_key_name(out, "receiver", action->receiver);
        out_key_name(out, "account", action->action->account);
        out_key_name(out, "action", action->action->name);
        out_authorization(out, action->action);
        out_key_hex(out, "data", action->action->data.data, action->action->data.size);
        out_key_text(out, "return_value", "");
        out_key(out, "params");
        out_action_data(out, abis, action->action);
        out_object_end(out);
    }
    out_array_end(out);
}

static void out_transaction(struct out *out, struct abi_cache *abis, const struct block *block,
                            const struct receipt *receipt, const struct transaction_trace *trace)
{
    const struct signed_transaction *transaction = receipt->transaction;
    out_object(out);
    out_key_hex(out, "id", transaction->id, sizeof transaction->id);
    out_key_u64(out, "block_num", block_id_height(&block->id));
    out_key_slot(out, "block_time", block->header.slot);
    out_key_block_id(out, "producer_block_id", &block->id);
    out_actions(out, abis, trace);
    out_key_text(out, "status", "executed");
    out_key_u64(out, "cpu_usage_us", receipt->cpu_usage_us);
    out_key_u64(out, "net_usage_words", receipt->net_usage_words);
    out_signatures(out, transaction);
    out_key(out, "transaction_header");
    out_object(out);
    out_transaction_header_members(out, &transaction->transaction);
    out_object_end(out);
    out_object_end(out);
}

/* The family answers 404 for what it does not know here. */
static bool not_found(struct request *request, const char *what)
{
    return failure_status(&request->failure, MHD_HTTP_NOT_FOUND, "%s not found", what);
}

bool trace_get_transaction(struct request *request)
{
    struct found_transaction found;
    uint8_t id[32];
    if (!argument_id(request, "id", id))
        return false;
    if (!transaction_find(request, id, &found))
        return not_found(request, "Trace API: transaction");
    out_transaction(&request->out, request->api->abis, found.block, found.receipt, found.trace);
    transaction_found_free(&found);
    return true;
}

bool trace_get_block(struct request *request)
{
    struct chain *chain = request->api->options.chain;
    struct out *out = &request->out;
    struct block_traces traces;
    struct ledger_error error;
    uint32_t height = 0;
    if (!argument_u32(request, "block_num", &height))
        return false;
    if (!block_traces_open(&traces, chain, height, &error))
        return not_found(request, "Trace API: block trace");
    if (traces.block->receipt_count > BLOCK_TRANSACTIONS_TOLD) {
        block_traces_close(&traces);
        return failure_code(&request->failure, LEDGER_INTERNAL,
                            "more than %u transactions: ask for each, or read /v1/events",
                            BLOCK_TRANSACTIONS_TOLD);
    }
    chain_lock(chain);
    bool final = height <= chain_final(chain);
    chain_unlock(chain);

    const struct block *block = traces.block;
    const struct block_header *header = &block->header;
    out_object(out);
    out_key_block_id(out, "id", &block->id);
    out_key_u64(out, "number", height);
    out_key_block_id(out, "previous_id", &header->previous);
    out_key_text(out, "status", final ? "irreversible" : "pending");
    out_key_utc(out, "timestamp", header->slot);
    out_key_name(out, "producer", header->producer);
    out_key_hex(out, "transaction_mroot", header->transaction_root,
                sizeof header->transaction_root);
    out_key_hex(out, "action_mroot", header->action_root, sizeof header->action_root);
    out_key_u64(out, "schedule_version", header->schedule_version);
    out_key(out, "transactions");
    out_array(out);
    for (unsigned i = 0; i < block->receipt_count && !out->failed; i++) {
        struct transaction_trace *trace = block_traces_next(&traces);
        out_transaction(out, request->api->abis, block, &block->receipts[i], trace);
        trace_release(trace);
    }
    out_array_end(out);
    out_object_end(out);
    block_traces_close(&traces);
    return true;
}
