// SPDX-License-Identifier: Apache-2.0
/* usage: isolation ADDRESS. What the card can reach is what is mapped for it, in the way it is
 * mapped, and nothing at all without bus mastering.
 *
 * The driver would never let a job out that the IOMMU must stop, so this test drives a queue of the
 * card itself, over the driver's transport. */
#include <unistd.h>

#include "driver/transport/memory.h"
#include "driver/transport/transport.h"
#include "tests/qemu/jobs.h"

#define ENTRIES_LOG2  4u
#define SLOT_BYTES    256u
#define GENERATION    0x5A5Au
#define MESSAGE_BYTES 256u
#define PATTERN       0xA5
#define STALL_MS      60000u
#define PAUSE_US      1000
#define PAUSES_MAX    60000 /* hang guard: one minute */
#define PAUSES_QUIET  200   /* long enough for a job to end many times over, if the card could */

/* Of the machine's own memory, where Linux has its first pages: mapped for no card. */
#define MACHINE_MEMORY UINT64_C(0x100000)

static const char *address;

struct bench {
    struct snap_transport *transport;
    struct snap_memory slots, completions, results, message;
    uint16_t tail;
};

static uint32_t queue_read(struct bench *bench, uint32_t offset)
{
    return snap_transport_read32(bench->transport, SNAP_QUEUE_PAGE_OFFSET + offset);
}

static void queue_write(struct bench *bench, uint32_t offset, uint32_t value)
{
    snap_transport_write32(bench->transport, SNAP_QUEUE_PAGE_OFFSET + offset, value);
}

static void queue_write_address(struct bench *bench, uint32_t low_register, uint64_t value)
{
    queue_write(bench, low_register, (uint32_t)value);
    queue_write(bench, low_register + 4, (uint32_t)(value >> 32));
}

static void command(struct bench *bench, unsigned bits)
{
    CHECK_OK(bench->transport->ops->command(bench->transport, bits, error));
}

/* Opens the card with queue 0 running; `results_access` is what the card may do with the result
 * ring. */
static void bench_open(struct bench *bench, unsigned results_access)
{
    const unsigned both = SNAP_DMA_READ | SNAP_DMA_WRITE;
    *bench = (struct bench){0};
    CHECK_OK(snap_transport_open(address, STALL_MS, &bench->transport, error));
    struct snap_transport *transport = bench->transport;
    CHECK_OK(transport->ops->reset(transport, error));
    command(bench, SNAP_COMMAND_MEMORY | SNAP_COMMAND_BUS_MASTER);
    CHECK_EQ(snap_transport_read32(transport, SNAP_REG_MAGIC), SNAP_ABI_MAGIC);
    CHECK_OK(snap_memory_create(transport, 4096, both, &bench->slots, error));
    CHECK_OK(snap_memory_create(transport, 4096, both, &bench->completions, error));
    CHECK_OK(snap_memory_create(transport, 4096, results_access, &bench->results, error));
    CHECK_OK(snap_memory_create(transport, 4096, both, &bench->message, error));
    memset(bench->results.data, PATTERN, bench->results.bytes);
    queue_write(bench, SNAP_REG_QUEUE_CONFIG,
                ENTRIES_LOG2 | GENERATION << SNAP_QUEUE_CONFIG_GENERATION_SHIFT);
    queue_write_address(bench, SNAP_REG_SQ_BASE_LO, bench->slots.address);
    queue_write_address(bench, SNAP_REG_CQ_BASE_LO, bench->completions.address);
    queue_write_address(bench, SNAP_REG_RESULT_BASE_LO, bench->results.address);
    queue_write(bench, SNAP_REG_QUEUE_CONTROL, 1);
    CHECK_EQ(queue_read(bench, SNAP_REG_QUEUE_STATUS) & SNAP_QUEUE_STATUS_STATE_MASK, 1);
}

static void bench_close(struct bench *bench)
{
    command(bench, SNAP_COMMAND_MEMORY);
    bench->transport->ops->close(bench->transport); /* and with it all mappings */
}

/* Takes the mapping away and leaves the memory in this process, so that a write to it would be
 * seen. */
static void unmap(struct bench *bench, const struct snap_memory *memory)
{
    CHECK_OK(
        bench->transport->ops->dma_unmap(bench->transport, memory->address, memory->bytes, error));
}

static void submit(struct bench *bench, uint8_t opcode, uint8_t flags, uint32_t length,
                   uint64_t bus_address)
{
    uint8_t *slot =
        (uint8_t *)bench->slots.data + (bench->tail % (1u << ENTRIES_LOG2)) * SLOT_BYTES;
    const struct snap_job_header header = {.opcode = opcode,
                                           .flags = flags,
                                           .length = length,
                                           .cookie = bench->tail,
                                           .address = bus_address};
    memset(slot, 0x11, SLOT_BYTES);
    memcpy(slot, &header, sizeof header);
    bench->tail++;
    /* Few jobs a bench, so completions are never acknowledged: CQ_HEAD stays 0. */
    queue_write(bench, SNAP_REG_DOORBELL, bench->tail);
}

/* How many completions the card has written, or believes to have. */
static uint16_t written(struct bench *bench)
{
    return (uint16_t)(queue_read(bench, SNAP_REG_QUEUE_INDEX) >> SNAP_QUEUE_INDEX_CQ_TAIL_SHIFT);
}

static void wait_written(struct bench *bench)
{
    for (unsigned pause = 0; written(bench) != bench->tail; pause++) {
        CHECK(pause < PAUSES_MAX);
        CHECK_EQ(usleep(PAUSE_US), 0);
    }
}

