/* SPDX-License-Identifier: Apache-2.0 */
#include "hls/compiler/lower.h"
#include "hls/compiler/lower_internal.h"
#include <stdio.h>
#include <string.h>

#define FLAG_FIRST_FREE  5u
#define FLAG_END_FREE    12u
#define ACCUMULATORS_MAX 8u
#define INDEX_MAX        65535u

/* ---------------------------------------------------------------- tokens */

const struct fc_token *fc_token(const struct fc_lowering *lowering)
{
    return &lowering->tokens->list[lowering->at];
}

const struct fc_position *fc_here(const struct fc_lowering *lowering)
{
    return &fc_token(lowering)->where;
}

bool fc_is_sign(const struct fc_lowering *lowering, char sign)
{
    const struct fc_token *token = fc_token(lowering);
    return token->kind == FC_SIGN && token->sign == sign;
}

bool fc_is_word(const struct fc_lowering *lowering, const char *word)
{
    const struct fc_token *token = fc_token(lowering);
    return token->kind == FC_NAME && strcmp(token->name, word) == 0;
}

bool fc_take_sign(struct fc_lowering *lowering, char sign)
{
    bool taken = fc_is_sign(lowering, sign);
    lowering->at += taken;
    return taken;
}

bool fc_take_word(struct fc_lowering *lowering, const char *word)
{
    bool taken = fc_is_word(lowering, word);
    lowering->at += taken;
    return taken;
}

void fc_need_sign(struct fc_lowering *lowering, char sign)
{
    if (fc_take_sign(lowering, sign))
        return;
    if (sign == '>' || sign == ':')
        fc_fail(lowering->context, fc_here(lowering), "expected '%s'", sign == '>' ? "->" : "..");
    fc_fail(lowering->context, fc_here(lowering), "expected '%c'", sign);
}

void fc_need_word(struct fc_lowering *lowering, const char *word)
{
    if (!fc_take_word(lowering, word))
        fc_fail(lowering->context, fc_here(lowering), "expected '%s'", word);
}

const char *fc_need_name(struct fc_lowering *lowering, const char *what)
{
    const struct fc_token *token = fc_token(lowering);
    if (token->kind != FC_NAME)
        fc_fail(lowering->context, &token->where, "expected the name of %s", what);
    lowering->at++;
    return token->name;
}

void fc_need_newline(struct fc_lowering *lowering)
{
    if (fc_token(lowering)->kind != FC_NEWLINE)
        fc_fail(lowering->context, fc_here(lowering), "expected the end of the line");
    lowering->at++;
}

static unsigned need_small(struct fc_lowering *lowering)
{
    const struct fc_token *token = fc_token(lowering);
    if (token->kind == FC_NUMBER) {
        const struct fc_number *number = &token->number;
        if (number->limb[0] > 0xFFFF || number->limb[1] || number->limb[2] || number->limb[3])
            fc_fail(lowering->context, &token->where, "too large a number here");
        lowering->at++;
        return (unsigned)number->limb[0];
    }
    const char *name = fc_need_name(lowering, "a counter, or a number");
    const struct fc_binding *binding = fc_find_binding(lowering, name);
    if (!binding || !binding->is_number)
        fc_fail(lowering->context, &token->where, "%s is not the counter of a for", name);
    return binding->number;
}

unsigned fc_need_index(struct fc_lowering *lowering, unsigned most)
{
    const struct fc_position where = *fc_here(lowering);
    long value = (long)need_small(lowering);
    for (;;) {
        if (fc_take_sign(lowering, '+'))
            value += (long)need_small(lowering);
        else if (fc_take_sign(lowering, '-'))
            value -= (long)need_small(lowering);
        else
            break;
    }
    if (value < 0 || value > (long)most)
        fc_fail(lowering->context, &where, "%ld is not in 0 to %u", value, most);
    return (unsigned)value;
}

bool fc_is_reserved(const char *name)
{
    static const char *const words[] = {
        "constant", "variable", "flag",   "accumulator", "inline",  "subroutine", "routine",
        "program",  "in",       "at",     "mod",         "low",     "high",       "half",
        "copy",     "flip",     "swap",   "T",           "addend",  "partner",    "sets",
        "if",       "unless",   "else",   "zero",        "odd",     "wrap",       "test",
        "reject",   "repeat",   "for",    "call",        "invert",  "await",      "scalar",
        "negative", "digits",   "gather", "emit",        "verdict", "end"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(words[i], name) == 0)
            return true;
    }
    return false;
}

