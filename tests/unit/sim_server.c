/* SPDX-License-Identifier: Apache-2.0 */
/* The protocol, command by command: what it grants, and what it refuses without harm. */
#include <errno.h>
#include <linux/vfio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "tests/unit/check.h"
#include "tests/unit/sim_rig.h"

static struct rig rig;

static int command(uint16_t number, const void *payload, size_t bytes)
{
    return rig_command(&rig, number, 0, payload, bytes, NULL, 0);
}

static void test_version(void)
{
    struct {
        struct vfio_user_version version;
        char text[24];
    } hello = {{0, 7}, "{\"capabilities\":{}}"};
    struct vfio_user_version answer;
    rig_connect(&rig, NULL);
    CHECK_EQ(command(VFIO_USER_VERSION, &hello, sizeof hello), 0);
    memcpy(&answer, rig.reply.payload, sizeof answer);
    CHECK_EQ(answer.major, 0);
    CHECK_EQ(answer.minor, 1); /* never above the client's, nor above ours */
    CHECK_EQ(rig.reply.payload[rig.reply.payload_bytes - 1], 0);
    CHECK(strstr((char *)rig.reply.payload + sizeof answer, "\"max_msg_fds\":16") != NULL);
    CHECK_EQ(command(VFIO_USER_VERSION, &hello, sizeof hello), EINVAL); /* once is enough */
    rig_close(&rig);
    hello.version.minor = 0;
    rig_connect(&rig, NULL);
    CHECK_EQ(command(VFIO_USER_VERSION, &hello, sizeof hello.version), 0);
    memcpy(&answer, rig.reply.payload, sizeof answer);
    CHECK_EQ(answer.minor, 0);
    rig_close(&rig);
}

static void test_no_version(void)
{
    struct vfio_user_version other = {1, 0};
    rig_connect(&rig, NULL);
    CHECK_EQ(command(VFIO_USER_DEVICE_RESET, NULL, 0), RIG_CLOSED);
    CHECK_EQ(command(VFIO_USER_VERSION, &other, sizeof other), RIG_CLOSED);
    CHECK_EQ(command(VFIO_USER_VERSION, &other, 3), RIG_CLOSED);
    CHECK_EQ(command(VFIO_USER_VERSION, "\0\0\1\0{", 5), RIG_CLOSED); /* text without its NUL */
    rig_close(&rig);
}

static void test_unknown(void)
{
    static const uint16_t unknown[] = {0, 6, 11, 12, 14, 15, 16, 17, 18, 19, 0xFFFF};
    rig_open(&rig, NULL);
    for (unsigned i = 0; i < sizeof unknown / sizeof *unknown; i++)
        CHECK_EQ(command(unknown[i], "payload", 7), ENOTSUP);
    rig_close(&rig);
}

static void test_info(void)
{
    struct vfio_user_device_info device = {.argsz = sizeof device};
    struct vfio_user_region_info region = {.argsz = sizeof region};
    struct vfio_user_irq_info irq = {.argsz = sizeof irq};
    rig_open(&rig, NULL);
    CHECK_EQ(command(VFIO_USER_DEVICE_GET_INFO, &device, sizeof device), 0);
    memcpy(&device, rig.reply.payload, sizeof device);
    CHECK_EQ(device.flags, VFIO_DEVICE_FLAGS_PCI | VFIO_DEVICE_FLAGS_RESET);
    CHECK_EQ(device.num_regions, VFIO_PCI_NUM_REGIONS);
    CHECK_EQ(device.num_irqs, VFIO_PCI_NUM_IRQS);
    for (uint32_t index = 0; index < VFIO_PCI_NUM_REGIONS; index++) {
        region = (struct vfio_user_region_info){.argsz = sizeof region, .index = index};
        CHECK_EQ(command(VFIO_USER_DEVICE_GET_REGION_INFO, &region, sizeof region), 0);
        memcpy(&region, rig.reply.payload, sizeof region);
        CHECK_EQ(region.size, index == 0                              ? 0x20000
                              : index == VFIO_PCI_CONFIG_REGION_INDEX ? 4096
                                                                      : 0);
        CHECK_EQ(region.flags, region.size ? 3 : 0); /* never to be mapped */
    }
    for (uint32_t index = 0; index < VFIO_PCI_NUM_IRQS; index++) {
        irq = (struct vfio_user_irq_info){.argsz = sizeof irq, .index = index};
        CHECK_EQ(command(VFIO_USER_DEVICE_GET_IRQ_INFO, &irq, sizeof irq), 0);
        memcpy(&irq, rig.reply.payload, sizeof irq);
        CHECK_EQ(irq.count, index == VFIO_PCI_MSIX_IRQ_INDEX ? 4 : 0);
    }
    region = (struct vfio_user_region_info){.argsz = sizeof region, .index = VFIO_PCI_NUM_REGIONS};
    CHECK_EQ(command(VFIO_USER_DEVICE_GET_REGION_INFO, &region, sizeof region), EINVAL);
    irq = (struct vfio_user_irq_info){.argsz = sizeof irq, .index = VFIO_PCI_NUM_IRQS};
    CHECK_EQ(command(VFIO_USER_DEVICE_GET_IRQ_INFO, &irq, sizeof irq), EINVAL);
    rig_close(&rig);
}

