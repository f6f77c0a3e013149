// SPDX-License-Identifier: Apache-2.0
// snap_hash_engine against OpenSSL. SM3 is 0 or 1, as the parameter of the module, ROUND_CYCLES 1
// or 2 (of SM3).
#include HEADER

#include "engine.h"
#include "snapcard_abi.h"

using reference::Bytes;
using reference::Digest;
using tb::hash_gaps;
using tb::HashGaps;
using tb::HashJob;
using tb::HashResult;

namespace
{

constexpr unsigned BLOCK_CYCLES = 64 * ROUND_CYCLES + 1;
const unsigned op_message = SM3 ? SNAP_OP_SM3 : SNAP_OP_SHA256;
const std::vector<unsigned> op_merkle =
    SM3 ? std::vector<unsigned>{SNAP_OP_MERKLE_SM3}
        : std::vector<unsigned>{SNAP_OP_MERKLE_SHA256, SNAP_OP_MERKLE_SHA256D};

tb::Random random_source(tb::seed());

HashJob random_job(size_t bytes_max)
{
    unsigned pick = random_source.below(uint32_t(1 + op_merkle.size()));
    size_t bytes = random_source.below(uint32_t(bytes_max + 1));
    if (pick == 0)
        return {op_message, random_source.bytes(bytes)};
    return {op_merkle[pick - 1], random_source.bytes(bytes / 32 * 32 + 32)};
}

void standard_vectors(tb::HashEngine<V> &engine)
{
    struct Vector {
        const char *message, *sha256,
            *sm3; /* FIPS 180-2, B.1 and B.2; GM/T 0004-2012, A.1 and A.2 */
    };
    static const Vector vectors[] = {
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
         "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1", nullptr},
        {"abcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcd", nullptr,
         "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"},
    };
    for (const Vector &vector : vectors) {
        const char *expected = SM3 ? vector.sm3 : vector.sha256;
        if (expected == nullptr)
            continue;
        engine.push({op_message, Bytes(vector.message, vector.message + strlen(vector.message))});
        Digest digest = engine.run(1, 1000)[0].digest;
        TB_CHECK(Bytes(digest.begin(), digest.end()) == reference::unhex(expected));
    }
    tb::pass("vectors of the standard");
}

void all_short_lengths(tb::HashEngine<V> &engine)
{
    for (const HashGaps &gap : hash_gaps) {
        engine.set_gaps(gap.in, gap.out);
        std::vector<HashJob> jobs;
        for (size_t bytes = 0; bytes <= 300; bytes++)
            jobs.push_back({op_message, random_source.bytes(bytes)});
        engine.check(jobs);
    }
    tb::pass("messages of 0 to 300 bytes, back to back, with gaps and back-pressure");
}

void merkle_sizes(tb::HashEngine<V> &engine)
{
    for (const HashGaps &gap : hash_gaps) {
        engine.set_gaps(gap.in, gap.out);
        std::vector<HashJob> jobs;
        for (unsigned opcode : op_merkle)
            for (size_t leaves = 1; leaves <= 70; leaves++)
                jobs.push_back({opcode, random_source.bytes(32 * leaves)});
        engine.check(jobs);
    }
    tb::pass("trees of 1 to 70 leaves, back to back, with gaps and back-pressure");
}

void mixed(tb::HashEngine<V> &engine)
{
    for (unsigned round = 0; round < 60; round++) {
        const HashGaps &gap = hash_gaps[round % std::size(hash_gaps)];
        engine.set_gaps(gap.in, gap.out);
        std::vector<HashJob> jobs;
        for (int i = 0; i < 20; i++) {
            HashJob job = random_job(random_source.chance(10) ? 2000 : 150);
            if (random_source.chance(30))
                job.error_word =
                    long(random_source.below(uint32_t(1 + (job.payload.size() + 15) / 16)));
            jobs.push_back(job);
        }
        engine.check(jobs);
    }
    tb::pass("messages and trees mixed, errors in any word, clean jobs behind them");
}