const char *fc_need_value_name(struct fc_lowering *lowering, const char *what)
{
    const struct fc_position where = *fc_here(lowering);
    const char *name = fc_need_name(lowering, what);
    if (fc_is_reserved(name))
        fc_fail(lowering->context, &where, "'%s' cannot stand here", name);
    if (!fc_take_sign(lowering, '['))
        return name;
    unsigned index = fc_need_index(lowering, INDEX_MAX);
    fc_need_sign(lowering, ']');
    size_t room = strlen(name) + sizeof "[65535]";
    char *indexed = fc_alloc(lowering->context, room);
    snprintf(indexed, room, "%s[%u]", name, index);
    return indexed;
}

void fc_skip_body(struct fc_lowering *lowering)
{
    const struct fc_position where = *fc_here(lowering);
    for (unsigned depth = 1; depth; lowering->at++) {
        if (fc_token(lowering)->kind == FC_END)
            fc_fail(lowering->context, &where, "the '{' before this is not closed");
        depth += fc_is_sign(lowering, '{');
        depth -= fc_is_sign(lowering, '}');
    }
}

/* ---------------------------------------------------------------- names */

const struct fc_binding *fc_find_binding(const struct fc_lowering *lowering, const char *name)
{
    const struct fc_scope *scope = lowering->scope;
    for (unsigned i = 0; scope && i < scope->binding_count; i++) {
        if (strcmp(scope->bindings[i].name, name) == 0)
            return &scope->bindings[i];
    }
    return NULL;
}

unsigned fc_find_variable(const struct fc_lowering *lowering, const char *name)
{
    for (unsigned i = 0; i < lowering->ir->variable_count; i++) {
        const struct fc_variable *variable = &lowering->ir->variables[i];
        bool visible =
            variable->shared || (lowering->scope && variable->scope == lowering->scope->id);
        if (variable->name && visible && strcmp(variable->name, name) == 0)
            return i;
    }
    return FC_NONE;
}

static unsigned new_variable(struct fc_lowering *lowering, const char *name,
                             const struct fc_position *where)
{
    unsigned index = fc_new_part(lowering->context, lowering->ir, ISA_UNIT_SUM).index;
    struct fc_variable *variable = &lowering->ir->variables[index];
    variable->name = name;
    variable->where = *where;
    variable->bank = FC_BANK_UNKNOWN;
    return index;
}

unsigned fc_need_variable(struct fc_lowering *lowering, const char *name,
                          const struct fc_position *where)
{
    unsigned found = fc_find_variable(lowering, name);
    if (found != FC_NONE)
        return found;
    unsigned index = new_variable(lowering, name, where);
    lowering->ir->variables[index].scope = lowering->scope->id;
    return index;
}

const struct fc_number *fc_find_constant(const struct fc_lowering *lowering, const char *name)
{
    for (unsigned i = 0; i < lowering->constant_count; i++) {
        if (strcmp(lowering->constants[i].name, name) == 0)
            return &lowering->constants[i].number;
    }
    return NULL;
}

static const struct fc_named_flag *find_flag(const struct fc_lowering *lowering, const char *name)
{
    for (unsigned i = 0; i < lowering->flag_count; i++) {
        if (strcmp(lowering->flags[i].name, name) == 0)
            return &lowering->flags[i];
    }
    return NULL;
}

unsigned fc_need_flag(struct fc_lowering *lowering)
{
    const struct fc_position where = *fc_here(lowering);
    const char *name = fc_need_name(lowering, "a flag");
    const struct fc_named_flag *flag = find_flag(lowering, name);
    if (!flag)
        fc_fail(lowering->context, &where, "there is no flag %s", name);
    return flag->flag;
}

const struct fc_inline *fc_find_inline(const struct fc_lowering *lowering, const char *name)
{
    for (unsigned i = 0; i < lowering->inline_count; i++) {
        if (strcmp(lowering->inlines[i].name, name) == 0)
            return &lowering->inlines[i];
    }
    return NULL;
}

/* ---------------------------------------------------------------- declarations */

