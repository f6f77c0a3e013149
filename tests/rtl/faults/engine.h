/* SPDX-License-Identifier: Apache-2.0 */
/* The point engine with a batch of jobs: a run that can be stopped, kept, gone back to, and broken.
 */
#ifndef TESTS_RTL_FAULTS_ENGINE_H
#define TESTS_RTL_FAULTS_ENGINE_H

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include HEADER
#include "batch.h"
#include "tb.h"

namespace faults
{

/* One variable of the engine's state: a register, or a memory of `words` words. */
struct Variable {
    std::string name; /* from below the top */
    uint8_t *data;
    unsigned bits, words, bytes; /* of a word: bits, bytes in memory */

    bool get(unsigned word, unsigned bit) const
    {
        return data[word * bytes + bit / 8] >> (bit % 8) & 1;
    }
    void flip(unsigned word, unsigned bit) const
    {
        data[word * bytes + bit / 8] ^= uint8_t(1u << (bit % 8));
    }
    void set(unsigned word, unsigned bit, bool value) const
    {
        if (get(word, bit) != value)
            flip(word, bit);
    }
    uint32_t low() const /* a register's lowest bits, 8 at least */
    {
        uint32_t value = 0;
        for (unsigned i = 0; i < bytes && i < sizeof value; i++)
            value |= uint32_t(data[i]) << (8 * i);
        return value;
    }
};

struct Answer {
    uint64_t value, cycle;
    uint8_t status, cause, has_result, given;
    std::array<uint8_t, ResultBytes> result;
};

class Engine
{
  public:
    /* What is outside the engine: how far the batch has been sent, what came back. */
    struct Outside {
        uint64_t cycle;
        uint32_t word;
        uint32_t answered;
        bool taken;
        bool unasked; /* an answer to a job that is not there, or has been answered */
        std::array<Answer, BatchJobs> answers;
    };
    struct Moment {
        std::vector<uint8_t> inside;
        Outside outside;
    };

    Engine();

    const std::vector<Variable> &variables() const
    {
        return variables_;
    }
    const Variable &variable(const std::string &name) const;

    void begin(const Batch &batch);
    void cycle();
    bool complete() const
    {
        return outside_.answered == BatchJobs;
    }
    const Outside &outside() const
    {
        return outside_;
    }

    void keep(Moment &moment);
    void restore(const Moment &moment);
    bool is_at(const Moment &moment);

    /* All that follows from registers follows from what they are now. */
    void settle();
    void flip(const Variable &variable, unsigned word, unsigned bit);
    /* These bits keep their values from now on, whatever is written to them. */
    struct Stuck {
        const Variable *variable;
        unsigned word, bit;
        bool value;
    };
    std::vector<Stuck> stuck;

  private:
    void find_variables();
    bool is_register(const Variable &variable);
    void take_answer();

    tb::Bench<V> bench_;
    std::vector<Variable> variables_;
    const Batch *batch_ = nullptr;
    Outside outside_{};
    Moment whole_; /* behind a reset, nothing broken */
    std::vector<uint8_t> scratch_;
};

} // namespace faults

#endif
