// SPDX-License-Identifier: Apache-2.0
// snap_slot_buffer: slots alone, in pairs and in parts, with failures in any part, arrive with
// pauses; each must be offered whole, judged, and readable beat by beat until it is taken.
#include HEADER

#include <array>
#include <cstring>
#include <deque>

#include "slot_model.h"

namespace
{

constexpr unsigned Queues = 4, BeatBytes = sizeof(V::rsp_data_i), Buffers = 4;

tb::Random random_source(tb::seed());

struct Slot {
    uint8_t queue, status;
    uint16_t index;
    unsigned length; /* bytes */
    SlotHeader header;
    std::array<uint8_t, 512> bytes;
};

struct Beat {
    std::array<uint8_t, BeatBytes> data;
    bool last, slot_end;
    uint8_t error;
    uint32_t meta;
};

class SlotBuffer
{
  public:
    SlotBuffer() : opcodes_(all_opcodes())
    {
        for (unsigned i = 0; i < 8; i++)
            bench_->opcodes_i[i] = 0;
        for (unsigned i = 0; i < 256; i++)
            bench_->opcodes_i[i / 32] |= uint32_t(opcodes_[i]) << i % 32;
        bench_->flush_i = bench_->rsp_valid_i = bench_->slot_take_i = bench_->read_i = 0;
        bench_.reset();
    }

    void cycle(unsigned arrive_percent, unsigned take_percent)
    {
        while (beats_.size() < 64)
            request();
        drive(arrive_percent, take_percent);
        bench_.settle();
        check();
        bench_.tick();
    }

    /* A reset comes: all is taken, nothing is kept. */
    void flush()
    {
        bench_->flush_i = 1;
        bench_->slot_take_i = bench_->read_i = 0;
        for (unsigned i = 0; i < 300; i++) {
            bench_->rsp_valid_i = random_source.chance(80);
            bench_->rsp_last_i = random_source.chance(20);
            bench_.settle();
            TB_CHECK(bench_->rsp_ready_o && bench_->received_o == 0);
            TB_CHECK(bench_->slot_valid_o == !whole_.empty());
            bench_.tick();
            whole_.insert(whole_.end(), behind_.begin(), behind_.end());
            behind_.clear();
        }
        bench_->flush_i = bench_->rsp_valid_i = 0;
        bench_.reset();
        beats_.clear();
        coming_.clear();
        behind_.clear();
        whole_.clear();
        read_pending_ = false;
    }

    unsigned good = 0, refused = 0, failed = 0, full = 0;

  private:
    /* What snap_slot_fetch may ask for, and an answer. */
    void request()
    {
        bool slot_512 = random_source.chance(40), two = !slot_512 && random_source.chance(40);
        unsigned bytes = slot_512 || two ? 512 : 256,
                 parts = two ? 1 : 1u << random_source.below(3);
        if (bytes == 256 && parts == 4)
            parts = 2;
        Slot slots[2];
        uint8_t queue = uint8_t(random_source.below(Queues));
        uint16_t index = uint16_t(random_source.next() & ~uint64_t(two));
        std::array<uint8_t, 512> image;
        for (unsigned i = 0; i < 1u + two; i++) {
            slots[i].queue = queue;
            slots[i].index = uint16_t(index + i);
            slots[i].length = slot_512 ? 512 : 256;
            slots[i].header = random_header(random_source, slot_512);
            for (uint8_t &byte : slots[i].bytes)
                byte = uint8_t(random_source.next());
            std::memcpy(slots[i].bytes.data(), &slots[i].header, sizeof slots[i].header);
            slots[i].status = judge_slot(slots[i].header, slot_512, opcodes_);
            std::memcpy(image.data() + 256 * i, slots[i].bytes.data(),
                        slot_512 || !two ? bytes : 256);
        }
        uint32_t meta = uint32_t(slot_512) << 20 | uint32_t(queue) << 16 | index;
        uint8_t first_error = 0;
        for (unsigned part = 0; part < parts; part++) {
            uint8_t error = random_source.chance(8) ? uint8_t(1 + random_source.below(5)) : 0;
            first_error = first_error ? first_error : error;
            unsigned end = bytes / parts * (part + 1);
            for (unsigned at = bytes / parts * part; at < end; at += BeatBytes) {
                Beat beat;
                std::memcpy(beat.data.data(), image.data() + at, BeatBytes);
                beat.last = at + BeatBytes == end;
                beat.slot_end = (at + BeatBytes) % (slot_512 ? 512 : 256) == 0;
                beat.error = error;
                beat.meta = meta;
                beats_.push_back(beat);
            }
        }
        for (unsigned i = 0; i < 1u + two; i++) {
            if (first_error)
                slots[i].status = uint8_t(SNAP_STATUS_FETCH_UR + first_error - 1);
            coming_.push_back(slots[i]);
        }
    }

