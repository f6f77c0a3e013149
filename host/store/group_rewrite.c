// SPDX-License-Identifier: Apache-2.0
/* A batch goes through the tree from left to right: the rows of a group that it changes are
 * gathered with the changes, and written as one group again, or as several of about the same size.
 * When they get few, the groups beside are gathered with them, which keeps the invariant of
 * group_tree.h. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "host/store/group_tree.h"

/* What is divided is divided into no less: a part loses a byte or two when it gets its own floor.
 */
#define PART_BYTES_MIN (GROUP_BYTES_MAX / 3)
/* So much is gathered when rows have no group beside them, as when a whole state is loaded. */
#define GATHERED_BYTES (16 * GROUP_BYTES_MAX)

struct rewrite {
    MDB_txn *transaction;
    MDB_dbi database;
    MDB_cursor *cursor;
    const struct row_change **changes;
    size_t count, next;
    struct damaged_group *damaged;
    /* What was read last. */
    struct row_group source;
    bool found;          /* false: the source stands for no group of the tree's */
    size_t ceiling_size; /* 0: it is the last group */
    size_t behind_bytes; /* of the group with the ceiling as its floor, as it is stored */
    uint8_t ceiling[ROW_KEY_BYTES_MAX];
    uint8_t source_floor[ROW_KEY_BYTES_MAX];
    uint8_t source_bytes[ROW_GROUP_BYTES_MAX];
    /* What is to be written. */
    struct row_group_writer gathered, part;
    bool replaces; /* the tree has a group with the floor of the gathered one */
    bool alone;    /* the last row that was gathered is a long one */
    uint8_t gathered_bytes[GATHERED_BYTES + ROW_GROUP_BYTES_MAX];
    uint8_t part_bytes[GATHERED_BYTES + ROW_GROUP_BYTES_MAX];
};

/* ------------------------------------------------------------------ reading a group */

/* The floor of the first group when there is none: no key is below. */
static const uint8_t lowest_floor[1] = {0};

static struct bytes ceiling_of(const struct rewrite *rewrite)
{
    return (struct bytes){rewrite->ceiling, rewrite->ceiling_size};
}

static int set_ceiling(struct rewrite *rewrite, const MDB_val *floor, const MDB_val *stored)
{
    if (floor->mv_size > ROW_KEY_BYTES_MAX)
        return group_is_damaged(rewrite->damaged, bytes_of(floor));
    rewrite->ceiling_size = floor->mv_size;
    rewrite->behind_bytes = stored->mv_size;
    memcpy(rewrite->ceiling, floor->mv_data, floor->mv_size);
    return 0;
}

/* The group that the cursor goes to with this step is the next one. */
static int read_ceiling(struct rewrite *rewrite, MDB_cursor_op step)
{
    MDB_val floor, stored;
    int code = mdb_cursor_get(rewrite->cursor, &floor, &stored, step);
    if (code == 0)
        return set_ceiling(rewrite, &floor, &stored);
    rewrite->ceiling_size = 0;
    return code == MDB_NOTFOUND ? 0 : code;
}

/* Copied: writing moves what is in the tree. */
static int copy_source(struct rewrite *rewrite, const MDB_val *floor, const MDB_val *stored)
{
    struct row_group group;
    if (!row_group_open(&group, bytes_of(floor), bytes_of(stored)))
        return group_is_damaged(rewrite->damaged, bytes_of(floor));
    memcpy(rewrite->source_floor, group.floor.data, group.floor.size);
    memcpy(rewrite->source_bytes, group.rows.data, group.rows.size);
    rewrite->source.floor = (struct bytes){rewrite->source_floor, group.floor.size};
    rewrite->source.rows = (struct bytes){rewrite->source_bytes, group.rows.size};
    rewrite->found = true;
    return 0;
}

static void source_is_nothing(struct rewrite *rewrite)
{
    rewrite->source.floor = (struct bytes){lowest_floor, sizeof lowest_floor};
    rewrite->source.rows = (struct bytes){rewrite->source_bytes, 0};
    rewrite->found = false;
}

/* As group_tree_find. */
static int find(struct rewrite *rewrite, struct bytes key, bool below, MDB_val *floor,
                MDB_val *stored)
{
    int code = group_tree_find(rewrite->cursor, key, below, floor, stored);
    return code == GROUP_DAMAGED ? group_is_damaged(rewrite->damaged, bytes_of(floor)) : code;
}

static bool is_small(size_t stored_bytes)
{
    return stored_bytes < GROUP_BYTES_MIN + ROW_GROUP_CHECKSUM_BYTES;
}

