/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/engine_rig.h"
#include "tests/unit/check.h"
#include <openssl/evp.h>

#define LONG_WAIT      63u
#define CHECKSUM_BYTES 32u
#define IMAGE_PATH     "build/engine/image.bin"
#define FIXED_PATH     "build/engine/fixed.hex"

uint64_t rig_encode(struct rig_word w)
{
#define PUT(value, NAME)                                                                           \
    ((uint64_t)((value) & ((1u << ISA_##NAME##_WIDTH) - 1)) << ISA_##NAME##_LSB)
    return PUT(w.unit, UNIT) | PUT(w.op, OP) | PUT(w.sign, SIGN) | PUT(w.order, ORDER) |
           PUT(w.a, A) | PUT(w.b, B) | PUT(w.b_kind, B_KIND) | PUT(w.dst, DST) |
           PUT(w.wait ? w.wait : LONG_WAIT, WAIT) | PUT(w.test, TEST) | PUT(w.flag, FLAG) |
           PUT(w.gate, GATE) | PUT(w.send, SEND) | PUT(w.arg, ARG) | PUT(w.ctl, CTL) |
           PUT(w.target, TARGET) | PUT(w.reserved, RESERVED);
#undef PUT
}

static size_t put(uint8_t *bytes, size_t at, uint64_t value, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        bytes[at + i] = (uint8_t)(value >> 8 * i);
    return at + count;
}

void rig_seal(uint8_t *bytes, size_t size)
{
    CHECK(size > CHECKSUM_BYTES);
    CHECK(EVP_Digest(bytes, size - CHECKSUM_BYTES, bytes + size - CHECKSUM_BYTES, NULL,
                     EVP_sha256(), NULL));
}

size_t rig_make_image(uint8_t *bytes, const uint64_t *words, unsigned count,
                      const struct snap_u256 *constants, const uint16_t *entries)
{
    static const uint8_t cycles[8] = {ISA_PRODUCT_CYCLES, ISA_SUM_CYCLES, ISA_FLAG_CYCLES,
                                      ISA_FETCH_CYCLES, ISA_DISPATCH_CYCLES};
    size_t at = put(bytes, 0, ISA_IMAGE_MAGIC, 4);
    at = put(bytes, at, ISA_IMAGE_VERSION, 2);
    at = put(bytes, at, count, 2);
    for (unsigned i = 0; i < sizeof cycles; i++)
        at = put(bytes, at, cycles[i], 1);
    for (unsigned i = 0; i < ISA_IMAGE_PROGRAMS + ISA_IMAGE_ROUTINES; i++)
        at = put(bytes, at, entries[i], 2);
    for (unsigned i = 0; i < ISA_IMAGE_CONSTANTS; i++) {
        for (unsigned j = 0; j < 4; j++)
            at = put(bytes, at, constants[i].limb[j], 8);
    }
    for (unsigned i = 0; i < count; i++)
        at = put(bytes, at, words[i], 8);
    if (count % 2)
        at = put(bytes, at, 0, 8);
    at += CHECKSUM_BYTES;
    CHECK(at <= RIG_IMAGE_MAX);
    rig_seal(bytes, at);
    return at;
}

uint8_t *rig_read(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        fprintf(stderr, "%s: cannot be opened\n", path);
    CHECK(file);
    CHECK_EQ(fseek(file, 0, SEEK_END), 0);
    long end = ftell(file);
    CHECK(end > 0);
    rewind(file);
    uint8_t *bytes = malloc((size_t)end);
    CHECK(bytes);
    CHECK_EQ(fread(bytes, 1, (size_t)end, file), end);
    CHECK_EQ(fclose(file), 0);
    *size = (size_t)end;
    return bytes;
}

struct snap_model *rig_model(void)
{
    struct snap_model *model = malloc(sizeof *model);
    CHECK(model);
    snap_model_standard_curves(&model->curves);
    size_t size;
    uint8_t *bytes = rig_read(IMAGE_PATH, &size);
    const char *why = snap_image_parse(&model->image, bytes, size);
    free(bytes);
    if (why)
        printf("# %s: %s\n", IMAGE_PATH, why);
    CHECK(!why);
    bytes = rig_read(FIXED_PATH, &size);
    why = snap_fixed_parse(model->fixed, (const char *)bytes, size);
    free(bytes);
    if (why)
        printf("# %s: %s\n", FIXED_PATH, why);
    CHECK(!why);
    return model;
}

/* splitmix64 */
uint64_t rig_random64(struct rig_random *random)
{
    uint64_t z = random->state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

struct snap_u256 rig_random256(struct rig_random *random)
{
    struct snap_u256 value;
    for (unsigned i = 0; i < 4; i++)
        value.limb[i] = rig_random64(random);
    return value;
}

struct snap_u256 rig_number(const char *digits)
{
    struct snap_u256 value;
    CHECK(snap_u256_from_hex(digits, &value));
    return value;
}

BIGNUM *rig_big(struct snap_u256 value)
{
    uint8_t bytes[32];
    snap_u256_to_be(value, bytes);
    BIGNUM *result = BN_bin2bn(bytes, sizeof bytes, NULL);
    CHECK(result);
    return result;
}

struct snap_u256 rig_small(const BIGNUM *value)
{
    uint8_t bytes[32];
    CHECK(BN_bn2binpad(value, bytes, sizeof bytes) == 32);
    return snap_u256_from_be(bytes);
}

static void record(const struct snap_model_job *job, const struct snap_model_answer *answer)
{
    const char *path = getenv("RIG_RECORD");
    if (!path)
        return;
    unsigned words = snap_model_words(job->program, job->terms);
    struct rig_record record = {.program = (uint8_t)job->program,
                                .compressed = job->compressed,
                                .low_s = job->low_s,
                                .code = (uint8_t)answer->code,
                                .payload_bytes = 32 * words};
    if (answer->code == SNAP_MODEL_RESULT)
        memcpy(record.result, answer->result, sizeof record.result);
    FILE *file = fopen(path, "ab");
    CHECK(file && fwrite(&record, sizeof record, 1, file) == 1);
    for (unsigned i = 0; i < words; i++) {
        uint8_t bytes[32];
        snap_u256_to_be(job->words[i], bytes);
        CHECK(fwrite(bytes, sizeof bytes, 1, file) == 1);
    }
    CHECK(fclose(file) == 0);
}

struct snap_model_answer rig_run_job(const struct snap_model *model,
                                     const struct snap_model_job *job)
{
    struct snap_model_answer answer;
    CHECK(snap_model_run(model, job, &answer, NULL, NULL));
    if (answer.code >= SNAP_MODEL_FAULT) {
        printf("# program %u, thread %u, pc %u: %s\n", job->program, answer.fault_thread,
               answer.fault_pc, answer.why);
        for (unsigned i = 0; i < snap_model_words(job->program, job->terms); i++) {
            const uint64_t *limb = job->words[i].limb;
            printf("#   S%u = %016llx%016llx%016llx%016llx\n", i, (unsigned long long)limb[3],
                   (unsigned long long)limb[2], (unsigned long long)limb[1],
                   (unsigned long long)limb[0]);
        }
    }
    CHECK(answer.code < SNAP_MODEL_FAULT);
    record(job, &answer);
    return answer;
}

struct snap_model_answer rig_run(const struct snap_model *model, unsigned program,
                                 const struct snap_u256 *words)
{
    return rig_run_job(model, &(struct snap_model_job){.program = program, .words = words});
}
