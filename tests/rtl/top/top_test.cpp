// SPDX-License-Identifier: Apache-2.0
// The whole card at its TLP port: every opcode, error and reset, against a reference for every job.
#include HEADER
#include "driver.h"

#include <string>

using namespace driver;
using Card = host::Host<V>;
using Pair = Queue<V>;
using host::Fault;

namespace
{

constexpr unsigned Queues = 4;
constexpr unsigned TimeoutCycles = 3000; /* as the device was built */
constexpr uint64_t DataAt = 4u << 20;    /* payloads by address, in either memory */

/* Where reads fail, one page a kind, the status they lead to, in either memory. */
constexpr std::array<std::pair<Fault, uint8_t>, 5> FaultPages = {{
    {Fault::Ur, SNAP_STATUS_DATA_UR},
    {Fault::Ca, SNAP_STATUS_DATA_CA},
    {Fault::Poison, SNAP_STATUS_DATA_POISON},
    {Fault::Timeout, SNAP_STATUS_DATA_TIMEOUT},
    {Fault::Malformed, SNAP_STATUS_DATA_MALFORMED},
}};
constexpr uint64_t FaultsAt = 7u << 20; /* page 2k + 1 behind it has the fault k, page 2k none */

struct Clocks {
    unsigned pcie_half, engine_half, engine_phase;
};

struct Bench {
    explicit Bench(Clocks clocks = {3, 7, 1})
        : card(clocks.pcie_half, clocks.engine_half, clocks.engine_phase)
    {
        for (unsigned q = 0; q < Queues; q++)
            queues.emplace_back(card, q,
                                (q % 2 ? card.low() : card.high()) + (q / 2) * Pair::Bytes_);
        for (uint64_t base : {card.low(), card.high()})
            for (size_t k = 0; k < FaultPages.size(); k++)
                card.faults[((base + FaultsAt) >> 12) + 2 * k + 1] = FaultPages[k].first;
        card.power_on();
        unmask_vectors();
    }
    void unmask_vectors()
    {
        for (unsigned v = 0; v < Queues; v++) {
            uint32_t entry = SNAP_MSIX_TABLE_OFFSET + 16 * v;
            card.write(entry, uint32_t(host::MsiAddress));
            card.write(entry + 4, 0);
            card.write(entry + 8, v);
            card.write(entry + 12, 0);
        }
    }
    void poll()
    {
        for (Pair &queue : queues)
            queue.poll();
    }
    size_t outstanding() const
    {
        size_t count = 0;
        for (const Pair &queue : queues)
            count += queue.outstanding();
        return count;
    }
    void wait_all(uint64_t cycles = 600000)
    {
        card.until(
            [&] {
                poll();
                return outstanding() == 0;
            },
            cycles);
    }
    /* Nothing moves and nothing will: the card says so, and register writes have arrived. */
    void wait_idle()
    {
        card.until([&] { return !card.busy() && !card.requests_waiting(); }, 100000);
    }

