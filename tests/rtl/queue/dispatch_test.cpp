// SPDX-License-Identifier: Apache-2.0
// snap_dispatch between a model of the slot buffer and four feeders: two SHA-256, one SM3, one of
// points.
#include HEADER

#include <array>
#include <cstring>
#include <deque>

#include "slot_model.h"

namespace
{

constexpr unsigned BeatBytes = sizeof(V::read_data_i), Feeders = 4;
constexpr unsigned ResultBeats = SNAP_RESULT_BYTES / BeatBytes;
constexpr unsigned Sha256Feeders = 0b0011, Sm3Feeders = 0b0100, PointFeeders = 0b1000;

unsigned feeders_for(uint8_t opcode)
{
    if (opcode >= SNAP_OP_ECDSA_SECP256K1_VERIFY)
        return PointFeeders;
    return opcode == SNAP_OP_SM3 || opcode == SNAP_OP_MERKLE_SM3 ? Sm3Feeders : Sha256Feeders;
}

tb::Random random_source(tb::seed());

using Word = std::array<uint8_t, 16>;

struct Slot {
    uint8_t queue, status;
    uint16_t index;
    SlotHeader header;
    std::array<uint8_t, 512> bytes;

    bool for_engine() const
    {
        return status == SNAP_STATUS_OK && header.opcode != SNAP_OP_NOOP;
    }
    bool echo() const
    {
        return status == SNAP_STATUS_OK && (header.flags & SNAP_FLAG_ECHO);
    }
    bool indirect() const
    {
        return header.flags & SNAP_FLAG_INDIRECT;
    }
};

class Dispatch
{
  public:
    Dispatch()
    {
        bench_->slot_valid_i = bench_->cpl_ready_i = bench_->cpl_fetch_i = bench_->job_ready_i =
            bench_->idle_i = 0;
        bench_.reset();
    }

    void cycle(unsigned slot_percent, unsigned ready_percent)
    {
        if (!present_ && random_source.chance(slot_percent))
            offer();
        bench_->slot_valid_i = present_;
        bench_->cpl_ready_i = bench_->cpl_fetch_i = 0;
        bench_->job_ready_i = bench_->idle_i = 0;
        for (unsigned f = 0; f < Feeders; f++) {
            bench_->job_ready_i |= uint8_t(random_source.chance(ready_percent) << f);
            bench_->idle_i |= uint8_t(random_source.chance(40) << f);
        }
        std::memcpy(&bench_->read_data_i, read_.data(), BeatBytes);
        bench_.settle();
        drive_writer(ready_percent);
        bench_.settle();
        check_payload();
        check_job();
        check_completion();
        TB_CHECK(!bench_->slot_take_o || present_);
        TB_CHECK(!bench_->read_o || present_);
        for (uint8_t &byte : read_) /* what is not asked for is not there */
            byte = uint8_t(random_source.next());
        if (bench_->read_o)
            std::memcpy(read_.data(), slot_.bytes.data() + bench_->read_beat_o * BeatBytes,
                        BeatBytes);
        if (bench_->slot_take_o) {
            TB_CHECK(handled_);
            present_ = false;
        }
        /* With everyone willing a slot takes no longer than its words do. */
        looked_ = present_;
        waited_ = present_ && ready_percent == 100 ? waited_ + 1 : 0;
        TB_CHECK(waited_ < 45);
        bench_.tick();
    }

    std::array<unsigned, Feeders> jobs{};
    unsigned completions = 0, echoes = 0, idle_first = 0;

  private:
    /* The completion writer fetches a result beat by beat and is ready with the last one at the
     * earliest; without a result it is ready at once. */
    void drive_writer(unsigned ready_percent)
    {
        if (!bench_->cpl_valid_o) {
            bench_->cpl_ready_i = random_source.chance(ready_percent);
            return;
        }
        bool go = random_source.chance(ready_percent);
        if (!bench_->cpl_has_result_o) {
            bench_->cpl_ready_i = bench_->cpl_fetch_i = go;
            return;
        }
        bench_->cpl_fetch_i = go && fetched_ < ResultBeats;
        bench_->cpl_ready_i = go && fetched_ + bench_->cpl_fetch_i == ResultBeats &&
                              (fetched_ == ResultBeats || random_source.chance(50));
    }

    void offer()
    {
        bool slot_512 = random_source.chance(50);
        slot_.queue = uint8_t(random_source.below(16));
        slot_.index = uint16_t(random_source.next());
        slot_.header = random_header(random_source, slot_512);
        slot_.status = judge_slot(slot_.header, slot_512, all_opcodes());
        if (random_source.chance(5))
            slot_.status = uint8_t(SNAP_STATUS_FETCH_UR + random_source.below(5));
        for (uint8_t &byte : slot_.bytes)
            byte = uint8_t(random_source.next());
        present_ = true;
        handled_ = false;
        bench_->slot_queue_i = slot_.queue;
        bench_->slot_index_i = slot_.index;
        bench_->slot_status_i = slot_.status;
        bench_->slot_cookie_i = slot_.header.cookie;
        bench_->slot_opcode_i = slot_.header.opcode;
        bench_->slot_flags_i = slot_.header.flags;
        bench_->slot_length_i = slot_.header.length & 0x1FFFFF;
        bench_->slot_address_i = slot_.header.address >> 6;
    }

