/* SPDX-License-Identifier: Apache-2.0 */
/* snap_pcie_write by itself: what snap_pcie cannot show from outside. The counts of writes, when an
 * interrupt is raised, messages ahead of writes, and writes thrown away. The test is snap_msix: a
 * raised vector becomes a message, now or later. */
#include <deque>
#include <vector>

#include HEADER

#include "pcie_tlp.h"
#include "tb.h"

using pcie::Tlp;

namespace
{

constexpr unsigned DWS = sizeof(V::tx_wr_data_o) / 4;
constexpr uint16_t CARD_ID = 0x0310;
constexpr uint64_t MESSAGE_BIT = 1ull << 31; /* in the address of messages only */

tb::Random random_source(tb::seed());

struct Entry { /* accepted: a write, or an interrupt when there is no data */
    uint64_t address;
    std::vector<uint32_t> data;
};

struct Knobs {
    unsigned write_percent, irq_percent, ready_percent, message_percent;
};

class Writer
{
  public:
    Writer()
    {
        bench_->requester_id_i = CARD_ID;
        bench_->bus_master_i = 1;
        bench_->drain_i = bench_->abandon_i = 0;
        bench_->wr_valid_i = bench_->irq_valid_i = bench_->message_valid_i = 0;
        bench_->tx_wr_ready_i = 0;
        bench_.reset();
    }

    void run(const Knobs &knobs, unsigned cycles)
    {
        for (unsigned i = 0; i < cycles; i++)
            cycle(knobs);
    }

    void set(bool bus_master, bool drain, bool abandon)
    {
        bench_->bus_master_i = bus_master;
        bench_->drain_i = drain;
        bench_->abandon_i = abandon;
    }

    void finish()
    {
        set(true, false, false);
        run({0, 0, 100, 100}, 100);
        TB_CHECK(entries_.empty() && pending_ == 0 && !bench_->message_valid_i);
        TB_CHECK(bench_->idle_o && !bench_->tx_wr_valid_o && accepted_ == left_);
    }

    uint64_t writes = 0, messages = 0, overtook = 0, thrown_away = 0;
    uint64_t finished_in_drain = 0, interrupted = 0;

  private:
    void cycle(const Knobs &knobs)
    {
        drive(knobs);
        bench_.settle();
        look_at_counts();
        look_at_output();
        look_at_interrupts();
        remember();
        accept();
        bench_.tick();
        if (taken_wr_)
            bench_->wr_valid_i = 0;
        if (offered_beat_ * DWS >= offered_.data.size())
            offered_.data.clear();
        if (taken_irq_)
            bench_->irq_valid_i = 0;
        if (taken_message_)
            bench_->message_valid_i = 0;
    }

    void drive(const Knobs &knobs)
    {
        V &d = bench_.dut();
        if (offered_.data.empty() && random_source.chance(knobs.write_percent)) {
            static const uint8_t sizes[3] = {4, 32, 64};
            d.wr_bytes_i = sizes[random_source.below(3)];
            d.wr_addr_i = random_source.next() & (random_source.chance(50) ? ~0ull : 0xFFFFFFFFull);
            d.wr_addr_i &= ~MESSAGE_BIT & ~uint64_t(d.wr_bytes_i - 1);
            offered_.address = d.wr_addr_i;
            for (unsigned i = 0; i < d.wr_bytes_i / 4u; i++)
                offered_.data.push_back(uint32_t(random_source.next()));
            offered_beat_ = 0;
        }
        if (!offered_.data.empty() && !d.wr_valid_i && random_source.chance(80))
            offer_beat();
        if (!d.irq_valid_i && random_source.chance(knobs.irq_percent)) {
            d.irq_valid_i = 1;
            d.irq_vector_i = uint8_t(random_source.next());
        }
        if (!d.message_valid_i && pending_ != 0 && random_source.chance(knobs.message_percent)) {
            pending_--;
            d.message_valid_i = 1;
            d.message_addr_i =
                (random_source.chance(50) ? random_source.next() & ~3ull : 0xFEE00000u) |
                MESSAGE_BIT;
            d.message_wide_i = d.message_addr_i >> 32 != 0;
            d.message_data_i = uint32_t(random_source.next());
        }
        d.tx_wr_ready_i = random_source.chance(knobs.ready_percent);
    }

