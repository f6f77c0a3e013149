// SPDX-License-Identifier: Apache-2.0
// snap_queue_page: its registers against the reference page, with the model of the ring behind
// them; what is held, what starts, and what goes out to the neighbours.
#include HEADER

#include <map>

#include "ring_model.h"
#include "tb.h"

namespace
{

constexpr uint32_t ConfigMask = 0xFFFF001Fu; /* the bits that the layout has */
constexpr uint32_t Held[] = {SNAP_REG_QUEUE_CONFIG,  SNAP_REG_SQ_BASE_LO, SNAP_REG_SQ_BASE_HI,
                             SNAP_REG_CQ_BASE_LO,    SNAP_REG_CQ_BASE_HI, SNAP_REG_RESULT_BASE_LO,
                             SNAP_REG_RESULT_BASE_HI};

tb::Random random_source(tb::seed());

class QueuePage
{
  public:
    QueuePage()
    {
        bench_->write_i = bench_->addr_i = bench_->wdata_i = 0;
        bench_->claim_i = bench_->claim_two_i = bench_->received_i = bench_->completed_i = 0;
        bench_->irq_ready_i = 1;
        bench_.reset();
    }

    void cycle()
    {
        RingInputs in;
        host();
        if (model_.available() != 0 && random_source.chance(10))
            in.claimed = model_.available() > 1 && random_source.chance(50) ? 2 : 1;
        in.received = model_.sq_head != model_.sq_issued && random_source.chance(10);
        in.completed = model_.cq_tail != model_.sq_head && random_source.chance(10);
        bench_->claim_i = in.claimed != 0;
        bench_->claim_two_i = in.claimed == 2;
        bench_->received_i = in.received;
        bench_->completed_i = in.completed;
        bench_.settle();
        check();
        uint32_t next_read = read(bench_->addr_i);
        if (bench_->write_i)
            write(in, bench_->addr_i, bench_->wdata_i);
        model_.step(write_.effect(in, model_, entries()));
        errors += model_.started && model_.error == SNAP_QUEUE_ERROR_CONFIG;
        starts += model_.started && model_.error == SNAP_QUEUE_ERROR_NONE;
        read_expected_ = next_read;
        bench_.tick();
    }

    /* Runs empty, then off. */
    void stop()
    {
        for (unsigned i = 0; model_.state != RingOff; i++) {
            TB_CHECK(i < 5000);
            stopping_ = true;
            cycle();
        }
        stopping_ = false;
    }

    /* One completion, seen or not, and an interrupt by count or by the timer: that the registers
     * reach the moderation, which has a test of its own. */
    void interrupts()
    {
        stop();
        configure(4);
        set(SNAP_REG_QUEUE_CONTROL, 1);
        for (unsigned round = 1; round <= 20; round++) {
            bool by_count = round % 2;
            set(SNAP_REG_IRQ_CONFIG, (by_count ? 1u : 200u) << 24 | (by_count ? 0xFFFFFFu : 50u));
            set(SNAP_REG_IRQ_ARM, round - 1);
            set(SNAP_REG_DOORBELL, (round - 1) << 16 | round);
            pass(1, false, false);
            pass(0, true, false);
            pass(0, false, true);
            unsigned waited = 0;
            for (; !bench_->irq_valid_o; waited++) {
                TB_CHECK(bench_->busy_o && waited < 60);
                pass(0, false, false);
            }
            TB_CHECK(by_count ? waited < 3 : waited >= 50);
            pass(0, false, false);
            TB_CHECK(!bench_->irq_valid_o && !bench_->busy_o);
        }
    }

    unsigned starts = 0, errors = 0, held = 0;

  private:
    unsigned entries() const
    {
        return 1u << (value(SNAP_REG_QUEUE_CONFIG) & SNAP_QUEUE_CONFIG_ENTRIES_LOG2_MASK);
    }
    uint32_t value(uint32_t offset) const
    {
        auto found = values_.find(offset);
        return found == values_.end() ? 0 : found->second;
    }

    void pass(unsigned claimed, bool received, bool completed)
    {
        RingInputs in;
        in.claimed = claimed;
        in.received = received;
        in.completed = completed;
        bench_->claim_i = claimed != 0;
        bench_->claim_two_i = 0;
        bench_->received_i = received;
        bench_->completed_i = completed;
        if (bench_->write_i)
            write(in, bench_->addr_i, bench_->wdata_i);
        read_expected_ = read(bench_->addr_i);
        model_.step(write_.effect(in, model_, entries()));
        bench_.tick();
        bench_->write_i = 0;
    }
    void set(uint32_t offset, uint32_t value)
    {
        bench_->write_i = 1;
        bench_->addr_i = uint16_t(offset);
        bench_->wdata_i = value;
        pass(0, false, false);
        pass(0, false, false); /* a write takes two cycles */
    }

    void configure(unsigned entries_log2)
    {
        for (uint32_t offset : Held)
            set(offset, offset == SNAP_REG_QUEUE_CONFIG ? entries_log2 : 0);
    }

