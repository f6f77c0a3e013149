// SPDX-License-Identifier: Apache-2.0
/* Conformance: the driver and a card, real or simulated, through the public interface, and through
 * registers where the public interface would not let a mistake pass. OpenSSL is the reference for
 * digests.
 *
 * usage: driver_card ADDRESS [JOBS [IMAGE]]   JOBS scales the longer tests (default 200; indices
 * wrap from 70000); IMAGE is the microcode that the card has, for the test that loads it again */
#include <openssl/evp.h>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include "driver/card/card.h"
#include "driver/card/known_point.h"
#include "driver/queue/queue.h"
#include "host/crypto/point.h"
#include "tests/unit/check.h"

#define WAIT_MS         120000 /* a hang guard, for a simulation on a busy machine */
#define LEAVES_MAX      64u
#define BATCH_MAX       256u
#define THREADS         4u
#define IMAGE_BYTES_MAX 16384u

static struct snap_card *card;
static unsigned jobs_scale = 200;
static const char *image_path; /* NULL: not given */

/* ------------------------------------------------------------------ reference */

static void reference_digest(const EVP_MD *kind, const void *data, size_t bytes, uint8_t *out)
{
    unsigned length = 0;
    CHECK(EVP_Digest(data, bytes, out, &length, kind, NULL) == 1);
    CHECK_EQ(length, 32);
}

static void reference_merkle(const EVP_MD *kind, bool twice, const uint8_t *leaves, size_t count,
                             uint8_t *out)
{
    static _Thread_local uint8_t level[SNAP_MESSAGE_BYTES_MAX];
    memcpy(level, leaves, count * 32);
    for (; count > 1; count = (count + 1) / 2) {
        if (count % 2 != 0)
            memcpy(level + count * 32, level + (count - 1) * 32, 32);
        for (size_t i = 0; i < (count + 1) / 2; i++) {
            reference_digest(kind, level + i * 64, 64, level + i * 32);
            if (twice)
                reference_digest(kind, level + i * 32, 32, level + i * 32);
        }
    }
    memcpy(out, level, 32);
}

static void reference(uint8_t opcode, const uint8_t *data, size_t bytes, uint8_t *out)
{
    switch (opcode) {
    case SNAP_OP_SHA256:
        reference_digest(EVP_sha256(), data, bytes, out);
        break;
    case SNAP_OP_SM3:
        reference_digest(EVP_sm3(), data, bytes, out);
        break;
    case SNAP_OP_MERKLE_SHA256:
        reference_merkle(EVP_sha256(), false, data, bytes / 32, out);
        break;
    case SNAP_OP_MERKLE_SHA256D:
        reference_merkle(EVP_sha256(), true, data, bytes / 32, out);
        break;
    case SNAP_OP_MERKLE_SM3:
        reference_merkle(EVP_sm3(), false, data, bytes / 32, out);
        break;
    default:
        CHECK(!"no reference for this opcode");
    }
}

/* Repeatable bytes. */
static void fill(uint8_t *data, size_t bytes, uint64_t seed)
{
    uint64_t state = seed * UINT64_C(0x9E3779B97F4A7C15) + 1;
    for (size_t i = 0; i < bytes; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        data[i] = (uint8_t)(state >> 32);
    }
}

/* ------------------------------------------------------------------ helpers */

static void must(int code, const struct snap_error *error)
{
    if (code == SNAP_OK)
        return;
    printf("not ok - unexpected error %d: %s\n", code, error->text);
    exit(1);
}

static struct snap_queue *open_queue(unsigned entries, unsigned slot_bytes)
{
    struct snap_queue_config config = {
        .entries = entries, .slot_bytes = slot_bytes, .irq_timer = 50};
    struct snap_queue *queue;
    struct snap_error error;
    must(snap_queue_create(card, &config, &queue, &error), &error);
    return queue;
}

static struct snap_arena *open_arena(size_t bytes)
{
    struct snap_arena *arena;
    struct snap_error error;
    must(snap_arena_create(card, bytes, &arena, &error), &error);
    return arena;
}

static void close_arena(struct snap_arena *arena)
{
    struct snap_error error;
    must(snap_arena_destroy(arena, &error), &error);
}

/* Reaps exactly `count` completions. */
static void reap_all(struct snap_queue *queue, struct snap_result *results, unsigned count)
{
    struct snap_error error;
    for (unsigned done = 0; done < count;) {
        unsigned taken = snap_queue_reap(queue, results + done, count - done);
        done += taken;
        if (taken == 0)
            must(snap_queue_wait(queue, WAIT_MS, &error), &error);
    }
}

static struct snap_result run_one(struct snap_queue *queue)
{
    struct snap_result result;
    snap_queue_submit(queue);
    reap_all(queue, &result, 1);
    return result;
}

/* A slot with any header, past the checks of the public interface; returns the status that it ends
 * in. */
static uint8_t run_raw(struct snap_queue *queue, struct snap_job_header header)
{
    CHECK(snap_queue_prepare_raw(queue, &header, 1) != NULL);
    struct snap_result result = run_one(queue);
    CHECK_EQ(result.user, 1);
    CHECK(result.status == SNAP_STATUS_OK || result.data == NULL);
    return result.status;
}

static void check_works(struct snap_queue *queue)
{
    uint8_t expected[32];
    void *payload = snap_queue_prepare(queue, SNAP_OP_SHA256, 0, 3, 7);
    CHECK(payload != NULL);
    memcpy(payload, "abc", 3);
    reference(SNAP_OP_SHA256, (const uint8_t *)"abc", 3, expected);
    struct snap_result result = run_one(queue);
    CHECK_EQ(result.status, SNAP_STATUS_OK);
    CHECK_EQ(result.user, 7);
    CHECK_MEM(result.data, expected, 32);
}

static bool is_unmapped(uint8_t status, uint8_t unsupported_request)
{
    return status == unsupported_request ||
           status == unsupported_request + 1; /* or Completer Abort */
}

/* ------------------------------------------------------------------ the card itself */

