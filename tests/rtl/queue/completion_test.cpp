// SPDX-License-Identifier: Apache-2.0
// snap_completion against a model cycle by cycle: 3 sources, 5 queues whose rings begin shortly
// before their indices wrap. The last source counts the beats of its result itself.
#include HEADER

#include <array>
#include <cstring>
#include <deque>

#include "ports.h"
#include "snapcard_abi.h"
#include "tb.h"

namespace
{

constexpr unsigned Sources = 3, Queues = 5, BeatWords = sizeof(V::wr_data_o) / 4;
constexpr unsigned ResultBeats = 16 / BeatWords;

tb::Random random_source(tb::seed());

struct Job {
    uint8_t queue, status;
    uint16_t slot;
    uint64_t cookie;
    uint32_t value, engine_cycles;
    bool has_result;
    std::array<uint32_t, 16> result;
};

Job random_job()
{
    Job job;
    job.queue = uint8_t(random_source.below(Queues));
    job.status = uint8_t(random_source.next());
    job.slot = uint16_t(random_source.next());
    job.cookie = random_source.next();
    job.value = uint32_t(random_source.next());
    job.engine_cycles = uint32_t(random_source.next());
    job.has_result = random_source.chance(50);
    for (uint32_t &word : job.result)
        word = uint32_t(random_source.next());
    return job;
}

struct QueueState {
    unsigned entries_log2;
    uint16_t cq_tail, sq_head, generation;
    uint64_t cq_base, result_base;
};

struct Write {
    uint64_t address;
    std::array<uint32_t, 16> data{};
    unsigned bytes;
    int completes; /* the queue, or -1 */
};

class Completion
{
  public:
    Completion()
    {
        for (unsigned q = 0; q < Queues; q++)
            queues_[q] = {1 + random_source.below(12),
                          uint16_t(65000 + random_source.below(500)),
                          0,
                          uint16_t(random_source.next()),
                          random_source.next() & ~0xFFFull,
                          random_source.next() & ~0xFFFull};
        bench_->src_valid_i = bench_->wr_ready_i = 0;
        drive_queues();
        bench_.reset();
    }

    void cycle(unsigned offer_percent, unsigned ready_percent)
    {
        for (unsigned s = 0; s < Sources; s++)
            if (!(offered_ >> s & 1) && random_source.chance(offer_percent))
                offer(s);
        bench_->src_valid_i = uint8_t(offered_);
        bench_->wr_ready_i = random_source.chance(ready_percent);
        for (QueueState &queue : queues_)
            queue.sq_head = uint16_t(random_source.next());
        bench_->cycles_i = uint32_t(random_source.next());
        drive_queues();
        bench_.settle();
        drive_results();
        bench_.settle();
        check_take();
        check_write();
        check_release();
        before_ = there_;
        there_ = bench_->src_valid_i & ~unsigned(bench_->src_ready_o);
        bench_.tick();
        step_++;
    }

    unsigned completed = 0, wrapped = 0, longest_wait = 0;

  private:
    void offer(unsigned s)
    {
        Job &job = jobs_[s] = random_job();
        offered_ |= 1u << s;
        waits_[s] = 0;
        put(bench_->src_queue_i, 4 * s, 4, job.queue);
        put(bench_->src_slot_i, 16 * s, 16, job.slot);
        put(bench_->src_cookie_i, 64 * s, 64, job.cookie);
        put(bench_->src_status_i, 8 * s, 8, job.status);
        put(bench_->src_value_i, 64 * s, 64, job.value);
        put(bench_->src_engine_cycles_i, 32 * s, 32, job.engine_cycles);
        put(bench_->src_has_result_i, s, 1, job.has_result);
        counted_ = s == Sources - 1 ? 0 : counted_;
    }

    void drive_results()
    {
        for (unsigned s = 0; s < Sources; s++) {
            unsigned beat = s == Sources - 1 ? counted_ : bench_->src_beat_o;
            for (unsigned i = 0; i < BeatWords; i++) {
                uint32_t word = jobs_[s].result[(beat * BeatWords + i) % 16];
                put(bench_->src_result_i, 32 * (BeatWords * s + i), 32, word);
            }
        }
    }

    void drive_queues()
    {
        for (unsigned q = 0; q < Queues; q++) {
            const QueueState &queue = queues_[q];
            put(bench_->cq_tail_i, 16 * q, 16, queue.cq_tail);
            put(bench_->sq_head_i, 16 * q, 16, queue.sq_head);
            put(bench_->entries_log2_i, 4 * q, 4, queue.entries_log2);
            put(bench_->generation_i, 16 * q, 16, queue.generation);
            put(bench_->cq_base_i, 52 * q, 52, queue.cq_base >> 12);
            put(bench_->result_base_i, 52 * q, 52, queue.result_base >> 12);
        }
    }

    /* A job is taken as soon as the one before is written, if it was there two cycles before (one
     * where a completion is a single beat); without a result it is handed over then. Its
     * queue is looked up a cycle later, while the first beat of its result is fetched. */
    void check_take()
    {
        if (taken_) {
            taken_ = false;
            TB_CHECK(!bench_->wr_valid_o);
            if (source_ == Sources) /* it has a result */
                choose(bench_->src_fetch_o);
            else
                TB_CHECK(bench_->src_fetch_o == 0);
            held_ = current_.has_result;
            fetched_ = 1;
            expect(current_);
            write_at_ = step_ + 1;
        } else if (writes_.empty()) {
            taken_ = (BeatWords < 8 ? before_ : there_) != 0;
            TB_CHECK(!bench_->wr_valid_o && bench_->src_fetch_o == 0);
            source_ = Sources;
            if (taken_ && bench_->src_ready_o != 0) {
                choose(bench_->src_ready_o);
                TB_CHECK(!current_.has_result);
                hand_over();
            } else {
                TB_CHECK(bench_->src_ready_o == 0);
            }
            just_handed_ = source_ < Sources;
        }
    }

