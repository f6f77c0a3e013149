// SPDX-License-Identifier: Apache-2.0
#include "host/wire/abi_builtin.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/hex.h"
#include "host/wire/abi.h"
#include "host/wire/asset.h"
#include "host/wire/key.h"
#include "host/wire/name.h"
#include "host/wire/time.h"

/* ------------------------------------------------------------------ integers */

typedef unsigned __int128 uint128;

#define INTEGER_TEXT_SIZE 41u /* of 128 bits: a sign, 39 digits, a terminator */
/* The family's nodes print what is larger as text, since JavaScript's numbers are doubles. */
#define NUMBER_MAGNITUDE_MAX UINT32_MAX

struct integer {
    bool negative;
    uint128 magnitude;
};

static bool parse_decimal(const char *text, size_t chars, struct integer *integer)
{
    const uint128 most = ~(uint128)0;
    *integer = (struct integer){.negative = chars > 0 && text[0] == '-'};
    size_t start = integer->negative ? 1 : 0;
    for (size_t i = start; i < chars; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        unsigned digit = (unsigned)(text[i] - '0');
        if (integer->magnitude > (most - digit) / 10)
            return false;
        integer->magnitude = integer->magnitude * 10 + digit;
    }
    return chars > start;
}

static bool integer_from_json(const json_t *value, struct integer *integer)
{
    if (json_is_string(value))
        return parse_decimal(json_string_value(value), json_string_length(value), integer);
    if (!json_is_integer(value))
        return false;
    json_int_t number = json_integer_value(value);
    integer->negative = number < 0;
    integer->magnitude = number < 0 ? -(uint64_t)number : (uint64_t)number;
    return true;
}

static json_t *integer_to_json(struct integer integer, bool always_text)
{
    if (!always_text && integer.magnitude <= NUMBER_MAGNITUDE_MAX) {
        json_int_t number = (json_int_t)integer.magnitude;
        return json_integer(integer.negative ? -number : number);
    }
    char text[INTEGER_TEXT_SIZE];
    unsigned start = sizeof text;
    text[--start] = '\0';
    do {
        text[--start] = (char)('0' + (unsigned)(integer.magnitude % 10));
        integer.magnitude /= 10;
    } while (integer.magnitude != 0);
    if (integer.negative)
        text[--start] = '-';
    return json_string(text + start);
}

/* Whether a number of so many bytes holds it. */
static bool integer_fits(struct integer integer, unsigned bytes, bool is_signed)
{
    const uint128 most = ~(uint128)0 >> (128 - 8 * bytes + (is_signed ? 1 : 0));
    if (!integer.negative)
        return integer.magnitude <= most;
    return integer.magnitude <= (is_signed ? most + 1 : 0);
}

static json_t *decode_integer(const struct abi_builtin *type, struct reader *reader)
{
    uint128 bits = 0;
    for (unsigned i = 0; i < type->bytes; i++)
        bits |= (uint128)read_u8(reader) << 8 * i;
    if (reader->failed)
        return NULL;
    bool negative = type->is_signed && (bits >> (8 * type->bytes - 1) & 1) != 0;
    if (negative) /* the two's complement, within the type's bits */
        bits = -bits & ~(uint128)0 >> (128 - 8 * type->bytes);
    return integer_to_json((struct integer){negative, bits}, type->bytes > 8);
}

static bool encode_integer(const struct abi_builtin *type, const json_t *value,
                           struct writer *writer)
{
    struct integer integer;
    if (!integer_from_json(value, &integer) || !integer_fits(integer, type->bytes, type->is_signed))
        return false;
    uint128 bits = integer.negative ? -integer.magnitude : integer.magnitude;
    for (unsigned i = 0; i < type->bytes; i++)
        write_u8(writer, (uint8_t)(bits >> 8 * i));
    return true;
}

/* A varint32 has its sign in the lowest bit, and the magnitude (less one, of a negative number)
 * above it. */
