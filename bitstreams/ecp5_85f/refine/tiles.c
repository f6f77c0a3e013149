// SPDX-License-Identifier: Apache-2.0
#include "tiles.h"

#include "../router/timing.h"

static void put_cells(struct tiles *tiles, const struct netlist *netlist)
{
    for (int y = 0; y < SIDE_MOST; y++)
        for (int x = 0; x < SIDE_MOST; x++) {
            for (int lc = 0; lc < LCS; lc++)
                tiles->at[y][x].cell[lc][0] = tiles->at[y][x].cell[lc][1] = -1;
            tiles->at[y][x].ramw = -1;
        }
    for (int c = 0; c < netlist->cells; c++) {
        const struct cell *cell = &netlist->cell[c];
        if (!in_tile(cell))
            continue;
        struct tile *tile = &tiles->at[netlist->place[c].y][netlist->place[c].x];
        if (cell->lc < 0 || cell->lc >= LCS)
            fail("tiles", "a cell is in no place of its tile");
        int *place = cell->kind == RAMW ? &tile->ramw : &tile->cell[cell->lc][cell->kind == FF];
        if (*place >= 0)
            fail("tiles", "two cells are in one place");
        *place = c;
    }
}

void tiles_read(struct tiles *tiles, const struct netlist *netlist, const struct numbers *from)
{
    put_cells(tiles, netlist);
    tiles->count = numbers_next(from, 1, SIDE_MOST * SIDE_MOST);
    for (int i = 0; i < tiles->count; i++) {
        int x = numbers_next(from, 0, SIDE_MOST - 1), y = numbers_next(from, 0, SIDE_MOST - 1);
        tiles->is_logic[y][x] = true;
    }
}

void tiles_find_crossings(struct tiles *tiles, const struct netlist *netlist)
{
    for (int y = 0; y < SIDE_MOST; y++)
        for (int x = 0; x < SIDE_MOST; x++)
            tiles->at[y][x].crosses = 0;
    for (int n = 0; n < netlist->nets; n++) {
        const struct net *net = &netlist->net[n];
        struct place from = netlist->place[net->driver];
        for (int p = net->first + 1; p < net->first + net->count && net->out == OUT_FCO; p++) {
            struct place to = netlist->place[netlist->pin[p].cell];
            if (netlist->pin[p].in != IN_FCI || (to.x == from.x && to.y == from.y))
                continue;
            if (to.x != from.x + 1 || to.y != from.y)
                fail("tiles", "a carry chain is torn");
            tiles->at[from.y][from.x].crosses++;
        }
    }
}

static bool slice_ok(const struct tile *tile, const struct cell *cells, int slice)
{
    enum { RAMW_SLICE = 2 };
    const int *low = tile->cell[2 * slice], *high = tile->cell[2 * slice + 1];
    int a = low[0], b = high[0], c = low[1], d = high[1];
    if (c >= 0 && d >= 0 && cells[c].ce != cells[d].ce)
        return false;
    if (a >= 0 && b >= 0 && (cells[a].flags & CARRY) != (cells[b].flags & CARRY))
        return false;
    return slice != RAMW_SLICE || tile->ramw < 0 ||
           ((a < 0 || cells[a].flags & RAMW_BLOCK) && (b < 0 || cells[b].flags & RAMW_BLOCK));
}

static bool registers_ok(const struct tile *tile, const struct cell *cells)
{
    enum { RAM_LCS = 4, COMMON = CLKINV | LSRINV | ASYNC };
    const struct cell *first = NULL, *ram = NULL;
    for (int lc = 0; lc < RAM_LCS; lc++)
        if (tile->cell[lc][0] >= 0 && (cells[tile->cell[lc][0]].flags & LUTRAM))
            ram = &cells[tile->cell[lc][0]];
    for (int lc = 0; lc < LCS; lc++) {
        if (tile->cell[lc][1] < 0)
            continue;
        const struct cell *ff = &cells[tile->cell[lc][1]];
        if (first == NULL)
            first = ff;
        else if (ff->clk != first->clk || ff->lsr != first->lsr ||
                 (ff->flags & COMMON) != (first->flags & COMMON))
            return false;
        if (ram != NULL && (!!(ff->flags & CLKINV) != !!(ram->flags & WCKINV) ||
                            !!(ff->flags & LSRINV) != !!(ram->flags & WREINV)))
            return false;
    }
    return true;
}

bool tile_ok(const struct tile *tile, const struct cell *cells)
{
    for (int slice = 0; slice < LCS / 2; slice++)
        if (!slice_ok(tile, cells, slice))
            return false;
    return registers_ok(tile, cells);
}

bool tiles_ok(const struct tiles *tiles, const struct cell *cells)
{
    for (int y = 0; y < SIDE_MOST; y++)
        for (int x = 0; x < SIDE_MOST; x++)
            if (!tile_ok(&tiles->at[y][x], cells))
                return false;
    return true;
}
