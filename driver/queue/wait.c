// SPDX-License-Identifier: Apache-2.0
/* Sleeping until there is something to reap. */
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "driver/base/clock.h"
#include "driver/base/error.h"
#include "driver/queue/queue.h"

#define SLICE_MS_MAX 1000u

int snap_queue_eventfd(const struct snap_queue *queue)
{
    return queue->card->eventfds[queue->index];
}

/* Takes what the descriptor holds first: an interrupt that comes later is then not missed. */
void snap_queue_arm(struct snap_queue *queue)
{
    uint64_t count;
    ssize_t bytes;
    do
        bytes = read(snap_queue_eventfd(queue), &count, sizeof count);
    while (bytes < 0 && errno == EINTR); /* EAGAIN: it held nothing */
    if (queue->state == SNAP_QUEUE_RUNNING)
        snap_queue_write32(queue, SNAP_REG_IRQ_ARM,
                           (uint32_t)queue->head << SNAP_IRQ_ARM_SEEN_SHIFT);
}

/* Sleeps for the interrupt, at most slice_ms; 0, or an error of poll itself. */
static int sleep_slice(struct snap_queue *queue, int slice_ms, struct snap_error *error)
{
    struct pollfd poll_fd = {.fd = snap_queue_eventfd(queue), .events = POLLIN};
    if (poll(&poll_fd, 1, slice_ms) < 0 && errno != EINTR)
        return snap_fail(error, SNAP_E_MEMORY, "poll: %s", strerror(errno));
    return SNAP_OK;
}

/* The card is looked at once a slice, so that one that dies while everybody sleeps is noticed. */
static unsigned slice_length_ms(const struct snap_queue *queue)
{
    unsigned slice_ms = queue->card->stall_ms / 4 + 1;
    return slice_ms < SLICE_MS_MAX ? slice_ms : SLICE_MS_MAX;
}

int snap_queue_wait(struct snap_queue *queue, int timeout_ms, struct snap_error *error)
{
    uint64_t start_ms = snap_clock_ms();
    unsigned slice_ms = slice_length_ms(queue);
    while (!snap_queue_reapable(queue)) {
        if (queue->state != SNAP_QUEUE_RUNNING)
            return snap_fail(error, queue->fault.code, "%s", queue->fault.text);
        if (snap_queue_outstanding(queue) == 0)
            return snap_fail(error, SNAP_E_ARGUMENT, "nothing to wait for: no job is outstanding");
        uint64_t passed_ms = snap_clock_ms() - start_ms;
        if (timeout_ms >= 0 && passed_ms >= (uint64_t)timeout_ms)
            return snap_fail(error, SNAP_E_TIMEOUT, "no completion within %d ms", timeout_ms);
        unsigned sleep_ms = slice_ms;
        if (timeout_ms >= 0 && (uint64_t)timeout_ms - passed_ms < slice_ms)
            sleep_ms = (unsigned)((uint64_t)timeout_ms - passed_ms);
        snap_queue_arm(queue);
        if (snap_queue_reapable(queue))
            break;
        int code = sleep_slice(queue, (int)sleep_ms, error);
        if (code != SNAP_OK)
            return code;
        if (!snap_queue_reapable(queue))
            (void)snap_queue_check(queue, NULL);
    }
    return SNAP_OK;
}
