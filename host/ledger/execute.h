/* SPDX-License-Identifier: Apache-2.0 */
/* Executes one transaction on the state: authorization, actions (inline ones and notifications
 * included), resources. Everything here is deterministic: a function of state, block and
 * transaction; costs are counts, never times. */
#ifndef HOST_LEDGER_EXECUTE_H
#define HOST_LEDGER_EXECUTE_H

#include "host/ledger/tables.h"
#include "host/ledger/trace.h"

struct contract;

/* The block in which transactions execute. */
struct block_context {
    struct state *state;
    uint32_t height;
    uint32_t slot;
    name_t producer;
    struct chain_parameters parameters; /* read once a block */
    struct global_row global; /* in the state at the start of a block; written back at its end */
    uint32_t net_words_left;
    uint32_t cpu_us_left;
    /* Whose code an account's actions run; NULL: none's. contract_native of contract.h, unless a
     * test puts in another one. */
    const struct contract *(*contract_of)(name_t account);
};

enum execute_authorization {
    EXECUTE_CHECK,  /* the keys must satisfy every authorization, and each key must be needed */
    EXECUTE_ASSUME, /* authorizations are taken as given: replay, dry runs */
};

#define AUTHORIZE_KEYS_MAX 256u

/* Reads parameters and globals. */
void block_context_init(struct block_context *context, struct state *state, uint32_t height,
                        uint32_t slot, name_t producer);

/* Pushes a layer, executes, merges it when the transaction succeeds and drops it otherwise or when
 * `keep` is false. The context (sequences, what is left of the block) moves on only with what is
 * kept. Never NULL. Expiration, TAPOS and duplicates are the caller's to check. */
struct transaction_trace *execute_transaction(struct block_context *context,
                                              struct signed_transaction *transaction,
                                              const struct public_key *keys, unsigned key_count,
                                              enum execute_authorization authorization, bool keep);

/* Marks in `used` the keys of the given ones that the authorizations of all actions need. False
 * when they do not suffice, with LEDGER_UNSATISFIED_AUTHORIZATION or what else was wrong. At most
 * AUTHORIZE_KEYS_MAX keys; more are an error. */
bool authorize_transaction(struct state *state, const struct chain_parameters *parameters,
                           const struct transaction *transaction, const struct public_key *keys,
                           unsigned key_count, bool used[], struct ledger_error *error);

/* The ABI of a native contract ("eosio", "eosio.token"), packed; views of constants. Size 0: none.
 */
struct bytes native_abi(name_t account);

#endif