/* Every command with a payload that is a byte short, and with an argsz that is. */
static void test_sizes(void)
{
    static const struct {
        uint16_t command;
        uint8_t bytes;
    } fixed[] = {{VFIO_USER_DMA_MAP, 32},
                 {VFIO_USER_DMA_UNMAP, 24},
                 {VFIO_USER_DEVICE_GET_INFO, 16},
                 {VFIO_USER_DEVICE_GET_REGION_INFO, 32},
                 {VFIO_USER_DEVICE_GET_IRQ_INFO, 16},
                 {VFIO_USER_DEVICE_SET_IRQS, 20}};
    rig_open(&rig, NULL);
    for (unsigned i = 0; i < sizeof fixed / sizeof *fixed; i++) {
        uint8_t payload[32] = {fixed[i].bytes};
        CHECK_EQ(command(fixed[i].command, payload, fixed[i].bytes - 1u), EINVAL);
        CHECK_EQ(command(fixed[i].command, payload, 0), EINVAL);
        payload[0]--;
        CHECK_EQ(command(fixed[i].command, payload, fixed[i].bytes), EINVAL);
    }
    CHECK_EQ(command(VFIO_USER_DEVICE_RESET, "x", 1), EINVAL);
    CHECK_EQ(command(VFIO_USER_DEVICE_RESET, NULL, 0), 0);
    rig_close(&rig);
}

static void test_region_bounds(void)
{
    static const struct vfio_user_region_access bad[] = {
        {0x20000, 0, 4}, {0x1FFFD, 0, 4},    {UINT64_MAX, 0, 4}, {UINT64_MAX - 3, 0, 4}, {0, 0, 0},
        {0, 0, 0x20001}, {0, 0, UINT32_MAX}, {4096, 7, 1},       {4093, 7, 4},           {0, 1, 4},
        {0, 8, 4},       {0, 9, 4},          {0, UINT32_MAX, 4}};
    static struct {
        struct vfio_user_region_access access;
        uint8_t data[64];
    } payload;
    rig_open(&rig, NULL);
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK_EQ(command(VFIO_USER_REGION_READ, &bad[i], sizeof bad[i]), EINVAL);
        payload.access = bad[i];
        CHECK_EQ(command(VFIO_USER_REGION_WRITE, &payload, sizeof bad[i] + (bad[i].count & 63)),
                 EINVAL);
    }
    /* The data must be as long as the count says. */
    payload.access = (struct vfio_user_region_access){0, 0, 8};
    CHECK_EQ(command(VFIO_USER_REGION_WRITE, &payload, 16 + 7), EINVAL);
    CHECK_EQ(command(VFIO_USER_REGION_WRITE, &payload, 16 + 9), EINVAL);
    CHECK_EQ(command(VFIO_USER_REGION_READ, &payload, 17), EINVAL);
    rig_close(&rig);
}

/* The card takes aligned words only; everything else is one request, and answered as unsupported.
 */
static void test_access_sizes(void)
{
    rig_open(&rig, NULL);
    for (uint32_t count = 1; count <= 8; count *= 2) {
        struct vfio_user_region_access access = {0, 0, count};
        uint64_t value = 0;
        CHECK_EQ(command(VFIO_USER_REGION_READ, &access, sizeof access), 0);
        memcpy(&value, rig.reply.payload + sizeof access, count);
        CHECK(value == (count == 4 ? SNAP_ABI_MAGIC : UINT64_MAX >> (64 - 8 * count)));
    }
    CHECK_EQ(rig_get(&rig, SNAP_REG_ERR_REQUEST), 3);
    rig_close(&rig);
}

