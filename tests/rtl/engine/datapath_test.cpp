// SPDX-License-Identifier: Apache-2.0
// The point engine's datapath against a reference: random instructions on both units, with loads
// between, at the closest distances that are allowed; then faults in memories and in the
// multiplier.
#include HEADER

#include <filesystem>
#include <functional>

#ifdef DATAPATH_FAULTS
#include DATAPATH_FAULTS
#endif

#include "datapath.h"

using namespace datapath;

namespace
{

constexpr unsigned RandomCycles = 60000;

class Machine
{
  public:
    explicit Machine(uint64_t seed) : random_(seed), memory_(random_)
    {
        std::filesystem::create_directories(IMAGE_DIR);
        memory_.write_image(IMAGE_DIR);
        idle();
        bench_->const_we_i = 0;
        bench_.reset();
    }
    tb::Random &random()
    {
        return random_;
    }
    Memory &memory()
    {
        return memory_;
    }
    V &dut()
    {
        return bench_.dut();
    }
    uint64_t now() const
    {
        return cycle_;
    }

    /* What b of a product is if granted now; nothing if undefined. */
    const Element *product_b(const Product &p)
    {
        switch (p.b_kind) {
        case ISA_B_KIND_REGISTER:
            return memory_.reg(p.thread, p.b).read(cycle_);
        case ISA_B_KIND_PARTNER:
            return memory_.reg(p.partner, p.b).read(cycle_);
        case ISA_B_KIND_TABLE:
            return memory_.table(p.thread, p.b).read(cycle_);
        case ISA_B_KIND_CONSTANT:
            return &memory_.constant(p.b);
        default:
            return p.addend_fixed ? &memory_.fixed(p.addend)
                                  : memory_.table(p.thread, p.addend).read(cycle_);
        }
    }
    const Element *sum_b(const Sum &s, unsigned number)
    {
        return s.b_kind == ISA_B_KIND_CONSTANT
                   ? &memory_.constant(number)
                   : memory_.reg(s.b_kind == ISA_B_KIND_PARTNER ? s.partner : s.thread, number)
                         .read(cycle_);
    }

    /* One cycle: what is granted, and the word that waits at the load port. */
    void grant(const Product &p, bool faulty = false)
    {
        const Element *a = memory_.reg(p.thread, p.a).read(cycle_), *b = product_b(p);
        TB_CHECK(a && b);
        Element value = multiply(p.op, p.sm2, *a, *b);
        write(p.thread, p.dst, 0, value, cycle_ + ProductCycles);
        products_.push_back({cycle_ + ProductCycles, p.thread, p.test, p.flag,
                             test_value(p.test, value, false), faulty, value, Sum{}});
        drive(p);
    }
    void grant(const Sum &s, bool faulty = false)
    {
        unsigned a_number = s.swap ? s.b : s.a, b_number = s.swap ? s.a : s.b;
        bool reads_a = s.op != ISA_SUM_OP_COPY && s.op != ISA_SUM_OP_NEG;
        const Element none{};
        const Element *a = reads_a ? memory_.reg(s.thread, a_number).read(cycle_) : &none;
        const Element *b = s.op != ISA_SUM_OP_HALF ? sum_b(s, b_number) : &none;
        TB_CHECK(a && b);
        SumResult result = sum(s.op, modulus(s.sm2, s.order), *a, *b);
        write(s.thread, s.dst, ISA_REGISTERS, result.value, cycle_ + SumCycles);
        sums_.push_back({cycle_ + SumCycles, s.thread, s.test, s.flag,
                         test_value(s.test, result.value, result.wrap), faulty, result.value, s});
        sums_to_s_.push_back(s.dst < DstNone ? cycle_ : UINT64_MAX);
        drive(s);
    }
    void offer(const Load &load)
    {
        offered_ = load;
        bench_->load_valid_i = 1;
        bench_->load_thread_i = uint8_t(load.thread);
        bench_->load_reg_i = uint8_t(load.reg);
        field::drive(bench_->load_data_i, load.data);
        bench_->load_wrong_i = load.wrong;
    }
    /* Ends the cycle; says whether the offered word was accepted. */
    bool step()
    {
        bench_.settle();
        while (!sums_to_s_.empty() &&
               (sums_to_s_[0] == UINT64_MAX || sums_to_s_[0] + LoadAheadCycles < cycle_))
            sums_to_s_.pop_front();
        bool blocked = !sums_to_s_.empty() && sums_to_s_[0] + LoadAheadCycles == cycle_;
        TB_CHECK(bench_->load_ready_o == !blocked);
        bool accepted = bench_->load_valid_i && !blocked;
        if (accepted)
            memory_.reg(offered_.thread, ISA_REGISTERS + offered_.reg)
                .write(offered_.data, cycle_ + LoadCycles);
        bench_.tick();
        cycle_++;
        check_done();
        idle();
        return accepted;
    }
    void step(unsigned cycles)
    {
        while (cycles-- > 0)
            step();
    }
    void drain()
    {
        step(ProductCycles + 1);
        TB_CHECK(products_.empty() && sums_.empty());
    }
    void load(const Load &load)
    {
        do
            offer(load);
        while (!step());
    }
    void write_constant(unsigned word, const Element &value)
    {
        memory_.constant(word) = value;
        for (unsigned limb = 4; limb-- > 0;) { /* the order does not matter */
            bench_->const_we_i = 1;
            bench_->const_addr_i = uint8_t(4 * word + limb);
            bench_->const_data_i = uint64_t(value[2 * limb + 1]) << 32 | value[2 * limb];
            step();
        }
        bench_->const_we_i = 0;
        step(2);
    }
    /* Whether a sum granted now would meet a product's write to T. */
    bool table_clash() const
    {
        for (uint64_t at : table_writes_)
            if (at == cycle_ + SumCycles)
                return true;
        return false;
    }
    void reset()
    {
        bench_.reset();
        products_.clear();
        sums_.clear();
        sums_to_s_.clear();
        table_writes_.clear();
        idle();
    }
    unsigned faults_seen() const
    {
        return faults_seen_;
    }
    uint64_t instructions() const
    {
        return instructions_;
    }

