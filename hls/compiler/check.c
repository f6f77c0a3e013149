/* SPDX-License-Identifier: Apache-2.0 */
#include "hls/compiler/check.h"
#include "hls/compiler/instruction.h"
#include <string.h>

#define STATES_MAX 65536u
#define UNDEFINED  0xFFu /* nothing has been written; compares as later than any cycle */
#define NOWHERE    0xFFFFu

enum { BANK_WORDS = 2 * ISA_REGISTERS };

/* What must be the same for two ways to be one: control, and what is counted. */
struct key {
    uint16_t pc, back, finish; /* back: of a call; finish: of the digits; or NOWHERE */
    uint8_t program, routine;  /* routine: one more than its number, 0 outside of the digits */
    uint8_t infinity, inverse; /* inverse: one more than the register it goes to */
    uint8_t sent, loop, emitted, merged;
};

/* Cycles from the grant of the instruction at pc until each may be read, at most. */
struct state {
    struct key key;
    uint8_t bank[BANK_WORDS], table[ISA_TABLE_WORDS], flag[ISA_FLAGS];
    bool waiting; /* on the work list */
};

struct checker {
    struct fc_context *context;
    const struct fc_image *image;
    struct fc_finding *finding;
    struct state **states; /* all of them */
    unsigned count;
    unsigned *heads; /* by pc: first state, and from there the next: numbers plus 1 */
    unsigned *nexts;
    unsigned *work, work_count;
    uint32_t partner_reads; /* registers that instructions read of a partner */
    bool failed;
};

/* Words of a program's payload (docs/microcode.md). */
static const uint8_t payload_words[ISA_IMAGE_PROGRAMS] = {[ISA_PROGRAM_ECDSA_VERIFY] = 5,
                                                          [ISA_PROGRAM_ECDSA_RECOVER] = 4,
                                                          [ISA_PROGRAM_BIP340_VERIFY] = 4,
                                                          [ISA_PROGRAM_SM2_VERIFY] = 5,
                                                          [ISA_PROGRAM_PEDERSEN_COMMIT] = 2,
                                                          [ISA_PROGRAM_SUM_ZERO] = 12,
                                                          [ISA_PROGRAM_MSM] = 12};

static bool is_chunked(unsigned program)
{
    return program == ISA_PROGRAM_SUM_ZERO || program == ISA_PROGRAM_MSM;
}

/* The first finding counts. Returns false, for the callers to hand on. */
static bool fail(struct checker *checker, unsigned word, const char *why)
{
    if (!checker->failed)
        *checker->finding = (struct fc_finding){word, why};
    checker->failed = true;
    return false;
}

/* ---------------------------------------------------------------- states */

static void push(struct checker *checker, unsigned number)
{
    if (checker->states[number]->waiting)
        return;
    checker->states[number]->waiting = true;
    checker->work[checker->work_count++] = number;
}

static bool later(uint8_t *to, const uint8_t *from, unsigned count)
{
    bool changed = false;
    for (unsigned i = 0; i < count; i++) {
        if (from[i] > to[i]) {
            to[i] = from[i];
            changed = true;
        }
    }
    return changed;
}

static bool same_key(const struct key *a, const struct key *b)
{
    return a->pc == b->pc && a->back == b->back && a->finish == b->finish &&
           a->program == b->program && a->routine == b->routine && a->infinity == b->infinity &&
           a->inverse == b->inverse && a->sent == b->sent && a->loop == b->loop &&
           a->emitted == b->emitted && a->merged == b->merged;
}

