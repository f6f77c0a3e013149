/* SPDX-License-Identifier: Apache-2.0 */
/* snap_pcie_regs_port by itself: every type of TLP and every pattern of byte enables, and the wait
 * for earlier writes with counts that wrap. */
#include HEADER

#include "pcie_tlp.h"
#include "tb.h"

using pcie::Tlp;

namespace
{

constexpr uint16_t CARD_ID = 0x0420;
constexpr unsigned DWS = sizeof(V::rx_req_data_i) / 4;

tb::Random random_source(tb::seed());

/* What a request must lead to. */
struct Outcome {
    bool access = false, answer = false, data = false, error = true;
    unsigned byte_count = 4, lower = 0;
};

/* Bytes between the first and the last enabled one, counted one by one. */
void count_bytes(const Tlp &tlp, Outcome &outcome)
{
    unsigned length = tlp.length() ? tlp.length() : 1024;
    unsigned first_be = tlp.dw[1] & 15, last_be = tlp.dw[1] >> 4 & 15;
    long first = -1, last = -1;
    for (long i = 0; i < long(length) * 4; i++) {
        unsigned dw = unsigned(i / 4);
        unsigned enables = dw == 0 ? first_be : dw == length - 1 ? last_be : 15;
        if (!(enables >> (i % 4) & 1))
            continue;
        first = first < 0 ? i : first;
        last = i;
    }
    outcome.byte_count = first < 0 ? 1 : unsigned(last - first + 1);
    outcome.lower = unsigned(tlp.address() & 0x7C) + unsigned(first < 0 ? 0 : first);
}

Outcome expect(const Tlp &tlp)
{
    Outcome outcome;
    unsigned format = tlp.dw[0] >> 29, type = tlp.dw[0] >> 24 & 31;
    bool data = format & 2, prefix = format & 4;
    if (prefix)
        return outcome; /* a prefix is no request */
    unsigned enables = tlp.dw[1] & 0xFF;
    bool one_dw = tlp.length() == 1 && enables >> 4 == 0;
    switch (type) {
    case 0: /* memory */
        outcome.access = one_dw && enables == 15 && !(data && tlp.dw[0] >> 14 & 1);
        outcome.data = !data && one_dw && (enables == 15 || enables == 0);
        outcome.error = !outcome.access && !outcome.data;
        outcome.answer = !data;
        break;
    case 1: /* locked read */
        outcome.answer = !data;
        break;
    case 2: /* I/O, configuration */
    case 4:
    case 5:
        outcome.answer = true;
        break;
    case 12: /* atomics, deferrable write */
    case 13:
    case 14:
    case 27:
        outcome.answer = data;
        break;
    default: /* messages, local prefixes, what is not defined: no answer */
        break;
    }
    if (!data && type <= 1)
        count_bytes(tlp, outcome);
    return outcome;
}

class Port
{
  public:
    Port()
    {
        bench_->completer_id_i = CARD_ID;
        bench_->rx_req_valid_i = bench_->tx_cpl_ready_i = bench_->acc_ack_i = 0;
        bench_->accepted_i = bench_->left_i = bench_->message_in_tx_i = 0;
        bench_->bus_master_i = 1;
        bench_.reset();
    }

    /* One request to its end. Its payload takes as many beats as its length says. */
    void request(const Tlp &tlp)
    {
        Outcome outcome = expect(tlp);
        bool access = false, answered = false;
        uint32_t value = uint32_t(random_source.next());
        uint64_t goal = 0; /* writes accepted when the request or its value was taken */
        unsigned errors = 0, beat = 0;
        unsigned beats =
            tlp.has_data() ? ((tlp.length() ? tlp.length() : 1024) + DWS - 1) / DWS : 1;
        bool taken = false;
        uint64_t limit = bench_.cycles() + 300 + 3 * beats;
        for (unsigned quiet = 0; quiet < 8; quiet++) {
            TB_CHECK(bench_.cycles() < limit); /* the writes that it waits for are few */
            offer(tlp, taken, beat, beats);
            writes_go_on();
            bench_->acc_ack_i = bench_->acc_valid_o && random_source.chance(50);
            bench_->acc_rdata_i = bench_->acc_ack_i ? value : uint32_t(random_source.next());
            bench_->tx_cpl_ready_i = random_source.chance(50);
            bench_.settle();
            errors += bench_->err_request_o;
            if (bench_->rx_req_valid_i && bench_->rx_req_ready_o) {
                goal = beat == 0 ? accepted_ : goal;
                beat++;
                taken = beat == beats;
            }
            if (bench_->acc_valid_o) {
                TB_CHECK(outcome.access && !access && !answered);
                check_access(tlp);
                access = bench_->acc_ack_i;
                goal = accepted_;
            }
            if (bench_->tx_cpl_valid_o) {
                TB_CHECK(outcome.answer && !answered && access == outcome.access);
                check_answer(tlp, outcome, outcome.access ? value : 0, goal);
                answered = bench_->tx_cpl_ready_i;
            }
            /* a posted request ends without a sign: look for a while */
            if (!taken || access != outcome.access || answered != outcome.answer)
                quiet = 0;
            bench_.tick();
        }
        TB_CHECK(errors == outcome.error);
        TB_CHECK(!bench_->busy_o && bench_->rx_req_ready_o);
    }

    uint64_t answers = 0, unordered = 0;

