// SPDX-License-Identifier: Apache-2.0
// The reductions against OpenSSL: canonical for every input below 2^512. CURVE names the curve.
#include HEADER

#define RESULT(bench) ((bench)->result_o)
#include "pipeline.h"

using namespace field;

namespace
{

constexpr unsigned LatencyCycles = 11;
constexpr unsigned RandomInputs = 200000;

class Reduction
{
  public:
    void issue(const Product &x)
    {
        drive(pipeline_->x_i, x);
        pipeline_.issue(reduce(Big(x), prime_).number<8>());
    }
    void bubble(tb::Random &random)
    {
        drive(pipeline_->x_i, random_number<16>(random));
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
    const Big &prime() const
    {
        return prime_;
    }

  private:
    Pipeline<8> pipeline_{LatencyCycles};
    const Big prime_{CURVE.p};
};

/* value + offset, if that is in [0, 2^512) */
void issue_near(Reduction &reduction, const Big &value, long offset)
{
    Big moved = value.plus(offset);
    if (!BN_is_negative(moved.get()) && BN_num_bits(moved.get()) <= 512)
        reduction.issue(moved.number<16>());
}

void test_edges()
{
    Reduction reduction;
    std::vector<Element> edges = edge_elements();
    for (const Element &a : edges)
        for (const Element &b : edges)
            reduction.issue(multiply(Big(a), Big(b)).number<16>());
    for (int exponent = 0; exponent <= 512; exponent++)
        for (long offset = -2; offset <= 2; offset++)
            issue_near(reduction, power_of_two(exponent), offset);
    /* every combination of words that are all ones or zero */
    for (unsigned mask = 0; mask < 1u << 16; mask++) {
        Product x{};
        for (unsigned word = 0; word < 16; word++)
            x[word] = mask >> word & 1 ? ~0u : 0;
        reduction.issue(x);
    }
    reduction.drain();
    tb::pass("products of edge operands, powers of two, words of ones and zeros");
}

/* Around multiples of p the last subtraction happens or just does not. */
void test_multiples()
{
    Reduction reduction;
    tb::Random random(tb::seed());
    std::vector<Element> quotients = edge_elements();
    for (unsigned i = 0; i < 5000; i++) {
        quotients.push_back(random_number<8>(random));
        /* quotients just above what 2^512 allows in steps of 2^224: the top words are all ones */
        quotients.back()[7] = i % 2 ? ~0u : quotients.back()[7];
    }
    for (const Element &quotient : quotients)
        for (long offset : {-4294968274L, -4294968273L, -977L, -2L, -1L, 0L, 1L, 2L, 976L, 977L,
                            4294968272L, 4294968273L, 4294968274L})
            issue_near(reduction, multiply(Big(quotient), reduction.prime()), offset);
    reduction.drain();
    tb::pass("multiples of p and their neighbours");
}

void test_random()
{
    Reduction reduction;
    tb::Random random(tb::seed() + 1);
    for (unsigned i = 0; i < RandomInputs; i++) {
        while (i % 1000 < 500 && random.chance(30))
            reduction.bubble(random);
        reduction.issue(random_number<16>(random));
    }
    reduction.drain();
    TB_CHECK(reduction.results() == RandomInputs);
    tb::pass("random inputs, with and without bubbles; order, latency and tags");
}

} // namespace

int main()
{
    test_edges();
    test_multiples();
    test_random();
    return 0;
}
