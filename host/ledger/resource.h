/* SPDX-License-Identifier: Apache-2.0 */
/* NET and CPU of a transaction: what it may use at most, and who pays.
 *
 * NET is its size in a block (signatures included) in words of 8 bytes, rounded up. CPU is what the
 * meter counts, in microseconds, rounded up. The first authorizer of the transaction pays: usage
 * rows are kept for accounts that have a limit, and only for these. */
#ifndef HOST_LEDGER_RESOURCE_H
#define HOST_LEDGER_RESOURCE_H

#include "host/ledger/accounts.h"
#include "host/ledger/execute.h"
#include "host/ledger/meter.h"

struct resource {
    const struct account *payer;
    bool windowed; /* the payer has a limit: `usage` counts */
    struct usage_row usage;
    uint32_t net_words;
    struct meter meter;
};

/* Charges what is known before anything executes, and holds NET against the limits of transaction,
 * block and payer: LEDGER_TX_NET_EXCEEDED, LEDGER_BLOCK_NET_EXCEEDED. */
bool resource_open(struct resource *resource, const struct block_context *context,
                   const struct signed_transaction *transaction, const struct account *payer,
                   struct ledger_error *error);
/* Holds the meter against the least limit of transaction, block and payer: LEDGER_TX_CPU_EXCEEDED,
 * LEDGER_BLOCK_CPU_EXCEEDED. */
bool resource_check(const struct resource *resource, struct ledger_error *error);
/* Writes the payer's usage. */
void resource_settle(struct resource *resource, struct state *state);

#endif
