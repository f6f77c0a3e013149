// SPDX-License-Identifier: Apache-2.0
/* What a wire costs, tile by tile: more where more wires are needed than elsewhere. */
#ifndef SNAP_REFINE_PRICES_H
#define SNAP_REFINE_PRICES_H

#include "netlist.h"

enum { ACROSS, DOWN, WAYS };

struct prices {
    double tile[WAYS][SIDE_MOST][SIDE_MOST];
    double sum[WAYS][SIDE_MOST + 1][SIDE_MOST + 1]; /* over all tiles above and left */
    double inverse[SIDE_MOST + 1];                  /* of each whole number; 0 of 0 */
    double most[WAYS]; /* wires needed in the fullest tile, where 1 is the chip's mean */
    bool made;
};

/* From the nets' boxes, which it makes anew: each net needs its wires evenly over its box. A wire
 * costs `weight` more for each time that a tile is fuller than `slack` times the mean. Prices
 * follow by half each time, so that nets do not all flee together. */
void prices_make(struct prices *prices, struct netlist *netlist, double weight, double slack);
/* Half the box's perimeter, at the mean price within it. */
double prices_of(const struct prices *prices, double weight, int x0, int x1, int y0, int y1);

#endif
