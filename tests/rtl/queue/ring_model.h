/* SPDX-License-Identifier: Apache-2.0 */
/* A queue pair's indices and state as the reference page tells them. The indices never wrap here:
 * they count from the queue's start, and the interface's are their low 16 bits. */
#ifndef TESTS_RTL_QUEUE_RING_MODEL_H
#define TESTS_RTL_QUEUE_RING_MODEL_H

#include <cstdint>

#include "snapcard_abi.h"

enum RingState : uint8_t { RingOff, RingRunning, RingDraining, RingError };

/* What happens in one cycle; the host can write one register at most. Its write takes effect a
 * cycle later, so `good` is what `accepts` said of a doorbell in its own cycle. */
struct RingInputs {
    bool enable_write = false, enable_value = false, config_good = false;
    bool doorbell = false, good = false;
    uint16_t tail = 0, cq_head = 0;
    unsigned claimed = 0; /* 0, 1 or 2 slots */
    bool received = false, completed = false;
};

class RingModel
{
  public:
    uint64_t sq_tail = 0, sq_issued = 0, sq_head = 0, cq_tail = 0, cq_head = 0;
    RingState state = RingOff;
    uint8_t error = SNAP_QUEUE_ERROR_NONE;
    bool started = false;

    uint64_t inflight() const
    {
        return sq_issued - cq_tail;
    }
    uint64_t available() const
    {
        return state == RingRunning ? sq_tail - sq_issued : 0;
    }

    bool accepts(uint16_t tail, uint16_t new_cq_head, unsigned entries) const
    {
        uint64_t absolute_head = ahead(cq_head, new_cq_head), absolute_tail = ahead(sq_tail, tail);
        return absolute_head <= cq_tail && absolute_tail <= absolute_head + entries;
    }

    void step(const RingInputs &in)
    {
        RingState next = state;
        bool idle = inflight() == 0;
        sq_issued += in.claimed;
        sq_head += in.received;
        started = false;
        if (in.doorbell && state == RingRunning) {
            if (in.good) {
                sq_tail = ahead(sq_tail, in.tail);
                cq_head = ahead(cq_head, in.cq_head);
            } else {
                next = RingError;
                error = SNAP_QUEUE_ERROR_DOORBELL;
            }
        }
        cq_tail += in.completed;
        if (state == RingDraining && idle)
            next = RingOff;
        if (in.enable_write && in.enable_value && state == RingOff) {
            sq_tail = sq_issued = sq_head = cq_tail = cq_head = 0;
            started = true;
            next = in.config_good ? RingRunning : RingError;
            error = in.config_good ? SNAP_QUEUE_ERROR_NONE : SNAP_QUEUE_ERROR_CONFIG;
        }
        if (in.enable_write && !in.enable_value && (state == RingRunning || state == RingError)) {
            next = RingDraining;
            error = SNAP_QUEUE_ERROR_NONE;
        }
        state = next;
    }

  private:
    /* The first index at or behind `from` whose low 16 bits are these. */
    static uint64_t ahead(uint64_t from, uint16_t low)
    {
        return from + uint16_t(low - from);
    }
};

/* The host's write waits a cycle, the neighbours do not. */
class RingWrite
{
  public:
    /* What takes effect in the cycle of `in`: the write of the cycle before. */
    RingInputs effect(const RingInputs &in, const RingModel &model, unsigned entries)
    {
        RingInputs now = write_;
        now.claimed = in.claimed;
        now.received = in.received;
        now.completed = in.completed;
        write_ = in;
        write_.good = in.doorbell && model.accepts(in.tail, in.cq_head, entries);
        return now;
    }
    bool pending() const
    {
        return write_.enable_write || write_.doorbell;
    }

  private:
    RingInputs write_;
};

#endif
