/* SPDX-License-Identifier: Apache-2.0 */
/* The finality seam: from blocks that are durable here to blocks that are final. With one producer
 * its own word is the vote: a block is final once it is synced. A consortium's votes come in here.
 */
#ifndef HOST_CONSENSUS_FINALITY_H
#define HOST_CONSENSUS_FINALITY_H

#include <stdint.h>

struct finality {
    unsigned voters; /* weight of all */
    uint32_t final;  /* height of the last final block */
};

void finality_init(struct finality *finality, unsigned voters, uint32_t final);
/* This node holds every block up to `height` durably and votes for it. Returns the height that is
 * final by that. */
uint32_t finality_own_vote(struct finality *finality, uint32_t height);

#endif
