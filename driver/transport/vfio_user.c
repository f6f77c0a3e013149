// SPDX-License-Identifier: Apache-2.0
/* A simulated card: the client's side of vfio-user on a UNIX socket.
 *
 * The server is trusted no more than a card: every reply is checked for its id, command and size
 * before it is looked into, and after the first thing that is wrong the connection counts as a card
 * that has left the bus. One mutex keeps a request and its reply together; registers may be used
 * from any thread. */
#include "driver/transport/vfio_user_protocol.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "driver/base/clock.h"
#include "driver/base/error.h"
#include "driver/transport/memory.h"
#include "driver/transport/transport.h"

#define RESET_TIMEOUT_MS  120000 /* a simulated reset waits for reads to time out in card cycles */
#define FD_NONE           (-1)
#define REQUEST_BYTES_MAX 64u
static const char CAPABILITIES[] = "{\"capabilities\":{\"max_msg_fds\":8}}";

struct vfio_user {
    struct snap_transport base;
    pthread_mutex_t lock; /* socket, next_id, failure */
    int socket_fd;
    unsigned stall_ms;
    uint16_t next_id;
    bool resettable;
    _Atomic bool lost; /* set once, after `failure` */
    char failure[192];
};

static struct vfio_user *vfio_user_of(struct snap_transport *transport)
{
    return (struct vfio_user *)transport;
}

/* ------------------------------------------------------------------ messages */

static void lose(struct vfio_user *client, const char *why)
{
    if (atomic_load_explicit(&client->lost, memory_order_relaxed))
        return;
    (void)snprintf(client->failure, sizeof client->failure, "vfio-user: %s", why);
    atomic_store_explicit(&client->lost, true, memory_order_release);
}

/* Looks at least once, and behind the deadline once more: this process may have stood still past it
 * while what it waits for came. */
static bool wait_for(struct vfio_user *client, short events, uint64_t deadline_ms)
{
    for (;;) {
        uint64_t now_ms = snap_clock_ms();
        uint64_t left_ms = now_ms < deadline_ms ? deadline_ms - now_ms : 0;
        struct pollfd poll_fd = {.fd = client->socket_fd, .events = events};
        int ready = poll(&poll_fd, 1, left_ms > INT32_MAX ? INT32_MAX : (int)left_ms);
        if (ready > 0)
            return true; /* an error or hang-up shows in the call that follows */
        if (ready < 0 && errno != EINTR) {
            lose(client, strerror(errno));
            return false;
        }
        if (ready == 0 && left_ms == 0) {
            lose(client, "the server does not answer");
            return false;
        }
    }
}

/* Reads exactly `bytes`. Descriptors that the server might send are dropped by the kernel: recv
 * takes none. */
static bool receive(struct vfio_user *client, void *data, size_t bytes, uint64_t deadline_ms)
{
    for (size_t done = 0; done < bytes;) {
        if (!wait_for(client, POLLIN, deadline_ms))
            return false;
        ssize_t count = recv(client->socket_fd, (uint8_t *)data + done, bytes - done, MSG_DONTWAIT);
        if (count > 0) {
            done += (size_t)count;
        } else if (count == 0) {
            lose(client, "the server closed the connection");
            return false;
        } else if (errno != EAGAIN && errno != EINTR) {
            lose(client, strerror(errno));
            return false;
        }
    }
    return true;
}

/* Sends a whole message; the descriptor, if any, travels with its first byte. */
static bool send_all(struct vfio_user *client, const void *data, size_t bytes, int fd,
                     uint64_t deadline_ms)
{
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(int))];
    } control;
    for (size_t done = 0; done < bytes;) {
        struct iovec part = {.iov_base = (uint8_t *)(uintptr_t)data + done,
                             .iov_len = bytes - done};
        struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
        if (fd != FD_NONE && done == 0) {
            memset(&control, 0, sizeof control);
            message.msg_control = control.room;
            message.msg_controllen = sizeof control.room;
            struct cmsghdr *header = CMSG_FIRSTHDR(&message);
            header->cmsg_level = SOL_SOCKET;
            header->cmsg_type = SCM_RIGHTS;
            header->cmsg_len = CMSG_LEN(sizeof fd);
            memcpy(CMSG_DATA(header), &fd, sizeof fd);
        }
        ssize_t count = sendmsg(client->socket_fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count > 0) {
            done += (size_t)count;
        } else if (count < 0 && errno == EAGAIN) {
            if (!wait_for(client, POLLOUT, deadline_ms))
                return false;
        } else if (count == 0 || errno != EINTR) {
            lose(client, count == 0 ? "nothing was sent" : strerror(errno));
            return false;
        }
    }
    return true;
}

