// SPDX-License-Identifier: Apache-2.0
/* Offload on libsnapcard and a simulated card: jobs of every kind and of many lengths, each with
 * one answer, the right one, whatever the card does.
 *
 * usage: offload_card_test ADDRESS JOBS LONGEST SEED [spare_cpu]
 *
 * The CPU takes what it does sooner than the card, of a simulated one nearly everything. With
 * spare_cpu it takes only what the card cannot do or has failed to, and while the card is out no
 * job is handed in: nearly all go to the card. */
#include <stdatomic.h>
#include <time.h>

#include "host/crypto/digest.h"
#include "host/offload/driver_card.h"
#include "host/offload/known.h"
#include "host/offload/offload.h"
#include "tests/unit/check.h"
#include "tests/unit/offload_fake_card.h" /* dice_roll */

#define JOBS_MAX        100000u
#define HANG_GUARD_NS   (500 * CLOCK_NS_PER_S)
#define ADMISSION_TRIES 100000u /* a millisecond each */
#define STALL_MS        60000u  /* a busy machine's card creeps */
#define IN_FLIGHT_MAX   400u

static uint8_t input[OFFLOAD_INPUT_BYTES_MAX];
static struct known_answers signatures;
static struct digest_context *digests;
static struct test_job {
    struct offload_job job;
    uint8_t expected[OFFLOAD_RESULT_BYTES];
    uint8_t result[OFFLOAD_RESULT_BYTES];
    bool expect_valid;
    atomic_uint done;
} jobs[JOBS_MAX];

static void on_done(struct offload_job *job)
{
    struct test_job *test = job->user;
    CHECK(job->verdict == (test->expect_valid ? OFFLOAD_VALID : OFFLOAD_INVALID));
    CHECK_MEM(job->result, test->result, OFFLOAD_RESULT_BYTES);
    atomic_fetch_add(&test->done, 1);
}

/* Most are short, some fill the slot, some go by address, a few are as long as may be. */
static uint32_t random_bytes(uint64_t *dice, uint32_t longest)
{
    static const uint32_t limits[] = {64, 256, 256, 1024, 1024, 4096};
    uint32_t limit = limits[dice_roll(dice, sizeof limits / sizeof limits[0])];
    if (dice_roll(dice, 100) == 0)
        limit = longest;
    return (uint32_t)dice_roll(dice, (limit < longest ? limit : longest) + 1);
}

static void make_job(struct test_job *test, uint64_t *dice, uint32_t longest)
{
    enum offload_kind kind = (enum offload_kind)dice_roll(dice, OFFLOAD_KINDS);
    unsigned pair = (unsigned)dice_roll(dice, KNOWN_PAIRS);
    bool bad = dice_roll(dice, 8) == 0;
    test->job = (struct offload_job){.kind = kind, .done = on_done, .user = test};
    test->expect_valid = !bad;
    if (kind >= OFFLOAD_ECDSA_SECP256K1_VERIFY) {
        const struct known_answer *good = &signatures.good[kind][pair];
        const struct known_answer *known = bad ? &signatures.bad[kind][pair] : good;
        test->job.input = known->input;
        test->job.bytes = known->bytes;
        memcpy(test->result, known->answer.result, sizeof test->result);
        if (offload_kind_info(kind)->result_bytes != 0)
            test->job.expected = good->answer.result;
        return;
    }
    uint32_t bytes = random_bytes(dice, longest);
    if (kind != OFFLOAD_SHA256 && kind != OFFLOAD_SM3)
        bytes = bytes < MERKLE_LEAF_BYTES ? MERKLE_LEAF_BYTES
                                          : bytes / MERKLE_LEAF_BYTES * MERKLE_LEAF_BYTES;
    test->job.bytes = bytes;
    test->job.input = input + dice_roll(dice, sizeof input - bytes + 1);
    struct offload_answer answer;
    offload_cpu_answer(digests, kind, test->job.input, bytes, &answer);
    memcpy(test->result, answer.result, sizeof test->result);
    memcpy(test->expected, answer.result, sizeof test->expected);
    test->expected[31] ^= bad;
    test->job.expected = test->expected;
}

