/* SPDX-License-Identifier: Apache-2.0 */
/* snap_cdc_word copies a counter: what arrives never goes back and is never older than a round
 * trip. */
#include HEADER

#include "tb.h"

static void run(uint64_t src_period, uint64_t dst_period)
{
    VerilatedContext context;
    context.randReset(2);
    V dut(&context);
    dut.src_clk_i = dut.dst_clk_i = dut.src_rst_ni = dut.dst_rst_ni = 0;
    dut.src_data_i = 0;
    dut.eval();
    dut.src_clk_i = dut.dst_clk_i =
        1; /* an edge in reset: without one the simulator sees no reset at all */
    dut.eval();
    dut.src_clk_i = dut.dst_clk_i = 0;
    dut.eval();
    dut.src_rst_ni = dut.dst_rst_ni = 1;
    dut.eval();
    uint64_t src_next = 1000, dst_next = 1700, count = 0, last = 0, copies = 0;
    /* A round trip: request and acknowledge, two flops and an edge each, and once more for the next
     * word. */
    uint64_t oldest = 8 + 8 * dst_period / src_period;
    while (count < 20000) {
        bool src = src_next <= dst_next, dst = dst_next <= src_next;
        dut.src_clk_i = src;
        dut.dst_clk_i = dst;
        dut.eval();
        if (src) {
            src_next += src_period;
            dut.src_data_i = ++count * 0x100000001u;
        }
        if (dst)
            dst_next += dst_period;
        dut.src_clk_i = dut.dst_clk_i = 0;
        dut.eval();
        uint64_t value = dut.dst_data_o & 0xFFFFFFFFu;
        TB_CHECK(dut.dst_data_o == value * 0x100000001u); /* one value, not a mix */
        TB_CHECK(value >= last && value <= count && value + oldest >= count);
        copies += value != last;
        last = value;
    }
    TB_CHECK(copies > 100);
    dut.final();
}

int main()
{
    run(4000, 4000);
    run(4000, 10007);
    run(10007, 4000);
    run(4000, 41000);
    tb::pass("word across clocks");
    return 0;
}
