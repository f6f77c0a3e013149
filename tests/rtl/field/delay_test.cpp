// SPDX-License-Identifier: Apache-2.0
// Delays of 1 to 17 cycles, also after a reset in the middle.
#include HEADER

#include <deque>

#include "tb.h"

namespace
{

constexpr unsigned Longest = 17;

void run(tb::Bench<V> &bench, tb::Random &random, unsigned cycles)
{
    std::deque<uint16_t> history;
    for (unsigned i = 0; i < cycles; i++) {
        bench->data_i = uint16_t(random.next() >> 30);
        history.push_front(bench->data_i);
        bench.tick();
        for (unsigned delay = 1; delay <= Longest && delay <= history.size(); delay++) {
            unsigned bit = 16 * (delay - 1);
            TB_CHECK(uint16_t(bench->data_o[bit / 32] >> bit % 32) == history[delay - 1]);
        }
    }
}

} // namespace

int main()
{
    tb::Bench<V> bench;
    tb::Random random(tb::seed());
    bench->data_i = 0;
    for (unsigned round = 0; round < 50; round++) {
        bench.reset();
        run(bench, random, 20 + random.below(100));
    }
    tb::pass("delays of 1 to 17 cycles");
    return 0;
}
