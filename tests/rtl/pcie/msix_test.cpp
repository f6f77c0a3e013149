/* SPDX-License-Identifier: Apache-2.0 */
/* snap_msix against a model of the table and the pending bits; 40 vectors, so that both DWords of
 * the pending bits are there and neither is full. */
#include <algorithm>
#include <vector>

#include HEADER

#include "tb.h"

namespace
{

constexpr unsigned VECTORS = 40;

tb::Random random_source(tb::seed());

struct Entry {
    uint32_t addr_lo, addr_hi, data;
    bool mask = true;
};

class Msix
{
  public:
    Msix()
    {
        bench_->enable_i = bench_->function_mask_i = bench_->raise_i = bench_->acc_valid_i = 0;
        bench_->clear_i = 0;
        bench_->message_ready_i = 0;
        bench_.reset();
        for (unsigned v = 0; v < VECTORS; v++) { /* all masked after reset, the rest undefined */
            TB_CHECK(access(false, 16 * v + 12, 0) == 1);
            entries_[v].addr_lo = 0xFEE00000u + 4 * v;
            entries_[v].addr_hi = v;
            entries_[v].data = v; /* names the vector in a message */
            access(true, 16 * v, entries_[v].addr_lo);
            access(true, 16 * v + 4, entries_[v].addr_hi);
            access(true, 16 * v + 8, entries_[v].data);
        }
    }

    void cycle(unsigned raise_percent, unsigned ready_percent)
    {
        if (random_source.chance(1))
            bench_->enable_i = random_source.chance(70);
        if (random_source.chance(1))
            bench_->function_mask_i = random_source.chance(30);
        bench_->raise_i = random_source.chance(raise_percent);
        bench_->raise_vector_i =
            uint8_t(random_source.below(random_source.chance(90) ? VECTORS : 256));
        bench_->message_ready_i = random_source.chance(ready_percent);
        bench_->clear_i = random_source.below(500) == 0;
        random_access();
        bench_.settle();
        check_access();
        check_message();
        update();
        bench_.tick();
    }

    unsigned messages = 0, dropped = 0, merged = 0, forgotten = 0, cleared = 0;

  private:
    uint32_t access(bool write, unsigned address, uint32_t value)
    {
        bench_->acc_valid_i = 1;
        bench_->acc_write_i = write;
        bench_->acc_addr_i = uint16_t(address);
        bench_->acc_wdata_i = value;
        bench_.settle();
        uint32_t answer = bench_->acc_rdata_o;
        bench_.tick();
        bench_->acc_valid_i = 0;
        return answer;
    }

    /* Mostly masks; the data stays, because it names the vector. */
    void random_access()
    {
        unsigned vector = random_source.below(VECTORS),
                 word = random_source.chance(80) ? 3 : random_source.below(4);
        bench_->acc_valid_i = random_source.chance(50);
        bench_->acc_write_i = random_source.chance(50);
        bench_->acc_addr_i = uint16_t(16 * vector + 4 * word);
        bench_->acc_wdata_i = uint32_t(random_source.next());
        if (word == 2)
            bench_->acc_wdata_i = vector;
        if (random_source.chance(30)) /* pending bits, and behind both tables */
            bench_->acc_addr_i =
                uint16_t(random_source.chance(50)
                             ? 0x1000 + 4 * random_source.below(4)
                             : 4 * (4 * VECTORS + random_source.below(1024 - 4 * VECTORS)));
    }

    void check_access()
    {
        unsigned address = bench_->acc_addr_i, vector = address / 16;
        uint32_t expected = 0;
        if (address == 0x1000)
            expected = uint32_t(pending_);
        else if (address == 0x1004)
            expected = uint32_t(pending_ >> 32);
        else if (vector < VECTORS) {
            const Entry &entry = entries_[vector];
            const uint32_t words[4] = {entry.addr_lo, entry.addr_hi, entry.data, entry.mask};
            expected = words[address / 4 % 4];
        }
        TB_CHECK(bench_->acc_rdata_o == expected);
    }

    void check_message()
    {
        uint64_t sendable = 0;
        for (unsigned v = 0; v < VECTORS; v++)
            if (bench_->enable_i && !bench_->function_mask_i && !entries_[v].mask)
                sendable |= pending_ & 1ull << v;
        TB_CHECK(bench_->sendable_o == (sendable != 0));
        TB_CHECK(!bench_->message_valid_o || sendable != 0);
        /* Chosen, read, offered: when nothing changes meanwhile. */
        unchanged_ = sendable != 0 && sendable == before_ && !taken_ ? unchanged_ + 1 : 0;
        TB_CHECK(unchanged_ < 2 || bench_->message_valid_o);
        before_ = sendable;
        taken_ = bench_->message_valid_o && bench_->message_ready_i;
        if (!bench_->message_valid_o)
            return;
        unsigned vector = bench_->message_data_o;
        TB_CHECK(vector < VECTORS && (sendable >> vector & 1));
        const Entry &entry = previous_[vector]; /* read a cycle before */
        TB_CHECK(bench_->message_addr_o == (uint64_t(entry.addr_hi) << 32 | entry.addr_lo));
        TB_CHECK(bench_->message_wide_o == (entry.addr_hi != 0));
    }

    void update()
    {
        if (bench_->message_valid_o && bench_->message_ready_i) {
            pending_ &= ~(1ull << bench_->message_data_o);
            messages++;
        }
        unsigned raised = bench_->raise_vector_i;
        if (bench_->raise_i && raised < VECTORS) {
            merged += pending_ >> raised & 1;
            pending_ |= 1ull << raised;
        } else if (bench_->raise_i) {
            dropped++;
        }
        if (!bench_->enable_i) {
            forgotten += pending_ != 0;
            pending_ = 0;
        }
        if (bench_->clear_i) { /* the masks are what the specification demands; the rest stays */
            cleared += pending_ != 0;
            pending_ = 0;
        }
        std::copy(entries_, entries_ + VECTORS, previous_);
        write();
        for (Entry &entry : entries_)
            entry.mask |= bench_->clear_i;
    }

    void write()
    {
        unsigned address = bench_->acc_addr_i;
        if (!bench_->acc_valid_i || !bench_->acc_write_i || address / 16 >= VECTORS)
            return;
        Entry &entry = entries_[address / 16];
        switch (address / 4 % 4) {
        case 0:
            entry.addr_lo = bench_->acc_wdata_i & ~3u;
            break;
        case 1:
            entry.addr_hi = bench_->acc_wdata_i;
            break;
        case 2:
            entry.data = bench_->acc_wdata_i;
            break;
        default:
            entry.mask = bench_->acc_wdata_i & 1;
            break;
        }
    }

    tb::Bench<V> bench_;
    Entry entries_[VECTORS] = {}, previous_[VECTORS] = {};
    uint64_t pending_ = 0, before_ = 0;
    unsigned unchanged_ = 0;
    bool taken_ = false;
};

} // namespace

int main()
{
    Msix msix;
    for (unsigned i = 0; i < 200000; i++)
        msix.cycle(i / 1000 % 3 * 15 + 5, i / 3000 % 2 ? 10 : 60);
    TB_CHECK(msix.messages > 5000 && msix.merged > 1000 && msix.dropped > 500 &&
             msix.forgotten > 500 && msix.cleared > 100);
    tb::pass("MSI-X table and pending bits");
    return 0;
}
