// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/driver_fake.h"

#include "driver/base/error.h"
#include "tests/unit/check.h"

#define ALL_ONES UINT32_MAX

static struct fake_card *fake_of(struct snap_transport *transport)
{
    return (struct fake_card *)transport;
}

static uint32_t *queue_register(struct fake_card *fake, unsigned queue, uint32_t reg)
{
    return &fake->registers[(SNAP_QUEUE_PAGE_OFFSET + queue * SNAP_QUEUE_PAGE_BYTES + reg) / 4];
}

static uint64_t queue_address(struct fake_card *fake, unsigned queue, uint32_t low_register)
{
    return *queue_register(fake, queue, low_register) |
           (uint64_t)*queue_register(fake, queue, low_register + 4) << 32;
}

/* ------------------------------------------------------------------ registers */

static uint32_t read_queue(struct fake_card *fake, unsigned queue, uint32_t reg)
{
    if (reg == SNAP_REG_QUEUE_INDEX)
        return fake->fetched[queue] | (uint32_t)fake->completed[queue] << 16;
    return *queue_register(fake, queue, reg);
}

static uint32_t fake_read32(struct snap_transport *transport, uint32_t offset)
{
    struct fake_card *fake = fake_of(transport);
    fake->register_reads++;
    CHECK(offset % 4 == 0 && offset < SNAP_BAR0_BYTES);
    if (fake->gone)
        return ALL_ONES;
    if (offset == SNAP_REG_CYCLES_LO) {
        fake->cycles += fake->cycles_per_look;
        fake->latched = fake->cycles;
        return (uint32_t)fake->latched;
    }
    if (offset == SNAP_REG_CYCLES_HI)
        return (uint32_t)(fake->latched >> 32);
    if (offset >= SNAP_QUEUE_PAGE_OFFSET)
        return read_queue(fake, (offset - SNAP_QUEUE_PAGE_OFFSET) / SNAP_QUEUE_PAGE_BYTES,
                          offset % SNAP_QUEUE_PAGE_BYTES);
    return fake->registers[offset / 4];
}

static void reset_queues(struct fake_card *fake)
{
    for (unsigned queue = 0; queue < FAKE_QUEUES; queue++)
        *queue_register(fake, queue, SNAP_REG_QUEUE_STATUS) = 0;
}

static void control_queue(struct fake_card *fake, unsigned queue, uint32_t value)
{
    uint32_t *status = queue_register(fake, queue, SNAP_REG_QUEUE_STATUS);
    if (value == 0) {
        *status = fake->stuck_draining ? 2 : 0;
    } else if (fake->refuse_start) {
        *status = 3u | SNAP_QUEUE_ERROR_CONFIG << SNAP_QUEUE_STATUS_ERROR_SHIFT;
    } else {
        CHECK_EQ(*status, 0);
        *status = 1;
        fake->fetched[queue] = fake->completed[queue] = 0;
    }
}

static void fake_write32(struct snap_transport *transport, uint32_t offset, uint32_t value)
{
    struct fake_card *fake = fake_of(transport);
    CHECK(offset % 4 == 0 && offset < SNAP_BAR0_BYTES);
    if (fake->gone)
        return;
    if (offset == SNAP_REG_CONTROL && value == 1) {
        fake->soft_resets++;
        if (fake->stuck_soft_reset)
            fake->registers[SNAP_REG_STATUS / 4] = 1;
        else
            reset_queues(fake);
        return;
    }
    fake->registers[offset / 4] = value;
    if (offset < SNAP_QUEUE_PAGE_OFFSET)
        return;
    unsigned queue = (offset - SNAP_QUEUE_PAGE_OFFSET) / SNAP_QUEUE_PAGE_BYTES;
    uint32_t reg = offset % SNAP_QUEUE_PAGE_BYTES;
    if (reg == SNAP_REG_QUEUE_CONTROL)
        control_queue(fake, queue, value);
    if (reg == SNAP_REG_DOORBELL) {
        fake->doorbells++;
        fake->doorbell[queue] = value;
        fake->fetched[queue] = (uint16_t)value;
    }
}

/* ------------------------------------------------------------------ the rest of a transport */

static int fake_dma_map(struct snap_transport *transport, const struct snap_memory *memory,
                        unsigned access, struct snap_error *error)
{
    struct fake_card *fake = fake_of(transport);
    if (fake->refuse_map)
        return snap_fail(error, SNAP_E_MEMORY, "the test refuses to map");
    CHECK(fake->mappings_count < sizeof fake->mappings / sizeof fake->mappings[0]);
    fake->mappings[fake->mappings_count++] =
        (struct fake_mapping){memory->address, memory->bytes, memory->data, access};
    return SNAP_OK;
}

static int fake_dma_unmap(struct snap_transport *transport, uint64_t address, uint64_t bytes,
                          struct snap_error *error)
{
    struct fake_card *fake = fake_of(transport);
    (void)error;
    for (unsigned i = 0; i < fake->mappings_count; i++) {
        if (fake->mappings[i].address != address)
            continue;
        CHECK_EQ(fake->mappings[i].bytes, bytes);
        fake->mappings[i] = fake->mappings[--fake->mappings_count];
        return SNAP_OK;
    }
    CHECK(!"unmapping what is not mapped");
    return SNAP_E_PROTOCOL;
}

static int fake_irq_set(struct snap_transport *transport, const int *eventfds, unsigned count,
                        struct snap_error *error)
{
    (void)eventfds;
    (void)error;
    CHECK(count >= 1 && count <= FAKE_QUEUES);
    fake_of(transport)->irq_sets++;
    return SNAP_OK;
}