static void test_no_reply(void)
{
    struct vfio_user_dma_unmap bad = {0};
    rig_open(&rig, NULL);
    CHECK_EQ(rig_command(&rig, VFIO_USER_DMA_UNMAP, VFIO_USER_NO_REPLY, &bad, sizeof bad, NULL, 0),
             RIG_SILENT);
    rig_close(&rig);
}

static void test_unmap(void)
{
    rig_open(&rig, NULL);
    CHECK_EQ(rig_unmap(&rig, RIG_MEMORY_BUS, 4096, 0), EINVAL); /* part of a map */
    CHECK_EQ(rig_unmap(&rig, 0, 0, 0), EINVAL);
    CHECK_EQ(rig_unmap(&rig, 0, 0, 1), EINVAL); /* dirty pages are not tracked */
    CHECK_EQ(rig_unmap(&rig, 0x1000, 0x1000, 0), 0);
    CHECK_EQ(rig_unmap(&rig, 0x1000, 0, VFIO_USER_DMA_UNMAP_ALL), EINVAL);
    CHECK_EQ(rig.memory.dma.count, 1);
    CHECK_EQ(rig_unmap(&rig, 0, 0, VFIO_USER_DMA_UNMAP_ALL), 0);
    CHECK_EQ(rig.memory.dma.count, 0);
    CHECK_EQ(rig_map(&rig, RIG_MEMORY_BUS, RIG_MEMORY_BYTES, 3, 0, rig.file), 0);
    CHECK_EQ(rig_map(&rig, RIG_MEMORY_BUS, RIG_MEMORY_BYTES, 3, 0, rig.file), 0);
    CHECK_EQ(rig_map(&rig, RIG_MEMORY_BUS, 4096, 3, 0, rig.file), EEXIST);
    CHECK_EQ(rig_map(&rig, 0, 4096, 8, 0, rig.file), EINVAL);
    CHECK_EQ(rig_map(&rig, 0, 4096, 3, 0, -1), 0);
    CHECK_EQ(rig_unmap(&rig, 0, 1ull << 63, 0), 0);
    CHECK_EQ(rig_unmap(&rig, 1ull << 63, 1ull << 63, 0), 0);
    CHECK_EQ(rig.memory.dma.count, 0);
    rig_close(&rig);
}

static int set_irqs(uint32_t flags, uint32_t index, uint32_t start, uint32_t count,
                    unsigned fd_count, int event)
{
    struct vfio_user_irq_set set = {sizeof set, flags, index, start, count};
    int fds[VFIO_USER_FDS_MAX];
    for (unsigned i = 0; i < fd_count; i++)
        fds[i] = dup(event);
    return rig_command(&rig, VFIO_USER_DEVICE_SET_IRQS, 0, &set, sizeof set, fds, fd_count);
}

static uint64_t signals(int event)
{
    uint64_t count = 0;
    return read(event, &count, sizeof count) == sizeof count ? count : 0;
}

#define ASSIGN  (VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER)
#define TRIGGER (VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_TRIGGER)
#define MSIX    VFIO_PCI_MSIX_IRQ_INDEX

static void test_interrupts(void)
{
    int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    CHECK(event >= 0);
    rig_open(&rig, NULL);
    CHECK_EQ(set_irqs(ASSIGN, MSIX, 0, 4, 4, event), 0);
    CHECK_EQ(set_irqs(TRIGGER, MSIX, 1, 2, 0, event), 0);
    CHECK_EQ(signals(event), 2);
    CHECK_EQ(set_irqs(ASSIGN, MSIX, 2, 1, 0, event), 0); /* takes vector 2 away */
    CHECK_EQ(set_irqs(TRIGGER, MSIX, 0, 4, 0, event), 0);
    CHECK_EQ(signals(event), 3);
    /* The card's own table follows: vectors without a listener are masked. */
    CHECK_EQ(rig_get(&rig, SNAP_MSIX_TABLE_OFFSET), HOST_MSI_ADDRESS);
    CHECK_EQ(rig_get(&rig, SNAP_MSIX_TABLE_OFFSET + 1 * 16 + 12), 0);
    CHECK_EQ(rig_get(&rig, SNAP_MSIX_TABLE_OFFSET + 2 * 16 + 12), 1);
    CHECK_EQ(rig_get(&rig, SNAP_MSIX_TABLE_OFFSET + 3 * 16 + 8), 3);
    rig_set(&rig, SNAP_MSIX_TABLE_OFFSET, 0x12340000); /* the table is the server's */
    CHECK_EQ(rig_get(&rig, SNAP_MSIX_TABLE_OFFSET), HOST_MSI_ADDRESS);
    CHECK_EQ(set_irqs(TRIGGER, VFIO_PCI_INTX_IRQ_INDEX, 0, 0, 0, event),
             0); /* nothing to disable */
    CHECK_EQ(set_irqs(TRIGGER, MSIX, 0, 1, 0, event), 0);
    CHECK_EQ(signals(event), 1);
    CHECK_EQ(set_irqs(TRIGGER, MSIX, 0, 0, 0, event), 0); /* all off */
    CHECK_EQ(set_irqs(TRIGGER, MSIX, 0, 4, 0, event), 0);
    CHECK_EQ(signals(event), 0);
    rig_close(&rig);
    CHECK_EQ(close(event), 0);
}

