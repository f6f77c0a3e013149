// SPDX-License-Identifier: Apache-2.0
#include "host/intake/pool.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define MS_PER_S 1000
/* Of a full pool, in a bucket. A pool that is nearly empty, as it mostly is, has its tables in the
 * cache. */
#define BUCKET_ENTRIES 2u

struct pool_account {
    name_t name;
    unsigned count; /* of its transactions; never 0 in the table */
    struct pool_account *next;
};

/* ------------------------------------------------------------------ lines */

void pool_line_push(struct pool_line *line, struct pool_entry *entry)
{
    entry->next = NULL;
    if (line->head == NULL)
        line->head = entry;
    else
        line->tail->next = entry;
    line->tail = entry;
}

void pool_line_push_front(struct pool_line *line, struct pool_entry *entry)
{
    entry->next = line->head;
    if (line->head == NULL)
        line->tail = entry;
    line->head = entry;
}

struct pool_entry *pool_line_pop(struct pool_line *line)
{
    struct pool_entry *entry = line->head;
    if (entry != NULL)
        line->head = entry->next;
    return entry;
}

/* ------------------------------------------------------------------ making and ending */

/* Odd, for the multiplication below to lose nothing. */
static uint64_t random_key(void)
{
    uint64_t key = 0;
    /* 8 bytes are given whole or, before the machine has entropy, not at all: then the key is known
     * and buckets can be aimed at until the next start, which costs time, not answers. */
    ssize_t got = getrandom(&key, sizeof key, GRND_NONBLOCK);
    (void)got;
    return key | 1;
}

static unsigned bits_for(unsigned count)
{
    unsigned bits = 4;
    while (bits < 31 && (1u << bits) < count)
        bits++;
    return bits;
}

bool pool_init(struct pool *pool, const struct pool_limits *limits)
{
    size_t count = limits->transactions_max;
    *pool = (struct pool){.limits = *limits,
                          .hash_key = random_key(),
                          .bucket_bits = bits_for(limits->transactions_max / BUCKET_ENTRIES),
                          .expires_first = UINT32_MAX};
    size_t buckets = (size_t)1 << pool->bucket_bits;
    pool->slab = calloc(count, sizeof *pool->slab);
    pool->buckets = calloc(buckets, sizeof *pool->buckets);
    pool->account_slab = calloc(count, sizeof *pool->account_slab);
    pool->account_buckets = calloc(buckets, sizeof *pool->account_buckets);
    pool->ready = calloc(count, sizeof *pool->ready);
    if (pool->slab != NULL && pool->buckets != NULL && pool->account_slab != NULL &&
        pool->account_buckets != NULL && pool->ready != NULL)
        return true;
    pool_free(pool);
    return false;
}

void pool_free(struct pool *pool)
{
    free(pool->ready);
    free(pool->account_buckets);
    free(pool->account_slab);
    free(pool->buckets);
    free(pool->slab);
}

/* ------------------------------------------------------------------ tables */

/* Multiplicative hashing with a random factor (Dietzfelbinger et al. 1997): two given values meet
 * in a bucket with a probability of at most 2 / buckets. */
static size_t bucket_of(const struct pool *pool, uint64_t value)
{
    return (size_t)(value * pool->hash_key >> (64 - pool->bucket_bits));
}

static uint64_t word_of(const uint8_t id[32])
{
    uint64_t word;
    memcpy(&word, id, sizeof word);
    return word;
}

struct pool_entry *pool_find(const struct pool *pool, const uint8_t id[32])
{
    uint64_t word = word_of(id);
    struct pool_entry *entry = pool->buckets[bucket_of(pool, word)];
    while (entry != NULL &&
           (entry->id_word != word || memcmp(entry->entry.transaction->id, id, 32) != 0))
        entry = entry->bucket_next;
    return entry;
}

static void unlink_id(struct pool *pool, struct pool_entry *entry)
{
    struct pool_entry **link = &pool->buckets[bucket_of(pool, entry->id_word)];
    while (*link != entry)
        link = &(*link)->bucket_next;
    *link = entry->bucket_next;
}

static struct pool_account *find_account(const struct pool *pool, name_t name)
{
    struct pool_account *account = pool->account_buckets[bucket_of(pool, name)];
    while (account != NULL && account->name != name)
        account = account->next;
    return account;
}

/* Cannot run out: there are as many accounts as there may be transactions. */
static struct pool_account *add_account(struct pool *pool, name_t name)
{
    struct pool_account *account = pool->account_free;
    if (account != NULL) {
        pool->account_free = account->next;
    } else {
        assert(pool->account_fresh < pool->limits.transactions_max);
        account = &pool->account_slab[pool->account_fresh++];
    }
    struct pool_account **bucket = &pool->account_buckets[bucket_of(pool, name)];
    *account = (struct pool_account){.name = name, .next = *bucket};
    *bucket = account;
    return account;
}

static void drop_account(struct pool *pool, struct pool_account *account)
{
    assert(account->count > 0);
    if (--account->count > 0)
        return;
    struct pool_account **link = &pool->account_buckets[bucket_of(pool, account->name)];
    while (*link != account)
        link = &(*link)->next;
    *link = account->next;
    account->next = pool->account_free;
    pool->account_free = account;
}

/* ------------------------------------------------------------------ entries */

size_t pool_bytes(const struct signed_transaction *transaction)
{
    return transaction->transaction.packed.size +
           (transaction->compressed ? transaction->wire.size : 0);
}

