// SPDX-License-Identifier: Apache-2.0
/* Static timing of a placed netlist at grade 6, for a router to know what is urgent. Times in ns;
 * registers have no setup time, as nextpnr has it. */
#ifndef SNAP_ROUTER_TIMING_H
#define SNAP_ROUTER_TIMING_H

#include <stdbool.h>
#include <stdint.h>

enum timing_out { OUT_F, OUT_FCO, OUT_SEQUENTIAL };            /* what drives a net */
enum timing_in { IN_COMB, IN_FCI, IN_SEQUENTIAL, IN_IGNORED }; /* what reads it */
enum { TIMING_DOMAINS = 2 };

struct timing_net {
    uint32_t first, count;   /* of its sinks */
    int driver, out, domain; /* domain: of the clock that starts it, -1 if none does */
    float start;             /* from the clock to the output */
};
struct timing_sink {
    int cell, in, domain;
    float wire;        /* filled in by the caller before timing_run */
    float criticality; /* 1 on the longest path of a domain */
};
struct timing {
    uint32_t cells, nets, sinks;
    bool *carry; /* of each cell: a LUT of a carry chain */
    struct timing_net *net;
    struct timing_sink *sink;
    int *f_net[2];            /* the net at each cell's F and FCO, -1 if none */
    uint32_t *order, ordered; /* nets, drivers before readers */
    float *arrival, *required;
    float longest[TIMING_DOMAINS];
};

/* Once all nets are there. */
void timing_prepare(struct timing *timing);
/* From the sinks' wires, their criticality and the longest path of each domain. Paths between the
 * domains do not count. */
void timing_run(struct timing *timing);

#endif