/* A name of the top level, which nothing else may have. */
static const char *need_new_name(struct fc_lowering *lowering, const char *what)
{
    const struct fc_position where = *fc_here(lowering);
    const char *name = fc_need_name(lowering, what);
    if (fc_is_reserved(name))
        fc_fail(lowering->context, &where, "'%s' is a word of the language", name);
    bool used = fc_find_constant(lowering, name) || find_flag(lowering, name) ||
                fc_find_inline(lowering, name) || fc_find_variable(lowering, name) != FC_NONE;
    for (unsigned i = 0; i < lowering->body_count; i++)
        used |= strcmp(lowering->bodies[i].name, name) == 0;
    if (used)
        fc_fail(lowering->context, &where, "%s is declared twice", name);
    return name;
}

static void declare_constant(struct fc_lowering *lowering)
{
    struct fc_named_number constant = {.name = need_new_name(lowering, "a constant")};
    fc_need_sign(lowering, '=');
    const struct fc_token *token = fc_token(lowering);
    if (token->kind != FC_NUMBER)
        fc_fail(lowering->context, &token->where, "expected a number");
    lowering->at++;
    constant.number = token->number;
    lowering->constants =
        fc_grow(lowering->context, lowering->constants, lowering->constant_count, sizeof constant);
    lowering->constants[lowering->constant_count++] = constant;
}

static void declare_variable(struct fc_lowering *lowering)
{
    const struct fc_position where = *fc_here(lowering);
    const char *name = need_new_name(lowering, "a variable");
    unsigned index = new_variable(lowering, name, &where);
    struct fc_variable *variable = &lowering->ir->variables[index];
    variable->shared = true;
    bool pinned = fc_take_word(lowering, "at");
    if (!pinned)
        fc_need_word(lowering, "in");
    const struct fc_position place = *fc_here(lowering);
    const char *bank = fc_need_name(lowering, "a bank, or a register");
    if (bank[0] != 'P' && bank[0] != 'S')
        fc_fail(lowering->context, &place, "%s is not of bank P or S", bank);
    variable->bank = bank[0] == 'P' ? FC_BANK_P : FC_BANK_S;
    if (!pinned && bank[1])
        fc_fail(lowering->context, &place, "'in P' or 'in S'; a register is given by 'at'");
    if (!pinned)
        return;
    static const char *const numbers[ISA_REGISTERS] = {
        "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15"};
    for (unsigned i = 0; i < ISA_REGISTERS; i++) {
        if (strcmp(bank + 1, numbers[i]) == 0)
            variable->pin = i;
    }
    if (variable->pin == FC_NONE)
        fc_fail(lowering->context, &place, "%s is not a register: P0 to P15, S0 to S15", bank);
}

static void add_flag(struct fc_lowering *lowering, const char *name, unsigned number)
{
    lowering->flags = fc_grow(lowering->context, lowering->flags, lowering->flag_count,
                              sizeof lowering->flags[0]);
    lowering->flags[lowering->flag_count++] = (struct fc_named_flag){name, number};
}

static void declare_flag(struct fc_lowering *lowering)
{
    const char *name = need_new_name(lowering, "a flag");
    fc_need_sign(lowering, '=');
    const struct fc_position where = *fc_here(lowering);
    unsigned number = fc_need_index(lowering, ISA_FLAGS - 1);
    if (number < FLAG_FIRST_FREE || number >= FLAG_END_FREE)
        fc_fail(lowering->context, &where, "flags %u to %u are for programs", FLAG_FIRST_FREE,
                FLAG_END_FREE - 1);
    add_flag(lowering, name, number);
}

static void declare_machine_flags(struct fc_lowering *lowering)
{
    add_flag(lowering, "h_zero", ISA_FLAG_H_ZERO);
    add_flag(lowering, "r_zero", ISA_FLAG_R_ZERO);
    add_flag(lowering, "d_zero", ISA_FLAG_D_ZERO);
    add_flag(lowering, "dz_zero", ISA_FLAG_DZ_ZERO);
    add_flag(lowering, "z_zero", ISA_FLAG_Z_ZERO);
    add_flag(lowering, "compressed", ISA_FLAG_COMPRESSED);
    add_flag(lowering, "low_s", ISA_FLAG_LOW_S);
    add_flag(lowering, "partner_infinity", ISA_FLAG_PARTNER_INFINITY);
    add_flag(lowering, "infinity", ISA_FLAG_INFINITY);
    add_flag(lowering, "present_0", 8);
    add_flag(lowering, "present_1", 9);
    add_flag(lowering, "present_2", 10);
    add_flag(lowering, "present_3", 11);
}

