/* SPDX-License-Identifier: Apache-2.0 */
#include "hls/compiler/lower_internal.h"
#include <assert.h>
#include <string.h>

/* No more can ever have a register. */
#define OF_PARTNER_MAX (2 * ISA_REGISTERS)

#define INLINE_DEPTH_MAX 8u

static struct fc_block *block_of(struct fc_lowering *lowering)
{
    return &lowering->ir->blocks[lowering->block];
}

struct fc_op *fc_op_of(struct fc_lowering *lowering, const struct fc_value *value)
{
    assert(value->op != FC_NONE);
    return &block_of(lowering)->ops[value->op];
}

static struct fc_value append(struct fc_lowering *lowering, const struct fc_op *op)
{
    struct fc_op *place = fc_append_op(lowering->context, lowering->ir, lowering->block);
    *place = *op;
    place->inverse = FC_NONE;
    if (place->dst.kind == FC_NOTHING)
        place->dst = fc_new_part(lowering->context, lowering->ir, op->unit);
    return (struct fc_value){.operand = place->dst, .op = block_of(lowering)->op_count - 1};
}

struct fc_value fc_emit_copy(struct fc_lowering *lowering, const struct fc_position *where,
                             struct fc_operand b, unsigned order)
{
    if (b.kind == FC_TABLE || b.kind == FC_ADDEND)
        fc_fail(lowering->context, where, "only products read the table and the addend");
    struct fc_op op = {
        .where = *where, .unit = ISA_UNIT_SUM, .code = ISA_SUM_OP_COPY, .order = order, .b = b};
    return append(lowering, &op);
}

static bool commutes(unsigned unit, unsigned code)
{
    return unit == ISA_UNIT_PRODUCT || code == ISA_SUM_OP_ADD;
}

static void check_b(struct fc_lowering *lowering, const struct fc_position *where, unsigned unit,
                    struct fc_operand b)
{
    if (unit == ISA_UNIT_SUM && (b.kind == FC_TABLE || b.kind == FC_ADDEND))
        fc_fail(lowering->context, where, "only products read the table and the addend");
    if (b.kind == FC_ADDEND && lowering->unit_kind != FC_ROUTINE)
        fc_fail(lowering->context, where, "an addend outside of the digits' routines");
    if (b.kind == FC_PARTNER && !lowering->in_gather)
        fc_fail(lowering->context, where, "a partner outside of gather");
}

struct fc_value fc_emit(struct fc_lowering *lowering, const struct fc_position *where,
                        unsigned unit, unsigned code, struct fc_operand a, struct fc_operand b)
{
    if (a.kind != FC_VARIABLE && b.kind == FC_VARIABLE && commutes(unit, code)) {
        struct fc_operand old = a;
        a = b;
        b = old;
    }
    if (a.kind == FC_CONSTANT)
        a = fc_emit_copy(lowering, where, a, 0).operand;
    if (a.kind != FC_VARIABLE)
        fc_fail(lowering->context, where,
                "the first operand must be a value: only the second may be of the table, the "
                "addend or the partner");
    check_b(lowering, where, unit, b);
    struct fc_op op = {.where = *where, .unit = unit, .code = code, .a = a, .b = b};
    return append(lowering, &op);
}

/* ---------------------------------------------------------------- names of values */

static struct fc_value plain(enum fc_operand_kind kind, unsigned index)
{
    return (struct fc_value){.operand = {kind, index}, .op = FC_NONE};
}

static struct fc_value number_value(struct fc_lowering *lowering, const struct fc_position *where,
                                    const struct fc_number *number)
{
    return plain(FC_CONSTANT, fc_constant(lowering->context, lowering->ir, where, number));
}

static struct fc_value addend_value(struct fc_lowering *lowering)
{
    fc_need_sign(lowering, '.');
    if (fc_take_word(lowering, "x"))
        return plain(FC_ADDEND, 0);
    fc_need_word(lowering, "y");
    return plain(FC_ADDEND, 1);
}

static unsigned of_partner(const struct fc_ir *ir)
{
    unsigned count = 0;
    for (unsigned i = 0; i < ir->variable_count; i++)
        count += ir->variables[i].of_partner;
    return count;
}

