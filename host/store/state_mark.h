/* SPDX-License-Identifier: Apache-2.0 */
/* What a checkpoint says of itself. Stands in the row store under a key of its own, the lowest that
 * there is; it is no row of the state and not hashed. */
#ifndef HOST_STORE_STATE_MARK_H
#define HOST_STORE_STATE_MARK_H

#include "host/store/row_store.h"
#include "host/store/state_hash.h"

/* All zeros in a fresh store. */
struct state_mark {
    uint32_t height;
    uint8_t block_id[32];
    uint8_t chain_id[32];
    struct state_sum sum;
};

#define STATE_MARK_BYTES (4u + 32u + 32u + 2u * STATE_HASH_LANES)

struct bytes state_mark_key(void); /* one byte, zero: no row of the state may have it */
bool state_mark_is_key(struct bytes key);
void state_mark_write(const struct state_mark *mark, uint8_t out[STATE_MARK_BYTES]);
/* False when that is no mark. */
bool state_mark_read(struct bytes value, struct state_mark *mark);

/* Reads the mark of a store. 1: there; 0: the store is fresh, *mark is all zeros; -1: the store
 * failed, or has rows without a mark: a load that did not come to its end. */
int state_mark_get(const struct row_store *store, struct state_mark *mark,
                   char error[STORE_ERROR_SIZE]);

#endif
