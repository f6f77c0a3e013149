// SPDX-License-Identifier: Apache-2.0
/* Blocks, by height or id. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/api/api.h"
#include "host/api/producers.h"
#include "host/base/hex.h"

/* Of a header: the state's hash (host/wire/block.h). */
#define STATE_EXTENSION 0x5353u

/* "12", or an id of 64 digits. False with a failure. */
static bool parse_height(const struct text *text, uint64_t *height)
{
    char *end;
    if (text->size == 0 || text->size > 20 || text->chars[0] < '0' || text->chars[0] > '9')
        return false;
    errno = 0;
    *height = strtoull(text->chars, &end, 10);
    return errno == 0 && end == text->chars + text->size;
}

static bool unknown_block(struct request *request, const struct text *text)
{
    return failure_code(&request->failure, LEDGER_UNKNOWN_BLOCK, "Could not find block: %.64s",
                        text->chars);
}

/* The block that "block_num_or_id" (or "block_num") names; the caller frees it. NULL with a
 * failure. `final`: up to where blocks are final. */
static struct block *find_block(struct request *request, const char *key, uint32_t *final)
{
    struct chain *chain = request->api->options.chain;
    struct text text;
    uint64_t number = 0;
    block_id_t id;
    if (!argument_text(request, key, NULL, &text))
        return NULL;
    bool by_number = parse_height(&text, &number);
    if (!by_number && !hex_decode(text.chars, text.size, id.bytes, sizeof id.bytes)) {
        failure_code(&request->failure, LEDGER_BLOCK_ID_TYPE, "Invalid block ID: %.64s",
                     text.chars);
        return NULL;
    }

    char error[CHAIN_ERROR_SIZE];
    struct block *block = NULL;
    chain_lock(chain);
    uint32_t height = (uint32_t)number;
    bool known = by_number ? number >= chain_first(chain) && number <= chain_head(chain)
                           : chain_block_height(chain, &id, &height);
    if (known)
        block = chain_read_block(chain, height, error);
    *final = chain_final(chain);
    chain_unlock(chain);
    if (!known)
        unknown_block(request, &text);
    else if (block == NULL)
        failure_code(&request->failure, LEDGER_INTERNAL, "%s", error);
    return block;
}

/* ------------------------------------------------------------------ members */
static void out_header_members(struct out *out, const struct block_header *header)
{
    out_key_slot(out, "timestamp", header->slot);
    out_key_name(out, "producer", header->producer);
    out_key_u64(out, "confirmed", header->confirmed);
    out_key_block_id(out, "previous", &header->previous);
    out_key_hex(out, "transaction_mroot", header->transaction_root,
                sizeof header->transaction_root);
    out_key_hex(out, "action_mroot", header->action_root, sizeof header->action_root);
    out_key_u64(out, "schedule_version", header->schedule_version);
}

/* [[number, bytes], ...]: the state's hash, of which clients of the family know nothing. */
static void out_header_extensions(struct out *out, const struct block_header *header)
{
    out_key_null(out, "new_producers");
    out_key(out, "header_extensions");
    out_array(out);
    out_array(out);
    out_u64(out, STATE_EXTENSION);
    out_hex(out, header->state_hash, sizeof header->state_hash);
    out_array_end(out);
    out_array_end(out);
}

static void out_producer_signature(struct out *out, const struct block *block)
{
    out_key(out, "producer_signature");
    out_signature(out, &block->signature);
}

static void out_receipts(struct out *out, struct abi_cache *abis, const struct block *block,
                         bool raw)
{
    out_key(out, "transactions");
    out_array(out);
    for (unsigned i = 0; i < block->receipt_count && !out->failed; i++) {
        const struct receipt *receipt = &block->receipts[i];
        out_object(out);
        out_key_text(out, "status", "executed");
        out_key_u64(out, "cpu_usage_us", receipt->cpu_usage_us);
        out_key_u64(out, "net_usage_words", receipt->net_usage_words);
        out_key(out, "trx");
        out_packed_transaction(out, abis, receipt->transaction, raw);
        out_object_end(out);
    }
    out_array_end(out);
}

static void out_identity(struct out *out, const struct block *block)
{
    out_key_block_id(out, "id", &block->id);
    out_key_u64(out, "block_num", block_id_height(&block->id));
    out_key_u64(out, "ref_block_prefix", block_prefix(&block->id));
}

/* ------------------------------------------------------------------ handlers */
bool block_get(struct request *request)
{
    struct out *out = &request->out;
    uint32_t final;
    struct block *block = find_block(request, "block_num_or_id", &final);
    if (block == NULL)
        return false;
    out_object(out);
    out_header_members(out, &block->header);
    out_key_null(out, "new_producers");
    out_producer_signature(out, block);
    out_receipts(out, request->api->abis, block, false);
    out_identity(out, block);
    out_key_hex(out, "state_hash", block->header.state_hash, sizeof block->header.state_hash);
    out_object_end(out);
    block_free(block);
    return true;
}

bool block_get_raw(struct request *request)
{
    struct out *out = &request->out;
    uint32_t final;
    struct block *block = find_block(request, "block_num_or_id", &final);
    if (block == NULL)
        return false;
    out_object(out);
    out_header_members(out, &block->header);
    out_header_extensions(out, &block->header);
    out_producer_signature(out, block);
    out_receipts(out, request->api->abis, block, true);
    out_key(out, "block_extensions");
    out_array(out);
    out_array_end(out);
    out_object_end(out);
    block_free(block);
    return true;
}

bool block_get_info(struct request *request)
{
    struct out *out = &request->out;
    uint32_t final;
    struct block *block = find_block(request, "block_num", &final);
    if (block == NULL)
        return false;
    uint32_t height = block_id_height(&block->id);
    out_object(out);
    out_key_u64(out, "block_num", height);
    out_key_u64(out, "ref_block_num", height & UINT16_MAX);
    out_key_block_id(out, "id", &block->id);
    out_header_members(out, &block->header);
    out_producer_signature(out, block);
    out_key_u64(out, "ref_block_prefix", block_prefix(&block->id));
    out_object_end(out);
    block_free(block);
    return true;
}

bool block_get_header(struct request *request)
{
    struct out *out = &request->out;
    uint32_t final;
    struct block *block = find_block(request, "block_num_or_id", &final);
    if (block == NULL)
        return false;
    out_object(out);
    out_key_block_id(out, "id", &block->id);
    out_key(out, "signed_block_header");
    out_object(out);
    out_header_members(out, &block->header);
    out_header_extensions(out, &block->header);
    out_producer_signature(out, block);
    out_object_end(out);
    out_object_end(out);
    block_free(block);
    return true;
}

bool block_get_header_state(struct request *request)
{
    struct out *out = &request->out;
    uint32_t final;
    struct block *block = find_block(request, "block_num_or_id", &final);
    if (block == NULL)
        return false;
    out_object(out);
    out_identity(out, block);
    out_key_u64(out, "dpos_proposed_irreversible_blocknum", final);
    out_key_u64(out, "dpos_irreversible_blocknum", final);
    out_key(out, "header");
    out_object(out);
    out_header_members(out, &block->header);
    out_header_extensions(out, &block->header);
    out_producer_signature(out, block);
    out_object_end(out);
    out_key(out, "active_schedule");
    out_schedule(out, request->api->options.schedule);
    out_object_end(out);
    block_free(block);
    return true;
}
