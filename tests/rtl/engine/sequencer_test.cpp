/* SPDX-License-Identifier: Apache-2.0 */
/* The sequencer runs random microcode; the test is its datapath, inverter, recoder and loader, and
 * follows each thread from grant to grant: the right word, not too early, not too late when it is
 * alone. */
#include HEADER
#include SEQUENCER_INSIDE

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <set>

#include "sequencer.h"

using sequencer::Event;
using sequencer::Image;
using sequencer::Word;

namespace
{

constexpr unsigned kTableDistance = ISA_PRODUCT_CYCLES - ISA_SUM_CYCLES;
constexpr unsigned kHang = 200000; /* cycles without a grant or an end */
enum Cause { Data, Control, Watchdog };

struct Result {
    bool valid = false;
    unsigned thread = 0, test = 0, flag = 0, value = 0;
};

/* What the test knows of a thread, beside what the microcode says. */
struct Seat {
    enum { Free, Reserved, Running, Parked, Merged, Released } state = Free;
    sequencer::Thread thread;
    bool first = true;
    uint64_t granted = 0, since = 0; /* last grant, start */
    unsigned wait = 0, least = 0;
    int partner = -1, group = -1;
    bool inverse_busy = false, inverse_written = false, digits_busy = false, digits_ready = false;
    uint64_t opened = 0; /* what a gate waited for came */
    /* Of faults that the test made, as bits: which of them is seen first is open. */
    unsigned causes = 0;
    unsigned verdict_plan = 0;
};

struct Group {
    unsigned chunks = 0, running = 0, to_start = 0;
    bool fault = false, invalid = false, used = false;
};

struct Options {
    unsigned most = THREADS; /* jobs at once */
    bool alone = false;      /* exact times */
    unsigned faults = 0;     /* of 10,000 grants */
    bool groups = true;
    unsigned digits = 20; /* events at most */
};

class Test
{
  public:
    Test() : random_(tb::seed())
    {
        bench_->enable_i = 1;
        bench_.reset();
    }

    void load(const Image &image)
    {
        image_ = image;
        bench_->image_we_i = 1;
        for (unsigned i = 0; i < ISA_IMAGE_WORDS_MAX; i++) {
            bench_->image_addr_i = i;
            bench_->image_word_i = image.words[i].bits();
            bench_.tick();
        }
        bench_->image_we_i = 0;
        bench_->entry_we_i = 1;
        for (unsigned i = 0; i < image.entries.size(); i++) {
            bench_->entry_addr_i = i;
            bench_->entry_data_i = image.entries[i];
            bench_.tick();
        }
        bench_->entry_we_i = 0;
    }

    void run(const Options &options, unsigned jobs)
    {
        options_ = options;
        jobs_left_ = jobs;
        quiet_ = 0;
        while (jobs_left_ > 0 || live_ > 0 || to_start_.size() > 0 || !bench_->idle_o) {
            cycle();
            TB_CHECK(++quiet_ < kHang);
        }
        TB_CHECK(inverter_.empty() && !recoder_busy_);
    }

    /* One job of a program, for the directed tests; its answer. */
    struct Answer {
        bool fault;
        unsigned cause, value;
    };
    Answer one(unsigned program)
    {
        Options options;
        options.most = 1;
        options.groups = false;
        forced_program_ = int(program);
        breaks_in_ = 0;
        run(options, 1);
        forced_program_ = -1;
        return last_;
    }

    tb::Random &random()
    {
        return random_;
    }
    auto &dut()
    {
        return bench_.dut();
    }
    const Image &image() const
    {
        return image_;
    }

    std::map<unsigned, unsigned> ends; /* by value; 4: fault */
    unsigned merges = 0, exceptional = 0, both = 0;
    bool free_running = false; /* a directed test breaks things: no comparison with the model */
    bool recoder_fails = false, event_fails = false;
    std::function<void()> breaks; /* called some cycles after the next grant */

