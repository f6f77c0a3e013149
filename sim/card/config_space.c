/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/card/config_space.h"

#include <assert.h>
#include <linux/pci_regs.h>
#include <string.h>

#include "snapcard_abi.h"

/* Not on any bus of ours: bus 1, device 0, function 0. */
#define REQUESTER_ID 0x0100u

static uint32_t get(const uint8_t *bytes, unsigned offset, unsigned count)
{
    uint32_t value = 0;
    for (unsigned i = 0; i < count; i++)
        value |= (uint32_t)bytes[offset + i] << 8 * i;
    return value;
}

static void put(uint8_t *bytes, unsigned offset, unsigned count, uint32_t value)
{
    for (unsigned i = 0; i < count; i++)
        bytes[offset + i] = (uint8_t)(value >> 8 * i);
}

static void init_header(struct config_space *space)
{
    uint8_t *value = space->value, *writable = space->writable;
    put(value, PCI_VENDOR_ID, 2, SNAP_PCI_VENDOR_ID);
    put(value, PCI_DEVICE_ID, 2, SNAP_PCI_DEVICE_ID);
    put(writable, PCI_COMMAND, 2,
        PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_PARITY | PCI_COMMAND_SERR |
            PCI_COMMAND_INTX_DISABLE);
    put(value, PCI_STATUS, 2, PCI_STATUS_CAP_LIST);
    put(value, PCI_CLASS_REVISION, 4, SNAP_PCI_CLASS << 8 | 1);
    put(writable, PCI_CACHE_LINE_SIZE, 1,
        0xFF); /* without effect on PCIe, but software writes it */
    put(value, PCI_BASE_ADDRESS_0, 4, PCI_BASE_ADDRESS_MEM_TYPE_64);
    put(writable, PCI_BASE_ADDRESS_0, 4, ~(SNAP_BAR0_BYTES - 1));
    put(writable, PCI_BASE_ADDRESS_1, 4, 0xFFFFFFFFu);
    put(value, PCI_SUBSYSTEM_VENDOR_ID, 2, SNAP_PCI_VENDOR_ID);
    put(value, PCI_SUBSYSTEM_ID, 2, SNAP_PCI_DEVICE_ID);
    put(value, PCI_CAPABILITY_LIST, 1, CONFIG_PM);
    put(writable, PCI_INTERRUPT_LINE, 1, 0xFF);
}

static void init_capability(struct config_space *space, unsigned at, unsigned id, unsigned next)
{
    put(space->value, at + PCI_CAP_LIST_ID, 1, id);
    put(space->value, at + PCI_CAP_LIST_NEXT, 1, next);
}

static void init_express(struct config_space *space)
{
    uint8_t *value = space->value, *writable = space->writable;
    init_capability(space, CONFIG_EXPRESS, PCI_CAP_ID_EXP, 0);
    put(value, CONFIG_EXPRESS + PCI_EXP_FLAGS, 2, 2); /* version 2, endpoint */
    put(value, CONFIG_EXPRESS + PCI_EXP_DEVCAP, 4,
        1u /* payload up to 256 bytes */ | PCI_EXP_DEVCAP_EXT_TAG | PCI_EXP_DEVCAP_RBER |
            PCI_EXP_DEVCAP_FLR);
    put(value, CONFIG_EXPRESS + PCI_EXP_DEVCTL, 2,
        PCI_EXP_DEVCTL_RELAX_EN | PCI_EXP_DEVCTL_NOSNOOP_EN | PCI_EXP_DEVCTL_READRQ_512B);
    put(writable, CONFIG_EXPRESS + PCI_EXP_DEVCTL, 2,
        PCI_EXP_DEVCTL_CERE | PCI_EXP_DEVCTL_NFERE | PCI_EXP_DEVCTL_FERE | PCI_EXP_DEVCTL_URRE |
            PCI_EXP_DEVCTL_RELAX_EN | PCI_EXP_DEVCTL_PAYLOAD | PCI_EXP_DEVCTL_EXT_TAG |
            PCI_EXP_DEVCTL_NOSNOOP_EN | PCI_EXP_DEVCTL_READRQ);
    uint32_t link = PCI_EXP_LNKCAP_SLS_5_0GB | 4u << 4; /* 5 GT/s, four lanes */
    put(value, CONFIG_EXPRESS + PCI_EXP_LNKCAP, 4, link);
    put(value, CONFIG_EXPRESS + PCI_EXP_LNKSTA, 2, link);
    put(writable, CONFIG_EXPRESS + PCI_EXP_LNKCTL, 2,
        PCI_EXP_LNKCTL_ASPMC | PCI_EXP_LNKCTL_RCB | PCI_EXP_LNKCTL_CCC | PCI_EXP_LNKCTL_ES);
    put(value, CONFIG_EXPRESS + PCI_EXP_LNKCAP2, 4,
        PCI_EXP_LNKCAP2_SLS_2_5GB | PCI_EXP_LNKCAP2_SLS_5_0GB);
    put(value, CONFIG_EXPRESS + PCI_EXP_LNKCTL2, 2, PCI_EXP_LNKCTL2_TLS_5_0GT);
}

