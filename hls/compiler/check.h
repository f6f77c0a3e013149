/* SPDX-License-Identifier: Apache-2.0 */
/* Proof that an image keeps the rules of docs/microcode.md, from its words alone.
 *
 * It knows nothing of how the words came about: every way through the image, from each program
 * through calls, loops, branches and digits, is followed with the state of the thread along it,
 * until no state is new. What hardware and model forbid, or would find as a fault, is a finding. */
#ifndef HLS_COMPILER_CHECK_H
#define HLS_COMPILER_CHECK_H
#include "hls/compiler/image.h"

struct fc_finding {
    unsigned word;
    const char *why; /* static text */
};

/* False: the finding says what is wrong, and where. */
bool fc_check_image(struct fc_context *context, const struct fc_image *image,
                    struct fc_finding *finding);
#endif