    Card card;
    std::deque<Pair> queues;
};

/* ---------------------------------------------------------------- jobs */
Bytes random_bytes(tb::Random &random, size_t length)
{
    Bytes bytes(length);
    for (uint8_t &byte : bytes)
        byte = uint8_t(random.next());
    return bytes;
}

Job make(tb::Random &random, uint8_t opcode, uint8_t flags, size_t length)
{
    Job job;
    job.header.opcode = opcode;
    job.header.flags = flags;
    job.header.length = uint32_t(length);
    job.header.cookie = random.next();
    if (length <= SNAP_MESSAGE_BYTES_MAX)
        job.payload = random_bytes(random, length);
    return job;
}

/* Places the payload at a random address behind DataAt. Jobs in flight must not share addresses, so
 * the places go round through 2 MiB, far more than can be in flight. */
void place(Card &card, Job &job)
{
    static uint64_t next = 0;
    uint64_t bytes = (job.payload.size() + 63) / 64 * 64;
    if (next + bytes > (2u << 20))
        next = 0;
    job.header.address = (card.random.chance(50) ? card.low() : card.high()) + DataAt + next;
    job.header.flags |= SNAP_FLAG_INDIRECT;
    std::copy(job.payload.begin(), job.payload.end(), card.at(job.header.address, bytes));
    next += bytes + 64 * card.random.below(9);
}

constexpr uint8_t Hashes[] = {SNAP_OP_SHA256, SNAP_OP_SM3};
constexpr uint8_t Merkles[] = {SNAP_OP_MERKLE_SHA256, SNAP_OP_MERKLE_SHA256D, SNAP_OP_MERKLE_SM3};

Job good_job(Card &card, unsigned room)
{
    tb::Random &random = card.random;
    Job job;
    switch (random.below(6)) {
    case 0:
        return make(random, SNAP_OP_NOOP, 0, random.below(room + 1));
    case 1:
        return make(random, SNAP_OP_NOOP, SNAP_FLAG_ECHO, 1 + random.below(room));
    case 2:
        return make(random, Hashes[random.below(2)], 0, random.below(room + 1));
    case 3:
        return make(random, Merkles[random.below(3)], 0, 32 * (1 + random.below(room / 32)));
    case 4:
        job = make(random, Hashes[random.below(2)], 0, 1 + random.below(1500));
        break;
    default:
        job = make(random, Merkles[random.below(3)], 0, 32 * (1 + random.below(20)));
    }
    place(card, job);
    return job;
}

Job bad_header(Card &card, unsigned room)
{
    tb::Random &random = card.random;
    constexpr uint8_t unknown[] = {0x00, 0x02, 0x0F, 0x12, 0x17, 0x1B, 0x20, 0x80, 0xFF};
    Job job;
    switch (random.below(4)) {
    case 0:
        job = make(random, unknown[random.below(sizeof unknown)], uint8_t(random.next()),
                   random.below(room));
        job.header.reserved0 = uint16_t(random.next());
        job.status = SNAP_STATUS_BAD_OPCODE;
        return job;
    case 1:
        job = good_job(card, room);
        switch (random.below(5)) {
        case 0:
            job.header.flags |= uint8_t(4u << random.below(6));
            break;
        case 1:
            job.header.flags |=
                job.header.opcode == SNAP_OP_NOOP ? SNAP_FLAG_INDIRECT : SNAP_FLAG_ECHO;
            break;
        case 2:
            job.header.reserved0 = uint16_t(1u << random.below(16));
            break;
        case 3:
            job.header.reserved1 = 1ull << random.below(64);
            break;
        default:
            job = make(random, SNAP_OP_SHA256, 0, 5);
            job.header.address = 1ull << random.below(64);
        }
        job.status = SNAP_STATUS_BAD_FLAGS;
        return job;
    case 2:
        job = make(random, Hashes[random.below(2)], 0, 64);
        switch (random.below(5)) {
        case 0:
            job.header.length = room + 1 + random.below(1000);
            break;
        case 1:
            place(card, job);
            job.header.length =
                random.chance(50) ? 0 : SNAP_MESSAGE_BYTES_MAX + 1 + random.below(1000);
            break;
        case 2:
            job.header.opcode = Merkles[random.below(3)];
            job.header.length = random.chance(50) ? 0 : 32 * random.below(6) + 1 + random.below(31);
            break;
        case 3:
            job = make(random, SNAP_OP_NOOP, SNAP_FLAG_ECHO, 0);
            break;
        default:
            job.header.length = 0x80000000u >> random.below(10);
        }
        job.status = SNAP_STATUS_BAD_LENGTH;
        return job;
    default:
        job = make(random, Hashes[random.below(2)], SNAP_FLAG_INDIRECT, 65);
        job.header.address =
            random.chance(50) ? card.low() + DataAt + 1 + random.below(63) : ~0ull - 63;
        job.status = SNAP_STATUS_BAD_ADDRESS;
        return job;
    }
}

/* A message that ends in (or lies in) a page whose reads fail. */
Job bad_data(Card &card, unsigned kind)
{
    Job job = make(card.random, card.random.chance(50) ? SNAP_OP_SHA256 : SNAP_OP_MERKLE_SM3,
                   SNAP_FLAG_INDIRECT, 32 * (20 + card.random.below(60)));
    uint64_t page = (card.random.chance(50) ? card.low() : card.high()) + FaultsAt + 8192 * kind;
    job.header.address = page + 4096 - 64 * card.random.below(10);
    job.status = FaultPages[kind].second;
    return job;
}

Job any_job(Card &card, unsigned room)
{
    unsigned dice = card.random.below(100);
    if (dice < 70)
        return good_job(card, room);
    if (dice < 92)
        return bad_header(card, room);
    unsigned kind = card.random.below(5);
    if (FaultPages[kind].first == Fault::Timeout && card.random.chance(80))
        kind = 0;
    return bad_data(card, kind);
}

/* ---------------------------------------------------------------- tests */
void identity()
{
    Bench bench;
    Card &card = bench.card;
    constexpr unsigned data_bytes = sizeof(V::tx_wr_data_o);
    TB_CHECK(card.read(SNAP_REG_MAGIC) == SNAP_ABI_MAGIC);
    TB_CHECK(card.read(SNAP_REG_ABI_VERSION) == (SNAP_ABI_MAJOR << 16 | SNAP_ABI_MINOR));
    TB_CHECK(card.read(SNAP_REG_LAYOUT) == (12u << 24 | data_bytes << 16 | Queues << 8 | Queues));
    TB_CHECK(card.read(SNAP_REG_ENGINES) == (1u << 8 | 2u));
    TB_CHECK(card.read(SNAP_REG_READ_TAGS) == data_bytes + 16);
    TB_CHECK(card.read(SNAP_REG_MESSAGE_BYTES_MAX) == SNAP_MESSAGE_BYTES_MAX);
    TB_CHECK(card.read(SNAP_REG_OPCODES) ==
             (1u << 1 | 1u << 16 | 1u << 17 | 1u << 24 | 1u << 25 | 1u << 26));
    for (unsigned word = 1; word < 8; word++)
        TB_CHECK(card.read(SNAP_REG_OPCODES + 4 * word) == 0);
    for (uint32_t offset :
         {0x01Cu, 0x05Cu, 0x07Cu, 0xFFCu, 0x10038u, 0x14000u, 0x1FFFCu, 0x1000u, 0x4000u})
        TB_CHECK(card.read(offset) == 0);
    uint64_t cycles = card.read(SNAP_REG_CYCLES_LO), before = card.cycles();
    TB_CHECK(card.read(SNAP_REG_CYCLES_HI) == 0);
    uint64_t later = card.read(SNAP_REG_CYCLES_LO), elapsed = card.cycles() - before;
    TB_CHECK(later > cycles && later - cycles < elapsed + 100);
    uint32_t engine = card.read(SNAP_REG_ENGINE_CYCLES_LO);
    card.run(7000);
    uint32_t engine_elapsed = card.read(SNAP_REG_ENGINE_CYCLES_LO) - engine;
    TB_CHECK(engine_elapsed > 2900 && engine_elapsed < 3300); /* 3 engine cycles in 7 */
    bench.wait_idle();
    tb::pass("identity, opcode map, cycle counters, unknown registers");
}

void first_jobs()
{
    Bench bench;
    Pair &queue = bench.queues[0];
    tb::Random &random = bench.card.random;
    queue.start(4, false, 7);
    queue.submit(make(random, SNAP_OP_NOOP, 0, 0));
    queue.doorbell();
    queue.wait_all(5000);
    queue.submit(make(random, SNAP_OP_NOOP, SNAP_FLAG_ECHO, 100));
    queue.submit(make(random, SNAP_OP_SHA256, 0, 3));
    queue.doorbell();
    queue.wait_all(5000);
    TB_CHECK(bench.card.read(SNAP_REG_JOBS) == 3);
    TB_CHECK(queue.get(SNAP_REG_QUEUE_INDEX) == (3u << 16 | 3u));
    bench.wait_idle();
    tb::pass("NOOP, ECHO and SHA-256 one after the other");
}

/* All queues, random shapes and jobs, batches, with the read size changing while nothing is in
 * flight. */
void mixture(Clocks clocks, unsigned rounds, unsigned jobs_per_round)
{
    Bench bench(clocks);
    Card &card = bench.card;
    unsigned total = 0;
    for (unsigned round = 0; round < rounds; round++) {
        card->cfg_max_read_i = uint8_t(round % 4);
        card->cfg_ext_tag_i = round % 3 != 1;
        card.link.latency_spread = round % 2 ? 400 : 60;
        for (unsigned q = 0; q < Queues; q++)
            bench.queues[q].start(1 + card.random.below(7), card.random.chance(50),
                                  uint16_t(card.random.next()));
        for (unsigned sent = 0; sent < jobs_per_round;) {
            Pair &queue = bench.queues[card.random.below(Queues)];
            unsigned batch = std::min(queue.free_slots(), 1 + card.random.below(8));
            for (unsigned i = 0; i < batch; i++)
                queue.submit(any_job(card, queue.room()));
            if (batch > 0 || card.random.chance(20))
                queue.doorbell();
            sent += batch;
            card.run(card.random.below(300));
            bench.poll();
        }
        bench.wait_all();
        total += card.read(SNAP_REG_JOBS) >= jobs_per_round;
        for (Pair &queue : bench.queues) {
            TB_CHECK(queue.state() == 1);
            queue.stop();
            queue.wait_off();
            TB_CHECK(queue.outstanding() == 0);
        }
    }
    TB_CHECK(total == rounds);
    for (uint8_t status : {SNAP_STATUS_OK, SNAP_STATUS_BAD_OPCODE, SNAP_STATUS_BAD_FLAGS,
                           SNAP_STATUS_BAD_LENGTH, SNAP_STATUS_BAD_ADDRESS, SNAP_STATUS_DATA_UR}) {
        unsigned seen = 0;
        for (const Pair &queue : bench.queues)
            seen += queue.statuses[status];
        TB_CHECK(seen > 0);
    }
    TB_CHECK(card.read(SNAP_REG_ERR_READ) > 0);
    bench.wait_idle();
}

/* Both ends of every length rule, by address and inline, and the padding's edges. */
void lengths()
{
    Bench bench({1, 1, 0});
    Card &card = bench.card;
    for (bool slot_512 : {false, true}) {
        Pair &queue = bench.queues[slot_512];
        queue.start(5, slot_512, 1);
        std::vector<Job> jobs;
        for (uint8_t opcode : Hashes) {
            for (size_t length :
                 {0u, 1u, 15u, 16u, 17u, 55u, 56u, 63u, 64u, 65u, 119u, 120u, 128u, queue.room()})
                jobs.push_back(make(card.random, opcode, 0, length));
            for (size_t length : {1u, 63u, 64u, 65u, 511u, 512u, 513u, 1024u, 4096u, 5000u})
                jobs.push_back(make(card.random, opcode, SNAP_FLAG_INDIRECT, length));
        }
        for (uint8_t opcode : Merkles)
            for (size_t leaves : {1u, 2u, 3u, 7u, 13u, 33u})
                jobs.push_back(
                    make(card.random, opcode, leaves > 7 ? SNAP_FLAG_INDIRECT : 0, 32 * leaves));
        Job last = make(card.random, SNAP_OP_SHA256, SNAP_FLAG_INDIRECT, 64);
        last.header.address = ~0ull - 63; /* ends with the address space, where nothing is mapped */
        last.status = SNAP_STATUS_DATA_UR;
        for (Job &job : jobs) {
            if (job.header.flags & SNAP_FLAG_INDIRECT)
                place(card, job);
            card.until(
                [&] {
                    queue.poll();
                    return queue.free_slots() > 0;
                },
                100000);
            queue.submit(job);
            queue.doorbell();
        }
        queue.wait_all();
        queue.submit(last);
        queue.doorbell();
        queue.wait_all();
    }
    bench.wait_idle();
    tb::pass("lengths at both ends of every rule, inline and by address");
}

/* On an engine of each kind at the same time. An engine clock as fast as the other, a host that
 * does not stall: what is left is the engines' own pace. */
void long_messages(size_t length)
{
    Bench bench({1, 1, 0});
    Card &card = bench.card;
    Pair &queue = bench.queues[0];
    queue.start(3, false, 1);
    card.link.stall_percent = 0;
    uint64_t address = card.high() + DataAt;
    for (uint8_t opcode : Hashes) {
        Job job = make(card.random, opcode, SNAP_FLAG_INDIRECT, length);
        job.header.address = address;
        std::copy(job.payload.begin(), job.payload.end(), card.at(address, length));
        address += length;
        queue.submit(job);
    }
    uint64_t before = card.cycles();
    queue.doorbell();
    queue.wait_all(4000000);
    double blocks = double(length / 64), cycles = double(card.cycles() - before);
    std::printf("# 2 times %zu bytes by address in %.0f cycles: %.1f a block of 64\n", length,
                cycles, cycles / blocks);
    TB_CHECK(cycles < 66 * blocks + 1000);
    bench.wait_idle();
    tb::pass("a long message by address on each kind of engine");
}

/* The largest ring, so far that the 16-bit indices wrap, too. */
void long_ring(unsigned jobs)
{
    Bench bench({2, 2, 1});
    Card &card = bench.card;
    Pair &queue = bench.queues[0];
    card.link.stall_percent = 0;
    queue.start(SNAP_ENTRIES_LOG2_MAX, false, 77);
    unsigned sent = 0, fullest = 0;
    while (sent < jobs) {
        /* At first and now and then a whole ring at once. */
        bool whole = sent == 0 || card.random.below(40) == 0;
        if (whole)
            queue.wait_all();
        unsigned batch = std::min({queue.free_slots(), jobs - sent,
                                   whole ? queue.entries() : 1 + card.random.below(600)});
        for (unsigned i = 0; i < batch; i++)
            queue.submit(make(card.random, SNAP_OP_NOOP, card.random.chance(1) ? SNAP_FLAG_ECHO : 0,
                              1 + card.random.below(8)));
        queue.doorbell();
        fullest = std::max(fullest, queue.entries() - queue.free_slots());
        sent += batch;
        card.run(card.random.below(6000));
        queue.poll();
    }
    queue.wait_all();
    TB_CHECK(fullest == queue.entries() && queue.state() == 1);
    TB_CHECK(queue.cq_head() == uint16_t(jobs) && card.read(SNAP_REG_JOBS) == jobs);
    TB_CHECK(queue.get(SNAP_REG_QUEUE_INDEX) == (uint32_t(uint16_t(jobs)) << 16 | uint16_t(jobs)));
    queue.stop();
    queue.wait_off();
    bench.wait_idle();
    tb::pass("the largest ring, wrapping with its indices");
}

/* The ring's own pages fail: every slot completes with the status of its fault, and the queue runs
 * on. */
void fetch_faults()
{
    Bench bench;
    Card &card = bench.card;
    for (unsigned kind = 0; kind < FaultPages.size(); kind++) {
        for (bool slot_512 : {false, true}) {
            card->cfg_max_read_i = uint8_t(card.random.below(3));
            Pair &queue = bench.queues[kind % Queues];
            queue.start(5, slot_512, uint16_t(kind));
            /* Slots from the second page of the ring on fail. */
            unsigned good = 4096 / queue.slot_bytes();
            uint64_t first = queue.slot_address(uint16_t(good)) >> 12;
            card.faults[first] = FaultPages[kind].first;
            unsigned failing = std::min(4096 / queue.slot_bytes(), queue.entries() - good);
            for (unsigned i = 0; i < queue.entries(); i++) {
                Job job = make(card.random, SNAP_OP_NOOP, 0, i);
                if (i >= good && i < good + failing)
                    job.status = uint8_t(SNAP_STATUS_FETCH_UR + kind);
                queue.submit(job);
            }
            queue.doorbell();
            queue.wait_all();
            TB_CHECK(queue.statuses[SNAP_STATUS_FETCH_UR + kind] >= failing);
            card.faults.erase(first);
            queue.submit(make(card.random, SNAP_OP_SM3, 0, 30));
            queue.doorbell();
            queue.wait_all();
            TB_CHECK(queue.state() == 1);
            queue.stop();
            queue.wait_off();
        }
    }
    bench.wait_idle();
    tb::pass("slots that cannot be fetched complete with the reason, cookie 0");
}

/* ---------------------------------------------------------------- queue errors */
void doorbell_errors()
{
    Bench bench;
    Card &card = bench.card;
    Pair &queue = bench.queues[1];
    struct Bell {
        uint16_t tail, cq_head;
    };
    /* 3 of 8 were submitted, completed and taken up to 2 when each of these comes. */
    for (Bell bell : {Bell{2, 2}, Bell{3, 1}, Bell{3, 4}, Bell{11, 2}, Bell{0, 3}, Bell{4, 0xFFFF},
                      Bell{0x8003, 3}}) {
        queue.start(3, false, 9);
        for (unsigned i = 0; i < 3; i++)
            queue.submit(make(card.random, SNAP_OP_NOOP, 0, 1));
        queue.doorbell();
        queue.wait_all();
        queue.set(SNAP_REG_DOORBELL, 2u << 16 | 3u);
        TB_CHECK(queue.state() == 1);
        queue.set(SNAP_REG_DOORBELL, uint32_t(bell.cq_head) << 16 | bell.tail);
        TB_CHECK(queue.get(SNAP_REG_QUEUE_STATUS) == (SNAP_QUEUE_ERROR_DOORBELL << 8 | 3u));
        TB_CHECK(queue.get(SNAP_REG_QUEUE_INDEX) == (3u << 16 | 3u));
        queue.set(SNAP_REG_DOORBELL, 3u << 16 | 5u); /* too late: nothing happens */
        card.run(500);
        TB_CHECK(queue.get(SNAP_REG_QUEUE_INDEX) == (3u << 16 | 3u));
        queue.stop();
        queue.wait_off();
        TB_CHECK(queue.error() == SNAP_QUEUE_ERROR_NONE);
    }
    /* In flight when the bad one comes: those already fetched complete, nothing is lost or doubled.
     */
    queue.start(6, false, 10);
    for (unsigned i = 0; i < 40; i++)
        queue.submit(good_job(card, queue.room()));
    queue.doorbell();
    card.run(300);
    queue.set(SNAP_REG_DOORBELL, 0x0000FFFFu);
    card.until(
        [&] { return queue.get(SNAP_REG_QUEUE_STATUS) == (SNAP_QUEUE_ERROR_DOORBELL << 8 | 3u); },
        20000);
    queue.poll();
    uint32_t index = queue.get(SNAP_REG_QUEUE_INDEX);
    TB_CHECK((index >> 16) == queue.cq_head() && (index & 0xFFFF) == queue.cq_head());
    TB_CHECK(queue.outstanding() == 40u - queue.cq_head());
    queue.stop();
    queue.wait_off();
    bench.wait_idle();
    tb::pass("doorbells that break the rule stop the queue and change nothing");
}

void config_errors()
{
    Bench bench;
    Pair &queue = bench.queues[2];
    for (unsigned which = 0; which < 5; which++) {
        queue.configure(4, false, 3);
        if (which < 2)
            queue.set(SNAP_REG_QUEUE_CONFIG, which == 0 ? 0 : 13);
        else
            queue.set(which == 2   ? SNAP_REG_SQ_BASE_LO
                      : which == 3 ? SNAP_REG_CQ_BASE_LO
                                   : SNAP_REG_RESULT_BASE_LO,
                      0x00000800u);
        queue.set(SNAP_REG_QUEUE_CONTROL, 1);
        TB_CHECK(queue.get(SNAP_REG_QUEUE_STATUS) == (SNAP_QUEUE_ERROR_CONFIG << 8 | 3u));
        TB_CHECK(queue.get(SNAP_REG_QUEUE_CONTROL) == 1);
        queue.set(SNAP_REG_QUEUE_CONFIG, 4); /* held */
        TB_CHECK((queue.get(SNAP_REG_QUEUE_CONFIG) == 4) == false || which >= 2);
        queue.set(SNAP_REG_DOORBELL, 1);
        queue.stop();
        queue.wait_off();
    }
    queue.start(4, true, 4);
    queue.set(SNAP_REG_SQ_BASE_HI, 0x12345678u);
    TB_CHECK(queue.get(SNAP_REG_SQ_BASE_HI) != 0x12345678u);
    TB_CHECK(queue.get(SNAP_REG_QUEUE_CONFIG) == (4u << 16 | 1u << 4 | 4u));
    queue.submit(make(bench.card.random, SNAP_OP_NOOP, 0, 0));
    queue.doorbell();
    queue.wait_all();
    bench.wait_idle();
    tb::pass("a bad shape is refused; held registers hold");
}

void disable_in_flight()
{
    Bench bench({10, 9, 4});
    Card &card = bench.card;
    Pair &queue = bench.queues[0], &other = bench.queues[1];
    other.start(6, false, 1);
    for (unsigned round = 0; round < 12; round++) {
        queue.start(6, round % 2, uint16_t(100 + round));
        for (unsigned i = 0; i < 60; i++)
            queue.submit(good_job(card, queue.room()));
        while (other.free_slots() > 0)
            other.submit(good_job(card, other.room()));
        queue.doorbell();
        other.doorbell();
        card.run(card.random.below(1500));
        queue.stop();
        queue.wait_off();
        /* All that was fetched has completed, in a row from the first slot on; nothing comes any
         * more. */
        uint32_t index = queue.get(SNAP_REG_QUEUE_INDEX);
        TB_CHECK((index >> 16) == (index & 0xFFFF) && (index >> 16) == queue.cq_head());
        TB_CHECK(queue.outstanding() == 60u - queue.cq_head());
        queue.close_windows();
        card.run(1000);
        other.wait_all();
    }
    bench.wait_idle();
    tb::pass("a queue disabled in mid-flight completes what it fetched, then is off");
}

/* ---------------------------------------------------------------- resets */
void load(Bench &bench, uint16_t generation)
{
    for (Pair &queue : bench.queues) {
        queue.start(6, generation % 2, generation);
        while (queue.free_slots() > 0)
            queue.submit(any_job(bench.card, queue.room()));
        queue.doorbell();
    }
}

/* A function-level reset leaves every vector masked, CONTROL.RESET none. */
void check_vectors(Bench &bench, bool flr)
{
    for (unsigned v = 0; v < Queues; v++)
        TB_CHECK(bench.card.read(SNAP_MSIX_TABLE_OFFSET + 16 * v + 12) == flr);
    TB_CHECK(bench.card.read(SNAP_MSIX_PBA_OFFSET) == 0);
    if (flr)
        bench.unmask_vectors();
}

/* Reset state as after power-on, then the queues work again under a new generation. */
void reuse(Bench &bench, uint16_t generation)
{
    for (Pair &queue : bench.queues) {
        TB_CHECK(queue.get(SNAP_REG_QUEUE_STATUS) == 0 && queue.get(SNAP_REG_QUEUE_CONTROL) == 0);
        TB_CHECK(queue.get(SNAP_REG_QUEUE_CONFIG) == 0 && queue.get(SNAP_REG_SQ_BASE_HI) == 0);
        TB_CHECK(queue.get(SNAP_REG_QUEUE_INDEX) == 0 && queue.get(SNAP_REG_IRQ_CONFIG) == 0);
        queue.forget();
    }
    TB_CHECK(bench.card.read(SNAP_REG_JOBS) == 0);
    bench.card.run(TimeoutCycles / 4);
    for (Pair &queue : bench.queues) {
        queue.start(4, generation % 2, generation);
        for (unsigned i = 0; i < 12; i++)
            queue.submit(good_job(bench.card, queue.room()));
        queue.doorbell();
    }
    bench.wait_all();
}

void resets(Clocks clocks, unsigned rounds)
{
    Bench bench(clocks);
    Card &card = bench.card;
    for (unsigned round = 0; round < rounds; round++) {
        bool flr = round % 2;
        uint16_t generation = uint16_t(2 * round);
        load(bench, generation);
        card.run(card.random.below(2500));
        uint32_t cycles = card.read(SNAP_REG_CYCLES_LO);
        unsigned done = card.flr_done();
        if (flr) {
            card->flr_i = 1;
            if (round % 4 == 3)
                card->cfg_bus_master_i =
                    0; /* as a hard block does: the command register is reset, too */
            card.cycle();
            card.cycle();
            TB_CHECK(card.read(SNAP_REG_STATUS) & 1);
            card.until([&] { return card.flr_done() != done; }, 4 * TimeoutCycles);
        } else {
            card.write(SNAP_REG_CONTROL, 1);
            TB_CHECK(card.read(SNAP_REG_STATUS) & 1);    /* registers answer while it drains */
            bench.queues[0].set(SNAP_REG_IRQ_CONFIG, 5); /* and take nothing */
            card.until([&] { return (card.read(SNAP_REG_STATUS) & 1) == 0; }, 4 * TimeoutCycles);
        }
        for (Pair &queue : bench.queues)
            queue.close_windows(); /* whatever is written from now on is stale */
        card.run(50);
        card->flr_i = 0;
        card->cfg_bus_master_i = 1;
        TB_CHECK(card.flr_done() == done + (flr ? 1 : 0));
        TB_CHECK(card.read(SNAP_REG_CYCLES_LO) > cycles);
        check_vectors(bench, flr);
        reuse(bench, uint16_t(generation + 1));
        for (Pair &queue : bench.queues) {
            queue.stop();
            queue.wait_off();
        }
    }
    bench.wait_idle();
}

/* ---------------------------------------------------------------- interrupts */
void interrupts()
{
    Bench bench;
    Card &card = bench.card;
    Pair &queue = bench.queues[3];
    unsigned &count = card.interrupts[3];
    queue.start(5, false, 2);
    auto complete = [&](unsigned jobs) {
        for (unsigned i = 0; i < jobs; i++)
            queue.submit(make(card.random, SNAP_OP_NOOP, 0, 0));
        queue.doorbell();
        queue.wait_all();
        card.run(100);
    };
    complete(2);
    TB_CHECK(count == 0); /* not armed */
    queue.set(SNAP_REG_IRQ_CONFIG, 0u << 24 | 0xFFFFFFu);
    queue.set(SNAP_REG_IRQ_ARM, 0); /* what was already written is unseen */
    card.until([&] { return count == 1; }, 500);
    complete(3);
    TB_CHECK(count == 1); /* one for each arm */
    queue.set(SNAP_REG_IRQ_CONFIG, 4u << 24 | 0xFFFFFFu);
    queue.set(SNAP_REG_IRQ_ARM, 5);
    complete(3);
    card.run(2000);
    TB_CHECK(count == 1 && card.busy()); /* the timer runs */
    complete(1);
    card.until([&] { return count == 2; }, 500);
    queue.set(SNAP_REG_IRQ_CONFIG, 200u << 24 | 3000u);
    queue.set(SNAP_REG_IRQ_ARM, 9);
    card.run(4000);
    TB_CHECK(count == 2 && !card.busy()); /* nothing unseen: no timer */
    uint64_t before = card.cycles();
    complete(1);
    card.until([&] { return count == 3; }, 5000);
    TB_CHECK(card.cycles() - before >= 3000 && card.cycles() - before < 4500);
    for (unsigned i = 0; i < 40;
         i++) { /* whoever is interrupted finds the completion that it announces */
        queue.set(SNAP_REG_IRQ_CONFIG, (i % 3) << 24 | card.random.below(200));
        queue.set(SNAP_REG_IRQ_ARM, queue.cq_head());
        unsigned expected = count + 1, jobs = 1 + card.random.below(4);
        for (unsigned j = 0; j < jobs; j++)
            queue.submit(good_job(card, queue.room()));
        queue.doorbell();
        card.until([&] { return count == expected; }, 20000);
        TB_CHECK(queue.poll() >= 1);
        queue.wait_all();
        TB_CHECK(count == expected);
    }
    for (unsigned q = 0; q < 3; q++)
        TB_CHECK(card.interrupts[q] == 0);
    queue.set(SNAP_REG_IRQ_CONFIG, 0xFFFFFFu);
    queue.set(SNAP_REG_IRQ_ARM, queue.cq_head());
    queue.stop();
    queue.wait_off();
    unsigned before_start = count;
    queue.start(5, false, 3); /* a new life is not armed */
    complete(2);
    TB_CHECK(count == before_start);
    bench.wait_idle();
    tb::pass("interrupts: count, timer, one an arm, behind the completion");
}

/* Without bus mastering nothing leaves; with it again, all is done as if nothing had been. */
void bus_master()
{
    Bench bench;
    Card &card = bench.card;
    for (unsigned round = 0; round < 6; round++) {
        load(bench, uint16_t(round));
        card.run(card.random.below(1200));
        card->cfg_bus_master_i = 0;
        card.run(3000);
        uint64_t writes = card.writes;
        card.run(1000);
        TB_CHECK(card.writes == writes && card.reads_outstanding() == 0);
        TB_CHECK((card.read(SNAP_REG_STATUS) & 4) == 0);
        card->cfg_bus_master_i = 1;
        bench.wait_all();
        for (Pair &queue : bench.queues) {
            queue.stop();
            queue.wait_off();
        }
    }
    bench.wait_idle();
    tb::pass("requests wait while bus mastering is off");
}

/* NOOPs at a host that answers after 300 cycles and then as fast as the link goes. */
void saturation()
{
    Bench bench;
    Card &card = bench.card;
    Pair &queue = bench.queues[0];
    card.link = {300, 0, 0, true, 512};
    queue.start(9, false, 1);
    unsigned width = sizeof(V::tx_wr_data_o);
    uint64_t begin = 0, beats = 0, jobs = 0;
    for (unsigned sent = 0; sent < 3000;) {
        unsigned batch = std::min(queue.free_slots(), 16u);
        for (unsigned i = 0; i < batch; i++)
            queue.submit(make(card.random, SNAP_OP_NOOP, 0, 0));
        sent += batch;
        if (batch)
            queue.doorbell();
        card.run(4);
        unsigned done = queue.poll();
        if (sent > 1000 && begin == 0) {
            begin = card.cycles();
            beats = card.read_beats;
        } else if (begin != 0) {
            jobs += done;
        }
    }
    double cycles = double(card.cycles() - begin), share = double(card.read_beats - beats) / cycles;
    std::printf("# %u bytes a beat: %.3f of the beats carry slots, %.2f cycles a job\n", width,
                share, cycles / double(jobs));
    TB_CHECK(share >= 0.95);
    queue.wait_all();
    tb::pass("NOOPs fill the link");
}

} // namespace