struct exchange {
    uint16_t command;
    const void *request;
    size_t request_bytes;
    int fd;                      /* FD_NONE: none */
    void *reply;                 /* NULL: the request asks for no reply */
    size_t reply_min, reply_max; /* bytes of a reply's body that are acceptable */
    size_t reply_bytes;          /* what came */
    int timeout_ms;              /* 0: the client's stall_ms */
};

/* Takes the reply to message `id`: 0, an errno that the server gave, or -1 when the connection is
 * lost. */
static int take_reply(struct vfio_user *client, struct exchange *exchange, uint16_t id,
                      uint64_t deadline_ms)
{
    struct vfu_header header;
    if (!receive(client, &header, sizeof header, deadline_ms))
        return -1;
    if ((header.flags & VFU_TYPE_MASK) != VFU_TYPE_REPLY || header.id != id ||
        header.command != exchange->command) {
        lose(client, "a message that is not the reply waited for");
        return -1;
    }
    bool failed = (header.flags & VFU_FLAG_ERROR) != 0;
    size_t least = sizeof header + (failed ? 0 : exchange->reply_min);
    size_t most = sizeof header + exchange->reply_max;
    if (header.bytes < least || header.bytes > most ||
        (failed && (header.error == 0 || header.error > INT32_MAX))) {
        lose(client, "a reply of the wrong size or without its error");
        return -1;
    }
    exchange->reply_bytes = header.bytes - sizeof header;
    if (!receive(client, exchange->reply, exchange->reply_bytes, deadline_ms))
        return -1;
    return failed ? (int)header.error : 0;
}

/* Sends the request and takes its reply: 0, an errno that the server gave, or -1 when the card is
 * lost. */
static int exchange_locked(struct vfio_user *client, struct exchange *exchange)
{
    uint8_t message[sizeof(struct vfu_header) + REQUEST_BYTES_MAX];
    assert(exchange->request_bytes <= REQUEST_BYTES_MAX);
    if (atomic_load_explicit(&client->lost, memory_order_relaxed))
        return -1;
    bool posted = exchange->reply == NULL;
    struct vfu_header header = {.id = client->next_id++,
                                .command = exchange->command,
                                .bytes = (uint32_t)(sizeof header + exchange->request_bytes),
                                .flags = VFU_TYPE_COMMAND | (posted ? VFU_FLAG_NO_REPLY : 0)};
    memcpy(message, &header, sizeof header);
    if (exchange->request_bytes != 0)
        memcpy(message + sizeof header, exchange->request, exchange->request_bytes);
    unsigned timeout_ms =
        exchange->timeout_ms != 0 ? (unsigned)exchange->timeout_ms : client->stall_ms;
    uint64_t deadline_ms = snap_clock_ms() + timeout_ms;
    if (!send_all(client, message, header.bytes, exchange->fd, deadline_ms))
        return -1;
    return posted ? 0 : take_reply(client, exchange, header.id, deadline_ms);
}

static int run_exchange(struct vfio_user *client, struct exchange *exchange)
{
    int locked = pthread_mutex_lock(&client->lock);
    assert(locked == 0);
    (void)locked;
    int code = exchange_locked(client, exchange);
    (void)pthread_mutex_unlock(&client->lock);
    return code;
}

/* Turns what run_exchange gave into an error. */
static int fail_exchange(struct vfio_user *client, int code, const char *what,
                         struct snap_error *error)
{
    assert(code != 0);
    if (code < 0)
        return snap_fail(error, SNAP_E_GONE, "%s: %s", what, client->failure);
    return snap_fail(error, code == ENOMEM || code == ENOSPC ? SNAP_E_MEMORY : SNAP_E_PROTOCOL,
                     "vfio-user: the server refuses %s: %s", what, strerror(code));
}

/* ------------------------------------------------------------------ operations */

