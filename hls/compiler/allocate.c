/* SPDX-License-Identifier: Apache-2.0 */
#include "hls/compiler/allocate.h"
#include <assert.h>
#include <string.h>

/* Sets of variables, one bit each. */
typedef uint64_t *set;

/* Liveness is computed along blocks; subroutines and digits are seen from outside as one step that
 * reads `uses`, surely writes `kills`, and may write `writes`. Only so a variable that lives across
 * one program's call is not alive across another's. */
struct summary {
    set uses, kills, writes;
};

struct allocation {
    struct fc_context *context;
    struct fc_ir *ir;
    unsigned words; /* of a set */
    set *live_in;   /* by block */
    set *live_out;
    struct summary *units;
    struct summary digits;
    set return_live; /* live behind the unit under work, scratch */
    set scratch;
    uint64_t *conflicts; /* matrix, by rows */
};

static set new_set(struct allocation *allocation)
{
    return fc_alloc(allocation->context, allocation->words * sizeof(uint64_t));
}

static bool has(const uint64_t *members, unsigned variable)
{
    return members[variable / 64] >> variable % 64 & 1;
}

static void put(uint64_t *members, unsigned variable)
{
    members[variable / 64] |= (uint64_t)1 << variable % 64;
}

static void drop(uint64_t *members, unsigned variable)
{
    members[variable / 64] &= ~((uint64_t)1 << variable % 64);
}

/* to |= from. True: it has grown. */
static bool merge(const struct allocation *allocation, uint64_t *to, const uint64_t *from)
{
    bool grown = false;
    for (unsigned i = 0; i < allocation->words; i++) {
        grown |= (from[i] & ~to[i]) != 0;
        to[i] |= from[i];
    }
    return grown;
}

static void copy(const struct allocation *allocation, uint64_t *to, const uint64_t *from)
{
    memcpy(to, from, allocation->words * sizeof(uint64_t));
}

/* ---------------------------------------------------------------- liveness */

static void read_operand(uint64_t *live, struct fc_operand operand)
{
    if (operand.kind == FC_VARIABLE || operand.kind == FC_PARTNER)
        put(live, operand.index);
}

/* Backwards over one op. */
static void step_back(uint64_t *live, const struct fc_op *op)
{
    if (op->inverse != FC_NONE)
        drop(live, op->inverse);
    if (op->dst.kind == FC_VARIABLE)
        drop(live, op->dst.index);
    read_operand(live, op->a);
    read_operand(live, op->b);
}

/* live := what is alive before a unit or the digits, given what is alive behind. */
static void step_back_over(const struct allocation *allocation, uint64_t *live,
                           const struct summary *summary)
{
    for (unsigned i = 0; i < allocation->words; i++)
        live[i] = (live[i] & ~summary->kills[i]) | summary->uses[i];
}

static void merge_block(const struct allocation *allocation, uint64_t *live, unsigned block)
{
    if (block != FC_NONE)
        merge(allocation, live, allocation->live_in[block]);
}

/* What is alive behind the block's last op. */
static void live_behind(struct allocation *allocation, unsigned block, uint64_t *live)
{
    const struct fc_end *end = &allocation->ir->blocks[block].end;
    memset(live, 0, allocation->words * sizeof(uint64_t));
    merge_block(allocation, live, end->next);
    if (end->ctl == ISA_CTL_BRANCH_IF || end->ctl == ISA_CTL_BRANCH_UNLESS ||
        end->ctl == ISA_CTL_LOOP || end->ctl == ISA_CTL_GATHER)
        merge_block(allocation, live, end->target);
    else if (end->ctl == ISA_CTL_CALL)
        step_back_over(allocation, live, &allocation->units[end->target]);
    else if (end->ctl == ISA_CTL_EVENTS)
        step_back_over(allocation, live, &allocation->digits);
    else if (end->ctl == ISA_CTL_RETURN || end->ctl == ISA_CTL_DISPATCH)
        merge(allocation, live, allocation->return_live);
}

/* Liveness of the unit's blocks, until nothing changes. */
static void flow(struct allocation *allocation, const struct fc_unit *unit)
{
    for (bool changed = true; changed;) {
        changed = false;
        for (unsigned b = unit->block_end; b-- > unit->first_block;) {
            const struct fc_block *block = &allocation->ir->blocks[b];
            live_behind(allocation, b, allocation->scratch);
            merge(allocation, allocation->live_out[b], allocation->scratch);
            for (unsigned i = block->op_count; i-- > 0;)
                step_back(allocation->scratch, &block->ops[i]);
            changed |= merge(allocation, allocation->live_in[b], allocation->scratch);
        }
    }
}

