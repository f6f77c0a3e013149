/* SPDX-License-Identifier: Apache-2.0 */
/* What snapscaled does instead of running: checks, snapshots, repair, and what a chain begins with.
 */
#ifndef HOST_NODE_TASKS_H
#define HOST_NODE_TASKS_H

#include "host/node/options.h"

/* Does options->task, which is not NODE_RUN; results on stdout. An exit status. */
int task_run(const struct node_options *options);

#endif
