/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/card/point.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hls/model/model.h"

#define WORD_BYTES         32u
#define IMAGE_DIGEST_BYTES 32u
/* A line of fixed.hex is 66 digits and its end. */
#define FIXED_BYTES_MAX (ISA_FIXED_WORDS * 68u)
#define WORDS_MAX       (3 * SNAP_POINT_TERMS_MAX)
_Static_assert(SNAP_POINT_TERMS_MAX == SNAP_MODEL_TERMS, "one limit of terms");

struct point {
    struct digest *digest;
    bool loaded; /* model.image is whole */
    uint8_t checksum[4];
    uint32_t faulty_jobs;
    uint8_t control_faults;
    struct snap_model model;
    struct snap_image image; /* the next one, while it is parsed */
};

/* ------------------------------------------------------------------ making and ending */

/* The file's contents, the caller's to free; NULL: it cannot be read, or is longer than `most`. */
static uint8_t *read_file(const char *folder, const char *name, size_t most, size_t *bytes)
{
    char path[4096];
    int length = snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = length > 0 && (size_t)length < sizeof path ? fopen(path, "rb") : NULL;
    if (file == NULL)
        return NULL;
    uint8_t *data = malloc(most + 1);
    bool whole = false;
    if (data != NULL) {
        *bytes = fread(data, 1, most + 1, file);
        whole = *bytes <= most && !ferror(file);
    }
    (void)fclose(file);
    if (whole)
        return data;
    free(data);
    return NULL;
}

static bool load(struct point *point, const uint8_t *image, size_t bytes, const char **reason)
{
    point->loaded = false;
    *reason = snap_image_parse(&point->image, image, bytes);
    if (*reason != NULL)
        return false;
    point->model.image = point->image;
    memcpy(point->checksum, image + bytes - IMAGE_DIGEST_BYTES, sizeof point->checksum);
    point->loaded = true;
    return true;
}

static bool read_image(struct point *point, const char *folder, const char **reason)
{
    size_t bytes;
    uint8_t *image = read_file(folder, "image.bin", SNAP_MESSAGE_BYTES_MAX, &bytes);
    *reason = "image.bin cannot be read";
    bool good = image != NULL && load(point, image, bytes, reason);
    free(image);
    return good;
}

static bool read_fixed(struct point *point, const char *folder, const char **reason)
{
    size_t bytes;
    uint8_t *text = read_file(folder, "fixed.hex", FIXED_BYTES_MAX, &bytes);
    *reason = "fixed.hex cannot be read";
    if (text != NULL)
        *reason = snap_fixed_parse(point->model.fixed, (const char *)text, bytes);
    free(text);
    return *reason == NULL;
}

struct point *point_create(const char *folder, struct digest *digest, const char **reason)
{
    struct point *point = calloc(1, sizeof *point);
    *reason = "out of memory";
    if (point == NULL)
        return NULL;
    point->digest = digest;
    snap_model_standard_curves(&point->model.curves);
    if (read_image(point, folder, reason) && read_fixed(point, folder, reason))
        return point;
    point_destroy(point);
    return NULL;
}

void point_destroy(struct point *point)
{
    free(point);
}

/* ------------------------------------------------------------------ jobs */

/* `count` words of the payload, from word `first` of the job on. */
static void take_words(struct snap_u256 *words, unsigned first, const uint8_t *payload,
                       unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        words[first + i] = snap_u256_from_be(payload + i * WORD_BYTES);
}

/* The message behind the fixed part, hashed, is the job's word 0. */
static void hash_message(struct point *point, const struct snap_job_header *job,
                         const uint8_t *payload, size_t fixed_bytes, struct snap_u256 *words)
{
    uint8_t digest[DIGEST_BYTES];
    const struct digest_piece piece = {payload + fixed_bytes, job->length - fixed_bytes};
    digest_pieces(point->digest, DIGEST_SHA256, &piece, 1, digest);
    words[0] = snap_u256_from_be(digest);
    take_words(words, 1, payload, (unsigned)(fixed_bytes / WORD_BYTES));
}

/* e = SM3(Z_A || message), with Z_A in e's place. */
static void hash_sm2(struct point *point, const struct snap_job_header *job, const uint8_t *payload,
                     struct snap_u256 *words)
{
    uint8_t digest[DIGEST_BYTES];
    const size_t fixed_bytes = sizeof(struct snap_sm2_verify_payload);
    const struct digest_piece pieces[] = {{payload, WORD_BYTES},
                                          {payload + fixed_bytes, job->length - fixed_bytes}};
    digest_pieces(point->digest, DIGEST_SM3, pieces, 2, digest);
    words[0] = snap_u256_from_be(digest);
}

/* SHA-256(tag, tag, r, x, message), where tag is the SHA-256 of the challenge's name. */
static void hash_challenge(struct point *point, const struct snap_job_header *job,
                           const uint8_t *payload, struct snap_u256 *words)
{
    static const char name[] = "BIP0340/challenge";
    const size_t fixed_bytes = sizeof(struct snap_bip340_verify_message_payload);
    uint8_t tag[DIGEST_BYTES], digest[DIGEST_BYTES];
    const struct digest_piece name_piece = {(const uint8_t *)name, sizeof name - 1};
    digest_pieces(point->digest, DIGEST_SHA256, &name_piece, 1, tag);
    const struct digest_piece pieces[] = {{tag, sizeof tag},
                                          {tag, sizeof tag},
                                          {payload, WORD_BYTES},
                                          {payload + 2 * WORD_BYTES, WORD_BYTES},
                                          {payload + fixed_bytes, job->length - fixed_bytes}};
    digest_pieces(point->digest, DIGEST_SHA256, pieces, 5, digest);
    take_words(words, 0, payload, 3);
    words[3] = snap_u256_from_be(digest);
}

