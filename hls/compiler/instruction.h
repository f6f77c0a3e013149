/* SPDX-License-Identifier: Apache-2.0 */
/* An instruction word taken apart, and whether it is one. */
#ifndef HLS_COMPILER_INSTRUCTION_H
#define HLS_COMPILER_INSTRUCTION_H
#include "snap_isa.h"

/* First of the flags that tell a chunk which of its terms are present. */
#define ISA_FLAG_PRESENT_FIRST 8u

struct fc_instruction {
    unsigned unit, op, sign, order, a, b, b_kind, dst, wait, test, flag, gate, send, arg, ctl,
        target;
};

/* NULL, or what docs/microcode.md does not allow about this word alone (a static text). */
const char *fc_decode(uint64_t word, struct fc_instruction *instruction);

bool fc_reads_a(const struct fc_instruction *instruction);
bool fc_reads_b(const struct fc_instruction *instruction);
#endif
