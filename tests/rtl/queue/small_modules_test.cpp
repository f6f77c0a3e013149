// SPDX-License-Identifier: Apache-2.0
// The small modules of queues and top, each by itself against a model: snap_fifo_ram,
// snap_moderation, snap_reset_control, snap_slot_check, snap_opcode_map.
#include HEADER

#include <cstring>
#include <deque>

#include "slot_model.h"

namespace
{

using Bench = tb::Bench<V>;

tb::Random random_source(tb::seed());

void rest(Bench &bench)
{
    bench->fifo_wvalid_i = bench->fifo_rready_i = 0;
    bench->started_i = bench->arm_i = bench->irq_ready_i = 0;
    bench->cq_tail_i = 0;
    bench->timer_i = bench->count_i = 0;
    bench->reset_i = bench->flr_i = bench->drained_i = bench->engine_live_i = 0;
    bench->slot_512_i = 0;
    bench.reset();
}

/* ---------------------------------------------------------------- snap_fifo_ram */
void fifo_ram()
{
    constexpr unsigned Depth = 16;
    Bench bench;
    rest(bench);
    struct Word {
        uint64_t value, written;
    };
    std::deque<Word> model;
    unsigned full = 0, streamed = 0;
    for (uint64_t i = 0; i < 100000; i++) {
        bool stream = i / 1000 % 4 == 3;
        bench->fifo_wvalid_i =
            model.size() < Depth && (stream || random_source.chance(i / 300 % 3 * 40 + 10));
        bench->fifo_wdata_i = random_source.next() >> 24;
        bench->fifo_rready_i = stream || random_source.chance(i / 700 % 3 * 40 + 10);
        bench.settle();
        /* The oldest word is there from the third cycle on, and never too early. */
        bool may = !model.empty() && i > model.front().written + 1;
        bool must = !model.empty() && i > model.front().written + 2;
        TB_CHECK(bench->fifo_level_o == model.size());
        TB_CHECK((!bench->fifo_rvalid_o || may) && (bench->fifo_rvalid_o || !must));
        TB_CHECK(!bench->fifo_rvalid_o || bench->fifo_rdata_o == model.front().value);
        full += model.size() == Depth;
        if (bench->fifo_rvalid_o && bench->fifo_rready_i) {
            model.pop_front();
            streamed += stream;
        }
        if (bench->fifo_wvalid_i)
            model.push_back({bench->fifo_wdata_i, i});
        bench.tick();
    }
    TB_CHECK(full > 1000 && streamed > 24900); /* a word a cycle */
    tb::pass("FIFO in RAM");
}

/* ---------------------------------------------------------------- snap_moderation */

/* In terms of time: an interrupt is due when enough is unseen, or the timer has run since the first
 * unseen completion was there; the request goes out a cycle later. */
class Moderation
{
  public:
    Moderation()
    {
        rest(bench_);
    }

    void cycle()
    {
        drive();
        bench_.settle();
        uint16_t unseen = uint16_t(bench_->cq_tail_i - seen_);
        bool waiting = armed_ && unseen != 0 && !bench_->started_i;
        if (waiting && !counting_)
            since_ = now_;
        counting_ = counting_ || waiting;
        TB_CHECK(bench_->irq_valid_o == requested_);
        TB_CHECK(bench_->irq_busy_o == (waiting || requested_));
        bool enough = unseen >= bench_->count_i, late = now_ - since_ >= bench_->timer_i;
        bool due = waiting && (enough || late) && !requested_;
        if (requested_ && bench_->irq_ready_i)
            requested_ = false;
        if (due) {
            requested_ = true;
            armed_ = false;
            (enough ? by_count : by_timer)++;
        }
        if (bench_->arm_i) {
            armed_ = true;
            counting_ = false;
            seen_ = bench_->arm_seen_i;
        }
        if (bench_->started_i)
            armed_ = false;
        bench_.tick();
        now_++;
    }

    unsigned by_count = 0, by_timer = 0;

  private:
    void drive()
    {
        bench_->started_i = random_source.below(2000) == 0;
        if (bench_->started_i)
            bench_->cq_tail_i = 0;
        else if (random_source.chance(5))
            bench_->cq_tail_i = uint16_t(bench_->cq_tail_i + 1);
        if (random_source.below(4000) == 0) { /* near the wrap, as a queue is after long */
            bench_->cq_tail_i = uint16_t(65530);
            bench_->arm_i = 1;
        } else {
            bench_->arm_i = random_source.chance(1);
        }
        bench_->arm_seen_i = uint16_t(bench_->cq_tail_i - random_source.below(4));
        if (random_source.chance(1)) {
            bench_->count_i = uint8_t(random_source.below(8));
            bench_->timer_i = random_source.below(random_source.chance(50) ? 4 : 200);
        }
        bench_->irq_ready_i = random_source.chance(20);
    }

