/* SPDX-License-Identifier: Apache-2.0 */
/* Looks over all that a node keeps of its chain, while no node runs on it: `snapscaled --check`. */
#ifndef HOST_LEDGER_CHECK_H
#define HOST_LEDGER_CHECK_H

#include "host/ledger/chain.h"

/* More are only counted. */
#define CHECK_FINDINGS_MAX 100u

struct check_options {
    const struct disk *disk;
    const char *folder;     /* as for chain_open */
    struct row_store store; /* taken over */
    struct genesis genesis;
    bool keep_traces; /* as for chain_open; false: traces and index are not looked at */
    /* Whether the producer of a block (never of the first) is one, and has signed it. NULL: not
     * looked at. */
    bool (*producer)(void *user, const struct block *block, struct ledger_error *error);
    /* The text says what is wrong, where, and how to repair it; when `harmless`, it is only worth
     * knowing. */
    void (*finding)(void *user, bool harmless, const char *text);
    /* Blocks done, then rows of the state done; NULL is allowed. */
    void (*progress)(void *user, const char *what, uint64_t done, uint64_t of);
    void *user;
};

/* Block log: whole records, ids and links, slots, Merkle roots, producers, the first block. State:
 * each row, their sum, and whether it is the one that the block at its height promises. Trace log:
 * whole records, traces of the right transactions with the receipts' costs, action roots. Index:
 * whether it knows each transaction. Authorizations of transactions are not looked at: a replay
 * checks what they did, and for signatures the producer stands.
 *
 * Like a node that starts it cuts back what a crash left at the logs' ends; else it changes
 * nothing. Returns the number of findings that are not harmless. */
unsigned chain_check(const struct check_options *options);

#endif
