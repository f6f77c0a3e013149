/* SPDX-License-Identifier: Apache-2.0 */
/* Any text: the compiler makes an image of it, or says why not. */
#include "hls/compiler/compile.h"
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fc_context context;
    struct fc_source source = {"input", (const char *)data, size};
    struct fc_ir *ir;
    struct fc_image *image;
    if (!setjmp(context.recover))
        fc_compile(&context, &source, 1, &ir, &image);
    fc_release(&context);
    return 0;
}
