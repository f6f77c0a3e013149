// SPDX-License-Identifier: Apache-2.0
#include "host/ledger/trace_index.h"

#include <assert.h>
#include <errno.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "host/store/lmdb_file.h"

#define ID_BYTES     32u
#define HEIGHT_BYTES 4u

/* Where the id of the last block stands: no transaction id is as short. */
static char last_key[] = "last";

struct trace_index {
    MDB_env *env;
    MDB_dbi rows;
    block_id_t last;
};

static int fail(char error[STORE_ERROR_SIZE], const char *what, int code)
{
    snprintf(error, STORE_ERROR_SIZE, "index of transactions: %s: %s", what, mdb_strerror(code));
    return -1;
}

static MDB_val value_of(const void *data, size_t bytes)
{
    return (MDB_val){.mv_size = bytes, .mv_data = (void *)data}; /* LMDB does not write to it */
}

/* ------------------------------------------------------------------ making and ending */

static int open_environment(struct trace_index *index, const char *folder)
{
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return errno;
    int code = mdb_env_create(&index->env);
    if (code == 0)
        code = mdb_env_set_mapsize(index->env, TRACE_INDEX_BYTES_MAX);
    /* Readers come from any thread, one transaction each. */
    if (code == 0)
        code = mdb_env_open(index->env, folder, MDB_NOTLS | MDB_NORDAHEAD, 0600);
    if (code == 0)
        code = lmdb_file_pad(index->env);
    return code;
}

static int read_last(MDB_txn *txn, struct trace_index *index)
{
    MDB_val key = value_of(last_key, sizeof last_key), value;
    int code = mdb_get(txn, index->rows, &key, &value);
    if (code == MDB_NOTFOUND)
        return 0;
    if (code == 0 && value.mv_size != sizeof index->last.bytes)
        return MDB_CORRUPTED;
    if (code == 0)
        memcpy(index->last.bytes, value.mv_data, sizeof index->last.bytes);
    return code;
}

static int open_rows(struct trace_index *index)
{
    MDB_txn *txn;
    int code = mdb_txn_begin(index->env, NULL, 0, &txn);
    if (code != 0)
        return code;
    code = mdb_dbi_open(txn, NULL, 0, &index->rows);
    if (code == 0)
        code = read_last(txn, index);
    if (code != 0) {
        mdb_txn_abort(txn);
        return code;
    }
    return mdb_txn_commit(txn);
}

int trace_index_open(const char *folder, struct trace_index **out, char error[STORE_ERROR_SIZE])
{
    struct trace_index *index = calloc(1, sizeof *index);
    if (index == NULL)
        return fail(error, "opening", ENOMEM);
    int code = open_environment(index, folder);
    if (code == 0)
        code = open_rows(index);
    if (code == 0) {
        *out = index;
        return 0;
    }
    trace_index_close(index);
    snprintf(error, STORE_ERROR_SIZE,
             "index of transactions in %s: %s; remove that folder and start again: it is made "
             "anew from the trace log",
             folder, mdb_strerror(code));
    return -1;
}

void trace_index_close(struct trace_index *index)
{
    if (index == NULL)
        return;
    if (index->env != NULL)
        mdb_env_close(index->env);
    free(index);
}

block_id_t trace_index_last(const struct trace_index *index)
{
    return index->last;
}

/* ------------------------------------------------------------------ changing */

static int put_ids(MDB_txn *txn, MDB_dbi rows, const struct trace_index_block *block)
{
    uint8_t height[HEIGHT_BYTES];
    struct writer writer = writer_of(height, sizeof height);
    write_u32(&writer, block->height);
    MDB_val value = value_of(height, sizeof height);
    for (unsigned i = 0; i < block->count; i++) {
        MDB_val key = value_of(block->ids + (size_t)i * ID_BYTES, ID_BYTES);
        int code = mdb_put(txn, rows, &key, &value, 0);
        if (code != 0)
            return code;
    }
    return 0;
}

static int put_blocks(MDB_txn *txn, MDB_dbi rows, const struct trace_index_block *blocks,
                      size_t count, const block_id_t *last)
{
    for (size_t i = 0; i < count; i++) {
        int code = put_ids(txn, rows, &blocks[i]);
        if (code != 0)
            return code;
    }
    MDB_val key = value_of(last_key, sizeof last_key);
    MDB_val value = value_of(last->bytes, sizeof last->bytes);
    return mdb_put(txn, rows, &key, &value, 0);
}

int trace_index_append(struct trace_index *index, const struct trace_index_block *blocks,
                       size_t count, const block_id_t *last, char error[STORE_ERROR_SIZE])
{
    MDB_txn *txn;
    int code = mdb_txn_begin(index->env, NULL, 0, &txn);
    if (code != 0)
        return fail(error, "beginning to write", code);
    code = put_blocks(txn, index->rows, blocks, count, last);
    if (code != 0)
        mdb_txn_abort(txn);
    else
        code = mdb_txn_commit(txn);
    if (code != 0)
        return fail(error, "writing", code);
    index->last = *last;
    return 0;
}

int trace_index_clear(struct trace_index *index, char error[STORE_ERROR_SIZE])
{
    MDB_txn *txn;
    int code = mdb_txn_begin(index->env, NULL, 0, &txn);
    if (code != 0)
        return fail(error, "beginning to clear", code);
    code = mdb_drop(txn, index->rows, 0);
    if (code != 0)
        mdb_txn_abort(txn);
    else
        code = mdb_txn_commit(txn);
    if (code != 0)
        return fail(error, "clearing", code);
    index->last = (block_id_t){{0}};
    return 0;
}

/* ------------------------------------------------------------------ looking up */

int trace_index_find(struct trace_index *index, const uint8_t id[32], uint32_t *height,
                     char error[STORE_ERROR_SIZE])
{
    MDB_txn *txn;
    int code = mdb_txn_begin(index->env, NULL, MDB_RDONLY, &txn);
    if (code != 0)
        return fail(error, "beginning to read", code);
    MDB_val key = value_of(id, ID_BYTES), value;
    code = mdb_get(txn, index->rows, &key, &value);
    if (code == 0 && value.mv_size != HEIGHT_BYTES)
        code = MDB_CORRUPTED;
    if (code == 0) {
        struct reader reader = reader_of(value.mv_data, value.mv_size);
        *height = read_u32(&reader);
    }
    mdb_txn_abort(txn);
    if (code == 0)
        return 1;
    return code == MDB_NOTFOUND ? 0 : fail(error, "reading", code);
}
