// SPDX-License-Identifier: Apache-2.0
// The point engine as a whole, with the image that ships: answers to jobs of every kind against
// those of libsecp256k1 and OpenSSL, with pauses and without; cycles a job in steady state; wrong
// words; a microcode image in and out. usage: rtl_engine_NAME [JOBS_OF_A_KIND]
#include HEADER

#include <algorithm>
#include <array>
#include <cstring>
#include <deque>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "jobs.h"
#include "snapcard_abi.h"
#include "tb.h"

namespace
{

using jobs::Job;

constexpr unsigned Tags = 32;
enum Status : uint8_t { Ok, Input, Fault };

tb::Random random_source(tb::seed());

uint64_t value_of(uint32_t code, uint64_t cookie)
{
    return (uint64_t(~code) << 32 | code) ^ cookie;
}

bool has_result(const Job &job)
{
    return job.opcode == SNAP_OP_ECDSA_SECP256K1_RECOVER || job.opcode == SNAP_OP_PEDERSEN_COMMIT ||
           job.opcode == SNAP_OP_MSM;
}

class Engine
{
  public:
    Engine()
    {
        bench_->in_valid_i = bench_->out_ready_i = 0;
        bench_.reset();
    }

    bool eager = true; /* no pauses at the ports */
    unsigned done = 0, overtakers = 0;
    uint64_t cycles = 0, job_cycles = 0; /* job_cycles: the engine's own counts, added up */

    /* `wrong_word` of the payload is marked as wrong. */
    void submit(const Job &job, Status status = Ok, int wrong_word = -1)
    {
        waiting_.push_back(
            {job, status, wrong_word, random_source.next(), waiting_.size() + begun_, 0});
    }

    void run()
    {
        while (!waiting_.empty() || outstanding_ != 0 || !words_.empty())
            cycle();
    }
    void run_until(unsigned count)
    {
        while (done < count)
            cycle();
    }
    bool has_image()
    {
        return bench_->image_size_o != 0;
    }
    uint32_t checksum()
    {
        return bench_->image_checksum_o;
    }

  private:
    struct Running {
        Job job;
        Status status;
        int wrong_word;
        uint64_t cookie;
        uint64_t number;
        uint64_t begun; /* cycle */
    };
    struct Word {
        std::array<uint32_t, 4> data;
        bool last, wrong;
    };

    void cycle()
    {
        if (words_.empty() && !waiting_.empty())
            begin();
        if (!bench_->in_valid_i || taken_) {
            taken_ = false;
            bench_->in_valid_i = !words_.empty() && (eager || random_source.chance(10));
            if (bench_->in_valid_i) {
                const Word &word = words_.front();
                std::copy(word.data.begin(), word.data.end(), bench_->in_data_i.data());
                bench_->in_last_i = word.last;
                bench_->in_error_i = word.wrong;
            }
        }
        bench_->out_ready_i = eager || random_source.chance(2);
        bench_.settle();
        if (bench_->in_valid_i && bench_->in_ready_o) {
            words_.pop_front();
            taken_ = true;
        }
        if (bench_->out_valid_o && bench_->out_ready_i)
            answer();
        bench_.tick();
        cycles++;
        quiet_++;
        if (quiet_ >= 3000000)
            std::printf("# %u answers, %u jobs in the engine, %zu words left\n", done, outstanding_,
                        words_.size());
        TB_CHECK(quiet_ < 3000000); /* above the watchdog's 2^20 */
    }

    /* The next job gets the next free tag, if there is one. */
    void begin()
    {
        unsigned tag = 0;
        while (tag < Tags && used_[tag])
            tag++;
        if (tag == Tags)
            return;
        Running &job = running_[tag] = waiting_.front();
        waiting_.pop_front();
        begun_++;
        used_[tag] = true;
        outstanding_++;
        job.begun = cycles;
        const std::vector<uint8_t> &payload = job.job.payload;
        size_t count = (payload.size() + 15) / 16;
        words_.push_back(
            {{uint32_t(tag << 16 | unsigned(job.job.flags) << 8 | job.job.opcode),
              uint32_t(payload.size()), uint32_t(job.cookie), uint32_t(job.cookie >> 32)},
             false,
             false});
        for (size_t i = 0; i < count; i++) {
            Word word = {{}, i + 1 == count, int(i) == job.wrong_word};
            std::memcpy(word.data.data(), payload.data() + 16 * i,
                        std::min<size_t>(16, payload.size() - 16 * i));
            words_.push_back(word);
        }
    }

    void answer()
    {
        unsigned tag = bench_->out_tag_o;
        TB_CHECK(used_[tag]);
        const Running &job = running_[tag];
        used_[tag] = false;
        outstanding_--;
        for (unsigned other = 0; other < Tags; other++)
            if (used_[other] && running_[other].number < job.number) {
                overtakers++;
                break;
            }
        if (bench_->out_status_o != job.status)
            std::printf("# opcode %02x: status %u cause %u after %u cycles\n", job.job.opcode,
                        bench_->out_status_o, bench_->out_cause_o, bench_->out_cycles_o);
        TB_CHECK(bench_->out_status_o == job.status);
        bool good = job.status == Ok && job.job.valid;
        uint32_t code = job.job.valid ? SNAP_VERDICT_VALID : SNAP_VERDICT_INVALID;
        TB_CHECK(bench_->out_value_o == (job.status == Ok ? value_of(code, job.cookie) : 0));
        TB_CHECK(bench_->out_has_result_o == (good && has_result(job.job)));
        if (bench_->out_has_result_o)
            TB_CHECK(std::memcmp(job.job.result.data(), bench_->out_result_o.data(),
                                 SNAP_RESULT_BYTES) == 0);
        TB_CHECK(bench_->out_cycles_o <= cycles - job.begun);
        job_cycles += bench_->out_cycles_o;
        done++;
        quiet_ = 0;
    }

