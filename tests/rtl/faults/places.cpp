// SPDX-License-Identifier: Apache-2.0
#include "places.h"

#include <algorithm>
#include <fnmatch.h>

namespace faults
{
namespace
{

constexpr unsigned Running = THREADS; /* of 32 threads that memories have room for */

struct ClassRules {
    const char *name;
    unsigned weight;
    std::vector<Rule> rules;
};

std::vector<Rule> verdict_rules()
{
    return {
        Rule("u_collector.u_contexts.*mem", 6).read_by(OwnThread),
        Rule("u_collector.u_words.*mem", 2).late(300).first(2 * Running),
        Rule("u_collector.*", 4).late(4),
        Rule("end_*", 5).late(5),
        Rule("u_sequencer.u_control.records", 8).late(300).read_by(OwnThread),
        Rule("u_sequencer.u_control.digits", 3).late(300).read_by(OwnThread),
        Rule("u_sequencer.u_control.record*_q", 3).late(8),
        Rule("u_sequencer.u_control.digit*_q", 1).late(8),
        Rule("u_sequencer.u_control.op?_q", 3).late(10),
        Rule("u_sequencer.u_control.*valid?_q", 1).late(10),
        Rule("u_sequencer.u_control.thread_q", 1).late(8),
        Rule("u_sequencer.u_control.*fault_q", 1).late(8),
        Rule("u_sequencer.u_control.silent_q", 1).late(8),
        Rule("u_sequencer.ends", 1).late(400),
        Rule("u_sequencer.control_fault", 1).late(400),
    };
}

std::vector<Rule> comparison_rules()
{
    return {
        Rule("u_sequencer.u_flags.?_mem", 12).late(200).read_by(OwnThread),
        Rule("u_sequencer.u_flags.p_set_q", 2).late(400),
        Rule("u_sequencer.u_flags.s_set_q", 2).late(600),
        Rule("u_sequencer.u_flags.p_*_q", 3).late(400).open_by("u_sequencer.u_flags.p_set_q"),
        Rule("u_sequencer.u_flags.s_*_q", 3).late(600).open_by("u_sequencer.u_flags.s_set_q"),
        Rule("u_sequencer.u_control.flags_q", 6).late(8),
        Rule("u_sequencer.toggle", 2).late(20),
        Rule("u_datapath.u_product.nonzero_q", 6).late(600).open_by("u_datapath.u_product.test2_q"),
        Rule("u_datapath.u_product.value_q", 6).late(600).open_by("u_datapath.u_product.test3_q"),
        Rule("u_datapath.u_product.t*2_q", 2).late(600).open_by("u_datapath.u_product.test2_q"),
        Rule("u_datapath.u_product.t*3_q", 2).late(600).open_by("u_datapath.u_product.test3_q"),
        Rule("u_datapath.u_product.t*_q", 1).late(600),
        Rule("u_datapath.u_sum.nonzero_q", 6).late(800).open_by("u_datapath.u_sum.test1_q"),
        Rule("u_datapath.u_sum.wrap_q", 3).open_by("u_datapath.u_sum.test1_q"),
        Rule("u_datapath.u_sum.value_q", 6).late(800).open_by("u_datapath.u_sum.test2_q"),
        Rule("u_datapath.u_sum.t*1_q", 2).late(800).open_by("u_datapath.u_sum.test1_q"),
        Rule("u_datapath.u_sum.t*2_q", 2).late(800).open_by("u_datapath.u_sum.test2_q"),
        Rule("u_datapath.prod_test_q", 1).late(600).open_by("u_datapath.prod_valid_q"),
        Rule("u_datapath.prod_flag_q", 1).late(600).open_by("u_datapath.prod_test_q"),
        Rule("u_datapath.sum_test_q", 1).late(800).open_by("u_datapath.sum_valid_q"),
        Rule("u_datapath.sum_flag_q", 1).late(800).open_by("u_datapath.sum_test_q"),
        Rule("u_datapath.u_*_control.*", 1).late(600),
        Rule("u_datapath.u_sum_early.*", 1).late(600),
        Rule("u_sequencer.u_products.flags_q", 2).open_by("u_sequencer.u_products.valid_q"),
        Rule("u_sequencer.u_sums.flags_q", 2).open_by("u_sequencer.u_sums.valid_q"),
    };
}

std::vector<Rule> microcode_rules()
{
    return {
        Rule("u_sequencer.u_microcode.mem", 30).read_by(FetchProduct),
        Rule("u_sequencer.u_microcode.p_read_q", 3).open_by("u_sequencer.u_products.valid2_q"),
        Rule("u_sequencer.u_microcode.p_word_q", 3).open_by("u_sequencer.u_products.valid3_q"),
        Rule("u_sequencer.u_microcode.s_read_q", 3).open_by("u_sequencer.u_sums.valid2_q"),
        Rule("u_sequencer.u_microcode.s_word_q", 3).open_by("u_sequencer.u_sums.valid3_q"),
        Rule("u_sequencer.u_control.entries", 3),
        Rule("u_sequencer.?_contexts", 8),
        Rule("u_sequencer.u_products.valid*_q", 1),
        Rule("u_sequencer.u_products.*1_q", 1).open_by("u_sequencer.u_products.valid1_q"),
        Rule("u_sequencer.u_products.*2_q", 1).open_by("u_sequencer.u_products.valid2_q"),
        Rule("u_sequencer.u_products.*3_q", 1).open_by("u_sequencer.u_products.valid3_q"),
        Rule("u_sequencer.u_products.*_q", 2).open_by("u_sequencer.u_products.valid_q"),
        Rule("u_sequencer.u_sums.valid*_q", 1),
        Rule("u_sequencer.u_sums.*1_q", 1).open_by("u_sequencer.u_sums.valid1_q"),
        Rule("u_sequencer.u_sums.*2_q", 1).open_by("u_sequencer.u_sums.valid2_q"),
        Rule("u_sequencer.u_sums.*3_q", 1).open_by("u_sequencer.u_sums.valid3_q"),
        Rule("u_sequencer.u_sums.*_q", 2).open_by("u_sequencer.u_sums.valid_q"),
        Rule("u_sequencer.where_q", 2),
        Rule("u_sequencer.u_control.u_*", 1),
    };
}

std::vector<Rule> bank_rules()
{
    return {
        Rule("u_datapath.u_banks.g_reader?0?.u_p.*mem", 6).read_by(ProductA, 0),
        Rule("u_datapath.u_banks.g_reader?0?.u_s.*mem", 6).read_by(ProductA, 1),
        Rule("u_datapath.u_banks.g_reader?1?.u_p.*mem", 6).read_by(ProductB, 0),
        Rule("u_datapath.u_banks.g_reader?1?.u_s.*mem", 6).read_by(ProductB, 1),
        Rule("u_datapath.u_banks.g_reader?2?.u_p.*mem", 6).read_by(SumA, 0),
        Rule("u_datapath.u_banks.g_reader?2?.u_s.*mem", 6).read_by(SumA, 1),
        Rule("u_datapath.u_banks.g_reader?3?.u_p.*mem", 6).read_by(SumB, 0),
        Rule("u_datapath.u_banks.g_reader?3?.u_s.*mem", 6).read_by(SumB, 1),
        Rule("u_datapath.u_banks.*", 1),
    };
}

const std::vector<ClassRules> &class_rules()
{
    static const std::vector<ClassRules> all = {
        {"verdict", 22, verdict_rules()},
        {"comparison", 22, comparison_rules()},
        {"microcode", 20, microcode_rules()},
        {"sequencer", 4, {Rule("u_sequencer.u_control.counts", 8), Rule("u_sequencer.*", 1)}},
        {"register banks", 5, bank_rules()},
        {"point tables",
         3,
         {Rule("u_datapath.u_table.*mem", 6).read_by(TableB), Rule("u_datapath.u_table.*", 1)}},
        {"fixed tables",
         3,
         {Rule("u_datapath.u_fixed.*mem", 6).read_by(FixedB), Rule("u_datapath.u_fixed.*", 1)}},
        {"constants",
         3,
         {Rule("u_datapath.u_constants.*mem", 6).read_by(ConstantB),
          Rule("u_datapath.u_constants.*", 1)}},
        {"multiplier", 4, {Rule("u_datapath.u_product.u_mul.*", 1)}},
        {"residue", 1, {Rule("u_datapath.u_product.u_residue*", 1)}},
        {"rest of datapath",
         4,
         {Rule("u_datapath.?_word_q", 2).open_by("u_datapath.sum_valid_q"),
          Rule("u_datapath.prod_*_q", 1).open_by("u_datapath.prod_valid_q"),
          Rule("u_datapath.sum_*_q", 1).open_by("u_datapath.sum_valid_q"),
          Rule("u_datapath.load*_q", 2).loading(), Rule("u_datapath.*", 1), Rule("prod_*", 4),
          Rule("sum_*", 4)}},
        {"scalars under way",
         3,
         {Rule("u_scalar_bus.*", 2).open_by("u_scalar_bus.target_q"),
          Rule("u_scalar_recoder.*", 1).open_by("u_scalar_recoder.valid_q"),
          Rule("u_scalar_inverter.*", 1).open_by("u_scalar_inverter.valid_q")}},
        {"events",
         3,
         {Rule("u_recoder.u_events.g_column*mem", 40).read_by(Event),
          Rule("u_recoder.u_events.*", 1), Rule("u_recoder.*", 1)}},
        {"inverter", 2, {Rule("u_inverter.*", 1).open_by("u_inverter.u_control.reserved_q")}},
        {"loader",
         4,
         {Rule("u_loader.u_image.*", 2).loading(), Rule("u_loader.u_hash*", 1).loading(),
          Rule("u_loader.*", 20).loading()}},
    };
    return all;
}

bool fits(const Variable &variable, const char *pattern)
{
    return fnmatch(pattern, variable.name.c_str(), 0) == 0;
}

/* The simulator's own checks, and values that never leave their module. */
bool is_of_test(const Variable &variable)
{
    return fits(variable, "*.in_mul_q");
}

} // namespace

std::vector<Class> find_classes(const Engine &engine)
{
    std::vector<Class> classes;
    std::vector<bool> taken(engine.variables().size());
    for (const ClassRules &from : class_rules()) {
        Class made = {from.name, from.weight, {}, 0};
        for (const Rule &rule : from.rules) {
            size_t before = made.places.size();
            const Variable *gate = rule.gate != nullptr ? &engine.variable(rule.gate) : nullptr;
            for (size_t i = 0; i < taken.size(); i++) {
                const Variable &variable = engine.variables()[i];
                if (taken[i] || is_of_test(variable) || !fits(variable, rule.pattern))
                    continue;
                taken[i] = true;
                unsigned words = rule.words != 0 ? rule.words : variable.words;
                made.places.push_back({&variable, &rule, gate, std::min(words, variable.words)});
                made.total += rule.weight;
            }
            if (made.places.size() == before)
                tb::fail(__FILE__, __LINE__, rule.pattern);
        }
        classes.push_back(made);
    }
    return classes;
}

std::vector<const Variable *> find_lanes(const Engine &engine)
{
    static const char *const patterns[] = {
        "u_datapath.u_product.u_mul.*.p",
        "u_datapath.u_product.u_mul.product_q",
        "u_datapath.u_product.choice_q",
        "u_datapath.u_product.result_q",
        "u_datapath.u_product.u_secp256k1.*_q",
        "u_datapath.u_sum.a_q",
        "u_datapath.u_sum.b_q",
        "u_datapath.u_sum.result_q",
        "u_datapath.u_sum.u_addsub.*_q",
        "u_datapath.a_q",
        "u_datapath.b_q",
        "u_datapath.p_word_q",
        "u_datapath.s_word_q",
        "u_datapath.u_banks.*.word_q",
    };
    constexpr unsigned LaneBits = 16; /* narrower ones are control */
    std::vector<const Variable *> lanes;
    for (const char *pattern : patterns) {
        size_t before = lanes.size();
        for (const Variable &variable : engine.variables())
            if (variable.bits >= LaneBits && variable.words == 1 && fits(variable, pattern))
                lanes.push_back(&variable);
        if (lanes.size() == before)
            tb::fail(__FILE__, __LINE__, pattern);
    }
    return lanes;
}

const Place &choose(const Class &from, tb::Random &random)
{
    unsigned left = random.below(from.total);
    for (const Place &place : from.places) {
        if (left < place.rule->weight)
            return place;
        left -= place.rule->weight;
    }
    tb::fail(__FILE__, __LINE__, "weights do not add up");
}

} // namespace faults
