/* SPDX-License-Identifier: Apache-2.0 */
/* The host as the card sees it on the bus: memory behind the DMA table, interrupts behind the MSI
 * window. */
#ifndef SIM_CARD_HOST_H
#define SIM_CARD_HOST_H

#include <stdbool.h>

#include "sim/card/card.h"
#include "sim/card/dma.h"
#include "sim/card/interrupts.h"

struct host_memory {
    struct dma dma;
    struct interrupts interrupts;
    bool bus_master; /* of the command register: without it nothing of the card gets through */
};

void host_memory_init(struct host_memory *memory, unsigned vectors);
void host_memory_clear(struct host_memory *memory);

/* `memory` must outlive the result. */
struct host host_memory_host(struct host_memory *memory);

#endif
