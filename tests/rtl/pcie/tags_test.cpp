/* SPDX-License-Identifier: Apache-2.0 */
/* snap_pcie_tags with all 64 tags, where a tag has a single bit of generation, against a model of
 * the ring; the proofs have fewer tags. Both forms of tag, time-outs, late and foreign completions.
 */
#include <deque>
#include <vector>

#include HEADER

#include "tb.h"

namespace
{

constexpr unsigned TAGS = 64, TIMEOUT_CYCLES = 500, CLIENT = 1;
constexpr unsigned UR = 1, POISON = 3, TIMEOUT = 4;

tb::Random random_source(tb::seed());

enum class State { Waiting, Live, Done };

struct Entry {
    unsigned idx, tag, units;
    bool addr6, lost;
    State state = State::Waiting;
    unsigned received = 0, error = 0;
    bool poison = false;
    uint64_t sent_at = 0;
};

class Tags
{
  public:
    Tags()
    {
        bench_->ext_tag_i = 0;
        clear_inputs();
        bench_.reset();
    }

    /* Entries leave as they came while `busy`, else the ring runs empty. */
    void cycle(bool busy)
    {
        clear_inputs();
        choose_alloc(busy);
        choose_waiting();
        choose_completion();
        bench_.settle();
        check_ring();
        Entry *found = check_lookup();
        choose_outcome(found);
        bench_.settle();
        finish_cycle(found);
        bench_.tick();
    }

    void set_extended(bool extended)
    {
        bench_->ext_tag_i = extended;
    }

    unsigned delivered = 0, errors[8] = {}, full = 0, misses = 0, fitting = 0;

  private:
    void clear_inputs()
    {
        bench_->alloc_i = bench_->sent_i = bench_->drop_i = 0;
        bench_->commit_i = bench_->fail_i = bench_->pop_i = 0;
        bench_->fail_error_i = 5;
    }

    void choose_alloc(bool busy)
    {
        bench_->alloc_i = busy && random_source.chance(70);
        bench_->alloc_units_i = uint8_t(1 + random_source.below(8));
        bench_->alloc_addr6_i = random_source.chance(50);
    }

    /* Of those that wait, any may leave, and another one be dropped. */
    void choose_waiting()
    {
        std::vector<Entry *> waiting;
        for (Entry &entry : ring_)
            if (entry.state == State::Waiting)
                waiting.push_back(&entry);
        sent_ = dropped_ = nullptr;
        if (!waiting.empty() && random_source.chance(60)) {
            sent_ = waiting[random_source.below(uint32_t(waiting.size()))];
            bench_->sent_i = 1;
            bench_->sent_idx_i = uint8_t(sent_->idx);
        }
        if (!waiting.empty() && waiting.front() != sent_ && random_source.chance(2)) {
            dropped_ = waiting.front();
            bench_->drop_i = 1;
            bench_->drop_idx_i = uint8_t(dropped_->idx);
        }
    }

    /* One live read or any tag; whoever is not lost is answered in time. */
    void choose_completion()
    {
        Entry *chosen = nullptr;
        unsigned live = 0;
        for (Entry &entry : ring_) {
            bool urgent = entry.state == State::Live && !entry.lost &&
                          bench_.cycles() - entry.sent_at > TIMEOUT_CYCLES / 2;
            if (urgent) {
                chosen = &entry;
                break;
            }
            if (entry.state == State::Live && random_source.below(++live) == 0)
                chosen = &entry;
        }
        if (chosen && random_source.chance(50)) /* the same again: outcomes close together */
            again_ = chosen->tag;
        bench_->lookup_tag_i = uint8_t(random_source.chance(30)             ? again_
                                       : chosen && random_source.chance(90) ? chosen->tag
                                                                            : random_source.next());
        /* What is said to be missing belongs to the lookup of two cycles before. */
        Entry *said = lookups_.size() > 1 ? find(lookups_[1]) : nullptr;
        bool right = said && random_source.chance(80);
        bench_->lookup_remaining_i =
            uint8_t(right ? said->units - said->received : random_source.below(16));
        bench_->lookup_addr6_i =
            right ? said->addr6 ^ (said->received & 1) : random_source.chance(50);
    }

    /* An outcome for the read that was found, or for nobody: that changes nothing. */
    void choose_outcome(Entry *found)
    {
        unsigned outcome = random_source.below(100);
        bench_->commit_units_i = 1;
        bench_->commit_poison_i = random_source.chance(3);
        if (!found) {
            bench_->commit_i = outcome < 50;
            bench_->fail_i = outcome >= 50;
            return;
        }
        bool first = found->received == 0 || random_source.chance(20);
        bench_->commit_units_i = uint8_t(1 + random_source.below(found->units - found->received));
        bench_->commit_i =
            outcome < 80 &&
            (!found->lost || (first && bench_->commit_units_i + found->received < found->units));
        bench_->fail_i = outcome >= 98 && !found->lost;
    }

    Entry *find(unsigned tag)
    {
        for (Entry &entry : ring_)
            if (entry.state == State::Live && entry.tag == tag)
                return &entry;
        return nullptr;
    }

    unsigned make_tag(unsigned idx) const
    {
        return small_ ? (gens_[idx] & 3) << 3 | CLIENT << 2 | idx
                      : (gens_[idx] & 1) << 7 | CLIENT << 6 | idx;
    }

    unsigned capacity() const
    {
        return small_ ? 4 : TAGS;
    }