    /* A job for an engine goes to one ready feeder of its kind, from the cycle behind its first on,
     * to an idle one if there is any. */
    void check_job()
    {
        unsigned valid = bench_->job_valid_o;
        unsigned able = bench_->job_ready_i & feeders_for(slot_.header.opcode);
        if (!present_ || handled_ || !slot_.for_engine()) {
            TB_CHECK(valid == 0);
            return;
        }
        TB_CHECK(valid == 0 || (valid & (valid - 1)) == 0);
        TB_CHECK((valid & ~able) == 0);
        if (valid == 0) { /* the words of the job before may still be on their way */
            TB_CHECK(able == 0 || streaming_ || !looked_);
            return;
        }
        TB_CHECK((able & bench_->idle_i) == 0 || (valid & bench_->idle_i) != 0);
        idle_first += (valid & bench_->idle_i) != 0 && (able & ~valid) != 0;
        TB_CHECK(bench_->job_queue_o == slot_.queue && bench_->job_slot_o == slot_.index);
        TB_CHECK(bench_->job_cookie_o == slot_.header.cookie);
        TB_CHECK(bench_->job_opcode_o == slot_.header.opcode);
        TB_CHECK(bench_->job_length_o == slot_.header.length);
        TB_CHECK(bench_->job_flags_o == slot_.header.flags);
        TB_CHECK(bench_->job_address_o == slot_.header.address >> 6);
        handled_ = true;
        unsigned feeder = unsigned(__builtin_ctz(valid));
        jobs[feeder]++;
        for (unsigned at = 0; !slot_.indirect() && at < slot_.header.length; at += 16) {
            Word word;
            std::memcpy(word.data(), slot_.bytes.data() + SNAP_JOB_HEADER_BYTES + at, 16);
            payload_.push_back({feeder, word});
        }
    }

    /* The words come in order, to the feeder that has the job, soon, and all before the next job's.
     */
    void check_payload()
    {
        streaming_ = !payload_.empty();
        if (bench_->payload_valid_o == 0) {
            quiet_ = streaming_ ? quiet_ + 1 : 0;
            TB_CHECK(quiet_ < 4);
            return;
        }
        quiet_ = 0;
        TB_CHECK(!payload_.empty());
        TB_CHECK(bench_->payload_valid_o == 1u << payload_.front().feeder);
        TB_CHECK(std::memcmp(&bench_->payload_data_o, payload_.front().word.data(), 16) == 0);
        payload_.pop_front();
    }

    void check_completion()
    {
        if (!bench_->cpl_valid_o)
            return;
        TB_CHECK(present_ && !handled_ && !slot_.for_engine());
        TB_CHECK(bench_->cpl_queue_o == slot_.queue && bench_->cpl_slot_o == slot_.index);
        TB_CHECK(bench_->cpl_cookie_o == slot_.header.cookie);
        TB_CHECK(bench_->cpl_status_o == slot_.status);
        TB_CHECK(bench_->cpl_value_o == (slot_.status == SNAP_STATUS_OK ? slot_.header.length : 0));
        TB_CHECK(bench_->cpl_has_result_o == slot_.echo());
        if (slot_.echo() && fetched_ < ResultBeats) {
            const uint8_t *expected =
                slot_.bytes.data() + SNAP_JOB_HEADER_BYTES + fetched_ * BeatBytes;
            TB_CHECK(std::memcmp(&bench_->cpl_result_o, expected, BeatBytes) == 0);
        }
        fetched_ += slot_.echo() && bench_->cpl_fetch_i;
        TB_CHECK(bench_->slot_take_o == bench_->cpl_ready_i);
        if (!bench_->cpl_ready_i)
            return;
        TB_CHECK(fetched_ == (slot_.echo() ? ResultBeats : 0));
        fetched_ = 0;
        handled_ = true;
        completions++;
        echoes += slot_.echo();
    }

    struct Payload {
        unsigned feeder;
        Word word;
    };
    tb::Bench<V> bench_;
    Slot slot_{};
    bool present_ = false, handled_ = false, streaming_ = false, looked_ = false;
    std::array<uint8_t, BeatBytes> read_{};
    std::deque<Payload> payload_;
    unsigned quiet_ = 0, waited_ = 0, fetched_ = 0;
};

} // namespace

int main()
{
    Dispatch dispatch;
    for (unsigned i = 0; i < 300000; i++)
        dispatch.cycle(i / 1000 % 2 ? 100 : 30, i / 3000 % 3 ? i / 3000 % 3 * 50 : 10);
    for (unsigned jobs : dispatch.jobs)
        TB_CHECK(jobs > 1000);
    TB_CHECK(dispatch.completions > 5000 && dispatch.echoes > 200 && dispatch.idle_first > 500);
    tb::pass("dispatch: ways of the slots, choice of feeders, payload, echo");
    return 0;
}