static struct fc_value partner_value(struct fc_lowering *lowering)
{
    fc_need_sign(lowering, '.');
    const struct fc_position where = *fc_here(lowering);
    const char *name = fc_need_name(lowering, "a shared variable");
    unsigned variable = fc_find_variable(lowering, name);
    if (variable == FC_NONE || !lowering->ir->variables[variable].shared)
        fc_fail(lowering->context, &where, "%s is not a shared variable", name);
    lowering->ir->variables[variable].of_partner = true;
    if (of_partner(lowering->ir) > OF_PARTNER_MAX)
        fc_fail(lowering->context, &where, "more than %u variables are read of a partner",
                OF_PARTNER_MAX);
    return plain(FC_PARTNER, variable);
}

static struct fc_value named_value(struct fc_lowering *lowering)
{
    const struct fc_position where = *fc_here(lowering);
    const char *name = fc_need_value_name(lowering, "a value");
    const struct fc_binding *binding = fc_find_binding(lowering, name);
    if (binding && !binding->is_number)
        return binding->value;
    unsigned variable = fc_find_variable(lowering, name);
    if (variable != FC_NONE)
        return plain(FC_VARIABLE, variable);
    const struct fc_number *number = fc_find_constant(lowering, name);
    if (number)
        return number_value(lowering, &where, number);
    fc_fail(lowering->context, &where, "%s has no value here", name);
}

/* ---------------------------------------------------------------- functions */

static unsigned arguments(struct fc_lowering *lowering, struct fc_value *list, unsigned room)
{
    unsigned count = 0;
    if (fc_take_sign(lowering, ')'))
        return 0;
    do {
        if (count == room)
            fc_fail(lowering->context, fc_here(lowering), "too many arguments");
        list[count++] = fc_expression(lowering);
    } while (fc_take_sign(lowering, ','));
    fc_need_sign(lowering, ')');
    return count;
}

static struct fc_value flipped(struct fc_lowering *lowering, const struct fc_position *where,
                               struct fc_value value, unsigned sign)
{
    struct fc_op *op = value.op == FC_NONE ? NULL : fc_op_of(lowering, &value);
    if (!op || op->unit != ISA_UNIT_SUM || op->code == ISA_SUM_OP_HALF || op->sign != ISA_SIGN_NONE)
        fc_fail(lowering->context, where,
                "flip needs a sum, a difference, copy(...) or a negative");
    if (sign == ISA_SIGN_SWAP && (op->code != ISA_SUM_OP_SUB || op->b.kind != FC_VARIABLE))
        fc_fail(lowering->context, where, "swap needs the difference of two values");
    if (lowering->unit_kind != FC_ROUTINE)
        fc_fail(lowering->context, where, "a digit's sign outside of the digits' routines");
    op->sign = sign;
    return value;
}

static struct fc_value half_of(struct fc_lowering *lowering, const struct fc_position *where,
                               struct fc_operand a)
{
    if (a.kind == FC_CONSTANT)
        a = fc_emit_copy(lowering, where, a, 0).operand;
    if (a.kind != FC_VARIABLE)
        fc_fail(lowering->context, where, "half needs a value");
    struct fc_op op = {.where = *where, .unit = ISA_UNIT_SUM, .code = ISA_SUM_OP_HALF, .a = a};
    return append(lowering, &op);
}

static struct fc_value negative_of(struct fc_lowering *lowering, const struct fc_position *where,
                                   struct fc_operand b)
{
    check_b(lowering, where, ISA_UNIT_SUM, b);
    struct fc_op op = {.where = *where, .unit = ISA_UNIT_SUM, .code = ISA_SUM_OP_NEG, .b = b};
    return append(lowering, &op);
}

struct builtin {
    const char *name;
    unsigned arguments;
};

static const struct builtin builtins[] = {{"half", 1}, {"copy", 1}, {"flip", 1},
                                          {"swap", 1}, {"low", 2},  {"high", 2}};

static const struct builtin *find_builtin(const char *name)
{
    for (size_t i = 0; i < sizeof builtins / sizeof builtins[0]; i++) {
        if (strcmp(name, builtins[i].name) == 0)
            return &builtins[i];
    }
    return NULL;
}

