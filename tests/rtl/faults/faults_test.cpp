// SPDX-License-Identifier: Apache-2.0
// Faults in the point engine's state: no single flip, and no stuck lane, may make it accept a bad
// signature unnoticed. usage: rtl_faults [FLIPS [FIRST_BATCH]]
#include <algorithm>
#include <cinttypes>
#include <cstdlib>
#include <iterator>
#include <string>
#include <vector>

#include "campaign.h"
#include "tb.h"

using namespace faults;

namespace
{

constexpr unsigned FlipsOfBatch = 50;
constexpr unsigned StuckOfBatch = 2; /* of these */
constexpr unsigned EffectFlips = 30; /* so many flips of a class, and one must have an effect */

struct Row {
    std::array<unsigned, Outcomes> counts{};
    unsigned total() const
    {
        unsigned sum = 0;
        for (unsigned count : counts)
            sum += count;
        return sum;
    }
};

class Campaign
{
  public:
    explicit Campaign(Engine &engine)
        : engine_(engine), classes_(find_classes(engine)), lanes_(find_lanes(engine))
    {
        for (const Class &one : classes_)
            weights_ += one.weight;
        rows_.resize(classes_.size() + 1);
    }

    /* Batch number `number`, with its faults. */
    void run(unsigned number, unsigned flips)
    {
        tb::Random random(tb::seed() * 1000003 + number);
        Batch batch = make_batch(kind_of(number), number, random);
        Run run(engine_, batch);
        for (unsigned i = 0; i < flips; i++) {
            if (i < StuckOfBatch)
                stick(run, number, random);
            else
                flip(run, number, random);
        }
    }

    void print() const
    {
        std::printf("# %-17s %7s", "where", "flips");
        for (const char *name : outcome_names)
            std::printf(" %12s", name);
        std::printf("\n");
        Row all;
        for (size_t i = 0; i < rows_.size(); i++) {
            print(i < classes_.size() ? classes_[i].name.c_str() : "stuck lane", rows_[i]);
            for (unsigned k = 0; k < Outcomes; k++)
                all.counts[k] += rows_[i].counts[k];
        }
        print("all", all);
        std::printf(
            "# in %u of them a bad signature was called valid and its batch did not count\n",
            held_back_);
    }

    void check() const
    {
        for (const Row &row : rows_)
            TB_CHECK(row.counts[AcceptedBad] == 0);
        tb::pass("no bad signature was accepted unnoticed");
        const Row &stuck = rows_.back();
        TB_CHECK(stuck.counts[FalseReject] == 0 && stuck.counts[WrongKey] == 0);
        TB_CHECK(stuck.counts[Masked] < stuck.total());
        tb::pass("a stuck lane was found, or did nothing");
        for (size_t i = 0; i < classes_.size(); i++) {
            bool idle = rows_[i].counts[Masked] == rows_[i].total();
            if (idle)
                std::printf("# no flip in %s had an effect\n", classes_[i].name.c_str());
            TB_CHECK(!idle || rows_[i].total() < EffectFlips);
        }
        tb::pass("flips of every class that had some had effects");
    }

    static unsigned kind_of(unsigned number)
    {
        static const unsigned kinds[] = {0, 1, 0, 2, 0, 3}; /* ECDSA half of the time */
        return kinds[number % (sizeof kinds / sizeof kinds[0])];
    }

  private:
    static void print(const char *name, const Row &row)
    {
        std::printf("# %-17s %7u", name, row.total());
        for (unsigned count : row.counts)
            std::printf(" %12u", count);
        std::printf("\n");
    }

    const Class &choose_class(tb::Random &random) const
    {
        unsigned left = random.below(weights_);
        for (const Class &one : classes_) {
            if (left < one.weight)
                return one;
            left -= one.weight;
        }
        tb::fail(__FILE__, __LINE__, "weights do not add up");
    }

