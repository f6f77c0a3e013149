// SPDX-License-Identifier: Apache-2.0
/* Transactions: what they need, and where they are. */
#include <stdlib.h>
#include <string.h>

#include "host/api/api.h"
#include "host/api/transaction_find.h"
#include "host/wire/hash.h"
#include "host/wire/transaction_json.h"

#define AVAILABLE_KEYS_MAX 256u

/* ------------------------------------------------------------------ transactions in JSON */
/* A transaction without signatures, and the memory of its actions' data. */
struct draft {
    struct transaction transaction;
    uint8_t data[TRANSACTION_BYTES_MAX];
};

/* The caller frees it. NULL with a failure. */
static struct draft *parse_draft(struct request *request, const json_t *json)
{
    char error[ABI_ERROR_SIZE] = "not an object";
    struct draft *draft = malloc(sizeof *draft);
    if (draft == NULL) {
        failure_status(&request->failure, MHD_HTTP_SERVICE_UNAVAILABLE, "out of memory");
        return NULL;
    }
    struct abi_lookup lookup;
    const struct abi_source abis = abi_lookup_source(&lookup, request->api->abis);
    struct writer data = writer_of(draft->data, sizeof draft->data);
    bool parsed = json_is_object(json) &&
                  transaction_from_json(json, &abis, &data, &draft->transaction, error);
    abi_lookup_end(&lookup);
    if (parsed)
        return draft;
    free(draft);
    failure_code(&request->failure, LEDGER_TRANSACTION_TYPE, "Invalid transaction: %.200s", error);
    return NULL;
}

bool transaction_required_keys(struct request *request)
{
    struct chain *chain = request->api->options.chain;
    struct out *out = &request->out;
    struct public_key keys[AVAILABLE_KEYS_MAX];
    bool required[AVAILABLE_KEYS_MAX] = {false};
    unsigned count = 0;
    if (!argument_keys(request, "available_keys", AVAILABLE_KEYS_MAX, keys, &count))
        return false;
    struct draft *draft = parse_draft(request, json_object_get(request->arguments, "transaction"));
    if (draft == NULL)
        return false;
    struct ledger_error error;
    chain_lock(chain);
    bool enough = chain_required_keys(chain, &draft->transaction, keys, count, required, &error);
    chain_unlock(chain);
    free(draft);
    if (!enough)
        return failure_ledger(&request->failure, &error);
    out_object(out);
    out_key(out, "required_keys");
    out_array(out);
    for (unsigned i = 0; i < count; i++)
        if (required[i])
            out_public_key(out, &keys[i]);
    out_array_end(out);
    out_object_end(out);
    return true;
}

bool transaction_get_id(struct request *request)
{
    uint8_t id[HASH_BYTES];
    struct draft *draft = parse_draft(request, request->arguments);
    uint8_t *packed = malloc(TRANSACTION_BYTES_MAX);
    bool written = false;
    if (draft != NULL && packed != NULL) {
        struct writer writer = writer_of(packed, TRANSACTION_BYTES_MAX);
        transaction_write(&writer, &draft->transaction);
        written = !writer.failed;
        const struct bytes bytes = {packed, writer_size(&writer)};
        hash_sha256(&bytes, 1, id);
        if (!written)
            failure_code(&request->failure, LEDGER_TX_TOO_BIG, "Transaction is too big");
        else
            out_hex(&request->out, id, sizeof id);
    } else if (draft != NULL) {
        failure_status(&request->failure, MHD_HTTP_SERVICE_UNAVAILABLE, "out of memory");
    }
    free(packed);
    free(draft);
    return written;
}

/* ------------------------------------------------------------------ where it is */
struct chain_state_info {
    uint32_t head, final, first;
    block_id_t head_id, final_id, first_id, block_id;
    uint32_t head_slot, final_slot, block_slot;
    bool has_first, has_final, has_block;
    uint32_t block; /* of the transaction */
    bool pending;
};

/* The slot and id of a block. */
static bool look_up_block(struct chain *chain, uint32_t height, uint32_t *slot, block_id_t *id)
{
    char error[CHAIN_ERROR_SIZE];
    struct block *block = chain_read_block(chain, height, error);
    if (block == NULL)
        return false;
    *slot = block->header.slot;
    *id = block->id;
    block_free(block);
    return true;
}

