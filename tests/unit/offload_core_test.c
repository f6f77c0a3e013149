// SPDX-License-Identifier: Apache-2.0
/* The heart of offload, driven by one thread with a clock of the test's: named situations first,
 * then thousands of random schedules with cards that fail in every way. */
#include "host/crypto/digest.h"
#include "host/offload/core.h"
#include "snapcard.h"
#include "tests/unit/check.h"
#include "tests/unit/offload_fake_card.h"

#define JOBS_MAX 512u
#define SHA256D  OFFLOAD_MERKLE_SHA256D
#define ECDSA    OFFLOAD_ECDSA_SECP256K1_VERIFY
#define US       CLOCK_NS_PER_US
#define MS       CLOCK_NS_PER_MS
#define FAKES    2u

static uint64_t now_ns;
static struct digest_context *digests;
static struct core core;
static struct fake_card fakes[FAKES];
static struct known_answers questions; /* with another seed than the core's own */

static struct test_job {
    struct offload_job job;
    const struct known_answer *question;
    bool expect_valid;
    unsigned submitted, done;
} jobs[JOBS_MAX];

static uint64_t test_now(void *context)
{
    (void)context;
    return now_ns;
}
static const struct clock test_clock = {.now_ns = test_now};

/* ------------------------------------------------------------------ helpers */

static void on_done(struct offload_job *job)
{
    struct test_job *test = job->user;
    test->done++;
    CHECK(job->place == PLACE_IDLE);
    CHECK(job->verdict == (test->expect_valid ? OFFLOAD_VALID : OFFLOAD_INVALID));
    CHECK_MEM(job->result, test->question->answer.result, OFFLOAD_RESULT_BYTES);
}

static struct offload_options plain_options(void)
{
    return (struct offload_options){.clock = test_clock,
                                    .workers = 2,
                                    .batch_jobs = 8,
                                    .batch_age_ns = 100 * US,
                                    .check_ns = MS,
                                    .probe_ns = 1000 * MS,
                                    .backoff_ns = 10 * MS,
                                    .backoff_max_ns = 80 * MS,
                                    .answer_ns = 500 * MS,
                                    .recheck_one_in = 1000000,
                                    .seed = 1};
}

static void start(const struct offload_options *options, unsigned cards)
{
    struct offload_card seams[FAKES];
    char error[OFFLOAD_TEXT_SIZE];
    struct offload_options with_cards = *options;
    now_ns = 1000 * MS;
    for (unsigned i = 0; i < cards; i++) {
        fake_card_init(&fakes[i], &test_clock, digests, options->seed * 7 + i);
        seams[i] = fake_card_seam(&fakes[i]);
    }
    with_cards.cards = seams;
    with_cards.card_count = cards;
    CHECK_EQ(core_init(&core, &with_cards, error), 0);
    memset(jobs, 0, sizeof jobs);
}

static void finish(void)
{
    for (unsigned i = 0; i < core.lane_count; i++)
        lane_stop(&core.lanes[i]);
    while (core_cpu_step(&core, digests))
        ;
    for (unsigned i = 0; i < JOBS_MAX; i++)
        CHECK_EQ(jobs[i].done, jobs[i].submitted);
    core_destroy(&core);
    for (unsigned i = 0; i < core.lane_count; i++)
        CHECK(fakes[i].closed == 1 && !fakes[i].slab_overrun);
}

enum expectation { EXPECT_NONE, EXPECT_RIGHT, EXPECT_OTHER };

static void make_job(struct test_job *test, enum offload_kind kind, unsigned pair, bool bad,
                     enum expectation expectation)
{
    static const uint8_t other[OFFLOAD_RESULT_BYTES] = {1};
    const struct known_answer *question =
        bad ? &questions.bad[kind][pair] : &questions.good[kind][pair];
    bool has_result = offload_kind_info(kind)->result_bytes != 0;
    test->question = question;
    test->job.kind = kind;
    test->job.bytes = question->bytes;
    test->job.input = question->input;
    test->job.expected = !has_result || expectation == EXPECT_NONE ? NULL
                         : expectation == EXPECT_RIGHT             ? question->answer.result
                                                                   : other;
    test->expect_valid = question->answer.valid && !(has_result && expectation == EXPECT_OTHER);
    test->job.done = on_done;
    test->job.user = test;
}

static int submit(struct test_job *test)
{
    int code = core_submit(&core, &test->job);
    if (code == OFFLOAD_OK)
        test->submitted++;
    return code;
}

static void submit_many(unsigned first, unsigned count, enum offload_kind kind)
{
    for (unsigned i = first; i < first + count; i++) {
        make_job(&jobs[i], kind, i % KNOWN_PAIRS, i % 3 == 0, EXPECT_RIGHT);
        CHECK_EQ(submit(&jobs[i]), OFFLOAD_OK);
    }
}

static unsigned done_count(void)
{
    unsigned count = 0;
    for (unsigned i = 0; i < JOBS_MAX; i++)
        count += jobs[i].done;
    return count;
}

