/* SPDX-License-Identifier: Apache-2.0 */
/* The pool's books: which transactions are in it, whose they are, and in which order those that are
 * ready are taken. Only books: no threads, no clock, no ledger; host/intake/intake.c holds a lock
 * around every call. All memory is taken at the start (pages of it that are never used cost
 * nothing), so that adding and removing allocate nothing.
 *
 *   pool_add --> unsent or being recovered --pool_make_ready--> ready --pool_take--> taken
 *                                                                 ^------pool_make_ready-'
 *   pool_remove forgets an entry that is in no line: being recovered, or taken.
 *
 * ORDER. Entries are numbered as they arrive, and of those that are ready the one with the lowest
 * number is taken: a transaction whose signature takes longer to recover may be overtaken, one that
 * is ready is not. */
#ifndef HOST_INTAKE_POOL_H
#define HOST_INTAKE_POOL_H

#include "host/intake/intake.h"

struct pool_account; /* how many transactions of a first authorizer are in the pool */

struct pool_entry {
    struct intake_entry entry; /* first, so that the one is found from the other */
    struct intake_request *request;
    struct pool_account *account;
    uint64_t arrival;
    uint64_t id_word; /* the id's first bytes, so that a search touches no other transaction */
    struct pool_entry *bucket_next; /* in its bucket of the table by id */
    struct pool_entry *next; /* in the one line that it is in, if any: free, unsent, expired */
    uint8_t digest[32];      /* that the signatures sign */
    uint8_t sent;            /* signatures handed to offload */
    uint8_t answered;        /* of them, by offload */
    bool failed;             /* `failure` says why it cannot be executed */
    struct ledger_error failure;
};

/* In the heap: the number beside the entry, so that comparing does not touch entries. */
struct pool_ready {
    uint64_t arrival;
    struct pool_entry *entry;
};

struct pool_line {
    struct pool_entry *head, *tail;
};
void pool_line_push(struct pool_line *line, struct pool_entry *entry);
void pool_line_push_front(struct pool_line *line, struct pool_entry *entry);
struct pool_entry *pool_line_pop(struct pool_line *line); /* NULL: empty */

struct pool_limits {
    unsigned transactions_max;
    size_t bytes_max;
    unsigned account_max;
};

struct pool {
    struct pool_limits limits;
    unsigned count;
    size_t bytes;
    uint64_t arrivals;
    uint64_t hash_key;    /* random: an id's bucket cannot be aimed at */
    unsigned bucket_bits; /* of both tables */
    struct pool_entry *slab;
    unsigned fresh; /* entries of the slab that have been used */
    struct pool_line free;
    struct pool_entry **buckets;
    struct pool_account *account_slab;
    unsigned account_fresh;
    struct pool_account *account_free;
    struct pool_account **account_buckets;
    struct pool_ready *ready; /* a heap by arrival */
    unsigned ready_count;
    uint32_t expires_first; /* no ready entry expires before this time, in seconds since 1970 */
};

/* False when memory is out; then nothing is to be freed. */
bool pool_init(struct pool *pool, const struct pool_limits *limits);
void pool_free(struct pool *pool);

/* A new entry for the request, neither ready nor in a line. NULL with *error: LEDGER_TX_DUPLICATE,
 * LEDGER_POOL_FULL, LEDGER_ACCOUNT_POOL_FULL. */
struct pool_entry *pool_add(struct pool *pool, struct intake_request *request,
                            struct ledger_error *error);
struct pool_entry *pool_find(const struct pool *pool, const uint8_t id[32]);
void pool_remove(struct pool *pool, struct pool_entry *entry);

void pool_make_ready(struct pool *pool, struct pool_entry *entry);
struct pool_entry *pool_take(struct pool *pool); /* NULL: none is ready */
/* Takes all ready entries that have expired at `unix_ms` out of their order and into `line`. */
void pool_take_expired(struct pool *pool, int64_t unix_ms, struct pool_line *line);

/* What a transaction counts against bytes_max. */
size_t pool_bytes(const struct signed_transaction *transaction);
/* The first authorizer: the actor of the first authorization of the first action that has one; 0
 * when there is none. */
name_t pool_authorizer(const struct transaction *transaction);

#endif
