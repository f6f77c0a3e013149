/* SPDX-License-Identifier: Apache-2.0 */
/* snap_arbiter_rr: one grant, steady until used, nobody waits for more than N-1 others. */
#include HEADER

#include "tb.h"

int main()
{
    tb::Bench<V> bench;
    tb::Random random(tb::seed());
    bench->req_i = 0;
    bench->advance_i = 0;
    bench.reset();
    unsigned waits[COUNT] = {}, longest = 0, held = 0;
    bool offered = false;
    for (unsigned i = 0; i < 200000; i++) {
        bench->req_i =
            uint8_t((bench->req_i | random.next()) &
                    ~(random.next() & random.next() & random.next()) & ((1u << COUNT) - 1));
        bench->advance_i = random.chance(i / 1000 % 2 ? 100 : 30);
        bench.settle();
        unsigned grant = bench->grant_o;
        TB_CHECK((grant & (grant - 1)) == 0 && (grant & ~bench->req_i) == 0);
        TB_CHECK((grant == 0) == (bench->req_i == 0));
        TB_CHECK(grant == 0 ? bench->grant_idx_o == 0 : grant == 1u << bench->grant_idx_o);
        if (offered && (bench->req_i >> held & 1))
            TB_CHECK(grant == 1u << held);
        for (unsigned n = 0; n < COUNT; n++) {
            if (!(bench->req_i >> n & 1) || (grant >> n & 1))
                waits[n] = 0;
            else if (bench->advance_i)
                waits[n]++;
            longest = waits[n] > longest ? waits[n] : longest;
        }
        TB_CHECK(longest <= COUNT - 1);
        offered = grant && !bench->advance_i;
        held = bench->grant_idx_o;
        bench.tick();
    }
    TB_CHECK(longest == COUNT - 1);
    tb::pass("round-robin arbiter");
    return 0;
}
