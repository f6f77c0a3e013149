/* SPDX-License-Identifier: Apache-2.0 */
/* What the compiler tells about an image. */
#ifndef HLS_COMPILER_REPORT_H
#define HLS_COMPILER_REPORT_H
#include "hls/compiler/image.h"

/* Each part of the image: words, products, sums, cycles, registers.
 * As a table, or as one JSON object. */
void fc_print_report(FILE *file, const struct fc_ir *ir, const struct fc_image *image, bool json);

/* One line an instruction, with the place in the text that it comes from. */
void fc_print_listing(FILE *file, const struct fc_image *image);
#endif