  private:
    /* ---- loader */
    void start_chunk(unsigned program, int group)
    {
        unsigned t = reserved_.front();
        reserved_.pop_front();
        unsigned flags = random_.below(64);
        if (group >= 0 && random_.chance(97))
            flags |= 1;
        Seat &seat = seats_[t];
        TB_CHECK(seat.state == Seat::Reserved);
        seat = Seat();
        seat.state = Seat::Running;
        seat.thread.start(image_, program, flags);
        seat.group = group;
        seat.since = now_;
        seat.verdict_plan = random_.below(2);
        seat.thread.fault = !bench_->enable_i;
        if (!bench_->enable_i)
            seat.causes |= 1u << Control;
        bench_->start_valid_i = 1;
        bench_->start_thread_i = t;
        bench_->start_program_i = program;
        bench_->start_flags_i = flags;
        bench_->start_job_i = group >= 0 ? group : random_.below(8);
        live_++;
    }

    void open_group(unsigned program)
    {
        for (unsigned g = 0; g < 8; g++) {
            if (groups_[g].used)
                continue;
            Group &group = groups_[g];
            group = Group();
            group.used = true;
            group.chunks = group.running = group.to_start = 1 + random_.below(16);
            for (unsigned i = 0; i < group.chunks; i++)
                to_start_.push_back({program, int(g)});
            bench_->group_valid_i = 1;
            bench_->group_job_i = g;
            bench_->group_chunks_i = group.chunks;
            jobs_left_--;
            return;
        }
    }

    void loader()
    {
        bench_->alloc_take_i = bench_->start_valid_i = bench_->free_valid_i =
            bench_->group_valid_i = 0;
        start();
        bool more = jobs_left_ > 0 || !to_start_.empty();
        if (more && bench_->alloc_valid_o && live_ + reserved_.size() < options_.most + 1 &&
            random_.chance(50)) {
            unsigned t = bench_->alloc_thread_o;
            bench_->alloc_take_i = 1;
            Seat &seat = seats_[t];
            TB_CHECK(t < THREADS && (seat.state == Seat::Free || seat.state == Seat::Released));
            TB_CHECK(!seat.inverse_busy && !seat.digits_busy);
            seat.state = Seat::Reserved;
            reserved_.push_back(t);
        }
    }

    void start()
    {
        if (!reserved_.empty() && jobs_left_ == 0 && to_start_.empty()) {
            give_back();
        } else if (!reserved_.empty() && random_.chance(options_.alone ? 100 : 20)) {
            if (random_.chance(3)) {
                give_back();
            } else if (live_ >= options_.most) {
                return;
            } else if (!to_start_.empty()) {
                auto [program, group] = to_start_.front();
                to_start_.pop_front();
                start_chunk(program, group);
            } else if (options_.groups && random_.chance(30)) {
                open_group(ISA_PROGRAM_SUM_ZERO + random_.below(2));
            } else {
                jobs_left_--;
                start_chunk(forced_program_ >= 0 ? unsigned(forced_program_)
                                                 : random_.below(ISA_PROGRAM_SUM_ZERO),
                            -1);
            }
        }
    }

    void give_back()
    {
        bench_->free_valid_i = 1;
        bench_->free_thread_i = reserved_.front();
        seats_[reserved_.front()].state = Seat::Free;
        reserved_.pop_front();
    }

    /* ---- inverter and recoder */
    void inverter()
    {
        bench_->inverse_done_i = 0;
        for (auto it = inverter_.begin(); it != inverter_.end(); ++it) {
            if (it->second > now_)
                continue;
            Seat &seat = seats_[it->first];
            seat.inverse_busy = false;
            seat.inverse_written = true;
            seat.opened = now_;
            bench_->inverse_done_i = 1;
            bench_->inverse_thread_i = it->first;
            inverter_.erase(it);
            break;
        }
        bench_->inverter_free_i = inverter_.size() < 2;
    }

    void recoder()
    {
        bench_->events_done_i = bench_->events_fault_i = 0;
        if (recoder_busy_ && now_ >= recoder_at_) {
            recoder_busy_ = false;
            Seat &seat = seats_[recoder_thread_];
            seat.digits_busy = false;
            seat.opened = now_;
            bench_->events_done_i = 1;
            bench_->events_thread_i = recoder_thread_;
            if (recoder_fails) {
                bench_->events_fault_i = 1;
                return;
            }
            seat.digits_ready = true;
            auto &events = seat.thread.events;
            unsigned program = seat.thread.program;
            unsigned n = random_.chance(5) ? ISA_EVENTS : random_.below(options_.digits + 1);
            if (event_fails)
                n = 5;
            for (unsigned i = 0; i < n; i++)
                events.push_back({random_.chance(50) ? 0 : random_.below(n > 30 ? 2 : 6),
                                  random_.below(isa_streams[program].count), random_.below(2),
                                  random_.below(8)});
            for (unsigned i = 0; i < n; i++)
                memory_[recoder_thread_][i] = events[i];
            bench_->events_count_i = n;
        }
        bench_->recoder_free_i = !recoder_busy_;
    }

