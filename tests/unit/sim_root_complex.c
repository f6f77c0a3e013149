/* SPDX-License-Identifier: Apache-2.0 */
/* The root complex against a card that the test plays: completions that the rules allow and no
 * others, data from the right place, and every broken rule noticed. */
#include "sim/card/root_complex.h"

#include "tests/unit/check.h"

#define REQUESTER 0x0100u
#define BASE      0x123450000ull
#define BYTES     0x4000u

static struct root_complex root;
static struct tlp_from_card card;
static uint8_t memory[BYTES];
static uint64_t mapped_bytes;

static enum host_status host_read(void *context, uint64_t address, void *data, unsigned bytes)
{
    (void)context;
    if (address < BASE || address - BASE + bytes > mapped_bytes)
        return address == 0x2000 ? HOST_TIMEOUT : address == 0x3000 ? HOST_CA : HOST_UR;
    memcpy(data, memory + (address - BASE), bytes);
    return address - BASE == 0x3FC0 ? HOST_POISON : HOST_OK;
}

static void host_write(void *context, uint64_t address, const void *data, unsigned bytes)
{
    (void)context;
    CHECK(address >= BASE && address - BASE + bytes <= BYTES);
    memcpy(memory + (address - BASE), data, bytes);
}

static void setup(uint64_t seed)
{
    static const struct host_ops ops = {.read = host_read, .write = host_write};
    root_complex_init(&root, (struct host){.ops = &ops}, seed);
    root.config = (struct card_config){.requester_id = REQUESTER,
                                       .max_payload = 0,
                                       .max_read = 2,
                                       .extended_tags = true,
                                       .bus_master = true};
    card = (struct tlp_from_card){.request_ready = true, .completion_ready = true};
    for (unsigned i = 0; i < BYTES; i++)
        memory[i] = (uint8_t)(i * 7 + i / 256);
    mapped_bytes = BYTES;
}

static void cycle(void)
{
    root_complex_cycle(&root, &card);
}

static struct tlp_beat memory_request(bool write, uint64_t address, unsigned bytes, uint8_t tag)
{
    struct tlp_beat beat = {.valid = true, .sop = true, .eop = true};
    bool wide = address >> 32;
    beat.header[0] = (wide ? 1u << 29 : 0) | (write ? 1u << 30 : 0) | (bytes / 4 & 0x3FF);
    beat.header[1] = REQUESTER << 16 | (uint32_t)tag << 8 | (bytes > 4 ? 0xF0u : 0) | 0xF;
    beat.header[2] = wide ? (uint32_t)(address >> 32) : (uint32_t)address;
    beat.header[3] = wide ? (uint32_t)address : 0;
    return beat;
}

static void send_read(struct tlp_beat beat)
{
    card.read = beat;
    bool taken;
    do {
        taken = root.drive.read_ready;
        cycle();
    } while (!taken);
    card.read.valid = false;
}

/* ------------------------------------------------------------------ completions */

struct expected {
    uint64_t address;
    unsigned bytes, got;
    unsigned status; /* of the last completion */
    bool ended, poisoned;
};
static struct expected expected[256];
static uint8_t completing; /* tag of the completion that is coming in */
static unsigned completing_bytes;

static void begin_completion(const struct tlp_beat *beat)
{
    uint8_t tag = (uint8_t)(beat->header[2] >> 8);
    struct expected *read = &expected[tag];
    CHECK(!read->ended && read->bytes > 0);
    CHECK_EQ(beat->header[2] >> 16, REQUESTER);
    CHECK_EQ(beat->header[1] & 0xFFF, (read->bytes - read->got) & 0xFFF);
    CHECK_EQ(beat->header[2] & 0x7F, (read->address + read->got) & 0x7F);
    read->status = beat->header[1] >> 13 & 7;
    bool data = beat->header[0] >> 30 & 1;
    CHECK_EQ(beat->header[0] >> 24 & 0x1F, 0x0A);
    CHECK_EQ(data, read->status == 0);
    completing = tag;
    completing_bytes = data ? (beat->header[0] & 0x3FF) * 4 : 0;
    read->poisoned |= beat->header[0] >> 14 & 1;
    read->ended = !data || read->got + completing_bytes == read->bytes;
    CHECK(completing_bytes <= 128u << root.config.max_payload);
    CHECK(read->ended || (read->address + read->got + completing_bytes) % 64 == 0);
    CHECK_EQ(data ? 0 : 1, completing_bytes == 0);
}

