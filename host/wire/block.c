// SPDX-License-Identifier: Apache-2.0
#include "host/wire/block.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "host/wire/hash.h"

#define STATE_EXTENSION     0x5353u /* "SS" */
#define PACKED_TRANSACTION  1u      /* of the variant (transaction id, packed_transaction) */
#define RECEIPT_BYTES_MAX   10u     /* without its transaction */
#define RECEIPT_BYTES_MIN   11u     /* with the shortest one */
#define RECEIPT_STATUS_LAST RECEIPT_EXECUTED

void block_header_write(struct writer *writer, const struct block_header *header)
{
    write_u32(writer, header->slot);
    write_u64(writer, header->producer);
    write_u16(writer, header->confirmed);
    write_copy(writer, header->previous.bytes, sizeof header->previous.bytes);
    write_copy(writer, header->transaction_root, sizeof header->transaction_root);
    write_copy(writer, header->action_root, sizeof header->action_root);
    write_u32(writer, header->schedule_version);
    write_u8(writer, 0);        /* no new_producers */
    write_varuint32(writer, 1); /* header extensions */
    write_u16(writer, STATE_EXTENSION);
    write_sized(writer, (struct bytes){header->state_hash, sizeof header->state_hash});
}

void block_header_read(struct reader *reader, struct block_header *header)
{
    header->slot = read_u32(reader);
    header->producer = read_u64(reader);
    header->confirmed = read_u16(reader);
    read_copy(reader, header->previous.bytes, sizeof header->previous.bytes);
    read_copy(reader, header->transaction_root, sizeof header->transaction_root);
    read_copy(reader, header->action_root, sizeof header->action_root);
    header->schedule_version = read_u32(reader);
    uint8_t new_producers = read_u8(reader);
    uint32_t extensions = read_varuint32(reader);
    uint16_t extension = read_u16(reader);
    uint32_t bytes = read_varuint32(reader);
    read_copy(reader, header->state_hash, sizeof header->state_hash);
    if (new_producers != 0 || extensions != 1 || extension != STATE_EXTENSION ||
        bytes != sizeof header->state_hash)
        reader->failed = true;
}

void block_header_digest(const struct block_header *header, uint8_t digest[32])
{
    uint8_t written[BLOCK_HEADER_BYTES];
    struct writer writer = writer_of(written, sizeof written);
    block_header_write(&writer, header);
    assert(!writer.failed && writer_size(&writer) == sizeof written);
    const struct bytes whole = {written, sizeof written};
    hash_sha256(&whole, 1, digest);
}

void block_header_id(const struct block_header *header, block_id_t *id)
{
    uint32_t height = block_header_height(header);
    block_header_digest(header, id->bytes);
    for (unsigned i = 0; i < 4; i++)
        id->bytes[i] = (uint8_t)(height >> 8 * (3 - i));
}

static void write_receipt_head(struct writer *writer, const struct receipt *receipt)
{
    write_u8(writer, receipt->status);
    write_u32(writer, receipt->cpu_usage_us);
    write_varuint32(writer, receipt->net_usage_words);
}

void receipt_digest(const struct receipt *receipt, uint8_t digest[32])
{
    const struct signed_transaction *transaction = receipt->transaction;
    uint8_t written[RECEIPT_BYTES_MAX + SIGNATURES_BYTES_MAX + 1 + HASH_BYTES];
    struct writer writer = writer_of(written, sizeof written);
    write_receipt_head(&writer, receipt);
    signed_transaction_write_signatures(&writer, transaction);
    write_u8(&writer, transaction->compressed);
    write_copy(&writer, transaction->id, sizeof transaction->id);
    assert(!writer.failed);
    const struct bytes parts[] = {{written, writer_size(&writer)}, transaction->wire};
    hash_sha256(parts, transaction->compressed ? 2 : 1, digest);
}

