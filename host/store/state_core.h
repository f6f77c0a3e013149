/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of a state share: rows and layers (state.c), scans (state_scan.c), checkpoints and
 * what is done with all rows (state_checkpoint.c). */
#ifndef HOST_STORE_STATE_CORE_H
#define HOST_STORE_STATE_CORE_H

#include "host/store/overlay.h"
#include "host/store/read_cache.h"
#include "host/store/state.h"

struct state_layer {
    struct layer rows;
    bool sealed;
    struct state_sum sum; /* of the whole state with this layer on top; valid when sealed */
};

struct state {
    struct row_store store;
    struct overlay overlay;
    struct read_cache cache;
    struct state_layer ring[STATE_LAYERS_MAX]; /* above the final one */
    unsigned lowest, layer_count;              /* in the ring */
    struct state_layer *final, *frozen;        /* see state_drain */
    struct state_layer below[2];               /* these two */
    bool checkpointing, written;               /* `written`: the row store has it */
    struct state_mark mark, next_mark;         /* of the row store; of the frozen layer */
    bool failed;
    char failure[STORE_ERROR_SIZE];
};

/* When a checkpoint has ended, the frozen layer and the row store say the same, so the layer may go
 * little by little: dropping it at once would keep the chain waiting. Drops up to `count` rows, if
 * no checkpoint is under way. */
void state_drain(struct state *state, size_t count);
/* Remembers the failure, if it is the first: what follows is often its consequence. */
void state_fail(struct state *state, const char *text);

#endif
