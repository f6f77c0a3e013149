// SPDX-License-Identifier: Apache-2.0
#include "timing.h"

#include <math.h>
#include <stdlib.h>

#include "base.h"

static const float NEVER = 1e9f;

/* From a LUT's input to its output; negative: there is no way. */
static float through(const struct timing *timing, const struct timing_sink *sink, int out)
{
    if (!timing->carry[sink->cell])
        return out == OUT_F ? 0.24f : -1;
    if (sink->in == IN_FCI)
        return out == OUT_F ? 0.44f : 0.07f;
    return out == OUT_F ? 0.24f : 0.45f;
}

static bool combinational(const struct timing_sink *sink)
{
    return sink->in == IN_COMB || sink->in == IN_FCI;
}

void timing_prepare(struct timing *timing)
{
    uint32_t *waits = allocate(timing->nets, sizeof *waits);
    timing->order = allocate(timing->nets, sizeof *timing->order);
    timing->arrival = allocate(timing->nets, sizeof *timing->arrival);
    timing->required = allocate(timing->nets, sizeof *timing->required);
    for (int out = 0; out < 2; out++) {
        timing->f_net[out] = allocate(timing->cells, sizeof *timing->f_net[out]);
        for (uint32_t c = 0; c < timing->cells; c++)
            timing->f_net[out][c] = -1;
    }
    for (uint32_t n = 0; n < timing->nets; n++)
        if (timing->net[n].out != OUT_SEQUENTIAL)
            timing->f_net[timing->net[n].out][timing->net[n].driver] = (int)n;
    for (uint32_t s = 0; s < timing->sinks; s++)
        for (int out = 0; out < 2 && combinational(&timing->sink[s]); out++)
            if (timing->f_net[out][timing->sink[s].cell] >= 0)
                waits[timing->f_net[out][timing->sink[s].cell]]++;
    for (uint32_t n = 0; n < timing->nets; n++)
        if (waits[n] == 0)
            timing->order[timing->ordered++] = n;
    for (uint32_t k = 0; k < timing->ordered; k++) {
        const struct timing_net *net = &timing->net[timing->order[k]];
        for (uint32_t s = net->first; s < net->first + net->count; s++)
            for (int out = 0; out < 2 && combinational(&timing->sink[s]); out++) {
                int to = timing->f_net[out][timing->sink[s].cell];
                if (to >= 0 && --waits[to] == 0)
                    timing->order[timing->ordered++] = (uint32_t)to;
            }
    }
    free(waits);
}

static void arrive(struct timing *timing, int domain)
{
    float longest = 0;
    for (uint32_t n = 0; n < timing->nets; n++) {
        const struct timing_net *net = &timing->net[n];
        timing->arrival[n] =
            net->out == OUT_SEQUENTIAL && net->domain == domain ? net->start : -NEVER;
        timing->required[n] = NEVER;
    }
    for (uint32_t k = 0; k < timing->ordered; k++) {
        const struct timing_net *net = &timing->net[timing->order[k]];
        float from = timing->arrival[timing->order[k]];
        for (uint32_t s = net->first; s < net->first + net->count && from >= 0; s++) {
            const struct timing_sink *sink = &timing->sink[s];
            float at = from + sink->wire;
            if (sink->in == IN_SEQUENTIAL && sink->domain == domain)
                longest = fmaxf(longest, at);
            for (int out = 0; out < 2 && combinational(sink); out++) {
                int to = timing->f_net[out][sink->cell];
                float by = through(timing, sink, out);
                if (to >= 0 && by >= 0)
                    timing->arrival[to] = fmaxf(timing->arrival[to], at + by);
            }
        }
    }
    timing->longest[domain] = longest;
}

/* When a signal has to be at the sink, given when the nets behind it have to be driven. */
static float needed(const struct timing *timing, const struct timing_sink *sink, int domain)
{
    if (sink->in == IN_SEQUENTIAL)
        return sink->domain == domain ? timing->longest[domain] : NEVER;
    float need = NEVER;
    for (int out = 0; out < 2 && combinational(sink); out++) {
        int to = timing->f_net[out][sink->cell];
        float by = through(timing, sink, out);
        if (to >= 0 && by >= 0)
            need = fminf(need, timing->required[to] - by);
    }
    return need;
}

static void require(struct timing *timing, int domain)
{
    for (uint32_t k = timing->ordered; k-- > 0;) {
        uint32_t n = timing->order[k];
        const struct timing_net *net = &timing->net[n];
        for (uint32_t s = net->first; s < net->first + net->count && timing->arrival[n] >= 0; s++) {
            struct timing_sink *sink = &timing->sink[s];
            float need = needed(timing, sink, domain);
            if (need > NEVER / 2)
                continue;
            timing->required[n] = fminf(timing->required[n], need - sink->wire);
            float slack = need - sink->wire - timing->arrival[n];
            sink->criticality = fmaxf(sink->criticality, 1 - slack / timing->longest[domain]);
        }
    }
}

void timing_run(struct timing *timing)
{
    for (uint32_t s = 0; s < timing->sinks; s++)
        timing->sink[s].criticality = 0;
    for (int domain = 0; domain < TIMING_DOMAINS; domain++) {
        arrive(timing, domain);
        if (timing->longest[domain] > 0)
            require(timing, domain);
    }
}
