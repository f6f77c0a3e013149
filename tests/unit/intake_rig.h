/* SPDX-License-Identifier: Apache-2.0 */
/* Signed transactions, and requests that remember their answers. */
#ifndef TESTS_UNIT_INTAKE_RIG_H
#define TESTS_UNIT_INTAKE_RIG_H

#include <stdatomic.h>

#include "host/intake/intake.h"

/* The fake chain's. */
#define RIG_CHAIN_ID_BYTE 0x5A

/* The same key for the same number. */
struct private_key rig_key(enum key_type type, uint8_t number);
struct public_key rig_public(enum key_type type, uint8_t number);

/* A transfer of `number` units by `actor`, signed by `key_count` keys. */
struct signed_transaction *rig_transaction(name_t actor, uint32_t number, uint32_t expiration,
                                           const struct private_key *keys, unsigned key_count);
/* The same with signatures of the caller's, whatever they are. */
struct signed_transaction *rig_transaction_signed(name_t actor, uint32_t number,
                                                  uint32_t expiration,
                                                  const struct signature *signatures,
                                                  unsigned count);
void rig_digest(name_t actor, uint32_t number, uint32_t expiration, uint8_t digest[32]);

struct rig_request {
    struct intake_request request;
    atomic_uint answers;
    bool had_trace, executed;
    enum ledger_error_code code; /* of the trace or of the refusal */
    uint32_t height;
};
/* Takes the reference over. */
void rig_request_init(struct rig_request *request, struct signed_transaction *transaction);

#endif
