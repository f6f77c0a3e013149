// SPDX-License-Identifier: Apache-2.0
#include "host/api/abi_cache.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS 1024u

struct abi_share {
    _Atomic unsigned references; /* the cache has one while the share is in it */
    name_t account;
    bool exists;
    uint8_t hash[32]; /* the account's abi_hash: a sequence may repeat after an undone block */
    struct abi *abi;  /* NULL: none */
    size_t bytes;     /* packed */

    /* The cache's, under its lock. */
    uint64_t generation;             /* of the cache, when `hash` was compared last */
    struct abi_share *next;          /* in its bucket */
    struct abi_share *newer, *older; /* in order of use */
};

/* INVARIANT: a share is in its bucket and in the order of use, or in neither; `count` and `bytes`
 * are those of the shares that are. */
struct abi_cache {
    struct chain *chain;
    _Atomic uint64_t generation;
    pthread_mutex_t lock;
    struct abi_share *buckets[BUCKETS];
    struct abi_share *newest, *oldest;
    unsigned count;
    size_t bytes;
};

struct abi_cache *abi_cache_create(struct chain *chain)
{
    struct abi_cache *cache = calloc(1, sizeof *cache);
    if (cache == NULL)
        return NULL;
    cache->chain = chain;
    if (pthread_mutex_init(&cache->lock, NULL) != 0) {
        free(cache);
        return NULL;
    }
    return cache;
}

void abi_share_release(struct abi_share *share)
{
    if (share == NULL || atomic_fetch_sub(&share->references, 1) != 1)
        return;
    abi_free(share->abi);
    free(share);
}

const struct abi *abi_share_abi(const struct abi_share *share)
{
    return share != NULL ? share->abi : NULL;
}

bool abi_share_account_exists(const struct abi_share *share)
{
    return share != NULL && share->exists;
}

void abi_cache_changed(struct abi_cache *cache)
{
    atomic_fetch_add(&cache->generation, 1);
}

void abi_cache_watch(struct abi_cache *cache, const struct transaction_trace *trace)
{
    static _Atomic name_t setabi; /* packed once */
    name_t wanted = atomic_load_explicit(&setabi, memory_order_relaxed);
    if (wanted == 0) {
        wanted = name_of("setabi");
        atomic_store_explicit(&setabi, wanted, memory_order_relaxed);
    }
    for (unsigned i = 0; i < trace->action_count; i++)
        if (trace->actions[i].action->name == wanted) {
            abi_cache_changed(cache);
            return;
        }
}

/* ------------------------------------------------------------------ buckets and order, locked */
static struct abi_share **bucket_of(struct abi_cache *cache, name_t account)
{
    return &cache->buckets[(account * UINT64_C(0x9E3779B97F4A7C15)) >> 54];
}
_Static_assert(BUCKETS == 1u << 10, "the upper 10 bits choose the bucket");

static void order_remove(struct abi_cache *cache, struct abi_share *share)
{
    *(share->newer != NULL ? &share->newer->older : &cache->newest) = share->older;
    *(share->older != NULL ? &share->older->newer : &cache->oldest) = share->newer;
}

static void order_add(struct abi_cache *cache, struct abi_share *share)
{
    share->newer = NULL;
    share->older = cache->newest;
    *(cache->newest != NULL ? &cache->newest->newer : &cache->oldest) = share;
    cache->newest = share;
}

static struct abi_share *find(struct abi_cache *cache, name_t account)
{
    struct abi_share *share = *bucket_of(cache, account);
    while (share != NULL && share->account != account)
        share = share->next;
    return share;
}

static void forget(struct abi_cache *cache, struct abi_share *share)
{
    struct abi_share **link = bucket_of(cache, share->account);
    while (*link != share)
        link = &(*link)->next;
    *link = share->next;
    order_remove(cache, share);
    cache->count--;
    cache->bytes -= share->bytes;
    abi_share_release(share);
}

static void insert(struct abi_cache *cache, struct abi_share *share)
{
    struct abi_share *before = find(cache, share->account);
    if (before != NULL)
        forget(cache, before);
    while (cache->oldest != NULL &&
           (cache->count >= ABI_CACHE_ENTRIES || cache->bytes + share->bytes > ABI_CACHE_BYTES_MAX))
        forget(cache, cache->oldest);
    struct abi_share **bucket = bucket_of(cache, share->account);
    share->next = *bucket;
    *bucket = share;
    order_add(cache, share);
    cache->count++;
    cache->bytes += share->bytes;
    atomic_fetch_add(&share->references, 1);
}

