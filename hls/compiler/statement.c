/* SPDX-License-Identifier: Apache-2.0 */
#include "hls/compiler/lower_internal.h"
#include <assert.h>
#include <string.h>

#define STATEMENTS_MAX 100000u
#define REPEATS_MAX    ((1u << ISA_TARGET_WIDTH) - 1)

/* ---------------------------------------------------------------- assignments */

static bool same(struct fc_operand a, struct fc_operand b)
{
    return a.kind == b.kind && a.index == b.index;
}

/* The operation that made `value` may write `target` instead: nothing behind it sees a difference.
 */
static bool can_retarget(const struct fc_block *block, const struct fc_value *value,
                         struct fc_operand target)
{
    if (value->op == FC_NONE)
        return false;
    for (unsigned i = value->op + 1; i < block->op_count; i++) {
        const struct fc_op *op = &block->ops[i];
        if (same(op->a, value->operand) || same(op->b, value->operand) || same(op->a, target) ||
            same(op->b, target) || same(op->dst, target))
            return false;
    }
    return true;
}

/* The bank of the target takes results of `unit`. */
static bool fits(struct fc_lowering *lowering, struct fc_operand target, unsigned unit)
{
    if (target.kind == FC_TABLE)
        return true;
    struct fc_variable *variable = &lowering->ir->variables[target.index];
    enum fc_bank bank = unit == ISA_UNIT_PRODUCT ? FC_BANK_P : FC_BANK_S;
    if (variable->bank == FC_BANK_UNKNOWN)
        variable->bank = bank;
    return variable->bank == bank;
}

static void assign(struct fc_lowering *lowering, const struct fc_position *where,
                   struct fc_operand target, struct fc_value *value)
{
    struct fc_block *block = &lowering->ir->blocks[lowering->block];
    const struct fc_op *op = value->op == FC_NONE ? NULL : fc_op_of(lowering, value);
    bool exact = op && op->unit == ISA_UNIT_PRODUCT && op->code != ISA_PRODUCT_OP_MUL;
    if (!op || !can_retarget(block, value, target) || !fits(lowering, target, op->unit)) {
        if (exact)
            fc_fail(lowering->context, where,
                    "low and high go to bank P only: copy(...) would take them modulo p");
        *value = fc_emit_copy(lowering, where, value->operand, value->order);
        if (!fits(lowering, target, ISA_UNIT_SUM))
            fc_fail(lowering->context, where, "%s is in bank P, which takes products only",
                    fc_variable_name(lowering->ir, target.index));
    }
    fc_op_of(lowering, value)->dst = target;
    value->operand = target;
}

static struct fc_operand need_target(struct fc_lowering *lowering)
{
    const struct fc_position where = *fc_here(lowering);
    if (fc_take_word(lowering, "T")) {
        fc_need_sign(lowering, '[');
        struct fc_operand word = {FC_TABLE, fc_need_index(lowering, ISA_TABLE_WORDS - 1)};
        fc_need_sign(lowering, ']');
        return word;
    }
    const char *name = fc_need_value_name(lowering, "a statement");
    const struct fc_binding *binding = fc_find_binding(lowering, name);
    if (binding && binding->is_result)
        return binding->value.operand;
    if (binding || fc_find_constant(lowering, name))
        fc_fail(lowering->context, &where, "%s cannot be assigned", name);
    return (struct fc_operand){FC_VARIABLE, fc_need_variable(lowering, name, &where)};
}

/* Flags are read at the end of a block only, rejections too: of two values the first is lost. */
static bool sets_flag(const struct fc_block *block, unsigned flag)
{
    for (unsigned i = 0; i < block->op_count; i++) {
        if (block->ops[i].test != ISA_TEST_NONE && block->ops[i].flag == flag)
            return true;
    }
    return false;
}

