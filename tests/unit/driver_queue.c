// SPDX-License-Identifier: Apache-2.0
/* The driver's queue against a card in memory: the ways of an honest card, and every lie that one
 * can tell. */
#include <poll.h>

#include "tests/unit/check.h"
#include "tests/unit/driver_fake.h"

static const uint8_t digest[SNAP_RESULT_BYTES] = {1, 2, 3};

static struct snap_queue *new_queue(struct snap_card *card, unsigned entries)
{
    struct snap_queue_config config = {.entries = entries, .deadline_cycles = 1000};
    struct snap_queue *queue;
    struct snap_error error;
    CHECK_EQ(snap_queue_create(card, &config, &queue, &error), SNAP_OK);
    return queue;
}

static void submit_noops(struct snap_queue *queue, unsigned count, uint64_t first_user)
{
    for (unsigned i = 0; i < count; i++)
        CHECK(snap_queue_prepare(queue, SNAP_OP_NOOP, 0, 0, first_user + i) != NULL);
    snap_queue_submit(queue);
}

/* ------------------------------------------------------------------ an honest card */

static void job_reaches_card_and_result_host(void)
{
    struct fake_card *fake;
    struct snap_card *card = fake_open(&fake, 0);
    struct snap_queue *queue = new_queue(card, 4);
    uint8_t *payload = snap_queue_prepare(queue, SNAP_OP_SHA256, 0, 3, 42);
    CHECK(payload != NULL);
    memcpy(payload, "abc", 3);
    CHECK_EQ(snap_queue_outstanding(queue), 0);
    snap_queue_submit(queue);
    CHECK_EQ(snap_queue_outstanding(queue), 1);
    CHECK_EQ(fake->doorbell[0], 1);

    struct snap_job_header *header = fake_slot(fake, 0, 0);
    CHECK_EQ(header->opcode, SNAP_OP_SHA256);
    CHECK_EQ(header->flags, 0);
    CHECK_EQ(header->length, 3);
    CHECK_EQ(header->address, 0);
    CHECK_EQ(header->reserved0, 0);
    CHECK_EQ(header->reserved1, 0);
    CHECK_MEM((uint8_t *)header + SNAP_JOB_HEADER_BYTES, "abc", 3);

    struct snap_result result;
    CHECK_EQ(snap_queue_reap(queue, &result, 1), 0);
    (void)fake_complete(fake, 0, 0, SNAP_STATUS_OK, digest);
    CHECK_EQ(snap_queue_reap(queue, &result, 1), 1);
    CHECK_EQ(result.user, 42);
    CHECK_EQ(result.status, SNAP_STATUS_OK);
    CHECK_EQ(result.opcode, SNAP_OP_SHA256);
    CHECK_EQ(result.value, 3);
    CHECK_EQ(result.engine_cycles, 77);
    CHECK_MEM(result.data, digest, sizeof digest);
    CHECK_EQ(snap_queue_outstanding(queue), 0);
    snap_card_close(card);
}

static void full_ring_takes_no_more(void)
{
    struct fake_card *fake;
    struct snap_card *card = fake_open(&fake, 0);
    struct snap_queue *queue = new_queue(card, 4);
    struct snap_arena *arena;
    CHECK_EQ(snap_arena_create(card, 64, &arena, NULL), SNAP_OK);
    submit_noops(queue, 4, 0);
    CHECK_EQ(snap_queue_room(queue), 0);
    CHECK(snap_queue_prepare(queue, SNAP_OP_NOOP, 0, 0, 9) == NULL);
    CHECK(!snap_queue_prepare_indirect(queue, SNAP_OP_SHA256, 0, arena, 0, 64, 9));
    (void)fake_complete(fake, 0, 2, SNAP_STATUS_OK, NULL);
    struct snap_result result;
    CHECK_EQ(snap_queue_reap(queue, &result, 1), 1);
    CHECK_EQ(result.user, 2);
    CHECK_EQ(snap_queue_room(queue), 1);
    submit_noops(queue, 1, 4);
    CHECK_EQ(fake->doorbell[0], 1u << 16 | 5); /* the head goes with the tail */
    snap_card_close(card);
}

static void slot_is_used_again_under_a_slow_job(void)
{
    struct fake_card *fake;
    struct snap_card *card = fake_open(&fake, 0);
    struct snap_queue *queue = new_queue(card, 2);
    struct snap_result result;
    submit_noops(queue, 1, 1000); /* in slot 0 until the end */
    uint64_t slow_cookie = fake_slot(fake, 0, 0)->cookie;
    for (unsigned i = 1; i < 100; i++) {
        submit_noops(queue, 1, i);
        (void)fake_complete(fake, 0, (uint16_t)i, SNAP_STATUS_OK, NULL);
        CHECK_EQ(snap_queue_reap(queue, &result, 1), 1);
        CHECK_EQ(result.user, i);
    }
    struct snap_completion *completion = fake_complete(fake, 0, 0, SNAP_STATUS_OK, NULL);
    completion->cookie = slow_cookie;
    CHECK_EQ(snap_queue_reap(queue, &result, 1), 1);
    CHECK_EQ(result.user, 1000);
    snap_card_close(card);
}

/* Indices wrap at 2^16; orders within a batch are reversed now and then. */
static void wraps(unsigned entries)
{
    struct fake_card *fake;
    struct snap_card *card = fake_open(&fake, 0);
    struct snap_queue *queue = new_queue(card, entries);
    static struct snap_result results[4097];
    uint32_t done = 0;
    for (unsigned round = 0; done < 0x30000; round++) {
        unsigned batch = 1 + round * 7 % entries;
        submit_noops(queue, batch, done);
        for (unsigned i = 0; i < batch; i++) {
            unsigned nth = round % 3 == 0 ? batch - 1 - i : i;
            (void)fake_complete(fake, 0, (uint16_t)(done + nth), SNAP_STATUS_OK, NULL);
        }
        CHECK_EQ(snap_queue_reap(queue, results, batch + 1), batch);
        for (unsigned i = 0; i < batch; i++)
            CHECK_EQ(results[i].user, done + (round % 3 == 0 ? batch - 1 - i : i));
        done += batch;
    }
    CHECK_EQ(snap_queue_check(queue, NULL), SNAP_QUEUE_RUNNING);
    snap_card_close(card);
}

static void indices_wrap(void)
{
    wraps(2);
    wraps(64);
    wraps(4096);
}

static void hot_path_reads_no_register(void)
{
    struct fake_card *fake;
    struct snap_card *card = fake_open(&fake, 0);
    struct snap_queue *queue = new_queue(card, 64);
    struct snap_result results[32];
    unsigned reads = fake->register_reads;
    submit_noops(queue, 32, 0);
    for (uint16_t i = 0; i < 32; i++)
        (void)fake_complete(fake, 0, i, SNAP_STATUS_OK, NULL);
    CHECK_EQ(snap_queue_reap(queue, results, 32), 32);
    CHECK_EQ(fake->register_reads, reads);
    CHECK_EQ(fake->doorbells, 1);
    snap_queue_submit(queue); /* nothing was prepared: no doorbell */
    CHECK_EQ(fake->doorbells, 1);
    snap_card_close(card);
}

