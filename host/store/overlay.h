/* SPDX-License-Identifier: Apache-2.0 */
/* What the layers above the row store have changed. A key has a chain of versions, the newest
 * first, at most one of each layer; so a read finds the row once, however many layers there are,
 * and what a version replaced stands right behind it.
 *
 * Layers are named by their address only: their order is the order of the versions. */
#ifndef HOST_STORE_OVERLAY_H
#define HOST_STORE_OVERLAY_H

#include "host/store/row_index.h"
#include "host/store/state_hash.h"

/* A layer's versions, in no order that matters. Starts as all zeros. */
struct layer {
    struct version *first;
    size_t version_count;
    size_t bytes; /* of memory */
};

/* What a read needs stands beside the value. */
struct version {
    struct row_seed seed;
    struct row *row;
    struct version *next, *previous; /* in the layer */
    struct version *older;           /* of a layer further down; NULL: the row store's */
    struct layer *layer;
    uint32_t size, capacity; /* of the value, bytes */
    bool erased;             /* the row is not there; size is 0 */
    bool seeded;             /* `seed` is the row's: the state's, when it seals the layer */
    uint8_t value[];
};

struct overlay {
    struct row_index index;
};

static inline struct bytes version_value(const struct version *version)
{
    return (struct bytes){version->value, version->size};
}

bool overlay_init(struct overlay *overlay); /* false: out of memory or of random numbers */
void overlay_free(struct overlay *overlay); /* all layers must have been dropped */

/* Sets the row in `layer`, which has to be the top one: no version of the row is of a layer above.
 * `value` may be a view of a version's own value. False when memory is out: nothing has changed. */
bool overlay_put(struct overlay *overlay, struct layer *layer, struct bytes key, uint64_t hash,
                 bool erased, struct bytes value);
/* Forgets the versions of a layer, wherever it is among the others. */
void overlay_drop(struct overlay *overlay, struct layer *layer);
/* The same for at most `count` of them. */
void overlay_drop_some(struct overlay *overlay, struct layer *layer, size_t count);
/* Moves the versions of a layer into the one right below it, over what is there. */
void overlay_fold(struct layer *from, struct layer *into);

#endif
