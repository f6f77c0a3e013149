/* SPDX-License-Identifier: Apache-2.0 */
/* The chain from inside: what chain.c (questions), chain_transaction.c (before and while one
 * executes), chain_block.c (own blocks, undoing), chain_apply.c (those of others), chain_final.c
 * (durability and finality), chain_traces.c (trace log and index) and chain_open.c (beginning and
 * end) share. */
#ifndef HOST_LEDGER_CHAIN_CORE_H
#define HOST_LEDGER_CHAIN_CORE_H

#include <pthread.h>
#include <stdio.h>

#include "host/crypto/digest.h"
#include "host/ledger/block_log.h"
#include "host/ledger/chain.h"
#include "host/ledger/chain_rows.h"
#include "host/ledger/genesis_block.h"
#include "host/ledger/pending.h"
#include "host/ledger/trace_index.h"
#include "host/ledger/trace_record.h"

/* Of options.folder, so that paths below it fit, and texts with them. */
#define CHAIN_FOLDER_CHARS_MAX 160u

/* A block that the state can go back to, or the last final one. */
struct head {
    struct block_header header;
    block_id_t id;
    uint32_t first_recent; /* no row of recent transactions is below this height */
};

struct chain {
    pthread_mutex_t lock;
    struct chain_options options;
    char folder[DISK_PATH_SIZE]; /* options.folder */
    uint8_t id[32];
    struct record_log *blocks;
    struct record_log *traces; /* NULL: not kept */
    struct trace_index *index; /* NULL: no traces are kept */
    uint32_t indexed;          /* height up to which the index knows all transactions */
    struct state *state;
    struct recent recent;
    struct digest_context *digest;
    struct chain_listener listeners[CHAIN_LISTENERS_MAX];
    unsigned listener_count;
    struct head heads[1 + CHAIN_UNFINAL_MAX]; /* the last final block, those on top of it */
    unsigned unfinal;
    struct pending pending;
    struct block_packer block_packer; /* of the pending block */
    struct trace_packer packer;       /* of the same */
    uint32_t pending_first_recent;    /* of the pending block, as in struct head */
};

static inline const struct head *chain_top(const struct chain *chain)
{
    return &chain->heads[chain->unfinal];
}

static inline int chain_fail(char error[CHAIN_ERROR_SIZE], const char *text)
{
    snprintf(error, CHAIN_ERROR_SIZE, "%s", text);
    return -1;
}

/* Of a name in the chain's folder. */
static inline void chain_path(const struct chain *chain, const char *name,
                              char path[DISK_PATH_SIZE])
{
    snprintf(path, DISK_PATH_SIZE, "%.*s/%s", (int)CHAIN_FOLDER_CHARS_MAX, chain->folder, name);
}

/* ------------------------------------------------------------------ in chain_block.c
 * What sealing a block and applying one have in common. */

/* Into the pending block. */
void chain_include(struct chain *chain, struct signed_transaction *transaction,
                   struct transaction_trace *trace);
/* Whether one more block may be on top of the final one. */
bool chain_has_layer(const struct chain *chain, char error[CHAIN_ERROR_SIZE]);
/* Writes the pending block's last rows and seals its layer: that gives the whole header. False when
 * the state has failed. */
bool chain_complete(struct chain *chain, struct block_header *header, char error[CHAIN_ERROR_SIZE]);
/* Appends the pending block, which is `block`, to the two logs: to both, or to none. */
int chain_log_block(struct chain *chain, const struct block *block, char error[CHAIN_ERROR_SIZE]);
/* Only its traces. */
int chain_log_traces(struct chain *chain, const struct block *block, char error[CHAIN_ERROR_SIZE]);
/* The pending block, completed and logged, is the head from now on. */
void chain_accept(struct chain *chain, const struct block *block, bool tell);

/* ------------------------------------------------------------------ in chain.c */

/* The id of the block at a height up to the head. False: the node does not have it any more. */
bool chain_id_at(struct chain *chain, uint32_t height, block_id_t *id);

/* ------------------------------------------------------------------ in chain_apply.c */

/* Applies a block that is in the log: nothing is appended to the block log, and to the trace log
 * only what it lacks; nobody listens. */
bool chain_replay(struct chain *chain, const struct block *block, struct ledger_error *error);

/* ------------------------------------------------------------------ in chain_traces.c
 * Both do nothing when no traces are kept. */

/* Opens the trace log and cuts it, or fills it up, to where the replay begins. */
int chain_open_traces(struct chain *chain, char error[CHAIN_ERROR_SIZE]);
/* Opens the index of transactions and completes it from the trace log, once that is complete. */
int chain_open_index(struct chain *chain, char error[CHAIN_ERROR_SIZE]);

/* ------------------------------------------------------------------ in chain_final.c */

/* Moves finality up to `height`, which exists. */
void chain_retire(struct chain *chain, uint32_t height);

#endif
