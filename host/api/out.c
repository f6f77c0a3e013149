// SPDX-License-Identifier: Apache-2.0
#include "host/api/out.h"

#include <stdlib.h>
#include <string.h>

#define OUT_BYTES_MIN  1024u
#define REAL_TEXT_SIZE 64u

void out_init(struct out *out, size_t limit)
{
    *out = (struct out){.limit = limit};
}

void out_free(struct out *out)
{
    free(out->text);
    out_init(out, out->limit);
}

void out_reset(struct out *out)
{
    out->size = 0;
    out->failed = false;
    out->comma = false;
}

/* Makes room for `bytes` more; the writer fails without. */
static void __attribute__((noinline)) grow(struct out *out, size_t bytes)
{
    out->failed = true;
    if (bytes > out->limit || out->size > out->limit - bytes)
        return;
    size_t capacity = out->capacity != 0 ? out->capacity : OUT_BYTES_MIN;
    while (capacity < out->size + bytes)
        capacity *= 2;
    if (capacity > out->limit)
        capacity = out->limit;
    char *text = realloc(out->text, capacity);
    if (text == NULL)
        return;
    out->text = text;
    out->capacity = capacity;
    out->failed = false;
}

/* Where `bytes` more go; NULL when the writer has failed. */
static inline char *room(struct out *out, size_t bytes)
{
    if (out->failed)
        return NULL;
    if (out->capacity - out->size < bytes) {
        grow(out, bytes);
        if (out->failed)
            return NULL;
    }
    return out->text + out->size;
}

void out_raw(struct out *out, const char *text, size_t chars)
{
    char *to = room(out, chars);
    if (to != NULL && chars != 0) {
        memcpy(to, text, chars);
        out->size += chars;
    }
}

static inline void put(struct out *out, char character)
{
    char *to = room(out, 1);
    if (to != NULL) {
        *to = character;
        out->size++;
    }
}

/* In front of each value. */
static inline void separate(struct out *out)
{
    if (out->comma)
        put(out, ',');
    out->comma = true;
}

static void open_bracket(struct out *out, char bracket)
{
    separate(out);
    put(out, bracket);
    out->comma = false;
}

static void close_bracket(struct out *out, char bracket)
{
    put(out, bracket);
    out->comma = true;
}

void out_object(struct out *out)
{
    open_bracket(out, '{');
}

void out_object_end(struct out *out)
{
    close_bracket(out, '}');
}

void out_array(struct out *out)
{
    open_bracket(out, '[');
}

void out_array_end(struct out *out)
{
    close_bracket(out, ']');
}

void out_key_sized(struct out *out, const char *name, size_t chars)
{
    char *to = room(out, chars + 4);
    if (to == NULL)
        return;
    char *start = to;
    if (out->comma)
        *to++ = ',';
    *to++ = '"';
    memcpy(to, name, chars);
    to += chars;
    *to++ = '"';
    *to++ = ':';
    out->size += (size_t)(to - start);
    out->comma = false;
}

void out_null(struct out *out)
{
    separate(out);
    out_literal(out, "null");
}

void out_bool(struct out *out, bool value)
{
    separate(out);
    if (value)
        out_literal(out, "true");
    else
        out_literal(out, "false");
}

static void decimal(struct out *out, uint64_t value, bool negative)
{
    char digits[24];
    size_t at = sizeof digits;
    bool quoted = !negative && value > UINT32_MAX;
    if (quoted)
        digits[--at] = '"';
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    if (negative)
        digits[--at] = '-';
    if (quoted)
        digits[--at] = '"';
    separate(out);
    out_raw(out, digits + at, sizeof digits - at);
}

void out_u64(struct out *out, uint64_t value)
{
    decimal(out, value, false);
}

void out_i64(struct out *out, int64_t value)
{
    decimal(out, value < 0 ? -(uint64_t)value : (uint64_t)value, value < 0);
}

/* Bytes of the UTF-8 sequence at `text`, 1 to 4; 0 when there is none (RFC 3629: shortest form, no
 * surrogates, at most U+10FFFF). */
static size_t utf8_bytes(const uint8_t *text, size_t left)
{
    uint8_t first = text[0];
    if (first < 0x80)
        return 1;
    size_t bytes = first >= 0xC2 && first <= 0xDF   ? 2
                   : (first & 0xF0) == 0xE0         ? 3
                   : first >= 0xF0 && first <= 0xF4 ? 4
                                                    : 0;
    if (bytes == 0 || bytes > left)
        return 0;
    for (size_t i = 1; i < bytes; i++)
        if ((text[i] & 0xC0) != 0x80)
            return 0;
    if ((first == 0xE0 && text[1] < 0xA0) || (first == 0xED && text[1] > 0x9F) ||
        (first == 0xF0 && text[1] < 0x90) || (first == 0xF4 && text[1] > 0x8F))
        return 0;
    return bytes;
}

