/* SPDX-License-Identifier: Apache-2.0 */
#include "hls/compiler/schedule.h"
#include "hls/compiler/resources.h"
#include <assert.h>
#include <string.h>

#define NO_DEPENDENCY 0xFFFFu
#define ENTRY_STEP    2u
#define SEARCHES      400u
/* Cycles after its first grant that a routine's input may come. Later does not pay: the last result
 * is there so soon after the last grant. */
#define ENTRY_MOST ISA_PRODUCT_CYCLES
_Static_assert(ENTRY_MOST < 1u << ISA_WAIT_WIDTH, "a routine's wait for its input does not fit");

/* Dependencies of a block's ops in the order of the text, and the schedule under work. */
struct graph {
    const struct fc_ir *ir;
    const struct fc_block *block;
    unsigned count;
    uint16_t *distance; /* [later * count + earlier], or NO_DEPENDENCY */
    unsigned *earliest; /* by inputs of the block */
    unsigned *priority; /* longest way to the end, in cycles */
    unsigned *grant;    /* by op of the text */
    unsigned *order;    /* by place: number in the text */
    bool *done;
    unsigned last_grant; /* of the best order */
    unsigned finish;     /* last result of all */
};

/* ---------------------------------------------------------------- dependencies */

static bool reads(const struct fc_ir *ir, const struct fc_op *op, unsigned resource)
{
    struct fc_reads list;
    fc_op_reads(ir, op, &list);
    for (unsigned i = 0; i < list.count; i++) {
        if (list.list[i] == resource)
            return true;
    }
    return false;
}

static void at_least(unsigned *distance, unsigned cycles)
{
    if (*distance == NO_DEPENDENCY || *distance < cycles)
        *distance = cycles;
}

/* Writes of one unit come in order; of both, the later must not come first. */
static unsigned write_distance(const struct fc_op *first, const struct fc_op *second)
{
    bool product_first = first->unit == ISA_UNIT_PRODUCT && second->unit == ISA_UNIT_SUM;
    return product_first ? ISA_PRODUCT_CYCLES - ISA_SUM_CYCLES + 1 : 1;
}

static unsigned distance_of(const struct fc_ir *ir, const struct fc_op *first,
                            const struct fc_op *second)
{
    unsigned distance = NO_DEPENDENCY;
    unsigned written = fc_op_result(ir, first), rewritten = fc_op_result(ir, second);
    if (reads(ir, second, written))
        at_least(&distance, fc_latency(first));
    if (reads(ir, first, rewritten))
        at_least(&distance, 1);
    if (written == rewritten)
        at_least(&distance, write_distance(first, second));
    if (first->send && second->send) /* scalars have an order */
        at_least(&distance, 1);
    if (second->inverse != FC_NONE &&
        (written == second->inverse || reads(ir, first, second->inverse)))
        at_least(&distance, 1);
    if (first->inverse != FC_NONE &&
        (rewritten == first->inverse || reads(ir, second, first->inverse)))
        at_least(&distance, 1);
    return distance;
}

static void find_dependencies(struct graph *graph)
{
    const struct fc_op *ops = graph->block->ops;
    for (unsigned j = 0; j < graph->count; j++) {
        for (unsigned i = 0; i < j; i++)
            graph->distance[j * graph->count + i] =
                (uint16_t)distance_of(graph->ir, &ops[i], &ops[j]);
    }
}

static bool decides_end(const struct fc_block *block, const struct fc_op *op)
{
    bool branch = block->end.ctl == ISA_CTL_BRANCH_IF || block->end.ctl == ISA_CTL_BRANCH_UNLESS;
    bool decides = branch && block->end.flag == op->flag;
    for (unsigned i = 0; i < block->reject_count; i++)
        decides |= block->rejects[i].flag == op->flag;
    return op->test && decides;
}

static void find_priorities(struct graph *graph)
{
    for (unsigned i = graph->count; i-- > 0;) {
        const struct fc_op *op = &graph->block->ops[i];
        unsigned most =
            decides_end(graph->block, op) ? fc_flag_latency(op) + ISA_FETCH_CYCLES : fc_latency(op);
        for (unsigned j = i + 1; j < graph->count; j++) {
            unsigned distance = graph->distance[j * graph->count + i];
            if (distance != NO_DEPENDENCY && distance + graph->priority[j] > most)
                most = distance + graph->priority[j];
        }
        graph->priority[i] = most;
    }
}

