/* SPDX-License-Identifier: Apache-2.0 */
/* Framing: whole messages out of a byte stream, their descriptors, and what breaks a connection. */
#include "sim/card/connection.h"

#include <dirent.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/check.h"

static struct connection connection;
static struct message message;
static const char *reason;
static int client;

static void open_pair(void)
{
    int ends[2];
    CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    connection_init(&connection, ends[0]);
    client = ends[1];
}

static void close_pair(void)
{
    connection_close(&connection);
    if (client >= 0)
        CHECK_EQ(close(client), 0);
}

static unsigned open_descriptors(void)
{
    unsigned count = 0;
    DIR *directory = opendir("/proc/self/fd");
    CHECK(directory != NULL);
    while (readdir(directory) != NULL)
        count++;
    CHECK_EQ(closedir(directory), 0);
    return count;
}

static void send_bytes(const void *data, size_t bytes)
{
    CHECK_EQ(send(client, data, bytes, 0), (long long)bytes);
}

static void send_with_fds(const void *data, size_t bytes, unsigned count)
{
    union {
        char bytes[CMSG_SPACE(64 * sizeof(int))];
        struct cmsghdr align;
    } control = {0};
    int event = eventfd(0, EFD_CLOEXEC);
    CHECK(event >= 0 && count <= 64);
    struct iovec part = {(void *)(uintptr_t)data, bytes};
    struct msghdr header = {.msg_iov = &part,
                            .msg_iovlen = 1,
                            .msg_control = control.bytes,
                            .msg_controllen = CMSG_SPACE(count * sizeof(int))};
    struct cmsghdr *rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(count * sizeof(int));
    for (unsigned i = 0; i < count; i++)
        memcpy(CMSG_DATA(rights) + i * sizeof event, &event, sizeof event);
    CHECK_EQ(sendmsg(client, &header, 0), (long long)bytes);
    CHECK_EQ(close(event), 0);
}

static enum connection_result receive(void)
{
    return connection_receive(&connection, &message, &reason);
}

static void test_byte_by_byte(void)
{
    struct {
        struct vfio_user_header header;
        uint8_t payload[5];
    } sent = {{.id = 7, .command = 9, .size = 21, .flags = 0}, "four"};
    open_pair();
    for (unsigned i = 0; i < 21; i++) {
        CHECK_EQ(receive(), CONNECTION_MORE);
        send_bytes((const uint8_t *)&sent + i, 1);
    }
    CHECK_EQ(receive(), CONNECTION_MESSAGE);
    CHECK_EQ(message.header.id, 7);
    CHECK_EQ(message.payload_bytes, 5);
    CHECK_MEM(message.payload, "four", 5);
    CHECK_EQ(message.fd_count, 0);
    CHECK_EQ(receive(), CONNECTION_MORE);
    close_pair();
}

static void test_two_at_once(void)
{
    struct vfio_user_header pair[2] = {{.id = 1, .size = 16}, {.id = 2, .size = 16}};
    open_pair();
    send_bytes(pair, sizeof pair);
    CHECK_EQ(receive(), CONNECTION_MESSAGE);
    CHECK_EQ(message.header.id, 1);
    CHECK_EQ(receive(), CONNECTION_MESSAGE);
    CHECK_EQ(message.header.id, 2);
    close_pair();
}

static void test_largest(void)
{
    static uint8_t bytes[VFIO_USER_MESSAGE_BYTES_MAX];
    struct vfio_user_header header = {.id = 3, .size = sizeof bytes};
    memcpy(bytes, &header, sizeof header);
    bytes[sizeof bytes - 1] = 0x5A;
    open_pair();
    send_bytes(bytes, sizeof bytes);
    CHECK_EQ(receive(), CONNECTION_MESSAGE);
    CHECK_EQ(message.payload_bytes, sizeof bytes - sizeof header);
    CHECK_EQ(message.payload[message.payload_bytes - 1], 0x5A);
    close_pair();
}

