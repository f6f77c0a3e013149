// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/node_state_rows.h"

#include <lmdb.h>
#include <string.h>

#include "tests/unit/check.h"

/* How LMDB 0.9 lays out a leaf page of 4 KiB. */
#define ROW_HEADER_BYTES 8u /* sizes and flags */
#define ROW_PLACE_BYTES  2u /* where in the page it stands */
#define ROW_BYTES_MAX                                                                              \
    2038u /* larger ones leave their value on pages of its own, and its number                     \
           */
#define PAGE_NUMBER_BYTES 8u

static void read_pages(MDB_env *environment, MDB_txn *transaction, MDB_dbi database,
                       struct state_rows *rows)
{
    MDB_stat stat;
    MDB_envinfo info;
    CHECK(mdb_stat(transaction, database, &stat) == 0);
    CHECK(mdb_env_info(environment, &info) == 0);
    rows->page_bytes = stat.ms_psize;
    rows->file_pages = (uint64_t)info.me_last_pgno + 1;
    rows->leaf_pages = stat.ms_leaf_pages;
    rows->branch_pages = stat.ms_branch_pages;
    rows->overflow_pages = stat.ms_overflow_pages;
    rows->depth = stat.ms_depth;
}

static uint64_t leaf_bytes(const MDB_val *key, const MDB_val *value)
{
    uint64_t bytes = ROW_HEADER_BYTES + key->mv_size + value->mv_size;
    if (bytes > ROW_BYTES_MAX)
        bytes = ROW_HEADER_BYTES + key->mv_size + PAGE_NUMBER_BYTES;
    return bytes + bytes % 2 + ROW_PLACE_BYTES;
}

static void read_rows(MDB_txn *transaction, MDB_dbi database, struct state_rows *rows)
{
    MDB_cursor *cursor;
    MDB_val key, value;
    int code;
    CHECK(mdb_cursor_open(transaction, database, &cursor) == 0);
    while ((code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
        struct state_kind *kind = &rows->kinds[*(const uint8_t *)key.mv_data];
        kind->rows++;
        kind->key_bytes += key.mv_size;
        kind->value_bytes += value.mv_size;
        kind->leaf_bytes += leaf_bytes(&key, &value);
    }
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
    CHECK(mdb_env_open(environment, folder, MDB_RDONLY, 0) == 0);
    CHECK(mdb_txn_begin(environment, NULL, MDB_RDONLY, &transaction) == 0);
    CHECK(mdb_dbi_open(transaction, NULL, 0, &database) == 0);
    read_pages(environment, transaction, database, rows);
    read_rows(transaction, database, rows);
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
