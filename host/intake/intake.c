// SPDX-License-Identifier: Apache-2.0
#include "host/intake/intake.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "host/intake/pool.h"
#include "host/intake/recovery.h"

#define TRANSACTIONS_MAX 65536u
#define BYTES_MAX        ((size_t)256 << 20)
#define ACCOUNT_MAX      16384u
#define RECHECK_BUDGET   256u
#define RECHECK_EARN     16u
/* Signatures at offload at a time; below offload's own default limit, so that others of its callers
 * find room while the pool is full. */
#define SLOTS_MAX   4096u
#define END_LOOK_NS CLOCK_NS_PER_S

/* A signature at offload, or a place for one. */
struct slot {
    struct recovery recovery;
    struct intake *intake;
    struct pool_entry *entry;
    unsigned signature;
    struct slot *next; /* free, or the next signature of the same entry */
};

struct intake {
    struct intake_options options;
    uint8_t chain_id[32];
    struct slot *slots;

    pthread_mutex_t lock; /* of what follows, and of what is in the pool's entries */
    bool stopping;
    struct pool pool;
    struct pool_line unsent; /* with signatures that offload does not have yet, in order */
    struct slot *slots_free;
    unsigned slots_fresh, slots_left;
    unsigned recheck_tokens, recheck_earned;
    struct intake_stats stats;
};

/* ------------------------------------------------------------------ making */

static void take_defaults(struct intake_options *options)
{
    if (options->transactions_max == 0)
        options->transactions_max = TRANSACTIONS_MAX;
    if (options->bytes_max == 0)
        options->bytes_max = BYTES_MAX;
    if (options->account_max == 0)
        options->account_max = ACCOUNT_MAX;
    if (options->recheck_budget == 0)
        options->recheck_budget = RECHECK_BUDGET;
    if (options->recheck_earn == 0)
        options->recheck_earn = RECHECK_EARN;
}

static bool init(struct intake *intake)
{
    const struct intake_options *options = &intake->options;
    const struct pool_limits limits = {.transactions_max = options->transactions_max,
                                       .bytes_max = options->bytes_max,
                                       .account_max = options->account_max};
    intake->slots = calloc(SLOTS_MAX, sizeof *intake->slots);
    if (intake->slots == NULL)
        return false;
    if (pthread_mutex_init(&intake->lock, NULL) != 0)
        return false;
    if (pool_init(&intake->pool, &limits))
        return true;
    pthread_mutex_destroy(&intake->lock);
    return false;
}

struct intake *intake_create(const struct intake_options *options)
{
    struct intake *intake = calloc(1, sizeof *intake);
    if (intake == NULL)
        return NULL;
    intake->options = *options;
    take_defaults(&intake->options);
    intake->slots_left = SLOTS_MAX;
    intake->recheck_tokens = intake->options.recheck_budget;
    memcpy(intake->chain_id, chain_id(options->chain), sizeof intake->chain_id);
    if (init(intake))
        return intake;
    free(intake->slots);
    free(intake);
    return NULL;
}

/* ------------------------------------------------------------------ answers */

/* A right answer of a card pays for a look at a wrong one. The lock is held. */
static void earn_token(struct intake *intake)
{
    if (++intake->recheck_earned < intake->options.recheck_earn)
        return;
    intake->recheck_earned = 0;
    if (intake->recheck_tokens < intake->options.recheck_budget)
        intake->recheck_tokens++;
}

/* Forgets an entry that is in no line, and answers its request: with the ledger's trace, or with an
 * error when it never came that far. */
static void answer(struct intake *intake, struct pool_entry *entry, struct transaction_trace *trace,
                   const struct ledger_error *error)
{
    struct intake_request *request = entry->request;
    struct signed_transaction *transaction = entry->entry.transaction;
    pthread_mutex_lock(&intake->lock);
    intake->stats.finished += trace != NULL;
    if (trace != NULL && trace->executed && entry->entry.by_card)
        earn_token(intake);
    pool_remove(&intake->pool, entry); /* somebody else's from here on */
    pthread_mutex_unlock(&intake->lock);
    request->done(request, trace, error);
    signed_transaction_release(transaction);
}

/* ------------------------------------------------------------------ to offload */

static void give_back_slot(struct intake *intake, struct slot *slot)
{
    slot->next = intake->slots_free;
    intake->slots_free = slot;
    intake->slots_left++;
}

/* A slot for each signature of the entry that offload does not have yet, or NULL when there are not
 * so many. The lock is held. */
