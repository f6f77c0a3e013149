// SPDX-License-Identifier: Apache-2.0
// snap_feeder between models of the dispatcher, of the data read client and of an engine with a
// clock of its own. Reads fail in mid-message; every word that the engine gets is checked.
#include HEADER

#include <array>
#include <deque>

#include "data_host.h"
#include "snapcard_abi.h"

namespace
{

constexpr unsigned BeatBytes = sizeof(V::rsp_data_i);

tb::Random random_source(tb::seed());

struct Clocks {
    unsigned pcie_half, engine_half, engine_phase;
};

struct Word {
    std::array<uint64_t, 2> data;
    bool operator==(const Word &other) const
    {
        return data == other.data;
    }
};

/* Chances in percent that those around the feeder move in a cycle. In the last mood its jobs pile
 * up behind it. */
constexpr unsigned Moods = 4;
constexpr unsigned HostEager[Moods] = {10, 60, 100, 100}, EngineEager[Moods] = {70, 15, 100, 100},
                   CompletionEager[Moods] = {10, 60, 100, 0};

struct Job {
    uint8_t queue, opcode;
    uint16_t slot;
    uint64_t cookie, address;
    uint32_t length;
    bool indirect;
    std::deque<Word> payload;        /* inline */
    std::deque<uint8_t> unit_errors; /* one for each unit requested so far */
    bool failed_at_engine = false;   /* a word marked as wrong has reached the engine */
    bool wrong = false;

    uint32_t words() const
    {
        return (length + 15) / 16;
    }
    uint32_t units() const
    {
        return indirect ? (length + 63) / 64 : 0;
    }
};

struct Result {
    std::array<uint32_t, 8> digest;
    uint32_t cycles;
    bool error;
};

class Feeder
{
  public:
    Feeder(Clocks clocks, unsigned block_log2)
        : clocks_(clocks), host_(random_source, BeatBytes), device_(new V(&context_))
    {
        context_.randReset(2);
        pcie_next_ = clocks.pcie_half;
        engine_next_ = clocks.engine_phase + 1;
        V &d = *device_;
        d.clk_i = d.engine_clk_i = d.rst_ni = d.engine_rst_ni = 0;
        d.read_block_log2_i = uint8_t(block_log2);
        d.job_valid_i = d.payload_valid_i = d.req_ready_i = d.rsp_valid_i = d.cpl_ready_i = 0;
        d.engine_in_ready_i = d.engine_out_valid_i = 0;
        for (unsigned i = 0; i < 60; i++)
            edge(false);
        d.rst_ni = d.engine_rst_ni = 1;
    }
    ~Feeder()
    {
        device_->final();
    }

    void run(unsigned jobs, unsigned error_permille)
    {
        error_permille_ = error_permille;
        uint64_t target = completed + jobs;
        for (uint64_t i = 0; completed < target; i++) {
            TB_CHECK(i < 3000000);
            jobs_left_ = target > accepted_ ? unsigned(target - accepted_) : 0;
            edge(true);
        }
        /* The end of its last 64 bytes may still be on the way. */
        for (unsigned i = 0; !device_->idle_o; i++) {
            TB_CHECK(i < 100000);
            edge(true);
        }
    }

    uint64_t completed = 0;
    unsigned failed = 0, abandoned = 0, good_after_failure = 0;

  private:
    /* The next edge of either clock, or of both. */
    void edge(bool alive)
    {
        uint64_t now = std::min(pcie_next_, engine_next_);
        bool pcie = pcie_next_ == now, engine = engine_next_ == now;
        V &d = *device_;
        bool pcie_rises = pcie && !d.clk_i, engine_rises = engine && !d.engine_clk_i;
        if (alive) {
            if (pcie_rises)
                drive_pcie();
            if (engine_rises)
                drive_engine();
            d.eval();
            if (pcie_rises)
                sample_pcie();
            if (engine_rises)
                sample_engine();
        }
        if (pcie) {
            d.clk_i = !d.clk_i;
            pcie_next_ += clocks_.pcie_half;
        }
        if (engine) {
            d.engine_clk_i = !d.engine_clk_i;
            engine_next_ += clocks_.engine_half;
        }
        context_.timeInc(1);
        d.eval();
    }

    /* ---------------------------------------------------------------- PCIe clock */
    void drive_pcie()
    {
        V &d = *device_;
        mood_ = random_source.below(200) == 0 ? random_source.below(Moods) : mood_;
        const unsigned eager = HostEager[mood_];
        if (job_taken_)
            d.job_valid_i = job_taken_ = false;
        if (!d.job_valid_i && jobs_left_ != 0 && words_due_.empty() && random_source.chance(50))
            offer();
        d.payload_valid_i = !words_due_.empty() && random_source.chance(80);
        if (d.payload_valid_i)
            put(d.payload_data_i, 0, words_due_.front());
        d.req_ready_i = random_source.chance(eager);
        d.rsp_valid_i = host_.answers() && random_source.chance(eager);
        if (d.rsp_valid_i)
            drive_response();
        d.cpl_ready_i = random_source.chance(CompletionEager[mood_]);
    }

