// SPDX-License-Identifier: Apache-2.0
// snap_hash_buffer against a queue: order, room for two blocks, and when a block may be started.
#include HEADER

#include <deque>

#include "tb.h"

namespace
{

tb::Random random_source(tb::seed());

class Buffer
{
  public:
    Buffer()
    {
        bench_->wvalid_i = bench_->wcommit_i = bench_->block_start_i = bench_->rnext_i = 0;
        bench_.reset();
    }

    void cycle(unsigned write_percent, unsigned read_percent)
    {
        bench_->wvalid_i = random_source.chance(write_percent);
        bench_->wdata_i = uint32_t(random_source.next());
        bench_->wcommit_i = beat_ == commit_at_;
        bool may_take = taking_ != 0 && !beats_.empty() && random_source.chance(read_percent);
        bench_->rnext_i = may_take;
        /* A block is started when the one before is used up, or with its last beat as the cores do.
         */
        bool used_up = taking_ == 0 && !beats_.empty();
        bool last_beat = taking_ == 1 && may_take && beats_.size() > 1;
        bench_->block_start_i =
            committed_ != 0 && (used_up || last_beat) && random_source.chance(read_percent);
        bench_.settle();
        TB_CHECK(bench_->wready_o == (beats_.size() < 8));
        TB_CHECK(bench_->block_valid_o == (committed_ != 0));
        TB_CHECK(beats_.empty() || bench_->rdata_o == beats_.front());
        full += beats_.size() == 8;
        update();
        bench_.tick();
    }

    unsigned full = 0, started = 0, started_early = 0;

  private:
    void update()
    {
        bool write = bench_->wvalid_i && bench_->wready_o;
        if (bench_->rnext_i) {
            beats_.pop_front();
            taking_--;
        }
        if (bench_->block_start_i) {
            TB_CHECK(committed_ != 0);
            committed_--;
            taking_ += 4;
            started++;
            started_early += beats_.size() < 4;
        }
        if (!write)
            return;
        beats_.push_back(bench_->wdata_i);
        committed_ += bench_->wcommit_i;
        beat_ = (beat_ + 1) % 4;
        if (beat_ == 0)
            commit_at_ = random_source.below(4);
    }

    tb::Bench<V> bench_;
    std::deque<uint32_t> beats_;
    unsigned committed_ = 0, taking_ = 0; /* blocks; beats of the started block that are to come */
    unsigned beat_ = 0, commit_at_ = 3;
};

} // namespace

int main()
{
    Buffer buffer;
    for (unsigned i = 0; i < 100000; i++)
        buffer.cycle(i / 500 % 3 * 50, i / 1500 % 3 * 50);
    TB_CHECK(buffer.full > 1000 && buffer.started > 5000 && buffer.started_early > 1000);
    tb::pass("buffer of two blocks");
    return 0;
}