static void open_graph(struct fc_context *context, const struct fc_ir *ir,
                       const struct fc_block *block, struct graph *graph)
{
    unsigned n = block->op_count;
    *graph = (struct graph){.ir = ir, .block = block, .count = n};
    graph->distance = fc_alloc(context, (size_t)n * n * sizeof graph->distance[0] + 1);
    unsigned *numbers = fc_alloc(context, 4 * (size_t)n * sizeof numbers[0] + 1);
    graph->earliest = numbers;
    graph->priority = numbers + n;
    graph->grant = numbers + 2 * (size_t)n;
    graph->order = numbers + 3 * (size_t)n;
    graph->done = fc_alloc(context, n + 1);
    find_dependencies(graph);
    find_priorities(graph);
}

/* ---------------------------------------------------------------- one block */

/* First cycle in which op i may be granted, or FC_NONE while something before it is not done. */
static unsigned ready_at(const struct graph *graph, unsigned i)
{
    unsigned ready = graph->earliest[i];
    for (unsigned j = 0; j < i; j++) {
        unsigned distance = graph->distance[i * graph->count + j];
        if (distance == NO_DEPENDENCY)
            continue;
        if (!graph->done[j])
            return FC_NONE;
        if (graph->grant[j] + distance > ready)
            ready = graph->grant[j] + distance;
    }
    return ready;
}

/* Whatever can be granted first is; among those that can, the one with the longest way to go. */
static void list_schedule(struct graph *graph)
{
    unsigned now = 0;
    memset(graph->done, 0, graph->count);
    graph->finish = 0;
    graph->last_grant = 0;
    for (unsigned place = 0; place < graph->count; place++) {
        unsigned best = FC_NONE, best_at = FC_NONE;
        for (unsigned i = 0; i < graph->count; i++) {
            unsigned ready = graph->done[i] ? FC_NONE : ready_at(graph, i);
            if (ready == FC_NONE)
                continue;
            ready = ready > now ? ready : now;
            bool better =
                ready < best_at || (ready == best_at && graph->priority[i] > graph->priority[best]);
            if (best == FC_NONE || better) {
                best = i;
                best_at = ready;
            }
        }
        assert(best != FC_NONE);
        graph->done[best] = true;
        graph->grant[best] = best_at;
        graph->order[place] = best;
        graph->last_grant = best_at;
        unsigned finish = best_at + fc_latency(&graph->block->ops[best]);
        graph->finish = finish > graph->finish ? finish : graph->finish;
        now = best_at + ISA_FETCH_CYCLES;
    }
}

static void apply(struct fc_context *context, struct fc_block *block, const struct graph *graph)
{
    struct fc_op *sorted = fc_alloc(context, graph->count * sizeof *sorted + 1);
    for (unsigned i = 0; i < graph->count; i++) {
        sorted[i] = block->ops[graph->order[i]];
        sorted[i].wait = 0;
        bool last = i + 1 == graph->count;
        sorted[i].least_wait =
            last ? 0 : graph->grant[graph->order[i + 1]] - graph->grant[graph->order[i]];
    }
    memcpy(block->ops, sorted, graph->count * sizeof *sorted);
}

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void disturb(const struct graph *graph, const unsigned *base, uint64_t *random)
{
    for (unsigned i = 0; i < graph->count; i++)
        graph->priority[i] = base[i] * 8 + (unsigned)(next_random(random) % 256);
}

