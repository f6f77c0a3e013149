/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/card/server.h"

#include <assert.h>
#include <errno.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <string.h>

#include "snapcard_abi.h"

/* Where a region would be in a file to map; no region of ours is mapped. */
#define REGION_OFFSET(index) ((uint64_t)(index) << 40)

void server_init(struct server *server, struct function *function)
{
    server->function = function;
    server->agreed = false;
}

/* ------------------------------------------------------------------ payloads */

/* The fixed part of a command's payload; false: it is not there whole. */
static bool take(const struct message *message, void *fixed, size_t bytes)
{
    if (message->payload_bytes < bytes)
        return false;
    memcpy(fixed, message->payload, bytes);
    return true;
}

/* The same for a payload that is nothing but the fixed part. */
static bool take_all(const struct message *message, void *fixed, size_t bytes)
{
    return message->payload_bytes == bytes && take(message, fixed, bytes);
}

static void give(struct reply *reply, const void *data, size_t bytes)
{
    assert(bytes <= sizeof reply->payload - reply->payload_bytes);
    memcpy(reply->payload + reply->payload_bytes, data, bytes);
    reply->payload_bytes += bytes;
}

/* ------------------------------------------------------------------ version, device */

static int version(struct server *server, const struct message *message, struct reply *reply)
{
    struct vfio_user_version asked;
    if (!take(message, &asked, sizeof asked) || asked.major != VFIO_USER_MAJOR)
        return EINVAL;
    /* The client's capabilities say what it can receive from a server; we send it no descriptors,
     * no commands, and no more data than it asks for. So only their form is looked at. */
    size_t text_bytes = message->payload_bytes - sizeof asked;
    if (text_bytes > 0 && message->payload[message->payload_bytes - 1] != '\0')
        return EINVAL;
    struct vfio_user_version answer = {
        .major = VFIO_USER_MAJOR,
        .minor = asked.minor < VFIO_USER_MINOR ? asked.minor : VFIO_USER_MINOR,
    };
    char text[160];
    int length =
        snprintf(text, sizeof text,
                 "{\"capabilities\":{\"max_msg_fds\":%u,\"max_data_xfer_size\":%u,"
                 "\"max_dma_maps\":%u,\"pgsizes\":%u}}",
                 VFIO_USER_FDS_MAX, VFIO_USER_DATA_BYTES_MAX, DMA_MAPS_MAX, DMA_PAGE_BYTES);
    assert(length > 0 && (size_t)length < sizeof text);
    give(reply, &answer, sizeof answer);
    give(reply, text, (size_t)length + 1);
    server->agreed = true;
    return 0;
}

static int device_info(const struct message *message, struct reply *reply)
{
    struct vfio_user_device_info info;
    /* QEMU's client sends the kernel's longer structure; what follows ours is ignored. */
    if (!take(message, &info, sizeof info) || info.argsz < sizeof info)
        return EINVAL;
    info = (struct vfio_user_device_info){
        .argsz = sizeof info,
        .flags = VFIO_DEVICE_FLAGS_RESET | VFIO_DEVICE_FLAGS_PCI,
        .num_regions = VFIO_PCI_NUM_REGIONS,
        .num_irqs = VFIO_PCI_NUM_IRQS,
    };
    give(reply, &info, sizeof info);
    return 0;
}

static int device_reset(struct server *server)
{
    return function_reset(server->function) ? 0 : EIO;
}

/* ------------------------------------------------------------------ regions */

static uint64_t region_bytes(uint32_t index)
{
    switch (index) {
    case VFIO_PCI_BAR0_REGION_INDEX:
        return SNAP_BAR0_BYTES;
    case VFIO_PCI_CONFIG_REGION_INDEX:
        return CONFIG_SPACE_BYTES;
    default:
        return 0;
    }
}

static int region_info(const struct message *message, struct reply *reply)
{
    struct vfio_user_region_info info;
    if (!take(message, &info, sizeof info) || info.argsz < sizeof info ||
        info.index >= VFIO_PCI_NUM_REGIONS)
        return EINVAL;
    uint64_t bytes = region_bytes(info.index);
    info = (struct vfio_user_region_info){
        .argsz = sizeof info,
        .flags = bytes ? VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE : 0,
        .index = info.index,
        .size = bytes,
        .offset = REGION_OFFSET(info.index),
    };
    give(reply, &info, sizeof info);
    return 0;
}