    /* ---- event memory: two cycles */
    void event_memory()
    {
        bench_->event_data_i = uint32_t(random_.next() & 0x7FFFFF);
        bench_->event_parity_error_i = 0;
        if (reads_[0] >= 0) {
            unsigned thread = unsigned(reads_[0]) >> 9, index = unsigned(reads_[0]) & 511;
            TB_CHECK(index < ISA_EVENTS);
            const Event &event = memory_[thread][index];
            bench_->event_data_i =
                event.doublings << 14 | event.stream << 11 | event.negative << 10 | event.entry;
            bench_->event_parity_error_i = event_fails;
        }
    }
    void event_requests()
    {
        reads_[0] = reads_[1];
        reads_[1] = bench_->event_re_o ? int(bench_->event_addr_o) : -1;
    }

    /* ---- datapath */
    void results()
    {
        Result &p = products_[now_ % ISA_PRODUCT_CYCLES], &s = sums_[now_ % ISA_SUM_CYCLES];
        bench_->prod_done_i = p.valid;
        bench_->prod_done_thread_i = p.thread;
        bench_->prod_done_test_i = p.test;
        bench_->prod_done_flag_i = p.flag;
        bench_->prod_done_value_i = p.value;
        bench_->sum_done_i = s.valid;
        bench_->sum_done_thread_i = s.thread;
        bench_->sum_done_test_i = s.test;
        bench_->sum_done_flag_i = s.flag;
        bench_->sum_done_value_i = s.value;
        bench_->fault_prod_i = bench_->fault_sum_i = 0;
        make_fault(p, true);
        make_fault(s, false);
        p.valid = s.valid = false;
    }

    void make_fault(const Result &result, bool product)
    {
        if (!result.valid || random_.below(10000) >= options_.faults)
            return;
        (product ? bench_->fault_prod_i : bench_->fault_sum_i) = 1;
        (product ? bench_->fault_prod_thread_i : bench_->fault_sum_thread_i) = result.thread;
        Seat &seat = seats_[result.thread];
        seat.causes |= 1u << Data;
        seat.thread.fault = true;
    }

    /* The value that a test finds; the verdict's flags agree most of the time. */
    unsigned value_of(const Seat &seat, const Word &word)
    {
        if (seat.group >= 0 || random_.chance(7))
            return random_.below(2);
        switch (word.flag) {
        case ISA_FLAG_D_ZERO:
        case ISA_FLAG_DZ_ZERO:
            return seat.verdict_plan;
        case ISA_FLAG_Z_ZERO:
            return 0;
        case ISA_FLAG_H_ZERO:
            return random_.chance(20);
        default:
            return random_.below(2);
        }
    }

    void set_flag(Seat &seat, const Word &word, Result &result, unsigned thread)
    {
        result = {true, thread, word.test, word.flag, 0};
        if (word.test == ISA_TEST_NONE)
            return;
        result.value = value_of(seat, word);
        seat.thread.flags[word.flag] = int(result.value);
    }

    /* ---- grants */
    void open_gather(Seat &seat, unsigned a, unsigned b)
    {
        const Word &word = image_.words[seat.thread.pc];
        unsigned address = a << 5 | b;
        if (address == word.target) {
            seat.thread.gathered(word.target);
            return;
        }
        TB_CHECK(address == (seat.thread.pc + 1) % ISA_IMAGE_WORDS_MAX);
        seat.thread.gathered(address);
        seat.first = false;
        /* It goes on as the last: all the others have ended or were merged. */
        for (unsigned t = 0; t < THREADS; t++) {
            const Seat &other = seats_[t];
            if (&other == &seat || other.group != seat.group)
                continue;
            bool lives =
                other.state == Seat::Running || (other.state == Seat::Merged && !holder_died(t));
            bool dead = other.thread.ended || other.thread.fault ||
                        (other.thread.gathering && merged_unseen(other));
            TB_CHECK(!lives || dead);
        }
    }