    Bench bench_;
    uint64_t now_ = 0, since_ = 0;
    uint16_t seen_ = 0;
    bool armed_ = false, counting_ = false, requested_ = false;
};

void moderation()
{
    Moderation moderation;
    for (unsigned i = 0; i < 400000; i++)
        moderation.cycle();
    TB_CHECK(moderation.by_count > 500 && moderation.by_timer > 500);
    tb::pass("interrupt moderation");
}

/* ---------------------------------------------------------------- snap_reset_control */
class ResetControl
{
  public:
    ResetControl()
    {
        bench_->engine_live_i = 0;
        rest(bench_);
    }

    void cycle()
    {
        drive();
        bench_.settle();
        check();
        bench_.tick();
        engine();
    }

    unsigned flrs = 0, controls = 0, kept = 0;

  private:
    void drive()
    {
        bench_->reset_i = random_source.below(300) == 0;
        if (bench_->flr_i && served_ && random_source.chance(20))
            bench_->flr_i = 0;
        else if (!bench_->flr_i && random_source.below(400) == 0)
            bench_->flr_i = 1;
        if (random_source.chance(10)) /* flickers at first, then lasts */
            bench_->drained_i = bench_->drain_o && random_source.chance(60);
    }

    /* The other domain follows the reset after a while. */
    void engine()
    {
        if (bench_->engine_live_i == bench_->engine_rst_no)
            lag_ = random_source.below(12);
        else if (lag_-- == 0)
            bench_->engine_live_i = bench_->engine_rst_no;
    }

    void check()
    {
        bool core = bench_->core_rst_no, engine = bench_->engine_rst_no;
        TB_CHECK(bench_->resetting_o || !asked_);
        TB_CHECK(!bench_->flr_i || served_ || bench_->flr_done_o || bench_->resetting_o);
        TB_CHECK(bench_->drain_o || core); /* queues run in peace only */
        TB_CHECK(!core || engine);         /* and with running engines only */
        if (core && !core_before_)
            TB_CHECK(bench_->engine_live_i && both_ && !bench_->drain_o);
        if (!core && core_before_) {
            TB_CHECK(!engine && drained_cycles_ >= 8); /* both enter it at once, at rest */
            both_ = false;
        }
        if (engine && !engine_before_)
            TB_CHECK(!core && !live_before_);
        both_ = both_ || (!core && !engine && !bench_->engine_live_i);
        check_msix(core);
        check_done(core);
        asked_ = bench_->reset_i && !bench_->drain_o; /* no effect while one is under way */
        drained_cycles_ = bench_->drain_o && bench_->drained_i ? drained_cycles_ + 1 : 0;
        core_before_ = core;
        engine_before_ = engine;
        live_before_ = bench_->engine_live_i;
    }

    /* The table is cleared while the queues are in a function-level reset, by no other. */
    void check_msix(bool core)
    {
        TB_CHECK(!bench_->msix_clear_o || !core);
        cleared_ = cleared_ || bench_->msix_clear_o;
        if (core && !core_before_) {
            TB_CHECK(cleared_ == bench_->flr_done_o);
            kept += !cleared_;
            cleared_ = false;
        }
    }

    void check_done(bool core)
    {
        if (bench_->flr_done_o) {
            TB_CHECK(core && !core_before_ && !served_);
            served_ = true;
            flrs++;
        } else {
            controls += core && !core_before_;
        }
        if (!bench_->flr_i)
            served_ = false;
    }

    Bench bench_;
    bool core_before_ = false, engine_before_ = false, live_before_ = false;
    bool both_ = true, served_ = false;
    bool cleared_ = false, asked_ = false;
    unsigned lag_ = 0, drained_cycles_ = 8;
};

void reset_control()
{
    ResetControl reset;
    for (unsigned i = 0; i < 300000; i++)
        reset.cycle();
    TB_CHECK(reset.flrs > 300 && reset.controls > 300 && reset.kept == reset.controls);
    tb::pass("reset control");
}

/* ---------------------------------------------------------------- snap_slot_check */
class Check
{
  public:
    explicit Check(const OpcodeMap &opcodes) : opcodes_(opcodes)
    {
        rest(bench_);
        for (unsigned i = 0; i < 256; i++)
            if (i % 32 == 0)
                bench_->opcodes_i[i / 32] = opcodes_[i];
            else
                bench_->opcodes_i[i / 32] |= uint32_t(opcodes_[i]) << i % 32;
    }
    void both(const SlotHeader &header)
    {
        for (bool slot_512 : {false, true})
            one(header, slot_512);
    }
    void one(const SlotHeader &header, bool slot_512)
    {
        std::memcpy(&bench_->header_i, &header, sizeof header);
        bench_->slot_512_i = slot_512;
        for (unsigned i = 0; i < 3; i++)
            bench_.tick();
        bench_.settle();
        uint8_t status = judge_slot(header, slot_512, opcodes_);
        TB_CHECK(bench_->status_o == status);
        statuses[status]++;
    }

    unsigned statuses[256] = {};

