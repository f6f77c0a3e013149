// SPDX-License-Identifier: Apache-2.0
/* Production on a chain that executes nothing and a clock that the test sets. The clock stands at
 * the last millisecond of a slot; a block is sealed when the test moves it on. */
#include "host/consensus/producer.h"

#include "host/crypto/digest.h"
#include "tests/unit/check.h"
#include "tests/unit/intake_chain.h"
#include "tests/unit/intake_rig.h"
#include "tests/unit/offload_fake_card.h"

#define EXPIRATION 2000000000u
#define FIRST_SLOT 1000u
#define MANY       200u

static uv_loop_t loop;
static struct chain chain;
static struct offload *offload;
static struct intake *intake;
static struct schedule schedule;
static struct producer *producer;
static struct rig_request requests[MANY];
static int64_t now_ms;
static unsigned fatals, stops;
static char fatal_text[CHAIN_ERROR_SIZE];

static struct fake_card fake;
static struct clock real_clock;
static struct digest_context *digests;

static int64_t test_clock(void *context)
{
    CHECK(context == &now_ms);
    return now_ms;
}

static void on_fatal(void *user, const char *text)
{
    CHECK(user == &fatals);
    fatals++;
    snprintf(fatal_text, sizeof fatal_text, "%s", text);
}

static void on_stopped(void *user)
{
    CHECK(user == &stops);
    stops++;
}

static void on_ready(void *user)
{
    (void)user;
    producer_wake(producer);
}

static void go_to_slot(uint32_t slot)
{
    now_ms = slot_unix_ms(slot) + SLOT_MS - 1;
}

static void step(void)
{
    (void)uv_run(&loop, UV_RUN_ONCE);
}

/* What comes before the producer; `card`: one answers the signatures. */
static void prepare(bool card)
{
    char error[OFFLOAD_TEXT_SIZE];
    struct offload_options options = {.workers = 1};
    struct offload_card seam;
    if (card) {
        real_clock = clock_monotonic();
        digests = digest_context_create();
        fake_card_init(&fake, &real_clock, digests, 1);
        seam = fake_card_seam(&fake);
        options.cards = &seam;
        options.card_count = 1;
        options.spare_cpu = true;
    }
    CHECK_EQ(uv_loop_init(&loop), 0);
    CHECK_EQ(offload_create(&options, &offload, error), 0);
    fake_chain_init(&chain, FIRST_SLOT);
    intake = intake_create(
        &(struct intake_options){.offload = offload, .chain = &chain, .ready = on_ready});
    CHECK(intake != NULL);
    fatals = stops = 0;
}

static void produce(void)
{
    struct public_key key = rig_public(KEY_K1, 9);
    schedule_single(&schedule, name_of("eosio"), &key);
    struct producer_options options = {.loop = &loop,
                                       .chain = &chain,
                                       .intake = intake,
                                       .schedule = &schedule,
                                       .name = name_of("eosio"),
                                       .key = rig_key(KEY_K1, 9),
                                       .unix_ms = test_clock,
                                       .clock_context = &now_ms,
                                       .fatal = on_fatal,
                                       .user = &fatals};
    producer = producer_create(&options);
    CHECK(producer != NULL);
}

static void start(void)
{
    prepare(false);
    go_to_slot(FIRST_SLOT + 10);
    produce();
}

static void stop(void)
{
    producer_stop(producer, on_stopped, &stops);
    while (stops == 0)
        step();
    CHECK_EQ(stops, 1);
}

static void end(void)
{
    stop();
    intake_destroy(intake);
    producer_destroy(producer);
    CHECK_EQ(uv_run(&loop, UV_RUN_DEFAULT), 0);
    CHECK_EQ(uv_loop_close(&loop), 0);
    offload_destroy(offload);
    fake_chain_free(&chain);
}

static struct producer_stats stats(void)
{
    struct producer_stats now;
    producer_stats(producer, &now);
    return now;
}

static void submit(unsigned i)
{
    struct private_key key = rig_key(KEY_K1, 1);
    struct ledger_error error;
    rig_request_init(&requests[i], rig_transaction(name_of("alice"), i, EXPIRATION, &key, 1));
    CHECK(intake_submit(intake, &requests[i].request, &error));
}

static void wait_for_answer(unsigned i)
{
    while (atomic_load(&requests[i].answers) == 0)
        step();
}

static void wait_until_ready(unsigned count)
{
    struct intake_stats now = {0};
    while (now.in_pool_ready < count)
        intake_stats(intake, &now);
}

static void wait_for_height(uint32_t height)
{
    while (chain.height < height)
        step();
}