    void offer_beat()
    {
        V &d = bench_.dut();
        d.wr_valid_i = 1;
        d.wr_last_i = (offered_beat_ + 1) * DWS >= offered_.data.size();
        for (unsigned i = 0; i < DWS; i++) {
            size_t at = offered_beat_ * DWS + i;
            d.wr_data_i[i] =
                at < offered_.data.size() ? offered_.data[at] : uint32_t(random_source.next());
        }
    }

    /* A write that counts as left without having been on tx_wr was thrown away. */
    void look_at_counts()
    {
        TB_CHECK(bench_->accepted_o == uint8_t(accepted_));
        if (bench_->left_o != uint8_t(left_)) {
            TB_CHECK(since_abandon_ <= 16 / DWS && bench_->left_o == uint8_t(left_ + 1));
            TB_CHECK(!entries_.empty() && !entries_.front().data.empty());
            entries_.pop_front();
            left_++;
            thrown_away++;
        }
        TB_CHECK(!bench_->idle_o || (entries_.empty() && !bench_->tx_wr_valid_o));
        TB_CHECK(!bench_->idle_o || offered_.data.empty() || offered_beat_ == 0);
    }

    void look_at_output()
    {
        V &d = bench_.dut();
        TB_CHECK(!waiting_ || d.tx_wr_valid_o);
        TB_CHECK(tlp_.payload.empty() || d.tx_wr_valid_o); /* no gaps inside */
        if (taken_message_)
            TB_CHECK(d.tx_wr_valid_o && d.tx_wr_sop_o && !waiting_);
        if (!d.tx_wr_valid_o)
            return;
        if (!waiting_)
            new_beat();
        bool is_message = tlp_.address() & MESSAGE_BIT;
        TB_CHECK(d.message_in_tx_o == is_message);
        if (!d.tx_wr_ready_i || !d.tx_wr_eop_o)
            return;
        TB_CHECK(tlp_.payload.size() == tlp_.length());
        left_after_ = left_ + !is_message;
        tlp_.payload.clear();
    }

    void new_beat()
    {
        V &d = bench_.dut();
        TB_CHECK(d.tx_wr_sop_o == tlp_.payload.empty());
        if (d.tx_wr_sop_o) {
            TB_CHECK(bus_master_before_);
            for (unsigned i = 0; i < 4; i++)
                tlp_.dw[i] = d.tx_wr_hdr_o[3 - i];
            TB_CHECK(tlp_.dw[1] == (uint32_t(CARD_ID) << 16 | (tlp_.length() > 1 ? 0xFF : 0x0F)));
            TB_CHECK(tlp_.four_dw() == (tlp_.address() >> 32 != 0));
        }
        unsigned left = tlp_.length() - unsigned(tlp_.payload.size());
        unsigned here = left < DWS ? left : DWS;
        TB_CHECK(d.tx_wr_strb_o == (1u << here) - 1 && d.tx_wr_eop_o == (here == left));
        for (unsigned i = 0; i < here; i++)
            tlp_.payload.push_back(d.tx_wr_data_o[i]);
        if (tlp_.address() & MESSAGE_BIT)
            check_message();
        else
            check_write();
    }

    void check_message()
    {
        TB_CHECK(taken_message_ && tlp_.length() == 1);
        TB_CHECK(tlp_.address() == message_.address && tlp_.payload == message_.data);
        overtook += !entries_.empty();
        messages++;
    }

    void check_write()
    {
        TB_CHECK(!bench_->tx_wr_sop_o || !message_waited_); /* a message goes first */
        TB_CHECK(!entries_.empty());
        const Entry &entry = entries_.front();
        TB_CHECK(tlp_.address() == entry.address && tlp_.length() == entry.data.size());
        for (size_t i = 0; i < tlp_.payload.size(); i++)
            TB_CHECK(tlp_.payload[i] == entry.data[i]);
        if (!bench_->tx_wr_eop_o)
            return;
        entries_.pop_front();
        writes++;
    }

