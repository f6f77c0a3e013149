/* SPDX-License-Identifier: Apache-2.0 */
/* Which bus addresses are free: first fit within the ranges that the IOMMU has.
 *
 * Between two mappings at least one page stays unmapped, so that a card that runs over the end of
 * one is stopped by the IOMMU instead of reaching the next. */
#ifndef DRIVER_TRANSPORT_IOVA_H
#define DRIVER_TRANSPORT_IOVA_H

#include "snapcard.h"

#define SNAP_IOVA_RANGES_MAX   32
#define SNAP_IOVA_MAPPINGS_MAX 1024

struct snap_iova_range {
    uint64_t first, last; /* both inclusive: a range may end at 2^64 - 1 */
};

/* Invariants: `ranges` and `used` are sorted and do not overlap; page_bytes is a power of two. */
struct snap_iova {
    struct snap_iova_range ranges[SNAP_IOVA_RANGES_MAX];
    unsigned ranges_count;
    struct snap_iova_range used[SNAP_IOVA_MAPPINGS_MAX];
    unsigned used_count;
    uint64_t page_bytes;
    uint64_t floor; /* no address below it is given out; never 0, so that a null address is never
                       mapped */
};

void snap_iova_init(struct snap_iova *iova, uint64_t page_bytes);

/* Adds a usable range behind those there are; false when they are too many or out of order. */
bool snap_iova_add_range(struct snap_iova *iova, uint64_t first, uint64_t last);

/* Takes `bytes` (a positive multiple of page_bytes). SNAP_E_MEMORY when no gap is wide enough. */
int snap_iova_take(struct snap_iova *iova, uint64_t bytes, uint64_t *address,
                   struct snap_error *error);

/* Gives back what snap_iova_take returned at `address`. */
void snap_iova_give(struct snap_iova *iova, uint64_t address);

#endif
