/* SPDX-License-Identifier: Apache-2.0 */
/* The ledger's state: rows in order of their keys, as a stack of layers.
 *
 *     transaction   what the transaction under way has changed        state_push / merge / pop
 *     block         the pending block                                 state_push / seal / pop
 *     block ...     sealed blocks that are not final: a fork pops     state_pop
 *     final         final blocks since the last checkpoint            state_retire
 *     frozen        the same, while a checkpoint writes it; then dropped bit by bit
 *     row store     the last checkpoint, durable                      state_checkpoint_*
 *
 * A read asks the layers from the top down; a write goes to the top. Undoing a block or a
 * transaction is dropping its layer. One thread at a time (the chain's lock), but for
 * state_checkpoint_write, state_each and state_verify.
 *
 * INVARIANTS
 *   1. Rows in the row store are those after block `checkpoint height`, which is final.
 *   2. A sealed layer knows the sum and hash of the whole state with it on top.
 *   3. A layer is merged only into the layer below it, retired only when it is the lowest. */
#ifndef HOST_STORE_STATE_H
#define HOST_STORE_STATE_H

#include "host/store/row_store.h"
#include "host/store/state_mark.h"

#define STATE_LAYERS_MAX 1024u

struct state;

/* Takes the store over (closes it with itself, also when it fails). */
int state_open(const struct row_store *store, struct state **state, char error[STORE_ERROR_SIZE]);
void state_close(struct state *state); /* without a checkpoint; NULL is allowed */
/* Of the last checkpoint. */
const struct state_mark *state_checkpointed(const struct state *state);

/* ------------------------------------------------------------------ rows
 * A failing row store (damage, I/O) is not the caller's to handle at each call: the state remembers
 * it, answers "not there", and state_failed says so; running out of memory is such a failure, too.
 * What state_seal gives counts only when the state has not failed then. */
const char *state_failed(const struct state *state); /* NULL: all is well */

/* True and a view valid until the next write, push, pop, merge, retire or checkpoint end. */
bool state_get(struct state *state, struct bytes key, struct bytes *value);
/* Key 1 to ROW_KEY_BYTES_MAX bytes, value to ROW_VALUE_BYTES_MAX: asserted; the ledger's limits are
 * tighter. Both are copied. */
void state_put(struct state *state, struct bytes key, struct bytes value);
void state_erase(struct state *state, struct bytes key); /* not there: nothing */

/* Rows with low <= key < high in order, or from the last one down when `reverse`. Stops when `row`
 * returns false. The callback must not write. `high` of size 0: no upper bound. */
void state_scan(struct state *state, struct bytes low, struct bytes high, bool reverse,
                bool (*row)(void *user, struct bytes key, struct bytes value), void *user);

/* ------------------------------------------------------------------ layers
 * At most STATE_LAYERS_MAX, asserted. A sealed layer is not written to any more. */
void state_push(struct state *state);
void state_pop(struct state *state);
void state_merge(struct state *state);
unsigned state_layers(const struct state *state); /* above the final one */
/* Adds the top layer's changes to the sum of the layer below and keeps the result with the layer.
 */
void state_seal(struct state *state, uint8_t hash[32]);
/* The lowest layer, a sealed block's, is final: moves into the final layer. */
void state_retire(struct state *state);
/* Bytes that the final layer takes, to decide when to checkpoint. */
size_t state_final_bytes(const struct state *state);

/* ------------------------------------------------------------------ checkpoints
 * begin and end under the chain's lock, write without it and in any thread. Reads go on meanwhile;
 * retire too. */
void state_checkpoint_begin(struct state *state, uint32_t height, const uint8_t block_id[32],
                            const uint8_t chain_id[32]);
int state_checkpoint_write(struct state *state, char error[STORE_ERROR_SIZE]);
/* When the write failed, or was never made, all is as if the checkpoint had not begun: 0. */
int state_checkpoint_end(struct state *state, char error[STORE_ERROR_SIZE]);

/* Every row of the last checkpoint, in order, from any thread, while others go on. *mark is that
 * checkpoint's, filled in before the first row. Stops when `row` returns other than 0, and returns
 * that; -1 with a text when the store fails. */
int state_each(struct state *state, struct state_mark *mark,
               int (*row)(void *user, struct bytes key, struct bytes value), void *user,
               char error[STORE_ERROR_SIZE]);
/* Recomputes the sum of all rows of the last checkpoint and compares; checks every row's checksum.
 * Progress as rows done, each 2^16 of them. 0, or -1 with what differs. */
int state_verify(struct state *state, void (*progress)(void *user, uint64_t rows), void *user,
                 char error[STORE_ERROR_SIZE]);

#endif
