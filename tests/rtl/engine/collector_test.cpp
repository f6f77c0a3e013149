// SPDX-License-Identifier: Apache-2.0
// snap_point_collector between models of loader, sequencer and datapath: every answer in every
// field, and with one bit of anything that it keeps or is given flipped: never another job's
// answer, never a verdict.
#include HEADER

#include <array>
#include <cstring>
#include <deque>

#include "queue/ports.h"
#include "snap_isa.h"
#include "snapcard_abi.h"
#include "tb.h"

#include HEADER_ROOT

namespace
{

constexpr unsigned Threads = 32, Groups = 8;
constexpr unsigned EndValid = 3; /* of `verdict`; the others are the ISA's */
enum Status : uint8_t { Ok, Input, Fault };
enum Cause : uint8_t { Datapath, Control };

tb::Random random_source(tb::seed());

uint64_t value_of(uint32_t code, uint64_t cookie)
{
    return (uint64_t(~code) << 32 | code) ^ cookie;
}

uint32_t code_of(unsigned end)
{
    return end == ISA_END_INVALID    ? SNAP_VERDICT_INVALID
           : end == ISA_END_INFINITY ? SNAP_VERDICT_INFINITY
                                     : SNAP_VERDICT_VALID;
}

struct Answer {
    unsigned tag;
    uint64_t value;
    Status status;
    unsigned cause;
    bool has_result;
    std::array<uint8_t, 64> result;
    uint32_t start; /* cycle of the control word */
};

struct Thread {
    bool running = false;
    unsigned tag = 0, group = 0;
    bool grouped = false;
    uint64_t cookie = 0;
    uint32_t start = 0;
    std::array<uint8_t, 64> result{};
};

class Collector
{
  public:
    Collector()
    {
        V &d = bench_.dut();
        d.context_we_i = d.sum_done_i = d.end_valid_i = d.answer_valid_i = d.out_ready_i = 0;
        d.now_i = 1000;
        d.group_error_i = 0;
        bench_.reset();
    }

    unsigned answers = 0, flips = 0, faults = 0, results = 0;

    void cycle(unsigned flip_percent)
    {
        V &d = bench_.dut();
        flip_percent_ = flip_percent;
        begin();
        emit();
        offer_end();
        offer_answer();
        d.out_ready_i = random_source.chance(60);
        bench_.settle();
        sample();
        bench_.tick();
        d.now_i += 1;
    }

  private:
    /* A thread gets a job, and all of its result at once. */
    void begin()
    {
        V &d = bench_.dut();
        d.context_we_i = 0;
        unsigned number = random_source.below(Threads);
        Thread &thread = threads_[number];
        if (thread.running || !random_source.chance(40) || !emits_.empty())
            return;
        thread = {};
        thread.running = true;
        thread.tag = random_source.below(32);
        thread.cookie = random_source.next();
        thread.start = d.now_i - random_source.below(100000);
        thread.grouped = random_source.chance(30);
        thread.group = random_source.below(Groups);
        for (uint8_t &byte : thread.result)
            byte = uint8_t(random_source.next());
        d.context_we_i = 1;
        d.context_thread_i = uint8_t(number);
        d.context_tag_i = uint8_t(thread.tag);
        d.context_cookie_i = thread.cookie;
        d.context_start_i = thread.start;
        d.context_grouped_i = thread.grouped;
        d.context_group_i = uint8_t(thread.group);
        emits_ = {{number, 0}, {number, 1}};
    }

    /* Results of sums: words of the new job, and much that is not the collector's. */
    void emit()
    {
        V &d = bench_.dut();
        d.sum_done_i = random_source.chance(50);
        d.sum_done_thread_i = uint8_t(random_source.below(Threads));
        d.sum_done_send_i = uint8_t(random_source.below(3)); /* none, invert, scalar */
        d.sum_done_arg_i = uint8_t(random_source.below(16));
        for (unsigned i = 0; i < 8; i++)
            d.sum_done_data_i[i] = uint32_t(random_source.next());
        d.sum_done_parity_i = uint8_t(random_source.next());
        if (emits_.empty() || d.context_we_i)
            return;
        auto [number, word] = emits_.front();
        emits_.pop_front();
        Thread &thread = threads_[number];
        d.sum_done_i = 1;
        d.sum_done_send_i = ISA_SEND_EMIT;
        d.sum_done_thread_i = uint8_t(number);
        d.sum_done_arg_i = uint8_t(word);
        uint8_t parity = 0;
        for (unsigned i = 0; i < 32; i++) /* big-endian in the slot */
            put(d.sum_done_data_i, 8 * (31 - i), 8, thread.result[32 * word + i]);
        for (unsigned i = 0; i < 8; i++)
            parity |= uint8_t(__builtin_parity(d.sum_done_data_i[i]) << i);
        d.sum_done_parity_i = parity;
    }

    bool being_written(unsigned number) const
    {
        return !emits_.empty() && emits_.front().first == number;
    }

    void offer_end()
    {
        V &d = bench_.dut();
        if (ended_) {
            d.end_valid_i = 0;
            ended_ = false;
        }
        unsigned number = random_source.below(Threads);
        Thread &thread = threads_[number];
        if (d.end_valid_i || !thread.running || being_written(number) || d.context_we_i ||
            d.sum_done_thread_i == number || !random_source.chance(20))
            return;
        Answer &answer = ending_;
        unsigned end = random_source.below(4), rail = end ^ 3;
        bool fault = random_source.chance(5);
        answer = {thread.tag,
                  value_of(code_of(end), thread.cookie),
                  Ok,
                  0,
                  end == ISA_END_RESULT,
                  thread.result,
                  thread.start};
        if (fault) {
            answer.status = Fault;
            answer.cause = random_source.below(3);
        }
        d.end_cause_i = uint8_t(answer.cause);
        if (random_source.chance(flip_percent_))
            flip(number, end, rail, fault);
        d.group_error_i =
            uint8_t(random_source.below(1u << Groups) & random_source.below(1u << Groups));
        if (thread.grouped && (d.group_error_i >> thread.group & 1))
            answer.status = Input;
        if (answer.status != Ok) {
            answer.value = 0;
            answer.has_result = false;
        }
        d.end_valid_i = 1;
        d.end_thread_i = uint8_t(number);
        d.end_value_i = uint8_t(end);
        d.end_value_n_i = uint8_t(rail);
        d.end_fault_i = fault;
    }

