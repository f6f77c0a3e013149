// SPDX-License-Identifier: Apache-2.0
#include "netlist.h"

#include <string.h>

#include "../router/timing.h"

enum { MOST = 1 << 24 };

/* VPR's: how much longer than half its perimeter a net becomes. */
static double crossings(int pins)
{
    static const double FEW[] = {1,      1,      1,      1,      1.0828, 1.1536,
                                 1.2206, 1.2823, 1.3385, 1.3991, 1.4493};
    if (pins <= 10)
        return FEW[pins];
    if (pins <= 50)
        return 1.4493 + (pins - 10) * 0.0335;
    return 2.79 + 0.02616 * (pins - 50);
}

static void read_cell(struct netlist *netlist, int c, const struct numbers *from)
{
    struct cell *cell = &netlist->cell[c];
    cell->kind = numbers_next(from, FIXED, BLOCK_RAM);
    int x = numbers_next(from, 0, SIDE_MOST - 1), y = numbers_next(from, 0, SIDE_MOST - 1);
    cell->lc = numbers_next(from, -1, MOST);
    cell->flags = numbers_next(from, 0, 31);
    cell->clk = numbers_next(from, -1, INT32_MAX);
    cell->lsr = numbers_next(from, -1, INT32_MAX);
    cell->ce = numbers_next(from, -1, MOST);
    netlist->place[c] = (struct place){(uint8_t)x, (uint8_t)y};
    netlist->width = x >= netlist->width ? x + 1 : netlist->width;
    netlist->height = y >= netlist->height ? y + 1 : netlist->height;
}

static void read_net(struct netlist *netlist, int n, int first, const struct numbers *from)
{
    struct net *net = &netlist->net[n];
    net->count = numbers_next(from, 1, netlist->pins - first);
    net->out = numbers_next(from, OUT_F, OUT_SEQUENTIAL);
    net->domain = numbers_next(from, -1, TIMING_DOMAINS - 1);
    net->start = numbers_next(from, 0, 100000);
    net->first = first;
    net->weight = crossings(net->count);
    for (int p = first; p < first + net->count; p++) {
        struct pin *pin = &netlist->pin[p];
        pin->cell = numbers_next(from, 0, netlist->cells - 1);
        pin->in = numbers_next(from, IN_COMB, IN_IGNORED);
        pin->domain = numbers_next(from, -1, TIMING_DOMAINS - 1);
        netlist->cell[pin->cell].pins += in_tile(&netlist->cell[pin->cell]);
    }
    net->driver = netlist->pin[first].cell;
}

/* The nets of each cell, each once: counted first, then written down. */
static void link_cells(struct netlist *netlist)
{
    /* Of each cell: the net that was linked last, + 1. */
    int *last = allocate((uint64_t)netlist->cells, sizeof *last);
    netlist->link = allocate((uint64_t)netlist->pins, sizeof *netlist->link);
    for (int write = 0; write < 2; write++) {
        memset(last, 0, (size_t)netlist->cells * sizeof *last);
        for (int c = 0, first = 0; c < netlist->cells && write; c++) {
            struct cell *cell = &netlist->cell[c];
            cell->first = first;
            first += cell->count;
            cell->count = 0;
        }
        for (int n = 0; n < netlist->nets; n++) {
            const struct net *net = &netlist->net[n];
            for (int p = net->first; p < net->first + net->count; p++) {
                struct cell *cell = &netlist->cell[netlist->pin[p].cell];
                if (last[netlist->pin[p].cell] == n + 1)
                    continue;
                last[netlist->pin[p].cell] = n + 1;
                if (write)
                    netlist->link[cell->first + cell->count] = (struct link){n, p};
                cell->count++;
            }
        }
    }
    free(last);
}

void netlist_read(struct netlist *netlist, const struct numbers *from)
{
    netlist->cells = numbers_next(from, 1, MOST);
    netlist->nets = numbers_next(from, 0, MOST);
    netlist->pins = numbers_next(from, 0, MOST);
    netlist->cell = allocate((uint64_t)netlist->cells, sizeof *netlist->cell);
    netlist->place = allocate((uint64_t)netlist->cells, sizeof *netlist->place);
    netlist->net = allocate((uint64_t)netlist->nets, sizeof *netlist->net);
    netlist->pin = allocate((uint64_t)netlist->pins, sizeof *netlist->pin);
    for (int c = 0; c < netlist->cells; c++)
        read_cell(netlist, c, from);
    int first = 0;
    for (int n = 0; n < netlist->nets; n++) {
        read_net(netlist, n, first, from);
        first += netlist->net[n].count;
    }
    if (first != netlist->pins)
        fail(from->path, "fewer pins than announced");
    link_cells(netlist);
}

static void take_in(int *edge, int *pins, int at, bool beyond)
{
    if (beyond)
        *edge = at, *pins = 1;
    else if (at == *edge)
        (*pins)++;
}

static void box_add(struct box *box, struct place at)
{
    take_in(&box->x0, &box->nx0, at.x, at.x < box->x0);
    take_in(&box->x1, &box->nx1, at.x, at.x > box->x1);
    take_in(&box->y0, &box->ny0, at.y, at.y < box->y0);
    take_in(&box->y1, &box->ny1, at.y, at.y > box->y1);
}

struct box netlist_box(const struct netlist *netlist, const struct net *net)
{
    struct box box = {.x0 = SIDE_MOST, .x1 = -1, .y0 = SIDE_MOST, .y1 = -1};
    for (int p = net->first; p < net->first + net->count; p++)
        box_add(&box, netlist->place[netlist->pin[p].cell]);
    return box;
}

bool box_move(struct box *box, struct place from, struct place to)
{
    box->nx0 -= from.x == box->x0;
    box->nx1 -= from.x == box->x1;
    box->ny0 -= from.y == box->y0;
    box->ny1 -= from.y == box->y1;
    box_add(box, to);
    return box->nx0 > 0 && box->nx1 > 0 && box->ny0 > 0 && box->ny1 > 0;
}
