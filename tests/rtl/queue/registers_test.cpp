// SPDX-License-Identifier: Apache-2.0
// snap_registers with 3 queues: every word of BAR0 that reaches it, on a bus that waits for its
// answers; counters, latches, and what a reset lets through.
#include HEADER

#include "ports.h"
#include "snapcard_abi.h"
#include "tb.h"

namespace
{

constexpr unsigned Queues = 3, Feeders = 7 + 5 + 2;
constexpr uint32_t BuildId = 0xC0FFEE01u, ReadTags = 48;

tb::Random random_source(tb::seed());

class Registers
{
  public:
    Registers()
    {
        bench_->reg_req_i = bench_->reg_write_i = 0;
        bench_->cycles_i = random_source.next();
        bench_->engine_cycles_i = random_source.next();
        for (unsigned i = 0; i < 8; i++)
            bench_->opcodes_i[i] = uint32_t(random_source.next());
        surroundings();
        bench_->err_request_i = bench_->err_completion_i = bench_->err_read_i = 0;
        bench_->fault_i = 0;
        bench_.reset();
    }

    /* One access, begun at a random distance from the last. */
    void access()
    {
        for (unsigned i = random_source.below(4); i > 0; i--)
            cycle();
        bool write = random_source.chance(40);
        uint32_t address = random_address(), data = uint32_t(random_source.next());
        bench_->reg_req_i = 1;
        bench_->reg_write_i = write;
        bench_->reg_addr_i = address;
        bench_->reg_wdata_i = data;
        bench_.settle();
        unsigned page = address >> 12;
        bool queue_page = page >= 16 && page < 16 + Queues;
        writes_ = 0;
        resets_ = 0;
        may_write_ = write && queue_page ? 1u << (page - 16) : 0;
        may_reset_ = write && address == SNAP_REG_CONTROL && (data & 1);
        uint32_t before[2] = {value(address), 0};
        for (unsigned i = 0; !bench_->reg_ack_o; i++) {
            TB_CHECK(i < 4);
            before[1] = before[0];
            before[0] = value(address);
            cycle();
        }
        TB_CHECK(resets_ == may_reset_);
        TB_CHECK(may_write_ == 0 || writes_ == 1 || blocked_);
        if (!write) {
            /* Looked up two cycles before the answer; a page's own register is the first of them.
             */
            TB_CHECK(bench_->reg_rdata_o == before[queue_page ? 0 : 1]);
            if (address == SNAP_REG_CYCLES_LO)
                cycles_hi_ = history_[1].cycles >> 32;
            if (address == SNAP_REG_ENGINE_CYCLES_LO)
                engine_cycles_hi_ = history_[1].engine_cycles >> 32;
            reads++;
        }
        cycle();
        bench_->reg_req_i = 0;
        may_write_ = may_reset_ = 0;
        bench_.settle();
    }

    unsigned reads = 0, blocked = 0;

  private:
    struct Past {
        uint64_t cycles, engine_cycles;
    };

    void surroundings()
    {
        if (random_source.chance(20))
            bench_->resetting_i = random_source.chance(30);
        bench_->jobs_inflight_i = random_source.chance(50);
        bench_->bus_master_i = random_source.chance(50);
        bench_->jobs_i = uint32_t(random_source.next());
        for (unsigned q = 0; q < Queues; q++)
            put(bench_->page_rdata_i, 32 * q, 32, random_source.next());
        bench_->err_request_i = random_source.chance(20);
        bench_->err_completion_i = random_source.chance(30);
        bench_->err_read_i = random_source.chance(40);
        bench_->fault_i = random_source.chance(30) ? 1u << random_source.below(Feeders) : 0;
        bench_->fault_cause_i = 0;
        for (unsigned f = 0; f < Feeders; f++) /* of feeders without a fault: anything */
            bench_->fault_cause_i |= random_source.below(4) << 2 * f;
        if (random_source.chance(10)) {
            bench_->microcode_i = uint32_t(random_source.next());
            bench_->microcode_checksum_i = uint32_t(random_source.next());
        }
    }

