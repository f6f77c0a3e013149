// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/node_state_rows.h"

#include <lmdb.h>
#include <string.h>

#include "host/store/group_tree.h"
#include "tests/unit/check.h"

/* How LMDB 0.9 lays out a leaf page of 4 KiB. */
#define GROUP_HEADER_BYTES 8u /* sizes and flags */
#define GROUP_PLACE_BYTES  2u /* where in the page it stands */
/* Larger ones leave what is stored on pages of its own, and its number. */
#define GROUP_BYTES_ON_LEAF 2038u
#define PAGE_NUMBER_BYTES   8u
#define MAIN_PAGES          1u /* of the main database, which has only the name of the groups' */

static void read_pages(MDB_env *environment, MDB_txn *transaction, MDB_dbi database,
                       struct state_rows *rows)
{
    MDB_stat stat;
    MDB_envinfo info;
    CHECK(mdb_stat(transaction, database, &stat) == 0);
    CHECK(mdb_env_info(environment, &info) == 0);
    rows->page_bytes = stat.ms_psize;
    rows->file_pages = (uint64_t)info.me_last_pgno + 1;
    rows->leaf_pages = MAIN_PAGES + stat.ms_leaf_pages;
    rows->branch_pages = stat.ms_branch_pages;
    rows->overflow_pages = stat.ms_overflow_pages;
    rows->depth = stat.ms_depth;
}

static uint64_t leaf_bytes(const MDB_val *floor, const MDB_val *stored)
{
    uint64_t bytes = GROUP_HEADER_BYTES + floor->mv_size + stored->mv_size;
    if (bytes > GROUP_BYTES_ON_LEAF)
        bytes = GROUP_HEADER_BYTES + floor->mv_size + PAGE_NUMBER_BYTES;
    return bytes + bytes % 2 + GROUP_PLACE_BYTES;
}

/* What a group takes beside its rows counts for its first one. */
static void read_group(const MDB_val *floor, const MDB_val *stored, struct state_rows *rows)
{
    struct row_group group;
    struct row_walk walk;
    uint64_t bytes = leaf_bytes(floor, stored), rest;
    CHECK(row_group_open(&group, bytes_of(floor), bytes_of(stored)));
    rest = bytes > group.rows.size ? bytes - group.rows.size : 0;
    bool on_leaf = rest != 0;
    rows->groups++;
    row_walk_begin(&walk, &group);
    for (const uint8_t *row = walk.next; row_walk_next(&walk) == 1; row = walk.next) {
        struct state_kind *kind = &rows->kinds[walk.key[0]];
        kind->rows++;
        kind->key_bytes += walk.key_size;
        kind->value_bytes += walk.value.size;
        kind->leaf_bytes += on_leaf ? (uint64_t)(walk.next - row) + rest : bytes;
        rest = 0;
        bytes = on_leaf ? bytes : 0;
    }
    CHECK(walk.next == walk.end);
}

static void read_groups(MDB_txn *transaction, MDB_dbi database, struct state_rows *rows)
{
    MDB_cursor *cursor;
    MDB_val floor, stored;
    int code;
    CHECK(mdb_cursor_open(transaction, database, &cursor) == 0);
    while ((code = mdb_cursor_get(cursor, &floor, &stored, MDB_NEXT)) == 0)
        read_group(&floor, &stored, rows);
    CHECK(code == MDB_NOTFOUND);
    mdb_cursor_close(cursor);
}

void state_rows_read(const char *folder, struct state_rows *rows)
{
    MDB_env *environment;
    MDB_txn *transaction;
    MDB_dbi database;
    memset(rows, 0, sizeof *rows);
    CHECK(mdb_env_create(&environment) == 0);
    CHECK(mdb_env_set_maxdbs(environment, 1) == 0);
    CHECK(mdb_env_open(environment, folder, MDB_RDONLY, 0) == 0);
    CHECK(mdb_txn_begin(environment, NULL, MDB_RDONLY, &transaction) == 0);
    CHECK(mdb_dbi_open(transaction, GROUP_DATABASE, 0, &database) == 0);
    read_pages(environment, transaction, database, rows);
    read_groups(transaction, database, rows);
    mdb_txn_abort(transaction);
    mdb_env_close(environment);
}

uint64_t state_rows_bytes(const struct state_rows *rows)
{
    uint64_t bytes = 0;
    for (unsigned i = 0; i < sizeof rows->kinds / sizeof rows->kinds[0]; i++)
        bytes += rows->kinds[i].leaf_bytes;
    return bytes;
}