    /* One bit of a rail, of the context or of a word of the result. */
    void flip(unsigned number, unsigned &end, unsigned &rail, bool fault)
    {
        auto *root = bench_->rootp;
        auto &contexts = root->snap_point_collector__DOT__u_contexts__DOT__g_generic__DOT__mem;
        auto &words = root->snap_point_collector__DOT__u_words__DOT__g_generic__DOT__mem;
        constexpr unsigned ContextBits = 2 * (9 + 1) + 65 + 33, WordBits = 264;
        unsigned cause = Datapath;
        switch (random_source.below(4)) {
        case 0:
            end ^= 1u << random_source.below(2);
            cause = Control;
            break;
        case 1:
            rail ^= 1u << random_source.below(2);
            cause = Control;
            break;
        case 2: {
            unsigned bit = random_source.below(ContextBits);
            put(contexts[number], bit, 1, !get(contexts[number], bit, 1));
            break;
        }
        default:
            if (end != ISA_END_RESULT)
                return;
            unsigned bit = random_source.below(WordBits),
                     word = 2 * number + random_source.below(2);
            put(words[word], bit, 1, !get(words[word], bit, 1));
        }
        flips++;
        ending_.status = Fault;
        if (!fault)
            ending_.cause = cause;
    }

    void offer_answer()
    {
        V &d = bench_.dut();
        if (answered_) {
            d.answer_valid_i = 0;
            answered_ = false;
        }
        if (d.answer_valid_i || !random_source.chance(1))
            return;
        Answer &answer = loader_ = {};
        answer.tag = random_source.below(32);
        answer.status = Status(random_source.below(3));
        answer.cause = Control;
        answer.start = d.now_i - random_source.below(1000);
        d.answer_valid_i = 1;
        d.answer_tag_i = uint8_t(answer.tag);
        d.answer_status_i = answer.status;
        d.answer_code_i = random_source.chance(50) ? SNAP_VERDICT_VALID : SNAP_VERDICT_INVALID;
        d.answer_cookie_i = random_source.next();
        d.answer_start_i = answer.start;
        if (answer.status == Ok)
            answer.value = value_of(d.answer_code_i, d.answer_cookie_i);
    }

    void sample()
    {
        V &d = bench_.dut();
        TB_CHECK(!(d.end_ready_o && d.end_valid_i) || !(d.answer_ready_o && d.answer_valid_i));
        if (d.answer_valid_i && d.answer_ready_o) {
            due_.push_back(loader_);
            answered_ = true;
        }
        bool taken = d.end_valid_i && d.end_ready_o;
        TB_CHECK(!d.group_done_valid_o || taken);
        if (taken) {
            Thread &thread = threads_[d.end_thread_i];
            TB_CHECK(d.group_done_valid_o == thread.grouped);
            TB_CHECK(!thread.grouped || d.group_done_o == thread.group);
            thread.running = false;
            due_.push_back(ending_);
            ended_ = true;
        }
        waiting_ = d.end_valid_i && !taken && d.out_ready_i ? waiting_ + 1 : 0;
        TB_CHECK(waiting_ < 50);
        if (d.out_valid_o && d.out_ready_i)
            check_answer();
    }

    void check_answer()
    {
        V &d = bench_.dut();
        TB_CHECK(!due_.empty());
        const Answer &answer = due_.front();
        TB_CHECK(d.out_tag_o == answer.tag && d.out_status_o == answer.status);
        TB_CHECK(d.out_value_o == answer.value && d.out_has_result_o == answer.has_result);
        TB_CHECK(answer.status != Fault || d.out_cause_o == answer.cause);
        if (answer.status == Ok) {
            TB_CHECK(d.out_cycles_o <= d.now_i - answer.start);
            TB_CHECK(d.out_cycles_o + 60 > d.now_i - answer.start);
        }
        if (answer.has_result)
            for (unsigned i = 0; i < 64; i++)
                TB_CHECK(get(d.out_result_o, 8 * i, 8) == answer.result[i]);
        results += answer.has_result;
        faults += answer.status == Fault;
        answers++;
        due_.pop_front();
    }

    tb::Bench<V> bench_;
    unsigned flip_percent_ = 0, waiting_ = 0;
    std::array<Thread, Threads> threads_;
    std::deque<std::pair<unsigned, unsigned>> emits_; /* thread, word */
    std::deque<Answer> due_;
    Answer ending_ = {}, loader_ = {};
    bool ended_ = false, answered_ = false;
};

} // namespace

int main()
{
    Collector collector;
    for (unsigned i = 0; i < 200000; i++)
        collector.cycle(0);
    unsigned good = collector.answers;
    TB_CHECK(good > 10000 && collector.results > 2000 && collector.faults > 300);
    tb::pass(
        "answers of threads in any order, results, faults, wrong words, answers of the loader");
    for (unsigned i = 0; i < 200000; i++)
        collector.cycle(30);
    TB_CHECK(collector.answers > good + 10000 && collector.flips > 3000);
    tb::pass("a flipped bit is a fault of the right job");
    return 0;
}
