// SPDX-License-Identifier: Apache-2.0
/* A card in the machine, by the kernel's VFIO: /dev/vfio/vfio is a container (an I/O address
 * space), to which the card's IOMMU group, /dev/vfio/GROUP, is added; from the group comes the
 * device. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "driver/base/error.h"
#include "driver/transport/memory.h"
#include "driver/transport/pci.h"
#include "driver/transport/transport.h"

#define IOMMU_INFO_BYTES_MAX 4096

struct vfio {
    struct snap_transport base;
    struct snap_pci_function function;
    int container_fd, group_fd, device_fd;
    int request_fd;         /* eventfd: the kernel wants the function back; -1: it cannot say so */
    uint64_t config_offset; /* of configuration space in device_fd */
    bool resettable;
};

static struct vfio *vfio_of(struct snap_transport *transport)
{
    return (struct vfio *)transport;
}

static int fail_ioctl(const struct vfio *vfio, const char *what, struct snap_error *error)
{
    return snap_fail(error, SNAP_E_PROTOCOL, "%s: %s: %s", vfio->function.bdf, what,
                     strerror(errno));
}

/* ------------------------------------------------------------------ operations */

static int fail_map(const struct vfio *vfio, size_t bytes, struct snap_error *error)
{
    if (errno == ENOMEM) {
        struct rlimit limit = {0, 0};
        (void)getrlimit(RLIMIT_MEMLOCK, &limit); /* only for the text */
        return snap_fail(
            error, SNAP_E_MEMORY,
            "%s: pinning %zu bytes would exceed the locked-memory limit of %llu bytes: "
            "raise it (`ulimit -l`, LimitMEMLOCK= in the systemd unit, or memlock in "
            "/etc/security/limits.conf)",
            vfio->function.bdf, bytes, (unsigned long long)limit.rlim_cur);
    }
    if (errno == ENOSPC)
        return snap_fail(
            error, SNAP_E_MEMORY,
            "%s: the kernel's limit of mappings is reached: use fewer and larger arenas, "
            "or raise the vfio_iommu_type1 module's dma_entry_limit",
            vfio->function.bdf);
    return fail_ioctl(vfio, "VFIO_IOMMU_MAP_DMA", error);
}

static int vfio_dma_map(struct snap_transport *transport, const struct snap_memory *memory,
                        unsigned access, struct snap_error *error)
{
    struct vfio *vfio = vfio_of(transport);
    struct vfio_iommu_type1_dma_map map = {.argsz = sizeof map,
                                           .vaddr = (uintptr_t)memory->data,
                                           .iova = memory->address,
                                           .size = memory->bytes};
    if (access & SNAP_DMA_READ)
        map.flags |= VFIO_DMA_MAP_FLAG_READ;
    if (access & SNAP_DMA_WRITE)
        map.flags |= VFIO_DMA_MAP_FLAG_WRITE;
    if (ioctl(vfio->container_fd, VFIO_IOMMU_MAP_DMA, &map) != 0)
        return fail_map(vfio, memory->bytes, error);
    return SNAP_OK;
}

static int vfio_dma_unmap(struct snap_transport *transport, uint64_t address, uint64_t bytes,
                          struct snap_error *error)
{
    struct vfio *vfio = vfio_of(transport);
    struct vfio_iommu_type1_dma_unmap unmap = {
        .argsz = sizeof unmap, .iova = address, .size = bytes};
    if (ioctl(vfio->container_fd, VFIO_IOMMU_UNMAP_DMA, &unmap) != 0)
        return fail_ioctl(vfio, "VFIO_IOMMU_UNMAP_DMA", error);
    if (unmap.size != bytes)
        return snap_fail(error, SNAP_E_PROTOCOL, "%s: only %llu of %llu bytes were unmapped",
                         vfio->function.bdf, (unsigned long long)unmap.size,
                         (unsigned long long)bytes);
    return SNAP_OK;
}

