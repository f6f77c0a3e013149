/* SPDX-License-Identifier: Apache-2.0 */
/* The eventfds that the client has given for the MSI-X vectors. */
#ifndef SIM_CARD_INTERRUPTS_H
#define SIM_CARD_INTERRUPTS_H

#include <stdbool.h>

#define INTERRUPT_VECTORS_MAX 64u

struct interrupts {
    unsigned count;                    /* vectors of the card */
    int events[INTERRUPT_VECTORS_MAX]; /* -1: none */
};

void interrupts_init(struct interrupts *interrupts, unsigned count);
/* Takes the descriptor (-1: none) and closes the one before. vector < count. */
void interrupts_assign(struct interrupts *interrupts, unsigned vector, int event);
void interrupts_clear(struct interrupts *interrupts);
bool interrupts_any(const struct interrupts *interrupts);
/* Signals the vector's eventfd; a vector that is out of range or has none is ignored, as on a
 * platform where nobody listens. */
void interrupts_trigger(const struct interrupts *interrupts, unsigned vector);

#endif
