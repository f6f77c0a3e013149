// SPDX-License-Identifier: Apache-2.0
/* Rows in LMDB's main database: the key, and the value with a CRC-32C of key and value behind it.
 *
 * LMDB has no checksums of its own pages. A flipped bit in a row is found when the row is read; one
 * in the tree above may hide rows, which only state_verify finds, or make LMDB itself fail. */
#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "host/store/crc32c.h"
#include "host/store/lmdb_file.h"
#include "host/store/row_store.h"

#define CHECKSUM_BYTES     4u
#define FOLDER_MODE        0750
#define FILE_MODE          0640
#define MAP_UNIT           (UINT64_C(1) << 20) /* a multiple of any page size */
#define KEY_BYTES_IN_TEXTS 16u
#define FOLDER_CHARS_MAX   192u /* as much of it as an error text shows */

struct lmdb {
    MDB_env *environment;
    MDB_dbi database;
    MDB_txn *seen; /* what get and seek see */
    MDB_cursor *cursor;
    char folder[FOLDER_CHARS_MAX + 1];
};

/* ------------------------------------------------------------------ errors */

/* What LMDB says of a file that is not as it left it. */
static bool is_damage(int code)
{
    return code == MDB_CORRUPTED || code == MDB_PAGE_NOTFOUND || code == MDB_INVALID ||
           code == MDB_VERSION_MISMATCH || code == MDB_INCOMPATIBLE || code == MDB_CURSOR_FULL ||
           code == MDB_PAGE_FULL || code == MDB_PANIC || code == MDB_BAD_TXN;
}

static int lmdb_failed(const struct lmdb *lmdb, const char *what, int code,
                       char error[STORE_ERROR_SIZE])
{
    const char *advice = "";
    if (code == MDB_MAP_FULL)
        advice = "; give the state more room and start again";
    else if (is_damage(code))
        advice = "; remove the folder and load a snapshot or replay the block log";
    snprintf(error, STORE_ERROR_SIZE, "state in %s: %s: %s%s", lmdb->folder, what,
             mdb_strerror(code), advice);
    return -1;
}

static int row_damaged(const struct lmdb *lmdb, const MDB_val *key, char error[STORE_ERROR_SIZE])
{
    char hex[2 * KEY_BYTES_IN_TEXTS + 1] = "";
    const uint8_t *bytes = key->mv_data;
    for (size_t i = 0; i < key->mv_size && i < KEY_BYTES_IN_TEXTS; i++)
        snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
    snprintf(error, STORE_ERROR_SIZE,
             "state in %s: the row with the key %s%s (%zu bytes) is damaged; remove the folder and "
             "load a snapshot or replay the block log",
             lmdb->folder, hex, key->mv_size > KEY_BYTES_IN_TEXTS ? "..." : "", key->mv_size);
    return -1;
}

/* ------------------------------------------------------------------ reading */

static uint32_t row_checksum(const void *key, size_t key_bytes, const void *value,
                             size_t value_bytes)
{
    return crc32c(crc32c(0, key, key_bytes), value, value_bytes);
}

/* Checks a row as LMDB has it. 1, with the value, or -1. */
static int take_row(const struct lmdb *lmdb, const MDB_val *key, const MDB_val *data,
                    struct bytes *value, char error[STORE_ERROR_SIZE])
{
    if (data->mv_size < CHECKSUM_BYTES || data->mv_size > ROW_VALUE_BYTES_MAX + CHECKSUM_BYTES ||
        key->mv_size > ROW_KEY_BYTES_MAX)
        return row_damaged(lmdb, key, error);
    *value = (struct bytes){data->mv_data, data->mv_size - CHECKSUM_BYTES};
    uint32_t stored;
    memcpy(&stored, value->data + value->size, sizeof stored);
    if (le32toh(stored) != row_checksum(key->mv_data, key->mv_size, value->data, value->size))
        return row_damaged(lmdb, key, error);
    return 1;
}

static MDB_val val_of(struct bytes bytes)
{
    return (MDB_val){.mv_size = bytes.size, .mv_data = (void *)(uintptr_t)bytes.data};
}

static int lmdb_get(void *context, struct bytes key, struct bytes *value,
                    char error[STORE_ERROR_SIZE])
{
    const struct lmdb *lmdb = context;
    MDB_val wanted = val_of(key), data;
    int code = mdb_get(lmdb->seen, lmdb->database, &wanted, &data);
    if (code == MDB_NOTFOUND)
        return 0;
    if (code != 0)
        return lmdb_failed(lmdb, "cannot read", code, error);
    return take_row(lmdb, &wanted, &data, value, error);
}

