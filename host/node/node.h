/* SPDX-License-Identifier: Apache-2.0 */
/* The running node: wires the layers together, from the cards to the HTTP interface, runs the loop
 * in which blocks are made, and takes it all apart again.
 *
 * THE END. SIGINT and SIGTERM end it cleanly: the API refuses what is new; the block under way is
 * sealed if a transaction is in it, synced and final; what still waits in the pool is answered with
 * an error; connections are closed; a checkpoint is written. A failing disk ends it too, with what
 * is durable left as it is. */
#ifndef HOST_NODE_NODE_H
#define HOST_NODE_NODE_H

#include "host/node/options.h"

#define NODE_VERSION "v1.0.0"

/* Runs until a signal or a failure ends it. An exit status: EXIT_SUCCESS after a clean end. */
int node_run(const struct node_options *options);

#endif
