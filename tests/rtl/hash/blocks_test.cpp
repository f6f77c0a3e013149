// SPDX-License-Identifier: Apache-2.0
// snap_hash_blocks by itself. The test is the buffer and the core behind it: it takes each block
// when a core would, invents the digests, and compares every beat with what the standards' padding
// and the tree, written down recursively, say. SM3 is 0 or 1.
#include HEADER

#include <array>
#include <cstring>
#include <deque>
#include <vector>

#include "snapcard_abi.h"
#include "tb.h"

namespace
{

constexpr unsigned MESSAGE = SM3 ? SNAP_OP_SM3 : SNAP_OP_SHA256;
constexpr unsigned NODE = SM3 ? SNAP_OP_MERKLE_SM3 : SNAP_OP_MERKLE_SHA256;
constexpr unsigned BUFFER_BEATS = 8, BEAT_CYCLES = 4, OVERLAP_CYCLES = 2;
/* SM3's core takes the first beat at once, SHA-256's word by word. */
constexpr unsigned FIRST_BEAT_CYCLES = SM3 ? 0 : 3;

using Bytes = std::vector<uint8_t>;
using Digest = std::array<uint8_t, 32>;

tb::Random random_source(tb::seed());

Digest random_digest()
{
    Digest digest;
    for (uint8_t &byte : digest)
        byte = uint8_t(random_source.next() >> 32);
    return digest;
}

struct Block {
    Bytes bytes;                       /* 64 */
    bool first = false;                /* starts from the initial value */
    bool final = false;                /* its chaining value is a digest: */
    bool result = false;               /* of the job */
    bool stored = false;               /* that waits for its right sibling */
    unsigned level = 0;                /* where */
    Digest chaining = random_digest(); /* what the core makes of it */
};

struct Job {
    unsigned opcode;
    Bytes payload;
    long error_word = -1;
};

/* What must come of a job: its blocks, or at once the root. */
class Expected
{
  public:
    explicit Expected(const Job &job) : job_(job), leaves_(job.payload.size() / 32)
    {
        if (job.opcode == MESSAGE) {
            message(job.payload, false);
        } else if (leaves_ > 1) {
            unsigned top = 0;
            while (nodes(top) > 1)
                top++;
            node(top, 0);
        }
        if (!blocks.empty())
            blocks.back().result = true;
    }

    std::deque<Block> blocks;

  private:
    /* A message's blocks, padded; gives the digest. */
    Digest message(Bytes text, bool one_block_hint)
    {
        uint64_t bits = text.size() * 8;
        text.push_back(0x80);
        while (text.size() % 64 != 56)
            text.push_back(0);
        for (int shift = 56; shift >= 0; shift -= 8)
            text.push_back(uint8_t(bits >> shift));
        TB_CHECK(!one_block_hint || text.size() == 64);
        for (size_t at = 0; at < text.size(); at += 64) {
            Block block;
            block.bytes.assign(text.begin() + long(at), text.begin() + long(at) + 64);
            block.first = at == 0;
            block.final = at + 64 == text.size();
            blocks.push_back(block);
        }
        return blocks.back().chaining;
    }

    size_t nodes(unsigned level) const
    {
        size_t count = leaves_;
        for (unsigned i = 0; i < level; i++)
            count = (count + 1) / 2;
        return count;
    }

    Digest node(unsigned level, size_t index)
    {
        Digest digest;
        if (level == 0) {
            std::memcpy(digest.data(), &job_.payload[32 * index], 32);
            return digest;
        }
        Digest left = node(level - 1, 2 * index);
        bool alone = 2 * index + 1 == nodes(level - 1);
        /* The left one waits while other nodes are hashed. */
        if (level > 1 && !alone) {
            blocks.back().stored = true;
            blocks.back().level = level - 1;
        }
        Digest right = alone ? left : node(level - 1, 2 * index + 1);
        Bytes both(left.begin(), left.end());
        both.insert(both.end(), right.begin(), right.end());
        digest = message(both, false);
        if (job_.opcode == SNAP_OP_MERKLE_SHA256D)
            digest = message(Bytes(digest.begin(), digest.end()), true);
        return digest;
    }

