// SPDX-License-Identifier: Apache-2.0
// The recoder's events, read back and summed as a thread does, give every scalar; digits are of the
// form isa.toml says; what is wrong about scalars is a fault. Events of other threads are read all
// the while.
#include <deque>
#include <map>

#include HEADER
#include ROOT

#include "snap_isa.h"
#include "tests/rtl/field/field.h"

using namespace field;

namespace
{

constexpr unsigned ScalarCyclesMax = 1u << 18;
constexpr unsigned NegativeArg = 8;
constexpr unsigned ScalarWords = 4;
constexpr unsigned StoredBits = 27; /* 24 and a parity bit for each 8 */

#define LOW_MEMORY(column)                                                                         \
    snap_recoder__DOT__u_events__DOT__g_column__BRA__##column##__KET____DOT__u_low__DOT__g_generic__DOT__mem

struct Event {
    unsigned doublings, stream, entry;
    bool negative;
};

Event unpack(uint32_t word)
{
    return {word >> 14, word >> 11 & 7, word & 1023, (word >> 10 & 1) != 0};
}

struct Done {
    unsigned thread, count;
    bool fault;
};

/* What a thread hands over: its scalars, and for the halves which of v and -v is the small one. */
struct Job {
    unsigned program;
    std::vector<Big> magnitudes;
    std::vector<bool> negative;
};

class Recoder
{
  public:
    explicit Recoder(tb::Random &random) : random_(random)
    {
        bench_->take_i = bench_->word_valid_i = bench_->event_re_i = 0;
        bench_.reset();
    }
    void take(unsigned thread, unsigned program)
    {
        TB_CHECK(bench_->free_o);
        written_.erase(thread);
        bench_->take_i = 1;
        bench_->take_thread_i = uint8_t(thread);
        bench_->take_program_i = uint8_t(program);
        cycle();
        bench_->take_i = 0;
        TB_CHECK(!bench_->free_o);
    }
    void scalar(unsigned thread, unsigned arg, const Big &value, unsigned gap_cycles,
                bool damaged = false)
    {
        for (unsigned i = 0; i < gap_cycles; i++)
            cycle();
        auto limbs = value.number<8>();
        bench_->word_valid_i = 1;
        bench_->scalar_thread_i = uint8_t(thread);
        bench_->scalar_arg_i = uint8_t(arg);
        for (unsigned i = ScalarWords; i-- > 0;) {
            bench_->word_index_i = uint8_t(i);
            bench_->word_data_i = uint64_t(limbs[2 * i + 1]) << 32 | limbs[2 * i];
            bench_->word_error_i = i == 0 ? damaged : random_.chance(50);
            cycle();
        }
        bench_->word_valid_i = 0;
    }
    Done wait_done(unsigned cycles_max)
    {
        for (unsigned waited = 0; !bench_->done_valid_o; waited++) {
            TB_CHECK(waited < cycles_max);
            cycle();
        }
        Done done = {bench_->done_thread_o, bench_->done_count_o, bench_->fault_o != 0};
        cycle();
        TB_CHECK(!bench_->done_valid_o && bench_->free_o);
        return done;
    }
    bool done_valid()
    {
        return bench_->done_valid_o;
    }
    /* Reads a thread's events; from then on they are compared again at random. */
    std::vector<Event> events(unsigned thread, unsigned count)
    {
        std::vector<uint32_t> words;
        for (unsigned i = 0; i < count; i++) {
            bool error;
            words.push_back(read(thread, i, error));
            TB_CHECK(!error);
        }
        std::vector<Event> list;
        for (uint32_t word : words)
            list.push_back(unpack(word));
        written_[thread] = std::move(words);
        return list;
    }
    uint32_t read(unsigned thread, unsigned index, bool &error)
    {
        for (unsigned i = 0; i < 3; i++)
            idle_cycle();
        bench_->event_re_i = 1;
        bench_->event_addr_i = uint16_t(thread << 9 | index);
        bench_.tick();
        bench_->event_re_i = 0;
        bench_->event_addr_i = uint16_t(random_.next() & 0x1fff);
        bench_.tick();
        error = bench_->event_parity_error_o;
        return bench_->event_data_o;
    }
    void pause(unsigned cycles)
    {
        for (unsigned i = 0; i < cycles; i++)
            cycle();
    }

