/* SPDX-License-Identifier: Apache-2.0 */
/* How the driver reaches a PCI function: its BAR0, its interrupts, its reset, and the memory it may
 * reach.
 *
 * There are two: the kernel's VFIO, for a card in the machine, and a vfio-user socket, for a
 * simulated one. A register read that fails gives all ones, and a write that fails is lost, as on
 * PCIe: that a card is gone shows in MAGIC, and is asked for only where it matters.
 *
 * Functions may be called from any thread, except for close; dma_map, dma_unmap, irq_set, command
 * and reset are serialised by the caller (the card's lock). */
#ifndef DRIVER_TRANSPORT_TRANSPORT_H
#define DRIVER_TRANSPORT_TRANSPORT_H

#include "driver/base/barrier.h"
#include "driver/transport/iova.h"
#include "snapcard.h"

#define SNAP_VECTORS_MAX SNAP_QUEUES_MAX

/* What the card may do with mapped memory. */
#define SNAP_DMA_READ  1u
#define SNAP_DMA_WRITE 2u

/* What a read gives when nobody answers it. */
#define SNAP_ALL_ONES UINT32_MAX

/* The PCI command register, in configuration space, and its bits. */
#define SNAP_COMMAND_OFFSET     4u
#define SNAP_COMMAND_MEMORY     0x2u
#define SNAP_COMMAND_BUS_MASTER 0x4u

struct snap_transport;
struct snap_memory;

struct snap_transport_ops {
    /* Used only while `bar` is NULL. */
    uint32_t (*read32)(struct snap_transport *transport, uint32_t offset);
    void (*write32)(struct snap_transport *transport, uint32_t offset, uint32_t value);
    /* Maps memory->data at memory->address, which is free in `iova`. */
    int (*dma_map)(struct snap_transport *transport, const struct snap_memory *memory,
                   unsigned access, struct snap_error *error);
    int (*dma_unmap)(struct snap_transport *transport, uint64_t address, uint64_t bytes,
                     struct snap_error *error);
    /* MSI-X vector i signals eventfds[i]; count is at most `vectors`. */
    int (*irq_set)(struct snap_transport *transport, const int *eventfds, unsigned count,
                   struct snap_error *error);
    /* Sets these SNAP_COMMAND bits and clears the others of the two. */
    int (*command)(struct snap_transport *transport, unsigned bits, struct snap_error *error);
    /* Function-level reset; SNAP_E_UNSUPPORTED when the function has none. Interrupts and the
     * command register must be set again. */
    int (*reset)(struct snap_transport *transport, struct snap_error *error);
    /* Why the card is lost, or must be given back, as a sentence; NULL when the transport knows of
     * nothing. */
    const char *(*failure)(struct snap_transport *transport);
    void (*close)(struct snap_transport *transport);
};

/* The part that all transports share, first in each one's own structure. */
struct snap_transport {
    const struct snap_transport_ops *ops;
    volatile uint8_t *bar; /* BAR0 mapped, SNAP_BAR0_BYTES long; NULL: use ops */
    struct snap_iova iova;
    unsigned vectors; /* MSI-X vectors that the host can use, 1 to SNAP_VECTORS_MAX */
    uint16_t vendor_id, device_id;
};

/* Opens "vfio:DDDD:BB:DD.F" or "sim:PATH". stall_ms: a server that says nothing for so long is
 * lost. */
int snap_transport_open(const char *address, unsigned stall_ms, struct snap_transport **transport,
                        struct snap_error *error);
int snap_vfio_open(const char *bdf, struct snap_transport **transport, struct snap_error *error);
int snap_vfio_user_open(const char *path, unsigned stall_ms, struct snap_transport **transport,
                        struct snap_error *error);
/* The same on a connected socket, which the transport owns from here on, also when this fails. */
int snap_vfio_user_attach(int socket_fd, unsigned stall_ms, struct snap_transport **transport,
                          struct snap_error *error);

static inline uint32_t snap_transport_read32(struct snap_transport *transport, uint32_t offset)
{
    uint32_t value;
    if (transport->bar != NULL)
        value = *(volatile uint32_t *)(transport->bar + offset);
    else
        value = transport->ops->read32(transport, offset);
    snap_barrier_io_read();
    return value;
}

static inline void snap_transport_write32(struct snap_transport *transport, uint32_t offset,
                                          uint32_t value)
{
    snap_barrier_io_write();
    if (transport->bar != NULL)
        *(volatile uint32_t *)(transport->bar + offset) = value;
    else
        transport->ops->write32(transport, offset, value);
}

#endif