/* What the root complex drives now, as the card would see it. */
static void watch(void)
{
    const struct tlp_beat *beat = &root.drive.completion;
    if (!beat->valid)
        return;
    if (beat->sop)
        begin_completion(beat);
    struct expected *read = &expected[completing];
    unsigned bytes = completing_bytes < TLP_BEAT_BYTES ? completing_bytes : TLP_BEAT_BYTES;
    if (bytes > 0 && !read->poisoned)
        CHECK_MEM(beat->data, memory + (read->address - BASE) + read->got, bytes);
    read->got += bytes;
    completing_bytes -= bytes;
    CHECK_EQ(beat->eop, completing_bytes == 0);
}

static void expect(uint8_t tag, uint64_t address, unsigned bytes)
{
    expected[tag] = (struct expected){.address = address, .bytes = bytes};
    card.read = memory_request(false, address, bytes, tag);
    bool taken;
    do {
        taken = root.drive.read_ready;
        cycle();
        watch();
    } while (!taken);
    card.read.valid = false;
}

static void drain(void)
{
    for (unsigned i = 0; i < 20000 && root_complex_busy(&root); i++) {
        cycle();
        watch();
    }
    CHECK(!root_complex_busy(&root));
    CHECK(root.violation == NULL);
}

static void test_reads_out_of_order(void)
{
    unsigned swapped = 0, split = 0;
    for (uint64_t seed = 1; seed <= 50; seed++) {
        setup(seed);
        root.config.max_payload = seed % 2;
        for (unsigned tag = 0; tag < 64; tag++)
            expect((uint8_t)(tag * 3), BASE + tag * 64 % 0x1000 / 512 * 512 + 64 * (tag % 4),
                   64 * (1 + tag % 4));
        while (root_complex_busy(&root)) {
            uint8_t before = completing;
            cycle();
            watch();
            swapped += completing < before;
            split +=
                completing == before && root.drive.completion.valid && root.drive.completion.sop;
        }
        CHECK(root.violation == NULL);
        for (unsigned tag = 0; tag < 64; tag++)
            CHECK(expected[tag * 3].ended && expected[tag * 3].got == expected[tag * 3].bytes);
    }
    CHECK(swapped > 100 && split > 10);
}

static void test_errors(void)
{
    setup(3);
    expect(1, 0x1000, 512);       /* not mapped */
    expect(2, 0x3000, 64);        /* Completer Abort */
    expect(3, BASE + 0x3FC0, 64); /* poisoned */
    expect(4, BASE, 64);
    drain();
    CHECK(expected[1].ended && expected[1].status == 1 && expected[1].got == 0);
    CHECK(expected[2].ended && expected[2].status == 4);
    CHECK(expected[3].ended && expected[3].status == 0 && expected[3].poisoned);
    CHECK(expected[4].ended && expected[4].got == 64 && !expected[4].poisoned);
    /* Never answered; the tag is free for the card to use again. */
    expect(5, 0x2000, 64);
    drain();
    CHECK(!expected[5].ended && expected[5].got == 0);
    expect(5, BASE, 64);
    drain();
    CHECK(expected[5].ended);
}

