// SPDX-License-Identifier: Apache-2.0
#include "host/offload/known.h"

#include <assert.h>
#include <secp256k1.h>
#include <secp256k1_recovery.h>
#include <secp256k1_schnorrsig.h>
#include <string.h>

#include "host/crypto/digest.h"
#include "host/crypto/ecdsa.h"
#include "host/crypto/point.h"
#include "host/crypto/sm2.h"

/* Lengths around the places where padding and odd levels behave differently; the last goes by
 * address. */
static const uint32_t digest_bytes[KNOWN_PAIRS] = {3, 56, 183, 1000};
static const uint32_t merkle_leaves[KNOWN_PAIRS] = {2, 5, 6, 33};
/* One chunk of the card's, whole or not, and two. */
#define KNOWN_TERMS_MAX 6u
static const unsigned terms_of_pair[KNOWN_PAIRS] = {2, 3, 4, KNOWN_TERMS_MAX};

/* Fills `bytes` bytes with SHA-256(seed, stream, counter): no two streams are alike. */
static void fill(struct digest_context *context, uint64_t seed, uint64_t stream, uint8_t *out,
                 size_t bytes)
{
    for (uint64_t counter = 0; bytes > 0; counter++) {
        uint64_t label[3] = {seed, stream, counter};
        uint8_t block[DIGEST_BYTES];
        digest_compute(context, DIGEST_SHA256, label, sizeof label, block);
        size_t part = bytes < sizeof block ? bytes : sizeof block;
        memcpy(out, block, part);
        out += part;
        bytes -= part;
    }
}

/* Signs with a key that is nobody's: it comes from the seed. */
static bool sign(struct digest_context *context, uint64_t seed, uint64_t stream, uint8_t *input)
{
    struct ecdsa_secp256k1_input job;
    uint8_t key[32];
    fill(context, seed, stream, job.digest, sizeof job.digest);
    fill(context, seed, ~stream, key, sizeof key);
    secp256k1_context *signer = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
    secp256k1_ecdsa_signature signature;
    secp256k1_pubkey point;
    uint8_t compact[64];
    uint8_t serial[65];
    size_t bytes = stream % 2 == 0 ? sizeof serial : 33; /* both forms of keys */
    bool done = signer != NULL &&
                secp256k1_ecdsa_sign(signer, &signature, job.digest, key, NULL, NULL) == 1 &&
                secp256k1_ec_pubkey_create(signer, &point, key) == 1 &&
                secp256k1_ecdsa_signature_serialize_compact(signer, compact, &signature) == 1 &&
                secp256k1_ec_pubkey_serialize(signer, serial, &bytes, &point,
                                              bytes == 33 ? SECP256K1_EC_COMPRESSED
                                                          : SECP256K1_EC_UNCOMPRESSED) == 1 &&
                ecdsa_secp256k1_set_key(&job, serial, (unsigned)bytes);
    if (signer != NULL)
        secp256k1_context_destroy(signer);
    memcpy(job.r, compact, 32);
    memcpy(job.s, compact + 32, 32);
    memcpy(input, &job, sizeof job);
    return done;
}

/* A number that is below every order here, and not 0. */
static void fill_number(struct digest_context *context, uint64_t seed, uint64_t stream,
                        uint8_t number[32])
{
    fill(context, seed, stream, number, 32);
    number[0] &= 0x7F;
    number[31] |= 1;
}

static bool sign_recoverable(struct digest_context *context, uint64_t seed, uint64_t stream,
                             struct snap_ecdsa_recover_payload *job)
{
    uint8_t key[32], compact[64];
    int id = 0;
    fill(context, seed, stream, job->digest, sizeof job->digest);
    fill_number(context, seed, ~stream, key);
    memset(job->id, 0, sizeof job->id);
    secp256k1_context *signer = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
    secp256k1_ecdsa_recoverable_signature signature;
    bool done =
        signer != NULL &&
        secp256k1_ecdsa_sign_recoverable(signer, &signature, job->digest, key, NULL, NULL) == 1 &&
        secp256k1_ecdsa_recoverable_signature_serialize_compact(signer, compact, &id, &signature) ==
            1;
    if (signer != NULL)
        secp256k1_context_destroy(signer);
    memcpy(job->r, compact, 32);
    memcpy(job->s, compact + 32, 32);
    job->id[31] = (uint8_t)id;
    return done;
}

static bool sign_bip340(struct digest_context *context, uint64_t seed, uint64_t stream,
                        struct snap_bip340_verify_payload *job)
{
    uint8_t key[32], signature[64];
    fill(context, seed, stream, job->message, sizeof job->message);
    fill_number(context, seed, ~stream, key);
    secp256k1_context *signer = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
    secp256k1_keypair pair;
    secp256k1_xonly_pubkey point;
    bool done = signer != NULL && secp256k1_keypair_create(signer, &pair, key) == 1 &&
                secp256k1_keypair_xonly_pub(signer, &point, NULL, &pair) == 1 &&
                secp256k1_xonly_pubkey_serialize(signer, job->x, &point) == 1 &&
                secp256k1_schnorrsig_sign32(signer, signature, job->message, &pair, NULL) == 1;
    if (signer != NULL)
        secp256k1_context_destroy(signer);
    memcpy(job->r, signature, 32);
    memcpy(job->s, signature + 32, 32);
    return done;
}

static bool make_sm2(struct digest_context *context, uint64_t seed, uint64_t stream,
                     struct snap_sm2_verify_payload *job)
{
    uint8_t numbers[3][32];
    for (unsigned i = 0; i < 3; i++)
        fill_number(context, seed, ~(4 * stream + i), numbers[i]);
    return sm2_make_valid(numbers[0], numbers[1], numbers[2], job);
}