static int region_read(struct vfio_user *client, uint32_t region, uint64_t offset, void *data,
                       uint32_t count)
{
    struct vfu_region_access request = {.offset = offset, .region = region, .count = count};
    struct {
        struct vfu_region_access access;
        uint8_t data[8];
    } reply;
    assert(count <= sizeof reply.data);
    struct exchange exchange = {.command = VFU_REGION_READ,
                                .request = &request,
                                .request_bytes = sizeof request,
                                .fd = FD_NONE,
                                .reply = &reply,
                                .reply_min = sizeof reply.access + count,
                                .reply_max = sizeof reply.access + count};
    int code = run_exchange(client, &exchange);
    if (code != 0)
        return code;
    if (memcmp(&reply.access, &request, sizeof request) != 0)
        return EPROTO;
    memcpy(data, reply.data, count);
    return 0;
}

static int region_write(struct vfio_user *client, uint32_t region, uint64_t offset,
                        const void *data, uint32_t count)
{
    struct {
        struct vfu_region_access access;
        uint8_t data[8];
    } request = {.access = {.offset = offset, .region = region, .count = count}};
    assert(count <= sizeof request.data);
    memcpy(request.data, data, count);
    struct exchange exchange = {.command = VFU_REGION_WRITE,
                                .request = &request,
                                .request_bytes = sizeof request.access + count,
                                .fd = FD_NONE};
    return run_exchange(client, &exchange);
}

static uint32_t vfio_user_read32(struct snap_transport *transport, uint32_t offset)
{
    uint32_t value;
    int code = region_read(vfio_user_of(transport), VFIO_PCI_BAR0_REGION_INDEX, offset, &value,
                           sizeof value);
    return code == 0 ? value : SNAP_ALL_ONES;
}

static void vfio_user_write32(struct snap_transport *transport, uint32_t offset, uint32_t value)
{
    (void)region_write(vfio_user_of(transport), VFIO_PCI_BAR0_REGION_INDEX, offset, &value,
                       sizeof value); /* posted: a lost card shows at the next read */
}

/* A request whose reply has no body, or one that only repeats the request. */
static int plain(struct vfio_user *client, uint16_t command, const void *request, size_t bytes,
                 int fd, int timeout_ms)
{
    uint8_t reply[REQUEST_BYTES_MAX];
    struct exchange exchange = {.command = command,
                                .request = request,
                                .request_bytes = bytes,
                                .fd = fd,
                                .reply = reply,
                                .reply_max = bytes,
                                .timeout_ms = timeout_ms};
    return run_exchange(client, &exchange);
}

/* A descriptor that allows no more than `access`: another one for reading only, or memory->fd
 * itself. */
static int limited_fd(const struct snap_memory *memory, unsigned access)
{
    char path[32];
    if ((access & SNAP_DMA_WRITE) != 0)
        return memory->fd;
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", memory->fd);
    return open(path, O_RDONLY | O_CLOEXEC);
}

static int vfio_user_dma_map(struct snap_transport *transport, const struct snap_memory *memory,
                             unsigned access, struct snap_error *error)
{
    struct vfio_user *client = vfio_user_of(transport);
    struct vfu_dma_map request = {
        .argsz = sizeof request, .address = memory->address, .bytes = memory->bytes};
    if (access & SNAP_DMA_READ)
        request.flags |= VFU_DMA_FLAG_READ;
    if (access & SNAP_DMA_WRITE)
        request.flags |= VFU_DMA_FLAG_WRITE;
    int fd = limited_fd(memory, access);
    if (fd < 0)
        return snap_fail(error, SNAP_E_ACCESS, "/proc/self/fd: %s", strerror(errno));
    int code = plain(client, VFU_DMA_MAP, &request, sizeof request, fd, 0);
    if (fd != memory->fd)
        (void)close(fd);
    return code == 0 ? SNAP_OK : fail_exchange(client, code, "DMA_MAP", error);
}

static int vfio_user_dma_unmap(struct snap_transport *transport, uint64_t address, uint64_t bytes,
                               struct snap_error *error)
{
    struct vfio_user *client = vfio_user_of(transport);
    struct vfu_dma_unmap request = {.argsz = sizeof request, .address = address, .bytes = bytes};
    int code = plain(client, VFU_DMA_UNMAP, &request, sizeof request, FD_NONE, 0);
    return code == 0 ? SNAP_OK : fail_exchange(client, code, "DMA_UNMAP", error);
}

