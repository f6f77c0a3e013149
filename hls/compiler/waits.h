/* SPDX-License-Identifier: Apache-2.0 */
/* The wait of each op: as short as the distances along every way allow, but in a block no shorter
 * than its schedule has it: routines count on accumulators that come late. */
#ifndef HLS_COMPILER_WAITS_H
#define HLS_COMPILER_WAITS_H
#include "hls/compiler/ir.h"

/* Needs scheduled blocks. Latencies that make a wait longer than its field are refused when the
 * compiler is built. */
void fc_set_waits(struct fc_context *context, struct fc_ir *ir);
#endif