/* ---------------------------------------------------------------- summaries */

static void collect_writes(struct allocation *allocation, unsigned unit)
{
    const struct fc_unit *u = &allocation->ir->units[unit];
    for (unsigned b = u->first_block; b < u->block_end; b++) {
        const struct fc_block *block = &allocation->ir->blocks[b];
        for (unsigned i = 0; i < block->op_count; i++) {
            const struct fc_op *op = &block->ops[i];
            if (op->dst.kind == FC_VARIABLE)
                put(allocation->units[unit].writes, op->dst.index);
            if (op->inverse != FC_NONE)
                put(allocation->units[unit].writes, op->inverse);
        }
    }
}

/* A variable is surely written if, alive behind the unit, it need not be alive before: asked for
 * all at once, as liveness of each variable is independent of the others'. */
static void summarize(struct allocation *allocation, unsigned unit)
{
    const struct fc_unit *u = &allocation->ir->units[unit];
    struct summary *summary = &allocation->units[unit];
    collect_writes(allocation, unit);
    flow(allocation, u);
    copy(allocation, summary->uses, allocation->live_in[u->first_block]);
    memset(allocation->return_live, 0xFF, allocation->words * sizeof(uint64_t));
    flow(allocation, u);
    for (unsigned i = 0; i < allocation->words; i++)
        summary->kills[i] = ~allocation->live_in[u->first_block][i];
    memset(allocation->return_live, 0, allocation->words * sizeof(uint64_t));
    for (unsigned b = u->first_block; b < u->block_end; b++) {
        memset(allocation->live_in[b], 0, allocation->words * sizeof(uint64_t));
        memset(allocation->live_out[b], 0, allocation->words * sizeof(uint64_t));
    }
}

/* The digits begin with a load, which writes the accumulators before anything reads them. */
static void summarize_digits(struct allocation *allocation)
{
    const struct fc_ir *ir = allocation->ir;
    struct summary *digits = &allocation->digits;
    for (unsigned i = 0; i < ir->unit_count; i++) {
        if (ir->units[i].kind != FC_ROUTINE)
            continue;
        merge(allocation, digits->uses, allocation->units[i].uses);
        merge(allocation, digits->writes, allocation->units[i].writes);
    }
    for (unsigned i = 0; i < ir->variable_count; i++) {
        if (!ir->variables[i].accumulator)
            continue;
        drop(digits->uses, i);
        put(digits->kills, i);
    }
}

/* What can be alive behind a subroutine, or between two of the digits' routines. */
static void find_return_live(struct allocation *allocation, unsigned unit)
{
    const struct fc_ir *ir = allocation->ir;
    bool routine = ir->units[unit].kind == FC_ROUTINE;
    uint64_t *live = allocation->return_live;
    memset(live, 0, allocation->words * sizeof(uint64_t));
    for (unsigned b = 0; b < ir->block_count; b++) {
        const struct fc_end *end = &ir->blocks[b].end;
        bool here =
            routine ? end->ctl == ISA_CTL_EVENTS : end->ctl == ISA_CTL_CALL && end->target == unit;
        if (here)
            merge(allocation, live, allocation->live_in[end->next]);
    }
    const struct summary *summary = routine ? &allocation->digits : &allocation->units[unit];
    for (unsigned i = 0; i < allocation->words; i++)
        live[i] &= summary->writes[i] | summary->uses[i];
    for (unsigned i = 0; routine && i < ir->unit_count; i++) {
        if (ir->units[i].kind == FC_ROUTINE)
            merge(allocation, live, allocation->units[i].uses);
    }
}

static void find_liveness(struct allocation *allocation)
{
    const struct fc_ir *ir = allocation->ir;
    for (unsigned i = 0; i < ir->unit_count; i++) {
        if (ir->units[i].kind == FC_SUBROUTINE || ir->units[i].kind == FC_ROUTINE)
            summarize(allocation, i);
    }
    summarize_digits(allocation);
    for (unsigned i = 0; i < ir->unit_count; i++) {
        if (ir->units[i].kind == FC_PROGRAM)
            flow(allocation, &ir->units[i]);
    }
    for (unsigned i = 0; i < ir->unit_count; i++) {
        if (ir->units[i].kind != FC_SUBROUTINE && ir->units[i].kind != FC_ROUTINE)
            continue;
        find_return_live(allocation, i);
        flow(allocation, &ir->units[i]);
    }
}