    const Job &job_;
    size_t leaves_;
};

class Blocks
{
  public:
    Blocks()
    {
        bench_->in_valid_i = bench_->job_ready_i = bench_->beat_ready_i = 0;
        bench_->digest_done_i = bench_->store_i = bench_->root_ready_i = 0;
        bench_.reset();
    }

    /* Percent of the cycles without a word, and in which a block, a job or a root is kept waiting.
     */
    void run(const Job &job, unsigned in_gap, unsigned hold)
    {
        job_ = &job;
        Expected expected(job);
        awaited_ = expected.blocks;
        size_t words = 1 + (job.payload.size() + 15) / 16;
        bool root = job.opcode != MESSAGE && job.payload.size() == 32;
        bool root_seen = false;
        word_ = 0;
        uint64_t limit = bench_.cycles() + 500 + (words + 4 * awaited_.size()) * 1000;
        while (word_ < words || !awaited_.empty() || root_seen != root) { /* the core may lag */
            TB_CHECK(bench_.cycles() < limit);
            offer(words, in_gap);
            bench_->job_ready_i = !random_source.chance(hold);
            bench_->root_ready_i = !random_source.chance(hold);
            drive_core();
            bench_.settle();
            TB_CHECK(!bench_->root_valid_o || (root && word_ == words && !root_seen));
            if (bench_->root_valid_o && bench_->root_ready_i) {
                check_root(job);
                root_seen = true;
            }
            TB_CHECK(bench_->job_start_o ==
                     (bench_->in_valid_i && bench_->in_ready_o && word_ == 0));
            word_ += bench_->in_valid_i && bench_->in_ready_o;
            take_beat();
            step_core(hold);
            bench_.tick();
        }
        bench_->in_valid_i = 0;
        jobs++;
    }

    unsigned jobs = 0;
    uint64_t blocks = 0, stored = 0, early = 0;

  private:
    struct Work { /* a block that the core has begun */
        Block block;
        uint64_t begun, done_at;
        unsigned taken; /* beats */
    };

    void offer(size_t words, unsigned gap)
    {
        if (!offered_ || word_ != offered_word_) {
            offered_ = word_ < words && !random_source.chance(gap);
            offered_word_ = word_;
        }
        bench_->in_valid_i = offered_;
        Bytes bytes = random_source.bytes(16); /* what is not payload may be anything */
        if (offered_ && word_ == 0) {
            uint32_t length = uint32_t(job_->payload.size());
            bytes[0] = uint8_t(job_->opcode);
            std::memcpy(&bytes[4], &length, 4);
        } else if (offered_) {
            size_t at = 16 * (word_ - 1), left = job_->payload.size() - at;
            std::memcpy(bytes.data(), &job_->payload[at], left < 16 ? left : 16);
        }
        for (unsigned i = 0; i < 4; i++)
            std::memcpy(&bench_->in_data_i[i], &bytes[4 * i], 4);
        bench_->in_last_i = offered_ ? word_ + 1 == words : random_source.chance(50);
        bench_->in_error_i = offered_ ? long(word_) == job_->error_word : random_source.chance(50);
    }

    static void put(Digest digest, uint32_t *wide)
    {
        for (unsigned i = 0; i < 32; i++)
            wide[7 - i / 4] = wide[7 - i / 4] << 8 | digest[i];
    }

    void drive_core()
    {
        bench_->beat_ready_i = filled_ < BUFFER_BEATS;
        bool done = !work_.empty() && work_.front().done_at == bench_.cycles();
        bench_->digest_done_i = done && work_.front().block.final;
        bench_->store_i = done && work_.front().block.stored;
        bench_->store_level_i = uint8_t(work_.empty() ? 0 : work_.front().block.level);
        if (done)
            put(work_.front().block.chaining, &bench_->digest_i[0]);
    }

    void check_root(const Job &job)
    {
        for (unsigned i = 0; i < 32; i++)
            TB_CHECK(job.payload[i] == uint8_t(bench_->root_o[7 - i / 4] >> (24 - 8 * (i % 4))));
        TB_CHECK(bench_->root_error_o == (job.error_word >= 0));
    }

