/* SPDX-License-Identifier: Apache-2.0 */
/* snap_fifo_async with clocks of unrelated periods (in ps, with jitter): order, no loss, honest
 * free count, and a throughput near that of the slower side. */
#include <deque>

#include HEADER

#include "tb.h"

struct Side {
    uint64_t period_ps, next_ps;
};

static void run(uint64_t write_period_ps, uint64_t read_period_ps, unsigned percent)
{
    VerilatedContext context;
    context.randReset(2);
    V dut(&context);
    tb::Random random(tb::seed());
    dut.wclk_i = dut.rclk_i = dut.wvalid_i = dut.rready_i = 0;
    dut.wrst_ni = dut.rrst_ni = 0;
    dut.eval();
    dut.wclk_i = dut.rclk_i =
        1; /* an edge in reset: without one the simulator sees no reset at all */
    dut.eval();
    dut.wclk_i = dut.rclk_i = 0;
    dut.eval();
    dut.wrst_ni = dut.rrst_ni = 1;
    dut.eval();
    Side write{write_period_ps, 1000}, read{read_period_ps, 1700};
    std::deque<uint32_t> model;
    uint64_t passed = 0, write_edges = 0, read_edges = 0;
    while (passed < 20000) {
        bool is_write = write.next_ps <= read.next_ps;
        bool both = write.next_ps == read.next_ps;
        TB_CHECK(model.size() <= DEPTH && dut.wfree_o <= DEPTH - model.size());
        TB_CHECK(!dut.rvalid_o || !model.empty());
        TB_CHECK(dut.wready_o == (dut.wfree_o != 0));
        bool pop = (!is_write || both) && dut.rvalid_o && dut.rready_i;
        bool push = is_write && dut.wvalid_i && dut.wready_o;
        if (pop) {
            TB_CHECK(dut.rdata_o == model.front());
            model.pop_front();
            passed++;
        }
        if (push)
            model.push_back(dut.wdata_i);
        dut.wclk_i = is_write;
        dut.rclk_i = !is_write || both;
        dut.eval();
        if (is_write) {
            write_edges++;
            write.next_ps += write.period_ps - 20 + random.below(41);
            dut.wvalid_i = random.chance(percent);
            dut.wdata_i = uint32_t(random.next());
        }
        if (!is_write || both) {
            read_edges++;
            read.next_ps += read.period_ps - 20 + random.below(41);
            dut.rready_i = random.chance(percent);
        }
        dut.wclk_i = dut.rclk_i = 0;
        dut.eval();
    }
    dut.final();
    uint64_t slower = write_edges < read_edges ? write_edges : read_edges;
    if (percent == 100)
        TB_CHECK(passed * 100 >= slower * 97);
}

int main()
{
    static const uint64_t periods[][2] = {{4000, 4000},  {4000, 4013},  {4000, 10007},
                                          {10007, 4000}, {4000, 41000}, {41000, 4000},
                                          {5000, 7300}};
    for (auto &pair : periods) {
        run(pair[0], pair[1], 50);
        run(pair[0], pair[1], 100);
    }
    tb::pass("asynchronous FIFO, seven pairs of clocks");
    return 0;
}
