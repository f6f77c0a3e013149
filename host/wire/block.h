/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks: header, signature of the producer, receipts with their transactions. */
#ifndef HOST_WIRE_BLOCK_H
#define HOST_WIRE_BLOCK_H

#include "host/wire/transaction.h"

#define BLOCK_BYTES_MAX        (8u << 20)
#define BLOCK_TRANSACTIONS_MAX 32000u

/* Slots of 500 ms since 2000-01-01T00:00:00Z. */
#define SLOT_MS            500u
#define SLOT_EPOCH_UNIX_MS INT64_C(946684800000)
static inline int64_t slot_unix_ms(uint32_t slot)
{
    return SLOT_EPOCH_UNIX_MS + (int64_t)slot * SLOT_MS;
}

typedef struct {
    uint8_t bytes[32];
} block_id_t; /* SHA-256 of the header, its first four bytes replaced by the height, big-endian */

static inline uint32_t block_id_height(const block_id_t *id)
{
    return (uint32_t)id->bytes[0] << 24 | (uint32_t)id->bytes[1] << 16 |
           (uint32_t)id->bytes[2] << 8 | id->bytes[3];
}

struct block_header {
    uint32_t slot;
    name_t producer;
    uint16_t confirmed;
    block_id_t previous;
    uint8_t transaction_root[32]; /* Merkle root of the receipts' digests; zeros without any */
    uint8_t action_root[32]; /* Merkle root of the traces' digests, one a receipt; zeros without */
    uint32_t schedule_version;
    uint8_t state_hash[32]; /* after this block; header extension 0x5353 ("SS") */
};

enum receipt_status { RECEIPT_EXECUTED = 0 }; /* nothing else enters a block */

struct receipt {
    uint8_t status;
    uint32_t cpu_usage_us;                  /* deterministic: cost units / 1000, rounded up */
    uint32_t net_usage_words;               /* of 8 bytes */
    struct signed_transaction *transaction; /* a reference of its own */
};

struct block {
    struct block_header header;
    struct signature signature; /* of the producer, over the header's digest */
    unsigned receipt_count;
    struct receipt *receipts;
    block_id_t id;
};

#define BLOCK_HEADER_BYTES 151u /* written; always as many */

/* The header as it is hashed and signed: with its extension, without new_producers. A reader fails
 * on a header that has producers, or not exactly that extension. */
void block_header_write(struct writer *writer, const struct block_header *header);
void block_header_read(struct reader *reader, struct block_header *header);
/* What the producer signs: SHA-256 of the written header. */
void block_header_digest(const struct block_header *header, uint8_t digest[32]);
/* The height is that of header->previous plus one. */
void block_header_id(const struct block_header *header, block_id_t *id);
static inline uint32_t block_header_height(const struct block_header *header)
{
    return block_id_height(&header->previous) + 1;
}

/* A leaf of transaction_root: SHA-256 over the receipt's head (status, cpu, net), the signatures as
 * they are packed, compression, the transaction's id and, of a compressed one, packed_trx as it
 * came. That is every byte of the receipt in the block, for the id is the hash of what is packed.
 * One hash, where the family nests three: clients cannot recompute its root here anyway, because
 * the tree is host/crypto/digest.h's. */
void receipt_digest(const struct receipt *receipt, uint8_t digest[32]);

/* A receipt as it stands in a block. */
void receipt_write(struct writer *writer, const struct receipt *receipt);
size_t receipt_size(const struct receipt *receipt);

/* The whole signed block. NULL when it does not parse, is not canonical, is too large, or has
 * trailing bytes. */
struct block *block_read(struct bytes packed);
size_t block_size(const struct block *block);
void block_write(struct writer *writer, const struct block *block);
/* What stands in front of the receipts and behind them, for who has these written already. */
#define BLOCK_FRONT_BYTES_MAX (BLOCK_HEADER_BYTES + 1 + SIGNATURE_SM2_BYTES + 5)
void block_write_front(struct writer *writer, const struct block *block);
void block_write_end(struct writer *writer);
void block_free(struct block *block); /* NULL is allowed; releases its transactions */

#endif