/* Runs a lane until it has nothing to do now. */
static void settle(struct lane *lane)
{
    for (unsigned i = 0; i < 10000; i++)
        if (lane_step(lane) != 0)
            return;
    CHECK(!"the lane comes to rest");
}

/* Runs a lane for a while of the test's time. */
static void run_lane(struct lane *lane, uint64_t for_ns)
{
    for (uint64_t end_ns = now_ns + for_ns; now_ns < end_ns; now_ns += 20 * US)
        settle(lane);
    settle(lane);
}

static uint64_t reason_count(enum offload_reason reason)
{
    return core.lanes[0].stats.reasons[reason];
}

static const struct offload_event *last_event(void)
{
    CHECK(core.event_count > 0);
    return &core.events[(core.event_count - 1) % OFFLOAD_EVENTS_MAX];
}

/* ------------------------------------------------------------------ situations */

static void test_without_a_card_the_cpu_answers(void)
{
    struct offload_options options = plain_options();
    start(&options, 0);
    for (unsigned kind = 0; kind < OFFLOAD_KINDS; kind++)
        submit_many(kind * 8, 8, (enum offload_kind)kind);
    while (core_cpu_step(&core, digests))
        ;
    CHECK_EQ(done_count(), 8 * OFFLOAD_KINDS);
    CHECK_EQ(core.kinds[ECDSA].valid + core.kinds[ECDSA].invalid, 8);
    CHECK_EQ(core.kinds[ECDSA].cpu, 8);
    CHECK(core.kinds[ECDSA].invalid > 0 && core.kinds[ECDSA].valid > 0);
    finish();
}

static void test_a_card_that_is_well_answers(void)
{
    struct offload_options options = plain_options();
    start(&options, 1);
    settle(&core.lanes[0]);
    CHECK_EQ(reason_count(OFFLOAD_ADMITTED), 1);
    for (unsigned kind = 0; kind < OFFLOAD_KINDS; kind++) {
        submit_many(kind * 8, 8, (enum offload_kind)kind);
        run_lane(&core.lanes[0], 10 * MS);
    }
    while (core_cpu_step(&core, digests)) /* invalid signatures, once more */
        ;
    CHECK_EQ(done_count(), 8 * OFFLOAD_KINDS);
    uint64_t cycles = 0;
    for (unsigned kind = 0; kind < OFFLOAD_KINDS; kind++) {
        CHECK(core.kinds[kind].card + core.kinds[kind].rechecked == 8);
        cycles += core.kinds[kind].engine_cycles;
    }
    CHECK(cycles > 0);
    CHECK(core.lanes[0].stats.known_passed >= 2 * OFFLOAD_KINDS);
    CHECK_EQ(core.event_count, 1);
    finish();
}

static void test_batches_form_by_number_or_by_age(void)
{
    struct offload_options options = plain_options();
    start(&options, 1);
    settle(&core.lanes[0]);
    submit_many(0, 1, SHA256D);
    CHECK_EQ(lane_step(&core.lanes[0]), 100 * US);
    CHECK_EQ(fakes[0].batches, 0);
    now_ns += 99 * US;
    CHECK_EQ(lane_step(&core.lanes[0]), US);
    now_ns += US;
    CHECK_EQ(lane_step(&core.lanes[0]), 0);
    CHECK_EQ(fakes[0].batches, 1);
    CHECK_EQ(fakes[0].batch_jobs, 3); /* between two known answers */
    run_lane(&core.lanes[0], MS);
    CHECK_EQ(done_count(), 1);
    core.lanes[0].ps_per_unit[SHA256D] = 1; /* a fast card: no need to learn in small batches */
    submit_many(8, 8, SHA256D);
    CHECK_EQ(lane_step(&core.lanes[0]), 0); /* full: at once */
    CHECK_EQ(fakes[0].batch_jobs, 10);
    finish();
}

static void test_long_inputs_fit_the_slab(void)
{
    static const uint32_t bytes[] = {OFFLOAD_INPUT_BYTES_MAX,      700000, 400000, 1,
                                     OFFLOAD_INPUT_BYTES_MAX - 63, 0};
    static uint8_t input[OFFLOAD_INPUT_BYTES_MAX];
    static struct known_answer longs[6]; /* only their answers are used */
    struct offload_options options = plain_options();
    start(&options, 1);
    settle(&core.lanes[0]);
    core.lanes[0].ps_per_unit[OFFLOAD_SHA256] = 1; /* so fast that all would go in one batch */
    for (unsigned i = 0; i < 6; i++) {
        offload_cpu_answer(digests, OFFLOAD_SHA256, input, bytes[i], &longs[i].answer);
        make_job(&jobs[i], OFFLOAD_SHA256, 0, false, EXPECT_NONE);
        jobs[i].job.input = input;
        jobs[i].job.bytes = bytes[i];
        jobs[i].question = &longs[i];
        CHECK_EQ(submit(&jobs[i]), OFFLOAD_OK);
    }
    run_lane(&core.lanes[0], 20 * MS);
    CHECK_EQ(done_count(), 6);
    CHECK_EQ(core.kinds[OFFLOAD_SHA256].card, 6);
    finish();
}

