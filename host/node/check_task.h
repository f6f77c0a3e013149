/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOST_NODE_CHECK_TASK_H
#define HOST_NODE_CHECK_TASK_H

#include "host/node/options.h"

/* Looks over the data folder (host/ledger/check.h) and prints what it finds: a line each, or with
 * --json an object {"damaged": number, "findings": [{"harmless", "text"}]}. An exit status: failure
 * when anything is damaged. */
int check_task_run(const struct node_options *options);

#endif