name_t pool_authorizer(const struct transaction *transaction)
{
    for (unsigned i = 0; i < transaction->action_count; i++)
        if (transaction->actions[i].authorization_count > 0)
            return transaction->actions[i].authorizations[0].actor;
    return 0;
}

static struct pool_entry *take_free(struct pool *pool)
{
    struct pool_entry *entry = pool_line_pop(&pool->free);
    return entry != NULL ? entry : &pool->slab[pool->fresh++];
}

/* Whether there is room for `bytes` more of this account. */
static bool has_room(const struct pool *pool, name_t authorizer, size_t bytes,
                     struct ledger_error *error)
{
    const struct pool_limits *limits = &pool->limits;
    if (pool->count >= limits->transactions_max)
        return ledger_fail(error, LEDGER_POOL_FULL,
                           "%u transactions are waiting, and that is the most; try again later",
                           pool->count);
    if (bytes > limits->bytes_max - pool->bytes)
        return ledger_fail(error, LEDGER_POOL_FULL,
                           "transactions of %zu bytes are waiting, of %zu that may; try again "
                           "later",
                           pool->bytes, limits->bytes_max);
    const struct pool_account *account = find_account(pool, authorizer);
    if (account != NULL && account->count >= limits->account_max) {
        char name[NAME_TEXT_SIZE];
        name_text(authorizer, name);
        return ledger_fail(error, LEDGER_ACCOUNT_POOL_FULL,
                           "%u transactions of %s are waiting, and that is the most; try again "
                           "later",
                           account->count, name);
    }
    return true;
}

struct pool_entry *pool_add(struct pool *pool, struct intake_request *request,
                            struct ledger_error *error)
{
    struct signed_transaction *transaction = request->transaction;
    name_t authorizer = pool_authorizer(&transaction->transaction);
    size_t bytes = pool_bytes(transaction);
    if (pool_find(pool, transaction->id) != NULL) {
        ledger_fail(error, LEDGER_TX_DUPLICATE, "the transaction is waiting already");
        return NULL;
    }
    if (!has_room(pool, authorizer, bytes, error))
        return NULL;
    struct pool_account *account = find_account(pool, authorizer);
    if (account == NULL)
        account = add_account(pool, authorizer);
    account->count++;
    struct pool_entry *entry = take_free(pool);
    uint64_t word = word_of(transaction->id);
    struct pool_entry **bucket = &pool->buckets[bucket_of(pool, word)];
    entry->entry.transaction = transaction;
    entry->entry.key_count = 0;
    entry->entry.by_card = false;
    entry->request = request;
    entry->account = account;
    entry->arrival = pool->arrivals++;
    entry->id_word = word;
    entry->bucket_next = *bucket;
    entry->sent = entry->answered = 0;
    entry->failed = false;
    *bucket = entry;
    pool->count++;
    pool->bytes += bytes;
    return entry;
}

void pool_remove(struct pool *pool, struct pool_entry *entry)
{
    unlink_id(pool, entry);
    drop_account(pool, entry->account);
    pool->count--;
    pool->bytes -= pool_bytes(entry->entry.transaction);
    pool_line_push_front(&pool->free, entry); /* the one used last is the warmest */
}

/* ------------------------------------------------------------------ order */

static void sift_up(struct pool_ready *heap, unsigned place)
{
    struct pool_ready one = heap[place];
    while (place > 0 && heap[(place - 1) / 2].arrival > one.arrival) {
        heap[place] = heap[(place - 1) / 2];
        place = (place - 1) / 2;
    }
    heap[place] = one;
}

static void sift_down(struct pool_ready *heap, unsigned count, unsigned place)
{
    struct pool_ready one = heap[place];
    for (;;) {
        unsigned child = 2 * place + 1;
        if (child + 1 < count && heap[child + 1].arrival < heap[child].arrival)
            child++;
        if (child >= count || heap[child].arrival > one.arrival)
            break;
        heap[place] = heap[child];
        place = child;
    }
    heap[place] = one;
}

static uint32_t expiration(const struct pool_entry *entry)
{
    return entry->entry.transaction->transaction.expiration;
}

void pool_make_ready(struct pool *pool, struct pool_entry *entry)
{
    assert(pool->ready_count < pool->count);
    pool->ready[pool->ready_count] = (struct pool_ready){entry->arrival, entry};
    sift_up(pool->ready, pool->ready_count++);
    if (expiration(entry) < pool->expires_first)
        pool->expires_first = expiration(entry);
}

struct pool_entry *pool_take(struct pool *pool)
{
    if (pool->ready_count == 0)
        return NULL;
    struct pool_entry *entry = pool->ready[0].entry;
    pool->ready[0] = pool->ready[--pool->ready_count];
    if (pool->ready_count > 0)
        sift_down(pool->ready, pool->ready_count, 0);
    return entry;
}

void pool_take_expired(struct pool *pool, int64_t unix_ms, struct pool_line *line)
{
    if ((int64_t)pool->expires_first * MS_PER_S >= unix_ms)
        return;
    unsigned kept = 0;
    pool->expires_first = UINT32_MAX;
    for (unsigned i = 0; i < pool->ready_count; i++) {
        struct pool_entry *entry = pool->ready[i].entry;
        if ((int64_t)expiration(entry) * MS_PER_S < unix_ms) {
            pool_line_push(line, entry);
            continue;
        }
        if (expiration(entry) < pool->expires_first)
            pool->expires_first = expiration(entry);
        pool->ready[kept++] = pool->ready[i];
    }
    pool->ready_count = kept;
    for (unsigned i = kept / 2; i-- > 0;)
        sift_down(pool->ready, kept, i);
}