    void flip(Run &run, unsigned number, tb::Random &random)
    {
        const Class &from = choose_class(random);
        Fault fault = run.choose_fault(choose(from, random), random);
        engine_.flip(*fault.variable, fault.word, fault.bit);
        run.finish();
        record(rows_[size_t(&from - classes_.data())], run, number, fault, "flipped");
    }

    void stick(Run &run, unsigned number, tb::Random &random)
    {
        const Variable *lane = lanes_[random.below(uint32_t(lanes_.size()))];
        Fault fault = {lane, 0, random.below(lane->bits), 0};
        bool value = random.chance(50);
        run.go_to(0);
        engine_.stuck = {{lane, 0, fault.bit, value}};
        run.finish();
        engine_.stuck.clear();
        record(rows_.back(), run, number, fault, value ? "stuck at 1" : "stuck at 0");
    }

    void record(Row &row, const Run &run, unsigned number, const Fault &fault, const char *how)
    {
        Judgement judgement = run.judge();
        row.counts[judgement.outcome]++;
        held_back_ += judgement.held_back;
        if (judgement.outcome < FalseReject && !verbose_)
            return;
        const Question &job = run.batch().jobs[judgement.job];
        std::printf("# %s: batch %u (%s), %s word %u bit %u %s in cycle %" PRIu64 " of %" PRIu64
                    ", job %u\n",
                    outcome_names[judgement.outcome], number, job.kind,
                    fault.variable->name.c_str(), fault.word, fault.bit, how, fault.cycle,
                    run.cycles(), judgement.job);
    }

    Engine &engine_;
    std::vector<Class> classes_;
    std::vector<const Variable *> lanes_;
    std::vector<Row> rows_; /* one a class, then the stuck lanes */
    unsigned weights_ = 0, held_back_ = 0;
    bool verbose_ = std::getenv("VERBOSE") != nullptr;
};

/* A flip that is taken back at once, anywhere, leaves the run as it was. */
void control_nothing(Engine &engine, Run &run)
{
    constexpr unsigned Tries = 8;
    tb::Random random(tb::seed());
    for (unsigned i = 0; i < Tries; i++) {
        run.go_to(random.below(uint32_t(run.cycles())));
        const Variable &variable =
            engine.variables()[random.below(uint32_t(engine.variables().size()))];
        engine.flip(variable, 0, 0);
        engine.flip(variable, 0, 0);
        run.finish();
        TB_CHECK(run.judge().outcome == Masked && !run.judge().wrong);
    }
    tb::pass("control: a flip that is taken back changes nothing");
}

/* Both rails of a bad signature's verdict, four bits at once, are more than the engine is made for:
 * the judge must say that it was accepted. */
void control_rails(Engine &engine, Run &run)
{
    const Variable &ends = engine.variable("end_valid");
    const Variable &value = engine.variable("end_value");
    const Variable &value_n = engine.variable("end_value_n");
    constexpr unsigned AnswerCycles = 3; /* from the verdict to the answer */
    unsigned accepted = 0, tried = 0;
    for (unsigned job = 1; job + 1 < BatchJobs; job++) {
        if (run.batch().jobs[job].valid)
            continue;
        run.go_to(run.answered(job) - AnswerCycles);
        TB_CHECK(ends.low() == 1 && value.low() == 0 && value_n.low() == 3);
        for (unsigned bit = 0; bit < 2; bit++) {
            engine.flip(value, 0, bit);
            engine.flip(value_n, 0, bit);
        }
        run.finish();
        tried++;
        accepted += run.judge().outcome == AcceptedBad && run.judge().job == job;
    }
    TB_CHECK(tried > 0 && accepted == tried);
    tb::pass("control: both rails of a verdict flipped, and the bad signature counts as accepted");
}

/* The same flips twice: as the engine and the host are, and with an engine that forgets each fault
 * that it finds and a host that does not look at known answers. */
void control_deaf(Engine &engine, Run &run, const std::vector<Class> &classes)
{
    constexpr unsigned Tries = 8; /* in each of these */
    static const char *const names[] = {"microcode", "register banks", "point tables",
                                        "multiplier"};
    tb::Random random(tb::seed());
    std::vector<Engine::Stuck> silent;
    for (unsigned thread = 0; thread < THREADS; thread++)
        silent.push_back({&engine.variable("u_sequencer.u_threads.g_thread[" +
                                           std::to_string(thread) + "].fault_q"),
                          0, 0, false});
    unsigned wrong = 0, unnoticed = 0;
    for (const Class &from : classes) {
        if (std::find(std::begin(names), std::end(names), from.name) == std::end(names))
            continue;
        for (unsigned i = 0; i < Tries; i++) {
            Fault fault = run.choose_fault(choose(from, random), random);
            for (bool deaf : {true, false}) {
                run.go_to(fault.cycle);
                engine.flip(*fault.variable, fault.word, fault.bit);
                if (deaf)
                    engine.stuck = silent;
                run.finish();
                engine.stuck.clear();
                (deaf ? wrong : unnoticed) += run.judge(deaf).outcome >= FalseReject;
            }
        }
    }
    std::printf("# of %zu flips %u give wrong verdicts without detection, %u with it\n",
                Tries * std::size(names), wrong, unnoticed);
    TB_CHECK(wrong > unnoticed);
    tb::pass("control: without detection wrong verdicts come out");
}

/* What is known of a job by one bit, for a time, turned around at each of these times. */
class NearMiss
{
  public:
    NearMiss(Engine &engine, Run &run, unsigned job) : engine_(engine), run_(run), job_(job)
    {
    }

