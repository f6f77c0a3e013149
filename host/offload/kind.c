// SPDX-License-Identifier: Apache-2.0
#include "host/offload/kind.h"

#include <assert.h>

#include "host/crypto/digest.h"
#include "host/crypto/ecdsa.h"
#include "snapcard_abi.h"

_Static_assert(OFFLOAD_INPUT_BYTES_MAX == SNAP_MESSAGE_BYTES_MAX, "the card's limit");
_Static_assert(OFFLOAD_DIGEST_BYTES == DIGEST_BYTES, "one length of digests");

#define TERM_BYTES sizeof(struct snap_msm_term)
_Static_assert(TERM_BYTES == sizeof(struct snap_sum_zero_term), "one length of terms");

#define POINT_BYTES sizeof(struct snap_point)
_Static_assert(POINT_BYTES == OFFLOAD_RESULT_BYTES, "a point is the longest result");

static const struct offload_kind_info kinds[OFFLOAD_KINDS] = {
    [OFFLOAD_SHA256] = {"sha256", SNAP_OP_SHA256, DIGEST_BYTES},
    [OFFLOAD_SM3] = {"sm3", SNAP_OP_SM3, DIGEST_BYTES},
    [OFFLOAD_MERKLE_SHA256] = {"merkle_sha256", SNAP_OP_MERKLE_SHA256, DIGEST_BYTES},
    [OFFLOAD_MERKLE_SHA256D] = {"merkle_sha256d", SNAP_OP_MERKLE_SHA256D, DIGEST_BYTES},
    [OFFLOAD_MERKLE_SM3] = {"merkle_sm3", SNAP_OP_MERKLE_SM3, DIGEST_BYTES},
    [OFFLOAD_ECDSA_SECP256K1_VERIFY] = {"ecdsa_secp256k1_verify", SNAP_OP_ECDSA_SECP256K1_VERIFY,
                                        0},
    [OFFLOAD_ECDSA_SECP256K1_RECOVER] = {"ecdsa_secp256k1_recover", SNAP_OP_ECDSA_SECP256K1_RECOVER,
                                         POINT_BYTES},
    [OFFLOAD_BIP340_VERIFY] = {"bip340_verify", SNAP_OP_BIP340_VERIFY, 0},
    [OFFLOAD_SM2_VERIFY] = {"sm2_verify", SNAP_OP_SM2_VERIFY, 0},
    [OFFLOAD_PEDERSEN_COMMIT] = {"pedersen_commit", SNAP_OP_PEDERSEN_COMMIT, POINT_BYTES},
    [OFFLOAD_PEDERSEN_SUM_ZERO] = {"pedersen_sum_zero", SNAP_OP_PEDERSEN_SUM_ZERO, 0},
    [OFFLOAD_MSM] = {"msm", SNAP_OP_MSM, POINT_BYTES},
};

const struct offload_kind_info *offload_kind_info(enum offload_kind kind)
{
    assert((unsigned)kind < OFFLOAD_KINDS);
    return &kinds[kind];
}

uint32_t offload_kind_shortest(enum offload_kind kind)
{
    switch (kind) {
    case OFFLOAD_SHA256:
    case OFFLOAD_SM3:
        break;
    case OFFLOAD_MERKLE_SHA256:
    case OFFLOAD_MERKLE_SHA256D:
    case OFFLOAD_MERKLE_SM3:
        return MERKLE_LEAF_BYTES;
    case OFFLOAD_ECDSA_SECP256K1_VERIFY:
        return sizeof(struct ecdsa_secp256k1_input);
    case OFFLOAD_ECDSA_SECP256K1_RECOVER:
        return sizeof(struct snap_ecdsa_recover_payload);
    case OFFLOAD_BIP340_VERIFY:
        return sizeof(struct snap_bip340_verify_payload);
    case OFFLOAD_SM2_VERIFY:
        return sizeof(struct snap_sm2_verify_payload);
    case OFFLOAD_PEDERSEN_COMMIT:
        return sizeof(struct snap_pedersen_commit_payload);
    case OFFLOAD_PEDERSEN_SUM_ZERO:
    case OFFLOAD_MSM:
        return TERM_BYTES;
    }
    return 0;
}

bool offload_kind_takes(enum offload_kind kind, size_t bytes)
{
    switch (kind) {
    case OFFLOAD_SHA256:
    case OFFLOAD_SM3:
        return bytes <= OFFLOAD_INPUT_BYTES_MAX;
    case OFFLOAD_MERKLE_SHA256:
    case OFFLOAD_MERKLE_SHA256D:
    case OFFLOAD_MERKLE_SM3:
        return bytes >= MERKLE_LEAF_BYTES && bytes <= OFFLOAD_INPUT_BYTES_MAX &&
               bytes % MERKLE_LEAF_BYTES == 0;
    case OFFLOAD_PEDERSEN_SUM_ZERO:
    case OFFLOAD_MSM:
        return bytes >= TERM_BYTES && bytes <= SNAP_POINT_TERMS_MAX * TERM_BYTES &&
               bytes % TERM_BYTES == 0;
    default:
        return (unsigned)kind < OFFLOAD_KINDS && bytes == offload_kind_shortest(kind);
    }
}

uint64_t offload_kind_units(enum offload_kind kind, size_t bytes)
{
    switch (kind) {
    case OFFLOAD_SHA256:
    case OFFLOAD_SM3:
        return (bytes + 9 + 63) / 64; /* with padding */
    case OFFLOAD_MERKLE_SHA256:
    case OFFLOAD_MERKLE_SM3:
        return 2 * (bytes / MERKLE_LEAF_BYTES);
    case OFFLOAD_MERKLE_SHA256D:
        return 3 * (bytes / MERKLE_LEAF_BYTES);
    case OFFLOAD_PEDERSEN_SUM_ZERO:
    case OFFLOAD_MSM:
        return bytes / TERM_BYTES;
    case OFFLOAD_ECDSA_SECP256K1_VERIFY:
    case OFFLOAD_ECDSA_SECP256K1_RECOVER:
    case OFFLOAD_BIP340_VERIFY:
    case OFFLOAD_SM2_VERIFY:
    case OFFLOAD_PEDERSEN_COMMIT:
        break;
    }
    return 1;
}
