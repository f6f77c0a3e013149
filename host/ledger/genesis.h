/* SPDX-License-Identifier: Apache-2.0 */
/* The first state of a chain: what every node of it must have been given. Read from a JSON file
 * (docs/node.md); the chain's id is SHA-256 of the packed genesis. */
#ifndef HOST_LEDGER_GENESIS_H
#define HOST_LEDGER_GENESIS_H

#include "host/ledger/tables.h"

#define GENESIS_ERROR_SIZE 256u

struct genesis {
    uint32_t slot; /* "initial_timestamp"; block 1 is the genesis itself, empty, in this slot */
    struct public_key key; /* owner and active of "eosio" and "eosio.token"; signs block 1 on */
    struct chain_parameters parameters;
};

/* "initial_timestamp", "initial_key", "initial_configuration" as in the family; names that are not
 * known are refused, missing ones take defaults. 0, or -1 with a text. */
int genesis_parse(struct bytes json, struct genesis *genesis, char error[GENESIS_ERROR_SIZE]);
void genesis_chain_id(const struct genesis *genesis, uint8_t chain_id[32]);
/* Writes the first state into the top layer: parameters, the accounts eosio, eosio.token,
 * eosio.null and eosio.prods with their permissions, the ABIs of the two native contracts. */
void genesis_apply(const struct genesis *genesis, struct state *state);

#endif