static struct offload *start(const char *address, uint64_t seed, bool spare_cpu)
{
    struct driver_card_options card_options = {.stall_ms = STALL_MS};
    struct offload_card card;
    struct offload *offload;
    char error[OFFLOAD_TEXT_SIZE];
    CHECK_EQ(driver_card_create(address, &card_options, &card), 0);
    struct offload_options options = {.jobs_max = IN_FLIGHT_MAX,
                                      .probe_ns = CLOCK_NS_PER_MS,
                                      .backoff_ns = CLOCK_NS_PER_MS,
                                      .backoff_max_ns = 20 * CLOCK_NS_PER_MS,
                                      .spare_cpu = spare_cpu,
                                      .seed = seed,
                                      .cards = &card,
                                      .card_count = 1};
    if (offload_create(&options, &offload, error) != 0) {
        printf("not ok - %s\n", error);
        exit(1);
    }
    return offload;
}

/* A card that was taken out is let in again, when its pause is over and its self-test passes. */
static bool comes_up(struct offload *offload)
{
    const struct timespec pause = {.tv_nsec = CLOCK_NS_PER_MS};
    struct offload_stats stats;
    for (unsigned tries = 0; tries < ADMISSION_TRIES; tries++) {
        offload_stats(offload, &stats);
        if (stats.cards[0].up)
            return true;
        (void)nanosleep(&pause, NULL);
    }
    return false;
}

static void submit(struct offload *offload, struct offload_job *job)
{
    int code;
    while ((code = offload_submit(offload, job)) == OFFLOAD_BUSY)
        (void)offload_wait(offload, IN_FLIGHT_MAX / 2, CLOCK_NS_PER_S);
    CHECK_EQ(code, OFFLOAD_OK);
}

static void report(struct offload *offload, unsigned count)
{
    struct offload_stats stats;
    struct offload_event events[OFFLOAD_EVENTS_MAX];
    offload_stats(offload, &stats);
    uint64_t answered = 0;
    uint64_t by_card = 0;
    for (unsigned kind = 0; kind < OFFLOAD_KINDS; kind++) {
        const struct offload_kind_stats *k = &stats.kinds[kind];
        printf(
            "# %-24s %6llu jobs, %6llu on the card, %llu taken back, %llu with an error status\n",
            offload_kind_info((enum offload_kind)kind)->name, (unsigned long long)k->jobs,
            (unsigned long long)k->card, (unsigned long long)k->returned,
            (unsigned long long)k->error_status);
        answered += k->card + k->cpu;
        by_card += k->card;
    }
    unsigned event_count = offload_events(offload, 0, events, OFFLOAD_EVENTS_MAX);
    for (unsigned i = 0; i < event_count; i++)
        printf("# %s: %s\n", offload_reason_name(events[i].reason), events[i].text);
    CHECK_EQ(answered, count);
    CHECK(by_card > 0); /* a simulated card may be too slow for more than a few */
}

int main(int argc, char **argv)
{
    (void)setvbuf(stdout, NULL, _IOLBF, 0); /* what a failed check says must not be lost */
    CHECK(argc == 5 || (argc == 6 && strcmp(argv[5], "spare_cpu") == 0));
    bool spare_cpu = argc == 6;
    unsigned count = (unsigned)strtoul(argv[2], NULL, 10);
    uint32_t longest = (uint32_t)strtoul(argv[3], NULL, 10);
    uint64_t dice = strtoull(argv[4], NULL, 10);
    CHECK(count <= JOBS_MAX && longest <= OFFLOAD_INPUT_BYTES_MAX);
    digests = digest_context_create();
    CHECK(digests != NULL);
    CHECK(known_answers_init(&signatures, digests, 77));
    for (size_t i = 0; i < sizeof input; i++)
        input[i] = (uint8_t)dice_roll(&dice, 256);

    struct offload *offload = start(argv[1], dice, spare_cpu);
    for (unsigned i = 0; i < count; i++) {
        make_job(&jobs[i], &dice, longest);
        CHECK(!spare_cpu || comes_up(offload));
        submit(offload, &jobs[i].job);
    }
    CHECK(offload_wait(offload, 0, HANG_GUARD_NS));
    for (unsigned i = 0; i < count; i++)
        CHECK_EQ(atomic_load(&jobs[i].done), 1);
    CHECK(comes_up(offload)); /* also when the CPU did all jobs in the meantime */
    report(offload, count);
    offload_destroy(offload);
    digest_context_destroy(digests);
    printf("ok - %u jobs\n", count);
    return 0;
}
