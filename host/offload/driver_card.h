/* SPDX-License-Identifier: Apache-2.0 */
/* The card seam over libsnapcard: a real card, or snapcard-sim. */
#ifndef HOST_OFFLOAD_DRIVER_CARD_H
#define HOST_OFFLOAD_DRIVER_CARD_H

#include "host/offload/card.h"

struct driver_card_options {
    unsigned
        stall_ms; /* nothing moved for so long in wall time: stalled; 0: the driver's default */
    uint64_t deadline_cycles; /* of a job, in card cycles; 0: DRIVER_CARD_DEADLINE_CYCLES */
};

/* Far more than a full set of batches takes: 4 x 1 MiB of leaves, 3 compressions of 66 engine
 * cycles for each 32 bytes, are 26 million engine cycles on one engine. */
#define DRIVER_CARD_DEADLINE_CYCLES (UINT64_C(1) << 28)

/* Fills *card for the card at `address` (see snap_card_open). Nothing is opened yet: that is what
 * revive does. options may be NULL. 0, or -1 when memory is out or the address is too long.
 * card->ops->close frees it. */
int driver_card_create(const char *address, const struct driver_card_options *options,
                       struct offload_card *card);

#endif
