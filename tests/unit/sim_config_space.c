/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration space: what software finds there, and what it can change. */
#include "sim/card/config_space.h"

#include <linux/pci_regs.h>

#include "snapcard_abi.h"
#include "tests/unit/check.h"

#define VECTORS 4u

static struct config_space space;

static uint32_t get(unsigned offset, unsigned count)
{
    uint32_t value = 0;
    config_space_read(&space, offset, &value, count);
    return value;
}

static bool set(unsigned offset, unsigned count, uint32_t value)
{
    return config_space_write(&space, offset, &value, count);
}

static void test_identity(void)
{
    config_space_init(&space, VECTORS);
    CHECK_EQ(get(PCI_VENDOR_ID, 2), SNAP_PCI_VENDOR_ID);
    CHECK_EQ(get(PCI_DEVICE_ID, 2), SNAP_PCI_DEVICE_ID);
    CHECK_EQ(get(PCI_CLASS_REVISION, 4) >> 8, SNAP_PCI_CLASS);
    CHECK(!set(PCI_VENDOR_ID, 4, 0));
    CHECK(!set(PCI_CLASS_REVISION, 4, 0xFFFFFFFF));
    CHECK_EQ(get(PCI_VENDOR_ID, 2), SNAP_PCI_VENDOR_ID);
    CHECK_EQ(get(PCI_CLASS_REVISION, 4) >> 8, SNAP_PCI_CLASS);
    CHECK_EQ(get(PCI_INTERRUPT_PIN, 1), 0);
}

static void test_bar_sizing(void)
{
    config_space_init(&space, VECTORS);
    set(PCI_BASE_ADDRESS_0, 4, 0xFFFFFFFF);
    set(PCI_BASE_ADDRESS_1, 4, 0xFFFFFFFF);
    uint64_t bar = get(PCI_BASE_ADDRESS_0, 4) | (uint64_t)get(PCI_BASE_ADDRESS_1, 4) << 32;
    CHECK_EQ(bar & 0xF, PCI_BASE_ADDRESS_MEM_TYPE_64);
    CHECK_EQ(~(bar & ~0xFull) + 1, SNAP_BAR0_BYTES);
    for (unsigned offset = PCI_BASE_ADDRESS_2; offset <= PCI_BASE_ADDRESS_5; offset += 4) {
        set(offset, 4, 0xFFFFFFFF);
        CHECK_EQ(get(offset, 4), 0);
    }
    set(PCI_ROM_ADDRESS, 4, 0xFFFFFFFF);
    CHECK_EQ(get(PCI_ROM_ADDRESS, 4), 0);
}

static void test_capabilities(void)
{
    config_space_init(&space, VECTORS);
    CHECK(get(PCI_STATUS, 2) & PCI_STATUS_CAP_LIST);
    unsigned seen = 0, steps = 0;
    for (unsigned at = get(PCI_CAPABILITY_LIST, 1); at != 0; at = get(at + PCI_CAP_LIST_NEXT, 1)) {
        CHECK(++steps <= 8 && at >= 0x40 && at % 4 == 0);
        switch (get(at, 1)) {
        case PCI_CAP_ID_PM:
            seen |= 1;
            break;
        case PCI_CAP_ID_MSIX:
            seen |= 2;
            CHECK_EQ((get(at + PCI_MSIX_FLAGS, 2) & PCI_MSIX_FLAGS_QSIZE) + 1, VECTORS);
            CHECK_EQ(get(at + PCI_MSIX_TABLE, 4), SNAP_MSIX_TABLE_OFFSET);
            CHECK_EQ(get(at + PCI_MSIX_PBA, 4), SNAP_MSIX_PBA_OFFSET);
            break;
        case PCI_CAP_ID_EXP:
            seen |= 4;
            CHECK(get(at + PCI_EXP_DEVCAP, 4) & PCI_EXP_DEVCAP_FLR);
            CHECK_EQ(get(at + PCI_EXP_FLAGS, 2) & PCI_EXP_FLAGS_TYPE, 0);
            break;
        default:
            CHECK(!"a capability that nobody expects");
        }
    }
    CHECK_EQ(seen, 7);
    CHECK_EQ(get(0x100, 4), 0); /* no extended capabilities */
}