/* The group where the key's row belongs, or a small one in front of it. */
static int read_first(struct rewrite *rewrite, struct bytes key)
{
    MDB_val floor, stored, small_floor, small;
    int code = find(rewrite, key, false, &floor, &stored);
    if (code == MDB_NOTFOUND) {
        source_is_nothing(rewrite);
        return read_ceiling(rewrite, MDB_FIRST);
    }
    if (code == 0)
        code = read_ceiling(rewrite, MDB_NEXT);
    if (code == 0)
        code = find(rewrite, bytes_of(&floor), true, &small_floor, &small);
    if (code == MDB_NOTFOUND || (code == 0 && !is_small(small.mv_size)))
        return copy_source(rewrite, &floor, &stored);
    if (code == 0)
        code = copy_source(rewrite, &small_floor, &small);
    return code == 0 ? set_ceiling(rewrite, &floor, &stored) : code;
}

/* The group behind, which leaves the tree. */
static int take_next(struct rewrite *rewrite)
{
    MDB_val floor = val_of(ceiling_of(rewrite)), stored;
    int code = mdb_cursor_get(rewrite->cursor, &floor, &stored, MDB_SET_KEY);
    if (code == MDB_NOTFOUND)
        return group_is_damaged(rewrite->damaged, ceiling_of(rewrite));
    if (code == 0)
        code = copy_source(rewrite, &floor, &stored);
    if (code == 0)
        code = read_ceiling(rewrite, MDB_NEXT);
    if (code != 0)
        return code;
    floor = val_of(rewrite->source.floor);
    return mdb_del(rewrite->transaction, rewrite->database, &floor, NULL);
}

/* ------------------------------------------------------------------ writing groups */

/* Behind all others it is appended, which leaves the page in front full. */
static int put_group(struct rewrite *rewrite, struct row_group_writer *group)
{
    bool append = rewrite->ceiling_size == 0 && !rewrite->replaces;
    MDB_val floor = val_of(row_group_floor(group)), stored = val_of(row_group_end(group));
    rewrite->replaces = false;
    return mdb_cursor_put(rewrite->cursor, &floor, &stored, append ? MDB_APPEND : 0);
}

/* The group in `part` is complete; another begins with this key. */
static int next_part(struct rewrite *rewrite, struct bytes key)
{
    struct row_group_writer *part = &rewrite->part;
    int code = put_group(rewrite, part);
    row_group_begin_behind(part, (struct bytes){part->last, part->last_size}, key);
    return code;
}

/* What was gathered, divided by its bytes: a row belongs where its middle is. */
static int put_parts(struct rewrite *rewrite, size_t parts)
{
    const struct row_group_writer *gathered = &rewrite->gathered;
    struct row_group all = {row_group_floor(gathered), {gathered->bytes, gathered->size}};
    struct row_walk walk;
    size_t number = 0;
    int code = 0;
    row_walk_begin(&walk, &all);
    row_group_begin(&rewrite->part, all.floor);
    while (code == 0) {
        const uint8_t *row = walk.next;
        int more = row_walk_next(&walk);
        assert(more >= 0);
        if (more == 0)
            return put_group(rewrite, &rewrite->part);
        size_t middle = (size_t)(row - all.rows.data) + (size_t)(walk.next - row) / 2;
        if (middle * parts / all.rows.size != number && rewrite->part.size >= PART_BYTES_MIN &&
            (size_t)(walk.end - row) >= PART_BYTES_MIN)
            code = next_part(rewrite, row_walk_key(&walk));
        number = middle * parts / all.rows.size;
        row_group_add(&rewrite->part, row_walk_key(&walk), walk.value);
    }
    return code;
}

static int write_gathered(struct rewrite *rewrite)
{
    size_t bytes = rewrite->gathered.size;
    if (bytes > GROUP_BYTES_MAX)
        return put_parts(rewrite, (bytes + GROUP_BYTES_MAX - 1) / GROUP_BYTES_MAX);
    if (bytes != 0)
        return put_group(rewrite, &rewrite->gathered);
    if (!rewrite->replaces)
        return 0;
    MDB_val floor = val_of(row_group_floor(&rewrite->gathered));
    return mdb_del(rewrite->transaction, rewrite->database, &floor, NULL);
}

/* ------------------------------------------------------------------ gathering rows */

