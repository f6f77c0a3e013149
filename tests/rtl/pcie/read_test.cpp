/* SPDX-License-Identifier: Apache-2.0 */
/* snap_pcie_read by itself: requests in, responses out, with the test as TLP port and as receiver
 * of completions, beat by beat. What snap_pcie cannot steer: how long a read waits for the port,
 * reads that end between the beats of a completion, and what becomes of waiting reads when all is
 * abandoned. */
#include <deque>
#include <map>
#include <vector>

#include HEADER

#include "pcie_tlp.h"
#include "tb.h"

namespace
{

constexpr unsigned DWS = sizeof(V::rsp_data_o) / 4, UNIT_BEATS = 16 / DWS;
constexpr unsigned TAGS = 8, CLIENT = 1, TIMEOUT_CYCLES = 1500;
constexpr unsigned UR = 1, POISON = 3, TIMEOUT = 4, MALFORMED = 5;

tb::Random random_source(tb::seed());

struct Read {
    uint64_t address;
    unsigned units, meta;
    bool on_port = false, sent = false, lost = false;
    unsigned tag = 0, received = 0, error = 0, beats_out = 0;
    uint64_t sent_at = 0;
    bool ended = false, poison = false;
};

struct Knobs {
    unsigned request_percent, port_percent, beat_percent, ready_percent, fault_percent;
};

class Reader
{
  public:
    Reader()
    {
        bench_->ext_tag_i = 1;
        bench_->drain_i = bench_->abandon_i = 0;
        bench_->req_valid_i = bench_->rd_ready_i = bench_->rsp_ready_i = 0;
        bench_->sent_i = bench_->commit_i = bench_->fail_i = bench_->write_i = 0;
        bench_.reset();
        bench_.tick();
    }

    void cycle(const Knobs &knobs)
    {
        drive_request(knobs);
        drive_port(knobs);
        bench_->rsp_ready_i = random_source.chance(knobs.ready_percent);
        drive_completion(knobs);
        bench_.settle();
        errors_counted_ += bench_->err_read_o;
        TB_CHECK(bench_->idle_o == reads_.empty());
        look_at_completion();
        look_at_response();
        look_at_port();
        look_at_request();
        bench_.tick();
        if (request_taken_)
            bench_->req_valid_i = 0;
    }

    void run(const Knobs &knobs, unsigned cycles)
    {
        for (unsigned i = 0; i < cycles; i++)
            cycle(knobs);
    }

    /* Gives up what waits for the port, until nothing is left. */
    void abandon(const Knobs &knobs)
    {
        bench_->drain_i = bench_->abandon_i = 1;
        finish(knobs);
        bench_->drain_i = bench_->abandon_i = 0;
    }

    void finish(Knobs knobs)
    {
        knobs.request_percent = bench_->drain_i ? knobs.request_percent : 0;
        for (unsigned i = 0;
             i < 20000 && !(reads_.empty() && (bench_->drain_i || !bench_->req_valid_i)); i++)
            cycle(knobs);
        TB_CHECK(reads_.empty() && errors_counted_ == errors_seen);
    }

    uint64_t responses = 0, beats = 0, errors_seen = 0, abandoned = 0, cut = 0;

  private:
    void drive_request(const Knobs &knobs)
    {
        V &d = bench_.dut();
        if (d.req_valid_i || !random_source.chance(knobs.request_percent))
            return;
        d.req_valid_i = 1;
        d.req_units_i = uint8_t(1 + random_source.below(8));
        d.req_addr_i =
            (random_source.next() & ~511ull) + 64 * random_source.below(9u - d.req_units_i);
        d.req_meta_i = uint8_t(random_source.next());
    }

    void look_at_request()
    {
        V &d = bench_.dut();
        request_taken_ = d.req_valid_i && d.req_ready_o;
        TB_CHECK(!request_taken_ || !d.drain_i);
        if (request_taken_)
            reads_.push_back({d.req_addr_i, d.req_units_i, d.req_meta_i});
    }

    /* A read that was taken by the port leaves some time later. */
    void drive_port(const Knobs &knobs)
    {
        V &d = bench_.dut();
        d.sent_i = leaving_ && random_source.chance(knobs.port_percent);
        d.sent_idx_i = uint8_t(leaving_ ? leaving_idx_ : random_source.below(TAGS));
        d.rd_ready_i = (!leaving_ || d.sent_i) && random_source.chance(knobs.port_percent);
    }

