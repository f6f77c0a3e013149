/* SPDX-License-Identifier: Apache-2.0 */
/* A chain with accounts made by newaccount, with a key for owner and another for active, and a
 * token balance: through blocks, as a node's is; and its growth to millions of such accounts. Names
 * and keys are functions of the account's number, spread over all that there are: rows come in no
 * order. What fails ends the program. */
#ifndef TESTS_BENCH_NODE_STATE_CHAIN_H
#define TESTS_BENCH_NODE_STATE_CHAIN_H

#include "host/ledger/chain.h"
#include "tests/unit/check.h"

#define STATE_CHAIN_MAP_BYTES (UINT64_C(64) << 30)

struct state_chain {
    struct disk disk;
    struct public_key key; /* of the genesis; nobody has it: signatures are not looked at here */
    struct chain *chain;
};

/* The chain in `folder`, made when there is none. A map of `map_bytes`, or of what the state takes
 * already. */
void state_chain_open(struct state_chain *chain, const char *folder, uint64_t map_bytes);
/* With a checkpoint. */
void state_chain_close(struct state_chain *chain);

/* The token and the first accounts, in final blocks, on a chain that is new. */
void state_chain_found(struct state_chain *chain, uint32_t accounts);
/* Final blocks of `count` transfers each, from accounts to others all over the `accounts`, each
 * sender once if there are as many. No checkpoint. */
void state_chain_transfer(struct state_chain *chain, uint32_t accounts, unsigned blocks,
                          unsigned count);

/* Looks up an account by its number: its row and its balance. The sum of what it read. */
uint64_t state_chain_look_up(struct state_chain *chain, uint32_t account);

name_t state_chain_name(uint32_t account);
/* Of owner (0) or active (1). Half of such keys are no points, which nothing here looks at. */
struct public_key state_chain_key(uint32_t account, unsigned which);
symbol_code_t state_chain_token(void);

/* A number below `bound`, spread evenly: a function of `seed`. */
uint32_t state_chain_number(uint64_t seed, uint32_t bound);

#endif