    /* The thread whose partner t is has a fault, and releases t without a sign. */
    bool holder_died(unsigned t) const
    {
        return std::any_of(seats_.begin(), seats_.end(), [t](const Seat &seat) {
            return seat.state == Seat::Running && seat.partner == int(t) && seat.thread.fault;
        });
    }

    /* A chunk of the group died behind its gather, perhaps with this one as its partner. */
    bool merged_unseen(const Seat &parked) const
    {
        return groups_[unsigned(parked.group)].fault ||
               std::any_of(seats_.begin(), seats_.end(), [&parked](const Seat &seat) {
                   return seat.state == Seat::Running && seat.group == parked.group &&
                          seat.thread.fault;
               });
    }

    void merge(Seat &seat, unsigned t, unsigned partner)
    {
        Seat &other = seats_[partner];
        TB_CHECK(partner != t && other.state == Seat::Running && other.group == seat.group);
        TB_CHECK(other.thread.gathering);
        other.state = Seat::Merged;
        live_--;
        seat.partner = int(partner);
        seat.thread.flags[ISA_FLAG_PARTNER_INFINITY] = other.thread.flags[ISA_FLAG_INFINITY];
        merges++;
    }

    void release_partner(Seat &seat)
    {
        if (seat.partner >= 0 && seats_[unsigned(seat.partner)].state == Seat::Merged) {
            seats_[unsigned(seat.partner)].state = Seat::Released;
            if (seats_[unsigned(seat.partner)].thread.fault)
                groups_[unsigned(seat.group)].fault = true;
        }
        seat.partner = -1;
    }

    void times(Seat &seat, const Word &word)
    {
        uint64_t due = std::max(seat.granted + std::max(seat.wait, 1u), seat.granted + seat.least);
        if (!seat.first)
            TB_CHECK(now_ >= due);
        bool ends = word.ctl == ISA_CTL_END || word.ctl == ISA_CTL_VERDICT;
        if (word.gate == ISA_GATE_INVERSE)
            TB_CHECK(seat.inverse_written);
        if (word.gate == ISA_GATE_EVENTS)
            TB_CHECK(seat.digits_ready);
        if (word.gate == ISA_GATE_INVERTER)
            TB_CHECK(inverter_.size() < 2);
        if (word.gate == ISA_GATE_RECODER)
            TB_CHECK(!recoder_busy_);
        if (ends)
            TB_CHECK(!seat.inverse_busy && !seat.digits_busy);
        if (!options_.alone || seat.first)
            return;
        /* A sum to T may have made way for a product. */
        uint64_t late = now_ - (word.unit == ISA_UNIT_SUM && word.dst >= 32 && now_ > due);
        /* The turn comes round, and is given. */
        bool turns = word.gate == ISA_GATE_INVERTER || word.gate == ISA_GATE_RECODER;
        uint64_t turn = turns ? THREADS + 4 : 0;
        if (word.gate == ISA_GATE_NONE && !ends)
            TB_CHECK(late == due);
        else
            TB_CHECK(late <=
                     turn + std::max({due, seat.granted + seat.least + 2, seat.opened + 6}));
    }

    void follow(unsigned t, bool product)
    {
        Seat &seat = seats_[t];
        auto &d = bench_.dut();
        quiet_ = 0;
        TB_CHECK(t < THREADS && seat.state == Seat::Running);
        unsigned a = product ? d.prod_a_o : d.sum_a_o, b = product ? d.prod_b_o : d.sum_b_o;
        if (seat.thread.gathering) {
            bool merged = (a << 5 | b) == image_.words[seat.thread.pc].target;
            open_gather(seat, a, b);
            if (merged)
                merge(seat, t, product ? d.prod_partner_o : d.sum_partner_o);
        }
        const Word &word = image_.words[seat.thread.pc];
        TB_CHECK(!seat.thread.ended && word.unit == (product ? ISA_UNIT_PRODUCT : ISA_UNIT_SUM));
        TB_CHECK(a == word.a && b == word.b);
        if (product)
            follow_product(seat, word);
        else
            follow_sum(seat, word, t);
        times(seat, word);
        bool gathers = word.ctl == ISA_CTL_GATHER;
        bool dispatches = word.ctl == ISA_CTL_EVENTS || word.ctl == ISA_CTL_DISPATCH;
        seat.first = false;
        seat.granted = now_;
        seat.wait = word.wait;
        seat.least = dispatches || gathers ? ISA_DISPATCH_CYCLES : ISA_FETCH_CYCLES;
        if (gathers)
            release_partner(seat);
        if (dispatches && seat.thread.was_add && seat.thread.flags[ISA_FLAG_H_ZERO] == 1)
            exceptional++;
        bool before = seat.thread.fault;
        seat.thread.step(image_);
        if (seat.thread.fault && !before)
            seat.causes |= 1u << Control;
    }