static void info(void)
{
    const struct snap_card_info *about = snap_card_info(card);
    CHECK_EQ(about->abi_major, SNAP_ABI_MAJOR);
    CHECK(about->queues >= 1 && about->queues <= SNAP_QUEUES_MAX);
    CHECK(about->vectors >= about->queues);
    CHECK(about->data_bytes == 16 || about->data_bytes == 32 || about->data_bytes == 64);
    CHECK(about->entries_log2_max >= 6);
    CHECK(about->read_tags > 0);
    CHECK(about->engines_sha256 > 0 && about->engines_sm3 > 0);
    CHECK(snap_card_supports(card, SNAP_OP_NOOP));
    CHECK(snap_card_supports(card, SNAP_OP_SHA256));
    CHECK(!snap_card_supports(card, 0));
    CHECK(!snap_card_supports(card, 256));
}

static void cycles_move_forward(void)
{
    uint64_t cycles[2], engine_cycles[2];
    struct snap_error error;
    must(snap_card_cycles(card, &cycles[0], &engine_cycles[0], &error), &error);
    struct snap_queue *queue = open_queue(2, 256);
    check_works(queue);
    must(snap_card_cycles(card, &cycles[1], &engine_cycles[1], &error), &error);
    CHECK(cycles[1] > cycles[0]);
    CHECK(engine_cycles[1] > engine_cycles[0]);
    snap_queue_destroy(queue);
}

static void selftest_passes(void)
{
    struct snap_error error;
    must(snap_card_selftest(card, &error), &error);
}

static void queues_are_limited(void)
{
    struct snap_queue *queues[SNAP_QUEUES_MAX + 1];
    struct snap_error error;
    unsigned count = 0;
    while (snap_queue_create(card, NULL, &queues[count], &error) == SNAP_OK)
        CHECK(++count <= SNAP_QUEUES_MAX);
    CHECK_EQ(error.code, SNAP_E_BUSY);
    CHECK_EQ(count, snap_card_info(card)->queues);
    for (unsigned i = 0; i < count; i++)
        check_works(queues[i]);
    for (unsigned i = 0; i < count; i++)
        snap_queue_destroy(queues[i]);
    struct snap_queue_config odd = {.entries = 2u << snap_card_info(card)->entries_log2_max};
    CHECK_EQ(snap_queue_create(card, &odd, &queues[0], &error), SNAP_E_ARGUMENT);
}

/* ------------------------------------------------------------------ jobs */

static void noop_and_echo(void)
{
    struct snap_queue *queue = open_queue(8, 512);
    uint8_t data[SNAP_RESULT_BYTES];
    for (uint32_t length = 0; length <= 480; length += 60) {
        CHECK(snap_queue_prepare(queue, SNAP_OP_NOOP, 0, length, length) != NULL);
        struct snap_result result = run_one(queue);
        CHECK_EQ(result.status, SNAP_STATUS_OK);
        CHECK_EQ(result.value, length);
        CHECK(result.data == NULL);
    }
    for (uint32_t length = 1; length <= 480; length += 21) {
        uint8_t *payload = snap_queue_prepare(queue, SNAP_OP_NOOP, SNAP_FLAG_ECHO, length, 0);
        CHECK(payload != NULL);
        fill(payload, length, length);
        fill(data, sizeof data, length);
        struct snap_result result = run_one(queue);
        CHECK_EQ(result.status, SNAP_STATUS_OK);
        CHECK_EQ(result.value, length);
        CHECK_MEM(result.data, data, length < sizeof data ? length : sizeof data);
    }
    snap_queue_destroy(queue);
}

static void digests_inline(void)
{
    static const uint8_t opcodes[] = {SNAP_OP_SHA256, SNAP_OP_SM3};
    struct snap_queue *queue = open_queue(8, 512);
    uint32_t room = snap_queue_payload_bytes(queue);
    uint32_t step =
        jobs_scale >= room ? 1 : 13; /* all lengths, or all residues of the block's padding */
    uint8_t zeros[32] = {0}, expected[32];
    for (size_t i = 0; i < sizeof opcodes; i++) {
        for (uint32_t length = 0; length <= room; length += step) {
            uint8_t *payload = snap_queue_prepare(queue, opcodes[i], 0, length, length);
            CHECK(payload != NULL);
            fill(payload, length, length);
            reference(opcodes[i], payload, length, expected);
            struct snap_result result = run_one(queue);
            CHECK_EQ(result.status, SNAP_STATUS_OK);
            CHECK_EQ(result.value, 0);
            CHECK(result.engine_cycles > 0);
            CHECK_MEM(result.data, expected, 32);
            CHECK_MEM((const uint8_t *)result.data + 32, zeros, 32);
        }
    }
    snap_queue_destroy(queue);
}

static void digests_by_address(void)
{
    static const uint8_t opcodes[] = {SNAP_OP_SHA256, SNAP_OP_SM3};
    static const uint32_t lengths[] = {
        1,   55,  56,  63,   64,   65,   119,  120,  127,   128,
        511, 512, 513, 1000, 4095, 4096, 4097, 8192, 65536, SNAP_MESSAGE_BYTES_MAX};
    struct snap_queue *queue = open_queue(8, 256);
    struct snap_arena *arena = open_arena(SNAP_MESSAGE_BYTES_MAX);
    uint8_t *data = snap_arena_data(arena);
    uint8_t expected[32];
    fill(data, SNAP_MESSAGE_BYTES_MAX, 1);
    for (size_t i = 0; i < sizeof opcodes; i++) {
        for (size_t j = 0; j < sizeof lengths / sizeof lengths[0]; j++) {
            if (lengths[j] > jobs_scale * 256)
                continue;
            /* At the end of the arena, so that the piece behind its last is not mapped. */
            size_t offset = (SNAP_MESSAGE_BYTES_MAX - lengths[j]) & ~(size_t)63;
            CHECK(snap_queue_prepare_indirect(queue, opcodes[i], 0, arena, offset, lengths[j], j));
            reference(opcodes[i], data + offset, lengths[j], expected);
            struct snap_result result = run_one(queue);
            CHECK_EQ(result.status, SNAP_STATUS_OK);
            CHECK_EQ(result.user, j);
            CHECK_MEM(result.data, expected, 32);
        }
    }
    snap_queue_destroy(queue);
    close_arena(arena);
}