static void escape(struct out *out, uint8_t byte)
{
    static const char digits[] = "0123456789abcdef";
    char text[6] = {'\\', 'u', '0', '0', digits[byte >> 4], digits[byte & 15]};
    switch (byte) {
    case '"':
    case '\\':
        text[1] = (char)byte;
        break;
    case '\n':
        text[1] = 'n';
        break;
    case '\r':
        text[1] = 'r';
        break;
    case '\t':
        text[1] = 't';
        break;
    default:
        out_raw(out, text, 6);
        return;
    }
    out_raw(out, text, 2);
}

void out_string(struct out *out, const char *text, size_t chars)
{
    separate(out);
    out_literal(out, "\"");
    const uint8_t *from = (const uint8_t *)text, *plain = from, *end = from + chars;
    while (from < end) {
        size_t bytes = utf8_bytes(from, (size_t)(end - from));
        if (bytes == 1 && *from >= 0x20 && *from != '"' && *from != '\\') {
            from++;
            continue;
        }
        if (bytes > 1) {
            from += bytes;
            continue;
        }
        out_raw(out, (const char *)plain, (size_t)(from - plain));
        if (bytes == 0)
            out_literal(out, "\xEF\xBF\xBD");
        else
            escape(out, *from);
        plain = ++from;
    }
    out_raw(out, (const char *)plain, (size_t)(from - plain));
    out_literal(out, "\"");
}

void out_text(struct out *out, const char *text)
{
    out_string(out, text, strlen(text));
}

void out_plain(struct out *out, const char *text, size_t chars)
{
    separate(out);
    char *to = room(out, chars + 2);
    if (to == NULL)
        return;
    *to++ = '"';
    memcpy(to, text, chars);
    to[chars] = '"';
    out->size += chars + 2;
}

void out_hex(struct out *out, const void *data, size_t bytes)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *from = data;
    separate(out);
    char *to = room(out, 2 * bytes + 2);
    if (to == NULL)
        return;
    *to++ = '"';
    for (size_t i = 0; i < bytes; i++) {
        *to++ = digits[from[i] >> 4];
        *to++ = digits[from[i] & 15];
    }
    *to = '"';
    out->size += 2 * bytes + 2;
}

void out_base64(struct out *out, const void *data, size_t bytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const uint8_t *from = data;
    separate(out);
    out_literal(out, "\"");
    for (size_t i = 0; i < bytes; i += 3) {
        unsigned left = bytes - i < 3 ? (unsigned)(bytes - i) : 3;
        uint32_t group = (uint32_t)from[i] << 16 | (left > 1 ? (uint32_t)from[i + 1] << 8 : 0) |
                         (left > 2 ? from[i + 2] : 0u);
        char text[4] = {digits[group >> 18], digits[group >> 12 & 63],
                        left > 1 ? digits[group >> 6 & 63] : '=',
                        left > 2 ? digits[group & 63] : '='};
        out_raw(out, text, sizeof text);
    }
    out_literal(out, "\"");
}

void out_name(struct out *out, name_t name)
{
    char text[NAME_TEXT_SIZE];
    name_text(name, text);
    out_plain(out, text, strlen(text));
}

void out_asset(struct out *out, struct asset asset)
{
    char text[ASSET_TEXT_SIZE];
    asset_text(asset, text);
    out_plain(out, text, strlen(text));
}

static void out_json_object(struct out *out, const json_t *json)
{
    const char *key;
    json_t *value;
    out_object(out);
    json_object_foreach((json_t *)json, key, value)
    {
        out_text(out, key);
        out_literal(out, ":");
        out->comma = false;
        out_json(out, value);
    }
    out_object_end(out);
}

static void out_json_array(struct out *out, const json_t *json)
{
    out_array(out);
    for (size_t i = 0; i < json_array_size(json); i++)
        out_json(out, json_array_get(json, i));
    out_array_end(out);
}

static void out_json_real(struct out *out, const json_t *json)
{
    char text[REAL_TEXT_SIZE];
    size_t chars = json_dumpb(json, text, sizeof text, JSON_ENCODE_ANY);
    if (chars == 0 || chars > sizeof text)
        out->failed = true;
    else
        out_value(out, text, chars);
}

/* Not json_dump: it looks for loops, and that costs more than the writing. */
void out_json(struct out *out, const json_t *json)
{
    if (json == NULL || out->failed) {
        out->failed = true;
        return;
    }
    switch (json_typeof(json)) {
    case JSON_OBJECT:
        out_json_object(out, json);
        break;
    case JSON_ARRAY:
        out_json_array(out, json);
        break;
    case JSON_STRING:
        out_string(out, json_string_value(json), json_string_length(json));
        break;
    case JSON_INTEGER:
        out_i64(out, json_integer_value(json));
        break;
    case JSON_REAL:
        out_json_real(out, json);
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        out_bool(out, json_is_true(json));
        break;
    case JSON_NULL:
        out_null(out);
        break;
    }
}

void out_value(struct out *out, const char *json, size_t chars)
{
    separate(out);
    out_raw(out, json, chars);
}
