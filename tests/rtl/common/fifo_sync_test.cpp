/* SPDX-License-Identifier: Apache-2.0 */
/* snap_fifo_sync against a queue, filled and emptied at changing rates, with a reset in between. */
#include <deque>

#include HEADER

#include "tb.h"

int main()
{
    tb::Bench<V> bench;
    tb::Random random(tb::seed());
    bench->wvalid_i = bench->rready_i = 0;
    bench.reset();
    std::deque<uint32_t> model;
    unsigned full = 0, empty = 0, passed = 0;
    for (unsigned i = 0; i < 200000; i++) {
        unsigned write_percent = i / 500 % 3 * 50, read_percent = i / 1500 % 3 * 50;
        bench->wvalid_i = random.chance(write_percent);
        bench->rready_i = random.chance(read_percent);
        bench->wdata_i = uint32_t(random.next());
        bench.settle();
        TB_CHECK(bench->level_o == model.size());
        TB_CHECK(bench->wready_o == (model.size() < DEPTH));
        TB_CHECK(bench->rvalid_o == !model.empty());
        TB_CHECK(model.empty() || bench->rdata_o == model.front());
        full += model.size() == DEPTH;
        empty += model.empty();
        bool push = bench->wvalid_i && bench->wready_o;
        if (bench->rvalid_o && bench->rready_i) {
            model.pop_front();
            passed++;
        }
        if (push)
            model.push_back(bench->wdata_i);
        bench.tick();
        if (i % 50000 == 49999) {
            bench.reset();
            model.clear();
        }
    }
    TB_CHECK(full > 1000 && empty > 1000 && passed > 10000);
    tb::pass("synchronous FIFO");
    return 0;
}
