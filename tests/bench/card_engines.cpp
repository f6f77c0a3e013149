// SPDX-License-Identifier: Apache-2.0
// What more engines give: messages by address on a card with ENGINES SHA-256 engines.
#include HEADER

#include "figure.h"
#include "reference.h"
#include "tlp_host.h"

int main()
{
    using Host = tb::TlpHost<V, 128>;
    const unsigned bytes = 4096;
    Host host({SNAP_OP_SHA256, SNAP_FLAG_INDIRECT, bytes, Host::Messages});
    reference::Digest digest = reference::sha256(host.at(Host::Messages, bytes), bytes);
    host.run(100 * ENGINES);
    tb::Traffic t = host.run(100 * ENGINES);
    TB_CHECK(std::memcmp(host.last_result(), digest.data(), digest.size()) == 0);
    std::string engines = std::to_string(ENGINES);
    print({"card.sha256.cycles_per_block_engines_" + engines, "cycles", "lower",
           double(t.cycles) / (double(t.jobs) * (bytes / 64 + 1)), "null",
           "Whole card, messages of 4 KiB by address (65 blocks each), " + engines +
               " SHA-256 engines on the PCIe clock, 4 queues kept full, host memory answers after "
               "300 cycles: "
               "cycles over blocks of all engines.",
           "build/bench/card_engines_" + engines});
    return 0;
}
