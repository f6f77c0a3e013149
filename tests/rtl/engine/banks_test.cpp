// SPDX-License-Identifier: Apache-2.0
// The register banks: random writes and reads of all four readers every cycle, words read in the
// cycle behind their write among them. The same test runs on the sources and on the netlist that
// synthesis makes of them.
#include HEADER

#include <array>
#include <deque>
#include <vector>

#include "tb.h"

namespace
{

constexpr unsigned LatencyCycles = 3;
constexpr unsigned Readers = 4;
constexpr unsigned Addresses = 1024; // {bank, thread, index}; the upper half is bank S
constexpr unsigned WordBits = 264, PortWords = 9;
constexpr unsigned RandomCycles = 40000;

using Word = std::array<uint32_t, PortWords>;

Word random_word(tb::Random &random)
{
    Word word;
    for (uint32_t &limb : word)
        limb = uint32_t(random.next() >> 16);
    word[PortWords - 1] &= (1u << WordBits % 32) - 1;
    return word;
}

class Banks
{
  public:
    Banks() : random_(tb::seed())
    {
        write_enable(false, false);
        bench_->clk_i = 0;
        bench_.settle();
    }

    /* Fills both banks, in step: block RAM comes up with zeros, memories in simulation with
     * anything. */
    void fill()
    {
        for (unsigned address = 0; address < Addresses / 2; address++) {
            write(false, address, random_word(random_));
            write(true, Addresses / 2 + address, random_word(random_));
            write_enable(true, true);
            read_anywhere();
            checked_ = false;
            step();
        }
        for (unsigned i = 0; i < LatencyCycles; i++)
            idle();
        checked_ = true;
    }
    void run()
    {
        for (unsigned i = 0; i < RandomCycles; i++) {
            bool p = random_.chance(70), s = random_.chance(70);
            unsigned last_p = p_address_, last_s = s_address_;
            unsigned p_address = random_.below(Addresses / 2);
            unsigned s_address = Addresses / 2 + random_.below(Addresses / 2);
            write(false, p_address, random_word(random_), p);
            write(true, s_address, random_word(random_), s);
            write_enable(p, s);
            for (unsigned reader = 0; reader < Readers; reader++) {
                unsigned address = random_.chance(30)   ? last_p
                                   : random_.chance(30) ? last_s
                                                        : random_.below(Addresses);
                while ((p && address == p_address) || (s && address == s_address))
                    address = random_.below(Addresses);
                read(reader, address);
            }
            step();
        }
    }
    void read_all()
    {
        for (unsigned address = 0; address < Addresses; address++) {
            write_enable(false, false);
            for (unsigned reader = 0; reader < Readers; reader++)
                read(reader, (address + reader * 311) % Addresses);
            step();
        }
        for (unsigned i = 0; i < LatencyCycles; i++)
            idle();
    }
    uint64_t checked_words() const
    {
        return checked_words_;
    }

  private:
    void idle()
    {
        write_enable(false, false);
        read_anywhere();
        step();
    }
    void read_anywhere()
    {
        for (unsigned reader = 0; reader < Readers; reader++)
            read(reader, random_.below(Addresses));
    }
    void write_enable(bool p, bool s)
    {
        bench_->p_we_i = p;
        bench_->s_we_i = s;
    }
    /* What is at the port; it counts if `real`. */
    void write(bool s, unsigned address, const Word &word, bool real = true)
    {
        for (unsigned i = 0; i < PortWords; i++)
            (s ? bench_->s_word_i : bench_->p_word_i)[i] = word[i];
        (s ? bench_->s_addr_i : bench_->p_addr_i) = uint16_t(address % (Addresses / 2));
        (s ? s_address_ : p_address_) = address;
        if (real)
            pending_.push_back({address, word});
    }
    void read(unsigned reader, unsigned address)
    {
        switch (reader) {
        case 0:
            bench_->prod_a_i = uint16_t(address);
            break;
        case 1:
            bench_->prod_b_i = uint16_t(address);
            break;
        case 2:
            bench_->sum_a_i = uint16_t(address);
            break;
        default:
            bench_->sum_b_i = uint16_t(address);
            break;
        }
        read_[reader] = memory_[address];
    }
    void step()
    {
        expected_.push_back({checked_, read_});
        for (const Write &write : pending_)
            memory_[write.address] = write.word;
        pending_.clear();
        bench_.tick();
        if (expected_.size() < LatencyCycles)
            return;
        if (expected_[0].checked)
            for (unsigned reader = 0; reader < Readers; reader++)
                check(reader, expected_[0].words[reader]);
        expected_.pop_front();
    }
    void check(unsigned reader, const Word &expected)
    {
        for (unsigned i = 0; i < PortWords; i++) {
            uint32_t limb = reader == 0   ? bench_->prod_a_o[i]
                            : reader == 1 ? bench_->prod_b_o[i]
                            : reader == 2 ? bench_->sum_a_o[i]
                                          : bench_->sum_b_o[i];
            TB_CHECK(limb == expected[i]);
        }
        checked_words_++;
    }

    struct Write {
        unsigned address;
        Word word;
    };
    struct Expected {
        bool checked;
        std::array<Word, Readers> words;
    };

    /* tb::Bench without a reset: the banks have none. */
    struct Bench {
        Bench()
        {
            context.randReset(2);
        }
        V *operator->()
        {
            return &device;
        }
        void settle()
        {
            device.eval();
        }
        void tick()
        {
            device.clk_i = 1;
            device.eval();
            device.clk_i = 0;
            device.eval();
        }
        VerilatedContext context;
        V device{&context};
    };

    tb::Random random_;
    Bench bench_;
    std::array<Word, Addresses> memory_{};
    std::vector<Write> pending_;
    std::array<Word, Readers> read_{};
    std::deque<Expected> expected_;
    unsigned p_address_ = 0, s_address_ = Addresses / 2;
    bool checked_ = false;
    uint64_t checked_words_ = 0;
};

} // namespace

int main()
{
    Banks banks;
    banks.fill();
    banks.run();
    tb::pass("random writes and reads; a word is read in the cycle behind its write");
    banks.read_all();
    TB_CHECK(banks.checked_words() > RandomCycles * 4);
    tb::pass("every word in every copy");
    return 0;
}
