/* SPDX-License-Identifier: Apache-2.0 */
/* Drives a snap_hash_engine: jobs in, results out, gaps and back-pressure at random. */
#ifndef TESTS_RTL_HASH_ENGINE_H
#define TESTS_RTL_HASH_ENGINE_H

#include <cstring>
#include <deque>

#include "reference.h"
#include "tb.h"

namespace tb
{

struct HashJob {
    unsigned opcode;
    reference::Bytes payload;
    long error_word = -1; /* the word with in_error, counted from the control word; -1: none */
};

struct HashResult {
    reference::Digest digest;
    bool error;
    uint32_t cycles;   /* as the engine says */
    uint64_t measured; /* from the acceptance of the control word to out_valid */
    uint64_t valid_at; /* cycle of out_valid */
};

/* For HashEngine::set_gaps. */
struct HashGaps {
    unsigned in, out;
};
constexpr HashGaps hash_gaps[] = {{0, 0}, {50, 0}, {0, 97}, {97, 0}, {30, 99}, {90, 90}};

template <class Device> class HashEngine
{
  public:
    explicit HashEngine(Random &random) : random_(random)
    {
        bench_->in_valid_i = 0;
        bench_->out_ready_i = 0;
        bench_.reset();
    }

    /* Percent of the cycles in which a word is not offered, or a result not taken. */
    void set_gaps(unsigned in_percent, unsigned out_percent)
    {
        in_gap_ = in_percent;
        out_gap_ = out_percent;
    }

    void push(const HashJob &job)
    {
        size_t words = 1 + (job.payload.size() + 15) / 16;
        for (size_t i = 0; i < words; i++) {
            Word word = {};
            if (i == 0) {
                uint32_t length = uint32_t(job.payload.size());
                word.data[0] = 0xAAAAAA00u | job.opcode; /* other bits are not looked at */
                std::memcpy(&word.data[1], &length, 4);
                word.data[2] = word.data[3] = uint32_t(random_.next());
            } else {
                size_t left = job.payload.size() - 16 * (i - 1);
                for (uint32_t &part : word.data) /* bytes behind the payload may be anything */
                    part = uint32_t(random_.next());
                std::memcpy(word.data, job.payload.data() + 16 * (i - 1), left < 16 ? left : 16);
            }
            word.control = i == 0;
            word.last = i == words - 1;
            word.error = long(i) == job.error_word;
            words_.push_back(word);
        }
    }

    /* Runs until `count` more results have come, at most `limit` cycles. */
    std::vector<HashResult> run(size_t count, uint64_t limit)
    {
        std::vector<HashResult> results;
        for (uint64_t start = bench_.cycles(); results.size() < count;) {
            TB_CHECK(bench_.cycles() - start < limit);
            cycle(results);
        }
        return results;
    }

    /* Runs the jobs back to back and checks each result. */
    std::vector<HashResult> check(const std::vector<HashJob> &jobs)
    {
        uint64_t bytes = 0;
        for (const HashJob &job : jobs) {
            bytes += job.payload.size() + 64;
            push(job);
        }
        std::vector<HashResult> results = run(jobs.size(), 10000 + bytes * 40);
        for (size_t i = 0; i < jobs.size(); i++) {
            TB_CHECK(results[i].error == (jobs[i].error_word >= 0));
            TB_CHECK(results[i].cycles == results[i].measured);
            if (!results[i].error)
                TB_CHECK(results[i].digest == reference::job(jobs[i].opcode, jobs[i].payload));
        }
        TB_CHECK(words_.empty());
        return results;
    }

    uint64_t cycles() const
    {
        return bench_.cycles();
    }
    size_t words_left() const
    {
        return words_.size();
    }

  private:
    struct Word {
        uint32_t data[4];
        bool control, last, error;
    };

    void offer()
    {
        if (!offered_)
            offered_ = !words_.empty() && !random_.chance(in_gap_);
        bench_->in_valid_i = offered_;
        if (offered_) {
            for (int i = 0; i < 4; i++)
                bench_->in_data_i[i] = words_.front().data[i];
            bench_->in_last_i = words_.front().last;
            bench_->in_error_i = words_.front().error;
        } else {
            for (int i = 0; i < 4; i++)
                bench_->in_data_i[i] = uint32_t(random_.next());
            bench_->in_last_i = bench_->in_error_i = random_.chance(50);
        }
        bench_->out_ready_i = !random_.chance(out_gap_);
    }

    void cycle(std::vector<HashResult> &results)
    {
        offer();
        bench_.settle();
        if (bench_->out_valid_o && !seen_) {
            seen_ = true;
            valid_at_ = bench_.cycles();
            for (int i = 0; i < 8; i++)
                held_[i] = bench_->out_digest_o[i];
        }
        for (int i = 0; !bench_->out_valid_o && i < 8; i++)
            TB_CHECK(bench_->out_digest_o[i] == 0);
        if (seen_) { /* a result that is not taken stays as it is */
            TB_CHECK(bench_->out_valid_o);
            for (int i = 0; i < 8; i++)
                TB_CHECK(held_[i] == bench_->out_digest_o[i]);
        }
        if (bench_->out_valid_o && bench_->out_ready_i)
            take(results);
        if (offered_ && bench_->in_ready_o) {
            if (words_.front().control)
                starts_.push_back(bench_.cycles());
            words_.pop_front();
            offered_ = false;
        }
        bench_.tick();
    }

    void take(std::vector<HashResult> &results)
    {
        HashResult result;
        std::memcpy(result.digest.data(), held_, 32);
        result.error = bench_->out_error_o;
        result.cycles = bench_->out_cycles_o;
        TB_CHECK(!starts_.empty());
        result.measured = valid_at_ - starts_.front();
        result.valid_at = valid_at_;
        starts_.pop_front();
        seen_ = false;
        results.push_back(result);
    }

    Random &random_;
    Bench<Device> bench_;
    std::deque<Word> words_;
    std::deque<uint64_t> starts_;
    unsigned in_gap_ = 0, out_gap_ = 0;
    bool offered_ = false, seen_ = false;
    uint64_t valid_at_ = 0;
    uint32_t held_[8] = {};
};

} // namespace tb

#endif