static void merkle_roots(void)
{
    static const uint8_t opcodes[] = {SNAP_OP_MERKLE_SHA256, SNAP_OP_MERKLE_SHA256D,
                                      SNAP_OP_MERKLE_SM3};
    struct snap_queue *queue = open_queue(8, 512);
    uint32_t most = jobs_scale < 1000 ? 20 : LEAVES_MAX;
    struct snap_arena *arena = open_arena((size_t)most * 32);
    uint8_t *leaves = snap_arena_data(arena);
    uint8_t expected[32];
    fill(leaves, (size_t)most * 32, 2);
    for (size_t i = 0; i < sizeof opcodes; i++) {
        for (uint32_t count = 1; count <= most; count++) {
            reference(opcodes[i], leaves, (size_t)count * 32, expected);
            CHECK(snap_queue_prepare_indirect(queue, opcodes[i], 0, arena, 0, count * 32, 0));
            struct snap_result result = run_one(queue);
            CHECK_EQ(result.status, SNAP_STATUS_OK);
            CHECK_MEM(result.data, expected, 32);
            uint8_t *payload = snap_queue_prepare(queue, opcodes[i], 0, count * 32, 0);
            CHECK((payload != NULL) == (count <= 15));
            if (payload == NULL)
                continue;
            memcpy(payload, leaves, (size_t)count * 32);
            result = run_one(queue);
            CHECK_EQ(result.status, SNAP_STATUS_OK);
            CHECK_MEM(result.data, expected, 32);
        }
    }
    snap_queue_destroy(queue);
    close_arena(arena);
}

/* ------------------------------------------------------------------ signatures and points */

static bool prepare_known(struct snap_queue *queue, size_t number, uint64_t user)
{
    const struct snap_known_point *known = &snap_known_points[number];
    uint8_t bytes[SNAP_KNOWN_POINT_BYTES_MAX];
    CHECK(known->bytes <= sizeof bytes);
    snap_known_from_hex(known->payload, bytes, known->bytes);
    if ((known->flags & SNAP_FLAG_MESSAGE) == 0) {
        switch (known->opcode) {
        case SNAP_OP_ECDSA_SECP256K1_VERIFY:
            return snap_prepare_ecdsa_verify(queue, (const void *)bytes, known->flags, user);
        case SNAP_OP_ECDSA_SECP256K1_RECOVER:
            return snap_prepare_ecdsa_recover(queue, (const void *)bytes, known->flags, user);
        case SNAP_OP_BIP340_VERIFY:
            return snap_prepare_bip340_verify(queue, (const void *)bytes, user);
        case SNAP_OP_SM2_VERIFY:
            return snap_prepare_sm2_verify(queue, (const void *)bytes, user);
        case SNAP_OP_PEDERSEN_COMMIT:
            return snap_prepare_pedersen_commit(queue, (const void *)bytes, user);
        default:
            break;
        }
    }
    void *payload = snap_queue_prepare(queue, known->opcode, known->flags, known->bytes, user);
    if (payload != NULL)
        memcpy(payload, bytes, known->bytes);
    return payload != NULL;
}

/* Jobs of all kinds mixed, so that they overtake each other: each has its own answer. */
static void known_answers_mixed(void)
{
    struct snap_queue *queue = open_queue(128, 512);
    unsigned count = jobs_scale >= 1000 ? 1000 : 60, prepared = 0;
    size_t number = 0;
    for (unsigned done = 0; done < count;) {
        struct snap_result results[BATCH_MAX];
        struct snap_error error;
        for (; prepared < count; prepared++) {
            while (!snap_card_supports(card, snap_known_points[number].opcode))
                number = (number + 7) % snap_known_point_count;
            if (!prepare_known(queue, number, number))
                break;
            number = (number + 7) % snap_known_point_count;
        }
        snap_queue_submit(queue);
        unsigned taken = snap_queue_reap(queue, results, BATCH_MAX);
        if (taken == 0)
            must(snap_queue_wait(queue, WAIT_MS, &error), &error);
        for (unsigned i = 0; i < taken; i++) {
            const struct snap_known_point *known = &snap_known_points[results[i].user];
            uint8_t point[sizeof(struct snap_point)];
            CHECK_EQ(results[i].status, SNAP_STATUS_OK);
            CHECK_EQ(snap_result_verdict(&results[i]), known->verdict);
            CHECK_EQ(results[i].data != NULL, known->point != NULL);
            CHECK(results[i].engine_cycles > 0);
            if (known->point != NULL) {
                snap_known_from_hex(known->point, point, sizeof point);
                CHECK_MEM(results[i].data, point, sizeof point);
            }
        }
        done += taken;
    }
    snap_queue_destroy(queue);
}

/* Terms with scalars of their own, and points that are small multiples of each other. */
static void make_terms(struct snap_msm_term *terms, size_t count)
{
    struct snap_pedersen_commit_payload one = {.blinding = {[31] = 1}};
    struct snap_point point;
    CHECK_EQ(point_commit_var(&one, &point), POINT_FINITE);
    for (size_t i = 0; i < count; i++) {
        struct snap_msm_term *term = &terms[i];
        fill(term->scalar, sizeof term->scalar, i + 1);
        term->scalar[0] &= 0x7F;
        memcpy(term->x, point.x, sizeof term->x);
        memcpy(term->y, point.y, sizeof term->y);
        struct snap_msm_term next = *term;
        memset(next.scalar, 0, sizeof next.scalar);
        next.scalar[31] = 3;
        CHECK_EQ(point_msm_var(&next, 1, &point), POINT_FINITE);
    }
}