    /* All that was accepted before it has gone to tx_wr, whole. */
    void look_at_interrupts()
    {
        if (!bench_->raise_o)
            return;
        TB_CHECK(!entries_.empty() && entries_.front().data.empty());
        TB_CHECK(bench_->raise_vector_o == entries_.front().address);
        entries_.pop_front();
        pending_ += pending_ < 8; /* vectors; raising one again changes nothing */
    }

    void remember()
    {
        V &d = bench_.dut();
        waiting_ = d.tx_wr_valid_o && !d.tx_wr_ready_i;
        taken_message_ = d.message_valid_i && d.message_ready_o;
        message_waited_ = d.message_valid_i && !d.message_ready_o;
        if (taken_message_)
            message_ = {d.message_addr_i, {d.message_data_i}};
        bus_master_before_ = d.bus_master_i;
        since_abandon_ = d.abandon_i ? 1 : since_abandon_ + 1; /* a beat a cycle is thrown away */
        if (left_after_ > left_)
            left_ = left_after_;
    }

    void accept()
    {
        V &d = bench_.dut();
        taken_wr_ = d.wr_valid_i && d.wr_ready_o;
        taken_irq_ = d.irq_valid_i && d.irq_ready_o;
        TB_CHECK(!d.drain_i || !((taken_wr_ && offered_beat_ == 0) || taken_irq_));
        TB_CHECK(!(taken_wr_ && d.wr_last_i && taken_irq_));
        finished_in_drain += taken_wr_ && d.drain_i;
        interrupted += taken_irq_ && offered_beat_ != 0 && !offered_.data.empty();
        if (!d.irq_valid_i || d.drain_i || taken_irq_)
            irq_waits_ = 0;
        else
            irq_waits_ += taken_wr_ && d.wr_last_i;
        TB_CHECK(irq_waits_ < 2); /* an interrupt lets one write by */
        offered_beat_ += taken_wr_;
        if (taken_wr_ && d.wr_last_i) {
            entries_.push_back(offered_);
            accepted_++;
        }
        if (taken_irq_)
            entries_.push_back({d.irq_vector_i, {}});
    }

    tb::Bench<V> bench_;
    std::deque<Entry> entries_; /* accepted, neither raised nor wholly on tx_wr */
    Entry offered_;             /* the write that comes in, if it has data */
    size_t offered_beat_ = 0;
    unsigned irq_waits_ = 0;
    Entry message_;
    Tlp tlp_; /* on tx_wr; payload as far as it has come */
    uint64_t accepted_ = 0, left_ = 0, left_after_ = 0;
    unsigned pending_ = 0; /* raised, not yet a message */
    bool taken_wr_ = false, taken_irq_ = false, taken_message_ = false, message_waited_ = false;
    bool waiting_ = false, bus_master_before_ = true;
    unsigned since_abandon_ = 1000;
};

} // namespace

int main()
{
    Writer writer;
    for (unsigned ready : {100, 60, 20}) {
        writer.run({100, 5, ready, 50}, 10000);
        writer.run({40, 20, ready, 100}, 10000);
        writer.run({10, 100, ready, 20}, 10000);
        writer.finish();
    }
    TB_CHECK(writer.writes > 5000 && writer.messages > 5000 && writer.overtook > 1000);
    tb::pass("writes and messages in order, counted");
    for (unsigned i = 0; i < 500; i++) {
        writer.run({50, 20, 50, 50}, 20 + random_source.below(50));
        writer.set(random_source.chance(50), false, false);
        writer.run({50, 20, 50, 50}, random_source.below(20));
        bool abandon = random_source.chance(50);
        writer.set(!abandon && random_source.chance(50), true, abandon);
        writer.run({50, 20, 50, 50}, random_source.below(40));
        writer.set(true, false, false);
    }
    writer.finish();
    TB_CHECK(writer.thrown_away > 200);
    if (DWS < 16)
        TB_CHECK(writer.finished_in_drain > 20 && writer.interrupted > 20);
    tb::pass("bus master off, drain, writes thrown away");
    return 0;
}
