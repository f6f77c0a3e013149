/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the front end share: declarations, expressions, statements. */
#ifndef HLS_COMPILER_LOWER_INTERNAL_H
#define HLS_COMPILER_LOWER_INTERNAL_H
#include "hls/compiler/lower.h"

#define FC_RESULTS_MAX    6u
#define FC_PARAMETERS_MAX 12u

struct fc_named_number {
    const char *name;
    struct fc_number number;
};

struct fc_named_flag {
    const char *name;
    unsigned flag;
};

struct fc_inline {
    const char *name;
    const char *parameters[FC_PARAMETERS_MAX];
    unsigned parameter_count;
    const char *results[FC_RESULTS_MAX];
    unsigned result_count;
    size_t body; /* token behind its '{' */
};

/* A unit's body is read when all declarations are known. */
struct fc_body {
    unsigned kind, code;
    const char *name;
    const char *parameters[ISA_REGISTERS];
    unsigned parameter_count;
    size_t body;
    struct fc_position where;
};

/* A value as an expression hands it on. */
struct fc_value {
    struct fc_operand operand;
    unsigned op;    /* the operation of this block that makes it; FC_NONE: it was there before */
    bool mod_given; /* "mod" stood behind it, and says: */
    unsigned order;
};

/* A name that stands for something else: parameters of inlines, counters of `for`. */
struct fc_binding {
    const char *name;
    bool is_number, is_result; /* a result stands for the variable that takes it */
    unsigned number;
    struct fc_value value;
};

struct fc_scope {
    unsigned id;
    struct fc_binding bindings[FC_PARAMETERS_MAX + FC_RESULTS_MAX + 8];
    unsigned binding_count;
    unsigned inline_depth;
};

struct fc_lowering {
    struct fc_context *context;
    const struct fc_tokens *tokens;
    size_t at;
    struct fc_ir *ir;
    struct fc_named_number *constants;
    unsigned constant_count;
    struct fc_named_flag *flags;
    unsigned flag_count;
    struct fc_inline *inlines;
    unsigned inline_count;
    struct fc_body *bodies;
    unsigned body_count;
    struct fc_scope *scope;
    unsigned scope_ids;
    unsigned block; /* that operations go to */
    unsigned unit_kind;
    bool in_repeat, in_gather;
    unsigned statements;
};

/* ---- tokens (lower.c) */
const struct fc_token *fc_token(const struct fc_lowering *lowering);
const struct fc_position *fc_here(const struct fc_lowering *lowering);
bool fc_is_sign(const struct fc_lowering *lowering, char sign);
bool fc_is_word(const struct fc_lowering *lowering, const char *word);
bool fc_take_sign(struct fc_lowering *lowering, char sign);
bool fc_take_word(struct fc_lowering *lowering, const char *word);
void fc_need_sign(struct fc_lowering *lowering, char sign);
void fc_need_word(struct fc_lowering *lowering, const char *word);
const char *fc_need_name(struct fc_lowering *lowering, const char *what);
/* A whole number up to `most`, or the counter of a `for`, plus or minus another. */
unsigned fc_need_index(struct fc_lowering *lowering, unsigned most);
void fc_need_newline(struct fc_lowering *lowering);
bool fc_is_reserved(const char *name);
/* Name of a value: with its index, as "d[3]". */
const char *fc_need_value_name(struct fc_lowering *lowering, const char *what);
/* Goes behind the '}' that closes the '{' before. */
void fc_skip_body(struct fc_lowering *lowering);

/* ---- names (lower.c) */
const struct fc_binding *fc_find_binding(const struct fc_lowering *lowering, const char *name);
/* Number of the variable that is visible as `name`, or FC_NONE. */
unsigned fc_find_variable(const struct fc_lowering *lowering, const char *name);
/* The variable of that name; a new local one if there is none. */
unsigned fc_need_variable(struct fc_lowering *lowering, const char *name,
                          const struct fc_position *where);
const struct fc_number *fc_find_constant(const struct fc_lowering *lowering, const char *name);
unsigned fc_need_flag(struct fc_lowering *lowering);
const struct fc_inline *fc_find_inline(const struct fc_lowering *lowering, const char *name);

/* ---- expressions (expression.c) */
struct fc_value fc_expression(struct fc_lowering *lowering);
/* Appends the operation: swaps or copies operands into an order that the machine has. */
struct fc_value fc_emit(struct fc_lowering *lowering, const struct fc_position *where,
                        unsigned unit, unsigned code, struct fc_operand a, struct fc_operand b);
struct fc_value fc_emit_copy(struct fc_lowering *lowering, const struct fc_position *where,
                             struct fc_operand b, unsigned order);
/* The operation of the current block that makes a value. */
struct fc_op *fc_op_of(struct fc_lowering *lowering, const struct fc_value *value);
/* Calls an inline whose name and '(' have been read. Its results are assigned to `targets`. */
void fc_expand(struct fc_lowering *lowering, const struct fc_inline *formula,
               const struct fc_position *where, const struct fc_operand *targets);

/* ---- statements (statement.c) */
/* Statements up to and with the closing '}'. */
void fc_statements(struct fc_lowering *lowering);
#endif
