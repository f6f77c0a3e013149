// SPDX-License-Identifier: Apache-2.0
#include "change.h"
#include "dice.h"
#include "moves.h"

/* Tiles side by side in a row. */
struct run {
    int x, y, length;
};
/* Tiles whose contents change places: what is in from goes to to. Both name the same tiles. */
struct plan {
    int count;
    struct place from[CHANGE_TILES], to[CHANGE_TILES];
};
enum { LONGEST = CHANGE_TILES / 2 };
/* How many tiles a run may grow by until no carry chain crosses its ends. */
enum { GROWTH = 2 };

/* Whether a carry chain goes on to the right of the tile. */
static bool crosses(const struct tiles *tiles, int x, int y)
{
    return x >= 0 && tiles->at[y][x].crosses > 0;
}

static void add(struct plan *plan, int from_x, int from_y, int to_x, int to_y)
{
    plan->from[plan->count] = (struct place){(uint8_t)from_x, (uint8_t)from_y};
    plan->to[plan->count++] = (struct place){(uint8_t)to_x, (uint8_t)to_y};
}

static bool carry_out(struct placement *placement, const struct plan *plan, double temperature)
{
    const struct cell *cells = placement->netlist.cell;
    change_begin(placement, plan->from, plan->count);
    for (int i = 0; i < plan->count; i++) {
        const struct tile *tile = &placement->tiles.at[plan->from[i].y][plan->from[i].x];
        for (int lc = 0; lc < LCS; lc++)
            for (int k = 0; k < 2; k++)
                change_move(placement, tile->cell[lc][k], plan->to[i], lc);
        if (tile->ramw >= 0)
            change_move(placement, tile->ramw, plan->to[i], cells[tile->ramw].lc);
    }
    if (!change_settle(placement, change_cost(placement), temperature))
        return false;
    struct tile contents[CHANGE_TILES];
    for (int i = 0; i < plan->count; i++)
        contents[i] = placement->tiles.at[plan->from[i].y][plan->from[i].x];
    for (int i = 0; i < plan->count; i++)
        placement->tiles.at[plan->to[i].y][plan->to[i].x] = contents[i];
    return true;
}

/* With as many tiles from (x, y) on. */
static bool swap(struct placement *placement, struct run run, int x, int y, double temperature)
{
    const struct tiles *tiles = &placement->tiles;
    int most = run.length + GROWTH;
    while (run.length <= most && tiles_have(tiles, run.x, run.y) && tiles_have(tiles, x, y) &&
           (crosses(tiles, run.x - 1, run.y) || crosses(tiles, x - 1, y)))
        run.x--, x--, run.length++;
    while (run.length <= most && tiles_have(tiles, run.x + run.length - 1, run.y) &&
           tiles_have(tiles, x + run.length - 1, y) &&
           (crosses(tiles, run.x + run.length - 1, run.y) || crosses(tiles, x + run.length - 1, y)))
        run.length++;
    if (run.length > most || run.length > LONGEST || (run.y == y && abs(run.x - x) < run.length))
        return false;
    struct plan plan = {.count = 0};
    for (int i = 0; i < run.length; i++) {
        if (!tiles_have(tiles, run.x + i, run.y) || !tiles_have(tiles, x + i, y))
            return false;
        add(&plan, run.x + i, run.y, x + i, y);
        add(&plan, x + i, y, run.x + i, run.y);
    }
    return carry_out(placement, &plan, temperature);
}

/* With what follows it, at least so many tiles. */
static bool shift(struct placement *placement, struct run run, int following, double temperature)
{
    const struct tiles *tiles = &placement->tiles;
    int length = run.length + following, most = length + GROWTH;
    while (length <= most && tiles_have(tiles, run.x + length - 1, run.y) &&
           crosses(tiles, run.x + length - 1, run.y))
        length++;
    if (length > most || length > LONGEST)
        return false;
    struct plan plan = {.count = 0};
    for (int i = 0; i < length; i++) {
        if (!tiles_have(tiles, run.x + i, run.y))
            return false;
        add(&plan, run.x + i, run.y,
            run.x + (i < run.length ? i + length - run.length : i - run.length), run.y);
    }
    return carry_out(placement, &plan, temperature);
}

/* With what comes before it, by having that go behind it. */
static bool shift_back(struct placement *placement, struct run run, double temperature)
{
    enum { MOST = 5 };
    const struct tiles *tiles = &placement->tiles;
    int before = 1 + dice_below(3);
    while (before < MOST && tiles_have(tiles, run.x - before, run.y) &&
           crosses(tiles, run.x - before - 1, run.y))
        before++;
    if (!tiles_have(tiles, run.x - before, run.y) || crosses(tiles, run.x - before - 1, run.y))
        return false;
    return shift(placement, (struct run){run.x - before, run.y, before}, run.length, temperature);
}

bool runs_move(struct placement *placement, int cell, const struct phase *phase)
{
    struct place at = placement->netlist.place[cell];
    struct run run = {at.x, at.y, 1};
    for (; crosses(&placement->tiles, run.x - 1, run.y); run.x--)
        run.length++;
    while (crosses(&placement->tiles, run.x + run.length - 1, run.y))
        run.length++;
    if (dice_below(3) == 0) {
        if (dice_below(2))
            return shift(placement, run, 1 + dice_below(3), phase->temperature);
        return shift_back(placement, run, phase->temperature);
    }
    int x, y;
    return moves_target(placement, cell, phase->range, &x, &y) &&
           swap(placement, run, x + run.x - at.x, y, phase->temperature);
}
