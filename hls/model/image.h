/* SPDX-License-Identifier: Apache-2.0 */
/* The microcode image and the fixed tables: bounded parsers of what the engine is loaded with. */
#ifndef HLS_MODEL_IMAGE_H
#define HLS_MODEL_IMAGE_H
#include "hls/model/u256.h"
#include "snap_isa.h"
#include <stddef.h>

struct snap_image {
    unsigned words;
    uint16_t program[ISA_IMAGE_PROGRAMS]; /* entry points */
    uint16_t routine[ISA_IMAGE_ROUTINES];
    struct snap_u256 constant[ISA_IMAGE_CONSTANTS];
    uint64_t word[ISA_IMAGE_WORDS_MAX]; /* `words` of them */
};

/* Parses a whole image. Returns NULL, or what is wrong with it (a static text). */
const char *snap_image_parse(struct snap_image *image, const uint8_t *bytes, size_t size);

/* Parses fixed.hex: ISA_FIXED_WORDS lines of 66 digits, the parity of the eight limbs above the
 * word. Returns NULL, or what is wrong with it (a static text). */
const char *snap_fixed_parse(struct snap_u256 word[ISA_FIXED_WORDS], const char *text, size_t size);
#endif
