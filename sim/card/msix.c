/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/card/msix.h"

#include <assert.h>

#include "snapcard_abi.h"

enum { ENTRY_ADDRESS_LO, ENTRY_ADDRESS_HI, ENTRY_DATA, ENTRY_CONTROL, ENTRY_WORDS };
#define CONTROL_MASK 1u
#define PBA_OFFSET   (SNAP_MSIX_PBA_OFFSET - SNAP_MSIX_TABLE_OFFSET)

void msix_init(struct msix *msix, struct host host, unsigned vectors)
{
    assert(vectors <= MSIX_VECTORS_MAX);
    *msix = (struct msix){.host = host, .vectors = vectors};
    msix_reset(msix);
}

void msix_reset(struct msix *msix)
{
    for (unsigned vector = 0; vector < msix->vectors; vector++)
        msix->table[vector][ENTRY_CONTROL] = CONTROL_MASK;
    msix->pending = 0;
}

static void send_pending(struct msix *msix)
{
    if (!msix->enabled || msix->masked || msix->pending == 0)
        return;
    for (unsigned vector = 0; vector < msix->vectors; vector++) {
        const uint32_t *entry = msix->table[vector];
        if (!(msix->pending >> vector & 1) || (entry[ENTRY_CONTROL] & CONTROL_MASK))
            continue;
        msix->pending &= ~(1ull << vector);
        uint64_t address = (uint64_t)entry[ENTRY_ADDRESS_HI] << 32 | entry[ENTRY_ADDRESS_LO];
        msix->host.ops->write(msix->host.context, address & ~3ull, &entry[ENTRY_DATA], 4);
    }
}

void msix_configure(struct msix *msix, bool enabled, bool masked)
{
    msix->enabled = enabled;
    msix->masked = masked;
    if (!enabled)
        msix->pending = 0;
    send_pending(msix);
}

void msix_request(struct msix *msix, unsigned vector)
{
    assert(vector < msix->vectors);
    if (!msix->enabled)
        return;
    msix->pending |= 1ull << vector;
    send_pending(msix);
}

uint32_t msix_read(const struct msix *msix, uint32_t offset)
{
    if (offset >= PBA_OFFSET) {
        uint32_t word = (offset - PBA_OFFSET) / 4;
        return word < 2 ? (uint32_t)(msix->pending >> 32 * word) : 0;
    }
    uint32_t vector = offset / 16;
    return vector < msix->vectors ? msix->table[vector][offset / 4 % ENTRY_WORDS] : 0;
}

void msix_write(struct msix *msix, uint32_t offset, uint32_t value)
{
    uint32_t vector = offset / 16;
    if (offset >= PBA_OFFSET || vector >= msix->vectors)
        return;
    uint32_t word = offset / 4 % ENTRY_WORDS;
    if (word == ENTRY_CONTROL)
        value &= CONTROL_MASK;
    msix->table[vector][word] = value;
    send_pending(msix);
}
