// SPDX-License-Identifier: Apache-2.0
/* What a placement costs: its wires at their prices, delays by their weights, crowded fields. */
#ifndef SNAP_REFINE_COST_H
#define SNAP_REFINE_COST_H

#include "placement.h"

struct cost {
    double length; /* half the perimeters of the nets' boxes */
    double wires, timing, fields;
};

/* All of it; makes the nets' costs anew, which prices and weights go into. Their boxes are as
 * prices_make has just made them. */
struct cost cost_total(struct placement *placement);
/* A net's; of a large one by its box and delays as they are kept. */
double cost_of(const struct placement *placement, const struct net *net);
/* The share of the delays in it. */
double cost_timed(const struct netlist *netlist, const struct net *net);

#endif
