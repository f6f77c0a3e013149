// SPDX-License-Identifier: Apache-2.0
// snap_hash_engine without Merkle roots, against OpenSSL: messages of both functions, mixed.
// SM3_ROUND_CYCLES is 1 or 2.
#include HEADER

#include "engine.h"
#include "snapcard_abi.h"

using tb::HashJob;

namespace
{

tb::Random random_source(tb::seed());

HashJob message(bool sm3, size_t bytes)
{
    return {sm3 ? SNAP_OP_SM3 : SNAP_OP_SHA256, random_source.bytes(bytes)};
}

void mixed(tb::HashEngine<V> &engine)
{
    for (const tb::HashGaps &gap : tb::hash_gaps) {
        engine.set_gaps(gap.in, gap.out);
        std::vector<HashJob> jobs;
        for (size_t bytes = 0; bytes <= 200; bytes++) {
            jobs.push_back(message(random_source.chance(50), bytes));
            size_t words = 1 + (bytes + 15) / 16;
            if (random_source.chance(20))
                jobs.back().error_word = long(random_source.below(uint32_t(words)));
        }
        engine.check(jobs);
    }
    tb::pass("messages of 0 to 200 bytes, either function, gaps, back-pressure, wrong words");
}

void cycles_exact(tb::HashEngine<V> &engine)
{
    engine.set_gaps(0, 0);
    for (bool sm3 : {false, true}) {
        uint32_t shorter = engine.check({message(sm3, 4096)})[0].cycles;
        uint32_t longer = engine.check({message(sm3, 8192)})[0].cycles;
        TB_CHECK(longer - shorter == (sm3 ? 64 * SM3_ROUND_CYCLES + 1 : 65) * 4096 / 64);
    }
    tb::pass("cycles a block of either function");
}

} // namespace

int main()
{
    tb::HashEngine<V> engine(random_source);
    mixed(engine);
    cycles_exact(engine);
    return 0;
}