static void every_status_is_passed_on(void)
{
    static const uint8_t statuses[] = {
#define VALUE(name, value, text) value,
        SNAP_STATUS_LIST(VALUE)};
    struct fake_card *fake;
    struct snap_card *card = fake_open(&fake, 0);
    struct snap_queue *queue = new_queue(card, 64);
    struct snap_result result;
    for (uint16_t i = 0; i < sizeof statuses; i++) {
        submit_noops(queue, 1, i);
        struct snap_completion *completion = fake_complete(fake, 0, i, statuses[i], NULL);
        if (statuses[i] >= SNAP_STATUS_FETCH_UR && statuses[i] <= SNAP_STATUS_FETCH_MALFORMED)
            completion->cookie = 0; /* the card does not know it */
        CHECK_EQ(snap_queue_reap(queue, &result, 1), 1);
        CHECK_EQ(result.user, i);
        CHECK_EQ(result.status, statuses[i]);
        CHECK(result.data == NULL);
    }
    snap_card_close(card);
}

/* ------------------------------------------------------------------ verdicts */

static uint64_t verdict_result(uint32_t code, uint64_t cookie)
{
    return (code | (uint64_t)~code << 32) ^ cookie;
}

/* One job that the card completes with `result` XOR its cookie; what the host makes of it. */
static bool reap_verdict(uint8_t opcode, uint64_t plain, bool has_result,
                         struct snap_result *result, const char *reason)
{
    struct fake_card *fake;
    struct snap_card *card = fake_open(&fake, 0);
    struct snap_queue *queue = new_queue(card, 4);
    struct snap_error error = {0};
    CHECK(snap_queue_prepare(queue, opcode, 0, 96, 5) != NULL);
    snap_queue_submit(queue);
    struct snap_completion *completion =
        fake_complete(fake, 0, 0, SNAP_STATUS_OK, has_result ? digest : NULL);
    completion->result = plain ^ completion->cookie;
    bool taken = snap_queue_reap(queue, result, 1) == 1;
    if (!taken) {
        CHECK_EQ(snap_queue_check(queue, &error), SNAP_QUEUE_BROKEN);
        CHECK(strstr(error.text, reason) != NULL);
    }
    snap_card_close(card);
    return taken;
}