    void look_at_port()
    {
        V &d = bench_.dut();
        if (d.sent_i) {
            leaving_->sent = true;
            leaving_->sent_at = bench_.cycles();
            leaving_->lost = random_source.chance(3);
            live_[leaving_->tag] = leaving_;
            leaving_ = nullptr;
        }
        TB_CHECK(!d.rd_valid_o || !d.abandon_i);
        Read *waiting = nullptr; /* the one that the port has not taken: at most one */
        for (Read &read : reads_)
            if (!read.on_port && !read.error)
                waiting = &read;
        TB_CHECK(!d.rd_valid_o || waiting);
        if (d.abandon_i && waiting) {
            waiting->error = UR;
            waiting->ended = true;
            abandoned++;
            return;
        }
        if (!d.rd_valid_o)
            return;
        TB_CHECK(d.rd_addr_o == waiting->address && d.rd_units_o == waiting->units);
        TB_CHECK(d.rd_idx_o < TAGS && (d.rd_tag_o & 0x3F) == (CLIENT << 5 | d.rd_idx_o));
        TB_CHECK(!live_.count(d.rd_tag_o));
        if (!d.rd_ready_i)
            return;
        waiting->on_port = true;
        waiting->tag = d.rd_tag_o;
        leaving_ = waiting;
        leaving_idx_ = d.rd_idx_o;
    }

    /* A beat on its way: its tag is looked up, two cycles later it says what is missing, and a
     * cycle behind that it comes to the answer. */
    struct Beat {
        uint8_t tag = 0;
        bool shown = false, foreign = false, commit = false, fail = false, poison = false,
             first = false;
        unsigned beat = 0, units = 0;
        uint64_t address = 0; /* of its place */
    };

    void drive_completion(const Knobs &knobs)
    {
        V &d = bench_.dut();
        coming_.push_back(next_beat(knobs));
        d.lookup_tag_i = coming_.back().tag;
        if (coming_.size() > 4)
            coming_.pop_front();
        d.commit_i = d.fail_i = d.write_i = 0;
        d.fail_error_i = MALFORMED;
        now_ = coming_.size() < 4 ? Beat{} : coming_.front();
        d.commit_units_i = uint8_t(now_.shown ? now_.units : 1 + random_source.below(8));
        d.commit_poison_i = now_.shown ? now_.poison : random_source.chance(50);
        Read *said = coming_.size() < 4 ? nullptr : find(coming_[1].tag);
        said_now_ = said_next_;
        said_next_ = random_source.chance(50);
        d.lookup_remaining_i = uint8_t(said ? said->units - said->received : 0);
        d.lookup_addr6_i = said && ((said->address / 64 + said->received + !said_next_) & 1);
        if (!now_.shown && !now_.foreign)
            return;
        d.write_i = 1;
        d.write_beat_i = uint8_t(now_.beat);
        for (unsigned i = 0; i < DWS; i++)
            d.write_data_i[i] = now_.foreign
                                    ? 0xDEADBEEF
                                    : pcie::memory_dw(now_.address + 4 * (now_.beat * DWS + i));
        d.commit_i = now_.commit;
        d.fail_i = now_.fail;
    }

    Read *find(unsigned tag)
    {
        auto found = live_.find(tag);
        return found == live_.end() ? nullptr : found->second;
    }

    /* Chooses the next completion when the last is over; its next beat. */
    Beat next_beat(const Knobs &knobs)
    {
        Beat beat;
        beat.tag = uint8_t(random_source.next());
        if (!random_source.chance(knobs.beat_percent))
            return beat;
        if (cpl_units_ == 0 && !choose(knobs)) { /* somebody else's: must not touch any place */
            if ((beat.tag >> 5 & 1) == CLIENT)
                beat.tag ^= 1 << 5; /* the other client's */
            beat.foreign = true;
            beat.beat = random_source.below(8 * UNIT_BEATS);
            beat.commit = random_source.chance(50);
            beat.fail = !beat.commit;
            return beat;
        }
        bool last = cpl_beat_ + 1 == cpl_units_ * UNIT_BEATS;
        beat.shown = true;
        beat.first = cpl_beat_ == 0;
        beat.tag = uint8_t(cpl_tag_);
        beat.beat = cpl_start_ + cpl_beat_;
        beat.address = cpl_address_;
        beat.units = cpl_units_;
        beat.poison = cpl_poison_;
        beat.fail = cpl_fails_ && last;
        beat.commit = !cpl_fails_ && last;
        cpl_beat_++;
        if (last)
            cpl_units_ = 0;
        return beat;
    }

    /* Its outcome is not yet known. */
    bool in_flight(unsigned tag) const
    {
        for (const Beat &beat : coming_)
            if (beat.shown && beat.tag == tag)
                return true;
        return false;
    }

    bool choose(const Knobs &knobs)
    {
        Read *chosen = nullptr;
        unsigned count = 0;
        for (auto &pair : live_) {
            Read &read = *pair.second;
            if (!read.lost && !in_flight(read.tag) && random_source.below(++count) == 0)
                chosen = &read;
        }
        for (auto &pair : live_) { /* what was lost comes just before it is too late, and first */
            Read &read = *pair.second;
            if (read.lost && !in_flight(read.tag) &&
                bench_.cycles() - read.sent_at > TIMEOUT_CYCLES - 8)
                chosen = &read;
        }
        if (!chosen)
            return false;
        cpl_tag_ = chosen->tag;
        cpl_address_ = chosen->address;
        cpl_start_ = chosen->received * UNIT_BEATS;
        cpl_units_ = chosen->lost ? chosen->units - chosen->received
                                  : 1 + random_source.below(chosen->units - chosen->received);
        cpl_beat_ = 0;
        cpl_poison_ = random_source.chance(knobs.fault_percent);
        cpl_fails_ = random_source.chance(knobs.fault_percent);
        return true;
    }

