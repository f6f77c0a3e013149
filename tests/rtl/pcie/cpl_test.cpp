/* SPDX-License-Identifier: Apache-2.0 */
/* snap_pcie_cpl by itself: every single wrong bit of a header, every wrong number of beats, reads
 * that end while their completion comes in, and completions without an end. The test is the table
 * of reads, with one read in it. */
#include <deque>

#include HEADER

#include "pcie_tlp.h"
#include "tb.h"

using pcie::Tlp;

namespace
{

constexpr uint16_t CARD_ID = 0x5A21;
constexpr unsigned DWS = sizeof(V::rx_cpl_data_i) / 4, UNIT_BEATS = 16 / DWS;
constexpr unsigned UR = 1, CA = 2, MALFORMED = 5;

tb::Random random_source(tb::seed());

struct Read {
    bool live;
    uint8_t tag;
    uint64_t address;
    unsigned units, received;
};

/* What one TLP led to. */
struct Seen {
    unsigned commits = 0, fails = 0, errors = 0, writes = 0, unexpected = 0, units = 0;
    bool poison = false;
    bool operator==(const Seen &other) const
    {
        return commits == other.commits && fails == other.fails && errors == other.errors &&
               writes == other.writes && unexpected == other.unexpected && units == other.units &&
               poison == other.poison;
    }
};

Seen committed(unsigned units, bool poison = false)
{
    Seen seen;
    seen.commits = 1;
    seen.writes = units * UNIT_BEATS;
    seen.units = units;
    seen.poison = poison;
    return seen;
}

Seen failed(unsigned error, unsigned writes = 0)
{
    Seen seen;
    seen.fails = 1;
    seen.errors = error;
    seen.writes = writes;
    return seen;
}

Seen unexpected()
{
    Seen seen;
    seen.unexpected = 1;
    return seen;
}

class Checker
{
  public:
    Checker()
    {
        bench_->requester_id_i = CARD_ID;
        bench_->rx_cpl_valid_i = 0;
        bench_.reset();
    }

    Read read{};

    void new_read()
    {
        read.live = true;
        read.tag = uint8_t(random_source.next());
        read.units = 1 + random_source.below(8);
        read.received = random_source.below(read.units);
        read.address = (random_source.next() & ~511ull) + 64 * random_source.below(9 - read.units);
    }

    unsigned remaining() const
    {
        return read.units - read.received;
    }

    /* A right answer with the next `units` units. */
    Tlp answer(unsigned units) const
    {
        return pcie::completion(CARD_ID, read.tag, pcie::STATUS_SC, remaining() * 64,
                                read.address + 64 * read.received, units * 64);
    }

    /* Sends `beats` beats (0: as many as the payload has), the last with eop when `end`; the read
     * ends by itself when beat `ends_at` is looked at. */
    Seen send(const Tlp &tlp, unsigned beats = 0, bool end = true, int ends_at = -1)
    {
        Seen seen;
        unsigned payload_beats = unsigned((tlp.payload.size() + DWS - 1) / DWS);
        if (beats == 0)
            beats = payload_beats ? payload_beats : 1;
        for (unsigned beat = 0; beat < beats; beat++) {
            while (random_source.chance(20))
                gap(seen);
            bench_->rx_cpl_valid_i = 1;
            bench_->rx_cpl_sop_i = beat == 0;
            bench_->rx_cpl_eop_i = end && beat + 1 == beats;
            for (unsigned i = 0; i < 4; i++)
                bench_->rx_cpl_hdr_i[3 - i] =
                    beat == 0 ? tlp.dw[i] : uint32_t(random_source.next());
            for (unsigned i = 0; i < DWS; i++)
                bench_->rx_cpl_data_i[i] = value(tlp, beat * DWS + i);
            if (ends_at == int(beat)) {
                ends_in_ = STAGES; /* just before this beat is looked at */
            }
            step(seen);
        }
        for (unsigned i = 0; i <= STAGES + 1; i++)
            gap(seen);
        return seen;
    }