/* A card that goes on answering although it must be given back: once a second it is asked. */
static void test_card_that_answers_is_looked_at_too(void)
{
    struct offload_options options = plain_options();
    options.probe_ns = 10 * MS;
    start(&options, 1);
    settle(&core.lanes[0]);
    fakes[0].asked_back = true;
    run_lane(&core.lanes[0], 500 * MS);
    CHECK_EQ(core.lanes[0].state, LANE_UP);
    run_lane(&core.lanes[0], 600 * MS);
    CHECK_EQ(core.lanes[0].stats.reasons[OFFLOAD_GONE], 1);
    finish();
}

static void test_answers_are_held_until_the_known_ones_passed(void)
{
    struct offload_options options = plain_options();
    start(&options, 1);
    settle(&core.lanes[0]);
    submit_many(0, 3, ECDSA);
    fakes[0].hold = true;
    run_lane(&core.lanes[0], MS);
    CHECK_EQ(fakes[0].count, 5);
    struct fake_pending last_known =
        fakes[0].pending[--fakes[0].count]; /* the bad one has not come yet */
    fakes[0].hold = false;
    run_lane(&core.lanes[0], MS);
    CHECK_EQ(fakes[0].count, 0);
    CHECK_EQ(done_count(), 0);
    fakes[0].pending[fakes[0].count++] = last_known;
    run_lane(&core.lanes[0], MS);
    CHECK_EQ(done_count() + core.returned.count,
             3); /* an invalid one is looked at again by the CPU */
    CHECK_EQ(core.kinds[ECDSA].returned, 0);
    finish();
}

static void test_a_lie_takes_the_card_out_and_back_off_doubles(void)
{
    struct offload_options options = plain_options();
    start(&options, 1);
    settle(&core.lanes[0]);
    uint64_t pause_ns = 10 * MS;
    for (unsigned round = 0; round < 6; round++) {
        submit_many(round * 3, 3, ECDSA);
        fakes[0].fail_next = FAKE_ENGINE;
        uint64_t revivals = fakes[0].revivals;
        while (core.lanes[0].state == LANE_UP) {
            settle(&core.lanes[0]);
            now_ns += 10 * US;
        }
        uint64_t out_ns = now_ns - 10 * US;
        CHECK_EQ(reason_count(OFFLOAD_WRONG_ANSWER), round + 1);
        CHECK(strstr(last_event()->text, "known ecdsa_secp256k1_verify") != NULL);
        CHECK_EQ(core.returned.count, 3);
        CHECK_EQ(core.lanes[0].busy, 0);
        while (core_cpu_step(&core, digests))
            ;
        CHECK_EQ(done_count(), 3 * (round + 1));
        now_ns = out_ns + pause_ns - 1;
        CHECK_EQ(lane_step(&core.lanes[0]), 1);
        CHECK_EQ(fakes[0].revivals, revivals);
        now_ns++;
        CHECK_EQ(lane_step(&core.lanes[0]), 0);
        CHECK_EQ(fakes[0].revivals, revivals + 1);
        pause_ns = pause_ns < 80 * MS ? 2 * pause_ns : 80 * MS;
    }
    CHECK_EQ(core.kinds[ECDSA].card, 0);
    /* Ten pauses of good conduct, and the next pause is the first again. */
    run_lane(&core.lanes[0], 801 * MS);
    fakes[0].fail_next = FAKE_ENGINE;
    submit_many(100, 3, ECDSA);
    while (core.lanes[0].state == LANE_UP) {
        settle(&core.lanes[0]);
        now_ns += 10 * US;
    }
    CHECK_EQ(core.lanes[0].backoff_ns, 10 * MS);
    finish();
}

static void expect_out(enum fake_fault fault, enum offload_reason reason, const char *text)
{
    struct offload_options options = plain_options();
    start(&options, 1);
    settle(&core.lanes[0]);
    submit_many(0, 5, OFFLOAD_SM3);
    fakes[0].fail_next = fault;
    for (unsigned i = 0; i < 1000 && core.lanes[0].state == LANE_UP; i++) {
        now_ns += MS;
        settle(&core.lanes[0]);
    }
    CHECK_EQ(reason_count(reason), 1);
    CHECK(strstr(last_event()->text, text) != NULL);
    while (core_cpu_step(&core, digests))
        ;
    CHECK_EQ(done_count(), 5);
    run_lane(&core.lanes[0], 20 * MS);
    CHECK(core.lanes[0].state == LANE_UP);
    CHECK_EQ(reason_count(OFFLOAD_ADMITTED), 2);
    finish();
}