  private:
    void write(unsigned thread, unsigned dst, unsigned bank, const Element &value, uint64_t ready)
    {
        if (dst >= DstTable) {
            memory_.table(thread, dst - DstTable).write(value, ready);
            if (table_writes_.size() > 64)
                table_writes_.pop_front();
            table_writes_.push_back(ready);
        } else if (dst < DstNone) {
            memory_.reg(thread, bank + dst).write(value, ready);
        }
    }

    void drive(const Product &p)
    {
        bench_->prod_valid_i = 1;
        bench_->prod_thread_i = uint8_t(p.thread);
        bench_->prod_partner_i = uint8_t(p.partner);
        bench_->prod_op_i = uint8_t(p.op);
        bench_->prod_a_i = uint8_t(p.a);
        bench_->prod_b_i = uint8_t(p.b);
        bench_->prod_b_kind_i = uint8_t(p.b_kind);
        bench_->prod_addend_fixed_i = p.addend_fixed;
        bench_->prod_addend_addr_i = uint16_t(p.addend);
        bench_->prod_dst_i = uint8_t(p.dst);
        bench_->prod_sm2_i = p.sm2;
        bench_->prod_test_i = uint8_t(p.test);
        bench_->prod_flag_i = uint8_t(p.flag);
    }
    void drive(const Sum &s)
    {
        bench_->sum_valid_i = 1;
        bench_->sum_thread_i = uint8_t(s.thread);
        bench_->sum_partner_i = uint8_t(s.partner);
        bench_->sum_op_i = uint8_t(s.op);
        bench_->sum_swap_i = s.swap;
        bench_->sum_order_i = s.order;
        bench_->sum_a_i = uint8_t(s.a);
        bench_->sum_b_i = uint8_t(s.b);
        bench_->sum_b_kind_i = uint8_t(s.b_kind);
        bench_->sum_dst_i = uint8_t(s.dst);
        bench_->sum_sm2_i = s.sm2;
        bench_->sum_test_i = uint8_t(s.test);
        bench_->sum_flag_i = uint8_t(s.flag);
        bench_->sum_send_i = uint8_t(s.send);
        bench_->sum_arg_i = uint8_t(s.arg);
    }
    /* Nothing granted, but not all zeros: fields without valid must not matter. */
    void idle()
    {
        Product p = {random_.below(32),  random_.below(32),  random_.below(3),
                     random_.below(32),  random_.below(32),  random_.below(5),
                     random_.below(64),  random_.below(4),   random_.below(16),
                     random_.chance(50), random_.chance(50), random_.below(4096)};
        Sum s = {random_.below(32),  random_.below(32), random_.below(5),  random_.below(32),
                 random_.below(32),  random_.below(5),  random_.below(64), random_.below(4),
                 random_.below(16),  random_.below(4),  random_.below(16), random_.chance(50),
                 random_.chance(50), random_.chance(50)};
        drive(p);
        drive(s);
        bench_->prod_valid_i = 0;
        bench_->sum_valid_i = 0;
        bench_->load_valid_i = 0;
        bench_->load_wrong_i = random_.chance(50);
    }

