/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOST_LEDGER_GENESIS_BLOCK_H
#define HOST_LEDGER_GENESIS_BLOCK_H

#include "host/ledger/genesis.h"

#define GENESIS_HEIGHT 1u

/* Makes the first state the final layer of an empty one, and with its hash the first block: empty,
 * of "eosio", in the genesis' slot, on top of zeros. Nobody signs it: every node makes its own. */
void genesis_block(const struct genesis *genesis, struct state *state, struct block *block);

#endif
