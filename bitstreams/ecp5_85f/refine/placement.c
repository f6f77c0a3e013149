// SPDX-License-Identifier: Apache-2.0
#include "placement.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void read_sites(struct placement *placement, int kind, const struct numbers *from)
{
    struct sites *sites = &placement->sites[kind - MULTIPLIER];
    sites->count = numbers_next(from, 0, SIDE_MOST * SIDE_MOST);
    sites->site = allocate((uint64_t)sites->count, sizeof *sites->site);
    for (int i = 0; i < sites->count; i++) {
        int x = numbers_next(from, 0, SIDE_MOST - 1), y = numbers_next(from, 0, SIDE_MOST - 1);
        sites->site[i] = (struct site){{(uint8_t)x, (uint8_t)y}, -1};
    }
    for (int c = 0; c < placement->netlist.cells; c++) {
        const struct cell *cell = &placement->netlist.cell[c];
        if (cell->kind != kind)
            continue;
        if (cell->lc < 0 || cell->lc >= sites->count || sites->site[cell->lc].cell >= 0)
            fail(from->path, "a multiplier or block RAM is at no site of its own");
        sites->site[cell->lc].cell = c;
    }
}

void placement_read(struct placement *placement, const char *path)
{
    struct numbers from = numbers_open(path);
    netlist_read(&placement->netlist, &from);
    tiles_read(&placement->tiles, &placement->netlist, &from);
    for (int kind = MULTIPLIER; kind < MULTIPLIER + HARD_KINDS; kind++)
        read_sites(placement, kind, &from);
    numbers_close(&from);
    placement_check(placement, "the placement breaks a rule of a tile");
    placement->kept = allocate((uint64_t)placement->netlist.cells, sizeof *placement->kept);
}

void placement_check(struct placement *placement, const char *message)
{
    if (!tiles_ok(&placement->tiles, placement->netlist.cell))
        fail("refine", message);
    tiles_find_crossings(&placement->tiles, &placement->netlist);
}

void placement_keep(struct placement *placement)
{
    const struct netlist *netlist = &placement->netlist;
    for (int c = 0; c < netlist->cells; c++)
        placement->kept[c] = (struct kept){netlist->place[c], netlist->cell[c].lc};
}

void placement_write(const struct placement *placement, const char *path)
{
    FILE *file = fopen(path, "w");
    if (file == NULL)
        fail(path, strerror(errno));
    for (int c = 0; c < placement->netlist.cells; c++) {
        const struct kept *kept = &placement->kept[c];
        if (placement->netlist.cell[c].kind != FIXED)
            fprintf(file, "%d %d %d %d\n", c, kept->place.x, kept->place.y, kept->lc);
    }
    if (fclose(file) != 0)
        fail(path, strerror(errno));
}
