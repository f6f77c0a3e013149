/* SPDX-License-Identifier: Apache-2.0 */
/* Wall time, only for noticing that nothing moves at all. */
#ifndef DRIVER_BASE_CLOCK_H
#define DRIVER_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline uint64_t snap_clock_ms(void)
{
    struct timespec now;
    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
        return 0; /* cannot happen: the clock exists and `now` is ours */
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

static inline void snap_clock_sleep_us(unsigned microseconds)
{
    struct timespec pause = {.tv_sec = microseconds / 1000000u,
                             .tv_nsec = (long)(microseconds % 1000000u) * 1000};
    (void)nanosleep(&pause, NULL); /* woken early by a signal: the caller looks again anyway */
}

#endif
