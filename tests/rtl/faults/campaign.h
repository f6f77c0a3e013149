/* SPDX-License-Identifier: Apache-2.0 */
/* Experiments: a batch runs whole once; then again from a moment that was kept, with a fault. */
#ifndef TESTS_RTL_FAULTS_CAMPAIGN_H
#define TESTS_RTL_FAULTS_CAMPAIGN_H

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "batch.h"
#include "engine.h"
#include "judge.h"
#include "places.h"

namespace faults
{

struct Fault {
    const Variable *variable;
    unsigned word, bit;
    uint64_t cycle; /* behind this many cycles of the batch */
};

class Run
{
  public:
    /* Runs the batch, whose answers must be the CPU's. */
    Run(Engine &engine, const Batch &batch);

    /* Goes to a cycle of the whole run. */
    void go_to(uint64_t cycle);
    /* A fault of `place`, in a word and at a cycle that its rule allows; goes there. */
    Fault choose_fault(const Place &place, tb::Random &random);
    /* Goes on until all answers are there, or it is certain which will be, or it is too late. */
    void finish();

    /* As the run is now, with the answers that it would still give. */
    Judgement judge(bool deaf = false) const
    {
        return faults::judge(batch_, result_, deaf);
    }

    unsigned thread(unsigned job) const
    {
        return thread_[job];
    }
    uint64_t load_begin(unsigned job) const
    {
        return load_begin_[job];
    }
    uint64_t load_end(unsigned job) const
    {
        return load_end_[job];
    }
    uint64_t cycles() const
    {
        return whole_.cycle;
    }
    uint64_t answered(unsigned job) const
    {
        return whole_.answers[job].cycle;
    }
    const Batch &batch() const
    {
        return batch_;
    }

  private:
    static constexpr unsigned Spacing = 1024; /* cycles between two kept moments */
    /* A thread that is lost costs the others time; then the host's patience ends. */
    static constexpr unsigned Patience = 60000;

    static constexpr uint16_t NotRead = 0xFFFF;

    void watch();
    uint64_t choose_cycle(const Rule &rule, unsigned job, tb::Random &random) const;
    unsigned choose_word(const Place &place, unsigned job, uint64_t cycle,
                         tb::Random &random) const;

    Engine &engine_;
    const Batch &batch_;
    std::vector<Engine::Moment> moments_;
    Engine::Outside whole_{}, result_{};
    std::array<uint64_t, BatchJobs> load_begin_{}, load_end_{};
    std::array<unsigned, BatchJobs> thread_{};
    std::vector<std::array<uint16_t, Readers>> read_; /* in each cycle: addresses */
    std::array<const Variable *, Readers> address_{}, valid_{};
    const Variable &event_left_, &end_thread_;
};

} // namespace faults

#endif
