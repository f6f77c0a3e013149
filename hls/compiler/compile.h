/* SPDX-License-Identifier: Apache-2.0 */
/* From texts to an image: all stages in their order. */
#ifndef HLS_COMPILER_COMPILE_H
#define HLS_COMPILER_COMPILE_H
#include "hls/compiler/image.h"

struct fc_source {
    const char *name, *text;
    size_t size;
};

/* Compiles the sources into one image. Its words have been checked. Jumps to context->recover with
 * an error message otherwise. `ir` and `image` are the context's memory. */
void fc_compile(struct fc_context *context, const struct fc_source *sources, unsigned count,
                struct fc_ir **ir, struct fc_image **image);
#endif