/* An access that is not empty and whose every byte is in its region. */
static bool access_valid(const struct vfio_user_region_access *access)
{
    uint64_t bytes = region_bytes(access->region);
    return access->count >= 1 && access->count <= VFIO_USER_DATA_BYTES_MAX &&
           access->offset < bytes && access->count <= bytes - access->offset;
}

static int region_read(struct server *server, const struct message *message, struct reply *reply)
{
    struct vfio_user_region_access access;
    if (!take_all(message, &access, sizeof access) || !access_valid(&access))
        return EINVAL;
    give(reply, &access, sizeof access);
    uint8_t *data = reply->payload + reply->payload_bytes;
    if (access.region == VFIO_PCI_CONFIG_REGION_INDEX)
        function_config_read(server->function, (unsigned)access.offset, data, access.count);
    else
        function_bar_read(server->function, (unsigned)access.offset, data, access.count);
    reply->payload_bytes += access.count;
    return 0;
}

static int region_write(struct server *server, const struct message *message, struct reply *reply)
{
    struct vfio_user_region_access access;
    if (!take(message, &access, sizeof access) || !access_valid(&access) ||
        message->payload_bytes - sizeof access != access.count)
        return EINVAL;
    const uint8_t *data = message->payload + sizeof access;
    if (access.region == VFIO_PCI_CONFIG_REGION_INDEX)
        function_config_write(server->function, (unsigned)access.offset, data, access.count);
    else
        function_bar_write(server->function, (unsigned)access.offset, data, access.count);
    give(reply, &access, sizeof access);
    return 0;
}

/* ------------------------------------------------------------------ memory */

static int memory_map(struct server *server, const struct message *message)
{
    struct vfio_user_dma_map map;
    if (!take_all(message, &map, sizeof map) || map.argsz < sizeof map || message->fd_count > 1)
        return EINVAL;
    unsigned rights = 0;
    if (map.flags & ~(VFIO_USER_DMA_READABLE | VFIO_USER_DMA_WRITABLE))
        return EINVAL;
    if (map.flags & VFIO_USER_DMA_READABLE)
        rights |= DMA_READ;
    if (map.flags & VFIO_USER_DMA_WRITABLE)
        rights |= DMA_WRITE;
    int fd = message->fd_count ? message->fds[0] : -1;
    return dma_map(&server->function->memory->dma, map.address, map.size, rights, fd, map.offset);
}

static int memory_unmap(struct server *server, const struct message *message, struct reply *reply)
{
    struct vfio_user_dma_unmap unmap;
    struct dma *dma = &server->function->memory->dma;
    if (!take_all(message, &unmap, sizeof unmap) || unmap.argsz < sizeof unmap ||
        (unmap.flags & ~VFIO_USER_DMA_UNMAP_ALL))
        return EINVAL;
    if (unmap.flags & VFIO_USER_DMA_UNMAP_ALL) {
        if (unmap.address != 0 || unmap.size != 0)
            return EINVAL;
        dma_clear(dma);
    } else {
        int error = dma_unmap(dma, unmap.address, unmap.size);
        if (error)
            return error;
    }
    give(reply, &unmap, sizeof unmap);
    return 0;
}

/* ------------------------------------------------------------------ interrupts */

static uint32_t irq_count(const struct server *server, uint32_t index)
{
    return index == VFIO_PCI_MSIX_IRQ_INDEX ? server->function->memory->interrupts.count : 0;
}

static int irq_info(const struct server *server, const struct message *message, struct reply *reply)
{
    struct vfio_user_irq_info info;
    if (!take(message, &info, sizeof info) || info.argsz < sizeof info ||
        info.index >= VFIO_PCI_NUM_IRQS)
        return EINVAL;
    info = (struct vfio_user_irq_info){
        .argsz = sizeof info,
        .flags = irq_count(server, info.index) ? VFIO_IRQ_INFO_EVENTFD : 0,
        .index = info.index,
        .count = irq_count(server, info.index),
    };
    give(reply, &info, sizeof info);
    return 0;
}

/* As many descriptors as interrupts, or none to take them away. */
static int irq_assign(struct interrupts *interrupts, const struct vfio_user_irq_set *set,
                      struct message *message)
{
    if (message->fd_count != 0 && message->fd_count != set->count)
        return EINVAL;
    for (uint32_t i = 0; i < set->count; i++) {
        int event = -1;
        if (message->fd_count != 0) {
            event = message->fds[i];
            message->fds[i] = -1;
        }
        interrupts_assign(interrupts, set->start + i, event);
    }
    return 0;
}