static void test_each_failure_takes_the_card_out(void)
{
    expect_out(FAKE_DUPLICATE, OFFLOAD_BROKEN, "not open");
    expect_out(FAKE_STALE, OFFLOAD_BROKEN, "not open");
    expect_out(FAKE_LOST, OFFLOAD_OVERDUE, "overdue");
    expect_out(FAKE_LOST_UNSEEN, OFFLOAD_OVERDUE, "not answered in time");
    expect_out(FAKE_HANG, OFFLOAD_STALLED, "does not move");
    expect_out(FAKE_GONE, OFFLOAD_GONE, "gone");
    expect_out(FAKE_PUT, OFFLOAD_REFUSED, "takes no more");
    expect_out(FAKE_SINGLE_WRONG, OFFLOAD_WRONG_ANSWER,
               "known sm3"); /* the first job is a known one */
}

static void let_the_cpu_finish(enum offload_kind kind, unsigned count)
{
    CHECK_EQ(reason_count(OFFLOAD_WRONG_ANSWER), 1);
    CHECK_EQ(core.kinds[kind].card, 0);
    CHECK_EQ(core.kinds[kind].returned, count);
    while (core_cpu_step(&core, digests))
        ;
    CHECK_EQ(done_count(), count); /* with the right verdicts: on_done looks */
    CHECK_EQ(core.kinds[kind].cpu, count);
    finish();
}

/* The verdicts and results of every kind are held until the known answers have passed: none of a
 * liar's gets out. */
static void test_a_liar_is_found_in_every_kind(void)
{
    for (unsigned kind = 0; kind < OFFLOAD_KINDS; kind++) {
        struct offload_options options = plain_options();
        start(&options, 1);
        settle(&core.lanes[0]);
        fakes[0].fail_next = FAKE_ENGINE;
        submit_many(0, 3, (enum offload_kind)kind);
        run_lane(&core.lanes[0], MS);
        let_the_cpu_finish((enum offload_kind)kind, 3);
    }
}

static void flip(enum offload_kind kind, struct offload_answer *answer)
{
    unsigned bytes = offload_kind_info(kind)->result_bytes;
    if (bytes == 0)
        answer->valid = !answer->valid;
    else
        answer->result[bytes - 1] ^= 1;
}

/* One lie, in the known answer before the jobs or in the one behind them, and three answers that
 * are right: they were held, and the CPU does all three again. */
static void test_one_lie_in_a_known_answer_costs_the_whole_batch(void)
{
    for (unsigned kind = 0; kind < OFFLOAD_KINDS; kind++) {
        for (unsigned liar = 0; liar < 5; liar += 4) {
            struct offload_options options = plain_options();
            start(&options, 1);
            settle(&core.lanes[0]);
            fakes[0].hold = true;
            submit_many(0, 3, (enum offload_kind)kind);
            run_lane(&core.lanes[0], MS);
            CHECK_EQ(fakes[0].count, 5);
            flip((enum offload_kind)kind, &fakes[0].pending[liar].answer.answer);
            fakes[0].hold = false;
            run_lane(&core.lanes[0], MS);
            CHECK_EQ(done_count(), 0);
            let_the_cpu_finish((enum offload_kind)kind, 3);
        }
    }
}

/* The CPU works only where it must, however long it takes. */
static void test_a_spared_cpu_waits_for_the_card(void)
{
    struct offload_options options = plain_options();
    options.spare_cpu = true;
    options.patience_ns = MS;
    start(&options, 1);
    settle(&core.lanes[0]);
    for (unsigned i = 0; i < 40; i++) {
        make_job(&jobs[i], ECDSA, i % KNOWN_PAIRS, false, EXPECT_NONE);
        CHECK_EQ(submit(&jobs[i]), OFFLOAD_OK);
    }
    fakes[0].ns_per_unit = 2 * MS;
    run_lane(&core.lanes[0], 100 * MS);
    CHECK(!core_cpu_step(&core, digests));
    run_lane(&core.lanes[0], 2000 * MS);
    CHECK_EQ(core.kinds[ECDSA].card, 40);
    fakes[0].fail_next = FAKE_GONE;
    submit_many(40, 3, ECDSA);
    run_lane(&core.lanes[0], 5 * MS);
    while (core_cpu_step(&core, digests))
        ;
    CHECK_EQ(core.kinds[ECDSA].cpu, 3);
    finish();
}

static void test_an_answer_from_an_earlier_life_does_not_count(void)
{
    struct offload_options options = plain_options();
    start(&options, 1);
    settle(&core.lanes[0]);
    submit_many(0, 3, ECDSA);
    fakes[0].hold = true;
    run_lane(&core.lanes[0], MS);
    struct fake_pending old = fakes[0].pending[1];
    old.answer.answer.valid = !old.answer.answer.valid;
    fakes[0].gone = true;
    run_lane(&core.lanes[0], 20 * MS); /* out, and in again */
    CHECK_EQ(reason_count(OFFLOAD_GONE), 1);
    CHECK_EQ(reason_count(OFFLOAD_ADMITTED), 2);
    submit_many(10, 3, ECDSA); /* into the same batch and entries as before */
    run_lane(&core.lanes[0], MS);
    CHECK_EQ(core.lanes[0].busy, 1);
    fakes[0].pending[1] = old;
    fakes[0].hold = false;
    run_lane(&core.lanes[0], MS);
    CHECK_EQ(reason_count(OFFLOAD_BROKEN), 1);
    finish();
}