static struct fc_value call_builtin(struct fc_lowering *lowering, const struct builtin *builtin,
                                    const struct fc_position *where)
{
    struct fc_value list[2];
    if (arguments(lowering, list, builtin->arguments) != builtin->arguments)
        fc_fail(lowering->context, where, "%s needs %u arguments", builtin->name,
                builtin->arguments);
    if (strcmp(builtin->name, "half") == 0)
        return half_of(lowering, where, list[0].operand);
    if (strcmp(builtin->name, "copy") == 0) {
        check_b(lowering, where, ISA_UNIT_SUM, list[0].operand);
        return fc_emit_copy(lowering, where, list[0].operand, list[0].order);
    }
    if (strcmp(builtin->name, "flip") == 0)
        return flipped(lowering, where, list[0], ISA_SIGN_FLIP);
    if (strcmp(builtin->name, "swap") == 0)
        return flipped(lowering, where, list[0], ISA_SIGN_SWAP);
    unsigned code = strcmp(builtin->name, "low") == 0 ? ISA_PRODUCT_OP_LOW : ISA_PRODUCT_OP_HIGH;
    return fc_emit(lowering, where, ISA_UNIT_PRODUCT, code, list[0].operand, list[1].operand);
}

static void bind_results(struct fc_lowering *lowering, const struct fc_inline *formula,
                         const struct fc_position *where, const struct fc_operand *targets,
                         struct fc_scope *scope)
{
    for (unsigned i = 0; i < formula->result_count; i++) {
        for (unsigned j = 0; j < formula->parameter_count; j++) {
            const struct fc_operand argument = scope->bindings[j].value.operand;
            if (argument.kind == targets[i].kind && argument.index == targets[i].index)
                fc_fail(lowering->context, where, "%s is given and assigned by %s",
                        targets[i].kind == FC_TABLE
                            ? "a word of T"
                            : fc_variable_name(lowering->ir, targets[i].index),
                        formula->name);
        }
        scope->bindings[scope->binding_count++] =
            (struct fc_binding){.name = formula->results[i],
                                .is_result = true,
                                .value = {.operand = targets[i], .op = FC_NONE}};
    }
}

void fc_expand(struct fc_lowering *lowering, const struct fc_inline *formula,
               const struct fc_position *where, const struct fc_operand *targets)
{
    struct fc_scope scope = {.inline_depth = lowering->scope->inline_depth + 1};
    struct fc_value list[FC_PARAMETERS_MAX];
    if (scope.inline_depth > INLINE_DEPTH_MAX)
        fc_fail(lowering->context, where, "%s: inlines use each other more than %u deep",
                formula->name, INLINE_DEPTH_MAX);
    if (arguments(lowering, list, FC_PARAMETERS_MAX) != formula->parameter_count)
        fc_fail(lowering->context, where, "%s needs %u arguments", formula->name,
                formula->parameter_count);
    scope.id = ++lowering->scope_ids;
    for (unsigned i = 0; i < formula->parameter_count; i++) {
        /* Its operation is done: what is made of it here must not change it. */
        list[i].op = FC_NONE;
        scope.bindings[scope.binding_count++] =
            (struct fc_binding){.name = formula->parameters[i], .value = list[i]};
    }
    bind_results(lowering, formula, where, targets, &scope);
    struct fc_scope *outer = lowering->scope;
    size_t back = lowering->at;
    unsigned first = block_of(lowering)->op_count;
    lowering->scope = &scope;
    lowering->at = formula->body;
    fc_statements(lowering);
    lowering->at = back;
    lowering->scope = outer;
    struct fc_block *block = block_of(lowering);
    for (unsigned i = first; i < block->op_count; i++)
        block->ops[i].order_fixed = true;
}

/* Last operation of the block that writes the operand. */
static unsigned last_writer(const struct fc_block *block, struct fc_operand operand)
{
    for (unsigned i = block->op_count; i-- > 0;) {
        const struct fc_op *op = &block->ops[i];
        if (op->dst.kind == operand.kind && op->dst.index == operand.index)
            return i;
    }
    return FC_NONE;
}

/* ---------------------------------------------------------------- grammar */

