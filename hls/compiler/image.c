/* SPDX-License-Identifier: Apache-2.0 */
#include "hls/compiler/image.h"
#include <assert.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <string.h>

enum {
    HEADER_BYTES = 16,
    ENTRY_BYTES = 2 * (ISA_IMAGE_PROGRAMS + ISA_IMAGE_ROUTINES),
    NUMBER_BYTES = 32,
    WORD_BYTES = 8,
    DIGEST_BYTES = 32,
};

unsigned fc_field(uint64_t word, unsigned lsb, unsigned width)
{
    return (unsigned)(word >> lsb & (((uint64_t)1 << width) - 1));
}

static uint64_t placed(unsigned value, unsigned lsb, unsigned width)
{
    assert(value < 1u << width);
    return (uint64_t)value << lsb;
}

#define FIELD(name, value) placed(value, ISA_##name##_LSB, ISA_##name##_WIDTH)

/* ---------------------------------------------------------------- operands */

static unsigned register_number(const struct fc_ir *ir, unsigned variable)
{
    const struct fc_variable *v = &ir->variables[variable];
    assert(v->reg < ISA_REGISTERS);
    return v->reg + (v->bank == FC_BANK_S ? ISA_REGISTERS : 0);
}

static uint64_t encode_b(const struct fc_ir *ir, struct fc_operand b)
{
    switch (b.kind) {
    case FC_VARIABLE:
        return FIELD(B_KIND, ISA_B_KIND_REGISTER) | FIELD(B, register_number(ir, b.index));
    case FC_PARTNER:
        return FIELD(B_KIND, ISA_B_KIND_PARTNER) | FIELD(B, register_number(ir, b.index));
    case FC_TABLE:
        return FIELD(B_KIND, ISA_B_KIND_TABLE) | FIELD(B, b.index);
    case FC_ADDEND:
        return FIELD(B_KIND, ISA_B_KIND_ADDEND) | FIELD(B, b.index);
    case FC_CONSTANT:
        return FIELD(B_KIND, ISA_B_KIND_CONSTANT) | FIELD(B, b.index);
    default:
        return 0;
    }
}

static uint64_t encode_op(const struct fc_ir *ir, const struct fc_op *op)
{
    bool branch = op->ctl == ISA_CTL_BRANCH_IF || op->ctl == ISA_CTL_BRANCH_UNLESS;
    unsigned arg = branch ? op->branch_flag : op->arg;
    if (op->inverse != FC_NONE)
        arg = ir->variables[op->inverse].reg;
    unsigned dst = op->dst.kind == FC_TABLE ? ISA_TABLE_WORDS + op->dst.index
                                            : ir->variables[op->dst.index].reg;
    uint64_t word = FIELD(UNIT, op->unit) | FIELD(OP, op->code) | FIELD(SIGN, op->sign) |
                    FIELD(ORDER, op->order) | encode_b(ir, op->b) | FIELD(DST, dst) |
                    FIELD(WAIT, op->wait) | FIELD(TEST, op->test) | FIELD(FLAG, op->flag) |
                    FIELD(GATE, op->gate) | FIELD(SEND, op->send) | FIELD(ARG, arg) |
                    FIELD(CTL, op->ctl);
    if (op->a.kind == FC_VARIABLE)
        word |= FIELD(A, register_number(ir, op->a.index));
    return word;
}

/* ---------------------------------------------------------------- places */

/* The block goes on in another that does not stand behind it: a jump rides on its last op. */
static bool jumps(const struct fc_ir *ir, unsigned block)
{
    const struct fc_end *end = &ir->blocks[block].end;
    return end->ctl == ISA_CTL_NEXT && end->next != block + 1;
}

static unsigned place_blocks(struct fc_context *context, struct fc_ir *ir)
{
    unsigned address = 0;
    for (unsigned b = 0; b < ir->block_count; b++) {
        const struct fc_end *end = &ir->blocks[b].end;
        bool falls = end->next != FC_NONE && end->ctl != ISA_CTL_NEXT && end->ctl != ISA_CTL_EVENTS;
        assert(!falls || end->next == b + 1);
        ir->blocks[b].address = address;
        address += ir->blocks[b].op_count;
    }
    if (address > ISA_IMAGE_WORDS_MAX)
        fc_fail(context, NULL, "%u instructions: an image has %u", address, ISA_IMAGE_WORDS_MAX);
    return address;
}