/* Memory that goes away while a read is in flight is not read any more. */
static void test_unmapped_in_flight(void)
{
    unsigned partly = 0;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        setup(seed);
        expect(9, BASE + 0x1000, 512);
        while (expected[9].got < 128 && !expected[9].ended) {
            cycle();
            watch();
        }
        unsigned got =
            expected[9].got + completing_bytes; /* what has left already may still arrive */
        mapped_bytes = 0;
        drain();
        CHECK(expected[9].ended && expected[9].status == 1);
        CHECK_EQ(expected[9].got, got);
        partly += got > 0;
    }
    CHECK_EQ(partly, 40);
}

static void test_latency(void)
{
    setup(1);
    root.latency = 500;
    expect(1, BASE, 64);
    uint64_t start = root.cycle;
    drain();
    CHECK(root.cycle - start >= 499 && root.cycle - start < 600);
}

/* ------------------------------------------------------------------ writes */

static void send_write(struct tlp_beat first, const uint8_t *data, unsigned bytes)
{
    for (unsigned sent = 0; sent < bytes; sent += TLP_BEAT_BYTES) {
        unsigned left = bytes - sent;
        unsigned piece = left < TLP_BEAT_BYTES ? left : TLP_BEAT_BYTES;
        struct tlp_beat beat = first;
        beat.sop = sent == 0;
        beat.eop = left == piece;
        beat.strobe = (uint8_t)((1u << piece / 4) - 1);
        memcpy(beat.data, data + sent, piece);
        card.write = beat;
        bool taken;
        do {
            taken = root.drive.write_ready;
            cycle();
        } while (!taken);
    }
    card.write.valid = false;
}

static void test_writes(void)
{
    uint8_t data[64];
    memset(data, 0xC3, sizeof data);
    static const unsigned sizes[] = {4, 32, 64};
    for (unsigned i = 0; i < 3; i++) {
        setup(i + 1);
        uint8_t before[BYTES];
        memcpy(before, memory, BYTES);
        send_write(memory_request(true, BASE + 0x40, sizes[i], 0), data, sizes[i]);
        CHECK(root.violation == NULL && !root.receiving);
        memcpy(before + 0x40, data, sizes[i]);
        CHECK_MEM(memory, before, BYTES);
    }
}

/* ------------------------------------------------------------------ accesses to BAR0 */

static void answer(uint32_t status, uint32_t value, unsigned shift)
{
    card.completion = (struct tlp_beat){.valid = true, .sop = true, .eop = true};
    card.completion.header[0] = status ? 0x0A000000u : 0x4A000001u;
    card.completion.header[1] = REQUESTER << 16 | status << 13 | 4;
    card.completion.header[2] = root.drive.request.header[1] & 0xFF00;
    memcpy(card.completion.data + shift, &value, 4 - shift);
}

static void test_bar_read(void)
{
    setup(1);
    root_complex_read(&root, 0x10028, 4);
    CHECK(root.drive.request.valid && root.drive.request.sop && root.drive.request.eop);
    CHECK_EQ(root.drive.request.header[0], 1);
    CHECK_EQ(root.drive.request.header[1] & 0xFF, 0x0F);
    CHECK_EQ(root.drive.request.header[2], 0x10028);
    card.request_ready = false;
    cycle();
    CHECK(root.drive.request.valid); /* held until it is taken */
    answer(0, 0xCAFEF00D, 0);
    card.completion.valid = false;
    card.request_ready = true;
    cycle();
    CHECK(!root.drive.request.valid && root.access == ROOT_WAITING);
    card.completion.valid = true;
    while (root.access == ROOT_WAITING)
        cycle();
    CHECK_EQ(root.access, ROOT_DONE);
    CHECK_EQ(root.access_value, 0xCAFEF00D);
    card.completion.valid = false;
    root_complex_read(&root, 0x4, 4);
    answer(1, 0, 0);
    while (root.access == ROOT_WAITING)
        cycle();
    CHECK_EQ(root.access, ROOT_FAILED);
    CHECK(root.violation == NULL);
}