    void drive_response()
    {
        DataHost::Beat beat = host_.beat();
        device_->rsp_error_i = beat.error;
        for (unsigned i = 0; i < BeatBytes; i += 16)
            put(device_->rsp_data_i, i / 4,
                beat.error ? Word{{random_source.next(), random_source.next()}}
                           : memory(beat.address + i));
    }

    void offer()
    {
        Job &job = offered_;
        job = Job();
        job.queue = uint8_t(random_source.below(16));
        job.opcode = uint8_t(random_source.next());
        job.slot = uint16_t(random_source.next());
        job.cookie = random_source.next();
        job.indirect = random_source.chance(60);
        job.length = random_source.below(random_source.chance(30) ? 20 : 481);
        if (job.indirect) {
            job.length = 1 + random_source.below(random_source.chance(70) ? 1500 : 9000);
            job.address = random_source.next() & ~63ull;
        } else {
            job.address = 0;
            for (unsigned i = 0; i < job.words(); i++)
                job.payload.push_back({{random_source.next(), random_source.next()}});
        }
        V &d = *device_;
        d.job_valid_i = 1;
        d.job_queue_i = job.queue;
        d.job_slot_i = job.slot;
        d.job_cookie_i = job.cookie;
        d.job_opcode_i = job.opcode;
        d.job_length_i = job.length;
        d.job_indirect_i = job.indirect;
        d.job_address_i = job.address >> 6;
    }

    void sample_pcie()
    {
        V &d = *device_;
        TB_CHECK(!d.idle_o || jobs_.empty());
        if (d.payload_valid_i)
            words_due_.pop_front();
        host_.tick();
        if (d.rsp_valid_i)
            host_.beat_taken();
        if (d.req_valid_o && !request_held_)
            check_request();
        request_held_ = d.req_valid_o && !d.req_ready_i;
        if (d.req_valid_o && d.req_ready_i)
            accept_request();
        if (d.cpl_valid_o && d.cpl_ready_i)
            accept_completion();
        if (d.job_valid_i && d.job_ready_o) {
            words_due_ = offered_.payload;
            jobs_.push_back(offered_);
            accepted_++;
            jobs_left_--;
            job_taken_ = true;
        }
    }

    /* Requests are those of the jobs in order, block by block; after a failure those that are
     * missing may stay away for ever, and once the engine has seen the failure they must. */
    void check_request()
    {
        V &d = *device_;
        while (true) {
            TB_CHECK(requesting_ < completed + jobs_.size());
            Job &job = jobs_[requesting_ - completed];
            uint64_t next = job.address + 64 * job.unit_errors.size();
            if (job.unit_errors.size() < job.units() && d.req_addr_o == next)
                break;
            TB_CHECK(job.unit_errors.size() == job.units() || has_failure(job));
            requesting_++;
        }
        Job &job = jobs_[requesting_ - completed];
        TB_CHECK(!job.failed_at_engine);
        uint64_t block = 1u << d.read_block_log2_i, left = job.units() - job.unit_errors.size();
        TB_CHECK(d.req_units_o == std::min(left, (block - d.req_addr_o % block) / 64));
    }

    static bool has_failure(const Job &job)
    {
        for (uint8_t error : job.unit_errors)
            if (error)
                return true;
        return false;
    }

    void accept_request()
    {
        V &d = *device_;
        uint8_t error = 0;
        if (random_source.below(1000) < error_permille_)
            error = uint8_t(1 + random_source.below(5));
        host_.request({d.req_addr_o, d.req_units_o, error, 0});
        Job &job = jobs_[requesting_ - completed];
        job.unit_errors.insert(job.unit_errors.end(), d.req_units_o, error);
    }

    void accept_completion()
    {
        V &d = *device_;
        TB_CHECK(!results_.empty() && !jobs_.empty());
        const Job &job = jobs_.front();
        const Result &result = results_.front();
        TB_CHECK(d.cpl_queue_o == job.queue && d.cpl_slot_o == job.slot);
        TB_CHECK(d.cpl_cookie_o == job.cookie && d.cpl_engine_cycles_o == result.cycles);
        TB_CHECK(std::equal(result.digest.begin(), result.digest.end(), d.cpl_digest_o.data()));
        uint8_t status = SNAP_STATUS_OK;
        for (uint8_t error : job.unit_errors)
            if (error && status == SNAP_STATUS_OK)
                status = uint8_t(SNAP_STATUS_DATA_UR + error - 1);
        TB_CHECK(d.cpl_status_o == status && result.error == (status != SNAP_STATUS_OK));
        failed += status != SNAP_STATUS_OK;
        abandoned += job.unit_errors.size() < job.units();
        /* What had been asked for has been answered: nothing of it may turn up in the next job. */
        jobs_.pop_front();
        results_.pop_front();
        completed++;
        engine_jobs_--;
        given_--;
        requesting_ = std::max(requesting_, completed);
    }