/* Another way leads into `state`. */
static bool reach(struct checker *checker, const struct state *state, unsigned from)
{
    unsigned pc = state->key.pc;
    if (pc >= checker->image->word_count)
        return fail(checker, from, "goes beyond the last instruction");
    for (unsigned i = checker->heads[pc]; i; i = checker->nexts[i - 1]) {
        struct state *known = checker->states[i - 1];
        if (!same_key(&known->key, &state->key))
            continue;
        bool changed = later(known->bank, state->bank, BANK_WORDS);
        changed |= later(known->table, state->table, ISA_TABLE_WORDS);
        changed |= later(known->flag, state->flag, ISA_FLAGS);
        if (changed)
            push(checker, i - 1);
        return true;
    }
    if (checker->count == STATES_MAX)
        return fail(checker, pc, "too many ways lead here");
    struct state *added = fc_alloc(checker->context, sizeof *added);
    *added = *state;
    added->waiting = false;
    checker->states[checker->count] = added;
    checker->nexts[checker->count] = checker->heads[pc];
    checker->heads[pc] = ++checker->count;
    push(checker, checker->count - 1);
    return true;
}

static uint8_t after(uint8_t pending, unsigned cycles)
{
    if (pending == UNDEFINED)
        return UNDEFINED;
    return pending > cycles ? (uint8_t)(pending - cycles) : 0;
}

static void pass(struct state *state, unsigned cycles)
{
    for (unsigned i = 0; i < BANK_WORDS; i++)
        state->bank[i] = after(state->bank[i], cycles);
    for (unsigned i = 0; i < ISA_TABLE_WORDS; i++)
        state->table[i] = after(state->table[i], cycles);
    for (unsigned i = 0; i < ISA_FLAGS; i++)
        state->flag[i] = after(state->flag[i], cycles);
}

/* ---------------------------------------------------------------- operands */

static bool read_word(struct checker *checker, const struct state *state, uint8_t pending)
{
    if (pending == UNDEFINED)
        return fail(checker, state->key.pc, "reads what nothing has written");
    if (pending)
        return fail(checker, state->key.pc, "reads a result too early");
    return true;
}

static bool read_register(struct checker *checker, const struct state *state, unsigned number)
{
    if (state->key.inverse && number == ISA_REGISTERS + state->key.inverse - 1u)
        return fail(checker, state->key.pc, "reads an inverse that is under way");
    return read_word(checker, state, state->bank[number]);
}

/* Any entry of the program's tables in T may be the addend. */
static bool read_addend(struct checker *checker, const struct state *state, unsigned y)
{
    const struct isa_streams *streams = &isa_streams[state->key.program];
    if (!state->key.routine)
        return fail(checker, state->key.pc, "reads an addend outside of the digits");
    for (unsigned i = 0; i < streams->count; i++) {
        const struct isa_stream *stream = &streams->list[i];
        if (stream->fixed)
            continue;
        unsigned entries = stream->comb ? (1u << stream->width) - 1 : 1u << (stream->width - 2);
        unsigned first = y ? stream->y : stream->x;
        for (unsigned j = 0; j < entries; j++) {
            if (!read_word(checker, state, state->table[first + j]))
                return false;
        }
    }
    return true;
}

static bool read_b(struct checker *checker, const struct state *state,
                   const struct fc_instruction *i)
{
    switch (i->b_kind) {
    case ISA_B_KIND_REGISTER:
        return read_register(checker, state, i->b);
    case ISA_B_KIND_TABLE:
        return read_word(checker, state, state->table[i->b]);
    case ISA_B_KIND_ADDEND:
        return read_addend(checker, state, i->b);
    case ISA_B_KIND_CONSTANT:
        if (i->b >= checker->image->constant_count)
            return fail(checker, state->key.pc, "reads a constant that the image has not");
        return true;
    default:
        if (!state->key.merged)
            return fail(checker, state->key.pc, "reads a partner that it has not");
        return true;
    }
}

static bool read_operands(struct checker *checker, const struct state *state,
                          const struct fc_instruction *i)
{
    if (fc_reads_a(i) && !read_register(checker, state, i->a))
        return false;
    if (fc_reads_b(i) && !read_b(checker, state, i))
        return false;
    if (i->sign && !state->key.routine)
        return fail(checker, state->key.pc, "uses a digit's sign outside of the digits");
    return true;
}

