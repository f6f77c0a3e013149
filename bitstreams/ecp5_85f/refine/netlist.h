// SPDX-License-Identifier: Apache-2.0
/* The cells, nets and pins of a placed netlist, and the cells' places. */
#ifndef SNAP_REFINE_NETLIST_H
#define SNAP_REFINE_NETLIST_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "../router/base.h"

enum { SIDE_MOST = 160 }; /* tiles in x and in y, at most; a place has room for 256 */
/* The kinds and flags are refine.py's. */
enum { FIXED, COMB, FF, RAMW, MULTIPLIER, BLOCK_RAM };
enum { CARRY = 1, LUTRAM = 2, RAMW_BLOCK = 4, WCKINV = 8, WREINV = 16 }; /* of a COMB */
enum { CLKINV = 1, LSRINV = 2, ASYNC = 4, LOCKED = 8 };                  /* of a FF */
/* A net of no more pins is counted through whenever one of them moves; of a larger one only what
 * that pin changes. */
enum { PINS_SMALL = 64 };

struct place {
    uint8_t x, y; /* below SIDE_MOST */
};
struct cell {
    int kind, flags, clk, lsr, ce;
    int first, count; /* of its links */
    int lc;           /* its place in the tile; of a multiplier or block RAM: number of its site */
    int pins;         /* those that count in a field: none if it is not in a tile of logic */
};
struct link { /* a net of a cell, and the first pin that it has there */
    int net, pin;
};
struct box { /* around a net's pins; n..: pins on that edge */
    int x0, x1, y0, y1, nx0, nx1, ny0, ny1;
};
/* Box and timed are kept up to date of large nets only. */
struct net_cost {
    double cost, timed; /* timed: the share of the delays */
    struct box box;
};
struct net {
    int driver, out, domain, start; /* as in timing.h, start in ps */
    int first, count;               /* of its pins: the driver, then the sinks */
    double weight;                  /* of its wires: more for nets of many pins */
    struct net_cost now;
};
struct pin {
    int cell, in, domain;
    float weight; /* of its delay; none worth counting up to WEIGHT_LEAST */
};
static const float WEIGHT_LEAST = 0.05f;

struct netlist {
    int cells, nets, pins;
    struct cell *cell;
    struct place *place; /* of each cell */
    struct net *net;
    struct pin *pin;
    struct link *link;
    int width, height; /* no cell is beyond */
};

void netlist_read(struct netlist *netlist, const struct numbers *from);
struct box netlist_box(const struct netlist *netlist, const struct net *net);
/* A pin went. False: it was the last one on an edge, so the box must be made anew. */
bool box_move(struct box *box, struct place from, struct place to);

static inline bool is_hard(const struct cell *cell)
{
    return cell->kind >= MULTIPLIER;
}
static inline bool in_tile(const struct cell *cell)
{
    return cell->kind != FIXED && !is_hard(cell);
}
/* Of a wire, in ns at grade 6, much as nextpnr predicts it. */
static inline double delay_between(struct place from, struct place to)
{
    int dx = abs(from.x - to.x), dy = abs(from.y - to.y);
    if (dx + dy == 0)
        return 0;
    return 0.1 * (3 + (dx > 5 ? dx - 5 : 0) + (dy > 5 ? dy - 5 : 0) +
                  2 * ((dx < 5 ? dx : 5) + (dy < 5 ? dy : 5)));
}

#endif
