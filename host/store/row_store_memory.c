// SPDX-License-Identifier: Apache-2.0
/* Rows in a sorted array that is never changed: a commit makes a new one, which shares the rows
 * that stay. Its cost grows with the number of rows, which is well for tests and simulations. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "host/store/row_batch.h"

struct memory_row {
    unsigned references;
    size_t key_size, value_size;
    uint8_t bytes[]; /* key, value */
};

struct version {
    unsigned references;
    size_t count;
    struct memory_row *rows[];
};

struct memory {
    pthread_mutex_t lock; /* of `committed` and of all reference counts */
    struct version *committed;
    struct version *seen; /* by get and seek */
};

static struct bytes key_of(const struct memory_row *row)
{
    return (struct bytes){row->bytes, row->key_size};
}

static struct bytes value_of(const struct memory_row *row)
{
    return (struct bytes){row->bytes + row->key_size, row->value_size};
}

static void release_row(struct memory_row *row)
{
    if (--row->references == 0)
        free(row);
}

/* With the lock held. */
static void release_version(struct version *version)
{
    if (--version->references != 0)
        return;
    for (size_t i = 0; i < version->count; i++)
        release_row(version->rows[i]);
    free(version);
}

static struct version *acquire_committed(struct memory *memory)
{
    pthread_mutex_lock(&memory->lock);
    struct version *version = memory->committed;
    version->references++;
    pthread_mutex_unlock(&memory->lock);
    return version;
}

static void release(struct memory *memory, struct version *version)
{
    pthread_mutex_lock(&memory->lock);
    release_version(version);
    pthread_mutex_unlock(&memory->lock);
}

/* ------------------------------------------------------------------ reading */

/* How many rows are below the key. */
static size_t rows_below(const struct version *version, struct bytes key)
{
    size_t low = 0, high = version->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (bytes_compare(key_of(version->rows[middle]), key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int memory_seek(void *context, struct bytes key, bool reverse, struct bytes *found,
                       struct bytes *value, char error[STORE_ERROR_SIZE])
{
    (void)error;
    const struct version *seen = ((const struct memory *)context)->seen;
    size_t place = reverse && key.size == 0 ? seen->count : rows_below(seen, key);
    if (place == (reverse ? 0 : seen->count))
        return 0;
    const struct memory_row *row = seen->rows[reverse ? place - 1 : place];
    *found = key_of(row);
    *value = value_of(row);
    return 1;
}

static int memory_get(void *context, struct bytes key, struct bytes *value,
                      char error[STORE_ERROR_SIZE])
{
    struct bytes found;
    return memory_seek(context, key, false, &found, value, error) == 1 &&
           bytes_compare(found, key) == 0;
}

static int memory_refresh(void *context, char error[STORE_ERROR_SIZE])
{
    (void)error;
    struct memory *memory = context;
    struct version *version = acquire_committed(memory);
    release(memory, memory->seen);
    memory->seen = version;
    return 0;
}

static int memory_each(void *context, int (*row)(void *user, struct bytes key, struct bytes value),
                       void *user, char error[STORE_ERROR_SIZE])
{
    (void)error;
    struct memory *memory = context;
    struct version *version = acquire_committed(memory);
    int code = 0;
    for (size_t i = 0; i < version->count && code == 0; i++)
        code = row(user, key_of(version->rows[i]), value_of(version->rows[i]));
    release(memory, version);
    return code;
}

static uint64_t memory_size(void *context)
{
    struct memory *memory = context;
    struct version *version = acquire_committed(memory);
    uint64_t bytes = 0;
    for (size_t i = 0; i < version->count; i++)
        bytes += version->rows[i]->key_size + version->rows[i]->value_size;
    release(memory, version);
    return bytes;
}

/* ------------------------------------------------------------------ writing */

static struct memory_row *make_row(const struct row_change *change)
{
    struct memory_row *row = malloc(sizeof *row + change->key.size + change->value.size);
    if (row == NULL)
        return NULL;
    row->references = 1;
    row->key_size = change->key.size;
    row->value_size = change->value.size;
    memcpy(row->bytes, change->key.data, change->key.size);
    if (change->value.size != 0)
        memcpy(row->bytes + change->key.size, change->value.data, change->value.size);
    return row;
}

/* `into` has room for all. False: out of memory, with what is in `into` so far to be released. */
static bool merge(struct version *into, const struct version *from,
                  const struct row_change **changes, size_t change_count)
{
    size_t i = 0, k = 0;
    while (i < from->count || k < change_count) {
        int order = i == from->count    ? 1
                    : k == change_count ? -1
                                        : bytes_compare(key_of(from->rows[i]), changes[k]->key);
        if (order < 0) {
            from->rows[i]->references++;
            into->rows[into->count++] = from->rows[i++];
            continue;
        }
        if (!changes[k]->erase) {
            struct memory_row *row = make_row(changes[k]);
            if (row == NULL)
                return false;
            into->rows[into->count++] = row;
        }
        k++;
        if (order == 0)
            i++;
    }
    return true;
}

static struct version *make_version(size_t rows_max)
{
    struct version *version = malloc(sizeof *version + rows_max * sizeof(struct memory_row *));
    if (version != NULL)
        *version = (struct version){.references = 1};
    return version;
}

static int memory_commit(void *context, const struct row_change *changes, size_t count,
                         char error[STORE_ERROR_SIZE])
{
    struct memory *memory = context;
    size_t change_count = count;
    const struct row_change **order = row_batch_sort(changes, &change_count);
    pthread_mutex_lock(&memory->lock);
    struct version *version = make_version(memory->committed->count + change_count);
    bool good =
        order != NULL && version != NULL && merge(version, memory->committed, order, change_count);
    struct version *obsolete = good ? memory->committed : version;
    if (good)
        memory->committed = version;
    if (obsolete != NULL)
        release_version(obsolete);
    pthread_mutex_unlock(&memory->lock);
    free(order);
    if (!good)
        snprintf(error, STORE_ERROR_SIZE, "no memory for a batch of %zu rows", count);
    return good ? 0 : -1;
}

/* ------------------------------------------------------------------ making and ending */

static void memory_close(void *context)
{
    struct memory *memory = context;
    release_version(memory->seen);
    release_version(memory->committed);
    pthread_mutex_destroy(&memory->lock);
    free(memory);
}

int row_store_memory(struct row_store *store, char error[STORE_ERROR_SIZE])
{
    struct memory *memory = calloc(1, sizeof *memory);
    struct version *version = make_version(0);
    if (memory == NULL || version == NULL || pthread_mutex_init(&memory->lock, NULL) != 0) {
        free(memory);
        free(version);
        snprintf(error, STORE_ERROR_SIZE, "no memory for a row store");
        return -1;
    }
    version->references = 2;
    memory->committed = version;
    memory->seen = version;
    *store = (struct row_store){.get = memory_get,
                                .seek = memory_seek,
                                .refresh = memory_refresh,
                                .commit = memory_commit,
                                .each = memory_each,
                                .size = memory_size,
                                .close = memory_close,
                                .context = memory};
    return 0;
}
