// SPDX-License-Identifier: Apache-2.0
/* Routes a placed netlist on an ECP5-85F by negotiated congestion (PathFinder, McMurchie and
 * Ebeling, FPGA 1995): all nets take what is cheapest, wires that several want get dearer, until
 * none is wanted twice. nextpnr's router2 does so too; what differs is that a net's tree is taken
 * up as a whole if it is small, that wires are priced by how rare they are and not by their delay
 * alone, and that wires which lead to another pin are not looked at.
 *
 *     router CHIPDB NETS ROUTES [NAME=VALUE ...]
 *
 * In the first round no sink is urgent. Each further one takes up the nets that timing then found
 * on the longest paths, has them pay for delay more than for congestion, and negotiates again.
 * ROUTES is of the round whose longest paths, one a clock, are shortest in sum. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chip.h"
#include "nets.h"
#include "search.h"

static double rounds = 30, passes = 200;
static double first_present = 0.5, later_present = 2, growth = 1.3, most_present = 30,
              history_step = 0.3;
static double taken_up = 0.85; /* how critical a net is that is routed anew */
static double exponent = 4, most_urgent = 0.99,
              memory = 0.7; /* of urgency; memory: what stays of the round before's */
static const struct option OPTIONS[] = {
    {"rounds", &rounds},         {"passes", &passes},
    {"present", &first_present}, {"later_present", &later_present},
    {"growth", &growth},         {"most_present", &most_present},
    {"history", &history_step},  {"taken_up", &taken_up},
    {"exponent", &exponent},     {"urgent", &most_urgent},
    {"memory", &memory},
};
enum { MARGIN_TILES = 6, TREE_WHOLE_SINKS = 24 };

struct work {
    struct chip chip;
    struct nets nets;
    struct search_prices prices;
    uint32_t *order; /* of each net's sinks: the urgent ones first, then the near ones */
};

static const struct work *sorted; /* of qsort's comparison */
static int sorted_x, sorted_y;
static int distance(uint32_t wire)
{
    return abs(chip_x(&sorted->chip, wire) - sorted_x) +
           abs(chip_y(&sorted->chip, wire) - sorted_y);
}
static int compare_sinks(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    float urgent_a = sorted->nets.urgency[a], urgent_b = sorted->nets.urgency[b];
    if (urgent_a != urgent_b)
        return urgent_a > urgent_b ? -1 : 1;
    int far_a = distance(sorted->nets.sink_wire[a]), far_b = distance(sorted->nets.sink_wire[b]);
    return far_a != far_b ? far_a - far_b : a < b ? -1 : a > b;
}

static void sort_sinks(struct work *work)
{
    for (uint32_t n = 0; n < work->nets.count; n++) {
        const struct timing_net *net = &work->nets.timing.net[n];
        for (uint32_t s = net->first; s < net->first + net->count; s++)
            work->order[s] = s;
        sorted = work;
        sorted_x = chip_x(&work->chip, work->nets.net[n].source);
        sorted_y = chip_y(&work->chip, work->nets.net[n].source);
        qsort(work->order + net->first, net->count, sizeof *work->order, compare_sinks);
    }
}

static void route_net(struct work *work, uint32_t n, bool all)
{
    struct nets *nets = &work->nets;
    const struct timing_net *net = &nets->timing.net[n];
    nets_open(nets, n, all || net->count <= TREE_WHOLE_SINKS);
    for (uint32_t k = net->first; k < net->first + net->count; k++) {
        uint32_t wire = nets->sink_wire[work->order[k]];
        if (nets->in_tree[wire] == nets->mark)
            continue;
        int margin = MARGIN_TILES;
        while (!search_sink(&work->chip, nets, &work->prices, n, work->order[k], margin)) {
            if (margin > work->chip.width)
                fail(chip_wire_name(&work->chip, wire), "no way leads there");
            margin *= 2;
        }
    }
}

static bool overused(const struct nets *nets, uint32_t n)
{
    for (uint32_t i = 0; i < nets->net[n].used; i++)
        if (nets->users[nets->net[n].tree[i].wire] > 1)
            return true;
    return false;
}

/* How many wires have too many users; they get dearer. */
static uint32_t settle(struct work *work, int round, int pass, uint32_t routed)
{
    uint32_t used = 0, over = 0;
    for (uint32_t w = 0; w < work->chip.wires; w++) {
        used += work->nets.users[w] > 0;
        over += work->nets.users[w] > 1;
        if (work->nets.users[w] > 1)
            work->prices.history[w] += (float)history_step * (float)(work->nets.users[w] - 1);
    }
    printf("round %d, pass %d: %u nets, %u wires, %u wanted twice; %.1f million steps so far\n",
           round, pass, routed, used, over, 1e-6 * (double)search_steps());
    fflush(stdout);
    return over;
}

static bool urgent(const struct nets *nets, uint32_t n)
{
    const struct timing_net *net = &nets->timing.net[n];
    for (uint32_t s = net->first; s < net->first + net->count; s++)
        if (nets->timing.sink[s].criticality > (float)taken_up)
            return true;
    return false;
}

/* False if the passes do not suffice. */
static bool negotiate(struct work *work, int round)
{
    work->prices.present = (float)(round == 1 ? first_present : later_present);
    for (uint32_t w = 0; w < work->chip.wires; w++)
        work->prices.history[w] = 1;
    for (int pass = 1; pass <= (int)passes; pass++) {
        uint32_t routed = 0;
        for (uint32_t n = 0; n < work->nets.count; n++)
            if (pass == 1 ? round == 1 || urgent(&work->nets, n) : overused(&work->nets, n)) {
                route_net(work, n, pass == 1);
                routed++;
            }
        if (settle(work, round, pass, routed) == 0)
            return true;
        work->prices.present = fminf(work->prices.present * (float)growth, (float)most_present);
    }
    return false;
}

static void find_urgent(struct work *work, int round)
{
    struct nets *nets = &work->nets;
    nets_time(nets, &work->chip);
    for (uint32_t s = 0; s < nets->timing.sinks; s++) {
        float now =
            powf(fminf(nets->timing.sink[s].criticality, (float)most_urgent), (float)exponent);
        nets->urgency[s] = fmaxf(now, (float)memory * nets->urgency[s]);
    }
    printf("round %d: longest paths %.2f and %.2f ns\n", round, (double)nets->timing.longest[0],
           (double)nets->timing.longest[1]);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    static struct work work;
    if (argc < 4)
        fail("usage", "router CHIPDB NETS ROUTES [NAME=VALUE ...]");
    for (int i = 4; i < argc; i++)
        option_read(OPTIONS, sizeof OPTIONS / sizeof *OPTIONS, argv[i]);
    chip_load(&work.chip, argv[1]);
    nets_read(&work.nets, &work.chip, argv[2]);
    search_begin(&work.chip);
    work.prices.history = allocate(work.chip.wires, sizeof *work.prices.history);
    work.order = allocate(work.nets.timing.sinks, sizeof *work.order);
    float best = 0;
    for (int round = 1; round <= (int)rounds; round++) {
        sort_sinks(&work);
        if (!negotiate(&work, round))
            fail(argv[2], "there are wires that several nets want; a better placement or more "
                          "passes may help");
        find_urgent(&work, round);
        float paths = work.nets.timing.longest[0] + work.nets.timing.longest[1];
        if (round == 1 || paths < best)
            nets_write(&work.nets, &work.chip, argv[3]);
        best = round == 1 ? paths : fminf(paths, best);
    }
    return 0;
}
