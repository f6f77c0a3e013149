// SPDX-License-Identifier: Apache-2.0
/* Intake on a chain that executes nothing, the CPU backend, and a card that lies. */
#include "host/intake/intake.h"

#include <pthread.h>
#include <time.h>

#include "host/crypto/digest.h"
#include "tests/unit/check.h"
#include "tests/unit/intake_chain.h"
#include "tests/unit/intake_rig.h"
#include "tests/unit/offload_fake_card.h"

#define EXPIRATION 2000000000u
#define MANY       300u

static struct chain chain;
static struct offload *offload;
static struct intake *intake;
static struct rig_request requests[MANY];
static atomic_uint told;

static void on_ready(void *user)
{
    CHECK(user == &told);
    atomic_fetch_add(&told, 1);
}

static void start_with(const struct offload_options *offload_options,
                       struct intake_options intake_options)
{
    char error[OFFLOAD_TEXT_SIZE];
    fake_chain_init(&chain, 1);
    CHECK_EQ(offload_create(offload_options, &offload, error), 0);
    intake_options.offload = offload;
    intake_options.chain = &chain;
    intake_options.ready = on_ready;
    intake_options.user = &told;
    intake = intake_create(&intake_options);
    CHECK(intake != NULL);
    atomic_store(&told, 0);
}

static void start(void)
{
    start_with(&(struct offload_options){.workers = 2}, (struct intake_options){0});
}

static void end(void)
{
    intake_destroy(intake);
    offload_destroy(offload);
    fake_chain_free(&chain);
}

static struct intake_stats stats(void)
{
    struct intake_stats now;
    intake_stats(intake, &now);
    return now;
}

/* Submits requests[i]. */
static bool submit(unsigned i, struct signed_transaction *transaction, struct ledger_error *error)
{
    rig_request_init(&requests[i], transaction);
    return intake_submit(intake, &requests[i].request, error);
}

static void submit_good(unsigned i, struct signed_transaction *transaction)
{
    struct ledger_error error;
    CHECK(submit(i, transaction, &error));
    CHECK_EQ(error.code, LEDGER_OK);
}

static void refuses(struct signed_transaction *transaction, enum ledger_error_code code)
{
    struct ledger_error error;
    uint64_t refused = stats().refused;
    CHECK(!submit(MANY - 1, transaction, &error));
    CHECK_EQ(error.code, code);
    CHECK(error.message[0] != '\0');
    CHECK_EQ(atomic_load(&requests[MANY - 1].answers), 0);
    CHECK_EQ(stats().refused, refused + 1);
    signed_transaction_release(transaction); /* it is still ours */
}

static struct intake_entry *take_next(void)
{
    struct intake_entry *entry;
    while ((entry = intake_take(intake)) == NULL)
        (void)nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
    return entry;
}

static void finish(struct intake_entry *entry, bool executed)
{
    struct transaction_trace trace = {.references = 1, .executed = executed, .height = 7};
    intake_finish(intake, entry, &trace);
}

static struct signed_transaction *simple(unsigned number)
{
    struct private_key key = rig_key(KEY_K1, 1);
    return rig_transaction(name_of("alice"), number, EXPIRATION, &key, 1);
}

/* ------------------------------------------------------------------ keys */

static void test_keys_of_both_curves_are_recovered(void)
{
    struct private_key keys[4] = {rig_key(KEY_K1, 1), rig_key(KEY_SM2, 2), rig_key(KEY_K1, 3),
                                  rig_key(KEY_SM2, 4)};
    start();
    submit_good(0, rig_transaction(name_of("alice"), 1, EXPIRATION, keys, 4));
    CHECK(intake_holds(intake, requests[0].request.transaction->id));
    struct intake_entry *entry = take_next();
    CHECK(entry->transaction == requests[0].request.transaction);
    CHECK_EQ(entry->key_count, 4);
    CHECK(!entry->by_card);
    for (unsigned i = 0; i < 4; i++) {
        struct public_key expected;
        CHECK(private_key_public(&keys[i], &expected));
        CHECK_MEM(&entry->keys[i], &expected, sizeof expected);
    }
    finish(entry, true);
    CHECK_EQ(atomic_load(&requests[0].answers), 1);
    CHECK(requests[0].executed);
    CHECK_EQ(requests[0].height, 7);
    CHECK_EQ(stats().keys_by_cpu, 4);
    CHECK_EQ(stats().in_pool, 0);
    end();
}