    void cycle()
    {
        bench_.settle();
        TB_CHECK((bench_->page_write_o & ~may_write_) == 0);
        TB_CHECK(!bench_->page_write_o || !bench_->resetting_i);
        TB_CHECK(!bench_->reset_o || may_reset_);
        if (bench_->page_write_o) {
            TB_CHECK(bench_->page_addr_o == (bench_->reg_addr_i & 0xFFF));
            TB_CHECK(bench_->page_wdata_o == bench_->reg_wdata_i);
            writes_++;
        }
        resets_ += bench_->reset_o;
        history_[1] = history_[0];
        history_[0] = {bench_->cycles_i, bench_->engine_cycles_i};
        blocked_ = bench_->resetting_i;
        blocked += blocked_ && may_write_;
        errors_[0] += bench_->err_request_i;
        errors_[1] += bench_->err_completion_i;
        errors_[2] += bench_->err_read_i;
        if (bench_->fault_i) {
            unsigned feeder = unsigned(__builtin_ctz(bench_->fault_i));
            unsigned cause = bench_->fault_cause_i >> 2 * feeder & 3;
            faults_++;
            if (cause < 3 && causes_[cause] < 255)
                causes_[cause]++;
        }
        bench_.tick();
        surroundings();
        /* The low half often runs over. */
        bench_->cycles_i += random_source.chance(90) ? 1 : 0x40000000u;
        bench_->engine_cycles_i += random_source.chance(90) ? random_source.below(4) : 0x60000000u;
        bench_.settle();
    }

    static uint32_t random_address()
    {
        if (random_source.chance(80))
            return 4 * random_source.below(0x80 / 4);
        uint32_t page = random_source.below(32);
        return (page << 12 | random_source.below(1024) * 4) & 0x1FFFC;
    }

    uint32_t value(uint32_t address)
    {
        unsigned page = address >> 12;
        if (page >= 16 && page < 16 + Queues)
            return uint32_t(get(bench_->page_rdata_i, 32 * (page - 16), 32));
        return page == 0 ? global(address) : 0;
    }

    uint32_t global(uint32_t offset)
    {
        if (offset >= SNAP_REG_OPCODES && offset < SNAP_REG_OPCODES + 32)
            return bench_->opcodes_i[(offset - SNAP_REG_OPCODES) / 4];
        switch (offset) {
        case SNAP_REG_MAGIC:
            return SNAP_ABI_MAGIC;
        case SNAP_REG_ABI_VERSION:
            return SNAP_ABI_MAJOR << 16 | SNAP_ABI_MINOR;
        case SNAP_REG_BUILD_ID:
            return BuildId;
        case SNAP_REG_LAYOUT:
            return SNAP_ENTRIES_LOG2_MAX << 24 | 32u << 16 | Queues << 8 | Queues;
        case SNAP_REG_READ_TAGS:
            return ReadTags;
        case SNAP_REG_MESSAGE_BYTES_MAX:
            return SNAP_MESSAGE_BYTES_MAX;
        case SNAP_REG_ENGINES:
            return 2u << 16 | 5u << 8 | 7u;
        case SNAP_REG_CYCLES_LO:
            return uint32_t(bench_->cycles_i);
        case SNAP_REG_CYCLES_HI:
            return uint32_t(cycles_hi_);
        case SNAP_REG_ENGINE_CYCLES_LO:
            return uint32_t(bench_->engine_cycles_i);
        case SNAP_REG_ENGINE_CYCLES_HI:
            return uint32_t(engine_cycles_hi_);
        case SNAP_REG_STATUS:
            return uint32_t(bench_->bus_master_i) << 2 | uint32_t(bench_->jobs_inflight_i) << 1 |
                   bench_->resetting_i;
        case SNAP_REG_JOBS:
            return bench_->jobs_i;
        case SNAP_REG_ERR_REQUEST:
            return errors_[0];
        case SNAP_REG_ERR_COMPLETION:
            return errors_[1];
        case SNAP_REG_ERR_READ:
            return errors_[2];
        case SNAP_REG_ERR_ENGINE:
            return faults_;
        case SNAP_REG_ERR_ENGINE_CAUSE:
            return causes_[2] << 16 | causes_[1] << 8 | causes_[0];
        case SNAP_REG_MICROCODE:
            return bench_->microcode_i;
        case SNAP_REG_MICROCODE_CHECKSUM:
            return bench_->microcode_checksum_i;
        default:
            return 0;
        }
    }

    tb::Bench<V> bench_;
    Past history_[2] = {};
    uint64_t cycles_hi_ = 0, engine_cycles_hi_ = 0;
    uint32_t errors_[3] = {}, faults_ = 0, causes_[3] = {};
    unsigned may_write_ = 0, may_reset_ = 0, writes_ = 0, resets_ = 0;
    bool blocked_ = false;
};

} // namespace

int main()
{
    Registers registers;
    for (unsigned i = 0; i < 100000; i++)
        registers.access();
    TB_CHECK(registers.reads > 40000 && registers.blocked > 100);
    tb::pass("global registers, latches, counters, way to the queue pages");
    return 0;
}
