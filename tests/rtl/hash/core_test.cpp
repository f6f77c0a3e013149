// SPDX-License-Identifier: Apache-2.0
// The compression functions by themselves, against OpenSSL: padded messages in, chaining values
// out. The test is the buffer in front of the core and keeps its promise that a block's beats come
// in time, in some blocks only just. SM3 is 0 or 1, ROUND_CYCLES 1 or 2.
#include HEADER

#include <deque>

#include "reference.h"
#include "tb.h"

using reference::Bytes;
using reference::Digest;

namespace
{

constexpr uint64_t BLOCK_CYCLES = 64 * ROUND_CYCLES + 1;

tb::Random random_source(tb::seed());

struct Block {
    uint8_t bytes[64];
    bool first;
    uint8_t tag; /* bit 7: the chaining value behind it is the digest */
};

class Core
{
  public:
    Core()
    {
        bench_->block_valid_i = 0;
        bench_->hold_i = 0;
        bench_.reset();
    }

    void push(const Bytes &message)
    {
        Bytes padded = message;
        padded.push_back(0x80);
        while (padded.size() % 64 != 56)
            padded.push_back(0);
        for (int shift = 56; shift >= 0; shift -= 8)
            padded.push_back(uint8_t(uint64_t(message.size()) * 8 >> shift));
        for (size_t at = 0; at < padded.size(); at += 64) {
            Block block;
            std::copy_n(padded.begin() + long(at), 64, block.bytes);
            block.first = at == 0;
            block.tag = uint8_t(random_source.below(128) | (at + 64 == padded.size() ? 0x80 : 0));
            blocks_.push_back(block);
        }
        expected_.push_back(SM3 ? reference::sm3(message.data(), message.size())
                                : reference::sha256(message.data(), message.size()));
    }

    /* Works the blocks off; a waiting block is held back in `hold` percent of the cycles. */
    void run(unsigned hold)
    {
        uint64_t limit = bench_.cycles() + 100 + blocks_.size() * (BLOCK_CYCLES + 1 + 100 * hold);
        while (!expected_.empty()) {
            TB_CHECK(bench_.cycles() < limit);
            cycle(hold);
        }
        TB_CHECK(blocks_.empty() && !bench_->busy_o);
    }

    uint64_t between_digests() const
    {
        return between_digests_;
    }

  private:
    void cycle(unsigned hold)
    {
        bool busy_with_block = beat_ != 0 || loaded_;
        bool waiting = !blocks_.empty() && !busy_with_block;
        bench_->block_valid_i = waiting;
        bench_->hold_i = random_source.chance(hold);
        show_beat();
        bench_.settle();
        TB_CHECK(!bench_->load_o || (waiting && !bench_->hold_i));
        if (bench_->load_o) {
            loaded_ = true;
            tags_.push_back(blocks_.front().tag);
        }
        if (bench_->beat_next_o) {
            TB_CHECK(loaded_);
            beat_ = (beat_ + 1) % 4;
            if (beat_ == 0) {
                loaded_ = false;
                blocks_.pop_front();
            }
        }
        if (bench_->done_o)
            check_done();
        bench_.tick();
    }

    void show_beat()
    {
        for (int word = 0; word < 4; word++) {
            bench_->beat_i[3 - word] = uint32_t(random_source.next());
            if (blocks_.empty())
                continue;
            const uint8_t *bytes = &blocks_.front().bytes[16 * beat_ + 4 * word];
            bench_->beat_i[3 - word] = uint32_t(bytes[0]) << 24 | uint32_t(bytes[1]) << 16 |
                                       uint32_t(bytes[2]) << 8 | bytes[3];
        }
        /* first counts with the first beat only, the tag with the last */
        bench_->beat_first_i =
            beat_ == 0 && !blocks_.empty() ? blocks_.front().first : random_source.chance(50);
        bench_->beat_tag_i = beat_ == 3 ? blocks_.front().tag : uint8_t(random_source.next());
    }

    void check_done()
    {
        TB_CHECK(!tags_.empty() && bench_->tag_o == tags_.front());
        if (tags_.front() & 0x80) {
            TB_CHECK(!expected_.empty());
            for (int i = 0; i < 32; i++)
                TB_CHECK(expected_.front()[size_t(i)] ==
                         uint8_t(bench_->digest_o[7 - i / 4] >> (24 - 8 * (i % 4))));
            expected_.pop_front();
            between_digests_ = bench_.cycles() - last_digest_;
            last_digest_ = bench_.cycles();
        }
        tags_.pop_front();
    }

    tb::Bench<V> bench_;
    std::deque<Block> blocks_;
    std::deque<uint8_t> tags_;
    std::deque<Digest> expected_;
    unsigned beat_ = 0;
    bool loaded_ = false;
    uint64_t last_digest_ = 0, between_digests_ = 0;
};

} // namespace

int main()
{
    Core core;
    for (size_t bytes = 0; bytes <= 200; bytes++)
        core.push(random_source.bytes(bytes));
    core.run(0);
    tb::pass("messages of 0 to 200 bytes, back to back");
    for (unsigned hold : {10, 50, 99}) {
        for (int i = 0; i < 60; i++)
            core.push(random_source.bytes(random_source.below(1000)));
        core.run(hold);
    }
    tb::pass("random messages, blocks held back");
    core.push(random_source.bytes(3));
    core.push(random_source.bytes(64 * 99)); /* 100 blocks */
    core.run(0);
    TB_CHECK(core.between_digests() == BLOCK_CYCLES * 100);
    tb::pass("cycles a block");
    return 0;
}
