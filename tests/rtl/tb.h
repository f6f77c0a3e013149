/* SPDX-License-Identifier: Apache-2.0 */
/* What the module tests share: a clocked device under test, a seeded random source, checks.
 *
 * A test compares the module cycle by cycle with a C model and pushes back at random. The seed is
 * printed when a check fails; SEED=n in the environment repeats it. */
#ifndef TESTS_RTL_TB_H
#define TESTS_RTL_TB_H

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

#include "verilated.h"

namespace tb
{

/* xorshift64*: the tests need speed and repeatability, nothing more. */
class Random
{
  public:
    explicit Random(uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15u + 1)
    {
    }
    uint64_t next()
    {
        state_ ^= state_ >> 12;
        state_ ^= state_ << 25;
        state_ ^= state_ >> 27;
        return state_ * 0x2545F4914F6CDD1Du;
    }
    uint32_t below(uint32_t bound)
    {
        return uint32_t((next() >> 32) * bound >> 32);
    }
    bool chance(unsigned percent)
    {
        return below(100) < percent;
    }
    std::vector<uint8_t> bytes(size_t count)
    {
        std::vector<uint8_t> bytes(count);
        for (uint8_t &byte : bytes)
            byte = uint8_t(next() >> 32);
        return bytes;
    }

  private:
    uint64_t state_;
};

inline uint64_t seed()
{
    const char *text = std::getenv("SEED");
    return text ? std::strtoull(text, nullptr, 0) : 1;
}

[[noreturn]] inline void fail(const char *file, int line, const char *what)
{
    std::printf("not ok - %s:%d: %s\n# again with SEED=%llu\n", file, line, what,
                (unsigned long long)seed());
    std::exit(1);
}

inline void pass(const char *what)
{
    std::printf("ok - %s\n", what);
}

/* A device with one clock, clk_i, and an active-low reset, rst_ni. Inputs are set between ticks;
 * outputs are looked at after settle() and before tick(). */
template <class Device> class Bench
{
  public:
    Bench() : device_(new Device(&context_))
    {
        context_.randReset(2);
    }
    ~Bench()
    {
        device_->final();
    }
    Device *operator->()
    {
        return device_.get();
    }
    Device &dut()
    {
        return *device_;
    }
    void settle()
    {
        device_->eval();
    }
    void tick()
    {
        device_->clk_i = 1;
        device_->eval();
        device_->clk_i = 0;
        device_->eval();
        cycles_++;
        context_.timeInc(1);
    }
    void reset()
    {
        device_->clk_i = 0;
        device_->rst_ni = 0;
        for (int i = 0; i < 4; i++)
            tick();
        device_->rst_ni = 1;
        device_->eval();
    }
    uint64_t cycles() const
    {
        return cycles_;
    }

  private:
    VerilatedContext context_;
    std::unique_ptr<Device> device_;
    uint64_t cycles_ = 0;
};

} // namespace tb

#define TB_CHECK(condition)                                                                        \
    do {                                                                                           \
        if (!(condition))                                                                          \
            tb::fail(__FILE__, __LINE__, #condition);                                              \
    } while (0)

#endif
