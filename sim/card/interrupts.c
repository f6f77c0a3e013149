/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/card/interrupts.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <unistd.h>

void interrupts_init(struct interrupts *interrupts, unsigned count)
{
    assert(count <= INTERRUPT_VECTORS_MAX);
    interrupts->count = count;
    for (unsigned vector = 0; vector < INTERRUPT_VECTORS_MAX; vector++)
        interrupts->events[vector] = -1;
}

void interrupts_assign(struct interrupts *interrupts, unsigned vector, int event)
{
    assert(vector < interrupts->count);
    if (interrupts->events[vector] >= 0)
        (void)close(interrupts->events[vector]);
    interrupts->events[vector] = event;
}

void interrupts_clear(struct interrupts *interrupts)
{
    for (unsigned vector = 0; vector < interrupts->count; vector++)
        interrupts_assign(interrupts, vector, -1);
}

bool interrupts_any(const struct interrupts *interrupts)
{
    for (unsigned vector = 0; vector < interrupts->count; vector++)
        if (interrupts->events[vector] >= 0)
            return true;
    return false;
}

void interrupts_trigger(const struct interrupts *interrupts, unsigned vector)
{
    if (vector >= interrupts->count || interrupts->events[vector] < 0)
        return;
    /* The descriptor is the client's and may be anything: a full one must not stop the card. */
    struct pollfd ready = {.fd = interrupts->events[vector], .events = POLLOUT};
    if (poll(&ready, 1, 0) != 1 || !(ready.revents & POLLOUT))
        return;
    uint64_t one = 1;
    ssize_t written;
    do {
        written = write(interrupts->events[vector], &one, sizeof one);
    } while (written < 0 && errno == EINTR);
}