    /* The result of a test is one bit for one cycle, before it is a flag and its complement. */
    void turn_tests(uint64_t from, uint64_t to)
    {
        /* A tag is {thread, dst, flag}, in sums with more at both ends. */
        unsigned before = row.total();
        turn_tests("u_datapath.u_product.", "3_q", 10, from, to);
        turn_tests("u_datapath.u_sum.", "2_q", 16, from, to);
        TB_CHECK(row.total() > before);
    }
    /* A bit of the control word's flags, in each `step`th cycle. */
    void turn_flag(unsigned bit, unsigned step, uint64_t from, uint64_t to)
    {
        std::vector<uint64_t> cycles;
        for (uint64_t cycle = from; cycle < to; cycle += step)
            cycles.push_back(cycle);
        turn(engine_.variable("u_loader.flags_q"), bit, cycles);
    }
    /* When the job has its thread at the latest: its control word may have been read while another
     * job ran there. */
    uint64_t has_thread() const
    {
        uint64_t begin = run_.load_begin(job_), cycle = begin;
        for (unsigned other = 0; other < BatchJobs; other++)
            if (run_.thread(other) == run_.thread(job_) && run_.load_begin(other) < begin)
                cycle = std::max(cycle, run_.answered(other));
        return cycle;
    }
    /* A bit of the thread's operation in the control. */
    void turn_operation(const char *stage, unsigned bit, uint64_t from, uint64_t to)
    {
        const std::string control = "u_sequencer.u_control.";
        const Variable &valid = engine_.variable(control + "valid" + stage);
        const Variable &operation = engine_.variable(control + "op" + stage);
        std::vector<uint64_t> cycles;
        run_.go_to(from);
        for (uint64_t cycle = from; cycle < to; cycle++, engine_.cycle())
            if (valid.low() != 0 && (operation.low() & ThreadMask) == run_.thread(job_))
                cycles.push_back(cycle);
        TB_CHECK(!cycles.empty());
        turn(operation, bit, cycles);
    }

    Row row;

  private:
    void turn_tests(const std::string &unit, const char *stage, unsigned shift, uint64_t from,
                    uint64_t to)
    {
        const Variable &test = engine_.variable(unit + "test" + stage);
        const Variable &tag = engine_.variable(unit + "tag" + stage);
        std::vector<uint64_t> cycles;
        run_.go_to(from);
        for (uint64_t cycle = from; cycle < to; cycle++, engine_.cycle())
            if (test.low() != 0 && (tag.low() >> shift & ThreadMask) == run_.thread(job_))
                cycles.push_back(cycle);
        turn(engine_.variable(unit + "value_q"), 0, cycles);
    }

