/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/card/verilated_card.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "sim/card/root_complex.h"
#include "verilated.h"
#include "verilated_fst_c.h"
#include "Vsnapcard_sim.h"

namespace
{

/* Half periods in picoseconds: 250 MHz, and 100.3 MHz as an unrelated crystal would give it. */
constexpr uint64_t PcieHalf = 2000;
constexpr uint64_t EngineHalf = 4987;
constexpr unsigned ResetCycles = 32;
/* An access that is not answered for so long fails, as behind a root port with a completion
 * time-out. Longer than the card's own time-out, which a reset may have to wait for. */
constexpr uint64_t AccessCyclesMax = 1u << 18;
/* After an access the clocks run on a little, whatever busy_o says: it is a promise about work, and
 * the access may still be on its way to become some. */
constexpr unsigned GraceCycles = 64;
constexpr int TraceDepth = 99;

void put_header(VlWide<4> &wide, const uint32_t header[4])
{
    for (unsigned i = 0; i < 4; i++)
        wide[3 - i] = header[i];
}

void get_header(uint32_t header[4], const VlWide<4> &wide)
{
    for (unsigned i = 0; i < 4; i++)
        header[i] = wide[3 - i];
}

void put_data(VlWide<4> &wide, const uint8_t data[TLP_BEAT_BYTES])
{
    std::memcpy(&wide[0], data, TLP_BEAT_BYTES);
}

void get_data(uint8_t data[TLP_BEAT_BYTES], const VlWide<4> &wide)
{
    std::memcpy(data, &wide[0], TLP_BEAT_BYTES);
}

class VerilatedCard
{
  public:
    VerilatedCard(struct host host, uint64_t seed);
    ~VerilatedCard();
    bool trace(const char *path);
    bool read(uint32_t offset, unsigned bytes, uint64_t *value);
    void write(uint32_t offset, unsigned bytes, uint64_t value);
    void configure(const struct card_config &config);
    bool reset();
    bool run(unsigned cycles);

  private:
    void edge();
    void cycle();
    void drive();
    void sample(struct tlp_from_card &from) const;
    bool finish_access();