static void check_assigned(struct allocation *allocation)
{
    const struct fc_ir *ir = allocation->ir;
    for (unsigned u = 0; u < ir->unit_count; u++) {
        const struct fc_unit *unit = &ir->units[u];
        if (unit->kind == FC_INVALID)
            continue;
        uint64_t *live = allocation->live_in[unit->first_block];
        copy(allocation, allocation->scratch, live);
        for (unsigned i = 0; i < unit->parameter_count; i++)
            drop(allocation->scratch, unit->parameters[i]);
        for (unsigned i = 0; i < ir->variable_count; i++) {
            bool given = unit->kind != FC_PROGRAM && ir->variables[i].shared;
            if (has(allocation->scratch, i) && !given)
                fc_fail(allocation->context, &unit->where,
                        "%s may read %s before anything is assigned to it", unit->name,
                        fc_variable_name(ir, i));
        }
    }
}

/* ---------------------------------------------------------------- conflicts */

static void conflict(struct allocation *allocation, unsigned a, unsigned b)
{
    const struct fc_variable *variables = allocation->ir->variables;
    if (a == b || variables[a].bank != variables[b].bank)
        return;
    put(allocation->conflicts + (size_t)a * allocation->words, b);
    put(allocation->conflicts + (size_t)b * allocation->words, a);
}

static void conflict_all(struct allocation *allocation, unsigned variable, const uint64_t *live)
{
    for (unsigned i = 0; i < allocation->ir->variable_count; i++) {
        if (has(live, i))
            conflict(allocation, variable, i);
    }
}

/* What lives across a call or the digits untouched is in the way of all that is written there. */
static void conflict_across(struct allocation *allocation, const struct fc_end *end)
{
    const struct summary *summary =
        end->ctl == ISA_CTL_CALL ? &allocation->units[end->target] : &allocation->digits;
    const uint64_t *behind = allocation->live_in[end->next];
    for (unsigned i = 0; i < allocation->ir->variable_count; i++) {
        if (has(behind, i) && !has(summary->kills, i))
            conflict_all(allocation, i, summary->writes);
    }
}

static void find_conflicts(struct allocation *allocation)
{
    const struct fc_ir *ir = allocation->ir;
    for (unsigned b = 0; b < ir->block_count; b++) {
        const struct fc_block *block = &ir->blocks[b];
        uint64_t *live = allocation->scratch;
        copy(allocation, live, allocation->live_out[b]);
        if (block->end.ctl == ISA_CTL_CALL || block->end.ctl == ISA_CTL_EVENTS)
            conflict_across(allocation, &block->end);
        for (unsigned i = block->op_count; i-- > 0;) {
            const struct fc_op *op = &block->ops[i];
            if (op->dst.kind == FC_VARIABLE)
                conflict_all(allocation, op->dst.index, live);
            if (op->inverse != FC_NONE) {
                conflict_all(allocation, op->inverse, live);
                if (op->dst.kind == FC_VARIABLE)
                    conflict(allocation, op->inverse, op->dst.index);
            }
            step_back(live, op);
        }
    }
    for (unsigned u = 0; u < ir->unit_count; u++) {
        const struct fc_unit *unit = &ir->units[u];
        for (unsigned i = 0; i < unit->parameter_count; i++) {
            if (has(allocation->live_in[unit->first_block], unit->parameters[i]))
                conflict_all(allocation, unit->parameters[i],
                             allocation->live_in[unit->first_block]);
        }
    }
}

/* ---------------------------------------------------------------- colouring */

/* Registers that conflicting variables already have, one bit each. */
static unsigned taken(const struct allocation *allocation, unsigned variable)
{
    const uint64_t *row = allocation->conflicts + (size_t)variable * allocation->words;
    unsigned registers = 0;
    for (unsigned i = 0; i < allocation->words; i++) {
        for (uint64_t bits = row[i]; bits; bits &= bits - 1) {
            unsigned reg = allocation->ir->variables[64 * i + (unsigned)__builtin_ctzll(bits)].reg;
            if (reg != FC_NONE)
                registers |= 1u << reg;
        }
    }
    return registers;
}

static unsigned degree(const struct allocation *allocation, unsigned variable)
{
    const uint64_t *row = allocation->conflicts + (size_t)variable * allocation->words;
    unsigned count = 0;
    for (unsigned i = 0; i < allocation->words; i++)
        count += (unsigned)__builtin_popcountll(row[i]);
    return count;
}