static void test_a_transaction_without_signatures_passes(void)
{
    start();
    submit_good(0, rig_transaction(name_of("alice"), 1, EXPIRATION, NULL, 0));
    CHECK_EQ(atomic_load(&told), 1);
    struct intake_entry *entry = take_next();
    CHECK_EQ(entry->key_count, 0);
    finish(entry, false);
    CHECK(requests[0].had_trace && !requests[0].executed);
    end();
}

static void test_signatures_that_are_refused_at_once(void)
{
    struct private_key key = rig_key(KEY_K1, 1);
    struct signature signatures[2];
    uint8_t digest[32];
    start();
    rig_digest(name_of("alice"), 1, EXPIRATION, digest);
    CHECK(private_key_sign(&key, digest, &signatures[0]));
    signatures[1] = signatures[0];
    refuses(rig_transaction_signed(name_of("alice"), 1, EXPIRATION, signatures, 2),
            LEDGER_TX_DUPLICATE_SIG);
    signatures[0].bytes[0] = 40; /* no recovery id */
    refuses(rig_transaction_signed(name_of("alice"), 1, EXPIRATION, signatures, 1),
            LEDGER_AUTHORIZATION);
    memset(signatures[1].bytes + 33, 0xFF, 32); /* s is not low */
    refuses(rig_transaction_signed(name_of("alice"), 1, EXPIRATION, &signatures[1], 1),
            LEDGER_AUTHORIZATION);
    end();
}

/* Canonical, but its r is the x of no point: about every second number is none. */
static struct signature nobodys_signature(uint32_t number)
{
    struct signature signature = {.type = KEY_K1, .bytes = {[0] = 31, [1] = 1, [33] = 1}};
    struct public_key key;
    uint8_t digest[32];
    rig_digest(name_of("alice"), number, EXPIRATION, digest);
    while (signature_key_var(&signature, digest, &key))
        signature.bytes[32]++;
    CHECK(signature_canonical(&signature));
    return signature;
}

/* What only shows when the keys are there is answered from take, with no trace. */
static void test_signatures_that_fail_later(void)
{
    struct signature k1 = nobodys_signature(1), sm2 = {.type = KEY_SM2};
    struct private_key keys[2] = {rig_key(KEY_SM2, 2), rig_key(KEY_SM2, 2)};
    start();
    submit_good(0, rig_transaction_signed(name_of("alice"), 1, EXPIRATION, &k1, 1));
    memset(sm2.bytes, 0xFF, sizeof sm2.bytes); /* x is beyond p */
    sm2.bytes[0] = 2;
    memset(sm2.bytes + 33, 1, 64);
    CHECK(signature_canonical(&sm2));
    submit_good(1, rig_transaction_signed(name_of("alice"), 2, EXPIRATION, &sm2, 1));
    /* SM2 signs with a random nonce: two different signatures of one key. */
    submit_good(2, rig_transaction(name_of("alice"), 3, EXPIRATION, keys, 2));
    submit_good(3, simple(4));
    struct intake_entry *entry;
    while (stats().ready < 4)
        (void)nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
    entry = take_next();
    CHECK(entry->transaction == requests[3].request.transaction);
    finish(entry, true);
    static const enum ledger_error_code codes[] = {LEDGER_AUTHORIZATION, LEDGER_AUTHORIZATION,
                                                   LEDGER_TX_DUPLICATE_SIG};
    for (unsigned i = 0; i < 3; i++) {
        CHECK_EQ(atomic_load(&requests[i].answers), 1);
        CHECK(!requests[i].had_trace);
        CHECK_EQ(requests[i].code, codes[i]);
    }
    end();
}

/* ------------------------------------------------------------------ the pool */

static void test_order_and_keeping(void)
{
    start();
    for (unsigned i = 0; i < 3; i++)
        submit_good(i, simple(i));
    while (stats().in_pool_ready < 3)
        (void)nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
    struct intake_entry *first = take_next(), *second = take_next();
    CHECK(first->transaction == requests[0].request.transaction);
    CHECK(second->transaction == requests[1].request.transaction);
    intake_keep(intake, second);
    intake_keep(intake, first);
    for (unsigned i = 0; i < 3; i++) {
        struct intake_entry *entry = take_next();
        CHECK(entry->transaction == requests[i].request.transaction);
        finish(entry, true);
    }
    CHECK_EQ(stats().finished, 3);
    end();
}

