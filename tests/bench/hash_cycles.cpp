// SPDX-License-Identifier: Apache-2.0
// Cycles a block of a hash engine whose words never run out. SM3 is 0 or 1, as the parameter of the
// module.
#include HEADER

#include "engine.h"
#include "figure.h"
#include "snapcard_abi.h"

namespace
{

const std::string kind = SM3 ? "sm3" : "sha256";
const std::string program = "build/bench/hash_cycles_" + kind;

uint64_t job_cycles(tb::HashEngine<V> &engine, unsigned opcode, size_t bytes)
{
    tb::HashJob job = {opcode, reference::Bytes(bytes, 0x5A)};
    engine.push(job);
    tb::HashResult result = engine.run(1, 10 * bytes + 10000)[0];
    TB_CHECK(!result.error && result.digest == reference::job(opcode, job.payload));
    TB_CHECK(result.cycles == result.measured);
    return result.measured;
}

// The difference of a long and a half as long job leaves the steady state: what both have in
// common, the start and the end, is gone.
double cycles_per_block(tb::HashEngine<V> &engine, unsigned opcode, double blocks_per_byte)
{
    const size_t bytes = SNAP_MESSAGE_BYTES_MAX;
    uint64_t cycles = job_cycles(engine, opcode, bytes) - job_cycles(engine, opcode, bytes / 2);
    return double(cycles) / (blocks_per_byte * double(bytes / 2));
}

void tree(tb::HashEngine<V> &engine, const std::string &name, unsigned opcode, int blocks_per_node)
{
    std::string blocks = std::to_string(blocks_per_node);
    print({"card." + name + ".cycles_per_block", "cycles", "lower",
           cycles_per_block(engine, opcode, blocks_per_node / 32.0), "66",
           "Engine cycles of a tree of 32,768 leaves less those of one of 16,384, over " + blocks +
               " blocks for each of the 16,384 nodes between; words never run out.",
           program});
}

} // namespace

int main()
{
    tb::Random random(tb::seed());
    tb::HashEngine<V> engine(random);
    print({"card." + kind + ".cycles_per_block", "cycles", "lower",
           cycles_per_block(engine, SM3 ? SNAP_OP_SM3 : SNAP_OP_SHA256, 1 / 64.0), "66",
           "Engine cycles of a message of 1 MiB less those of one of 512 KiB, over the 8,192 "
           "blocks of 64 "
           "bytes between; words never run out.",
           program});
    if (SM3) {
        tree(engine, "merkle_sm3", SNAP_OP_MERKLE_SM3, 2);
    } else {
        tree(engine, "merkle_sha256", SNAP_OP_MERKLE_SHA256, 2);
        tree(engine, "merkle_sha256d", SNAP_OP_MERKLE_SHA256D, 3);
    }
    return 0;
}