/* By the library, in pieces that it takes: the sum so far is a term of the next piece. */
static enum point_sum reference_msm(const struct snap_msm_term *terms, size_t count,
                                    struct snap_point *sum)
{
    struct snap_msm_term piece[SNAP_POINT_TERMS_MAX];
    enum point_sum kind = POINT_INFINITY;
    for (size_t next = 0; next < count;) {
        size_t used = 0;
        if (kind == POINT_FINITE) {
            piece[used] = (struct snap_msm_term){.scalar = {[31] = 1}};
            memcpy(piece[used].x, sum->x, sizeof sum->x);
            memcpy(piece[used++].y, sum->y, sizeof sum->y);
        }
        while (used < SNAP_POINT_TERMS_MAX && next < count)
            piece[used++] = terms[next++];
        kind = point_msm_var(piece, used, sum);
    }
    return kind;
}

#define TERMS_MAX 4200u /* three levels */

static void sums_of_many_terms(void)
{
    static struct snap_msm_term terms[TERMS_MAX];
    const size_t most = jobs_scale >= 1000 ? TERMS_MAX : 70;
    const size_t counts[] = {1, 64, 65, most};
    struct snap_queue *queue = open_queue(8, 256);
    struct snap_arena *arena = open_arena((size_t)6 * 6144);
    struct snap_error error;
    struct snap_point sum, expected;
    uint32_t verdict;
    make_terms(terms, most);
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        must(snap_msm(queue, arena, terms, counts[i], WAIT_MS, &sum, &verdict, &error), &error);
        CHECK_EQ(verdict, SNAP_VERDICT_VALID);
        CHECK_EQ(reference_msm(terms, counts[i], &expected), POINT_FINITE);
        CHECK_MEM(&sum, &expected, sizeof sum);
    }
    /* One part of the sum is infinity, then the whole: scalars of 0. */
    for (size_t i = 0; i < 64; i++)
        memset(terms[i].scalar, 0, sizeof terms[i].scalar);
    must(snap_msm(queue, arena, terms, 66, WAIT_MS, &sum, &verdict, &error), &error);
    CHECK_EQ(verdict, SNAP_VERDICT_VALID);
    CHECK_EQ(reference_msm(terms, 66, &expected), POINT_FINITE);
    CHECK_MEM(&sum, &expected, sizeof sum);
    memset(terms[64].scalar, 0, sizeof terms[64].scalar);
    must(snap_msm(queue, arena, terms, 65, WAIT_MS, &sum, &verdict, &error), &error);
    CHECK_EQ(verdict, SNAP_VERDICT_INFINITY);
    terms[65].y[31] ^= 1;
    must(snap_msm(queue, arena, terms, 66, WAIT_MS, &sum, &verdict, &error), &error);
    CHECK_EQ(verdict, SNAP_VERDICT_INVALID);
    snap_queue_destroy(queue);
    close_arena(arena);
}

static void read_image(uint8_t image[IMAGE_BYTES_MAX], size_t *bytes)
{
    FILE *file = fopen(image_path, "rb");
    CHECK(file != NULL);
    *bytes = fread(image, 1, IMAGE_BYTES_MAX, file);
    CHECK(feof(file) && fclose(file) == 0);
}

/* What cannot be an image is not even sent. A damaged one leaves the engine without any, and it
 * refuses its jobs; a good one brings it back. */
static void microcode_is_replaced(void)
{
    uint8_t image[IMAGE_BYTES_MAX];
    size_t bytes;
    struct snap_microcode before, now;
    struct snap_error error;
    read_image(image, &bytes);
    must(snap_card_microcode(card, &before, &error), &error);
    CHECK(before.words > 0 && before.version > 0);
    CHECK_EQ(snap_card_load_microcode(card, image, bytes - 1, &error), SNAP_E_ARGUMENT);
    must(snap_card_selftest(card, &error), &error);
    image[bytes / 2] ^= 1;
    CHECK_EQ(snap_card_load_microcode(card, image, bytes, &error), SNAP_E_ARGUMENT);
    must(snap_card_microcode(card, &now, &error), &error);
    CHECK_EQ(now.words, 0);
    struct snap_queue *queue = open_queue(8, 256);
    CHECK(prepare_known(queue, 0, 0));
    CHECK_EQ(run_one(queue).status, SNAP_STATUS_ENGINE_FAULT);
    check_works(queue);
    snap_queue_destroy(queue);
    image[bytes / 2] ^= 1;
    must(snap_card_load_microcode(card, image, bytes, &error), &error);
    must(snap_card_selftest(card, &error), &error);
    must(snap_card_microcode(card, &now, &error), &error);
    CHECK_EQ(now.words, before.words);
    CHECK_MEM(now.checksum, before.checksum, sizeof now.checksum);
    CHECK_EQ(now.faulty_jobs, before.faulty_jobs + 1);
}

/* A card without point engines has nothing of these. */
static void point_engine(void)
{
    if (snap_card_info(card)->engines_point == 0) {
        printf("# this card has no point engine\n");
        for (unsigned opcode = SNAP_OP_ECDSA_SECP256K1_VERIFY; opcode <= SNAP_OP_MICROCODE_LOAD;
             opcode++)
            CHECK(!snap_card_supports(card, opcode));
        return;
    }
    RUN(known_answers_mixed);
    RUN(sums_of_many_terms);
    if (image_path != NULL && snap_card_supports(card, SNAP_OP_MICROCODE_LOAD))
        RUN(microcode_is_replaced);
}

/* ------------------------------------------------------------------ errors */

