/* SPDX-License-Identifier: Apache-2.0 */
/* snap_pcie against a model of the host: memory reads answered late, out of order, split, wrongly
 * or never; writes, interrupts and register accesses with their order checked; all channels pushed
 * back at random. */
#include <deque>
#include <map>
#include <set>
#include <vector>

#include HEADER

#include "pcie_tlp.h"
#include "tb.h"

using pcie::Tlp;

namespace
{

constexpr uint16_t CARD_ID = 0x0108;
constexpr unsigned UR = 1, CA = 2, POISON = 3, TIMEOUT = 4, MALFORMED = 5;
constexpr unsigned DWS = sizeof(V::rx_cpl_data_i) / 4; /* DWords of a beat */
constexpr unsigned VECTORS = 4;
constexpr unsigned LOOKUP_CYCLES = 6; /* a completion on the wires has been looked at by then */

struct Knobs {
    unsigned request_percent =
        60; /* chance of a new read, write, interrupt or register access a cycle */
    unsigned ready_percent = 60;
    unsigned beat_percent = 80; /* completion channel busy */
    unsigned latency = 100;     /* at most, in cycles */
    unsigned fault_percent = 0;
    unsigned write_percent = 30, irq_percent = 5, register_percent = 20;
    bool ext_tag = true, full_units = false, no_split = false, low_addresses = false;
    unsigned max_read = 2;
};

struct Read {
    uint64_t address = 0;
    unsigned units = 0, meta = 0;
    bool sent = false;
    unsigned error = 0;
    bool late = false; /* lost, but its completion comes when nobody waits any more */
    uint8_t tag = 0;
    unsigned beats_seen = 0;
};

/* Completions of one read, in order; sent from `when` on. */
struct Answer {
    uint64_t when;
    std::deque<Tlp> tlps;
    bool duplicate_last;
    bool late = false; /* the card has given it up */
};

enum class Kind { Access, Refused, Dropped, Flush };

struct Request {
    Tlp tlp;
    Kind kind = Kind::Access;
    unsigned byte_count = 4, skip_bytes = 0; /* what a completion says */
    bool plain = false;                      /* not a memory read: byte count 4, lower address 0 */
};

struct Write {
    uint64_t address;
    std::vector<uint32_t> data;
};

struct Stream { /* a TLP on its way over several beats */
    Tlp tlp;
    unsigned beat = 0, beats = 0;
    bool active = false;
    void start(const Tlp &next)
    {
        tlp = next;
        beat = 0;
        unsigned dws = unsigned(next.payload.size());
        beats = unsigned(int(dws ? (dws + DWS - 1) / DWS : 1) + next.beats_delta);
        active = true;
    }
    uint32_t dw(unsigned i) const
    {
        return beat * DWS + i < tlp.payload.size() ? tlp.payload[beat * DWS + i] : 0xDEADBEEF;
    }
};

/* A valid/ready output must not take a word back or change it. */
struct Held {
    bool waiting = false;
    std::vector<uint32_t> last;
    void check(bool valid, bool ready, std::vector<uint32_t> word)
    {
        TB_CHECK(!waiting || (valid && word == last));
        waiting = valid && !ready;
        last = std::move(word);
    }
};

template <class Wide> std::vector<uint32_t> words(const Wide &wide, unsigned count)
{
    std::vector<uint32_t> out(count);
    for (unsigned i = 0; i < count; i++)
        out[i] = wide[i];
    return out;
}

template <class Wide> Tlp header(const Wide &wide)
{
    Tlp tlp;
    for (unsigned i = 0; i < 4; i++)
        tlp.dw[i] = wide[3 - i];
    return tlp;
}

class Host
{
  public:
    explicit Host(uint64_t seed) : random_(seed)
    {
        V &d = bench_.dut();
        d.rx_req_valid_i = d.rx_cpl_valid_i = 0;
        d.s_req_valid_i = d.d_req_valid_i = d.wr_valid_i = d.irq_valid_i = 0;
        d.reg_ack_i = d.drain_i = 0;
        d.cfg_requester_id_i = CARD_ID;
        d.cfg_bus_master_i = 1;
        d.cfg_msix_enable_i = 0;
        d.cfg_msix_mask_i = 0;
        d.msix_clear_i = 0;
        d.cfg_max_payload_i = 0;
        d.cfg_max_read_i = 2;
        d.cfg_ext_tag_i = 1;
        bench_.reset();
        bench_.tick();
    }

    Knobs knobs;
    bool feed = true;        /* new work */
    bool abandoning = false; /* reads that have not left end with UR, writes are thrown away */
    bool lose_all = false;
    uint64_t responses = 0, response_beats = 0, write_beats = 0, messages = 0, errors_seen = 0;

    V &dut()
    {
        return bench_.dut();
    }
    uint64_t now() const
    {
        return bench_.cycles();
    }
    size_t reads_left() const
    {
        return reads_[0].size() + reads_[1].size();
    }
    size_t outstanding() const
    {
        return outstanding_.size();
    }
    size_t writes_waiting() const
    {
        return writes_.size();
    }
    void drop_writes()
    {
        left_ += writes_.size();
        writes_.clear();
    }

    void cycle()
    {
        V &d = bench_.dut();
        abandoning = abandoning || (d.drain_i && !d.cfg_bus_master_i);
        drive_clients();
        drive_completions();
        drive_requests();
        d.tx_rd_ready_i = now() >= quiet_until_ && random_.chance(knobs.ready_percent);
        d.tx_wr_ready_i = random_.chance(knobs.ready_percent);
        d.tx_cpl_ready_i = random_.chance(knobs.ready_percent);
        d.s_rsp_ready_i = random_.chance(knobs.ready_percent);
        d.d_rsp_ready_i = random_.chance(knobs.ready_percent);
        drive_registers();
        bench_.settle();
        check_held();
        look_at_registers();
        look_at_replies(); /* before the writes: those that leave in this very cycle do not count
                              yet */
        check_bus_master();
        release_tags();
        look_at_reads();
        look_at_writes();
        look_at_responses();
        take_clients();
        err_request_ += d.err_request_o;
        err_completion_ += d.err_completion_o;
        err_read_ += d.err_read_o;
        bench_.tick();
        clear_taken();
    }

