/* SPDX-License-Identifier: Apache-2.0 */
#include "hls/compiler/ir.h"
#include <assert.h>
#include <string.h>

#define BLOCKS_MAX    2048u
#define VARIABLES_MAX 4096u

unsigned fc_new_block(struct fc_context *context, struct fc_ir *ir)
{
    struct fc_unit *unit = &ir->units[ir->unit_count - 1];
    if (ir->block_count == BLOCKS_MAX)
        fc_fail(context, &unit->where, "more than %u basic blocks", BLOCKS_MAX);
    ir->blocks = fc_grow(context, ir->blocks, ir->block_count, sizeof ir->blocks[0]);
    struct fc_block *block = &ir->blocks[ir->block_count];
    memset(block, 0, sizeof *block);
    block->unit = ir->unit_count - 1;
    block->end.next = FC_NONE;
    unit->block_end = ir->block_count + 1;
    return ir->block_count++;
}

struct fc_op *fc_append_op(struct fc_context *context, struct fc_ir *ir, unsigned number)
{
    struct fc_block *block = &ir->blocks[number];
    if (ir->op_count++ == ISA_IMAGE_WORDS_MAX)
        fc_fail(context, &ir->units[block->unit].where, "more than %u operations in all",
                ISA_IMAGE_WORDS_MAX);
    block->ops = fc_grow(context, block->ops, block->op_count, sizeof block->ops[0]);
    struct fc_op *op = &block->ops[block->op_count++];
    memset(op, 0, sizeof *op);
    op->inverse = FC_NONE;
    return op;
}

struct fc_operand fc_new_part(struct fc_context *context, struct fc_ir *ir, unsigned unit)
{
    if (ir->variable_count == VARIABLES_MAX)
        fc_fail(context, NULL, "more than %u values", VARIABLES_MAX);
    ir->variables = fc_grow(context, ir->variables, ir->variable_count, sizeof ir->variables[0]);
    ir->variables[ir->variable_count] =
        (struct fc_variable){.bank = unit == ISA_UNIT_PRODUCT ? FC_BANK_P : FC_BANK_S,
                             .pin = FC_NONE,
                             .scope = FC_NONE,
                             .reg = FC_NONE};
    return (struct fc_operand){FC_VARIABLE, ir->variable_count++};
}

unsigned fc_constant(struct fc_context *context, struct fc_ir *ir, const struct fc_position *where,
                     const struct fc_number *number)
{
    for (unsigned i = 0; i < ir->constant_count; i++) {
        if (memcmp(&ir->constants[i], number, sizeof *number) == 0)
            return i;
    }
    if (ir->constant_count == ISA_IMAGE_CONSTANTS)
        fc_fail(context, where, "the programs use more than %u constants", ISA_IMAGE_CONSTANTS);
    ir->constants[ir->constant_count] = *number;
    return ir->constant_count++;
}

struct fc_op fc_idle_op(struct fc_context *context, struct fc_ir *ir,
                        const struct fc_position *where)
{
    static const struct fc_number one = {{1}};
    struct fc_op op = {.unit = ISA_UNIT_SUM, .code = ISA_SUM_OP_COPY, .inverse = FC_NONE};
    if (where)
        op.where = *where;
    op.b = (struct fc_operand){FC_CONSTANT, fc_constant(context, ir, where, &one)};
    op.dst = fc_new_part(context, ir, ISA_UNIT_SUM);
    return op;
}

const char *fc_variable_name(const struct fc_ir *ir, unsigned variable)
{
    const char *name = ir->variables[variable].name;
    return name ? name : "a part of an expression";
}

struct successors {
    unsigned *list, count, room;
};

static void add(struct successors *successors, unsigned block)
{
    assert(block != FC_NONE && successors->count < successors->room);
    successors->list[successors->count++] = block;
}

static void add_callers(const struct fc_ir *ir, unsigned unit, struct successors *successors)
{
    for (unsigned i = 0; i < ir->block_count; i++) {
        const struct fc_end *end = &ir->blocks[i].end;
        if (end->ctl == ISA_CTL_CALL && end->target == unit)
            add(successors, end->next);
    }
}

static void add_digits(const struct fc_ir *ir, const struct fc_end *end,
                       struct successors *successors)
{
    for (unsigned i = 0; i < ir->unit_count; i++) {
        if (ir->units[i].kind == FC_ROUTINE)
            add(successors, ir->units[i].first_block);
    }
    if (end->ctl == ISA_CTL_EVENTS) {
        add(successors, end->next);
        return;
    }
    for (unsigned i = 0; i < ir->block_count; i++) {
        if (ir->blocks[i].end.ctl == ISA_CTL_EVENTS)
            add(successors, ir->blocks[i].end.next);
    }
}

unsigned fc_successors(const struct fc_ir *ir, unsigned block, unsigned *list, unsigned room)
{
    struct successors successors = {list, 0, room};
    const struct fc_end *end = &ir->blocks[block].end;
    switch (end->ctl) {
    case ISA_CTL_NEXT:
    case ISA_CTL_COUNT:
        add(&successors, end->next);
        break;
    case ISA_CTL_BRANCH_IF:
    case ISA_CTL_BRANCH_UNLESS:
    case ISA_CTL_LOOP:
    case ISA_CTL_GATHER:
        add(&successors, end->target);
        add(&successors, end->next);
        break;
    case ISA_CTL_CALL:
        add(&successors, ir->units[end->target].first_block);
        break;
    case ISA_CTL_RETURN:
        add_callers(ir, ir->blocks[block].unit, &successors);
        break;
    case ISA_CTL_EVENTS:
    case ISA_CTL_DISPATCH:
        add_digits(ir, end, &successors);
        break;
    default:
        assert(end->ctl == ISA_CTL_VERDICT || end->ctl == ISA_CTL_END);
    }
    return successors.count;
}
