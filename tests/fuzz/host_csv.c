// SPDX-License-Identifier: Apache-2.0
/* The parsers of the demo's data files: any bytes end in rows or in an error with a place. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "host/tools/block_data.h"

#define ROWS_MAX 8u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct ecdsa_secp256k1_input signatures[ROWS_MAX];
    uint8_t txids[ROWS_MAX * BLOCK_TXID_BYTES];
    char error[CSV_ERROR_TEXT_SIZE];
    for (int file = 0; file < 2; file++) {
        error[0] = '\0';
        long rows = file == 0
                        ? block_parse_signatures("f", (const char *)data, bytes, signatures,
                                                 ROWS_MAX, error)
                        : block_parse_txids("f", (const char *)data, bytes, txids, ROWS_MAX, error);
        if (rows < 0 ? strncmp(error, "f:", 2) != 0 : rows == 0 || rows > (long)ROWS_MAX)
            abort();
    }
    return 0;
}
