/* SPDX-License-Identifier: Apache-2.0 */
/* Writes JSON text, piece by piece, without a tree in between: an answer to a thousand transactions
 * is a megabyte of it. Commas come by themselves; that brackets match and that a key stands before
 * each member is the caller's. Once memory is out or the limit is reached the writer has failed,
 * and writes nothing more: check out->failed at the end. */
#ifndef HOST_API_OUT_H
#define HOST_API_OUT_H

#include <jansson.h>
#include <string.h>

#include "host/base/bytes.h"
#include "host/wire/asset.h"
#include "host/wire/name.h"

struct out {
    char *text; /* out_free, or the caller's; no terminator */
    size_t size, capacity, limit;
    bool failed;
    bool comma; /* something stands in front of what comes next */
};

/* Nothing is allocated before the first write. `limit` is in bytes. */
void out_init(struct out *out, size_t limit);
void out_free(struct out *out);
/* Forgets what was written, and the failure. */
void out_reset(struct out *out);

/* Bytes as they are: pieces of JSON that the caller has made, or other text. No comma. */
void out_raw(struct out *out, const char *text, size_t chars);
#define out_literal(out, text) out_raw((out), (text), sizeof(text) - 1)

void out_object(struct out *out);
void out_object_end(struct out *out);
void out_array(struct out *out);
void out_array_end(struct out *out);
/* `name` needs no escapes. Here, and not in out.c, so that the lengths of names are constants. */
void out_key_sized(struct out *out, const char *name, size_t chars);
static inline void out_key(struct out *out, const char *name)
{
    out_key_sized(out, name, strlen(name));
}

void out_null(struct out *out);
void out_bool(struct out *out, bool value);
/* As the family writes numbers: above 2^32 - 1 they are strings. */
void out_u64(struct out *out, uint64_t value);
void out_i64(struct out *out, int64_t value);
/* A string with escapes; bytes that are no UTF-8 become U+FFFD. */
void out_string(struct out *out, const char *text, size_t chars);
void out_text(struct out *out, const char *text);
/* A string that needs no escapes. */
void out_plain(struct out *out, const char *text, size_t chars);
void out_hex(struct out *out, const void *data, size_t bytes);
void out_base64(struct out *out, const void *data, size_t bytes);
void out_name(struct out *out, name_t name);
void out_asset(struct out *out, struct asset asset);
/* A tree without loops; NULL fails the writer. */
void out_json(struct out *out, const json_t *json);
/* JSON that was written by another writer, as one value. */
void out_value(struct out *out, const char *json, size_t chars);

/* ------------------------------------------------------------------ members: key and value */
static inline void out_key_null(struct out *out, const char *name)
{
    out_key(out, name);
    out_null(out);
}

static inline void out_key_bool(struct out *out, const char *name, bool value)
{
    out_key(out, name);
    out_bool(out, value);
}

static inline void out_key_u64(struct out *out, const char *name, uint64_t value)
{
    out_key(out, name);
    out_u64(out, value);
}

static inline void out_key_i64(struct out *out, const char *name, int64_t value)
{
    out_key(out, name);
    out_i64(out, value);
}

static inline void out_key_text(struct out *out, const char *name, const char *text)
{
    out_key(out, name);
    out_text(out, text);
}

static inline void out_key_hex(struct out *out, const char *name, const void *data, size_t bytes)
{
    out_key(out, name);
    out_hex(out, data, bytes);
}

static inline void out_key_name(struct out *out, const char *name, name_t value)
{
    out_key(out, name);
    out_name(out, value);
}

#endif
