/* SPDX-License-Identifier: Apache-2.0 */
/* Groups of rows (row_group) in a tree of LMDB's, by their floors. Reading is done with a cursor;
 * writing rewrites each group that a batch changes once.
 *
 * INVARIANT  The floors rise, and a group's rows are below the next floor. A group with less than
 * GROUP_BYTES_MIN of rows has one with more than GROUP_BYTES_MAX behind it, or none.
 *
 * Codes are LMDB's (negative), which have those of errno (positive) in them, or GROUP_DAMAGED. */
#ifndef HOST_STORE_GROUP_TREE_H
#define HOST_STORE_GROUP_TREE_H

#include <lmdb.h>

#include "host/store/row_group.h"

/* Before there were groups, rows were in LMDB's main database; now that has only the name of the
 * one with the groups. Another form of them takes another name. */
#define GROUP_DATABASE "groups 1"

/* Rows of a group, but that a row with a longer value is alone, and that a group is as large as its
 * last rows make it. Larger groups take less room, and more time to look up: measured. */
#define GROUP_BYTES_MAX 384u
#define GROUP_BYTES_MIN (GROUP_BYTES_MAX / 4)

#define GROUP_DAMAGED           (-1)
#define GROUP_FLOOR_BYTES_SHOWN 16u

/* Which one, for an error's text. */
struct damaged_group {
    size_t floor_size;
    uint8_t floor_start[GROUP_FLOOR_BYTES_SHOWN];
};

static inline struct bytes bytes_of(const MDB_val *val)
{
    return (struct bytes){val->mv_data, val->mv_size};
}

static inline MDB_val val_of(struct bytes bytes)
{
    return (MDB_val){.mv_size = bytes.size, .mv_data = (void *)(uintptr_t)bytes.data};
}

/* Fills in *damaged, and is GROUP_DAMAGED. */
int group_is_damaged(struct damaged_group *damaged, struct bytes floor);

/* Places the cursor at the last group whose floor is at `key` or below (only below, when `below`):
 * the one that has the key's row, if there is one. MDB_NOTFOUND: all floors are above.
 * GROUP_DAMAGED: the tree leads to another group. *floor and *stored are as LMDB has them, nothing
 * checked. */
int group_tree_find(MDB_cursor *cursor, struct bytes key, bool below, MDB_val *floor,
                    MDB_val *stored);

/* Applies changes in the order of their keys, each key once. What is there is checked before it is
 * written anew; *damaged is filled in when GROUP_DAMAGED. */
int group_tree_rewrite(MDB_txn *transaction, MDB_dbi database, const struct row_change **changes,
                       size_t count, struct damaged_group *damaged);

#endif