static void job_errors(void)
{
    struct snap_queue *queue = open_queue(8, 256);
    uint32_t room = snap_queue_payload_bytes(queue);
    const struct {
        struct snap_job_header header;
        uint8_t status;
    } bad[] = {
        {{.opcode = 0}, SNAP_STATUS_BAD_OPCODE},
        {{.opcode = 0xFF}, SNAP_STATUS_BAD_OPCODE},
        {{.opcode = SNAP_OP_NOOP, .flags = SNAP_FLAG_INDIRECT}, SNAP_STATUS_BAD_FLAGS},
        {{.opcode = SNAP_OP_NOOP, .flags = 0x80}, SNAP_STATUS_BAD_FLAGS},
        {{.opcode = SNAP_OP_SHA256, .flags = SNAP_FLAG_ECHO}, SNAP_STATUS_BAD_FLAGS},
        {{.opcode = SNAP_OP_NOOP, .reserved0 = 1}, SNAP_STATUS_BAD_FLAGS},
        {{.opcode = SNAP_OP_NOOP, .reserved1 = UINT64_C(1) << 63}, SNAP_STATUS_BAD_FLAGS},
        {{.opcode = SNAP_OP_NOOP, .length = room + 1}, SNAP_STATUS_BAD_LENGTH},
        {{.opcode = SNAP_OP_NOOP, .flags = SNAP_FLAG_ECHO}, SNAP_STATUS_BAD_LENGTH},
        {{.opcode = SNAP_OP_SHA256, .length = room + 1}, SNAP_STATUS_BAD_LENGTH},
        {{.opcode = SNAP_OP_SHA256, .length = UINT32_MAX}, SNAP_STATUS_BAD_LENGTH},
        {{.opcode = SNAP_OP_SHA256, .flags = SNAP_FLAG_INDIRECT, .address = 0x10000},
         SNAP_STATUS_BAD_LENGTH},
        {{.opcode = SNAP_OP_SHA256,
          .flags = SNAP_FLAG_INDIRECT,
          .address = 0x10000,
          .length = SNAP_MESSAGE_BYTES_MAX + 1},
         SNAP_STATUS_BAD_LENGTH},
        {{.opcode = SNAP_OP_MERKLE_SHA256, .length = 0}, SNAP_STATUS_BAD_LENGTH},
        {{.opcode = SNAP_OP_MERKLE_SM3, .length = 33}, SNAP_STATUS_BAD_LENGTH},
        {{.opcode = SNAP_OP_SHA256, .flags = SNAP_FLAG_INDIRECT, .address = 0x10020, .length = 64},
         SNAP_STATUS_BAD_ADDRESS},
        {{.opcode = SNAP_OP_SHA256,
          .flags = SNAP_FLAG_INDIRECT,
          .address = UINT64_MAX - 63,
          .length = 65},
         SNAP_STATUS_BAD_ADDRESS},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        uint8_t status = run_raw(queue, bad[i].header);
        if (status != bad[i].status)
            printf("# bad job %zu ended in %s\n", i, snap_status_name(status));
        CHECK_EQ(status, bad[i].status);
    }
    check_works(queue); /* an error of a job is no error of the queue */
    CHECK_EQ(snap_queue_check(queue, NULL), SNAP_QUEUE_RUNNING);
    snap_queue_destroy(queue);
}

static void unmapped_payload(void)
{
    struct snap_queue *queue = open_queue(8, 256);
    struct snap_arena *arena = open_arena(4096);
    uint64_t address = snap_arena_address(arena);
    struct snap_job_header header = {.opcode = SNAP_OP_SHA256,
                                     .flags = SNAP_FLAG_INDIRECT,
                                     .length = (uint32_t)snap_arena_bytes(arena),
                                     .address = address};
    CHECK_EQ(run_raw(queue, header), SNAP_STATUS_OK);
    header.length += 1; /* one byte into the page behind, which is never mapped */
    CHECK(is_unmapped(run_raw(queue, header), SNAP_STATUS_DATA_UR));
    close_arena(arena);
    header.length = 64; /* what is unmapped is out of reach at once */
    CHECK(is_unmapped(run_raw(queue, header), SNAP_STATUS_DATA_UR));
    check_works(queue);
    snap_queue_destroy(queue);
}

static void arena_in_use_stays(void)
{
    struct snap_queue *queue = open_queue(8, 256);
    struct snap_arena *arena = open_arena(4096);
    struct snap_error error;
    CHECK(snap_queue_prepare_indirect(queue, SNAP_OP_SHA256, 0, arena, 0, 4096, 1));
    CHECK_EQ(snap_arena_destroy(arena, &error), SNAP_E_BUSY);
    snap_queue_submit(queue);
    CHECK_EQ(snap_arena_destroy(arena, &error), SNAP_E_BUSY);
    struct snap_result result;
    reap_all(queue, &result, 1);
    CHECK_EQ(result.status, SNAP_STATUS_OK);
    close_arena(arena);
    snap_queue_destroy(queue);
}

static void unmapped_slots(void)
{
    struct snap_queue *queue = open_queue(8, 256);
    struct snap_transport *transport = card->transport;
    struct snap_memory *memory = &queue->slot_memory;
    struct snap_error error;
    must(transport->ops->dma_unmap(transport, memory->address, memory->bytes, &error), &error);
    for (unsigned i = 0; i < 3; i++)
        CHECK(snap_queue_prepare(queue, SNAP_OP_NOOP, 0, 0, i) != NULL);
    snap_queue_submit(queue);
    struct snap_result results[3];
    reap_all(queue, results, 3);
    for (unsigned i = 0; i < 3; i++)
        CHECK(is_unmapped(results[i].status, SNAP_STATUS_FETCH_UR));
    CHECK_EQ(results[0].user + results[1].user + results[2].user, 0 + 1 + 2);
    must(transport->ops->dma_map(transport, memory, SNAP_DMA_READ, &error), &error);
    check_works(queue);
    snap_queue_destroy(queue);
}

static void bad_doorbells(void)
{
    struct snap_queue *queue = open_queue(8, 256);
    const uint32_t doorbells[] = {
        9,             /* a tail beyond the ring */
        0xFFFF,        /* a tail behind the card's */
        1u << 16 | 1,  /* a completion that was not written */
        0xFFFFu << 16, /* a head behind the card's */
    };
    for (size_t i = 0; i < sizeof doorbells / sizeof doorbells[0]; i++) {
        struct snap_error error;
        snap_queue_write32(queue, SNAP_REG_DOORBELL, doorbells[i]);
        CHECK_EQ(snap_queue_check(queue, &error), SNAP_QUEUE_REFUSED);
        CHECK(strstr(error.text, "DOORBELL") != NULL);
        CHECK_EQ(snap_queue_wait(queue, 0, &error), SNAP_E_PROTOCOL);
        must(snap_queue_reset(queue, &error), &error);
        check_works(queue);
        must(snap_queue_reset(queue, &error), &error); /* indices at 0 again */
    }
    snap_queue_destroy(queue);
}

