// SPDX-License-Identifier: Apache-2.0
/* Moves: what is tried, one after another. Each names what may change places with what; whether it
 * does so is the cost's and the temperature's to decide (change.h), as long as the chip allows it
 * (tiles.h). */
#ifndef SNAP_REFINE_MOVES_H
#define SNAP_REFINE_MOVES_H

#include "placement.h"

struct cells {
    int count, *cell;
};
struct moves {
    struct cells logic; /* LUTs and registers that may go alone */
    struct cells runs;  /* first cells of carry chains' tiles, and RAMs */
    struct cells hard;  /* multipliers and block RAMs */
};
/* Of a step of the annealing. */
struct phase {
    double temperature;
    int range; /* how far a cell may go, in tiles */
    int runs_percent, hard_permille;
    double hard_heat; /* many nets hang on a hard cell: so much hotter than the logic */
};
/* Moves of logic are all that are no other. */
struct tally {
    long done, runs, runs_done, hard, hard_done;
};

void moves_prepare(struct moves *moves, const struct placement *placement);
void moves_try(const struct moves *moves, struct placement *placement, const struct phase *phase,
               struct tally *tally);

/* Where a cell might go: near another pin of one of its nets, or anywhere around it. False if that
 * is no tile of logic. */
bool moves_target(const struct placement *placement, int cell, int range, int *x, int *y);

/* logic.c: a LUT, a register or both change places with those of another logic cell. */
bool logic_move(struct placement *placement, int cell, const struct phase *phase);
/* runs.c: the contents of tiles, from where a carry chain begins to where it ends, change places
 * with those of others. This is how chains and RAMs move. */
bool runs_move(struct placement *placement, int cell, const struct phase *phase);
/* hard.c: a multiplier or block RAM changes places with the content of another site. */
bool hard_move(struct placement *placement, int cell, int site, const struct phase *phase);

#endif
