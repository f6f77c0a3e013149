/* SPDX-License-Identifier: Apache-2.0 */
#include "hls/compiler/instruction.h"

static unsigned field(uint64_t word, unsigned lsb, unsigned width)
{
    return (unsigned)(word >> lsb & (((uint64_t)1 << width) - 1));
}

#define GET(name) field(word, ISA_##name##_LSB, ISA_##name##_WIDTH)

bool fc_reads_a(const struct fc_instruction *i)
{
    return i->unit == ISA_UNIT_PRODUCT || i->op == ISA_SUM_OP_ADD || i->op == ISA_SUM_OP_SUB ||
           i->op == ISA_SUM_OP_HALF;
}

bool fc_reads_b(const struct fc_instruction *i)
{
    return i->unit == ISA_UNIT_PRODUCT || i->op != ISA_SUM_OP_HALF;
}

static const char *check_codes(const struct fc_instruction *i)
{
    if (i->op >= (i->unit == ISA_UNIT_PRODUCT ? ISA_PRODUCT_OP_CODES : ISA_SUM_OP_CODES))
        return "no such operation";
    if (i->sign >= ISA_SIGN_CODES || i->b_kind >= ISA_B_KIND_CODES || i->gate >= ISA_GATE_CODES)
        return "no such sign, b_kind or gate";
    return i->ctl >= ISA_CTL_CODES ? "no such ctl" : 0;
}

static const char *check_operands(const struct fc_instruction *i)
{
    bool product = i->unit == ISA_UNIT_PRODUCT;
    if (product && i->order)
        return "a product modulo the order";
    if (!fc_reads_a(i) && i->a)
        return "a is not 0, and not read";
    if (!fc_reads_b(i) && (i->b || i->b_kind))
        return "b is not 0, and not read";
    if (!product && (i->b_kind == ISA_B_KIND_TABLE || i->b_kind == ISA_B_KIND_ADDEND))
        return "a sum reads the table or the addend";
    if (i->b_kind == ISA_B_KIND_ADDEND && i->b > 1)
        return "an addend's third coordinate";
    return i->dst >= ISA_REGISTERS && i->dst < ISA_TABLE_WORDS ? "no such destination" : 0;
}

static const char *check_sign(const struct fc_instruction *i)
{
    if (!i->sign)
        return 0;
    if (i->unit == ISA_UNIT_PRODUCT || i->op == ISA_SUM_OP_HALF)
        return "a digit's sign at a product or a half";
    if (i->sign == ISA_SIGN_SWAP && (i->op != ISA_SUM_OP_SUB || i->b_kind != ISA_B_KIND_REGISTER))
        return "swaps what is not the difference of two registers";
    return 0;
}

static const char *check_test(const struct fc_instruction *i)
{
    if (!i->test)
        return i->flag ? "a flag without a test" : 0;
    bool wraps = i->unit == ISA_UNIT_SUM && (i->op == ISA_SUM_OP_ADD || i->op == ISA_SUM_OP_SUB);
    return i->test == ISA_TEST_WRAP && !wraps ? "tests wrap of what does not wrap" : 0;
}

static const char *check_send(const struct fc_instruction *i)
{
    bool branch = i->ctl == ISA_CTL_BRANCH_IF || i->ctl == ISA_CTL_BRANCH_UNLESS;
    if (i->send && i->unit == ISA_UNIT_PRODUCT)
        return "sends a product";
    if (i->send && branch)
        return "sends and branches";
    if (!i->send && !branch && i->arg)
        return "arg without use";
    if ((i->send == ISA_SEND_INVERT) != (i->gate == ISA_GATE_INVERTER))
        return "inverts without the inverter's gate, or the gate alone";
    if (i->gate == ISA_GATE_RECODER && i->send != ISA_SEND_SCALAR)
        return "asks for the recoder without a scalar";
    return i->send == ISA_SEND_EMIT && i->arg > 1 ? "emits a third word" : 0;
}

static const char *check_control(const struct fc_instruction *i)
{
    bool digits = i->ctl == ISA_CTL_EVENTS || i->ctl == ISA_CTL_DISPATCH;
    if (i->wait < (digits ? ISA_DISPATCH_CYCLES : ISA_FETCH_CYCLES))
        return "waits shorter than the next instruction's fetch";
    bool aimed = i->ctl != ISA_CTL_NEXT && i->ctl != ISA_CTL_RETURN && i->ctl != ISA_CTL_DISPATCH &&
                 i->ctl != ISA_CTL_VERDICT;
    if (!aimed && i->target)
        return "a target without use";
    return i->ctl == ISA_CTL_END && i->target >= ISA_END_CODES ? "no such end" : 0;
}

const char *fc_decode(uint64_t word, struct fc_instruction *i)
{
    *i = (struct fc_instruction){.unit = GET(UNIT),
                                 .op = GET(OP),
                                 .sign = GET(SIGN),
                                 .order = GET(ORDER),
                                 .a = GET(A),
                                 .b = GET(B),
                                 .b_kind = GET(B_KIND),
                                 .dst = GET(DST),
                                 .wait = GET(WAIT),
                                 .test = GET(TEST),
                                 .flag = GET(FLAG),
                                 .gate = GET(GATE),
                                 .send = GET(SEND),
                                 .arg = GET(ARG),
                                 .ctl = GET(CTL),
                                 .target = GET(TARGET)};
    if (GET(RESERVED))
        return "reserved bits are not 0";
    const char *(*const checks[])(const struct fc_instruction *) = {
        check_codes, check_operands, check_sign, check_test, check_send, check_control};
    for (unsigned c = 0; c < sizeof checks / sizeof checks[0]; c++) {
        const char *why = checks[c](i);
        if (why)
            return why;
    }
    return 0;
}