static unsigned accumulators(const struct fc_ir *ir)
{
    unsigned count = 0;
    for (unsigned i = 0; i < ir->variable_count; i++)
        count += ir->variables[i].accumulator;
    return count;
}

static void declare_accumulators(struct fc_lowering *lowering)
{
    do {
        const struct fc_position where = *fc_here(lowering);
        const char *name = fc_need_name(lowering, "a shared variable");
        unsigned variable = fc_find_variable(lowering, name);
        if (variable == FC_NONE)
            fc_fail(lowering->context, &where, "%s is not a variable declared before", name);
        lowering->ir->variables[variable].accumulator = true;
        if (accumulators(lowering->ir) > ACCUMULATORS_MAX)
            fc_fail(lowering->context, &where, "more than %u accumulators", ACCUMULATORS_MAX);
    } while (fc_take_sign(lowering, ','));
}

static unsigned read_names(struct fc_lowering *lowering, const char **list, unsigned room)
{
    unsigned count = 0;
    do {
        const struct fc_position where = *fc_here(lowering);
        const char *name = fc_need_name(lowering, "a value");
        if (count == room)
            fc_fail(lowering->context, &where, "more than %u names", room);
        if (fc_is_reserved(name))
            fc_fail(lowering->context, &where, "'%s' is a word of the language", name);
        for (unsigned i = 0; i < count; i++) {
            if (strcmp(list[i], name) == 0)
                fc_fail(lowering->context, &where, "%s stands here twice", name);
        }
        list[count++] = name;
    } while (fc_take_sign(lowering, ','));
    return count;
}

static void declare_inline(struct fc_lowering *lowering)
{
    struct fc_inline formula = {.name = need_new_name(lowering, "an inline")};
    fc_need_sign(lowering, '(');
    if (!fc_take_sign(lowering, ')')) {
        formula.parameter_count = read_names(lowering, formula.parameters, FC_PARAMETERS_MAX);
        fc_need_sign(lowering, ')');
    }
    fc_need_sign(lowering, '>');
    formula.result_count = read_names(lowering, formula.results, FC_RESULTS_MAX);
    fc_need_sign(lowering, '{');
    formula.body = lowering->at;
    fc_skip_body(lowering);
    lowering->inlines =
        fc_grow(lowering->context, lowering->inlines, lowering->inline_count, sizeof formula);
    lowering->inlines[lowering->inline_count++] = formula;
}

static unsigned code_of(struct fc_lowering *lowering, const struct fc_position *where,
                        const struct fc_body *body)
{
    static const char *const programs[] = ISA_PROGRAM_NAMES, *const routines[] = ISA_ROUTINE_NAMES;
    bool program = body->kind == FC_PROGRAM;
    const char *const *names = program ? programs : routines;
    for (unsigned i = 0; i < (program ? ISA_PROGRAM_CODES : ISA_ROUTINE_CODES); i++) {
        if (strcmp(names[i], body->name) == 0)
            return i;
    }
    fc_fail(lowering->context, where, "the machine has no %s %s", program ? "program" : "routine",
            body->name);
}

static void declare_body(struct fc_lowering *lowering, enum fc_unit_kind kind)
{
    struct fc_body body = {.kind = kind, .where = *fc_here(lowering)};
    body.name = need_new_name(lowering, "a part of the image");
    if (kind != FC_SUBROUTINE)
        body.code = code_of(lowering, &body.where, &body);
    if (kind == FC_PROGRAM) {
        fc_need_sign(lowering, '(');
        body.parameter_count = read_names(lowering, body.parameters, ISA_REGISTERS);
        fc_need_sign(lowering, ')');
    }
    fc_need_sign(lowering, '{');
    body.body = lowering->at;
    fc_skip_body(lowering);
    lowering->bodies =
        fc_grow(lowering->context, lowering->bodies, lowering->body_count, sizeof body);
    lowering->bodies[lowering->body_count++] = body;
}