static void copy_status(struct chain *chain, const uint8_t id[32], struct chain_state_info *info)
{
    uint32_t first_slot;
    chain_lock(chain);
    info->head = chain_head(chain);
    info->head_id = chain_head_id(chain);
    info->head_slot = chain_head_header(chain)->slot;
    info->final = chain_final(chain);
    info->final_id = chain_final_id(chain);
    info->first = chain_first(chain);
    info->has_final = look_up_block(chain, info->final, &info->final_slot, &info->final_id);
    info->has_first = look_up_block(chain, info->first, &first_slot, &info->first_id);
    info->has_block = chain_find_transaction(chain, id, &info->block) &&
                      look_up_block(chain, info->block, &info->block_slot, &info->block_id);
    info->pending = chain_has_recent(chain, id);
    chain_unlock(chain);
}

static const char *status_name(struct api *api, const uint8_t id[32],
                               const struct chain_state_info *info)
{
    if (info->has_block)
        return info->block <= info->final ? "IRREVERSIBLE" : "IN_BLOCK";
    if (info->pending || intake_holds(api->options.intake, id))
        return "LOCALLY_APPLIED";
    if (failed_ids_has(api->failed, id))
        return "FAILED";
    return "UNKNOWN";
}

bool transaction_status(struct request *request)
{
    struct out *out = &request->out;
    struct chain_state_info info = {.block = 0};
    uint8_t id[32];
    if (!argument_id(request, "id", id))
        return failure_request(&request->failure, "Invalid transaction id");
    copy_status(request->api->options.chain, id, &info);
    out_object(out);
    out_key_text(out, "state", status_name(request->api, id, &info));
    if (info.has_block) {
        out_key_u64(out, "block_number", info.block);
        out_key_block_id(out, "block_id", &info.block_id);
        out_key_slot(out, "block_timestamp", info.block_slot);
    }
    out_key_u64(out, "head_number", info.head);
    out_key_block_id(out, "head_id", &info.head_id);
    out_key_slot(out, "head_timestamp", info.head_slot);
    out_key_u64(out, "irreversible_number", info.final);
    out_key_block_id(out, "irreversible_id", &info.final_id);
    if (info.has_final)
        out_key_slot(out, "irreversible_timestamp", info.final_slot);
    if (info.has_first)
        out_key_block_id(out, "earliest_tracked_block_id", &info.first_id);
    out_key_u64(out, "earliest_tracked_block_number", info.first);
    out_object_end(out);
    return true;
}

/* As the family's history had it. */
bool transaction_get(struct request *request)
{
    struct api *api = request->api;
    struct out *out = &request->out;
    struct found_transaction found;
    uint8_t id[32];
    if (!argument_id(request, "id", id) || !transaction_find(request, id, &found))
        return false;
    const struct signed_transaction *transaction = found.receipt->transaction;
    out_object(out);
    out_key_hex(out, "id", id, sizeof id);
    out_key(out, "trx");
    out_object(out);
    out_key(out, "receipt");
    out_object(out);
    out_key_text(out, "status", "executed");
    out_key_u64(out, "cpu_usage_us", found.receipt->cpu_usage_us);
    out_key_u64(out, "net_usage_words", found.receipt->net_usage_words);
    out_key(out, "trx");
    out_array(out);
    out_u64(out, 1);
    out_packed_transaction(out, api->abis, transaction, true);
    out_array_end(out);
    out_object_end(out);
    out_key(out, "trx");
    out_object(out);
    out_transaction_members(out, api->abis, &transaction->transaction);
    out_signatures(out, transaction);
    out_object_end(out);
    out_object_end(out);
    out_key_slot(out, "block_time", found.block->header.slot);
    out_key_u64(out, "block_num", block_id_height(&found.block->id));
    out_key_u64(out, "last_irreversible_block", found.final);
    out_key(out, "traces");
    if (found.trace != NULL)
        out_action_traces(out, api->abis, found.trace, TRACE_FLAT);
    else
        out_null(out);
    out_object_end(out);
    transaction_found_free(&found);
    return true;
}
