/* SPDX-License-Identifier: Apache-2.0 */
/* A contract for tests, on the accounts "script" and "other": the data of its actions are what it
 * does, through everything that host/ledger/apply.h has. The account "echo" has a contract that
 * runs the data of actions of which it is notified, if they are behind a mark. */
#ifndef TESTS_UNIT_LEDGER_SCRIPT_H
#define TESTS_UNIT_LEDGER_SCRIPT_H

#include "host/ledger/apply.h"
#include "host/ledger/contract.h"

#define SCRIPT_BYTES_MAX (64u << 10)

/* The natives, and these. */
const struct contract *script_contract_of(name_t account);

struct script {
    struct writer writer;
    uint8_t bytes[SCRIPT_BYTES_MAX];
};
void script_start(struct script *script);
struct bytes script_data(const struct script *script);
void script_print(struct script *script, const char *text);
void script_notify(struct script *script, const char *account);
void script_fail(struct script *script, const char *text);
void script_require_auth(struct script *script, const char *account);
void script_inline(struct script *script, const struct action *action);
/* `payer` "": the one that the row has. Rows of table "rows", scope 0. */
void script_put(struct script *script, uint64_t primary, const char *payer, size_t bytes);
void script_erase(struct script *script, uint64_t primary);
/* The row of another contract: opened, and written. */
void script_put_foreign(struct script *script, const char *code, uint64_t primary);
/* What follows runs when "echo" is notified. */
void script_echo(struct script *script);

#endif