static void sets(struct fc_lowering *lowering, const struct fc_value *value)
{
    struct fc_op *op = fc_op_of(lowering, value);
    const struct fc_position name = *fc_here(lowering);
    unsigned flag = fc_need_flag(lowering);
    if (sets_flag(&lowering->ir->blocks[lowering->block], flag))
        fc_fail(lowering->context, &name,
                "this stretch sets the flag already, and only its end reads it");
    op->flag = flag;
    fc_need_word(lowering, "if");
    if (fc_take_word(lowering, "zero")) {
        op->test = ISA_TEST_ZERO;
    } else if (fc_take_word(lowering, "odd")) {
        op->test = ISA_TEST_ODD;
    } else {
        const struct fc_position where = *fc_here(lowering);
        fc_need_word(lowering, "wrap");
        if (op->unit != ISA_UNIT_SUM ||
            (op->code != ISA_SUM_OP_ADD && op->code != ISA_SUM_OP_SUB) || op->sign != ISA_SIGN_NONE)
            fc_fail(lowering->context, &where, "only a sum or a difference wraps");
        op->test = ISA_TEST_WRAP;
    }
}

static void expand_into(struct fc_lowering *lowering, const struct fc_operand *targets,
                        unsigned count, const struct fc_position *where)
{
    const char *name = fc_need_name(lowering, "an inline");
    const struct fc_inline *formula = fc_find_inline(lowering, name);
    if (!formula || formula->result_count != count)
        fc_fail(lowering->context, where, "%s is not an inline with %u results", name, count);
    fc_need_sign(lowering, '(');
    fc_expand(lowering, formula, where, targets);
}

static void assign_several(struct fc_lowering *lowering, struct fc_operand first,
                           const struct fc_position *where)
{
    struct fc_operand targets[FC_RESULTS_MAX] = {first};
    unsigned count = 1;
    while (fc_take_sign(lowering, ',')) {
        if (count == FC_RESULTS_MAX)
            fc_fail(lowering->context, where, "too many results");
        targets[count++] = need_target(lowering);
    }
    fc_need_sign(lowering, '=');
    expand_into(lowering, targets, count, where);
}

/* Nothing but one call of an inline stands up to the end of the line. */
static bool is_expansion(const struct fc_lowering *lowering)
{
    const struct fc_token *token = fc_token(lowering);
    if (token->kind != FC_NAME || !fc_find_inline(lowering, token->name) ||
        token[1].kind != FC_SIGN || token[1].sign != '(')
        return false;
    unsigned depth = 0;
    do {
        token++;
        depth += token->kind == FC_SIGN && token->sign == '(';
        depth -= token->kind == FC_SIGN && token->sign == ')';
    } while (depth && token->kind != FC_END);
    return token->kind != FC_END && token[1].kind == FC_NEWLINE;
}

static void assignment(struct fc_lowering *lowering)
{
    const struct fc_position where = *fc_here(lowering);
    struct fc_operand target = need_target(lowering);
    if (fc_is_sign(lowering, ',')) {
        assign_several(lowering, target, &where);
        return;
    }
    fc_need_sign(lowering, '=');
    if (is_expansion(lowering)) {
        expand_into(lowering, &target, 1, &where);
        return;
    }
    struct fc_value value = fc_expression(lowering);
    assign(lowering, &where, target, &value);
    if (fc_take_word(lowering, "sets"))
        sets(lowering, &value);
}

static void test_statement(struct fc_lowering *lowering)
{
    const struct fc_position where = *fc_here(lowering);
    struct fc_value value = fc_expression(lowering);
    if (value.op == FC_NONE)
        value = fc_emit_copy(lowering, &where, value.operand, value.order);
    fc_need_word(lowering, "sets");
    sets(lowering, &value);
}

/* ---------------------------------------------------------------- sends */

/* The value as the result of a sum, which alone can be sent. */
static struct fc_op *sum_to_send(struct fc_lowering *lowering, const struct fc_position *where,
                                 struct fc_value *value, unsigned order)
{
    const struct fc_op *op = value->op == FC_NONE ? NULL : fc_op_of(lowering, value);
    if (!op || op->unit != ISA_UNIT_SUM || op->send != ISA_SEND_NONE)
        *value = fc_emit_copy(lowering, where, value->operand, order);
    struct fc_op *sum = fc_op_of(lowering, value);
    if (sum->order != order)
        fc_fail(lowering->context, where, "this must be modulo %c", order ? 'n' : 'p');
    return sum;
}

