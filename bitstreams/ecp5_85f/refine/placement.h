// SPDX-License-Identifier: Apache-2.0
/* A netlist on the chip, with all that tells whether it is placed well. What tiles and sites say of
 * their cells, and cells of their place and lc, is the same between any two moves. */
#ifndef SNAP_REFINE_PLACEMENT_H
#define SNAP_REFINE_PLACEMENT_H

#include "fields.h"
#include "netlist.h"
#include "prices.h"
#include "tiles.h"

enum { HARD_KINDS = 2 }; /* multipliers, block RAMs */

struct site {
    struct place place;
    int cell; /* -1: free */
};
struct sites {
    struct site *site;
    int count;
};
struct kept {
    struct place place;
    int lc;
};
struct placement {
    struct netlist netlist;
    struct tiles tiles;
    struct sites sites[HARD_KINDS];
    struct fields fields;
    struct prices prices;
    struct kept *kept; /* of each cell */
};

/* Reads what refine.py writes, all but fields and prices. Ends the program with a message if that
 * is not right or if the placement breaks a rule of the tiles. */
void placement_read(struct placement *placement, const char *path);
/* Ends the program with that message if a rule of the tiles is broken, or if a carry chain is torn;
 * finds where the chains go on. */
void placement_check(struct placement *placement, const char *message);
/* Keeps it as it is, instead of what was kept before. */
void placement_keep(struct placement *placement);
/* What was kept: a line "cell x y lc" for every cell that can move. */
void placement_write(const struct placement *placement, const char *path);

static inline struct sites *placement_sites(struct placement *placement, int cell)
{
    return &placement->sites[placement->netlist.cell[cell].kind - MULTIPLIER];
}

#endif