static void test_a_card_that_does_not_come_back_is_tried_again(void)
{
    struct offload_options options = plain_options();
    start(&options, 1);
    fakes[0].fail_next = FAKE_REVIVE;
    CHECK_EQ(lane_step(&core.lanes[0]), 0);
    CHECK_EQ(reason_count(OFFLOAD_NOT_REVIVED), 1);
    CHECK_EQ(lane_step(&core.lanes[0]), 10 * MS);
    submit_many(0, 4, OFFLOAD_SHA256);
    CHECK(core_cpu_step(&core, digests)); /* no card is up: nothing waits for it */
    now_ns += 10 * MS;
    settle(&core.lanes[0]);
    CHECK_EQ(reason_count(OFFLOAD_ADMITTED), 1);
    finish();
}

static void test_an_error_status_is_no_answer(void)
{
    struct offload_options options = plain_options();
    start(&options, 1);
    settle(&core.lanes[0]);
    submit_many(0, 3, SHA256D);
    now_ns += 100 * US;
    fakes[0].hold = true;
    settle(&core.lanes[0]);
    fakes[0].pending[2].answer.status = SNAP_STATUS_DATA_UR;
    fakes[0].hold = false;
    run_lane(&core.lanes[0], MS);
    CHECK_EQ(core.kinds[SHA256D].error_status, 1);
    CHECK_EQ(done_count(), 2);
    CHECK(strstr(last_event()->text, "DATA_UR") != NULL);
    CHECK(core.lanes[0].state == LANE_UP);
    CHECK(core_cpu_step(&core, digests));
    CHECK_EQ(done_count(), 3);
    CHECK_EQ(core.kinds[SHA256D].cpu, 1);
    /* An error status of a known answer vouches for nothing: the whole batch goes to the CPU. */
    submit_many(10, 3, SHA256D);
    fakes[0].fail_next = FAKE_STATUS;
    run_lane(&core.lanes[0], MS);
    CHECK_EQ(core.kinds[SHA256D].returned, 3);
    CHECK(core.lanes[0].state == LANE_UP);
    /* And a card that only fails is taken out. */
    fakes[0].faults = FAKE_STATUS;
    fakes[0].fault_one_in = 1;
    for (unsigned round = 0; round < 5; round++) {
        submit_many(20 + 4 * round, 4, SHA256D);
        run_lane(&core.lanes[0], MS);
    }
    CHECK_EQ(reason_count(OFFLOAD_ERRORS), 1);
    finish();
}

static void test_what_no_card_can_do_goes_to_the_cpu(void)
{
    struct offload_options options = plain_options();
    start(&options, 1);
    fakes[0].supports &= ~(1u << ECDSA);
    settle(&core.lanes[0]);
    submit_many(0, 8, ECDSA);
    run_lane(&core.lanes[0], MS);
    CHECK_EQ(fakes[0].jobs, 0);
    while (core_cpu_step(&core, digests))
        ;
    CHECK_EQ(done_count(), 8);
    CHECK_EQ(core.kinds[ECDSA].cpu, 8);
    finish();
}

static void test_submissions_that_are_refused(void)
{
    struct offload_options options = plain_options();
    options.jobs_max = 4;
    start(&options, 0);
    submit_many(0, 4, OFFLOAD_SHA256);
    make_job(&jobs[4], OFFLOAD_SHA256, 0, false, EXPECT_RIGHT);
    CHECK_EQ(submit(&jobs[4]), OFFLOAD_BUSY);
    CHECK(core_cpu_step(&core, digests));
    CHECK_EQ(submit(&jobs[0]), OFFLOAD_OK); /* done, so it may come again */
    CHECK_EQ(submit(&jobs[1]), OFFLOAD_BAD_JOB);
    CHECK_EQ(submit(&jobs[4]), OFFLOAD_BUSY);
    make_job(&jobs[5], SHA256D, 0, false, EXPECT_RIGHT);
    jobs[5].job.bytes = 33;
    CHECK_EQ(submit(&jobs[5]), OFFLOAD_BAD_JOB);
    jobs[5].job.bytes = 0;
    CHECK_EQ(submit(&jobs[5]), OFFLOAD_BAD_JOB);
    jobs[5].job.bytes = OFFLOAD_INPUT_BYTES_MAX + 32;
    CHECK_EQ(submit(&jobs[5]), OFFLOAD_BAD_JOB);
    make_job(&jobs[5], ECDSA, 0, false, EXPECT_RIGHT);
    jobs[5].job.bytes = 161;
    CHECK_EQ(submit(&jobs[5]), OFFLOAD_BAD_JOB);
    make_job(&jobs[5], ECDSA, 0, false, EXPECT_RIGHT);
    jobs[5].job.done = NULL;
    CHECK_EQ(submit(&jobs[5]), OFFLOAD_BAD_JOB);
    make_job(&jobs[5], (enum offload_kind)0, 0, false, EXPECT_RIGHT);
    jobs[5].job.kind = (enum offload_kind)OFFLOAD_KINDS;
    CHECK_EQ(submit(&jobs[5]), OFFLOAD_BAD_JOB);
    core.stopping = true;
    CHECK_EQ(submit(&jobs[4]), OFFLOAD_STOPPED);
    finish();
}

