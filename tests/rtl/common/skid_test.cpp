/* SPDX-License-Identifier: Apache-2.0 */
/* snap_skid: order, no loss, a word a cycle, and no combinational path from one side to the other.
 */
#include <deque>

#include HEADER

#include "tb.h"

static void check_registered(tb::Bench<V> &bench)
{
    bool valid = bench->valid_o, ready = bench->ready_o;
    bench->valid_i = !bench->valid_i;
    bench->ready_i = !bench->ready_i;
    bench.settle();
    TB_CHECK(bench->valid_o == valid && bench->ready_o == ready);
    bench->valid_i = !bench->valid_i;
    bench->ready_i = !bench->ready_i;
    bench.settle();
}

int main()
{
    tb::Bench<V> bench;
    tb::Random random(tb::seed());
    bench->valid_i = bench->ready_i = 0;
    bench.reset();
    std::deque<uint32_t> model;
    unsigned streamed = 0;
    for (unsigned i = 0; i < 100000; i++) {
        bool stream = i / 1000 % 4 == 3; /* both sides willing all the time */
        bench->valid_i = stream || random.chance(60);
        bench->ready_i = stream || random.chance(50);
        bench->data_i = uint8_t(random.next());
        bench.settle();
        check_registered(bench);
        TB_CHECK(bench->valid_o == !model.empty());
        TB_CHECK(model.empty() || bench->data_o == model.front());
        TB_CHECK(bench->ready_o == (model.size() < 2));
        bool push = bench->valid_i && bench->ready_o;
        if (bench->valid_o && bench->ready_i) {
            model.pop_front();
            streamed += stream;
        }
        if (push)
            model.push_back(bench->data_i);
        bench.tick();
    }
    TB_CHECK(streamed >= 25 * 998);
    tb::pass("skid buffer");
    return 0;
}
