// SPDX-License-Identifier: Apache-2.0
#include "campaign.h"

#include <algorithm>

namespace faults
{

Run::Run(Engine &engine, const Batch &batch)
    : engine_(engine), batch_(batch), event_left_(engine.variable("u_sequencer.u_control.left2_q")),
      end_thread_(engine.variable("end_thread"))
{
    static const char *const ports[Readers][2] = {
        {"u_sequencer.u_products.place1_q", "u_sequencer.u_products.valid1_q"},
        {"u_sequencer.u_sums.place1_q", "u_sequencer.u_sums.valid1_q"},
        {"u_datapath.prod_a_addr_q", "u_datapath.u_prod_control.valid_q"},
        {"u_datapath.prod_b_addr_q", "u_datapath.u_prod_control.valid_q"},
        {"u_datapath.sum_a_addr_q", "u_datapath.u_sum_early.valid_q"},
        {"u_datapath.sum_b_addr_q", "u_datapath.u_sum_early.valid_q"},
        {"u_datapath.table_addr_q", "u_datapath.from_table_q"},
        {"u_datapath.fixed_addr_q", "u_datapath.from_fixed_q"},
        {"u_datapath.prod_constant_q", "u_datapath.from_constant_q"},
        {"u_sequencer.u_control.op2_q", "u_sequencer.u_control.valid2_q"},
    };
    for (unsigned i = 0; i < Readers; i++) {
        address_[i] = &engine.variable(ports[i][0]);
        valid_[i] = &engine.variable(ports[i][1]);
    }
    constexpr uint64_t CyclesMax = 500000; /* of a batch without faults */
    engine_.begin(batch);
    unsigned loading = 0;
    while (!engine_.complete()) {
        if (engine_.outside().cycle % Spacing == 0)
            engine_.keep(moments_.emplace_back());
        watch();
        engine_.cycle();
        uint64_t now = engine_.outside().cycle;
        TB_CHECK(now < CyclesMax);
        for (; loading < BatchJobs && engine_.outside().word > batch.first_word[loading]; loading++)
            load_begin_[loading] = now;
    }
    whole_ = result_ = engine_.outside();
    constexpr uint64_t LoadCycles = 80; /* from the control word to the last number in bank S */
    for (unsigned i = 0; i < BatchJobs; i++)
        load_end_[i] = load_begin_[i] + LoadCycles;
    TB_CHECK(judge().outcome == Masked);
}

/* The addresses that ports read in this cycle, and who is answered for. */
void Run::watch()
{
    constexpr uint32_t AddressMask[Readers] = {0x3FF, 0x3FF, 0x3FF, 0x3FF, 0x3FF,
                                               0x3FF, 0x3FF, 0xFFF, 0x1F,  0x1F};
    constexpr unsigned EventsLog2 = 8; /* of a thread, in the first memory */
    std::array<uint16_t, Readers> &now = read_.emplace_back();
    for (unsigned i = 0; i < Readers; i++)
        now[i] = valid_[i]->low() & 1 ? uint16_t(address_[i]->low() & AddressMask[i]) : NotRead;
    uint32_t left = event_left_.low();
    if (now[Event] != NotRead)
        now[Event] = left == 0 || left > 1u << EventsLog2
                         ? NotRead
                         : uint16_t(now[Event] << EventsLog2 | (left - 1));
    for (unsigned i = 0; i < BatchJobs; i++)
        if (engine_.outside().answers[i].given &&
            engine_.outside().answers[i].cycle + 1 == engine_.outside().cycle)
            thread_[i] = end_thread_.low();
}

uint64_t Run::choose_cycle(const Rule &rule, unsigned job, tb::Random &random) const
{
    constexpr unsigned AnytimePercent = 20; /* of the flips that have a better time */
    uint64_t last = whole_.cycle - 1;
    if (rule.when == When::Anytime || random.chance(AnytimePercent))
        return random.below(uint32_t(last + 1));
    if (rule.when == When::WhileLoaded)
        return load_begin_[job] + random.below(uint32_t(load_end_[job] - load_begin_[job]));
    return answered(job) - std::min<uint64_t>(random.below(rule.cycles), answered(job));
}

unsigned Run::choose_word(const Place &place, unsigned job, uint64_t cycle,
                          tb::Random &random) const
{
    constexpr uint32_t Soon = 400; /* cycles until a word is read, plus what it takes to find one */
    const Rule &rule = *place.rule;
    unsigned any = random.below(place.words);
    if (rule.reader == OwnThread)
        return thread_[job];
    if (rule.reader == NoReader)
        return any;
    unsigned reader = rule.reader;
    if (reader == FetchProduct && random.chance(50))
        reader = FetchSum;
    constexpr unsigned BankBit = 9;
    for (uint64_t later = cycle + random.below(Soon); later < read_.size(); later++) {
        unsigned word = read_[later][reader];
        if (word == NotRead || (rule.bank >= 0 && int(word >> BankBit) != rule.bank))
            continue;
        return (rule.bank >= 0 ? word & ((1u << BankBit) - 1) : word) % place.variable->words;
    }
    return any;
}

Fault Run::choose_fault(const Place &place, tb::Random &random)
{
    constexpr unsigned GateCycles = 3000; /* to wait for an open gate */
    unsigned job = random.below(BatchJobs);
    uint64_t cycle = std::min(choose_cycle(*place.rule, job, random), whole_.cycle - 1);
    go_to(cycle);
    if (place.gate != nullptr)
        for (unsigned i = 0; i < GateCycles && place.gate->low() == 0 && cycle + 1 < whole_.cycle;
             i++, cycle++)
            engine_.cycle();
    return {place.variable, choose_word(place, job, cycle, random),
            random.below(place.variable->bits), cycle};
}

void Run::go_to(uint64_t cycle)
{
    engine_.restore(moments_[cycle / Spacing]);
    while (engine_.outside().cycle < cycle)
        engine_.cycle();
}

void Run::finish()
{
    while (!engine_.complete() && engine_.outside().cycle < whole_.cycle + Patience) {
        uint64_t now = engine_.outside().cycle;
        if (engine_.stuck.empty() && now % Spacing == 0 && now / Spacing < moments_.size() &&
            engine_.is_at(moments_[now / Spacing])) {
            /* From here on it is the whole run. */
            result_ = engine_.outside();
            for (unsigned i = 0; i < BatchJobs; i++)
                if (!result_.answers[i].given)
                    result_.answers[i] = whole_.answers[i];
            return;
        }
        engine_.cycle();
    }
    result_ = engine_.outside();
}

} // namespace faults
