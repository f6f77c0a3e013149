// SPDX-License-Identifier: Apache-2.0
#include "cost.h"

double cost_timed(const struct netlist *netlist, const struct net *net)
{
    struct place from = netlist->place[net->driver];
    double timed = 0;
    for (int p = net->first + 1; p < net->first + net->count; p++) {
        const struct pin *pin = &netlist->pin[p];
        if (pin->weight > WEIGHT_LEAST)
            timed += (double)pin->weight * delay_between(from, netlist->place[pin->cell]);
    }
    return timed;
}

/* Box and delays in one go. */
static double cost_of_small(const struct placement *placement, const struct net *net)
{
    const struct netlist *netlist = &placement->netlist;
    struct place from = netlist->place[net->driver];
    int x0 = from.x, x1 = from.x, y0 = from.y, y1 = from.y;
    double timed = 0;
    for (int p = net->first + 1; p < net->first + net->count; p++) {
        const struct pin *pin = &netlist->pin[p];
        struct place to = netlist->place[pin->cell];
        x0 = to.x < x0 ? to.x : x0;
        x1 = to.x > x1 ? to.x : x1;
        y0 = to.y < y0 ? to.y : y0;
        y1 = to.y > y1 ? to.y : y1;
        if (pin->weight > WEIGHT_LEAST)
            timed += (double)pin->weight * delay_between(from, to);
    }
    return prices_of(&placement->prices, net->weight, x0, x1, y0, y1) + timed;
}

static double wires_in_box(const struct placement *placement, const struct net *net)
{
    const struct box *box = &net->now.box;
    return prices_of(&placement->prices, net->weight, box->x0, box->x1, box->y0, box->y1);
}

double cost_of(const struct placement *placement, const struct net *net)
{
    if (net->count > PINS_SMALL)
        return wires_in_box(placement, net) + net->now.timed;
    return cost_of_small(placement, net);
}

struct cost cost_total(struct placement *placement)
{
    struct cost total = {0};
    for (int n = 0; n < placement->netlist.nets; n++) {
        struct net *net = &placement->netlist.net[n];
        struct net_cost *now = &net->now;
        now->timed = net->count > PINS_SMALL ? cost_timed(&placement->netlist, net) : 0;
        now->cost = cost_of(placement, net);
        double wires = wires_in_box(placement, net);
        total.length += now->box.x1 - now->box.x0 + now->box.y1 - now->box.y0;
        total.wires += wires;
        total.timing += now->cost - wires;
    }
    for (int y = 0; y < FIELDS; y++)
        for (int x = 0; x < FIELDS; x++)
            total.fields += fields_cost(&placement->fields, x, y);
    return total;
}