static void verdicts_are_read(void)
{
    static const struct {
        uint8_t opcode;
        uint32_t verdict;
        bool has_result, taken;
    } cases[] = {
        {SNAP_OP_ECDSA_SECP256K1_VERIFY, SNAP_VERDICT_VALID, false, true},
        {SNAP_OP_ECDSA_SECP256K1_VERIFY, SNAP_VERDICT_INVALID, false, true},
        {SNAP_OP_ECDSA_SECP256K1_VERIFY, SNAP_VERDICT_INFINITY, false, false},
        {SNAP_OP_ECDSA_SECP256K1_VERIFY, SNAP_VERDICT_VALID, true, false},
        {SNAP_OP_BIP340_VERIFY, SNAP_VERDICT_VALID, false, true},
        {SNAP_OP_SM2_VERIFY, SNAP_VERDICT_VALID, false, true},
        {SNAP_OP_PEDERSEN_SUM_ZERO, SNAP_VERDICT_INFINITY, false, false},
        {SNAP_OP_MICROCODE_LOAD, SNAP_VERDICT_INVALID, false, true},
        {SNAP_OP_ECDSA_SECP256K1_RECOVER, SNAP_VERDICT_VALID, true, true},
        {SNAP_OP_ECDSA_SECP256K1_RECOVER, SNAP_VERDICT_VALID, false, false},
        {SNAP_OP_ECDSA_SECP256K1_RECOVER, SNAP_VERDICT_INVALID, true, false},
        {SNAP_OP_ECDSA_SECP256K1_RECOVER, SNAP_VERDICT_INFINITY, false, false},
        {SNAP_OP_MSM, SNAP_VERDICT_VALID, true, true},
        {SNAP_OP_MSM, SNAP_VERDICT_INFINITY, false, true},
        {SNAP_OP_MSM, SNAP_VERDICT_INFINITY, true, false},
        {SNAP_OP_PEDERSEN_COMMIT, SNAP_VERDICT_INFINITY, false, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct snap_result result;
        bool taken = reap_verdict(cases[i].opcode, verdict_result(cases[i].verdict, 0),
                                  cases[i].has_result, &result, "is wrong: it");
        if (taken != cases[i].taken)
            printf("# case %zu\n", i);
        CHECK_EQ(taken, cases[i].taken);
        if (!taken)
            continue;
        CHECK_EQ(snap_result_verdict(&result), cases[i].verdict);
        CHECK_EQ(result.data != NULL, cases[i].has_result);
    }
}

static void no_bit_makes_a_verdict(void)
{
    struct snap_result result;
    for (unsigned bit = 0; bit < 64; bit++)
        CHECK(!reap_verdict(SNAP_OP_ECDSA_SECP256K1_VERIFY,
                            verdict_result(SNAP_VERDICT_INVALID, 0) ^ UINT64_C(1) << bit, false,
                            &result, "verdict is none"));
    static const uint64_t others[] = {
        0,          UINT64_MAX,
        UINT32_MAX, UINT64_C(0xFFFFFFFF00000000),
        1,          (uint64_t)SNAP_VERDICT_VALID << 32 | SNAP_VERDICT_VALID};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        CHECK(!reap_verdict(SNAP_OP_ECDSA_SECP256K1_VERIFY, others[i], false, &result,
                            "verdict is none"));
}

static void verdict_of_another_job_is_none(void)
{
    struct fake_card *fake;
    struct snap_card *card = fake_open(&fake, 0);
    struct snap_queue *queue = new_queue(card, 4);
    struct snap_result result;
    for (unsigned i = 0; i < 2; i++)
        CHECK(snap_queue_prepare(queue, SNAP_OP_ECDSA_SECP256K1_VERIFY, 0, 160, i) != NULL);
    snap_queue_submit(queue);
    struct snap_completion *completion = fake_complete(fake, 0, 0, SNAP_STATUS_OK, NULL);
    completion->result = verdict_result(SNAP_VERDICT_VALID, fake_slot(fake, 0, 1)->cookie);
    CHECK_EQ(snap_queue_reap(queue, &result, 1), 0);
    CHECK_EQ(snap_queue_check(queue, NULL), SNAP_QUEUE_BROKEN);
    snap_card_close(card);
}

static void only_ok_jobs_have_a_verdict(void)
{
    struct fake_card *fake;
    struct snap_card *card = fake_open(&fake, 0);
    struct snap_queue *queue = new_queue(card, 4);
    struct snap_result result;
    CHECK(snap_queue_prepare(queue, SNAP_OP_ECDSA_SECP256K1_VERIFY, 0, 160, 0) != NULL);
    CHECK(snap_queue_prepare(queue, SNAP_OP_SHA256, 0, 3, 1) != NULL);
    snap_queue_submit(queue);
    struct snap_completion *completion = fake_complete(fake, 0, 0, SNAP_STATUS_ENGINE_FAULT, NULL);
    completion->result = verdict_result(SNAP_VERDICT_VALID, completion->cookie);
    CHECK_EQ(snap_queue_reap(queue, &result, 1), 1);
    CHECK_EQ(result.status, SNAP_STATUS_ENGINE_FAULT);
    CHECK_EQ(snap_result_verdict(&result), 0);
    completion = fake_complete(fake, 0, 1, SNAP_STATUS_OK, digest);
    completion->result = SNAP_VERDICT_VALID;
    CHECK_EQ(snap_queue_reap(queue, &result, 1), 1);
    CHECK_EQ(snap_result_verdict(&result), 0); /* a digest is none */
    snap_card_close(card);
}

static void typed_jobs_reach_the_card(void)
{
    struct fake_card *fake;
    struct snap_card *card = fake_open(&fake, 0);
    struct snap_queue *queue = new_queue(card, 4);
    struct snap_arena *arena;
    struct snap_ecdsa_verify_payload verify = {.digest = {1}, .r = {2}, .s = {3}, .x = {4}};
    struct snap_msm_term terms[3] = {{.scalar = {7}}, {.x = {8}}, {.y = {9}}};
    CHECK_EQ(snap_arena_create(card, 4096, &arena, NULL), SNAP_OK);
    CHECK(!snap_prepare_ecdsa_verify(queue, &verify, SNAP_FLAG_MESSAGE, 0));
    CHECK(snap_prepare_ecdsa_verify(queue, &verify, SNAP_FLAG_COMPRESSED | SNAP_FLAG_LOW_S, 1));
    CHECK(!snap_prepare_msm(queue, terms, 0, arena, 0, 0));
    CHECK(!snap_prepare_msm(queue, terms, SNAP_POINT_TERMS_MAX + 1, arena, 0, 0));
    CHECK(!snap_prepare_msm(queue, terms, 3, arena, 4096 - 256, 0)); /* 32 bytes too many */
    CHECK(!snap_prepare_msm(queue, terms, 3, arena, SIZE_MAX - 63, 0));
    CHECK(snap_prepare_msm(queue, terms, 3, arena, 64, 2));
    snap_queue_submit(queue);
    struct snap_job_header *header = fake_slot(fake, 0, 0);
    CHECK_EQ(header->opcode, SNAP_OP_ECDSA_SECP256K1_VERIFY);
    CHECK_EQ(header->flags, SNAP_FLAG_COMPRESSED | SNAP_FLAG_LOW_S);
    CHECK_EQ(header->length, sizeof verify);
    CHECK_MEM(header + 1, &verify, sizeof verify);
    header = fake_slot(fake, 0, 1);
    CHECK_EQ(header->opcode, SNAP_OP_MSM);
    CHECK_EQ(header->flags, SNAP_FLAG_INDIRECT);
    CHECK_EQ(header->length, sizeof terms);
    CHECK_EQ(header->address, snap_arena_address(arena) + 64);
    CHECK_MEM((uint8_t *)snap_arena_data(arena) + 64, terms, sizeof terms);
    snap_card_close(card);
}

static void bad_sums_are_refused(void)
{
    struct fake_card *fake;
    struct snap_card *card = fake_open(&fake, 0);
    struct snap_queue *queue = new_queue(card, 4);
    struct snap_arena *small, *arena;
    struct snap_msm_term term = {.x = {0}};
    struct snap_point sum;
    struct snap_error error;
    uint32_t verdict;
    CHECK_EQ(snap_arena_create(card, 4096, &small, NULL), SNAP_OK);
    CHECK_EQ(snap_arena_create(card, 8192, &arena, NULL), SNAP_OK);
    CHECK_EQ(snap_msm(queue, arena, &term, 0, 1, &sum, &verdict, &error), SNAP_E_ARGUMENT);
    CHECK_EQ(snap_msm(queue, arena, &term, SNAP_MSM_TERMS_MAX + 1, 1, &sum, &verdict, &error),
             SNAP_E_ARGUMENT);
    CHECK_EQ(snap_msm(queue, small, &term, 1, 1, &sum, &verdict, &error), SNAP_E_ARGUMENT);
    CHECK(strstr(error.text, "no room") != NULL);
    CHECK_EQ(snap_msm(queue, arena, &term, 1, 1, &sum, &verdict, &error), SNAP_E_TIMEOUT);
    CHECK_EQ(snap_msm(queue, arena, &term, 1, 1, &sum, &verdict, &error), SNAP_E_BUSY);
    CHECK_EQ(snap_card_load_microcode(card, &term, sizeof term, &error), SNAP_E_ARGUMENT);
    uint8_t image[1120] = {0};
    CHECK_EQ(snap_card_load_microcode(card, image, sizeof image, &error), SNAP_E_UNSUPPORTED);
    snap_card_close(card);
}

static void payload_limits(void)
{
    struct fake_card *fake;
    struct snap_card *card = fake_open(&fake, 0);
    struct snap_queue *small = new_queue(card, 4);
    struct snap_queue_config config = {.entries = 4, .slot_bytes = 512};
    struct snap_queue *large;
    CHECK_EQ(snap_queue_create(card, &config, &large, NULL), SNAP_OK);
    CHECK_EQ(snap_queue_payload_bytes(small), 224);
    CHECK_EQ(snap_queue_payload_bytes(large), 480);
    CHECK(snap_queue_prepare(small, SNAP_OP_SHA256, 0, 225, 0) == NULL);
    CHECK(snap_queue_prepare(small, SNAP_OP_SHA256, SNAP_FLAG_INDIRECT, 0, 0) == NULL);
    uint8_t *first = snap_queue_prepare(large, SNAP_OP_SHA256, 0, 480, 0);
    uint8_t *second = snap_queue_prepare(large, SNAP_OP_SHA256, 0, 480, 0);
    CHECK_EQ(second - first, 512);
    CHECK_EQ((uintptr_t)first % 64, SNAP_JOB_HEADER_BYTES);
    snap_card_close(card);
}

static void arena_limits(void)
{
    struct fake_card *fake;
    struct snap_card *card = fake_open(&fake, 0);
    struct snap_queue *queue = new_queue(card, 8);
    struct snap_arena *arena;
    struct snap_error error;
    CHECK_EQ(snap_arena_create(card, 5000, &arena, NULL), SNAP_OK);
    CHECK_EQ(snap_arena_bytes(arena), 8192);
    uint64_t address = snap_arena_address(arena);
    CHECK(fake_reach(fake, address, 8192, SNAP_DMA_READ) == snap_arena_data(arena));
    CHECK(fake_reach(fake, address, 1, SNAP_DMA_WRITE) == NULL); /* the card may only read it */
    CHECK(!snap_queue_prepare_indirect(queue, SNAP_OP_SHA256, 0, arena, 32, 64, 0));
    CHECK(!snap_queue_prepare_indirect(queue, SNAP_OP_SHA256, 0, arena, 8192 - 64, 65, 0));
    CHECK(!snap_queue_prepare_indirect(queue, SNAP_OP_SHA256, 0, arena, SIZE_MAX - 63, 64, 0));
    CHECK(snap_queue_prepare_indirect(queue, SNAP_OP_SHA256, 0, arena, 4096, 4096, 5));
    snap_queue_submit(queue);
    CHECK_EQ(fake_slot(fake, 0, 0)->address, address + 4096);
    CHECK_EQ(fake_slot(fake, 0, 0)->flags, SNAP_FLAG_INDIRECT);
    /* A job in flight refers to it, so it may not go. */
    CHECK_EQ(snap_arena_destroy(arena, &error), SNAP_E_BUSY);
    CHECK(strstr(error.text, "1 jobs in flight") != NULL);
    struct snap_result result;
    (void)fake_complete(fake, 0, 0, SNAP_STATUS_OK, digest);
    CHECK_EQ(snap_queue_reap(queue, &result, 1), 1);
    CHECK_EQ(snap_arena_destroy(arena, &error), SNAP_OK);
    CHECK(fake_reach(fake, address, 1, SNAP_DMA_READ) == NULL);
    CHECK_EQ(snap_arena_create(card, 0, &arena, &error), SNAP_E_ARGUMENT);
    fake->refuse_map = true;
    CHECK_EQ(snap_arena_create(card, 1, &arena, &error), SNAP_E_MEMORY);
    fake->refuse_map = false;
    snap_card_close(card);
}

/* ------------------------------------------------------------------ lies */

/* Each lie starts from four jobs in flight; the card completes the one in slot 1, spoilt. */
struct lie {
    const char *what;
    void (*spoil)(struct fake_card *fake, struct snap_completion *completion);
    const char *text; /* in the reason */
};

static void wrong_cookie(struct fake_card *fake, struct snap_completion *completion)
{
    (void)fake;
    completion->cookie ^= UINT64_C(1) << 40;
}
static void cookie_of_other_job(struct fake_card *fake, struct snap_completion *completion)
{
    completion->cookie = fake_slot(fake, 0, 2)->cookie;
}
static void cookie_zero(struct fake_card *fake, struct snap_completion *completion)
{
    (void)fake;
    completion->cookie = 0;
}
static void stale_generation(struct fake_card *fake, struct snap_completion *completion)
{
    (void)fake;
    completion->generation--;
}
static void slot_not_outstanding(struct fake_card *fake, struct snap_completion *completion)
{
    (void)fake;
    completion->cookie = 0;
    completion->status = SNAP_STATUS_FETCH_UR;
    completion->slot = 5;
}
static void slot_of_other_job(struct fake_card *fake, struct snap_completion *completion)
{
    (void)fake;
    completion->slot = 2;
}
static void slot_a_ring_later(struct fake_card *fake, struct snap_completion *completion)
{
    (void)fake;
    completion->slot += 8;
}
static void unknown_status(struct fake_card *fake, struct snap_completion *completion)
{
    (void)fake;
    completion->status = 0x02;
}
static void lost_status(struct fake_card *fake, struct snap_completion *completion)
{
    (void)fake;
    completion->status = SNAP_JOB_LOST; /* only the driver says so */
}
static void all_ones(struct fake_card *fake, struct snap_completion *completion)
{
    (void)fake;
    memset(completion, 0xFF, sizeof *completion);
}
static void phase_alone(struct fake_card *fake, struct snap_completion *completion)
{
    (void)fake;
    memset(completion, 0, sizeof *completion);
    completion->phase = 0x80;
}
static void reserved_bits(struct fake_card *fake, struct snap_completion *completion)
{
    (void)fake;
    completion->phase |= 0x10;
}
static void result_without_need(struct fake_card *fake, struct snap_completion *completion)
{
    (void)fake;
    completion->phase |= 1;
}
static void fetched_too_few(struct fake_card *fake, struct snap_completion *completion)
{
    (void)fake;
    completion->sq_head = 0;
}
static void fetched_too_many(struct fake_card *fake, struct snap_completion *completion)
{
    (void)fake;
    completion->sq_head++;
}
static void job_only_prepared(struct fake_card *fake, struct snap_completion *completion)
{
    completion->cookie = fake_slot(fake, 0, 4)->cookie;
    completion->slot = 4;
    completion->sq_head = 4;
}

static const struct lie lies[] = {
    {"a cookie that no job has", wrong_cookie, "cookie belongs to no job"},
    {"the cookie of another job", cookie_of_other_job, "slot is not its job's"},
    {"no cookie", cookie_zero, "cookie belongs to no job"},
    {"the generation before", stale_generation, "generation"},
    {"a fetch error for a slot that is not outstanding", slot_not_outstanding, "not outstanding"},
    {"the slot of another job", slot_of_other_job, "slot is not its job's"},
    {"the same entry, a ring later", slot_a_ring_later, "slot is not its job's"},
    {"an unknown status", unknown_status, "status is unknown"},
    {"the driver's own status", lost_status, "status is unknown"},
    {"all ones", all_ones, "reserved bits"},
    {"nothing but the phase", phase_alone, "generation"},
    {"reserved bits of the phase byte", reserved_bits, "reserved bits"},
    {"a result that a NOOP has not", result_without_need, "result that its job has not"},
    {"fewer slots fetched than completed", fetched_too_few, "submission head"},
    {"more slots fetched than submitted", fetched_too_many, "submission head"},
    {"a job that was not submitted", job_only_prepared, "not submitted"},
};

static void lie_breaks_the_queue(const struct lie *lie)
{
    struct fake_card *fake;
    struct snap_card *card = fake_open(&fake, 0);
    struct snap_queue *queue = new_queue(card, 8);
    struct snap_result results[8];
    struct snap_error error;
    submit_noops(queue, 4, 100);
    CHECK(snap_queue_prepare(queue, SNAP_OP_NOOP, 0, 0, 104) != NULL);
    (void)fake_complete(fake, 0, 0, SNAP_STATUS_OK, NULL);
    lie->spoil(fake, fake_complete(fake, 0, 1, SNAP_STATUS_OK, NULL));
    (void)fake_complete(fake, 0, 2, SNAP_STATUS_OK, NULL);

    CHECK_EQ(snap_queue_reap(queue, results, 8), 1); /* what was right before */
    CHECK_EQ(results[0].user, 100);
    CHECK_EQ(snap_queue_reap(queue, results, 8), 0); /* and nothing behind */
    CHECK_EQ(snap_queue_check(queue, &error), SNAP_QUEUE_BROKEN);
    CHECK_EQ(error.code, SNAP_E_PROTOCOL);
    if (strstr(error.text, lie->text) == NULL) {
        printf("not ok - %s: '%s' does not say '%s'\n", lie->what, error.text, lie->text);
        exit(1);
    }
    /* After the reset each job that was in flight is lost, exactly once. */
    CHECK_EQ(snap_queue_reset(queue, &error), SNAP_OK);
    bool seen[5] = {true};
    CHECK_EQ(snap_queue_reap(queue, results, 2), 2);
    CHECK_EQ(snap_queue_reap(queue, results + 2, 6), 2);
    for (unsigned i = 0; i < 4; i++) {
        CHECK_EQ(results[i].status, SNAP_JOB_LOST);
        CHECK(results[i].user > 100 && results[i].user <= 104 && !seen[results[i].user - 100]);
        seen[results[i].user - 100] = true;
    }
    CHECK_EQ(snap_queue_reap(queue, results, 8), 0);
    CHECK_EQ(snap_queue_room(queue), 8);
    submit_noops(queue, 1, 200);
    (void)fake_complete(fake, 0, 0, SNAP_STATUS_OK, NULL);
    CHECK_EQ(snap_queue_reap(queue, results, 8), 1);
    CHECK_EQ(results[0].user, 200);
    snap_card_close(card);
    printf("ok - a completion with %s breaks the queue\n", lie->what);
}

static void duplicate_breaks_the_queue(void)
{
    struct fake_card *fake;
    struct snap_card *card = fake_open(&fake, 0);
    struct snap_queue *queue = new_queue(card, 4);
    struct snap_result results[4];
    submit_noops(queue, 2, 0);
    (void)fake_complete(fake, 0, 0, SNAP_STATUS_OK, NULL);
    (void)fake_complete(fake, 0, 0, SNAP_STATUS_OK, NULL);
    CHECK_EQ(snap_queue_reap(queue, results, 4), 1);
    CHECK_EQ(snap_queue_check(queue, NULL), SNAP_QUEUE_BROKEN);
    snap_card_close(card);
}

static void duplicate_after_context_was_reused(void)
{
    struct fake_card *fake;
    struct snap_card *card = fake_open(&fake, 0);
    struct snap_queue *queue = new_queue(card, 4);
    struct snap_result results[4];
    submit_noops(queue, 1, 0);
    struct snap_completion old = *fake_complete(fake, 0, 0, SNAP_STATUS_OK, NULL);
    CHECK_EQ(snap_queue_reap(queue, results, 4), 1);
    submit_noops(queue, 1, 1); /* the same context, a new sequence */
    struct snap_completion *again = fake_complete(fake, 0, 1, SNAP_STATUS_OK, NULL);
    CHECK_EQ(again->cookie & queue->entry_mask, old.cookie & queue->entry_mask);
    again->cookie = old.cookie;
    CHECK_EQ(snap_queue_reap(queue, results, 4), 0);
    CHECK_EQ(snap_queue_check(queue, NULL), SNAP_QUEUE_BROKEN);
    snap_card_close(card);
}

static void completion_without_job_breaks_the_queue(void)
{
    struct fake_card *fake;
    struct snap_card *card = fake_open(&fake, 0);
    struct snap_queue *queue = new_queue(card, 4);
    struct snap_result results[4];
    (void)fake_complete(fake, 0, 0, SNAP_STATUS_OK, NULL);
    CHECK_EQ(snap_queue_reap(queue, results, 4), 0);
    CHECK_EQ(snap_queue_check(queue, NULL), SNAP_QUEUE_BROKEN);
    snap_card_close(card);
}

static void missing_result_breaks_the_queue(void)
{
    struct fake_card *fake;
    struct snap_card *card = fake_open(&fake, 0);
    struct snap_queue *queue = new_queue(card, 4);
    struct snap_result results[4];
    CHECK(snap_queue_prepare(queue, SNAP_OP_SHA256, 0, 0, 0) != NULL);
    snap_queue_submit(queue);
    (void)fake_complete(fake, 0, 0, SNAP_STATUS_OK, NULL);
    CHECK_EQ(snap_queue_reap(queue, results, 4), 0);
    CHECK_EQ(snap_queue_check(queue, NULL), SNAP_QUEUE_BROKEN);
    snap_card_close(card);
}

static void phase_of_the_pass_before_is_not_seen(void)
{
    struct fake_card *fake;
    struct snap_card *card = fake_open(&fake, 0);
    struct snap_queue *queue = new_queue(card, 2);
    struct snap_result results[4];
    submit_noops(queue, 2, 0);
    (void)fake_complete(fake, 0, 0, SNAP_STATUS_OK, NULL);
    (void)fake_complete(fake, 0, 1, SNAP_STATUS_OK, NULL);
    CHECK_EQ(snap_queue_reap(queue, results, 4), 2);
    submit_noops(queue, 2, 2); /* the ring still holds the first pass, phase 1 */
    CHECK_EQ(snap_queue_reap(queue, results, 4), 0);
    CHECK_EQ(snap_queue_check(queue, NULL), SNAP_QUEUE_RUNNING);
    snap_card_close(card);
}

/* Two jobs with the same 16-bit index in flight and a fetch error for one of them: no guessing. */
static void ambiguous_fetch_error_breaks_the_queue(void)
{
    struct fake_card *fake;
    struct snap_card *card = fake_open(&fake, 0);
    struct snap_queue *queue = new_queue(card, 2);
    struct snap_result result;
    submit_noops(queue, 1, 0); /* never completes */
    for (uint32_t i = 1; i <= 0x10000; i++) {
        submit_noops(queue, 1, i);
        if (i == 0x10000)
            break;
        (void)fake_complete(fake, 0, (uint16_t)i, SNAP_STATUS_OK, NULL);
        CHECK_EQ(snap_queue_reap(queue, &result, 1), 1);
    }
    struct snap_completion *completion = fake_complete(fake, 0, 0, SNAP_STATUS_FETCH_UR, NULL);
    completion->cookie = 0;
    CHECK_EQ(snap_queue_reap(queue, &result, 1), 0);
    CHECK_EQ(snap_queue_check(queue, NULL), SNAP_QUEUE_BROKEN);
    snap_card_close(card);
}

/* ------------------------------------------------------------------ time and registers */

static void deadline_is_in_card_cycles(void)
{
    struct fake_card *fake;
    struct snap_card *card = fake_open(&fake, 60000);
    struct snap_queue *queue = new_queue(card, 4); /* deadline 1000 */
    struct snap_error error;
    fake->cycles_per_look = 0;
    submit_noops(queue, 1, 0);
    CHECK_EQ(snap_queue_check(queue, NULL), SNAP_QUEUE_RUNNING);
    fake->cycles += 1000;
    CHECK_EQ(snap_queue_check(queue, NULL), SNAP_QUEUE_RUNNING);
    fake->cycles += 1;
    CHECK_EQ(snap_queue_check(queue, &error), SNAP_QUEUE_OVERDUE);
    CHECK_EQ(error.code, SNAP_E_STALLED);
    snap_card_close(card);
}

static void jobs_that_come_and_go_are_not_overdue(void)
{
    struct fake_card *fake;
    struct snap_card *card = fake_open(&fake, 60000);
    struct snap_queue *queue = new_queue(card, 4);
    struct snap_result result;
    submit_noops(queue, 1, 0);
    for (uint16_t i = 0; i < 20; i++) { /* there is always a job in flight, but never for long */
        submit_noops(queue, 1, i + 1u);
        (void)fake_complete(fake, 0, i, SNAP_STATUS_OK, NULL);
        CHECK_EQ(snap_queue_reap(queue, &result, 1), 1);
        fake->cycles += 900;
        CHECK_EQ(snap_queue_check(queue, NULL), SNAP_QUEUE_RUNNING);
    }
    snap_card_close(card);
}

static void standstill_is_noticed(void)
{
    struct fake_card *fake;
    struct snap_card *card = fake_open(&fake, 1); /* one millisecond */
    struct snap_queue *queue = new_queue(card, 4);
    fake->cycles_per_look = 0;
    struct timespec pause = {.tv_nsec = 3000000};
    CHECK_EQ(snap_queue_check(queue, NULL), SNAP_QUEUE_RUNNING);
    CHECK_EQ(nanosleep(&pause, NULL), 0);
    CHECK_EQ(snap_queue_check(queue, NULL),
             SNAP_QUEUE_RUNNING); /* nothing to do: may stand still */
    submit_noops(queue, 1, 0);
    CHECK_EQ(snap_queue_check(queue, NULL), SNAP_QUEUE_RUNNING);
    CHECK_EQ(nanosleep(&pause, NULL), 0);
    CHECK_EQ(snap_queue_check(queue, NULL), SNAP_QUEUE_STALLED);
    snap_card_close(card);
}

/* One that creeps is given all of stall_ms; one whose counter stops is not. */
static void stopped_clock_is_noticed_at_once(void)
{
    struct fake_card *fake;
    struct snap_card *card = fake_open(&fake, 3600000); /* an hour */
    struct snap_queue *queue = new_queue(card, 4);
    struct snap_error error;
    struct timespec pause = {.tv_nsec = (SNAP_STOPPED_MS + 10) * 1000000};
    submit_noops(queue, 1, 0);
    CHECK_EQ(snap_queue_check(queue, NULL), SNAP_QUEUE_RUNNING);
    CHECK_EQ(nanosleep(&pause, NULL), 0);
    CHECK_EQ(snap_queue_check(queue, NULL), SNAP_QUEUE_RUNNING);
    fake->cycles_per_look = 0;
    submit_noops(queue, 1, 0);
    CHECK_EQ(snap_queue_check(queue, NULL), SNAP_QUEUE_RUNNING);
    CHECK_EQ(nanosleep(&pause, NULL), 0);
    CHECK_EQ(snap_queue_check(queue, &error), SNAP_QUEUE_STALLED);
    CHECK(strstr(error.text, "only 0 card cycles") != NULL);
    snap_card_close(card);
}

static void refused_queue_is_noticed(void)
{
    struct fake_card *fake;
    struct snap_card *card = fake_open(&fake, 0);
    struct snap_queue *queue = new_queue(card, 4);
    struct snap_error error;
    submit_noops(queue, 1, 0);
    fake->registers[(SNAP_QUEUE_PAGE_OFFSET + SNAP_REG_QUEUE_STATUS) / 4] =
        3u | SNAP_QUEUE_ERROR_DOORBELL << SNAP_QUEUE_STATUS_ERROR_SHIFT;
    CHECK_EQ(snap_queue_check(queue, &error), SNAP_QUEUE_REFUSED);
    CHECK(strstr(error.text, "DOORBELL") != NULL);
    CHECK_EQ(snap_queue_reset(queue, &error), SNAP_OK);
    snap_card_close(card);
}

static void lost_completion_is_noticed(void)
{
    struct fake_card *fake;
    struct snap_card *card = fake_open(&fake, 0);
    struct snap_queue *queue = new_queue(card, 4);
    struct snap_error error;
    submit_noops(queue, 2, 0);
    fake->completed[0] = 1; /* says it has written one */
    CHECK_EQ(snap_queue_check(queue, &error), SNAP_QUEUE_BROKEN);
    CHECK(strstr(error.text, "not there") != NULL);
    CHECK_EQ(snap_queue_reset(queue, NULL), SNAP_OK);
    submit_noops(queue, 1, 0);
    fake->completed[0] = 3; /* more than there were jobs */
    CHECK_EQ(snap_queue_check(queue, &error), SNAP_QUEUE_BROKEN);
    CHECK(strstr(error.text, "QUEUE_INDEX") != NULL);
    snap_card_close(card);
}

/* A card whose clock stops while it writes a completion is not one that lies about it. */
static void clock_that_stops_is_a_stall(void)
{
    struct fake_card *fake;
    struct snap_card *card = fake_open(&fake, 60000);
    struct snap_queue *queue = new_queue(card, 4);
    struct snap_error error;
    submit_noops(queue, 1, 0);
    fake->completed[0] = 1;
    fake->cycles_per_look = 0;
    CHECK_EQ(snap_queue_check(queue, &error), SNAP_QUEUE_STALLED);
    CHECK_EQ(error.code, SNAP_E_STALLED);
    CHECK(strstr(error.text, "stands still") != NULL && strstr(error.text, "not there") != NULL);
    snap_card_close(card);
}

static void gone_card_is_noticed(void)
{
    struct fake_card *fake;
    struct snap_card *card = fake_open(&fake, 0);
    struct snap_queue *queue = new_queue(card, 4);
    struct snap_error error;
    submit_noops(queue, 1, 0);
    fake->gone = true;
    CHECK_EQ(snap_queue_check(queue, &error), SNAP_QUEUE_GONE);
    CHECK_EQ(error.code, SNAP_E_GONE);
    struct snap_result result;
    CHECK_EQ(snap_queue_reap(queue, &result, 1), 0);
    CHECK_EQ(snap_queue_reset(queue, &error), SNAP_E_GONE);
    CHECK_EQ(snap_queue_wait(queue, 0, &error),
             SNAP_OK); /* its jobs are lost, which can be reaped */
    CHECK_EQ(snap_queue_reap(queue, &result, 1), 1);
    CHECK_EQ(result.status, SNAP_JOB_LOST);
    CHECK_EQ(snap_queue_reap(queue, &result, 1), 0);
    CHECK_EQ(snap_queue_wait(queue, 0, &error), SNAP_E_GONE);
    submit_noops(queue, 1, 0); /* taken, never submitted, and lost at the next attempt */
    CHECK_EQ(snap_queue_reset(queue, &error), SNAP_E_GONE);
    CHECK_EQ(snap_queue_reap(queue, &result, 1), 1);
    CHECK_EQ(result.status, SNAP_JOB_LOST);
    CHECK_EQ(snap_queue_room(queue), 4);
    CHECK_EQ(snap_card_cycles(card, NULL, NULL, &error), SNAP_E_GONE);
    CHECK_EQ(snap_queue_check(queue, NULL), SNAP_QUEUE_GONE);
    snap_card_close(card);
}

/* ------------------------------------------------------------------ reset */

static void reset_goes_up_the_ladder(void)
{
    struct fake_card *fake;
    struct snap_card *card = fake_open(&fake, 0);
    struct snap_queue *queue = new_queue(card, 4), *other = new_queue(card, 4), *new;
    struct snap_result results[4];
    struct snap_error error;
    unsigned hard = fake->hard_resets, irq_sets = fake->irq_sets;
    submit_noops(queue, 1, 0);
    submit_noops(other, 1, 0);
    CHECK_EQ(snap_queue_reset(queue, &error), SNAP_OK); /* off and on is enough */
    CHECK_EQ(fake->soft_resets, 0);
    CHECK_EQ(snap_queue_check(other, NULL), SNAP_QUEUE_RUNNING);

    fake->stuck_draining = true; /* does not become off */
    CHECK_EQ(snap_queue_reset(queue, &error), SNAP_OK);
    CHECK_EQ(fake->soft_resets, 1);
    CHECK_EQ(fake->hard_resets, hard);
    CHECK_EQ(snap_queue_reap(other, results, 4), 0); /* that took the other queue too */
    CHECK_EQ(snap_queue_check(other, &error), SNAP_QUEUE_BROKEN);
    CHECK(strstr(error.text, "reset") != NULL);

    fake->cycles_per_look = 1u << 20; /* so that the soft reset is seen to be stuck soon */
    fake->stuck_soft_reset = true;
    CHECK_EQ(snap_queue_reset(queue, &error), SNAP_OK);
    CHECK_EQ(fake->soft_resets, 2);
    CHECK_EQ(fake->hard_resets, hard + 1);
    CHECK_EQ(fake->irq_sets, irq_sets + 1);
    CHECK_EQ(fake->command, SNAP_COMMAND_MEMORY | SNAP_COMMAND_BUS_MASTER);

    fake->no_hard_reset = true;
    CHECK_EQ(snap_queue_reset(queue, &error), SNAP_E_STALLED);
    CHECK(snap_queue_check(queue, NULL) != SNAP_QUEUE_RUNNING);
    CHECK_EQ(fake->command, SNAP_COMMAND_MEMORY); /* it reaches nothing any more ... */
    CHECK_EQ(snap_queue_create(card, NULL, &new, &error), SNAP_E_STALLED);
    fake->no_hard_reset = fake->stuck_soft_reset = fake->stuck_draining = false;
    fake->registers[SNAP_REG_STATUS / 4] = 0;
    CHECK_EQ(snap_queue_reset(queue, &error), SNAP_OK);
    CHECK_EQ(fake->hard_resets, hard + 2); /* ... so off and on would not do now */
    CHECK_EQ(fake->command, SNAP_COMMAND_MEMORY | SNAP_COMMAND_BUS_MASTER);
    CHECK_EQ(snap_queue_reset(other, &error), SNAP_OK);
    CHECK_EQ(fake->hard_resets, hard + 2);
    snap_card_close(card);
}

static void late_completion_of_old_life_is_refused(void)
{
    struct fake_card *fake;
    struct snap_card *card = fake_open(&fake, 0);
    struct snap_queue *queue = new_queue(card, 4);
    struct snap_result results[4];
    submit_noops(queue, 1, 7);
    struct snap_completion old = *fake_complete(fake, 0, 0, SNAP_STATUS_OK, NULL);
    CHECK_EQ(snap_queue_reset(queue, NULL), SNAP_OK);
    CHECK_EQ(snap_queue_reap(queue, results, 4), 1);
    CHECK_EQ(results[0].status, SNAP_JOB_LOST);
    submit_noops(queue, 1, 8);
    *fake_complete(fake, 0, 0, SNAP_STATUS_OK, NULL) = old;
    CHECK_EQ(snap_queue_reap(queue, results, 4), 0);
    CHECK_EQ(snap_queue_check(queue, NULL), SNAP_QUEUE_BROKEN);
    snap_card_close(card);
}

static void reset_frees_the_arena_of_lost_jobs(void)
{
    struct fake_card *fake;
    struct snap_card *card = fake_open(&fake, 0);
    struct snap_queue *queue = new_queue(card, 4);
    struct snap_arena *arena;
    struct snap_result results[4];
    CHECK_EQ(snap_arena_create(card, 4096, &arena, NULL), SNAP_OK);
    CHECK(snap_queue_prepare_indirect(queue, SNAP_OP_SHA256, 0, arena, 0, 64, 1));
    snap_queue_submit(queue);
    CHECK_EQ(snap_arena_destroy(arena, NULL), SNAP_E_BUSY);
    CHECK_EQ(snap_queue_reset(queue, NULL), SNAP_OK);
    CHECK_EQ(snap_arena_destroy(arena, NULL), SNAP_OK);
    CHECK_EQ(snap_queue_reap(queue, results, 4), 1);
    CHECK_EQ(results[0].status, SNAP_JOB_LOST);
    snap_card_close(card);
}

/* A second reset, before the jobs that the first one took are reaped, and new jobs between. */
static void lost_jobs_survive_a_second_reset(void)
{
    struct fake_card *fake;
    struct snap_card *card = fake_open(&fake, 0);
    struct snap_queue *queue = new_queue(card, 4);
    struct snap_result results[8];
    submit_noops(queue, 2, 10);
    CHECK_EQ(snap_queue_reset(queue, NULL), SNAP_OK);
    CHECK_EQ(snap_queue_room(queue), 2); /* contexts of lost jobs are not free yet */
    submit_noops(queue, 2, 20);
    CHECK_EQ(snap_queue_check(queue, NULL), SNAP_QUEUE_RUNNING);
    CHECK_EQ(snap_queue_reset(queue, NULL), SNAP_OK);
    CHECK_EQ(snap_queue_outstanding(queue), 4);
    CHECK_EQ(snap_queue_wait(queue, 0, NULL), SNAP_OK);
    CHECK_EQ(snap_queue_reap(queue, results, 8), 4);
    unsigned sum = 0;
    for (unsigned i = 0; i < 4; i++) {
        CHECK_EQ(results[i].status, SNAP_JOB_LOST);
        sum += (unsigned)results[i].user;
    }
    CHECK_EQ(sum, 10 + 11 + 20 + 21);
    CHECK_EQ(snap_queue_room(queue), 4);
    snap_card_close(card);
}

/* Lost jobs are reported first, then what the card has completed since; both in one call. The new
 * job has the context before the lost one's. */
static void lost_and_new_in_one_reap(void)
{
    struct fake_card *fake;
    struct snap_card *card = fake_open(&fake, 0);
    struct snap_queue *queue = new_queue(card, 4);
    struct snap_result results[8];
    submit_noops(queue, 2, 1);
    (void)fake_complete(fake, 0, 0, SNAP_STATUS_OK, NULL);
    CHECK_EQ(snap_queue_reap(queue, results, 8), 1);
    CHECK_EQ(snap_queue_reset(queue, NULL), SNAP_OK);
    submit_noops(queue, 1, 3);
    (void)fake_complete(fake, 0, 0, SNAP_STATUS_OK, NULL);
    CHECK_EQ(snap_queue_reap(queue, results, 8), 2);
    CHECK_EQ(results[0].status, SNAP_JOB_LOST);
    CHECK_EQ(results[0].user, 2);
    CHECK_EQ(results[1].status, SNAP_STATUS_OK);
    CHECK_EQ(results[1].user, 3);
    snap_card_close(card);
}

/* A reset of the card loses all its jobs, also one whose completion came just before. */
static void nothing_is_reaped_across_a_card_reset(void)
{
    struct fake_card *fake;
    struct snap_card *card = fake_open(&fake, 0);
    struct snap_queue *queue = new_queue(card, 4);
    struct snap_result result;
    submit_noops(queue, 1, 0);
    (void)fake_complete(fake, 0, 0, SNAP_STATUS_OK, NULL);
    CHECK_EQ(snap_card_reset(card, NULL), SNAP_OK);
    CHECK_EQ(snap_queue_reap(queue, &result, 1), 0);
    CHECK_EQ(snap_queue_check(queue, NULL), SNAP_QUEUE_BROKEN);
    CHECK_EQ(snap_queue_reset(queue, NULL), SNAP_OK);
    CHECK_EQ(snap_queue_reap(queue, &result, 1), 1);
    CHECK_EQ(result.status, SNAP_JOB_LOST);
    snap_card_close(card);
}

/* ------------------------------------------------------------------ waiting, configuration */

static void waiting(void)
{
    struct fake_card *fake;
    struct snap_card *card = fake_open(&fake, 0);
    struct snap_queue *queue = new_queue(card, 4);
    struct snap_error error;
    CHECK_EQ(snap_queue_wait(queue, -1, &error), SNAP_E_ARGUMENT); /* would never end */
    submit_noops(queue, 1, 0);
    CHECK_EQ(snap_queue_wait(queue, 0, &error), SNAP_E_TIMEOUT);
    CHECK_EQ(snap_queue_wait(queue, 2, &error), SNAP_E_TIMEOUT);
    (void)fake_complete(fake, 0, 0, SNAP_STATUS_OK, NULL);
    CHECK_EQ(snap_queue_wait(queue, -1, &error), SNAP_OK);
    struct snap_result result;
    CHECK_EQ(snap_queue_reap(queue, &result, 1), 1);
    struct pollfd poll_fd = {.fd = snap_queue_eventfd(queue), .events = POLLIN};
    CHECK_EQ(poll(&poll_fd, 1, 0), 0);
    snap_queue_arm(queue);
    CHECK_EQ(fake->registers[(SNAP_QUEUE_PAGE_OFFSET + SNAP_REG_IRQ_ARM) / 4], 1);
    snap_card_close(card);
}

static void odd_configurations_are_refused(void)
{
    static const struct snap_queue_config odd[] = {
        {.entries = 1},      {.entries = 3},       {.entries = 8192},   {.entries = 1u << 31},
        {.slot_bytes = 128}, {.slot_bytes = 1024}, {.slot_bytes = 257}, {.irq_timer = 1 << 24}};
    struct fake_card *fake;
    struct snap_card *card = fake_open(&fake, 0);
    struct snap_queue *queue;
    struct snap_error error;
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        CHECK_EQ(snap_queue_create(card, &odd[i], &queue, &error), SNAP_E_ARGUMENT);
        CHECK(strstr(error.text, "must be") != NULL);
    }
    fake->refuse_start = true;
    CHECK_EQ(snap_queue_create(card, NULL, &queue, &error), SNAP_E_PROTOCOL);
    CHECK_EQ(fake->registers[(SNAP_QUEUE_PAGE_OFFSET + SNAP_REG_QUEUE_CONTROL) / 4], 0);
    fake->refuse_start = false;
    fake->refuse_map = true;
    CHECK_EQ(snap_queue_create(card, NULL, &queue, &error), SNAP_E_MEMORY);
    fake->refuse_map = false;
    struct snap_queue *first = new_queue(card, 2);
    (void)new_queue(card, 4096);
    CHECK_EQ(snap_queue_create(card, NULL, &queue, &error), SNAP_E_BUSY);
    snap_queue_destroy(first);
    CHECK_EQ(snap_queue_create(card, NULL, &queue, &error), SNAP_OK);
    CHECK_EQ(snap_queue_entries(queue), 256);
    snap_card_close(card);
}

