/* SPDX-License-Identifier: Apache-2.0 */
/* snap_ram_1r1w, with and without output register: latency, words that stay until the next read,
 * nothing promised about the word that is being written. */
#include HEADER

#include "tb.h"

constexpr unsigned DEPTH = 13;

struct Word {
    bool known = false; /* written, and not in the cycle in which it was read */
    uint32_t value = 0;
};

int main()
{
    tb::Bench<V> bench;
    tb::Random random(tb::seed());
    bench->clk_i = 0; /* it has no reset, which would do this: the first edge must be one */
    bench.settle();
    Word memory[DEPTH], word, reg;
    bool read_before = false;
    unsigned checked = 0, collisions = 0, held = 0;
    for (unsigned i = 0; i < 100000; i++) {
        bench->we_i = random.chance(40);
        bench->re_i = random.chance(i / 1000 % 2 ? 100 : 40);
        bench->waddr_i = uint8_t(random.below(DEPTH));
        bench->raddr_i = uint8_t(random.below(DEPTH));
        bench->wdata_i = uint32_t(random.next());
        if (read_before)
            reg = word;
        read_before = bench->re_i;
        if (bench->re_i) {
            word = memory[bench->raddr_i];
            if (bench->we_i && bench->waddr_i == bench->raddr_i) {
                word.known = false;
                collisions++;
            }
        } else {
            held++;
        }
        if (bench->we_i)
            memory[bench->waddr_i] = {true, bench->wdata_i};
        bench.tick();
        if (word.known) {
            TB_CHECK(bench->generic_o == word.value && bench->ecp5_o == word.value);
            checked++;
        }
        if (reg.known)
            TB_CHECK(bench->generic_reg_o == reg.value && bench->ecp5_reg_o == reg.value);
    }
    TB_CHECK(checked > 50000 && collisions > 1000 && held > 10000);
    tb::pass("memory with one read and one write port");
    return 0;
}
