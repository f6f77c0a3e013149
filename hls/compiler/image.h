/* SPDX-License-Identifier: Apache-2.0 */
/* The finished image: placing blocks, encoding instructions, writing the files. */
#ifndef HLS_COMPILER_IMAGE_H
#define HLS_COMPILER_IMAGE_H
#include "hls/compiler/ir.h"
#include <stdio.h>

struct fc_image {
    uint16_t programs[ISA_IMAGE_PROGRAMS], routines[ISA_IMAGE_ROUTINES];
    bool has_program[ISA_IMAGE_PROGRAMS], has_routine[ISA_IMAGE_ROUTINES];
    struct fc_number constants[ISA_IMAGE_CONSTANTS];
    unsigned constant_count;
    uint64_t words[ISA_IMAGE_WORDS_MAX];
    unsigned word_count;
    struct fc_position where[ISA_IMAGE_WORDS_MAX]; /* line 0: made by the compiler alone */
};

/* Encodes scheduled and allocated programs. */
void fc_encode(struct fc_context *context, struct fc_ir *ir, struct fc_image *image);

/* A field of an instruction word. */
unsigned fc_field(uint64_t word, unsigned lsb, unsigned width);

/* The file that an engine loads: docs/microcode.md. Sets its size. */
const uint8_t *fc_image_bytes(struct fc_context *context, const struct fc_image *image,
                              size_t *size);

/* Lines for $readmemh. False: a write failed. */
bool fc_write_microcode_hex(FILE *file, const struct fc_image *image);
bool fc_write_entries_hex(FILE *file, const struct fc_image *image);
bool fc_write_constants_hex(FILE *file, const struct fc_image *image);
/* First 32 bits of the checksum; number of words above the version: what the engine reports. */
bool fc_write_identity_hex(FILE *file, const uint8_t *bytes, size_t size);
#endif
