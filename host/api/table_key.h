/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of contract tables: as the bounds of get_table_rows are written, and as they stand in the
 * keys of the state's rows, where the order of bytes is that of the values:
 *
 *   i64, name              8 bytes, big-endian
 *   i128                   16 bytes, big-endian
 *   i256, sha256           32 bytes, big-endian
 *   ripemd160              its 20 bytes, then 12 zeros
 *   float64, float128      8, 16 bytes, big-endian, IEEE 754: of a number below zero all bits are
 *                          inverted, of another one the first */
#ifndef HOST_API_TABLE_KEY_H
#define HOST_API_TABLE_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TABLE_KEY_BYTES_MAX 32u
#define TABLE_KEY_TEXT_SIZE 72u

enum table_key_type {
    TABLE_KEY_I64,
    TABLE_KEY_NAME,
    TABLE_KEY_I128,
    TABLE_KEY_I256,
    TABLE_KEY_SHA256,
    TABLE_KEY_RIPEMD160,
    TABLE_KEY_FLOAT64,
    TABLE_KEY_FLOAT128,
};

struct table_key {
    uint8_t bytes[TABLE_KEY_BYTES_MAX];
    size_t size; /* that of its type */
};

/* `name` as in "key_type", `hex` for an "encode_type" of "hex": an i256 is then written as a
 * sha256. False: there is no such type. */
bool table_key_type(const char *name, bool hex, enum table_key_type *type);
size_t table_key_size(enum table_key_type type);
/* False when the text is no value of the type. `text` has a terminator behind `chars`. */
bool table_key_parse(enum table_key_type type, const char *text, size_t chars,
                     struct table_key *key);
/* What the family writes into next_key: a name as a number. */
void table_key_text(enum table_key_type type, const struct table_key *key,
                    char text[TABLE_KEY_TEXT_SIZE]);

/* A scope, or a primary key: a number, a name, a symbol ("4,SYS") or a symbol's code, the first
 * that fits. */
bool table_number_parse(const char *text, size_t chars, uint64_t *value);

#endif