    void choose(unsigned grant)
    {
        source_ = Sources;
        for (unsigned s = 0; s < Sources; s++)
            source_ = grant == 1u << s ? s : source_;
        TB_CHECK(source_ < Sources && (offered_ >> source_ & 1) && waits_[source_] < Sources);
        longest_wait = waits_[source_] > longest_wait ? waits_[source_] : longest_wait;
        current_ = jobs_[source_];
    }

    void hand_over()
    {
        for (unsigned s = 0; s < Sources; s++)
            waits_[s] += s != source_;
        offered_ &= ~(1u << source_);
        held_ = false;
    }

    /* The source has its job until the last beat of its result has been fetched, and not longer. */
    void check_release()
    {
        counted_ += bench_->src_fetch_o >> (Sources - 1) & 1;
        bool all = held_ && fetched_ == ResultBeats;
        TB_CHECK(just_handed_ || bench_->src_ready_o == (all ? 1u << source_ : 0));
        just_handed_ = false;
        if (all)
            hand_over();
        if (step_ >= write_at_)
            fetched_ += bench_->src_fetch_o != 0;
    }

    void expect(const Job &job)
    {
        const QueueState &queue = queues_[job.queue];
        unsigned entries = 1u << queue.entries_log2, entry = queue.cq_tail % entries;
        if (job.has_result)
            writes_.push_back({queue.result_base + 64 * entry, job.result, 64, -1});
        draw(job, queue, queue.cq_tail / entries % 2 == 0);
        writes_.push_back({queue.cq_base + 32 * entry, image_, 32, job.queue});
    }

    /* Byte by byte as the reference page lays it out. */
    void draw(const Job &job, const QueueState &queue, bool phase)
    {
        uint8_t bytes[64] = {};
        uint64_t value = job.value;
        std::memcpy(bytes, &job.cookie, 8);
        std::memcpy(bytes + 8, &value, 8);
        std::memcpy(bytes + 16, &job.engine_cycles, 4);
        uint32_t timestamp = bench_->cycles_i;
        std::memcpy(bytes + 20, &timestamp, 4);
        std::memcpy(bytes + 24, &job.slot, 2);
        std::memcpy(bytes + 26, &queue.sq_head, 2);
        std::memcpy(bytes + 28, &queue.generation, 2);
        bytes[30] = job.status;
        bytes[31] = uint8_t((phase ? 0x80 : 0) | (job.has_result ? 1 : 0));
        std::memcpy(image_.data(), bytes, 64);
    }

    void check_write()
    {
        int completes = -1;
        if (!writes_.empty() && step_ >= write_at_) {
            const Write &write = writes_.front();
            unsigned words = write.bytes / 4 - beat_ * BeatWords;
            bool last = words <= BeatWords, is_result = write.completes < 0;
            TB_CHECK(bench_->wr_valid_o && bench_->wr_addr_o == write.address);
            TB_CHECK(bench_->wr_bytes_o == write.bytes && bench_->wr_last_o == last);
            for (unsigned i = 0; i < (last ? words : BeatWords); i++)
                TB_CHECK(bench_->wr_data_o[i] == write.data[beat_ * BeatWords + i]);
            /* The next beat of the result comes when this one goes. */
            bool fetch = is_result && !last && bench_->wr_ready_i;
            TB_CHECK(bench_->src_fetch_o == (fetch ? 1u << source_ : 0));
            if (bench_->wr_ready_i) {
                beat_ = last ? 0 : beat_ + 1;
                completes = last ? write.completes : -1;
                if (last)
                    writes_.pop_front();
            }
        }
        TB_CHECK(bench_->completed_o == (completes < 0 ? 0u : 1u << completes));
        if (completes >= 0) {
            wrapped += ++queues_[unsigned(completes)].cq_tail == 0;
            completed++;
        }
    }

    tb::Bench<V> bench_;
    std::array<QueueState, Queues> queues_;
    std::array<Job, Sources> jobs_{};
    std::array<unsigned, Sources> waits_{};
    std::array<uint32_t, 16> image_{};
    unsigned there_ = 0, before_ = 0, offered_ = 0, source_ = 0, beat_ = 0;
    unsigned fetched_ = 0, counted_ = 0; /* beats of the job's result, of the last source's */
    bool taken_ = false, held_ = false, just_handed_ = false;
    Job current_{};
    std::deque<Write> writes_;
    uint64_t step_ = 0, write_at_ = 0;
};

} // namespace

int main()
{
    for (unsigned rings = 0; rings < 8; rings++) {
        Completion completion;
        for (unsigned i = 0; i < 80000; i++)
            completion.cycle(i / 500 % 4 * 33, i / 2000 % 2 ? 100 : 40);
        TB_CHECK(completion.completed > 6000 && completion.wrapped >= Queues);
        TB_CHECK(completion.longest_wait == Sources - 1);
    }
    tb::pass("completions: order, fields, addresses and phase, turns of the sources");
    return 0;
}
