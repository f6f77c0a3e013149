/* SPDX-License-Identifier: Apache-2.0 */
#include "sequencer.h"

namespace sequencer
{

uint64_t Word::bits() const
{
    uint64_t word = 0;
    auto put = [&word](uint64_t value, unsigned lsb) { word |= value << lsb; };
    put(unit, ISA_UNIT_LSB);
    put(op, ISA_OP_LSB);
    put(sign, ISA_SIGN_LSB);
    put(order, ISA_ORDER_LSB);
    put(a, ISA_A_LSB);
    put(b, ISA_B_LSB);
    put(b_kind, ISA_B_KIND_LSB);
    put(dst, ISA_DST_LSB);
    put(wait, ISA_WAIT_LSB);
    put(test, ISA_TEST_LSB);
    put(flag, ISA_FLAG_LSB);
    put(gate, ISA_GATE_LSB);
    put(send, ISA_SEND_LSB);
    put(arg, ISA_ARG_LSB);
    put(ctl, ISA_CTL_LSB);
    put(target, ISA_TARGET_LSB);
    put(reserved, ISA_RESERVED_LSB);
    return word;
}

/* ---------------------------------------------------------------- programs */

namespace
{

class Assembler
{
  public:
    Assembler(Image &image, tb::Random &random) : image_(image), random_(random)
    {
    }

    unsigned here() const
    {
        return image_.size;
    }
    Word &put(const Word &word)
    {
        TB_CHECK(image_.size < ISA_IMAGE_WORDS_MAX);
        image_.words[image_.size] = word;
        return image_.words[image_.size++];
    }

    /* An instruction with a random operation. a, b name the address. */
    Word any(int unit = -1)
    {
        Word word{};
        word.unit = unit < 0 ? random_.below(2) : unsigned(unit);
        word.a = here() >> 5;
        word.b = here() & 31;
        word.dst = random_.chance(30) ? 32 + random_.below(32) : random_.below(16);
        word.wait = random_.chance(60) ? ISA_FETCH_CYCLES + random_.below(4)
                                       : ISA_FETCH_CYCLES + random_.below(58);
        if (word.unit == ISA_UNIT_SUM) {
            word.op = random_.below(5);
            word.sign = random_.below(3);
            word.order = random_.below(2);
            word.b_kind = random_.chance(20) ? ISA_B_KIND_CONSTANT : ISA_B_KIND_REGISTER;
            if (random_.chance(10)) {
                word.send = ISA_SEND_EMIT;
                word.arg = random_.below(2);
            }
        } else {
            word.op = random_.below(3);
            word.b_kind = random_.below(4);
        }
        return word;
    }

    void some(unsigned most)
    {
        for (unsigned i = random_.below(most + 1); i > 0; i--)
            put(any());
    }

    /* Sets the flag, and lets just so much time pass that the next word may branch upon it. */
    void test(unsigned flag, bool may_wrap = true)
    {
        Word word = any();
        unsigned kinds = word.unit == ISA_UNIT_SUM && may_wrap ? 3 : 2;
        word.test = 1 + random_.below(kinds);
        word.flag = flag;
        unsigned left = (word.unit == ISA_UNIT_SUM ? ISA_SUM_CYCLES : ISA_PRODUCT_CYCLES) +
                        ISA_FLAG_CYCLES + (random_.chance(30) ? random_.below(5) : 0);
        for (;;) {
            bool last = left < 2 * ISA_FETCH_CYCLES || random_.chance(40);
            word.wait =
                last ? left : ISA_FETCH_CYCLES + random_.below(left - 2 * ISA_FETCH_CYCLES + 1);
            left -= word.wait;
            put(word);
            if (last)
                return;
            word = any();
        }
    }

    void branch_over()
    {
        unsigned flag = 5 + random_.below(3);
        if (random_.chance(25))
            flag = random_.chance(50) ? ISA_FLAG_COMPRESSED : ISA_FLAG_LOW_S;
        else
            test(flag);
        Word branch = any();
        branch.send = ISA_SEND_NONE;
        branch.ctl = random_.chance(50) ? ISA_CTL_BRANCH_IF : ISA_CTL_BRANCH_UNLESS;
        branch.arg = flag;
        Word &placed = put(branch);
        some(4);
        placed.target = here();
    }

    void loop()
    {
        Word count = any();
        count.ctl = ISA_CTL_COUNT;
        count.target = 1 + random_.below(4);
        put(count);
        unsigned begin = here();
        some(3);
        if (random_.chance(40))
            branch_over();
        Word back = any();
        back.ctl = ISA_CTL_LOOP;
        back.target = begin;
        put(back);
    }

    void go(unsigned ctl, unsigned target)
    {
        Word word = any();
        word.ctl = ctl;
        word.target = target;
        put(word);
    }

    void jump_over()
    {
        Word word = any();
        word.ctl = ISA_CTL_JUMP;
        Word &placed = put(word);
        some(2);
        placed.target = here();
    }