/* Shapes that snap_queue_create refuses itself, given to the card. */
static void bad_queue_shapes(void)
{
    static const struct {
        uint32_t entries_log2, sq_low, cq_low, result_low;
    } shapes[] = {
        {0, 0x10000, 0x20000, 0x30000},  {13, 0x10000, 0x20000, 0x30000},
        {15, 0x10000, 0x20000, 0x30000}, {4, 0x10800, 0x20000, 0x30000},
        {4, 0x10000, 0x20020, 0x30000},  {4, 0x10000, 0x20000, 0x30040},
    };
    struct snap_queue *queue = open_queue(8, 256);
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        snap_queue_write32(queue, SNAP_REG_QUEUE_CONTROL, 0);
        CHECK_EQ(snap_queue_read32(queue, SNAP_REG_QUEUE_STATUS) & 3, 0);
        snap_queue_write32(queue, SNAP_REG_QUEUE_CONFIG, shapes[i].entries_log2);
        snap_queue_write32(queue, SNAP_REG_SQ_BASE_LO, shapes[i].sq_low);
        snap_queue_write32(queue, SNAP_REG_CQ_BASE_LO, shapes[i].cq_low);
        snap_queue_write32(queue, SNAP_REG_RESULT_BASE_LO, shapes[i].result_low);
        snap_queue_write32(queue, SNAP_REG_QUEUE_CONTROL, 1);
        uint32_t status = snap_queue_read32(queue, SNAP_REG_QUEUE_STATUS);
        CHECK_EQ(status & 3, 3);
        CHECK_EQ(status >> SNAP_QUEUE_STATUS_ERROR_SHIFT & SNAP_QUEUE_STATUS_ERROR_MASK,
                 SNAP_QUEUE_ERROR_CONFIG);
    }
    struct snap_error error;
    must(snap_queue_reset(queue, &error), &error);
    check_works(queue);
    snap_queue_destroy(queue);
}

/* ------------------------------------------------------------------ many jobs */

/* One job of a stream: what it is follows from its number, so it can be checked by itself. */
static uint8_t stream_opcode(uint64_t number)
{
    static const uint8_t mix[] = {SNAP_OP_NOOP, SNAP_OP_SHA256,        SNAP_OP_SM3,
                                  SNAP_OP_NOOP, SNAP_OP_MERKLE_SHA256, SNAP_OP_MERKLE_SM3};
    return mix[number % sizeof mix];
}

static uint32_t stream_length(uint64_t number)
{
    bool merkle = stream_opcode(number) >= SNAP_OP_MERKLE_SHA256;
    return merkle ? 32u * (uint32_t)(1 + number % 7) : (uint32_t)(number * 31 % 225);
}

static void stream_check(const struct snap_result *result)
{
    uint8_t data[224], expected[32];
    uint32_t length = stream_length(result->user);
    CHECK_EQ(result->status, SNAP_STATUS_OK);
    CHECK_EQ(result->opcode, stream_opcode(result->user));
    if (result->opcode == SNAP_OP_NOOP) {
        CHECK_EQ(result->value, length);
        return;
    }
    fill(data, length, result->user);
    reference(result->opcode, data, length, expected);
    CHECK_MEM(result->data, expected, 32);
}

static void stream(struct snap_queue *queue, uint64_t total)
{
    static _Thread_local struct snap_result results[BATCH_MAX];
    uint64_t submitted = 0, sum = 0;
    for (uint64_t done = 0; done < total;) {
        for (unsigned i = 0; submitted < total && i < 1 + submitted % 17; i++) {
            uint32_t length = stream_length(submitted);
            uint8_t *payload =
                snap_queue_prepare(queue, stream_opcode(submitted), 0, length, submitted);
            if (payload == NULL)
                break;
            fill(payload, length, submitted++);
        }
        snap_queue_submit(queue);
        unsigned taken = snap_queue_reap(queue, results, BATCH_MAX);
        for (unsigned i = 0; i < taken; i++) {
            stream_check(&results[i]);
            sum += results[i].user;
        }
        done += taken;
        struct snap_error error;
        if (taken == 0 && snap_queue_room(queue) == 0)
            must(snap_queue_wait(queue, WAIT_MS, &error), &error);
    }
    CHECK_EQ(sum, total * (total - 1) / 2); /* each once */
    CHECK_EQ(snap_queue_outstanding(queue), 0);
}

static void streams_in_all_ring_sizes(void)
{
    for (unsigned entries = 2; entries <= 256; entries *= 2) {
        struct snap_queue *queue = open_queue(entries, 256);
        stream(queue, jobs_scale);
        snap_queue_destroy(queue);
    }
}

/* NOOPs only, so that a ring's indices pass 2^16 in reasonable time. */
static void indices_wrap(void)
{
    struct snap_queue *queue = open_queue(256, 256);
    static struct snap_result results[BATCH_MAX];
    for (uint64_t done = 0; done < jobs_scale;) {
        for (unsigned i = 0; i < BATCH_MAX; i++)
            CHECK(snap_queue_prepare(queue, SNAP_OP_NOOP, 0, i % 200, done + i) != NULL);
        snap_queue_submit(queue);
        reap_all(queue, results, BATCH_MAX);
        for (unsigned i = 0; i < BATCH_MAX; i++) {
            CHECK_EQ(results[i].user, done + i); /* these complete in order */
            CHECK_EQ(results[i].value, i % 200);
        }
        done += BATCH_MAX;
    }
    snap_queue_destroy(queue);
}

static void *stream_thread(void *queue)
{
    stream(queue, jobs_scale);
    return NULL;
}