static void test_not_the_protocol(void)
{
    const struct vfio_user_header bad[] = {
        {.size = 15},
        {.size = 0},
        {.size = VFIO_USER_MESSAGE_BYTES_MAX + 1},
        {.size = UINT32_MAX},
        {.size = 16, .flags = VFIO_USER_TYPE_REPLY},
        {.size = 16, .flags = 0xF},
    };
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        open_pair();
        send_bytes(&bad[i], sizeof bad[i]);
        reason = NULL;
        CHECK_EQ(receive(), CONNECTION_BROKEN);
        CHECK(reason != NULL);
        close_pair();
    }
}

static void test_end(void)
{
    struct vfio_user_header header = {.size = 32};
    open_pair();
    CHECK_EQ(close(client), 0);
    client = -1;
    CHECK_EQ(receive(), CONNECTION_CLOSED);
    close_pair();
    for (unsigned cut = 1; cut <= 16; cut += 15) { /* in the header, and behind it */
        open_pair();
        send_bytes(&header, cut);
        CHECK_EQ(close(client), 0);
        client = -1;
        CHECK_EQ(receive(), CONNECTION_BROKEN);
        close_pair();
    }
}

static void test_descriptors(void)
{
    struct vfio_user_header header = {.size = 20};
    unsigned before = open_descriptors();
    open_pair();
    send_with_fds(&header, sizeof header, VFIO_USER_FDS_MAX);
    CHECK_EQ(receive(), CONNECTION_MORE);
    send_bytes("body", 4);
    CHECK_EQ(receive(), CONNECTION_MESSAGE);
    CHECK_EQ(message.fd_count, VFIO_USER_FDS_MAX);
    CHECK_EQ(open_descriptors(), before + 2 + VFIO_USER_FDS_MAX);
    message_close_fds(&message);
    /* They belong to one message only. */
    struct vfio_user_header plain = {.size = 16};
    send_bytes(&plain, sizeof plain);
    CHECK_EQ(receive(), CONNECTION_MESSAGE);
    CHECK_EQ(message.fd_count, 0);
    close_pair();
    CHECK_EQ(open_descriptors(), before);
}

static void test_descriptors_too_many(void)
{
    struct vfio_user_header header = {.size = 20};
    unsigned before = open_descriptors();
    open_pair();
    send_with_fds(&header, sizeof header, VFIO_USER_FDS_MAX + 1);
    CHECK_EQ(receive(), CONNECTION_BROKEN);
    close_pair();
    CHECK_EQ(open_descriptors(), before);
    /* Also when they come in two parts, and when the message never becomes whole. */
    open_pair();
    send_with_fds(&header, sizeof header, VFIO_USER_FDS_MAX);
    CHECK_EQ(receive(), CONNECTION_MORE);
    send_with_fds("body", 4, 1);
    CHECK_EQ(receive(), CONNECTION_BROKEN);
    close_pair();
    CHECK_EQ(open_descriptors(), before);
    open_pair();
    send_with_fds(&header, sizeof header, 3);
    CHECK_EQ(receive(), CONNECTION_MORE);
    close_pair();
    CHECK_EQ(open_descriptors(), before);
}

static void test_send(void)
{
    struct vfio_user_header header = {.id = 9, .size = 20, .flags = VFIO_USER_TYPE_REPLY};
    struct {
        struct vfio_user_header header;
        char payload[4];
    } got;
    open_pair();
    CHECK(connection_send(&connection, &header, "data", 4));
    CHECK_EQ(recv(client, &got, sizeof got, MSG_WAITALL), 20);
    CHECK_EQ(got.header.id, 9);
    CHECK_MEM(got.payload, "data", 4);
    CHECK_EQ(close(client), 0);
    client = -1;
    CHECK(!connection_send(&connection, &header, "data", 4));
    close_pair();
}

int main(void)
{
    RUN(test_byte_by_byte);
    RUN(test_two_at_once);
    RUN(test_largest);
    RUN(test_not_the_protocol);
    RUN(test_end);
    RUN(test_descriptors);
    RUN(test_descriptors_too_many);
    RUN(test_send);
    return 0;
}
