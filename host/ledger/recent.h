/* SPDX-License-Identifier: Apache-2.0 */
/* The ids of transactions that are in recent blocks or pending, by which a duplicate is known: what
 * the state's rows of kind ROW_RECENT say, in memory. Blocks stand in the order of their heights,
 * without gaps; the last one may still grow.
 *
 * Costs about 55 bytes a transaction. Ids are found through a hash keyed with random numbers: who
 * makes transactions can choose their ids' bits, but not where they collide. */
#ifndef HOST_LEDGER_RECENT_H
#define HOST_LEDGER_RECENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECENT_ID_BYTES 32u

struct recent_block {
    uint32_t height;
    uint32_t latest_expiration; /* seconds since 1970; 0 without transactions */
    unsigned count, room;
    uint8_t *ids; /* count of them, one behind the other; stays in place once the block is full */
};

struct recent_place {
    uint32_t tag;    /* of the id's hash */
    uint32_t height; /* 0: free */
    uint32_t index;  /* in the block */
};

struct recent {
    struct recent_block *blocks; /* a ring */
    unsigned first, block_count, block_room;
    struct recent_place *places; /* open addressing */
    size_t place_count;          /* a power of two */
    size_t id_count;
    uint64_t seeds[2];
};

/* False when memory or random numbers are out. */
bool recent_init(struct recent *recent);
void recent_free(struct recent *recent); /* of zeros: nothing */

/* A block behind the last one: height + 1 of that, or any height for the first. The functions that
 * take memory end the program when there is none: a node that cannot know duplicates must not go
 * on. */
void recent_append_block(struct recent *recent, uint32_t height);
/* Into the last block. The id must not be there yet. */
void recent_add(struct recent *recent, const uint8_t id[RECENT_ID_BYTES], uint32_t expiration);
void recent_drop_last(struct recent *recent);
void recent_drop_first(struct recent *recent);

/* Whether the id is there, and in the block of which height. */
bool recent_find(const struct recent *recent, const uint8_t id[RECENT_ID_BYTES], uint32_t *height);
/* NULL: there is no such block. */
const struct recent_block *recent_block(const struct recent *recent, uint32_t height);
const struct recent_block *recent_first(const struct recent *recent);
const struct recent_block *recent_last(const struct recent *recent);

#endif
