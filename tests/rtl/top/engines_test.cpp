// SPDX-License-Identifier: Apache-2.0
// snap_engines with two SHA-256 engines and one SM3 engine, two cycles a round: jobs on all at the
// same time, digests against OpenSSL's, data reads shared and answered by number of the feeder.
#include HEADER

#include <algorithm>
#include <deque>

#include "driver.h"
#include "queue/data_host.h"
#include "queue/ports.h"

namespace
{

constexpr unsigned Feeders = 3, Sm3Feeder = 2, BeatBytes = sizeof(V::d_rsp_data_i);
constexpr uint8_t Opcodes[2][3] = {
    {SNAP_OP_SHA256, SNAP_OP_MERKLE_SHA256, SNAP_OP_MERKLE_SHA256D},
    {SNAP_OP_SM3, SNAP_OP_SM3, SNAP_OP_MERKLE_SM3},
};

tb::Random random_source(tb::seed());

struct Job {
    uint8_t opcode = 0, queue = 0;
    uint16_t slot = 0;
    uint64_t cookie = 0, address = 0;
    bool indirect = false;
    uint8_t status = SNAP_STATUS_OK;
    driver::Bytes message;
};

driver::Bytes reference(const Job &job)
{
    driver::Job same;
    same.header.opcode = job.opcode;
    same.payload = job.message;
    return driver::expected_result(same);
}

class Engines
{
  public:
    Engines(unsigned pcie_half, unsigned engine_half)
        : pcie_half_(pcie_half), engine_half_(engine_half), pcie_next_(pcie_half),
          engine_next_(engine_half), host_(random_source, BeatBytes), device_(new V(&context_))
    {
        context_.randReset(2);
        V &d = *device_;
        d.clk_i = d.engine_clk_i = d.rst_ni = d.engine_rst_ni = 0;
        d.read_block_log2_i = 9;
        d.job_valid_i = d.payload_valid_i = d.d_req_ready_i = d.d_rsp_valid_i = d.cpl_ready_i = 0;
        for (unsigned i = 0; i < 20; i++)
            cycle(false);
        d.rst_ni = d.engine_rst_ni = 1;
    }
    ~Engines()
    {
        device_->final();
    }

    void run(unsigned jobs)
    {
        for (unsigned i = 0; done < jobs || outstanding() != 0; i++) {
            TB_CHECK(i < 2000000);
            submitting_ = done < jobs;
            cycle(true);
        }
        /* The end of a message's last 64 bytes may still be on the way. */
        for (unsigned i = 0; device_->idle_o != (1u << Feeders) - 1; i++) {
            TB_CHECK(i < 10000);
            cycle(true);
        }
    }

    unsigned done = 0, failed = 0, all_busy = 0;
    unsigned jobs[Feeders] = {};

  private:
    size_t outstanding() const
    {
        return jobs_[0].size() + jobs_[1].size() + jobs_[2].size();
    }

    /* One cycle of clk_i, with the engine clock's edges where they fall. */
    void cycle(bool alive)
    {
        if (alive)
            drive();
        device_->eval();
        if (alive)
            sample();
        for (unsigned i = 0; i < 2; i++) {
            for (; engine_next_ <= pcie_next_; engine_next_ += engine_half_) {
                device_->engine_clk_i = !device_->engine_clk_i;
                device_->eval();
            }
            device_->clk_i = !device_->clk_i;
            pcie_next_ += pcie_half_;
            context_.timeInc(1);
            device_->eval();
        }
    }

    void drive()
    {
        V &d = *device_;
        if (job_taken_)
            d.job_valid_i = job_taken_ = false;
        if (!d.job_valid_i && submitting_ && payload_.empty() && random_source.chance(20))
            offer();
        d.payload_valid_i = payload_.empty() ? 0 : uint8_t(1u << payload_feeder_);
        if (d.payload_valid_i)
            std::copy_n(payload_.begin(), 16, reinterpret_cast<uint8_t *>(&d.payload_data_i));
        d.d_req_ready_i = random_source.chance(70);
        d.d_rsp_valid_i = host_.answers() && random_source.chance(80);
        if (d.d_rsp_valid_i) {
            DataHost::Beat beat = host_.beat();
            d.d_rsp_error_i = beat.error;
            d.d_rsp_meta_i = beat.meta;
            for (unsigned i = 0; i < BeatBytes; i += 8)
                put(d.d_rsp_data_i, 8 * i, 64, DataHost::memory(beat.address + i));
        }
        d.cpl_ready_i = uint8_t(random_source.below(1u << Feeders));
    }