static void test_command(void)
{
    config_space_init(&space, VECTORS);
    CHECK(!config_space_bus_master(&space));
    CHECK(!set(PCI_COMMAND, 2, 0xFFFF));
    CHECK(config_space_bus_master(&space));
    CHECK_EQ(get(PCI_COMMAND, 2), PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_PARITY |
                                      PCI_COMMAND_SERR | PCI_COMMAND_INTX_DISABLE);
    CHECK(!set(PCI_COMMAND, 1, 0));
    CHECK(!config_space_bus_master(&space));
    CHECK_EQ(get(PCI_COMMAND, 2), PCI_COMMAND_SERR | PCI_COMMAND_INTX_DISABLE);
}

static void test_device_control(void)
{
    struct card_config config = {0};
    const unsigned control = CONFIG_EXPRESS + PCI_EXP_DEVCTL;
    config_space_init(&space, VECTORS);
    config_space_card(&space, &config);
    CHECK_EQ(config.max_read, 2);
    CHECK_EQ(config.max_payload, 0);
    CHECK(!config.extended_tags && !config.bus_master);
    set(control, 2,
        PCI_EXP_DEVCTL_EXT_TAG | PCI_EXP_DEVCTL_READRQ_128B | PCI_EXP_DEVCTL_PAYLOAD_256B);
    config_space_card(&space, &config);
    CHECK_EQ(config.max_read, 0);
    CHECK_EQ(config.max_payload, 1);
    CHECK(config.extended_tags);
    /* Encodings that do not exist, or beyond what the card supports. */
    set(control, 2, 7 << 12 | 7 << 5);
    config_space_card(&space, &config);
    CHECK_EQ(config.max_read, 5);
    CHECK_EQ(config.max_payload, 1);
}

static void test_function_level_reset(void)
{
    const unsigned control = CONFIG_EXPRESS + PCI_EXP_DEVCTL;
    config_space_init(&space, VECTORS);
    set(PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    set(PCI_BASE_ADDRESS_0, 4, 0xFE000000);
    set(control, 2, PCI_EXP_DEVCTL_PAYLOAD_256B | PCI_EXP_DEVCTL_EXT_TAG);
    CHECK(!set(control, 1, 0xFF));
    CHECK(!set(control + 2, 2, 0xFFFF));
    CHECK(set(control, 2, PCI_EXP_DEVCTL_PAYLOAD_256B | PCI_EXP_DEVCTL_BCR_FLR));
    CHECK(set(control + 1, 1, PCI_EXP_DEVCTL_BCR_FLR >> 8));
    set(control, 2, PCI_EXP_DEVCTL_PAYLOAD_256B | PCI_EXP_DEVCTL_BCR_FLR);
    CHECK(!(get(control, 2) & PCI_EXP_DEVCTL_BCR_FLR)); /* reads as 0 */
    config_space_reset(&space);
    CHECK_EQ(get(PCI_COMMAND, 2), 0);
    CHECK_EQ(get(PCI_BASE_ADDRESS_0, 4), PCI_BASE_ADDRESS_MEM_TYPE_64);
    CHECK_EQ(get(control, 2) & PCI_EXP_DEVCTL_PAYLOAD, PCI_EXP_DEVCTL_PAYLOAD_256B);
    CHECK_EQ(get(control, 2) & PCI_EXP_DEVCTL_READRQ, PCI_EXP_DEVCTL_READRQ_512B);
    CHECK_EQ((get(CONFIG_MSIX + PCI_MSIX_FLAGS, 2) & PCI_MSIX_FLAGS_QSIZE) + 1, VECTORS);
}

/* Whatever is written, everything that says what the function is stays. */
static void test_all_ones(void)
{
    static struct config_space before;
    uint8_t ones[CONFIG_SPACE_BYTES];
    memset(ones, 0xFF, sizeof ones);
    config_space_init(&space, VECTORS);
    before = space;
    CHECK(config_space_write(&space, 0, ones, sizeof ones));
    for (unsigned i = 0; i < CONFIG_SPACE_BYTES; i++)
        CHECK_EQ(space.value[i] & ~space.writable[i], before.value[i] & ~before.writable[i]);
    CHECK_MEM(space.writable, before.writable, sizeof space.writable);
}

int main(void)
{
    RUN(test_identity);
    RUN(test_bar_sizing);
    RUN(test_capabilities);
    RUN(test_command);
    RUN(test_device_control);
    RUN(test_function_level_reset);
    RUN(test_all_ones);
    return 0;
}