    void invert()
    {
        Word word = any(ISA_UNIT_SUM);
        word.gate = ISA_GATE_INVERTER;
        word.send = ISA_SEND_INVERT;
        word.arg = random_.below(16);
        put(word);
    }
    void gate(unsigned gate)
    {
        Word word = any();
        word.gate = gate;
        put(word);
    }

    void scalars(unsigned number)
    {
        for (unsigned i = 0; i < number; i++) {
            Word word = any(ISA_UNIT_SUM);
            word.gate = i == 0 ? ISA_GATE_RECODER : ISA_GATE_NONE;
            word.send = ISA_SEND_SCALAR;
            word.arg = i;
            put(word);
            some(1);
        }
    }

    void digits()
    {
        scalars(1 + random_.below(4));
        some(4);
        Word word = any();
        word.gate = ISA_GATE_EVENTS;
        word.ctl = ISA_CTL_EVENTS;
        word.wait = ISA_DISPATCH_CYCLES + random_.below(5);
        Word &placed = put(word);
        some(2); /* never reached */
        placed.target = here();
        if (random_.chance(50)) {
            Word branch = any();
            branch.send = ISA_SEND_NONE;
            branch.ctl = ISA_CTL_BRANCH_IF;
            branch.arg = ISA_FLAG_INFINITY;
            Word &over = put(branch);
            some(2);
            over.target = here();
        }
    }

    void end()
    {
        if (random_.chance(60)) {
            test(ISA_FLAG_D_ZERO);
            test(ISA_FLAG_DZ_ZERO);
            test(ISA_FLAG_Z_ZERO);
            go(ISA_CTL_VERDICT, random_.below(1024));
        } else {
            go(ISA_CTL_END, random_.below(3));
        }
    }

    void routine(bool add, const unsigned *exceptional)
    {
        some(4);
        if (add) {
            test(exceptional[0], false);
            some(2);
            test(exceptional[1], false);
        }
        Word word = any();
        word.ctl = ISA_CTL_DISPATCH;
        word.wait = ISA_DISPATCH_CYCLES + random_.below(8);
        put(word);
    }

    void block(const std::array<unsigned, 2> &subroutines)
    {
        switch (random_.below(6)) {
        case 0:
            branch_over();
            break;
        case 1:
            loop();
            break;
        case 2:
            go(ISA_CTL_CALL, subroutines[random_.below(2)]);
            break;
        case 3:
            jump_over();
            break;
        default:
            some(5);
            break;
        }
    }

    /* A chunk: may give up, sums up its terms, gathers. */
    void chunk(const std::array<unsigned, 2> &subroutines)
    {
        Word branch = any();
        branch.send = ISA_SEND_NONE;
        branch.ctl = ISA_CTL_BRANCH_IF;
        branch.arg = 8;
        Word &placed = put(branch);
        some(2);
        go(ISA_CTL_END, ISA_END_INVALID);
        placed.target = here();
        block(subroutines);
        test(ISA_FLAG_INFINITY);
        unsigned again = here();
        Word gather = any();
        gather.ctl = ISA_CTL_GATHER;
        Word &merge = put(gather);
        some(2);
        go(ISA_CTL_END, 1 + random_.below(2));
        merge.target = here();
        for (unsigned i = 0; i < 3; i++) {
            Word word = any();
            word.b_kind = ISA_B_KIND_PARTNER;
            put(word);
        }
        branch = any();
        branch.send = ISA_SEND_NONE;
        branch.ctl = ISA_CTL_BRANCH_UNLESS;
        branch.arg = ISA_FLAG_PARTNER_INFINITY;
        branch.target = again;
        put(branch);
        test(ISA_FLAG_INFINITY);
        go(ISA_CTL_JUMP, again);
    }