/* A word is written in the order of the instructions, whichever unit writes it. */
static bool write_word(struct checker *checker, const struct state *state, uint8_t *pending,
                       unsigned latency)
{
    if (*pending != UNDEFINED && *pending >= latency)
        return fail(checker, state->key.pc, "overtakes an earlier result for the same place");
    *pending = (uint8_t)latency;
    return true;
}

static bool write_result(struct checker *checker, struct state *state,
                         const struct fc_instruction *i)
{
    unsigned latency = i->unit == ISA_UNIT_PRODUCT ? ISA_PRODUCT_CYCLES : ISA_SUM_CYCLES;
    if (i->test && !write_word(checker, state, &state->flag[i->flag], latency + ISA_FLAG_CYCLES))
        return false;
    if (i->dst >= ISA_TABLE_WORDS)
        return write_word(checker, state, &state->table[i->dst - ISA_TABLE_WORDS], latency);
    unsigned number = i->dst + (i->unit == ISA_UNIT_SUM ? ISA_REGISTERS : 0);
    if (state->key.inverse && number == ISA_REGISTERS + state->key.inverse - 1u)
        return fail(checker, state->key.pc, "writes where an inverse is to come");
    return write_word(checker, state, &state->bank[number], latency);
}

/* ---------------------------------------------------------------- gates and sends */

static bool pass_gate(struct checker *checker, struct state *state, const struct fc_instruction *i)
{
    if (i->gate == ISA_GATE_INVERSE) {
        if (!state->key.inverse)
            return fail(checker, state->key.pc, "waits for an inverse that is not under way");
        state->bank[ISA_REGISTERS + state->key.inverse - 1u] = 0;
        state->key.inverse = 0;
    }
    if ((i->gate == ISA_GATE_EVENTS) != (i->ctl == ISA_CTL_EVENTS))
        return fail(checker, state->key.pc, "digits that begin without their gate");
    return true;
}

/* Scalar number `sent` of the program: its stream, and 8 more for a negative. */
static unsigned expected_scalar(const struct isa_streams *streams, unsigned sent)
{
    for (unsigned i = 0; i < streams->count; i++) {
        if (sent == 0)
            return i;
        sent--;
        if (!streams->list[i].half)
            continue;
        if (sent == 0)
            return i + ISA_STREAMS;
        sent--;
    }
    return FC_NONE;
}

static bool send(struct checker *checker, struct state *state, const struct fc_instruction *i)
{
    unsigned pc = state->key.pc;
    switch (i->send) {
    case ISA_SEND_INVERT:
        if (state->key.inverse)
            return fail(checker, pc, "asks for an inverse while one is under way");
        state->key.inverse = (uint8_t)(i->arg + 1);
        if (i->dst == i->arg)
            return fail(checker, pc, "writes where its inverse is to come");
        state->bank[ISA_REGISTERS + i->arg] = UNDEFINED;
        return true;
    case ISA_SEND_SCALAR:
        if (i->arg != expected_scalar(&isa_streams[state->key.program], state->key.sent))
            return fail(checker, pc, "sends a scalar out of the order of the program's streams");
        if ((i->gate == ISA_GATE_RECODER) != (state->key.sent == 0))
            return fail(checker, pc, "the first scalar, and no other, asks for the recoder");
        state->key.sent++;
        return true;
    case ISA_SEND_EMIT:
        state->key.emitted |= (uint8_t)(1u << i->arg);
        return true;
    default:
        return true;
    }
}

/* ---------------------------------------------------------------- control */

static bool go(struct checker *checker, const struct state *state, unsigned target)
{
    struct state next = *state;
    next.key.pc = (uint16_t)target;
    return reach(checker, &next, state->key.pc);
}

static bool to_routine(struct checker *checker, const struct state *state, unsigned routine)
{
    struct state next = *state;
    if (!checker->image->has_routine[routine])
        return fail(checker, state->key.pc, "the digits need a routine that the image has not");
    next.key.routine = (uint8_t)(routine + 1);
    return go(checker, &next, checker->image->routines[routine]);
}

