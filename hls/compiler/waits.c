/* SPDX-License-Identifier: Apache-2.0 */
#include "hls/compiler/waits.h"
#include "hls/compiler/resources.h"
#include <assert.h>
#include <string.h>

#define WAIT_MAX ((1u << ISA_WAIT_WIDTH) - 1)
_Static_assert(ISA_PRODUCT_CYCLES + ISA_FLAG_CYCLES <= WAIT_MAX, "a wait does not fit");
_Static_assert(ISA_DISPATCH_CYCLES >= ISA_FETCH_CYCLES, "dispatch is a fetch, and more");

/* The first read of a block that comes too early, if any. */
struct violation {
    bool found, from_outside;
    unsigned resource, op, grant, late;
};

/* pending[block * resources + r]: cycles after the block's first grant until r may be read, at
 * most; over all ways that lead there. */
struct timing {
    struct fc_context *context;
    struct fc_ir *ir;
    unsigned resources;
    uint8_t *pending;
    unsigned *ready; /* in the block under work */
    bool *made_here;
    unsigned *predecessors; /* [first[b], first[b + 1]) are those of block b */
    unsigned *first;
    unsigned *successors; /* scratch */
    bool changed;
    struct violation early;
};

static void find_predecessors(struct timing *timing)
{
    struct fc_ir *ir = timing->ir;
    unsigned room = 2 * ir->block_count + ISA_IMAGE_ROUTINES;
    timing->successors = fc_alloc(timing->context, room * sizeof(unsigned));
    timing->first = fc_alloc(timing->context, (ir->block_count + 2) * sizeof(unsigned));
    for (unsigned pass = 0; pass < 2; pass++) {
        for (unsigned b = 0; b < ir->block_count; b++) {
            unsigned count = fc_successors(ir, b, timing->successors, room);
            for (unsigned i = 0; i < count; i++) {
                unsigned to = timing->successors[i];
                if (pass == 0)
                    timing->first[to + 2]++;
                else
                    timing->predecessors[timing->first[to + 1]++] = b;
            }
        }
        if (pass == 1)
            return;
        for (unsigned b = 2; b < ir->block_count + 2; b++)
            timing->first[b] += timing->first[b - 1];
        timing->predecessors =
            fc_alloc(timing->context, (timing->first[ir->block_count + 1] + 1) * sizeof(unsigned));
    }
}

static uint8_t *pending_of(struct timing *timing, unsigned block)
{
    return timing->pending + (size_t)block * timing->resources;
}

static void raise(struct timing *timing, struct fc_op *op, unsigned cycles)
{
    op->wait += cycles;
    assert(op->wait <= WAIT_MAX);
    timing->changed = true;
}

static void write(struct timing *timing, unsigned resource, unsigned ready)
{
    if (resource == FC_NONE)
        return;
    timing->ready[resource] = ready;
    timing->made_here[resource] = true;
}

/* Walks through the block; leaves in `ready` the cycles, after the grant of what follows, until
 * each resource may be read. */
static void walk(struct timing *timing, unsigned block,
                 void (*visit)(struct timing *timing, unsigned block, unsigned op, unsigned grant))
{
    const struct fc_block *b = &timing->ir->blocks[block];
    const uint8_t *pending = pending_of(timing, block);
    unsigned grant = 0;
    for (unsigned r = 0; r < timing->resources; r++) {
        timing->ready[r] = pending[r];
        timing->made_here[r] = false;
    }
    for (unsigned i = 0; i < b->op_count; i++) {
        const struct fc_op *op = &b->ops[i];
        if (visit)
            visit(timing, block, i, grant);
        write(timing, fc_op_result(timing->ir, op), grant + fc_latency(op));
        write(timing, fc_op_flag(timing->ir, op), grant + fc_flag_latency(op));
        grant += op->wait;
    }
    for (unsigned r = 0; r < timing->resources; r++)
        timing->ready[r] = timing->ready[r] > grant ? timing->ready[r] - grant : 0;
}

/* What is pending behind each block is, at most, pending before what follows it. */
static void propagate(struct timing *timing)
{
    unsigned room = 2 * timing->ir->block_count + ISA_IMAGE_ROUTINES;
    for (bool changed = true; changed;) {
        changed = false;
        for (unsigned b = 0; b < timing->ir->block_count; b++) {
            walk(timing, b, NULL);
            unsigned count = fc_successors(timing->ir, b, timing->successors, room);
            for (unsigned i = 0; i < count; i++) {
                uint8_t *there = pending_of(timing, timing->successors[i]);
                for (unsigned r = 0; r < timing->resources; r++) {
                    if (timing->ready[r] > there[r]) {
                        there[r] = (uint8_t)timing->ready[r];
                        changed = true;
                    }
                }
            }
        }
    }
}

