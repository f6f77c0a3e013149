/* SPDX-License-Identifier: Apache-2.0 */
/* The seam behind the state: an ordered store of rows, changed by whole batches. LMDB fills it
 * (row_store_lmdb); another engine can. The content must be rebuildable from snapshot and log, so a
 * store may be lost, but must not lie: it keeps checksums with its rows and checks them on reading.
 */
#ifndef HOST_STORE_ROW_STORE_H
#define HOST_STORE_ROW_STORE_H

#include <string.h>

#include "host/base/bytes.h"
#include "host/store/record_log.h"

#define ROW_KEY_BYTES_MAX   256u
#define ROW_VALUE_BYTES_MAX (1u << 20)

/* The order of rows: byte by byte, a prefix first. */
static inline int bytes_compare(struct bytes a, struct bytes b)
{
    size_t common = a.size < b.size ? a.size : b.size;
    int order = common != 0 ? memcmp(a.data, b.data, common) : 0;
    return order != 0 ? order : (a.size > b.size) - (a.size < b.size);
}

struct row_change {
    struct bytes key;
    bool erase;
    struct bytes value;
};

/* 1: found; 0: not there; -1: damaged or failed, with a text. */
struct row_store {
    /* In the version that the last refresh saw. The value is the store's, valid until the next
     * refresh. One thread at a time. */
    int (*get)(void *context, struct bytes key, struct bytes *value, char error[STORE_ERROR_SIZE]);
    /* The first row at or behind `key` (or the last in front of it, when `reverse`: below `key`).
     * The key may have a byte more than a row's; an empty one is in front of all rows, or behind
     * all when `reverse`. The key found is the store's, valid until the next seek, which must not
     * be given it. */
    int (*seek)(void *context, struct bytes key, bool reverse, struct bytes *found,
                struct bytes *value, char error[STORE_ERROR_SIZE]);
    /* Makes get and seek see what was committed last. */
    int (*refresh)(void *context, char error[STORE_ERROR_SIZE]);
    /* Writes a batch, all or nothing, durable when it returns 0. May run in another thread than get
     * and seek, which go on seeing the version before. */
    int (*commit)(void *context, const struct row_change *changes, size_t count,
                  char error[STORE_ERROR_SIZE]);
    /* All rows in order, of the last committed version, from any thread, while others go on. Stops
     * when `row` returns other than 0, and returns that. */
    int (*each)(void *context, int (*row)(void *user, struct bytes key, struct bytes value),
                void *user, char error[STORE_ERROR_SIZE]);
    /* Bytes on disk in use. */
    uint64_t (*size)(void *context);
    void (*close)(void *context);
    void *context;
};

/* An LMDB environment in `folder` (made when it is not there), of at most `bytes_max`. */
int row_store_lmdb(const char *folder, uint64_t bytes_max, struct row_store *store,
                   char error[STORE_ERROR_SIZE]);
/* In memory, for tests and simulations. */
int row_store_memory(struct row_store *store, char error[STORE_ERROR_SIZE]);

#endif