static void declaration(struct fc_lowering *lowering)
{
    if (fc_take_word(lowering, "constant"))
        declare_constant(lowering);
    else if (fc_take_word(lowering, "variable"))
        declare_variable(lowering);
    else if (fc_take_word(lowering, "flag"))
        declare_flag(lowering);
    else if (fc_take_word(lowering, "accumulator"))
        declare_accumulators(lowering);
    else if (fc_take_word(lowering, "inline"))
        declare_inline(lowering);
    else if (fc_take_word(lowering, "subroutine"))
        declare_body(lowering, FC_SUBROUTINE);
    else if (fc_take_word(lowering, "routine"))
        declare_body(lowering, FC_ROUTINE);
    else if (fc_take_word(lowering, "program"))
        declare_body(lowering, FC_PROGRAM);
    else
        fc_fail(lowering->context, fc_here(lowering), "expected a declaration");
    fc_need_newline(lowering);
}

/* ---------------------------------------------------------------- bodies */

static void bind_payload(struct fc_lowering *lowering, const struct fc_body *body,
                         struct fc_unit *unit)
{
    unit->parameter_count = body->parameter_count;
    for (unsigned i = 0; i < body->parameter_count; i++) {
        unsigned index = fc_find_variable(lowering, body->parameters[i]);
        if (index == FC_NONE) {
            index = fc_need_variable(lowering, body->parameters[i], &body->where);
            lowering->ir->variables[index].bank = FC_BANK_S;
            lowering->ir->variables[index].pin = i;
        }
        const struct fc_variable *variable = &lowering->ir->variables[index];
        if (variable->bank != FC_BANK_S || variable->pin != i)
            fc_fail(lowering->context, &body->where,
                    "%s is word %u of the payload, and must be declared 'at S%u'",
                    body->parameters[i], i, i);
        unit->parameters[i] = index;
    }
}

static void begin_unit(struct fc_lowering *lowering, const struct fc_unit *unit)
{
    struct fc_ir *ir = lowering->ir;
    ir->units = fc_grow(lowering->context, ir->units, ir->unit_count, sizeof *unit);
    ir->units[ir->unit_count++] = *unit;
    ir->units[ir->unit_count - 1].first_block = ir->block_count;
    lowering->unit_kind = unit->kind;
    lowering->block = fc_new_block(lowering->context, ir);
}

static void lower_body(struct fc_lowering *lowering, const struct fc_body *body)
{
    struct fc_scope scope = {.id = ++lowering->scope_ids};
    struct fc_unit unit = {
        .name = body->name, .kind = body->kind, .code = body->code, .where = body->where};
    lowering->scope = &scope;
    bind_payload(lowering, body, &unit);
    begin_unit(lowering, &unit);
    lowering->at = body->body;
    fc_statements(lowering);
    struct fc_ir *ir = lowering->ir;
    if (body->kind == FC_PROGRAM && lowering->block != FC_NONE)
        fc_fail(lowering->context, &body->where, "%s does not end on every way", body->name);
    if (body->kind == FC_SUBROUTINE && lowering->block == FC_NONE)
        fc_fail(lowering->context, &body->where, "%s never returns", body->name);
    if (body->kind == FC_SUBROUTINE)
        ir->blocks[lowering->block].end.ctl = ISA_CTL_RETURN;
    if (body->kind == FC_ROUTINE)
        ir->blocks[lowering->block].end.ctl = ISA_CTL_DISPATCH;
    lowering->scope = NULL;
}

static void lower_invalid(struct fc_lowering *lowering)
{
    struct fc_unit unit = {.name = "invalid", .kind = FC_INVALID};
    begin_unit(lowering, &unit);
    struct fc_ir *ir = lowering->ir;
    ir->invalid_block = lowering->block;
    ir->blocks[lowering->block].end =
        (struct fc_end){.ctl = ISA_CTL_END, .target = ISA_END_INVALID, .next = FC_NONE};
}

void fc_lower(struct fc_context *context, const struct fc_tokens *tokens, struct fc_ir *ir)
{
    struct fc_lowering lowering = {.context = context, .tokens = tokens, .ir = ir};
    declare_machine_flags(&lowering);
    while (fc_token(&lowering)->kind != FC_END) {
        if (fc_token(&lowering)->kind == FC_NEWLINE)
            lowering.at++;
        else
            declaration(&lowering);
    }
    if (!lowering.body_count)
        fc_fail(context, NULL, "no program and no routine");
    for (unsigned i = 0; i < lowering.body_count; i++)
        lower_body(&lowering, &lowering.bodies[i]);
    lower_invalid(&lowering);
}