    void follow_product(Seat &seat, const Word &word)
    {
        auto &d = bench_.dut();
        TB_CHECK(d.prod_op_o == word.op && d.prod_b_kind_o == word.b_kind &&
                 d.prod_dst_o == word.dst);
        TB_CHECK(d.prod_test_o == word.test && d.prod_flag_o == word.flag);
        TB_CHECK(d.prod_sm2_o == (seat.thread.program == ISA_PROGRAM_SM2_VERIFY));
        TB_CHECK(seat.partner < 0 || d.prod_partner_o == unsigned(seat.partner));
        if (word.b_kind == ISA_B_KIND_ADDEND) {
            TB_CHECK(d.prod_addend_fixed_o == seat.thread.fixed);
            TB_CHECK(d.prod_addend_addr_o == (word.b & 1 ? seat.thread.y : seat.thread.x));
        }
        set_flag(seat, word, products_[now_ % ISA_PRODUCT_CYCLES], d.prod_thread_o);
        if (word.dst >= 32)
            table_products_.insert(now_);
    }

    void follow_sum(Seat &seat, const Word &word, unsigned t)
    {
        static const unsigned flipped[] = {ISA_SUM_OP_SUB, ISA_SUM_OP_ADD, ISA_SUM_OP_HALF,
                                           ISA_SUM_OP_NEG, ISA_SUM_OP_COPY};
        auto &d = bench_.dut();
        bool flip = seat.thread.negative && word.sign == ISA_SIGN_FLIP;
        TB_CHECK(d.sum_op_o == (flip ? flipped[word.op] : word.op));
        TB_CHECK(d.sum_swap_o == (seat.thread.negative && word.sign == ISA_SIGN_SWAP));
        TB_CHECK(d.sum_order_o == word.order && d.sum_b_kind_o == word.b_kind &&
                 d.sum_dst_o == word.dst);
        TB_CHECK(d.sum_test_o == word.test && d.sum_flag_o == word.flag &&
                 d.sum_send_o == word.send);
        TB_CHECK(d.sum_sm2_o == (seat.thread.program == ISA_PROGRAM_SM2_VERIFY));
        TB_CHECK(word.send == ISA_SEND_NONE || d.sum_arg_o == word.arg);
        TB_CHECK(seat.partner < 0 || d.sum_partner_o == unsigned(seat.partner));
        TB_CHECK(word.dst < 32 || table_products_.count(now_ - kTableDistance) == 0);
        TB_CHECK(d.inverter_take_o == (word.send == ISA_SEND_INVERT));
        TB_CHECK(d.recoder_take_o == (word.gate == ISA_GATE_RECODER));
        set_flag(seat, word, sums_[now_ % ISA_SUM_CYCLES], t);
        if (d.inverter_take_o)
            took_inverter_ = true;
        if (d.recoder_take_o) {
            TB_CHECK(d.recoder_thread_o == t && d.recoder_program_o == seat.thread.program);
            took_recoder_ = true;
        }
    }

    /* After the checks of the cycle: the places are taken. */
    void take()
    {
        unsigned t = bench_->sum_thread_o;
        if (took_inverter_) {
            seats_[t].inverse_busy = true;
            seats_[t].inverse_written = false;
            inverter_.push_back({t, now_ + 16 + random_.below(300)});
        }
        if (took_recoder_) {
            seats_[t].digits_busy = true;
            recoder_busy_ = true;
            recoder_thread_ = t;
            recoder_at_ = now_ + 100 + random_.below(200);
        }
        took_inverter_ = took_recoder_ = false;
    }