    void host()
    {
        static constexpr uint32_t others[] = {SNAP_REG_QUEUE_CONTROL, SNAP_REG_QUEUE_STATUS,
                                              SNAP_REG_DOORBELL,      SNAP_REG_QUEUE_INDEX,
                                              SNAP_REG_IRQ_CONFIG,    SNAP_REG_IRQ_ARM};
        uint32_t offset = random_source.chance(50) ? Held[random_source.below(7)]
                                                   : others[random_source.below(6)];
        if (random_source.chance(5))
            offset = random_source.below(1024) * 4;
        bench_->addr_i = uint16_t(offset);
        bench_->write_i = !bench_->write_i && random_source.chance(20); /* never twice running */
        uint32_t value = uint32_t(random_source.next());
        if (offset == SNAP_REG_QUEUE_CONTROL)
            value = (value & ~1u) | (stopping_ ? 0 : random_source.chance(85));
        else if (offset == SNAP_REG_DOORBELL)
            value = random_source.chance(95) ? good_doorbell() : value;
        else if (offset == SNAP_REG_QUEUE_CONFIG && random_source.chance(90))
            value = (value & ~15u) | (1 + random_source.below(12));
        else if (offset % 8 == 0 && offset >= SNAP_REG_SQ_BASE_LO && random_source.chance(93))
            value &= ~0xFFFu;
        bench_->wdata_i = value;
    }

    uint32_t good_doorbell() const
    {
        return uint32_t(model_.cq_tail & 0xFFFF) << 16 |
               uint32_t((model_.cq_tail + entries()) & 0xFFFF);
    }

    void write(RingInputs &in, uint32_t offset, uint32_t value)
    {
        switch (offset) {
        case SNAP_REG_QUEUE_CONTROL:
            in.enable_write = true;
            in.enable_value = value & 1;
            in.config_good = config_good();
            return;
        case SNAP_REG_DOORBELL:
            in.doorbell = true;
            in.tail = uint16_t(value);
            in.cq_head = uint16_t(value >> 16);
            return;
        case SNAP_REG_IRQ_CONFIG:
            values_[offset] = value;
            return;
        default:
            break;
        }
        for (uint32_t register_offset : Held)
            if (offset == register_offset) {
                held += model_.state != RingOff;
                if (model_.state == RingOff)
                    values_[offset] = offset == SNAP_REG_QUEUE_CONFIG ? value & ConfigMask : value;
            }
    }

    bool config_good() const
    {
        unsigned log2 = value(SNAP_REG_QUEUE_CONFIG) & SNAP_QUEUE_CONFIG_ENTRIES_LOG2_MASK;
        uint32_t bases = value(SNAP_REG_SQ_BASE_LO) | value(SNAP_REG_CQ_BASE_LO) |
                         value(SNAP_REG_RESULT_BASE_LO);
        return log2 >= SNAP_ENTRIES_LOG2_MIN && log2 <= SNAP_ENTRIES_LOG2_MAX &&
               bases % SNAP_RING_ALIGN_BYTES == 0;
    }

    uint32_t read(uint32_t offset) const
    {
        switch (offset) {
        case SNAP_REG_QUEUE_CONTROL:
            return model_.state == RingRunning || model_.state == RingError;
        case SNAP_REG_QUEUE_STATUS:
            return uint32_t(model_.inflight()) << 16 | uint32_t(model_.error) << 8 | model_.state;
        case SNAP_REG_QUEUE_INDEX:
            return uint32_t(model_.cq_tail & 0xFFFF) << 16 | uint32_t(model_.sq_head & 0xFFFF);
        default:
            return value(offset); /* never written: 0 */
        }
    }

    uint64_t base(uint32_t low) const
    {
        return uint64_t(value(low + 4)) << 32 | value(low);
    }

    void check()
    {
        TB_CHECK(bench_->rdata_o == read_expected_);
        TB_CHECK(bench_->available_o == model_.available());
        TB_CHECK(bench_->sq_issued_o == uint16_t(model_.sq_issued));
        TB_CHECK(bench_->sq_head_o == uint16_t(model_.sq_head));
        TB_CHECK(bench_->cq_tail_o == uint16_t(model_.cq_tail));
        uint32_t config = value(SNAP_REG_QUEUE_CONFIG);
        TB_CHECK(bench_->entries_log2_o == (config & 15));
        TB_CHECK(bench_->slot_512_o == (config >> 4 & 1));
        TB_CHECK(bench_->generation_o == config >> 16);
        TB_CHECK(bench_->sq_base_o == base(SNAP_REG_SQ_BASE_LO) >> 12);
        TB_CHECK(bench_->cq_base_o == base(SNAP_REG_CQ_BASE_LO) >> 12);
        TB_CHECK(bench_->result_base_o == base(SNAP_REG_RESULT_BASE_LO) >> 12);
        TB_CHECK(bench_->jobs_o == (model_.inflight() != 0));
        TB_CHECK(bench_->busy_o || !(bench_->jobs_o || model_.state == RingDraining));
    }

    tb::Bench<V> bench_;
    RingModel model_;
    RingWrite write_;
    std::map<uint32_t, uint32_t> values_;
    uint32_t read_expected_ = 0;
    bool stopping_ = false;
};

} // namespace

int main()
{
    QueuePage page;
    for (unsigned life = 0; life < 100; life++) {
        for (unsigned i = 0; i < 3000; i++)
            page.cycle();
        page.stop();
    }
    TB_CHECK(page.starts > 300 && page.errors > 100 && page.held > 5000);
    tb::pass("queue page: registers, held ones, good and bad shapes");
    page.interrupts();
    tb::pass("queue page: interrupts by count and timer");
    return 0;
}
