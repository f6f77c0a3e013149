// SPDX-License-Identifier: Apache-2.0
/* Crowding: the pins in each field of tiles, and what those above its share cost. */
#ifndef SNAP_REFINE_FIELDS_H
#define SNAP_REFINE_FIELDS_H

#include "tiles.h"

enum { FIELD = 4, FIELDS = SIDE_MOST / FIELD }; /* tiles in x and in y; fields likewise */

struct fields {
    int pins[FIELDS][FIELDS];
    double share[FIELDS][FIELDS], weight;
};

/* A field's share is that of its tiles, `slack` times. */
void fields_make(struct fields *fields, const struct netlist *netlist, const struct tiles *tiles,
                 double weight, double slack);

static inline void fields_add(struct fields *fields, struct place at, int pins)
{
    fields->pins[at.y / FIELD][at.x / FIELD] += pins;
}
/* The square of the pins that are too many, over the share. */
static inline double fields_cost(const struct fields *fields, int x, int y)
{
    double share = fields->share[y][x], over = fields->pins[y][x] - share;
    return over > 0 ? fields->weight * over * over / share : 0;
}

#endif
