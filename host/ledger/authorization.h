/* SPDX-License-Identifier: Apache-2.0 */
/* Whether actions have the authorizations that they declare, and whether those are the ones that
 * the actions need: the rules of the family's authorization manager. */
#ifndef HOST_LEDGER_AUTHORIZATION_H
#define HOST_LEDGER_AUTHORIZATION_H

#include "host/ledger/accounts.h"
#include "host/ledger/authority_check.h"

/* Whether the accounts exist to which the actions go and that authorize them, and whether there is
 * an authorization at all. */
bool authorization_check_accounts(struct accounts *accounts, const struct transaction *transaction,
                                  struct ledger_error *error);
/* For one action or more whose accounts exist: each declared permission exists, is or stands above
 * the permission that its account asks for this action, and is satisfied by `check`, which then
 * knows the keys that were used. */
bool authorization_check(struct accounts *accounts, struct authority_check *check,
                         const struct action *actions, unsigned action_count,
                         struct ledger_error *error);

#endif
