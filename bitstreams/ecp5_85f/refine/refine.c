// SPDX-License-Identifier: Apache-2.0
/* Refines a placement on an ECP5 by simulated annealing: shorter wires, pins spread evenly over the
 * chip, short paths.
 *
 *     refine IN OUT MOVES_MILLIONS SEED [NAME=VALUE ...]
 *
 * IN is what refine.py writes (cells with their places, nets with their pins), OUT gets a line
 * "cell x y lc" for every cell that can move. refine.py says what the options mean. */
#include <math.h>
#include <stdio.h>

#include "change.h"
#include "cost.h"
#include "dice.h"
#include "moves.h"
#include "weights.h"

static double hot = 4, cold = 0.05, steps_asked = 60, wide = 14;
static double runs = 1, hard = 0, hard_heat = 4;
static double price = 1.5, price_slack = 1.15, field = 1, field_slack = 1.08;
static struct weighing weighing = {.weight = 6, .exponent = 6, .fresh = 0.3};
static const struct option OPTIONS[] = {
    {"hot", &hot},
    {"cold", &cold},
    {"steps", &steps_asked},
    {"wide", &wide},
    {"runs", &runs},
    {"hard", &hard},
    {"hard_heat", &hard_heat},
    {"price", &price},
    {"price_slack", &price_slack},
    {"field", &field},
    {"slack", &field_slack},
    {"timing", &weighing.weight},
    {"exponent", &weighing.exponent},
    {"fresh", &weighing.fresh},
};
static const double RANGE_LAST = 3; /* tiles, in the last step; `wide` in the first */

struct work {
    struct placement placement;
    struct moves moves;
    struct cost cost;
    double longest[TIMING_DOMAINS];
};

/* Weights and prices follow the placement, and the cost them. */
static void look(struct work *work)
{
    weights_update(&work->placement.netlist, &weighing, work->longest);
    prices_make(&work->placement.prices, &work->placement.netlist, price, price_slack);
    work->cost = cost_total(&work->placement);
}

static void report(const struct work *work, const char *what, int step, double temperature,
                   const struct tally *tally, long tried)
{
    const double *most = work->placement.prices.most;
    printf("%s %d: temperature %.3f accepted %.1f %%, of runs %.1f %%, of hard cells %.1f %%: "
           "length %.0f wires %.0f timing %.0f field %.0f most %.2f %.2f longest %.1f %.1f ns\n",
           what, step, temperature, 100.0 * (double)tally->done / (double)tried,
           100.0 * (double)tally->runs_done / (double)(tally->runs + 1),
           100.0 * (double)tally->hard_done / (double)(tally->hard + 1), work->cost.length,
           work->cost.wires, work->cost.timing, work->cost.fields, most[ACROSS], most[DOWN],
           work->longest[0], work->longest[1]);
    fflush(stdout);
}

/* From hot to cold, the last step at zero; from far to near. */
static struct phase phase_of(int step, int steps)
{
    double at = steps > 1 ? (double)step / (steps - 1) : 1;
    return (struct phase){
        .temperature = step == steps - 1 ? 0 : hot * pow(cold / hot, at),
        .range = (int)(wide * (1 - at) + RANGE_LAST * at + 0.5),
        .runs_percent = (int)runs,
        .hard_permille = (int)hard,
        .hard_heat = hard_heat,
    };
}

/* Keeps the best of the last quarter: weights jump from step to step, and with them the longest
 * path. */
static void anneal(struct work *work, double moves, int steps)
{
    static const struct tally NONE;
    double best = INFINITY;
    for (int step = 0; step < steps; step++) {
        struct phase phase = phase_of(step, steps);
        struct tally tally = {0};
        long tried = (long)(moves / steps);
        for (long m = 0; m < tried; m++)
            moves_try(&work->moves, &work->placement, &phase, &tally);
        look(work);
        double paths = work->longest[0] + work->longest[1];
        if (step >= steps * 3 / 4 && paths < best) {
            best = paths;
            placement_keep(&work->placement);
            report(work, "kept", step + 1, phase.temperature, &NONE, 1);
        }
        if (step % 10 == 9 || step == steps - 1)
            report(work, "step", step + 1, phase.temperature, &tally, tried);
    }
}

static double within(const char *name, double value, double least, double most)
{
    if (value < least || value > most)
        fail(name, "out of range");
    return value;
}

static double whole(const char *name, double value, double least, double most)
{
    if (value != floor(value))
        fail(name, "no whole number");
    return within(name, value, least, most);
}

int main(int argc, char **argv)
{
    static struct work work;
    if (argc < 5)
        fail("usage", "refine IN OUT MOVES_MILLIONS SEED [NAME=VALUE ...]");
    double moves = 1e6 * within("MOVES_MILLIONS", number_of(argv[3], argv[3]), 0, 1e6);
    dice_seed((uint32_t)whole("SEED", number_of(argv[4], argv[4]), 0, UINT32_MAX));
    for (int i = 5; i < argc; i++)
        option_read(OPTIONS, sizeof OPTIONS / sizeof *OPTIONS, argv[i]);
    int steps = (int)within("steps", steps_asked, 1, 1e6);
    within("wide", wide, 0, SIDE_MOST);
    struct placement *placement = &work.placement;
    placement_read(placement, argv[1]);
    fields_make(&placement->fields, &placement->netlist, &placement->tiles, field, field_slack);
    change_prepare(&placement->netlist);
    moves_prepare(&work.moves, placement);
    look(&work);
    printf("cells %d, movable %d, runs %d, nets %d, tiles %d\n", placement->netlist.cells,
           work.moves.logic.count, work.moves.runs.count, placement->netlist.nets,
           placement->tiles.count);
    report(&work, "start", 0, 0, &(struct tally){0}, 1);
    anneal(&work, moves, steps);
    placement_check(placement, "a move broke a rule of a tile");
    placement_write(placement, argv[2]);
    return 0;
}