    void turn(const Variable &variable, unsigned bit, const std::vector<uint64_t> &cycles)
    {
        for (uint64_t cycle : cycles) {
            run_.go_to(cycle);
            engine_.flip(variable, 0, bit);
            run_.finish();
            Outcome outcome = run_.judge().outcome;
            row.counts[outcome]++;
            if (outcome == AcceptedBad)
                std::printf("# ACCEPTED BAD: %s, job %u, %s bit %u in cycle %" PRIu64
                            ", answer in %" PRIu64 "\n",
                            run_.batch().jobs[job_].kind, job_, variable.name.c_str(), bit, cycle,
                            run_.answered(job_));
        }
    }

    static constexpr uint32_t ThreadMask = 31;

    Engine &engine_;
    Run &run_;
    unsigned job_;
};

void turn_low_s(NearMiss &near, const Run &run, unsigned job)
{
    constexpr unsigned StartCycles = 200;  /* from the control word to the first instruction */
    constexpr unsigned RangeCycles = 5000; /* to the last of the tests at the begin */
    constexpr unsigned OperationBit = 10;  /* LOW_S in an operation of the control */
    constexpr unsigned Step = 9;
    constexpr unsigned LowSBit = 4;
    static_assert(SNAP_FLAG_LOW_S == 1u << LowSBit, "the flag of the control word");
    uint64_t from = near.has_thread(), to = from + StartCycles;
    near.turn_flag(LowSBit, Step, run.load_begin(job), run.load_end(job));
    near.turn_operation("2_q", OperationBit, from, to);
    near.turn_operation("5_q", OperationBit, from, to);
    near.turn_tests(from, std::min(from + RangeCycles, run.answered(job)));
}

void near_misses(Engine &engine)
{
    constexpr unsigned EndCycles = 800; /* of the comparison and of the last tests */
    constexpr unsigned Jobs = 2;        /* of each kind */
    Row all;
    for (unsigned kind : {0u, 1u}) {
        tb::Random random(tb::seed() + kind);
        Batch batch = make_near_misses(kind, kind, random);
        Run run(engine, batch);
        unsigned tried = 0;
        for (unsigned job = 1; job + 1 < BatchJobs && tried < Jobs; job++) {
            const Question &asked = batch.jobs[job];
            if (kind == 0 ? !(asked.flags & SNAP_FLAG_LOW_S) : asked.valid)
                continue;
            tried++;
            NearMiss near(engine, run, job);
            if (kind == 0)
                turn_low_s(near, run, job);
            else
                near.turn_tests(run.answered(job) - EndCycles, run.answered(job));
            for (unsigned i = 0; i < Outcomes; i++)
                all.counts[i] += near.row.counts[i];
        }
        TB_CHECK(tried == Jobs);
    }
    std::printf("# near misses: %u flips, %u masked, %u status faults, %u accepted\n", all.total(),
                all.counts[Masked], all.counts[StatusFault], all.counts[AcceptedBad]);
    TB_CHECK(all.counts[AcceptedBad] == 0);
    tb::pass("a signature that breaks one rule only is not accepted by one wrong bit");
}

} // namespace

int main(int count, char **arguments)
{
    unsigned flips = count > 1 ? unsigned(std::strtoul(arguments[1], nullptr, 0)) : 300;
    unsigned first = count > 2 ? unsigned(std::strtoul(arguments[2], nullptr, 0)) : 0;
    TB_CHECK(flips > 0);
    Engine engine;
    {
        tb::Random random(tb::seed());
        Batch batch = make_batch(0, first, random);
        Run run(engine, batch);
        control_nothing(engine, run);
        control_rails(engine, run);
        control_deaf(engine, run, find_classes(engine));
    }
    near_misses(engine);
    Campaign campaign(engine);
    for (unsigned done = 0, number = first; done < flips; done += FlipsOfBatch, number++)
        campaign.run(number, std::min(FlipsOfBatch, flips - done));
    campaign.print();
    campaign.check();
    return 0;
}