/* One vector a message: the least number of descriptors that every server takes. */
static int vfio_user_irq_set(struct snap_transport *transport, const int *eventfds, unsigned count,
                             struct snap_error *error)
{
    struct vfio_user *client = vfio_user_of(transport);
    for (unsigned vector = 0; vector < count; vector++) {
        struct vfu_irq_set request = {.argsz = sizeof request,
                                      .flags =
                                          VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER,
                                      .index = VFIO_PCI_MSIX_IRQ_INDEX,
                                      .start = vector,
                                      .count = 1};
        int code = plain(client, VFU_SET_IRQS, &request, sizeof request, eventfds[vector], 0);
        if (code != 0)
            return fail_exchange(client, code, "SET_IRQS", error);
    }
    return SNAP_OK;
}

static int vfio_user_command(struct snap_transport *transport, unsigned bits,
                             struct snap_error *error)
{
    struct vfio_user *client = vfio_user_of(transport);
    uint16_t command;
    int code = region_read(client, VFIO_PCI_CONFIG_REGION_INDEX, SNAP_COMMAND_OFFSET, &command,
                           sizeof command);
    if (code != 0)
        return fail_exchange(client, code, "a read of the PCI command register", error);
    command = (uint16_t)((command & ~(SNAP_COMMAND_MEMORY | SNAP_COMMAND_BUS_MASTER)) | bits);
    code = region_write(client, VFIO_PCI_CONFIG_REGION_INDEX, SNAP_COMMAND_OFFSET, &command,
                        sizeof command);
    if (code != 0)
        return fail_exchange(client, code, "a write of the PCI command register", error);
    return SNAP_OK;
}

static int vfio_user_reset(struct snap_transport *transport, struct snap_error *error)
{
    struct vfio_user *client = vfio_user_of(transport);
    if (!client->resettable)
        return snap_fail(error, SNAP_E_UNSUPPORTED, "the server's device has no reset");
    int code = plain(client, VFU_DEVICE_RESET, NULL, 0, FD_NONE, RESET_TIMEOUT_MS);
    return code == 0 ? SNAP_OK : fail_exchange(client, code, "DEVICE_RESET", error);
}

static const char *vfio_user_failure(struct snap_transport *transport)
{
    struct vfio_user *client = vfio_user_of(transport);
    return atomic_load_explicit(&client->lost, memory_order_acquire) ? client->failure : NULL;
}

static void vfio_user_close(struct snap_transport *transport)
{
    struct vfio_user *client = vfio_user_of(transport);
    (void)close(client->socket_fd);
    (void)pthread_mutex_destroy(&client->lock);
    free(client);
}

static const struct snap_transport_ops vfio_user_ops = {
    .read32 = vfio_user_read32,
    .write32 = vfio_user_write32,
    .dma_map = vfio_user_dma_map,
    .dma_unmap = vfio_user_dma_unmap,
    .irq_set = vfio_user_irq_set,
    .command = vfio_user_command,
    .reset = vfio_user_reset,
    .failure = vfio_user_failure,
    .close = vfio_user_close,
};

/* ------------------------------------------------------------------ opening */

static int negotiate(struct vfio_user *client, struct snap_error *error)
{
    struct {
        struct vfu_version version;
        char json[sizeof CAPABILITIES];
    } request = {.version = {VFU_MAJOR, VFU_MINOR}};
    uint8_t reply[VFU_BODY_BYTES_MAX];
    memcpy(request.json, CAPABILITIES, sizeof CAPABILITIES);
    struct exchange exchange = {.command = VFU_VERSION,
                                .request = &request,
                                .request_bytes = sizeof request.version + sizeof request.json,
                                .fd = FD_NONE,
                                .reply = reply,
                                .reply_min = sizeof(struct vfu_version),
                                .reply_max = sizeof reply};
    int code = run_exchange(client, &exchange);
    if (code != 0)
        return fail_exchange(client, code, "VERSION", error);
    struct vfu_version version;
    memcpy(&version, reply, sizeof version);
    if (version.major != VFU_MAJOR || version.minor > VFU_MINOR)
        return snap_fail(error, SNAP_E_VERSION,
                         "the server speaks vfio-user %u.%u, this driver %u.%u", version.major,
                         version.minor, VFU_MAJOR, VFU_MINOR);
    /* The server's limits do not matter: no message carries more than one descriptor or 8 bytes of
     * data. */
    if (exchange.reply_bytes > sizeof version && reply[exchange.reply_bytes - 1] != '\0')
        return snap_fail(error, SNAP_E_PROTOCOL, "vfio-user: capabilities do not end with a NUL");
    return SNAP_OK;
}