/* Tries the plain priorities, then disturbed ones, and leaves the best order in the graph. */
static void search(struct fc_context *context, struct graph *graph,
                   unsigned (*cost)(const struct graph *graph, const void *data), const void *data)
{
    unsigned n = graph->count, tries = n > 200 ? 8 : SEARCHES;
    unsigned *base = fc_alloc(context, 2 * (size_t)n * sizeof base[0] + 1), *best = base + n;
    uint64_t random = 0x9E3779B97F4A7C15u;
    memcpy(base, graph->priority, n * sizeof base[0]);
    list_schedule(graph);
    unsigned best_cost = cost(graph, data);
    memcpy(best, base, n * sizeof best[0]);
    for (unsigned i = 0; i < tries; i++) {
        disturb(graph, base, &random);
        list_schedule(graph);
        unsigned this_cost = cost(graph, data);
        if (this_cost < best_cost) {
            best_cost = this_cost;
            memcpy(best, graph->priority, n * sizeof best[0]);
        }
    }
    memcpy(graph->priority, best, n * sizeof best[0]);
    list_schedule(graph);
}

static unsigned latency_cost(const struct graph *graph, const void *data)
{
    (void)data;
    return graph->finish * 4 + graph->last_grant;
}

/* ---------------------------------------------------------------- the digits' routines */

/* They follow each other in any order. When their inputs come is therefore one agreement for all:
 * cycles after the first grant, by accumulator. */
struct routines {
    struct fc_ir *ir;
    struct graph *graphs;
    unsigned *blocks, *weights, count;
    unsigned *accumulators, accumulator_count;
    unsigned *entry;
};

static unsigned weight_of(unsigned routine)
{
    switch (routine) {
    case ISA_ROUTINE_DOUBLE_SECP256K1:
        return 126;
    case ISA_ROUTINE_DOUBLE_SM2:
        return 60;
    case ISA_ROUTINE_ADD:
        return 45;
    case ISA_ROUTINE_ADD_LAMBDA:
        return 18;
    default:
        return 1;
    }
}

static bool open_routines(struct fc_context *context, struct fc_ir *ir, struct routines *routines)
{
    *routines = (struct routines){.ir = ir};
    routines->graphs = fc_alloc(context, ISA_IMAGE_ROUTINES * sizeof routines->graphs[0]);
    routines->blocks = fc_alloc(context, 2 * ISA_IMAGE_ROUTINES * sizeof routines->blocks[0]);
    routines->weights = routines->blocks + ISA_IMAGE_ROUTINES;
    routines->accumulators = fc_alloc(context, 2 * ir->variable_count * sizeof(unsigned) + 1);
    routines->entry = routines->accumulators + ir->variable_count;
    for (unsigned i = 0; i < ir->unit_count; i++) {
        const struct fc_unit *unit = &ir->units[i];
        if (unit->kind != FC_ROUTINE || ir->blocks[unit->first_block].op_count == 0)
            continue;
        if (routines->count == ISA_IMAGE_ROUTINES)
            fc_fail(context, &unit->where, "more than %u routines", ISA_IMAGE_ROUTINES);
        routines->weights[routines->count] = weight_of(unit->code);
        routines->blocks[routines->count] = unit->first_block;
        open_graph(context, ir, &ir->blocks[unit->first_block],
                   &routines->graphs[routines->count++]);
    }
    for (unsigned i = 0; i < ir->variable_count; i++) {
        if (ir->variables[i].accumulator)
            routines->accumulators[routines->accumulator_count++] = i;
    }
    return routines->count > 0;
}

/* Inputs come as agreed; only until something in the routine has written them anew. */
static void set_entry(const struct routines *routines, struct graph *graph)
{
    for (unsigned i = 0; i < graph->count; i++) {
        graph->earliest[i] = 0;
        for (unsigned a = 0; a < routines->accumulator_count; a++) {
            unsigned variable = routines->accumulators[a];
            bool rewritten = false;
            for (unsigned j = 0; j < i; j++)
                rewritten |= fc_op_result(routines->ir, &graph->block->ops[j]) == variable;
            if (!rewritten && reads(routines->ir, &graph->block->ops[i], variable) &&
                routines->entry[a] > graph->earliest[i])
                graph->earliest[i] = routines->entry[a];
        }
    }
}

/* When the first op is granted, on the agreement's clock: above 0 if every op waits for an
 * accumulator. */
static unsigned lead(const struct graph *graph)
{
    return graph->grant[graph->order[0]];
}