static void queues_run_side_by_side(void)
{
    unsigned count =
        snap_card_info(card)->queues < THREADS ? snap_card_info(card)->queues : THREADS;
    struct snap_queue *queues[THREADS];
    pthread_t threads[THREADS];
    for (unsigned i = 0; i < count; i++)
        queues[i] = open_queue(16u << i, i % 2 ? 512 : 256);
    for (unsigned i = 0; i < count; i++)
        CHECK_EQ(pthread_create(&threads[i], NULL, stream_thread, queues[i]), 0);
    for (unsigned i = 0; i < count; i++)
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
    for (unsigned i = 0; i < count; i++)
        snap_queue_destroy(queues[i]);
}

/* Requests above 4 GiB have longer headers. */
static void memory_above_4_gib(void)
{
    struct snap_iova *iova = &card->transport->iova;
    uint64_t floor = iova->floor;
    iova->floor = UINT64_C(0x123456000);
    struct snap_queue *queue = open_queue(16, 512);
    struct snap_arena *arena = open_arena(8192);
    iova->floor = floor;
    CHECK(snap_arena_address(arena) > UINT32_MAX);
    CHECK(queue->slot_memory.address > UINT32_MAX);
    CHECK(queue->completion_memory.address > UINT32_MAX);
    uint8_t expected[32];
    fill(snap_arena_data(arena), 8192, 3);
    reference(SNAP_OP_SHA256, snap_arena_data(arena), 8000, expected);
    CHECK(snap_queue_prepare_indirect(queue, SNAP_OP_SHA256, 0, arena, 0, 8000, 0));
    struct snap_result result = run_one(queue);
    CHECK_EQ(result.status, SNAP_STATUS_OK);
    CHECK_MEM(result.data, expected, 32);
    stream(queue, 50);
    snap_queue_destroy(queue);
    close_arena(arena);
}

/* ------------------------------------------------------------------ interrupts */

static bool interrupted(struct snap_queue *queue, int timeout_ms)
{
    struct pollfd poll_fd = {.fd = snap_queue_eventfd(queue), .events = POLLIN};
    int count = poll(&poll_fd, 1, timeout_ms);
    CHECK(count >= 0);
    return count == 1;
}

static void interrupts(void)
{
    struct snap_queue_config config = {.entries = 16, .irq_timer = 1000, .irq_count = 4};
    struct snap_queue *queue;
    struct snap_result results[8];
    struct snap_error error;
    must(snap_queue_create(card, &config, &queue, &error), &error);

    snap_queue_arm(queue);
    CHECK(!interrupted(queue, 0)); /* nothing to tell */
    for (unsigned i = 0; i < 4; i++)
        CHECK(snap_queue_prepare(queue, SNAP_OP_NOOP, 0, 0, i) != NULL);
    snap_queue_submit(queue);
    CHECK(interrupted(queue, WAIT_MS)); /* by count or by timer */
    reap_all(queue, results, 4);

    snap_queue_arm(queue); /* a single one: by timer */
    CHECK(snap_queue_prepare(queue, SNAP_OP_NOOP, 0, 0, 4) != NULL);
    snap_queue_submit(queue);
    CHECK(interrupted(queue, WAIT_MS));
    reap_all(queue, results, 1);

    /* A completion that was written before arming is not missed. */
    CHECK(snap_queue_prepare(queue, SNAP_OP_NOOP, 0, 0, 5) != NULL);
    snap_queue_submit(queue);
    while (!snap_queue_reapable(queue))
        (void)snap_queue_read32(queue, SNAP_REG_QUEUE_STATUS);
    snap_queue_arm(queue);
    CHECK(interrupted(queue, WAIT_MS));
    reap_all(queue, results, 1);

    /* One arming, one interrupt. */
    snap_queue_arm(queue);
    CHECK(snap_queue_prepare(queue, SNAP_OP_NOOP, 0, 0, 6) != NULL);
    snap_queue_submit(queue);
    CHECK(interrupted(queue, WAIT_MS));
    uint64_t count;
    CHECK_EQ(read(snap_queue_eventfd(queue), &count, sizeof count), sizeof count);
    CHECK_EQ(count, 1);
    reap_all(queue, results, 1);
    CHECK(snap_queue_prepare(queue, SNAP_OP_NOOP, 0, 0, 7) != NULL);
    snap_queue_submit(queue);
    while (snap_queue_reap(queue, results, 1) == 0)
        (void)snap_queue_read32(queue, SNAP_REG_QUEUE_STATUS);
    CHECK(!interrupted(queue, 0)); /* it was not armed again */
    snap_queue_destroy(queue);
}

/* ------------------------------------------------------------------ reset in the middle */

#define MIDDLE_JOBS 24u

/* Long enough to be in flight when the next call comes. */
static void submit_slow(struct snap_queue *queue, struct snap_arena *arena)
{
    for (unsigned i = 0; i < MIDDLE_JOBS; i++)
        CHECK(snap_queue_prepare_indirect(queue, i % 2 ? SNAP_OP_SHA256 : SNAP_OP_SM3, 0, arena, 0,
                                          (uint32_t)snap_arena_bytes(arena), i));
    snap_queue_submit(queue);
}

/* Every job of submit_slow comes back once: `early` of them are in results, the others are lost. */
static void check_lost(struct snap_queue *queue, struct snap_result *results, unsigned early)
{
    bool seen[MIDDLE_JOBS] = {false};
    reap_all(queue, results + early, MIDDLE_JOBS - early);
    for (unsigned i = 0; i < MIDDLE_JOBS; i++) {
        CHECK_EQ(results[i].status, i < early ? SNAP_STATUS_OK : SNAP_JOB_LOST);
        CHECK(results[i].user < MIDDLE_JOBS && !seen[results[i].user]);
        seen[results[i].user] = true;
    }
    CHECK_EQ(snap_queue_outstanding(queue), 0);
    check_works(queue);
}

