// SPDX-License-Identifier: Apache-2.0
#include "host/offload/kind.h"

#include <assert.h>

#include "host/crypto/digest.h"
#include "host/crypto/ecdsa.h"
#include "snapcard_abi.h"

_Static_assert(OFFLOAD_INPUT_BYTES_MAX == SNAP_MESSAGE_BYTES_MAX, "the card's limit");
_Static_assert(OFFLOAD_DIGEST_BYTES == DIGEST_BYTES, "one length of digests");

static const struct offload_kind_info kinds[OFFLOAD_KINDS] = {
    [OFFLOAD_SHA256] = {"sha256", SNAP_OP_SHA256, true},
    [OFFLOAD_SM3] = {"sm3", SNAP_OP_SM3, true},
    [OFFLOAD_MERKLE_SHA256] = {"merkle_sha256", SNAP_OP_MERKLE_SHA256, true},
    [OFFLOAD_MERKLE_SHA256D] = {"merkle_sha256d", SNAP_OP_MERKLE_SHA256D, true},
    [OFFLOAD_MERKLE_SM3] = {"merkle_sm3", SNAP_OP_MERKLE_SM3, true},
    [OFFLOAD_ECDSA_SECP256K1_VERIFY] = {"ecdsa_secp256k1_verify", SNAP_OP_ECDSA_SECP256K1_VERIFY,
                                        false},
};

const struct offload_kind_info *offload_kind_info(enum offload_kind kind)
{
    assert((unsigned)kind < OFFLOAD_KINDS);
    return &kinds[kind];
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
    case OFFLOAD_ECDSA_SECP256K1_VERIFY:
        return bytes == sizeof(struct ecdsa_secp256k1_input);
    }
    return false;
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
    case OFFLOAD_ECDSA_SECP256K1_VERIFY:
        break;
    }
    return 1;
}
