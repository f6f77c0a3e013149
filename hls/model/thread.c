/* SPDX-License-Identifier: Apache-2.0 */
#include "hls/model/thread.h"
#include <assert.h>
#include <stddef.h>
#include <string.h>

#define FIELD(word, NAME)                                                                          \
    ((unsigned)((word) >> ISA_##NAME##_LSB) & ((1u << ISA_##NAME##_WIDTH) - 1))
#define WATCHDOG_CYCLES (1u << 20)
#define BANK_BIT        16u /* of a register's number: bank S */
#define TABLE_BIT       32u /* of a destination: a word of T */

bool snap_thread_stop(struct snap_thread *thread, enum snap_model_code code, const char *why)
{
    thread->state = SNAP_THREAD_ENDED;
    thread->code = code;
    thread->why = why;
    return false;
}

static bool undefined(struct snap_thread *thread, const char *why)
{
    return snap_thread_stop(thread, SNAP_MODEL_UNDEFINED, why);
}

static bool fault(struct snap_thread *thread, const char *why)
{
    return snap_thread_stop(thread, SNAP_MODEL_FAULT, why);
}

void snap_thread_start(struct snap_thread *thread, const struct snap_model *model, unsigned program)
{
    assert(program < ISA_IMAGE_PROGRAMS);
    memset(thread, 0, sizeof *thread);
    thread->model = model;
    thread->streams = &model->curves.streams[program];
    thread->sm2 = thread->streams->sm2;
    thread->pc = model->image.program[program];
    snap_thread_flag(thread, ISA_FLAG_INFINITY, false);
    snap_thread_flag(thread, ISA_FLAG_PARTNER_INFINITY, false);
}

void snap_thread_load(struct snap_thread *thread, unsigned index, struct snap_u256 word)
{
    assert(index < ISA_REGISTERS);
    thread->bank[1][index] = (struct snap_cell){.value = word, .written = true};
}

void snap_thread_flag(struct snap_thread *thread, unsigned flag, bool value)
{
    assert(flag < ISA_FLAGS);
    thread->flag[flag] = (struct snap_flag){.set = true, .value = value};
}

/* ---------------------------------------------------------------- decoding */

static struct snap_instruction decode(uint64_t word)
{
    return (struct snap_instruction){
        .word = word,
        .unit = FIELD(word, UNIT),
        .op = FIELD(word, OP),
        .sign = FIELD(word, SIGN),
        .order = FIELD(word, ORDER),
        .a = FIELD(word, A),
        .b = FIELD(word, B),
        .b_kind = FIELD(word, B_KIND),
        .dst = FIELD(word, DST),
        .wait = FIELD(word, WAIT),
        .test = FIELD(word, TEST),
        .flag = FIELD(word, FLAG),
        .gate = FIELD(word, GATE),
        .send = FIELD(word, SEND),
        .arg = FIELD(word, ARG),
        .ctl = FIELD(word, CTL),
        .target = FIELD(word, TARGET),
    };
}

/* Codes without a name are a fault in the hardware. */
static bool named(struct snap_thread *thread, const struct snap_instruction *i)
{
    unsigned ops = i->unit == ISA_UNIT_SUM ? ISA_SUM_OP_CODES : ISA_PRODUCT_OP_CODES;
    if (i->op >= ops || i->sign >= ISA_SIGN_CODES || i->b_kind >= ISA_B_KIND_CODES ||
        i->gate >= ISA_GATE_CODES || i->ctl >= ISA_CTL_CODES || FIELD(i->word, RESERVED))
        return fault(thread, "illegal instruction");
    if (i->ctl == ISA_CTL_END && i->target >= ISA_END_CODES)
        return fault(thread, "illegal end");
    return true;
}

static bool legal_product(struct snap_thread *thread, const struct snap_instruction *i)
{
    if (i->sign || i->order || i->send || i->test == ISA_TEST_WRAP)
        return undefined(thread, "a product with sign, order, send or wrap");
    if (i->b_kind == ISA_B_KIND_ADDEND && i->b > 1)
        return undefined(thread, "an addend has x and y only");
    return true;
}

static bool legal_sum(struct snap_thread *thread, const struct snap_instruction *i)
{
    if (i->b_kind == ISA_B_KIND_TABLE || i->b_kind == ISA_B_KIND_ADDEND)
        return undefined(thread, "a sum cannot read tables");
    if (i->sign == ISA_SIGN_FLIP && i->op == ISA_SUM_OP_HALF)
        return undefined(thread, "half has no opposite");
    if (i->sign == ISA_SIGN_SWAP && (i->op != ISA_SUM_OP_SUB || i->b_kind != ISA_B_KIND_REGISTER))
        return undefined(thread, "swap is for sub of registers");
    if (i->test == ISA_TEST_WRAP && i->op != ISA_SUM_OP_ADD && i->op != ISA_SUM_OP_SUB)
        return undefined(thread, "wrap is of add and sub only");
    if (i->op >= ISA_SUM_OP_COPY && i->a)
        return undefined(thread, "a is not read and not 0");
    return true;
}

/* Combinations of named codes that a program must not use. */
static bool legal(struct snap_thread *thread, const struct snap_instruction *i)
{
    bool digits = i->ctl == ISA_CTL_EVENTS || i->ctl == ISA_CTL_DISPATCH;
    bool branch = i->ctl == ISA_CTL_BRANCH_IF || i->ctl == ISA_CTL_BRANCH_UNLESS;
    if (i->wait < (digits ? ISA_DISPATCH_CYCLES : ISA_FETCH_CYCLES))
        return undefined(thread, "wait is too short");
    if (i->dst >= ISA_REGISTERS && i->dst < TABLE_BIT)
        return undefined(thread, "dst is neither a register nor a word of T");
    if (branch && i->send)
        return undefined(thread, "a branch cannot send");
    if ((i->gate == ISA_GATE_INVERTER) != (i->send == ISA_SEND_INVERT))
        return undefined(thread, "gate `inverter` and send `invert` belong together");
    return i->unit == ISA_UNIT_SUM ? legal_sum(thread, i) : legal_product(thread, i);
}

/* ---------------------------------------------------------------- gates */

static bool pass_gate(struct snap_thread *thread, const struct snap_instruction *i)
{
    switch ((enum isa_gate)i->gate) {
    case ISA_GATE_NONE:
        return true;
    case ISA_GATE_INVERTER:
        if (thread->inverting)
            return undefined(thread, "an inverse while another is under way");
        return true;
    case ISA_GATE_INVERSE:
        if (!thread->inverting)
            return fault(thread, "watchdog: waits for an inverse that was not asked for");
        thread->inverting = false;
        thread->bank[1][thread->inverse_register] =
            (struct snap_cell){.value = thread->inverse, .ready = thread->now, .written = true};
        return true;
    case ISA_GATE_RECODER:
        if (thread->have_recoder || !thread->streams->count)
            return undefined(thread, "the recoder is taken twice, or by a program without digits");
        thread->have_recoder = true;
        snap_recoder_start(&thread->recoder, thread->streams, thread->model->curves.half_bits);
        return true;
    case ISA_GATE_EVENTS:
        if (!thread->have_recoder || !snap_recoder_full(&thread->recoder))
            return fault(thread, "watchdog: waits for digits whose scalars have not all been sent");
        if (!thread->have_events) {
            thread->digits.left = snap_recoder_events(&thread->recoder, thread->digits.event);
            thread->counts.events = thread->digits.left;
        }
        thread->have_events = true;
        return true;
    }
    return fault(thread, "illegal gate");
}

/* ---------------------------------------------------------------- operands */

static bool read_cell(struct snap_thread *thread, const struct snap_cell *cell, unsigned now,
                      struct snap_u256 *value)
{
    if (!cell->written)
        return undefined(thread, "reads a word that has not been written");
    if (cell->ready > now)
        return undefined(thread, "reads a word too early");
    *value = cell->value;
    return true;
}

static bool read_register(struct snap_thread *thread, unsigned number, struct snap_u256 *value)
{
    return read_cell(thread, &thread->bank[number / BANK_BIT][number % BANK_BIT], thread->now,
                     value);
}

/* A partner's time stands still at what it had reached when it parked. */
static bool read_partner(struct snap_thread *thread, unsigned number, struct snap_u256 *value)
{
    if (!thread->partner)
        return undefined(thread, "reads a partner that it does not have");
    const struct snap_thread *partner = thread->partner;
    return read_cell(thread, &partner->bank[number / BANK_BIT][number % BANK_BIT], partner->now,
                     value);
}

static bool read_addend(struct snap_thread *thread, bool y, struct snap_u256 *value)
{
    if (!thread->digits.have)
        return undefined(thread, "reads an addend before the first digit");
    const struct snap_event *event = &thread->digits.current;
    const struct isa_stream *stream = &thread->streams->list[event->stream];
    unsigned at = (y ? stream->y : stream->x) + event->entry;
    if (!stream->fixed)
        return read_cell(thread, &thread->table[at], thread->now, value);
    *value = thread->model->fixed[at];
    return true;
}

static bool read_b(struct snap_thread *thread, const struct snap_instruction *i,
                   struct snap_u256 *value)
{
    switch ((enum isa_b_kind)i->b_kind) {
    case ISA_B_KIND_REGISTER:
        return read_register(thread, i->b, value);
    case ISA_B_KIND_TABLE:
        return read_cell(thread, &thread->table[i->b], thread->now, value);
    case ISA_B_KIND_ADDEND:
        return read_addend(thread, i->b == 1, value);
    case ISA_B_KIND_CONSTANT:
        *value = thread->model->image.constant[i->b];
        return true;
    case ISA_B_KIND_PARTNER:
        return read_partner(thread, i->b, value);
    }
    return fault(thread, "illegal b_kind");
}

/* ---------------------------------------------------------------- units */

struct outcome {
    struct snap_u256 a, b, value;
    bool wrap;
};

static const struct snap_modulus *modulus(const struct snap_thread *thread, bool order)
{
    const struct snap_model_curves *curves = &thread->model->curves;
    return order ? &curves->order[thread->sm2] : &curves->prime[thread->sm2];
}

static bool compute_product(struct snap_thread *thread, const struct snap_instruction *i,
                            struct outcome *outcome)
{
    if (!read_register(thread, i->a, &outcome->a) || !read_b(thread, i, &outcome->b))
        return false;
    struct snap_u256 high, low;
    snap_u256_mul(outcome->a, outcome->b, &high, &low);
    if (i->op == ISA_PRODUCT_OP_MUL)
        outcome->value = snap_mod_reduce(modulus(thread, false), high, low);
    else
        outcome->value = i->op == ISA_PRODUCT_OP_LOW ? low : high;
    return true;
}

/* The operation and the order of its operands, once the digit's sign is known. */
static bool resolve_sign(struct snap_thread *thread, const struct snap_instruction *i,
                         enum isa_sum_op *op, bool *swap)
{
    static const enum isa_sum_op opposite[ISA_SUM_OP_CODES] = {
        [ISA_SUM_OP_ADD] = ISA_SUM_OP_SUB,   [ISA_SUM_OP_SUB] = ISA_SUM_OP_ADD,
        [ISA_SUM_OP_HALF] = ISA_SUM_OP_HALF, [ISA_SUM_OP_COPY] = ISA_SUM_OP_NEG,
        [ISA_SUM_OP_NEG] = ISA_SUM_OP_COPY,
    };
    *op = (enum isa_sum_op)i->op;
    *swap = false;
    if (i->sign == ISA_SIGN_NONE)
        return true;
    if (!thread->digits.have)
        return undefined(thread, "a sign before the first digit");
    if (thread->digits.current.negative && i->sign == ISA_SIGN_FLIP)
        *op = opposite[i->op];
    *swap = thread->digits.current.negative && i->sign == ISA_SIGN_SWAP;
    return true;
}

static bool add(struct snap_thread *thread, const struct snap_modulus *m, struct outcome *o)
{
    bool carry = snap_u256_add(o->a, o->b, &o->value);
    o->wrap = carry || !snap_u256_less(o->value, m->m);
    if (carry && !snap_u256_less(o->value, m->m))
        return undefined(thread, "a sum of 2^256 + m or more");
    if (o->wrap)
        snap_u256_sub(o->value, m->m, &o->value);
    return true;
}

static bool halve(struct snap_thread *thread, const struct snap_modulus *m, struct outcome *o)
{
    if (!snap_u256_less(o->a, m->m))
        return undefined(thread, "half of a number not below the modulus");
    o->value = snap_u256_shift_right(o->a, 1);
    if (snap_u256_bit(o->a, 0)) {
        struct snap_u256 half_m = snap_u256_shift_right(m->m, 1);
        snap_u256_add(half_m, snap_u256_small(1), &half_m);
        snap_u256_add(o->value, half_m, &o->value);
    }
    return true;
}

static void subtract(const struct snap_modulus *m, struct outcome *o)
{
    o->wrap = snap_u256_sub(o->a, o->b, &o->value);
    if (o->wrap)
        snap_u256_add(o->value, m->m, &o->value);
}

static bool compute_sum(struct snap_thread *thread, const struct snap_instruction *i,
                        struct outcome *o)
{
    const struct snap_modulus *m = modulus(thread, i->order);
    enum isa_sum_op op;
    bool swap;
    if (!resolve_sign(thread, i, &op, &swap))
        return false;
    if (i->op < ISA_SUM_OP_COPY && !read_register(thread, i->a, &o->a))
        return false;
    if (i->op != ISA_SUM_OP_HALF && !read_b(thread, i, &o->b))
        return false;
    if (swap) {
        struct snap_u256 a = o->a;
        o->a = o->b;
        o->b = a;
    }
    switch (op) {
    case ISA_SUM_OP_ADD:
        return add(thread, m, o);
    case ISA_SUM_OP_SUB:
        subtract(m, o);
        return true;
    case ISA_SUM_OP_HALF:
        return halve(thread, m, o);
    case ISA_SUM_OP_COPY:
        o->value = o->b;
        if (!snap_u256_less(o->b, m->m))
            snap_u256_sub(o->b, m->m, &o->value);
        return true;
    case ISA_SUM_OP_NEG:
        if (snap_u256_less(m->m, o->b))
            return undefined(thread, "neg of a number above the modulus");
        subtract(m, o);
        return true;
    }
    return fault(thread, "illegal op");
}

/* ---------------------------------------------------------------- results */

static bool write_result(struct snap_thread *thread, const struct snap_instruction *i,
                         const struct outcome *outcome)
{
    bool sum = i->unit == ISA_UNIT_SUM;
    unsigned ready = thread->now + (sum ? ISA_SUM_CYCLES : ISA_PRODUCT_CYCLES);
    struct snap_cell *cell =
        i->dst & TABLE_BIT ? &thread->table[i->dst % TABLE_BIT] : &thread->bank[sum][i->dst];
    if (thread->inverting && cell == &thread->bank[1][thread->inverse_register])
        return undefined(thread, "writes the register that awaits an inverse");
    if (cell->ready >= ready)
        return undefined(thread, "its result would be overwritten by an earlier instruction's");
    *cell = (struct snap_cell){.value = outcome->value, .ready = ready, .written = true};
    return true;
}

static bool test_value(const struct snap_instruction *i, const struct outcome *outcome)
{
    switch ((enum isa_test)i->test) {
    case ISA_TEST_ZERO:
        return snap_u256_is_zero(outcome->value);
    case ISA_TEST_ODD:
        return snap_u256_bit(outcome->value, 0);
    case ISA_TEST_WRAP:
        return outcome->wrap;
    case ISA_TEST_NONE:
        break;
    }
    return false;
}

static bool write_flag(struct snap_thread *thread, const struct snap_instruction *i,
                       const struct outcome *outcome)
{
    unsigned latency = i->unit == ISA_UNIT_SUM ? ISA_SUM_CYCLES : ISA_PRODUCT_CYCLES;
    struct snap_flag *flag = &thread->flag[i->flag];
    if (i->test == ISA_TEST_NONE)
        return true;
    if (flag->ready >= thread->now + latency + ISA_FLAG_CYCLES)
        return undefined(thread, "its flag would be overwritten by an earlier instruction's");
    *flag = (struct snap_flag){
        .set = true,
        .value = test_value(i, outcome),
        .ready = thread->now + latency + ISA_FLAG_CYCLES,
    };
    return true;
}

static bool send_result(struct snap_thread *thread, const struct snap_instruction *i,
                        const struct outcome *outcome)
{
    if (i->send == ISA_SEND_INVERT) {
        const struct snap_modulus *m = modulus(thread, i->order);
        thread->inverse = snap_mod_inverse(m, outcome->value);
        if (i->order) /* 2^256 / x */
            thread->inverse = snap_mod_reduce(m, thread->inverse, snap_u256_small(0));
        thread->inverting = true;
        thread->inverse_register = i->arg;
        thread->bank[1][i->arg].written = false;
    } else if (i->send == ISA_SEND_SCALAR) {
        if (!thread->have_recoder)
            return undefined(thread, "a scalar of a thread that does not have the recoder");
        const char *why = snap_recoder_scalar(&thread->recoder, outcome->value, i->arg);
        return why ? fault(thread, why) : true;
    } else if (i->send == ISA_SEND_EMIT) {
        if (i->arg > 1)
            return undefined(thread, "a result has two words");
        thread->emitted[i->arg] = outcome->value;
        thread->have_emitted[i->arg] = true;
    }
    return true;
}

/* ---------------------------------------------------------------- a step */

static bool execute(struct snap_thread *thread, const struct snap_instruction *i)
{
    struct outcome outcome = {.wrap = false};
    struct snap_model_step step = {.thread = thread->number, .pc = thread->pc, .word = i->word};
    if (!named(thread, i) || !legal(thread, i) || !pass_gate(thread, i))
        return false;
    bool sum = i->unit == ISA_UNIT_SUM;
    if (!(sum ? compute_sum(thread, i, &outcome) : compute_product(thread, i, &outcome)))
        return false;
    /* Flags are looked at when the instruction is granted, before it sets its own. */
    if (!snap_thread_control(thread, i) || !write_result(thread, i, &outcome) ||
        !write_flag(thread, i, &outcome) || !send_result(thread, i, &outcome))
        return false;
    if (sum)
        thread->counts.sums++;
    else
        thread->counts.products++;
    if (thread->trace) {
        step.cycle = thread->now;
        step.a = outcome.a;
        step.b = outcome.b;
        step.result = outcome.value;
        step.flag = test_value(i, &outcome);
        thread->trace(thread->trace_context, &step);
    }
    snap_thread_finish(thread, i);
    return true;
}

void snap_thread_step(struct snap_thread *thread)
{
    assert(thread->state == SNAP_THREAD_RUNS);
    thread->fault_pc = thread->pc;
    if (thread->pc >= thread->model->image.words) {
        fault(thread, "an instruction that was not loaded");
        return;
    }
    struct snap_instruction i = decode(thread->model->image.word[thread->pc]);
    if (!execute(thread, &i))
        return;
    thread->now += i.wait;
    thread->counts.cycles = thread->now;
    if (thread->state == SNAP_THREAD_RUNS && thread->now > WATCHDOG_CYCLES)
        fault(thread, "watchdog: too many cycles");
}