static struct slot *take_slots(struct intake *intake, struct pool_entry *entry)
{
    unsigned first = entry->sent, count = entry->entry.transaction->signature_count;
    struct slot *slots = NULL;
    if (count - first > intake->slots_left)
        return NULL;
    for (unsigned i = count; i-- > first;) {
        struct slot *slot = intake->slots_free;
        if (slot != NULL)
            intake->slots_free = slot->next;
        else
            slot = &intake->slots[intake->slots_fresh++];
        intake->slots_left--;
        slot->intake = intake;
        slot->entry = entry;
        slot->signature = i;
        slot->next = slots;
        slots = slot;
    }
    return slots;
}

/* The keys are there, or one is not: whether the ledger can have it. The lock is held, and nobody
 * else has the entry. */
static void check_keys(struct pool_entry *entry)
{
    const struct public_key *keys = entry->entry.keys;
    unsigned count = entry->entry.transaction->signature_count;
    for (unsigned i = 1; i < count && !entry->failed; i++)
        for (unsigned j = 0; j < i && !entry->failed; j++)
            if (memcmp(&keys[i], &keys[j], sizeof keys[i]) == 0)
                entry->failed = !ledger_fail(&entry->failure, LEDGER_TX_DUPLICATE_SIG,
                                             "signatures %u and %u are of the same key", j, i);
    entry->entry.key_count = entry->failed ? 0 : count;
}

static void fail_signature(struct pool_entry *entry, unsigned signature)
{
    entry->failed = !ledger_fail(&entry->failure, LEDGER_AUTHORIZATION,
                                 "signature %u is no key's signature of this transaction on this "
                                 "chain",
                                 signature);
}

/* All signatures are answered. Returns whether somebody has to be told. The lock is held. */
static bool make_ready(struct intake *intake, struct pool_entry *entry)
{
    check_keys(entry);
    pool_make_ready(&intake->pool, entry);
    intake->stats.ready++;
    return intake->pool.ready_count == 1 && !intake->stopping;
}

/* `found`: the signature's key is in the entry. Returns whether the line may move on. */
static bool take_answer(struct slot *slot, bool found, bool by_card)
{
    struct intake *intake = slot->intake;
    struct pool_entry *entry = slot->entry;
    bool tell = false;
    pthread_mutex_lock(&intake->lock);
    if (by_card)
        intake->stats.keys_by_card++;
    else
        intake->stats.keys_by_cpu++;
    entry->entry.by_card = entry->entry.by_card || by_card;
    if (!found)
        fail_signature(entry, slot->signature);
    give_back_slot(intake, slot);
    if (++entry->answered == entry->entry.transaction->signature_count)
        tell = make_ready(intake, entry);
    bool more = intake->unsent.head != NULL && !intake->stopping;
    pthread_mutex_unlock(&intake->lock);
    if (tell)
        intake->options.ready(intake->options.user);
    return more;
}

static void send_waiting(struct intake *intake);

static void on_done(struct offload_job *job)
{
    struct slot *slot = job->user;
    struct intake *intake = slot->intake;
    struct intake_entry *entry = &slot->entry->entry;
    const struct signature *signature = &entry->transaction->signatures[slot->signature];
    bool found = recovery_key(&slot->recovery, signature, &entry->keys[slot->signature]);
    if (take_answer(slot, found, job->by_card))
        send_waiting(intake);
}

/* Puts an entry back at the front of the line, with the slots that it did not need. */
static void hold_back(struct intake *intake, struct pool_entry *entry, struct slot *slots)
{
    pthread_mutex_lock(&intake->lock);
    entry->sent = (uint8_t)slots->signature;
    for (struct slot *slot = slots, *next; slot != NULL; slot = next) {
        next = slot->next;
        give_back_slot(intake, slot);
    }
    pool_line_push_front(&intake->unsent, entry);
    pthread_mutex_unlock(&intake->lock);
}

/* Hands one entry's signatures to offload. False when offload is full: then the entry is back in
 * the line. Nobody else sends this entry; once its last signature is sent, it may be gone. */
static bool send_entry(struct intake *intake, struct pool_entry *entry, struct slot *slots)
{
    const struct signature *signatures = entry->entry.transaction->signatures;
    for (struct slot *slot = slots, *next; slot != NULL; slot = next) {
        next = slot->next; /* a slot that was sent is offload's, and then somebody else's */
        if (!recovery_prepare_var(&slot->recovery, &signatures[slot->signature], entry->digest)) {
            (void)take_answer(slot, false, false); /* who sends from the line does so in a loop */
            continue;
        }
        slot->recovery.job.done = on_done;
        slot->recovery.job.user = slot;
        if (offload_submit(intake->options.offload, &slot->recovery.job) != OFFLOAD_OK) {
            hold_back(intake, entry, slot);
            return false;
        }
    }
    return true;
}

