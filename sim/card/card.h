/* SPDX-License-Identifier: Apache-2.0 */
/* The two seams of the virtual card.
 *
 *   client -> server -> function --(struct card)--> model or Verilated card
 *                                                      |
 *   client's memory <- dma <- host <--(struct host)----+
 *
 * Everything above `card` is the PCI function as a host sees it; everything behind `host` is what
 * the card reaches on the bus. Faults sit in both seams, so that they work for every kind of card.
 */
#ifndef SIM_CARD_CARD_H
#define SIM_CARD_CARD_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How a memory read ends on the bus. The values are those of the card's fetch and data statuses:
 * status is SNAP_STATUS_FETCH_UR + (value - 1). */
enum host_status {
    HOST_OK = 0,
    HOST_UR = 1, /* Unsupported Request: not mapped, not readable, or the bus master bit is off */
    HOST_CA = 2, /* Completer Abort */
    HOST_POISON = 3,  /* data came, marked bad */
    HOST_TIMEOUT = 4, /* no answer at all */
};

/* What the card reaches. `bytes` is at most 512 and an access never crosses 4 KiB, as on PCIe. */
struct host_ops {
    enum host_status (*read)(void *context, uint64_t address, void *data, unsigned bytes);
    /* Posted: where it may not go, it is dropped. */
    void (*write)(void *context, uint64_t address, const void *data, unsigned bytes);
};

struct host {
    const struct host_ops *ops;
    void *context;
};

/* What the function's configuration space tells the card, in the encodings of Device Control. */
struct card_config {
    uint16_t requester_id;
    uint8_t max_payload; /* 128 << n bytes */
    uint8_t max_read;    /* 128 << n bytes */
    bool extended_tags;
    bool bus_master;
    bool msix_enable;
    bool msix_mask; /* function mask */
};

struct card_ops {
    /* Reads `bytes` (1, 2, 4 or 8, naturally aligned) of BAR0 as one request; false: answered as
     * Unsupported Request. Writes of the card that came before the read are in host memory when it
     * returns. */
    bool (*read)(void *context, uint32_t offset, unsigned bytes, uint64_t *value);
    void (*write)(void *context, uint32_t offset, unsigned bytes, uint64_t value);
    void (*configure)(void *context, const struct card_config *config);
    /* Function-level reset; false: the card did not come to its end. */
    bool (*reset)(void *context);
    /* Lets the card work for about `cycles` of its PCIe-side clock; false: nothing more happens
     * before the next access. */
    bool (*run)(void *context, unsigned cycles);
    /* False: the card has left the bus. */
    bool (*present)(void *context);
    void (*destroy)(void *context);
};

struct card {
    const struct card_ops *ops;
    void *context;
};

/* MSI-X messages go here: the window that x86 platforms reserve for interrupts. The data is the
 * vector. */
#define HOST_MSI_ADDRESS 0xFEE00000u
#define HOST_MSI_BYTES   0x00100000u

/* Largest access through `host`: the largest read request of the card. */
#define HOST_ACCESS_BYTES_MAX 512u

#ifdef __cplusplus
}
#endif

#endif
