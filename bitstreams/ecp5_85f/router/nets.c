// SPDX-License-Identifier: Apache-2.0
#include "nets.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t read_wire(const struct numbers *from, const struct chip *chip)
{
    int x = numbers_next(from, 0, chip->width - 1), y = numbers_next(from, 0, chip->height - 1);
    uint32_t tile = (uint32_t)(y * chip->width + x);
    uint32_t wires = chip->wire_base[tile + 1] - chip->wire_base[tile];
    return chip->wire_base[tile] + (uint32_t)numbers_next(from, 0, (int)wires - 1);
}

static void reach(struct net *net, int x, int y)
{
    net->x0 = x < net->x0 ? x : net->x0;
    net->x1 = x > net->x1 ? x : net->x1;
    net->y0 = y < net->y0 ? y : net->y0;
    net->y1 = y > net->y1 ? y : net->y1;
}

static void read_net(struct nets *nets, const struct chip *chip, const struct numbers *from,
                     uint32_t n, uint32_t first)
{
    struct timing *timing = &nets->timing;
    int sinks = numbers_next(from, 1, (int)(timing->sinks - first)),
        out = numbers_next(from, OUT_F, OUT_SEQUENTIAL);
    int domain = numbers_next(from, -1, TIMING_DOMAINS - 1),
        start_ps = numbers_next(from, 0, 100000);
    int driver = numbers_next(from, 0, (int)timing->cells - 1);
    timing->net[n] =
        (struct timing_net){first, (uint32_t)sinks, driver, out, domain, 0.001f * (float)start_ps};
    struct net *net = &nets->net[n];
    net->source = read_wire(from, chip);
    net->x0 = net->x1 = chip_x(chip, net->source);
    net->y0 = net->y1 = chip_y(chip, net->source);
    for (uint32_t s = first; s < first + (uint32_t)sinks; s++) {
        struct timing_sink *sink = &timing->sink[s];
        sink->cell = numbers_next(from, 0, (int)timing->cells - 1);
        sink->in = numbers_next(from, IN_COMB, IN_IGNORED);
        sink->domain = numbers_next(from, -1, TIMING_DOMAINS - 1);
        nets->sink_wire[s] = read_wire(from, chip);
        if (!chip_is_global(chip, nets->sink_wire[s]))
            reach(net, chip_x(chip, nets->sink_wire[s]), chip_y(chip, nets->sink_wire[s]));
    }
    nets->users[net->source]++;
}

void nets_read(struct nets *nets, struct chip *chip, const char *path)
{
    enum { MOST = 1 << 24 };
    struct timing *timing = &nets->timing;
    struct numbers from = numbers_open(path);
    for (int slices = numbers_next(&from, 0, MOST); slices > 0; slices--) {
        int x = numbers_next(&from, 0, chip->width - 1),
            y = numbers_next(&from, 0, chip->height - 1), slice = numbers_next(&from, 0, 3);
        chip->exchange[(y * chip->width + x) * 4 + slice] =
            (uint8_t)numbers_next(&from, EXCHANGE_NONE, EXCHANGE_ALL);
    }
    timing->cells = (uint32_t)numbers_next(&from, 1, MOST);
    timing->carry = allocate(timing->cells, sizeof *timing->carry);
    for (int carries = numbers_next(&from, 0, MOST); carries > 0; carries--)
        timing->carry[numbers_next(&from, 0, (int)timing->cells - 1)] = true;
    nets->count = timing->nets = (uint32_t)numbers_next(&from, 1, MOST);
    timing->sinks = (uint32_t)numbers_next(&from, 1, MOST);
    timing->net = allocate(timing->nets, sizeof *timing->net);
    timing->sink = allocate(timing->sinks, sizeof *timing->sink);
    nets->net = allocate(nets->count, sizeof *nets->net);
    nets->sink_wire = allocate(timing->sinks, sizeof *nets->sink_wire);
    nets->urgency = allocate(timing->sinks, sizeof *nets->urgency);
    nets->users = allocate(chip->wires, sizeof *nets->users);
    nets->in_tree = allocate(chip->wires, sizeof *nets->in_tree);
    nets->place = allocate(chip->wires, sizeof *nets->place);
    uint32_t first = 0;
    for (uint32_t n = 0; n < nets->count; n++) {
        read_net(nets, chip, &from, n, first);
        first += timing->net[n].count;
    }
    if (first != timing->sinks)
        fail(path, "fewer sinks than announced");
    numbers_close(&from);
    timing_prepare(timing);
}

void nets_add(struct nets *nets, uint32_t n, struct branch branch)
{
    struct net *net = &nets->net[n];
    if (net->used == net->room) {
        net->room = net->room == 0 ? 8 : 2 * net->room;
        net->tree = realloc(net->tree, net->room * sizeof *net->tree);
        if (net->tree == NULL)
            fail("memory", "not enough");
    }
    nets->in_tree[branch.wire] = nets->mark;
    nets->place[branch.wire] = net->used;
    net->tree[net->used++] = branch;
}

