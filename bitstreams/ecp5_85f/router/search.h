// SPDX-License-Identifier: Apache-2.0
/* The cheapest way from a net's tree to one more sink: A* over the chip's wires. */
#ifndef SNAP_ROUTER_SEARCH_H
#define SNAP_ROUTER_SEARCH_H

#include "chip.h"
#include "nets.h"

struct search_prices {
    float present;  /* how much dearer a wire gets with each other user it has now */
    float *history; /* of each wire: how often it had too many */
};
void search_begin(const struct chip *chip);
/* Adds the way to the net in hand. False if there is none within the margin, in tiles around source
 * and sinks. */
bool search_sink(const struct chip *chip, struct nets *nets, const struct search_prices *prices,
                 uint32_t n, uint32_t sink, int margin);
uint64_t search_steps(void); /* wires looked at since the beginning */

#endif