static int place_cursor(MDB_cursor *cursor, bool reverse, MDB_val *key, MDB_val *data)
{
    if (key->mv_size == 0)
        return mdb_cursor_get(cursor, key, data, reverse ? MDB_LAST : MDB_FIRST);
    int code = mdb_cursor_get(cursor, key, data, MDB_SET_RANGE);
    if (!reverse)
        return code;
    return mdb_cursor_get(cursor, key, data, code == MDB_NOTFOUND ? MDB_LAST : MDB_PREV);
}

static int lmdb_seek(void *context, struct bytes key, bool reverse, struct bytes *found,
                     struct bytes *value, char error[STORE_ERROR_SIZE])
{
    const struct lmdb *lmdb = context;
    MDB_val place = val_of(key), data;
    int code = place_cursor(lmdb->cursor, reverse, &place, &data);
    if (code == MDB_NOTFOUND)
        return 0;
    if (code != 0)
        return lmdb_failed(lmdb, "cannot search", code, error);
    *found = (struct bytes){place.mv_data, place.mv_size};
    return take_row(lmdb, &place, &data, value, error);
}

static int lmdb_refresh(void *context, char error[STORE_ERROR_SIZE])
{
    const struct lmdb *lmdb = context;
    mdb_txn_reset(lmdb->seen);
    int code = mdb_txn_renew(lmdb->seen);
    if (code == 0)
        code = mdb_cursor_renew(lmdb->seen, lmdb->cursor);
    return code == 0 ? 0 : lmdb_failed(lmdb, "cannot begin to read", code, error);
}

static int each_row(const struct lmdb *lmdb, MDB_cursor *cursor,
                    int (*row)(void *user, struct bytes key, struct bytes value), void *user,
                    char error[STORE_ERROR_SIZE])
{
    MDB_val key, data;
    struct bytes value;
    int code;
    while ((code = mdb_cursor_get(cursor, &key, &data, MDB_NEXT)) == 0) {
        if (take_row(lmdb, &key, &data, &value, error) < 0)
            return -1;
        int verdict = row(user, (struct bytes){key.mv_data, key.mv_size}, value);
        if (verdict != 0)
            return verdict;
    }
    return code == MDB_NOTFOUND ? 0 : lmdb_failed(lmdb, "cannot read all rows", code, error);
}

static int lmdb_each(void *context, int (*row)(void *user, struct bytes key, struct bytes value),
                     void *user, char error[STORE_ERROR_SIZE])
{
    const struct lmdb *lmdb = context;
    MDB_txn *transaction;
    int code = mdb_txn_begin(lmdb->environment, NULL, MDB_RDONLY, &transaction);
    if (code != 0)
        return lmdb_failed(lmdb, "cannot begin to read", code, error);
    MDB_cursor *cursor;
    code = mdb_cursor_open(transaction, lmdb->database, &cursor);
    if (code != 0) {
        mdb_txn_abort(transaction);
        return lmdb_failed(lmdb, "cannot begin to read", code, error);
    }
    int verdict = each_row(lmdb, cursor, row, user, error);
    mdb_cursor_close(cursor);
    mdb_txn_abort(transaction);
    return verdict;
}

static uint64_t lmdb_size(void *context)
{
    const struct lmdb *lmdb = context;
    MDB_envinfo info;
    MDB_stat stat;
    if (mdb_env_info(lmdb->environment, &info) != 0 || mdb_env_stat(lmdb->environment, &stat) != 0)
        return 0; /* fails only without an environment */
    return ((uint64_t)info.me_last_pgno + 1) * stat.ms_psize;
}

/* ------------------------------------------------------------------ writing */

/* `append`: the rows before were behind all others, so this one is tried there first, which fills
 * pages to the end when a whole state is loaded. */
static int put_row(const struct lmdb *lmdb, MDB_txn *transaction, const struct row_change *change,
                   bool *append)
{
    MDB_val key = val_of(change->key);
    MDB_val data = {.mv_size = change->value.size + CHECKSUM_BYTES};
    int code = MDB_KEYEXIST;
    if (*append)
        code = mdb_put(transaction, lmdb->database, &key, &data, MDB_RESERVE | MDB_APPEND);
    if (code == MDB_KEYEXIST) {
        *append = false;
        code = mdb_put(transaction, lmdb->database, &key, &data, MDB_RESERVE);
    }
    if (code != 0)
        return code;
    if (change->value.size != 0)
        memcpy(data.mv_data, change->value.data, change->value.size);
    uint32_t checksum = htole32(
        row_checksum(change->key.data, change->key.size, change->value.data, change->value.size));
    memcpy((uint8_t *)data.mv_data + change->value.size, &checksum, sizeof checksum);
    return 0;
}

