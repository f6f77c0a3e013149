/* SPDX-License-Identifier: Apache-2.0 */
/* The messages of the vfio-user protocol, version 0.1, that the server knows. A message is a header
 * and a payload; file descriptors travel beside it as SCM_RIGHTS. All fields are in the host's byte
 * order. */
#ifndef SIM_CARD_VFIO_USER_H
#define SIM_CARD_VFIO_USER_H

#include <stdint.h>

#define VFIO_USER_MAJOR 0u
#define VFIO_USER_MINOR 1u

enum vfio_user_command {
    VFIO_USER_VERSION = 1,
    VFIO_USER_DMA_MAP = 2,
    VFIO_USER_DMA_UNMAP = 3,
    VFIO_USER_DEVICE_GET_INFO = 4,
    VFIO_USER_DEVICE_GET_REGION_INFO = 5,
    VFIO_USER_DEVICE_GET_REGION_IO_FDS = 6,
    VFIO_USER_DEVICE_GET_IRQ_INFO = 7,
    VFIO_USER_DEVICE_SET_IRQS = 8,
    VFIO_USER_REGION_READ = 9,
    VFIO_USER_REGION_WRITE = 10,
    VFIO_USER_DEVICE_RESET = 13,
};

#define VFIO_USER_TYPE_MASK    0x0Fu
#define VFIO_USER_TYPE_COMMAND 0x00u
#define VFIO_USER_TYPE_REPLY   0x01u
#define VFIO_USER_NO_REPLY     0x10u
#define VFIO_USER_ERROR        0x20u

struct vfio_user_header {
    uint16_t id;
    uint16_t command;
    uint32_t size; /* bytes with this header */
    uint32_t flags;
    uint32_t error; /* errno of a reply with VFIO_USER_ERROR */
};
_Static_assert(sizeof(struct vfio_user_header) == 16, "vfio_user_header has padding");

/* Followed by capabilities as JSON, ended by a NUL. */
struct vfio_user_version {
    uint16_t major;
    uint16_t minor;
};

#define VFIO_USER_DMA_READABLE 0x1u
#define VFIO_USER_DMA_WRITABLE 0x2u

struct vfio_user_dma_map {
    uint32_t argsz;
    uint32_t flags;
    uint64_t offset; /* in the file */
    uint64_t address;
    uint64_t size;
};
_Static_assert(sizeof(struct vfio_user_dma_map) == 32, "vfio_user_dma_map has padding");

#define VFIO_USER_DMA_UNMAP_ALL 0x2u

struct vfio_user_dma_unmap {
    uint32_t argsz;
    uint32_t flags;
    uint64_t address;
    uint64_t size;
};
_Static_assert(sizeof(struct vfio_user_dma_unmap) == 24, "vfio_user_dma_unmap has padding");

struct vfio_user_device_info {
    uint32_t argsz;
    uint32_t flags;
    uint32_t num_regions;
    uint32_t num_irqs;
};

struct vfio_user_region_info {
    uint32_t argsz;
    uint32_t flags;
    uint32_t index;
    uint32_t cap_offset;
    uint64_t size;
    uint64_t offset;
};
_Static_assert(sizeof(struct vfio_user_region_info) == 32, "vfio_user_region_info has padding");

struct vfio_user_irq_info {
    uint32_t argsz;
    uint32_t flags;
    uint32_t index;
    uint32_t count;
};

/* Followed by one byte an interrupt when VFIO_IRQ_SET_DATA_BOOL is set. */
struct vfio_user_irq_set {
    uint32_t argsz;
    uint32_t flags;
    uint32_t index;
    uint32_t start;
    uint32_t count;
};
_Static_assert(sizeof(struct vfio_user_irq_set) == 20, "vfio_user_irq_set has padding");

/* Of REGION_READ and REGION_WRITE; followed by the data in a write and in the reply to a read. */
struct vfio_user_region_access {
    uint64_t offset;
    uint32_t region;
    uint32_t count;
};
_Static_assert(sizeof(struct vfio_user_region_access) == 16, "vfio_user_region_access has padding");

/* Limits of this server. The first two are announced in the VERSION reply. */
#define VFIO_USER_FDS_MAX           16u
#define VFIO_USER_DATA_BYTES_MAX    65536u
#define VFIO_USER_MESSAGE_BYTES_MAX (VFIO_USER_DATA_BYTES_MAX + 64u)

#endif
