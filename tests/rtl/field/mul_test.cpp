// SPDX-License-Identifier: Apache-2.0
// The 256-bit multiplier against OpenSSL: pairs of edge operands, random ones, bubbles.
#include HEADER

#define RESULT(bench) ((bench)->product_o)
#include "pipeline.h"

using namespace field;

namespace
{

constexpr unsigned LatencyCycles = 17;
constexpr unsigned RandomProducts = 100000;

class Multiplier
{
  public:
    void issue(const Element &a, const Element &b)
    {
        drive(pipeline_->a_i, a);
        drive(pipeline_->b_i, b);
        pipeline_.issue(multiply(Big(a), Big(b)).number<16>());
        check_range();
    }
    void bubble(tb::Random &random)
    {
        drive(pipeline_->a_i, random_number<8>(random));
        drive(pipeline_->b_i, random_number<8>(random));
        pipeline_.bubble();
        check_range();
    }
    void drain()
    {
        pipeline_.drain();
    }
    uint64_t results() const
    {
        return pipeline_.results();
    }

  private:
    /* What a bubble carries is a product too. The registers start with anything, so not at once. */
    void check_range()
    {
        if (pipeline_.bench().cycles() > 2 * LatencyCycles)
            TB_CHECK(!pipeline_->out_of_range_o);
    }

    Pipeline<16> pipeline_{LatencyCycles};
};

void test_edges()
{
    Multiplier multiplier;
    std::vector<Element> edges = edge_elements();
    for (const Element &a : edges)
        for (const Element &b : edges)
            multiplier.issue(a, b);
    multiplier.drain();
    TB_CHECK(multiplier.results() == edges.size() * edges.size());
    tb::pass("every pair of edge operands, one product a cycle");
}

void test_random()
{
    Multiplier multiplier;
    tb::Random random(tb::seed());
    for (unsigned i = 0; i < RandomProducts; i++) {
        while (i % 1000 < 500 && random.chance(30))
            multiplier.bubble(random);
        multiplier.issue(random_number<8>(random), random_number<8>(random));
    }
    multiplier.drain();
    TB_CHECK(multiplier.results() == RandomProducts);
    tb::pass("random operands, with and without bubbles; order, latency and tags");
}

} // namespace

int main()
{
    test_edges();
    test_random();
    return 0;
}
