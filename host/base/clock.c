// SPDX-License-Identifier: Apache-2.0
#include "host/base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static uint64_t monotonic_now(void *context)
{
    (void)context;
    struct timespec now;
    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0) {
        perror("clock_gettime"); /* POSIX guarantees this clock; without it no deadline has a
                                    meaning */
        abort();
    }
    return (uint64_t)now.tv_sec * CLOCK_NS_PER_S + (uint64_t)now.tv_nsec;
}

struct clock clock_monotonic(void)
{
    return (struct clock){.now_ns = monotonic_now, .context = NULL};
}