    void run(unsigned cycles)
    {
        for (unsigned i = 0; i < cycles; i++)
            cycle();
    }

    /* Until everything that was accepted has come to its end; then the books must balance. */
    void settle(unsigned limit = 60000)
    {
        feed = false;
        for (unsigned i = 0; i < limit && !quiet(); i++)
            cycle();
        TB_CHECK(quiet());
        run(20);
        TB_CHECK(!dut().busy_o);
        TB_CHECK(writes_.empty() && requests_.empty() && reads_[0].empty() && reads_[1].empty());
        TB_CHECK(err_completion_ == expect_err_completion_);
        TB_CHECK(err_read_ == errors_seen);
        TB_CHECK(err_request_ == expect_err_request);
        for (unsigned v = 0; v < VECTORS; v++) {
            if (!irqs_[v].empty() && msix_on)
                TB_CHECK(message_left_[v] >= irqs_[v].back());
        }
        feed = true;
    }

    bool quiet()
    {
        return !dut().busy_o && answers_.empty() && urgent_.empty() && !rx_cpl_.active &&
               !rx_req_.active && requests_.empty() && !reply_due_ && !client_busy();
    }

    /* One register access, on its own; the value of a read. */
    uint32_t access(bool write, uint32_t address, uint32_t value = 0)
    {
        requests_.push_back(
            {pcie::request(write, 0xE0000000u + address, value, next_tag_++), Kind::Access});
        starting_ = true;
        for (unsigned i = 0; i < 5000 && (starting_ || reply_due_ || !access_idle()); i++) {
            cycle();
            starting_ = !requests_.empty() || rx_req_.active;
        }
        TB_CHECK(!starting_ && !reply_due_);
        return last_reply_;
    }

    void raise(unsigned vector)
    {
        bench_->irq_valid_i = 1;
        bench_->irq_vector_i = uint8_t(vector);
        for (unsigned i = 0; i < 100 && bench_->irq_valid_i; i++)
            cycle();
        run(5);
    }

    uint64_t expect_err_request = 0;
    bool msix_on = false;

    void program_msix()
    {
        for (unsigned v = 0; v < VECTORS; v++) {
            access(true, 0x2000 + v * 16, 0xFEE00000u + v * 64);
            access(true, 0x2004 + v * 16, v & 1);
            access(true, 0x2008 + v * 16, 0x4000 + v);
            access(true, 0x200C + v * 16, 0);
        }
        dut().cfg_msix_enable_i = 1;
        msix_on = true;
    }

  private:
    tb::Bench<V> bench_;
    tb::Random random_;
    std::deque<Read> reads_[2]; /* accepted, not delivered */
    std::map<uint8_t, Read *> outstanding_;
    std::vector<Answer> answers_;
    std::deque<Tlp> urgent_; /* to be sent next, without a gap */
    Stream rx_cpl_, rx_req_;
    std::deque<Write> writes_;      /* accepted, not seen on tx_wr */
    std::vector<uint32_t> offered_; /* the write that is being handed over */
    size_t offered_beat_ = 0;
    bool draining_ = false; /* in the last cycle: a drain is heard a cycle later */
    uint64_t accepted_ = 0, left_ = 0;
    Tlp tx_wr_;
    bool in_tx_wr_ = false;
    std::deque<Request> requests_; /* not yet taken by the card */
    Request current_;              /* the one it works on */
    bool reply_due_ = false, reply_seen_ = false, access_due_ = false, rx_req_taken_ = false,
         starting_ = false;
    uint32_t reply_value_ = 0, last_reply_ = 0;
    uint8_t next_tag_ = 0;
    std::map<uint32_t, uint32_t> registers_;
    uint64_t reply_floor_ = 0;            /* writes that must have left before the reply */
    std::vector<uint64_t> irqs_[VECTORS]; /* writes accepted before each interrupt */
    uint64_t messages_[VECTORS] = {}, message_left_[VECTORS] = {};
    uint64_t err_request_ = 0, err_completion_ = 0, err_read_ = 0, expect_err_completion_ = 0;
    Held held_[5];
    uint64_t quiet_until_ = 0; /* no read may leave before */
    bool rd_waiting_ = false, wr_waiting_ = false, bus_master_before_ = true;
    bool taken_[4] = {}; /* reads of both clients, write, interrupt */

    bool access_idle()
    {
        return !access_due_ && !bench_->reg_req_o && bench_->rx_req_ready_o;
    }

    bool client_busy()
    {
        V &d = bench_.dut();
        return d.s_req_valid_i || d.d_req_valid_i || d.wr_valid_i || d.irq_valid_i;
    }

    /* -------------------------------------------------------- clients */
    uint64_t random_address(unsigned units)
    {
        uint64_t block = 128u << (knobs.max_read > 2 ? 2 : knobs.max_read);
        uint64_t base =
            random_.next() & (random_.chance(50) || knobs.low_addresses ? 0xFFFFFFFFu : ~0ull);
        uint64_t room = block / 64 - units;
        return (base & ~(block - 1)) + 64 * random_.below(uint32_t(room) + 1);
    }

