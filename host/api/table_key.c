// SPDX-License-Identifier: Apache-2.0
#include "host/api/table_key.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/bytes.h"
#include "host/base/hex.h"
#include "host/wire/asset.h"
#include "host/wire/name.h"

#define RIPEMD160_BYTES 20u
#define FLOAT_CHARS_MAX 64u

struct type_name {
    const char *name;
    enum table_key_type type;
    size_t bytes;
};

/* In the order of the enumeration. */
static const struct type_name types[] = {
    {"i64", TABLE_KEY_I64, 8},         {"name", TABLE_KEY_NAME, 8},
    {"i128", TABLE_KEY_I128, 16},      {"i256", TABLE_KEY_I256, 32},
    {"sha256", TABLE_KEY_SHA256, 32},  {"ripemd160", TABLE_KEY_RIPEMD160, 32},
    {"float64", TABLE_KEY_FLOAT64, 8}, {"float128", TABLE_KEY_FLOAT128, 16},
};

bool table_key_type(const char *name, bool hex, enum table_key_type *type)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(types[i].name, name) == 0) {
            *type = types[i].type == TABLE_KEY_I256 && hex ? TABLE_KEY_SHA256 : types[i].type;
            return true;
        }
    return false;
}

size_t table_key_size(enum table_key_type type)
{
    assert(types[type].type == type);
    return types[type].bytes;
}

/* ------------------------------------------------------------------ numbers */
/* bytes = bytes * factor + digit, big-endian. False when it does not fit. */
static bool multiply_add(uint8_t *bytes, size_t size, unsigned factor, unsigned digit)
{
    unsigned carry = digit;
    for (size_t i = size; i-- > 0;) {
        unsigned value = bytes[i] * factor + carry;
        bytes[i] = (uint8_t)value;
        carry = value >> 8;
    }
    return carry == 0;
}

static int digit_of(char character)
{
    if (character >= '0' && character <= '9')
        return character - '0';
    character |= 0x20;
    return character >= 'a' && character <= 'f' ? character - 'a' + 10 : -1;
}

static bool parse_digits(const char *text, size_t chars, unsigned base, uint8_t *bytes, size_t size)
{
    memset(bytes, 0, size);
    for (size_t i = 0; i < chars; i++) {
        int digit = digit_of(text[i]);
        if (digit < 0 || (unsigned)digit >= base ||
            !multiply_add(bytes, size, base, (unsigned)digit))
            return false;
    }
    return chars != 0;
}

/* Decimal, or hexadecimal behind "0x". */
static bool parse_integer(const char *text, size_t chars, uint8_t *bytes, size_t size)
{
    if (chars > 2 && text[0] == '0' && text[1] == 'x')
        return parse_digits(text + 2, chars - 2, 16, bytes, size);
    return parse_digits(text, chars, 10, bytes, size);
}

static uint64_t load_u64(const uint8_t bytes[8])
{
    struct reader reader = reader_of(bytes, 8);
    return read_u64_be(&reader);
}

static void store_u64(uint64_t value, uint8_t bytes[8])
{
    struct writer writer = writer_of(bytes, 8);
    write_u64_be(&writer, value);
}

bool table_number_parse(const char *text, size_t chars, uint64_t *value)
{
    uint8_t bytes[8];
    if (parse_digits(text, chars, 10, bytes, sizeof bytes)) {
        *value = load_u64(bytes);
        return true;
    }
    return name_parse(text, chars, value) || symbol_parse(text, chars, value) ||
           symbol_code_parse(text, chars, value);
}

/* ------------------------------------------------------------------ floats */
static bool parse_double(const char *text, size_t chars, double *value)
{
    char *end;
    if (chars == 0 || chars > FLOAT_CHARS_MAX)
        return false;
    *value = strtod(text, &end);
    return end == text + chars && !isnan(*value);
}

/* Between the bits of a float and bytes in order: `ordered` says what the bytes are now. */
static void flip_float(uint8_t *bytes, size_t size, bool ordered)
{
    bool negative = ((bytes[0] & 0x80) != 0) != ordered;
    bytes[0] ^= 0x80;
    for (size_t i = 0; negative && i < size; i++)
        bytes[i] = i == 0 ? (uint8_t)(bytes[i] ^ 0x7F) : (uint8_t)~bytes[i];
}