/* A GET_..._INFO request: request and reply have the same layout, which starts with argsz. */
static int get_info(struct vfio_user *client, uint16_t command, void *info, size_t bytes)
{
    uint8_t reply[REQUEST_BYTES_MAX];
    struct exchange exchange = {.command = command,
                                .request = info,
                                .request_bytes = bytes,
                                .fd = FD_NONE,
                                .reply = reply,
                                .reply_min = bytes,
                                .reply_max = sizeof reply};
    int code = run_exchange(client, &exchange);
    if (code == 0)
        memcpy(info, reply, bytes);
    return code;
}

static int read_ids(struct vfio_user *client, struct snap_error *error)
{
    uint16_t ids[2];
    int code = region_read(client, VFIO_PCI_CONFIG_REGION_INDEX, 0, ids, sizeof ids);
    if (code != 0)
        return fail_exchange(client, code, "a read of configuration space", error);
    client->base.vendor_id = ids[0];
    client->base.device_id = ids[1];
    return SNAP_OK;
}

static int discover(struct vfio_user *client, struct snap_error *error)
{
    struct vfu_device_info device = {.argsz = sizeof device};
    int code = get_info(client, VFU_DEVICE_GET_INFO, &device, sizeof device);
    if (code != 0)
        return fail_exchange(client, code, "DEVICE_GET_INFO", error);
    client->resettable = (device.flags & VFU_DEVICE_FLAG_RESET) != 0;
    struct vfu_region_info region = {.argsz = sizeof region, .index = VFIO_PCI_BAR0_REGION_INDEX};
    code = get_info(client, VFU_GET_REGION_INFO, &region, sizeof region);
    if (code != 0)
        return fail_exchange(client, code, "GET_REGION_INFO", error);
    struct vfu_irq_info irq = {.argsz = sizeof irq, .index = VFIO_PCI_MSIX_IRQ_INDEX};
    code = get_info(client, VFU_GET_IRQ_INFO, &irq, sizeof irq);
    if (code != 0)
        return fail_exchange(client, code, "GET_IRQ_INFO", error);
    if (region.bytes != SNAP_BAR0_BYTES || irq.count == 0)
        return snap_fail(
            error, SNAP_E_NO_CARD,
            "the server's device is not a SnapScale card: BAR0 of %llu bytes, %u MSI-X "
            "vectors",
            (unsigned long long)region.bytes, irq.count);
    client->base.vectors = irq.count < SNAP_VECTORS_MAX ? irq.count : SNAP_VECTORS_MAX;
    return read_ids(client, error);
}

int snap_vfio_user_attach(int socket_fd, unsigned stall_ms, struct snap_transport **transport,
                          struct snap_error *error)
{
    struct vfio_user *client = calloc(1, sizeof *client);
    if (client == NULL || pthread_mutex_init(&client->lock, NULL) != 0) {
        free(client);
        (void)close(socket_fd);
        return snap_fail(error, SNAP_E_MEMORY, "out of memory");
    }
    client->base.ops = &vfio_user_ops;
    client->socket_fd = socket_fd;
    client->stall_ms = stall_ms;
    snap_iova_init(&client->base.iova, (uint64_t)sysconf(_SC_PAGESIZE));
    bool added = snap_iova_add_range(&client->base.iova, 0, UINT64_MAX);
    assert(added);
    (void)added;
    int code = negotiate(client, error);
    if (code == SNAP_OK)
        code = discover(client, error);
    if (code != SNAP_OK) {
        vfio_user_close(&client->base);
        return code;
    }
    *transport = &client->base;
    return SNAP_OK;
}

int snap_vfio_user_open(const char *path, unsigned stall_ms, struct snap_transport **transport,
                        struct snap_error *error)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(path);
    if (length == 0 || length >= sizeof address.sun_path)
        return snap_fail(
            error, SNAP_E_ARGUMENT,
            "the path of a UNIX socket must have 1 to %zu characters, '%.60s...' has %zu",
            sizeof address.sun_path - 1, path, length);
    memcpy(address.sun_path, path, length);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return snap_fail(error, SNAP_E_MEMORY, "socket: %s", strerror(errno));
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        int why = errno;
        (void)close(fd);
        return snap_fail(error, why == EACCES ? SNAP_E_ACCESS : SNAP_E_NO_CARD,
                         "%s: %s; start one with `snapcard-sim --socket %s`", path, strerror(why),
                         path);
    }
    return snap_vfio_user_attach(fd, stall_ms, transport, error);
}
