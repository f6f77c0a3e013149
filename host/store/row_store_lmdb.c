// SPDX-License-Identifier: Apache-2.0
/* Rows in LMDB, in groups with a checksum each (group_tree), in a database whose name says in which
 * form they are.
 *
 * LMDB has no checksums of its own pages. A flipped bit in a group is found when one of its rows is
 * read; one in the tree above may hide rows, which only state_verify finds, or make LMDB itself
 * fail. */
#include <errno.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "host/store/group_tree.h"
#include "host/store/lmdb_file.h"
#include "host/store/row_batch.h"

#define FOLDER_MODE      0750
#define FILE_MODE        0640
#define MAP_UNIT         (UINT64_C(1) << 20) /* a multiple of any page size */
#define FOLDER_CHARS_MAX 192u                /* as much of it as an error text shows */
#define OTHER_FORM       (-2)                /* beside LMDB's codes and GROUP_DAMAGED */

/* A cursor, and the group whose checksum it has seen to be right. */
struct place {
    MDB_cursor *cursor;
    MDB_val floor, stored;
    const void *checked; /* NULL: none; the group's bytes stay where they are until a refresh */
};

struct lmdb {
    MDB_env *environment;
    MDB_dbi database;
    MDB_txn *seen; /* what get and seek see */
    struct place got, sought;
    bool walking; /* `walk` is at a row of the group that was sought */
    struct row_walk walk;
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

static int group_damaged(const struct lmdb *lmdb, const struct damaged_group *group,
                         char error[STORE_ERROR_SIZE])
{
    char hex[2 * GROUP_FLOOR_BYTES_SHOWN + 1] = "";
    for (size_t i = 0; i < group->floor_size && i < GROUP_FLOOR_BYTES_SHOWN; i++)
        snprintf(hex + 2 * i, 3, "%02x", group->floor_start[i]);
    snprintf(error, STORE_ERROR_SIZE,
             "state in %s: rows at the key %s%s (%zu bytes) and behind are damaged; remove the "
             "folder and load a snapshot or replay the block log",
             lmdb->folder, hex, group->floor_size > GROUP_FLOOR_BYTES_SHOWN ? "..." : "",
             group->floor_size);
    return -1;
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

/* Any of the codes that reading gives; `floor` is of the group where it stopped. */
static int read_failed(const struct lmdb *lmdb, const char *what, int code, const MDB_val *floor,
                       char error[STORE_ERROR_SIZE])
{
    struct damaged_group group;
    if (code != GROUP_DAMAGED)
        return lmdb_failed(lmdb, what, code, error);
    group_is_damaged(&group, bytes_of(floor));
    return group_damaged(lmdb, &group, error);
}

/* ------------------------------------------------------------------ rows by their keys */

/* The group at the place, to which the cursor was moved with this code. The code, or
 * GROUP_DAMAGED. */
static int open_group(struct place *place, int code, struct row_group *group)
{
    if (code != 0)
        return code;
    if (place->checked == place->stored.mv_data) {
        *group = (struct row_group){bytes_of(&place->floor), bytes_of(&place->stored)};
        group->rows.size -= ROW_GROUP_CHECKSUM_BYTES;
        return 0;
    }
    if (!row_group_open(group, bytes_of(&place->floor), bytes_of(&place->stored)))
        return GROUP_DAMAGED;
    place->checked = place->stored.mv_data;
    return 0;
}

static int lmdb_get(void *context, struct bytes key, struct bytes *value,
                    char error[STORE_ERROR_SIZE])
{
    struct lmdb *lmdb = context;
    struct place *place = &lmdb->got;
    struct row_group group;
    int code = group_tree_find(place->cursor, key, false, &place->floor, &place->stored);
    code = open_group(place, code, &group);
    if (code == MDB_NOTFOUND)
        return 0;
    int found = code == 0 ? row_group_find(&group, key, value) : -1;
    return found >= 0 ? found
                      : read_failed(lmdb, "cannot read", code != 0 ? code : GROUP_DAMAGED,
                                    &place->floor, error);
}

/* ------------------------------------------------------------------ rows in order */

/* To the first row of the group that the cursor was moved to with this code, but not on it yet. */
static int enter_group(struct lmdb *lmdb, int code)
{
    struct row_group group;
    code = open_group(&lmdb->sought, code, &group);
    lmdb->walking = code == 0;
    if (code == 0)
        row_walk_begin(&lmdb->walk, &group);
    return code;
}

static int step(struct lmdb *lmdb, MDB_cursor_op operation)
{
    struct place *place = &lmdb->sought;
    return mdb_cursor_get(place->cursor, &place->floor, &place->stored, operation);
}

/* The last group at the key or below; `below`: below it. */
static int enter_group_of(struct lmdb *lmdb, struct bytes key, bool below)
{
    struct place *place = &lmdb->sought;
    return enter_group(lmdb,
                       group_tree_find(place->cursor, key, below, &place->floor, &place->stored));
}

/* Goes on to the first row at or above the key. 0, MDB_NOTFOUND when the group has none, or
 * GROUP_DAMAGED. */
static int walk_up_to(struct row_walk *walk, struct bytes key)
{
    int more;
    do
        more = row_walk_next(walk);
    while (more == 1 && bytes_compare(row_walk_key(walk), key) < 0);
    return more == 1 ? 0 : more == 0 ? MDB_NOTFOUND : GROUP_DAMAGED;
}

/* The same to the last row below the key, or of all when it is empty. */
static int walk_up_below(struct row_walk *walk, struct bytes key)
{
    struct row_walk ahead = *walk;
    int more;
    while ((more = row_walk_next(&ahead)) == 1 &&
           (key.size == 0 || bytes_compare(row_walk_key(&ahead), key) < 0))
        *walk = ahead;
    return more < 0 ? GROUP_DAMAGED : walk->begun ? 0 : MDB_NOTFOUND;
}

/* To the first row at or above the key, from the walk's place on: in its group, or in the one
 * behind if that begins above the key. GROUP_DAMAGED, too, when it does not. */
static int seek_on(struct lmdb *lmdb, struct bytes key)
{
    int code = walk_up_to(&lmdb->walk, key);
    if (code != MDB_NOTFOUND)
        return code;
    code = step(lmdb, MDB_NEXT);
    if (code == 0 && bytes_compare(bytes_of(&lmdb->sought.floor), key) <= 0)
        return GROUP_DAMAGED;
    code = enter_group(lmdb, code);
    return code == 0 ? walk_up_to(&lmdb->walk, key) : code;
}

static int seek_up(struct lmdb *lmdb, struct bytes key)
{
    /* A scan seeks what is right behind the row that it has. */
    if (lmdb->walking && bytes_compare(row_walk_key(&lmdb->walk), key) < 0) {
        int code = seek_on(lmdb, key);
        if (code != GROUP_DAMAGED)
            return code;
        /* Or the key is further away: what is damaged shows again. */
    }
    int code = key.size == 0 ? MDB_NOTFOUND : enter_group_of(lmdb, key, false);
    if (code == MDB_NOTFOUND) /* all floors are above */
        code = enter_group(lmdb, step(lmdb, MDB_FIRST));
    return code == 0 ? seek_on(lmdb, key) : code;
}

static int seek_down(struct lmdb *lmdb, struct bytes key)
{
    int code =
        key.size == 0 ? enter_group(lmdb, step(lmdb, MDB_LAST)) : enter_group_of(lmdb, key, true);
    if (code != 0)
        return code;
    code = walk_up_below(&lmdb->walk, key);
    if (code != MDB_NOTFOUND)
        return code;
    code = enter_group(lmdb, step(lmdb, MDB_PREV));
    return code == 0 ? walk_up_below(&lmdb->walk, key) : code;
}

static int lmdb_seek(void *context, struct bytes key, bool reverse, struct bytes *found,
                     struct bytes *value, char error[STORE_ERROR_SIZE])
{
    struct lmdb *lmdb = context;
    int code = reverse ? seek_down(lmdb, key) : seek_up(lmdb, key);
    lmdb->walking = code == 0;
    if (code == MDB_NOTFOUND)
        return 0;
    if (code != 0)
        return read_failed(lmdb, "cannot search", code, &lmdb->sought.floor, error);
    *found = row_walk_key(&lmdb->walk);
    *value = lmdb->walk.value;
    return 1;
}

static int lmdb_refresh(void *context, char error[STORE_ERROR_SIZE])
{
    struct lmdb *lmdb = context;
    lmdb->walking = false;
    lmdb->got.checked = NULL;
    lmdb->sought.checked = NULL;
    mdb_txn_reset(lmdb->seen);
    int code = mdb_txn_renew(lmdb->seen);
    if (code == 0)
        code = mdb_cursor_renew(lmdb->seen, lmdb->got.cursor);
    if (code == 0)
        code = mdb_cursor_renew(lmdb->seen, lmdb->sought.cursor);
    return code == 0 ? 0 : lmdb_failed(lmdb, "cannot begin to read", code, error);
}

/* ------------------------------------------------------------------ all rows */

struct each {
    int (*row)(void *user, struct bytes key, struct bytes value);
    void *user;
    struct row_walk walk;
    bool begun;
    int verdict; /* other than 0: what `row` returned */
};

/* The rows of a group, which must be above those before. */
static int each_in_group(struct each *each, struct bytes floor, struct bytes stored)
{
    struct row_group group;
    int more = 1;
    if ((each->begun && bytes_compare(row_walk_key(&each->walk), floor) >= 0) ||
        !row_group_open(&group, floor, stored))
        return GROUP_DAMAGED;
    each->begun = true;
    row_walk_begin(&each->walk, &group);
    while (each->verdict == 0 && (more = row_walk_next(&each->walk)) == 1)
        each->verdict = each->row(each->user, row_walk_key(&each->walk), each->walk.value);
    return more < 0 ? GROUP_DAMAGED : 0;
}

static int each_row(const struct lmdb *lmdb, MDB_cursor *cursor, struct each *each,
                    char error[STORE_ERROR_SIZE])
{
    MDB_val floor, stored;
    int code = 0;
    while (code == 0 && each->verdict == 0) {
        code = mdb_cursor_get(cursor, &floor, &stored, MDB_NEXT);
        if (code == 0)
            code = each_in_group(each, bytes_of(&floor), bytes_of(&stored));
    }
    if (code == 0 || code == MDB_NOTFOUND)
        return each->verdict;
    return read_failed(lmdb, "cannot read all rows", code, &floor, error);
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
    struct each each = {.row = row, .user = user};
    int verdict = each_row(lmdb, cursor, &each, error);
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

/* In a transaction that was just begun, and ends here. */
static int write_all(const struct lmdb *lmdb, MDB_txn *transaction,
                     const struct row_change **changes, size_t count, char error[STORE_ERROR_SIZE])
{
    struct damaged_group damaged;
    int code = group_tree_rewrite(transaction, lmdb->database, changes, count, &damaged);
    if (code != 0) {
        mdb_txn_abort(transaction);
        return code == GROUP_DAMAGED ? group_damaged(lmdb, &damaged, error)
                                     : lmdb_failed(lmdb, "cannot write", code, error);
    }
    code = mdb_txn_commit(transaction);
    return code == 0 ? 0 : lmdb_failed(lmdb, "cannot commit", code, error);
}

static int lmdb_commit(void *context, const struct row_change *changes, size_t count,
                       char error[STORE_ERROR_SIZE])
{
    const struct lmdb *lmdb = context;
    MDB_txn *transaction;
    const struct row_change **sorted = row_batch_sort(changes, &count);
    int code = sorted == NULL ? ENOMEM : mdb_txn_begin(lmdb->environment, NULL, 0, &transaction);
    code = code == 0 ? write_all(lmdb, transaction, sorted, count, error)
                     : lmdb_failed(lmdb, "cannot begin to write", code, error);
    free(sorted);
    return code;
}

/* ------------------------------------------------------------------ making and ending */

static void lmdb_close(void *context)
{
    struct lmdb *lmdb = context;
    mdb_cursor_close(lmdb->got.cursor);
    mdb_cursor_close(lmdb->sought.cursor);
    if (lmdb->seen != NULL)
        mdb_txn_abort(lmdb->seen);
    mdb_env_close(lmdb->environment);
    free(lmdb);
}

/* Opens the database of groups, or makes it in an environment that has none. */
static int open_database(struct lmdb *lmdb)
{
    MDB_stat main;
    MDB_txn *transaction;
    int code = mdb_env_stat(lmdb->environment, &main);
    if (code == 0)
        code = mdb_txn_begin(lmdb->environment, NULL, 0, &transaction);
    if (code != 0)
        return code;
    code = main.ms_entries > 1
               ? MDB_NOTFOUND
               : mdb_dbi_open(transaction, GROUP_DATABASE, main.ms_entries == 0 ? MDB_CREATE : 0,
                              &lmdb->database);
    if (code == 0)
        return mdb_txn_commit(transaction);
    mdb_txn_abort(transaction);
    return code == MDB_NOTFOUND ? OTHER_FORM : code;
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
    if (code == 0)
        code = mdb_env_set_maxdbs(lmdb->environment, 1);
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
    return code;
}

static int begin_to_read(struct lmdb *lmdb)
{
    int code = mdb_txn_begin(lmdb->environment, NULL, MDB_RDONLY, &lmdb->seen);
    if (code == 0)
        code = mdb_cursor_open(lmdb->seen, lmdb->database, &lmdb->got.cursor);
    if (code == 0)
        code = mdb_cursor_open(lmdb->seen, lmdb->database, &lmdb->sought.cursor);
    return code;
}

static int open_failed(const struct lmdb *lmdb, int code, char error[STORE_ERROR_SIZE])
{
    if (code != OTHER_FORM)
        return lmdb_failed(lmdb, "cannot open", code, error);
    snprintf(error, STORE_ERROR_SIZE,
             "state in %s: another version wrote it, in another form; remove the folder and load a "
             "snapshot or replay the block log",
             lmdb->folder);
    return -1;
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
    if (code == 0)
        code = open_database(lmdb);
    if (code == 0)
        code = begin_to_read(lmdb);
    if (code != 0) {
        open_failed(lmdb, code, error);
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
