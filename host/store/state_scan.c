// SPDX-License-Identifier: Apache-2.0
/* Rows of a range, in order. */
#include <assert.h>
#include <string.h>

#include "host/store/state_core.h"

/* Two walks in step, over the changed rows and over the stored ones. */
struct scan {
    struct state *state;
    struct bytes end; /* of the walk: low when `reverse`, else high; size 0: none */
    bool reverse;
    const struct row *changed; /* where each walk is; NULL: at its end */
    bool stored;
    struct bytes stored_key, stored_value;
    uint8_t stored_key_bytes[ROW_KEY_BYTES_MAX]; /* the store's own are gone with its next seek */
    uint8_t key[ROW_KEY_BYTES_MAX + 1];          /* of the last row, which the walks have left */
};

static bool scan_ends_at(const struct scan *scan, struct bytes key)
{
    if (scan->end.size == 0)
        return false;
    int order = bytes_compare(key, scan->end);
    return scan->reverse ? order < 0 : order >= 0;
}

static void seek_changed(struct scan *scan, struct bytes from)
{
    scan->changed = row_index_seek(&scan->state->overlay.index, from, scan->reverse);
    if (scan->changed != NULL && scan_ends_at(scan, row_key_of(scan->changed)))
        scan->changed = NULL;
}

static void seek_stored(struct scan *scan, struct bytes from)
{
    struct row_store *store = &scan->state->store;
    char error[STORE_ERROR_SIZE];
    struct bytes key;
    int found = store->seek(store->context, from, scan->reverse, &key, &scan->stored_value, error);
    if (found < 0)
        state_fail(scan->state, error);
    scan->stored = found > 0 && !state_mark_is_key(key) && !scan_ends_at(scan, key);
    if (!scan->stored)
        return;
    memcpy(scan->stored_key_bytes, key.data, key.size);
    scan->stored_key = (struct bytes){scan->stored_key_bytes, key.size};
}

/* Keeps the key of the row where the walks are, as they are to go on behind it. */
static struct bytes keep_key(struct scan *scan, struct bytes key)
{
    assert(key.size <= ROW_KEY_BYTES_MAX);
    memcpy(scan->key, key.data, key.size);
    return (struct bytes){scan->key, key.size};
}

/* Where they go on: a scan in order seeks what is at or behind a key, so the least key that is
 * greater; one in reverse what is below. */
static struct bytes behind(struct scan *scan, struct bytes key)
{
    if (scan->reverse)
        return key;
    scan->key[key.size] = 0;
    return (struct bytes){scan->key, key.size + 1};
}

/* The next row of the two walks in `key`, `value`; a changed row hides the stored one. Erased rows
 * come with a value of NULL. False: both walks are at their ends. */
static bool scan_next(struct scan *scan, struct bytes *key, struct bytes *value)
{
    if (scan->changed == NULL && !scan->stored)
        return false;
    int order = scan->changed == NULL ? 1
                : !scan->stored       ? -1
                                      : bytes_compare(row_key_of(scan->changed), scan->stored_key);
    if (scan->reverse && scan->changed != NULL && scan->stored)
        order = -order;
    if (order <= 0) {
        const struct version *newest = scan->changed->newest;
        *key = keep_key(scan, row_key_of(scan->changed));
        *value = newest->erased ? (struct bytes){NULL, 0} : version_value(newest);
        seek_changed(scan, behind(scan, *key));
    } else {
        *key = keep_key(scan, scan->stored_key);
        *value = scan->stored_value;
    }
    if (order >= 0)
        seek_stored(scan, behind(scan, *key));
    return true;
}

/* The mark has the lowest key of all: a scan in order starts behind it. */
static struct bytes behind_mark(struct bytes low)
{
    static const uint8_t first_key[2] = {0, 0};
    struct bytes first = {first_key, sizeof first_key};
    return bytes_compare(low, first) < 0 ? first : low;
}

void state_scan(struct state *state, struct bytes low, struct bytes high, bool reverse,
                bool (*row)(void *user, struct bytes key, struct bytes value), void *user)
{
    assert(low.size <= ROW_KEY_BYTES_MAX && high.size <= ROW_KEY_BYTES_MAX);
    struct scan scan = {.state = state, .end = reverse ? low : high, .reverse = reverse};
    struct bytes from = reverse ? high : behind_mark(low);
    struct bytes key, value;
    seek_changed(&scan, from);
    seek_stored(&scan, from);
    while (scan_next(&scan, &key, &value)) {
        if (value.data != NULL && !row(user, key, value))
            return;
    }
}
