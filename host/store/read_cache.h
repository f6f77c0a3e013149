/* SPDX-License-Identifier: Apache-2.0 */
/* What was read from the row store, so that a row which a block reads, writes and seals is looked
 * up once. Holds views that the store keeps valid; cleared when it does not any more. Bounded: each
 * hash has one place, a later row takes it. */
#ifndef HOST_STORE_READ_CACHE_H
#define HOST_STORE_READ_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "host/base/bytes.h"

#define READ_CACHE_PLACES    (1u << 15) /* a power of two */
#define READ_CACHE_KEY_BYTES 47u        /* longer keys are not kept */

struct cached_row {
    uint64_t hash;
    struct bytes value; /* data NULL: the store has no such row */
    uint8_t key_size;   /* 0: nothing here */
    uint8_t key[READ_CACHE_KEY_BYTES];
};

/* Starts as all zeros. */
struct read_cache {
    struct cached_row places[READ_CACHE_PLACES];
};

/* NULL: not known. `hash` is any hash of the key, always the same one. */
const struct cached_row *read_cache_find(const struct read_cache *cache, struct bytes key,
                                         uint64_t hash);
/* `value` with data NULL: not there. */
void read_cache_keep(struct read_cache *cache, struct bytes key, uint64_t hash, struct bytes value);
void read_cache_clear(struct read_cache *cache);

#endif
