/* SPDX-License-Identifier: Apache-2.0 */
/* The model's MSI-X table and pending bits, as the PCI specification describes them. */
#ifndef SIM_CARD_MSIX_H
#define SIM_CARD_MSIX_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/card/card.h"

#define MSIX_VECTORS_MAX 64u

struct msix {
    struct host host;
    unsigned vectors;
    bool enabled, masked; /* of the capability */
    uint32_t table[MSIX_VECTORS_MAX][4];
    uint64_t pending;
};

/* All entries masked, nothing pending: as at power-on. CONTROL.RESET keeps the table. */
void msix_init(struct msix *msix, struct host host, unsigned vectors);
/* As a function-level reset leaves it: entries as after msix_init; the capability is not in here.
 */
void msix_reset(struct msix *msix);
/* What the function's capability says; may send what was pending. */
void msix_configure(struct msix *msix, bool enabled, bool masked);
/* Sends the vector's message, or keeps it pending while masked; dropped while MSI-X is disabled. */
void msix_request(struct msix *msix, unsigned vector);
/* Words of the table and pending pages; `offset` counts from SNAP_MSIX_TABLE_OFFSET. */
uint32_t msix_read(const struct msix *msix, uint32_t offset);
void msix_write(struct msix *msix, uint32_t offset, uint32_t value);

#endif
