/* SPDX-License-Identifier: Apache-2.0 */
/* Rows found by hash, and in the order of their keys: a hash table with open addressing, and a
 * treap whose priorities are the hashes, threaded through the rows themselves. The table has the
 * whole hashes, so that a search touches no other row than the one that it finds.
 *
 * Keys are chosen by users. The hash is keyed with random numbers, so that nobody can choose keys
 * that collide; nothing that a block says depends on it. */
#ifndef HOST_STORE_ROW_INDEX_H
#define HOST_STORE_ROW_INDEX_H

#include "host/store/row_store.h"

struct version;

struct row {
    struct row *left, *right; /* keys below, keys above; priorities not above this row's */
    uint64_t hash;
    struct version *newest; /* the overlay's, never NULL while the row is in the index */
    uint16_t key_size;
    uint8_t key[];
};

/* One coefficient for each eight bytes of a key, and one for its size. */
#define ROW_HASH_COEFFICIENTS (1 + ROW_KEY_BYTES_MAX / 8)

struct row_slot {
    uint64_t hash;
    struct row *row; /* NULL: free */
};

struct row_index {
    struct row_slot *slots; /* a row stands at its hash, or behind it up to the first free slot */
    size_t slot_count;      /* a power of two, more than row_count */
    size_t row_count;
    struct row *root;
    uint64_t coefficients[ROW_HASH_COEFFICIENTS];
};

static inline struct bytes row_key_of(const struct row *row)
{
    return (struct bytes){row->key, row->key_size};
}

/* False when memory is out or the system has no random numbers; nothing is to be freed then. */
bool row_index_init(struct row_index *index);
void row_index_free(struct row_index *index); /* frees the rows, too */

/* `key` has at most ROW_KEY_BYTES_MAX bytes. */
uint64_t row_index_hash(const struct row_index *index, struct bytes key);
/* NULL: not there. `hash` is row_index_hash of the key, here and below. */
struct row *row_index_find(const struct row_index *index, struct bytes key, uint64_t hash);
/* The first row at or behind `key`, or the last below it when `reverse` (of all, when the key is
 * empty). NULL: none. */
struct row *row_index_seek(const struct row_index *index, struct bytes key, bool reverse);
/* Makes a row that is not there. NULL when memory is out. */
struct row *row_index_insert(struct row_index *index, struct bytes key, uint64_t hash);
/* Takes a row out and frees it. */
void row_index_remove(struct row_index *index, struct row *row);

#endif