static json_t *decode_varint(const struct abi_builtin *type, struct reader *reader)
{
    uint32_t bits = read_varuint32(reader);
    if (reader->failed)
        return NULL;
    if (!type->is_signed)
        return json_integer(bits);
    json_int_t half = bits >> 1;
    return json_integer((bits & 1) != 0 ? -half - 1 : half);
}

static bool encode_varint(const struct abi_builtin *type, const json_t *value,
                          struct writer *writer)
{
    struct integer integer;
    if (!integer_from_json(value, &integer) || !integer_fits(integer, 4, type->is_signed))
        return false;
    uint32_t magnitude = (uint32_t)integer.magnitude;
    if (!type->is_signed)
        write_varuint32(writer, magnitude);
    else if (integer.negative && magnitude != 0)
        write_varuint32(writer, (magnitude - 1) << 1 | 1);
    else
        write_varuint32(writer, magnitude << 1);
    return true;
}

/* The family's nodes print 0 and 1; what is neither is no bool. */
static json_t *decode_bool(const struct abi_builtin *type, struct reader *reader)
{
    (void)type;
    uint8_t byte = read_u8(reader);
    return reader->failed || byte > 1 ? NULL : json_integer(byte);
}

static bool encode_bool(const struct abi_builtin *type, const json_t *value, struct writer *writer)
{
    (void)type;
    bool is_number = json_is_integer(value) &&
                     (json_integer_value(value) == 0 || json_integer_value(value) == 1);
    if (!json_is_boolean(value) && !is_number)
        return false;
    write_u8(writer, json_is_true(value) || (is_number && json_integer_value(value) == 1));
    return true;
}

/* ------------------------------------------------------------------ floats */

/* 309 digits before the point and FLOAT_DECIMALS behind it, at most. */
#define FLOAT_TEXT_SIZE 336u
#define FLOAT_DECIMALS  17

_Static_assert(sizeof(float) == 4 && sizeof(double) == 8, "IEEE 754, as on the wire");

static json_t *decode_float(const struct abi_builtin *type, struct reader *reader)
{
    double number;
    if (type->bytes == sizeof(float)) {
        uint32_t bits = read_u32(reader);
        float single;
        memcpy(&single, &bits, sizeof single);
        number = single;
    } else {
        uint64_t bits = read_u64(reader);
        memcpy(&number, &bits, sizeof number);
    }
    if (reader->failed)
        return NULL;
    char text[FLOAT_TEXT_SIZE];
    snprintf(text, sizeof text, "%.*f", FLOAT_DECIMALS, number);
    return json_string(text);
}

static bool float_from_json(const json_t *value, double *number)
{
    if (json_is_number(value)) {
        *number = json_number_value(value);
        return true;
    }
    const char *text = json_string_value(value);
    if (text == NULL || strspn(text, "+-.0123456789abcdefinxpABCDEFINXP") != strlen(text))
        return false;
    char *end;
    *number = strtod(text, &end);
    return end != text && *end == '\0' && strlen(text) == json_string_length(value);
}

static bool encode_float(const struct abi_builtin *type, const json_t *value, struct writer *writer)
{
    double number;
    if (!float_from_json(value, &number))
        return false;
    if (type->bytes == sizeof(float)) {
        float single = (float)number;
        uint32_t bits;
        if (isinf(single) && !isinf(number))
            return false;
        memcpy(&bits, &single, sizeof bits);
        write_u32(writer, bits);
    } else {
        uint64_t bits;
        memcpy(&bits, &number, sizeof bits);
        write_u64(writer, bits);
    }
    return true;
}

/* ------------------------------------------------------------------ bytes */

static json_t *hex_to_json(const char *prefix, struct bytes bytes)
{
    size_t prefix_chars = strlen(prefix);
    char *text = malloc(prefix_chars + 2 * bytes.size + 1);
    if (text == NULL)
        return NULL;
    memcpy(text, prefix, prefix_chars);
    hex_encode(bytes.data, bytes.size, text + prefix_chars);
    json_t *json = json_string_nocheck(text);
    free(text);
    return json;
}

