// SPDX-License-Identifier: Apache-2.0
#include "moves.h"

#include "dice.h"

enum { HARD_REACH = 25 }; /* tiles further than logic may go: their sites are in few rows */

static void add(struct cells *cells, int cell, bool belongs)
{
    if (belongs)
        cells->cell[cells->count++] = cell;
}

/* A register behind a LUT that does not go alone does not either. */
static bool goes_alone(const struct placement *placement, int c)
{
    const struct cell *cells = placement->netlist.cell;
    struct place at = placement->netlist.place[c];
    if (cells[c].kind == COMB)
        return !comb_fixed(cells, c);
    return cells[c].kind == FF &&
           !((cells[c].flags & LOCKED) &&
             comb_fixed(cells, placement->tiles.at[at.y][at.x].cell[cells[c].lc][0]));
}

void moves_prepare(struct moves *moves, const struct placement *placement)
{
    uint64_t count = (uint64_t)placement->netlist.cells;
    moves->logic.cell = allocate(count, sizeof *moves->logic.cell);
    moves->runs.cell = allocate(count, sizeof *moves->runs.cell);
    moves->hard.cell = allocate(count, sizeof *moves->hard.cell);
    for (int c = 0; c < placement->netlist.cells; c++) {
        const struct cell *cell = &placement->netlist.cell[c];
        add(&moves->logic, c, goes_alone(placement, c));
        add(&moves->runs, c,
            cell->kind == RAMW || (cell->kind == COMB && (cell->flags & CARRY) && cell->lc == 0));
        add(&moves->hard, c, is_hard(cell));
    }
}

static int draw(const struct cells *cells)
{
    return cells->cell[dice_below(cells->count)];
}

static void try_hard(struct placement *placement, int cell, const struct phase *phase,
                     struct tally *tally)
{
    const struct sites *sites = placement_sites(placement, cell);
    int site = dice_below(sites->count), reach = phase->range + HARD_REACH;
    struct place from = placement->netlist.place[cell], to = sites->site[site].place;
    if (site == placement->netlist.cell[cell].lc || abs(to.x - from.x) > reach ||
        abs(to.y - from.y) > reach)
        return;
    tally->hard++;
    tally->hard_done += hard_move(placement, cell, site, phase);
}

void moves_try(const struct moves *moves, struct placement *placement, const struct phase *phase,
               struct tally *tally)
{
    if (moves->hard.count > 0 && dice_below(1000) < phase->hard_permille) {
        try_hard(placement, draw(&moves->hard), phase, tally);
    } else if (moves->runs.count > 0 && dice_below(100) < phase->runs_percent) {
        tally->runs++;
        tally->runs_done += runs_move(placement, draw(&moves->runs), phase);
    } else if (moves->logic.count > 0) {
        tally->done += logic_move(placement, draw(&moves->logic), phase);
    }
}

static int within(int value, int reach)
{
    return value < -reach ? -reach : value > reach ? reach : value;
}

/* Not all the way: between here and there. */
static bool near_net(const struct netlist *netlist, int cell, int range, int *x, int *y)
{
    const struct cell *from = &netlist->cell[cell];
    const struct net *net = &netlist->net[netlist->link[from->first + dice_below(from->count)].net];
    if (net->count > PINS_SMALL)
        return false;
    struct place here = netlist->place[cell];
    struct place there = netlist->place[netlist->pin[net->first + dice_below(net->count)].cell];
    int dx = there.x + dice_below(5) - 2 - here.x;
    int dy = there.y + dice_below(5) - 2 - here.y;
    *x = here.x + within(dx, 2 * range);
    *y = here.y + within(dy, 2 * range);
    return true;
}

bool moves_target(const struct placement *placement, int cell, int range, int *x, int *y)
{
    const struct netlist *netlist = &placement->netlist;
    bool by_net = dice_32() & 1 && netlist->cell[cell].count > 0;
    if (!by_net || !near_net(netlist, cell, range, x, y)) {
        *x = netlist->place[cell].x + dice_below(2 * range + 1) - range;
        *y = netlist->place[cell].y + dice_below(2 * range + 1) - range;
    }
    return *x >= 0 && *y >= 0 && *x < netlist->width && *y < netlist->height &&
           placement->tiles.is_logic[*y][*x];
}