static int set_eventfds(struct vfio *vfio, uint32_t index, const int *eventfds, unsigned count,
                        struct snap_error *error)
{
    union {
        struct vfio_irq_set set;
        char room[sizeof(struct vfio_irq_set) + SNAP_VECTORS_MAX * sizeof(int)];
    } request = {.set = {.flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER,
                         .index = index,
                         .start = 0,
                         .count = count}};
    assert(count > 0 && count <= SNAP_VECTORS_MAX);
    size_t fds_bytes = count * sizeof(int);
    request.set.argsz = (uint32_t)(sizeof request.set + fds_bytes);
    memcpy(request.room + sizeof request.set, eventfds, fds_bytes);
    int given = ioctl(vfio->device_fd, VFIO_DEVICE_SET_IRQS, &request.set);
    if (given < 0)
        return fail_ioctl(vfio, "VFIO_DEVICE_SET_IRQS", error);
    if (given > 0) /* the kernel says how many there could be */
        return snap_fail(error, SNAP_E_MEMORY, "%s: the host has only %d of %u interrupt vectors",
                         vfio->function.bdf, given, count);
    return SNAP_OK;
}

static int vfio_irq_set(struct snap_transport *transport, const int *eventfds, unsigned count,
                        struct snap_error *error)
{
    return set_eventfds(vfio_of(transport), VFIO_PCI_MSIX_IRQ_INDEX, eventfds, count, error);
}

static int vfio_command(struct snap_transport *transport, unsigned bits, struct snap_error *error)
{
    struct vfio *vfio = vfio_of(transport);
    uint16_t command;
    off_t at = (off_t)(vfio->config_offset + SNAP_COMMAND_OFFSET);
    if (pread(vfio->device_fd, &command, sizeof command, at) != sizeof command)
        return fail_ioctl(vfio, "reading the PCI command register", error);
    command = (uint16_t)((command & ~(SNAP_COMMAND_MEMORY | SNAP_COMMAND_BUS_MASTER)) | bits);
    if (pwrite(vfio->device_fd, &command, sizeof command, at) != sizeof command)
        return fail_ioctl(vfio, "writing the PCI command register", error);
    return SNAP_OK;
}

static int vfio_reset(struct snap_transport *transport, struct snap_error *error)
{
    struct vfio *vfio = vfio_of(transport);
    if (!vfio->resettable)
        return snap_fail(error, SNAP_E_UNSUPPORTED, "%s has no function-level reset",
                         vfio->function.bdf);
    if (ioctl(vfio->device_fd, VFIO_DEVICE_RESET) != 0)
        return fail_ioctl(vfio, "VFIO_DEVICE_RESET", error);
    return SNAP_OK;
}

/* The descriptor is left readable: what the kernel has asked for once, it goes on waiting for. */
static const char *vfio_failure(struct snap_transport *transport)
{
    struct pollfd request = {.fd = vfio_of(transport)->request_fd, .events = POLLIN};
    if (poll(&request, 1, 0) == 1)
        return "the kernel asks for it back, to unplug or unbind it, and waits until it is closed";
    return NULL;
}

static void vfio_close(struct snap_transport *transport)
{
    struct vfio *vfio = vfio_of(transport);
    if (vfio->base.bar != NULL)
        (void)munmap((void *)(uintptr_t)vfio->base.bar, SNAP_BAR0_BYTES);
    const int fds[] = {vfio->request_fd, vfio->device_fd, vfio->group_fd, vfio->container_fd};
    for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++) {
        if (fds[i] >= 0)
            (void)close(fds[i]);
    }
    free(vfio);
}

static const struct snap_transport_ops vfio_ops = {
    .dma_map = vfio_dma_map,
    .dma_unmap = vfio_dma_unmap,
    .irq_set = vfio_irq_set,
    .command = vfio_command,
    .reset = vfio_reset,
    .failure = vfio_failure,
    .close = vfio_close,
};

/* ------------------------------------------------------------------ opening */