    void offer()
    {
        V &d = *device_;
        feeder_ = random_source.below(Feeders);
        Job &job = offered_ = Job();
        job.opcode = Opcodes[feeder_ == Sm3Feeder][random_source.below(3)];
        job.queue = uint8_t(random_source.below(16));
        job.slot = uint16_t(random_source.next());
        job.cookie = random_source.next();
        job.indirect = random_source.chance(50);
        size_t length = random_source.below(job.indirect ? 2500 : 481);
        if (job.opcode >= SNAP_OP_MERKLE_SHA256)
            length = std::max<size_t>(32, length / 32 * 32);
        if (job.indirect) {
            length = std::max<size_t>(length, 1);
            job.address = (random_source.next() & ~0xFFFFull) + 64 * random_source.below(300);
            /* Reads of an address with bit 63 fail, for a job in eight. */
            job.address &= random_source.chance(12) ? ~0ull : ~(1ull << 63);
            if (job.address >> 63)
                job.status = SNAP_STATUS_DATA_CA;
        }
        for (size_t i = 0; i < length; i++)
            job.message.push_back(
                job.indirect ? uint8_t(DataHost::memory(job.address + i / 8 * 8) >> 8 * (i % 8))
                             : uint8_t(random_source.next()));
        d.job_valid_i = uint8_t(1u << feeder_);
        d.job_queue_i = job.queue;
        d.job_slot_i = job.slot;
        d.job_cookie_i = job.cookie;
        d.job_opcode_i = job.opcode;
        d.job_length_i = uint32_t(length);
        d.job_flags_i = job.indirect ? SNAP_FLAG_INDIRECT : 0;
        d.job_address_i = job.address >> 6;
    }

    void sample()
    {
        V &d = *device_;
        host_.tick();
        if (d.payload_valid_i)
            payload_.erase(payload_.begin(), payload_.begin() + 16);
        TB_CHECK(d.d_rsp_ready_o);
        if (d.d_rsp_valid_i)
            host_.beat_taken();
        if (d.d_req_valid_o && d.d_req_ready_i)
            host_.request({d.d_req_addr_o, d.d_req_units_o, uint8_t(d.d_req_addr_o >> 63 ? 2 : 0),
                           d.d_req_meta_o});
        for (unsigned f = 0; f < Feeders; f++) {
            TB_CHECK(!(d.idle_o >> f & 1) || jobs_[f].empty());
            if (d.cpl_valid_o & d.cpl_ready_i & 1u << f)
                complete(f);
        }
        all_busy += !jobs_[0].empty() && !jobs_[1].empty() && !jobs_[2].empty();
        if (d.job_valid_i & d.job_ready_o) {
            jobs_[feeder_].push_back(offered_);
            payload_feeder_ = feeder_;
            if (!offered_.indirect)
                payload_ = offered_.message;
            payload_.resize((payload_.size() + 15) / 16 * 16);
            job_taken_ = true;
        }
    }

    void complete(unsigned f)
    {
        V &d = *device_;
        TB_CHECK(!jobs_[f].empty());
        const Job &job = jobs_[f].front();
        TB_CHECK(get(d.cpl_queue_o, 4 * f, 4) == job.queue);
        TB_CHECK(get(d.cpl_slot_o, 16 * f, 16) == job.slot);
        TB_CHECK(get(d.cpl_cookie_o, 64 * f, 64) == job.cookie);
        TB_CHECK(get(d.cpl_status_o, 8 * f, 8) == job.status);
        TB_CHECK(get(d.cpl_value_o, 64 * f, 64) == 0);
        TB_CHECK((d.cpl_has_result_o >> f & 1) == (job.status == SNAP_STATUS_OK));
        if (job.status == SNAP_STATUS_OK && job.opcode == SNAP_OP_SM3)
            TB_CHECK(get(d.cpl_engine_cycles_o, 32 * f, 32) >= 129 * (job.message.size() / 64 + 1));
        if (job.status == SNAP_STATUS_OK) {
            driver::Bytes result = reference(job);
            result.resize(SNAP_RESULT_BYTES);
            constexpr unsigned beat_bytes = sizeof(V::d_rsp_data_i);
            for (unsigned i = 0; i < SNAP_RESULT_BYTES; i++) {
                d.cpl_beat_i = uint8_t(i / beat_bytes);
                d.eval();
                TB_CHECK(get(d.cpl_result_o, 8 * (beat_bytes * f + i % beat_bytes), 8) ==
                         result[i]);
            }
        }
        failed += job.status != SNAP_STATUS_OK;
        jobs[f]++;
        done++;
        jobs_[f].pop_front();
    }

    unsigned pcie_half_, engine_half_;
    uint64_t pcie_next_, engine_next_;
    DataHost host_;
    VerilatedContext context_;
    std::unique_ptr<V> device_;
    Job offered_;
    unsigned feeder_ = 0, payload_feeder_ = 0;
    driver::Bytes payload_;
    std::deque<Job> jobs_[Feeders];
    bool submitting_ = false, job_taken_ = false;
};

} // namespace

int main()
{
    const unsigned halves[][2] = {{3, 7}, {7, 5}};
    for (auto &half : halves) {
        Engines engines(half[0], half[1]);
        engines.run(300);
        for (unsigned jobs : engines.jobs)
            TB_CHECK(jobs > 50);
        TB_CHECK(engines.failed > 5 && engines.all_busy > 1000);
    }
    tb::pass("engines: jobs on all at once, shared reads, digests");
    return 0;
}
