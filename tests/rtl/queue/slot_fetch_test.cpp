// SPDX-License-Identifier: Apache-2.0
// snap_slot_fetch with 5 queues of every shape, whose slots appear and vanish (disabled) at random.
#include HEADER

#include <array>
#include <deque>

#include "ports.h"
#include "tb.h"

namespace
{

constexpr unsigned Queues = 5;

tb::Random random_source(tb::seed());

struct QueueState {
    uint16_t available, sq_issued;
    unsigned entries_log2;
    bool slot_512;
    uint64_t base;
    uint16_t before = 0;      /* available a cycle ago */
    unsigned passed_over = 0; /* claims of others while it had slots all the time */
};

struct Request {
    uint64_t address;
    unsigned units;
    uint32_t meta;
};

class SlotFetch
{
  public:
    explicit SlotFetch(unsigned block_log2) : block_bytes_(1u << block_log2)
    {
        for (QueueState &queue : queues_) {
            queue.entries_log2 = 1 + random_source.below(12);
            queue.available = 0;
            /* About to wrap, and both parities. */
            queue.sq_issued = uint16_t(65400 + random_source.below(130));
            queue.slot_512 = random_source.chance(40);
            queue.base = random_source.next() & ~0xFFFull;
        }
        bench_->read_block_log2_i = uint8_t(block_log2);
        bench_->req_ready_i = 0;
        drive();
        bench_.reset();
    }

    void cycle(unsigned submit_permille)
    {
        for (QueueState &queue : queues_) {
            if (random_source.below(1000) < submit_permille)
                queue.available = uint16_t(queue.available + 1 + random_source.below(5));
            if (random_source.below(2000) == 0) { /* disabled */
                queue.available = 0;
                queue.passed_over = 0;
            }
            if (queue.available > (1u << queue.entries_log2))
                queue.available = uint16_t(1u << queue.entries_log2);
        }
        drive();
        bench_->req_ready_i = random_source.chance(60);
        bench_.settle();
        check_work();
        check_request();
        if (bench_->claim_o != 0)
            claimed();
        for (unsigned q = 0; q < Queues; q++) /* as it was seen */
            queues_[q].before = uint16_t(get(bench_->available_i, 16 * q, 16));
        bench_.tick();
    }

    unsigned claims = 0, pairs = 0, wrapped = 0;

  private:
    void drive()
    {
        for (unsigned q = 0; q < Queues; q++) {
            const QueueState &queue = queues_[q];
            put(bench_->available_i, 16 * q, 16, queue.available);
            put(bench_->running_i, q, 1, queue.available != 0);
            put(bench_->sq_issued_i, 16 * q, 16, queue.sq_issued);
            put(bench_->entries_log2_i, 4 * q, 4, queue.entries_log2);
            put(bench_->slot_512_i, q, 1, queue.slot_512);
            put(bench_->sq_base_i, 52 * q, 52, queue.base >> 12);
        }
    }

    bool any_available() const
    {
        for (const QueueState &queue : queues_)
            if (queue.available != 0)
                return true;
        return false;
    }

    /* Work is announced at once, and soon no more when there is none; it is not put off either. */
    void check_work()
    {
        bool work = any_available() || !expected_.empty();
        TB_CHECK(bench_->work_o || !work);
        idle_cycles_ = work ? 0 : idle_cycles_ + 1;
        TB_CHECK(idle_cycles_ < 3 || !bench_->work_o);
        unclaimed_cycles_ = any_available() && expected_.empty() && bench_->claim_o == 0
                                ? unclaimed_cycles_ + 1
                                : 0;
        TB_CHECK(unclaimed_cycles_ < 10);
    }

    /* A claim's first request follows in the second cycle behind it, the others at once. */
    void check_request()
    {
        bool offered = !expected_.empty() && !placing_;
        placing_ = false;
        TB_CHECK(bench_->req_valid_o == offered);
        if (!offered)
            return;
        const Request &request = expected_.front();
        TB_CHECK(bench_->req_addr_o == request.address && bench_->req_units_o == request.units);
        TB_CHECK(bench_->req_meta_o == request.meta);
        if (bench_->req_ready_i)
            expected_.pop_front();
    }

    void claimed()
    {
        TB_CHECK(expected_.empty());
        unsigned q = 0;
        while (q < Queues && bench_->claim_o != 1u << q)
            q++;
        TB_CHECK(q < Queues);
        QueueState &queue = queues_[q];
        TB_CHECK(queue.available != 0 &&
                 queue.passed_over <= Queues); /* one that came just behind the choice */
        for (QueueState &other : queues_)
            other.passed_over = other.available != 0 ? other.passed_over + 1 : 0;
        queue.passed_over = 0;
        bool two =
            block_bytes_ == 512 && !queue.slot_512 && queue.sq_issued % 2 == 0 && queue.before > 1;
        TB_CHECK(bench_->claim_two_o == two);
        unsigned slot_bytes = queue.slot_512 ? 512 : 256, bytes = two ? 512 : slot_bytes;
        uint64_t address =
            queue.base + uint64_t(queue.sq_issued % (1u << queue.entries_log2)) * slot_bytes;
        for (unsigned done = 0; done < bytes; done += std::min(bytes, block_bytes_))
            expected_.push_back({address + done, std::min(bytes, block_bytes_) / 64,
                                 uint32_t(queue.slot_512) << 20 | q << 16 | queue.sq_issued});
        queue.available = uint16_t(queue.available - 1 - two);
        wrapped += uint16_t(queue.sq_issued + 1 + two) < queue.sq_issued;
        queue.sq_issued = uint16_t(queue.sq_issued + 1 + two);
        placing_ = true;
        claims++;
        pairs += two;
    }

    tb::Bench<V> bench_;
    unsigned block_bytes_;
    std::array<QueueState, Queues> queues_;
    std::deque<Request> expected_;
    bool placing_ = false;
    unsigned idle_cycles_ = 0, unclaimed_cycles_ = 0;
};

} // namespace

int main()
{
    unsigned pairs = 0, wrapped = 0;
    for (unsigned run = 0; run < 30; run++) {
        SlotFetch fetch(7 + run % 3);
        for (unsigned i = 0; i < 10000; i++)
            fetch.cycle(i / 1000 % 3 == 0 ? 1 : i / 1000 % 3 * 100);
        TB_CHECK(fetch.claims > 500);
        pairs += fetch.pairs;
        wrapped += fetch.wrapped;
    }
    TB_CHECK(pairs > 2000 && wrapped > 60);
    tb::pass("slot fetch: requests of every shape, pairs, turns, wrap");
    return 0;
}
