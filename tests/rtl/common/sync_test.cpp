/* SPDX-License-Identifier: Apache-2.0 */
/* snap_sync: two edges late, whatever comes, and its reset value at once. snap_reset_sync: falls
 * without a clock, rises with the second edge. */
#include HEADER

#include "tb.h"

int main()
{
    tb::Bench<V> bench;
    tb::Random random(tb::seed());
    unsigned resets = 0, releases = 0;
    bench->d_i = 0;
    bench.reset();
    for (unsigned round = 0; round < 2000; round++) {
        bench->d_i = uint8_t(random.below(8));
        bench->rst_ni = 0;
        bench.settle(); /* between two edges */
        TB_CHECK(bench->q_o == 0 && bench->q5_o == 5 && !bench->rst_no);
        for (unsigned i = random.below(4); i > 0; i--) {
            bench.tick();
            TB_CHECK(bench->q_o == 0 && bench->q5_o == 5 && !bench->rst_no);
        }
        resets++;
        bench->rst_ni = 1;
        bench.settle();
        TB_CHECK(bench->q_o == 0 && bench->q5_o == 5 && !bench->rst_no);
        uint8_t on_its_way = 0, on_its_way5 = 5;
        unsigned cycles = random.below(20);
        for (unsigned i = 1; i <= cycles; i++) {
            uint8_t expected = on_its_way, expected5 = on_its_way5;
            bench->d_i = on_its_way = on_its_way5 = uint8_t(random.below(8));
            bench.settle();
            bench.tick();
            TB_CHECK(bench->q_o == expected && bench->q5_o == expected5);
            TB_CHECK(bench->rst_no == (i >= 2));
            releases += i == 2;
        }
    }
    TB_CHECK(resets == 2000 && releases > 1000);
    tb::pass("synchronisers of words and resets");
    return 0;
}
