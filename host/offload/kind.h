/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of jobs: one per opcode of the card that offload knows. A kind means the same on the
 * card and on the CPU. */
#ifndef HOST_OFFLOAD_KIND_H
#define HOST_OFFLOAD_KIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OFFLOAD_DIGEST_BYTES    32u
#define OFFLOAD_RESULT_BYTES    64u
#define OFFLOAD_INPUT_BYTES_MAX (1u << 20) /* the card's MESSAGE_BYTES_MAX, on the CPU too */

enum offload_kind {
    OFFLOAD_SHA256,        /* input: 0 to 1 MiB */
    OFFLOAD_SM3,           /* input: 0 to 1 MiB */
    OFFLOAD_MERKLE_SHA256, /* input: 1 to 32,768 leaves of 32 bytes; so the next two */
    OFFLOAD_MERKLE_SHA256D,
    OFFLOAD_MERKLE_SM3,
    OFFLOAD_ECDSA_SECP256K1_VERIFY,  /* input: struct ecdsa_secp256k1_input */
    OFFLOAD_ECDSA_SECP256K1_RECOVER, /* input: struct snap_ecdsa_recover_payload */
    OFFLOAD_BIP340_VERIFY,           /* input: struct snap_bip340_verify_payload */
    OFFLOAD_SM2_VERIFY,              /* input: struct snap_sm2_verify_payload */
    OFFLOAD_PEDERSEN_COMMIT,         /* input: struct snap_pedersen_commit_payload */
    OFFLOAD_PEDERSEN_SUM_ZERO,       /* input: 1 to 64 of struct snap_sum_zero_term */
    OFFLOAD_MSM,                     /* input: 1 to 64 of struct snap_msm_term */
};
#define OFFLOAD_KINDS 12u

struct offload_kind_info {
    const char *name; /* as in reports: "merkle_sha256d" */
    uint8_t opcode;   /* enum snap_opcode */
    /* Bytes of the result that goes with a valid answer: a digest (which always is one), a point (x
     * and y; all zero for infinity), or 0: there is a verdict only. */
    unsigned result_bytes;
};

const struct offload_kind_info *offload_kind_info(enum offload_kind kind);

/* True when an input of this length can be a job of this kind. */
bool offload_kind_takes(enum offload_kind kind, size_t bytes);

/* The shortest input of this kind, in bytes. */
uint32_t offload_kind_shortest(enum offload_kind kind);

/* Work in an input, to compare queues: compressions of a hash, verifications, or terms of a sum. At
 * least 1. */
uint64_t offload_kind_units(enum offload_kind kind, size_t bytes);

#endif