    void check_done()
    {
        bool due = !products_.empty() && products_[0].at == cycle_;
        TB_CHECK(bench_->prod_done_o == due);
        TB_CHECK(bench_->fault_prod_o == (due && products_[0].fault));
        if (due) {
            const Done &done = products_[0];
            TB_CHECK(bench_->prod_done_thread_o == done.thread);
            TB_CHECK(!done.fault || bench_->fault_prod_thread_o == done.thread);
            TB_CHECK(bench_->prod_done_test_o == done.test &&
                     bench_->prod_done_flag_o == done.flag);
            TB_CHECK(done.fault || bench_->prod_done_value_o == done.value);
            faults_seen_ += done.fault;
            instructions_++;
            products_.pop_front();
        }
        due = !sums_.empty() && sums_[0].at == cycle_;
        TB_CHECK(bench_->sum_done_o == due);
        TB_CHECK(bench_->fault_sum_o == (due && sums_[0].fault));
        if (due) {
            check_sum(sums_[0]);
            sums_.pop_front();
        }
    }
    void check_sum(const Done &done)
    {
        TB_CHECK(bench_->sum_done_thread_o == done.thread);
        TB_CHECK(bench_->sum_done_test_o == done.test && bench_->sum_done_flag_o == done.flag);
        TB_CHECK(bench_->sum_done_send_o == done.sum.send &&
                 bench_->sum_done_arg_o == done.sum.arg);
        TB_CHECK(bench_->sum_done_sm2_o == done.sum.sm2 &&
                 bench_->sum_done_order_o == done.sum.order);
        instructions_++;
        if (done.fault) {
            TB_CHECK(bench_->fault_sum_thread_o == done.thread);
            faults_seen_++;
            return;
        }
        TB_CHECK(bench_->sum_done_value_o == done.value);
        TB_CHECK(field::sample<8>(bench_->sum_done_data_o) == done.data);
        TB_CHECK(bench_->sum_done_parity_o == parity_of(done.data));
    }

    tb::Random random_;
    Memory memory_;
    tb::Bench<V> bench_;
    uint64_t cycle_ = 0, instructions_ = 0;
    unsigned faults_seen_ = 0;
    std::deque<Done> products_, sums_;
    std::deque<uint64_t> sums_to_s_, table_writes_;
    Load offered_{};
};

/* ------------------------------------------------------------------ random instructions */

class Trace
{
  public:
    explicit Trace(Machine &machine) : machine_(machine), random_(machine.random())
    {
    }

    /* Every register of bank S loaded, every one of P and word of T written. */
    void fill()
    {
        std::vector<Element> edges = field::edge_elements();
        for (unsigned thread = 0; thread < ISA_THREADS; thread++)
            for (unsigned reg = 0; reg < ISA_REGISTERS; reg++)
                machine_.load({thread, reg,
                               random_.chance(30) ? edges[random_.below(uint32_t(edges.size()))]
                                                  : field::random_number<8>(random_)});
        machine_.step(LoadCycles);
        for (unsigned thread = 0; thread < ISA_THREADS; thread++)
            for (unsigned i = 0; i < ISA_REGISTERS + ISA_TABLE_WORDS; i++) {
                Product p{};
                p.thread = thread;
                p.a = ISA_REGISTERS + random_.below(ISA_REGISTERS);
                p.b = random_.below(ISA_IMAGE_CONSTANTS);
                p.b_kind = ISA_B_KIND_CONSTANT;
                p.dst = i < ISA_REGISTERS ? i : DstTable + i - ISA_REGISTERS;
                machine_.grant(p);
                machine_.step();
            }
        machine_.drain();
    }