/* Control of the last op of a block. */
static uint64_t encode_end(const struct fc_ir *ir, unsigned block)
{
    const struct fc_end *end = &ir->blocks[block].end;
    switch (end->ctl) {
    case ISA_CTL_NEXT:
        if (!jumps(ir, block))
            return 0;
        return FIELD(CTL, ISA_CTL_JUMP) | FIELD(TARGET, ir->blocks[end->next].address);
    case ISA_CTL_BRANCH_IF:
    case ISA_CTL_BRANCH_UNLESS:
        return FIELD(CTL, end->ctl) | FIELD(ARG, end->flag) |
               FIELD(TARGET, ir->blocks[end->target].address);
    case ISA_CTL_LOOP:
    case ISA_CTL_GATHER:
        return FIELD(CTL, end->ctl) | FIELD(TARGET, ir->blocks[end->target].address);
    case ISA_CTL_CALL:
        return FIELD(CTL, end->ctl) |
               FIELD(TARGET, ir->blocks[ir->units[end->target].first_block].address);
    case ISA_CTL_EVENTS:
        return FIELD(CTL, end->ctl) | FIELD(TARGET, ir->blocks[end->next].address);
    default:
        return FIELD(CTL, end->ctl) | FIELD(TARGET, end->target);
    }
}

static void encode_block(const struct fc_ir *ir, unsigned number, struct fc_image *image)
{
    const struct fc_block *block = &ir->blocks[number];
    for (unsigned i = 0; i < block->op_count; i++) {
        const struct fc_op *op = &block->ops[i];
        uint64_t word = encode_op(ir, op);
        if (op->ctl != ISA_CTL_NEXT) /* a reject */
            word |= FIELD(TARGET, ir->blocks[op->target].address);
        else if (i + 1 == block->op_count)
            word |= encode_end(ir, number);
        image->words[block->address + i] = word;
        image->where[block->address + i] = op->where;
    }
}

void fc_encode(struct fc_context *context, struct fc_ir *ir, struct fc_image *image)
{
    memset(image, 0, sizeof *image);
    image->word_count = place_blocks(context, ir);
    image->constant_count = ir->constant_count;
    memcpy(image->constants, ir->constants, sizeof image->constants);
    for (unsigned b = 0; b < ir->block_count; b++)
        encode_block(ir, b, image);
    for (unsigned u = 0; u < ir->unit_count; u++) {
        const struct fc_unit *unit = &ir->units[u];
        uint16_t entry = (uint16_t)ir->blocks[unit->first_block].address;
        if (unit->kind == FC_PROGRAM) {
            image->programs[unit->code] = entry;
            image->has_program[unit->code] = true;
        } else if (unit->kind == FC_ROUTINE) {
            image->routines[unit->code] = entry;
            image->has_routine[unit->code] = true;
        }
    }
}

/* ---------------------------------------------------------------- files */

