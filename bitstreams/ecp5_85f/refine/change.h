// SPDX-License-Identifier: Apache-2.0
/* A change of the placement: cells go elsewhere, and it is kept or they go back. There is one at a
 * time. What is in tiles and sites is the caller's to change; cells' places are changed here. */
#ifndef SNAP_REFINE_CHANGE_H
#define SNAP_REFINE_CHANGE_H

#include "placement.h"

enum { CHANGE_TILES = 64, CHANGE_CELLS = CHANGE_TILES * (2 * LCS + 1) }; /* at most */

void change_prepare(const struct netlist *netlist);
/* Of cells in these tiles. */
void change_begin(const struct placement *placement, const struct place *tiles, int count);
/* No cell if it is negative. Each may go once. */
void change_move(struct placement *placement, int cell, struct place to, int lc);
/* What the placement costs more, once all cells have gone. */
double change_cost(struct placement *placement);
/* Keeps what costs less and, the hotter the likelier, what costs so much more. Otherwise the cells
 * go back: false. */
bool change_settle(struct placement *placement, double more, double temperature);

#endif