    void drive_clients()
    {
        V &d = bench_.dut();
        unsigned most = 2u << (knobs.max_read > 2 ? 2 : knobs.max_read);
        auto read_client = [&](auto &valid, auto &addr, auto &units, auto &meta) {
            if (valid || !feed || !random_.chance(knobs.request_percent))
                return;
            valid = 1;
            units = uint8_t(knobs.full_units ? most : 1 + random_.below(most));
            addr = random_address(units);
            meta = random_.below(1u << 24);
        };
        read_client(d.s_req_valid_i, d.s_req_addr_i, d.s_req_units_i, d.s_req_meta_i);
        read_client(d.d_req_valid_i, d.d_req_addr_i, d.d_req_units_i, d.d_req_meta_i);
        if (!d.wr_valid_i && feed && random_.chance(knobs.write_percent)) {
            static const uint8_t sizes[3] = {4, 32, 64};
            d.wr_valid_i = 1;
            d.wr_bytes_i = sizes[random_.below(3)];
            d.wr_addr_i = random_address(1) + d.wr_bytes_i * random_.below(64u / d.wr_bytes_i);
            offered_.clear();
            for (unsigned i = 0; i < d.wr_bytes_i / 4u; i++)
                offered_.push_back(uint32_t(random_.next()));
            offered_beat_ = 0;
        }
        if (d.wr_valid_i) {
            for (unsigned i = 0; i < DWS; i++) {
                size_t at = offered_beat_ * DWS + i;
                d.wr_data_i[i] = at < offered_.size() ? offered_[at] : uint32_t(at);
            }
            d.wr_last_i = (offered_beat_ + 1) * DWS >= offered_.size();
        }
        if (!d.irq_valid_i && feed && msix_on && random_.chance(knobs.irq_percent)) {
            d.irq_valid_i = 1;
            d.irq_vector_i = uint8_t(random_.below(VECTORS));
        }
    }

    void take_clients()
    {
        V &d = bench_.dut();
        bool heard = d.drain_i && draining_;
        draining_ = d.drain_i;
        auto read_client = [&](unsigned c, auto &valid, auto ready, auto addr, auto units,
                               auto meta) {
            if (!valid || !ready)
                return;
            TB_CHECK(!heard);
            Read read;
            read.address = addr;
            read.units = units;
            read.meta = meta;
            reads_[c].push_back(read);
            taken_[c] = true;
        };
        read_client(0, d.s_req_valid_i, d.s_req_ready_o, d.s_req_addr_i, d.s_req_units_i,
                    d.s_req_meta_i);
        read_client(1, d.d_req_valid_i, d.d_req_ready_o, d.d_req_addr_i, d.d_req_units_i,
                    d.d_req_meta_i);
        bool wr_taken = d.wr_valid_i && d.wr_ready_o, irq_taken = d.irq_valid_i && d.irq_ready_o;
        TB_CHECK(!heard || (!(wr_taken && offered_beat_ == 0) && !irq_taken));
        if (irq_taken && d.irq_vector_i < VECTORS && d.cfg_msix_enable_i)
            irqs_[d.irq_vector_i].push_back(accepted_);
        offered_beat_ += wr_taken;
        if (wr_taken && d.wr_last_i) {
            writes_.push_back({d.wr_addr_i, offered_});
            accepted_++;
        }
        taken_[2] = wr_taken && d.wr_last_i;
        taken_[3] = irq_taken;
    }

    void clear_taken()
    {
        V &d = bench_.dut();
        if (taken_[0])
            d.s_req_valid_i = 0;
        if (taken_[1])
            d.d_req_valid_i = 0;
        if (taken_[2])
            d.wr_valid_i = 0;
        if (taken_[3])
            d.irq_valid_i = 0;
        taken_[0] = taken_[1] = taken_[2] = taken_[3] = false;
    }

    /* -------------------------------------------------------- reads and their completions */
    std::deque<Tlp> split(const Read &read)
    {
        std::deque<Tlp> tlps;
        unsigned done = 0, bytes = read.units * 64;
        while (done < bytes) {
            unsigned left = (bytes - done) / 64;
            unsigned take =
                64 * (knobs.no_split || random_.chance(40) ? left : 1 + random_.below(left));
            tlps.push_back(pcie::completion(CARD_ID, read.tag, pcie::STATUS_SC, bytes - done,
                                            read.address + done, take));
            done += take;
        }
        return tlps;
    }

    /* Breaks one TLP; the host says nothing more about this read then. */
    void malform(std::deque<Tlp> &tlps)
    {
        size_t at = random_.below(uint32_t(tlps.size()));
        tlps.resize(at + 1);
        Tlp &tlp = tlps.back();
        unsigned dws = tlp.length();
        switch (random_.below(13)) {
        case 0: /* not whole units */
            tlp.dw[0] -= 1;
            tlp.payload.pop_back();
            break;
        case 1: /* longer than what is missing */
            tlp.dw[0] += (tlp.dw[1] & 0xFFF) / 4 - dws + 16;
            tlp.payload.resize(tlp.length());
            break;
        case 2:
            tlp.dw[0] &= ~0x3FFu; /* 1024 DWords */
            tlp.payload.resize(1024);
            break;
        case 3:
            tlp.dw[1] ^= 1u << random_.below(12); /* byte count */
            break;
        case 4:
            tlp.dw[2] ^= 1u << random_.below(7); /* lower address */
            break;
        case 5: {
            static const unsigned bits[6] = {12, 13, 18,
                                             20, 21, 22}; /* attributes, traffic class */
            tlp.dw[0] ^= 1u << bits[random_.below(6)];
            break;
        }
        case 6:
            tlp.dw[0] = pcie::TYPE_CPL; /* success without data */
            tlp.payload.clear();
            break;
        case 7:
            tlp.dw[1] |= (1 + random_.below(7)) << 13; /* data without success */
            break;
        case 8:
            tlp.dw[0] ^= 1u << 24; /* CplDLk */
            break;
        case 9:
            tlp = pcie::completion(CARD_ID, uint8_t(tlp.dw[2] >> 8), pcie::STATUS_CRS, 4, 0, 0);
            break;
        case 10: /* ends too early (a whole beat is missing), if it has a beat to spare */
            if (dws > DWS) {
                tlp.beats_delta = -1;
                break;
            }
            [[fallthrough]];
        default: /* ends too late */
            tlp.beats_delta = int(1 + random_.below(3));
            break;
        }
    }

