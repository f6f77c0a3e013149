/* SPDX-License-Identifier: Apache-2.0 */
/* The host at the other end of the card's TLP port: memory, completions that come late, split and
 * out of order, faults, register accesses, interrupts; and the two clocks. Header DW0 is in bits
 * 127:96.
 *
 * A write of the card that does not lie in a window that the test has opened fails the test: that
 * is how a stale write is noticed. */
#ifndef TESTS_RTL_TOP_HOST_H
#define TESTS_RTL_TOP_HOST_H

#include <cstring>
#include <deque>
#include <map>
#include <vector>

#include "snapcard_abi.h"
#include "tb.h"

namespace host
{

enum class Fault { None, Ur, Ca, Poison, Timeout, Malformed };

/* How the link behaves; the test changes it as it goes. */
struct Link {
    unsigned latency_min = 20,
             latency_spread = 100; /* cycles from a read to its first completion */
    unsigned stall_percent = 30;   /* chance that the host does not take or give a beat */
    bool in_order = false;
    unsigned chunk_bytes_max = 256; /* longest completion */
};

constexpr uint64_t MsiAddress = 0xFEE00000u;
constexpr uint32_t BarBase = 0xE0000000u;
constexpr uint16_t RequesterId = 0x0308;

struct Memory {
    uint64_t base;
    std::vector<uint8_t> bytes;
    bool holds(uint64_t address, uint64_t length) const
    {
        return address >= base && address - base <= bytes.size() &&
               length <= bytes.size() - (address - base);
    }
};

struct Window {
    uint64_t begin, end;
};

template <class Device> class Host
{
  public:
    explicit Host(unsigned pcie_half, unsigned engine_half, unsigned engine_phase)
        : random(tb::seed()), device_(new Device(&context_)), pcie_half_(pcie_half),
          engine_half_(engine_half), pcie_next_(pcie_half), engine_next_(engine_phase + 1)
    {
        context_.randReset(2);
        memories_.push_back({0x20000000u, std::vector<uint8_t>(MemoryBytes)});
        memories_.push_back({0x700000000u, std::vector<uint8_t>(MemoryBytes)});
    }
    ~Host()
    {
        device_->final();
    }

    static constexpr size_t MemoryBytes = 8u << 20;
    tb::Random random;
    Link link;
    std::map<uint64_t, Fault> faults; /* by 4 KiB page; cleared by the test */
    std::map<uint64_t, Window>
        windows; /* where the card may write, by a name of the test's choice */
    std::vector<unsigned> interrupts = std::vector<unsigned>(16);
    uint64_t read_beats = 0; /* beats of read completions that the card has got */
    uint64_t writes = 0;     /* TLPs */

    Device *operator->()
    {
        return device_.get();
    }
    uint64_t cycles() const
    {
        return cycles_;
    }
    uint64_t low() const
    {
        return memories_[0].base;
    }
    uint64_t high() const
    {
        return memories_[1].base;
    }

    uint8_t *at(uint64_t address, uint64_t length)
    {
        for (auto &memory : memories_)
            if (memory.holds(address, length))
                return memory.bytes.data() + (address - memory.base);
        return nullptr;
    }

    void power_on()
    {
        Device &d = *device_;
        d.pcie_rst_ni = 0;
        d.cfg_requester_id_i = RequesterId;
        d.cfg_max_payload_i = 1;
        d.cfg_max_read_i = 2;
        d.cfg_ext_tag_i = 1;
        d.cfg_bus_master_i = 1;
        d.cfg_msix_enable_i = 1;
        d.cfg_msix_mask_i = 0;
        d.flr_i = 0;
        run(20);
        d.pcie_rst_ni = 1;
        run(40);
    }

    /* One cycle of the PCIe clock, with the engine's edges where they fall. */
    void cycle()
    {
        drive();
        device_->eval();
        sample();
        edge();
        edge();
        cycles_++;
    }
    void run(uint64_t cycles)
    {
        for (uint64_t i = 0; i < cycles; i++)
            cycle();
    }
    template <class Condition> void until(Condition condition, uint64_t cycles)
    {
        for (uint64_t i = 0; !condition(); i++) {
            TB_CHECK(i < cycles);
            cycle();
        }
    }

    void write(uint32_t offset, uint32_t value)
    {
        Tlp tlp;
        tlp.header = {0x40000001u, uint32_t(0x0001u << 16 | 0x0Fu), BarBase + offset, 0};
        tlp.data = {value};
        requests_.push_back(tlp);
    }
    uint32_t read(uint32_t offset)
    {
        Tlp tlp;
        uint8_t tag = uint8_t(register_tag_++);
        tlp.header = {0x00000001u, uint32_t(0x0001u << 16 | tag << 8 | 0x0Fu), BarBase + offset, 0};
        requests_.push_back(tlp);
        uint64_t seen = register_reads_;
        until([&] { return register_reads_ != seen; }, 20000);
        TB_CHECK(register_answer_tag_ == tag);
        return register_answer_;
    }
    uint64_t reads_outstanding() const
    {
        return reads_.size();
    }

  private:
    struct Tlp {
        std::vector<uint32_t> header = std::vector<uint32_t>(4);
        std::vector<uint32_t> data;
    };
    struct Read {
        uint64_t address, due;
        unsigned bytes_left;
        uint8_t tag;
        uint16_t requester;
        Fault fault;
    };

    static constexpr unsigned BeatWords = sizeof(Device::tx_wr_data_o) / 4;

    /* ---------------------------------------------------------------- clocks */
    void edge()
    {
        while (engine_next_ < pcie_next_) {
            context_.timeInc(1);
            device_->engine_clk_i = !device_->engine_clk_i;
            engine_next_ += engine_half_;
            device_->eval();
        }
        device_->pcie_clk_i = !device_->pcie_clk_i;
        if (engine_next_ == pcie_next_) {
            device_->engine_clk_i = !device_->engine_clk_i;
            engine_next_ += engine_half_;
        }
        pcie_next_ += pcie_half_;
        context_.timeInc(1);
        device_->eval();
    }

    /* ---------------------------------------------------------------- inputs */
    bool flows()
    {
        return !random.chance(link.stall_percent);
    }

    template <class Header, class Data>
    void put(Header &header, Data &data, CData &sop, CData &eop, const Tlp &tlp, size_t beat)
    {
        size_t beats = tlp.data.empty() ? 1 : (tlp.data.size() + BeatWords - 1) / BeatWords;
        sop = beat == 0;
        eop = beat == beats - 1;
        for (unsigned i = 0; i < 4; i++)
            header[3 - i] = beat == 0 ? tlp.header[i] : uint32_t(random.next());
        for (unsigned i = 0; i < BeatWords; i++) {
            size_t word = beat * BeatWords + i;
            data[i] = word < tlp.data.size() ? tlp.data[word] : uint32_t(random.next());
        }
    }

    void drive()
    {
        Device &d = *device_;
        d.tx_rd_ready_i = flows();
        d.tx_wr_ready_i = flows();
        d.tx_cpl_ready_i = flows();
        /* valid stays until ready */
        if (request_taken_) {
            requests_.pop_front();
            request_taken_ = false;
            d.rx_req_valid_i = 0;
        }
        if (!d.rx_req_valid_i && !requests_.empty() && flows())
            d.rx_req_valid_i = 1;
        if (d.rx_req_valid_i)
            put(d.rx_req_hdr_i, d.rx_req_data_i, d.rx_req_sop_i, d.rx_req_eop_i, requests_.front(),
                0);
        if (completion_beat_ == completion_beats_)
            next_completion();
        d.rx_cpl_valid_i = completion_beat_ != completion_beats_ && flows();
        if (d.rx_cpl_valid_i)
            put(d.rx_cpl_hdr_i, d.rx_cpl_data_i, d.rx_cpl_sop_i, d.rx_cpl_eop_i, completion_,
                completion_beat_);
    }

    /* ---------------------------------------------------------------- completions for the card's
     * reads */
    void next_completion()
    {
        std::vector<size_t> ready;
        for (size_t i = 0; i < reads_.size() && (ready.empty() || !link.in_order); i++)
            if (reads_[i].due <= cycles_)
                ready.push_back(i);
            else if (link.in_order)
                break;
        if (ready.empty())
            return;
        size_t pick = ready[random.below(uint32_t(ready.size()))];
        Read &read = reads_[pick];
        if (read.fault == Fault::Timeout)
            read.bytes_left = 0;
        else
            make_completion(read);
        if (read.bytes_left == 0)
            reads_.erase(reads_.begin() + long(pick));
    }

    void make_completion(Read &read)
    {
        unsigned bytes = read.bytes_left;
        if (bytes > link.chunk_bytes_max || (!link.in_order && random.chance(50)))
            bytes = 64 * (1 + random.below(std::min(bytes, link.chunk_bytes_max) / 64));
        if (link.in_order)
            bytes = std::min(read.bytes_left, link.chunk_bytes_max);
        bool error = read.fault == Fault::Ur || read.fault == Fault::Ca;
        unsigned status = read.fault == Fault::Ur ? 1 : read.fault == Fault::Ca ? 4 : 0;
        uint32_t count = read.bytes_left + (read.fault == Fault::Malformed ? 4 : 0);
        completion_.header = {(error ? 0x0A000000u : 0x4A000000u | bytes / 4) |
                                  (read.fault == Fault::Poison ? 1u << 14 : 0),
                              0x00000000u | status << 13 | count,
                              uint32_t(read.requester) << 16 | uint32_t(read.tag) << 8 |
                                  uint32_t(read.address & 0x7F),
                              0};
        completion_.data.clear();
        completion_beat_ = 0;
        completion_beats_ = 1;
        if (error) {
            read.bytes_left = 0;
            return;
        }
        completion_.data.resize(bytes / 4);
        const uint8_t *source = at(read.address, bytes);
        TB_CHECK(source != nullptr);
        std::memcpy(completion_.data.data(), source, bytes);
        completion_beats_ = (bytes / 4 + BeatWords - 1) / BeatWords;
        read.address += bytes;
        read.bytes_left -= read.fault == Fault::Malformed ? read.bytes_left : bytes;
    }

    void accept_read()
    {
        auto &header = device_->tx_rd_hdr_o;
        uint32_t dw0 = header[3], dw1 = header[2];
        bool wide = dw0 >> 29 & 1;
        TB_CHECK((dw0 & 0xDFFFFC00u) == 0);
        TB_CHECK((dw1 & 0xFF) == 0xFF);
        Read read;
        read.address = wide ? uint64_t(header[1]) << 32 | header[0] : header[1];
        TB_CHECK(wide == (read.address >> 32 != 0));
        read.bytes_left = 4 * (dw0 & 0x3FF);
        read.tag = uint8_t(dw1 >> 8);
        read.requester = uint16_t(dw1 >> 16);
        TB_CHECK(read.requester == RequesterId);
        unsigned block = 128u << device_->cfg_max_read_i;
        TB_CHECK(read.bytes_left > 0 && read.address % 64 == 0 && read.bytes_left % 64 == 0);
        TB_CHECK(read.address / block == (read.address + read.bytes_left - 1) / block);
        TB_CHECK(read_allowed_);
        for (const Read &other : reads_)
            TB_CHECK(other.tag != read.tag || other.fault == Fault::Timeout);
        auto fault = faults.find(read.address >> 12);
        read.fault = fault == faults.end() ? Fault::None : fault->second;
        if (at(read.address, read.bytes_left) == nullptr)
            read.fault = Fault::Ur;
        read.due = cycles_ + link.latency_min + random.below(link.latency_spread + 1);
        reads_.push_back(read);
    }

    /* ---------------------------------------------------------------- the card's writes */
    void accept_write_beat()
    {
        Device &d = *device_;
        TB_CHECK(d.tx_wr_sop_o == write_.data.empty());
        if (d.tx_wr_sop_o)
            for (unsigned i = 0; i < 4; i++)
                write_.header[i] = d.tx_wr_hdr_o[3 - i];
        unsigned expected = write_.header[0] & 0x3FF;
        for (unsigned i = 0; i < BeatWords; i++)
            if (write_.data.size() < expected)
                write_.data.push_back(d.tx_wr_data_o[i]);
        TB_CHECK(d.tx_wr_eop_o == (write_.data.size() == expected));
        if (d.tx_wr_eop_o) {
            apply_write();
            write_.data.clear();
        }
    }

    void apply_write()
    {
        bool wide = write_.header[0] >> 29 & 1;
        uint64_t address =
            wide ? uint64_t(write_.header[2]) << 32 | write_.header[3] : write_.header[2];
        unsigned bytes = unsigned(write_.data.size()) * 4;
        TB_CHECK((write_.header[0] & 0xDFFFFC00u) == 0x40000000u);
        TB_CHECK(wide == (address >> 32 != 0));
        writes++;
        if (address == MsiAddress) {
            TB_CHECK(bytes == 4 && write_.data[0] < interrupts.size());
            interrupts[write_.data[0]]++;
            return;
        }
        bool inside = false;
        for (const auto &entry : windows)
            inside =
                inside || (address >= entry.second.begin && address + bytes <= entry.second.end);
        TB_CHECK(inside);
        std::memcpy(at(address, bytes), write_.data.data(), bytes);
    }

    /* ---------------------------------------------------------------- outputs, before the rising
     * edge */
    void sample()
    {
        Device &d = *device_;
        if (!d.pcie_rst_ni)
            return;
        /* A read that was offered while it was allowed stays until it is taken. */
        if (d.tx_rd_valid_o && !read_offered_)
            read_allowed_ = d.cfg_bus_master_i || bus_master_before_;
        read_offered_ = d.tx_rd_valid_o && !d.tx_rd_ready_i;
        bus_master_before_ = d.cfg_bus_master_i;
        request_taken_ = d.rx_req_valid_i && d.rx_req_ready_o;
        if (d.rx_cpl_valid_i) {
            TB_CHECK(d.rx_cpl_ready_o);
            completion_beat_++;
            read_beats += !completion_.data.empty();
        }
        if (d.tx_rd_valid_o && d.tx_rd_ready_i)
            accept_read();
        if (d.tx_wr_valid_o && d.tx_wr_ready_i)
            accept_write_beat();
        if (d.tx_cpl_valid_o && d.tx_cpl_ready_i) {
            TB_CHECK((d.tx_cpl_hdr_o[3] & 0xFF000000u) == 0x4A000000u);
            register_answer_ = d.tx_cpl_data_o[0];
            register_answer_tag_ = uint8_t(d.tx_cpl_hdr_o[1] >> 8);
            register_reads_++;
        }
        busy_ = d.busy_o;
        flr_done_ += d.flr_done_o;
    }

    VerilatedContext context_;
    std::unique_ptr<Device> device_;
    unsigned pcie_half_, engine_half_;
    uint64_t pcie_next_, engine_next_;
    uint64_t cycles_ = 0;
    std::vector<Memory> memories_;
    std::deque<Tlp> requests_;
    std::deque<Read> reads_;
    Tlp completion_, write_;
    size_t completion_beat_ = 0, completion_beats_ = 0;
    bool bus_master_before_ = false, read_offered_ = false, read_allowed_ = false;
    uint32_t register_answer_ = 0, register_tag_ = 0;
    uint8_t register_answer_tag_ = 0;
    uint64_t register_reads_ = 0;
    bool busy_ = false, request_taken_ = false;
    unsigned flr_done_ = 0;

  public:
    bool busy() const
    {
        return busy_;
    }
    unsigned flr_done() const
    {
        return flr_done_;
    }
    bool requests_waiting() const
    {
        return !requests_.empty();
    }
};

} // namespace host

#endif