    void look_at_completion()
    {
        V &d = bench_.dut();
        Read *read = coming_.size() < 4 ? nullptr : find(now_.tag);
        if (read && bench_.cycles() - read->sent_at < 2)
            read = nullptr; /* looked up before it was live */
        if (read && !d.lookup_hit_o)
            end(*read, TIMEOUT);
        TB_CHECK(d.lookup_hit_o == (read && !read->ended) || coming_.size() < 4);
        if (d.lookup_hit_o) {
            TB_CHECK(d.lookup_received_o == read->received);
            TB_CHECK(d.lookup_fits_o == said_now_ || outcome_before_ == now_.tag);
        }
        outcome_before_ = -1;
        if (!now_.shown)
            return;
        cut += !d.lookup_hit_o && !now_.first;
        if (d.lookup_hit_o && (d.commit_i || d.fail_i))
            outcome_before_ = now_.tag;
        if (d.lookup_hit_o && d.commit_i) {
            read->received += now_.units;
            read->poison = read->poison || now_.poison;
            if (read->received == read->units)
                end(*read, read->poison ? POISON : 0);
        }
        if (d.lookup_hit_o && d.fail_i)
            end(*read, MALFORMED);
    }

    void end(Read &read, unsigned error)
    {
        TB_CHECK(error != TIMEOUT || bench_.cycles() - read.sent_at > TIMEOUT_CYCLES);
        read.ended = true;
        read.error = error;
        live_.erase(read.tag);
    }

    void look_at_response()
    {
        V &d = bench_.dut();
        bool valid = d.rsp_valid_o;
        TB_CHECK(!waiting_ || valid);
        TB_CHECK(!in_response_ || valid); /* no gaps inside */
        waiting_ = valid && !d.rsp_ready_i;
        if (!valid)
            return;
        TB_CHECK(!reads_.empty());
        Read &read = reads_.front();
        if (!read.ended && read.sent)
            end(read, TIMEOUT);
        TB_CHECK(read.ended && d.rsp_error_o == read.error && d.rsp_meta_o == read.meta);
        for (unsigned i = 0; i < DWS && read.error == 0; i++)
            TB_CHECK(d.rsp_data_o[i] ==
                     pcie::memory_dw(read.address + 4 * (read.beats_out * DWS + i)));
        TB_CHECK(d.rsp_last_o == (read.beats_out + 1 == read.units * UNIT_BEATS));
        in_response_ = !d.rsp_last_o;
        if (!d.rsp_ready_i)
            return;
        read.beats_out++;
        beats++;
        if (!d.rsp_last_o)
            return;
        responses++;
        errors_seen += read.error != 0;
        reads_.pop_front();
    }

    tb::Bench<V> bench_;
    std::deque<Read> reads_; /* accepted and not delivered; entries stay where they are */
    std::map<unsigned, Read *> live_;
    Read *leaving_ = nullptr;
    unsigned leaving_idx_ = 0;
    std::deque<Beat> coming_; /* oldest first: the one that is answered, then those behind it */
    Beat now_;
    bool said_now_ = false, said_next_ = false;
    int outcome_before_ = -1; /* tag: what was said before it may not fit any more */
    bool request_taken_ = false, waiting_ = false, in_response_ = false;
    bool cpl_poison_ = false, cpl_fails_ = false;
    unsigned cpl_tag_ = 0, cpl_units_ = 0, cpl_start_ = 0,
             cpl_beat_ = 0; /* the completion that comes in */
    uint64_t cpl_address_ = 0, errors_counted_ = 0;
};

} // namespace

int main()
{
    Reader reader;
    for (unsigned percent : {100, 70, 30})
        reader.run({percent, percent, 100, percent, 2}, 200000);
    reader.finish({0, 50, 100, 50, 0});
    std::printf("# %llu reads, %llu of them failed, %llu beats behind the end of theirs\n",
                (unsigned long long)reader.responses, (unsigned long long)reader.errors_seen,
                (unsigned long long)reader.cut);
    TB_CHECK(reader.responses > 5000 && reader.errors_seen > 300 && reader.cut > 100);
    tb::pass("reads in order, answered in pieces, wrongly, or cut by the time-out");
    for (unsigned i = 0; i < 300; i++) {
        reader.run({70, random_source.below(60), 80, 60, 2}, random_source.below(200));
        reader.abandon({70, 60, 80, 60, 2});
    }
    TB_CHECK(reader.abandoned > 100);
    tb::pass("waiting reads abandoned");
    return 0;
}