static int open_container(struct vfio *vfio, struct snap_error *error)
{
    vfio->container_fd = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
    if (vfio->container_fd < 0)
        return snap_fail(error, SNAP_E_ACCESS,
                         "/dev/vfio/vfio: %s; as root: modprobe vfio-pci vfio_iommu_type1",
                         strerror(errno));
    if (ioctl(vfio->container_fd, VFIO_GET_API_VERSION) != VFIO_API_VERSION ||
        ioctl(vfio->container_fd, VFIO_CHECK_EXTENSION, VFIO_TYPE1v2_IOMMU) != 1)
        return snap_fail(
            error, SNAP_E_UNSUPPORTED,
            "the kernel's VFIO has no type 1 IOMMU; as root: modprobe vfio_iommu_type1");
    return SNAP_OK;
}

static int fail_open_group(const char *path, unsigned group, struct snap_error *error)
{
    switch (errno) {
    case EBUSY:
        return snap_fail(error, SNAP_E_BUSY,
                         "%s is in use by another process: a card belongs to one process at a time "
                         "(`fuser %s` shows which)",
                         path, path);
    case EACCES:
    case EPERM:
        return snap_fail(error, SNAP_E_ACCESS,
                         "no permission on %s; as root: chown $USER %s, or a udev rule "
                         "SUBSYSTEM==\"vfio\", KERNEL==\"%u\", GROUP=\"...\", MODE=\"0660\"",
                         path, path, group);
    default:
        return snap_fail(error, SNAP_E_ACCESS, "%s: %s", path, strerror(errno));
    }
}

static int open_group(struct vfio *vfio, struct snap_error *error)
{
    char path[64];
    unsigned group = vfio->function.group;
    (void)snprintf(path, sizeof path, "/dev/vfio/%u", group);
    vfio->group_fd = open(path, O_RDWR | O_CLOEXEC);
    if (vfio->group_fd < 0)
        return fail_open_group(path, group, error);
    struct vfio_group_status status = {.argsz = sizeof status};
    if (ioctl(vfio->group_fd, VFIO_GROUP_GET_STATUS, &status) != 0)
        return fail_ioctl(vfio, "VFIO_GROUP_GET_STATUS", error);
    if ((status.flags & VFIO_GROUP_FLAGS_VIABLE) == 0)
        return snap_pci_fail_not_viable("", group, error);
    if (ioctl(vfio->group_fd, VFIO_GROUP_SET_CONTAINER, &vfio->container_fd) != 0)
        return fail_ioctl(vfio, "VFIO_GROUP_SET_CONTAINER", error);
    if (ioctl(vfio->container_fd, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU) != 0) {
        if (errno == EPERM)
            return snap_fail(
                error, SNAP_E_ACCESS,
                "%s: the platform cannot remap interrupts, which lets a card forge them: "
                "switch interrupt remapping on in the firmware",
                vfio->function.bdf);
        return fail_ioctl(vfio, "VFIO_SET_IOMMU", error);
    }
    return SNAP_OK;
}

/* The usable addresses, from the chain of capabilities that the kernel appended to `info`. */
static bool add_ranges(struct vfio *vfio, const uint8_t *info, uint32_t bytes, uint32_t at)
{
    struct vfio_info_cap_header header;
    for (unsigned hops = 0; at != 0 && hops < 32; hops++, at = header.next) {
        if (at > bytes || bytes - at < sizeof header)
            return false;
        memcpy(&header, info + at, sizeof header);
        if (header.id != VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE)
            continue;
        struct vfio_iommu_type1_info_cap_iova_range ranges;
        if (bytes - at < sizeof ranges)
            return false;
        memcpy(&ranges, info + at, sizeof ranges);
        for (uint32_t i = 0; i < ranges.nr_iovas && i < SNAP_IOVA_RANGES_MAX; i++) {
            struct vfio_iova_range range;
            uint64_t offset = at + sizeof ranges + (uint64_t)i * sizeof range;
            if (offset + sizeof range > bytes)
                return false;
            memcpy(&range, info + offset, sizeof range);
            if (!snap_iova_add_range(&vfio->base.iova, range.start, range.end))
                return false;
        }
    }
    return true;
}

