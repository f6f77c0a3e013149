// SPDX-License-Identifier: Apache-2.0
/* Offload with its threads, on fake cards that fail all the time. Built twice: under ASan and
 * UBSan, and under ThreadSanitizer. */
#include <pthread.h>
#include <stdatomic.h>

#include "host/crypto/digest.h"
#include "host/offload/known.h"
#include "host/offload/offload.h"
#include "tests/unit/check.h"
#include "tests/unit/offload_fake_card.h"

#define SUBMITTERS    3u
#define JOBS_EACH     1500u
#define CHAINS        16u
#define CARDS         2u
#define HANG_GUARD_NS (100 * CLOCK_NS_PER_S)

static struct clock real_clock;
static struct digest_context *digests;
static struct known_answers questions;
static struct fake_card fakes[CARDS];
static struct digest_context *fake_digests[CARDS];
static struct offload *offload;

static struct test_job {
    struct offload_job job;
    const struct known_answer *question;
    bool expect_valid;
    unsigned accepted;
    atomic_uint done;
} jobs[SUBMITTERS * JOBS_EACH];

static void on_done(struct offload_job *job)
{
    struct test_job *test = job->user;
    CHECK(job->verdict == (test->expect_valid ? OFFLOAD_VALID : OFFLOAD_INVALID));
    CHECK_MEM(job->result, test->question->answer.result, OFFLOAD_RESULT_BYTES);
    atomic_fetch_add(&test->done, 1);
}

static void make_job(struct test_job *test, uint64_t *dice)
{
    unsigned kind = (unsigned)dice_roll(dice, OFFLOAD_KINDS);
    unsigned pair = (unsigned)dice_roll(dice, KNOWN_PAIRS);
    bool bad = dice_roll(dice, 2) == 0;
    const struct known_answer *question =
        bad ? &questions.bad[kind][pair] : &questions.good[kind][pair];
    bool has_result = offload_kind_info((enum offload_kind)kind)->result_bytes != 0;
    test->question = question;
    test->expect_valid = has_result ? !bad : question->answer.valid;
    test->job =
        (struct offload_job){.kind = (enum offload_kind)kind,
                             .bytes = question->bytes,
                             .input = question->input,
                             .expected = has_result ? questions.good[kind][pair].answer.result
                                                    : NULL, /* wrong for the bad one */
                             .done = on_done,
                             .user = test};
}

static void start(uint64_t seed, unsigned faults)
{
    struct offload_card cards[CARDS];
    char error[OFFLOAD_TEXT_SIZE];
    for (unsigned i = 0; i < CARDS; i++) {
        fake_card_init(&fakes[i], &real_clock, fake_digests[i], seed + i);
        fakes[i].faults = faults;
        fakes[i].fault_one_in = 200;
        fakes[i].in_order = false;
        cards[i] = fake_card_seam(&fakes[i]);
    }
    struct offload_options options = {.workers = 3,
                                      .jobs_max = 300,
                                      .batch_jobs = 16,
                                      .check_ns = 200 * CLOCK_NS_PER_US,
                                      .answer_ns = 20 * CLOCK_NS_PER_MS,
                                      .backoff_ns = CLOCK_NS_PER_MS,
                                      .backoff_max_ns = 4 * CLOCK_NS_PER_MS,
                                      .probe_ns = CLOCK_NS_PER_MS,
                                      .recheck_one_in = 10,
                                      .recheck_budget = 1000000,
                                      .seed = seed,
                                      .cards = cards,
                                      .card_count = CARDS};
    if (offload_create(&options, &offload, error) != 0) {
        printf("not ok - offload_create: %s\n", error);
        exit(1);
    }
    memset(jobs, 0, sizeof jobs);
}

static void check_all(void)
{
    for (unsigned i = 0; i < SUBMITTERS * JOBS_EACH; i++)
        CHECK_EQ(atomic_load(&jobs[i].done), jobs[i].accepted);
    for (unsigned i = 0; i < CARDS; i++)
        CHECK_EQ(fakes[i].closed, 1);
}

static void *submitter_main(void *argument)
{
    unsigned number = *(unsigned *)argument;
    uint64_t dice = number;
    for (unsigned i = 0; i < JOBS_EACH; i++) {
        struct test_job *test = &jobs[number * JOBS_EACH + i];
        make_job(test, &dice);
        int code;
        while ((code = offload_submit(offload, &test->job)) == OFFLOAD_BUSY)
            (void)offload_wait(offload, 200, CLOCK_NS_PER_S);
        CHECK_EQ(code, OFFLOAD_OK);
        test->accepted = 1;
    }
    return NULL;
}

