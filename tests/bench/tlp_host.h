/* SPDX-License-Identifier: Apache-2.0 */
/* A host at the card's TLP port that never makes the card wait more than the link must: one TLP
 * beat a direction and cycle, shared by the channels of that direction; reads answered after a
 * fixed latency by completions of 64 bytes, those of different reads interleaved at random; rings
 * kept full by batches of 32 jobs, one doorbell each, until as many jobs were given as allowed. It
 * counts what the beats carry. Both clocks are the same here. */
#ifndef TESTS_BENCH_TLP_HOST_H
#define TESTS_BENCH_TLP_HOST_H

#include <algorithm>
#include <cstring>
#include <deque>
#include <functional>
#include <vector>

#include "snapcard_abi.h"
#include "tb.h"

namespace tb
{

struct Traffic {
    uint64_t cycles = 0, jobs = 0;
    uint64_t rx_beats = 0, rx_payload_bytes = 0, rx_header_bytes = 0, rx_other_bytes = 0;
    uint64_t tx_beats = 0, tx_payload_bytes = 0, tx_header_bytes = 0, tx_other_bytes = 0;
};

struct Work {
    uint8_t opcode, flags;
    uint32_t length;
    uint64_t address; /* with flag INDIRECT */
    const uint8_t *payload =
        nullptr; /* else `length` bytes, or none: the slot's are left as they are */
};

/* The answer to job `number`; result_slot is what the slot holds, written for this job or not. */
struct Answer {
    uint64_t number, cookie, result;
    uint8_t status;
    const uint8_t *result_slot;
};

template <class Device, unsigned Width, unsigned Queues = 4> class TlpHost
{
  public:
    static constexpr unsigned BeatBytes = Width / 8;
    static constexpr unsigned EntriesLog2 = 8, Entries = 1u << EntriesLog2, Batch = 32;
    static constexpr unsigned SlotBytes = 256, ChunkBytes = 64, LatencyCycles = 300;
    static constexpr uint64_t Base = 0x100000000,
                              QueueBytes = 0x20000; /* above 4 GiB: long headers */
    static constexpr uint64_t Messages = Base + Queues * QueueBytes, MemoryBytes = 4u << 20;

    /* The same job again and again. */
    explicit TlpHost(const Work &work)
        : TlpHost([work](uint64_t) { return work; },
                  [](const Answer &answer) { TB_CHECK(answer.status == SNAP_STATUS_OK); })
    {
        allow(~uint64_t(0));
    }
    /* Job after job as `give` says, from number 0 on; each answer goes to `take`. */
    TlpHost(std::function<Work(uint64_t)> give, std::function<void(const Answer &)> take)
        : random_(seed()), give_(std::move(give)), take_(std::move(take)), memory_(MemoryBytes),
          device_(new Device(&context_))
    {
        context_.randReset(2);
        power_on();
        for (unsigned q = 0; q < Queues; q++)
            start_queue(q);
    }
    ~TlpHost()
    {
        device_->final();
    }

    uint8_t *at(uint64_t address, uint64_t bytes)
    {
        TB_CHECK(address >= Base && address - Base + bytes <= MemoryBytes);
        return memory_.data() + (address - Base);
    }

    /* How many jobs may be given in all, from now on. */
    void allow(uint64_t jobs)
    {
        allowed_ = jobs;
    }

    /* Runs until `jobs` more have completed; what happened on the link meanwhile. */
    Traffic run(uint64_t jobs)
    {
        traffic_ = Traffic();
        while (traffic_.jobs < jobs) {
            TB_CHECK(traffic_.cycles < 4000000 + jobs * 100000);
            cycle();
        }
        return traffic_;
    }

    /* Result slot that the last completion came with. */
    const uint8_t *last_result()
    {
        return at(last_result_, SNAP_RESULT_BYTES);
    }

  private:
    struct Read {
        uint64_t address, ready_at;
        unsigned bytes_left, tag;
        uint32_t attributes; /* bits of DW0 that a completion repeats */
    };
    struct Queue {
        uint16_t tail = 0,
                 head = 0; /* behind the last submitted job; behind the last completion taken */
        /* By submission index: number of the job in flight and 1, else 0. */
        std::vector<uint64_t> busy = std::vector<uint64_t>(65536);
    };

    /* ---------------------------------------------------------------- start */

    void power_on()
    {
        Device &d = *device_;
        d.pcie_rst_ni = 0;
        d.cfg_requester_id_i = RequesterId;
        d.cfg_max_payload_i = 1;
        d.cfg_max_read_i = 2; /* 512 bytes */
        d.cfg_ext_tag_i = d.cfg_bus_master_i = d.cfg_msix_enable_i = 1;
        d.cfg_msix_mask_i = d.flr_i = 0;
        for (int i = 0; i < 10; i++)
            edges();
        d.pcie_rst_ni = 1;
        for (int i = 0; i < 50; i++)
            edges();
    }

    static uint32_t page(unsigned q)
    {
        return SNAP_QUEUE_PAGE_OFFSET + q * SNAP_QUEUE_PAGE_BYTES;
    }

    void start_queue(unsigned q)
    {
        uint64_t ring = Base + q * QueueBytes;
        const uint64_t bases[] = {ring, ring + Entries * SlotBytes,
                                  ring + Entries * SlotBytes + 0x4000};
        write_register(page(q) + SNAP_REG_QUEUE_CONFIG, EntriesLog2);
        for (uint32_t i = 0; i < 3; i++) {
            write_register(page(q) + SNAP_REG_SQ_BASE_LO + 8 * i, uint32_t(bases[i]));
            write_register(page(q) + SNAP_REG_SQ_BASE_HI + 8 * i, uint32_t(bases[i] >> 32));
        }
        write_register(page(q) + SNAP_REG_QUEUE_CONTROL, 1);
        queues_.emplace_back();
    }

    void write_register(uint32_t offset, uint32_t value)
    {
        posted_.push_back({BarBase + offset, value});
    }

    /* ---------------------------------------------------------------- jobs */

    void fill_queues()
    {
        for (unsigned q = 0; q < Queues; q++) {
            Queue &queue = queues_[q];
            uint64_t count = std::min<uint64_t>(Batch, allowed_ - given_);
            if (count == 0 || Entries - uint16_t(queue.tail - queue.head) < Batch)
                continue;
            for (unsigned i = 0; i < count; i++)
                fill_slot(q, queue.tail++);
            write_register(page(q) + SNAP_REG_DOORBELL, uint32_t(queue.head) << 16 | queue.tail);
        }
    }

    void fill_slot(unsigned q, uint16_t index)
    {
        uint32_t entry = index % Entries;
        uint8_t *slot = at(Base + q * QueueBytes + entry * SlotBytes, SlotBytes);
        uint64_t cookie = cookie_of(q, index);
        Work work = give_(given_++);
        slot[0] = work.opcode;
        slot[1] = work.flags;
        std::memcpy(slot + 4, &work.length, 4);
        std::memcpy(slot + 8, &cookie, 8);
        std::memcpy(slot + 16, &work.address, 8);
        if (work.payload)
            std::memcpy(slot + SNAP_JOB_HEADER_BYTES, work.payload, work.length);
        TB_CHECK(queues_[q].busy[index] == 0);
        queues_[q].busy[index] = given_;
    }

    static uint64_t cookie_of(unsigned q, uint16_t index)
    {
        return 0xC0DE000000000000u | uint64_t(q) << 32 | index;
    }

    /* A completion has been written to the end: it must be the next one and name a job in flight.
     */
    void take_completion(unsigned q)
    {
        Queue &queue = queues_[q];
        uint32_t entry = queue.head % Entries;
        const uint8_t *c = at(Base + q * QueueBytes + Entries * SlotBytes + entry * 32, 32);
        uint64_t cookie, result;
        uint16_t slot;
        std::memcpy(&cookie, c, 8);
        std::memcpy(&result, c + 8, 8);
        std::memcpy(&slot, c + 24, 2);
        TB_CHECK((c[31] >> 7) == ((queue.head >> EntriesLog2 & 1) ^ 1));
        TB_CHECK(cookie == cookie_of(q, slot) && queue.busy[slot] != 0);
        last_result_ =
            Base + q * QueueBytes + Entries * SlotBytes + 0x4000 + entry * SNAP_RESULT_BYTES;
        take_({queue.busy[slot] - 1, cookie, result, c[30], last_result()});
        queue.busy[slot] = 0;
        queue.head++;
        traffic_.jobs++;
    }

    /* ---------------------------------------------------------------- a cycle */

    void cycle()
    {
        fill_queues();
        drive_rx();
        drive_tx();
        finish_rx_request();
        edges();
        now_++;
        traffic_.cycles++;
    }

    void edges()
    {
        device_->pcie_clk_i = device_->engine_clk_i = 1;
        device_->eval();
        device_->pcie_clk_i = device_->engine_clk_i = 0;
        device_->eval();
    }

    template <class Wide> static void header(Wide &hdr, uint32_t dw0, uint32_t dw1, uint32_t dw2)
    {
        hdr[3] = dw0;
        hdr[2] = dw1;
        hdr[1] = dw2;
        hdr[0] = 0;
    }

    /* To the card: the rest of a completion, else a register write, else a new completion. */
    void drive_rx()
    {
        Device &d = *device_;
        d.rx_req_valid_i = d.rx_cpl_valid_i = 0;
        if (chunk_left_ == 0 && !posted_.empty()) {
            d.rx_req_valid_i = d.rx_req_sop_i = d.rx_req_eop_i = 1;
            header(d.rx_req_hdr_i, 0x40000001, 0x0000000F, posted_.front().first);
            std::memset(d.rx_req_data_i.data(), 0, BeatBytes);
            d.rx_req_data_i[0] = posted_.front().second;
            d.eval();
            if (d.rx_req_ready_o)
                return; /* else a completion may use the beat */
        }
        if (chunk_left_ == 0 && !begin_chunk())
            return;
        send_chunk_beat();
    }

    void finish_rx_request()
    {
        if (!device_->rx_req_valid_i || !device_->rx_req_ready_o)
            return;
        TB_CHECK(!device_->rx_cpl_valid_i); /* one beat a cycle */
        posted_.pop_front();
        count_rx(12, 4, false);
    }

    bool begin_chunk()
    {
        size_t ripe = 0;
        while (ripe < reads_.size() && reads_[ripe].ready_at <= now_)
            ripe++;
        if (ripe == 0)
            return false;
        chunk_read_ = random_.below(uint32_t(ripe));
        chunk_left_ = ChunkBytes;
        return true;
    }

    void send_chunk_beat()
    {
        Device &d = *device_;
        Read &read = reads_[chunk_read_];
        bool first = chunk_left_ == ChunkBytes;
        d.rx_cpl_valid_i = 1;
        d.rx_cpl_sop_i = first;
        d.rx_cpl_eop_i = chunk_left_ == BeatBytes;
        if (first)
            header(d.rx_cpl_hdr_i, 0x4A000000 | read.attributes | ChunkBytes / 4, read.bytes_left,
                   uint32_t(RequesterId) << 16 | read.tag << 8 | (read.address & 0x7F));
        std::memcpy(d.rx_cpl_data_i.data(), at(read.address, BeatBytes), BeatBytes);
        d.eval();
        TB_CHECK(d.rx_cpl_ready_o);
        count_rx(first ? 12 : 0, BeatBytes, true);
        read.address += BeatBytes;
        read.bytes_left -= BeatBytes;
        chunk_left_ -= BeatBytes;
        if (chunk_left_ == 0 && read.bytes_left == 0)
            reads_.erase(reads_.begin() + long(chunk_read_));
    }

    void count_rx(unsigned header_bytes, unsigned bytes, bool payload)
    {
        traffic_.rx_beats++;
        traffic_.rx_header_bytes += header_bytes;
        (payload ? traffic_.rx_payload_bytes : traffic_.rx_other_bytes) += bytes;
    }

    /* From the card: a write goes on to its end, else writes and reads take turns. */
    void drive_tx()
    {
        Device &d = *device_;
        d.tx_rd_ready_i = d.tx_wr_ready_i = d.tx_cpl_ready_i = 0;
        d.eval();
        TB_CHECK(!d.tx_cpl_valid_o); /* this host reads no register */
        bool write = d.tx_wr_valid_o && (in_write_ || !d.tx_rd_valid_o || read_was_last_);
        if (write) {
            d.tx_wr_ready_i = 1;
            take_write_beat();
        } else if (d.tx_rd_valid_o && !in_write_) {
            d.tx_rd_ready_i = 1;
            take_read();
        } else {
            return;
        }
        read_was_last_ = !write;
        traffic_.tx_beats++;
        d.eval();
    }

    void take_read()
    {
        const auto &hdr = device_->tx_rd_hdr_o;
        bool wide = hdr[3] >> 29 & 1;
        TB_CHECK((hdr[3] >> 24 & 0xDF) == 0 && (hdr[3] & 0x3FF) != 0);
        Read read;
        read.address = wide ? uint64_t(hdr[1]) << 32 | hdr[0] : hdr[1];
        read.bytes_left = (hdr[3] & 0x3FF) * 4;
        read.tag = hdr[2] >> 8 & 0xFF;
        read.attributes = hdr[3] & 0x00743000;
        read.ready_at = now_ + LatencyCycles;
        TB_CHECK(read.address % ChunkBytes == 0 && read.bytes_left % ChunkBytes == 0);
        for (const Read &other : reads_)
            TB_CHECK(other.tag != read.tag);
        reads_.push_back(read);
        traffic_.tx_header_bytes += wide ? 16 : 12;
    }

    void take_write_beat()
    {
        Device &d = *device_;
        TB_CHECK(bool(d.tx_wr_sop_o) == !in_write_);
        if (d.tx_wr_sop_o) {
            bool wide = d.tx_wr_hdr_o[3] >> 29 & 1;
            write_address_ =
                wide ? uint64_t(d.tx_wr_hdr_o[1]) << 32 | d.tx_wr_hdr_o[0] : d.tx_wr_hdr_o[1];
            write_left_ = (d.tx_wr_hdr_o[3] & 0x3FF) * 4;
            traffic_.tx_header_bytes += wide ? 16 : 12;
        }
        unsigned bytes = std::min(write_left_, BeatBytes);
        TB_CHECK(bytes != 0 && uint64_t(d.tx_wr_strb_o) == (uint64_t(1) << bytes / 4) - 1);
        std::memcpy(at(write_address_, bytes), d.tx_wr_data_o.data(), bytes);
        traffic_.tx_payload_bytes += bytes;
        write_address_ += bytes;
        write_left_ -= bytes;
        in_write_ = !d.tx_wr_eop_o;
        TB_CHECK(in_write_ == (write_left_ != 0));
        if (!in_write_)
            written(write_address_);
    }

    void written(uint64_t end)
    {
        uint64_t offset = (end - 1 - Base) % QueueBytes;
        if (offset >= Entries * SlotBytes && offset < Entries * SlotBytes + 0x4000)
            take_completion(unsigned((end - 1 - Base) / QueueBytes));
    }

    static constexpr uint32_t BarBase = 0xE0000000u;
    static constexpr uint16_t RequesterId = 0x0308;

    Random random_;
    std::function<Work(uint64_t)> give_;
    std::function<void(const Answer &)> take_;
    uint64_t given_ = 0, allowed_ = 0;
    std::vector<uint8_t> memory_;
    VerilatedContext context_;
    std::unique_ptr<Device> device_;
    std::vector<Queue> queues_;
    std::deque<std::pair<uint32_t, uint32_t>> posted_; /* register writes: address, value */
    std::vector<Read> reads_;                          /* in the order they came */
    size_t chunk_read_ = 0;
    unsigned chunk_left_ = 0; /* bytes of the completion that is on its way */
    bool in_write_ = false, read_was_last_ = false;
    uint64_t write_address_ = 0, last_result_ = Base;
    unsigned write_left_ = 0;
    uint64_t now_ = 0;
    Traffic traffic_;
};

} // namespace tb

#endif