/* To each routine of the pair that a stream of the program calls for. */
static bool to_addend(struct checker *checker, const struct state *state, unsigned plain,
                      unsigned lambda)
{
    const struct isa_streams *streams = &isa_streams[state->key.program];
    for (unsigned i = 0; i < streams->count; i++) {
        if (!to_routine(checker, state, streams->list[i].lambda ? lambda : plain))
            return false;
    }
    return true;
}

static bool to_finish(struct checker *checker, const struct state *state)
{
    struct state next = *state;
    next.key.routine = 0;
    next.key.finish = NOWHERE;
    return go(checker, &next, state->key.finish);
}

static bool dispatch_infinity(struct checker *checker, const struct state *state)
{
    struct state next = *state;
    next.key.infinity = 1;
    if (!to_finish(checker, &next))
        return false;
    next.key.infinity = 0;
    return to_addend(checker, &next, ISA_ROUTINE_LOAD, ISA_ROUTINE_LOAD_LAMBDA);
}

static bool dispatch(struct checker *checker, const struct state *state)
{
    unsigned last = state->key.routine;
    if (state->key.finish == NOWHERE)
        return fail(checker, state->key.pc, "digits that have not begun");
    if (state->key.infinity)
        return dispatch_infinity(checker, state);
    if ((last == ISA_ROUTINE_ADD + 1 || last == ISA_ROUTINE_ADD_LAMBDA + 1)) {
        bool equal = last == ISA_ROUTINE_ADD + 1;
        if (!to_routine(checker, state, equal ? ISA_ROUTINE_LOAD : ISA_ROUTINE_LOAD_LAMBDA) ||
            !dispatch_infinity(checker, state))
            return false;
    }
    bool sm2 = isa_streams[state->key.program].sm2;
    return to_routine(checker, state,
                      sm2 ? ISA_ROUTINE_DOUBLE_SM2 : ISA_ROUTINE_DOUBLE_SECP256K1) &&
           to_addend(checker, state, ISA_ROUTINE_ADD, ISA_ROUTINE_ADD_LAMBDA) &&
           to_finish(checker, state);
}

static bool settled(struct checker *checker, const struct state *state, unsigned flag)
{
    if (state->flag[flag] == UNDEFINED)
        return fail(checker, state->key.pc, "needs a flag that nothing has set");
    if (state->flag[flag])
        return fail(checker, state->key.pc, "needs a flag before it is settled");
    return true;
}

/* Before the instruction's own result: its flag cannot decide its own control. */
static bool check_flags(struct checker *checker, const struct state *state,
                        const struct fc_instruction *i)
{
    unsigned last = state->key.routine;
    if (i->ctl == ISA_CTL_BRANCH_IF || i->ctl == ISA_CTL_BRANCH_UNLESS) {
        if (i->test && i->flag == i->arg)
            return fail(checker, state->key.pc, "branches on the flag that it sets");
        return settled(checker, state, i->arg);
    }
    if (i->ctl != ISA_CTL_DISPATCH ||
        (last != ISA_ROUTINE_ADD + 1 && last != ISA_ROUTINE_ADD_LAMBDA + 1))
        return true;
    if (i->test && (i->flag == ISA_FLAG_H_ZERO || i->flag == ISA_FLAG_R_ZERO))
        return fail(checker, state->key.pc, "branches on the flag that it sets");
    return settled(checker, state, ISA_FLAG_H_ZERO) && settled(checker, state, ISA_FLAG_R_ZERO);
}

static bool branch(struct checker *checker, const struct state *state,
                   const struct fc_instruction *i)
{
    bool known = i->arg == ISA_FLAG_INFINITY;
    bool taken = (i->ctl == ISA_CTL_BRANCH_IF) == (state->key.infinity != 0);
    if ((!known || taken) && !go(checker, state, i->target))
        return false;
    return (known && taken) || go(checker, state, state->key.pc + 1u);
}

