// SPDX-License-Identifier: Apache-2.0
// The point engine behind the whole card: cycles a job in steady state, products a job, occupancy
// of the multiplier, latency of a job that is alone. usage: point_engine OPERATION...
//
// FIGURES is what the figures' names begin with. THREADS and QUEUES are the card's. AIMS: its
// figures have the issues' aims, and beside ECDSA's is what the CPU takes.
#include HEADER

#include <cstring>

#include "figure.h"
#include "jobs.h"
#include "peer.h"
#include "products.h"
#include "tlp_host.h"

namespace
{

using Host = tb::TlpHost<V, 128, QUEUES>;

/* What the issue of each figure asks of cycles, and of the occupancy of all. */
struct Aim {
    const char *operation, *cycles;
    unsigned jobs, terms; /* measured; products and cycles are counted a term */
};
const Aim aims[] = {
    {"ecdsa_verify", "1850", 1024, 1}, {"ecdsa_verify_compressed", "2150", 512, 1},
    {"ecdsa_recover", "2150", 512, 1}, {"bip340_verify", "2150", 512, 1},
    {"sm2_verify", "3050", 512, 1},    {"pedersen_commit", "700", 512, 1},
    {"msm_term", "1000", 24, 64},
};

/* Jobs in flight before and behind the measured ones: what fills and empties the threads is left
 * out. */
unsigned margin(const Aim &aim)
{
    return aim.terms == 1 ? 4 * THREADS : 8;
}

void check(const tb::Answer &answer, const jobs::Job &job)
{
    TB_CHECK(answer.status == SNAP_STATUS_OK);
    uint64_t code = answer.result ^ answer.cookie;
    TB_CHECK(code == (uint64_t(uint32_t(~SNAP_VERDICT_VALID)) << 32 | SNAP_VERDICT_VALID));
    TB_CHECK(job.result.empty() ||
             std::memcmp(answer.result_slot, job.result.data(), job.result.size()) == 0);
}

/* A host whose job number i is made[i % made.size()]. */
std::unique_ptr<Host> host_of(const std::vector<jobs::Job> &made)
{
    size_t bytes = made.front().payload.size();
    bool indirect = made.front().flags & SNAP_FLAG_INDIRECT;
    size_t stride = (bytes + SNAP_MESSAGE_ALIGN_BYTES - 1) / SNAP_MESSAGE_ALIGN_BYTES *
                    SNAP_MESSAGE_ALIGN_BYTES;
    auto give = [&made, indirect, stride](uint64_t number) {
        const jobs::Job &job = made[number % made.size()];
        uint64_t address = Host::Messages + number % made.size() * stride;
        return tb::Work{job.opcode, job.flags, uint32_t(job.payload.size()), indirect ? address : 0,
                        indirect ? nullptr : job.payload.data()};
    };
    auto host = std::make_unique<Host>(give, [&made](const tb::Answer &answer) {
        check(answer, made[answer.number % made.size()]);
    });
    for (size_t i = 0; indirect && i < made.size(); i++)
        std::memcpy(host->at(Host::Messages + i * stride, bytes), made[i].payload.data(), bytes);
    return host;
}

void measure(const Aim &aim)
{
    std::vector<jobs::Job> made = jobs::make(aim.operation, margin(aim) + aim.jobs, tb::seed());
    std::unique_ptr<Host> host = host_of(made);
    host->allow(1);
    uint64_t latency = host->run(1).cycles;
    host->allow(~uint64_t(0));
    host->run(margin(aim) - 1);
    uint64_t cycles = host->run(aim.jobs).cycles;

    std::vector<jobs::Job> measured(made.begin() + margin(aim), made.end());
    double units = double(aim.jobs) * aim.terms;
    double products = double(useful_products(measured)) / units;
    std::string name = std::string(FIGURES ".") + aim.operation, command = COMMAND;
    std::string how = "Verilated card (one point engine of " + std::to_string(THREADS) +
                      " threads, PCIe and engine clock the same), " + std::to_string(QUEUES) +
                      " queues kept full, from doorbell to completion, " +
                      std::to_string(margin(aim)) + " jobs of warm-up left out, " +
                      std::to_string(aim.jobs) + " distinct jobs" +
                      (aim.terms == 1 ? "" : " of 64 terms") + ", every answer checked: ";
    Figure figure = {name + ".cycles",
                     "cycles",
                     "lower",
                     double(cycles) / units,
                     AIMS ? aim.cycles : "null",
                     how + "cycles over " + (aim.terms == 1 ? "jobs." : "terms."),
                     command};
    print(figure, AIMS && std::strncmp(aim.operation, "ecdsa_verify", 12) == 0
                      ? peer_cycles(measured)
                      : "null");
    print({name + ".products", "products", "lower", products, "null",
           "Field products of the same jobs, counted by executing the microcode on the model; "
           "moves are no "
           "products.",
           command});
    print({name + ".occupancy", "%", "higher", 100 * products * units / double(cycles),
           AIMS ? "95" : "null", how + "products over cycles.", command});
    print({name + ".latency", "cycles", "lower", double(latency), "null",
           "The same card, one job alone: cycles from the doorbell to its completion.", command});
}

} // namespace

int main(int count, char **names)
{
    for (int i = 1; i < count; i++) {
        bool known = false;
        for (const Aim &aim : aims)
            if (std::strcmp(names[i], aim.operation) == 0) {
                measure(aim);
                known = true;
            }
        TB_CHECK(known);
    }
    return 0;
}
