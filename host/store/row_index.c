// SPDX-License-Identifier: Apache-2.0
#include "host/store/row_index.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define BUCKETS_MIN 1024u

bool row_index_init(struct row_index *index)
{
    memset(index, 0, sizeof *index);
    if (getrandom(index->coefficients, sizeof index->coefficients, 0) !=
        (ssize_t)sizeof index->coefficients)
        return false;
    index->bucket_count = BUCKETS_MIN;
    index->buckets = calloc(index->bucket_count, sizeof(struct row *));
    return index->buckets != NULL;
}

void row_index_free(struct row_index *index)
{
    for (size_t i = 0; i < index->bucket_count; i++) {
        for (struct row *row = index->buckets[i], *next; row != NULL; row = next) {
            next = row->chain;
            free(row);
        }
    }
    free(index->buckets);
}

/* ------------------------------------------------------------------ hash */

/* NH of UMAC (RFC 4418) over 64-bit words: for two keys chosen without knowledge of the
 * coefficients, collisions are as rare as chance makes them. */
uint64_t row_index_hash(const struct row_index *index, struct bytes key)
{
    assert(key.size <= ROW_KEY_BYTES_MAX);
    const uint64_t *coefficient = index->coefficients;
    unsigned __int128 sum = (unsigned __int128)*coefficient++ * (key.size + 1);
    const uint8_t *next = key.data;
    size_t left = key.size;
    for (; left >= 16; left -= 16, next += 16, coefficient += 2) {
        uint64_t word[2];
        memcpy(word, next, sizeof word);
        sum += (unsigned __int128)(word[0] + coefficient[0]) * (word[1] + coefficient[1]);
    }
    if (left != 0) {
        uint64_t word[2] = {0, 0};
        memcpy(word, next, left);
        sum += (unsigned __int128)(word[0] + coefficient[0]) * (word[1] + coefficient[1]);
    }
    return (uint64_t)(sum >> 64) ^ (uint64_t)sum;
}

static struct row **bucket_of(const struct row_index *index, uint64_t hash)
{
    return &index->buckets[hash & (index->bucket_count - 1)];
}

static bool row_is(const struct row *row, struct bytes key, uint64_t hash)
{
    return row->hash == hash && row->key_size == key.size &&
           memcmp(row->key, key.data, key.size) == 0;
}

struct row *row_index_find(const struct row_index *index, struct bytes key, uint64_t hash)
{
    struct row *row = *bucket_of(index, hash);
    while (row != NULL && !row_is(row, key, hash))
        row = row->chain;
    return row;
}

/* Twice the buckets. Without memory for them the chains just get longer. */
static void grow(struct row_index *index)
{
    size_t old_count = index->bucket_count;
    struct row **old = index->buckets;
    struct row **buckets = calloc(2 * old_count, sizeof(struct row *));
    if (buckets == NULL)
        return;
    index->buckets = buckets;
    index->bucket_count = 2 * old_count;
    for (size_t i = 0; i < old_count; i++) {
        for (struct row *row = old[i], *next; row != NULL; row = next) {
            next = row->chain;
            struct row **bucket = bucket_of(index, row->hash);
            row->chain = *bucket;
            *bucket = row;
        }
    }
    free(old);
}

/* ------------------------------------------------------------------ order */

struct row *row_index_seek(const struct row_index *index, struct bytes key, bool reverse)
{
    struct row *best = NULL;
    for (struct row *row = index->root; row != NULL;) {
        bool below = (reverse && key.size == 0) || bytes_compare(row_key_of(row), key) < 0;
        if (below == reverse)
            best = row;
        row = below ? row->right : row->left;
    }
    return best;
}

/* Takes the place of the first row on its way down that has a lower priority, and splits that row's
 * tree into what is below and what is above. */
static void order_insert(struct row_index *index, struct row *row)
{
    struct bytes key = row_key_of(row);
    struct row **place = &index->root;
    while (*place != NULL && (*place)->hash > row->hash)
        place = bytes_compare(key, row_key_of(*place)) < 0 ? &(*place)->left : &(*place)->right;
    struct row *rest = *place;
    struct row **below = &row->left, **above = &row->right;
    *place = row;
    while (rest != NULL) {
        if (bytes_compare(row_key_of(rest), key) < 0) {
            *below = rest;
            below = &rest->right;
            rest = rest->right;
        } else {
            *above = rest;
            above = &rest->left;
            rest = rest->left;
        }
    }
    *below = NULL;
    *above = NULL;
}

/* Joins the row's two subtrees in its place. */
static void order_remove(struct row_index *index, const struct row *row)
{
    struct bytes key = row_key_of(row);
    struct row **place = &index->root;
    while (*place != row)
        place = bytes_compare(key, row_key_of(*place)) < 0 ? &(*place)->left : &(*place)->right;
    struct row *below = row->left, *above = row->right;
    while (below != NULL && above != NULL) {
        if (below->hash > above->hash) {
            *place = below;
            place = &below->right;
            below = below->right;
        } else {
            *place = above;
            place = &above->left;
            above = above->left;
        }
    }
    *place = below != NULL ? below : above;
}

/* ------------------------------------------------------------------ in and out */

struct row *row_index_insert(struct row_index *index, struct bytes key, uint64_t hash)
{
    assert(row_index_find(index, key, hash) == NULL);
    struct row *row = malloc(sizeof *row + key.size);
    if (row == NULL)
        return NULL;
    if (index->row_count >= index->bucket_count)
        grow(index);
    struct row **bucket = bucket_of(index, hash);
    row->chain = *bucket;
    row->hash = hash;
    row->newest = NULL;
    row->key_size = (uint16_t)key.size;
    memcpy(row->key, key.data, key.size);
    *bucket = row;
    order_insert(index, row);
    index->row_count++;
    return row;
}

void row_index_remove(struct row_index *index, struct row *row)
{
    order_remove(index, row);
    struct row **place = bucket_of(index, row->hash);
    while (*place != row)
        place = &(*place)->chain;
    *place = row->chain;
    index->row_count--;
    free(row);
}
