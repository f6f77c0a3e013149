/* SPDX-License-Identifier: Apache-2.0 */
/* Intake: from a transaction that somebody sent to one whose signers are known.
 *
 *   api --submit--> CHECKED --recover jobs--> offload --done--> READY --take--> chain --finish-->
 * api
 *
 * A transaction is prechecked before anything is spent on it, its signatures become recover jobs
 * (verify jobs for SM2) that offload batches, and those whose signers are known wait, in the order
 * of their arrival, until whoever produces blocks takes them: that is the pool.
 *
 * LIMITS. transactions_max and bytes_max in all, account_max of one first authorizer: beyond them a
 * submission is refused at once, so that load costs errors, not memory. A submission of a
 * transaction that is in the pool is refused as a duplicate. The first authorizer is what the
 * transaction says, before anybody knows whether the account signed it: others can use up an
 * account's share for as long as it takes to find their signatures wrong.
 *
 * A signer that the ledger finds to satisfy no authority may be a card's mistake: intake_recheck
 * recovers again on this CPU, within a budget (a token a rechecked transaction; one comes back for
 * each recheck_earn that a card answered and the ledger accepted), so that senders of bad
 * signatures cannot make the CPU do the card's work.
 *
 * ORDER. Of the transactions that are ready the one that arrived first is taken; one whose
 * signatures take longer to recover may be overtaken meanwhile.
 *
 * BACK-PRESSURE. When offload is full, signatures wait in a line inside the pool, so it is the
 * pool's limits that refuse.
 *
 * THREADS. submit, stats and holds: any. take, recheck, finish, keep, expire and destroy: one
 * thread, the producer's.
 * LOCKS. submit takes the chain's lock for the precheck; nothing else here does, so the producer
 * may hold it. intake's own lock is held across no call of anybody's: it stands behind every other.
 */
#ifndef HOST_INTAKE_INTAKE_H
#define HOST_INTAKE_INTAKE_H

#include "host/ledger/chain.h"
#include "host/offload/offload.h"

struct intake;

struct intake_options {
    struct offload *offload;
    struct chain *chain;
    unsigned transactions_max; /* 0: 65,536 */
    size_t bytes_max;          /* of packed transactions; 0: 256 MiB */
    unsigned account_max;      /* 0: 16,384 */
    unsigned recheck_budget;   /* 0: 256 */
    unsigned recheck_earn;     /* 0: 16 */
    /* Something is ready to be taken. From any thread, must not block. */
    void (*ready)(void *user);
    void *user;
};

/* A submission: the caller's memory until done() is called. */
struct intake_request {
    struct signed_transaction *transaction; /* a reference of the request's; released by intake */
    /* Once, from the producer's thread (or from submit's, for a refusal: then submit returns false
     * and done is not called). `trace` is borrowed. When the transaction never reached the ledger
     * trace is NULL and `error` says why. */
    void (*done)(struct intake_request *request, struct transaction_trace *trace,
                 const struct ledger_error *error);
    void *user;
};

/* A transaction whose signers are known. */
struct intake_entry {
    struct signed_transaction *transaction;
    unsigned key_count;
    struct public_key keys[TRANSACTION_SIGNATURES_MAX];
    bool by_card; /* a card recovered at least one of them */
};

struct intake *intake_create(const struct intake_options *options); /* NULL: no memory */
/* Refuses what is still in it with LEDGER_INTERNAL ("the node is shutting down"). Nobody submits
 * any more, what was taken has been finished, and nobody else gives offload, which must be alive,
 * new work. */
void intake_destroy(struct intake *intake);

/* False with *error: refused; the request is as it was. */
bool intake_submit(struct intake *intake, struct intake_request *request,
                   struct ledger_error *error);

/* The next ready entry; NULL: none. It is the caller's until intake_finish or intake_keep, and
 * still in the pool: several may be taken at a time. One whose signatures are wrong is refused here
 * and never seen. */
struct intake_entry *intake_take(struct intake *intake);
/* Recovers the entry's keys on the CPU. True when they differ from the card's (the entry has the
 * right ones now: none at all when a signature is nobody's), false when they are the same, or the
 * budget is used up. */
bool intake_recheck(struct intake *intake, struct intake_entry *entry);
/* The ledger's answer: calls done, forgets the entry. */
void intake_finish(struct intake *intake, struct intake_entry *entry,
                   struct transaction_trace *trace);
/* Puts an entry back to where it was: the block is full. */
void intake_keep(struct intake *intake, struct intake_entry *entry);
/* Refuses those of the ready ones that have expired by `slot`. */
void intake_expire(struct intake *intake, uint32_t slot);

struct intake_stats {
    uint64_t submitted, refused, ready, finished, expired;
    uint64_t refused_duplicate, refused_pool, refused_account;
    uint64_t keys_by_card, keys_by_cpu;
    uint64_t rechecks, recheck_differed, recheck_denied;
    unsigned in_pool; /* all that are in it: being recovered, and ready */
    unsigned in_pool_ready;
    size_t bytes;
};
void intake_stats(struct intake *intake, struct intake_stats *stats);
bool intake_holds(struct intake *intake, const uint8_t id[32]);

#endif
