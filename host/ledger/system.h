/* SPDX-License-Identifier: Apache-2.0 */
/* The actions of the native contract "eosio": conditions in the family's order, with its codes and
 * texts. Each handles the action that `apply` is about. */
#ifndef HOST_LEDGER_SYSTEM_H
#define HOST_LEDGER_SYSTEM_H

#include "host/ledger/apply.h"
#include "host/ledger/contract.h"

/* system_account.c */
bool system_newaccount(struct apply *apply);
bool system_setabi(struct apply *apply);
bool system_setalimits(struct apply *apply);

/* system_permission.c */
bool system_updateauth(struct apply *apply);
bool system_deleteauth(struct apply *apply);
bool system_linkauth(struct apply *apply);
bool system_unlinkauth(struct apply *apply);

/* Writes a permission of a new or an old one (`old`: its row) and bills its account. */
bool system_put_permission(struct apply *apply, struct permission_level level,
                           const struct permission_row *old, name_t parent,
                           const struct authority *authority);
/* Whether the accounts and permissions that an authority names exist. LEDGER_ACTION_VALIDATE */
bool system_check_authority(struct apply *apply, const struct authority *authority);

#endif
