// SPDX-License-Identifier: Apache-2.0
/* The tiles of logic, what is in them, and what the chip demands of that. */
#ifndef SNAP_REFINE_TILES_H
#define SNAP_REFINE_TILES_H

#include "netlist.h"

enum { LCS = 8 }; /* logic cells of a tile, two a slice */

struct tile {
    int cell[LCS][2]; /* COMB, FF; -1: none */
    int ramw;         /* -1: none */
    int crosses;      /* carry chains that go on in the next tile */
};
struct tiles {
    struct tile at[SIDE_MOST][SIDE_MOST]; /* [y][x] */
    bool is_logic[SIDE_MOST][SIDE_MOST];
    int count;
};

/* Puts the netlist's cells into their tiles, then reads where there is logic. */
void tiles_read(struct tiles *tiles, const struct netlist *netlist, const struct numbers *from);
/* Ends the program if a carry chain goes on anywhere but in the same tile or the next. */
void tiles_find_crossings(struct tiles *tiles, const struct netlist *netlist);
/* Registers of a tile share clock and reset, and with a RAM its clock; those of a slice the clock
 * enable; a carry chain has a slice for itself; so has a RAM's write port, but for the LUTs that
 * it makes unusable. */
bool tile_ok(const struct tile *tile, const struct cell *cells);
bool tiles_ok(const struct tiles *tiles, const struct cell *cells);

/* Whether a run may go on there; no further left than a tile has a neighbour. */
static inline bool tiles_have(const struct tiles *tiles, int x, int y)
{
    return x >= 1 && y >= 0 && x < SIDE_MOST && y < SIDE_MOST && tiles->is_logic[y][x];
}
/* Of carry chains and RAMs: moves with its whole tile or not at all. */
static inline bool comb_fixed(const struct cell *cells, int comb)
{
    return comb >= 0 && (cells[comb].flags & (CARRY | LUTRAM | RAMW_BLOCK));
}
/* The register there stays behind its LUT. */
static inline bool ff_locked(const struct cell *cells, const struct tile *tile, int lc)
{
    return tile->cell[lc][1] >= 0 && (cells[tile->cell[lc][1]].flags & LOCKED);
}

#endif