  private:
    static uint32_t value(const Tlp &tlp, unsigned dw)
    {
        return dw < tlp.payload.size() ? tlp.payload[dw] : 0;
    }

    void gap(Seen &seen)
    {
        bench_->rx_cpl_valid_i = 0;
        bench_->rx_cpl_sop_i = random_source.chance(50);
        bench_->rx_cpl_eop_i = random_source.chance(50);
        step(seen);
    }

    /* A tag is answered three cycles later, when a cycle before was said what is missing. */
    void step(Seen &seen)
    {
        bench_.settle();
        tags_.push_back(bench_->lookup_tag_o);
        unsigned tag = tags_.front();
        tags_.pop_front();
        if (ends_in_ >= 0 && ends_in_-- == 0)
            read.live = false;
        bool hit = read.live && tag == read.tag, addr6 = (read.address / 64 + read.received) & 1;
        bench_->lookup_hit_i = hit;
        bench_->lookup_received_i = uint8_t(hit ? read.received : random_source.below(8));
        bench_->lookup_fits_i =
            hit ? said_remaining_ == remaining() && said_addr6_ == addr6 : random_source.chance(50);
        bench_.settle();
        look(seen);
        said_remaining_ = bench_->lookup_remaining_o;
        said_addr6_ = bench_->lookup_addr6_o;
        bench_.tick();
    }

    void look(Seen &seen)
    {
        seen.unexpected += bench_->err_completion_o;
        /* commit, fail and write count with a hit only */
        if (!bench_->lookup_hit_i)
            return;
        TB_CHECK(!(bench_->commit_o && bench_->fail_o));
        if (bench_->write_o) {
            unsigned beat = read.received * UNIT_BEATS + seen.writes;
            TB_CHECK(bench_->write_beat_o == beat);
            for (unsigned i = 0; i < DWS; i++)
                TB_CHECK(bench_->write_data_o[i] ==
                         pcie::memory_dw(read.address + 4 * (beat * DWS + i)));
            seen.writes++;
        }
        if (bench_->commit_o) {
            seen.commits++;
            seen.units = bench_->commit_units_o;
            seen.poison = bench_->commit_poison_o;
            read.received += seen.units;
            read.live = read.received < read.units;
        }
        if (bench_->fail_o) {
            seen.fails++;
            seen.errors = bench_->fail_error_o;
            read.live = false;
        }
    }

