/* SPDX-License-Identifier: Apache-2.0 */
/* The account rows that a transaction touches: each is read once, changed in memory, and written
 * once at the end. While a transaction executes, this is where account rows are looked up. */
#ifndef HOST_LEDGER_ACCOUNTS_H
#define HOST_LEDGER_ACCOUNTS_H

#include "host/ledger/arena.h"
#include "host/ledger/error.h"
#include "host/ledger/tables.h"

/* What an account costs itself, besides its permissions and what else it has: the family's. */
#define ACCOUNT_RAM_BYTES 2048

struct account {
    struct account *next;
    name_t name;
    bool changed; /* `row` has to be written */
    bool grown;   /* its RAM usage has to be held against its quota */
    struct account_row row;
};

struct accounts {
    struct state *state;
    struct arena *arena;
    struct account *first;
};

void accounts_init(struct accounts *accounts, struct state *state, struct arena *arena);
/* NULL: there is no such account. Who changes the row sets `changed`. */
struct account *accounts_find(struct accounts *accounts, name_t name);
/* Of a name that accounts_find did not find; all zeros, `changed`. */
struct account *accounts_create(struct accounts *accounts, name_t name);
/* Bills RAM, or gives it back when `bytes` is negative: never more than was billed (asserted). */
void account_bill_ram(struct account *account, int64_t bytes);
/* Whether each account that grew is within its quota: LEDGER_RAM_EXCEEDED. Only at the end of a
 * transaction, so that what one action takes another may give back. */
bool accounts_check_ram(const struct accounts *accounts, struct ledger_error *error);
/* Writes what has changed. */
void accounts_write(struct accounts *accounts);

#endif