static uint32_t locked_final(void)
{
    chain_lock(&chain);
    uint32_t final = chain.final;
    chain_unlock(&chain);
    return final;
}

/* ------------------------------------------------------------------ blocks and slots */

static void test_a_block_a_slot(void)
{
    struct public_key key, expected = rig_public(KEY_K1, 9);
    start();
    for (uint32_t i = 1; i <= 5; i++) {
        CHECK_EQ(chain.pending_slot, FIRST_SLOT + 10 + i); /* the slot under way ends with it */
        for (unsigned steps = 0; steps < 5; steps++)
            step();
        CHECK_EQ(chain.height, i); /* not before its time */
        go_to_slot(FIRST_SLOT + 10 + i);
        wait_for_height(i + 1);
        CHECK_EQ(chain.head.slot, FIRST_SLOT + 10 + i);
        CHECK_EQ(chain.head.producer, name_of("eosio"));
        CHECK(signature_key_var(&chain.signature, chain.signed_digest, &key));
        CHECK_MEM(&key, &expected, sizeof key);
    }
    while (locked_final() < 6)
        step();
    CHECK_EQ(stats().blocks, 5);
    CHECK_EQ(stats().slots_missed, 0);
    end();
    CHECK_EQ(chain.aborts, 1);
    CHECK(chain.checkpoints > 0);
    CHECK_EQ(fatals, 0);
}

static void test_slots_that_have_passed_are_left_out(void)
{
    start();
    go_to_slot(FIRST_SLOT + 30); /* the block of slot 11 is late, 12 to 30 are gone */
    wait_for_height(2);
    CHECK_EQ(chain.head.slot, FIRST_SLOT + 11);
    CHECK_EQ(chain.pending_slot, FIRST_SLOT + 31);
    CHECK_EQ(stats().slots_missed, 19);
    end();
}

static void test_a_clock_that_is_behind_makes_no_block_twice(void)
{
    prepare(false);
    go_to_slot(FIRST_SLOT - 3);
    produce();
    CHECK_EQ(chain.pending_slot, FIRST_SLOT + 1);
    for (uint32_t slot = FIRST_SLOT - 2; slot <= FIRST_SLOT; slot++) {
        go_to_slot(slot);
        CHECK_EQ(chain.height, 1);
    }
    go_to_slot(FIRST_SLOT + 1);
    wait_for_height(2);
    CHECK_EQ(chain.pending_slot, FIRST_SLOT + 2);
    CHECK_EQ(stats().slots_missed, 0);
    end();
}

/* As many blocks as may be are not final: after a restart, say. */
static void test_unfinal_blocks_become_final_first(void)
{
    prepare(false);
    chain.height = chain.appended = 1 + CHAIN_UNFINAL_MAX;
    go_to_slot(FIRST_SLOT + 10);
    produce();
    CHECK_EQ(chain.pending_slot, 0);
    while (locked_final() < 1 + CHAIN_UNFINAL_MAX)
        step();
    while (chain.pending_slot == 0)
        step();
    end();
}

/* ------------------------------------------------------------------ transactions */

static void test_transactions_go_into_the_block_in_order(void)
{
    start();
    for (unsigned i = 0; i < MANY; i++)
        submit(i);
    wait_until_ready(MANY);
    for (unsigned i = 0; i < MANY; i++)
        wait_for_answer(i);
    CHECK_EQ(chain.pushed_count, MANY);
    for (unsigned i = 0; i < MANY; i++) {
        CHECK(requests[i].executed);
        CHECK_EQ(requests[i].height, 2);
    }
    CHECK_EQ(stats().transactions, MANY);
    /* What was answered is not lost at the end. */
    stop();
    CHECK_EQ(chain.height, 2);
    CHECK_EQ(locked_final(), 2);
    CHECK_EQ(chain.aborts, 0);
    stops = 0;
    intake_destroy(intake);
    producer_destroy(producer);
    CHECK_EQ(uv_loop_close(&loop), 0);
    offload_destroy(offload);
    fake_chain_free(&chain);
}

static void test_a_full_block_leaves_the_rest_for_the_next(void)
{
    start();
    chain.block_max = 70;
    for (unsigned i = 0; i < MANY; i++)
        submit(i);
    wait_until_ready(MANY);
    wait_for_answer(69);
    for (unsigned steps = 0; steps < 20; steps++)
        step();
    CHECK_EQ(chain.pushed_count, 70);
    go_to_slot(FIRST_SLOT + 11);
    wait_for_answer(139);
    go_to_slot(FIRST_SLOT + 12);
    wait_for_answer(MANY - 1);
    for (unsigned i = 0; i < MANY; i++)
        CHECK_EQ(requests[i].height, 2 + i / 70);
    end();
}

