// SPDX-License-Identifier: Apache-2.0
// Modular addition and subtraction against OpenSSL, modulo all four moduli, mixed cycle by cycle.
#include HEADER

#define RESULT(bench) ((bench)->result_o)
#include "pipeline.h"

using namespace field;

namespace
{

constexpr unsigned LatencyCycles = 6;
constexpr unsigned RandomOperations = 200000;

class Adder
{
  public:
    /* Operands are reduced here: the module takes canonical ones. */
    void issue(bool subtract, unsigned modulus, const Element &a, const Element &b)
    {
        const Big &m = moduli_[modulus];
        Big x = reduce(Big(a), m), y = reduce(Big(b), m), result;
        if (subtract)
            TB_CHECK(BN_mod_sub(result.get(), x.get(), y.get(), m.get(), scratch()));
        else
            TB_CHECK(BN_mod_add(result.get(), x.get(), y.get(), m.get(), scratch()));
        drive(pipeline_->a_i, x.number<8>());
        drive(pipeline_->b_i, y.number<8>());
        pipeline_->subtract_i = subtract;
        pipeline_->modulus_i = uint8_t(modulus);
        pipeline_.issue(result.number<8>());
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
    Pipeline<8> pipeline_{LatencyCycles};
    const Big moduli_[4] = {Big(Secp256k1.p), Big(Secp256k1.n), Big(Sm2.p), Big(Sm2.n)};
};

void test_edges()
{
    Adder adder;
    std::vector<Element> edges = edge_elements();
    for (const Element &a : edges)
        for (const Element &b : edges)
            for (unsigned operation = 0; operation < 8; operation++)
                adder.issue(operation & 1, operation >> 1, a, b);
    adder.drain();
    TB_CHECK(adder.results() == edges.size() * edges.size() * 8);
    tb::pass("every pair of edge operands, every operation and modulus");
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
        adder.issue(random.chance(50), random.below(4), random_number<8>(random),
                    random_number<8>(random));
    }
    adder.drain();
    TB_CHECK(adder.results() == RandomOperations);
    tb::pass("random operations, with and without bubbles; order, latency and tags");
}

} // namespace

int main()
{
    test_edges();
    test_close();
    test_random();
    return 0;
}
