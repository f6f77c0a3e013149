/* SPDX-License-Identifier: Apache-2.0 */
/* What the execution of one transaction holds, from its start to its trace. About ten KiB, on the
 * stack of execute_transaction. */
#ifndef HOST_LEDGER_EXECUTION_H
#define HOST_LEDGER_EXECUTION_H

#include "host/ledger/accounts.h"
#include "host/ledger/execute.h"
#include "host/ledger/journal.h"
#include "host/ledger/resource.h"

struct execution {
    struct block_context *block;
    struct global_row global; /* the block's, moved on */
    struct accounts accounts;
    struct journal journal;
    struct resource resource;
    struct ledger_error error;
    struct arena arena; /* last: it is large, and little of it is touched */
};

/* Runs an action of the transaction and whatever it brings about: apply.c. */
bool execution_run(struct execution *execution, struct journal_action *action);

#endif
