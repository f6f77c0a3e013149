// SPDX-License-Identifier: Apache-2.0
// A card with one or two (POINTS) point engines at its TLP port: jobs of every kind, inline and by
// address, next to hash jobs; reads that fail in mid-payload; microcode that is refused, resets
// that do not help, microcode that is good.
#include HEADER
#include "driver.h"
#include "engine/jobs.h"

#include <fstream>
#include <iterator>

using namespace driver;
using Card = host::Host<V>;
using Pair = Queue<V>;

namespace
{

constexpr unsigned Threads = 8;          /* of an engine */
constexpr unsigned TimeoutCycles = 3000; /* as the device was built */
constexpr uint64_t DataAt = 2u << 20, FaultsAt = 6u << 20;

class Bench
{
  public:
    Bench() : card(3, 4, 1), queue(card, 0, card.high())
    {
        card.faults[(card.high() + FaultsAt) >> 12] = host::Fault::Ca;
        card.power_on();
        queue.start(5, true, 7);
    }

    /* By address if it does not fit the slot, or now and then. */
    void submit(jobs::Job made, uint8_t status = SNAP_STATUS_OK)
    {
        Job job;
        job.header.opcode = made.opcode;
        job.header.flags = made.flags & ~SNAP_FLAG_INDIRECT;
        job.header.length = uint32_t(made.payload.size());
        job.header.cookie = card.random.next();
        job.payload = made.payload;
        job.status = status;
        job.verdict = made.infinity ? SNAP_VERDICT_INFINITY
                      : made.valid  ? SNAP_VERDICT_VALID
                                    : SNAP_VERDICT_INVALID;
        if (made.valid)
            job.point = made.result;
        if (job.payload.size() > queue.room() || card.random.chance(30))
            place(job, card.high() + DataAt + next_);
        submit(job);
    }
    /* The same with its last bytes in a page that cannot be read. */
    void submit_unreadable(const jobs::Job &made)
    {
        Job job;
        job.header.opcode = made.opcode;
        job.header.flags = made.flags;
        job.header.length = uint32_t(made.payload.size());
        job.header.cookie = card.random.next();
        job.payload = made.payload;
        job.verdict = SNAP_VERDICT_VALID;
        job.status = SNAP_STATUS_DATA_CA;
        place(job, card.high() + FaultsAt - (made.payload.size() - 1) / 64 * 64);
        submit(job);
    }
    void submit(const Job &job)
    {
        card.until([&] { return queue.poll(), queue.free_slots() > 0; }, 1000000);
        queue.submit(job);
        queue.doorbell();
    }
    void wait()
    {
        queue.wait_all(2000000);
    }
    uint32_t image_words()
    {
        return card.read(SNAP_REG_MICROCODE) >> 16;
    }

    Card card;
    Pair queue;

  private:
    void place(Job &job, uint64_t address)
    {
        job.header.flags |= SNAP_FLAG_INDIRECT;
        job.header.address = address;
        uint64_t bytes = (job.payload.size() + 63) / 64 * 64;
        std::copy(job.payload.begin(), job.payload.end(), card.at(address, bytes));
        next_ = (next_ + bytes) % (2u << 20);
    }