/* One who has begun to hand over scalars has the recoder, and keeps it from all others. */
static bool has_no_recoder(struct checker *checker, const struct state *state)
{
    const struct isa_streams *streams = &isa_streams[state->key.program];
    if (state->key.sent && expected_scalar(streams, state->key.sent) != FC_NONE)
        return fail(checker, state->key.pc, "ends while the recoder waits for its scalars");
    return true;
}

static bool verdict(struct checker *checker, const struct state *state)
{
    static const unsigned flags[] = {ISA_FLAG_D_ZERO, ISA_FLAG_DZ_ZERO, ISA_FLAG_Z_ZERO};
    for (unsigned i = 0; i < 3; i++) {
        if (state->flag[flags[i]] == UNDEFINED)
            return fail(checker, state->key.pc, "a verdict without its flags");
    }
    return true;
}

static bool begin_digits(struct checker *checker, struct state *state, unsigned target)
{
    if (!isa_streams[state->key.program].count ||
        expected_scalar(&isa_streams[state->key.program], state->key.sent) != FC_NONE)
        return fail(checker, state->key.pc, "digits before all scalars have been sent");
    if (state->key.routine || state->key.back != NOWHERE)
        return fail(checker, state->key.pc, "digits inside a call or inside digits");
    state->key.finish = (uint16_t)target;
    state->key.infinity = 1;
    return dispatch(checker, state);
}

static bool gather(struct checker *checker, struct state *state, const struct state *granted,
                   unsigned target)
{
    if (!is_chunked(state->key.program))
        return fail(checker, state->key.pc, "gathers in a program without chunks");
    for (unsigned i = 0; i < BANK_WORDS; i++) {
        if (checker->partner_reads >> i & 1 && !state->key.infinity &&
            !read_register(checker, granted, i))
            return false;
    }
    state->flag[ISA_FLAG_PARTNER_INFINITY] = 0;
    state->key.merged = 1;
    if (!go(checker, state, target))
        return false;
    state->key.merged = 0;
    return go(checker, state, state->key.pc + 1u);
}

static bool call(struct checker *checker, struct state *state, unsigned target)
{
    if (state->key.back != NOWHERE || state->key.routine)
        return fail(checker, state->key.pc, "calls inside a call, or inside the digits");
    state->key.back = (uint16_t)(state->key.pc + 1);
    return go(checker, state, target);
}

static bool give_back(struct checker *checker, struct state *state)
{
    unsigned back = state->key.back;
    if (back == NOWHERE)
        return fail(checker, state->key.pc, "returns to nowhere");
    state->key.back = NOWHERE;
    return go(checker, state, back);
}

static bool loop(struct checker *checker, struct state *state, unsigned target)
{
    if (!state->key.loop)
        return fail(checker, state->key.pc, "loops without a count");
    if (!go(checker, state, target))
        return false;
    state->key.loop = 0;
    return go(checker, state, state->key.pc + 1u);
}

static bool count(struct checker *checker, struct state *state, unsigned times)
{
    if (state->key.loop || !times)
        return fail(checker, state->key.pc, "a loop inside a loop, or of 0 times");
    state->key.loop = 1;
    return go(checker, state, state->key.pc + 1u);
}

static bool end(struct checker *checker, const struct state *state, unsigned code)
{
    if (code == ISA_END_RESULT && state->key.emitted != 3)
        return fail(checker, state->key.pc, "ends with a result that has not been emitted");
    return true;
}