static void test_refusals_of_the_pool_and_of_the_ledger(void)
{
    start_with(&(struct offload_options){.workers = 1},
               (struct intake_options){.transactions_max = 2, .account_max = 1});
    submit_good(0, simple(0));
    refuses(simple(0), LEDGER_TX_DUPLICATE);
    refuses(simple(1), LEDGER_ACCOUNT_POOL_FULL);
    submit_good(1, rig_transaction(name_of("bob"), 0, EXPIRATION, NULL, 0));
    refuses(rig_transaction(name_of("carol"), 0, EXPIRATION, NULL, 0), LEDGER_POOL_FULL);
    chain.precheck_fails = LEDGER_EXPIRED_TX;
    refuses(simple(2), LEDGER_EXPIRED_TX);
    struct intake_stats now = stats();
    CHECK_EQ(now.submitted, 2);
    CHECK_EQ(now.refused, 4);
    CHECK_EQ(now.refused_duplicate, 1);
    CHECK_EQ(now.refused_pool, 1);
    CHECK_EQ(now.refused_account, 1);
    end();
}

static void test_expired_ones_are_answered(void)
{
    uint32_t slot = 1000; /* 946,684,800 + 500 seconds */
    struct private_key key = rig_key(KEY_K1, 1);
    start();
    submit_good(0, rig_transaction(name_of("alice"), 0, 946684800u + 499, &key, 1));
    submit_good(1, rig_transaction(name_of("alice"), 1, 946684800u + 500, &key, 1));
    while (stats().in_pool_ready < 2)
        (void)nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
    intake_expire(intake, slot);
    CHECK_EQ(atomic_load(&requests[0].answers), 1);
    CHECK_EQ(requests[0].code, LEDGER_EXPIRED_TX);
    CHECK_EQ(atomic_load(&requests[1].answers), 0);
    CHECK_EQ(stats().expired, 1);
    end();
}

static void test_the_end_answers_what_is_left(void)
{
    start();
    for (unsigned i = 0; i < 50; i++)
        submit_good(i, simple(i));
    finish(take_next(), true);
    end();
    for (unsigned i = 1; i < 50; i++) {
        CHECK_EQ(atomic_load(&requests[i].answers), 1);
        CHECK(!requests[i].had_trace);
        CHECK_EQ(requests[i].code, LEDGER_INTERNAL);
    }
}

/* Offload takes three jobs at a time, of entries with two signatures each. */
static void test_a_full_offload_only_delays(void)
{
    struct private_key keys[2] = {rig_key(KEY_K1, 1), rig_key(KEY_K1, 2)};
    start_with(&(struct offload_options){.workers = 2, .jobs_max = 3}, (struct intake_options){0});
    for (unsigned i = 0; i < 100; i++)
        submit_good(i, rig_transaction(name_of("alice"), i, EXPIRATION, keys, 2));
    for (unsigned i = 0; i < 100; i++) {
        struct intake_entry *entry = take_next();
        CHECK_EQ(entry->key_count, 2);
        finish(entry, true);
    }
    for (unsigned i = 0; i < 100; i++)
        CHECK_EQ(atomic_load(&requests[i].answers), 1);
    CHECK_EQ(stats().in_pool, 0);
    end();
}

/* One job at a time, and somebody else has it: no answer of intake's own will send what waits. */
static void test_what_waits_is_sent_by_take(void)
{
    start_with(&(struct offload_options){.workers = 1, .jobs_max = 1}, (struct intake_options){0});
    for (unsigned i = 0; i < 10; i++)
        submit_good(i, simple(i));
    for (unsigned i = 0; i < 10; i++)
        finish(take_next(), true);
    end();
}

/* ------------------------------------------------------------------ a card's mistakes */

static struct fake_card fake;
static struct clock real_clock;
static struct digest_context *digests;

/* A card that answers everything, with a wrong answer one in so many jobs; 0: none. */
static void start_with_card(unsigned budget, unsigned earn, unsigned wrong_one_in)
{
    real_clock = clock_monotonic();
    digests = digest_context_create();
    fake_card_init(&fake, &real_clock, digests, 1);
    fake.faults = FAKE_SINGLE_WRONG;
    fake.fault_one_in = wrong_one_in;
    struct offload_card card = fake_card_seam(&fake);
    start_with(&(struct offload_options){.workers = 1,
                                         .spare_cpu = true,
                                         .recheck_one_in = 1000000,
                                         .recheck_budget = 1,
                                         .backoff_ns = CLOCK_NS_PER_MS,
                                         .backoff_max_ns = CLOCK_NS_PER_MS,
                                         .batch_jobs = 1,
                                         .cards = &card,
                                         .card_count = 1},
               (struct intake_options){.recheck_budget = budget, .recheck_earn = earn});
}

