// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>

#include "host/store/snapshot_format.h"

/* So much is committed at a time. */
#define BATCH_ROWS  16384u
#define BATCH_BYTES (16u << 20)

/* Rows on their way into a row store. */
struct batch {
    const struct row_store *store;
    struct row_change changes[BATCH_ROWS];
    size_t count;
    uint8_t *memory; /* of keys and values, BATCH_BYTES */
    size_t bytes;
};

static struct batch *make_batch(const struct row_store *store)
{
    struct batch *batch = calloc(1, sizeof *batch);
    if (batch == NULL)
        return NULL;
    batch->store = store;
    batch->memory = malloc(BATCH_BYTES);
    if (batch->memory != NULL)
        return batch;
    free(batch);
    return NULL;
}

static void free_batch(struct batch *batch)
{
    free(batch->memory);
    free(batch);
}

static int flush_batch(struct batch *batch, char error[STORE_ERROR_SIZE])
{
    const struct row_store *store = batch->store;
    int code =
        batch->count == 0 ? 0 : store->commit(store->context, batch->changes, batch->count, error);
    batch->count = 0;
    batch->bytes = 0;
    return code;
}

static struct bytes keep(struct batch *batch, struct bytes bytes)
{
    uint8_t *copy = batch->memory + batch->bytes;
    if (bytes.size != 0)
        memcpy(copy, bytes.data, bytes.size);
    batch->bytes += bytes.size;
    return (struct bytes){copy, bytes.size};
}

static int add_to_batch(void *user, struct bytes key, struct bytes value, char *error)
{
    struct batch *batch = user;
    if ((batch->count == BATCH_ROWS || key.size + value.size > BATCH_BYTES - batch->bytes) &&
        flush_batch(batch, error) != 0)
        return -1;
    batch->changes[batch->count++] =
        (struct row_change){.key = keep(batch, key), .value = keep(batch, value)};
    return 0;
}

/* Marks the first rows for removal, as many as a batch has. */
static int add_erasures(struct batch *batch, char error[STORE_ERROR_SIZE])
{
    const struct row_store *store = batch->store;
    uint8_t next[ROW_KEY_BYTES_MAX + 1];
    size_t next_bytes = 0;
    struct bytes key, value;
    while (batch->count < BATCH_ROWS) {
        int found = store->seek(store->context, (struct bytes){next, next_bytes}, false, &key,
                                &value, error);
        if (found <= 0)
            return found;
        struct row_change erasure = {.key = keep(batch, key), .erase = true};
        batch->changes[batch->count++] = erasure;
        memcpy(next, key.data, key.size);
        next[key.size] = 0;
        next_bytes = key.size + 1;
    }
    return 0;
}

/* What an earlier load left. */
static int erase_rows(struct batch *batch, char error[STORE_ERROR_SIZE])
{
    const struct row_store *store = batch->store;
    for (;;) {
        if (add_erasures(batch, error) != 0)
            return -1;
        if (batch->count == 0)
            return 0;
        if (flush_batch(batch, error) != 0 || store->refresh(store->context, error) != 0)
            return -1;
    }
}

/* Makes the store one without any rows, if it is one without a checkpoint. */
static int empty_store(struct batch *batch, const char *path, char error[STORE_ERROR_SIZE])
{
    const struct row_store *store = batch->store;
    struct bytes key, value;
    if (store->refresh(store->context, error) != 0)
        return -1;
    int found = store->seek(store->context, (struct bytes){NULL, 0}, false, &key, &value, error);
    if (found <= 0)
        return found;
    if (state_mark_is_key(key))
        return snapshot_failed(path, "not loaded", "there is a state already", error);
    return erase_rows(batch, error);
}

static int commit_mark(const struct row_store *store, const struct snapshot_info *info,
                       const struct state_sum *sum, char error[STORE_ERROR_SIZE])
{
    struct state_mark mark = {.height = info->height, .sum = *sum};
    uint8_t value[STATE_MARK_BYTES];
    memcpy(mark.block_id, info->block_id, sizeof mark.block_id);
    memcpy(mark.chain_id, info->chain_id, sizeof mark.chain_id);
    state_mark_write(&mark, value);
    struct row_change change = {.key = state_mark_key(), .value = {value, sizeof value}};
    if (store->commit(store->context, &change, 1, error) != 0)
        return -1;
    return store->refresh(store->context, error);
}

int snapshot_load(const struct disk *disk, const char *path, const struct row_store *store,
                  struct snapshot_info *info, char error[STORE_ERROR_SIZE])
{
    struct state_sum sum;
    struct batch *batch = make_batch(store);
    if (batch == NULL)
        return snapshot_failed(path, "not loaded", "no memory", error);
    int code = empty_store(batch, path, error);
    if (code == 0)
        code = snapshot_read(disk, path, add_to_batch, batch, info, &sum, error);
    if (code == 0)
        code = flush_batch(batch, error);
    free_batch(batch);
    return code == 0 ? commit_mark(store, info, &sum, error) : code;
}