/* Into the writer's own memory; false when it is no hexadecimal text of so many bytes. */
static bool write_hex(const char *text, size_t chars, struct writer *writer)
{
    uint8_t byte;
    for (size_t i = 0; i + 1 < chars && !writer->failed; i += 2) {
        if (!hex_decode(text + i, 2, &byte, 1))
            return false;
        write_u8(writer, byte);
    }
    return chars % 2 == 0;
}

static json_t *decode_fixed(const struct abi_builtin *type, struct reader *reader)
{
    struct bytes bytes = read_view(reader, type->bytes);
    return reader->failed ? NULL : hex_to_json("", bytes);
}

static bool encode_fixed(const struct abi_builtin *type, const json_t *value, struct writer *writer)
{
    return json_string_length(value) == 2 * type->bytes &&
           write_hex(json_string_value(value), 2 * type->bytes, writer);
}

static json_t *decode_float128(const struct abi_builtin *type, struct reader *reader)
{
    struct bytes bytes = read_view(reader, type->bytes);
    return reader->failed ? NULL : hex_to_json("0x", bytes);
}

/* The family's nodes put "0x" before it; eosjs does not. */
static bool encode_float128(const struct abi_builtin *type, const json_t *value,
                            struct writer *writer)
{
    const char *text = json_string_value(value);
    size_t chars = json_string_length(value);
    size_t skip = text != NULL && strncmp(text, "0x", 2) == 0 ? 2 : 0;
    return chars == skip + 2 * type->bytes && write_hex(text + skip, chars - skip, writer);
}

static json_t *decode_bytes(const struct abi_builtin *type, struct reader *reader)
{
    (void)type;
    struct bytes bytes = read_sized(reader, reader_left(reader));
    return reader->failed ? NULL : hex_to_json("", bytes);
}

static bool encode_bytes(const struct abi_builtin *type, const json_t *value, struct writer *writer)
{
    (void)type;
    size_t chars = json_string_length(value);
    if (!json_is_string(value) || chars / 2 > UINT32_MAX)
        return false;
    write_varuint32(writer, (uint32_t)(chars / 2));
    return write_hex(json_string_value(value), chars, writer);
}

/* Only what is UTF-8 has a JSON text. */
static json_t *decode_string(const struct abi_builtin *type, struct reader *reader)
{
    (void)type;
    struct bytes bytes = read_sized(reader, reader_left(reader));
    return reader->failed ? NULL : json_stringn((const char *)bytes.data, bytes.size);
}

static bool encode_string(const struct abi_builtin *type, const json_t *value,
                          struct writer *writer)
{
    (void)type;
    const char *text = json_string_value(value);
    if (text == NULL)
        return false;
    write_sized(writer, (struct bytes){(const uint8_t *)text, json_string_length(value)});
    return true;
}

/* ------------------------------------------------------------------ times */

static json_t *decode_time_point(const struct abi_builtin *type, struct reader *reader)
{
    (void)type;
    char text[TIME_TEXT_SIZE];
    int64_t unix_us = (int64_t)read_u64(reader);
    return reader->failed || !time_point_text(unix_us, text) ? NULL : json_string(text);
}

static bool encode_time_point(const struct abi_builtin *type, const json_t *value,
                              struct writer *writer)
{
    (void)type;
    int64_t unix_us;
    if (!json_is_string(value) ||
        !time_parse(json_string_value(value), json_string_length(value), &unix_us))
        return false;
    write_u64(writer, (uint64_t)unix_us);
    return true;
}

static json_t *decode_time_sec(const struct abi_builtin *type, struct reader *reader)
{
    (void)type;
    char text[TIME_TEXT_SIZE];
    time_sec_text(read_u32(reader), text);
    return reader->failed ? NULL : json_string(text);
}

static bool encode_time_sec(const struct abi_builtin *type, const json_t *value,
                            struct writer *writer)
{
    (void)type;
    uint32_t sec;
    if (!json_is_string(value) ||
        !time_sec_parse(json_string_value(value), json_string_length(value), &sec))
        return false;
    write_u32(writer, sec);
    return true;
}

static json_t *decode_slot(const struct abi_builtin *type, struct reader *reader)
{
    (void)type;
    char text[TIME_TEXT_SIZE];
    slot_text(read_u32(reader), text);
    return reader->failed ? NULL : json_string(text);
}

