// SPDX-License-Identifier: Apache-2.0
// Inversions modulo all four moduli against OpenSSL: edges, random numbers, both places busy,
// results left waiting.
#include <map>

#include HEADER
#include ROOT

#include "tests/rtl/field/field.h"

using namespace field;

namespace
{

constexpr unsigned Moduli = 4;
constexpr unsigned TagBits = 9;
constexpr unsigned Words = 4;
constexpr unsigned StepsBound = 590, StepsMax = 624;
/* From the input to the result, besides two cycles a step: at most 14 until g is seen to be 0, 20
 * of halving, 30 in the finishing unit, 50 behind the other place. */
constexpr uint64_t LatencyRestCycles = 120;
constexpr unsigned RandomInversions = 3000;
constexpr uint64_t HangCycles = 5000;

const Big &modulus_of(unsigned index)
{
    static const Big moduli[Moduli] = {Big(Secp256k1.p), Big(Secp256k1.n), Big(Sm2.p), Big(Sm2.n)};
    return moduli[index];
}

/* 1 / x modulo a prime, 2^256 / x modulo an order, 0 for 0. */
Element expected(const Big &x, unsigned modulus)
{
    Big result;
    if (BN_is_zero(x.get()))
        return result.number<8>();
    TB_CHECK(BN_mod_inverse(result.get(), x.get(), modulus_of(modulus).get(), scratch()));
    if (modulus % 2 == 0)
        return result.number<8>();
    return reduce(multiply(result, power_of_two(256)), modulus_of(modulus)).number<8>();
}

/* Drives the inverter as the sequencer and the datapath do: a place is reserved, its input follows
 * some cycles later; results are taken with pauses. Every tag in use is another. */
class Inverter
{
  public:
    Inverter(tb::Random &random, unsigned pause_percent)
        : random_(random), pause_percent_(pause_percent)
    {
        bench_->take_i = bench_->word_valid_i = bench_->out_ready_i = 0;
        bench_.reset();
        TB_CHECK(bench_->free_o && !bench_->out_valid_o);
    }
    void invert(const Big &x, unsigned modulus, unsigned delay_cycles)
    {
        wait_for([this] { return bench_->free_o; });
        bench_->take_i = 1;
        cycle();
        bench_->take_i = 0;
        for (unsigned i = 0; i < delay_cycles; i++)
            cycle();
        input(x, modulus);
    }
    /* Both places reserved, then both inputs, one right behind the other. */
    void invert_both(const Big &x, const Big &y, unsigned modulus)
    {
        wait_for([this] { return pending_.empty(); });
        bench_->take_i = 1;
        cycle();
        TB_CHECK(bench_->free_o);
        cycle();
        bench_->take_i = 0;
        TB_CHECK(!bench_->free_o);
        input(x, modulus);
        input(y, (modulus + 1) % Moduli);
    }
    /* Flips a high bit of g behind the module's back; what is under way may have any result. */
    void disturb()
    {
        bench_->rootp->snap_inverter__DOT__u_chain__DOT__g_sum_q[8] ^= 1u << random_.below(29);
        for (auto &each : pending_)
            each.second.known = false;
    }
    void drain()
    {
        wait_for([this] { return pending_.empty(); });
        for (unsigned i = 0; i < 100; i++)
            cycle();
    }
    void pause(unsigned cycles)
    {
        for (unsigned i = 0; i < cycles; i++)
            cycle();
    }
    uint64_t cycles() const
    {
        return bench_.cycles();
    }
    uint64_t results() const
    {
        return results_;
    }
    uint64_t latency_max() const
    {
        return latency_max_;
    }

  private:
    struct Inversion {
        Element result;
        uint64_t start;
        bool known;
    };

    void input(const Big &x, unsigned modulus)
    {
        unsigned tag = random_.below(1u << TagBits);
        while (pending_.count(tag))
            tag = (tag + 1) % (1u << TagBits);
        Element limbs = x.number<8>();
        bench_->word_valid_i = 1;
        for (unsigned i = Words; i-- > 0;) {
            bench_->word_index_i = uint8_t(i);
            bench_->word_data_i = uint64_t(limbs[2 * i + 1]) << 32 | limbs[2 * i];
            bench_->in_modulus_i = uint8_t(modulus);
            bench_->in_tag_i = uint16_t(i == 0 ? tag : random_.below(1u << TagBits));
            if (i == 0)
                pending_[tag] = {expected(x, modulus), bench_.cycles(), true};
            cycle();
        }
        bench_->word_valid_i = 0;
    }
    template <class Condition> void wait_for(Condition condition)
    {
        for (uint64_t waited = 0; !condition(); waited++) {
            TB_CHECK(waited < HangCycles);
            cycle();
        }
    }
    void cycle()
    {
        bench_->out_ready_i = !random_.chance(pause_percent_);
        if (!bench_->word_valid_i) {
            bench_->word_data_i = random_.next();
            bench_->word_index_i = uint8_t(random_.below(Words));
            bench_->in_modulus_i = uint8_t(random_.below(Moduli));
            bench_->in_tag_i = uint16_t(random_.below(1u << TagBits));
        }
        bench_.settle();
        check_output();
        bench_.tick();
    }
    void check_output()
    {
        if (held_)
            TB_CHECK(bench_->out_valid_o && bench_->out_tag_o == held_tag_);
        if (bench_->out_valid_o) {
            auto found = pending_.find(bench_->out_tag_o);
            TB_CHECK(found != pending_.end());
            TB_CHECK(!found->second.known || sample<8>(bench_->out_data_o) == found->second.result);
            if (!held_ && bench_.cycles() - found->second.start > latency_max_)
                latency_max_ = bench_.cycles() - found->second.start;
            held_tag_ = bench_->out_tag_o;
            if (bench_->out_ready_i) {
                pending_.erase(found);
                results_++;
            }
        }
        held_ = bench_->out_valid_o && !bench_->out_ready_i;
    }

