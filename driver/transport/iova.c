// SPDX-License-Identifier: Apache-2.0
#include "driver/transport/iova.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "driver/base/error.h"

#define SNAP_IOVA_FLOOR 0x10000u

void snap_iova_init(struct snap_iova *iova, uint64_t page_bytes)
{
    assert(page_bytes != 0 && (page_bytes & (page_bytes - 1)) == 0);
    memset(iova, 0, sizeof *iova);
    iova->page_bytes = page_bytes;
    iova->floor = SNAP_IOVA_FLOOR;
}

bool snap_iova_add_range(struct snap_iova *iova, uint64_t first, uint64_t last)
{
    unsigned count = iova->ranges_count;
    if (first > last || count == SNAP_IOVA_RANGES_MAX)
        return false;
    if (count != 0 && first <= iova->ranges[count - 1].last)
        return false;
    iova->ranges[count] = (struct snap_iova_range){first, last};
    iova->ranges_count = count + 1;
    return true;
}

/* Rounds up to a page; false when that is beyond 2^64. */
static bool round_up(const struct snap_iova *iova, uint64_t *address)
{
    uint64_t low = iova->page_bytes - 1;
    if (*address > UINT64_MAX - low)
        return false;
    *address = (*address + low) & ~low;
    return true;
}

/* The lowest address in `range` where `bytes` and a page of distance on both sides are free. */
static bool find_gap(const struct snap_iova *iova, const struct snap_iova_range *range,
                     uint64_t bytes, uint64_t *address)
{
    uint64_t at = range->first > iova->floor ? range->first : iova->floor;
    if (!round_up(iova, &at))
        return false;
    for (unsigned i = 0; i < iova->used_count; i++) {
        const struct snap_iova_range *used = &iova->used[i];
        if (at < used->first && used->first - at >= bytes + iova->page_bytes)
            break;
        if (used->last > UINT64_MAX - 2 * iova->page_bytes)
            return false;
        if (used->last + 1 + iova->page_bytes > at)
            at = used->last + 1 + iova->page_bytes;
    }
    *address = at;
    return at <= range->last && range->last - at >= bytes - 1;
}

static void insert(struct snap_iova *iova, uint64_t first, uint64_t last)
{
    unsigned at = iova->used_count++;
    for (; at > 0 && iova->used[at - 1].first > first; at--)
        iova->used[at] = iova->used[at - 1];
    iova->used[at] = (struct snap_iova_range){first, last};
}

int snap_iova_take(struct snap_iova *iova, uint64_t bytes, uint64_t *address,
                   struct snap_error *error)
{
    assert(bytes != 0 && bytes % iova->page_bytes == 0);
    if (iova->used_count == SNAP_IOVA_MAPPINGS_MAX)
        return snap_fail(error, SNAP_E_MEMORY,
                         "%u mappings are in use, which is the limit; use fewer and larger arenas",
                         SNAP_IOVA_MAPPINGS_MAX);
    if (bytes <= UINT64_MAX / 2) {
        for (unsigned i = 0; i < iova->ranges_count; i++) {
            if (!find_gap(iova, &iova->ranges[i], bytes, address))
                continue;
            insert(iova, *address, *address + bytes - 1);
            return SNAP_OK;
        }
    }
    return snap_fail(error, SNAP_E_MEMORY,
                     "the IOMMU's address space has no gap of %" PRIu64 " bytes; destroy arenas",
                     bytes);
}

void snap_iova_give(struct snap_iova *iova, uint64_t address)
{
    unsigned at = 0;
    while (at < iova->used_count && iova->used[at].first != address)
        at++;
    assert(at < iova->used_count);
    iova->used_count--;
    memmove(&iova->used[at], &iova->used[at + 1], (iova->used_count - at) * sizeof iova->used[0]);
}