static int read_iommu_info(struct vfio *vfio, struct snap_error *error)
{
    union {
        struct vfio_iommu_type1_info info;
        uint8_t room[IOMMU_INFO_BYTES_MAX];
    } reply = {.info = {.argsz = sizeof reply}};
    if (ioctl(vfio->container_fd, VFIO_IOMMU_GET_INFO, &reply.info) != 0)
        return fail_ioctl(vfio, "VFIO_IOMMU_GET_INFO", error);
    uint64_t page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
    if (reply.info.flags & VFIO_IOMMU_INFO_PGSIZES) {
        uint64_t smallest = reply.info.iova_pgsizes & -reply.info.iova_pgsizes;
        if (smallest > page_bytes)
            page_bytes = smallest;
    }
    snap_iova_init(&vfio->base.iova, page_bytes);
    uint32_t bytes = reply.info.argsz < sizeof reply ? reply.info.argsz : sizeof reply;
    uint32_t first = reply.info.flags & VFIO_IOMMU_INFO_CAPS ? reply.info.cap_offset : 0;
    if (!add_ranges(vfio, reply.room, bytes, first))
        return snap_fail(error, SNAP_E_PROTOCOL, "%s: VFIO_IOMMU_GET_INFO makes no sense",
                         vfio->function.bdf);
    /* Kernels before 5.4 do not say: below the window where x86 takes writes as interrupts. */
    if (vfio->base.iova.ranges_count == 0 && !snap_iova_add_range(&vfio->base.iova, 0, 0xFEDFFFFFu))
        return snap_fail(error, SNAP_E_MEMORY, "%s: no usable I/O addresses", vfio->function.bdf);
    return SNAP_OK;
}

static int region_info(struct vfio *vfio, uint32_t index, struct vfio_region_info *region,
                       struct snap_error *error)
{
    *region = (struct vfio_region_info){.argsz = sizeof *region, .index = index};
    if (ioctl(vfio->device_fd, VFIO_DEVICE_GET_REGION_INFO, region) != 0)
        return fail_ioctl(vfio, "VFIO_DEVICE_GET_REGION_INFO", error);
    return SNAP_OK;
}

/* The kernel opens a function that has left the bus too, but ends a process that touches its BAR
 * (SIGBUS). */
static int check_present(struct vfio *vfio, struct snap_error *error)
{
    uint16_t vendor_id;
    if (pread(vfio->device_fd, &vendor_id, sizeof vendor_id, (off_t)vfio->config_offset) !=
        sizeof vendor_id)
        return fail_ioctl(vfio, "reading the PCI vendor ID", error);
    if (vendor_id == UINT16_MAX)
        return snap_fail(error, SNAP_E_GONE, "%s is gone from the bus: it does not answer",
                         vfio->function.bdf);
    return SNAP_OK;
}

static int map_bar(struct vfio *vfio, struct snap_error *error)
{
    struct vfio_region_info region;
    int code = region_info(vfio, VFIO_PCI_CONFIG_REGION_INDEX, &region, error);
    if (code != SNAP_OK)
        return code;
    vfio->config_offset = region.offset;
    code = check_present(vfio, error);
    if (code != SNAP_OK)
        return code;
    code = region_info(vfio, VFIO_PCI_BAR0_REGION_INDEX, &region, error);
    if (code != SNAP_OK)
        return code;
    if (region.size != SNAP_BAR0_BYTES)
        return snap_fail(error, SNAP_E_NO_CARD,
                         "%s is not a SnapScale card: its BAR0 has %llu bytes instead of %u",
                         vfio->function.bdf, (unsigned long long)region.size, SNAP_BAR0_BYTES);
    if ((region.flags & VFIO_REGION_INFO_FLAG_MMAP) == 0)
        return snap_fail(error, SNAP_E_UNSUPPORTED, "%s: the kernel does not let BAR0 be mapped",
                         vfio->function.bdf);
    void *bar = mmap(NULL, SNAP_BAR0_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, vfio->device_fd,
                     (off_t)region.offset);
    if (bar == MAP_FAILED)
        return fail_ioctl(vfio, "mmap of BAR0", error);
    vfio->base.bar = bar;
    return SNAP_OK;
}