static void queue_reset_in_mid_batch(void)
{
    struct snap_queue *queue = open_queue(32, 256), *other = open_queue(32, 256);
    struct snap_arena *arena = open_arena(2048);
    struct snap_result results[MIDDLE_JOBS];
    struct snap_error error;
    for (unsigned round = 0; round < 3; round++) {
        submit_slow(queue, arena);
        submit_slow(other, arena);
        unsigned early = snap_queue_reap(queue, results, round * 4);
        must(snap_queue_reset(queue, &error), &error);
        check_lost(queue, results, early);
        reap_all(other, results, MIDDLE_JOBS); /* the neighbour has noticed nothing */
        for (unsigned i = 0; i < MIDDLE_JOBS; i++)
            CHECK_EQ(results[i].status, SNAP_STATUS_OK);
    }
    snap_queue_destroy(queue);
    snap_queue_destroy(other);
    close_arena(arena);
}

static void card_reset_in_mid_batch(void)
{
    struct snap_queue *queue = open_queue(32, 256), *other = open_queue(32, 256);
    struct snap_arena *arena = open_arena(2048);
    struct snap_result results[MIDDLE_JOBS];
    struct snap_error error;
    for (unsigned round = 0; round < 3; round++) {
        submit_slow(queue, arena);
        submit_slow(other, arena);
        unsigned early = snap_queue_reap(queue, results, round * 4);
        must(snap_card_reset(card, &error), &error);
        CHECK_EQ(snap_queue_reap(queue, results + early, MIDDLE_JOBS - early), 0);
        CHECK_EQ(snap_queue_check(queue, &error), SNAP_QUEUE_BROKEN);
        CHECK_EQ(snap_queue_check(other, &error), SNAP_QUEUE_BROKEN);
        must(snap_queue_reset(queue, &error), &error);
        must(snap_queue_reset(other, &error), &error);
        check_lost(queue, results, early);
        check_lost(other, results, 0);
    }
    /* Interrupts and arenas have survived. */
    snap_queue_arm(queue);
    CHECK(snap_queue_prepare_indirect(queue, SNAP_OP_SHA256, 0, arena, 0, 2048, 0));
    snap_queue_submit(queue);
    CHECK(interrupted(queue, WAIT_MS));
    reap_all(queue, results, 1);
    CHECK_EQ(results[0].status, SNAP_STATUS_OK);
    snap_queue_destroy(queue);
    snap_queue_destroy(other);
    close_arena(arena);
}

/* The middle step of the ladder, which a well-behaved card never needs. */
static void register_reset_in_mid_batch(void)
{
    struct snap_queue *queue = open_queue(32, 256);
    struct snap_arena *arena = open_arena(2048);
    struct snap_result results[MIDDLE_JOBS];
    struct snap_error error;
    submit_slow(queue, arena);
    snap_card_lock(card);
    int code = snap_card_reset_soft(card, &error);
    snap_card_unlock(card);
    must(code, &error);
    CHECK_EQ(snap_queue_check(queue, &error), SNAP_QUEUE_BROKEN);
    must(snap_queue_reset(queue, &error), &error);
    check_lost(queue, results, 0);
    snap_queue_arm(queue); /* the MSI-X table is kept */
    CHECK(snap_queue_prepare(queue, SNAP_OP_NOOP, 0, 0, 0) != NULL);
    snap_queue_submit(queue);
    CHECK(interrupted(queue, WAIT_MS));
    reap_all(queue, results, 1);
    snap_queue_destroy(queue);
    close_arena(arena);
}

/* A thread that has not noticed a reset of the card goes on: its doorbell meets a queue that is
 * off. */
static void jobs_for_a_queue_that_was_reset(void)
{
    struct snap_queue *queue = open_queue(8, 256);
    struct snap_error error;
    struct snap_result results[4];
    must(snap_card_reset(card, &error), &error);
    for (unsigned i = 0; i < 3; i++)
        CHECK(snap_queue_prepare(queue, SNAP_OP_NOOP, 0, 0, i) != NULL);
    snap_queue_submit(queue);
    CHECK_EQ(snap_queue_wait(queue, WAIT_MS, &error), SNAP_E_PROTOCOL); /* notices it */
    must(snap_queue_reset(queue, &error), &error);
    reap_all(queue, results, 3);
    for (unsigned i = 0; i < 3; i++)
        CHECK_EQ(results[i].status, SNAP_JOB_LOST);
    CHECK_EQ(results[0].user + results[1].user + results[2].user, 0 + 1 + 2);
    check_works(queue);
    snap_queue_destroy(queue);
}

static void destroy_in_mid_batch(void)
{
    struct snap_queue *queue = open_queue(32, 256);
    struct snap_arena *arena = open_arena(2048);
    submit_slow(queue, arena);
    snap_queue_destroy(queue);
    close_arena(arena); /* not busy: its jobs went with their queue */
    queue = open_queue(32, 256);
    check_works(queue);
    snap_queue_destroy(queue);
}

int main(int argc, char **argv)
{
    const struct snap_card_options options = {.stall_ms = 60000}; /* a busy machine's card creeps */
    struct snap_error error;
    if (argc < 2 || argc > 4) {
        (void)fprintf(stderr, "usage: driver_card ADDRESS [JOBS [IMAGE]]\n");
        return 2;
    }
    if (argc == 4)
        image_path = argv[3];
    if (argc >= 3)
        jobs_scale = (unsigned)strtoul(argv[2], NULL, 10);
    must(snap_card_open(argv[1], &options, &card, &error), &error);
    RUN(info);
    RUN(cycles_move_forward);
    RUN(selftest_passes);
    RUN(queues_are_limited);
    RUN(noop_and_echo);
    RUN(digests_inline);
    RUN(digests_by_address);
    RUN(merkle_roots);
    point_engine();
    RUN(job_errors);
    RUN(unmapped_payload);
    RUN(arena_in_use_stays);
    RUN(unmapped_slots);
    RUN(bad_doorbells);
    RUN(bad_queue_shapes);
    RUN(streams_in_all_ring_sizes);
    RUN(indices_wrap);
    RUN(queues_run_side_by_side);
    RUN(memory_above_4_gib);
    RUN(interrupts);
    RUN(queue_reset_in_mid_batch);
    RUN(card_reset_in_mid_batch);
    RUN(register_reset_in_mid_batch);
    RUN(jobs_for_a_queue_that_was_reset);
    RUN(destroy_in_mid_batch);
    snap_card_close(card);
    return 0;
}
