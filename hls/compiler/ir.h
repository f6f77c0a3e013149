/* SPDX-License-Identifier: Apache-2.0 */
/* The programs between text and image: operations in basic blocks. */
#ifndef HLS_COMPILER_IR_H
#define HLS_COMPILER_IR_H
#include "hls/compiler/context.h"
#include "hls/compiler/lexer.h"
#include "snap_isa.h"

#define FC_NONE 0xFFFFFFFFu

enum fc_bank { FC_BANK_P, FC_BANK_S, FC_BANK_UNKNOWN };

struct fc_variable {
    const char *name; /* NULL: a part of an expression */
    enum fc_bank bank;
    unsigned pin;                         /* 0 to 15, or FC_NONE: the compiler chooses */
    bool shared, accumulator, of_partner; /* of_partner: a partner's is read */
    unsigned scope;                       /* of a local name */
    unsigned reg;                         /* 0 to 15, once allocated; FC_NONE: never used */
    struct fc_position where;
};

enum fc_operand_kind {
    FC_NOTHING,
    FC_VARIABLE, /* index: of the variable */
    FC_TABLE,    /* word of T */
    FC_ADDEND,   /* 0 x, 1 y */
    FC_CONSTANT, /* of the image */
    FC_PARTNER,  /* variable of the partner */
};

struct fc_operand {
    enum fc_operand_kind kind;
    unsigned index;
};

struct fc_op {
    struct fc_position where;
    unsigned unit, code, sign, order;
    bool order_fixed; /* `mod` around it does not change its modulus any more */
    struct fc_operand a, b, dst;
    unsigned test, flag;
    unsigned gate, send, arg;
    unsigned inverse; /* variable that an inverse goes to; FC_NONE */
    /* Control, given when the block is scheduled. */
    unsigned ctl, branch_flag, target; /* target: a block, a count, or a code */
    unsigned wait, least_wait; /* cycles to the next op's grant; the least of them, which the
                                  schedule counts on */
};

/* How a block ends. `ctl` is ISA_CTL_NEXT for going on, by a jump if `next` does not follow. */
struct fc_end {
    unsigned ctl, flag;
    unsigned
        target; /* block of a branch, loop, gather; subroutine (unit) of a call; count; end code */
    unsigned next; /* block behind it; FC_NONE if there is none */
};

struct fc_reject {
    unsigned flag;
    bool unless;
};

struct fc_block {
    unsigned unit;
    struct fc_op *ops;
    unsigned op_count;
    struct fc_reject *rejects;
    unsigned reject_count;
    struct fc_end end;
    bool await; /* its first op waits for the inverse */
    unsigned address;
};

enum fc_unit_kind { FC_PROGRAM, FC_ROUTINE, FC_SUBROUTINE, FC_INVALID };

struct fc_unit {
    const char *name;
    enum fc_unit_kind kind;
    unsigned code;                   /* number of the program or routine */
    unsigned first_block, block_end; /* [first, end) in the order of the image */
    unsigned parameters[ISA_REGISTERS], parameter_count;
    struct fc_position where;
};

struct fc_ir {
    struct fc_variable *variables;
    unsigned variable_count;
    struct fc_number constants[ISA_IMAGE_CONSTANTS];
    unsigned constant_count;
    struct fc_block *blocks;
    unsigned block_count;
    struct fc_unit *units;
    unsigned unit_count;
    unsigned op_count;      /* of all blocks */
    unsigned invalid_block; /* ends any job as invalid */
};

/* Appends an empty block to the last unit. */
unsigned fc_new_block(struct fc_context *context, struct fc_ir *ir);
/* Room for one more op in the block; its `inverse` is set to FC_NONE, all else to 0. */
struct fc_op *fc_append_op(struct fc_context *context, struct fc_ir *ir, unsigned block);
/* A new variable without a name, as the destination of `unit`. */
struct fc_operand fc_new_part(struct fc_context *context, struct fc_ir *ir, unsigned unit);
/* The number's place among the constants. */
unsigned fc_constant(struct fc_context *context, struct fc_ir *ir, const struct fc_position *where,
                     const struct fc_number *number);
/* An op without effect, to carry control; its destination is a part of its own. */
struct fc_op fc_idle_op(struct fc_context *context, struct fc_ir *ir,
                        const struct fc_position *where);
const char *fc_variable_name(const struct fc_ir *ir, unsigned variable);

/* What control may run after a block: blocks, into `list` (room for FC_SUCCESSORS_MAX). Calls lead
 * into the subroutine, returns to behind every call, digits to the routines and the finishes. */
unsigned fc_successors(const struct fc_ir *ir, unsigned block, unsigned *list, unsigned room);
#endif