static void invert(struct fc_lowering *lowering)
{
    const struct fc_position where = *fc_here(lowering);
    struct fc_value value = fc_expression(lowering);
    unsigned order =
        value.op == FC_NONE || value.mod_given ? value.order : fc_op_of(lowering, &value)->order;
    fc_need_sign(lowering, '>');
    const struct fc_position there = *fc_here(lowering);
    struct fc_operand target = need_target(lowering);
    if (target.kind != FC_VARIABLE || !fits(lowering, target, ISA_UNIT_SUM))
        fc_fail(lowering->context, &there, "an inverse goes to a variable of bank S");
    struct fc_op *op = sum_to_send(lowering, &where, &value, order);
    op->send = ISA_SEND_INVERT;
    op->gate = ISA_GATE_INVERTER;
    op->inverse = target.index;
}

static void scalar(struct fc_lowering *lowering)
{
    unsigned stream = fc_need_index(lowering, ISA_STREAMS - 1);
    bool negative = fc_take_word(lowering, "negative");
    fc_need_sign(lowering, '=');
    const struct fc_position where = *fc_here(lowering);
    struct fc_value value = fc_expression(lowering);
    struct fc_op *op = sum_to_send(lowering, &where, &value, 1);
    op->send = ISA_SEND_SCALAR;
    op->arg = stream | (negative ? ISA_STREAMS : 0);
    if (op->arg == 0) /* every program hands over its first stream first */
        op->gate = ISA_GATE_RECODER;
}

static void emit(struct fc_lowering *lowering)
{
    unsigned word = fc_need_index(lowering, 1);
    fc_need_sign(lowering, '=');
    const struct fc_position where = *fc_here(lowering);
    struct fc_value value = fc_expression(lowering);
    unsigned order =
        value.op == FC_NONE || value.mod_given ? value.order : fc_op_of(lowering, &value)->order;
    struct fc_op *op = sum_to_send(lowering, &where, &value, order);
    op->send = ISA_SEND_EMIT;
    op->arg = word;
}

/* ---------------------------------------------------------------- control */

static struct fc_end *end_of(struct fc_lowering *lowering, unsigned block)
{
    return &lowering->ir->blocks[block].end;
}

static unsigned open_block(struct fc_lowering *lowering)
{
    lowering->block = fc_new_block(lowering->context, lowering->ir);
    return lowering->block;
}

/* Ends the current block and begins the one that follows it. Returns the ended one. */
static unsigned split(struct fc_lowering *lowering, unsigned ctl, unsigned flag, unsigned target)
{
    unsigned ended = lowering->block;
    unsigned next = open_block(lowering);
    *end_of(lowering, ended) = (struct fc_end){ctl, flag, target, next};
    return ended;
}

/* Lets `block`, if it has not ended the job, go on in `next`. */
static void join(struct fc_lowering *lowering, unsigned block, unsigned next)
{
    if (block != FC_NONE)
        *end_of(lowering, block) = (struct fc_end){ISA_CTL_NEXT, 0, 0, next};
}

static void conditional(struct fc_lowering *lowering, bool unless)
{
    unsigned flag = fc_need_flag(lowering);
    fc_need_sign(lowering, '{');
    unsigned ctl = unless ? ISA_CTL_BRANCH_IF : ISA_CTL_BRANCH_UNLESS;
    unsigned condition = split(lowering, ctl, flag, FC_NONE);
    fc_statements(lowering);
    unsigned first_end = lowering->block;
    if (fc_take_word(lowering, "else")) {
        fc_need_sign(lowering, '{');
        unsigned otherwise = open_block(lowering);
        end_of(lowering, condition)->target = otherwise;
        fc_statements(lowering);
        unsigned second_end = lowering->block;
        if (first_end == FC_NONE && second_end == FC_NONE)
            return;
        unsigned after = open_block(lowering);
        join(lowering, first_end, after);
        join(lowering, second_end, after);
        return;
    }
    unsigned after = open_block(lowering);
    end_of(lowering, condition)->target = after;
    join(lowering, first_end, after);
}