static void give_pins(struct allocation *allocation)
{
    struct fc_ir *ir = allocation->ir;
    for (unsigned i = 0; i < ir->variable_count; i++) {
        struct fc_variable *variable = &ir->variables[i];
        if (variable->pin == FC_NONE)
            continue;
        if (taken(allocation, i) >> variable->pin & 1)
            fc_fail(allocation->context, &variable->where,
                    "%s and another value are alive at once in register %c%u", variable->name,
                    variable->bank == FC_BANK_P ? 'P' : 'S', variable->pin);
        variable->reg = variable->pin;
    }
}

/* The variable with the fewest registers to choose from, as others close in on it. */
static unsigned hardest(const struct allocation *allocation, const uint64_t *wanted)
{
    unsigned best = FC_NONE, best_taken = 0, best_degree = 0;
    for (unsigned i = 0; i < allocation->ir->variable_count; i++) {
        if (allocation->ir->variables[i].reg != FC_NONE || !has(wanted, i))
            continue;
        unsigned count = (unsigned)__builtin_popcount(taken(allocation, i));
        unsigned neighbours = degree(allocation, i);
        if (best == FC_NONE || count > best_taken ||
            (count == best_taken && neighbours > best_degree)) {
            best = i;
            best_taken = count;
            best_degree = neighbours;
        }
    }
    return best;
}

static void colour(struct allocation *allocation, const uint64_t *wanted)
{
    for (;;) {
        unsigned variable = hardest(allocation, wanted);
        if (variable == FC_NONE)
            return;
        unsigned free = ~taken(allocation, variable) & ((1u << ISA_REGISTERS) - 1);
        struct fc_variable *v = &allocation->ir->variables[variable];
        if (!free)
            fc_fail(allocation->context, &v->where, "bank %c has no register left for %s",
                    v->bank == FC_BANK_P ? 'P' : 'S', fc_variable_name(allocation->ir, variable));
        v->reg = (unsigned)__builtin_ctz(free);
    }
}

static void open_allocation(struct allocation *allocation)
{
    const struct fc_ir *ir = allocation->ir;
    allocation->words = (ir->variable_count + 63) / 64;
    allocation->live_in = fc_alloc(allocation->context, ir->block_count * sizeof(set));
    allocation->live_out = fc_alloc(allocation->context, ir->block_count * sizeof(set));
    for (unsigned b = 0; b < ir->block_count; b++) {
        allocation->live_in[b] = new_set(allocation);
        allocation->live_out[b] = new_set(allocation);
    }
    allocation->units =
        fc_alloc(allocation->context, (ir->unit_count + 1) * sizeof(struct summary));
    for (unsigned i = 0; i <= ir->unit_count; i++) {
        struct summary *summary = &allocation->units[i];
        *summary = (struct summary){new_set(allocation), new_set(allocation), new_set(allocation)};
    }
    allocation->digits = allocation->units[ir->unit_count];
    allocation->return_live = new_set(allocation);
    allocation->scratch = new_set(allocation);
    allocation->conflicts = fc_alloc(allocation->context, (size_t)ir->variable_count *
                                                              allocation->words * sizeof(uint64_t));
}

/* What an op writes must have a register; what one only reads must have got one that way. */
static void check_read(struct allocation *allocation, const uint64_t *written,
                       const struct fc_op *op, struct fc_operand operand)
{
    if (operand.kind != FC_VARIABLE && operand.kind != FC_PARTNER)
        return;
    if (!has(written, operand.index) && allocation->ir->variables[operand.index].pin == FC_NONE)
        fc_fail(allocation->context, &op->where, "%s is read, but nothing assigns it",
                fc_variable_name(allocation->ir, operand.index));
}

void fc_allocate(struct fc_context *context, struct fc_ir *ir)
{
    struct allocation allocation = {.context = context, .ir = ir};
    open_allocation(&allocation);
    find_liveness(&allocation);
    check_assigned(&allocation);
    find_conflicts(&allocation);
    give_pins(&allocation);
    uint64_t *wanted = new_set(&allocation);
    for (unsigned b = 0; b < ir->block_count; b++) {
        for (unsigned i = 0; i < ir->blocks[b].op_count; i++) {
            const struct fc_op *op = &ir->blocks[b].ops[i];
            if (op->dst.kind == FC_VARIABLE)
                put(wanted, op->dst.index);
            if (op->inverse != FC_NONE)
                put(wanted, op->inverse);
        }
    }
    for (unsigned b = 0; b < ir->block_count; b++) {
        for (unsigned i = 0; i < ir->blocks[b].op_count; i++) {
            check_read(&allocation, wanted, &ir->blocks[b].ops[i], ir->blocks[b].ops[i].a);
            check_read(&allocation, wanted, &ir->blocks[b].ops[i], ir->blocks[b].ops[i].b);
        }
    }
    colour(&allocation, wanted);
}