static int add_row(struct rewrite *rewrite, struct bytes key, struct bytes value)
{
    struct row_group_writer *gathered = &rewrite->gathered;
    bool alone = value.size > GROUP_BYTES_MAX;
    if (gathered->size >= GATHERED_BYTES || (gathered->size != 0 && (alone || rewrite->alone))) {
        int code = write_gathered(rewrite);
        if (code != 0)
            return code;
        row_group_begin_behind(gathered, (struct bytes){gathered->last, gathered->last_size}, key);
    }
    row_group_add(gathered, key, value);
    rewrite->alone = alone;
    return 0;
}

/* The next change of the source's; NULL: none. */
static const struct row_change *next_change(const struct rewrite *rewrite)
{
    if (rewrite->next == rewrite->count)
        return NULL;
    const struct row_change *change = rewrite->changes[rewrite->next];
    bool behind =
        rewrite->ceiling_size != 0 && bytes_compare(change->key, ceiling_of(rewrite)) >= 0;
    return behind ? NULL : change;
}

/* 1, 0 or GROUP_DAMAGED: a row at the ceiling or above would hide the next group's. */
static int next_row(const struct rewrite *rewrite, struct row_walk *walk)
{
    int more = row_walk_next(walk);
    if (more == 1 && rewrite->ceiling_size != 0 &&
        bytes_compare(row_walk_key(walk), ceiling_of(rewrite)) >= 0)
        return GROUP_DAMAGED;
    return more < 0 ? GROUP_DAMAGED : more;
}

/* The source with its changes. */
static int gather(struct rewrite *rewrite)
{
    struct row_walk walk;
    row_walk_begin(&walk, &rewrite->source);
    int code = 0, more = next_row(rewrite, &walk);
    const struct row_change *change = next_change(rewrite);
    while (code == 0 && more >= 0 && (more == 1 || change != NULL)) {
        int order = more == 0        ? 1
                    : change == NULL ? -1
                                     : bytes_compare(row_walk_key(&walk), change->key);
        if (order < 0)
            code = add_row(rewrite, row_walk_key(&walk), walk.value);
        else if (!change->erase)
            code = add_row(rewrite, change->key, change->value);
        if (order >= 0) {
            rewrite->next++;
            change = next_change(rewrite);
        }
        if (order <= 0)
            more = next_row(rewrite, &walk);
    }
    return more < 0 ? group_is_damaged(rewrite->damaged, rewrite->source.floor) : code;
}

/* What was gathered would be a small group in front of one that has room for it. */
static bool is_too_small(const struct rewrite *rewrite)
{
    return rewrite->gathered.size != 0 && rewrite->gathered.size < GROUP_BYTES_MIN &&
           rewrite->behind_bytes <= GROUP_BYTES_MAX + ROW_GROUP_CHECKSUM_BYTES;
}

/* The next changes that belong together. */
static int rewrite_next(struct rewrite *rewrite)
{
    size_t first = rewrite->next;
    int code = read_first(rewrite, rewrite->changes[first]->key);
    if (code != 0)
        return code;
    rewrite->replaces = rewrite->found;
    rewrite->alone = false;
    row_group_begin(&rewrite->gathered, rewrite->source.floor);
    code = gather(rewrite);
    while (code == 0 && rewrite->ceiling_size != 0 &&
           (rewrite->next == first || is_too_small(rewrite))) {
        code = take_next(rewrite);
        if (code == 0)
            code = gather(rewrite);
    }
    return code == 0 ? write_gathered(rewrite) : code;
}

int group_tree_rewrite(MDB_txn *transaction, MDB_dbi database, const struct row_change **changes,
                       size_t count, struct damaged_group *damaged)
{
    struct rewrite *rewrite = malloc(sizeof *rewrite);
    if (rewrite == NULL)
        return ENOMEM;
    rewrite->cursor = NULL;
    rewrite->transaction = transaction;
    rewrite->database = database;
    rewrite->changes = changes;
    rewrite->count = count;
    rewrite->next = 0;
    rewrite->damaged = damaged;
    rewrite->gathered = (struct row_group_writer){.bytes = rewrite->gathered_bytes,
                                                  .capacity = sizeof rewrite->gathered_bytes};
    rewrite->part = (struct row_group_writer){.bytes = rewrite->part_bytes,
                                              .capacity = sizeof rewrite->part_bytes};
    int code = mdb_cursor_open(transaction, database, &rewrite->cursor);
    while (code == 0 && rewrite->next < count)
        code = rewrite_next(rewrite);
    mdb_cursor_close(rewrite->cursor);
    free(rewrite);
    return code;
}