    tb::Bench<V> bench_;
    tb::Random &random_;
    unsigned pause_percent_;
    std::map<unsigned, Inversion> pending_;
    bool held_ = false;
    unsigned held_tag_ = 0;
    uint64_t results_ = 0;
    uint64_t latency_max_ = 0;
};

/* 0 .. 8, m - 8 .. m - 1, around (m + 1) / 2, every power of two with its neighbours. */
std::vector<Big> edges(unsigned modulus)
{
    const Big &m = modulus_of(modulus);
    std::vector<Big> list;
    for (long small = 0; small <= 8; small++)
        list.push_back(Big().plus(small));
    for (long small = -8; small <= -1; small++)
        list.push_back(m.plus(small));
    Big half;
    TB_CHECK(BN_rshift1(half.get(), m.plus(1).get()));
    for (long offset = -2; offset <= 2; offset++)
        list.push_back(half.plus(offset));
    for (int exponent = 3; exponent < 256; exponent++)
        for (long offset = -1; offset <= 1; offset++)
            if (Big edge = power_of_two(exponent).plus(offset); BN_cmp(edge.get(), m.get()) < 0)
                list.push_back(edge);
    return list;
}

void test_edges(tb::Random &random)
{
    Inverter inverter(random, 0);
    uint64_t count = 0;
    for (unsigned modulus = 0; modulus < Moduli; modulus++)
        for (const Big &edge : edges(modulus)) {
            inverter.invert(edge, modulus, random.below(3));
            count++;
        }
    inverter.drain();
    TB_CHECK(inverter.results() == count);
    TB_CHECK(inverter.latency_max() <= 2 * StepsBound + LatencyRestCycles);
    tb::pass("0, small numbers, powers of two, those close to the modulus and to its half");
}

void test_throughput(tb::Random &random)
{
    Inverter inverter(random, 0);
    for (unsigned i = 0; i < RandomInversions; i++) {
        unsigned modulus = random.below(Moduli);
        inverter.invert(reduce(Big(random_number<8>(random)), modulus_of(modulus)), modulus, 0);
    }
    inverter.drain();
    TB_CHECK(inverter.results() == RandomInversions);
    TB_CHECK(inverter.latency_max() <= 2 * StepsBound + LatencyRestCycles);
    uint64_t mean = inverter.cycles() / RandomInversions;
    std::printf("# %llu cycles an inversion with both places busy; latency at most %llu\n",
                (unsigned long long)mean, (unsigned long long)inverter.latency_max());
    TB_CHECK(mean <= 560);
    tb::pass("random numbers, both places busy; cycles and latency within bounds");
}

/* Inputs long after their reservations, close together, alone; results left waiting. */
void test_pressure(tb::Random &random)
{
    Inverter inverter(random, 98);
    uint64_t count = 0;
    for (unsigned i = 0; i < 400; i++) {
        unsigned modulus = random.below(Moduli);
        Big x = reduce(Big(random_number<8>(random)), modulus_of(modulus));
        if (random.chance(30)) {
            Big y = reduce(Big(random_number<8>(random)), modulus_of((modulus + 1) % Moduli));
            inverter.invert_both(x, y, modulus);
            count++;
        } else {
            inverter.invert(x, modulus, random.below(40));
        }
        count++;
        if (random.chance(30))
            inverter.pause(random.below(1500));
    }
    inverter.drain();
    TB_CHECK(inverter.results() == count);
    tb::pass("reservations, inputs at any distance, tags, results that wait");
}

/* An error in the number that decides when it ends: every inversion ends all the same, and the next
 * ones are right. */
void test_disturbed(tb::Random &random)
{
    Inverter inverter(random, 0);
    for (unsigned i = 0; i < 200; i++) {
        unsigned modulus = random.below(Moduli);
        Big x = reduce(Big(random_number<8>(random)), modulus_of(modulus));
        inverter.invert(x, modulus, 0);
        inverter.pause(random.below(1000));
        inverter.disturb();
    }
    inverter.drain();
    TB_CHECK(inverter.results() == 200);
    TB_CHECK(inverter.latency_max() > 2 * StepsMax);
    TB_CHECK(inverter.latency_max() <= 2 * StepsMax + LatencyRestCycles);
    for (unsigned modulus = 0; modulus < Moduli; modulus++)
        inverter.invert(Big().plus(2), modulus, 0);
    inverter.drain();
    tb::pass("errors in g: an end all the same, good results after");
}

} // namespace

int main()
{
    tb::Random random(tb::seed());
    test_edges(random);
    test_throughput(random);
    test_pressure(random);
    test_disturbed(random);
    return 0;
}