static bool encode_slot(const struct abi_builtin *type, const json_t *value, struct writer *writer)
{
    (void)type;
    uint32_t slot;
    if (!json_is_string(value) ||
        !slot_parse(json_string_value(value), json_string_length(value), &slot))
        return false;
    write_u32(writer, slot);
    return true;
}

/* ------------------------------------------------------------------ names, assets, keys */

static json_t *decode_name(const struct abi_builtin *type, struct reader *reader)
{
    (void)type;
    char text[NAME_TEXT_SIZE];
    name_text(read_u64(reader), text);
    return reader->failed ? NULL : json_string(text);
}

static bool encode_name(const struct abi_builtin *type, const json_t *value, struct writer *writer)
{
    (void)type;
    name_t name;
    if (!json_is_string(value) ||
        !name_parse(json_string_value(value), json_string_length(value), &name))
        return false;
    write_u64(writer, name);
    return true;
}

static json_t *decode_symbol(const struct abi_builtin *type, struct reader *reader)
{
    (void)type;
    char text[SYMBOL_TEXT_SIZE];
    symbol_t symbol = read_u64(reader);
    if (reader->failed || !symbol_valid(symbol))
        return NULL;
    symbol_text(symbol, text);
    return json_string(text);
}

static bool encode_symbol(const struct abi_builtin *type, const json_t *value,
                          struct writer *writer)
{
    (void)type;
    symbol_t symbol;
    if (!json_is_string(value) ||
        !symbol_parse(json_string_value(value), json_string_length(value), &symbol))
        return false;
    write_u64(writer, symbol);
    return true;
}

static json_t *decode_symbol_code(const struct abi_builtin *type, struct reader *reader)
{
    (void)type;
    char text[SYMBOL_CODE_TEXT_SIZE];
    symbol_code_t code = read_u64(reader);
    if (reader->failed || !symbol_code_valid(code))
        return NULL;
    symbol_code_text(code, text);
    return json_string(text);
}

static bool encode_symbol_code(const struct abi_builtin *type, const json_t *value,
                               struct writer *writer)
{
    (void)type;
    symbol_code_t code;
    if (!json_is_string(value) ||
        !symbol_code_parse(json_string_value(value), json_string_length(value), &code))
        return false;
    write_u64(writer, code);
    return true;
}

static json_t *decode_asset(const struct abi_builtin *type, struct reader *reader)
{
    (void)type;
    char text[ASSET_TEXT_SIZE];
    struct asset asset;
    asset.amount = (int64_t)read_u64(reader);
    asset.symbol = read_u64(reader);
    if (reader->failed || !asset_valid(asset))
        return NULL;
    asset_text(asset, text);
    return json_string(text);
}

static bool encode_asset(const struct abi_builtin *type, const json_t *value, struct writer *writer)
{
    (void)type;
    struct asset asset;
    if (!json_is_string(value) ||
        !asset_parse(json_string_value(value), json_string_length(value), &asset))
        return false;
    write_u64(writer, (uint64_t)asset.amount);
    write_u64(writer, asset.symbol);
    return true;
}

static json_t *decode_extended_asset(const struct abi_builtin *type, struct reader *reader)
{
    json_t *quantity = decode_asset(type, reader);
    json_t *contract = decode_name(type, reader);
    /* Takes both over, also when one of them is missing and there will be no object. */
    return json_pack("{s:o, s:o}", "quantity", quantity, "contract", contract);
}

static bool encode_extended_asset(const struct abi_builtin *type, const json_t *value,
                                  struct writer *writer)
{
    return encode_asset(type, json_object_get(value, "quantity"), writer) &&
           encode_name(type, json_object_get(value, "contract"), writer);
}

static json_t *decode_public_key(const struct abi_builtin *type, struct reader *reader)
{
    (void)type;
    char text[KEY_TEXT_SIZE];
    struct public_key key;
    public_key_read(reader, &key);
    if (reader->failed)
        return NULL;
    public_key_text(&key, true, text);
    return json_string(text);
}