static int irq_trigger(const struct interrupts *interrupts, const struct vfio_user_irq_set *set,
                       const uint8_t *chosen)
{
    for (uint32_t i = 0; i < set->count; i++)
        if (chosen == NULL || chosen[i])
            interrupts_trigger(interrupts, set->start + i);
    return 0;
}

static int set_irqs(struct server *server, struct message *message)
{
    struct interrupts *interrupts = &server->function->memory->interrupts;
    struct vfio_user_irq_set set;
    if (!take(message, &set, sizeof set) || set.argsz < sizeof set ||
        set.index >= VFIO_PCI_NUM_IRQS)
        return EINVAL;
    uint32_t data = set.flags & VFIO_IRQ_SET_DATA_TYPE_MASK;
    uint32_t action = set.flags & ~VFIO_IRQ_SET_DATA_TYPE_MASK;
    size_t data_bytes = data == VFIO_IRQ_SET_DATA_BOOL ? set.count : 0;
    uint32_t count = irq_count(server, set.index);
    /* MSI-X vectors are masked in their table, not here. */
    if (action != VFIO_IRQ_SET_ACTION_TRIGGER || set.start > count ||
        set.count > count - set.start || message->payload_bytes - sizeof set != data_bytes)
        return EINVAL;
    int error = EINVAL;
    if (data == VFIO_IRQ_SET_DATA_NONE && set.count == 0 && set.start == 0) {
        if (count > 0) /* the other kinds have nothing to disable */
            interrupts_clear(interrupts);
        error = 0;
    } else if (data == VFIO_IRQ_SET_DATA_NONE && set.count > 0) {
        return irq_trigger(interrupts, &set, NULL);
    } else if (data == VFIO_IRQ_SET_DATA_BOOL && set.count > 0) {
        return irq_trigger(interrupts, &set, message->payload + sizeof set);
    } else if (data == VFIO_IRQ_SET_DATA_EVENTFD && set.count > 0) {
        error = irq_assign(interrupts, &set, message);
    }
    if (!error)
        function_interrupts_changed(server->function);
    return error;
}

/* ------------------------------------------------------------------ commands */

static int dispatch(struct server *server, struct message *message, struct reply *reply)
{
    bool takes_fds = message->header.command == VFIO_USER_DMA_MAP ||
                     message->header.command == VFIO_USER_DEVICE_SET_IRQS;
    if (message->fd_count > 0 && !takes_fds)
        return EINVAL;
    switch (message->header.command) {
    case VFIO_USER_VERSION:
        return server->agreed ? EINVAL : version(server, message, reply);
    case VFIO_USER_DMA_MAP:
        return memory_map(server, message);
    case VFIO_USER_DMA_UNMAP:
        return memory_unmap(server, message, reply);
    case VFIO_USER_DEVICE_GET_INFO:
        return device_info(message, reply);
    case VFIO_USER_DEVICE_GET_REGION_INFO:
        return region_info(message, reply);
    case VFIO_USER_DEVICE_GET_IRQ_INFO:
        return irq_info(server, message, reply);
    case VFIO_USER_DEVICE_SET_IRQS:
        return set_irqs(server, message);
    case VFIO_USER_REGION_READ:
        return region_read(server, message, reply);
    case VFIO_USER_REGION_WRITE:
        return region_write(server, message, reply);
    case VFIO_USER_DEVICE_RESET:
        return message->payload_bytes ? EINVAL : device_reset(server);
    default:
        return ENOTSUP;
    }
}

enum server_result server_handle(struct server *server, struct message *message,
                                 struct reply *reply)
{
    reply->payload_bytes = 0;
    if (!server->agreed && message->header.command != VFIO_USER_VERSION)
        return SERVER_CLOSE;
    int error = dispatch(server, message, reply);
    if (!server->agreed)
        return SERVER_CLOSE;
    if (message->header.flags & VFIO_USER_NO_REPLY)
        return SERVER_SILENT;
    if (error)
        reply->payload_bytes = 0;
    reply->header = (struct vfio_user_header){
        .id = message->header.id,
        .command = message->header.command,
        .size = (uint32_t)(sizeof reply->header + reply->payload_bytes),
        .flags = VFIO_USER_TYPE_REPLY | (error ? VFIO_USER_ERROR : 0),
        .error = (uint32_t)error,
    };
    return SERVER_REPLY;
}

void server_disconnect(struct server *server)
{
    server->agreed = false;
    function_disconnect(server->function);
}