/* top_test [brief] [NAME]: the whole course, or a shorter one for the wider builds; or one part of
 * it. */
int main(int argc, char **argv)
{
    bool brief = argc > 1 && std::string(argv[1]) == "brief";
    const std::string only = argc > 1 + brief ? argv[1 + brief] : "";
    unsigned rounds = brief ? 2 : 6, jobs = brief ? 150 : 300;
    auto run = [&](const char *name, auto test) {
        if (only.empty() || only == name)
            test();
    };
    run("identity", identity);
    run("first_jobs", first_jobs);
    run("lengths", lengths);
    run("mixture", [&] {
        mixture({3, 7, 1}, rounds, jobs);
        tb::pass("random jobs on all queues, engine clock at 3/7");
        mixture({10, 9, 4}, rounds, jobs);
        tb::pass("random jobs on all queues, engine clock at 10/9");
        mixture({2, 2, 0}, rounds, jobs);
        tb::pass("random jobs on all queues, engine clock at 1/1, shifted");
    });
    run("long_messages", [&] { long_messages(brief ? 65536 : SNAP_MESSAGE_BYTES_MAX); });
    run("long_ring", [&] { long_ring(brief ? 10000 : 70000); });
    run("fetch_faults", fetch_faults);
    run("doorbell_errors", doorbell_errors);
    run("config_errors", config_errors);
    run("disable_in_flight", disable_in_flight);
    run("resets", [&] {
        resets({3, 7, 1}, brief ? 4 : 12);
        resets({7, 3, 1}, brief ? 4 : 12);
        tb::pass("CONTROL.RESET and function-level reset in mid-batch, then reuse");
    });
    run("interrupts", interrupts);
    run("bus_master", bus_master);
    run("saturation", saturation);
    return 0;
}