static void end_with_card(void)
{
    end();
    digest_context_destroy(digests);
}

static void test_recheck_of_right_answers_changes_nothing(void)
{
    struct public_key key = rig_public(KEY_K1, 1);
    start_with_card(2, 2, 0);
    for (unsigned i = 0; i < 4; i++) {
        submit_good(i, simple(i));
        struct intake_entry *entry = take_next();
        CHECK(entry->by_card);
        CHECK(!intake_recheck(intake, entry));
        CHECK_MEM(&entry->keys[0], &key, sizeof key);
        CHECK_EQ(entry->by_card, i >= 2); /* the budget was two */
        finish(entry, false);
    }
    CHECK_EQ(stats().rechecks, 2);
    CHECK_EQ(stats().recheck_denied, 2);
    CHECK_EQ(stats().recheck_differed, 0);
    /* Two that a card answered and the ledger accepted earn one. */
    for (unsigned i = 4; i < 6; i++) {
        submit_good(i, simple(i));
        finish(take_next(), true);
    }
    submit_good(6, simple(6));
    struct intake_entry *entry = take_next();
    (void)intake_recheck(intake, entry);
    CHECK_EQ(stats().rechecks, 3);
    finish(entry, true);
    CHECK_EQ(stats().keys_by_card, 7);
    end_with_card();
}

/* Other bytes in the key: only the ledger can notice, and asks. */
static void test_recheck_finds_the_right_key(void)
{
    struct public_key key = rig_public(KEY_K1, 1);
    start_with_card(8, 8, 0);
    submit_good(0, simple(0));
    struct intake_entry *entry = take_next();
    CHECK(entry->by_card);
    entry->keys[0].bytes[5] ^= 1; /* as a card might have it */
    CHECK(intake_recheck(intake, entry));
    CHECK_MEM(&entry->keys[0], &key, sizeof key);
    CHECK_EQ(entry->key_count, 1);
    CHECK_EQ(stats().recheck_differed, 1);
    finish(entry, true);
    end_with_card();
}

static void test_recheck_takes_keys_away_from_a_signature_that_is_nobodys(void)
{
    struct signature k1 = nobodys_signature(0);
    start_with_card(8, 8, 0);
    submit_good(0, simple(0));
    struct intake_entry *entry = take_next();
    struct signed_transaction *right = entry->transaction;
    struct signed_transaction *nobodys =
        rig_transaction_signed(name_of("alice"), 0, EXPIRATION, &k1, 1);
    CHECK_MEM(right->id, nobodys->id, sizeof right->id); /* an id does not cover signatures */
    entry->transaction = nobodys;
    CHECK(intake_recheck(intake, entry));
    CHECK_EQ(entry->key_count, 0);
    entry->transaction = right;
    signed_transaction_release(nobodys);
    finish(entry, false);
    end_with_card();
}

/* The card finds good signatures bad. Offload's own rechecks are soon used up; intake's are not. */
static void test_a_signature_that_only_the_card_finds_wrong_is_saved(void)
{
    struct private_key key = rig_key(KEY_SM2, 1);
    struct public_key public_key = rig_public(KEY_SM2, 1);
    start_with_card(1000, 1, 8);
    for (unsigned i = 0; i < MANY; i++) {
        submit_good(i, rig_transaction(name_of("alice"), i, EXPIRATION, &key, 1));
        struct intake_entry *entry = take_next();
        CHECK_EQ(entry->key_count, 1);
        CHECK_MEM(&entry->keys[0], &public_key, sizeof public_key);
        finish(entry, true);
    }
    CHECK(stats().keys_by_card > 0);
    CHECK(stats().recheck_differed > 0);
    end_with_card();
}

int main(void)
{
    RUN(test_keys_of_both_curves_are_recovered);
    RUN(test_a_transaction_without_signatures_passes);
    RUN(test_signatures_that_are_refused_at_once);
    RUN(test_signatures_that_fail_later);
    RUN(test_order_and_keeping);
    RUN(test_refusals_of_the_pool_and_of_the_ledger);
    RUN(test_expired_ones_are_answered);
    RUN(test_the_end_answers_what_is_left);
    RUN(test_a_full_offload_only_delays);
    RUN(test_what_waits_is_sent_by_take);
    RUN(test_recheck_of_right_answers_changes_nothing);
    RUN(test_recheck_finds_the_right_key);
    RUN(test_recheck_takes_keys_away_from_a_signature_that_is_nobodys);
    RUN(test_a_signature_that_only_the_card_finds_wrong_is_saved);
    return 0;
}
