// SPDX-License-Identifier: Apache-2.0
#include "host/offload/cpu.h"

#include <assert.h>
#include <string.h>

#include "host/crypto/digest.h"
#include "host/crypto/ecdsa.h"
#include "host/crypto/point.h"
#include "host/crypto/schnorr.h"
#include "host/crypto/sm2.h"

static void answer_merkle(struct digest_context *context, enum digest_function function,
                          const void *input, size_t bytes, struct offload_answer *answer)
{
    digest_merkle_root(context, function, input, bytes / MERKLE_LEAF_BYTES, answer->result);
}

void offload_cpu_answer(struct digest_context *context, enum offload_kind kind, const void *input,
                        size_t bytes, struct offload_answer *answer)
{
    assert(offload_kind_takes(kind, bytes));
    struct snap_point point = {.x = {0}}; /* as it stays: infinity, or no point at all */
    *answer = (struct offload_answer){.valid = true};
    switch (kind) {
    case OFFLOAD_SHA256:
        digest_compute(context, DIGEST_SHA256, input, bytes, answer->result);
        break;
    case OFFLOAD_SM3:
        digest_compute(context, DIGEST_SM3, input, bytes, answer->result);
        break;
    case OFFLOAD_MERKLE_SHA256:
        answer_merkle(context, DIGEST_SHA256, input, bytes, answer);
        break;
    case OFFLOAD_MERKLE_SHA256D:
        answer_merkle(context, DIGEST_SHA256D, input, bytes, answer);
        break;
    case OFFLOAD_MERKLE_SM3:
        answer_merkle(context, DIGEST_SM3, input, bytes, answer);
        break;
    case OFFLOAD_ECDSA_SECP256K1_VERIFY:
        answer->valid = ecdsa_secp256k1_verify_var(input);
        break;
    case OFFLOAD_ECDSA_SECP256K1_RECOVER:
        answer->valid = ecdsa_secp256k1_recover_var(input, &point);
        break;
    case OFFLOAD_BIP340_VERIFY:
        answer->valid = bip340_verify_var(input);
        break;
    case OFFLOAD_SM2_VERIFY:
        answer->valid = sm2_verify_var(input);
        break;
    case OFFLOAD_PEDERSEN_COMMIT:
        answer->valid = point_commit_var(input, &point) != POINT_INVALID;
        break;
    case OFFLOAD_PEDERSEN_SUM_ZERO:
        answer->valid = point_sum_is_zero_var(input, bytes / sizeof(struct snap_sum_zero_term));
        break;
    case OFFLOAD_MSM:
        answer->valid =
            point_msm_var(input, bytes / sizeof(struct snap_msm_term), &point) != POINT_INVALID;
        break;
    }
    if (offload_kind_info(kind)->result_bytes == sizeof point)
        memcpy(answer->result, &point, sizeof point);
}

bool offload_answers_equal(const struct offload_answer *one, const struct offload_answer *other)
{
    return one->valid == other->valid &&
           memcmp(one->result, other->result, sizeof one->result) == 0;
}

bool offload_answer_satisfies(const struct offload_answer *answer, enum offload_kind kind,
                              const uint8_t *expected)
{
    return answer->valid &&
           (expected == NULL ||
            memcmp(expected, answer->result, offload_kind_info(kind)->result_bytes) == 0);
}

/* Payloads are bytes and nothing else, so that an input of any alignment can be read as one. */
_Static_assert(_Alignof(struct ecdsa_secp256k1_input) == 1 &&
                   _Alignof(struct snap_ecdsa_recover_payload) == 1 &&
                   _Alignof(struct snap_msm_term) == 1,
               "inputs need no alignment");

bool offload_cpu_selftest(struct digest_context *context)
{
    if (!sm2_ready())
        return false;
    /* FIPS 180-4 and GM/T 0004-2012, both of the message "abc". */
    static const uint8_t sha256_abc[OFFLOAD_DIGEST_BYTES] = {
        0xBA, 0x78, 0x16, 0xBF, 0x8F, 0x01, 0xCF, 0xEA, 0x41, 0x41, 0x40,
        0xDE, 0x5D, 0xAE, 0x22, 0x23, 0xB0, 0x03, 0x61, 0xA3, 0x96, 0x17,
        0x7A, 0x9C, 0xB4, 0x10, 0xFF, 0x61, 0xF2, 0x00, 0x15, 0xAD};
    static const uint8_t sm3_abc[OFFLOAD_DIGEST_BYTES] = {
        0x66, 0xC7, 0xF0, 0xF4, 0x62, 0xEE, 0xED, 0xD9, 0xD1, 0xF2, 0xD4,
        0x6B, 0xDC, 0x10, 0xE4, 0xE2, 0x41, 0x67, 0xC4, 0x87, 0x5C, 0xF2,
        0xF7, 0xA2, 0x29, 0x7D, 0xA0, 0x2B, 0x8F, 0x4B, 0xA8, 0xE0};
    struct offload_answer sha256;
    struct offload_answer sm3;
    offload_cpu_answer(context, OFFLOAD_SHA256, "abc", 3, &sha256);
    offload_cpu_answer(context, OFFLOAD_SM3, "abc", 3, &sm3);
    return memcmp(sha256.result, sha256_abc, sizeof sha256_abc) == 0 &&
           memcmp(sm3.result, sm3_abc, sizeof sm3_abc) == 0;
}