static void reverse_copy(uint8_t *to, const void *from, size_t size)
{
    for (size_t i = 0; i < size; i++)
        to[i] = ((const uint8_t *)from)[size - 1 - i];
}

/* This machine's floats are little-endian IEEE 754. */
_Static_assert(sizeof(__float128) == 16, "a float128 has 16 bytes");

static void store_float(enum table_key_type type, double value, uint8_t *bytes)
{
    if (value == 0)
        value = 0; /* there is one zero */
    if (type == TABLE_KEY_FLOAT64) {
        reverse_copy(bytes, &value, sizeof value);
    } else {
        __float128 wide = value;
        reverse_copy(bytes, &wide, sizeof wide);
    }
    flip_float(bytes, table_key_size(type), false);
}

static double load_float(enum table_key_type type, const uint8_t *key)
{
    uint8_t bytes[16], reversed[16];
    size_t size = table_key_size(type);
    memcpy(bytes, key, size);
    flip_float(bytes, size, true);
    reverse_copy(reversed, bytes, size);
    if (type == TABLE_KEY_FLOAT64) {
        double value;
        memcpy(&value, reversed, sizeof value);
        return value;
    }
    __float128 wide;
    memcpy(&wide, reversed, sizeof wide);
    return (double)wide;
}

/* ------------------------------------------------------------------ keys */
bool table_key_parse(enum table_key_type type, const char *text, size_t chars,
                     struct table_key *key)
{
    uint64_t number;
    double value;
    memset(key, 0, sizeof *key);
    key->size = table_key_size(type);
    switch (type) {
    case TABLE_KEY_NAME:
        /* A next_key comes back as a number. */
        if (!name_parse(text, chars, &number) && !table_number_parse(text, chars, &number))
            return false;
        store_u64(number, key->bytes);
        return true;
    case TABLE_KEY_I64:
        if (!table_number_parse(text, chars, &number))
            return false;
        store_u64(number, key->bytes);
        return true;
    case TABLE_KEY_I128:
    case TABLE_KEY_I256:
        return parse_integer(text, chars, key->bytes, key->size);
    case TABLE_KEY_SHA256:
        return hex_decode(text, chars, key->bytes, key->size);
    case TABLE_KEY_RIPEMD160:
        return hex_decode(text, chars, key->bytes, RIPEMD160_BYTES);
    case TABLE_KEY_FLOAT64:
    case TABLE_KEY_FLOAT128:
        if (!parse_double(text, chars, &value))
            return false;
        store_float(type, value, key->bytes);
        return true;
    }
    return false;
}

/* A decimal number of 16 bytes. */
static void write_decimal(const uint8_t bytes[16], char text[TABLE_KEY_TEXT_SIZE])
{
    unsigned __int128 value = (unsigned __int128)load_u64(bytes) << 64 | load_u64(bytes + 8);
    char digits[40];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + (unsigned)(value % 10));
        value /= 10;
    } while (value != 0);
    memcpy(text, digits + at, sizeof digits - at);
    text[sizeof digits - at] = '\0';
}

void table_key_text(enum table_key_type type, const struct table_key *key,
                    char text[TABLE_KEY_TEXT_SIZE])
{
    switch (type) {
    case TABLE_KEY_I64:
    case TABLE_KEY_NAME:
        snprintf(text, TABLE_KEY_TEXT_SIZE, "%llu", (unsigned long long)load_u64(key->bytes));
        return;
    case TABLE_KEY_I128:
        write_decimal(key->bytes, text);
        return;
    case TABLE_KEY_I256:
        memcpy(text, "0x", 2);
        hex_encode(key->bytes, key->size, text + 2);
        return;
    case TABLE_KEY_SHA256:
        hex_encode(key->bytes, key->size, text);
        return;
    case TABLE_KEY_RIPEMD160:
        hex_encode(key->bytes, RIPEMD160_BYTES, text);
        return;
    case TABLE_KEY_FLOAT64:
    case TABLE_KEY_FLOAT128:
        snprintf(text, TABLE_KEY_TEXT_SIZE, "%.17g", load_float(type, key->bytes));
        return;
    }
}