    static constexpr unsigned STAGES = 4; /* from a beat to its outcome */
    tb::Bench<V> bench_;
    std::deque<unsigned> tags_{0, 0, 0};
    unsigned said_remaining_ = 0;
    bool said_addr6_ = false;
    int ends_in_ = -1;
};

/* What a good completion becomes when bit `bit` of DWord `dw` is the other way round. */
Seen expect_flipped(const Tlp &good, const Tlp &flipped, unsigned dw, unsigned bit)
{
    unsigned units = good.length() / 16;
    if (dw == 3 || (dw == 1 && (bit >= 16 || bit == 12)) || (dw == 2 && bit == 7))
        return committed(units); /* says nothing that matters */
    if (dw == 2)
        return bit >= 8 ? unexpected() : failed(MALFORMED); /* transaction id; lower address */
    if (dw == 1)
        return failed(MALFORMED); /* status of a TLP with data; byte count */
    if ((bit >= 15 && bit <= 17) || bit == 10 || bit == 11)
        return committed(units); /* hints, digest, address type */
    if (bit == 14)
        return committed(units, true);
    if (bit == 19 || bit == 23)
        return unexpected(); /* tag bits 9:8 */
    if (bit == 30 || bit == 24 || (bit < 24 && bit >= 10))
        return failed(MALFORMED); /* no data, locked; class and attributes */
    if (bit >= 25)
        return unexpected(); /* not a completion */
    /* The length: a shorter one that fits comes with too many beats. */
    bool fits =
        flipped.length() % 16 == 0 && flipped.length() != 0 && flipped.length() < good.length();
    return failed(MALFORMED, fits ? flipped.length() / DWS : 0);
}

void every_bit(Checker &checker)
{
    for (unsigned round = 0; round < 60; round++) {
        for (unsigned bit = 0; bit < 128; bit++) {
            checker.new_read();
            Tlp good = checker.answer(1 + random_source.below(checker.remaining()));
            Tlp flipped = good;
            flipped.dw[bit / 32] ^= 1u << (bit % 32);
            unsigned missing = checker.remaining() * 16;
            Seen expected = expect_flipped(good, flipped, bit / 32, bit % 32);
            if (bit < 10 && flipped.length() > good.length() && flipped.length() % 16 == 0 &&
                flipped.length() <= missing) /* longer than its beats, but that shows at the end */
                expected = failed(MALFORMED, good.length() / DWS);
            TB_CHECK(checker.send(flipped) == expected);
        }
    }
    tb::pass("every bit of a header");
}

void every_status(Checker &checker)
{
    for (unsigned round = 0; round < 100; round++) {
        for (unsigned status = 0; status < 8; status++) {
            checker.new_read();
            Tlp tlp = pcie::completion(CARD_ID, checker.read.tag, status, random_source.below(4096),
                                       random_source.below(128), 0);
            unsigned expected = status == pcie::STATUS_SC || status == pcie::STATUS_CRS ? MALFORMED
                                : status == pcie::STATUS_CA                             ? CA
                                                                                        : UR;
            TB_CHECK(checker.send(tlp) == failed(expected));
            TB_CHECK(checker.send(tlp) == unexpected()); /* the read has ended */
        }
    }
    tb::pass("every status");
}

/* Too few and too many beats, no end, and the end of the read in the middle. */
void framing(Checker &checker)
{
    for (unsigned round = 0; round < 3000; round++) {
        checker.new_read();
        unsigned units = 1 + random_source.below(checker.remaining()), beats = units * UNIT_BEATS;
        Tlp tlp = checker.answer(units);
        unsigned sent = 1 + random_source.below(2 * beats);
        Seen expected =
            sent == beats ? committed(units) : failed(MALFORMED, sent < beats ? sent : beats);
        TB_CHECK(checker.send(tlp, sent) == expected);

        checker.new_read();
        units = 1 + random_source.below(checker.remaining());
        beats = units * UNIT_BEATS;
        tlp = checker.answer(units);
        sent = random_source.below(beats);
        Seen cut = {};
        cut.writes = sent;
        if (sent != 0) { /* the next TLP begins although this one has not ended */
            TB_CHECK(checker.send(tlp, sent, false) == cut);
            tlp = checker.answer(units);
        }
        TB_CHECK(checker.send(tlp) == committed(units));

        checker.new_read();
        units = 1 + random_source.below(checker.remaining());
        beats = units * UNIT_BEATS;
        int ends_at = int(random_source.below(beats));
        Seen late = checker.send(checker.answer(units), 0, true, ends_at);
        TB_CHECK(late.commits == 0 && late.fails == 0 && late.writes <= unsigned(ends_at));
        TB_CHECK(late.unexpected == (ends_at == 0));
    }
    tb::pass("beats that are missing, too many, or come too late");
}

void good_answers(Checker &checker)
{
    for (unsigned round = 0; round < 3000; round++) {
        checker.new_read();
        checker.read.received = 0;
        while (checker.read.live) {
            unsigned units = 1 + random_source.below(checker.remaining());
            Tlp tlp = checker.answer(units);
            bool poison = random_source.chance(10);
            tlp.dw[0] |= poison ? 1u << 14 : 0;
            TB_CHECK(checker.send(tlp) == committed(units, poison));
        }
    }
    tb::pass("reads answered in pieces");
}

} // namespace

int main()
{
    Checker checker;
    good_answers(checker);
    every_bit(checker);
    every_status(checker);
    framing(checker);
    return 0;
}