    void plan(Read &read)
    {
        Answer answer{now() + 1 + random_.below(knobs.latency), split(read), false};
        if (lose_all) {
            read.error = TIMEOUT;
            return;
        }
        if (random_.chance(knobs.fault_percent)) {
            switch (random_.below(6)) {
            case 0:
            case 1: { /* instead of one of the TLPs */
                bool ca = random_.chance(50);
                read.error = ca ? CA : UR;
                answer.tlps.resize(random_.below(uint32_t(answer.tlps.size())));
                unsigned code = ca ? pcie::STATUS_CA : random_.chance(50) ? pcie::STATUS_UR : 7;
                answer.tlps.push_back(pcie::completion(CARD_ID, read.tag, code, 64, 0, 0));
                break;
            }
            case 2:
                read.error = POISON;
                answer.tlps[random_.below(uint32_t(answer.tlps.size()))].dw[0] |= 1u << 14;
                break;
            case 3: /* lost, wholly or from some TLP on; perhaps it comes when it is too late */
                read.error = TIMEOUT;
                read.late = random_.chance(50);
                answer.tlps.resize(random_.below(uint32_t(answer.tlps.size())));
                break;
            default:
                read.error = MALFORMED;
                malform(answer.tlps);
                break;
            }
        } else {
            answer.duplicate_last = knobs.fault_percent && random_.chance(10);
        }
        if (!answer.tlps.empty())
            answers_.push_back(std::move(answer));
    }

    /* A tag is free for the card's next read when the response has begun to leave the reorder
     * memory. */
    void release_tags()
    {
        const bool valid[2] = {bool(bench_->s_rsp_valid_o), bool(bench_->d_rsp_valid_o)};
        for (unsigned c = 0; c < 2; c++) {
            if (!valid[c])
                continue;
            TB_CHECK(!reads_[c].empty());
            Read &read = reads_[c].front();
            auto found = outstanding_.find(read.tag);
            if (read.sent && found != outstanding_.end() && found->second == &read)
                outstanding_.erase(found);
        }
    }

    void look_at_reads()
    {
        V &d = bench_.dut();
        if (!d.tx_rd_valid_o || !d.tx_rd_ready_i)
            return;
        Tlp tlp = header(d.tx_rd_hdr_o);
        TB_CHECK((tlp.dw[0] & ~(pcie::FMT_4DW | 0x3FFu)) == 0);
        TB_CHECK(tlp.dw[1] >> 16 == CARD_ID && (tlp.dw[1] & 0xFF) == 0xFF);
        TB_CHECK(tlp.four_dw() == (tlp.address() >> 32 != 0));
        TB_CHECK(tlp.four_dw() || tlp.dw[3] == 0);
        TB_CHECK(knobs.ext_tag || tlp.tag() < 32);
        TB_CHECK(!outstanding_.count(tlp.tag()));
        Read *read = nullptr; /* the oldest unsent read of either client that looks like it */
        for (auto &queue : reads_) {
            for (Read &candidate : queue) {
                if (candidate.sent)
                    continue;
                if (!read && candidate.address == tlp.address() &&
                    candidate.units * 16 == tlp.length())
                    read = &candidate;
                break;
            }
        }
        TB_CHECK(read);
        read->sent = true;
        read->tag = tlp.tag();
        outstanding_[tlp.tag()] = read;
        forget_late(read->tag);
        plan(*read);
    }

    /* What is late must not come when the tag is in use again: after as many errors of an entry as
     * it has generations, two with 64 tags, its tag is the same. */
    void forget_late(uint8_t tag)
    {
        for (size_t i = answers_.size(); i-- > 0;) {
            if (!answers_[i].late || uint8_t(answers_[i].tlps.front().dw[2] >> 8) != tag)
                continue;
            expect_err_completion_ -= answers_[i].tlps.size();
            answers_.erase(answers_.begin() + long(i));
        }
    }

    bool pick_tlp()
    {
        if (!urgent_.empty()) {
            rx_cpl_.start(urgent_.front());
            urgent_.pop_front();
            quiet_until_ = now() + LOOKUP_CYCLES;
            return true;
        }
        if (!random_.chance(knobs.beat_percent))
            return false;
        if (feed && knobs.fault_percent && bench_->tx_rd_valid_o && random_.chance(2)) {
            unsolicited();
            return true;
        }
        for (unsigned tries = 0; tries < 8 && !answers_.empty(); tries++) {
            size_t i = knobs.no_split ? 0 : random_.below(uint32_t(answers_.size()));
            Answer &answer = answers_[i];
            if (answer.when > now())
                continue;
            rx_cpl_.start(answer.tlps.front());
            answer.tlps.pop_front();
            if (answer.tlps.empty()) {
                if (answer.duplicate_last) {
                    urgent_.push_back(rx_cpl_.tlp);
                    expect_err_completion_++;
                }
                answers_.erase(answers_.begin() + long(i));
            }
            return true;
        }
        return false;
    }

    /* Somebody else's completion, or one that nobody asked for. No read leaves until it has been
     * looked at: its tag might be this one. */
    void unsolicited()
    {
        V &d = bench_.dut();
        uint8_t tag = uint8_t(random_.below(256));
        bool ours =
            !outstanding_.count(tag) && !(d.tx_rd_valid_o && header(d.tx_rd_hdr_o).tag() == tag);
        uint16_t id = ours ? CARD_ID : uint16_t(CARD_ID ^ 1u << random_.below(16));
        Tlp tlp = pcie::completion(id, tag, pcie::STATUS_SC, 64, 0, 64);
        if (random_.chance(20))
            tlp.dw[0] |= 1u << (random_.chance(50) ? 19 : 23); /* tag bits 8 and 9 */
        rx_cpl_.start(tlp);
        expect_err_completion_++;
        quiet_until_ = now() + LOOKUP_CYCLES;
    }