static void refuse_open(uint32_t reg, uint32_t value, int code)
{
    struct fake_card *fake = fake_new(1);
    struct snap_card *card;
    struct snap_error error;
    fake->registers[reg / 4] = value;
    CHECK_EQ(snap_card_open_transport(&fake->base, "fake:", NULL, &card, &error), code);
    CHECK(error.text[0] != '\0');
}

static void strange_cards_are_refused(void)
{
    refuse_open(SNAP_REG_MAGIC, 0, SNAP_E_NO_CARD);
    refuse_open(SNAP_REG_MAGIC, UINT32_MAX, SNAP_E_GONE);
    refuse_open(SNAP_REG_ABI_VERSION, (SNAP_ABI_MAJOR + 1) << 16, SNAP_E_VERSION);
    refuse_open(SNAP_REG_LAYOUT, 0x0C100100u, SNAP_E_PROTOCOL); /* no queue */
    refuse_open(SNAP_REG_LAYOUT, 0x0C100111u, SNAP_E_PROTOCOL); /* 17 queues */
    refuse_open(SNAP_REG_LAYOUT, 0x0C100001u, SNAP_E_PROTOCOL); /* no vector */
    refuse_open(SNAP_REG_LAYOUT, 0x0D100101u, SNAP_E_PROTOCOL); /* rings of 2^13 */
    refuse_open(SNAP_REG_LAYOUT, 0x00100101u, SNAP_E_PROTOCOL); /* rings of 1 */
    refuse_open(SNAP_REG_LAYOUT, UINT32_MAX, SNAP_E_PROTOCOL);
    refuse_open(SNAP_REG_MESSAGE_BYTES_MAX, UINT32_MAX, SNAP_E_PROTOCOL);
}

