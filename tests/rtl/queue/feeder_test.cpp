// SPDX-License-Identifier: Apache-2.0
// snap_feeder between models of the dispatcher, of the data read client and of an engine with a
// clock of its own. Reads fail in mid-message; every word that the engine gets is checked. With
// TAGGED the engine answers jobs in any order, has faults, and now and then answers nobody's job.
#include HEADER

#include <array>
#include <deque>
#include <optional>
#include <vector>

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
    uint8_t queue, opcode, flags;
    uint16_t slot;
    uint64_t cookie, address;
    uint32_t length;
    bool indirect;
    std::deque<Word> payload;        /* inline */
    std::deque<uint8_t> unit_errors; /* one for each unit requested so far */
    bool failed_at_engine = false;   /* a word marked as wrong has reached the engine */
    bool wrong = false;
    bool through = false; /* the engine has its last word */
    bool completed = false;
    unsigned tag = 0;

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
    std::array<uint32_t, 16> words;
    uint64_t value;
    uint32_t cycles;
    unsigned tag;
    uint8_t status, cause; /* as the engine's port */
    bool has_result, stray;
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
    unsigned failed = 0, abandoned = 0, good_after_failure = 0, faults = 0, overtakers = 0,
             nobodys = 0;

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
        job.flags = uint8_t(random_source.next()) & ~SNAP_FLAG_INDIRECT;
        job.slot = uint16_t(random_source.next());
        job.cookie = random_source.next();
        job.indirect = random_source.chance(60);
        job.flags |= job.indirect ? SNAP_FLAG_INDIRECT : 0;
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
        d.job_flags_i = job.flags;
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
        TB_CHECK(d.fault_o == fault_cause_.has_value());
        TB_CHECK(!d.fault_o || d.fault_cause_o == *fault_cause_);
        fault_cause_.reset();
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
            TB_CHECK(requesting_ < left_ + jobs_.size());
            Job &job = jobs_[requesting_ - left_];
            uint64_t next = job.address + 64 * job.unit_errors.size();
            if (job.unit_errors.size() < job.units() && d.req_addr_o == next)
                break;
            TB_CHECK(job.unit_errors.size() == job.units() || has_failure(job));
            requesting_++;
        }
        Job &job = jobs_[requesting_ - left_];
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
        Job &job = jobs_[requesting_ - left_];
        job.unit_errors.insert(job.unit_errors.end(), d.req_units_o, error);
    }

    /* Results come through in the order in which the engine gave them. */
    void accept_completion()
    {
        V &d = *device_;
        while (!given_.empty() && given_.front().stray)
            given_.pop_front();
        TB_CHECK(!given_.empty());
        const Result &result = given_.front();
        size_t at = 0;
        while (at < jobs_.size() &&
               (!jobs_[at].through || jobs_[at].completed || jobs_[at].tag != result.tag))
            at++;
        TB_CHECK(at < jobs_.size());
        Job &job = jobs_[at];
        TB_CHECK(d.cpl_queue_o == job.queue && d.cpl_slot_o == job.slot);
        TB_CHECK(d.cpl_cookie_o == job.cookie && d.cpl_engine_cycles_o == result.cycles);
        uint8_t status = SNAP_STATUS_OK;
        for (uint8_t error : job.unit_errors)
            if (error && status == SNAP_STATUS_OK)
                status = uint8_t(SNAP_STATUS_DATA_UR + error - 1);
        failed += status != SNAP_STATUS_OK;
        abandoned += job.unit_errors.size() < job.units();
        if (status == SNAP_STATUS_OK && result.status == 2)
            status = SNAP_STATUS_ENGINE_FAULT;
        check_result(result, status);
        overtakers += at != 0;
        tags_[job.tag] = false;
        job.completed = true;
        given_.pop_front();
        completed++;
        /* What had been asked for has been answered: nothing of it may turn up in the next job. */
        while (!jobs_.empty() && jobs_.front().completed) {
            jobs_.pop_front();
            left_++;
            engine_jobs_--;
        }
        requesting_ = std::max(requesting_, left_);
    }

    void check_result(const Result &result, uint8_t status)
    {
        V &d = *device_;
        bool good = status == SNAP_STATUS_OK, fault = status == SNAP_STATUS_ENGINE_FAULT;
        TB_CHECK(d.cpl_status_o == status);
        TB_CHECK(d.cpl_value_o == (good ? result.value : 0));
        TB_CHECK(d.cpl_has_result_o == (good && result.has_result));
        if (fault)
            fault_cause_ = result.cause;
        for (unsigned beat = 0; good && result.has_result && beat < 64 / BeatBytes; beat++) {
            d.cpl_beat_i = uint8_t(beat);
            d.eval();
            TB_CHECK(std::equal(d.cpl_result_o.data(), d.cpl_result_o.data() + BeatBytes / 4,
                                result.words.data() + beat * BeatBytes / 4));
        }
        faults += fault;
    }

    /* ---------------------------------------------------------------- engine clock */
    void drive_engine()
    {
        V &d = *device_;
        d.engine_in_ready_i = random_source.chance(EngineEager[mood_]);
        if (result_taken_)
            d.engine_out_valid_i = result_taken_ = false;
        if (d.engine_out_valid_i || !random_source.chance(10))
            return;
        Result giving;
        if (TAGGED && random_source.chance(5) && used_tags() <= 4 && !tags_[(last_tag_ + 28) % 32])
            giving = stray_result();
        else if (!results_.empty())
            giving = take_result();
        else
            return;
        given_.push_back(giving);
        d.engine_out_valid_i = 1;
        d.engine_out_tag_i = uint8_t(giving.tag);
        d.engine_out_status_i = giving.status;
        d.engine_out_cause_i = giving.cause;
        d.engine_out_cycles_i = giving.cycles;
        /* An engine that does its jobs in order gives a digest, and nothing else. */
        d.engine_out_value_i = TAGGED ? giving.value : random_source.next();
        d.engine_out_has_result_i = TAGGED ? giving.has_result : random_source.chance(50);
        for (unsigned i = 0; i < 16; i++)
            d.engine_out_result_i[i] =
                TAGGED || i < 8 ? giving.words[i] : uint32_t(random_source.next());
    }

    Result take_result()
    {
        size_t at = TAGGED ? random_source.below(uint32_t(results_.size())) : 0;
        Result result = results_[at];
        results_.erase(results_.begin() + long(at));
        return result;
    }

    unsigned used_tags() const
    {
        return unsigned(std::count(tags_.begin(), tags_.end(), true));
    }

    /* A tag that is given next only when more jobs have come than the FIFOs hold. */
    Result stray_result()
    {
        Result result = make_result(false);
        result.tag = (last_tag_ + 28) % 32;
        result.stray = true;
        nobodys++;
        return result;
    }

    Result make_result(bool wrong)
    {
        Result result = {};
        for (unsigned i = 0; i < (TAGGED ? 16 : 8); i++)
            result.words[i] = uint32_t(random_source.next());
        result.value = TAGGED ? random_source.next() : 0;
        result.cycles = uint32_t(random_source.next());
        result.has_result = !TAGGED || random_source.chance(50);
        result.status = wrong ? 1 : 0;
        if (TAGGED && random_source.chance(10)) {
            result.status = 2;
            result.cause = uint8_t(random_source.below(3));
        }
        return result;
    }

    void sample_engine()
    {
        V &d = *device_;
        if (d.engine_in_valid_o && d.engine_in_ready_i)
            accept_word();
        if (d.engine_out_valid_i && d.engine_out_ready_o)
            result_taken_ = true;
    }

    void accept_word()
    {
        V &d = *device_;
        TB_CHECK(engine_jobs_ < jobs_.size());
        Job &job = jobs_[engine_jobs_];
        Word word = {{uint64_t(d.engine_in_data_o[1]) << 32 | d.engine_in_data_o[0],
                      uint64_t(d.engine_in_data_o[3]) << 32 | d.engine_in_data_o[2]}};
        if (word_ == 0) {
            job.tag = word.data[0] >> 16 & 0x1F;
            TB_CHECK(word.data[0] == (uint64_t(job.length) << 32 | job.tag << 16 |
                                      uint32_t(job.flags) << 8 | job.opcode));
            TB_CHECK(word.data[1] == job.cookie && !d.engine_in_error_o);
            TB_CHECK(TAGGED ? !tags_[job.tag] : job.tag == 0);
            tags_[job.tag] = true;
            last_tag_ = job.tag;
        } else {
            check_word(job, word_ - 1, word);
        }
        TB_CHECK(d.engine_in_last_o == (word_ == job.words()));
        word_++;
        if (!d.engine_in_last_o)
            return;
        Result result = make_result(job.wrong);
        result.tag = job.tag;
        results_.push_back(result);
        job.through = true;
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
    std::deque<Job> jobs_;       /* accepted, from the oldest that is not completed on */
    uint64_t accepted_ = 0, requesting_ = 0,
             left_ = 0;                   /* left_: numbers of jobs that are not in jobs_ */
    std::optional<unsigned> fault_cause_; /* told in the cycle behind the completion */
    bool request_held_ = false, job_taken_ = false, result_taken_ = false;
    size_t engine_jobs_ = 0; /* in jobs_: those whose words are through */
    uint32_t word_ = 0;
    std::vector<Result> results_; /* the engine has not given them yet */
    std::deque<Result> given_;
    std::array<bool, 32> tags_{}; /* in use */
    unsigned last_tag_ = 0;
};

} // namespace

int main()
{
    unsigned failed = 0, abandoned = 0, good_after_failure = 0, faults = 0, overtakers = 0,
             nobodys = 0;
    for (Clocks clocks : {Clocks{3, 7, 1}, Clocks{10, 9, 4}, Clocks{2, 2, 0}, Clocks{7, 3, 2}})
        for (unsigned block_log2 = 7; block_log2 <= 9; block_log2++) {
            Feeder feeder(clocks, block_log2);
            feeder.run(100, 0);
            TB_CHECK(feeder.failed == 0);
            feeder.run(600, 60);
            failed += feeder.failed;
            abandoned += feeder.abandoned;
            good_after_failure += feeder.good_after_failure;
            faults += feeder.faults;
            overtakers += feeder.overtakers;
            nobodys += feeder.nobodys;
        }
    TB_CHECK(failed > 1000 && abandoned > 500 && good_after_failure > 1000);
    if (TAGGED)
        TB_CHECK(faults > 100 && overtakers > 1000 && nobodys > 50);
    else
        TB_CHECK(faults == 0 && overtakers == 0);
    tb::pass("feeder: words, reads, failures in mid-message, completions of the right jobs");
    return 0;
}