static void test_an_idle_card_is_left_its_work(void)
{
    struct offload_options options = plain_options();
    start(&options, 1);
    settle(&core.lanes[0]);
    core.cpu_ps_per_unit[SHA256D] = 1; /* however fast the CPU is */
    submit_many(0, 1, SHA256D);
    CHECK(!core_cpu_step(&core, digests));
    run_lane(&core.lanes[0], MS);
    CHECK_EQ(core.kinds[SHA256D].card + core.returned.count, 1);
    /* ... but nobody waits for ever: the lane's thread may be stuck. */
    submit_many(1, 1, SHA256D);
    CHECK_EQ(core.returned.count, 0);
    now_ns += 5000 * MS - 1;
    CHECK(!core_cpu_step(&core, digests));
    now_ns++;
    CHECK(core_cpu_step(&core, digests));
    finish();
}

#define RACE_JOBS 400u

struct race {
    uint64_t by_card, elapsed_ns;
};

/* RACE_JOBS jobs with one worker and a card at work, in simulated time. */
static struct race race(uint64_t card_ns, uint64_t cpu_ns)
{
    struct offload_options options = plain_options();
    options.workers = 1;
    start(&options, 1);
    settle(&core.lanes[0]);
    fakes[0].ns_per_unit = card_ns;
    for (unsigned i = 0; i < RACE_JOBS;
         i++) { /* valid ones: the others are looked at again by the CPU */
        make_job(&jobs[i], ECDSA, i % KNOWN_PAIRS, false, EXPECT_RIGHT);
        CHECK_EQ(submit(&jobs[i]), OFFLOAD_OK);
    }
    uint64_t start_ns = now_ns;
    uint64_t worker_free_ns = now_ns;
    for (unsigned i = 0; i < 1000000 && done_count() < RACE_JOBS; i++) {
        settle(&core.lanes[0]);
        if (now_ns >= worker_free_ns) {
            core.cpu_ps_per_unit[ECDSA] =
                cpu_ns * 1000; /* the test's clock stands while it computes */
            if (core_cpu_step(&core, digests))
                worker_free_ns = now_ns + cpu_ns;
        }
        now_ns += 10 * US;
    }
    CHECK_EQ(done_count(), RACE_JOBS);
    struct race result = {.by_card = core.kinds[ECDSA].card + core.kinds[ECDSA].rechecked,
                          .elapsed_ns = now_ns - start_ns};
    finish();
    return result;
}

/* A long job of one kind does not keep the card from being tried with another: a few, once. */
static void test_a_kind_is_learnt_while_the_card_is_busy(void)
{
    struct offload_options options = plain_options();
    start(&options, 1);
    settle(&core.lanes[0]);
    fakes[0].hold = true;
    submit_many(0, 1, SHA256D);
    run_lane(&core.lanes[0], MS);
    submit_many(8, 8, ECDSA);
    run_lane(&core.lanes[0], MS);
    CHECK_EQ(fakes[0].batches, 2);
    CHECK_EQ(fakes[0].batch_jobs, 6); /* 4 and the known answers */
    CHECK_EQ(core.waiting[ECDSA].count, 4);
    while (core_cpu_step(&core, digests))
        ;
    CHECK_EQ(core.kinds[ECDSA].cpu, 4);
    fakes[0].hold = false;
    run_lane(&core.lanes[0], MS);
    finish();
}

/* Both together are never much slower than with the work divided at its best. Known answers cost
 * the card a quarter of a batch of 8; and the first, small batch teaches its rate. */
