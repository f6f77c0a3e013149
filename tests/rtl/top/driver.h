/* SPDX-License-Identifier: Apache-2.0 */
/* What a driver does with one queue pair, in the terms of the reference page, and with a reference
 * for every job: OpenSSL's digests, and Merkle roots computed from them. Each completion is checked
 * in every field. */
#ifndef TESTS_RTL_TOP_DRIVER_H
#define TESTS_RTL_TOP_DRIVER_H

#include <openssl/evp.h>

#include <algorithm>
#include <array>

#include "host.h"

namespace driver
{

using Bytes = std::vector<uint8_t>;

inline Bytes digest(const EVP_MD *method, const Bytes &message)
{
    Bytes out(32);
    TB_CHECK(EVP_Digest(message.data(), message.size(), out.data(), nullptr, method, nullptr) == 1);
    return out;
}

/* The root over 32-byte leaves, Bitcoin's odd rule: straight from the definition, level by level.
 */
inline Bytes merkle(const EVP_MD *method, unsigned times, const Bytes &leaves)
{
    std::vector<Bytes> level;
    for (size_t i = 0; i < leaves.size(); i += 32)
        level.emplace_back(leaves.begin() + long(i), leaves.begin() + long(i) + 32);
    while (level.size() > 1) {
        if (level.size() % 2 == 1)
            level.push_back(level.back());
        std::vector<Bytes> above;
        for (size_t i = 0; i < level.size(); i += 2) {
            Bytes node = level[i];
            node.insert(node.end(), level[i + 1].begin(), level[i + 1].end());
            for (unsigned t = 0; t < times; t++)
                node = digest(method, node);
            above.push_back(node);
        }
        level = above;
    }
    return level[0];
}

struct Header {
    uint8_t opcode = 0, flags = 0;
    uint16_t reserved0 = 0;
    uint32_t length = 0;
    uint64_t cookie = 0, address = 0, reserved1 = 0;
};

struct Job {
    Header header;
    Bytes payload; /* inline, or what lies at address */
    uint8_t status = SNAP_STATUS_OK;
    bool any_status =
        false; /* the queue dies under it or its page may fault: only that it completes once */
    /* Of point engines: the verdict's code word, and what is in the result slot. */
    uint32_t verdict = 0;
    Bytes point;
};

/* The completion's small result, when the job is good. */
inline uint64_t expected_value(const Job &job)
{
    if (job.header.opcode == SNAP_OP_NOOP)
        return job.header.length;
    uint64_t code = uint64_t(~job.verdict) << 32 | job.verdict;
    return job.verdict ? code ^ job.header.cookie : 0;
}

inline Bytes expected_result(const Job &job)
{
    switch (job.header.opcode) {
    case SNAP_OP_SHA256:
        return digest(EVP_sha256(), job.payload);
    case SNAP_OP_SM3:
        return digest(EVP_sm3(), job.payload);
    case SNAP_OP_MERKLE_SHA256:
        return merkle(EVP_sha256(), 1, job.payload);
    case SNAP_OP_MERKLE_SHA256D:
        return merkle(EVP_sha256(), 2, job.payload);
    case SNAP_OP_MERKLE_SM3:
        return merkle(EVP_sm3(), 1, job.payload);
    case SNAP_OP_NOOP:
        if (job.header.flags & SNAP_FLAG_ECHO)
            return Bytes(job.payload.begin(),
                         job.payload.begin() + long(std::min<size_t>(64, job.payload.size())));
        return {};
    default:
        return job.point;
    }
}

template <class Device> class Queue
{
  public:
    using Host = host::Host<Device>;

    /* `base` is a MiB of host memory, or two for rings of more than half a MiB: slots, then, at
     * +512 KiB or behind them, 128 KiB of completions, then results. */
    Queue(Host &host, unsigned number, uint64_t base) : host_(host), number_(number), base_(base)
    {
    }

    static constexpr uint64_t Bytes_ = 1u << 20;

    uint64_t completions() const
    {
        return base_ + std::max<uint64_t>(512u << 10, uint64_t(entries()) * slot_bytes());
    }
    uint64_t results() const
    {
        return completions() + (128u << 10);
    }

    unsigned entries() const
    {
        return 1u << entries_log2_;
    }
    unsigned slot_bytes() const
    {
        return slot_512_ ? 512 : 256;
    }
    unsigned room() const
    {
        return slot_bytes() - SNAP_JOB_HEADER_BYTES;
    }
    size_t outstanding() const
    {
        return outstanding_.size();
    }
    uint16_t tail() const
    {
        return tail_;
    }
    uint16_t cq_head() const
    {
        return cq_head_;
    }
    uint64_t slot_address(uint16_t index) const
    {
        return base_ + uint64_t(index % entries()) * slot_bytes();
    }
    unsigned free_slots() const
    {
        return entries() - uint16_t(tail_ - cq_head_);
    }

    uint32_t page(uint32_t offset) const
    {
        return SNAP_QUEUE_PAGE_OFFSET + number_ * SNAP_QUEUE_PAGE_BYTES + offset;
    }
    void set(uint32_t offset, uint32_t value)
    {
        host_.write(page(offset), value);
    }
    uint32_t get(uint32_t offset)
    {
        return host_.read(page(offset));
    }
    unsigned state()
    {
        return get(SNAP_REG_QUEUE_STATUS) & SNAP_QUEUE_STATUS_STATE_MASK;
    }
    unsigned error()
    {
        return get(SNAP_REG_QUEUE_STATUS) >> SNAP_QUEUE_STATUS_ERROR_SHIFT & 0xFF;
    }

    void configure(unsigned entries_log2, bool slot_512, uint16_t generation)
    {
        entries_log2_ = entries_log2;
        slot_512_ = slot_512;
        generation_ = generation;
        set(SNAP_REG_QUEUE_CONFIG,
            entries_log2 | (slot_512 ? 1u : 0u) << 4 | uint32_t(generation) << 16);
        set_base(SNAP_REG_SQ_BASE_LO, base_);
        set_base(SNAP_REG_CQ_BASE_LO, completions());
        set_base(SNAP_REG_RESULT_BASE_LO, results());
    }
    void start(unsigned entries_log2, bool slot_512, uint16_t generation)
    {
        configure(entries_log2, slot_512, generation);
        std::memset(host_.at(completions(), entries() * 32), 0, entries() * 32);
        open_windows();
        tail_ = cq_head_ = 0;
        outstanding_.clear();
        set(SNAP_REG_QUEUE_CONTROL, 1);
    }
    void open_windows()
    {
        host_.windows[2 * number_] = {completions(), completions() + entries() * 32};
        host_.windows[2 * number_ + 1] = {results(), results() + entries() * 64};
    }
    void close_windows()
    {
        host_.windows.erase(2 * number_);
        host_.windows.erase(2 * number_ + 1);
    }
    void stop()
    {
        set(SNAP_REG_QUEUE_CONTROL, 0);
    }
    /* The queue is off and everything that it owed has arrived. */
    void wait_off()
    {
        host_.until([&] { return state() == 0; }, 20000);
        poll();
    }
    void forget()
    {
        outstanding_.clear();
    }

    void submit(const Job &job)
    {
        TB_CHECK(free_slots() > 0 && outstanding_.count(tail_) == 0);
        uint8_t *slot = host_.at(slot_address(tail_), slot_bytes());
        for (unsigned i = 0; i < slot_bytes(); i++)
            slot[i] = uint8_t(host_.random.next());
        static_assert(sizeof(Header) == SNAP_JOB_HEADER_BYTES, "as the card reads it");
        std::memcpy(slot, &job.header, sizeof job.header);
        if (!(job.header.flags & SNAP_FLAG_INDIRECT) && job.payload.size() <= room())
            std::copy(job.payload.begin(), job.payload.end(), slot + sizeof job.header);
        outstanding_[tail_++] = job;
    }
    void doorbell()
    {
        set(SNAP_REG_DOORBELL, uint32_t(cq_head_) << 16 | tail_);
    }

    /* Takes and checks what has arrived; returns how many. */
    unsigned poll()
    {
        unsigned count = 0;
        while (take())
            count++;
        return count;
    }
    void wait_all(uint64_t cycles = 400000)
    {
        host_.until(
            [&] {
                poll();
                return outstanding_.empty();
            },
            cycles);
    }
    std::array<unsigned, 256> statuses{};

  private:
    void set_base(uint32_t offset, uint64_t address)
    {
        set(offset, uint32_t(address));
        set(offset + 4, uint32_t(address >> 32));
    }

    bool take()
    {
        unsigned entry = cq_head_ % entries();
        const uint8_t *at = host_.at(completions() + entry * 32, 32);
        bool phase = (cq_head_ >> entries_log2_ & 1) == 0;
        if ((at[31] >> 7) != phase || !phase_seen(at))
            return false;
        check(at, host_.at(results() + entry * 64, 64));
        cq_head_++;
        return true;
    }
    /* A zeroed ring has phase 0, which is what the second pass looks for: only a ring that was
     * written counts. */
    bool phase_seen(const uint8_t *at) const
    {
        return at[30] != 0;
    }

    template <class T> static T field(const uint8_t *at, unsigned offset)
    {
        T value;
        std::memcpy(&value, at + offset, sizeof value);
        return value;
    }

    void check(const uint8_t *at, const uint8_t *result)
    {
        uint16_t slot = field<uint16_t>(at, 24), sq_head = field<uint16_t>(at, 26);
        auto found = outstanding_.find(slot);
        TB_CHECK(found != outstanding_.end());
        const Job &job = found->second;
        uint8_t status = at[30];
        bool fetch = status >= SNAP_STATUS_FETCH_UR && status <= SNAP_STATUS_FETCH_MALFORMED;
        TB_CHECK(job.any_status || status == job.status);
        TB_CHECK(field<uint16_t>(at, 28) == generation_);
        TB_CHECK(field<uint64_t>(at, 0) == (fetch ? 0 : job.header.cookie));
        /* Others may overtake a job by more than a ring. */
        TB_CHECK(uint16_t(sq_head - slot - 1) < 0x8000u && uint16_t(tail_ - sq_head) < entries());
        TB_CHECK((at[31] & 0x7E) == 0);
        bool good = status == SNAP_STATUS_OK, noop = job.header.opcode == SNAP_OP_NOOP;
        TB_CHECK(field<uint64_t>(at, 8) == (good ? expected_value(job) : 0));
        if (noop || (status < SNAP_STATUS_DATA_UR && !good))
            TB_CHECK(field<uint32_t>(at, 16) == 0);
        else
            TB_CHECK(field<uint32_t>(at, 16) > 0 || job.header.opcode >= SNAP_OP_MERKLE_SHA256);
        bool has_result = good && (noop          ? (job.header.flags & SNAP_FLAG_ECHO) != 0
                                   : job.verdict ? !job.point.empty()
                                                 : true);
        TB_CHECK((at[31] & 1) == has_result);
        if (has_result)
            check_result(job, result);
        statuses[status]++;
        outstanding_.erase(found);
    }

    static void check_result(const Job &job, const uint8_t *result)
    {
        Bytes expected = expected_result(job);
        TB_CHECK(std::memcmp(result, expected.data(), expected.size()) == 0);
        for (size_t i = expected.size(); i < 64 && job.header.opcode != SNAP_OP_NOOP; i++)
            TB_CHECK(result[i] == 0);
    }

    Host &host_;
    unsigned number_;
    uint64_t base_;
    unsigned entries_log2_ = 1;
    bool slot_512_ = false;
    uint16_t generation_ = 0, tail_ = 0, cq_head_ = 0;
    std::map<uint16_t, Job> outstanding_;
};

} // namespace driver

#endif
