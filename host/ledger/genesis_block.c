// SPDX-License-Identifier: Apache-2.0
#include "host/ledger/genesis_block.h"

#include <assert.h>

#include "host/ledger/chain_rows.h"
#include "host/ledger/names.h"

void genesis_block(const struct genesis *genesis, struct state *state, struct block *block)
{
    assert(state_layers(state) == 0);
    *block = (struct block){.header = {.slot = genesis->slot, .producer = NAME_EOSIO}};
    state_push(state);
    genesis_apply(genesis, state);
    head_row_put(state, &block->header);
    state_seal(state, block->header.state_hash);
    state_retire(state);
    block_header_id(&block->header, &block->id);
    assert(block_id_height(&block->id) == GENESIS_HEIGHT);
}
