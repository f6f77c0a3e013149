// SPDX-License-Identifier: Apache-2.0
#include "host/tools/block_data.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/hex.h"

#define PATH_CHARS_MAX 4096u

const uint8_t block_merkle_root[32] = {
    0x05, 0xCE, 0x7D, 0xAA, 0x2A, 0xB7, 0x85, 0x36, 0x86, 0xA2, 0x16, 0xE6, 0xE4, 0x04, 0x15, 0xCF,
    0xCA, 0x39, 0x0C, 0x23, 0xDA, 0xFF, 0x2E, 0xAA, 0xBA, 0x16, 0xC8, 0x9F, 0x64, 0x0C, 0xA5, 0x64};

static const char *parse_signature(const struct csv_field fields[3],
                                   struct ecdsa_secp256k1_input *row)
{
    uint8_t rs[64];
    uint8_t key[65];
    if (!hex_decode(fields[0].text, fields[0].chars, row->digest, sizeof row->digest))
        return "digest is not 64 hexadecimal digits";
    if (!hex_decode(fields[1].text, fields[1].chars, rs, sizeof rs))
        return "rs is not 128 hexadecimal digits";
    size_t bytes = fields[2].chars / 2;
    if ((bytes != 33 && bytes != 65) || !hex_decode(fields[2].text, fields[2].chars, key, bytes) ||
        !ecdsa_secp256k1_set_key(row, key, (unsigned)bytes))
        return "pubkey is not a SEC 1 public key of 33 or 65 bytes";
    memcpy(row->r, rs, 32);
    memcpy(row->s, rs + 32, 32);
    return NULL;
}

/* A row's fields into row number `index` of `rows`; NULL or what is wrong. */
typedef const char *parse_row(const struct csv_field *fields, void *rows, size_t index);

static const char *signature_row(const struct csv_field *fields, void *rows, size_t index)
{
    return parse_signature(fields, (struct ecdsa_secp256k1_input *)rows + index);
}

static const char *txid_row(const struct csv_field *fields, void *rows, size_t index)
{
    uint8_t *row = (uint8_t *)rows + index * BLOCK_TXID_BYTES;
    if (!hex_decode(fields[0].text, fields[0].chars, row, BLOCK_TXID_BYTES))
        return "the transaction id is not 64 hexadecimal digits";
    return NULL;
}

struct table {
    const char *file, *header;
    size_t field_count;
    parse_row *parse;
};

static const struct table signatures_table = {BLOCK_SIGNATURES_CSV, "digest,rs,pubkey", 3,
                                              signature_row};
static const struct table txids_table = {BLOCK_TXIDS_CSV, "txid_internal_byte_order", 1, txid_row};

static int parse_rows(struct csv *csv, const struct table *table, void *rows, size_t max,
                      size_t *count)
{
    struct csv_field fields[CSV_FIELDS_MAX];
    for (;;) {
        int status = csv_next(csv, fields, table->field_count);
        if (status < 0)
            return -1;
        if (status == 0)
            return *count > 0 ? 0 : csv_reject(csv, "no rows");
        if (*count == max)
            return csv_reject(csv, "too many rows");
        const char *reason = table->parse(fields, rows, *count);
        if (reason != NULL)
            return csv_reject(csv, reason);
        ++*count;
    }
}

static long parse_table(const struct table *table, const char *name, const char *text, size_t bytes,
                        void *rows, size_t max, char error[CSV_ERROR_TEXT_SIZE])
{
    struct csv csv;
    size_t count = 0;
    if (csv_open(&csv, name, text, bytes, table->header) == 0 &&
        parse_rows(&csv, table, rows, max, &count) == 0)
        return (long)count;
    memcpy(error, csv.error, sizeof csv.error);
    return -1;
}

long block_parse_signatures(const char *name, const char *text, size_t bytes,
                            struct ecdsa_secp256k1_input *rows, size_t max,
                            char error[CSV_ERROR_TEXT_SIZE])
{
    return parse_table(&signatures_table, name, text, bytes, rows, max, error);
}

long block_parse_txids(const char *name, const char *text, size_t bytes, uint8_t *rows, size_t max,
                       char error[CSV_ERROR_TEXT_SIZE])
{
    return parse_table(&txids_table, name, text, bytes, rows, max, error);
}

static int load_table(const struct table *table, const char *folder, void *rows, size_t *count,
                      char error[CSV_ERROR_TEXT_SIZE])
{
    char path[PATH_CHARS_MAX];
    char *text;
    size_t bytes;
    int chars = snprintf(path, sizeof path, "%s/%s", folder, table->file);
    if (chars < 0 || (size_t)chars >= sizeof path) {
        snprintf(error, CSV_ERROR_TEXT_SIZE, "the folder's name is too long");
        return -1;
    }
    if (csv_load(path, &text, &bytes, error) != 0)
        return -1;
    long parsed = parse_table(table, path, text, bytes, rows, BLOCK_ROWS_MAX, error);
    free(text);
    *count = parsed < 0 ? 0 : (size_t)parsed;
    return parsed < 0 ? -1 : 0;
}

int block_data_load(struct block_data *data, const char *folder, char error[CSV_ERROR_TEXT_SIZE])
{
    *data = (struct block_data){0};
    data->signatures = calloc(BLOCK_ROWS_MAX, sizeof *data->signatures);
    data->txids = calloc(BLOCK_ROWS_MAX, BLOCK_TXID_BYTES);
    int code = -1;
    if (data->signatures == NULL || data->txids == NULL)
        snprintf(error, CSV_ERROR_TEXT_SIZE, "out of memory");
    else if (load_table(&signatures_table, folder, data->signatures, &data->signature_count,
                        error) == 0)
        code = load_table(&txids_table, folder, data->txids, &data->txid_count, error);
    if (code != 0)
        block_data_free(data);
    return code;
}

void block_data_free(struct block_data *data)
{
    free(data->signatures);
    free(data->txids);
    *data = (struct block_data){0};
}