  private:
    Image &image_;
    tb::Random &random_;
};

} // namespace

Image random_image(tb::Random &random)
{
    Image image{};
    Assembler as(image, random);
    static const unsigned exceptional[] = {ISA_FLAG_H_ZERO, ISA_FLAG_R_ZERO};
    as.some(3);
    for (unsigned routine = 0; routine < 6; routine++) {
        image.entries[ISA_IMAGE_PROGRAMS + routine] = as.here();
        as.routine(routine == ISA_ROUTINE_ADD || routine == ISA_ROUTINE_ADD_LAMBDA, exceptional);
    }
    std::array<unsigned, 2> subroutines{};
    for (unsigned &subroutine : subroutines) {
        subroutine = as.here();
        as.some(3);
        as.go(ISA_CTL_RETURN, random.below(1024));
    }
    for (unsigned program = 0; program <= ISA_PROGRAM_MSM; program++) {
        image.entries[program] = as.here();
        if (program >= ISA_PROGRAM_SUM_ZERO) {
            as.chunk(subroutines);
            continue;
        }
        for (unsigned i = 1 + random.below(4); i > 0; i--)
            as.block(subroutines);
        bool inverts = random.chance(70);
        if (inverts)
            as.invert();
        as.block(subroutines);
        if (random.chance(80))
            as.digits();
        if (inverts && random.chance(80))
            as.gate(ISA_GATE_INVERSE);
        as.block(subroutines);
        as.end();
    }
    return image;
}

/* ---------------------------------------------------------------- meaning */

void Thread::start(const Image &image, unsigned job_program, unsigned job_flags)
{
    *this = Thread();
    program = job_program;
    pc = image.entries[program];
    flags.fill(-1);
    flags[ISA_FLAG_LOW_S] = job_flags >> 5 & 1;
    flags[ISA_FLAG_COMPRESSED] = job_flags >> 4 & 1;
    flags[ISA_FLAG_INFINITY] = 0;
    flags[ISA_FLAG_PARTNER_INFINITY] = 0;
    if (program == ISA_PROGRAM_SUM_ZERO || program == ISA_PROGRAM_MSM)
        for (unsigned i = 0; i < 4; i++)
            flags[8 + i] = job_flags >> i & 1;
}

bool Thread::branch(const Word &word)
{
    if (flags[word.arg] < 0)
        fault = true;
    return (flags[word.arg] == 1) == (word.ctl == ISA_CTL_BRANCH_IF);
}

void Thread::verdict()
{
    int d = flags[ISA_FLAG_D_ZERO], dz = flags[ISA_FLAG_DZ_ZERO], z = flags[ISA_FLAG_Z_ZERO];
    ended = true;
    if (d == 1 && dz == 1 && z == 0)
        value = 3;
    else if (d == 0 && dz == 0 && z == 0)
        value = ISA_END_INVALID;
    else
        fault = true;
}

void Thread::dispatch(const Image &image, bool begins)
{
    auto routine = [&](unsigned number) { pc = image.entries[ISA_IMAGE_PROGRAMS + number]; };
    int &infinity = flags[ISA_FLAG_INFINITY];
    unsigned load = lambda ? ISA_ROUTINE_LOAD_LAMBDA : ISA_ROUTINE_LOAD;
    if (begins) {
        infinity = 1;
        doublings = 0;
        was_add = false;
    }
    bool exceptional = was_add && flags[ISA_FLAG_H_ZERO] == 1;
    was_add = false;
    if (exceptional && flags[ISA_FLAG_R_ZERO] == 1) {
        doublings++;
        return routine(load);
    }
    if (exceptional)
        infinity = 1;
    if (infinity == 1)
        doublings = 0;
    if (doublings > 0) {
        doublings--;
        return routine(program == ISA_PROGRAM_SM2_VERIFY ? ISA_ROUTINE_DOUBLE_SM2
                                                         : ISA_ROUTINE_DOUBLE_SECP256K1);
    }
    if (events.empty()) {
        pc = finish;
        return;
    }
    Event event = events.back();
    events.pop_back();
    const struct isa_stream *stream = &isa_streams[program].list[event.stream];
    doublings = event.doublings;
    negative = event.negative;
    fixed = stream->fixed;
    lambda = stream->lambda;
    x = stream->x + event.entry;
    y = stream->y + event.entry;
    was_add = infinity == 0;
    if (infinity == 1)
        routine(lambda ? ISA_ROUTINE_LOAD_LAMBDA : ISA_ROUTINE_LOAD);
    else
        routine(lambda ? ISA_ROUTINE_ADD_LAMBDA : ISA_ROUTINE_ADD);
    infinity = 0;
}

void Thread::step(const Image &image)
{
    const Word &word = image.words[pc];
    unsigned following = (pc + 1) % ISA_IMAGE_WORDS_MAX;
    switch (word.ctl) {
    case ISA_CTL_NEXT:
        pc = following;
        break;
    case ISA_CTL_JUMP:
        pc = word.target;
        break;
    case ISA_CTL_BRANCH_IF:
    case ISA_CTL_BRANCH_UNLESS:
        pc = branch(word) ? word.target : following;
        break;
    case ISA_CTL_LOOP:
        count = (count - 1) & 1023;
        pc = count != 0 ? word.target : following;
        break;
    case ISA_CTL_COUNT:
        count = word.target;
        pc = following;
        break;
    case ISA_CTL_CALL:
        back = following;
        pc = word.target;
        break;
    case ISA_CTL_RETURN:
        pc = back;
        break;
    case ISA_CTL_EVENTS:
        finish = word.target;
        dispatch(image, true);
        break;
    case ISA_CTL_DISPATCH:
        dispatch(image, false);
        break;
    case ISA_CTL_VERDICT:
        verdict();
        break;
    case ISA_CTL_END:
        ended = true;
        value = word.target;
        break;
    case ISA_CTL_GATHER:
        gathering = true;
        break;
    default:
        fault = true;
        break;
    }
}

void Thread::gathered(unsigned to)
{
    gathering = false;
    pc = to;
}

} // namespace sequencer
