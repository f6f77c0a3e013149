/* SPDX-License-Identifier: Apache-2.0 */
/* snap_pcie's data read client and the host memory behind it: requests are taken when it likes,
 * answered in order, late and with pauses; some fail. Memory holds a word that follows from its
 * address, so nothing has to be stored. */
#ifndef TESTS_RTL_QUEUE_DATA_HOST_H
#define TESTS_RTL_QUEUE_DATA_HOST_H

#include <cstdint>
#include <deque>

#include "tb.h"

class DataHost
{
  public:
    struct Request {
        uint64_t address; /* bytes */
        unsigned units;   /* of 64 bytes */
        uint8_t error;
        uint32_t meta;
    };
    struct Beat {
        uint64_t address; /* of its first byte */
        uint8_t error;
        uint32_t meta;
    };

    DataHost(tb::Random &random, unsigned beat_bytes) : random_(random), beat_bytes_(beat_bytes)
    {
    }

    /* The 8 bytes of memory at an address that is a multiple of 8. */
    static uint64_t memory(uint64_t address)
    {
        uint64_t mixed = (address / 8 + 1) * 0x9E3779B97F4A7C15u;
        return mixed ^ mixed >> 29;
    }

    bool answers() const
    {
        return !requests_.empty() && latency_ == 0;
    }
    Beat beat() const
    {
        const Request &request = requests_.front();
        return {request.address + done_ * beat_bytes_, request.error, request.meta};
    }
    void request(const Request &request)
    {
        if (requests_.empty())
            latency_ = random_.below(60);
        requests_.push_back(request);
    }
    void beat_taken()
    {
        done_++;
        if (done_ * beat_bytes_ < requests_.front().units * 64)
            return;
        requests_.pop_front();
        done_ = 0;
        latency_ = random_.chance(50) ? 0 : random_.below(30);
    }
    void tick()
    {
        latency_ -= latency_ != 0;
    }

  private:
    tb::Random &random_;
    unsigned beat_bytes_;
    std::deque<Request> requests_;
    unsigned done_ = 0, latency_ = 0;
};

#endif
