/* SPDX-License-Identifier: Apache-2.0 */
/* Neighbouring rows as one sequence of bytes, which a tree keeps under a key of its own: the
 * group's floor. No row of the group is below it; all rows of the groups before are.
 *
 *     for each row, in the order of the keys
 *         u16         bytes that the key shares with the one before (the first: with the floor) in
 *                     bits 0-4, bytes of the rest of the key in 5-9, bytes of the value in 10-15;
 *                     a field of all ones: a varuint32 follows, with what is beyond it
 *         varuint32   for each such field
 *         the rest of the key; the value
 *     u32             CRC-32C of floor and rows
 *
 * Rows have one encoding: a key shares all that it can, and is above the one before. */
#ifndef HOST_STORE_ROW_GROUP_H
#define HOST_STORE_ROW_GROUP_H

#include "host/store/row_store.h"

#define ROW_GROUP_CHECKSUM_BYTES 4u
#define ROW_GROUP_HEADER_BYTES_MAX                                                                 \
    (2u + 2u + 2u + 3u) /* varuint32 of less than 2^14, twice, and 2^21 */
/* Of a row by itself. */
#define ROW_GROUP_ROW_BYTES_MAX                                                                    \
    (ROW_GROUP_HEADER_BYTES_MAX + ROW_KEY_BYTES_MAX + ROW_VALUE_BYTES_MAX)
/* Of a group as it is stored. */
#define ROW_GROUP_BYTES_MAX (ROW_GROUP_ROW_BYTES_MAX + ROW_GROUP_CHECKSUM_BYTES)

struct row_group {
    struct bytes floor, rows; /* views; rows without their checksum */
};

/* ------------------------------------------------------------------ reading
 * What is malformed is found, but for rows behind the one that is looked for, and never read beyond
 * its end. */

/* Views of a group as it is stored. False: it is no group with this floor. */
bool row_group_open(struct row_group *group, struct bytes floor, struct bytes stored);

/* 1: found, with a view into the group; 0: not there; -1: malformed. `key` is not below the floor.
 * Believes the rows' order, which the checksum vouches for, and rebuilds no key. */
int row_group_find(const struct row_group *group, struct bytes key, struct bytes *value);

/* Where a walk through all rows is. */
struct row_walk {
    const uint8_t *next, *end;
    bool begun;
    struct bytes value; /* a view into the group */
    size_t key_size;
    uint8_t key[ROW_KEY_BYTES_MAX]; /* before the first row: the floor */
};

static inline struct bytes row_walk_key(const struct row_walk *walk)
{
    return (struct bytes){walk->key, walk->key_size};
}

void row_walk_begin(struct row_walk *walk, const struct row_group *group);
/* 1: at the next row; 0: that was the last one; -1: malformed. Checks everything. */
int row_walk_next(struct row_walk *walk);

/* ------------------------------------------------------------------ writing */

/* A group that grows by rows at its end, in memory of the caller's. */
struct row_group_writer {
    uint8_t *bytes;
    size_t capacity; /* asserted to suffice, with the checksum */
    size_t size;     /* of the rows */
    size_t floor_size, last_size;
    uint8_t floor[ROW_KEY_BYTES_MAX];
    uint8_t last[ROW_KEY_BYTES_MAX]; /* key; before the first row: the floor */
};

static inline struct bytes row_group_floor(const struct row_group_writer *writer)
{
    return (struct bytes){writer->floor, writer->floor_size};
}

void row_group_begin(struct row_group_writer *writer, struct bytes floor);
/* The same for the group behind, whose first row is to have this key: the shortest floor above what
 * was written last. */
void row_group_begin_behind(struct row_group_writer *writer, struct bytes last, struct bytes key);
/* `key` is above the last one; asserted. */
void row_group_add(struct row_group_writer *writer, struct bytes key, struct bytes value);
/* The group as it is stored: rows may be added until then. */
struct bytes row_group_end(struct row_group_writer *writer);

#endif
