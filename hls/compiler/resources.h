/* SPDX-License-Identifier: Apache-2.0 */
/* What operations read and write, numbered: variables, then words of the table, then flags. */
#ifndef HLS_COMPILER_RESOURCES_H
#define HLS_COMPILER_RESOURCES_H
#include "hls/compiler/ir.h"

#define FC_READS_MAX (ISA_TABLE_WORDS + 8u)

struct fc_reads {
    unsigned list[FC_READS_MAX], count;
};

unsigned fc_resource_count(const struct fc_ir *ir);
unsigned fc_table_resource(const struct fc_ir *ir, unsigned word);
unsigned fc_flag_resource(const struct fc_ir *ir, unsigned flag);

/* Registers, words and flags that must have been written when the op is granted. */
void fc_op_reads(const struct fc_ir *ir, const struct fc_op *op, struct fc_reads *reads);
/* What the block's end reads, at the grant of its last op. */
void fc_end_reads(const struct fc_ir *ir, const struct fc_block *block, struct fc_reads *reads);
/* Resource that the op writes; its flag, or FC_NONE. */
unsigned fc_op_result(const struct fc_ir *ir, const struct fc_op *op);
unsigned fc_op_flag(const struct fc_ir *ir, const struct fc_op *op);

/* Cycles from the op's grant to the first grant that may read its result, to see its flag. */
unsigned fc_latency(const struct fc_op *op);
unsigned fc_flag_latency(const struct fc_op *op);
#endif