static int fake_command(struct snap_transport *transport, unsigned bits, struct snap_error *error)
{
    (void)error;
    fake_of(transport)->command = bits;
    return SNAP_OK;
}

static int fake_reset(struct snap_transport *transport, struct snap_error *error)
{
    struct fake_card *fake = fake_of(transport);
    if (fake->no_hard_reset)
        return snap_fail(error, SNAP_E_UNSUPPORTED, "no reset");
    fake->hard_resets++;
    fake->registers[SNAP_REG_STATUS / 4] = 0;
    fake->command = 0;
    reset_queues(fake);
    return SNAP_OK;
}

static const char *fake_failure(struct snap_transport *transport)
{
    (void)transport;
    return NULL;
}

static void fake_close(struct snap_transport *transport)
{
    CHECK_EQ(fake_of(transport)->mappings_count, 0); /* nothing is left mapped behind */
    free(fake_of(transport));
}

static const struct snap_transport_ops fake_ops = {
    .read32 = fake_read32,
    .write32 = fake_write32,
    .dma_map = fake_dma_map,
    .dma_unmap = fake_dma_unmap,
    .irq_set = fake_irq_set,
    .command = fake_command,
    .reset = fake_reset,
    .failure = fake_failure,
    .close = fake_close,
};

struct fake_card *fake_new(unsigned queues)
{
    CHECK(queues >= 1 && queues <= FAKE_QUEUES);
    struct fake_card *fake = calloc(1, sizeof *fake);
    CHECK(fake != NULL);
    fake->base.ops = &fake_ops;
    fake->base.vectors = queues;
    fake->cycles_per_look = 10;
    snap_iova_init(&fake->base.iova, 4096);
    CHECK(snap_iova_add_range(&fake->base.iova, 0, UINT64_MAX));
    uint32_t *registers = fake->registers;
    registers[SNAP_REG_MAGIC / 4] = SNAP_ABI_MAGIC;
    registers[SNAP_REG_ABI_VERSION / 4] = SNAP_ABI_MAJOR << 16 | SNAP_ABI_MINOR;
    registers[SNAP_REG_LAYOUT / 4] = queues | queues << 8 | 16u << 16 | 12u << 24;
    registers[SNAP_REG_MESSAGE_BYTES_MAX / 4] = SNAP_MESSAGE_BYTES_MAX;
    registers[SNAP_REG_OPCODES / 4] = 1u << SNAP_OP_NOOP | 1u << SNAP_OP_SHA256;
    return fake;
}

struct snap_card *fake_open(struct fake_card **fake_out, unsigned stall_ms)
{
    struct fake_card *fake = fake_new(FAKE_QUEUES);
    struct snap_card_options options = {.stall_ms = stall_ms};
    struct snap_card *card;
    struct snap_error error;
    CHECK_EQ(snap_card_open_transport(&fake->base, "fake:", &options, &card, &error), SNAP_OK);
    *fake_out = fake;
    return card;
}

/* ------------------------------------------------------------------ doing jobs */

uint8_t *fake_reach(struct fake_card *fake, uint64_t address, size_t bytes, unsigned access)
{
    for (unsigned i = 0; i < fake->mappings_count; i++) {
        const struct fake_mapping *mapping = &fake->mappings[i];
        if (address >= mapping->address && bytes <= mapping->bytes &&
            address - mapping->address <= mapping->bytes - bytes &&
            (mapping->access & access) == access)
            return mapping->data + (address - mapping->address);
    }
    return NULL;
}

static uint32_t config_field(struct fake_card *fake, unsigned queue, unsigned shift, uint32_t mask)
{
    return *queue_register(fake, queue, SNAP_REG_QUEUE_CONFIG) >> shift & mask;
}

struct snap_job_header *fake_slot(struct fake_card *fake, unsigned queue, uint16_t slot)
{
    unsigned entries_log2 = config_field(fake, queue, 0, 15);
    size_t slot_bytes = config_field(fake, queue, 4, 1) ? 512 : 256;
    uint64_t address = queue_address(fake, queue, SNAP_REG_SQ_BASE_LO) +
                       (slot & ((1u << entries_log2) - 1)) * slot_bytes;
    uint8_t *at = fake_reach(fake, address, slot_bytes, SNAP_DMA_READ);
    CHECK(at != NULL);
    return (struct snap_job_header *)(void *)at;
}

struct snap_completion *fake_complete(struct fake_card *fake, unsigned queue, uint16_t slot,
                                      uint8_t status, const uint8_t *result)
{
    unsigned entries_log2 = config_field(fake, queue, 0, 15);
    uint16_t index = fake->completed[queue]++;
    uint32_t entry = index & ((1u << entries_log2) - 1);
    uint8_t *at = fake_reach(fake, queue_address(fake, queue, SNAP_REG_CQ_BASE_LO) + entry * 32, 32,
                             SNAP_DMA_WRITE);
    uint8_t *result_at = fake_reach(
        fake, queue_address(fake, queue, SNAP_REG_RESULT_BASE_LO) + entry * 64, 64, SNAP_DMA_WRITE);
    CHECK(at != NULL && result_at != NULL);
    if (result != NULL)
        memcpy(result_at, result, SNAP_RESULT_BYTES);
    struct snap_completion *completion = (struct snap_completion *)(void *)at;
    *completion = (struct snap_completion){
        .cookie = fake_slot(fake, queue, slot)->cookie,
        .result = fake_slot(fake, queue, slot)->length,
        .engine_cycles = 77,
        .slot = slot,
        .sq_head = fake->fetched[queue],
        .generation = (uint16_t)config_field(fake, queue, 16, 0xFFFF),
        .status = status,
        .phase = (uint8_t)((~(index >> entries_log2) & 1) << 7 | (result != NULL)),
    };
    return completion;
}
