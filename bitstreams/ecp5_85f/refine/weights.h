// SPDX-License-Identifier: Apache-2.0
/* How much each pin's delay weighs, from how critical it is. */
#ifndef SNAP_REFINE_WEIGHTS_H
#define SNAP_REFINE_WEIGHTS_H

#include "../router/timing.h"
#include "netlist.h"

struct weighing {
    double weight;   /* of a critical nanosecond */
    double exponent; /* how fast that falls with criticality */
    double fresh;    /* share of the new weights: weights that jump make cells jump */
};

/* Times the netlist as it is placed; gives each clock's longest path in ns. */
void weights_update(struct netlist *netlist, const struct weighing *weighing,
                    double longest[TIMING_DOMAINS]);

#endif
