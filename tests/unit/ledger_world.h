/* SPDX-License-Identifier: Apache-2.0 */
/* A small ledger in memory, for tests of what transactions do: a block is always pending, keys are
 * numbers, actions are written as text. Nothing is signed: who pushes says which keys have. */
#ifndef TESTS_UNIT_LEDGER_WORLD_H
#define TESTS_UNIT_LEDGER_WORLD_H

#include "host/ledger/execute.h"
#include "host/ledger/genesis.h"
#include "tests/unit/check.h"

#define DRAFT_BYTES_MAX (300u << 10)

struct world {
    struct genesis genesis;
    struct state *state;
    struct block_context block;
    const struct contract *(*contract_of)(name_t account); /* the test's, or NULL */
    struct ledger_error error;                             /* of the last transaction */
};

/* eosio and eosio.token have key 0. contract_of is not touched. */
void world_open(struct world *world);
void world_close(struct world *world);
/* Puts the pending block into the state and opens the next one. */
void world_next_block(struct world *world);
/* The same, with the hash of the state. */
void world_hash(struct world *world, uint8_t hash[32]);
/* From the pending block on. */
void world_set_parameters(struct world *world, const struct chain_parameters *parameters);
struct account_row world_account(struct world *world, const char *name);
/* The sum of what all accounts are billed. */
uint64_t world_ram(struct world *world);
struct public_key world_key(unsigned number);

/* A transaction under construction. */
struct draft {
    struct transaction transaction;
    size_t used;
    uint8_t data[DRAFT_BYTES_MAX]; /* of the actions */
};
void draft_start(struct draft *draft);
/* `action` is "account::name", `authorizations` are "bob alice@owner" (active is understood). Data,
 * by the format's letters: n a name (text), N a name_t, a an asset (text), y a symbol (text), s a
 * string, i an int64_t, A an authority ("2 1:1 2:1 bob@active:1 w60:1": threshold; key, permission
 * or wait with its weight), b a struct bytes with its size, r one without. */
void draft_add(struct draft *draft, const char *action, const char *authorizations,
               const char *format, ...);
struct signed_transaction *draft_make(const struct draft *draft, unsigned signature_count);

/* `keys`: "1 2". The caller's trace. */
struct transaction_trace *world_push(struct world *world, const char *keys,
                                     const struct draft *draft);
/* Pushes a transaction of one action. LEDGER_OK, or its error, whose text is in world->error; the
 * state has not changed then. */
enum ledger_error_code world_act(struct world *world, const char *keys, const char *action,
                                 const char *authorizations, const char *format, ...);
/* eosio makes an account with the same authority for owner and active. */
void world_create(struct world *world, const char *name, const char *authority);

/* The action executes. */
#define ACT(world, ...)                                                                            \
    do {                                                                                           \
        if (world_act(world, __VA_ARGS__) != LEDGER_OK)                                            \
            printf("# %s\n", (world)->error.message);                                              \
        CHECK((world)->error.code == LEDGER_OK);                                                   \
    } while (0)
/* The action fails with this code and a message that has this text in it. */
#define FAIL(world, expected, text, ...)                                                           \
    do {                                                                                           \
        CHECK_EQ(world_act(world, __VA_ARGS__), expected);                                         \
        if (strstr((world)->error.message, text) == NULL)                                          \
            printf("# %s\n", (world)->error.message);                                              \
        CHECK(strstr((world)->error.message, text) != NULL);                                       \
    } while (0)

#endif