    /* ---- ends */
    void answer()
    {
        bench_->end_ready_i = random_.chance(options_.alone ? 100 : 40);
        bench_.settle();
        chunk_ends();
        if (!bench_->end_valid_o || !bench_->end_ready_i)
            return;
        auto &d = bench_.dut();
        Seat &seat = seats_[d.end_thread_o];
        quiet_ = 0;
        last_ = {bool(d.end_fault_o), d.end_cause_o, d.end_value_o};
        ends[d.end_fault_o ? 4 : unsigned(d.end_value_o)]++;
        if (!free_running) {
            TB_CHECK(seat.state == Seat::Running);
            TB_CHECK(!seat.inverse_busy && !seat.digits_busy);
            if (!seat.first)
                TB_CHECK(now_ > seat.granted + ISA_PRODUCT_CYCLES + 16);
            if (seat.group < 0) {
                TB_CHECK(d.end_fault_o == seat.thread.fault);
                TB_CHECK(seat.thread.fault || seat.thread.ended);
                TB_CHECK(!d.end_fault_o || (seat.causes >> d.end_cause_o & 1));
                TB_CHECK(d.end_fault_o || d.end_value_o == seat.thread.value);
            } else {
                end_group(unsigned(seat.group), seat);
            }
            TB_CHECK(d.end_fault_o || (d.end_value_o ^ d.end_value_n_o) == 3);
        }
        release_partner(seat);
        seat.state = Seat::Free;
        live_--;
    }

    void end_group(unsigned g, Seat &seat)
    {
        auto &d = bench_.dut();
        Group &group = groups_[g];
        TB_CHECK(group.used);
        release_partner(seat);
        bool fault = seat.thread.fault;
        bool invalid = group.invalid || (seat.thread.ended && seat.thread.value == ISA_END_INVALID);
        for (unsigned t = 0; t < THREADS; t++) {
            Seat &other = seats_[t];
            if (&other == &seat || other.group != int(g))
                continue;
            if (other.state == Seat::Running) {
                release_partner(other);
                TB_CHECK(other.thread.gathering || other.thread.fault || other.thread.ended);
                fault = fault || other.thread.fault;
                invalid = invalid || (other.thread.ended && other.thread.value == ISA_END_INVALID);
                live_--;
                other.state = Seat::Released;
            }
            other.group = -1;
        }
        for (const auto &chunk : to_start_)
            TB_CHECK(chunk.second != int(g));
        fault = fault || group.fault;
        TB_CHECK(d.end_fault_o == fault);
        if (!fault)
            TB_CHECK(d.end_value_o == (invalid ? unsigned(ISA_END_INVALID) : seat.thread.value));
        group.used = false;
    }

    /* A chunk that ended early is free without an answer: the test sees it when it is offered. */
    void chunk_ends()
    {
        if (!bench_->alloc_valid_o)
            return;
        unsigned t = bench_->alloc_thread_o;
        Seat &seat = seats_[t];
        if (seat.state == Seat::Merged && holder_died(t))
            seat.state = Seat::Released;
        if (seat.state != Seat::Running)
            return;
        TB_CHECK(seat.group >= 0);
        Group &group = groups_[unsigned(seat.group)];
        if (seat.thread.gathering && merged_unseen(seat))
            seat.thread.fault = true;
        TB_CHECK(seat.thread.fault || seat.thread.ended);
        release_partner(seat);
        if (seat.thread.fault)
            group.fault = true;
        else if (seat.thread.value == ISA_END_INVALID)
            group.invalid = true;
        else
            tb::fail(__FILE__, __LINE__, "a chunk that is not the last has a result");
        seat.state = Seat::Free;
        seat.group = -1;
        live_--;
    }

    void cycle()
    {
        inverter();
        recoder();
        event_memory();
        results();
        bench_.settle();
        answer();
        loader();
        bench_.settle();
        event_requests();
        bool p = bench_->prod_valid_o, s = bench_->sum_valid_o;
        if (!free_running) {
            TB_CHECK(!p || !s || bench_->prod_thread_o != bench_->sum_thread_o);
            if (p)
                follow(bench_->prod_thread_o, true);
            if (s)
                follow(bench_->sum_thread_o, false);
            both += p && s;
            TB_CHECK(s || (!bench_->inverter_take_o && !bench_->recoder_take_o));
        } else {
            took_inverter_ = s && bench_->inverter_take_o;
            took_recoder_ = s && bench_->recoder_take_o;
            if ((p || s) && breaks_in_ == 0)
                breaks_in_ = 20;
            else if (breaks && breaks_in_ > 0 && --breaks_in_ == 0) {
                breaks();
                breaks = nullptr;
            }
        }
        take();
        bench_.tick();
        now_++;
        if (!table_products_.empty() && *table_products_.begin() + 100 < now_)
            table_products_.erase(table_products_.begin());
    }