    tb::Bench<V> bench_;
    std::deque<Running> waiting_;
    std::array<Running, Tags> running_;
    std::array<bool, Tags> used_{};
    std::deque<Word> words_;
    uint64_t quiet_ = 0, begun_ = 0;
    unsigned outstanding_ = 0;
    bool taken_ = false;
};

/* Jobs of one kind, half of the ECDSA ones with a bit flipped; every 8th with a word marked wrong.
 */
void kind(Engine &engine, const std::string &operation, unsigned count)
{
    unsigned valid = 0, invalid = 0;
    std::vector<Job> made = jobs::make(operation, count, tb::seed());
    for (unsigned i = 0; i < count; i++) {
        Job job = made[i];
        if (job.opcode == SNAP_OP_ECDSA_SECP256K1_VERIFY && i % 2 == 1)
            job = jobs::flipped(job, random_source);
        (job.valid ? valid : invalid)++;
        if (i % 8 == 7)
            engine.submit(job, Input, int(random_source.below(uint32_t(job.payload.size() / 16))));
        else
            engine.submit(job);
    }
    engine.run();
    std::printf("# %s: %u valid, %u not, one in 8 of them with a wrong word\n", operation.c_str(),
                valid, invalid);
}

void every_kind(unsigned count)
{
    Engine engine;
    for (const std::string &operation : jobs::operations()) {
        engine.eager = !engine.eager;
        kind(engine, operation, operation == "msm_term" ? std::max(2u, count / 16) : count);
    }
    tb::pass("answers to jobs of every kind, with pauses and without");
}

/* All kinds at the same time: jobs of hundreds of cycles overtake those of ten thousands. */
void mixed(unsigned count)
{
    Engine engine;
    std::vector<Job> all;
    for (const std::string &operation : jobs::operations())
        for (const Job &job :
             jobs::make(operation, operation == "msm_term" ? 2 : count, tb::seed() + 1))
            all.push_back(job);
    for (size_t i = all.size() - 1; i > 0; i--)
        std::swap(all[i], all[random_source.below(uint32_t(i + 1))]);
    for (const Job &job : all)
        engine.submit(job);
    engine.run();
    TB_CHECK(engine.overtakers > 0);
    tb::pass("answers to a mixture, out of order");
}

/* Cycles a job in steady state, against the aim of each operation. */
void steady(const std::string &operation)
{
    static const std::map<std::string, double> aims = {
        {"ecdsa_verify", 1850},  {"ecdsa_verify_compressed", 2150},
        {"ecdsa_recover", 2150}, {"bip340_verify", 2150},
        {"sm2_verify", 3050},    {"pedersen_commit", 700},
        {"msm_term", 64 * 1000}};
    constexpr unsigned Warm = 3 * Tags, Count = 3 * Tags;
    Engine engine;
    for (const Job &job : jobs::make(operation, Warm + Count + Tags, tb::seed()))
        engine.submit(job);
    engine.run_until(Warm);
    uint64_t before = engine.cycles;
    engine.run_until(Warm + Count);
    double cycles = double(engine.cycles - before) / Count;
    std::printf("# %s: %.0f cycles a job over %u jobs\n", operation.c_str(), cycles, Count);
    TB_CHECK(cycles < aims.at(operation));
    engine.run();
    tb::pass("cycles a job in steady state");
}

std::vector<uint8_t> file(const char *name)
{
    std::ifstream in(name, std::ios::binary);
    std::vector<uint8_t> bytes((std::istreambuf_iterator<char>(in)),
                               std::istreambuf_iterator<char>());
    TB_CHECK(!bytes.empty());
    return bytes;
}

/* The image that is in the engine already, damaged, then whole: between the two every job is a
 * fault, behind them everything is as before. */
void reload(bool with_groups)
{
    Engine engine;
    Job load;
    load.opcode = SNAP_OP_MICROCODE_LOAD;
    load.payload = file("build/engine/image.bin");
    TB_CHECK(engine.has_image());
    uint32_t checksum = engine.checksum();
    std::vector<Job> good = jobs::make("ecdsa_verify", 4, tb::seed());
    auto round = [&](Status status) {
        for (const Job &job : good)
            engine.submit(job, status);
        if (with_groups)
            engine.submit(jobs::make("msm_term", 1, tb::seed())[0], status);
    };
    round(Ok);
    Job damaged = load;
    damaged.valid = false;
    damaged.payload[damaged.payload.size() / 2] ^= 4;
    engine.submit(damaged); /* waits for those before it */
    round(Fault);
    engine.run();
    TB_CHECK(!engine.has_image() && engine.checksum() == 0);
    engine.submit(load);
    round(Ok);
    engine.run();
    TB_CHECK(engine.has_image() && engine.checksum() == checksum);
    tb::pass("a damaged image is refused and jobs are faults until a good one is loaded");
}

} // namespace

int main(int count, char **arguments)
{
    unsigned of_a_kind = count > 1 ? unsigned(std::strtoul(arguments[1], nullptr, 0)) : 32;
    if (count > 2) { /* only these */
        for (int i = 2; i < count; i++) {
            for (bool eager : {true, false}) {
                Engine engine;
                engine.eager = eager;
                kind(engine, arguments[i], of_a_kind);
            }
            steady(arguments[i]);
        }
        reload(false);
        return 0;
    }
    every_kind(of_a_kind);
    mixed(of_a_kind / 4);
    steady("ecdsa_verify");
    reload(true);
    return 0;
}