/* Sends from the line until it is empty or offload is full. */
static void send_waiting(struct intake *intake)
{
    for (;;) {
        pthread_mutex_lock(&intake->lock);
        struct pool_entry *entry = intake->unsent.head;
        struct slot *slots = entry != NULL && !intake->stopping ? take_slots(intake, entry) : NULL;
        if (slots != NULL)
            (void)pool_line_pop(&intake->unsent);
        pthread_mutex_unlock(&intake->lock);
        if (slots == NULL || !send_entry(intake, entry, slots))
            return;
    }
}

/* ------------------------------------------------------------------ submitting */

static bool check_signatures(const struct signed_transaction *transaction,
                             struct ledger_error *error)
{
    const struct signature *signatures = transaction->signatures;
    for (unsigned i = 0; i < transaction->signature_count; i++) {
        if (!signature_canonical(&signatures[i]))
            return ledger_fail(error, LEDGER_AUTHORIZATION, "signature %u is not canonical", i);
        for (unsigned j = 0; j < i; j++)
            if (memcmp(&signatures[i], &signatures[j], sizeof signatures[i]) == 0)
                return ledger_fail(error, LEDGER_TX_DUPLICATE_SIG,
                                   "signatures %u and %u are the same", j, i);
    }
    return true;
}

static bool precheck(struct intake *intake, const struct signed_transaction *transaction,
                     struct ledger_error *error)
{
    if (!check_signatures(transaction, error))
        return false;
    chain_lock(intake->options.chain);
    bool good = chain_precheck(intake->options.chain, transaction, error);
    chain_unlock(intake->options.chain);
    return good;
}

static void count_refusal(struct intake *intake, enum ledger_error_code code)
{
    intake->stats.refused++;
    if (code == LEDGER_TX_DUPLICATE)
        intake->stats.refused_duplicate++;
    else if (code == LEDGER_POOL_FULL)
        intake->stats.refused_pool++;
    else if (code == LEDGER_ACCOUNT_POOL_FULL)
        intake->stats.refused_account++;
}

/* What a new entry needs next. */
struct admission {
    struct pool_entry *entry; /* NULL: refused */
    struct slot *slots;       /* to be sent at once; NULL: it has no signatures, or waits */
    bool tell;                /* it is ready */
};

/* The lock is held. */
static struct admission admit(struct intake *intake, struct intake_request *request,
                              const uint8_t digest[32], struct ledger_error *error)
{
    struct admission admission = {0};
    if (intake->stopping) {
        ledger_fail(error, LEDGER_INTERNAL, "the node is shutting down");
        return admission;
    }
    struct pool_entry *entry = pool_add(&intake->pool, request, error);
    admission.entry = entry;
    if (entry == NULL)
        return admission;
    memcpy(entry->digest, digest, sizeof entry->digest);
    if (request->transaction->signature_count == 0)
        admission.tell = make_ready(intake, entry);
    else if (intake->unsent.head == NULL)
        admission.slots = take_slots(intake, entry);
    if (request->transaction->signature_count != 0 && admission.slots == NULL)
        pool_line_push(&intake->unsent, entry); /* behind those that came before */
    return admission;
}

bool intake_submit(struct intake *intake, struct intake_request *request,
                   struct ledger_error *error)
{
    const struct signed_transaction *transaction = request->transaction;
    struct admission admission = {0};
    uint8_t digest[32];
    *error = (struct ledger_error){.code = LEDGER_OK};
    bool good = precheck(intake, transaction, error);
    if (good)
        transaction_digest(intake->chain_id, transaction->transaction.packed, digest);
    pthread_mutex_lock(&intake->lock);
    if (good)
        admission = admit(intake, request, digest, error);
    if (admission.entry != NULL)
        intake->stats.submitted++;
    else
        count_refusal(intake, error->code);
    pthread_mutex_unlock(&intake->lock);
    if (admission.entry == NULL)
        return false;
    if (admission.tell)
        intake->options.ready(intake->options.user);
    if (admission.slots != NULL)
        (void)send_entry(intake, admission.entry, admission.slots); /* full: it waits in the line */
    else
        send_waiting(intake);
    return true;
}

/* ------------------------------------------------------------------ rechecks */

static bool spend_token(struct intake *intake)
{
    pthread_mutex_lock(&intake->lock);
    bool spent = intake->recheck_tokens > 0;
    if (spent) {
        intake->recheck_tokens--;
        intake->stats.rechecks++;
    } else {
        intake->stats.recheck_denied++;
    }
    pthread_mutex_unlock(&intake->lock);
    return spent;
}