    /* Changes the memory behind the module's back. */
    void flip(unsigned thread, unsigned index, unsigned bit)
    {
        if (index < 256)
            low(bit / 9)[thread * 256 + index] ^= uint16_t(1u << bit % 9);
        else
            rest()[thread * 16 + index % 16] ^= 1u << bit;
    }
    void copy(unsigned thread, unsigned from, unsigned to)
    {
        if (from < 256)
            for (unsigned i = 0; i < 3; i++)
                low(i)[thread * 256 + to] = low(i)[thread * 256 + from];
        else
            rest()[thread * 16 + to % 16] = rest()[thread * 16 + from % 16];
    }

  private:
    using Low = VlUnpacked<SData, THREADS * 256>;
    using Rest = VlUnpacked<IData, THREADS * 16>;

    Low &low(unsigned column)
    {
        auto *root = bench_->rootp;
        Low *columns[] = {&root->LOW_MEMORY(0), &root->LOW_MEMORY(1), &root->LOW_MEMORY(2)};
        return *columns[column];
    }
    Rest &rest()
    {
        return bench_->rootp->snap_recoder__DOT__u_events__DOT__u_rest__DOT__g_generic__DOT__mem;
    }

    struct Read {
        bool valid;
        uint32_t word;
    };

    void idle_cycle()
    {
        bench_->event_re_i = 0;
        bench_.tick();
        reads_.clear();
    }
    /* A cycle in which some event that is known may be read. */
    void cycle()
    {
        Read next = {false, 0};
        if (!written_.empty() && random_.chance(60)) {
            auto thread = written_.begin();
            std::advance(thread, random_.below(uint32_t(written_.size())));
            if (!thread->second.empty()) {
                unsigned index = random_.below(uint32_t(thread->second.size()));
                bench_->event_addr_i = uint16_t(thread->first << 9 | index);
                next = {true, thread->second[index]};
            }
        }
        bench_->event_re_i = next.valid;
        bench_.tick();
        reads_.push_back(next);
        if (reads_.size() < 2)
            return;
        if (reads_.front().valid)
            TB_CHECK(bench_->event_data_o == reads_.front().word);
        TB_CHECK(!bench_->event_parity_error_o);
        reads_.pop_front();
    }