static bool encode_public_key(const struct abi_builtin *type, const json_t *value,
                              struct writer *writer)
{
    (void)type;
    struct public_key key;
    if (!json_is_string(value) ||
        !public_key_parse(json_string_value(value), json_string_length(value), &key))
        return false;
    public_key_write(writer, &key);
    return true;
}

static json_t *decode_signature(const struct abi_builtin *type, struct reader *reader)
{
    (void)type;
    char text[KEY_TEXT_SIZE];
    struct signature signature;
    signature_read(reader, &signature);
    if (reader->failed)
        return NULL;
    signature_text(&signature, text);
    return json_string(text);
}

static bool encode_signature(const struct abi_builtin *type, const json_t *value,
                             struct writer *writer)
{
    (void)type;
    struct signature signature;
    if (!json_is_string(value) ||
        !signature_parse(json_string_value(value), json_string_length(value), &signature))
        return false;
    signature_write(writer, &signature);
    return true;
}

/* ------------------------------------------------------------------ the table */

static const struct abi_builtin builtins[] = {
    {"bool", "a truth value", 1, false, decode_bool, encode_bool},
    {"int8", "an integer of this type", 1, true, decode_integer, encode_integer},
    {"uint8", "an integer of this type", 1, false, decode_integer, encode_integer},
    {"int16", "an integer of this type", 2, true, decode_integer, encode_integer},
    {"uint16", "an integer of this type", 2, false, decode_integer, encode_integer},
    {"int32", "an integer of this type", 4, true, decode_integer, encode_integer},
    {"uint32", "an integer of this type", 4, false, decode_integer, encode_integer},
    {"int64", "an integer of this type", 8, true, decode_integer, encode_integer},
    {"uint64", "an integer of this type", 8, false, decode_integer, encode_integer},
    {"int128", "an integer of this type", 16, true, decode_integer, encode_integer},
    {"uint128", "an integer of this type", 16, false, decode_integer, encode_integer},
    {"varint32", "an integer of this type", 4, true, decode_varint, encode_varint},
    {"varuint32", "an integer of this type", 4, false, decode_varint, encode_varint},
    {"float32", "a number of this type", 4, true, decode_float, encode_float},
    {"float64", "a number of this type", 8, true, decode_float, encode_float},
    {"float128", "hexadecimal of 16 bytes", 16, true, decode_float128, encode_float128},
    {"time_point", "a time", 8, true, decode_time_point, encode_time_point},
    {"time_point_sec", "a time", 4, false, decode_time_sec, encode_time_sec},
    {"block_timestamp_type", "a time", 4, false, decode_slot, encode_slot},
    {"name", "a name", 8, false, decode_name, encode_name},
    {"bytes", "hexadecimal", 0, false, decode_bytes, encode_bytes},
    {"string", "a text in UTF-8", 0, false, decode_string, encode_string},
    {"checksum160", "hexadecimal of 20 bytes", 20, false, decode_fixed, encode_fixed},
    {"checksum256", "hexadecimal of 32 bytes", 32, false, decode_fixed, encode_fixed},
    {"checksum512", "hexadecimal of 64 bytes", 64, false, decode_fixed, encode_fixed},
    {"public_key", "a public key", 0, false, decode_public_key, encode_public_key},
    {"signature", "a signature", 0, false, decode_signature, encode_signature},
    {"symbol", "a symbol", 8, false, decode_symbol, encode_symbol},
    {"symbol_code", "a symbol's code", 8, false, decode_symbol_code, encode_symbol_code},
    {"asset", "an asset", 16, false, decode_asset, encode_asset},
    {"extended_asset", "an asset with its contract", 24, false, decode_extended_asset,
     encode_extended_asset},
};

const struct abi_builtin *abi_builtin_find(const char *name, size_t chars)
{
    for (unsigned i = 0; i < sizeof builtins / sizeof builtins[0]; i++)
        if (strlen(builtins[i].name) == chars && memcmp(builtins[i].name, name, chars) == 0)
            return &builtins[i];
    return NULL;
}
