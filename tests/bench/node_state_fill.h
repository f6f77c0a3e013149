/* SPDX-License-Identifier: Apache-2.0 */
/* Fills the state of a chain with accounts faster than blocks could: the rows that the ledger has
 * made for account 0, made anew by the ledger's functions with other names and keys. Rows go to
 * LMDB in checkpoints, as they would; the block log, which has not made them, is removed, as on a
 * node that has started with a snapshot. What fails ends the program. */
#ifndef TESTS_BENCH_NODE_STATE_FILL_H
#define TESTS_BENCH_NODE_STATE_FILL_H

#include <stdint.h>

#define STATE_FILL_CHECKPOINTS 64u

/* Accounts number `from` up to `to`, into the chain in `folder`, which nobody has open. */
void state_fill(const char *folder, uint32_t from, uint32_t to);

#endif
