/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/card/connection.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* A client that reads no replies for so long is lost. */
#define SEND_WAIT_MS 30000

static void close_fds(int *fds, unsigned *count)
{
    for (unsigned i = 0; i < *count; i++)
        if (fds[i] >= 0)
            (void)close(fds[i]);
    *count = 0;
}

void message_close_fds(struct message *message)
{
    close_fds(message->fds, &message->fd_count);
}

bool message_header_valid(const struct vfio_user_header *header, const char **reason)
{
    *reason = NULL;
    if (header->size < sizeof *header)
        *reason = "a message smaller than its header";
    else if (header->size > VFIO_USER_MESSAGE_BYTES_MAX)
        *reason = "a message larger than the server takes";
    else if ((header->flags & VFIO_USER_TYPE_MASK) != VFIO_USER_TYPE_COMMAND)
        *reason = "a message that is no command";
    return *reason == NULL;
}

void connection_init(struct connection *connection, int socket)
{
    connection->socket = socket;
    connection->have = 0;
    connection->fd_count = 0;
}

/* What a client sent and nobody read would turn the end of its stream into a reset connection, at
 * which QEMU 11.1 ends with a failed assertion. Nothing more can arrive behind the shutdown. */
static void end_stream(int socket)
{
    uint8_t rest[4096];
    (void)shutdown(socket, SHUT_RDWR);
    while (recv(socket, rest, sizeof rest, MSG_DONTWAIT) > 0)
        continue;
}

void connection_close(struct connection *connection)
{
    close_fds(connection->fds, &connection->fd_count);
    if (connection->socket >= 0) {
        end_stream(connection->socket);
        (void)close(connection->socket);
    }
    connection->socket = -1;
}

/* ------------------------------------------------------------------ receiving */

/* Keeps the descriptors of one recvmsg; false: more than a message may have. */
static bool take_fds(struct connection *connection, struct msghdr *header)
{
    bool fits = !(header->msg_flags & MSG_CTRUNC);
    for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c != NULL; c = CMSG_NXTHDR(header, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
            if (connection->fd_count < VFIO_USER_FDS_MAX) {
                connection->fds[connection->fd_count++] = fd;
            } else {
                (void)close(fd);
                fits = false;
            }
        }
    }
    return fits;
}

/* Reads up to `goal` bytes of the message. MESSAGE: they are all there. */
static enum connection_result fill(struct connection *connection, size_t goal, const char **reason)
{
    while (connection->have < goal) {
        union {
            char bytes[CMSG_SPACE(VFIO_USER_FDS_MAX * sizeof(int))];
            struct cmsghdr align;
        } control;
        struct iovec part = {connection->bytes + connection->have, goal - connection->have};
        struct msghdr header = {
            .msg_iov = &part,
            .msg_iovlen = 1,
            .msg_control = control.bytes,
            .msg_controllen = sizeof control.bytes,
        };
        ssize_t count = recvmsg(connection->socket, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return CONNECTION_MORE;
        if (count < 0 && errno != ECONNRESET) {
            *reason = strerror(errno);
            return CONNECTION_BROKEN;
        }
        if (count <= 0) {
            *reason = "the client left in the middle of a message";
            return connection->have == 0 ? CONNECTION_CLOSED : CONNECTION_BROKEN;
        }
        connection->have += (size_t)count;
        if (!take_fds(connection, &header)) {
            *reason = "a message with too many file descriptors";
            return CONNECTION_BROKEN;
        }
    }
    return CONNECTION_MESSAGE;
}

enum connection_result connection_receive(struct connection *connection, struct message *message,
                                          const char **reason)
{
    struct vfio_user_header header;
    enum connection_result result = fill(connection, sizeof header, reason);
    if (result != CONNECTION_MESSAGE)
        return result;
    memcpy(&header, connection->bytes, sizeof header);
    if (!message_header_valid(&header, reason))
        return CONNECTION_BROKEN;
    result = fill(connection, header.size, reason);
    if (result != CONNECTION_MESSAGE)
        return result;
    *message = (struct message){
        .header = header,
        .payload = connection->bytes + sizeof header,
        .payload_bytes = header.size - sizeof header,
        .fd_count = connection->fd_count,
    };
    memcpy(message->fds, connection->fds, sizeof message->fds);
    connection->fd_count = 0;
    connection->have = 0;
    return CONNECTION_MESSAGE;
}

/* ------------------------------------------------------------------ sending */

bool connection_send(struct connection *connection, const struct vfio_user_header *header,
                     const void *payload, size_t bytes)
{
    assert(header->size == sizeof *header + bytes);
    struct vfio_user_header copy = *header;
    struct iovec parts[2] = {{&copy, sizeof copy}, {(void *)(uintptr_t)payload, bytes}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = bytes ? 2 : 1};
    size_t left = header->size;
    while (left > 0) {
        ssize_t count = sendmsg(connection->socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            struct pollfd ready = {.fd = connection->socket, .events = POLLOUT};
            int polled = poll(&ready, 1, SEND_WAIT_MS);
            if (polled > 0 || (polled < 0 && errno == EINTR))
                continue;
            return false;
        }
        if (count <= 0)
            return false;
        left -= (size_t)count;
        for (size_t done = (size_t)count; done > 0;) {
            struct iovec *part = message.msg_iov;
            size_t step = done < part->iov_len ? done : part->iov_len;
            part->iov_base = (uint8_t *)part->iov_base + step;
            part->iov_len -= step;
            done -= step;
            if (part->iov_len == 0 && message.msg_iovlen > 1) {
                message.msg_iov++;
                message.msg_iovlen--;
            }
        }
    }
    return true;
}