/* Recovers a taken entry's keys here, whatever the card said. True when that changes anything. */
static bool recover_here_var(struct intake *intake, struct pool_entry *entry)
{
    const struct signed_transaction *transaction = entry->entry.transaction;
    struct public_key before[TRANSACTION_SIGNATURES_MAX];
    size_t bytes = transaction->signature_count * sizeof before[0];
    bool failed_before = entry->failed;
    memcpy(before, entry->entry.keys, bytes);
    entry->failed = false;
    entry->entry.by_card = false;
    for (unsigned i = 0; i < transaction->signature_count; i++)
        if (!signature_key_var(&transaction->signatures[i], entry->digest, &entry->entry.keys[i]))
            fail_signature(entry, i);
    check_keys(entry);
    bool differs = failed_before != entry->failed ||
                   (!entry->failed && memcmp(before, entry->entry.keys, bytes) != 0);
    pthread_mutex_lock(&intake->lock);
    intake->stats.recheck_differed += differs;
    pthread_mutex_unlock(&intake->lock);
    return differs;
}

bool intake_recheck(struct intake *intake, struct intake_entry *entry)
{
    return spend_token(intake) && recover_here_var(intake, (struct pool_entry *)entry);
}

/* ------------------------------------------------------------------ the producer's side */

/* Whether a failed entry can be executed after all: it was a card that found a signature wrong, and
 * this machine finds it right. */
static bool saved_by_recheck(struct intake *intake, struct pool_entry *entry)
{
    return entry->entry.by_card && spend_token(intake) && recover_here_var(intake, entry) &&
           !entry->failed;
}

struct intake_entry *intake_take(struct intake *intake)
{
    for (;;) {
        pthread_mutex_lock(&intake->lock);
        struct pool_entry *entry = pool_take(&intake->pool);
        bool stuck = entry == NULL && intake->unsent.head != NULL;
        pthread_mutex_unlock(&intake->lock);
        /* Others had filled offload, so that no answer of ours will send what waits. */
        if (stuck)
            send_waiting(intake);
        if (entry == NULL)
            return NULL;
        if (!entry->failed || saved_by_recheck(intake, entry))
            return &entry->entry;
        answer(intake, entry, NULL, &entry->failure);
    }
}

void intake_finish(struct intake *intake, struct intake_entry *entry,
                   struct transaction_trace *trace)
{
    answer(intake, (struct pool_entry *)entry, trace, NULL);
}

void intake_keep(struct intake *intake, struct intake_entry *entry)
{
    pthread_mutex_lock(&intake->lock);
    pool_make_ready(&intake->pool, (struct pool_entry *)entry);
    pthread_mutex_unlock(&intake->lock);
}

void intake_expire(struct intake *intake, uint32_t slot)
{
    struct pool_line expired = {0};
    struct pool_entry *entry;
    struct ledger_error error;
    pthread_mutex_lock(&intake->lock);
    pool_take_expired(&intake->pool, slot_unix_ms(slot), &expired);
    for (entry = expired.head; entry != NULL; entry = entry->next)
        intake->stats.expired++;
    pthread_mutex_unlock(&intake->lock);
    ledger_fail(&error, LEDGER_EXPIRED_TX, "it expired while it waited for a block");
    while ((entry = pool_line_pop(&expired)) != NULL)
        answer(intake, entry, NULL, &error);
}

/* ------------------------------------------------------------------ questions, and the end */

void intake_stats(struct intake *intake, struct intake_stats *stats)
{
    pthread_mutex_lock(&intake->lock);
    *stats = intake->stats;
    stats->in_pool = intake->pool.count;
    stats->in_pool_ready = intake->pool.ready_count;
    stats->bytes = intake->pool.bytes;
    pthread_mutex_unlock(&intake->lock);
}

bool intake_holds(struct intake *intake, const uint8_t id[32])
{
    pthread_mutex_lock(&intake->lock);
    bool holds = pool_find(&intake->pool, id) != NULL;
    pthread_mutex_unlock(&intake->lock);
    return holds;
}

void intake_destroy(struct intake *intake)
{
    struct ledger_error error;
    struct pool_entry *entry;
    pthread_mutex_lock(&intake->lock);
    intake->stopping = true;
    pthread_mutex_unlock(&intake->lock);
    while (!offload_wait(intake->options.offload, 0, END_LOOK_NS))
        ; /* every answer that is on its way has been taken once nothing is in flight */
    ledger_fail(&error, LEDGER_INTERNAL, "the node is shutting down");
    while ((entry = pool_line_pop(&intake->unsent)) != NULL)
        answer(intake, entry, NULL, &error);
    while ((entry = pool_take(&intake->pool)) != NULL)
        answer(intake, entry, NULL, &error);
    assert(intake->pool.count == 0); /* what was taken has been finished */
    pool_free(&intake->pool);
    pthread_mutex_destroy(&intake->lock);
    free(intake->slots);
    free(intake);
}
