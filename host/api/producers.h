/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOST_API_PRODUCERS_H
#define HOST_API_PRODUCERS_H

#include "host/api/out.h"
#include "host/consensus/schedule.h"

/* {"version","producers":[{"producer_name","authority"}]} */
void out_schedule(struct out *out, const struct schedule *schedule);

#endif
