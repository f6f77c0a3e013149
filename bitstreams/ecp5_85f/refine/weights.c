// SPDX-License-Identifier: Apache-2.0
#include "weights.h"

#include <math.h>

/* Its nets are the netlist's, its sinks the pins that are no drivers. */
static struct timing timing;

static void make_timing(const struct netlist *netlist)
{
    timing = (struct timing){.cells = (uint32_t)netlist->cells,
                             .nets = (uint32_t)netlist->nets,
                             .sinks = (uint32_t)(netlist->pins - netlist->nets)};
    timing.carry = allocate(timing.cells, sizeof *timing.carry);
    timing.net = allocate(timing.nets, sizeof *timing.net);
    timing.sink = allocate(timing.sinks, sizeof *timing.sink);
    for (int c = 0; c < netlist->cells; c++)
        timing.carry[c] = netlist->cell[c].kind == COMB && (netlist->cell[c].flags & CARRY);
    struct timing_sink *sink = timing.sink;
    for (int n = 0; n < netlist->nets; n++) {
        const struct net *net = &netlist->net[n];
        timing.net[n] = (struct timing_net){
            .first = (uint32_t)(sink - timing.sink),
            .count = (uint32_t)net->count - 1,
            .driver = net->driver,
            .out = net->out,
            .domain = net->domain,
            .start = (float)net->start / 1000,
        };
        for (int p = net->first + 1; p < net->first + net->count; p++) {
            const struct pin *pin = &netlist->pin[p];
            *sink++ = (struct timing_sink){.cell = pin->cell, .in = pin->in, .domain = pin->domain};
        }
    }
    timing_prepare(&timing);
}

/* A carry has a wire of its own. */
static void run_timing(const struct netlist *netlist)
{
    struct timing_sink *sink = timing.sink;
    for (int n = 0; n < netlist->nets; n++) {
        struct place from = netlist->place[netlist->net[n].driver];
        for (int k = 1; k < netlist->net[n].count; k++, sink++)
            sink->wire =
                sink->in == IN_FCI ? 0 : (float)delay_between(from, netlist->place[sink->cell]);
    }
    timing_run(&timing);
}

void weights_update(struct netlist *netlist, const struct weighing *weighing,
                    double longest[TIMING_DOMAINS])
{
    static const double DELAY_UNIT = 0.2; /* ns, about a tile's: wires are counted in tiles */
    bool first = timing.cells == 0;
    float fresh = first ? 1 : (float)weighing->fresh;
    if (first)
        make_timing(netlist);
    run_timing(netlist);
    const struct timing_sink *sink = timing.sink;
    for (int n = 0; n < netlist->nets; n++)
        for (int k = 1; k < netlist->net[n].count; k++, sink++) {
            struct pin *pin = &netlist->pin[netlist->net[n].first + k];
            double critical = sink->criticality < 1 ? sink->criticality : 1;
            float weight =
                (float)(weighing->weight * pow(critical, weighing->exponent) / DELAY_UNIT);
            pin->weight = (1 - fresh) * pin->weight + fresh * weight;
        }
    for (int d = 0; d < TIMING_DOMAINS; d++)
        longest[d] = (double)timing.longest[d];
}
