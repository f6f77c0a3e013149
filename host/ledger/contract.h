/* SPDX-License-Identifier: Apache-2.0 */
/* The seam behind which contracts stand: an account's contract is run for each action that goes to
 * the account, and for each of which the account is notified. Natives are functions of the
 * program; what loads code out of the state can stand behind the same call. */
#ifndef HOST_LEDGER_CONTRACT_H
#define HOST_LEDGER_CONTRACT_H

#include <stdbool.h>

#include "host/wire/name.h"

struct apply;

struct contract {
    /* Does all through host/ledger/apply.h, deterministically. False: failed, by apply_fail or by
     * something that has called it; then the transaction has failed. */
    bool (*apply)(struct apply *apply);
};

/* The native contract of the account, or NULL: actions that go to it do nothing and succeed. */
const struct contract *contract_native(name_t account);

extern const struct contract system_contract; /* "eosio" */
extern const struct contract token_contract;  /* "eosio.token" */

#endif
