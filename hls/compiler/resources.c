/* SPDX-License-Identifier: Apache-2.0 */
#include "hls/compiler/resources.h"
#include <assert.h>

unsigned fc_resource_count(const struct fc_ir *ir)
{
    return ir->variable_count + ISA_TABLE_WORDS + ISA_FLAGS;
}

unsigned fc_table_resource(const struct fc_ir *ir, unsigned word)
{
    assert(word < ISA_TABLE_WORDS);
    return ir->variable_count + word;
}

unsigned fc_flag_resource(const struct fc_ir *ir, unsigned flag)
{
    assert(flag < ISA_FLAGS);
    return ir->variable_count + ISA_TABLE_WORDS + flag;
}

static void add(struct fc_reads *reads, unsigned resource)
{
    assert(reads->count < FC_READS_MAX);
    reads->list[reads->count++] = resource;
}

static void add_operand(const struct fc_ir *ir, struct fc_operand operand, struct fc_reads *reads)
{
    if (operand.kind == FC_VARIABLE || operand.kind == FC_PARTNER)
        add(reads, operand.index);
    else if (operand.kind == FC_TABLE)
        add(reads, fc_table_resource(ir, operand.index));
    for (unsigned i = 0; operand.kind == FC_ADDEND && i < ISA_TABLE_WORDS; i++)
        add(reads, fc_table_resource(ir, i)); /* which one, the digit says */
}

void fc_op_reads(const struct fc_ir *ir, const struct fc_op *op, struct fc_reads *reads)
{
    reads->count = 0;
    add_operand(ir, op->a, reads);
    add_operand(ir, op->b, reads);
    if (op->ctl == ISA_CTL_BRANCH_IF || op->ctl == ISA_CTL_BRANCH_UNLESS)
        add(reads, fc_flag_resource(ir, op->branch_flag));
}

void fc_end_reads(const struct fc_ir *ir, const struct fc_block *block, struct fc_reads *reads)
{
    reads->count = 0;
    const struct fc_end *end = &block->end;
    if (end->ctl == ISA_CTL_BRANCH_IF || end->ctl == ISA_CTL_BRANCH_UNLESS)
        add(reads, fc_flag_resource(ir, end->flag));
    if (end->ctl == ISA_CTL_DISPATCH) {
        add(reads, fc_flag_resource(ir, ISA_FLAG_H_ZERO));
        add(reads, fc_flag_resource(ir, ISA_FLAG_R_ZERO));
    }
    if (end->ctl != ISA_CTL_GATHER)
        return;
    for (unsigned i = 0; i < ir->variable_count; i++) { /* the partner reads them at any time */
        if (ir->variables[i].of_partner)
            add(reads, i);
    }
}

unsigned fc_op_result(const struct fc_ir *ir, const struct fc_op *op)
{
    return op->dst.kind == FC_TABLE ? fc_table_resource(ir, op->dst.index) : op->dst.index;
}

unsigned fc_op_flag(const struct fc_ir *ir, const struct fc_op *op)
{
    return op->test == ISA_TEST_NONE ? FC_NONE : fc_flag_resource(ir, op->flag);
}

unsigned fc_latency(const struct fc_op *op)
{
    return op->unit == ISA_UNIT_PRODUCT ? ISA_PRODUCT_CYCLES : ISA_SUM_CYCLES;
}

unsigned fc_flag_latency(const struct fc_op *op)
{
    return fc_latency(op) + ISA_FLAG_CYCLES;
}