/* `state` is that of the next instruction's earliest grant; `granted` that of this one's grant. */
static bool follow(struct checker *checker, struct state *state, const struct state *granted,
                   const struct fc_instruction *i)
{
    switch (i->ctl) {
    case ISA_CTL_NEXT:
        return go(checker, state, state->key.pc + 1u);
    case ISA_CTL_JUMP:
        return go(checker, state, i->target);
    case ISA_CTL_BRANCH_IF:
    case ISA_CTL_BRANCH_UNLESS:
        return branch(checker, state, i);
    case ISA_CTL_LOOP:
        return loop(checker, state, i->target);
    case ISA_CTL_COUNT:
        return count(checker, state, i->target);
    case ISA_CTL_CALL:
        return call(checker, state, i->target);
    case ISA_CTL_RETURN:
        return give_back(checker, state);
    case ISA_CTL_EVENTS:
        return begin_digits(checker, state, i->target);
    case ISA_CTL_DISPATCH:
        return dispatch(checker, state);
    case ISA_CTL_VERDICT:
        return has_no_recoder(checker, state) && verdict(checker, state);
    case ISA_CTL_END:
        return has_no_recoder(checker, state) && end(checker, state, i->target);
    default:
        return gather(checker, state, granted, i->target);
    }
}

/* ---------------------------------------------------------------- all ways */

static bool step(struct checker *checker, const struct state *at)
{
    struct state state = *at;
    struct fc_instruction i;
    const char *why = fc_decode(checker->image->words[state.key.pc], &i);
    if (why)
        return fail(checker, state.key.pc, why);
    if (!pass_gate(checker, &state, &i) || !read_operands(checker, &state, &i) ||
        !check_flags(checker, &state, &i))
        return false;
    const struct state granted = state;
    if (!write_result(checker, &state, &i) || !send(checker, &state, &i))
        return false;
    pass(&state, i.wait);
    return follow(checker, &state, &granted, &i);
}

static bool start(struct checker *checker, unsigned program)
{
    struct state state = {.key = {.pc = checker->image->programs[program],
                                  .back = NOWHERE,
                                  .finish = NOWHERE,
                                  .program = (uint8_t)program}};
    memset(state.bank, UNDEFINED, sizeof state.bank);
    memset(state.table, UNDEFINED, sizeof state.table);
    memset(state.flag, UNDEFINED, sizeof state.flag);
    memset(state.bank + ISA_REGISTERS, 0, payload_words[program]);
    static const uint8_t set[] = {ISA_FLAG_COMPRESSED, ISA_FLAG_LOW_S, ISA_FLAG_INFINITY,
                                  ISA_FLAG_PARTNER_INFINITY};
    for (unsigned i = 0; i < sizeof set; i++)
        state.flag[set[i]] = 0;
    for (unsigned i = 0; is_chunked(program) && i < 4; i++)
        state.flag[ISA_FLAG_PRESENT_FIRST + i] = 0;
    return reach(checker, &state, state.key.pc);
}

static void find_partner_reads(struct checker *checker)
{
    for (unsigned i = 0; i < checker->image->word_count; i++) {
        struct fc_instruction instruction;
        if (!fc_decode(checker->image->words[i], &instruction) && fc_reads_b(&instruction) &&
            instruction.b_kind == ISA_B_KIND_PARTNER)
            checker->partner_reads |= (uint32_t)1 << instruction.b;
    }
}

bool fc_check_image(struct fc_context *context, const struct fc_image *image,
                    struct fc_finding *finding)
{
    struct checker checker = {.context = context, .image = image, .finding = finding};
    checker.states = fc_alloc(context, STATES_MAX * sizeof checker.states[0]);
    checker.nexts = fc_alloc(context, STATES_MAX * sizeof(unsigned));
    checker.work = fc_alloc(context, STATES_MAX * sizeof(unsigned));
    checker.heads = fc_alloc(context, (image->word_count + 1) * sizeof(unsigned));
    find_partner_reads(&checker);
    for (unsigned i = 0; i < ISA_PROGRAM_CODES; i++) {
        if (image->has_program[i] && !start(&checker, i))
            return false;
    }
    while (checker.work_count) {
        struct state *state = checker.states[checker.work[--checker.work_count]];
        state->waiting = false;
        if (!step(&checker, state))
            return false;
    }
    return true;
}