    void check_ring()
    {
        TB_CHECK(bench_->empty_o == ring_.empty());
        TB_CHECK(bench_->alloc_ready_o == (ring_.size() < capacity()));
        full += ring_.size() == TAGS;
        if (bench_->alloc_ready_o) {
            TB_CHECK(bench_->alloc_idx_o == tail_ % capacity());
            TB_CHECK(bench_->alloc_tag_o == make_tag(tail_ % capacity()));
        }
        if (ring_.empty()) {
            TB_CHECK(!bench_->head_done_o);
            return;
        }
        Entry &head = ring_.front();
        if (bench_->head_done_o && head.state == State::Live)
            expired(head);
        TB_CHECK(bench_->head_done_o == (head.state == State::Done));
        TB_CHECK(head.state != State::Live || age(head) <= TIMEOUT_CYCLES + 2 * TAGS);
        if (!bench_->head_done_o)
            return;
        TB_CHECK(bench_->head_idx_o == head.idx && bench_->head_units_o == head.units);
        TB_CHECK(bench_->head_error_o == head.error);
        bench_->pop_i = random_source.chance(70);
    }

    uint64_t age(const Entry &entry) const
    {
        return bench_.cycles() - entry.sent_at;
    }

    /* The table says by itself that a read is over: its time must be. */
    void expired(Entry &entry)
    {
        TB_CHECK(age(entry) > TIMEOUT_CYCLES);
        end(entry, TIMEOUT);
    }

    void end(Entry &entry, unsigned error)
    {
        entry.state = State::Done;
        entry.error = error;
        gens_[entry.idx] += error != 0;
        errors[error]++;
    }

    /* The answer to the lookup of three cycles before. */
    Entry *check_lookup()
    {
        lookups_.push_back(bench_->lookup_tag_i);
        if (lookups_.size() <= 3)
            return nullptr;
        Entry *entry = find(lookups_.front());
        lookups_.pop_front();
        if (entry && bench_.cycles() - entry->sent_at < 2)
            entry = nullptr; /* not yet live when it was looked up; nobody can answer so soon */
        else if (entry && !bench_->lookup_hit_o)
            expired(*entry);
        bool live = entry && entry->state == State::Live;
        TB_CHECK(bench_->lookup_hit_o == live);
        misses += !live;
        unsigned said_remaining = said_remaining_;
        bool said_addr6 = said_addr6_;
        said_remaining_ = bench_->lookup_remaining_i;
        said_addr6_ = bench_->lookup_addr6_i;
        if (!live)
            return nullptr;
        TB_CHECK(age(*entry) <= TIMEOUT_CYCLES + 2 * TAGS);
        TB_CHECK(bench_->lookup_idx_o == entry->idx &&
                 bench_->lookup_received_o == entry->received);
        bool right = said_remaining == entry->units - entry->received &&
                     said_addr6 == (entry->addr6 ^ (entry->received & 1));
        TB_CHECK(bench_->lookup_fits_o == right);
        fitting += right;
        return entry;
    }

    void finish_cycle(Entry *found)
    {
        if (found && bench_->commit_i) {
            found->received += bench_->commit_units_i;
            found->poison = found->poison || bench_->commit_poison_i;
            if (found->received == found->units)
                end(*found, found->poison ? POISON : 0);
        } else if (found && bench_->fail_i) {
            end(*found, bench_->fail_error_i);
        }
        if (sent_) {
            sent_->state = State::Live;
            sent_->sent_at = bench_.cycles();
        }
        if (dropped_)
            end(*dropped_, UR);
        bool was_empty = ring_.empty();
        if (bench_->pop_i) {
            ring_.pop_front();
            delivered++;
        }
        if (bench_->alloc_i && bench_->alloc_ready_o) {
            unsigned idx = tail_++ % capacity();
            ring_.push_back({idx, make_tag(idx), bench_->alloc_units_i, bool(bench_->alloc_addr6_i),
                             random_source.chance(4)});
        } else if (was_empty && !bench_->alloc_i) {
            small_ = !bench_->ext_tag_i;
            tail_ = 0;
        }
    }

    tb::Bench<V> bench_;
    std::deque<Entry>
        ring_; /* oldest first; a deque keeps references while entries come and go at its ends */
    Entry *sent_ = nullptr, *dropped_ = nullptr;
    std::deque<unsigned> lookups_;
    unsigned said_remaining_ = 0, again_ = 0;
    bool said_addr6_ = false;
    unsigned tail_ = 0, gens_[TAGS] = {};
    bool small_ = true;
};

} // namespace

int main()
{
    Tags tags;
    for (unsigned round = 0; round < 60; round++) {
        tags.set_extended(round % 3 != 0);
        for (unsigned i = 0; i < 3000; i++)
            tags.cycle(i < 2000); /* runs empty before the next form of tag */
    }
    std::printf("# %u reads; %u in UR, %u poisoned, %u timed out, %u malformed\n", tags.delivered,
                tags.errors[UR], tags.errors[POISON], tags.errors[TIMEOUT], tags.errors[5]);
    TB_CHECK(tags.delivered > 5000 && tags.full > 1000 && tags.misses > 1000 &&
             tags.fitting > 1000);
    TB_CHECK(tags.errors[UR] > 50 && tags.errors[POISON] > 50 && tags.errors[TIMEOUT] > 50 &&
             tags.errors[5] > 50);
    tb::pass("64 tags");
    return 0;
}