static void test_both_work_at_their_rates(void)
{
    static const uint64_t rates_ns[][2] = {{10 * US, 200 * US},
                                           {100 * US, 100 * US},
                                           {2 * MS, 100 * US},
                                           {500 * US, 50 * US},
                                           {40 * US, 1 * MS}};
    for (unsigned i = 0; i < sizeof rates_ns / sizeof rates_ns[0]; i++) {
        uint64_t card_ns = rates_ns[i][0];
        uint64_t cpu_ns = rates_ns[i][1];
        uint64_t best_ns = RACE_JOBS * card_ns * cpu_ns / (card_ns + cpu_ns);
        struct race result = race(card_ns, cpu_ns);
        uint64_t ideal_jobs = best_ns / card_ns;
        printf(
            "# card %llu us, cpu %llu us: %llu jobs by card (ideal %llu), %llu us (ideal %llu)\n",
            (unsigned long long)(card_ns / US), (unsigned long long)(cpu_ns / US),
            (unsigned long long)result.by_card, (unsigned long long)ideal_jobs,
            (unsigned long long)(result.elapsed_ns / US), (unsigned long long)(best_ns / US));
        CHECK(result.by_card > 0);
        CHECK(result.elapsed_ns <= best_ns * 3 / 2 + 6 * card_ns);
    }
}

static void test_the_cpu_finds_out_a_card_that_spares_the_known_answers(void)
{
    struct offload_options options = plain_options();
    options.recheck_one_in = 1;
    start(&options, 1);
    settle(&core.lanes[0]);
    submit_many(1, 2, ECDSA); /* both valid */
    fakes[0].hold = true;
    now_ns += 100 * US;
    settle(&core.lanes[0]);
    fakes[0].pending[1].answer.answer.valid = false;
    fakes[0].hold = false;
    run_lane(&core.lanes[0], MS);
    while (core_cpu_step(&core, digests))
        ;
    CHECK_EQ(done_count(), 2); /* with the right verdicts: on_done looks */
    CHECK_EQ(core.kinds[ECDSA].rechecked, 2);
    settle(&core.lanes[0]);
    CHECK_EQ(reason_count(OFFLOAD_DISAGREED), 1);
    finish();
}

static void test_rechecks_have_a_budget(void)
{
    struct offload_options options = plain_options();
    options.recheck_budget = 5;
    start(&options, 1);
    settle(&core.lanes[0]);
    for (unsigned i = 0; i < 64; i++) {
        make_job(&jobs[i], OFFLOAD_SHA256, i % KNOWN_PAIRS, false,
                 EXPECT_OTHER); /* a flood of bad ones */
        CHECK_EQ(submit(&jobs[i]), OFFLOAD_OK);
    }
    core.lanes[0].ps_per_unit[OFFLOAD_SHA256] = 1;
    run_lane(&core.lanes[0], 10 * MS);
    CHECK_EQ(core.kinds[OFFLOAD_SHA256].card + core.returned.count, 64);
    CHECK_EQ(core.returned.count, 5 + 64 / 8); /* the budget, and what 64 answers earned */
    finish();
}

static void test_an_idle_card_is_probed(void)
{
    struct offload_options options = plain_options();
    start(&options, 1);
    settle(&core.lanes[0]);
    run_lane(&core.lanes[0], 7000 * MS);
    CHECK(core.lanes[0].stats.known_passed >= 12);
    fakes[0].fail_next = FAKE_HANG;
    run_lane(&core.lanes[0], 1100 * MS);
    CHECK_EQ(reason_count(OFFLOAD_STALLED), 1);
    finish();
}

/* ------------------------------------------------------------------ random schedules */

static void random_submit(uint64_t *dice)
{
    unsigned index = (unsigned)dice_roll(dice, JOBS_MAX);
    struct test_job *test = &jobs[index];
    if (test->submitted != test->done)
        return;
    make_job(test, (enum offload_kind)dice_roll(dice, OFFLOAD_KINDS),
             (unsigned)dice_roll(dice, KNOWN_PAIRS), dice_roll(dice, 2) == 0,
             (enum expectation)dice_roll(dice, 3));
    int code = submit(test);
    CHECK(code == OFFLOAD_OK || code == OFFLOAD_BUSY);
}

static void check_places(void)
{
    unsigned waiting = core.returned.count;
    for (unsigned kind = 0; kind < OFFLOAD_KINDS; kind++)
        waiting += core.waiting[kind].count;
    for (unsigned i = 0; i < core.lane_count; i++)
        for (unsigned b = 0; b < OFFLOAD_BATCHES; b++)
            waiting += core.lanes[i].batches[b].open ? core.lanes[i].batches[b].jobs : 0;
    CHECK_EQ(waiting, core.in_flight); /* invariants 1 and 2 */
}