static void repeat(struct fc_lowering *lowering)
{
    const struct fc_position where = *fc_here(lowering);
    unsigned count = fc_need_index(lowering, REPEATS_MAX);
    if (!count)
        fc_fail(lowering->context, &where, "a loop that runs 0 times");
    if (lowering->in_repeat)
        fc_fail(lowering->context, &where, "a loop inside a loop");
    fc_need_sign(lowering, '{');
    split(lowering, ISA_CTL_COUNT, 0, count);
    unsigned body = lowering->block;
    lowering->in_repeat = true;
    fc_statements(lowering);
    lowering->in_repeat = false;
    if (lowering->block == FC_NONE)
        fc_fail(lowering->context, &where, "a loop that ends the job");
    split(lowering, ISA_CTL_LOOP, 0, body);
}

/* The body stands before the gathering instruction, so that what follows it is the next word. */
static void gather(struct fc_lowering *lowering)
{
    const struct fc_position where = *fc_here(lowering);
    fc_need_sign(lowering, '{');
    unsigned before = lowering->block;
    unsigned body = open_block(lowering);
    if (lowering->in_gather)
        fc_fail(lowering->context, &where, "gather inside gather");
    lowering->in_gather = true;
    fc_statements(lowering);
    lowering->in_gather = false;
    unsigned last = lowering->block;
    unsigned place = open_block(lowering);
    join(lowering, before, place);
    join(lowering, last, place);
    split(lowering, ISA_CTL_GATHER, 0, body);
}

static void call(struct fc_lowering *lowering)
{
    const struct fc_position where = *fc_here(lowering);
    const char *name = fc_need_name(lowering, "a subroutine");
    for (unsigned i = 0; i < lowering->body_count; i++) {
        if (lowering->bodies[i].kind != FC_SUBROUTINE ||
            strcmp(lowering->bodies[i].name, name) != 0)
            continue;
        if (lowering->unit_kind != FC_PROGRAM)
            fc_fail(lowering->context, &where, "only programs call");
        split(lowering, ISA_CTL_CALL, 0, i);
        return;
    }
    fc_fail(lowering->context, &where, "there is no subroutine %s", name);
}

static void end_job(struct fc_lowering *lowering, unsigned ctl, unsigned code)
{
    *end_of(lowering, lowering->block) = (struct fc_end){ctl, 0, code, FC_NONE};
    lowering->block = FC_NONE;
}

static void end(struct fc_lowering *lowering)
{
    static const char *const codes[] = ISA_END_NAMES;
    for (unsigned i = 0; i < ISA_END_CODES; i++) {
        if (fc_take_word(lowering, codes[i])) {
            end_job(lowering, ISA_CTL_END, i);
            return;
        }
    }
    fc_fail(lowering->context, fc_here(lowering), "end invalid, end result or end infinity");
}

static void reject(struct fc_lowering *lowering)
{
    struct fc_block *block = &lowering->ir->blocks[lowering->block];
    bool unless = fc_take_word(lowering, "unless");
    if (!unless)
        fc_need_word(lowering, "if");
    struct fc_reject rejection = {fc_need_flag(lowering), unless};
    block->rejects =
        fc_grow(lowering->context, block->rejects, block->reject_count, sizeof block->rejects[0]);
    block->rejects[block->reject_count++] = rejection;
}

static void digits(struct fc_lowering *lowering, const struct fc_position *where)
{
    if (lowering->unit_kind != FC_PROGRAM)
        fc_fail(lowering->context, where, "digits outside of a program");
    split(lowering, ISA_CTL_EVENTS, 0, 0);
}

static void await(struct fc_lowering *lowering)
{
    split(lowering, ISA_CTL_NEXT, 0, 0);
    lowering->ir->blocks[lowering->block].await = true;
}

