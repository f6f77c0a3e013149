// SPDX-License-Identifier: Apache-2.0
/* Intake with many submitters, a producer, somebody who reads, and failing cards. Built twice:
 * under ASan and UBSan, and under ThreadSanitizer. */
#include <pthread.h>
#include <sched.h>

#include "host/crypto/digest.h"
#include "host/intake/intake.h"
#include "tests/unit/check.h"
#include "tests/unit/intake_chain.h"
#include "tests/unit/intake_rig.h"
#include "tests/unit/offload_fake_card.h"

#define SUBMITTERS 3u
#define EACH       200u
#define CARDS      2u
#define EXPIRATION 2000000000u
#define ACTORS     5u
#define KEYS       4u

static struct chain chain;
static struct offload *offload;
static struct intake *intake;
static struct clock real_clock;
static struct fake_card fakes[CARDS];
static struct digest_context *digests[CARDS];
static struct rig_request requests[SUBMITTERS][EACH];
static struct public_key public_keys[KEYS];
static atomic_uint accepted;
static atomic_bool over;

static pthread_mutex_t ready_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ready_condition = PTHREAD_COND_INITIALIZER;
static bool is_ready;

static void on_ready(void *user)
{
    (void)user;
    pthread_mutex_lock(&ready_lock);
    is_ready = true;
    pthread_cond_signal(&ready_condition);
    pthread_mutex_unlock(&ready_lock);
}

static void start(void)
{
    struct offload_card cards[CARDS];
    char error[OFFLOAD_TEXT_SIZE];
    real_clock = clock_monotonic();
    for (unsigned i = 0; i < CARDS; i++) {
        digests[i] = digest_context_create();
        fake_card_init(&fakes[i], &real_clock, digests[i], i);
        fakes[i].faults = FAKE_ALL & ~(unsigned)FAKE_SINGLE_WRONG;
        fakes[i].fault_one_in = 100;
        fakes[i].in_order = false;
        cards[i] = fake_card_seam(&fakes[i]);
    }
    struct offload_options options = {.workers = 2,
                                      .jobs_max = 40,
                                      .batch_jobs = 8,
                                      .answer_ns = 20 * CLOCK_NS_PER_MS,
                                      .backoff_ns = CLOCK_NS_PER_MS,
                                      .backoff_max_ns = 4 * CLOCK_NS_PER_MS,
                                      .recheck_budget = 1000000,
                                      .cards = cards,
                                      .card_count = CARDS};
    CHECK_EQ(offload_create(&options, &offload, error), 0);
    fake_chain_init(&chain, 1);
    struct intake_options intake_options = {.offload = offload,
                                            .chain = &chain,
                                            .transactions_max = 100,
                                            .account_max = 30,
                                            .ready = on_ready};
    intake = intake_create(&intake_options);
    CHECK(intake != NULL);
    for (unsigned i = 0; i < KEYS; i++)
        public_keys[i] = rig_public(KEY_K1, (uint8_t)(i + 1));
}

/* A transaction's number says which keys signed it: key `number` mod KEYS, and the next one. */
static struct signed_transaction *make(uint32_t number)
{
    struct private_key keys[2] = {rig_key(KEY_K1, (uint8_t)(number % KEYS + 1)),
                                  rig_key(KEY_K1, (uint8_t)((number + 1) % KEYS + 1))};
    return rig_transaction(name_of("alice") + number % ACTORS, number, EXPIRATION, keys, 2);
}

static void *submitter_main(void *argument)
{
    unsigned number = *(unsigned *)argument;
    for (unsigned i = 0; i < EACH; i++) {
        struct rig_request *request = &requests[number][i];
        struct ledger_error error;
        rig_request_init(request, make(number * EACH + i));
        while (!intake_submit(intake, &request->request, &error)) {
            CHECK(error.code == LEDGER_POOL_FULL || error.code == LEDGER_ACCOUNT_POOL_FULL);
            (void)sched_yield();
        }
        atomic_fetch_add(&accepted, 1);
    }
    return NULL;
}

static void *reader_main(void *argument)
{
    (void)argument;
    uint8_t id[32] = {1};
    while (!atomic_load(&over)) {
        struct intake_stats stats;
        intake_stats(intake, &stats);
        CHECK(stats.in_pool <= 100 && stats.in_pool_ready <= stats.in_pool);
        CHECK(!intake_holds(intake, id));
        (void)sched_yield();
    }
    return NULL;
}

static void execute(struct intake_entry *entry, unsigned dice)
{
    struct reader reader = reader_of(entry->transaction->transaction.actions[0].data.data, 4);
    uint32_t number = read_u32(&reader);
    if (dice % 7 == 0) {
        intake_keep(intake, entry);
        return;
    }
    if (dice % 5 == 0)
        CHECK(!intake_recheck(intake, entry));
    CHECK_EQ(entry->key_count, 2);
    CHECK_MEM(&entry->keys[0], &public_keys[number % KEYS], sizeof entry->keys[0]);
    CHECK_MEM(&entry->keys[1], &public_keys[(number + 1) % KEYS], sizeof entry->keys[1]);
    struct transaction_trace trace = {.references = 1, .executed = true};
    intake_finish(intake, entry, &trace);
}

/* Takes until `count` are finished. A time-out only costs time: take sends what waits. */
static void produce(unsigned count)
{
    struct intake_stats stats = {0};
    for (unsigned dice = 1; stats.finished < count; dice++) {
        struct intake_entry *entry = intake_take(intake);
        if (entry != NULL) {
            execute(entry, dice);
        } else {
            struct timespec until;
            (void)clock_gettime(CLOCK_REALTIME, &until);
            until.tv_sec++;
            pthread_mutex_lock(&ready_lock);
            if (!is_ready)
                (void)pthread_cond_timedwait(&ready_condition, &ready_lock, &until);
            is_ready = false;
            pthread_mutex_unlock(&ready_lock);
        }
        intake_stats(intake, &stats);
    }
}

static void test_many_submitters_and_failing_cards(void)
{
    pthread_t submitters[SUBMITTERS], reader;
    unsigned numbers[SUBMITTERS];
    start();
    CHECK_EQ(pthread_create(&reader, NULL, reader_main, NULL), 0);
    for (unsigned i = 0; i < SUBMITTERS; i++) {
        numbers[i] = i;
        CHECK_EQ(pthread_create(&submitters[i], NULL, submitter_main, &numbers[i]), 0);
    }
    /* The last ones are left for the end. */
    produce(SUBMITTERS * EACH - 20);
    for (unsigned i = 0; i < SUBMITTERS; i++)
        CHECK_EQ(pthread_join(submitters[i], NULL), 0);
    atomic_store(&over, true);
    CHECK_EQ(pthread_join(reader, NULL), 0);
    intake_destroy(intake);
    offload_destroy(offload);
    fake_chain_free(&chain);
    CHECK_EQ(atomic_load(&accepted), SUBMITTERS * EACH);
    unsigned executed = 0;
    for (unsigned i = 0; i < SUBMITTERS * EACH; i++) {
        CHECK_EQ(atomic_load(&requests[i / EACH][i % EACH].answers), 1);
        executed += requests[i / EACH][i % EACH].executed;
    }
    CHECK_EQ(executed, SUBMITTERS * EACH - 20);
    for (unsigned i = 0; i < CARDS; i++)
        digest_context_destroy(digests[i]);
}

int main(void)
{
    RUN(test_many_submitters_and_failing_cards);
    return 0;
}