static void random_schedule(uint64_t seed)
{
    uint64_t dice = seed;
    struct offload_options options = plain_options();
    options.seed = seed;
    options.jobs_max = 1 + (unsigned)dice_roll(&dice, 100);
    options.batch_jobs = 1 + (unsigned)dice_roll(&dice, OFFLOAD_BATCH_JOBS_MAX);
    options.probe_ns = 1 + dice_roll(&dice, 20) * MS;
    options.recheck_budget = 1000000;
    /* A single lie on a job without an expected digest is found only where every answer is looked
     * at again. */
    bool single_lies = dice_roll(&dice, 2) == 0;
    options.recheck_one_in = single_lies ? 1 : 3;
    start(&options, 1 + (unsigned)dice_roll(&dice, FAKES));
    for (unsigned i = 0; i < core.lane_count; i++) {
        unsigned allowed = FAKE_ALL & ~(single_lies ? 0u : FAKE_SINGLE_WRONG);
        fakes[i].faults = allowed & (unsigned)dice_roll(&dice, FAKE_ALL + 1);
        fakes[i].fault_one_in = 5 + (unsigned)dice_roll(&dice, 400);
        if (dice_roll(&dice, 20) == 0) { /* a card that can do nothing but fail honestly */
            fakes[i].faults = FAKE_STATUS;
            fakes[i].fault_one_in = 1;
        }
        fakes[i].supports = (unsigned)dice_roll(&dice, 1u << OFFLOAD_KINDS);
        fakes[i].in_order = dice_roll(&dice, 2) == 0;
        fakes[i].ns_per_unit = 1 + dice_roll(&dice, 50000);
    }
    uint64_t submit_share = 1 + dice_roll(&dice, 8);
    for (unsigned step = 0; step < 600; step++) {
        uint64_t roll = dice_roll(&dice, 16);
        if (roll < submit_share)
            random_submit(&dice);
        else if (roll < 12)
            lane_step(&core.lanes[dice_roll(&dice, core.lane_count)]);
        else if (roll < 14)
            core_cpu_step(&core, digests);
        else
            now_ns +=
                dice_roll(&dice, 2) == 0 ? dice_roll(&dice, 200 * US) : dice_roll(&dice, 30 * MS);
        check_places();
    }
    if (dice_roll(&dice, 4) == 0) {
        finish(); /* in the middle of it */
        return;
    }
    for (unsigned step = 0; step < 100000 && core.in_flight > 0; step++) {
        for (unsigned i = 0; i < core.lane_count; i++)
            lane_step(&core.lanes[i]);
        core_cpu_step(&core, digests);
        now_ns += 500 * US;
    }
    CHECK_EQ(core.in_flight, 0); /* everything ends without being told to stop */
    finish();
}

static uint64_t running_seed;

static void print_running_seed(void) /* at exit: names the schedule in which a CHECK failed */
{
    if (running_seed != 0)
        printf("# in the schedule of seed %llu\n", (unsigned long long)running_seed);
}

static void test_random_schedules(void)
{
    CHECK_EQ(atexit(print_running_seed), 0);
    uint64_t reasons[OFFLOAD_REASONS] = {0};
    uint64_t by_card = 0;
    for (uint64_t seed = 1; seed <= 1200; seed++) {
        running_seed = seed;
        random_schedule(seed);
        for (unsigned i = 0; i < core.lane_count; i++)
            for (unsigned reason = 0; reason < OFFLOAD_REASONS; reason++)
                reasons[reason] += core.lanes[i].stats.reasons[reason];
        for (unsigned kind = 0; kind < OFFLOAD_KINDS; kind++)
            by_card += core.kinds[kind].card;
    }
    running_seed = 0;
    CHECK(by_card > 1000);
    for (unsigned reason = 0; reason < OFFLOAD_REASONS; reason++) {
        printf("# %-28s %llu\n", offload_reason_name((enum offload_reason)reason),
               (unsigned long long)reasons[reason]);
        CHECK(reasons[reason] > 0); /* every way of failing was walked */
    }
}

int main(void)
{
    digests = digest_context_create();
    CHECK(digests != NULL);
    CHECK(known_answers_init(&questions, digests, 99));
    RUN(test_without_a_card_the_cpu_answers);
    RUN(test_a_card_that_is_well_answers);
    RUN(test_batches_form_by_number_or_by_age);
    RUN(test_long_inputs_fit_the_slab);
    RUN(test_card_that_answers_is_looked_at_too);
    RUN(test_answers_are_held_until_the_known_ones_passed);
    RUN(test_a_lie_takes_the_card_out_and_back_off_doubles);
    RUN(test_each_failure_takes_the_card_out);
    RUN(test_a_liar_is_found_in_every_kind);
    RUN(test_one_lie_in_a_known_answer_costs_the_whole_batch);
    RUN(test_a_spared_cpu_waits_for_the_card);
    RUN(test_an_answer_from_an_earlier_life_does_not_count);
    RUN(test_a_card_that_does_not_come_back_is_tried_again);
    RUN(test_an_error_status_is_no_answer);
    RUN(test_what_no_card_can_do_goes_to_the_cpu);
    RUN(test_submissions_that_are_refused);
    RUN(test_an_idle_card_is_left_its_work);
    RUN(test_a_kind_is_learnt_while_the_card_is_busy);
    RUN(test_both_work_at_their_rates);
    RUN(test_the_cpu_finds_out_a_card_that_spares_the_known_answers);
    RUN(test_rechecks_have_a_budget);
    RUN(test_an_idle_card_is_probed);
    RUN(test_random_schedules);
    digest_context_destroy(digests);
    return 0;
}