/* Cycles from the first grant to 0 on the next routine's clock. */
static unsigned period(const struct graph *graph, const void *data)
{
    const struct routines *routines = data;
    unsigned next = graph->last_grant + ISA_DISPATCH_CYCLES;
    for (unsigned i = 0; i < graph->count; i++) {
        const struct fc_op *op = &graph->block->ops[i];
        unsigned written = fc_op_result(routines->ir, op), flag = fc_op_flag(routines->ir, op);
        for (unsigned a = 0; a < routines->accumulator_count; a++) {
            unsigned settled = graph->grant[i] + fc_latency(op);
            if (routines->accumulators[a] == written && settled > next + routines->entry[a])
                next = settled - routines->entry[a];
        }
        if (flag != FC_NONE && graph->grant[i] + fc_flag_latency(op) + ISA_DISPATCH_CYCLES > next)
            next = graph->grant[i] + fc_flag_latency(op) + ISA_DISPATCH_CYCLES;
    }
    return next - lead(graph);
}

static uint64_t routines_cost(struct routines *routines)
{
    uint64_t cost = 0, weights = 0;
    /* The wait before a routine is the same whichever follows: that for the one which begins
     * latest. */
    unsigned most_lead = 0;
    for (unsigned i = 0; i < routines->count; i++) {
        struct graph *graph = &routines->graphs[i];
        set_entry(routines, graph);
        list_schedule(graph);
        cost += (uint64_t)routines->weights[i] * period(graph, routines);
        weights += routines->weights[i];
        most_lead = lead(graph) > most_lead ? lead(graph) : most_lead;
    }
    return cost + weights * most_lead;
}

/* Has accumulators a and b come at the time at which all routines together are fastest, if that is
 * better than `best`; whether it is. */
static bool agree_on(struct routines *routines, unsigned a, unsigned b, uint64_t *best)
{
    unsigned kept_a = routines->entry[a], kept_b = routines->entry[b];
    bool better = false;
    for (unsigned cycles = 0; cycles <= ENTRY_MOST; cycles += ENTRY_STEP) {
        routines->entry[a] = routines->entry[b] = cycles;
        uint64_t cost = routines_cost(routines);
        if (cost < *best) {
            *best = cost;
            kept_a = kept_b = cycles;
            better = true;
        }
    }
    routines->entry[a] = kept_a;
    routines->entry[b] = kept_b;
    return better;
}

/* One at a time, and two, because an operation on two of them waits for the later one. */
static void agree(struct routines *routines)
{
    uint64_t best = routines_cost(routines);
    for (bool better = true; better;) {
        better = false;
        for (unsigned a = 0; a < routines->accumulator_count; a++) {
            for (unsigned b = a; b < routines->accumulator_count; b++)
                better |= agree_on(routines, a, b, &best);
        }
    }
}

static void schedule_routines(struct fc_context *context, struct fc_ir *ir)
{
    struct routines routines;
    if (!open_routines(context, ir, &routines))
        return;
    agree(&routines);
    for (unsigned i = 0; i < routines.count; i++) {
        set_entry(&routines, &routines.graphs[i]);
        search(context, &routines.graphs[i], period, &routines);
        apply(context, &ir->blocks[routines.blocks[i]], &routines.graphs[i]);
    }
}

/* ---------------------------------------------------------------- control on ops */

static void append_idle(struct fc_context *context, struct fc_ir *ir, struct fc_block *block)
{
    struct fc_op idle = fc_idle_op(context, ir, &ir->units[block->unit].where);
    *fc_append_op(context, ir, (unsigned)(block - ir->blocks)) = idle;
}

/* First op, from `first` on, whose control is free and may be a branch. The last one is kept for
 * the block's end, unless that is the next word. */
static struct fc_op *free_for_branch(const struct fc_ir *ir, struct fc_block *block, unsigned first)
{
    bool falls =
        block->end.ctl == ISA_CTL_NEXT && block->end.next == (unsigned)(block - ir->blocks) + 1;
    for (unsigned i = first; i + !falls < block->op_count; i++) {
        struct fc_op *op = &block->ops[i];
        if (op->ctl == ISA_CTL_NEXT && op->send == ISA_SEND_NONE)
            return op;
    }
    return NULL;
}

/* Place of the first op that is granted when the flag is settled, by the waits that follow from
 * the distances inside the block alone. */
