/* SPDX-License-Identifier: Apache-2.0 */
/* Order of the operations of each block, and which of them carry its control. */
#ifndef HLS_COMPILER_SCHEDULE_H
#define HLS_COMPILER_SCHEDULE_H
#include "hls/compiler/ir.h"

/* Sorts the ops of every block for short latency, places its rejects and its end on ops, and adds
 * idle ops where none can carry them. Waits are left for fc_set_waits. */
void fc_schedule(struct fc_context *context, struct fc_ir *ir);
#endif
