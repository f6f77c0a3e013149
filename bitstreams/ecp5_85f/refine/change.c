// SPDX-License-Identifier: Apache-2.0
#include "change.h"

#include <math.h>

#include "cost.h"
#include "dice.h"

struct moved { /* where the cell was */
    int cell, lc;
    struct place place;
};
static struct moved moved[CHANGE_CELLS];
static int moved_count;

struct saved { /* what the net cost; anew: its box and delays have to be made anew */
    int net;
    bool anew;
    struct net_cost before;
};
static struct saved *saved;
static int saved_count;

struct seen { /* of each net: the last change that it was saved in, and where */
    uint32_t change;
    int at;
};
static struct seen *seen;
static uint32_t change;

/* The fields of the tiles, each once, and their cost before. */
static struct place fields[CHANGE_TILES];
static int fields_count;
static double fields_before;

void change_prepare(const struct netlist *netlist)
{
    saved = allocate((uint64_t)netlist->nets, sizeof *saved);
    seen = allocate((uint64_t)netlist->nets, sizeof *seen);
}

static double cost_of_fields(const struct placement *placement)
{
    double sum = 0;
    for (int i = 0; i < fields_count; i++)
        sum += fields_cost(&placement->fields, fields[i].x, fields[i].y);
    return sum;
}

static bool has_field(struct place field)
{
    for (int i = 0; i < fields_count; i++)
        if (fields[i].x == field.x && fields[i].y == field.y)
            return true;
    return false;
}

void change_begin(const struct placement *placement, const struct place *tiles, int count)
{
    moved_count = fields_count = 0;
    for (int i = 0; i < count; i++) {
        struct place field = {tiles[i].x / FIELD, tiles[i].y / FIELD};
        if (!has_field(field))
            fields[fields_count++] = field;
    }
    fields_before = cost_of_fields(placement);
}

static void put(struct placement *placement, int c, struct place to, int lc)
{
    struct cell *cell = &placement->netlist.cell[c];
    struct place *place = &placement->netlist.place[c];
    fields_add(&placement->fields, *place, -cell->pins);
    fields_add(&placement->fields, to, cell->pins);
    *place = to;
    cell->lc = lc;
}

void change_move(struct placement *placement, int cell, struct place to, int lc)
{
    if (cell < 0)
        return;
    moved[moved_count++] =
        (struct moved){cell, placement->netlist.cell[cell].lc, placement->netlist.place[cell]};
    put(placement, cell, to, lc);
}

/* A large net: only what the pin changes, if that is easily said. False if not. */
static bool follow_pin(const struct netlist *netlist, struct net *net, int p, struct place from)
{
    const struct pin *pin = &netlist->pin[p];
    struct place to = netlist->place[pin->cell], driver = netlist->place[net->driver];
    if (p == net->first || !box_move(&net->now.box, from, to))
        return false;
    if (pin->weight > WEIGHT_LEAST)
        net->now.timed +=
            (double)pin->weight * (delay_between(driver, to) - delay_between(driver, from));
    return true;
}

static void follow(struct placement *placement, const struct moved *cell, const struct link *link)
{
    struct net *net = &placement->netlist.net[link->net];
    struct seen *at = &seen[link->net];
    bool small = net->count <= PINS_SMALL;
    if (at->change != change) {
        *at = (struct seen){change, saved_count};
        saved[saved_count++] = (struct saved){link->net, false, net->now};
        if (small)
            net->now.cost = cost_of(placement, net);
    }
    if (!small && !saved[at->at].anew)
        saved[at->at].anew = !follow_pin(&placement->netlist, net, link->pin, cell->place);
}

double change_cost(struct placement *placement)
{
    const struct netlist *netlist = &placement->netlist;
    double more = 0;
    change++;
    saved_count = 0;
    for (int m = 0; m < moved_count; m++) {
        const struct cell *cell = &netlist->cell[moved[m].cell];
        for (int k = cell->first; k < cell->first + cell->count; k++)
            follow(placement, &moved[m], &netlist->link[k]);
    }
    for (int s = 0; s < saved_count; s++) {
        struct net *net = &netlist->net[saved[s].net];
        if (saved[s].anew) {
            net->now.box = netlist_box(netlist, net);
            net->now.timed = cost_timed(netlist, net);
        }
        if (net->count > PINS_SMALL)
            net->now.cost = cost_of(placement, net);
        more += net->now.cost - saved[s].before.cost;
    }
    return more + cost_of_fields(placement) - fields_before;
}

static bool accept(double more, double temperature)
{
    if (more <= 0)
        return true;
    if (temperature <= 0)
        return false;
    return more < -temperature * log((dice_32() + 0.5) / 4294967296.0);
}

bool change_settle(struct placement *placement, double more, double temperature)
{
    if (accept(more, temperature))
        return true;
    for (int s = 0; s < saved_count; s++)
        placement->netlist.net[saved[s].net].now = saved[s].before;
    for (int m = 0; m < moved_count; m++)
        put(placement, moved[m].cell, moved[m].place, moved[m].lc);
    return false;
}