static void read_receipt(struct reader *reader, struct receipt *receipt)
{
    receipt->status = read_u8(reader);
    receipt->cpu_usage_us = read_u32(reader);
    receipt->net_usage_words = read_varuint32(reader);
    if (receipt->status > RECEIPT_STATUS_LAST || read_u8(reader) != PACKED_TRANSACTION)
        reader->failed = true;
    enum transaction_error error;
    receipt->transaction = signed_transaction_read(reader, &error);
}

/* The block's receipts; on failure there are fewer than receipt_count says, and the reader has
 * failed. */
static void read_receipts(struct reader *reader, struct block *block)
{
    uint32_t count = read_varuint32(reader);
    if (count > BLOCK_TRANSACTIONS_MAX || count > reader_left(reader) / RECEIPT_BYTES_MIN) {
        reader->failed = true;
        return;
    }
    block->receipts = count != 0 ? calloc(count, sizeof *block->receipts) : NULL;
    if (count != 0 && block->receipts == NULL) {
        reader->failed = true;
        return;
    }
    block->receipt_count = count;
    for (uint32_t i = 0; i < count && !reader->failed; i++)
        read_receipt(reader, &block->receipts[i]);
}

struct block *block_read(struct bytes packed)
{
    if (packed.size > BLOCK_BYTES_MAX)
        return NULL;
    struct block *block = calloc(1, sizeof *block);
    if (block == NULL)
        return NULL;
    struct reader reader = reader_of(packed.data, packed.size);
    block_header_read(&reader, &block->header);
    signature_read(&reader, &block->signature);
    read_receipts(&reader, block);
    bool extended = read_varuint32(&reader) != 0;
    if (extended || !reader_done(&reader)) {
        block_free(block);
        return NULL;
    }
    block_header_id(&block->header, &block->id);
    return block;
}

void receipt_write(struct writer *writer, const struct receipt *receipt)
{
    write_receipt_head(writer, receipt);
    write_u8(writer, PACKED_TRANSACTION);
    signed_transaction_write(writer, receipt->transaction);
}

size_t receipt_size(const struct receipt *receipt)
{
    uint8_t head[RECEIPT_BYTES_MAX];
    struct writer writer = writer_of(head, sizeof head);
    write_receipt_head(&writer, receipt);
    return writer_size(&writer) + 1 + signed_transaction_size(receipt->transaction);
}

void block_write_front(struct writer *writer, const struct block *block)
{
    assert(block->receipt_count <= BLOCK_TRANSACTIONS_MAX);
    block_header_write(writer, &block->header);
    signature_write(writer, &block->signature);
    write_varuint32(writer, block->receipt_count);
}

void block_write_end(struct writer *writer)
{
    write_varuint32(writer, 0); /* extensions */
}

void block_write(struct writer *writer, const struct block *block)
{
    block_write_front(writer, block);
    for (unsigned i = 0; i < block->receipt_count; i++)
        receipt_write(writer, &block->receipts[i]);
    block_write_end(writer);
}

size_t block_size(const struct block *block)
{
    /* What is not a receipt is small: written for its length. */
    uint8_t rest[BLOCK_FRONT_BYTES_MAX + 1];
    struct writer writer = writer_of(rest, sizeof rest);
    block_write_front(&writer, block);
    block_write_end(&writer);
    assert(!writer.failed);
    size_t bytes = writer_size(&writer);
    for (unsigned i = 0; i < block->receipt_count; i++)
        bytes += receipt_size(&block->receipts[i]);
    return bytes;
}

/* Transactions of a block have left the processor's cache when it is freed. */
#define FREE_AHEAD 8u

void block_free(struct block *block)
{
    if (block == NULL)
        return;
    for (unsigned i = 0; i < block->receipt_count; i++) {
        if (i + FREE_AHEAD < block->receipt_count)
            __builtin_prefetch(block->receipts[i + FREE_AHEAD].transaction, 1);
        signed_transaction_release(block->receipts[i].transaction);
    }
    free(block->receipts);
    free(block);
}