static void addresses_are_checked(void)
{
    struct snap_card *card;
    struct snap_error error;
    CHECK_EQ(snap_card_open("pci:1", NULL, &card, &error), SNAP_E_ARGUMENT);
    CHECK(strstr(error.text, "snapcard list") != NULL);
    CHECK_EQ(snap_card_open(NULL, NULL, &card, &error), SNAP_E_ARGUMENT);
    CHECK_EQ(snap_card_open("sim:", NULL, &card, &error), SNAP_E_ARGUMENT);
    CHECK_EQ(snap_card_open("sim:/nonexistent/socket", NULL, &card, &error), SNAP_E_NO_CARD);
    CHECK(strstr(error.text, "snapcard-sim --socket") != NULL);
    CHECK_EQ(snap_card_open("vfio:01:00.0", NULL, &card, &error), SNAP_E_ARGUMENT);
    CHECK_EQ(snap_card_open("vfio:ffff:ff:1f.7", NULL, &card, &error), SNAP_E_NO_CARD);
    char longest[400];
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    CHECK_EQ(snap_card_open(longest, NULL, &card, &error), SNAP_E_ARGUMENT);
}

static void names_go_both_ways(void)
{
    CHECK_EQ(snap_opcode_parse("SM3"), SNAP_OP_SM3);
    CHECK_EQ(snap_opcode_parse("sm3"), -1);
    CHECK(strcmp(snap_opcode_name(SNAP_OP_MERKLE_SHA256D), "MERKLE_SHA256D") == 0);
    CHECK(strcmp(snap_opcode_name(0), "?") == 0);
    CHECK(strcmp(snap_status_name(SNAP_STATUS_DATA_UR), "DATA_UR") == 0);
    CHECK(strcmp(snap_status_name(SNAP_JOB_LOST), "LOST") == 0);
    CHECK(strcmp(snap_status_name(0), "?") == 0);
    CHECK(strcmp(snap_queue_state_name(SNAP_QUEUE_REFUSED), "refused") == 0);
}

