// SPDX-License-Identifier: Apache-2.0
// snap_ring with the interface's 16-bit indices, at every ring size: lives that wrap past 65535 and
// end by a bad doorbell about there, and short ones with everything at random.
#include HEADER

#include "ring_model.h"
#include "tb.h"

namespace
{

constexpr unsigned EntriesLog2Max = 12;

tb::Random random_source(tb::seed());

/* How a life is led, chances in percent. */
struct Manner {
    unsigned doorbell, neighbours, bad_percent, disable_permille;
};

class Ring
{
  public:
    Ring()
    {
        apply({});
        bench_.reset();
    }

    void cycle(const Manner &manner)
    {
        RingInputs in;
        host(in, manner);
        neighbours(in, manner.neighbours);
        apply(in);
        bench_.settle();
        check();
        RingInputs now = write_.effect(in, model_, entries());
        refused += model_.state == RingRunning && now.doorbell && !now.good;
        disabled_in_flight += model_.state == RingRunning && now.enable_write &&
                              !now.enable_value && model_.inflight() != 0;
        unsigned before = model_.cq_tail >> 16;
        model_.step(now);
        wrapped += (model_.cq_tail >> 16) > before;
        bench_.tick();
    }

    /* A bad doorbell that differs from the best good one by one step only, in one of four ways. */
    void break_rule(unsigned which)
    {
        step({}); /* a write before has taken effect */
        RingInputs in;
        in.doorbell = true;
        uint64_t tail = model_.cq_head + entries(), head = model_.cq_head;
        switch (which) {
        case 0:
            tail++;
            break;
        case 1:
            head = model_.cq_tail + 1;
            tail = model_.sq_tail + 1;
            break;
        case 2:
            tail = model_.sq_tail - 1;
            break;
        default:
            head = model_.cq_head - 1;
            tail = model_.sq_tail;
        }
        in.tail = uint16_t(tail);
        in.cq_head = uint16_t(head);
        step(in);
        step({});
        TB_CHECK(model_.state == RingError && model_.error == SNAP_QUEUE_ERROR_DOORBELL);
    }

    bool off() const
    {
        return model_.state == RingOff;
    }
    bool running() const
    {
        return model_.state == RingRunning;
    }
    uint64_t completed() const
    {
        return model_.cq_tail;
    }
    unsigned entries() const
    {
        return 1u << entries_log2;
    }

    unsigned entries_log2 = 1; /* changes only while the queue is off */
    unsigned refused = 0, disabled_in_flight = 0, wrapped = 0;

  private:
    void step(const RingInputs &in)
    {
        apply(in);
        bench_.settle();
        check();
        model_.step(write_.effect(in, model_, entries()));
        bench_.tick();
    }

    void host(RingInputs &in, const Manner &manner)
    {
        if (write_.pending())
            return; /* the bus needs longer for one */
        if (random_source.below(1000) < manner.disable_permille || !running()) {
            in.enable_write = random_source.chance(20);
            in.enable_value = random_source.chance(running() ? 10 : 50);
            in.config_good = random_source.chance(90);
        }
        if (in.enable_write || !random_source.chance(manner.doorbell))
            return;
        in.doorbell = true;
        uint64_t head = pick(model_.cq_head, model_.cq_tail);
        uint64_t tail = pick(model_.sq_tail, head + entries());
        if (random_source.below(10000) < manner.bad_percent * 100)
            (random_source.chance(50) ? head : tail) +=
                random_source.chance(50) ? random_source.next() : random_source.below(9) - 4;
        in.tail = uint16_t(tail);
        in.cq_head = uint16_t(head);
    }

    /* Ends of the range come often. */
    static uint64_t pick(uint64_t low, uint64_t high)
    {
        return random_source.chance(60) ? high
                                        : low + random_source.below(uint32_t(high - low + 1));
    }

    void neighbours(RingInputs &in, unsigned percent)
    {
        if (model_.available() != 0 && random_source.chance(percent))
            in.claimed = model_.available() > 1 && random_source.chance(50) ? 2 : 1;
        in.received = model_.sq_head != model_.sq_issued && random_source.chance(percent);
        in.completed = model_.cq_tail != model_.sq_head && random_source.chance(percent);
    }

    void apply(const RingInputs &in)
    {
        bench_->enable_write_i = in.enable_write;
        bench_->enable_value_i = in.enable_value;
        bench_->config_good_i = in.config_good;
        bench_->entries_log2_i = uint8_t(entries_log2);
        bench_->doorbell_i = in.doorbell;
        bench_->doorbell_tail_i = in.tail;
        bench_->doorbell_cq_head_i = in.cq_head;
        bench_->claim_i = in.claimed != 0;
        bench_->claim_two_i = in.claimed == 2;
        bench_->received_i = in.received;
        bench_->completed_i = in.completed;
    }

    void check()
    {
        TB_CHECK(bench_->state_o == model_.state);
        TB_CHECK(bench_->error_o == model_.error);
        TB_CHECK(bench_->started_o == model_.started);
        TB_CHECK(bench_->available_o == model_.available());
        TB_CHECK(bench_->inflight_o == model_.inflight());
        TB_CHECK(bench_->sq_issued_o == uint16_t(model_.sq_issued));
        TB_CHECK(bench_->sq_head_o == uint16_t(model_.sq_head));
        TB_CHECK(bench_->cq_tail_o == uint16_t(model_.cq_tail));
    }

    tb::Bench<V> bench_;
    RingModel model_;
    RingWrite write_;
};

/* Two passes of the index, then one of the four bad doorbells close behind or before the wrap. */
void long_lives(Ring &ring)
{
    constexpr Manner eager = {90, 97, 0, 0}, quiet = {0, 60, 0, 20};
    for (unsigned which = 0; which < 4; which++) {
        while (!ring.running())
            ring.cycle(eager);
        uint64_t length = (which == 0 ? 131072 : 65536) - 8 + random_source.below(16);
        while (ring.completed() < length)
            ring.cycle(eager);
        ring.break_rule(which);
        while (!ring.off())
            ring.cycle(quiet);
    }
}

void short_lives(Ring &ring)
{
    for (unsigned life = 0; life < 40; life++) {
        Manner manner = {random_source.below(100), 5 + random_source.below(95),
                         random_source.below(5), 1 + random_source.below(20)};
        for (unsigned i = 0; i < 2000; i++)
            ring.cycle(manner);
    }
    while (!ring.off())
        ring.cycle({0, 60, 0, 50});
}

} // namespace

int main()
{
    Ring ring;
    for (unsigned log2 = 1; log2 <= EntriesLog2Max; log2++) {
        ring.entries_log2 = log2;
        long_lives(ring);
        short_lives(ring);
    }
    TB_CHECK(ring.wrapped >= 2 * EntriesLog2Max);
    TB_CHECK(ring.refused > 500 && ring.disabled_in_flight > 500);
    tb::pass("ring: every size, wrap of the indices, doorbells, states");
    return 0;
}