  private:
    void offer(const Tlp &tlp, bool taken, unsigned beat, unsigned beats)
    {
        bench_->rx_req_valid_i = !taken && (bench_->rx_req_valid_i || random_source.chance(80));
        bench_->rx_req_sop_i = beat == 0;
        bench_->rx_req_eop_i = beat + 1 == beats;
        for (unsigned i = 0; i < 4; i++)
            bench_->rx_req_hdr_i[3 - i] = tlp.dw[i];
        for (unsigned i = 0; i < DWS; i++)
            bench_->rx_req_data_i[i] = beat == 0 && i == 0 && !tlp.payload.empty()
                                           ? tlp.payload[0]
                                           : uint32_t(random_source.next());
    }

    /* Up to 6 writes on their way, as in snap_pcie_write; the counts pass 255 again and again. */
    void writes_go_on()
    {
        left_before_ = left_;
        accepted_ += accepted_ - left_ < 6 && random_source.chance(40);
        if (left_ < accepted_ && random_source.chance(30))
            left_++;
        bench_->accepted_i = uint8_t(accepted_);
        bench_->left_i = uint8_t(left_);
        message_before_ = bench_->message_in_tx_i;
        bench_->message_in_tx_i = random_source.chance(20);
        bus_master_before_ = bench_->bus_master_i;
        if (random_source.chance(2))
            bench_->bus_master_i = random_source.chance(80);
    }

    void check_access(const Tlp &tlp)
    {
        TB_CHECK(bench_->acc_write_o == tlp.has_data());
        TB_CHECK(bench_->acc_addr_o == (tlp.address() & 0x1FFFC));
        TB_CHECK(!tlp.has_data() || bench_->acc_wdata_o == tlp.payload[0]);
    }

    void check_answer(const Tlp &tlp, const Outcome &outcome, uint32_t value, uint64_t goal)
    {
        if (!answer_waits_) { /* decided in the cycle before */
            TB_CHECK((left_before_ >= goal && !message_before_) || !bus_master_before_);
            unordered += left_before_ < goal;
            answers++;
        }
        answer_waits_ = !bench_->tx_cpl_ready_i;
        bool locked = (tlp.dw[0] >> 24) == 1 || (tlp.dw[0] >> 24) == 0x21;
        uint32_t type = locked ? pcie::TYPE_CPL_LOCKED : pcie::TYPE_CPL;
        uint32_t echoed = tlp.dw[0] & 0x00FC3000u; /* tag 9:8, class, attributes */
        TB_CHECK(bench_->tx_cpl_hdr_o[3] ==
                 (type | echoed | (outcome.data ? pcie::FMT_DATA | 1 : 0)));
        TB_CHECK(bench_->tx_cpl_hdr_o[2] ==
                 (uint32_t(CARD_ID) << 16 |
                  (outcome.data ? pcie::STATUS_SC : pcie::STATUS_UR) << 13 |
                  (outcome.byte_count & 0xFFF)));
        TB_CHECK(bench_->tx_cpl_hdr_o[1] == ((tlp.dw[1] & 0xFFFFFF00u) | outcome.lower));
        TB_CHECK(bench_->tx_cpl_hdr_o[0] == 0);
        for (unsigned i = 0; i < DWS; i++)
            TB_CHECK(bench_->tx_cpl_data_o[i] == (i == 0 && outcome.data ? value : 0));
    }

    tb::Bench<V> bench_;
    uint64_t accepted_ = 0, left_ = 0, left_before_ = 0;
    bool message_before_ = false, bus_master_before_ = true, answer_waits_ = false;
};

Tlp random_request(unsigned format_and_type, unsigned length, unsigned enables)
{
    Tlp tlp;
    tlp.dw[0] =
        format_and_type << 24 | (uint32_t(random_source.next()) & 0x00FFBC00u) | (length & 0x3FF);
    tlp.dw[1] = (uint32_t(random_source.next()) & 0xFFFFFF00u) | enables;
    tlp.dw[2] = uint32_t(random_source.next()) & ~3u;
    tlp.dw[3] = uint32_t(random_source.next()) & ~3u;
    if (tlp.has_data())
        tlp.payload.push_back(uint32_t(random_source.next()));
    return tlp;
}

} // namespace

int main()
{
    Port port;
    for (unsigned format_and_type = 0; format_and_type < 256; format_and_type++)
        for (unsigned i = 0; i < 8; i++)
            port.request(random_request(format_and_type, i < 6 ? 1 : 2, i < 6 ? 0x0F : 0xFF));
    tb::pass("every format and type");
    for (unsigned format_and_type : {0x00, 0x20, 0x01, 0x40, 0x60}) {
        for (unsigned enables = 0; enables < 256; enables++) {
            port.request(random_request(format_and_type, 1, enables));
            if ((enables & 0x0F) && (enables & 0xF0)) /* else undefined */
                for (unsigned length : {2u, 3u, 32u, 1024u})
                    port.request(random_request(format_and_type, length, enables));
        }
    }
    tb::pass("every pattern of byte enables");
    for (unsigned i = 0; i < 20000; i++) {
        Tlp tlp = random_request(random_source.below(4) << 5 & 0x60, 1, 0x0F);
        tlp.dw[0] |= random_source.chance(10) ? 1u << 14 : 0; /* poisoned */
        port.request(tlp);
    }
    TB_CHECK(port.answers > 10000 && port.unordered > 100);
    tb::pass("answers behind the writes accepted before");
    return 0;
}