static void put_little_endian(uint8_t *at, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

static void put_header(const struct fc_image *image, uint8_t *at)
{
    static const uint8_t cycles[] = {ISA_PRODUCT_CYCLES, ISA_SUM_CYCLES, ISA_FLAG_CYCLES,
                                     ISA_FETCH_CYCLES, ISA_DISPATCH_CYCLES};
    put_little_endian(at, ISA_IMAGE_MAGIC, 4);
    put_little_endian(at + 4, ISA_IMAGE_VERSION, 2);
    put_little_endian(at + 6, image->word_count, 2);
    memcpy(at + 8, cycles, sizeof cycles);
    for (unsigned i = 0; i < ISA_IMAGE_PROGRAMS; i++)
        put_little_endian(at + HEADER_BYTES + 2 * i, image->programs[i], 2);
    for (unsigned i = 0; i < ISA_IMAGE_ROUTINES; i++)
        put_little_endian(at + HEADER_BYTES + 2 * (ISA_IMAGE_PROGRAMS + i), image->routines[i], 2);
}

const uint8_t *fc_image_bytes(struct fc_context *context, const struct fc_image *image,
                              size_t *size)
{
    size_t words_at = HEADER_BYTES + ENTRY_BYTES + NUMBER_BYTES * ISA_IMAGE_CONSTANTS;
    size_t digest_at = words_at + WORD_BYTES * (size_t)(image->word_count + image->word_count % 2);
    uint8_t *bytes = fc_alloc(context, digest_at + DIGEST_BYTES);
    put_header(image, bytes);
    for (unsigned i = 0; i < image->constant_count; i++) {
        for (unsigned j = 0; j < 4; j++)
            put_little_endian(bytes + HEADER_BYTES + ENTRY_BYTES + NUMBER_BYTES * i + 8 * j,
                              image->constants[i].limb[j], 8);
    }
    for (unsigned i = 0; i < image->word_count; i++)
        put_little_endian(bytes + words_at + WORD_BYTES * (size_t)i, image->words[i], WORD_BYTES);
    unsigned digest_bytes = 0;
    if (EVP_Digest(bytes, digest_at, bytes + digest_at, &digest_bytes, EVP_sha256(), NULL) != 1 ||
        digest_bytes != DIGEST_BYTES)
        fc_fail(context, NULL, "SHA-256 of the image could not be computed");
    *size = digest_at + DIGEST_BYTES;
    return bytes;
}

bool fc_write_microcode_hex(FILE *file, const struct fc_image *image)
{
    for (unsigned i = 0; i < ISA_IMAGE_WORDS_MAX; i++) {
        /* Places without an instruction are illegal ones, not additions: all bits set. */
        uint64_t word = i < image->word_count ? image->words[i] : UINT64_MAX;
        unsigned parity = 0;
        for (unsigned j = 0; j < WORD_BYTES; j++)
            parity |= (unsigned)__builtin_parity((unsigned)(word >> 8 * j & 0xFF)) << j;
        if (fprintf(file, "%02x%016" PRIx64 "\n", parity, word) < 0)
            return false;
    }
    return true;
}

bool fc_write_entries_hex(FILE *file, const struct fc_image *image)
{
    for (unsigned i = 0; i < ISA_IMAGE_PROGRAMS + ISA_IMAGE_ROUTINES; i++) {
        unsigned entry =
            i < ISA_IMAGE_PROGRAMS ? image->programs[i] : image->routines[i - ISA_IMAGE_PROGRAMS];
        if (fprintf(file, "%03x\n", entry) < 0)
            return false;
    }
    return true;
}

static unsigned slice_parity(uint64_t limb)
{
    return (unsigned)__builtin_parity((unsigned)(limb >> 32)) << 1 |
           (unsigned)__builtin_parity((unsigned)limb);
}

bool fc_write_constants_hex(FILE *file, const struct fc_image *image)
{
    for (unsigned i = 0; i < ISA_IMAGE_CONSTANTS; i++) {
        /* Two slices of 66 bits, {parity of the upper half, of the lower, limb}, are 33 digits. */
        for (unsigned j = 4; j > 0; j -= 2) {
            uint64_t high = image->constants[i].limb[j - 1], low = image->constants[i].limb[j - 2];
            if (fprintf(file, "%x%016" PRIx64 "%016" PRIx64,
                        slice_parity(high) << 2 | (unsigned)(high >> 62),
                        high << 2 | slice_parity(low), low) < 0)
                return false;
        }
        if (fputc('\n', file) == EOF)
            return false;
    }
    return true;
}

bool fc_write_identity_hex(FILE *file, const uint8_t *bytes, size_t size)
{
    const uint8_t *digest = bytes + size - DIGEST_BYTES;
    unsigned words = bytes[6] | (unsigned)bytes[7] << 8,
             version = bytes[4] | (unsigned)bytes[5] << 8;
    return fprintf(file, "%02x%02x%02x%02x\n%04x%04x\n", digest[3], digest[2], digest[1], digest[0],
                   words, version) > 0;
}
