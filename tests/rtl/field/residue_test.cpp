// SPDX-License-Identifier: Apache-2.0
// The residue check of the multiplier: silent on right products; loud for every output bit of every
// one of the 144 multipliers stuck at 0 or at 1 whenever that makes the product wrong, and for each
// bit of the product. The model of the hardware multiplier asks this program for its faults.
#include HEADER

#include <deque>
#include <string>

#include "field.h"

using namespace field;

namespace
{

constexpr unsigned ProductCycles = 17, CheckCycles = 7;
constexpr unsigned DspOutputStage =
    5; /* of the multiplier: the register behind the multiplication */
constexpr unsigned Multipliers = 144, ProductBits = 36;

/* Bits of one multiplier's output that are stuck. */
struct Fault {
    int site = -1;
    uint64_t zeros = 0, ones = 0;
};

std::vector<std::string> sites; /* hierarchical names, indexed by site */
const Fault *active;            /* for the products that the multipliers give in this cycle */

struct Work {
    uint64_t product_at, verdict_at;
    Product expected, flip;
    Fault fault;
    bool wrong; /* what the check was given */
};

class CheckedMultiplier
{
  public:
    CheckedMultiplier()
    {
        bench_->valid_i = 0;
        active = nullptr;
        bench_.reset();
    }

    void issue(const Element &a, const Element &b, const Fault &fault, const Product &flip)
    {
        uint64_t now = bench_.cycles();
        work_.push_back({now + ProductCycles, now + ProductCycles + CheckCycles,
                         multiply(Big(a), Big(b)).number<16>(), flip, fault, false});
        drive(bench_->a_i, a);
        drive(bench_->b_i, b);
        bench_->valid_i = 1;
        cycle();
    }
    void drain()
    {
        bench_->valid_i = 0;
        while (!work_.empty())
            cycle();
    }
    uint64_t errors() const
    {
        return errors_;
    }
    uint64_t out_of_range() const
    {
        return out_of_range_;
    }

  private:
    Work *due(uint64_t Work::*at, uint64_t cycle)
    {
        for (Work &work : work_)
            if (work.*at == cycle)
                return &work;
        return nullptr;
    }

    void cycle()
    {
        /* what this clock edge writes behind the multipliers was issued DspOutputStage - 1 edges
         * ago */
        Work *multiplied =
            due(&Work::product_at, bench_.cycles() + 1 + ProductCycles - DspOutputStage);
        active = multiplied ? &multiplied->fault : nullptr;
        bench_.tick();

        Work *product = due(&Work::product_at, bench_.cycles());
        TB_CHECK(bench_->product_valid_o == (product != nullptr));
        drive(bench_->flip_i, product ? product->flip : Product{});
        bench_.settle();
        if (product) {
            bool right = sample<16>(bench_->product_o) == product->expected;
            TB_CHECK(right || product->fault.site >= 0);
            TB_CHECK(!right || !bench_->out_of_range_o);
            product->wrong = !right || product->flip != Product{};
            out_of_range_ += bench_->out_of_range_o;
        }

        bool verdict = !work_.empty() && work_.front().verdict_at == bench_.cycles();
        TB_CHECK(bench_->valid_o == verdict);
        if (verdict) {
            TB_CHECK(bench_->error_o == work_.front().wrong);
            errors_ += bench_->error_o;
            work_.pop_front();
        }
    }

    tb::Bench<V> bench_;
    std::deque<Work> work_;
    uint64_t errors_ = 0, out_of_range_ = 0;
};

void test_silent()
{
    CheckedMultiplier multiplier;
    tb::Random random(tb::seed());
    std::vector<Element> edges = edge_elements();
    for (long multiple : {1, 2, 3, 131072}) /* both ways to write the residue 0 */
        edges.push_back(multiply(Big("1FFFF"), Big("0").plus(multiple)).number<8>());
    for (const Element &a : edges)
        for (const Element &b : edges)
            multiplier.issue(a, b, {}, {});
    for (unsigned i = 0; i < 20000; i++)
        multiplier.issue(random_number<8>(random), random_number<8>(random), {}, {});
    multiplier.drain();
    TB_CHECK(multiplier.errors() == 0);
    tb::pass("no error on right products");
}

void test_flips()
{
    CheckedMultiplier multiplier;
    tb::Random random(tb::seed() + 1);
    for (unsigned bit = 0; bit < 512; bit++) {
        Product flip{};
        flip[bit / 32] = 1u << bit % 32;
        multiplier.issue(random_number<8>(random), random_number<8>(random), {}, flip);
        multiplier.issue(random_number<8>(random), random_number<8>(random), {}, {});
    }
    multiplier.drain();
    TB_CHECK(multiplier.errors() == 512);
    tb::pass("each bit of the product flipped, each seen, neighbours not blamed");
}

void test_stuck()
{
    CheckedMultiplier multiplier;
    tb::Random random(tb::seed() + 2);
    std::vector<int> in_multiplier;
    for (size_t site = 0; site < sites.size(); site++)
        if (sites[site].find("u_residue") == std::string::npos)
            in_multiplier.push_back(int(site));
    TB_CHECK(in_multiplier.size() == Multipliers);

    Element small{}; /* a small product makes a missing bit reach below 0 */
    unsigned issued = 0;
    for (int site : in_multiplier)
        for (unsigned bit = 0; bit < ProductBits; bit++)
            for (unsigned kind = 0; kind < 6; kind++) {
                uint64_t mask = uint64_t(1) << bit;
                Fault fault{site, kind % 2 ? 0 : mask, kind % 2 ? mask : 0};
                small[0] = uint32_t(random.next() >> 32) | 1u << 31;
                small[1] = uint32_t(random.next() >> 32) | 1u << 31;
                Element a = kind < 4 ? random_number<8>(random) : small;
                Element b = kind < 4 ? random_number<8>(random) : small;
                multiplier.issue(a, b, fault, {});
                issued++;
            }
    multiplier.drain();
    TB_CHECK(multiplier.errors() > issued / 4);
    TB_CHECK(multiplier.out_of_range() > 0);
    std::printf("# %u faults, %llu changed the product, %llu of them left its range\n", issued,
                (unsigned long long)multiplier.errors(),
                (unsigned long long)multiplier.out_of_range());
    tb::pass("each output bit of each multiplier stuck at 0 and at 1, seen whenever the product is "
             "wrong");
}

} // namespace

extern "C" int fault_site(const char *path)
{
    for (size_t site = 0; site < sites.size(); site++)
        if (sites[site] == path)
            return int(site);
    sites.push_back(path);
    return int(sites.size()) - 1;
}

extern "C" unsigned long long fault_apply(int site, unsigned long long product)
{
    if (!active || active->site != site)
        return product;
    return (product & ~active->zeros) | active->ones;
}

int main()
{
    test_silent();
    test_flips();
    test_stuck();
    return 0;
}