/* Waits for the last job; its completion must be there. */
static const struct snap_completion *completion(struct bench *bench)
{
    wait_written(bench);
    const struct snap_completion *last =
        (const struct snap_completion *)bench->completions.data + bench->tail - 1;
    CHECK_EQ(last->phase >> 7, 1);
    CHECK_EQ(last->generation, GENERATION);
    return last;
}

static uint8_t status_of_read(struct bench *bench, uint64_t bus_address)
{
    submit(bench, SNAP_OP_SHA256, SNAP_FLAG_INDIRECT, MESSAGE_BYTES, bus_address);
    return completion(bench)->status;
}

static bool untouched(const struct snap_memory *memory, uint8_t pattern)
{
    const uint8_t *bytes = memory->data;
    for (size_t i = 0; i < memory->bytes; i++) {
        if (bytes[i] != pattern)
            return false;
    }
    return true;
}

static void unmapped_message_is_not_read(void)
{
    struct bench bench;
    bench_open(&bench, SNAP_DMA_READ | SNAP_DMA_WRITE);
    CHECK_EQ(status_of_read(&bench, bench.message.address), SNAP_STATUS_OK);
    unmap(&bench, &bench.message);
    CHECK_EQ(status_of_read(&bench, bench.message.address), SNAP_STATUS_DATA_UR);
    CHECK_EQ(snap_transport_read32(bench.transport, SNAP_REG_ERR_READ) > 0, 1);
    bench_close(&bench);
}

static void address_never_mapped_is_not_read(void)
{
    struct bench bench;
    bench_open(&bench, SNAP_DMA_READ | SNAP_DMA_WRITE);
    const uint64_t addresses[] = {bench.message.address + bench.message.bytes, MACHINE_MEMORY,
                                  UINT64_C(1) << 38, UINT64_MAX - 4095};
    for (unsigned i = 0; i < sizeof addresses / sizeof addresses[0]; i++)
        CHECK_EQ(status_of_read(&bench, addresses[i]), SNAP_STATUS_DATA_UR);
    CHECK_EQ(status_of_read(&bench, bench.message.address), SNAP_STATUS_OK);
    bench_close(&bench);
}

static void message_that_runs_into_an_unmapped_page_is_refused(void)
{
    struct bench bench;
    bench_open(&bench, SNAP_DMA_READ | SNAP_DMA_WRITE);
    uint64_t end = bench.message.address + bench.message.bytes;
    CHECK_EQ(status_of_read(&bench, end - MESSAGE_BYTES), SNAP_STATUS_OK);
    CHECK_EQ(status_of_read(&bench, end - MESSAGE_BYTES + SNAP_MESSAGE_ALIGN_BYTES),
             SNAP_STATUS_DATA_UR);
    bench_close(&bench);
}

static void unmapped_slot_is_not_fetched(void)
{
    struct bench bench;
    bench_open(&bench, SNAP_DMA_READ | SNAP_DMA_WRITE);
    unmap(&bench, &bench.slots);
    submit(&bench, SNAP_OP_NOOP, 0, 0, 0);
    CHECK_EQ(completion(&bench)->status, SNAP_STATUS_FETCH_UR);
    CHECK_EQ(completion(&bench)->cookie, 0);
    bench_close(&bench);
}

static void unmapped_rings_are_not_written(void)
{
    struct bench bench;
    bench_open(&bench, SNAP_DMA_READ | SNAP_DMA_WRITE);
    unmap(&bench, &bench.results);
    submit(&bench, SNAP_OP_NOOP, SNAP_FLAG_ECHO, 64, 0);
    CHECK_EQ(completion(&bench)->status, SNAP_STATUS_OK);
    CHECK(untouched(&bench.results, PATTERN));
    unmap(&bench, &bench.completions);
    memset(bench.completions.data, PATTERN, bench.completions.bytes);
    submit(&bench, SNAP_OP_NOOP, SNAP_FLAG_ECHO, 64, 0);
    wait_written(&bench);
    CHECK(untouched(&bench.completions, PATTERN));
    CHECK(untouched(&bench.results, PATTERN));
    bench_close(&bench);
}

static void read_only_memory_is_not_written(void)
{
    struct bench bench;
    bench_open(&bench, SNAP_DMA_READ);
    submit(&bench, SNAP_OP_NOOP, SNAP_FLAG_ECHO, 64, 0);
    CHECK_EQ(completion(&bench)->status, SNAP_STATUS_OK);
    CHECK(untouched(&bench.results, PATTERN));
    CHECK_EQ(status_of_read(&bench, bench.results.address), SNAP_STATUS_OK);
    bench_close(&bench);
}

static void nothing_moves_without_bus_mastering(void)
{
    struct bench bench;
    bench_open(&bench, SNAP_DMA_READ | SNAP_DMA_WRITE);
    command(&bench, SNAP_COMMAND_MEMORY);
    submit(&bench, SNAP_OP_NOOP, 0, 0, 0);
    for (unsigned pause = 0; pause < PAUSES_QUIET; pause++)
        CHECK_EQ(usleep(PAUSE_US), 0);
    CHECK_EQ(written(&bench), 0);
    CHECK(untouched(&bench.completions, 0));
    command(&bench, SNAP_COMMAND_MEMORY | SNAP_COMMAND_BUS_MASTER);
    CHECK_EQ(completion(&bench)->status, SNAP_STATUS_OK);
    bench_close(&bench);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: isolation ADDRESS\n");
        return 2;
    }
    address = argv[1];
    RUN(unmapped_message_is_not_read);
    RUN(address_never_mapped_is_not_read);
    RUN(message_that_runs_into_an_unmapped_page_is_refused);
    RUN(unmapped_slot_is_not_fetched);
    RUN(unmapped_rings_are_not_written);
    RUN(read_only_memory_is_not_written);
    RUN(nothing_moves_without_bus_mastering);
    return 0;
}