    /* ---------------------------------------------------------------- engine clock */
    void drive_engine()
    {
        V &d = *device_;
        d.engine_in_ready_i = random_source.chance(EngineEager[mood_]);
        if (result_taken_)
            d.engine_out_valid_i = result_taken_ = false;
        if (!d.engine_out_valid_i && given_ < results_.size() && random_source.chance(10)) {
            const Result &result = results_[given_];
            d.engine_out_valid_i = 1;
            std::copy(result.digest.begin(), result.digest.end(), d.engine_out_digest_i.data());
            d.engine_out_error_i = result.error;
            d.engine_out_cycles_i = result.cycles;
        }
    }

    void sample_engine()
    {
        V &d = *device_;
        if (d.engine_in_valid_o && d.engine_in_ready_i)
            accept_word();
        if (d.engine_out_valid_i && d.engine_out_ready_o) {
            result_taken_ = true;
            given_++;
        }
    }

    void accept_word()
    {
        V &d = *device_;
        TB_CHECK(engine_jobs_ < jobs_.size());
        Job &job = jobs_[engine_jobs_];
        Word word = {{uint64_t(d.engine_in_data_o[1]) << 32 | d.engine_in_data_o[0],
                      uint64_t(d.engine_in_data_o[3]) << 32 | d.engine_in_data_o[2]}};
        if (word_ == 0) {
            TB_CHECK((word.data[0] & 0xFF) == job.opcode && word.data[0] >> 32 == job.length);
            TB_CHECK(!d.engine_in_error_o);
        } else {
            check_word(job, word_ - 1, word);
        }
        TB_CHECK(d.engine_in_last_o == (word_ == job.words()));
        word_++;
        if (!d.engine_in_last_o)
            return;
        Result result;
        for (uint32_t &part : result.digest)
            part = uint32_t(random_source.next());
        result.cycles = uint32_t(random_source.next());
        result.error = job.wrong;
        results_.push_back(result);
        engine_jobs_++;
        word_ = 0;
    }

    void check_word(Job &job, uint32_t index, const Word &word)
    {
        bool marked = device_->engine_in_error_o;
        if (!job.indirect) {
            TB_CHECK(!marked && word == job.payload[index]);
            return;
        }
        bool here = index / 4 < job.unit_errors.size();
        TB_CHECK(marked == (!here || job.unit_errors[index / 4] != 0));
        TB_CHECK(here || job.failed_at_engine);
        TB_CHECK(marked || word == memory(job.address + 16 * index));
        good_after_failure += job.failed_at_engine && !marked;
        job.failed_at_engine |= marked;
        job.wrong |= marked;
    }

    static Word memory(uint64_t address)
    {
        return {{DataHost::memory(address), DataHost::memory(address + 8)}};
    }
    template <class Port> static void put(Port &port, unsigned at, const Word &word)
    {
        for (unsigned i = 0; i < 4; i++)
            port[at + i] = uint32_t(word.data[i / 2] >> 32 * (i % 2));
    }

    Clocks clocks_;
    DataHost host_;
    VerilatedContext context_;
    std::unique_ptr<V> device_;
    uint64_t pcie_next_, engine_next_;
    unsigned error_permille_ = 0, mood_ = 1, jobs_left_ = 0;
    Job offered_;
    std::deque<Word> words_due_; /* of the last accepted job, still with the dispatcher */
    std::deque<Job> jobs_;       /* accepted, not completed */
    uint64_t accepted_ = 0, requesting_ = 0;
    bool request_held_ = false, job_taken_ = false, result_taken_ = false;
    size_t engine_jobs_ = 0, given_ = 0; /* in jobs_: those whose words are through; in results_ */
    uint32_t word_ = 0;
    std::deque<Result> results_;
};

} // namespace

int main()
{
    unsigned failed = 0, abandoned = 0, good_after_failure = 0;
    for (Clocks clocks : {Clocks{3, 7, 1}, Clocks{10, 9, 4}, Clocks{2, 2, 0}, Clocks{7, 3, 2}})
        for (unsigned block_log2 = 7; block_log2 <= 9; block_log2++) {
            Feeder feeder(clocks, block_log2);
            feeder.run(100, 0);
            TB_CHECK(feeder.failed == 0);
            feeder.run(600, 60);
            failed += feeder.failed;
            abandoned += feeder.abandoned;
            good_after_failure += feeder.good_after_failure;
        }
    TB_CHECK(failed > 1000 && abandoned > 500 && good_after_failure > 1000);
    tb::pass("feeder: words, reads, failures in mid-message, completions in order");
    return 0;
}
