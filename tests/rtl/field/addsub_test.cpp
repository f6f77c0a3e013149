// SPDX-License-Identifier: Apache-2.0
// Modular addition and subtraction against OpenSSL, modulo all four moduli, mixed cycle by cycle.
// Operands are canonical, or any that the module's header allows.
#include HEADER

#include "field.h"

using namespace field;

/* The module's result with wrap_o above it. */
Number<9> result_of(V &device)
{
    Number<9> number{};
    for (size_t i = 0; i < 8; i++)
        number[i] = device.result_o[i];
    number[8] = device.wrap_o;
    return number;
}

#define RESULT(bench) (result_of((bench).dut()))
#include "pipeline.h"

namespace
{

constexpr unsigned LatencyCycles = 6;
constexpr unsigned RandomOperations = 200000;

class Adder
{
  public:
    /* Operands as they are: a + b must be below 2^256 + m when adding. */
    Element issue_raw(bool subtract, unsigned modulus, const Element &a, const Element &b)
    {
        const Big &m = moduli_[modulus];
        Big x(a), y(b), result;
        bool wrap;
        if (subtract) {
            wrap = BN_cmp(x.get(), y.get()) < 0;
            TB_CHECK(BN_sub(result.get(), x.get(), y.get()));
            if (wrap)
                TB_CHECK(BN_add(result.get(), result.get(), m.get()));
            TB_CHECK(BN_nnmod(result.get(), result.get(), word_.get(), scratch()));
        } else {
            TB_CHECK(BN_add(result.get(), x.get(), y.get()));
            wrap = BN_cmp(result.get(), m.get()) >= 0;
            if (wrap)
                TB_CHECK(BN_sub(result.get(), result.get(), m.get()));
        }
        drive(pipeline_->a_i, a);
        drive(pipeline_->b_i, b);
        pipeline_->subtract_i = subtract ? 0xFF : 0;
        pipeline_->modulus_i = uint16_t(0x5555 * modulus);
        Number<9> expected = result.number<9>();
        TB_CHECK(expected[8] == 0);
        expected[8] = wrap;
        pipeline_.issue(expected);
        return result.number<8>();
    }
    /* Operands are reduced here; then the result must be OpenSSL's of modular arithmetic. */
    void issue(bool subtract, unsigned modulus, const Element &a, const Element &b)
    {
        const Big &m = moduli_[modulus];
        Big x = reduce(Big(a), m), y = reduce(Big(b), m), result;
        if (subtract)
            TB_CHECK(BN_mod_sub(result.get(), x.get(), y.get(), m.get(), scratch()));
        else
            TB_CHECK(BN_mod_add(result.get(), x.get(), y.get(), m.get(), scratch()));
        TB_CHECK(issue_raw(subtract, modulus, x.number<8>(), y.number<8>()) == result.number<8>());
    }
    /* Whether a + b is below 2^256 + m. */
    bool may_add(unsigned modulus, const Element &a, const Element &b) const
    {
        Big sum, limit(word_);
        TB_CHECK(BN_add(sum.get(), Big(a).get(), Big(b).get()));
        TB_CHECK(BN_add(limit.get(), limit.get(), moduli_[modulus].get()));
        return BN_cmp(sum.get(), limit.get()) < 0;
    }
    void bubble(tb::Random &random)
    {
        drive(pipeline_->a_i, random_number<8>(random));
        drive(pipeline_->b_i, random_number<8>(random));
        pipeline_->subtract_i = random.chance(50);
        pipeline_.bubble();
    }
    void drain()
    {
        pipeline_.drain();
    }
    uint64_t results() const
    {
        return pipeline_.results();
    }
    const Big &modulus(unsigned index) const
    {
        return moduli_[index];
    }

  private:
    Pipeline<9> pipeline_{LatencyCycles};
    const Big word_ = power_of_two(256);
    const Big moduli_[4] = {Big(Secp256k1.p), Big(Secp256k1.n), Big(Sm2.p), Big(Sm2.n)};
};

void test_edges()
{
    Adder adder;
    std::vector<Element> edges = edge_elements();
    uint64_t issued = 0;
    for (const Element &a : edges)
        for (const Element &b : edges)
            for (unsigned operation = 0; operation < 8; operation++) {
                bool subtract = operation & 1;
                unsigned modulus = operation >> 1;
                adder.issue(subtract, modulus, a, b);
                issued++;
                if (subtract || adder.may_add(modulus, a, b)) {
                    adder.issue_raw(subtract, modulus, a, b);
                    issued++;
                }
            }
    adder.drain();
    TB_CHECK(adder.results() == issued);
    tb::pass("every pair of edge operands, every operation and modulus; canonical and as they are");
}

/* a + b as far as it may go, 2^256 + m - 1, and as little below the modulus. */
void test_limits()
{
    Adder adder;
    tb::Random random(tb::seed() + 2);
    for (unsigned i = 0; i < 20000; i++) {
        unsigned modulus = random.below(4);
        Big a(random_number<8>(random)), b = power_of_two(256);
        TB_CHECK(BN_add(b.get(), b.get(), adder.modulus(modulus).get()));
        TB_CHECK(BN_sub_word(b.get(), 1 + random.below(3)));
        TB_CHECK(BN_sub(b.get(), b.get(), a.get()));
        if (BN_num_bits(b.get()) > 256)
            continue;
        adder.issue_raw(false, modulus, a.number<8>(), b.number<8>());
        adder.issue_raw(true, modulus, a.number<8>(), a.plus(0).number<8>());
    }
    adder.drain();
    TB_CHECK(adder.results() > 1000);
    tb::pass("sums up to 2^256 + m - 1");
}

/* a + b = m + d and a - b = d for small d: the choice hangs on the last bits. */
void test_close()
{
    Adder adder;
    tb::Random random(tb::seed());
    for (unsigned i = 0; i < 20000; i++) {
        unsigned modulus = random.below(4);
        const Big &m = adder.modulus(modulus);
        Big a = reduce(Big(random_number<8>(random)), m), b(a), negative;
        TB_CHECK(BN_sub(negative.get(), m.get(), a.get()));
        Big close = reduce(b.plus(long(random.below(5)) - 2), m);
        Big close_negative = reduce(negative.plus(long(random.below(5)) - 2), m);
        adder.issue(true, modulus, a.number<8>(), close.number<8>());
        adder.issue(false, modulus, a.number<8>(), close_negative.number<8>());
    }
    adder.drain();
    tb::pass("sums close to the modulus, differences close to 0");
}

void test_random()
{
    Adder adder;
    tb::Random random(tb::seed() + 1);
    for (unsigned i = 0; i < RandomOperations; i++) {
        while (i % 1000 < 500 && random.chance(30))
            adder.bubble(random);
        bool subtract = random.chance(50);
        unsigned modulus = random.below(4);
        Element a = random_number<8>(random), b = random_number<8>(random);
        if (random.chance(50) && (subtract || adder.may_add(modulus, a, b)))
            adder.issue_raw(subtract, modulus, a, b);
        else
            adder.issue(subtract, modulus, a, b);
    }
    adder.drain();
    TB_CHECK(adder.results() == RandomOperations);
    tb::pass("random operations, with and without bubbles; order, latency and tags");
}

} // namespace

int main()
{
    test_edges();
    test_limits();
    test_close();
    test_random();
    return 0;
}
