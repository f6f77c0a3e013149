/* SPDX-License-Identifier: Apache-2.0 */
#include "hls/compiler/report.h"
#include <inttypes.h>

/* Of one unit. Cycles: from its first grant to that behind its last, each word once: for code
 * without branches and loops its latency. */
struct part {
    unsigned words, products, exact, sums, cycles, registers[2];
};

static void count_register(const struct fc_ir *ir, struct fc_operand operand, unsigned used[2])
{
    if (operand.kind != FC_VARIABLE)
        return;
    const struct fc_variable *variable = &ir->variables[operand.index];
    used[variable->bank == FC_BANK_S] |= 1u << variable->reg;
}

static struct part count_part(const struct fc_ir *ir, const struct fc_unit *unit)
{
    struct part part = {0};
    unsigned used[2] = {0, 0};
    for (unsigned b = unit->first_block; b < unit->block_end; b++) {
        for (unsigned i = 0; i < ir->blocks[b].op_count; i++) {
            const struct fc_op *op = &ir->blocks[b].ops[i];
            bool product = op->unit == ISA_UNIT_PRODUCT;
            part.words++;
            part.products += product;
            part.exact += product && op->code != ISA_PRODUCT_OP_MUL;
            part.sums += !product;
            part.cycles += op->wait;
            count_register(ir, op->a, used);
            count_register(ir, op->b, used);
            count_register(ir, op->dst, used);
        }
    }
    part.registers[0] = (unsigned)__builtin_popcount(used[0]);
    part.registers[1] = (unsigned)__builtin_popcount(used[1]);
    return part;
}

static const char *kind_name(enum fc_unit_kind kind)
{
    static const char *const names[] = {"program", "routine", "subroutine", "ending"};
    return names[kind];
}

static void print_text(FILE *file, const struct fc_ir *ir, const struct fc_image *image)
{
    fprintf(file, "%-11s %-18s %6s %9s %9s %6s %7s %5s %5s\n", "part", "name", "words", "products",
            "(integer)", "sums", "cycles", "P", "S");
    for (unsigned u = 0; u < ir->unit_count; u++) {
        const struct fc_unit *unit = &ir->units[u];
        struct part part = count_part(ir, unit);
        fprintf(file, "%-11s %-18s %6u %9u %9u %6u %7u %5u %5u\n", kind_name(unit->kind),
                unit->name, part.words, part.products, part.exact, part.sums, part.cycles,
                part.registers[0], part.registers[1]);
    }
    fprintf(file, "%u of %u words, %u of %u constants\n", image->word_count, ISA_IMAGE_WORDS_MAX,
            image->constant_count, ISA_IMAGE_CONSTANTS);
}

static void print_json(FILE *file, const struct fc_ir *ir, const struct fc_image *image)
{
    fprintf(file, "{\"words\": %u, \"constants\": %u, \"parts\": [", image->word_count,
            image->constant_count);
    for (unsigned u = 0; u < ir->unit_count; u++) {
        const struct fc_unit *unit = &ir->units[u];
        struct part part = count_part(ir, unit);
        fprintf(file,
                "%s{\"kind\": \"%s\", \"name\": \"%s\", \"words\": %u, \"products\": %u, "
                "\"integer_products\": %u, \"sums\": %u, \"cycles\": %u, \"registers_p\": %u, "
                "\"registers_s\": %u}",
                u ? ", " : "", kind_name(unit->kind), unit->name, part.words, part.products,
                part.exact, part.sums, part.cycles, part.registers[0], part.registers[1]);
    }
    fprintf(file, "]}\n");
}

void fc_print_report(FILE *file, const struct fc_ir *ir, const struct fc_image *image, bool json)
{
    if (json)
        print_json(file, ir, image);
    else
        print_text(file, ir, image);
}

/* ---------------------------------------------------------------- listing */

static void print_register(FILE *file, unsigned number)
{
    fprintf(file, "%c%u", number < ISA_REGISTERS ? 'P' : 'S', number % ISA_REGISTERS);
}

static void print_b(FILE *file, unsigned kind, unsigned b)
{
    switch (kind) {
    case ISA_B_KIND_REGISTER:
        print_register(file, b);
        break;
    case ISA_B_KIND_TABLE:
        fprintf(file, "T%u", b);
        break;
    case ISA_B_KIND_ADDEND:
        fprintf(file, "addend.%c", b ? 'y' : 'x');
        break;
    case ISA_B_KIND_CONSTANT:
        fprintf(file, "C%u", b);
        break;
    default:
        fprintf(file, "partner.");
        print_register(file, b);
    }
}

#define GET(name) fc_field(word, ISA_##name##_LSB, ISA_##name##_WIDTH)

static void print_operation(FILE *file, uint64_t word)
{
    static const char *const products[] = ISA_PRODUCT_OP_NAMES, *const sums[] = ISA_SUM_OP_NAMES,
                             *const signs[] = ISA_SIGN_NAMES;
    bool sum = GET(UNIT) == ISA_UNIT_SUM;
    unsigned dst = GET(DST);
    if (dst >= ISA_TABLE_WORDS)
        fprintf(file, "T%u", dst - ISA_TABLE_WORDS);
    else
        print_register(file, dst + (sum ? ISA_REGISTERS : 0));
    fprintf(file, " = %s%s%s ", sum ? sums[GET(OP)] : products[GET(OP)], GET(ORDER) ? ".n" : "",
            GET(SIGN) ? signs[GET(SIGN)] : "");
    bool reads_a = !sum || GET(OP) <= ISA_SUM_OP_HALF;
    bool reads_b = !sum || GET(OP) != ISA_SUM_OP_HALF;
    if (reads_a)
        print_register(file, GET(A));
    if (reads_a && reads_b)
        fprintf(file, ", ");
    if (reads_b)
        print_b(file, GET(B_KIND), GET(B));
}

static void print_control(FILE *file, uint64_t word)
{
    static const char *const tests[] = ISA_TEST_NAMES, *const gates[] = ISA_GATE_NAMES,
                             *const sends[] = ISA_SEND_NAMES, *const ctls[] = ISA_CTL_NAMES;
    if (GET(TEST))
        fprintf(file, "  %s -> f%u", tests[GET(TEST)], GET(FLAG));
    if (GET(GATE))
        fprintf(file, "  gate %s", gates[GET(GATE)]);
    if (GET(SEND))
        fprintf(file, "  %s %u", sends[GET(SEND)], GET(ARG));
    if (GET(CTL) == ISA_CTL_BRANCH_IF || GET(CTL) == ISA_CTL_BRANCH_UNLESS)
        fprintf(file, "  %s f%u %u", ctls[GET(CTL)], GET(ARG), GET(TARGET));
    else if (GET(CTL))
        fprintf(file, "  %s %u", ctls[GET(CTL)], GET(TARGET));
}

void fc_print_listing(FILE *file, const struct fc_image *image)
{
    for (unsigned i = 0; i < image->word_count; i++) {
        uint64_t word = image->words[i];
        fprintf(file, "%4u %016" PRIx64 " wait %2u  ", i, word, GET(WAIT));
        print_operation(file, word);
        print_control(file, word);
        if (image->where[i].line)
            fprintf(file, "    # %s:%u", image->where[i].file, image->where[i].line);
        fputc('\n', file);
    }
}