/* Without it an orderly removal would block in the kernel until the process ends. Kernels that
 * lack this interrupt do just that. */
static int watch_requests(struct vfio *vfio, struct snap_error *error)
{
    struct vfio_irq_info irq = {.argsz = sizeof irq, .index = VFIO_PCI_REQ_IRQ_INDEX};
    if (ioctl(vfio->device_fd, VFIO_DEVICE_GET_IRQ_INFO, &irq) != 0 || irq.count != 1)
        return SNAP_OK;
    vfio->request_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (vfio->request_fd < 0)
        return snap_fail(error, SNAP_E_MEMORY, "eventfd: %s", strerror(errno));
    return set_eventfds(vfio, VFIO_PCI_REQ_IRQ_INDEX, &vfio->request_fd, 1, error);
}

static int open_device(struct vfio *vfio, struct snap_error *error)
{
    vfio->device_fd = ioctl(vfio->group_fd, VFIO_GROUP_GET_DEVICE_FD, vfio->function.bdf);
    if (vfio->device_fd < 0)
        return fail_ioctl(vfio, "VFIO_GROUP_GET_DEVICE_FD", error);
    struct vfio_device_info device = {.argsz = sizeof device};
    if (ioctl(vfio->device_fd, VFIO_DEVICE_GET_INFO, &device) != 0)
        return fail_ioctl(vfio, "VFIO_DEVICE_GET_INFO", error);
    vfio->resettable = (device.flags & VFIO_DEVICE_FLAGS_RESET) != 0;
    struct vfio_irq_info irq = {.argsz = sizeof irq, .index = VFIO_PCI_MSIX_IRQ_INDEX};
    if (ioctl(vfio->device_fd, VFIO_DEVICE_GET_IRQ_INFO, &irq) != 0)
        return fail_ioctl(vfio, "VFIO_DEVICE_GET_IRQ_INFO", error);
    if (irq.count == 0)
        return snap_fail(error, SNAP_E_NO_CARD, "%s is not a SnapScale card: it has no MSI-X",
                         vfio->function.bdf);
    vfio->base.vectors = irq.count < SNAP_VECTORS_MAX ? irq.count : SNAP_VECTORS_MAX;
    int code = watch_requests(vfio, error);
    return code == SNAP_OK ? map_bar(vfio, error) : code;
}

int snap_vfio_open(const char *bdf, struct snap_transport **transport, struct snap_error *error)
{
    struct snap_pci_function function;
    int code = snap_pci_look_up("", bdf, &function, error);
    if (code == SNAP_OK)
        code = snap_pci_require_vfio(&function, error);
    if (code != SNAP_OK)
        return code;
    struct vfio *vfio = calloc(1, sizeof *vfio);
    if (vfio == NULL)
        return snap_fail(error, SNAP_E_MEMORY, "out of memory");
    *vfio = (struct vfio){.base = {.ops = &vfio_ops,
                                   .vendor_id = function.vendor_id,
                                   .device_id = function.device_id},
                          .function = function,
                          .container_fd = -1,
                          .group_fd = -1,
                          .device_fd = -1,
                          .request_fd = -1};
    code = open_container(vfio, error);
    if (code == SNAP_OK)
        code = open_group(vfio, error);
    if (code == SNAP_OK)
        code = read_iommu_info(vfio, error);
    if (code == SNAP_OK)
        code = open_device(vfio, error);
    if (code != SNAP_OK) {
        vfio_close(&vfio->base);
        return code;
    }
    *transport = &vfio->base;
    return SNAP_OK;
}
