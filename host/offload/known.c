// SPDX-License-Identifier: Apache-2.0
#include "host/offload/known.h"

#include <assert.h>
#include <secp256k1.h>
#include <string.h>

#include "host/crypto/digest.h"
#include "host/crypto/ecdsa.h"

/* Lengths around the places where padding and odd levels behave differently; the last goes by
 * address. */
static const uint32_t digest_bytes[KNOWN_PAIRS] = {3, 56, 183, 1000};
static const uint32_t merkle_leaves[KNOWN_PAIRS] = {2, 5, 6, 33};

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

static bool make_pair(struct digest_context *context, uint64_t seed, enum offload_kind kind,
                      unsigned pair, struct known_answer *good, struct known_answer *bad)
{
    uint64_t stream = (uint64_t)kind * KNOWN_PAIRS + pair;
    good->kind = kind;
    if (kind == OFFLOAD_ECDSA_SECP256K1_VERIFY) {
        good->bytes = sizeof(struct ecdsa_secp256k1_input);
        if (!sign(context, seed, stream, good->input))
            return false;
    } else {
        bool merkle = kind != OFFLOAD_SHA256 && kind != OFFLOAD_SM3;
        good->bytes = merkle ? merkle_leaves[pair] * MERKLE_LEAF_BYTES : digest_bytes[pair];
        fill(context, seed, stream, good->input, good->bytes);
    }
    assert(good->bytes <= KNOWN_INPUT_BYTES_MAX && offload_kind_takes(kind, good->bytes));
    *bad = *good;
    /* A bit of the message digest, for signatures: the other parts could make an early exit of the
     * verification. */
    uint32_t position = kind == OFFLOAD_ECDSA_SECP256K1_VERIFY ? 31 : good->bytes - 1;
    bad->input[position] ^= 1;
    offload_cpu_answer(context, kind, good->input, good->bytes, &good->answer);
    offload_cpu_answer(context, kind, bad->input, bad->bytes, &bad->answer);
    if (offload_kind_info(kind)->has_digest)
        return memcmp(good->answer.digest, bad->answer.digest, DIGEST_BYTES) != 0;
    return good->answer.valid && !bad->answer.valid;
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
    if (offload_kind_info(known->kind)->has_digest)
        return memcmp(known->answer.digest, answer->digest, DIGEST_BYTES) == 0;
    return known->answer.valid == answer->valid;
}