  private:
    Bench bench_;
    OpcodeMap opcodes_;
};

/* Each field over its range or its edges, with the others good. */
void sweep(Check &check)
{
    SlotHeader header;
    for (unsigned opcode = 0; opcode < 256; opcode++)
        for (unsigned flags = 0; flags < 256; flags++) {
            header.opcode = uint8_t(opcode);
            header.flags = uint8_t(flags);
            header.length = 32;
            check.both(header);
        }
    for (const OpcodeRule &rule : OpcodeRules)
        for (uint8_t flags : {uint8_t(0), rule.flags}) {
            header = {};
            header.opcode = rule.opcode;
            header.flags = flags;
            for (uint32_t length = 0; length < 600; length++) {
                header.length = length;
                check.both(header);
                header.length = SNAP_MESSAGE_BYTES_MAX - 300 + length;
                check.both(header);
            }
            for (unsigned bit = 0; bit < 32; bit++) {
                header.length = 1u << bit;
                check.both(header);
            }
            header.length = 64;
            for (unsigned bit = 0; bit < 64; bit++) {
                header.address = 1ull << bit;
                check.both(header);
            }
            for (uint64_t pieces = 1; pieces <= 3 * (SNAP_MESSAGE_BYTES_MAX / 64); pieces += 97)
                for (int64_t beyond : {-32, 0, 32}) { /* ends there, or a leaf before or behind */
                    header.address = -(64 * pieces);
                    header.length = uint32_t(int64_t(64 * pieces) + beyond);
                    check.both(header);
                }
            header.length = 64;
            header.address = 0;
            for (unsigned bit = 0; bit < 64; bit++) {
                header.reserved1 = 1ull << bit;
                check.both(header);
            }
            header.reserved1 = 0;
            for (unsigned bit = 0; bit < 16; bit++) {
                header.reserved0 = uint16_t(1u << bit);
                check.both(header);
            }
        }
}

void slot_check()
{
    for (unsigned map = 0; map < 4; map++) {
        OpcodeMap opcodes = all_opcodes();
        for (const OpcodeRule &rule : OpcodeRules)
            if (map != 0 && random_source.chance(40))
                opcodes[rule.opcode] = false;
        Check check(opcodes);
        if (map < 2)
            sweep(check);
        for (unsigned i = 0; i < 100000; i++) {
            bool slot_512 = random_source.chance(50);
            check.one(random_header(random_source, slot_512), slot_512);
        }
        for (uint8_t status = SNAP_STATUS_BAD_OPCODE; status <= SNAP_STATUS_BAD_ADDRESS; status++)
            TB_CHECK(map != 0 || check.statuses[status] > 500);
        TB_CHECK(map != 0 || check.statuses[SNAP_STATUS_OK] > 10000);
    }
    tb::pass("check of slot headers");
}

/* ---------------------------------------------------------------- snap_opcode_map */
template <class Map> bool equals(const Map &map, std::initializer_list<uint8_t> opcodes)
{
    OpcodeMap expected;
    for (uint8_t opcode : opcodes)
        expected[opcode] = true;
    for (unsigned opcode = 0; opcode < 256; opcode++)
        if ((map[opcode / 32] >> opcode % 32 & 1) != expected[opcode])
            return false;
    return true;
}

void opcode_map()
{
    Bench bench;
    rest(bench);
    TB_CHECK(equals(bench->opcodes_none_o, {SNAP_OP_NOOP}));
    TB_CHECK(equals(bench->opcodes_sha256_o,
                    {SNAP_OP_NOOP, SNAP_OP_SHA256, SNAP_OP_MERKLE_SHA256, SNAP_OP_MERKLE_SHA256D}));
    TB_CHECK(equals(bench->opcodes_sm3_o, {SNAP_OP_NOOP, SNAP_OP_SM3, SNAP_OP_MERKLE_SM3}));
    TB_CHECK(equals(bench->opcodes_point_o,
                    {SNAP_OP_NOOP, SNAP_OP_ECDSA_SECP256K1_VERIFY, SNAP_OP_ECDSA_SECP256K1_RECOVER,
                     SNAP_OP_BIP340_VERIFY, SNAP_OP_SM2_VERIFY, SNAP_OP_PEDERSEN_COMMIT,
                     SNAP_OP_PEDERSEN_SUM_ZERO, SNAP_OP_MSM, SNAP_OP_MICROCODE_LOAD}));
    /* Which of two engines would have the microcode? */
    TB_CHECK(equals(bench->opcodes_points_o,
                    {SNAP_OP_NOOP, SNAP_OP_ECDSA_SECP256K1_VERIFY, SNAP_OP_ECDSA_SECP256K1_RECOVER,
                     SNAP_OP_BIP340_VERIFY, SNAP_OP_SM2_VERIFY, SNAP_OP_PEDERSEN_COMMIT,
                     SNAP_OP_PEDERSEN_SUM_ZERO, SNAP_OP_MSM}));
    const OpcodeMap all = all_opcodes();
    for (unsigned opcode = 0; opcode < 256; opcode++)
        TB_CHECK((bench->opcodes_all_o[opcode / 32] >> opcode % 32 & 1) == all[opcode]);
    tb::pass("opcode map");
}

} // namespace

int main()
{
    fifo_ram();
    moderation();
    reset_control();
    slot_check();
    opcode_map();
    return 0;
}
