// SPDX-License-Identifier: Apache-2.0
#include "change.h"
#include "dice.h"
#include "moves.h"

struct slot {
    struct place place;
    struct tile *tile;
    int lc;
};
/* Of a logic cell: what goes. */
struct parts {
    bool goes[2]; /* LUT, register */
};

static void exchange(struct slot a, struct slot b, struct parts parts)
{
    for (int k = 0; k < 2; k++)
        if (parts.goes[k]) {
            int cell = a.tile->cell[a.lc][k];
            a.tile->cell[a.lc][k] = b.tile->cell[b.lc][k];
            b.tile->cell[b.lc][k] = cell;
        }
}

static bool may_exchange(const struct cell *cells, struct slot a, struct slot b, struct parts parts)
{
    if (parts.goes[0] &&
        (comb_fixed(cells, a.tile->cell[a.lc][0]) || comb_fixed(cells, b.tile->cell[b.lc][0])))
        return false;
    return parts.goes[0] == parts.goes[1] ||
           (!ff_locked(cells, a.tile, a.lc) && !ff_locked(cells, b.tile, b.lc));
}

static void number(struct cell *cells, struct slot slot)
{
    for (int k = 0; k < 2; k++)
        if (slot.tile->cell[slot.lc][k] >= 0)
            cells[slot.tile->cell[slot.lc][k]].lc = slot.lc;
}

static bool between_tiles(struct placement *placement, struct slot a, struct slot b,
                          struct parts parts, double temperature)
{
    change_begin(placement, (const struct place[]){a.place, b.place}, 2);
    for (int k = 0; k < 2; k++)
        if (parts.goes[k]) { /* exchanged already */
            change_move(placement, b.tile->cell[b.lc][k], b.place, b.lc);
            change_move(placement, a.tile->cell[a.lc][k], a.place, a.lc);
        }
    return change_settle(placement, change_cost(placement), temperature);
}

static bool swap(struct placement *placement, struct slot a, struct slot b, struct parts parts,
                 double temperature)
{
    struct cell *cells = placement->netlist.cell;
    if (!may_exchange(cells, a, b, parts))
        return false;
    exchange(a, b, parts);
    if (tile_ok(a.tile, cells) && (a.tile == b.tile || tile_ok(b.tile, cells))) {
        if (a.tile == b.tile) { /* costs nothing */
            number(cells, a);
            number(cells, b);
            return true;
        }
        if (between_tiles(placement, a, b, parts, temperature))
            return true;
    }
    exchange(a, b, parts);
    return false;
}

bool logic_move(struct placement *placement, int cell, const struct phase *phase)
{
    const struct cell *cells = placement->netlist.cell;
    struct place at = placement->netlist.place[cell];
    int x, y;
    if (!moves_target(placement, cell, phase->range, &x, &y))
        return false;
    struct slot from = {at, &placement->tiles.at[at.y][at.x], cells[cell].lc};
    struct slot to = {{(uint8_t)x, (uint8_t)y}, &placement->tiles.at[y][x], dice_below(LCS)};
    if (from.tile == to.tile && from.lc == to.lc)
        return false;
    bool both = ff_locked(cells, from.tile, from.lc) || ff_locked(cells, to.tile, to.lc) ||
                dice_below(4) == 0;
    struct parts parts = {{both || cells[cell].kind == COMB, both || cells[cell].kind == FF}};
    return swap(placement, from, to, parts, phase->temperature);
}