static void test_bar_write(void)
{
    setup(1);
    root_complex_write(&root, 0x10028, 4, 0x11223344);
    CHECK_EQ(root.drive.request.header[0], 0x40000001);
    CHECK_MEM(root.drive.request.data, "\x44\x33\x22\x11", 4);
    cycle();
    CHECK_EQ(root.access, ROOT_DONE);
    /* Byte enables of what is not a whole word, and of two words. */
    root_complex_write(&root, 0x06, 2, 0xABCD);
    CHECK_EQ(root.drive.request.header[1] & 0xFF, 0x0C);
    CHECK_EQ(root.drive.request.header[2], 4);
    CHECK_MEM(root.drive.request.data + 2, "\xCD\xAB", 2);
    cycle();
    root_complex_write(&root, 0x08, 8, 1);
    CHECK_EQ(root.drive.request.header[0] & 0x3FF, 2);
    CHECK_EQ(root.drive.request.header[1] & 0xFF, 0xFF);
}

/* ------------------------------------------------------------------ broken rules */

static void expect_violation(struct tlp_beat beat)
{
    CHECK(root.violation == NULL);
    send_read(beat);
    CHECK(root.violation != NULL);
}

static void test_read_rules(void)
{
    struct tlp_beat beat;
    setup(1);
    expect_violation(memory_request(false, BASE + 0xFC0, 128, 0)); /* across 4 KiB */
    setup(1);
    root.config.max_read = 0;
    expect_violation(memory_request(false, BASE, 256, 0));
    setup(1);
    root.config.extended_tags = false;
    expect_violation(memory_request(false, BASE, 64, 32));
    setup(1);
    root.config.bus_master = false;
    expect_violation(memory_request(false, BASE, 64, 0));
    setup(1);
    send_read(memory_request(false, BASE, 64, 7));
    expect_violation(memory_request(false, BASE + 64, 64, 7)); /* a tag that is in use */
    setup(1);
    beat = memory_request(false, 0x1000, 64, 0);
    beat.header[0] |= 1u << 29; /* 4DW for a low address */
    beat.header[3] = beat.header[2];
    beat.header[2] = 0;
    expect_violation(beat);
    setup(1);
    beat = memory_request(false, BASE, 64, 0);
    beat.header[1] ^= 1u << 16;
    expect_violation(beat);
    setup(1);
    beat = memory_request(false, BASE, 64, 0);
    beat.header[1] &= ~0x10u; /* a byte of the last word is off */
    expect_violation(beat);
    setup(1);
    beat = memory_request(false, BASE, 64, 0);
    beat.header[0] |= 0x0A000000u;
    expect_violation(beat);
}

static void test_write_rules(void)
{
    uint8_t data[256] = {0};
    setup(1);
    send_write(memory_request(true, BASE, 256, 0), data, 256); /* beyond Max_Payload_Size */
    CHECK(root.violation != NULL);
    setup(1);
    send_write(memory_request(true, BASE, 64, 0), data, 32); /* ends early */
    CHECK(root.violation != NULL);
    setup(1);
    send_write(memory_request(true, BASE, 32, 0), data, 64); /* ends late */
    CHECK(root.violation != NULL);
    setup(1);
    card.write = memory_request(true, BASE, 4, 0);
    card.write.strobe = 3; /* more data than its length */
    for (unsigned i = 0; i < 10; i++)
        cycle();
    CHECK(root.violation != NULL);
    setup(1);
    answer(0, 1, 0); /* nobody asked */
    for (unsigned i = 0; i < 10; i++)
        cycle();
    CHECK(root.violation != NULL);
}

int main(void)
{
    RUN(test_reads_out_of_order);
    RUN(test_errors);
    RUN(test_unmapped_in_flight);
    RUN(test_latency);
    RUN(test_writes);
    RUN(test_bar_read);
    RUN(test_bar_write);
    RUN(test_read_rules);
    RUN(test_write_rules);
    return 0;
}
