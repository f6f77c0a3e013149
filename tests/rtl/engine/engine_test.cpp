// SPDX-License-Identifier: Apache-2.0
// The point engine as a whole, with the image that ships: answers to jobs of every kind against
// those of libsecp256k1 and OpenSSL, with pauses and without; cycles a job in steady state; wrong
// words; a microcode image in and out.
// usage: rtl_engine_NAME [JOBS_OF_A_KIND [TEST...]], or --replay JOBS (0: all) FILE...; TEST is
// kinds, mixed, sums, chunks, messages, reload, or an operation whose cycles a job are to be
// measured.
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

#include <openssl/sha.h>

#include "jobs.h"
#include "snap_isa.h"
#include "snapcard_abi.h"
#include "tb.h"
#include "tests/unit/engine_rig.h"

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
        bool good = job.status == Ok && job.job.valid && !job.job.infinity;
        uint32_t code = job.job.infinity ? SNAP_VERDICT_INFINITY
                        : job.job.valid  ? SNAP_VERDICT_VALID
                                         : SNAP_VERDICT_INVALID;
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

/* Many jobs of many terms at a time, more than there are records of them, next to jobs of other
 * kinds; with one word in 8 jobs marked wrong. */
void sums(unsigned count)
{
    for (bool eager : {true, false}) {
        Engine engine;
        engine.eager = eager;
        std::vector<Job> others = jobs::make("pedersen_commit", count, tb::seed());
        std::vector<Job> made = jobs::make_sums(count, 20, tb::seed() + eager);
        std::vector<Job> large = jobs::make_sums(4, SNAP_POINT_TERMS_MAX, tb::seed() + 2);
        made.insert(made.end(), large.begin(), large.end());
        unsigned infinity = 0, valid = 0, invalid = 0;
        for (unsigned i = 0; i < made.size(); i++) {
            const Job &job = made[i];
            (job.infinity ? infinity : job.valid ? valid : invalid)++;
            if (i % 8 == 7)
                engine.submit(job, Input,
                              int(random_source.below(uint32_t(job.payload.size() / 16))));
            else
                engine.submit(job);
            engine.submit(others[i % others.size()]);
        }
        engine.run();
        std::printf("# sums: %u valid, %u not, %u infinity\n", valid, invalid, infinity);
        TB_CHECK(valid > 0 && invalid > 0 && infinity > 0);
    }
    tb::pass("sums of many terms, many at a time and malformed ones among them");
}

