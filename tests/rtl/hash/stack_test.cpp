// SPDX-License-Identifier: Apache-2.0
// snap_merkle_stack against an array: digests at any level, leaves by halves at level 0, reads at
// once.
#include HEADER

#include <array>

#include "tb.h"

using Half = std::array<uint32_t, 4>;

static tb::Random random_source(tb::seed());

static Half random_half()
{
    Half half;
    for (uint32_t &word : half)
        word = uint32_t(random_source.next());
    return half;
}

int main()
{
    tb::Bench<V> bench;
    bench->clk_i = 0; /* it has no reset, which would do this: the first edge must be one */
    bench->digest_write_i = bench->leaf_write_i = 0;
    bench.settle();
    Half nodes[16][2];
    bool known[16][2] = {};
    unsigned compared = 0;
    for (unsigned i = 0; i < 50000; i++) {
        Half first = random_half(), second = random_half(), leaf = random_half();
        bool digest = random_source.chance(40), leaf_write = !digest && random_source.chance(50);
        bench->digest_write_i = digest;
        bench->leaf_write_i = leaf_write;
        bench->digest_level_i = uint8_t(random_source.below(16));
        bench->leaf_half_i = random_source.chance(50);
        bench->level_i = uint8_t(random_source.below(random_source.chance(50) ? 2 : 16));
        for (unsigned word = 0; word < 4; word++) { /* the first byte is the topmost */
            bench->digest_i[7 - word] = first[word];
            bench->digest_i[3 - word] = second[word];
            bench->leaf_i[3 - word] = leaf[word];
        }
        bench.settle();
        for (unsigned half = 0; half < 2; half++) {
            if (!known[bench->level_i][half])
                continue;
            for (unsigned word = 0; word < 4; word++)
                TB_CHECK(bench->node_o[7 - 4 * half - word] == nodes[bench->level_i][half][word]);
            compared++;
        }
        if (digest) {
            nodes[bench->digest_level_i][0] = first;
            nodes[bench->digest_level_i][1] = second;
            known[bench->digest_level_i][0] = known[bench->digest_level_i][1] = true;
        } else if (leaf_write) {
            nodes[0][bench->leaf_half_i] = leaf;
            known[0][bench->leaf_half_i] = true;
        }
        bench.tick();
    }
    TB_CHECK(compared > 90000);
    tb::pass("stack of Merkle nodes");
    return 0;
}
