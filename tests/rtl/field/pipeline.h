/* SPDX-License-Identifier: Apache-2.0 */
/* The bench of a pipeline: checks order, latency and tag of every result. The test names the
 * result's port with RESULT(bench) before it includes this. */
#ifndef TESTS_RTL_FIELD_PIPELINE_H
#define TESTS_RTL_FIELD_PIPELINE_H

#include <deque>

#include "field.h"

namespace field
{

/* A pipeline with valid_i, tag_i, valid_o and tag_o that takes something every cycle. */
template <size_t Words> class Pipeline
{
  public:
    explicit Pipeline(unsigned latency) : latency_(latency), random_(tb::seed() + 77)
    {
        bench_->valid_i = 0;
        bench_.reset();
    }
    V *operator->()
    {
        return bench_.operator->();
    }
    tb::Bench<V> &bench()
    {
        return bench_;
    }

    /* One cycle with what the caller has put on the inputs. */
    void issue(const Number<Words> &expected)
    {
        uint8_t tag = uint8_t(random_.next() >> 20);
        bench_->valid_i = 1;
        bench_->tag_i = tag;
        waiting_.push_back({bench_.cycles() + latency_, tag, expected});
        cycle();
    }
    void bubble()
    {
        bench_->valid_i = 0;
        bench_->tag_i = uint8_t(random_.next() >> 20);
        cycle();
    }
    void drain()
    {
        while (!waiting_.empty())
            bubble();
    }
    uint64_t results() const
    {
        return results_;
    }

  private:
    struct Waiting {
        uint64_t at;
        uint8_t tag;
        Number<Words> expected;
    };

    void cycle()
    {
        bench_.tick();
        bool due = !waiting_.empty() && waiting_.front().at == bench_.cycles();
        TB_CHECK(bench_->valid_o == due);
        if (!due)
            return;
        TB_CHECK(bench_->tag_o == waiting_.front().tag);
        TB_CHECK(sample<Words>(RESULT(bench_)) == waiting_.front().expected);
        waiting_.pop_front();
        results_++;
    }

    tb::Bench<V> bench_;
    unsigned latency_;
    tb::Random random_;
    std::deque<Waiting> waiting_;
    uint64_t results_ = 0;
};

} // namespace field

#endif