static unsigned settled_place(const struct fc_ir *ir, const struct fc_block *block, unsigned flag)
{
    unsigned settled = 0, first = 0;
    unsigned grant = 0;
    for (unsigned i = 0; i < block->op_count; i++) {
        const struct fc_op *op = &block->ops[i];
        for (unsigned j = 0; j < i; j++) {
            unsigned distance = distance_of(ir, &block->ops[j], op);
            if (distance != NO_DEPENDENCY && block->ops[j].wait + distance > grant)
                grant = block->ops[j].wait + distance;
        }
        block->ops[i].wait = grant; /* the grant, until fc_set_waits */
        if (op->test && op->flag == flag) {
            settled = grant + fc_flag_latency(op);
            first = FC_NONE;
        } else if (first == FC_NONE && grant >= settled) {
            first = i;
        }
        grant += ISA_FETCH_CYCLES;
    }
    return first == FC_NONE ? block->op_count : first;
}

static void place_rejects(struct fc_context *context, struct fc_ir *ir, struct fc_block *block)
{
    for (unsigned i = 0; i < block->reject_count; i++) {
        unsigned first = settled_place(ir, block, block->rejects[i].flag);
        struct fc_op *op = free_for_branch(ir, block, first);
        while (!op) {
            append_idle(context, ir, block);
            op = free_for_branch(ir, block, first);
        }
        op->ctl = block->rejects[i].unless ? ISA_CTL_BRANCH_UNLESS : ISA_CTL_BRANCH_IF;
        op->branch_flag = block->rejects[i].flag;
        op->target = ir->invalid_block;
    }
}

/* An empty block is no word if nothing waits, and what follows stands behind it. */
static bool needs_op(const struct fc_ir *ir, const struct fc_block *block)
{
    unsigned following = (unsigned)(block - ir->blocks) + 1;
    bool jumps = block->end.next != following && !block->op_count;
    return block->end.ctl != ISA_CTL_NEXT || block->await || jumps;
}

static bool can_end(const struct fc_block *block, const struct fc_op *op)
{
    bool branch = block->end.ctl == ISA_CTL_BRANCH_IF || block->end.ctl == ISA_CTL_BRANCH_UNLESS;
    bool decides = branch && op->test && op->flag == block->end.flag;
    if (decides || (branch && op->send != ISA_SEND_NONE))
        return false;
    /* Digits can wait on the very scalar that the op would send. */
    return block->end.ctl != ISA_CTL_EVENTS ||
           (op->gate == ISA_GATE_NONE && op->send == ISA_SEND_NONE);
}

static void place_gates(struct fc_context *context, struct fc_ir *ir, struct fc_block *block)
{
    if (block->await && block->ops[0].gate != ISA_GATE_NONE) {
        append_idle(context, ir, block);
        struct fc_op idle = block->ops[block->op_count - 1];
        memmove(block->ops + 1, block->ops, (block->op_count - 1) * sizeof block->ops[0]);
        block->ops[0] = idle;
    }
    if (block->await)
        block->ops[0].gate = ISA_GATE_INVERSE;
    if (block->end.ctl != ISA_CTL_EVENTS)
        return;
    if (block->ops[block->op_count - 1].gate != ISA_GATE_NONE)
        append_idle(context, ir, block);
    block->ops[block->op_count - 1].gate = ISA_GATE_EVENTS;
}

static void place_control(struct fc_context *context, struct fc_ir *ir, struct fc_block *block)
{
    place_rejects(context, ir, block);
    if (needs_op(ir, block) &&
        (!block->op_count || !can_end(block, &block->ops[block->op_count - 1])))
        append_idle(context, ir, block);
    if (block->op_count)
        place_gates(context, ir, block);
}

void fc_schedule(struct fc_context *context, struct fc_ir *ir)
{
    schedule_routines(context, ir);
    for (unsigned i = 0; i < ir->block_count; i++) {
        struct fc_block *block = &ir->blocks[i];
        if (ir->units[block->unit].kind != FC_ROUTINE && block->op_count > 1) {
            struct graph graph;
            open_graph(context, ir, block, &graph);
            search(context, &graph, latency_cost, NULL);
            apply(context, block, &graph);
        }
        place_control(context, ir, block);
    }
}
