// SPDX-License-Identifier: Apache-2.0
#include "host/store/row_index.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define SLOTS_MIN     1024u
#define LOAD_MAX_OF_4 3u /* quarters of the slots */

bool row_index_init(struct row_index *index)
{
    memset(index, 0, sizeof *index);
    if (getrandom(index->coefficients, sizeof index->coefficients, 0) !=
        (ssize_t)sizeof index->coefficients)
        return false;
    index->slot_count = SLOTS_MIN;
    index->slots = calloc(index->slot_count, sizeof *index->slots);
    return index->slots != NULL;
}

void row_index_free(struct row_index *index)
{
    for (size_t i = 0; i < index->slot_count; i++)
        free(index->slots[i].row);
    free(index->slots);
}

/* ------------------------------------------------------------------ hash table */

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

static bool slot_is(const struct row_slot *slot, struct bytes key, uint64_t hash)
{
    return slot->hash == hash && slot->row->key_size == key.size &&
           memcmp(slot->row->key, key.data, key.size) == 0;
}

/* The key's slot, or the free one where it would stand. */
static struct row_slot *find_slot(const struct row_index *index, struct bytes key, uint64_t hash)
{
    size_t mask = index->slot_count - 1, i = hash & mask;
    while (index->slots[i].row != NULL && !slot_is(&index->slots[i], key, hash))
        i = (i + 1) & mask;
    return &index->slots[i];
}

struct row *row_index_find(const struct row_index *index, struct bytes key, uint64_t hash)
{
    return find_slot(index, key, hash)->row;
}

static void put_slot(struct row_index *index, struct row_slot slot)
{
    size_t mask = index->slot_count - 1, i = slot.hash & mask;
    while (index->slots[i].row != NULL)
        i = (i + 1) & mask;
    index->slots[i] = slot;
}

/* Twice the slots. Without memory for them searches just get longer, as long as one is free. */
static void grow(struct row_index *index)
{
    size_t old_count = index->slot_count;
    struct row_slot *old = index->slots;
    struct row_slot *slots = calloc(2 * old_count, sizeof *slots);
    if (slots == NULL)
        return;
    index->slots = slots;
    index->slot_count = 2 * old_count;
    for (size_t i = 0; i < old_count; i++)
        if (old[i].row != NULL)
            put_slot(index, old[i]);
    free(old);
}

/* Frees a slot and moves up those behind it that stand there only because it was taken. */
static void free_slot(struct row_index *index, const struct row_slot *slot)
{
    size_t mask = index->slot_count - 1, hole = (size_t)(slot - index->slots);
    for (size_t i = (hole + 1) & mask; index->slots[i].row != NULL; i = (i + 1) & mask) {
        size_t home = index->slots[i].hash & mask;
        if (((i - home) & mask) < ((i - hole) & mask))
            continue;
        index->slots[hole] = index->slots[i];
        hole = i;
    }
    index->slots[hole].row = NULL;
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
    if ((index->row_count + 1) * 4 > index->slot_count * LOAD_MAX_OF_4)
        grow(index);
    bool full =
        index->row_count + 1 == index->slot_count; /* one is always free: it ends searches */
    struct row *row = full ? NULL : malloc(sizeof *row + key.size);
    if (row == NULL)
        return NULL;
    row->hash = hash;
    row->newest = NULL;
    row->key_size = (uint16_t)key.size;
    memcpy(row->key, key.data, key.size);
    struct row_slot *slot = find_slot(index, key, hash);
    assert(slot->row == NULL);
    *slot = (struct row_slot){hash, row};
    order_insert(index, row);
    index->row_count++;
    return row;
}

void row_index_remove(struct row_index *index, struct row *row)
{
    order_remove(index, row);
    free_slot(index, find_slot(index, row_key_of(row), row->hash));
    index->row_count--;
    free(row);
}