void abi_cache_destroy(struct abi_cache *cache)
{
    if (cache == NULL)
        return;
    while (cache->oldest != NULL)
        forget(cache, cache->oldest);
    assert(cache->count == 0 && cache->bytes == 0);
    pthread_mutex_destroy(&cache->lock);
    free(cache);
}

/* ------------------------------------------------------------------ the state */
static bool same_abi(const struct abi_share *known, const struct abi_share *share)
{
    return known != NULL && known->exists == share->exists &&
           memcmp(known->hash, share->hash, sizeof share->hash) == 0;
}

/* Copies the account's packed ABI when it is not that of `known`. False when memory is out. */
static bool copy_packed(struct abi_cache *cache, name_t account, const struct abi_share *known,
                        struct abi_share *share, uint8_t **packed)
{
    struct account_row row;
    struct bytes value;
    bool enough = true;
    *packed = NULL;
    chain_lock(cache->chain);
    struct state *state = chain_state(cache->chain);
    share->exists = account_row_get(state, account, &row);
    if (share->exists)
        memcpy(share->hash, row.abi_hash, sizeof share->hash);
    bool same = same_abi(known, share);
    struct row_key key = abi_key(account);
    if (!same && share->exists && state_get(state, row_key_view(&key), &value) && value.size != 0) {
        share->bytes = value.size;
        *packed = malloc(value.size);
        enough = *packed != NULL;
        if (enough)
            memcpy(*packed, value.data, value.size);
    }
    chain_unlock(cache->chain);
    return enough;
}

/* A share of what the state says now: `known` when that still holds, or a new one. */
static struct abi_share *load(struct abi_cache *cache, name_t account, struct abi_share *known)
{
    struct abi_share *share = calloc(1, sizeof *share);
    uint8_t *packed;
    if (share == NULL)
        return NULL;
    atomic_init(&share->references, 1);
    share->account = account;
    if (!copy_packed(cache, account, known, share, &packed)) {
        free(share);
        return NULL;
    }
    if (same_abi(known, share)) {
        free(share);
        atomic_fetch_add(&known->references, 1);
        return known;
    }
    if (packed != NULL) {
        char error[ABI_ERROR_SIZE];
        share->abi = abi_read((struct bytes){packed, share->bytes}, error);
        free(packed);
    }
    return share;
}

struct abi_share *abi_cache_get(struct abi_cache *cache, name_t account)
{
    /* Read before the state: a change that comes in between is looked at again next time. */
    uint64_t generation = atomic_load(&cache->generation);
    pthread_mutex_lock(&cache->lock);
    struct abi_share *known = find(cache, account);
    if (known != NULL) {
        atomic_fetch_add(&known->references, 1);
        if (known != cache->newest) {
            order_remove(cache, known);
            order_add(cache, known);
        }
    }
    bool fresh = known != NULL && known->generation == generation;
    pthread_mutex_unlock(&cache->lock);
    if (fresh)
        return known;

    struct abi_share *share = load(cache, account, known);
    if (share != NULL) {
        pthread_mutex_lock(&cache->lock);
        share->generation = generation;
        if (find(cache, account) != share && share->bytes <= ABI_CACHE_BYTES_MAX)
            insert(cache, share);
        pthread_mutex_unlock(&cache->lock);
    }
    abi_share_release(known);
    return share;
}

/* ------------------------------------------------------------------ for transactions in JSON */
static const struct abi *lookup_find(void *context, name_t account)
{
    struct abi_lookup *lookup = context;
    if (lookup->count == TRANSACTION_ACTIONS_MAX)
        return NULL; /* asked more often than there are actions */
    struct abi_share *share = abi_cache_get(lookup->cache, account);
    lookup->shares[lookup->count++] = share;
    return abi_share_abi(share);
}

struct abi_source abi_lookup_source(struct abi_lookup *lookup, struct abi_cache *cache)
{
    lookup->cache = cache;
    lookup->count = 0;
    return (struct abi_source){lookup_find, lookup};
}

void abi_lookup_end(struct abi_lookup *lookup)
{
    for (unsigned i = 0; i < lookup->count; i++)
        abi_share_release(lookup->shares[i]);
    lookup->count = 0;
}