/* All faults but the one that only a recheck of every answer finds. */
static void test_many_callers_and_failing_cards(void)
{
    pthread_t threads[SUBMITTERS];
    unsigned numbers[SUBMITTERS];
    struct offload_stats stats;
    start(5, FAKE_ALL & ~(unsigned)FAKE_SINGLE_WRONG);
    for (unsigned i = 0; i < SUBMITTERS; i++) {
        numbers[i] = i;
        CHECK_EQ(pthread_create(&threads[i], NULL, submitter_main, &numbers[i]), 0);
    }
    for (unsigned i = 0; i < SUBMITTERS; i++)
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
    CHECK(offload_wait(offload, 0, HANG_GUARD_NS));
    offload_stats(offload, &stats);
    uint64_t answered = 0;
    uint64_t by_card = 0;
    for (unsigned kind = 0; kind < OFFLOAD_KINDS; kind++) {
        answered += stats.kinds[kind].card + stats.kinds[kind].cpu;
        by_card += stats.kinds[kind].card;
    }
    CHECK(by_card > 0);
    CHECK_EQ(answered, SUBMITTERS * JOBS_EACH);
    CHECK_EQ(stats.in_flight, 0);
    struct offload_event events[OFFLOAD_EVENTS_MAX];
    unsigned count = offload_events(offload, 0, events, OFFLOAD_EVENTS_MAX);
    CHECK(count > 0 && events[count - 1].number <= stats.events + 100);
    offload_destroy(offload);
    check_all();
}

static void test_shutdown_answers_what_is_in_flight(void)
{
    for (uint64_t round = 0; round < 20; round++) {
        uint64_t dice = round;
        start(100 + round, round % 2 == 0 ? 0 : FAKE_HANG);
        for (unsigned i = 0; i < 250; i++) {
            make_job(&jobs[i], &dice);
            CHECK_EQ(offload_submit(offload, &jobs[i].job), OFFLOAD_OK);
            jobs[i].accepted = 1;
        }
        offload_destroy(offload);
        check_all();
    }
}

/* A done() that hands in its job again, until the chain is long enough. */
static void on_link(struct offload_job *job)
{
    struct test_job *test = job->user;
    on_done(job);
    if (atomic_load(&test->done) < 50) {
        test->accepted++; /* before: behind the submission the job may be done already, elsewhere */
        CHECK_EQ(offload_submit(offload, job), OFFLOAD_OK);
    }
}

static void test_done_may_submit(void)
{
    uint64_t dice = 1;
    start(7, 0);
    for (unsigned i = 0; i < CHAINS; i++) {
        make_job(&jobs[i], &dice);
        jobs[i].job.done = on_link;
        jobs[i].accepted = 1;
        CHECK_EQ(offload_submit(offload, &jobs[i].job), OFFLOAD_OK);
    }
    CHECK(offload_wait(offload, 0, HANG_GUARD_NS));
    offload_destroy(offload);
    for (unsigned i = 0; i < CHAINS; i++)
        CHECK_EQ(atomic_load(&jobs[i].done), 50);
    check_all();
}

static void test_options_out_of_range_are_refused(void)
{
    char error[OFFLOAD_TEXT_SIZE];
    struct offload_options options = {.workers = OFFLOAD_WORKERS_MAX + 1};
    CHECK_EQ(offload_create(&options, &offload, error), -1);
    options = (struct offload_options){.batch_jobs = OFFLOAD_BATCH_JOBS_MAX + 1};
    CHECK_EQ(offload_create(&options, &offload, error), -1);
    struct offload_card cards[OFFLOAD_CARDS_MAX + 1];
    fake_card_init(&fakes[0], &real_clock, fake_digests[0], 1);
    for (unsigned i = 0; i <= OFFLOAD_CARDS_MAX; i++)
        cards[i] = fake_card_seam(&fakes[0]);
    options = (struct offload_options){.cards = cards, .card_count = OFFLOAD_CARDS_MAX + 1};
    CHECK_EQ(offload_create(&options, &offload, error), -1);
    CHECK(strstr(error, "too many cards") != NULL);
    CHECK_EQ(fakes[0].closed, OFFLOAD_CARDS_MAX + 1); /* taken over in either case */
}

int main(void)
{
    real_clock = clock_monotonic();
    digests = digest_context_create();
    CHECK(digests != NULL);
    for (unsigned i = 0; i < CARDS; i++) {
        fake_digests[i] = digest_context_create();
        CHECK(fake_digests[i] != NULL);
    }
    CHECK(known_answers_init(&questions, digests, 99));
    RUN(test_many_callers_and_failing_cards);
    RUN(test_shutdown_answers_what_is_in_flight);
    RUN(test_done_may_submit);
    RUN(test_options_out_of_range_are_refused);
    for (unsigned i = 0; i < CARDS; i++)
        digest_context_destroy(fake_digests[i]);
    digest_context_destroy(digests);
    return 0;
}