static void test_interrupts_refused(void)
{
    int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    CHECK(event >= 0);
    rig_open(&rig, NULL);
    CHECK_EQ(set_irqs(ASSIGN, MSIX, 0, 4, 3, event), EINVAL);
    CHECK_EQ(set_irqs(ASSIGN, MSIX, 0, 5, 5, event), EINVAL);
    CHECK_EQ(set_irqs(ASSIGN, MSIX, 4, 1, 1, event), EINVAL);
    CHECK_EQ(set_irqs(ASSIGN, MSIX, UINT32_MAX, 2, 2, event), EINVAL);
    CHECK_EQ(set_irqs(ASSIGN, MSIX, 0, 0, 0, event), EINVAL);
    CHECK_EQ(set_irqs(ASSIGN, VFIO_PCI_INTX_IRQ_INDEX, 0, 1, 1, event), EINVAL);
    CHECK_EQ(set_irqs(VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_MASK, MSIX, 0, 1, 0, event),
             EINVAL);
    CHECK_EQ(set_irqs(ASSIGN | VFIO_IRQ_SET_DATA_NONE, MSIX, 0, 1, 1, event), EINVAL);
    CHECK_EQ(set_irqs(VFIO_IRQ_SET_DATA_BOOL | VFIO_IRQ_SET_ACTION_TRIGGER, MSIX, 0, 4, 0, event),
             EINVAL);
    struct {
        struct vfio_user_irq_set set;
        uint8_t chosen[4];
    } some = {{24, VFIO_IRQ_SET_DATA_BOOL | VFIO_IRQ_SET_ACTION_TRIGGER, MSIX, 0, 4}, {0, 1, 0, 1}};
    CHECK_EQ(set_irqs(ASSIGN, MSIX, 0, 4, 4, event), 0);
    CHECK_EQ(command(VFIO_USER_DEVICE_SET_IRQS, &some, sizeof some), 0);
    CHECK_EQ(signals(event), 2);
    /* Descriptors where none belong. */
    int stray = dup(event);
    CHECK_EQ(rig_command(&rig, VFIO_USER_DEVICE_RESET, 0, NULL, 0, &stray, 1), EINVAL);
    rig_close(&rig);
    CHECK_EQ(close(event), 0);
}

/* A client that leaves takes its memory, its interrupts and its jobs with it. */
static void test_disconnect(void)
{
    int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    CHECK(event >= 0);
    rig_open(&rig, NULL);
    CHECK_EQ(set_irqs(ASSIGN, MSIX, 0, 4, 4, event), 0);
    rig_start_queue(&rig, 4, 1);
    CHECK_EQ(rig_get(&rig, SNAP_QUEUE_PAGE_OFFSET + SNAP_REG_QUEUE_STATUS), 1);
    server_disconnect(&rig.server);
    CHECK_EQ(rig.memory.dma.count, 0);
    CHECK(!interrupts_any(&rig.memory.interrupts));
    CHECK(!rig.memory.bus_master);
    CHECK_EQ(command(VFIO_USER_DEVICE_RESET, NULL, 0), RIG_CLOSED);
    struct vfio_user_version version = {0, 1};
    CHECK_EQ(command(VFIO_USER_VERSION, &version, sizeof version), 0);
    CHECK_EQ(rig_get(&rig, SNAP_QUEUE_PAGE_OFFSET + SNAP_REG_QUEUE_STATUS), 0);
    rig_close(&rig);
    CHECK_EQ(close(event), 0);
}

int main(void)
{
    RUN(test_version);
    RUN(test_no_version);
    RUN(test_unknown);
    RUN(test_info);
    RUN(test_sizes);
    RUN(test_region_bounds);
    RUN(test_access_sizes);
    RUN(test_no_reply);
    RUN(test_unmap);
    RUN(test_interrupts);
    RUN(test_interrupts_refused);
    RUN(test_disconnect);
    return 0;
}