    void drive_completions()
    {
        V &d = bench_.dut();
        TB_CHECK(d.rx_cpl_ready_o);
        d.rx_cpl_valid_i = 0;
        bool fresh = !rx_cpl_.active && pick_tlp();
        if (!rx_cpl_.active || (!fresh && !random_.chance(knobs.beat_percent)))
            return;
        d.rx_cpl_valid_i = 1;
        d.rx_cpl_sop_i = rx_cpl_.beat == 0;
        d.rx_cpl_eop_i = rx_cpl_.beat + 1 == rx_cpl_.beats;
        for (unsigned i = 0; i < 4; i++)
            d.rx_cpl_hdr_i[3 - i] =
                rx_cpl_.beat == 0 ? rx_cpl_.tlp.dw[i] : uint32_t(random_.next());
        for (unsigned i = 0; i < DWS; i++)
            d.rx_cpl_data_i[i] = rx_cpl_.dw(i);
        rx_cpl_.active = !d.rx_cpl_eop_i;
        rx_cpl_.beat++;
    }

    void look_at_responses()
    {
        V &d = bench_.dut();
        if (d.s_rsp_valid_o && d.s_rsp_ready_i)
            look_at_response(0, words(d.s_rsp_data_o, DWS), d.s_rsp_last_o, d.s_rsp_error_o,
                             d.s_rsp_meta_o);
        if (d.d_rsp_valid_o && d.d_rsp_ready_i)
            look_at_response(1, words(d.d_rsp_data_o, DWS), d.d_rsp_last_o, d.d_rsp_error_o,
                             d.d_rsp_meta_o);
    }

    void look_at_response(unsigned c, const std::vector<uint32_t> &data, bool last, unsigned error,
                          unsigned meta)
    {
        TB_CHECK(!reads_[c].empty());
        Read &read = reads_[c].front();
        unsigned beats = read.units * 16 / DWS;
        if (abandoning && !read.sent)
            read.error = UR;
        TB_CHECK((read.sent || read.error) && error == read.error && meta == read.meta);
        for (unsigned i = 0; i < DWS && !error; i++)
            TB_CHECK(data[i] == pcie::memory_dw(read.address + (read.beats_seen * DWS + i) * 4));
        read.beats_seen++;
        response_beats++;
        TB_CHECK(last == (read.beats_seen == beats));
        if (!last)
            return;
        responses++;
        errors_seen += error != 0;
        if (read.late) {
            answers_.push_back({now() + random_.below(50), split(read), false, true});
            expect_err_completion_ += answers_.back().tlps.size();
        }
        reads_[c].pop_front();
    }

    /* -------------------------------------------------------- writes and interrupts */
    void look_at_writes()
    {
        V &d = bench_.dut();
        if (!d.tx_wr_valid_o || !d.tx_wr_ready_i)
            return;
        TB_CHECK(d.tx_wr_sop_o == !in_tx_wr_);
        if (d.tx_wr_sop_o)
            tx_wr_ = header(d.tx_wr_hdr_o);
        unsigned left = tx_wr_.length() - unsigned(tx_wr_.payload.size());
        unsigned here = left < DWS ? left : DWS;
        TB_CHECK(d.tx_wr_strb_o == (1u << here) - 1);
        for (unsigned i = 0; i < here; i++)
            tx_wr_.payload.push_back(d.tx_wr_data_o[i]);
        write_beats++;
        in_tx_wr_ = !d.tx_wr_eop_o;
        TB_CHECK(d.tx_wr_eop_o == (here == left));
        if (d.tx_wr_eop_o)
            look_at_write();
    }

    void look_at_write()
    {
        unsigned length = tx_wr_.length();
        TB_CHECK((tx_wr_.dw[0] & ~(pcie::FMT_4DW | 0x3FFu)) == pcie::FMT_DATA);
        TB_CHECK(tx_wr_.dw[1] == (uint32_t(CARD_ID) << 16 | (length > 1 ? 0xFF : 0x0F)));
        TB_CHECK(tx_wr_.four_dw() == (tx_wr_.address() >> 32 != 0));
        if (msix_on && length == 1 && (tx_wr_.address() & 0xFFFFFF00u) == 0xFEE00000u &&
            tx_wr_.address() >> 32 <= 1) {
            look_at_message();
            return;
        }
        TB_CHECK(!writes_.empty());
        TB_CHECK(tx_wr_.address() == writes_.front().address &&
                 tx_wr_.payload == writes_.front().data);
        writes_.pop_front();
        left_++;
    }

    /* The k-th message of a vector follows its k-th interrupt or a later one. */
    void look_at_message()
    {
        unsigned v = tx_wr_.payload[0] - 0x4000;
        TB_CHECK(v < VECTORS);
        TB_CHECK(tx_wr_.address() == (uint64_t(v & 1) << 32 | (0xFEE00000u + v * 64)));
        TB_CHECK(messages_[v] < irqs_[v].size());
        TB_CHECK(irqs_[v][messages_[v]] <= left_);
        message_left_[v] = left_;
        messages_[v]++;
        messages++;
    }

