/* SPDX-License-Identifier: Apache-2.0 */
/* The PCI function that the client drives: configuration space, BAR0, MSI-X vectors, resets. Sits
 * between the protocol and a card of any kind. */
#ifndef SIM_CARD_FUNCTION_H
#define SIM_CARD_FUNCTION_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/card/card.h"
#include "sim/card/config_space.h"
#include "sim/card/host.h"

struct function {
    struct config_space config;
    struct host_memory *memory;
    struct card card;
};

/* Neither `memory` nor `card` is taken over; both must outlive the function. */
void function_init(struct function *function, struct host_memory *memory, struct card card);

/* Whole accesses of a region; the caller has checked the bounds. A card that has left the bus, or
 * that does not support the access, reads as all ones. BAR0 is accessed in naturally aligned pieces
 * of up to 8 bytes, as a processor would. The MSI-X table belongs to the server (interrupts are set
 * by SET_IRQS), as it belongs to the kernel under vfio-pci: the client's writes to it are dropped.
 */
void function_config_read(struct function *function, unsigned offset, void *data, unsigned count);
void function_config_write(struct function *function, unsigned offset, const void *data,
                           unsigned count);
void function_bar_read(struct function *function, unsigned offset, void *data, unsigned count);
void function_bar_write(struct function *function, unsigned offset, const void *data,
                        unsigned count);

/* Function-level reset as vfio does it: configuration space and interrupts are restored behind it.
 * False: the card did not come back. */
bool function_reset(struct function *function);

/* Brings the card's MSI-X table in line with the eventfds; to be called after each change. */
void function_interrupts_changed(struct function *function);

/* The client has gone: no DMA, no interrupts, the card reset for the next one. */
void function_disconnect(struct function *function);

#endif
