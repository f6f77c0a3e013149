/* SPDX-License-Identifier: Apache-2.0 */
#include "hls/compiler/compile.h"
#include "hls/compiler/allocate.h"
#include "hls/compiler/check.h"
#include "hls/compiler/lower.h"
#include "hls/compiler/schedule.h"
#include "hls/compiler/waits.h"

void fc_compile(struct fc_context *context, const struct fc_source *sources, unsigned count,
                struct fc_ir **ir, struct fc_image **image)
{
    struct fc_tokens tokens = {NULL, 0};
    for (unsigned i = 0; i < count; i++)
        fc_read_tokens(context, &tokens, sources[i].name, sources[i].text, sources[i].size);
    fc_close_tokens(context, &tokens);
    *ir = fc_alloc(context, sizeof **ir);
    *image = fc_alloc(context, sizeof **image);
    fc_lower(context, &tokens, *ir);
    fc_schedule(context, *ir);
    fc_set_waits(context, *ir);
    fc_allocate(context, *ir);
    fc_encode(context, *ir, *image);
    struct fc_finding finding;
    if (!fc_check_image(context, *image, &finding))
        fc_fail(context, &(*image)->where[finding.word], "word %u of the image: %s", finding.word,
                finding.why);
}