    /* -------------------------------------------------------- registers */
    void random_request()
    {
        uint32_t address = 4 * random_.below(0x20000 / 4);
        if (address >= 0x2000 && address < 0x4000)
            address += 0x8000;
        uint64_t base = random_.chance(50) ? 0xE0000000u : 0x3400000000u;
        requests_.push_back({pcie::request(random_.chance(50), base + address,
                                           uint32_t(random_.next()), next_tag_++),
                             Kind::Access});
        Request &request = requests_.back();
        request.tlp.dw[0] |= random_.below(8) << 20 | random_.below(4) << 12;
        if (random_.chance(knobs.fault_percent))
            spoil(request);
    }

    /* A request that the card must not execute. */
    void spoil(Request &request)
    {
        Tlp &tlp = request.tlp;
        bool write = tlp.has_data();
        request.kind = write ? Kind::Dropped : Kind::Refused;
        switch (random_.below(6)) {
        case 0: /* not all bytes */
            tlp.dw[1] ^= 1u << random_.below(4);
            request.skip_bytes = !(tlp.dw[1] & 1);
            request.byte_count = 3 + ((tlp.dw[1] & 6) != 6 && (tlp.dw[1] & 9) == 9);
            break;
        case 1: /* several DWords */
            tlp.dw[0] += 1 + random_.below(40);
            tlp.dw[1] |= 0xF0;
            request.byte_count = tlp.length() * 4;
            tlp.payload.resize(write ? tlp.length() : 0, 0x55555555);
            break;
        case 2: { /* I/O, configuration */
            static const uint32_t types[3] = {2, 4, 5};
            tlp.dw[0] = (tlp.dw[0] & ~(pcie::FMT_4DW)) | types[random_.below(3)] << 24;
            request.kind = Kind::Refused;
            request.plain = true;
            break;
        }
        case 3: /* FetchAdd, Swap, CAS, deferrable write; messages instead of reads */
            if (write) {
                static const uint32_t types[4] = {0x0C, 0x0D, 0x0E, 0x1B};
                tlp.dw[0] |= types[random_.below(4)] << 24;
                request.kind = Kind::Refused;
                request.plain = true;
            } else {
                tlp.dw[0] |= pcie::FMT_4DW | (0x10u + random_.below(8)) << 24;
                request.kind = Kind::Dropped;
            }
            break;
        case 4: /* poisoned write; flush read, which is no error */
            if (write) {
                tlp.dw[0] |= 1u << 14;
            } else {
                tlp.dw[1] &= ~0xFu;
                request.kind = Kind::Flush;
                request.byte_count = 1;
            }
            break;
        default: /* locked read; write of more beats than it says */
            if (write)
                tlp.beats_delta = 1;
            else
                tlp.dw[0] |= 1u << 24;
            break;
        }
    }

    void drive_requests()
    {
        V &d = bench_.dut();
        if (rx_req_taken_) {
            rx_req_taken_ = false;
            rx_req_.active = !d.rx_req_eop_i;
            rx_req_.beat++;
            d.rx_req_valid_i = 0;
        }
        if (feed && requests_.size() < 3 && random_.chance(knobs.register_percent))
            random_request();
        if (!rx_req_.active && !requests_.empty())
            rx_req_.start(requests_.front().tlp);
        if (!rx_req_.active || d.rx_req_valid_i || !random_.chance(70))
            return;
        d.rx_req_valid_i = 1;
        d.rx_req_sop_i = rx_req_.beat == 0;
        d.rx_req_eop_i = rx_req_.beat + 1 == rx_req_.beats;
        for (unsigned i = 0; i < 4; i++)
            d.rx_req_hdr_i[3 - i] = rx_req_.tlp.dw[i];
        for (unsigned i = 0; i < DWS; i++)
            d.rx_req_data_i[i] = rx_req_.dw(i);
    }

    void drive_registers()
    {
        V &d = bench_.dut();
        d.reg_ack_i = d.reg_req_o && random_.chance(40);
        d.reg_rdata_i = registers_.count(d.reg_addr_o) ? registers_[d.reg_addr_o] : ~d.reg_addr_o;
    }

    void look_at_registers()
    {
        V &d = bench_.dut();
        if (d.rx_req_valid_i && d.rx_req_ready_o) {
            rx_req_taken_ = true;
            if (d.rx_req_sop_i) {
                current_ = requests_.front();
                requests_.pop_front();
                expect_err_request +=
                    current_.kind == Kind::Dropped || current_.kind == Kind::Refused;
                reply_due_ = current_.kind == Kind::Refused || current_.kind == Kind::Flush ||
                             (current_.kind == Kind::Access && !current_.tlp.has_data());
                access_due_ = current_.kind == Kind::Access &&
                              ((current_.tlp.address() & 0x1FFFF) >> 13) != 1;
                reply_value_ = 0;
                reply_seen_ = false;
                reply_floor_ = accepted_;
            }
        }
        if (!d.reg_req_o || !d.reg_ack_i)
            return;
        TB_CHECK(access_due_);
        access_due_ = false;
        TB_CHECK(d.reg_addr_o == (current_.tlp.address() & 0x1FFFF));
        TB_CHECK(d.reg_write_o == current_.tlp.has_data());
        if (d.reg_write_o) {
            TB_CHECK(d.reg_wdata_o == current_.tlp.payload[0]);
            registers_[d.reg_addr_o] = d.reg_wdata_o;
        } else {
            reply_value_ = d.reg_rdata_i;
            reply_floor_ = accepted_;
        }
    }