/* Cycles a job in steady state, against what each operation must keep to. */
void steady(const std::string &operation)
{
    /* Jobs end in bursts, so that a window of few is coarse: figures are the bench's. */
    static const std::map<std::string, double> limits = {
        {"ecdsa_verify", 2100},  {"ecdsa_verify_compressed", 2400},
        {"ecdsa_recover", 2400}, {"bip340_verify", 2400},
        {"sm2_verify", 3300},    {"pedersen_commit", 700},
        {"msm_term", 64 * 1000}};
    /* Jobs of 64 terms run and end two by two, which counts for less the more there are. */
    const bool many = operation == "msm_term";
    const unsigned warm = many ? 6 : 3 * Tags, measured = many ? 32 : 8 * Tags;
    const unsigned behind = many ? 6 : Tags;
    Engine engine;
    for (const Job &job : jobs::make(operation, warm + measured + behind, tb::seed()))
        engine.submit(job);
    engine.run_until(warm);
    uint64_t before = engine.cycles;
    engine.run_until(warm + measured);
    double cycles = double(engine.cycles - before) / measured;
    std::printf("# %s: %.0f cycles a job over %u jobs\n", operation.c_str(), cycles, measured);
    TB_CHECK(cycles < limits.at(operation));
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
void reload()
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

/* The image with an illegal word in sum_zero, where only a chunk's fourth term leads. */
std::vector<uint8_t> image_without_fourth_term()
{
    constexpr size_t Entries = 16, Words = Entries + 2 * 16 + 32 * ISA_IMAGE_CONSTANTS;
    constexpr uint64_t Present3 = 11;
    std::vector<uint8_t> image = file("build/engine/image.bin");
    const size_t end = image.size() - SHA256_DIGEST_LENGTH;
    uint16_t entry;
    std::memcpy(&entry, &image[Entries + 2 * ISA_PROGRAM_SUM_ZERO], sizeof entry);
    uint64_t word = 0;
    size_t at = Words + size_t(8) * entry;
    for (; (word >> ISA_CTL_LSB & 15) != ISA_CTL_BRANCH_UNLESS ||
           (word >> ISA_ARG_LSB & 15) != Present3;
         at += 8) {
        TB_CHECK(at + 8 <= end);
        std::memcpy(&word, &image[at], sizeof word);
    }
    image[at + 7] |= 0x80; /* a reserved bit of the word behind the branch */
    SHA256(image.data(), end, &image[end]);
    return image;
}

/* Chunks end as faults while others of their job, of other jobs, go on: the job that has such a
 * chunk is a fault and no other is; afterwards all threads and records are free again. */
void faulty_chunks()
{
    Engine engine;
    Job load;
    load.opcode = SNAP_OP_MICROCODE_LOAD;
    load.payload = image_without_fourth_term();
    engine.submit(load);
    std::vector<Job> others = jobs::make("ecdsa_verify", 4, tb::seed());
    others.push_back(jobs::make("msm_term", 1, tb::seed())[0]);
    unsigned faults = 0, answers = 0;
    for (const Job &job : jobs::make_sums(64, 14, tb::seed() + 3)) {
        bool faulty = job.opcode == SNAP_OP_PEDERSEN_SUM_ZERO && job.payload.size() >= 4 * 96;
        /* A chunk may be found malformed before its fourth term: then it has no fault. */
        if (job.spoiled && faulty)
            continue;
        (faulty ? faults : answers)++;
        engine.submit(job, faulty ? Fault : Ok);
    }
    for (const Job &job : others)
        engine.submit(job);
    engine.run();
    TB_CHECK(faults >= 10 && answers >= 10);
    load.payload = file("build/engine/image.bin");
    engine.submit(load);
    for (const Job &job : jobs::make_sums(40, 14, tb::seed() + 4))
        engine.submit(job);
    engine.run();
    tb::pass("a chunk's fault is its job's, and nobody else's");
}

uint8_t opcode_of(unsigned program)
{
    static const std::map<unsigned, uint8_t> opcodes = {
        {ISA_PROGRAM_ECDSA_VERIFY, SNAP_OP_ECDSA_SECP256K1_VERIFY},
        {ISA_PROGRAM_ECDSA_RECOVER, SNAP_OP_ECDSA_SECP256K1_RECOVER},
        {ISA_PROGRAM_SM2_VERIFY, SNAP_OP_SM2_VERIFY},
        {ISA_PROGRAM_PEDERSEN_COMMIT, SNAP_OP_PEDERSEN_COMMIT},
        {ISA_PROGRAM_SUM_ZERO, SNAP_OP_PEDERSEN_SUM_ZERO},
        {ISA_PROGRAM_MSM, SNAP_OP_MSM}};
    return opcodes.at(program);
}

/* What the model's tests recorded (tests/unit/engine_rig.h). BIP 340's program gets its challenge
 * from the card's own hash, so that no job can be made of its records. */
void read_records(const char *name, std::vector<Job> &all)
{
    const std::vector<uint8_t> bytes = file(name);
    for (size_t at = 0; at < bytes.size();) {
        rig_record record;
        TB_CHECK(bytes.size() - at >= sizeof record);
        std::memcpy(&record, &bytes[at], sizeof record);
        at += sizeof record;
        TB_CHECK(bytes.size() - at >= record.payload_bytes);
        Job job;
        job.payload.assign(&bytes[at], &bytes[at] + record.payload_bytes);
        at += record.payload_bytes;
        job.opcode = opcode_of(record.program);
        job.flags = uint8_t((record.compressed ? SNAP_FLAG_COMPRESSED : 0) |
                            (record.low_s ? SNAP_FLAG_LOW_S : 0));
        job.valid = record.code != SNAP_MODEL_INVALID;
        job.infinity = record.code == SNAP_MODEL_INFINITY;
        if (record.code == SNAP_MODEL_RESULT)
            job.result.assign(record.result, record.result + sizeof record.result);
        all.push_back(job);
    }
}

/* Messages that the engine hashes itself, and what only they can bring: BIP 340's vectors and
 * edges. */
void messages(unsigned count)
{
    std::vector<Job> all = jobs::make_messages(count, tb::seed());
    const size_t good = all.size();
    const std::vector<Job> vectors = jobs::bip340_vectors();
    TB_CHECK(vectors.size() == 19);
    all.insert(all.end(), vectors.begin(), vectors.end());
    for (const Job &job : jobs::bip340_crafted(count, tb::seed()))
        all.push_back(job);
    for (size_t i = 0; i < good; i++) { /* a bit of the last byte: the message's, or the key's */
        Job job = all[i];
        if (job.opcode == SNAP_OP_ECDSA_SECP256K1_RECOVER)
            continue; /* gives another key */
        job.payload.back() ^= uint8_t(1u << random_source.below(8));
        job.valid = false;
        all.push_back(job);
    }
    for (bool eager : {true, false}) {
        Engine engine;
        engine.eager = eager;
        for (const Job &job : all) {
            engine.submit(job);
            engine.submit(all[random_source.below(uint32_t(good))]);
        }
        engine.run();
    }
    std::printf("# %zu jobs, %zu of them good messages\n", all.size(), good);
    tb::pass("messages of any length, BIP 340's vectors and edges");
}

/* `most` jobs of those that the model's tests made, or all of them (0), in any order, each next to
 * a good one: whatever an input is, it gets its own answer and changes no other's. */
void replay(unsigned most, char **names, int files)
{
    std::vector<Job> all, good;
    for (int i = 0; i < files; i++)
        read_records(names[i], all);
    for (size_t i = all.size() - 1; i > 0; i--)
        std::swap(all[i], all[random_source.below(uint32_t(i + 1))]);
    if (most != 0 && most < all.size())
        all.resize(most);
    for (const std::string &operation : jobs::operations())
        if (operation != "msm_term")
            for (const Job &job : jobs::make(operation, 8, tb::seed()))
                good.push_back(job);
    constexpr size_t Part = 1024; /* between two signs of life */
    Engine engine;
    std::map<std::string, unsigned> verdicts;
    for (size_t i = 0; i < all.size(); i++) {
        engine.submit(all[i]);
        engine.submit(good[random_source.below(uint32_t(good.size()))]);
        verdicts[all[i].infinity ? "infinity" : all[i].valid ? "valid" : "invalid"]++;
        if (i % Part == Part - 1 || i + 1 == all.size()) {
            engine.run();
            std::printf("# %zu of %zu answered as by the model\n", i + 1, all.size());
            std::fflush(stdout);
        }
    }
    for (const auto &[verdict, number] : verdicts)
        std::printf("# %u %s\n", number, verdict.c_str());
    TB_CHECK(verdicts.size() == 3);
    tb::pass("the jobs of the model's tests, each next to a good one");
}

} // namespace

int main(int count, char **arguments)
{
    if (count > 3 && std::string(arguments[1]) == "--replay") {
        replay(unsigned(std::strtoul(arguments[2], nullptr, 0)), arguments + 3, count - 3);
        return 0;
    }
    unsigned of_a_kind = count > 1 ? unsigned(std::strtoul(arguments[1], nullptr, 0)) : 32;
    std::vector<std::string> names(arguments + std::min(count, 2), arguments + count);
    if (names.empty())
        names = {"kinds", "mixed", "sums", "chunks", "messages", "reload"};
    for (const std::string &name : names)
        if (name == "kinds")
            every_kind(of_a_kind);
        else if (name == "mixed")
            mixed(of_a_kind);
        else if (name == "sums")
            sums(of_a_kind);
        else if (name == "chunks")
            faulty_chunks();
        else if (name == "messages")
            messages(of_a_kind);
        else if (name == "reload")
            reload();
        else
            steady(name);
    return 0;
}
