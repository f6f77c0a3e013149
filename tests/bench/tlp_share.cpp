// SPDX-License-Identifier: Apache-2.0
// How much of the link carries slots and completions when jobs that do nothing saturate the card.
// WIDTH is the width of its data path in bits; the names of other widths than 128 have it behind.
#include HEADER

#include <chrono>

#include "figure.h"
#include "tlp_host.h"

namespace
{

using Host = tb::TlpHost<V, WIDTH>;

const std::string width = std::to_string(WIDTH);
const std::string suffix = WIDTH == 128 ? "" : "_" + width;
const std::string program = "build/bench/tlp_share_" + width;
const std::string setting = "Jobs NOOP, 4 queues of 256 slots of 256 bytes, 32 jobs a doorbell; " +
                            width + "-bit data path, " + std::to_string(SLOT_TAGS) +
                            " slot reads in flight; host memory answers after 300 cycles, "
                            "completions of 64 bytes interleaved at "
                            "random, one TLP beat a direction and cycle. ";

struct Direction {
    const char *name;
    uint64_t beats, payload, headers, other;
    double cycles;
    double share() const
    {
        return 100.0 * double(payload) / (cycles * Host::BeatBytes);
    }
    // With headers on the data path the same TLPs need so many more bytes; idle cycles stay idle.
    double share_inband() const
    {
        double idle_bytes = (cycles - double(beats)) * Host::BeatBytes;
        return 100.0 * double(payload) / (double(payload + headers + other) + idle_bytes);
    }
};

void explain(const Direction &d)
{
    std::fprintf(
        stderr,
        "# %s bits, %s: %.2f %% of the cycles have a beat, %.2f %% of the bytes are payload\n",
        width.c_str(), d.name, 100.0 * double(d.beats) / d.cycles, d.share());
}

} // namespace

int main()
{
    Host host({SNAP_OP_NOOP, 0, 0, 0});
    host.run(4000); // fills pipeline and rings
    auto start = std::chrono::steady_clock::now();
    tb::Traffic t = host.run(20000);
    std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    Direction to_card = {"to the card",     t.rx_beats,       t.rx_payload_bytes,
                         t.rx_header_bytes, t.rx_other_bytes, double(t.cycles)};
    Direction from_card = {"from the card",   t.tx_beats,       t.tx_payload_bytes,
                           t.tx_header_bytes, t.tx_other_bytes, double(t.cycles)};
    explain(to_card);
    explain(from_card);
    const Direction &busier = to_card.beats >= from_card.beats ? to_card : from_card;
    print({"card.tlp.payload_share" + suffix, "percent", "higher", busier.share(), "95",
           setting +
               "Payload bytes over the bytes that the busier direction could carry in that time.",
           program});
    print({"card.tlp.payload_share_inband" + suffix, "percent", "higher", busier.share_inband(),
           "null",
           setting +
               "As if headers (12 or 16 bytes) were sent on the data path, packed, and idle cycles "
               "stayed idle.",
           program});
    print({"card.tlp.cycles_per_job" + suffix, "cycles", "lower", double(t.cycles) / double(t.jobs),
           "null", setting + "PCIe-side cycles for each job.", program});
    if (WIDTH == 128)
        print({"sim.cycles_per_second", "cycles/s", "higher", double(t.cycles) / seconds.count(),
               "null",
               "Verilated card under saturation, on one core, with the host model of this program: "
               "wall-clock "
               "time of the machine that ran it.",
               program});
    return 0;
}
