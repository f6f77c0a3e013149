// SPDX-License-Identifier: Apache-2.0
// snap_hash_engine without Merkle roots, against OpenSSL: messages of both functions, mixed.
#include HEADER

#include "engine.h"
#include "snapcard_abi.h"

using tb::HashJob;
using tb::HashResult;

namespace
{

tb::Random random_source(tb::seed());

HashJob message(bool sm3, size_t bytes)
{
    HashJob job = {sm3 ? SNAP_OP_SM3 : SNAP_OP_SHA256, reference::Bytes(bytes)};
    for (uint8_t &byte : job.payload)
        byte = uint8_t(random_source.next() >> 32);
    return job;
}

std::vector<HashResult> check(tb::HashEngine<V> &engine, const std::vector<HashJob> &jobs)
{
    uint64_t bytes = 0;
    for (const HashJob &job : jobs) {
        bytes += job.payload.size() + 64;
        engine.push(job);
    }
    std::vector<HashResult> results = engine.run(jobs.size(), 10000 + bytes * 40);
    for (size_t i = 0; i < jobs.size(); i++) {
        TB_CHECK(results[i].error == (jobs[i].error_word >= 0));
        TB_CHECK(results[i].cycles == results[i].measured);
        if (!results[i].error)
            TB_CHECK(results[i].digest == reference::job(jobs[i].opcode, jobs[i].payload));
    }
    TB_CHECK(engine.words_left() == 0);
    return results;
}

void mixed(tb::HashEngine<V> &engine)
{
    static const struct {
        unsigned in, out;
    } gaps[] = {{0, 0}, {50, 0}, {0, 97}, {97, 0}, {30, 99}, {90, 90}};
    for (const auto &gap : gaps) {
        engine.set_gaps(gap.in, gap.out);
        std::vector<HashJob> jobs;
        for (size_t bytes = 0; bytes <= 200; bytes++) {
            jobs.push_back(message(random_source.chance(50), bytes));
            size_t words = 1 + (bytes + 15) / 16;
            if (random_source.chance(20))
                jobs.back().error_word = long(random_source.below(uint32_t(words)));
        }
        check(engine, jobs);
    }
    tb::pass("messages of 0 to 200 bytes, either function, gaps, back-pressure, wrong words");
}

void cycles_exact(tb::HashEngine<V> &engine)
{
    engine.set_gaps(0, 0);
    for (bool sm3 : {false, true}) {
        uint32_t shorter = check(engine, {message(sm3, 4096)})[0].cycles;
        uint32_t longer = check(engine, {message(sm3, 8192)})[0].cycles;
        TB_CHECK(longer - shorter == 65 * 4096 / 64);
    }
    tb::pass("65 cycles a block of either function");
}

} // namespace

int main()
{
    tb::HashEngine<V> engine(random_source);
    mixed(engine);
    cycles_exact(engine);
    return 0;
}
