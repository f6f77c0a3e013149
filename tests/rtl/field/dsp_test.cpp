// SPDX-License-Identifier: Apache-2.0
// The wrapper of the hardware multiplier: pairs of walking ones and of runs of ones, random ones.
#include HEADER

#include "tb.h"

namespace
{

constexpr unsigned LatencyCycles = 2;

class Multiplier
{
  public:
    Multiplier()
    {
        bench_->clk_i = 0;
        bench_.settle();
    }
    void issue(uint32_t a, uint32_t b)
    {
        bench_->a_i = a;
        bench_->b_i = b;
        expected_[issued_++ % LatencyCycles] = uint64_t(a) * b;
        bench_.tick();
        if (issued_ >= LatencyCycles)
            TB_CHECK(bench_->p_o == expected_[issued_ % LatencyCycles]);
    }

  private:
    tb::Bench<V> bench_;
    uint64_t expected_[LatencyCycles] = {};
    unsigned issued_ = 0;
};

} // namespace

int main()
{
    Multiplier multiplier;
    tb::Random random(tb::seed());
    for (unsigned i = 0; i < 18; i++)
        for (unsigned j = 0; j < 18; j++) {
            multiplier.issue(1u << i, 1u << j);
            multiplier.issue((2u << i) - 1, (2u << j) - 1);
            multiplier.issue((2u << i) - 1, 1u << j);
        }
    for (unsigned i = 0; i < 100000; i++)
        multiplier.issue(random.below(1 << 18), random.below(1 << 18));
    tb::pass("18 x 18 bits, one product a cycle");
    return 0;
}
