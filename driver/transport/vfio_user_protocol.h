/* SPDX-License-Identifier: Apache-2.0 */
/* The vfio-user messages that the driver sends and the replies that it takes, protocol version 0.1.
 *
 *   driver                                   server
 *   header | body [| fds] ---------------->
 *          <---------------- header | body          reply: same id and command; or error and no
 * body
 *
 * Register writes ask for no reply: they are posted, as on PCIe. Fields are in host byte order. */
#ifndef DRIVER_TRANSPORT_VFIO_USER_PROTOCOL_H
#define DRIVER_TRANSPORT_VFIO_USER_PROTOCOL_H

#include <stdint.h>

enum vfu_command {
    VFU_VERSION = 1,
    VFU_DMA_MAP = 2,
    VFU_DMA_UNMAP = 3,
    VFU_DEVICE_GET_INFO = 4,
    VFU_GET_REGION_INFO = 5,
    VFU_GET_IRQ_INFO = 7,
    VFU_SET_IRQS = 8,
    VFU_REGION_READ = 9,
    VFU_REGION_WRITE = 10,
    VFU_DEVICE_RESET = 13,
};

#define VFU_TYPE_MASK      0x0Fu
#define VFU_TYPE_COMMAND   0x00u
#define VFU_TYPE_REPLY     0x01u
#define VFU_FLAG_NO_REPLY  0x10u
#define VFU_FLAG_ERROR     0x20u
#define VFU_MAJOR          0u
#define VFU_MINOR          1u
#define VFU_BODY_BYTES_MAX 4096u /* of a reply; the longest is the one to VERSION */

struct vfu_header {
    uint16_t id;
    uint16_t command;
    uint32_t bytes; /* with this header */
    uint32_t flags;
    uint32_t error; /* errno, with VFU_FLAG_ERROR */
};

struct vfu_version { /* capabilities follow: JSON, terminated by a NUL */
    uint16_t major;
    uint16_t minor;
};

#define VFU_DMA_FLAG_READ  1u
#define VFU_DMA_FLAG_WRITE 2u

struct vfu_dma_map {
    uint32_t argsz;
    uint32_t flags;
    uint64_t offset;
    uint64_t address;
    uint64_t bytes;
};

struct vfu_dma_unmap {
    uint32_t argsz;
    uint32_t flags;
    uint64_t address;
    uint64_t bytes;
};

#define VFU_DEVICE_FLAG_RESET 1u

struct vfu_device_info {
    uint32_t argsz;
    uint32_t flags;
    uint32_t regions;
    uint32_t irqs;
};

struct vfu_region_info {
    uint32_t argsz;
    uint32_t flags;
    uint32_t index;
    uint32_t cap_offset;
    uint64_t bytes;
    uint64_t offset;
};

struct vfu_irq_info {
    uint32_t argsz;
    uint32_t flags;
    uint32_t index;
    uint32_t count;
};

struct vfu_irq_set {
    uint32_t argsz;
    uint32_t flags;
    uint32_t index;
    uint32_t start;
    uint32_t count;
};

struct vfu_region_access { /* data follows in a write and in the reply to a read */
    uint64_t offset;
    uint32_t region;
    uint32_t count;
};

_Static_assert(sizeof(struct vfu_header) == 16, "padding");
_Static_assert(sizeof(struct vfu_dma_map) == 32, "padding");
_Static_assert(sizeof(struct vfu_dma_unmap) == 24, "padding");
_Static_assert(sizeof(struct vfu_region_info) == 32, "padding");
_Static_assert(sizeof(struct vfu_irq_set) == 20, "padding");
_Static_assert(sizeof(struct vfu_region_access) == 16, "padding");

#endif
