// SPDX-License-Identifier: Apache-2.0
// snap_hash_sequence against its timing table: every output in every cycle follows from the cycle
// in which the last two blocks were loaded. LOAD_WORDS is 1 or 4, ROUND_CYCLES 1 or 2.
#include HEADER

#include "tb.h"

namespace
{

/* Cycles behind a block's load; of the last round and the last word the one in which they end. */
constexpr int64_t ROUND_0 = 2, ROUND_63 = ROUND_0 - 1 + 64 * ROUND_CYCLES, ADD = ROUND_63 + 1,
                  DONE = ADD + 1, LAST_WORD = ROUND_0 - 1 + (15 - LOAD_WORDS) * ROUND_CYCLES;

int64_t round_at(int64_t age)
{
    return (age - ROUND_0) / ROUND_CYCLES;
}

bool is_step(int64_t age)
{
    return age < ROUND_0 || age > ROUND_63 || (age - ROUND_0) % ROUND_CYCLES == ROUND_CYCLES - 1;
}

tb::Random random_source(tb::seed());

struct Block {
    int64_t load;
    bool first;
    uint8_t tag;
};

bool within(int64_t value, int64_t low, int64_t high)
{
    return low <= value && value <= high;
}

class Sequence
{
  public:
    Sequence()
    {
        bench_->block_valid_i = bench_->hold_i = 0;
        bench_.reset();
    }

    void cycle(unsigned valid_percent, unsigned hold_percent)
    {
        bench_->block_valid_i = random_source.chance(valid_percent);
        bench_->hold_i = random_source.chance(hold_percent);
        bench_->beat_first_i = random_source.chance(50);
        bench_->beat_tag_i = uint8_t(random_source.next());
        bench_.settle();
        int64_t age = now_ - last_.load;
        bool free = age == ROUND_63 || age > ADD;
        bool load = bench_->block_valid_i && !bench_->hold_i && free;
        TB_CHECK(bench_->load_o == load);
        TB_CHECK(bench_->step_o == is_step(age));
        check_rounds(age);
        check_words(age, load);
        check_end(age);
        if (age == LAST_WORD)
            last_.tag = bench_->beat_tag_i;
        if (load) {
            back_to_back += age == ROUND_63;
            before_ = last_;
            last_ = {now_, bool(bench_->beat_first_i), 0};
            loads++;
        }
        bench_.tick();
        now_++;
    }

    unsigned loads = 0, back_to_back = 0;

  private:
    void check_rounds(int64_t age)
    {
        TB_CHECK(bench_->init_o == (age == 1 || age == ADD));
        TB_CHECK(bench_->init_start_o == (age == 1));
        TB_CHECK(bench_->round_valid_o == within(age, ROUND_0, ROUND_63));
        if (bench_->round_valid_o)
            TB_CHECK(bench_->round_o == round_at(age));
        if (age >= 1)
            TB_CHECK(loads == 0 || bench_->first_o == last_.first);
    }

    void check_words(int64_t age, bool load)
    {
        TB_CHECK(bench_->word_valid_o == within(age, 1, LAST_WORD));
        int64_t word = load ? 0 : age == 1 ? LOAD_WORDS : LOAD_WORDS + 1 + round_at(age);
        if (load || bench_->word_valid_o)
            TB_CHECK(bench_->word_o == word % 4);
        bool taken = bench_->word_valid_o && word % 4 == 3 && is_step(age);
        TB_CHECK(bench_->beat_next_o == (load ? LOAD_WORDS == 4 : taken));
    }

    void check_end(int64_t age)
    {
        int64_t before = now_ - before_.load;
        TB_CHECK(bench_->done_o == (age == DONE || before == DONE));
        if (bench_->done_o)
            TB_CHECK(bench_->tag_o == (age == DONE ? last_.tag : before_.tag));
        TB_CHECK(bench_->busy_o == (within(age, 1, DONE) || within(before, 1, DONE)));
    }

    tb::Bench<V> bench_;
    int64_t now_ = 0;
    Block last_ = {-1000, false, 0}, before_ = {-2000, false, 0};
};

} // namespace

int main()
{
    Sequence sequence;
    for (unsigned i = 0; i < 100000; i++)
        sequence.cycle(i / 5000 % 2 ? 100 : 2, i / 10000 % 2 ? 0 : 90);
    TB_CHECK(sequence.loads > 800 / ROUND_CYCLES && sequence.back_to_back > 300 / ROUND_CYCLES &&
             sequence.loads - sequence.back_to_back > 300 / ROUND_CYCLES);
    tb::pass("sequence of events, every cycle");
    return 0;
}