static int apply(const struct lmdb *lmdb, MDB_txn *transaction, const struct row_change *changes,
                 size_t count)
{
    bool append = true;
    for (size_t i = 0; i < count; i++) {
        assert(changes[i].key.size > 0 && changes[i].key.size <= ROW_KEY_BYTES_MAX);
        assert(changes[i].value.size <= ROW_VALUE_BYTES_MAX);
        MDB_val key = val_of(changes[i].key);
        int code = changes[i].erase ? mdb_del(transaction, lmdb->database, &key, NULL)
                                    : put_row(lmdb, transaction, &changes[i], &append);
        if (code != 0 && !(changes[i].erase && code == MDB_NOTFOUND))
            return code;
    }
    return 0;
}

static int lmdb_commit(void *context, const struct row_change *changes, size_t count,
                       char error[STORE_ERROR_SIZE])
{
    const struct lmdb *lmdb = context;
    MDB_txn *transaction;
    int code = mdb_txn_begin(lmdb->environment, NULL, 0, &transaction);
    if (code != 0)
        return lmdb_failed(lmdb, "cannot begin to write", code, error);
    code = apply(lmdb, transaction, changes, count);
    if (code != 0) {
        mdb_txn_abort(transaction);
        return lmdb_failed(lmdb, "cannot write", code, error);
    }
    code = mdb_txn_commit(transaction);
    return code == 0 ? 0 : lmdb_failed(lmdb, "cannot commit", code, error);
}

/* ------------------------------------------------------------------ making and ending */

static void lmdb_close(void *context)
{
    struct lmdb *lmdb = context;
    if (lmdb->cursor != NULL)
        mdb_cursor_close(lmdb->cursor);
    if (lmdb->seen != NULL)
        mdb_txn_abort(lmdb->seen);
    mdb_env_close(lmdb->environment);
    free(lmdb);
}

/* A code of LMDB's, which has those of errno in it. */
static int open_environment(struct lmdb *lmdb, const char *folder, uint64_t bytes_max)
{
    if (mkdir(folder, FOLDER_MODE) != 0 && errno != EEXIST)
        return errno;
    int code = mdb_env_create(&lmdb->environment);
    if (code == 0)
        code = mdb_env_set_mapsize(lmdb->environment,
                                   (bytes_max + MAP_UNIT - 1) / MAP_UNIT * MAP_UNIT);
    /* Read transactions belong to who uses them, not to a thread; the rows of a block are all over
     * the file, so reading ahead would only drive others out of memory. */
    if (code == 0)
        code = mdb_env_open(lmdb->environment, folder, MDB_NOTLS | MDB_NORDAHEAD, FILE_MODE);
    if (code == 0)
        code = lmdb_file_pad(lmdb->environment);
    /* A process that was killed keeps its place among the readers, and old pages with it. */
    int dead;
    if (code == 0)
        code = mdb_reader_check(lmdb->environment, &dead);
    if (code == 0)
        code = mdb_txn_begin(lmdb->environment, NULL, MDB_RDONLY, &lmdb->seen);
    if (code == 0)
        code = mdb_dbi_open(lmdb->seen, NULL, 0, &lmdb->database);
    if (code == 0)
        code = mdb_cursor_open(lmdb->seen, lmdb->database, &lmdb->cursor);
    return code;
}

int row_store_lmdb(const char *folder, uint64_t bytes_max, struct row_store *store,
                   char error[STORE_ERROR_SIZE])
{
    struct lmdb *lmdb = calloc(1, sizeof *lmdb);
    if (lmdb == NULL) {
        snprintf(error, STORE_ERROR_SIZE, "no memory for a row store");
        return -1;
    }
    snprintf(lmdb->folder, sizeof lmdb->folder, "%s", folder);
    int code = open_environment(lmdb, folder, bytes_max);
    if (code != 0) {
        lmdb_failed(lmdb, "cannot open", code, error);
        lmdb_close(lmdb);
        return -1;
    }
    *store = (struct row_store){.get = lmdb_get,
                                .seek = lmdb_seek,
                                .refresh = lmdb_refresh,
                                .commit = lmdb_commit,
                                .each = lmdb_each,
                                .size = lmdb_size,
                                .close = lmdb_close,
                                .context = lmdb};
    return 0;
}
