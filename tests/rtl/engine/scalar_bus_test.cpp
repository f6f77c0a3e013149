// SPDX-License-Identifier: Apache-2.0
// The bus against a model of its own: what the sum unit sends, as close as it may, comes out at the
// right end, in order, word by word.
#include <deque>

#include HEADER

#include "tests/rtl/field/field.h"

namespace
{

constexpr unsigned Words = 4, WordLimbs = 2, ParityBits = 2;
constexpr unsigned WordBits = 32 * WordLimbs + ParityBits;
constexpr unsigned TagBits = 12, Targets = 2;
constexpr unsigned Recoder = 1, Inverter = 2;
/* What the sum unit does at most; see the module. */
constexpr unsigned ScalarCycles = 6, HandoverCycles = 2, InvertCyclesLeast = 20;

struct Word {
    uint64_t data;
    unsigned parity;
};

struct Scalar {
    unsigned target, tag;
    std::array<Word, Words> words;
};

class Bus
{
  public:
    explicit Bus(tb::Random &random) : random_(random)
    {
        bench_->valid_i = 0;
        bench_.reset();
    }
    void cycle(unsigned target)
    {
        Scalar next = {target, random_.below(1u << TagBits), {}};
        for (Word &word : next.words)
            word = {random_.next(), random_.below(1u << ParityBits)};
        bench_->valid_i = uint8_t(target);
        bench_->tag_i = uint16_t(next.tag);
        drive(next);
        if (target != 0)
            waiting_.push_back(next);
        bench_.tick();
        check();
    }
    unsigned waiting() const
    {
        return unsigned(waiting_.size()) + (left_ != 0);
    }
    uint64_t sent(unsigned target) const
    {
        return sent_[target - 1];
    }
    uint64_t cycles() const
    {
        return bench_.cycles();
    }

  private:
    void drive(const Scalar &scalar)
    {
        for (size_t i = 0; i < sizeof bench_->data_i.m_storage / sizeof(uint32_t); i++)
            bench_->data_i[i] = 0;
        for (unsigned i = 0; i < Words * WordBits; i++) {
            const Word &word = scalar.words[i / WordBits];
            unsigned bit = i % WordBits;
            bool value = bit < 64 ? word.data >> bit & 1 : word.parity >> (bit - 64) & 1;
            bench_->data_i[i / 32] |= uint32_t(value) << i % 32;
        }
    }
    void check()
    {
        if (left_ == 0 && bench_->start_o != 0) {
            TB_CHECK(!waiting_.empty());
            now_ = waiting_.front();
            waiting_.pop_front();
            TB_CHECK(bench_->start_o == now_.target);
            sent_[now_.target - 1]++;
            left_ = Words;
        } else {
            TB_CHECK(bench_->start_o == 0);
        }
        if (left_ == 0)
            return;
        const Word &word = now_.words[--left_];
        uint64_t data = uint64_t(bench_->word_o[1]) << 32 | bench_->word_o[0];
        TB_CHECK(data == word.data && bench_->word_o[2] == word.parity);
        TB_CHECK(bench_->tag_o == now_.tag);
    }

    tb::Bench<V> bench_;
    tb::Random &random_;
    std::deque<Scalar> waiting_;
    Scalar now_ = {};
    unsigned left_ = 0;
    std::array<uint64_t, Targets> sent_{};
};

/* Scalars as close as they may come, or further apart; the inverter's numbers when it has a place.
 * Returns how many were under way at most. */
unsigned run(Bus &bus, tb::Random &random, unsigned scalar_percent, unsigned invert_percent)
{
    std::array<uint64_t, 2> invert_at{}; /* from when on each place may be sent to */
    uint64_t scalar_at = 0, handover_at = 0;
    unsigned most = 0;
    for (unsigned i = 0; i < 20000; i++) {
        uint64_t now = bus.cycles();
        bool scalar = now >= scalar_at && random.chance(scalar_percent);
        unsigned place = invert_at[0] <= invert_at[1] ? 0 : 1;
        if (scalar) {
            bool handover = now >= handover_at && random.chance(20);
            scalar_at = now + (handover ? HandoverCycles : ScalarCycles);
            if (handover)
                handover_at = now + 4 * ScalarCycles;
            bus.cycle(Recoder);
        } else if (now >= invert_at[place] && random.chance(invert_percent)) {
            invert_at[place] = now + 4 + Words * 4 + InvertCyclesLeast;
            bus.cycle(Inverter);
        } else {
            bus.cycle(0);
        }
        most = std::max(most, bus.waiting());
    }
    for (unsigned i = 0; i < 40; i++)
        bus.cycle(0);
    TB_CHECK(bus.waiting() == 0);
    return most;
}

} // namespace

int main()
{
    tb::Random random(tb::seed());
    Bus bus(random);
    run(bus, random, 2, 2);
    run(bus, random, 100, 0);
    run(bus, random, 0, 100);
    tb::pass("few scalars, only the recoder's, only the inverter's");
    TB_CHECK(run(bus, random, 100, 100) >= 4); /* full at times */
    run(bus, random, 100, 30);
    run(bus, random, 50, 50);
    TB_CHECK(bus.sent(Recoder) > 10000 && bus.sent(Inverter) > 1000);
    tb::pass("as many as may come, for both, in any order");
    return 0;
}
