/* SPDX-License-Identifier: Apache-2.0 */
/* From a signature to a job of offload's, and from its answer to the signer's key: recovery for K1,
 * verification of the key that comes with the signature for SM2. */
#ifndef HOST_INTAKE_RECOVERY_H
#define HOST_INTAKE_RECOVERY_H

#include "host/offload/offload.h"
#include "host/wire/key.h"
#include "snapcard_abi.h"

struct recovery {
    struct offload_job job; /* kind, bytes and input are filled; done and user are the caller's */
    union {
        struct snap_ecdsa_recover_payload k1;
        struct snap_sm2_verify_payload sm2;
    } payload;
};

/* Fills the job for a canonical signature of `digest`. False: the signature is no key's, without
 * asking anybody (the key inside an SM2 signature is no point). Public inputs, variable time. */
bool recovery_prepare_var(struct recovery *recovery, const struct signature *signature,
                          const uint8_t digest[32]);
/* The key that the job's answer gives; false when the answer is that there is none. */
bool recovery_key(const struct recovery *recovery, const struct signature *signature,
                  struct public_key *key);

#endif
