/* SPDX-License-Identifier: Apache-2.0 */
/* The schedule seam: who produces in which slot. One producer for now; a consortium's schedule of
 * 21 with 12 slots in a row stands behind the same question. */
#ifndef HOST_CONSENSUS_SCHEDULE_H
#define HOST_CONSENSUS_SCHEDULE_H

#include "host/ledger/error.h"
#include "host/wire/block.h"

#define SCHEDULE_PRODUCERS_MAX 21u

struct schedule_producer {
    name_t name;
    struct public_key key;
};

struct schedule {
    uint32_t version;
    unsigned count;
    struct schedule_producer producers[SCHEDULE_PRODUCERS_MAX];
};

/* A schedule of one. */
void schedule_single(struct schedule *schedule, name_t name, const struct public_key *key);
const struct schedule_producer *schedule_at(const struct schedule *schedule, uint32_t slot);
/* The first slot from `slot` on that is the producer's; false when it is not in the schedule. */
bool schedule_next(const struct schedule *schedule, name_t name, uint32_t slot, uint32_t *next);
/* Whether the block's header is of its slot's producer and its signature is the producer's. */
bool schedule_block_valid(const struct schedule *schedule, const struct block *block,
                          struct ledger_error *error);

#endif