    void take_beat()
    {
        if (!bench_->beat_valid_o || !bench_->beat_ready_i)
            return;
        TB_CHECK(!awaited_.empty());
        const Block &block = awaited_.front();
        for (unsigned i = 0; i < 16; i++)
            TB_CHECK(block.bytes[16 * beat_ + i] ==
                     uint8_t(bench_->beat_data_o[3 - i / 4] >> (24 - 8 * (i % 4))));
        TB_CHECK(beat_ != 0 || bench_->beat_first_o == block.first);
        if (bench_->beat_commit_o) {
            TB_CHECK(!committed_);
            committed_ = true;
            early += beat_ < 3;
            ready_.push_back(block);
        }
        filled_++;
        beat_ = (beat_ + 1) % 4;
        if (beat_ != 0)
            return;
        TB_CHECK(committed_);
        committed_ = false;
        TB_CHECK(bench_->beat_final_o == block.final && bench_->beat_result_o == block.result);
        TB_CHECK(bench_->beat_store_o == block.stored);
        TB_CHECK(!block.stored || bench_->beat_level_o == block.level);
        if (block.result)
            TB_CHECK(bench_->beat_error_o == (job_->error_word >= 0));
        blocks++;
        stored += block.stored;
        awaited_.pop_front();
    }

    /* The core: one block after the other, the next begins just before the last is done; then a
     * beat every four cycles, come what may. */
    void step_core(unsigned hold)
    {
        uint64_t now = bench_.cycles();
        if (!work_.empty() && work_.front().done_at == now)
            work_.pop_front();
        bool free =
            work_.empty() || (work_.size() == 1 && work_.front().done_at <= now + OVERLAP_CYCLES);
        if (free && !ready_.empty() && !random_source.chance(hold)) {
            work_.push_back({ready_.front(), now, now + 20 + random_source.below(60), 0});
            ready_.pop_front();
        }
        for (Work &work : work_) {
            if (work.taken < 4 &&
                now == work.begun + FIRST_BEAT_CYCLES + BEAT_CYCLES * work.taken) {
                TB_CHECK(filled_ != 0); /* the promise of the commit */
                filled_--;
                work.taken++;
            }
        }
    }

    tb::Bench<V> bench_;
    const Job *job_ = nullptr;
    size_t word_ = 0, offered_word_ = 0;
    bool offered_ = false, committed_ = false;
    std::deque<Block> awaited_, ready_; /* not yet complete; committed and not begun */
    std::deque<Work> work_;
    unsigned filled_ = 0, beat_ = 0; /* beats in the buffer; next of the block that comes */
};

Job random_job(unsigned opcode, size_t bytes)
{
    Job job{opcode, random_source.bytes(bytes)};
    if (random_source.chance(10))
        job.error_word = long(random_source.below(uint32_t(1 + (bytes + 15) / 16)));
    return job;
}

} // namespace

int main()
{
    Blocks blocks;
    for (size_t bytes = 0; bytes <= 200; bytes++)
        blocks.run(random_job(MESSAGE, bytes), 0, 0);
    for (unsigned gap : {30, 90})
        for (unsigned i = 0; i < 50; i++)
            blocks.run(random_job(MESSAGE, random_source.below(1000)), gap, gap);
    tb::pass("messages: padding of every length, gaps and back-pressure");
    for (unsigned opcode : {NODE, unsigned(SNAP_OP_MERKLE_SHA256D)}) {
        if (SM3 && opcode != NODE)
            continue;
        for (size_t leaves = 1; leaves <= 70; leaves++)
            blocks.run(random_job(opcode, 32 * leaves), 0, 0);
        for (unsigned gap : {30, 90})
            for (unsigned i = 0; i < 20; i++)
                blocks.run(random_job(opcode, 32 * (1 + random_source.below(150))), gap, gap);
        blocks.run(random_job(opcode, 32 * 2049), 0, 0);
    }
    TB_CHECK(blocks.stored > 1000 && blocks.early > 1000);
    tb::pass("trees of every shape, gaps and back-pressure");
    std::printf("# %u jobs, %llu blocks\n", blocks.jobs, (unsigned long long)blocks.blocks);
    return 0;
}
