/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of the state that the chain itself keeps, besides those of transactions:
 *
 *   TAPOS ring      ids of the last 65,536 blocks below the one under way, which writes the id of
 *                   the block that it stands on
 *   recent          ids of a block's transactions, from its end until all of them have expired
 *   head (g 2)      the last block's header but for its state hash, written at its end; so a state
 *                   and its hash give the whole header, and the id of the block that made them
 *
 * Heights and slots are the block's under way. */
#ifndef HOST_LEDGER_CHAIN_ROWS_H
#define HOST_LEDGER_CHAIN_ROWS_H

#include "host/ledger/recent.h"
#include "host/ledger/tables.h"

#define TAPOS_RING_BLOCKS 65536u
/* Rows of expired transactions that a block drops at most: they are large, and one that expires
 * late holds those behind it, which then all expire at once. More than one, so that they end. */
#define RECENT_DROPS_MAX 4u

void tapos_row_put(struct state *state, uint32_t height, const block_id_t *id);
/* The last block id whose height ends in these bits. False: none yet. */
bool tapos_row_get(struct state *state, uint16_t ref_block_num, block_id_t *id);

/* Nothing for a block without transactions. */
void recent_row_put(struct state *state, const struct recent_block *block);
/* Drops rows of transactions that have expired for a block of this slot. No row is below height
 * `first`: to begin there spares a walk over what was dropped before. Returns the same for what is
 * left; `height` is that of the block, which has no row yet. */
uint32_t recent_rows_drop(struct state *state, uint32_t slot, uint32_t first, uint32_t height);
/* All rows into a `recent` without blocks; ends it with a block of height `head`. False: a row is
 * none, or of a block above the head: the state is damaged. */
bool recent_rows_load(struct state *state, uint32_t head, struct recent *recent);

/* Whether a transaction of this expiration can be in no block of this slot or a later one. */
static inline bool expired_at(uint32_t expiration, uint32_t slot)
{
    return (int64_t)expiration * 1000 < slot_unix_ms(slot);
}

/* The header's state hash must be zeros: it comes of this row, too. */
void head_row_put(struct state *state, const struct block_header *header);
/* With the state's hash put in. False: no such row. */
bool head_row_get(struct state *state, const uint8_t state_hash[32], struct block_header *header);

#endif
