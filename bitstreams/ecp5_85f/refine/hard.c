// SPDX-License-Identifier: Apache-2.0
#include "change.h"
#include "moves.h"

bool hard_move(struct placement *placement, int cell, int site, const struct phase *phase)
{
    struct site *sites = placement_sites(placement, cell)->site;
    int home = placement->netlist.cell[cell].lc, other = sites[site].cell;
    change_begin(placement, NULL, 0);
    change_move(placement, cell, sites[site].place, site);
    change_move(placement, other, sites[home].place, home);
    double more = change_cost(placement) / phase->hard_heat;
    if (!change_settle(placement, more, phase->temperature))
        return false;
    sites[site].cell = cell;
    sites[home].cell = other;
    return true;
}
