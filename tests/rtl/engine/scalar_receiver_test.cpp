// SPDX-License-Identifier: Apache-2.0
// The receiver: words two cycles behind the bus, numbered; any single flipped bit of word, parity
// or tag is told with the last word, and with the next scalar no more.
#include <array>

#include HEADER

#include "tb.h"

namespace
{

constexpr unsigned Words = 4, DataBits = 64, LimbBits = 32, TagBits = 11;
constexpr unsigned BusBits = DataBits + DataBits / LimbBits;
constexpr unsigned Delay = 2;

struct Scalar {
    std::array<uint64_t, Words> words;
    unsigned tag;
};

/* What is on the bus in a cycle, and what has to come of it. */
struct Cycle {
    bool valid, last, damaged;
    unsigned index, tag;
    uint64_t data;
};

class Receiver
{
  public:
    explicit Receiver(tb::Random &random) : random_(random)
    {
        bench_->start_i = 0;
        bench_.reset();
    }
    /* `flip`: bit of the bus (tag behind word) that is wrong in the word `at`; none: BusBits +
     * TagBits + 1. */
    void send(const Scalar &scalar, unsigned at, unsigned flip)
    {
        bool damaged = false;
        for (unsigned i = Words; i-- > 0;) {
            uint64_t word = scalar.words[i];
            unsigned tag = scalar.tag | unsigned(__builtin_parity(scalar.tag)) << TagBits;
            unsigned parity = unsigned(__builtin_parityll(word & UINT32_MAX)) |
                              unsigned(__builtin_parityll(word >> LimbBits)) << 1;
            if (i == at && flip < DataBits)
                word ^= uint64_t(1) << flip;
            else if (i == at && flip < BusBits)
                parity ^= 1u << (flip - DataBits);
            else if (i == at && flip <= BusBits + TagBits)
                tag ^= 1u << (flip - BusBits);
            damaged |= i == at && flip <= BusBits + TagBits;
            bench_->start_i = i == Words - 1;
            bench_->tag_i = uint16_t(tag);
            drive(word, parity);
            cycle({true, i == 0, damaged, i, tag & ((1u << TagBits) - 1), word});
        }
        bench_->start_i = 0;
    }
    void idle()
    {
        bench_->tag_i = uint16_t(random_.below(2u << TagBits));
        drive(random_.next(), random_.below(4));
        cycle({});
    }

  private:
    void drive(uint64_t word, unsigned parity)
    {
        bench_->word_i[0] = uint32_t(word);
        bench_->word_i[1] = uint32_t(word >> 32);
        bench_->word_i[2] = parity;
    }
    void cycle(const Cycle &now)
    {
        bench_.tick();
        before_ = {before_[1], now};
        check(before_[0]);
    }
    void check(const Cycle &due)
    {
        TB_CHECK(bench_->valid_o == due.valid);
        if (!due.valid)
            return;
        TB_CHECK(bench_->index_o == due.index && bench_->word_o == due.data);
        TB_CHECK(bench_->tag_o == due.tag);
        if (due.last)
            TB_CHECK(bench_->error_o == due.damaged);
    }

    tb::Bench<V> bench_;
    tb::Random &random_;
    std::array<Cycle, Delay> before_{};
};

Scalar random_scalar(tb::Random &random)
{
    Scalar scalar = {{}, random.below(1u << TagBits)};
    for (uint64_t &word : scalar.words)
        word = random.next();
    return scalar;
}

} // namespace

int main()
{
    constexpr unsigned None = BusBits + TagBits + 1;
    tb::Random random(tb::seed());
    Receiver receiver(random);
    for (unsigned i = 0; i < 20000; i++) {
        for (unsigned pause = random.chance(50) ? 0 : random.below(9); pause > 0; pause--)
            receiver.idle();
        receiver.send(random_scalar(random), 0, None);
    }
    tb::pass("words, numbers, tags; with pauses and without");
    for (unsigned at = 0; at < Words; at++)
        for (unsigned flip = 0; flip < None; flip++)
            for (unsigned again = 0; again < 2; again++) {
                receiver.send(random_scalar(random), at, flip);
                receiver.send(random_scalar(random), 0, None);
                if (again == 0)
                    receiver.idle();
            }
    tb::pass("every flipped bit is seen, and only in its scalar");
    return 0;
}