    /* percent: how often each unit is granted. Few threads make words be read as soon as they may
     * be. */
    void run(unsigned cycles, unsigned percent, unsigned threads)
    {
        threads_ = threads;
        bool offered = false;
        Load load{};
        for (unsigned i = 0; i < cycles; i++) {
            if (random_.chance(percent))
                try_product();
            if (random_.chance(percent))
                try_sum();
            if (!offered && random_.chance(20)) {
                load = {thread(), random_.below(ISA_REGISTERS), field::random_number<8>(random_)};
                offered = true;
            }
            if (offered && random_.chance(80)) {
                machine_.offer(load);
                offered = !machine_.step();
            } else {
                machine_.step();
            }
        }
        machine_.drain();
    }

    /* Every word of the memories, through the sum unit: value - 0. T by way of P. */
    void read_all()
    {
        for (unsigned thread = 0; thread < ISA_THREADS; thread++) {
            for (unsigned number = 0; number < 2 * ISA_REGISTERS; number++)
                read(thread, number);
            one(thread);
            for (unsigned word = 0; word < ISA_TABLE_WORDS; word++) {
                Product p{};
                p.thread = thread;
                p.op = ISA_PRODUCT_OP_LOW;
                p.a = 15;
                p.b = word;
                p.b_kind = ISA_B_KIND_TABLE;
                p.dst = word % 8;
                machine_.grant(p);
                machine_.step();
                if (word % 8 < 7)
                    continue;
                machine_.step(ProductCycles - 1);
                for (unsigned number = 0; number < 8; number++)
                    read(thread, number);
            }
        }
        machine_.drain();
    }

  private:
    /* P15 := 1 */
    void one(unsigned thread)
    {
        machine_.load({thread, 0, Element{1}});
        machine_.step(LoadCycles);
        Product p{};
        p.thread = thread;
        p.op = ISA_PRODUCT_OP_LOW;
        p.a = ISA_REGISTERS;
        p.b = 1;
        p.b_kind = ISA_B_KIND_CONSTANT;
        p.dst = 15;
        machine_.grant(p);
        machine_.step(ProductCycles);
    }
    void read(unsigned thread, unsigned number)
    {
        Sum s{};
        s.thread = thread;
        s.op = ISA_SUM_OP_SUB;
        s.a = number;
        s.b_kind = ISA_B_KIND_CONSTANT;
        s.dst = DstNone;
        machine_.grant(s);
        machine_.step();
    }

    unsigned thread()
    {
        return random_.below(threads_);
    }
    unsigned dst()
    {
        unsigned kind = random_.below(8);
        return kind == 0  ? DstNone + random_.below(16)
               : kind < 3 ? DstTable + random_.below(32)
                          : random_.below(16);
    }
    void try_product()
    {
        for (unsigned attempt = 0; attempt < 4; attempt++) {
            Product p{};
            p.thread = thread();
            p.partner = thread();
            p.op = random_.chance(70) ? unsigned(ISA_PRODUCT_OP_MUL) : random_.below(3);
            p.a = random_.below(32);
            p.b = random_.below(32);
            p.b_kind = random_.below(ISA_B_KIND_CODES);
            p.dst = dst();
            p.test = random_.below(3);
            p.flag = random_.below(16);
            p.addend_fixed = random_.chance(50);
            p.addend = random_.below(p.addend_fixed ? ISA_FIXED_WORDS : ISA_TABLE_WORDS);
            p.sm2 = random_.chance(50);
            if (!machine_.memory().reg(p.thread, p.a).read(machine_.now()) ||
                !machine_.product_b(p))
                continue;
            machine_.grant(p);
            return;
        }
    }
    void try_sum()
    {
        for (unsigned attempt = 0; attempt < 8; attempt++) {
            Sum s{};
            s.thread = thread();
            s.partner = thread();
            s.op = random_.below(ISA_SUM_OP_CODES);
            s.a = random_.below(32);
            s.b = random_.below(32);
            s.b_kind = random_.chance(60)   ? unsigned(ISA_B_KIND_REGISTER)
                       : random_.chance(50) ? unsigned(ISA_B_KIND_CONSTANT)
                                            : unsigned(ISA_B_KIND_PARTNER);
            s.swap =
                s.op == ISA_SUM_OP_SUB && s.b_kind == ISA_B_KIND_REGISTER && random_.chance(50);
            s.order = random_.chance(50);
            s.sm2 = random_.chance(50);
            s.dst = dst();
            s.test = random_.below(s.op == ISA_SUM_OP_SUB || s.op == ISA_SUM_OP_ADD ? 4 : 3);
            s.flag = random_.below(16);
            s.send = random_.below(4);
            s.arg = random_.below(16);
            if (s.dst >= DstTable && machine_.table_clash())
                continue;
            if (!usable(s))
                continue;
            machine_.grant(s);
            return;
        }
    }
    bool usable(const Sum &s)
    {
        Element none{};
        bool reads_a = s.op != ISA_SUM_OP_COPY && s.op != ISA_SUM_OP_NEG;
        const Element *a =
            reads_a ? machine_.memory().reg(s.thread, s.swap ? s.b : s.a).read(machine_.now())
                    : &none;
        const Element *b = s.op != ISA_SUM_OP_HALF ? machine_.sum_b(s, s.swap ? s.a : s.b) : &none;
        return a && b && defined(s.op, modulus(s.sm2, s.order), *a, *b);
    }