/* The job as the microcode sees it; `words` has room for WORDS_MAX. */
static struct snap_model_job describe(struct point *point, const struct snap_job_header *job,
                                      const uint8_t *payload, struct snap_u256 *words)
{
    bool message = job->flags & SNAP_FLAG_MESSAGE;
    struct snap_model_job described = {.compressed = job->flags & SNAP_FLAG_COMPRESSED,
                                       .low_s = job->flags & SNAP_FLAG_LOW_S,
                                       .words = words};
    if (!message)
        take_words(words, 0, payload, job->length / WORD_BYTES);
    switch (job->opcode) {
    case SNAP_OP_ECDSA_SECP256K1_VERIFY:
        described.program = ISA_PROGRAM_ECDSA_VERIFY;
        if (message)
            hash_message(point, job, payload, sizeof(struct snap_ecdsa_verify_message_payload),
                         words);
        break;
    case SNAP_OP_ECDSA_SECP256K1_RECOVER:
        described.program = ISA_PROGRAM_ECDSA_RECOVER;
        if (message)
            hash_message(point, job, payload, sizeof(struct snap_ecdsa_recover_message_payload),
                         words);
        break;
    case SNAP_OP_BIP340_VERIFY:
        described.program = ISA_PROGRAM_BIP340_VERIFY;
        hash_challenge(point, job, payload, words);
        break;
    case SNAP_OP_SM2_VERIFY:
        described.program = ISA_PROGRAM_SM2_VERIFY;
        take_words(words, 0, payload, sizeof(struct snap_sm2_verify_payload) / WORD_BYTES);
        if (message)
            hash_sm2(point, job, payload, words);
        break;
    case SNAP_OP_PEDERSEN_COMMIT:
        described.program = ISA_PROGRAM_PEDERSEN_COMMIT;
        break;
    case SNAP_OP_PEDERSEN_SUM_ZERO:
    case SNAP_OP_MSM:
        described.program = job->opcode == SNAP_OP_MSM ? ISA_PROGRAM_MSM : ISA_PROGRAM_SUM_ZERO;
        described.terms = job->length / (unsigned)sizeof(struct snap_msm_term);
        break;
    default:
        assert(false);
        break;
    }
    return described;
}

static void count_fault(struct point *point)
{
    point->faulty_jobs += point->faulty_jobs != UINT32_MAX;
    point->control_faults += point->control_faults != UINT8_MAX;
}

static void run(struct point *point, const struct snap_job_header *job, const uint8_t *payload,
                struct point_answer *answer)
{
    struct snap_u256 words[WORDS_MAX];
    struct snap_model_answer came;
    const struct snap_model_job described = describe(point, job, payload, words);
    if (!point->loaded || !snap_model_run(&point->model, &described, &came, NULL, NULL)) {
        count_fault(point);
        return;
    }
    answer->cycles = came.counts.cycles;
    answer->products = came.counts.products;
    switch (came.code) {
    case SNAP_MODEL_RESULT:
        answer->has_result = true;
        memcpy(answer->result, came.result, sizeof came.result);
        answer->verdict = SNAP_VERDICT_VALID;
        break;
    case SNAP_MODEL_VALID:
        answer->verdict = SNAP_VERDICT_VALID;
        break;
    case SNAP_MODEL_INVALID:
        answer->verdict = SNAP_VERDICT_INVALID;
        break;
    case SNAP_MODEL_INFINITY:
        answer->verdict = SNAP_VERDICT_INFINITY;
        break;
    case SNAP_MODEL_FAULT:
        count_fault(point);
        break;
    case SNAP_MODEL_UNDEFINED:
        /* A model that answers wrongly is worse than none. */
        (void)fprintf(stderr, "snapcard-sim: the microcode is wrong: %s at %u\n", came.why,
                      came.fault_pc);
        abort();
    }
}

void point_execute(struct point *point, const struct snap_job_header *job, const uint8_t *payload,
                   struct point_answer *answer)
{
    const char *reason;
    *answer = (struct point_answer){.cycles = job->length / 16 + 1};
    if (job->opcode != SNAP_OP_MICROCODE_LOAD)
        run(point, job, payload, answer);
    else
        answer->verdict =
            load(point, payload, job->length, &reason) ? SNAP_VERDICT_VALID : SNAP_VERDICT_INVALID;
}

uint32_t point_register(const struct point *point, uint32_t offset)
{
    switch (offset) {
    case SNAP_REG_MICROCODE:
        return point->loaded ? ISA_IMAGE_VERSION << SNAP_MICROCODE_VERSION_SHIFT |
                                   point->model.image.words << SNAP_MICROCODE_WORDS_SHIFT
                             : 0;
    case SNAP_REG_MICROCODE_CHECKSUM:
        return !point->loaded
                   ? 0
                   : (uint32_t)point->checksum[0] | (uint32_t)point->checksum[1] << 8 |
                         (uint32_t)point->checksum[2] << 16 | (uint32_t)point->checksum[3] << 24;
    case SNAP_REG_ERR_ENGINE:
        return point->faulty_jobs;
    case SNAP_REG_ERR_ENGINE_CAUSE:
        return (uint32_t)point->control_faults << SNAP_ERR_ENGINE_CAUSE_CONTROL_SHIFT;
    default:
        return 0;
    }
}
