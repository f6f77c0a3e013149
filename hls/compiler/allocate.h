/* SPDX-License-Identifier: Apache-2.0 */
/* A register for each variable. */
#ifndef HLS_COMPILER_ALLOCATE_H
#define HLS_COMPILER_ALLOCATE_H
#include "hls/compiler/ir.h"

/* Sets `reg` of every variable that an op writes or a payload fills, so that no two that are alive
 * at once share one. Needs the final order of ops. Fails when a value may be read that nothing has
 * assigned, and when the registers of a bank do not suffice. */
void fc_allocate(struct fc_context *context, struct fc_ir *ir);
#endif