    Machine &machine_;
    tb::Random &random_;
    unsigned threads_ = ISA_THREADS;
};

void test_random(Machine &machine)
{
    Trace trace(machine);
    trace.fill();
    trace.run(RandomCycles, 100, ISA_THREADS);
    tb::pass("random products, sums and loads, one of each a cycle");
    trace.run(RandomCycles / 2, 60, 2);
    trace.run(RandomCycles / 2, 20, 1);
    tb::pass("with bubbles, on few threads");
    trace.read_all();
    TB_CHECK(machine.instructions() > RandomCycles * 2);
    tb::pass("every word of the registers and the table read back");
}

/* ------------------------------------------------------------------ latencies */

Product product(unsigned thread, unsigned op, unsigned a, unsigned kind, unsigned b, unsigned dst)
{
    Product p{};
    p.thread = thread;
    p.op = op;
    p.a = a;
    p.b = b;
    p.b_kind = kind;
    p.dst = dst;
    return p;
}

Sum subtract(unsigned thread, unsigned a, unsigned kind, unsigned b, unsigned dst)
{
    Sum s{};
    s.thread = thread;
    s.op = ISA_SUM_OP_SUB;
    s.a = a;
    s.b = b;
    s.b_kind = kind;
    s.dst = dst;
    return s;
}

/* A word is overwritten and read two cycles before it may be, which gives the old word, and as soon
 * as it may be. */
void test_latency(Machine &machine)
{
    auto reload = [&](unsigned reg) {
        machine.load({3, reg, field::random_number<8>(machine.random())});
        machine.step(LoadCycles);
    };
    auto check = [&](unsigned cycles, unsigned number, const std::function<void()> &overwrite) {
        const Element before = *machine.memory().reg(3, number).read(machine.now());
        overwrite();
        machine.step(cycles - 2);
        TB_CHECK(*machine.memory().reg(3, number).read(machine.now()) == before);
        machine.grant(subtract(3, number, ISA_B_KIND_CONSTANT, 0, DstNone));
        machine.step(2);
        TB_CHECK(*machine.memory().reg(3, number).read(machine.now()) != before);
        machine.grant(subtract(3, number, ISA_B_KIND_CONSTANT, 0, DstNone));
        machine.drain();
    };
    reload(0);
    check(ProductCycles, 5,
          [&] { machine.grant(product(3, ISA_PRODUCT_OP_LOW, 16, ISA_B_KIND_CONSTANT, 1, 5)); });
    check(SumCycles, 16 + 5, [&] { machine.grant(subtract(3, 16, ISA_B_KIND_CONSTANT, 0, 5)); });
    check(LoadCycles, 16 + 6, [&] {
        machine.offer({3, 6, field::random_number<8>(machine.random())});
    });

    // T: the product reads, its result is looked at. One write of each unit.
    for (bool by_sum : {false, true}) {
        reload(0);
        const Element before = *machine.memory().table(3, 9).read(machine.now());
        if (by_sum)
            machine.grant(subtract(3, 16, ISA_B_KIND_CONSTANT, 0, DstTable + 9));
        else
            machine.grant(product(3, ISA_PRODUCT_OP_LOW, 16, ISA_B_KIND_CONSTANT, 1, DstTable + 9));
        machine.step((by_sum ? SumCycles : ProductCycles) - 2);
        TB_CHECK(*machine.memory().table(3, 9).read(machine.now()) == before);
        machine.grant(product(3, ISA_PRODUCT_OP_MUL, 16, ISA_B_KIND_TABLE, 9, 1));
        machine.step(2);
        TB_CHECK(*machine.memory().table(3, 9).read(machine.now()) != before);
        machine.grant(product(3, ISA_PRODUCT_OP_MUL, 16, ISA_B_KIND_TABLE, 9, 2));
        machine.step(ProductCycles);
        machine.grant(subtract(3, 1, ISA_B_KIND_CONSTANT, 0, DstNone));
        machine.step();
        machine.grant(subtract(3, 2, ISA_B_KIND_CONSTANT, 0, DstNone));
        machine.drain();
    }
    tb::pass("a result is read exactly 38 (product), 14 (sum), 2 (load) cycles later, the old word "
             "up to 2 before");
}

void test_constants(Machine &machine)
{
    for (unsigned word = 0; word < ISA_IMAGE_CONSTANTS; word++)
        machine.write_constant(word, field::random_number<8>(machine.random()));
    for (unsigned word = 0; word < ISA_IMAGE_CONSTANTS; word++) {
        machine.grant(subtract(7, 16, ISA_B_KIND_CONSTANT, word, 1));
        machine.grant(product(7, ISA_PRODUCT_OP_HIGH, 16, ISA_B_KIND_CONSTANT, word, 1));
        machine.step(ProductCycles);
        machine.grant(subtract(7, 1, ISA_B_KIND_REGISTER, 17, DstNone));
        machine.step();
    }
    machine.drain();
    machine.write_constant(0, Element{});
    tb::pass("constants rewritten");
}

/* Instructions under way at a reset write nothing and say nothing. */
void test_reset(Machine &machine)
{
    machine.load({9, 0, Element{1}});
    machine.step(LoadCycles);
    Element p_before = *machine.memory().reg(9, 4).read(machine.now());
    machine.dut().prod_valid_i = 1;
    machine.dut().prod_thread_i = 9;
    machine.dut().prod_dst_i = 4;
    machine.dut().sum_valid_i = 1;
    machine.dut().sum_thread_i = 9;
    machine.dut().sum_dst_i = 4;
    machine.dut().clk_i = 1;
    machine.dut().eval();
    machine.dut().clk_i = 0;
    machine.dut().eval();
    machine.reset();
    machine.step(2 * ProductCycles);
    TB_CHECK(*machine.memory().reg(9, 4).read(machine.now()) == p_before);
    machine.grant(subtract(9, 4, ISA_B_KIND_CONSTANT, 0, DstNone));
    machine.step();
    machine.grant(subtract(9, 20, ISA_B_KIND_CONSTANT, 0, DstNone));
    machine.drain();
    tb::pass("reset forgets what is under way");
}

/* ------------------------------------------------------------------ faults */

/* A number that is said to be wrong is a fault of whoever reads it, until it is written again. */
void test_wrong_load(Machine &machine)
{
    constexpr unsigned Thread = 7, Reg = 9;
    for (bool wrong : {true, false}) {
        unsigned before = machine.faults_seen();
        machine.load({Thread, Reg, field::random_number<8>(machine.random()), wrong});
        machine.load({Thread, Reg - 1, field::random_number<8>(machine.random())});
        machine.step(LoadCycles);
        machine.grant(subtract(Thread, 16 + Reg, ISA_B_KIND_CONSTANT, 0, DstNone), wrong);
        machine.grant(
            product(Thread, ISA_PRODUCT_OP_MUL, 16 + Reg, ISA_B_KIND_CONSTANT, 0, DstNone), wrong);
        machine.step();
        machine.grant(subtract(Thread, 16 + Reg - 1, ISA_B_KIND_CONSTANT, 0, DstNone));
        machine.drain();
        TB_CHECK(machine.faults_seen() == before + 2 * wrong);
    }
    tb::pass("a wrong number that is loaded is a fault of its reader");
}

#ifdef DATAPATH_FAULTS
/* Flips one bit of a word of 264 bits. */
template <class Words> void flip(Words &word, unsigned bit)
{
    word[bit / 32] ^= 1u << bit % 32;
}

#define TOP machine.dut().rootp
#define BANK(reader, bank)                                                                         \
    TOP->snap_point_datapath__DOT__u_banks__DOT__g_reader__BRA__##reader##__KET____DOT__##bank##__DOT__g_generic__DOT__mem

struct Site {
    const char *name;
    std::function<void(unsigned bit)> flip;
    /* An instruction that reads the word, and those that read its neighbours or copies only. */
    std::function<void(bool faulty)> read;
};

/* A flipped bit of each memory is seen by the reader of that copy, in all 264 places, and by no
 * other. */
void test_parity(Machine &machine)
{
    constexpr unsigned Thread = 11, P = Thread * 16 + 2, S = Thread * 16 + 3, T = Thread * 32 + 4;
    auto read_product_a = [&](unsigned number) {
        return [&machine, number](bool faulty) {
            machine.grant(
                product(Thread, ISA_PRODUCT_OP_MUL, number, ISA_B_KIND_CONSTANT, 1, DstNone),
                faulty);
        };
    };
    auto read_product_b = [&](unsigned kind, unsigned number, bool fixed) {
        return [&machine, kind, number, fixed](bool faulty) {
            Product p = product(Thread, ISA_PRODUCT_OP_MUL, 7, kind, number, DstNone);
            p.addend_fixed = fixed;
            p.addend = number;
            p.partner = Thread;
            machine.grant(p, faulty);
        };
    };
    auto read_sum = [&](unsigned op, unsigned a, unsigned kind, unsigned b) {
        return [&machine, op, a, kind, b](bool faulty) {
            Sum s = subtract(Thread, a, kind, b, DstNone);
            s.op = op;
            s.partner = Thread;
            machine.grant(s, faulty);
        };
    };
    const std::vector<Site> sites = {
        {"P to product a", [&](unsigned bit) { flip(BANK(0, u_p)[P], bit); }, read_product_a(2)},
        {"S to product a", [&](unsigned bit) { flip(BANK(0, u_s)[S], bit); }, read_product_a(19)},
        {"P to product b", [&](unsigned bit) { flip(BANK(1, u_p)[P], bit); },
         read_product_b(ISA_B_KIND_REGISTER, 2, false)},
        {"S to product b", [&](unsigned bit) { flip(BANK(1, u_s)[S], bit); },
         read_product_b(ISA_B_KIND_PARTNER, 19, false)},
        {"P to sum a", [&](unsigned bit) { flip(BANK(2, u_p)[P], bit); },
         read_sum(ISA_SUM_OP_SUB, 2, ISA_B_KIND_REGISTER, 7)},
        {"S to sum a", [&](unsigned bit) { flip(BANK(2, u_s)[S], bit); },
         read_sum(ISA_SUM_OP_SUB, 19, ISA_B_KIND_CONSTANT, 1)},
        {"P to sum b", [&](unsigned bit) { flip(BANK(3, u_p)[P], bit); },
         read_sum(ISA_SUM_OP_COPY, 7, ISA_B_KIND_REGISTER, 2)},
        {"S to sum b", [&](unsigned bit) { flip(BANK(3, u_s)[S], bit); },
         read_sum(ISA_SUM_OP_SUB, 7, ISA_B_KIND_PARTNER, 19)},
        {"T",
         [&](unsigned bit) {
             flip(TOP->snap_point_datapath__DOT__u_table__DOT__g_generic__DOT__mem[T], bit);
         },
         read_product_b(ISA_B_KIND_TABLE, 4, false)},
        {"F",
         [&](unsigned bit) {
             flip(TOP->snap_point_datapath__DOT__u_fixed__DOT__g_generic__DOT__mem[3001], bit);
         },
         read_product_b(ISA_B_KIND_ADDEND, 3001, true)},
        {"C to product",
         [&](unsigned bit) {
             flip(TOP->snap_point_datapath__DOT__u_constants__DOT__prod_mem[6], bit);
         },
         read_product_b(ISA_B_KIND_CONSTANT, 6, false)},
        {"C to sum",
         [&](unsigned bit) {
             flip(TOP->snap_point_datapath__DOT__u_constants__DOT__sum_mem[6], bit);
         },
         read_sum(ISA_SUM_OP_SUB, 7, ISA_B_KIND_CONSTANT, 6)},
    };
    for (size_t broken = 0; broken < sites.size(); broken++) {
        unsigned before = machine.faults_seen();
        for (unsigned bit = 0; bit < 264; bit++) {
            sites[broken].flip(bit);
            sites[broken].read(true);
            machine.step(4); // the word has been read
            sites[broken].flip(bit);
        }
        sites[broken].flip(100);
        for (size_t other = 0; other < sites.size(); other++) {
            sites[other].read(other == broken);
            machine.step(3);
        }
        machine.drain();
        sites[broken].flip(100);
        TB_CHECK(machine.faults_seen() == before + 264 + 1);
    }
    tb::pass("a flipped bit in any copy of any memory is a fault of the thread that reads it, of "
             "no other");
}

/* Operands that an operation does not read may be broken: copy and neg have no a, half has no b. */
void test_parity_unread(Machine &machine)
{
    constexpr unsigned Thread = 11;
    machine.load({Thread, 8, Element{42}});
    machine.step(LoadCycles);
    flip(BANK(2, u_p)[Thread * 16], 7);
    flip(BANK(3, u_p)[Thread * 16], 7);
    flip(TOP->snap_point_datapath__DOT__u_constants__DOT__sum_mem[5], 7);
    for (unsigned op : {ISA_SUM_OP_COPY, ISA_SUM_OP_NEG, ISA_SUM_OP_HALF})
        for (unsigned kind : {ISA_B_KIND_REGISTER, ISA_B_KIND_CONSTANT}) {
            Sum s = subtract(Thread, 0, kind, 24, DstNone);
            s.op = op;
            if (op == ISA_SUM_OP_HALF) {
                s.a = 24;
                s.b = kind == ISA_B_KIND_CONSTANT ? 5 : 0;
            } else if (kind == ISA_B_KIND_CONSTANT) {
                s.b = 1;
                machine.write_constant(1, Element{1});
            }
            machine.grant(s);
            machine.step();
        }
    machine.drain();
    flip(BANK(2, u_p)[Thread * 16], 7);
    flip(BANK(3, u_p)[Thread * 16], 7);
    flip(TOP->snap_point_datapath__DOT__u_constants__DOT__sum_mem[5], 7);
    tb::pass("operands that are not read do not matter");
}

/* A bit of a product on its way out of the multiplier, of one among many. */
void test_residue(Machine &machine)
{
    constexpr unsigned ProductOut = ProductCycles - 3 - 11; // choice, result, done; reduction
    for (unsigned bit = 0; bit < 512; bit += 3) {
        unsigned before = machine.faults_seen();
        for (unsigned cycle = 0; cycle < ProductOut + 8; cycle++) {
            if (cycle < 8) {
                Product p = product(cycle, cycle % 3, 7, ISA_B_KIND_REGISTER, 20, DstNone);
                p.sm2 = cycle & 1;
                machine.grant(p, cycle == 3);
            }
            if (cycle == ProductOut + 3)
                flip(TOP->snap_point_datapath__DOT__u_product__DOT__u_mul__DOT__product_q, bit);
            machine.step();
        }
        machine.drain();
        TB_CHECK(machine.faults_seen() == before + 1);
    }
    tb::pass("a flipped bit of a product is a fault of its thread, of no other");
}
#endif

} // namespace

int main()
{
    Machine machine(tb::seed());
    test_random(machine);
    test_latency(machine);
    test_constants(machine);
    test_reset(machine);
    test_wrong_load(machine);
#ifdef DATAPATH_FAULTS
    test_parity(machine);
    test_parity_unread(machine);
    test_residue(machine);
#endif
    return 0;
}