/* ---------------------------------------------------------------- for */

static void bind_number(struct fc_lowering *lowering, const struct fc_position *where,
                        const char *name)
{
    struct fc_scope *scope = lowering->scope;
    if (scope->binding_count == sizeof scope->bindings / sizeof scope->bindings[0])
        fc_fail(lowering->context, where, "too many loops inside each other");
    scope->bindings[scope->binding_count++] = (struct fc_binding){.name = name, .is_number = true};
}

static void for_loop(struct fc_lowering *lowering)
{
    const struct fc_position where = *fc_here(lowering);
    const char *name = fc_need_name(lowering, "the counter");
    if (fc_is_reserved(name) || fc_find_binding(lowering, name))
        fc_fail(lowering->context, &where, "%s cannot be a counter", name);
    fc_need_word(lowering, "in");
    unsigned number = fc_need_index(lowering, REPEATS_MAX);
    fc_need_sign(lowering, ':');
    unsigned last = fc_need_index(lowering, REPEATS_MAX);
    fc_need_sign(lowering, '{');
    size_t body = lowering->at;
    bind_number(lowering, &where, name);
    struct fc_binding *binding = &lowering->scope->bindings[lowering->scope->binding_count - 1];
    for (;;) {
        binding->number = number;
        lowering->at = body;
        fc_statements(lowering);
        if (number == last)
            break;
        number += number < last ? 1 : -1u;
    }
    lowering->scope->binding_count--;
}

/* ---------------------------------------------------------------- statements */

static bool job_control(struct fc_lowering *lowering, const struct fc_position *where)
{
    if (fc_take_word(lowering, "call"))
        call(lowering);
    else if (fc_take_word(lowering, "invert"))
        invert(lowering);
    else if (fc_take_word(lowering, "await"))
        await(lowering);
    else if (fc_take_word(lowering, "scalar"))
        scalar(lowering);
    else if (fc_take_word(lowering, "digits"))
        digits(lowering, where);
    else if (fc_take_word(lowering, "gather"))
        gather(lowering);
    else if (fc_take_word(lowering, "emit"))
        emit(lowering);
    else if (fc_take_word(lowering, "verdict"))
        end_job(lowering, ISA_CTL_VERDICT, 0);
    else if (fc_take_word(lowering, "end"))
        end(lowering);
    else if (fc_take_word(lowering, "reject"))
        reject(lowering);
    else
        return false;
    return true;
}

static bool control(struct fc_lowering *lowering, const struct fc_position *where)
{
    if (fc_take_word(lowering, "if"))
        conditional(lowering, false);
    else if (fc_take_word(lowering, "unless"))
        conditional(lowering, true);
    else if (fc_take_word(lowering, "repeat"))
        repeat(lowering);
    else if (!job_control(lowering, where))
        return false;
    else if (lowering->unit_kind == FC_ROUTINE)
        fc_fail(lowering->context, where, "the digits' routines only compute");
    return true;
}

static void statement(struct fc_lowering *lowering)
{
    const struct fc_position where = *fc_here(lowering);
    if (++lowering->statements > STATEMENTS_MAX)
        fc_fail(lowering->context, &where, "more than %u statements", STATEMENTS_MAX);
    if (lowering->block == FC_NONE)
        fc_fail(lowering->context, &where, "this is never reached");
    if (fc_take_word(lowering, "for")) {
        for_loop(lowering);
    } else if (fc_take_word(lowering, "test")) {
        test_statement(lowering);
    } else if (control(lowering, &where)) {
        if (lowering->scope->inline_depth)
            fc_fail(lowering->context, &where, "an inline only computes");
    } else {
        assignment(lowering);
    }
}

void fc_statements(struct fc_lowering *lowering)
{
    while (!fc_take_sign(lowering, '}')) {
        if (fc_token(lowering)->kind == FC_NEWLINE) {
            lowering->at++;
            continue;
        }
        statement(lowering);
        if (!fc_is_sign(lowering, '}'))
            fc_need_newline(lowering);
    }
}