static void make_commitment(struct digest_context *context, uint64_t seed, uint64_t stream,
                            struct snap_pedersen_commit_payload *job)
{
    memset(job->value, 0, sizeof job->value);
    fill(context, seed, stream, job->value + 24, 8);
    fill_number(context, seed, ~stream, job->blinding);
}

/* Commitments, each times a number of its own. */
static bool make_terms(struct digest_context *context, uint64_t seed, uint64_t stream,
                       struct snap_msm_term *terms, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        struct snap_pedersen_commit_payload commitment;
        struct snap_point point;
        make_commitment(context, seed, (stream << 8 | i) << 8, &commitment);
        if (point_commit_var(&commitment, &point) != POINT_FINITE)
            return false;
        fill_number(context, seed, (stream << 8 | i) << 8 | 1, terms[i].scalar);
        memcpy(terms[i].x, point.x, sizeof point.x);
        memcpy(terms[i].y, point.y, sizeof point.y);
    }
    return true;
}

/* Points, and last their sum, subtracted. */
static bool make_zero_sum(struct digest_context *context, uint64_t seed, uint64_t stream,
                          struct snap_sum_zero_term *terms, unsigned count)
{
    struct snap_msm_term points[KNOWN_TERMS_MAX] = {0};
    struct snap_point sum;
    assert(count >= 2 && count <= KNOWN_TERMS_MAX);
    if (!make_terms(context, seed, stream, points, count - 1))
        return false;
    for (unsigned i = 0; i < count; i++) {
        memset(points[i].scalar, 0, sizeof points[i].scalar);
        points[i].scalar[31] = 1;
    }
    if (point_msm_var(points, count - 1, &sum) != POINT_FINITE)
        return false;
    memcpy(points[count - 1].x, sum.x, sizeof sum.x);
    memcpy(points[count - 1].y, sum.y, sizeof sum.y);
    for (unsigned i = 0; i < count; i++) {
        memset(terms[i].sign, 0, sizeof terms[i].sign);
        memcpy(terms[i].x, points[i].x, sizeof sum.x);
        memcpy(terms[i].y, points[i].y, sizeof sum.y);
    }
    terms[count - 1].sign[31] = 1;
    return true;
}

/* Fills a good input. *flip is the place of the bit whose change makes it the bad one: of the
 * message or what stands for it, in signatures, for the other parts could make an early exit of the
 * verification. */
static bool make_input(struct digest_context *context, uint64_t seed, unsigned pair,
                       struct known_answer *good, uint32_t *flip)
{
    uint64_t stream = (uint64_t)good->kind * KNOWN_PAIRS + pair;
    void *input = good->input;
    good->bytes = offload_kind_shortest(good->kind);
    *flip = 31;
    switch (good->kind) {
    case OFFLOAD_SHA256:
    case OFFLOAD_SM3:
        good->bytes = digest_bytes[pair];
        break;
    case OFFLOAD_MERKLE_SHA256:
    case OFFLOAD_MERKLE_SHA256D:
    case OFFLOAD_MERKLE_SM3:
        good->bytes = merkle_leaves[pair] * MERKLE_LEAF_BYTES;
        break;
    case OFFLOAD_ECDSA_SECP256K1_VERIFY:
        return sign(context, seed, stream, input);
    case OFFLOAD_ECDSA_SECP256K1_RECOVER:
        return sign_recoverable(context, seed, stream, input);
    case OFFLOAD_BIP340_VERIFY:
        *flip = good->bytes - 1;
        return sign_bip340(context, seed, stream, input);
    case OFFLOAD_SM2_VERIFY:
        return make_sm2(context, seed, stream, input);
    case OFFLOAD_PEDERSEN_COMMIT:
        make_commitment(context, seed, stream, input);
        return true;
    case OFFLOAD_PEDERSEN_SUM_ZERO:
        good->bytes *= terms_of_pair[pair];
        *flip = good->bytes - 65; /* the last term's sign */
        return make_zero_sum(context, seed, stream, input, terms_of_pair[pair]);
    case OFFLOAD_MSM:
        good->bytes *= terms_of_pair[pair];
        *flip = good->bytes - 65; /* the last term's scalar */
        return make_terms(context, seed, stream, input, terms_of_pair[pair]);
    }
    fill(context, seed, stream, good->input, good->bytes);
    *flip = good->bytes - 1;
    return true;
}

static bool make_pair(struct digest_context *context, uint64_t seed, enum offload_kind kind,
                      unsigned pair, struct known_answer *good, struct known_answer *bad)
{
    uint32_t flip;
    good->kind = kind;
    if (!make_input(context, seed, pair, good, &flip))
        return false;
    assert(good->bytes <= KNOWN_INPUT_BYTES_MAX && offload_kind_takes(kind, good->bytes));
    *bad = *good;
    bad->input[flip] ^= 1;
    offload_cpu_answer(context, kind, good->input, good->bytes, &good->answer);
    offload_cpu_answer(context, kind, bad->input, bad->bytes, &bad->answer);
    return good->answer.valid && !offload_answers_equal(&good->answer, &bad->answer);
}

bool known_answers_init(struct known_answers *known, struct digest_context *context, uint64_t seed)
{
    memset(known, 0, sizeof *known);
    for (unsigned kind = 0; kind < OFFLOAD_KINDS; kind++)
        for (unsigned pair = 0; pair < KNOWN_PAIRS; pair++)
            if (!make_pair(context, seed, (enum offload_kind)kind, pair, &known->good[kind][pair],
                           &known->bad[kind][pair]))
                return false;
    return true;
}

bool known_answer_matches(const struct known_answer *known, const struct offload_answer *answer)
{
    return offload_answers_equal(&known->answer, answer);
}
