// SPDX-License-Identifier: Apache-2.0
#include "host/store/read_cache.h"

#include <string.h>

const struct cached_row *read_cache_find(const struct read_cache *cache, struct bytes key,
                                         uint64_t hash)
{
    const struct cached_row *place = &cache->places[hash % READ_CACHE_PLACES];
    bool found = place->hash == hash && place->key_size == key.size &&
                 memcmp(place->key, key.data, key.size) == 0;
    return found ? place : NULL;
}

void read_cache_keep(struct read_cache *cache, struct bytes key, uint64_t hash, struct bytes value)
{
    if (key.size > READ_CACHE_KEY_BYTES)
        return;
    struct cached_row *place = &cache->places[hash % READ_CACHE_PLACES];
    place->hash = hash;
    place->value = value;
    place->key_size = (uint8_t)key.size;
    memcpy(place->key, key.data, key.size);
}

void read_cache_clear(struct read_cache *cache)
{
    memset(cache, 0, sizeof *cache);
}