static enum ledger_error_code refuse_second(struct chain *fake_chain,
                                            const struct signed_transaction *transaction,
                                            const struct public_key *keys, unsigned key_count)
{
    (void)fake_chain, (void)keys, (void)key_count;
    if (transaction == requests[1].request.transaction)
        return LEDGER_BLOCK_CPU_EXCEEDED;
    return transaction == requests[2].request.transaction ? LEDGER_ASSERT_MESSAGE : LEDGER_OK;
}

static void test_what_fits_in_no_block_is_answered(void)
{
    start();
    chain_lock(&chain);
    chain.execute = refuse_second;
    chain_unlock(&chain);
    for (unsigned i = 0; i < 4; i++)
        submit(i);
    wait_until_ready(4);
    wait_for_answer(0);
    for (unsigned steps = 0; steps < 20; steps++)
        step();
    CHECK_EQ(atomic_load(&requests[1].answers), 0); /* the next block may take it */
    go_to_slot(FIRST_SLOT + 11);
    wait_for_answer(3);
    CHECK(requests[0].executed && requests[3].executed);
    CHECK(!requests[1].executed);
    CHECK_EQ(requests[1].code, LEDGER_BLOCK_CPU_EXCEEDED);
    CHECK_EQ(requests[2].code, LEDGER_ASSERT_MESSAGE);
    CHECK_EQ(stats().failed_transactions, 2);
    end();
}

/* The first time it spoils the key, as a card might have. */
static enum ledger_error_code execute_for_key(struct chain *fake_chain,
                                              const struct signed_transaction *transaction,
                                              const struct public_key *keys, unsigned key_count)
{
    struct public_key expected = rig_public(KEY_K1, 1);
    (void)transaction;
    CHECK_EQ(key_count, 1);
    if (fake_chain->aborts++ == 0) /* counts calls */
        ((struct public_key *)keys)->bytes[9] ^= 1;
    return memcmp(&keys[0], &expected, sizeof expected) == 0 ? LEDGER_OK
                                                             : LEDGER_UNSATISFIED_AUTHORIZATION;
}

static void test_a_cards_mistake_is_executed_again(void)
{
    prepare(true);
    chain.execute = execute_for_key;
    go_to_slot(FIRST_SLOT + 10);
    produce();
    submit(0);
    wait_for_answer(0);
    CHECK(requests[0].executed);
    CHECK_EQ(chain.aborts, 2);
    struct intake_stats now;
    intake_stats(intake, &now);
    CHECK_EQ(now.recheck_differed, 1);
    end();
    digest_context_destroy(digests);
}

/* ------------------------------------------------------------------ failing */

static void check_fatal(const char *text)
{
    while (fatals == 0)
        step();
    CHECK(strcmp(fatal_text, text) == 0);
    CHECK_EQ(fatals, 1);
}

static void test_a_failing_seal_ends_it(void)
{
    start();
    chain.seal_fails = true;
    go_to_slot(FIRST_SLOT + 11);
    check_fatal("the disk is full");
    CHECK_EQ(chain.pending_slot, 0);
    CHECK_EQ(chain.height, 1);
    end();
    CHECK_EQ(fatals, 1);
}

static void test_a_failing_sync_ends_it(void)
{
    start();
    chain_lock(&chain);
    chain.sync_fails = true;
    chain_unlock(&chain);
    submit(0);
    wait_for_answer(0);
    go_to_slot(FIRST_SLOT + 11);
    check_fatal("the disk is gone");
    uint32_t height = chain.height;
    CHECK_EQ(locked_final(), 1);
    end();
    CHECK_EQ(chain.height, height); /* nothing more is sealed */
    CHECK_EQ(fatals, 1);
}

static void test_a_failing_checkpoint_ends_it(void)
{
    start();
    chain.checkpoint_fails = true;
    go_to_slot(FIRST_SLOT + 11);
    check_fatal("the database is full");
    end();
}

int main(void)
{
    RUN(test_a_block_a_slot);
    RUN(test_slots_that_have_passed_are_left_out);
    RUN(test_a_clock_that_is_behind_makes_no_block_twice);
    RUN(test_unfinal_blocks_become_final_first);
    RUN(test_transactions_go_into_the_block_in_order);
    RUN(test_a_full_block_leaves_the_rest_for_the_next);
    RUN(test_what_fits_in_no_block_is_answered);
    RUN(test_a_cards_mistake_is_executed_again);
    RUN(test_a_failing_seal_ends_it);
    RUN(test_a_failing_sync_ends_it);
    RUN(test_a_failing_checkpoint_ends_it);
    return 0;
}