    void look_at_replies()
    {
        V &d = bench_.dut();
        if (!d.tx_cpl_valid_o)
            return;
        TB_CHECK(reply_due_ && !access_due_);
        /* Unless bus mastering was off: then the writes wait, but the host must not wait for them.
         */
        TB_CHECK(reply_seen_ || abandoning || !bus_master_before_ || left_ >= reply_floor_);
        reply_seen_ = true;
        if (!d.tx_cpl_ready_i)
            return;
        reply_due_ = false;
        Tlp tlp = header(d.tx_cpl_hdr_o);
        const Tlp &request = current_.tlp;
        bool refused = current_.kind == Kind::Refused;
        bool locked = refused && !current_.plain && (request.dw[0] >> 24 & 0x1F) == 1;
        uint32_t echoed = request.dw[0] & (7u << 20 | 3u << 12);
        TB_CHECK(tlp.dw[0] == ((locked ? pcie::TYPE_CPL_LOCKED : pcie::TYPE_CPL) | echoed |
                               (refused ? 0 : pcie::FMT_DATA | 1)));
        TB_CHECK(tlp.dw[1] == (uint32_t(CARD_ID) << 16 | (refused ? pcie::STATUS_UR << 13 : 0) |
                               (current_.plain ? 4 : current_.byte_count)));
        unsigned lower = current_.plain ? 0 : (request.address() & 0x7C) + current_.skip_bytes;
        TB_CHECK(tlp.dw[2] == ((request.dw[1] & 0xFFFFFF00u) | lower));
        TB_CHECK(tlp.dw[3] == 0);
        bool table = (request.address() & 0x1FFFF) >> 13 == 1;
        TB_CHECK(refused || table || d.tx_cpl_data_o[0] == reply_value_);
        for (unsigned i = 1; i < DWS; i++)
            TB_CHECK(d.tx_cpl_data_o[i] == 0);
        last_reply_ = d.tx_cpl_data_o[0];
    }

    /* -------------------------------------------------------- the port itself */
    void check_held()
    {
        V &d = bench_.dut();
        auto both = [](std::vector<uint32_t> a, const std::vector<uint32_t> &b, uint32_t more) {
            a.insert(a.end(), b.begin(), b.end());
            a.push_back(more);
            return a;
        };
        held_[0].check(d.tx_rd_valid_o, d.tx_rd_ready_i, words(d.tx_rd_hdr_o, 4));
        held_[1].check(d.tx_wr_valid_o, d.tx_wr_ready_i,
                       both(words(d.tx_wr_hdr_o, 4), words(d.tx_wr_data_o, DWS),
                            uint32_t(d.tx_wr_strb_o) << 2 | d.tx_wr_sop_o << 1 | d.tx_wr_eop_o));
        held_[2].check(d.tx_cpl_valid_o, d.tx_cpl_ready_i,
                       both(words(d.tx_cpl_hdr_o, 4), words(d.tx_cpl_data_o, DWS), 0));
        held_[3].check(
            d.s_rsp_valid_o, d.s_rsp_ready_i,
            both(words(d.s_rsp_data_o, DWS), {d.s_rsp_meta_o, d.s_rsp_error_o}, d.s_rsp_last_o));
        held_[4].check(
            d.d_rsp_valid_o, d.d_rsp_ready_i,
            both(words(d.d_rsp_data_o, DWS), {d.d_rsp_meta_o, d.d_rsp_error_o}, d.d_rsp_last_o));
    }