void config_space_init(struct config_space *space, unsigned vectors)
{
    assert(vectors >= 1 && vectors <= 2048);
    memset(space, 0, sizeof *space);
    init_header(space);

    init_capability(space, CONFIG_PM, PCI_CAP_ID_PM, CONFIG_MSIX);
    put(space->value, CONFIG_PM + PCI_PM_PMC, 2, 3); /* version 1.2, D0 and D3 */
    put(space->value, CONFIG_PM + PCI_PM_CTRL, 2, PCI_PM_CTRL_NO_SOFT_RESET);
    put(space->writable, CONFIG_PM + PCI_PM_CTRL, 2, PCI_PM_CTRL_STATE_MASK);

    init_capability(space, CONFIG_MSIX, PCI_CAP_ID_MSIX, CONFIG_EXPRESS);
    put(space->value, CONFIG_MSIX + PCI_MSIX_FLAGS, 2, vectors - 1);
    put(space->writable, CONFIG_MSIX + PCI_MSIX_FLAGS, 2,
        PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL);
    put(space->value, CONFIG_MSIX + PCI_MSIX_TABLE, 4, SNAP_MSIX_TABLE_OFFSET); /* in BAR 0 */
    put(space->value, CONFIG_MSIX + PCI_MSIX_PBA, 4, SNAP_MSIX_PBA_OFFSET);

    init_express(space);
}

void config_space_reset(struct config_space *space)
{
    uint32_t vectors =
        (get(space->value, CONFIG_MSIX + PCI_MSIX_FLAGS, 2) & PCI_MSIX_FLAGS_QSIZE) + 1;
    uint32_t payload =
        get(space->value, CONFIG_EXPRESS + PCI_EXP_DEVCTL, 2) & PCI_EXP_DEVCTL_PAYLOAD;
    config_space_init(space, vectors);
    uint32_t control = get(space->value, CONFIG_EXPRESS + PCI_EXP_DEVCTL, 2);
    put(space->value, CONFIG_EXPRESS + PCI_EXP_DEVCTL, 2, control | payload);
}

void config_space_read(const struct config_space *space, unsigned offset, void *data,
                       unsigned count)
{
    assert(offset <= CONFIG_SPACE_BYTES && count <= CONFIG_SPACE_BYTES - offset);
    memcpy(data, space->value + offset, count);
}

bool config_space_write(struct config_space *space, unsigned offset, const void *data,
                        unsigned count)
{
    assert(offset <= CONFIG_SPACE_BYTES && count <= CONFIG_SPACE_BYTES - offset);
    const uint8_t *bytes = data;
    const unsigned reset_at = CONFIG_EXPRESS + PCI_EXP_DEVCTL + 1;
    bool reset = false;
    for (unsigned i = 0; i < count; i++) {
        unsigned at = offset + i;
        space->value[at] =
            (uint8_t)((space->value[at] & ~space->writable[at]) | (bytes[i] & space->writable[at]));
        if (at == reset_at && (bytes[i] & PCI_EXP_DEVCTL_BCR_FLR >> 8))
            reset = true;
    }
    return reset;
}

bool config_space_bus_master(const struct config_space *space)
{
    return get(space->value, PCI_COMMAND, 2) & PCI_COMMAND_MASTER;
}

void config_space_card(const struct config_space *space, struct card_config *config)
{
    uint32_t control = get(space->value, CONFIG_EXPRESS + PCI_EXP_DEVCTL, 2);
    uint32_t payload = (control & PCI_EXP_DEVCTL_PAYLOAD) >> 5;
    uint32_t supported =
        get(space->value, CONFIG_EXPRESS + PCI_EXP_DEVCAP, 4) & PCI_EXP_DEVCAP_PAYLOAD;
    uint32_t read = (control & PCI_EXP_DEVCTL_READRQ) >> 12;
    config->requester_id = REQUESTER_ID;
    /* Values beyond the supported ones are undefined by the specification: take the largest. */
    config->max_payload = (uint8_t)(payload > supported ? supported : payload);
    config->max_read = (uint8_t)(read > 5 ? 5 : read);
    config->extended_tags = control & PCI_EXP_DEVCTL_EXT_TAG;
    config->bus_master = config_space_bus_master(space);
}