    VerilatedContext context_;
    std::unique_ptr<Vsnapcard_sim> top_;
    std::unique_ptr<VerilatedFstC> trace_;
    struct root_complex root_;
    uint64_t time_ = 0, pcie_edge_ = PcieHalf, engine_edge_ = EngineHalf;
    unsigned grace_ = 0;
};

VerilatedCard::VerilatedCard(struct host host, uint64_t seed)
{
    context_.randReset(2);
    context_.randSeed(int(seed % 0x7FFFFFFF) + 1);
    context_.traceEverOn(true);
    top_ = std::make_unique<Vsnapcard_sim>(&context_);
    root_complex_init(&root_, host, seed);
    top_->pcie_clk_i = top_->engine_clk_i = 0;
    top_->pcie_rst_ni = 1;
    top_->flr_i = 0;
    configure({});
    drive();
    /* Registers wake up with random values; what they assert means nothing before the reset has
     * come to all. */
    context_.assertOn(false);
    top_->eval();
    top_->pcie_rst_ni = 0;
    for (unsigned i = 0; i < ResetCycles; i++)
        cycle();
    context_.assertOn(true);
    top_->pcie_rst_ni = 1;
    for (unsigned i = 0; i < ResetCycles; i++)
        cycle();
}

VerilatedCard::~VerilatedCard()
{
    top_->final();
    if (trace_)
        trace_->close();
}

bool VerilatedCard::trace(const char *path)
{
    std::FILE *probe =
        std::fopen(path, "wb"); /* the tracer itself does not report that it cannot write */
    if (probe == nullptr)
        return false;
    std::fclose(probe);
    trace_ = std::make_unique<VerilatedFstC>();
    top_->trace(trace_.get(), TraceDepth);
    trace_->open(path);
    return true;
}

/* ------------------------------------------------------------------ clocks */

/* The next edge of either clock. */
void VerilatedCard::edge()
{
    time_ = pcie_edge_ < engine_edge_ ? pcie_edge_ : engine_edge_;
    context_.time(time_);
    if (time_ == pcie_edge_) {
        top_->pcie_clk_i = !top_->pcie_clk_i;
        pcie_edge_ += PcieHalf;
    }
    if (time_ == engine_edge_) {
        top_->engine_clk_i = !top_->engine_clk_i;
        engine_edge_ += EngineHalf;
    }
    top_->eval();
    if (trace_)
        trace_->dump(time_);
}

/* One PCIe-side cycle, from just behind a rising edge to just behind the next. What is sampled
 * before the rising edge is what both sides act on at it. */
void VerilatedCard::cycle()
{
    struct tlp_from_card from;
    while (top_->pcie_clk_i || pcie_edge_ > engine_edge_)
        edge();
    sample(from);
    edge();
    root_complex_cycle(&root_, &from);
    if (root_.violation != nullptr) {
        std::fprintf(stderr,
                     "snapcard-sim: the card broke the rules of the bus in cycle %llu: %s\n",
                     (unsigned long long)root_.cycle, root_.violation);
        if (trace_)
            trace_->close();
        std::exit(EXIT_FAILURE);
    }
    drive();
    if (grace_ > 0)
        grace_--;
}

void VerilatedCard::drive()
{
    const struct tlp_to_card &to = root_.drive;
    top_->rx_req_valid_i = to.request.valid;
    top_->rx_req_sop_i = to.request.sop;
    top_->rx_req_eop_i = to.request.eop;
    put_header(top_->rx_req_hdr_i, to.request.header);
    put_data(top_->rx_req_data_i, to.request.data);
    top_->rx_cpl_valid_i = to.completion.valid;
    top_->rx_cpl_sop_i = to.completion.sop;
    top_->rx_cpl_eop_i = to.completion.eop;
    put_header(top_->rx_cpl_hdr_i, to.completion.header);
    put_data(top_->rx_cpl_data_i, to.completion.data);
    top_->tx_rd_ready_i = to.read_ready;
    top_->tx_wr_ready_i = to.write_ready;
    top_->tx_cpl_ready_i = to.completion_ready;
}

void VerilatedCard::sample(struct tlp_from_card &from) const
{
    from.request_ready = top_->rx_req_ready_o;
    from.completion_ready = top_->rx_cpl_ready_o;
    from.read = {};
    from.read.valid = top_->tx_rd_valid_o;
    from.read.sop = from.read.eop = true;
    get_header(from.read.header, top_->tx_rd_hdr_o);
    from.write.valid = top_->tx_wr_valid_o;
    from.write.sop = top_->tx_wr_sop_o;
    from.write.eop = top_->tx_wr_eop_o;
    from.write.strobe = uint8_t(top_->tx_wr_strb_o);
    get_header(from.write.header, top_->tx_wr_hdr_o);
    get_data(from.write.data, top_->tx_wr_data_o);
    from.completion = {};
    from.completion.valid = top_->tx_cpl_valid_o;
    from.completion.sop = from.completion.eop = true;
    get_header(from.completion.header, top_->tx_cpl_hdr_o);
    get_data(from.completion.data, top_->tx_cpl_data_o);
}

bool VerilatedCard::run(unsigned cycles)
{
    for (unsigned i = 0; i < cycles; i++) {
        if (!top_->busy_o && grace_ == 0 && !root_complex_busy(&root_))
            return false;
        cycle();
    }
    return true;
}

/* ------------------------------------------------------------------ accesses */

bool VerilatedCard::finish_access()
{
    drive();
    grace_ = GraceCycles;
    for (uint64_t i = 0; i < AccessCyclesMax && root_.access == ROOT_WAITING; i++)
        cycle();
    grace_ = GraceCycles;
    if (root_.access == ROOT_WAITING) {
        std::fprintf(stderr, "snapcard-sim: the card does not answer an access to BAR0 at %#x\n",
                     (unsigned)root_.access_offset);
        std::exit(EXIT_FAILURE);
    }
    return root_.access == ROOT_DONE;
}

bool VerilatedCard::read(uint32_t offset, unsigned bytes, uint64_t *value)
{
    root_complex_read(&root_, offset, bytes);
    if (!finish_access())
        return false;
    *value = root_.access_value;
    return true;
}

void VerilatedCard::write(uint32_t offset, unsigned bytes, uint64_t value)
{
    root_complex_write(&root_, offset, bytes, value);
    (void)finish_access(); /* posted: taken is all that there is to know */
}

void VerilatedCard::configure(const struct card_config &config)
{
    root_.config = config;
    top_->cfg_requester_id_i = config.requester_id;
    top_->cfg_max_payload_i = config.max_payload;
    top_->cfg_max_read_i = config.max_read;
    top_->cfg_ext_tag_i = config.extended_tags;
    top_->cfg_bus_master_i = config.bus_master;
    top_->cfg_msix_enable_i = config.msix_enable;
    top_->cfg_msix_mask_i = config.msix_mask;
    grace_ = GraceCycles;
}

bool VerilatedCard::reset()
{
    bool done = false;
    top_->flr_i = 1;
    for (uint64_t i = 0; i < AccessCyclesMax && !done; i++) {
        cycle();
        done = top_->flr_done_o;
    }
    top_->flr_i = 0;
    grace_ = GraceCycles;
    return done;
}

/* ------------------------------------------------------------------ the C side */

VerilatedCard *card_of(void *context)
{
    return static_cast<VerilatedCard *>(context);
}

const struct card_ops verilated_card_ops = {
    .read = [](void *context, uint32_t offset, unsigned bytes,
               uint64_t *value) { return card_of(context)->read(offset, bytes, value); },
    .write = [](void *context, uint32_t offset, unsigned bytes,
                uint64_t value) { card_of(context)->write(offset, bytes, value); },
    .configure = [](void *context,
                    const struct card_config *config) { card_of(context)->configure(*config); },
    .reset = [](void *context) { return card_of(context)->reset(); },
    .run = [](void *context, unsigned cycles) { return card_of(context)->run(cycles); },
    .present = [](void *) { return true; },
    .destroy = [](void *context) { delete card_of(context); },
};

/* $readmemh takes names as they are compiled in, here relative to the current folder (ImageDir is
 * "."), and a file that it does not find is only a warning to it. So this goes to the image's
 * folder and looks for them first, and comes back. */
class ImageFolder
{
  public:
    explicit ImageFolder(const char *path)
        : back_(open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)),
          entered_(path != nullptr && back_ >= 0 && chdir(path) == 0)
    {
    }
    ~ImageFolder()
    {
        if (entered_ && fchdir(back_) != 0)
            std::abort(); /* the trace and the socket would land elsewhere */
        if (back_ >= 0)
            (void)close(back_);
    }
    ImageFolder(const ImageFolder &) = delete;
    ImageFolder &operator=(const ImageFolder &) = delete;
    bool whole() const
    {
        bool whole = entered_;
        for (const char *name :
             {"microcode.hex", "entries.hex", "constants.hex", "fixed.hex", "image_id.hex"})
            whole = whole && access(name, R_OK) == 0;
        return whole;
    }

  private:
    int back_;
    bool entered_;
};

} // namespace

extern "C" bool verilated_card_create(struct host host, const char *image, const char *trace,
                                      uint64_t seed, struct card *card, const char **reason)
{
    std::unique_ptr<VerilatedCard> verilated;
    {
        ImageFolder folder(image);
        *reason = "no folder with the microcode and tables of the point engine";
        if (!folder.whole())
            return false;
        verilated = std::make_unique<VerilatedCard>(host, seed);
    }
    *reason = "the waveform cannot be written";
    if (trace != nullptr && !verilated->trace(trace))
        return false;
    *card = {&verilated_card_ops, verilated.release()};
    return true;
}