    /* A TLP that appears on a channel was started in the cycle before: bus master must have been
     * on. */
    void check_bus_master()
    {
        V &d = bench_.dut();
        bool new_rd = d.tx_rd_valid_o && !rd_waiting_;
        bool new_wr = d.tx_wr_valid_o && d.tx_wr_sop_o && !wr_waiting_;
        TB_CHECK(bus_master_before_ || (!new_rd && !new_wr));
        rd_waiting_ = d.tx_rd_valid_o && !d.tx_rd_ready_i;
        wr_waiting_ = d.tx_wr_valid_o && !d.tx_wr_ready_i;
        bus_master_before_ = d.cfg_bus_master_i;
    }
};

/* ------------------------------------------------------------------------------------ tests */

void random_traffic(const char *what, const Knobs &knobs, unsigned cycles)
{
    Host host(tb::seed());
    host.knobs = knobs;
    host.dut().cfg_ext_tag_i = knobs.ext_tag;
    host.dut().cfg_max_read_i = uint8_t(knobs.max_read);
    host.feed = false;
    host.run(5);
    host.program_msix();
    host.feed = true;
    host.run(cycles);
    host.settle();
    TB_CHECK(host.responses > 100 && host.messages > 20 && host.write_beats > 100);
    TB_CHECK(!knobs.fault_percent || host.errors_seen > 20);
    std::printf("# %llu reads, %llu of them failed, %llu beats of writes, %llu interrupts\n",
                (unsigned long long)host.responses, (unsigned long long)host.errors_seen,
                (unsigned long long)host.write_beats, (unsigned long long)host.messages);
    tb::pass(what);
}

void all_traffic()
{
    Knobs knobs;
    random_traffic("traffic without faults", knobs, 20000);
    knobs.fault_percent = 15;
    random_traffic("traffic with every fault", knobs, 200000);
    knobs.ready_percent = knobs.beat_percent = 100;
    random_traffic("faults without back-pressure", knobs, 100000);
    knobs.ext_tag = false;
    knobs.ready_percent = 40;
    random_traffic("5-bit tags", knobs, 100000);
    knobs.ext_tag = true;
    knobs.low_addresses = true;
    for (unsigned max_read : {0u, 1u, 5u}) {
        knobs.max_read = max_read;
        random_traffic("maximum read request of another size", knobs, 40000);
    }
}

/* Reads at the rate of the completion channel: a beat a cycle in, a beat a cycle out. */
void read_throughput()
{
    for (unsigned max_read : {2u, 0u}) {
        Host host(tb::seed());
        host.knobs = Knobs{};
        host.knobs.ready_percent = host.knobs.beat_percent = host.knobs.request_percent = 100;
        host.knobs.write_percent = host.knobs.irq_percent = host.knobs.register_percent = 0;
        host.knobs.full_units = host.knobs.no_split = true;
        host.knobs.latency = 1;
        host.knobs.max_read = max_read;
        host.dut().cfg_max_read_i = uint8_t(max_read);
        host.run(500);
        uint64_t before = host.response_beats;
        host.run(2000);
        std::printf("# %u-bit data, reads of %u bytes: %llu beats in 2000 cycles\n", DWS * 32,
                    128u << max_read, (unsigned long long)(host.response_beats - before));
        TB_CHECK(host.response_beats - before >= 1998);
        host.settle();
    }
    tb::pass("reads: one beat a cycle");
}

void write_throughput()
{
    Host host(tb::seed());
    host.knobs.ready_percent = host.knobs.write_percent = 100;
    host.knobs.request_percent = host.knobs.irq_percent = host.knobs.register_percent = 0;
    host.run(100);
    uint64_t before = host.write_beats;
    host.run(2000);
    TB_CHECK(host.write_beats - before >= (DWS == 4 ? 1998u : 1990u));
    host.settle();
    tb::pass("writes: one beat a cycle");
}

void lost_reads()
{
    Host host(tb::seed());
    host.knobs.write_percent = host.knobs.irq_percent = host.knobs.register_percent = 0;
    host.knobs.ready_percent = 100;
    host.lose_all = true;
    host.run(200);
    host.feed = false;
    size_t lost = host.outstanding(); /* what comes behind them waits for their tags */
    TB_CHECK(lost >= 30);
    uint64_t start = host.now();
    while (host.errors_seen < lost && host.now() - start < 20000)
        host.cycle();
    std::printf("# %llu lost reads ended %llu cycles later\n", (unsigned long long)host.errors_seen,
                (unsigned long long)(host.now() - start));
    TB_CHECK(host.now() - start < 6000 + 2000); /* one time-out and the delivery */
    host.settle();
    tb::pass("lost reads: one time-out for all");
}

void bus_master()
{
    Host host(tb::seed());
    host.feed = false;
    host.program_msix();
    host.feed = true;
    tb::Random random(tb::seed());
    for (unsigned i = 0; i < 100; i++) {
        host.run(random.below(100));
        host.dut().cfg_bus_master_i = !host.dut().cfg_bus_master_i;
    }
    host.dut().cfg_bus_master_i = 0;
    host.run(100);
    host.feed = false;
    host.access(false, 0x100); /* answered, although writes wait */
    TB_CHECK(host.writes_waiting() != 0);
    host.dut().cfg_bus_master_i = 1;
    host.settle();
    tb::pass("bus master off: nothing starts, nothing is lost");
}

/* Stops in mid-flight, with the bus master on, off, or switched off meanwhile. */
void drain()
{
    Host host(tb::seed());
    host.feed = false;
    host.program_msix();
    host.knobs.fault_percent = 3;
    tb::Random random(tb::seed());
    for (unsigned i = 0; i < 60; i++) {
        host.feed = true;
        host.run(100 + random.below(400));
        host.dut().cfg_bus_master_i = random.chance(50);
        host.run(random.below(20));
        host.dut().drain_i = 1;
        host.run(random.below(40));
        if (random.chance(30))
            host.dut().cfg_bus_master_i = 0;
        for (unsigned n = 0; n < 20000 && !host.dut().drained_o; n++)
            host.cycle();
        TB_CHECK(host.dut().drained_o && host.outstanding() == 0 && host.reads_left() == 0);
        TB_CHECK(host.abandoning || host.writes_waiting() == 0);
        host.drop_writes();
        host.abandoning = false;
        host.dut().drain_i = 0;
        host.dut().cfg_bus_master_i = 1;
    }
    host.settle();
    tb::pass("drain in mid-flight");
}

void msix()
{
    Host host(tb::seed());
    host.feed = false;
    for (unsigned v = 0; v < VECTORS; v++)
        TB_CHECK(host.access(false, 0x200C + v * 16) == 1); /* masked after reset */
    host.raise(0);
    TB_CHECK(host.access(false, 0x3000) == 0); /* disabled: dropped */
    host.program_msix();
    TB_CHECK(host.access(false, 0x2008) == 0x4000 && host.access(false, 0x2014) == 1);
    host.raise(1);
    host.run(50);
    TB_CHECK(host.messages == 1 && host.access(false, 0x3000) == 0);
    host.access(true, 0x202C, 1); /* masks vector 2 */
    host.raise(2);
    host.raise(2);
    host.run(50);
    TB_CHECK(host.messages == 1 && host.access(false, 0x3000) == 4 &&
             host.access(false, 0x3004) == 0);
    host.access(true, 0x202C, 0);
    host.run(50);
    TB_CHECK(host.messages == 2 && host.access(false, 0x3000) == 0);
    host.dut().cfg_msix_mask_i = 1;
    host.raise(0);
    host.raise(3);
    host.run(50);
    TB_CHECK(host.messages == 2 && host.access(false, 0x3000) == 9);
    host.dut().cfg_msix_mask_i = 0;
    host.run(50);
    TB_CHECK(host.messages == 4);
    host.raise(77); /* no such vector */
    host.dut().cfg_bus_master_i = 0;
    host.raise(3);
    host.run(50);
    TB_CHECK(host.messages == 4 && host.access(false, 0x3000) == 8);
    host.dut().cfg_bus_master_i = 1;
    host.run(50);
    TB_CHECK(host.messages == 5);
    host.access(true, 0x2040, 0x1234); /* behind the last vector */
    TB_CHECK(host.access(false, 0x2040) == 0 && host.access(false, 0x3008) == 0);
    host.access(true, 0x3000, 0xF); /* pending bits are read-only */
    TB_CHECK(host.access(false, 0x3000) == 0);
    host.settle();
    tb::pass("MSI-X: masks, pending bits, enable");
}

} // namespace

int main()
{
    all_traffic();
    read_throughput();
    write_throughput();
    lost_reads();
    bus_master();
    drain();
    msix();
    return 0;
}
