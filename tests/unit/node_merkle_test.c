// SPDX-License-Identifier: Apache-2.0
/* Merkle roots through offload, and without it when it does not answer. */
#include "host/node/merkle.h"

#include "host/crypto/digest.h"
#include "tests/unit/check.h"
#include "tests/unit/offload_fake_card.h"

#define LEAVES_MAX    40000u
#define HANG_GUARD_NS (100 * CLOCK_NS_PER_S)

static struct clock real_clock;
static struct digest_context *digests, *card_digests;
static struct fake_card fake;
static struct offload *offload;
static struct merkle *merkle;
static uint8_t leaves[LEAVES_MAX][32];

static void start(unsigned jobs_max, uint64_t wait_ns)
{
    char error[OFFLOAD_TEXT_SIZE];
    fake_card_init(&fake, &real_clock, card_digests, 1);
    struct offload_card card = fake_card_seam(&fake);
    struct offload_options options = {.workers = 1,
                                      .jobs_max = jobs_max,
                                      .spare_cpu = true, /* a card in service does everything */
                                      .recheck_one_in = 1000000,
                                      .cards = &card,
                                      .card_count = 1};
    CHECK_EQ(offload_create(&options, &offload, error), 0);
    merkle = merkle_create(offload, wait_ns);
    CHECK(merkle != NULL);
}

static void end(void)
{
    offload_destroy(offload);
    merkle_destroy(merkle);
}

static void check_root(size_t count)
{
    uint8_t root[32], expected[32];
    merkle_root(merkle, leaves[0], count, root);
    digest_merkle_root(digests, DIGEST_SHA256, leaves[0], count, expected);
    CHECK_MEM(root, expected, sizeof root);
}

static uint64_t jobs(void)
{
    struct offload_stats stats;
    offload_stats(offload, &stats);
    return stats.kinds[OFFLOAD_MERKLE_SHA256].jobs;
}

static void test_long_lists_go_to_offload(void)
{
    start(0, HANG_GUARD_NS);
    check_root(1);
    check_root(MERKLE_LEAVES_MIN - 1);
    CHECK_EQ(jobs(), 0);
    check_root(MERKLE_LEAVES_MIN);
    check_root(5000);
    check_root(OFFLOAD_INPUT_BYTES_MAX / 32);
    CHECK_EQ(jobs(), 3);
    check_root(LEAVES_MAX); /* more than a job takes */
    CHECK_EQ(jobs(), 3);
    end();
}

static void test_a_card_that_hangs_holds_nobody_up(void)
{
    start(0, CLOCK_NS_PER_MS);
    fake.hold = true;
    check_root(1000);
    check_root(2000); /* the job is still away */
    CHECK_EQ(jobs(), 1);
    fake.hold = false;
    CHECK(offload_wait(offload, 0, HANG_GUARD_NS));
    check_root(3000); /* is asked again */
    CHECK_EQ(jobs(), 2);
    end();
}

/* Only to be counted as done. */
static void on_done(struct offload_job *job)
{
    (void)job;
}

static void test_a_full_offload_holds_nobody_up(void)
{
    struct offload_job job = {
        .kind = OFFLOAD_MERKLE_SHA256, .bytes = 32, .input = leaves[0], .done = on_done};
    start(1, HANG_GUARD_NS);
    fake.hold = true;
    CHECK_EQ(offload_submit(offload, &job), OFFLOAD_OK);
    check_root(1000);
    fake.hold = false;
    CHECK(offload_wait(offload, 0, HANG_GUARD_NS));
    CHECK_EQ(jobs(), 1);
    check_root(1000);
    CHECK_EQ(jobs(), 2);
    end();
}

int main(void)
{
    real_clock = clock_monotonic();
    digests = digest_context_create();
    card_digests = digest_context_create();
    for (unsigned i = 0; i < LEAVES_MAX; i++)
        memcpy(leaves[i], &i, sizeof i);
    RUN(test_long_lists_go_to_offload);
    RUN(test_a_card_that_hangs_holds_nobody_up);
    RUN(test_a_full_offload_holds_nobody_up);
    digest_context_destroy(card_digests);
    digest_context_destroy(digests);
    return 0;
}