static struct fc_value call(struct fc_lowering *lowering)
{
    const struct fc_position where = *fc_here(lowering);
    const char *name = fc_need_name(lowering, "a function");
    fc_need_sign(lowering, '(');
    const struct builtin *builtin = find_builtin(name);
    if (builtin)
        return call_builtin(lowering, builtin, &where);
    const struct fc_inline *formula = fc_find_inline(lowering, name);
    if (!formula)
        fc_fail(lowering->context, &where, "there is no function %s", name);
    if (formula->result_count != 1)
        fc_fail(lowering->context, &where, "%s has %u results: assign them", name,
                formula->result_count);
    struct fc_operand part = fc_new_part(lowering->context, lowering->ir, ISA_UNIT_SUM);
    lowering->ir->variables[part.index].bank = FC_BANK_UNKNOWN;
    fc_expand(lowering, formula, &where, &part);
    struct fc_value value = {.operand = part, .op = last_writer(block_of(lowering), part)};
    if (value.op == FC_NONE)
        fc_fail(lowering->context, &where, "%s does not assign its result", name);
    return value;
}

static bool next_is_call(const struct fc_lowering *lowering)
{
    const struct fc_token *token = fc_token(lowering);
    return token->kind == FC_NAME && token[1].kind == FC_SIGN && token[1].sign == '(';
}

static struct fc_value factor(struct fc_lowering *lowering)
{
    const struct fc_token *token = fc_token(lowering);
    if (token->kind == FC_NUMBER) {
        lowering->at++;
        return number_value(lowering, &token->where, &token->number);
    }
    if (fc_take_sign(lowering, '(')) {
        struct fc_value value = fc_expression(lowering);
        fc_need_sign(lowering, ')');
        return value;
    }
    if (next_is_call(lowering))
        return call(lowering);
    if (fc_take_word(lowering, "addend"))
        return addend_value(lowering);
    if (fc_take_word(lowering, "partner"))
        return partner_value(lowering);
    if (fc_take_word(lowering, "T")) {
        fc_need_sign(lowering, '[');
        unsigned word = fc_need_index(lowering, ISA_TABLE_WORDS - 1);
        fc_need_sign(lowering, ']');
        return plain(FC_TABLE, word);
    }
    return named_value(lowering);
}

static struct fc_value term(struct fc_lowering *lowering)
{
    struct fc_value value = factor(lowering);
    for (;;) {
        const struct fc_position where = *fc_here(lowering);
        if (!fc_take_sign(lowering, '*'))
            return value;
        struct fc_value other = factor(lowering);
        value = fc_emit(lowering, &where, ISA_UNIT_PRODUCT, ISA_PRODUCT_OP_MUL, value.operand,
                        other.operand);
    }
}

static struct fc_value sum(struct fc_lowering *lowering)
{
    const struct fc_position first = *fc_here(lowering);
    bool negative = fc_take_sign(lowering, '-');
    struct fc_value value = term(lowering);
    if (negative)
        value = negative_of(lowering, &first, value.operand);
    for (;;) {
        const struct fc_position where = *fc_here(lowering);
        unsigned code = fc_is_sign(lowering, '+') ? ISA_SUM_OP_ADD : ISA_SUM_OP_SUB;
        if (!fc_take_sign(lowering, '+') && !fc_take_sign(lowering, '-'))
            return value;
        struct fc_value other = term(lowering);
        value = fc_emit(lowering, &where, ISA_UNIT_SUM, code, value.operand, other.operand);
    }
}

struct fc_value fc_expression(struct fc_lowering *lowering)
{
    unsigned first = block_of(lowering)->op_count;
    struct fc_value value = sum(lowering);
    if (!fc_take_word(lowering, "mod"))
        return value;
    value.mod_given = true;
    value.order = fc_take_word(lowering, "n");
    if (!value.order)
        fc_need_word(lowering, "p");
    struct fc_block *block = block_of(lowering);
    for (unsigned i = first; i < block->op_count; i++) {
        struct fc_op *op = &block->ops[i];
        if (op->unit == ISA_UNIT_SUM && !op->order_fixed) {
            op->order = value.order;
            op->order_fixed = true;
        }
    }
    return value;
}