/* Lengthens the last waits before `block` so that `resource` is pending `most` cycles at most. */
static void raise_before(struct timing *timing, unsigned block, unsigned resource, unsigned most,
                         unsigned depth)
{
    for (unsigned i = timing->first[block]; i < timing->first[block + 1]; i++) {
        unsigned before = timing->predecessors[i];
        struct fc_block *b = &timing->ir->blocks[before];
        walk(timing, before, NULL);
        if (timing->ready[resource] <= most)
            continue;
        if (b->op_count)
            raise(timing, &b->ops[b->op_count - 1], timing->ready[resource] - most);
        else if (depth < timing->ir->block_count)
            raise_before(timing, before, resource, most, depth + 1);
    }
}

static void need(struct timing *timing, unsigned op, unsigned grant, const struct fc_reads *reads)
{
    for (unsigned i = 0; i < reads->count; i++) {
        unsigned resource = reads->list[i];
        if (timing->early.found || timing->ready[resource] <= grant)
            continue;
        timing->early = (struct violation){true,  !timing->made_here[resource],   resource, op,
                                           grant, timing->ready[resource] - grant};
    }
}

static void check_op(struct timing *timing, unsigned block, unsigned op, unsigned grant)
{
    const struct fc_block *b = &timing->ir->blocks[block];
    struct fc_reads reads;
    fc_op_reads(timing->ir, &b->ops[op], &reads);
    need(timing, op, grant, &reads);
    if (op + 1 != b->op_count)
        return;
    fc_end_reads(timing->ir, b, &reads);
    need(timing, op, grant, &reads);
}

/* A wait inside the block is the place; but routines begin as all have agreed, so for them, as for
 * a first op, what comes before the block has to wait. */
static bool repair(struct timing *timing, unsigned block)
{
    struct fc_block *b = &timing->ir->blocks[block];
    bool routine = timing->ir->units[b->unit].kind == FC_ROUTINE;
    timing->early.found = false;
    walk(timing, block, check_op);
    const struct violation early = timing->early;
    if (!early.found)
        return false;
    if (early.op > 0 && !(routine && early.from_outside))
        raise(timing, &b->ops[early.op - 1], early.late);
    else
        raise_before(timing, block, early.resource, early.grant, 0);
    return true;
}

static unsigned shortest_wait(const struct fc_block *block, unsigned op)
{
    bool digits = block->end.ctl == ISA_CTL_EVENTS || block->end.ctl == ISA_CTL_DISPATCH;
    unsigned least = op + 1 == block->op_count && digits ? ISA_DISPATCH_CYCLES : ISA_FETCH_CYCLES;
    return block->ops[op].least_wait > least ? block->ops[op].least_wait : least;
}

static void shortest_waits(struct fc_ir *ir)
{
    for (unsigned b = 0; b < ir->block_count; b++) {
        struct fc_block *block = &ir->blocks[b];
        for (unsigned i = 0; i < block->op_count; i++)
            block->ops[i].wait = shortest_wait(block, i);
    }
}

/* Distances inside the blocks come first: they hold whatever runs before. */
static void repair_all(struct timing *timing)
{
    for (unsigned b = 0; b < timing->ir->block_count; b++) {
        while (repair(timing, b))
            continue;
    }
}

static bool holds(struct timing *timing)
{
    memset(timing->pending, 0, (size_t)timing->ir->block_count * timing->resources);
    propagate(timing);
    timing->early.found = false;
    for (unsigned b = 0; b < timing->ir->block_count && !timing->early.found; b++)
        walk(timing, b, check_op);
    return !timing->early.found;
}

/* Waits are lengthened one violation after the other. A later one may lie on the same way and make
 * an earlier one longer than need be. Shortening one never allows another, so once over all is
 * enough. */
static void shorten(struct timing *timing, struct fc_op *op, unsigned least)
{
    while (op->wait > least) {
        op->wait--;
        if (!holds(timing)) {
            op->wait++;
            return;
        }
    }
}

static void shorten_all(struct timing *timing)
{
    for (unsigned b = 0; b < timing->ir->block_count; b++) {
        struct fc_block *block = &timing->ir->blocks[b];
        for (unsigned i = 0; i < block->op_count; i++)
            shorten(timing, &block->ops[i], shortest_wait(block, i));
    }
}

void fc_set_waits(struct fc_context *context, struct fc_ir *ir)
{
    struct timing timing = {.context = context, .ir = ir, .resources = fc_resource_count(ir)};
    timing.pending = fc_alloc(context, (size_t)ir->block_count * timing.resources + 1);
    timing.ready = fc_alloc(context, timing.resources * sizeof timing.ready[0]);
    timing.made_here = fc_alloc(context, timing.resources);
    find_predecessors(&timing);
    shortest_waits(ir);
    repair_all(&timing);
    do {
        timing.changed = false;
        memset(timing.pending, 0, (size_t)ir->block_count * timing.resources);
        propagate(&timing);
        for (unsigned b = 0; b < ir->block_count; b++)
            repair(&timing, b);
    } while (timing.changed);
    shorten_all(&timing);
}