    uint64_t next_ = 0;
};

void identity(Bench &bench, const Bytes &image)
{
    TB_CHECK(bench.card.read(SNAP_REG_ENGINES) == (POINTS << 16 | 0u << 8 | 1u));
    /* Verification, recovery, commitments and sums; microcode can be sent to an only engine. */
    TB_CHECK(bench.card.read(SNAP_REG_OPCODES + 4) == (0x7Fu | (POINTS == 1 ? 1u << 15 : 0)));
    uint32_t checksum, words = image[6] | uint32_t(image[7]) << 8;
    std::memcpy(&checksum, image.data() + image.size() - 32, 4);
    TB_CHECK(bench.card.read(SNAP_REG_MICROCODE) ==
             (words << 16 | image[4] | uint32_t(image[5]) << 8));
    TB_CHECK(bench.card.read(SNAP_REG_MICROCODE_CHECKSUM) == checksum);
}

void answers(Bench &bench)
{
    std::vector<jobs::Job> mixture;
    for (const char *operation : {"ecdsa_verify", "ecdsa_verify_compressed", "ecdsa_recover",
                                  "bip340_verify", "sm2_verify", "pedersen_commit"})
        for (const jobs::Job &job : jobs::make(operation, 4, tb::seed()))
            mixture.push_back(job);
    for (unsigned i = 0; i < 4; i++)
        mixture.push_back(jobs::flipped(mixture[i], bench.card.random));
    for (const jobs::Job &job : jobs::make_sums(16, 9, tb::seed()))
        mixture.push_back(job);
    mixture.push_back(jobs::make("msm_term", 1, tb::seed())[0]);
    for (const jobs::Job &job : mixture) {
        bench.submit(job);
        Job hash;
        hash.header.opcode = SNAP_OP_SHA256;
        hash.payload.assign(bench.card.random.below(300), uint8_t(bench.card.random.next()));
        hash.header.length = uint32_t(hash.payload.size());
        hash.header.cookie = bench.card.random.next();
        bench.submit(hash);
        if (bench.card.random.chance(20))
            bench.submit_unreadable(job);
    }
    bench.submit_unreadable(mixture.back());
    bench.wait();
    TB_CHECK(bench.queue.statuses[SNAP_STATUS_DATA_CA] > 1);
    TB_CHECK(bench.card.read(SNAP_REG_ERR_ENGINE) == 0);
    tb::pass("point jobs of every kind among hash jobs, payloads that cannot be read");
}

/* As many jobs as all engines have threads take little longer than one of them alone. */
void all_engines_work(Bench &bench)
{
    auto cycles = [&](unsigned count) {
        uint64_t begin = bench.card.cycles();
        for (const jobs::Job &job : jobs::make("ecdsa_verify", count, tb::seed()))
            bench.submit(job);
        bench.wait();
        return bench.card.cycles() - begin;
    };
    uint64_t one = cycles(1), all = cycles(POINTS * Threads);
    std::printf("# a job alone %llu cycles, one a thread %llu\n", (unsigned long long)one,
                (unsigned long long)all);
    TB_CHECK(all < one + one / 2);
    tb::pass("jobs reach all threads of all engines");
}

void microcode(Bench &bench, const Bytes &image)
{
    jobs::Job load, job = jobs::make("ecdsa_verify", 1, tb::seed())[0];
    load.opcode = SNAP_OP_MICROCODE_LOAD;
    load.payload = image;
    jobs::Job damaged = load;
    damaged.payload[image.size() / 2] ^= 1;
    damaged.valid = false;
    uint32_t words = bench.image_words();
    bench.submit(job);
    bench.submit(damaged);
    for (unsigned i = 0; i < 3; i++)
        bench.submit(job, SNAP_STATUS_ENGINE_FAULT);
    bench.wait();
    TB_CHECK(bench.image_words() == 0 && bench.card.read(SNAP_REG_MICROCODE_CHECKSUM) == 0);

    bench.card.write(SNAP_REG_CONTROL, 1);
    bench.card.until([&] { return (bench.card.read(SNAP_REG_STATUS) & 1) == 0; },
                     10 * TimeoutCycles);
    bench.queue.start(5, true, 8);
    bench.submit(job, SNAP_STATUS_ENGINE_FAULT);
    bench.wait();
    TB_CHECK(bench.image_words() == 0);
    TB_CHECK(bench.card.read(SNAP_REG_ERR_ENGINE) == 4);
    TB_CHECK(bench.card.read(SNAP_REG_ERR_ENGINE_CAUSE) == 4u << 8);

    bench.submit(load);
    bench.submit(job);
    bench.wait();
    TB_CHECK(bench.image_words() == words);
    identity(bench, image);
    tb::pass("microcode: refused, missing through a reset, loaded");
}

} // namespace

int main()
{
    std::ifstream in("build/engine/image.bin", std::ios::binary);
    Bytes image((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    TB_CHECK(image.size() > 1104);
    Bench bench;
    identity(bench, image);
    tb::pass("identity of a card with a point engine");
    answers(bench);
    all_engines_work(bench);
    if (POINTS == 1)
        microcode(bench, image);
    return 0;
}
