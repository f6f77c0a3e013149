/* SPDX-License-Identifier: Apache-2.0 */
/* snap_cdc_handshake: every word that the sender offers is taken once, while the sender still holds
 * it, however the clocks and the receiver's patience lie. */
#include HEADER

#include "tb.h"

static constexpr uint64_t Words = 5000;

static void run(uint64_t src_period, uint64_t dst_period, unsigned patience)
{
    VerilatedContext context;
    context.randReset(2);
    V dut(&context);
    tb::Random random(tb::seed());
    dut.src_clk_i = dut.dst_clk_i = dut.src_rst_ni = dut.dst_rst_ni = 0;
    dut.src_valid_i = dut.dst_ready_i = 0;
    dut.eval();
    dut.src_clk_i = dut.dst_clk_i = 1;
    dut.eval();
    dut.src_clk_i = dut.dst_clk_i = 0;
    dut.eval();
    dut.src_rst_ni = dut.dst_rst_ni = 1;
    dut.eval();
    uint64_t src_next = 1000, dst_next = 1700, offered = 0, returned = 0, taken = 0, edges = 0;
    while (returned < Words) {
        TB_CHECK(++edges < 2000 * Words);
        bool src = src_next <= dst_next, dst = dst_next <= src_next;
        bool ready = dut.src_ready_o, valid = dut.dst_valid_o;
        dut.src_clk_i = src;
        dut.dst_clk_i = dst;
        dut.eval();
        if (dst) {
            dst_next += dst_period;
            if (valid && dut.dst_ready_i) {
                TB_CHECK(offered == taken + 1 &&
                         returned == taken); /* held, and not taken before */
                taken++;
            }
            dut.dst_ready_i = random.below(patience) == 0;
        }
        if (src) {
            src_next += src_period;
            if (ready) {
                TB_CHECK(dut.src_valid_i && taken == offered);
                returned++;
            }
            if (!dut.src_valid_i || ready) {
                dut.src_valid_i = random.below(3) == 0;
                offered += dut.src_valid_i;
            }
        }
        dut.src_clk_i = dut.dst_clk_i = 0;
        dut.eval();
    }
    TB_CHECK(taken == Words || taken == Words + 1);
    dut.final();
}

int main()
{
    run(4000, 4000, 1);
    run(4000, 10007, 1);
    run(10007, 4000, 3);
    run(4000, 41000, 20);
    tb::pass("handshake across clocks");
    return 0;
}