/* What becomes of a tree's branch. */
struct fate {
    bool sound, kept; /* no wire down to it has another user; it leads to a sink and is sound */
    uint32_t place;
};

static struct fate *room_for_fates(uint32_t branches)
{
    static struct fate *fates;
    static uint32_t room;
    if (room < branches) {
        free(fates);
        room = 2 * branches;
        fates = allocate(room, sizeof *fates);
    }
    return fates;
}

static void decide_fates(struct nets *nets, uint32_t n, struct fate *fates, bool all)
{
    const struct net *net = &nets->net[n];
    const struct timing_net *timed = &nets->timing.net[n];
    for (uint32_t i = 0; i < net->used; i++) {
        bool sound =
            i == 0 || (fates[net->tree[i].parent].sound && nets->users[net->tree[i].wire] == 1);
        fates[i] = (struct fate){.sound = sound, .kept = i == 0};
        nets->place[net->tree[i].wire] = i;
    }
    for (uint32_t s = timed->first; s < timed->first + timed->count && !all; s++) {
        uint32_t i = nets->place[nets->sink_wire[s]];
        if (i < net->used && net->tree[i].wire == nets->sink_wire[s] && fates[i].sound)
            for (; !fates[i].kept; i = net->tree[i].parent)
                fates[i].kept = true;
    }
}

void nets_open(struct nets *nets, uint32_t n, bool all)
{
    struct net *net = &nets->net[n];
    nets->mark++;
    if (net->used == 0) {
        nets_add(nets, n, (struct branch){.wire = net->source});
        return;
    }
    struct fate *fates = room_for_fates(net->used);
    decide_fates(nets, n, fates, all);
    uint32_t left = 0;
    for (uint32_t i = 0; i < net->used; i++) {
        struct branch branch = net->tree[i];
        if (!fates[i].kept) {
            nets->users[branch.wire]--;
            continue;
        }
        branch.parent = fates[branch.parent].place;
        fates[i].place = left;
        nets->in_tree[branch.wire] = nets->mark;
        nets->place[branch.wire] = left;
        net->tree[left++] = branch;
    }
    net->used = left;
}

/* The switches of a tree, each with what its source's fan-out adds. */
static void time_tree(struct nets *nets, const struct chip *chip, uint32_t n)
{
    static float *delay;
    static uint32_t *fanout, room;
    struct net *net = &nets->net[n];
    if (room < net->used) {
        room = 2 * net->used;
        free(delay);
        free(fanout);
        delay = allocate(room, sizeof *delay);
        fanout = allocate(room, sizeof *fanout);
    }
    memset(fanout, 0, net->used * sizeof *fanout);
    for (uint32_t i = 1; i < net->used; i++)
        fanout[net->tree[i].parent]++;
    for (uint32_t i = 0; i < net->used; i++) {
        const struct branch *branch = &net->tree[i];
        nets->place[branch->wire] = i;
        delay[i] = 0;
        if (i == 0)
            continue;
        const int32_t *ps = &chip->delay_ps[4 * chip_switch(chip, branch->pip).pip->delay_class];
        delay[i] = delay[branch->parent] +
                   0.001f * (float)(ps[1] + ps[3] * (int32_t)fanout[branch->parent]);
    }
    const struct timing_net *timed = &nets->timing.net[n];
    for (uint32_t s = timed->first; s < timed->first + timed->count; s++)
        nets->timing.sink[s].wire = delay[nets->place[nets->sink_wire[s]]];
}

void nets_time(struct nets *nets, const struct chip *chip)
{
    for (uint32_t n = 0; n < nets->count; n++)
        time_tree(nets, chip, n);
    timing_run(&nets->timing);
}

static void write_branch(const struct chip *chip, FILE *file, const struct branch *branch,
                         bool root)
{
    const char *name = chip_wire_name(chip, branch->wire);
    fprintf(file, "X%d/Y%d/%s;", chip_x(chip, branch->wire), chip_y(chip, branch->wire), name);
    if (!root) {
        struct chip_switch at = chip_switch(chip, branch->pip);
        uint32_t source = chip_pip_source(chip, at.tile, at.pip);
        fprintf(file, "X%d/Y%d/%d_%d_%s->%d_%d_%s", (int)at.tile % chip->width,
                (int)at.tile / chip->width, at.pip->source.x, at.pip->source.y,
                chip_wire_name(chip, source), at.pip->sink.x, at.pip->sink.y, name);
    }
    fprintf(file, ";1");
}

void nets_write(const struct nets *nets, const struct chip *chip, const char *path)
{
    FILE *file = fopen(path, "w");
    if (file == NULL)
        fail(path, strerror(errno));
    for (uint32_t n = 0; n < nets->count; n++)
        for (uint32_t i = 0; i < nets->net[n].used; i++) {
            write_branch(chip, file, &nets->net[n].tree[i], i == 0);
            fputc(i + 1 < nets->net[n].used ? ';' : '\n', file);
        }
    if (fclose(file) != 0)
        fail(path, strerror(errno));
}