    tb::Bench<V> bench_;
    tb::Random &random_;
    std::map<unsigned, std::vector<uint32_t>> written_;
    std::deque<Read> reads_;
};

const Big &order_of(unsigned program)
{
    static const Big secp256k1(Secp256k1.n), sm2(Sm2.n);
    return isa_streams[program].sm2 ? sm2 : secp256k1;
}

unsigned bits_of(const struct isa_stream &stream)
{
    if (stream.half)
        return ISA_HALF_BITS;
    return stream.comb ? unsigned(stream.width) * stream.spacing : 256;
}

Big low_bits(const Big &value, unsigned bits)
{
    Big result(value);
    if (unsigned(BN_num_bits(value.get())) > bits)
        TB_CHECK(BN_mask_bits(result.get(), int(bits)));
    return result;
}

/* As many digits as there can be: one every width positions, and a carry out of the top. */
Big densest(const struct isa_stream &stream)
{
    Big value;
    unsigned bits = bits_of(stream), distance = stream.comb ? 1 : stream.width;
    for (unsigned bit = 0; bit < bits; bit += distance)
        TB_CHECK(BN_set_bit(value.get(), int(bit)));
    TB_CHECK(BN_set_bit(value.get(), int(bits - 1)));
    return value;
}

/* Below 2^bits: at an edge, of long runs, or random. */
Big magnitude(tb::Random &random, const struct isa_stream &stream)
{
    unsigned bits = bits_of(stream);
    switch (random.below(12)) {
    case 0:
        return Big().plus(long(random.below(4)));
    case 1:
        return power_of_two(int(random.below(bits)));
    case 2:
        return power_of_two(int(1 + random.below(bits))).plus(-1);
    case 3:
        return power_of_two(int(bits)).plus(-1 - long(random.below(3)));
    case 4:
        return densest(stream);
    default:
        return low_bits(Big(random_number<8>(random)), bits);
    }
}

Big minus(const Big &value, const Big &modulus)
{
    Big result;
    TB_CHECK(BN_sub(result.get(), modulus.get(), value.get()));
    return reduce(result, modulus);
}

/* Hands the job's scalars over as a program does; returns the cycle count's end by the caller. */
void send(Recoder &recoder, tb::Random &random, unsigned thread, const Job &job, unsigned gap_max)
{
    const struct isa_streams &streams = isa_streams[job.program];
    for (unsigned i = 0; i < streams.count; i++) {
        unsigned gap = gap_max ? random.below(gap_max) : 0;
        if (!streams.list[i].half) {
            recoder.scalar(thread, i, job.magnitudes[i], gap);
            continue;
        }
        Big other = minus(job.magnitudes[i], order_of(job.program));
        recoder.scalar(thread, i, job.negative[i] ? other : job.magnitudes[i], gap);
        recoder.scalar(thread, i | NegativeArg, job.negative[i] ? job.magnitudes[i] : other,
                       gap_max ? random.below(gap_max) : 0);
    }
}

/* What a thread does: from the last event down, add, then double. */
void check_sums(const Job &job, const std::vector<Event> &events)
{
    const struct isa_streams &streams = isa_streams[job.program];
    std::vector<Big> sums(streams.count);
    for (size_t i = events.size(); i-- > 0;) {
        const Event &event = events[i];
        const struct isa_stream &stream = streams.list[event.stream];
        Big digit;
        if (stream.comb) {
            for (unsigned tooth = 0; tooth < stream.width; tooth++)
                if ((event.entry + 1) >> tooth & 1)
                    TB_CHECK(BN_set_bit(digit.get(), int(tooth * stream.spacing)));
        } else {
            TB_CHECK(BN_set_word(digit.get(), 2 * event.entry + 1));
        }
        Big &sum = sums[event.stream];
        TB_CHECK(event.negative ? BN_sub(sum.get(), sum.get(), digit.get())
                                : BN_add(sum.get(), sum.get(), digit.get()));
        for (Big &each : sums)
            TB_CHECK(BN_lshift(each.get(), each.get(), int(event.doublings)));
    }
    for (unsigned i = 0; i < streams.count; i++) {
        if (job.negative[i])
            BN_set_negative(sums[i].get(), !BN_is_negative(sums[i].get()));
        TB_CHECK(BN_cmp(sums[i].get(), job.magnitudes[i].get()) == 0);
    }
}

/* Positions within bounds, streams ascending at each; digits of a wNAF far enough apart. */
void check_form(const Job &job, const std::vector<Event> &events)
{
    const struct isa_streams &streams = isa_streams[job.program];
    std::vector<int> last(streams.count, -1000);
    int position = 0, stream_before = -1;
    for (const Event &event : events) {
        TB_CHECK(event.stream < streams.count);
        if (event.doublings != 0)
            stream_before = -1;
        position += int(event.doublings);
        TB_CHECK(int(event.stream) > stream_before);
        stream_before = int(event.stream);
        const struct isa_stream &stream = streams.list[event.stream];
        if (stream.comb) {
            TB_CHECK(position < int(stream.spacing) && event.entry + 1 < 1u << stream.width);
            TB_CHECK(event.negative == job.negative[event.stream]);
        } else {
            TB_CHECK(position < int(streams.positions) && event.entry < 1u << (stream.width - 2));
            TB_CHECK(position - last[event.stream] >= int(stream.width));
        }
        last[event.stream] = position;
    }
}

std::vector<unsigned> programs_with_streams()
{
    std::vector<unsigned> programs;
    for (unsigned i = 0; i < ISA_IMAGE_PROGRAMS; i++)
        if (isa_streams[i].count > 0)
            programs.push_back(i);
    return programs;
}

void run(Recoder &recoder, tb::Random &random, unsigned thread, const Job &job, unsigned gap_max)
{
    const struct isa_streams &streams = isa_streams[job.program];
    recoder.take(thread, job.program);
    if (random.chance(20)) // of a thread that does not have it: no effect
        recoder.scalar((thread + 1) % THREADS, 0, Big(random_number<8>(random)), 0);
    send(recoder, random, thread, job, gap_max);
    Done done = recoder.wait_done(streams.positions + ISA_EVENTS + 8u);
    TB_CHECK(done.thread == thread && !done.fault && done.count <= ISA_EVENTS);
    std::vector<Event> events = recoder.events(thread, done.count);
    check_form(job, events);
    check_sums(job, events);
}

Job random_job(tb::Random &random, unsigned program)
{
    Job job = {program, {}, {}};
    for (unsigned i = 0; i < isa_streams[program].count; i++) {
        const struct isa_stream &stream = isa_streams[program].list[i];
        Big value = magnitude(random, stream);
        job.negative.push_back(stream.half && !BN_is_zero(value.get()) && random.chance(50));
        job.magnitudes.push_back(value);
    }
    return job;
}

void test_edges(tb::Random &random)
{
    Recoder recoder(random);
    for (unsigned program : programs_with_streams()) {
        const struct isa_streams &streams = isa_streams[program];
        for (unsigned shape = 0; shape < 8; shape++) {
            Job job = {program, {}, std::vector<bool>(streams.count, false)};
            for (unsigned i = 0; i < streams.count; i++) {
                int bits = int(bits_of(streams.list[i]));
                const Big shapes[] = {Big(),
                                      Big().plus(1),
                                      power_of_two(bits - 1),
                                      power_of_two(bits).plus(-1),
                                      densest(streams.list[i]),
                                      power_of_two(bits / 2),
                                      power_of_two(bits / 2).plus(-1),
                                      i == 0 ? Big().plus(1) : Big()};
                job.magnitudes.push_back(shapes[shape]);
                job.negative[i] = streams.list[i].half && shape != 0 && shape != 7 && i % 2 != 0;
            }
            run(recoder, random, random.below(THREADS), job, 0);
        }
    }
    tb::pass("every program: 0, 1, powers of two, all ones, as many digits as can be");
}

void test_random(tb::Random &random)
{
    Recoder recoder(random);
    std::vector<unsigned> programs = programs_with_streams();
    for (unsigned i = 0; i < 1200; i++) {
        unsigned program = programs[random.below(uint32_t(programs.size()))];
        unsigned gap_max = random.chance(50) ? 0 : 20;
        run(recoder, random, random.below(THREADS), random_job(random, program), gap_max);
        recoder.pause(random.below(20));
    }
    tb::pass("random programs, threads and scalars; events of the other threads stay");
}

/* 8 streams of 34 digits: the event memory to its last word. */
void test_full(tb::Random &random)
{
    Recoder recoder(random);
    Job job = {ISA_PROGRAM_MSM, {}, {}};
    for (unsigned i = 0; i < isa_streams[ISA_PROGRAM_MSM].count; i++) {
        job.magnitudes.push_back(densest(isa_streams[ISA_PROGRAM_MSM].list[i]));
        job.negative.push_back(i % 3 == 0);
    }
    recoder.take(THREADS - 1, job.program);
    send(recoder, random, THREADS - 1, job, 0);
    Done done = recoder.wait_done(isa_streams[ISA_PROGRAM_MSM].positions + ISA_EVENTS + 8u);
    TB_CHECK(!done.fault && done.count == ISA_EVENTS);
    check_sums(job, recoder.events(THREADS - 1, done.count));
    tb::pass("as many events as the memory holds");
}

void expect_fault(Recoder &recoder, unsigned thread, unsigned cycles_max)
{
    Done done = recoder.wait_done(cycles_max);
    TB_CHECK(done.thread == thread && done.fault && done.count == 0);
}

void test_faults(tb::Random &random)
{
    Recoder recoder(random);
    const unsigned program = ISA_PROGRAM_ECDSA_VERIFY;
    const Big small = power_of_two(ISA_HALF_BITS).plus(-1), large = power_of_two(ISA_HALF_BITS);

    for (unsigned place = 0; place < isa_streams[program].count; place++) {
        recoder.take(3, program);
        for (unsigned i = 0; i < place; i++) {
            recoder.scalar(3, i, small, 0);
            recoder.scalar(3, i | NegativeArg, large, 0);
        }
        recoder.scalar(3, place, large, 2);
        recoder.scalar(3, place | NegativeArg, large, 2);
        expect_fault(recoder, 3, 4);
    }
    tb::pass("a half of which neither v nor -v is small");

    for (unsigned expected = 0; expected < 4; expected++)
        for (unsigned arg = 0; arg < 16; arg++) {
            const unsigned order[4] = {0, NegativeArg, 1, 1 | NegativeArg};
            if (arg == order[expected])
                continue;
            recoder.take(5, program);
            for (unsigned i = 0; i < expected; i++)
                recoder.scalar(5, order[i], small, 1);
            recoder.scalar(5, arg, small, 1);
            expect_fault(recoder, 5, 4);
        }
    tb::pass("scalars in another order");

    recoder.take(1, ISA_PROGRAM_SUM_ZERO);
    expect_fault(recoder, 1, 4);
    recoder.take(1, ISA_IMAGE_PROGRAMS - 1);
    expect_fault(recoder, 1, 4);
    tb::pass("programs without scalars");

    for (int bit = 64; bit < 256; bit++) {
        recoder.take(2, ISA_PROGRAM_PEDERSEN_COMMIT);
        for (unsigned i = 0; i < 2; i++) {
            recoder.scalar(2, i, small, 0);
            recoder.scalar(2, i | NegativeArg, large, 0);
        }
        recoder.scalar(2, 2, power_of_two(bit).plus(5), 0);
        expect_fault(recoder, 2, 4);
    }
    tb::pass("a number with more bits than its comb");

    for (unsigned place = 0; place < 4; place++) {
        recoder.take(6, program);
        for (unsigned i = 0; i <= place; i++)
            recoder.scalar(6, i / 2 | (i % 2 ? NegativeArg : 0), small, 0, i == place);
        expect_fault(recoder, 6, 4);
    }
    tb::pass("scalars that something has happened to on the way");

    recoder.take(4, program);
    recoder.pause(ScalarCyclesMax - 10);
    recoder.scalar(4, 0, small, 0);
    recoder.pause(ScalarCyclesMax - 10);
    TB_CHECK(!recoder.done_valid());
    expect_fault(recoder, 4, 40);
    run(recoder, random, 4, random_job(random, program), 5);
    tb::pass("scalars that do not come; the next job is good again");
}

/* Every bit of a stored word, in both memories; then the word is right again. */
void test_parity(tb::Random &random)
{
    Recoder recoder(random);
    Job job = {ISA_PROGRAM_MSM, {}, {}};
    for (unsigned i = 0; i < isa_streams[ISA_PROGRAM_MSM].count; i++) {
        job.magnitudes.push_back(densest(isa_streams[ISA_PROGRAM_MSM].list[i]));
        job.negative.push_back(i % 2 != 0);
    }
    run(recoder, random, THREADS - 2, job, 0);
    for (unsigned index : {0u, 1u, 77u, 255u, 256u, 271u})
        for (unsigned bit = 0; bit < StoredBits; bit++) {
            bool error;
            recoder.read(THREADS - 2, index, error);
            TB_CHECK(!error);
            recoder.flip(THREADS - 2, index, bit);
            recoder.read(THREADS - 2, index, error);
            TB_CHECK(error);
            recoder.flip(THREADS - 2, index, bit);
        }
    tb::pass("parity: every single bit");

    /* The memory names the word's place: from a word moved to a neighbour an error comes. */
    for (unsigned index : {4u, 100u, 260u}) {
        bool error;
        recoder.copy(THREADS - 2, index, index + 1);
        recoder.read(THREADS - 2, index + 1, error);
        TB_CHECK(error);
    }
    tb::pass("parity: a word in another's place");
}

} // namespace

int main()
{
    tb::Random random(tb::seed());
    test_edges(random);
    test_random(random);
    test_full(random);
    test_faults(random);
    test_parity(random);
    return 0;
}
