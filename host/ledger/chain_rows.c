// SPDX-License-Identifier: Apache-2.0
#include "host/ledger/chain_rows.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GLOBAL_HEAD       2u /* index below ROW_GLOBAL; 0 and 1 are in tables.c */
#define RECENT_KEY_BYTES  5u
#define RECENT_HEAD_BYTES 4u
_Static_assert(RECENT_HEAD_BYTES + BLOCK_TRANSACTIONS_MAX * RECENT_ID_BYTES <= ROW_VALUE_BYTES_MAX,
               "the ids of a full block are a row");

/* ------------------------------------------------------------------ TAPOS */

static struct row_key tapos_key(uint16_t index)
{
    struct row_key key = row_key(ROW_TAPOS);
    row_key_u16(&key, index);
    return key;
}

void tapos_row_put(struct state *state, uint32_t height, const block_id_t *id)
{
    struct row_key key = tapos_key((uint16_t)(height % TAPOS_RING_BLOCKS));
    state_put(state, row_key_view(&key), (struct bytes){id->bytes, sizeof id->bytes});
}

bool tapos_row_get(struct state *state, uint16_t ref_block_num, block_id_t *id)
{
    struct row_key key = tapos_key(ref_block_num);
    struct bytes value;
    if (!state_get(state, row_key_view(&key), &value) || value.size != sizeof id->bytes)
        return false;
    memcpy(id->bytes, value.data, sizeof id->bytes);
    return true;
}

/* ------------------------------------------------------------------ recent transactions */

static struct row_key recent_key(uint32_t height)
{
    struct row_key key = row_key(ROW_RECENT);
    row_key_u32(&key, height);
    assert(key.size == RECENT_KEY_BYTES);
    return key;
}

void recent_row_put(struct state *state, const struct recent_block *block)
{
    if (block->count == 0)
        return;
    size_t bytes = RECENT_HEAD_BYTES + (size_t)block->count * RECENT_ID_BYTES;
    uint8_t *value = malloc(bytes);
    if (value == NULL) {
        fputs("ledger: no memory for the ids of a block's transactions\n", stderr);
        abort();
    }
    struct writer writer = writer_of(value, bytes);
    write_u32(&writer, block->latest_expiration);
    write_copy(&writer, block->ids, (size_t)block->count * RECENT_ID_BYTES);
    assert(!writer.failed && writer_size(&writer) == bytes);
    struct row_key key = recent_key(block->height);
    state_put(state, row_key_view(&key), (struct bytes){value, bytes});
    free(value);
}

static uint32_t recent_height(struct bytes key)
{
    uint32_t height = 0;
    for (size_t i = 1; i < key.size; i++)
        height = height << 8 | key.data[i];
    return height;
}

struct expired_rows {
    uint32_t slot;
    unsigned count;
    uint32_t heights[RECENT_DROPS_MAX];
    uint32_t first_left; /* 0: none is */
};

static bool collect_expired(void *user, struct bytes key, struct bytes value)
{
    struct expired_rows *rows = user;
    struct reader reader = reader_of(value.data, value.size);
    if (rows->count == RECENT_DROPS_MAX || !expired_at(read_u32(&reader), rows->slot)) {
        rows->first_left = recent_height(key);
        return false;
    }
    rows->heights[rows->count++] = recent_height(key);
    return true;
}

uint32_t recent_rows_drop(struct state *state, uint32_t slot, uint32_t first, uint32_t height)
{
    struct expired_rows rows = {.slot = slot};
    struct row_key low = recent_key(first), kind = row_key(ROW_RECENT), high = row_key_end(&kind);
    state_scan(state, row_key_view(&low), row_key_view(&high), false, collect_expired, &rows);
    for (unsigned i = 0; i < rows.count; i++) {
        struct row_key key = recent_key(rows.heights[i]);
        state_erase(state, row_key_view(&key));
    }
    return rows.first_left != 0 ? rows.first_left : height;
}

struct loading {
    struct recent *recent;
    uint32_t head;
    bool good;
};

/* Appends blocks up to `height`: those without transactions have no row. */
static void append_up_to(struct recent *recent, uint32_t height)
{
    const struct recent_block *last = recent_last(recent);
    for (uint32_t next = last != NULL ? last->height + 1 : height; next <= height; next++)
        recent_append_block(recent, next);
}

static bool load_row(void *user, struct bytes key, struct bytes value)
{
    struct loading *loading = user;
    struct reader reader = reader_of(value.data, value.size);
    uint32_t expiration = read_u32(&reader), height = recent_height(key), other;
    size_t ids = reader_left(&reader) / RECENT_ID_BYTES;
    loading->good = key.size == RECENT_KEY_BYTES && height != 0 && height <= loading->head &&
                    reader_left(&reader) % RECENT_ID_BYTES == 0 && ids > 0 &&
                    ids <= BLOCK_TRANSACTIONS_MAX;
    if (!loading->good)
        return false;
    append_up_to(loading->recent, height);
    for (size_t i = 0; i < ids; i++) {
        const uint8_t *id = read_view(&reader, RECENT_ID_BYTES).data;
        loading->good = !recent_find(loading->recent, id, &other);
        if (!loading->good)
            return false;
        recent_add(loading->recent, id, expiration);
    }
    return true;
}

bool recent_rows_load(struct state *state, uint32_t head, struct recent *recent)
{
    struct loading loading = {recent, head, true};
    struct row_key low = row_key(ROW_RECENT), high = row_key_end(&low);
    assert(recent_last(recent) == NULL);
    state_scan(state, row_key_view(&low), row_key_view(&high), false, load_row, &loading);
    if (loading.good)
        append_up_to(recent, head);
    return loading.good;
}

/* ------------------------------------------------------------------ the head */

static struct row_key head_key(void)
{
    struct row_key key = row_key(ROW_GLOBAL);
    row_key_u8(&key, GLOBAL_HEAD);
    return key;
}

void head_row_put(struct state *state, const struct block_header *header)
{
    uint8_t value[BLOCK_HEADER_BYTES];
    struct writer writer = writer_of(value, sizeof value);
    block_header_write(&writer, header);
    assert(!writer.failed);
    struct row_key key = head_key();
    state_put(state, row_key_view(&key), (struct bytes){value, writer_size(&writer)});
}

bool head_row_get(struct state *state, const uint8_t state_hash[32], struct block_header *header)
{
    struct row_key key = head_key();
    struct bytes value;
    if (!state_get(state, row_key_view(&key), &value))
        return false;
    struct reader reader = reader_of(value.data, value.size);
    block_header_read(&reader, header);
    memcpy(header->state_hash, state_hash, sizeof header->state_hash);
    return reader_done(&reader);
}
