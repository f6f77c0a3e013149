/* SPDX-License-Identifier: Apache-2.0 */
/* What must hold between the rows of a ledger's state, whatever has happened to it. */
#ifndef TESTS_UNIT_LEDGER_AUDIT_H
#define TESTS_UNIT_LEDGER_AUDIT_H

#include "tests/unit/ledger_world.h"

/* Ends the program, by CHECK, unless
 *   of each token the balances add up to the supply, and none is below zero;
 *   each account is billed for exactly the rows that it pays, and counts its links;
 *   each table counts its rows;
 *   the indices of keys and accounts are what the authorities say;
 *   the number of accounts is the one that is counted. */
void ledger_audit(struct world *world);

#endif
