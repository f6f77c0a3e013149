/* SPDX-License-Identifier: Apache-2.0 */
/* Opens the chain of a data folder, and says in the log how far a replay is. */
#ifndef HOST_NODE_OPEN_CHAIN_H
#define HOST_NODE_OPEN_CHAIN_H

#include "host/ledger/chain.h"
#include "host/node/data_folder.h"
#include "host/node/merkle.h"
#include "host/node/options.h"

/* The state's row store, made when it is not there. 0, or -1 with a text. */
int open_store(const struct data_folder *folder, const struct node_options *options,
               struct row_store *store, char error[STORE_ERROR_SIZE]);
/* `disk` outlives the chain; so does `merkle`, which may be NULL. 0, or -1 with a text. */
int open_chain(const struct data_folder *folder, const struct node_options *options,
               const struct genesis *genesis, const struct disk *disk, struct merkle *merkle,
               struct chain **chain, char error[CHAIN_ERROR_SIZE]);

#endif