void error_everywhere(tb::HashEngine<V> &engine)
{
    engine.set_gaps(20, 20);
    for (size_t bytes : {0, 16, 55, 56, 63, 64, 128, 160, 200}) {
        for (long word = 0; word <= long((bytes + 15) / 16); word++) {
            HashJob bad = {op_message, random_source.bytes(bytes), word};
            HashJob good = {op_message, random_source.bytes(bytes)};
            engine.check({bad, good});
            if (bytes == 0 || bytes % 32 != 0)
                continue;
            bad.opcode = good.opcode = op_merkle.back();
            engine.check({bad, good});
        }
    }
    /* a tree of one leaf does not pass the core */
    engine.check(
        {{op_merkle[0], random_source.bytes(32), 2}, {op_merkle[0], random_source.bytes(32)}});
    tb::pass("an error in every word of a job, then a clean job");
}

void long_jobs(tb::HashEngine<V> &engine)
{
    engine.set_gaps(0, 0);
    std::vector<HashJob> jobs;
    for (int i = 0; i < 6; i++)
        jobs.push_back({op_message, random_source.bytes(random_source.below(65537))});
    engine.check(jobs);
    engine.check({{op_message, random_source.bytes(SNAP_MESSAGE_BYTES_MAX)}});
    tb::pass("messages up to 64 KiB and one of 1 MiB");
    for (unsigned opcode : op_merkle)
        engine.check({{opcode, random_source.bytes(SNAP_MESSAGE_BYTES_MAX)},
                      {opcode, random_source.bytes(SNAP_MESSAGE_BYTES_MAX / 2 + 32)}});
    tb::pass("trees of 32,768 and 16,385 leaves");
}

void bitcoin_block(tb::HashEngine<V> &engine)
{
    engine.set_gaps(5, 5);
    Bytes leaves = reference::bitcoin_leaves();
    TB_CHECK(leaves.size() == 1557 * 32);
    for (unsigned opcode : op_merkle)
        engine.check({{opcode, leaves}});
#if !SM3
    engine.push({SNAP_OP_MERKLE_SHA256D, leaves});
    Digest root = engine.run(1, 1000000)[0].digest;
    TB_CHECK(Bytes(root.begin(), root.end()) ==
             reference::unhex("05ce7daa2ab7853686a216e6e40415cfca390c23daff2eaaba16c89f640ca564"));
#endif
    tb::pass("the 1,557 transactions of Bitcoin block 413567");
}

uint64_t took(tb::HashEngine<V> &engine, unsigned opcode, size_t bytes)
{
    engine.push({opcode, random_source.bytes(bytes)});
    return engine.run(1, 1000000)[0].cycles;
}

/* What the engine promises about time, to the cycle. */
void cycles_exact(tb::HashEngine<V> &engine)
{
    engine.set_gaps(0, 0);
    TB_CHECK(took(engine, op_message, 8192) - took(engine, op_message, 4096) ==
             BLOCK_CYCLES * 4096 / 64);
    for (int i = 0; i < 10; i++) /* one block each */
        engine.push({op_message, random_source.bytes(50)});
    std::vector<HashResult> results = engine.run(10, 10000);
    for (size_t i = 2; i < 10; i++)
        TB_CHECK(results[i].valid_at - results[i - 1].valid_at == BLOCK_CYCLES);
    tb::pass("cycles a block, within a message and from job to job");
    for (unsigned opcode : op_merkle) { /* 64 nodes more */
        unsigned node =
            opcode == SNAP_OP_MERKLE_SHA256D ? 3 * (BLOCK_CYCLES + 1) : 2 * BLOCK_CYCLES;
        TB_CHECK(took(engine, opcode, 128 * 32) - took(engine, opcode, 64 * 32) == 64 * node);
    }
    tb::pass("as many a block of a tree, one more where nodes are hashed twice");
}

} // namespace

int main()
{
    tb::HashEngine<V> engine(random_source);
    standard_vectors(engine);
    cycles_exact(engine);
    all_short_lengths(engine);
    merkle_sizes(engine);
    error_everywhere(engine);
    mixed(engine);
    bitcoin_block(engine);
    long_jobs(engine);
    return 0;
}