    tb::Bench<V> bench_;
    tb::Random random_;
    Image image_{};
    Options options_;
    uint64_t now_ = 1000;
    unsigned jobs_left_ = 0, live_ = 0, quiet_ = 0;
    int forced_program_ = -1;
    unsigned breaks_in_ = 0;
    Answer last_{};
    std::array<Seat, THREADS> seats_;
    std::array<Group, 8> groups_;
    std::deque<unsigned> reserved_;
    std::deque<std::pair<unsigned, int>> to_start_;
    std::deque<std::pair<unsigned, uint64_t>> inverter_;
    bool recoder_busy_ = false, took_inverter_ = false, took_recoder_ = false;
    unsigned recoder_thread_ = 0;
    uint64_t recoder_at_ = 0;
    std::array<std::array<Event, ISA_EVENTS>, THREADS> memory_{};
    std::array<int, 2> reads_{-1, -1};
    std::array<Result, ISA_PRODUCT_CYCLES> products_;
    std::array<Result, ISA_SUM_CYCLES> sums_;
    std::set<uint64_t> table_products_;
};

void random_programs(Test &test, const Options &options, unsigned images, unsigned jobs,
                     const char *what)
{
    for (unsigned i = 0; i < images; i++) {
        test.load(sequencer::random_image(test.random()));
        test.run(options, jobs);
    }
    tb::pass(what);
}

/* ---- what must end as a fault */

Word plain(unsigned unit, unsigned ctl, unsigned target)
{
    Word word{};
    word.unit = unit;
    word.wait = 63;
    word.ctl = ctl;
    word.target = target;
    return word;
}

Image short_image(const Word &second)
{
    Image image{};
    image.words[0] = plain(ISA_UNIT_PRODUCT, ISA_CTL_NEXT, 0);
    image.words[1] = second;
    image.words[2] = plain(ISA_UNIT_SUM, ISA_CTL_END, ISA_END_RESULT);
    return image;
}

void expect(Test &test, const Image &image, int cause)
{
    test.load(image);
    Test::Answer answer = test.one(0);
    TB_CHECK(answer.fault == (cause >= 0));
    TB_CHECK(answer.fault ? int(answer.cause) == cause : answer.value == ISA_END_RESULT);
}

void illegal_words(Test &test)
{
    for (unsigned unit : {ISA_UNIT_PRODUCT, ISA_UNIT_SUM}) {
        const Word good = plain(unit, ISA_CTL_NEXT, 0);
        expect(test, short_image(good), -1);
        auto bad = [&](unsigned Word::*field, unsigned value) {
            Word word = good;
            word.*field = value;
            expect(test, short_image(word), Control);
        };
        for (unsigned value = 1; value < 8; value++)
            bad(&Word::reserved, value);
        for (unsigned value = 13; value < 16; value++)
            bad(&Word::ctl, value);
        for (unsigned value = 5; value < 8; value++) {
            bad(&Word::gate, value);
            bad(&Word::b_kind, value);
            bad(&Word::op, value);
        }
        for (unsigned value = 16; value < 32; value += 5)
            bad(&Word::dst, value);
        bad(&Word::sign, 3);
        bad(&Word::gate, ISA_GATE_INVERTER);
        bad(&Word::gate, ISA_GATE_RECODER);
        bad(&Word::send, ISA_SEND_INVERT);
        if (unit == ISA_UNIT_PRODUCT) {
            bad(&Word::op, 3);
            bad(&Word::order, 1);
            bad(&Word::test, ISA_TEST_WRAP);
            bad(&Word::send, ISA_SEND_EMIT);
        } else {
            bad(&Word::b_kind, ISA_B_KIND_TABLE);
            bad(&Word::b_kind, ISA_B_KIND_ADDEND);
        }
        bad(&Word::ctl, ISA_CTL_BRANCH_IF); /* flag 0 is not set */
        bad(&Word::ctl, ISA_CTL_VERDICT);
        bad(&Word::ctl, ISA_CTL_EVENTS); /* nobody made digits */
        bad(&Word::ctl, ISA_CTL_GATHER); /* not a multi-scalar job */
    }
    expect(test, short_image(plain(ISA_UNIT_SUM, ISA_CTL_END, 3)), Control);
    tb::pass("illegal codes, unset flags, a contradictory verdict end as faults");
}

void watchdog(Test &test)
{
    Word waits = plain(ISA_UNIT_PRODUCT, ISA_CTL_NEXT, 0);
    waits.gate = ISA_GATE_INVERSE;
    expect(test, short_image(waits), Watchdog);
    waits.gate = ISA_GATE_EVENTS;
    expect(test, short_image(waits), Watchdog);
    expect(test, short_image(plain(ISA_UNIT_SUM, ISA_CTL_JUMP, 1)), Watchdog);
    tb::pass("the watchdog ends what waits or runs for ever");
}

void outside(Test &test)
{
    const Image image = short_image(plain(ISA_UNIT_SUM, ISA_CTL_NEXT, 0));
    test.dut().enable_i = 0;
    expect(test, image, Control);
    test.dut().enable_i = 1;
    expect(test, image, -1);

    Image digits = short_image(plain(ISA_UNIT_SUM, ISA_CTL_NEXT, 0));
    digits.words[1].gate = ISA_GATE_RECODER;
    digits.words[1].send = ISA_SEND_SCALAR;
    digits.words[2] = plain(ISA_UNIT_SUM, ISA_CTL_EVENTS, 3);
    digits.words[2].gate = ISA_GATE_EVENTS;
    digits.words[3] = plain(ISA_UNIT_SUM, ISA_CTL_END, ISA_END_RESULT);
    digits.words[4] = plain(ISA_UNIT_PRODUCT, ISA_CTL_END, ISA_END_RESULT);
    for (unsigned routine = 0; routine < 6; routine++)
        digits.entries[ISA_IMAGE_PROGRAMS + routine] = 4;
    expect(test, digits, -1);
    test.recoder_fails = true;
    expect(test, digits, Control);
    test.recoder_fails = false;
    test.event_fails = true;
    expect(test, digits, Control);
    test.event_fails = false;
    tb::pass("no image, a recoder's fault, an event's parity");
}

/* A single wrong bit, of the microcode, of the context that waits for its grant, of the thread's
 * records. */
void wrong_bits(Test &test)
{
    auto *root = test.dut().rootp;
    const Image image = short_image(plain(ISA_UNIT_SUM, ISA_CTL_NEXT, 0));
    for (unsigned bit = 0; bit < 72; bit++) {
        test.load(image);
        root->snap_point_sequencer__DOT__u_microcode__DOT__mem[1][bit / 32] ^= 1u << bit % 32;
        Test::Answer answer = test.one(0);
        TB_CHECK(answer.fault && answer.cause == Control);
    }
    tb::pass("each single wrong bit of a word of microcode ends the job as a fault");
    auto break_all = [&](unsigned bit, auto &memory) {
        test.load(image);
        test.breaks = [bit, &memory] {
            for (unsigned t = 0; t < THREADS; t++)
                memory[t][bit / 32] ^= 1u << bit % 32;
        };
        Test::Answer answer = test.one(0);
        TB_CHECK(answer.fault && answer.cause == Control);
    };
    for (unsigned bit = 0; bit < 92; bit++)
        break_all(bit, root->snap_point_sequencer__DOT__p_contexts);
    tb::pass("... of a thread's word, program counter, return address, loop counter");
}

void all_random()
{
    Test test;
    Options options;
    options.alone = true;
    options.most = 1;
    options.groups = false;
    random_programs(test, options, 20, 10,
                    "one thread: each instruction in the very cycle that `wait` names");
    options.alone = false;
    options.most = 2;
    random_programs(test, options, 10, 20, "two threads");
    options.most = THREADS;
    options.groups = true;
    random_programs(test, options, 20, 100, "all threads, with gathered jobs");
    options.faults = 3;
    random_programs(test, options, 20, 100, "the same with faults of the data");
    TB_CHECK(test.merges > 100 && test.exceptional > 100 && test.both > 1000);
    for (unsigned value = 0; value <= 4; value++)
        TB_CHECK(test.ends[value] > 10);
    tb::pass("gathers, exceptional additions, and all answers were among them");
}

void all_faults()
{
    Test broken;
    broken.free_running = true;
    illegal_words(broken);
    watchdog(broken);
    outside(broken);
    wrong_bits(broken);
}

} // namespace

/* One device at a time. */
int main()
{
    all_random();
    all_faults();
    return 0;
}