    void drive(unsigned arrive_percent, unsigned take_percent)
    {
        const Beat &beat = beats_.front();
        bench_->rsp_valid_i = random_source.chance(arrive_percent);
        std::memcpy(&bench_->rsp_data_i, beat.data.data(), BeatBytes);
        bench_->rsp_last_i = beat.last;
        bench_->rsp_error_i = beat.error;
        bench_->rsp_meta_i = beat.meta;
        if (!bench_->rsp_valid_i) { /* then they mean nothing */
            bench_->rsp_meta_i = uint32_t(random_source.next()) & 0xFFFFFF;
            bench_->rsp_error_i = uint8_t(random_source.below(8));
        }
        bench_->slot_take_i = !whole_.empty() && random_source.chance(take_percent);
        bench_->read_i = !whole_.empty() && random_source.chance(60);
        if (bench_->read_i)
            bench_->read_beat_i = uint8_t(random_source.below(whole_.front().length / BeatBytes));
    }

    void check()
    {
        size_t inside = whole_.size() + behind_.size();
        TB_CHECK(bench_->rsp_ready_o == (inside < Buffers));
        full += inside == Buffers;
        TB_CHECK(bench_->slot_valid_o == !whole_.empty());
        if (read_pending_ && read_known_)
            TB_CHECK(std::memcmp(&bench_->read_data_o, read_expected_.data(), BeatBytes) == 0);
        read_pending_ = bench_->read_i;
        if (!whole_.empty())
            check_slot(whole_.front());
        if (bench_->slot_take_i)
            whole_.pop_front();
        bool arrives = bench_->rsp_valid_i && bench_->rsp_ready_o;
        bool ends = arrives && beats_.front().slot_end;
        TB_CHECK(bench_->received_o == (ends ? 1u << coming_.front().queue : 0u));
        if (!behind_.empty()) { /* offered a cycle behind its end */
            whole_.push_back(behind_.front());
            behind_.pop_front();
        }
        if (ends) {
            behind_.push_back(coming_.front());
            coming_.pop_front();
        }
        if (arrives)
            beats_.pop_front();
    }

    void check_slot(const Slot &slot)
    {
        TB_CHECK(bench_->slot_queue_o == slot.queue && bench_->slot_index_o == slot.index);
        TB_CHECK(bench_->slot_status_o == slot.status);
        bool fetched = slot.status < SNAP_STATUS_FETCH_UR;
        TB_CHECK(bench_->slot_cookie_o == (fetched ? slot.header.cookie : 0));
        if (bench_->slot_take_i)
            (slot.status == SNAP_STATUS_OK ? good : fetched ? refused : failed)++;
        if (fetched)
            TB_CHECK(bench_->slot_opcode_o == slot.header.opcode);
        if (slot.status == SNAP_STATUS_OK) {
            TB_CHECK(bench_->slot_flags_o == slot.header.flags);
            TB_CHECK(bench_->slot_length_o == slot.header.length);
            TB_CHECK(bench_->slot_address_o == slot.header.address >> 6);
        }
        read_known_ = fetched;
        std::memcpy(read_expected_.data(), slot.bytes.data() + bench_->read_beat_i * BeatBytes,
                    BeatBytes);
    }

    tb::Bench<V> bench_;
    OpcodeMap opcodes_;
    std::deque<Beat> beats_;  /* to arrive */
    std::deque<Slot> coming_; /* those that they make */
    std::deque<Slot> whole_;
    std::deque<Slot> behind_;
    bool read_pending_ = false, read_known_ = false;
    std::array<uint8_t, BeatBytes> read_expected_;
};

} // namespace

int main()
{
    SlotBuffer buffer;
    for (unsigned round = 0; round < 8; round++) {
        for (unsigned i = 0; i < 60000; i++)
            buffer.cycle(i / 500 % 3 * 45 + 10, i / 1500 % 3 * 8 + 1);
        buffer.flush();
    }
    TB_CHECK(buffer.good > 2000 && buffer.refused > 1000 && buffer.failed > 500);
    TB_CHECK(buffer.full > 1000);
    tb::pass("slot buffer: whole slots in order, judged, readable; failures; flush");
    return 0;
}
