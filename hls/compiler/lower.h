/* SPDX-License-Identifier: Apache-2.0 */
/* From tokens to operations: names, expressions, statements of the language of docs/hls.md. */
#ifndef HLS_COMPILER_LOWER_H
#define HLS_COMPILER_LOWER_H
#include "hls/compiler/ir.h"

/* Fills `ir`, which must be zeroed, from the tokens of all files. */
void fc_lower(struct fc_context *context, const struct fc_tokens *tokens, struct fc_ir *ir);
#endif
