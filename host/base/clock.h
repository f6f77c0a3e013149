/* SPDX-License-Identifier: Apache-2.0 */
/* The clock seam: whoever needs time is handed one of these, so that a test or the simulated world
 * can put its own in. */
#ifndef HOST_BASE_CLOCK_H
#define HOST_BASE_CLOCK_H

#include <stdint.h>

struct clock {
    /* Nanoseconds since some fixed point; never runs backwards. Any thread may call it. */
    uint64_t (*now_ns)(void *context);
    void *context;
};

#define CLOCK_NS_PER_S  UINT64_C(1000000000)
#define CLOCK_NS_PER_MS UINT64_C(1000000)
#define CLOCK_NS_PER_US UINT64_C(1000)

/* CLOCK_MONOTONIC of this machine. */
struct clock clock_monotonic(void);

static inline uint64_t clock_now(const struct clock *clock)
{
    return clock->now_ns(clock->context);
}

#endif
