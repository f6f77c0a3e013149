/* SPDX-License-Identifier: Apache-2.0 */
/* Bitcoin block 413567 as tests/vectors has it; see README.md there for the formats. */
#ifndef HOST_TOOLS_BLOCK_DATA_H
#define HOST_TOOLS_BLOCK_DATA_H

#include <stddef.h>
#include <stdint.h>

#include "host/base/csv.h"
#include "host/crypto/ecdsa.h"

#define BLOCK_HEIGHT         413567u
#define BLOCK_ROWS_MAX       16384u
#define BLOCK_TXID_BYTES     32u
#define BLOCK_SIGNATURES_CSV "bitcoin-413567-p2pkh-signatures.csv"
#define BLOCK_TXIDS_CSV      "bitcoin-413567-txids.csv"

/* hashMerkleRoot of the header of block 413567, in the header's (internal) byte order. */
extern const uint8_t block_merkle_root[32];

struct block_data {
    struct ecdsa_secp256k1_input *signatures; /* row 1 of the file is at index 0 */
    size_t signature_count;
    uint8_t *txids; /* BLOCK_TXID_BYTES each */
    size_t txid_count;
};

/* Reads both files from `folder`. 0, or -1 with "FILE:LINE: reason" in `error` and nothing to free.
 */
int block_data_load(struct block_data *data, const char *folder, char error[CSV_ERROR_TEXT_SIZE]);
void block_data_free(struct block_data *data);

/* The parsers by themselves: `bytes` bytes at `text` into at most `max` rows. How many rows, or -1
 * with a text in `error` that starts with `name`. Each row is checked whole; an empty file or one
 * without rows is an error. */
long block_parse_signatures(const char *name, const char *text, size_t bytes,
                            struct ecdsa_secp256k1_input *rows, size_t max,
                            char error[CSV_ERROR_TEXT_SIZE]);
long block_parse_txids(const char *name, const char *text, size_t bytes, uint8_t *rows, size_t max,
                       char error[CSV_ERROR_TEXT_SIZE]);

#endif
