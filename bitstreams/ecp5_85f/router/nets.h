// SPDX-License-Identifier: Apache-2.0
/* Nets and the trees of wires that they have so far. */
#ifndef SNAP_ROUTER_NETS_H
#define SNAP_ROUTER_NETS_H

#include <stdbool.h>
#include <stdint.h>

#include "chip.h"
#include "timing.h"

struct branch {
    uint32_t wire,
        parent;   /* parent: its place in the tree, before this one; the root is the source */
    uint32_t pip; /* the switch from the parent's wire, numbered through */
    float delay;  /* from the source, without what fan-out adds, ns */
};
struct net {
    uint32_t source;
    struct branch *tree;
    uint32_t used, room;
    int x0, x1, y0, y1; /* of source and sinks */
};
struct nets {
    uint32_t count;
    struct net *net;
    uint32_t *sink_wire;  /* in the timing's order */
    float *urgency;       /* of each sink: how much of its price is time; the rest is congestion */
    struct timing timing; /* its nets are these nets */
    uint16_t *users;      /* of each wire: nets that have it in their tree */
    uint32_t *in_tree, *place,
        mark; /* of each wire: in_tree == mark: of the tree in hand, at that place */
};

/* Reads what route.py writes. Ends the program with a message if that is not right. */
void nets_read(struct nets *nets, struct chip *chip, const char *path);
/* Makes a net's tree the one in hand, less what is to be routed anew: all of it, or what hangs on
 * wires with other users. */
void nets_open(struct nets *nets, uint32_t n, bool all);
void nets_add(struct nets *nets, uint32_t n, struct branch branch);
/* The sinks' wires in the timing, fan-out included. */
void nets_time(struct nets *nets, const struct chip *chip);
/* One line a net, as nextpnr's attribute ROUTING has it: wire, switch that drives it, strength. */
void nets_write(const struct nets *nets, const struct chip *chip, const char *path);

#endif