int main(void)
{
    RUN(job_reaches_card_and_result_host);
    RUN(full_ring_takes_no_more);
    RUN(slot_is_used_again_under_a_slow_job);
    RUN(indices_wrap);
    RUN(hot_path_reads_no_register);
    RUN(every_status_is_passed_on);
    RUN(verdicts_are_read);
    RUN(no_bit_makes_a_verdict);
    RUN(verdict_of_another_job_is_none);
    RUN(only_ok_jobs_have_a_verdict);
    RUN(typed_jobs_reach_the_card);
    RUN(bad_sums_are_refused);
    RUN(payload_limits);
    RUN(arena_limits);
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++)
        lie_breaks_the_queue(&lies[i]);
    RUN(duplicate_breaks_the_queue);
    RUN(duplicate_after_context_was_reused);
    RUN(completion_without_job_breaks_the_queue);
    RUN(missing_result_breaks_the_queue);
    RUN(phase_of_the_pass_before_is_not_seen);
    RUN(ambiguous_fetch_error_breaks_the_queue);
    RUN(deadline_is_in_card_cycles);
    RUN(jobs_that_come_and_go_are_not_overdue);
    RUN(standstill_is_noticed);
    RUN(stopped_clock_is_noticed_at_once);
    RUN(refused_queue_is_noticed);
    RUN(lost_completion_is_noticed);
    RUN(clock_that_stops_is_a_stall);
    RUN(gone_card_is_noticed);
    RUN(reset_goes_up_the_ladder);
    RUN(late_completion_of_old_life_is_refused);
    RUN(reset_frees_the_arena_of_lost_jobs);
    RUN(lost_jobs_survive_a_second_reset);
    RUN(lost_and_new_in_one_reap);
    RUN(nothing_is_reaped_across_a_card_reset);
    RUN(waiting);
    RUN(odd_configurations_are_refused);
    RUN(strange_cards_are_refused);
    RUN(addresses_are_checked);
    RUN(names_go_both_ways);
    return 0;
}
