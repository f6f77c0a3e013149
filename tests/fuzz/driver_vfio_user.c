// SPDX-License-Identifier: Apache-2.0
/* A vfio-user server that answers any bytes. Input: what the server sends, from the first byte of
 * the reply to VERSION on; the connection ends behind it. Ids are counted up from 0 by the client,
 * so a corpus can be right. */
#include <sys/socket.h>
#include <unistd.h>

#include "driver/transport/memory.h"
#include "tests/unit/check.h"

#define INPUT_BYTES_MAX 16384u /* fits into a socket's buffer, so that the write does not block */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(struct snap_transport *transport)
{
    struct snap_memory memory;
    struct snap_error error;
    CHECK(transport->vectors >= 1 && transport->vectors <= SNAP_VECTORS_MAX);
    (void)snap_transport_read32(transport, SNAP_REG_MAGIC);
    snap_transport_write32(transport, SNAP_REG_CONTROL, 1);
    (void)transport->ops->command(transport, SNAP_COMMAND_MEMORY, &error);
    (void)transport->ops->irq_set(transport, (const int[]){0, 0}, 2, &error);
    if (snap_memory_create(transport, 1, SNAP_DMA_READ, &memory, &error) == SNAP_OK)
        snap_memory_destroy(transport, &memory);
    (void)transport->ops->reset(transport, &error);
    if (transport->ops->failure(transport) != NULL) /* lost once, lost for good */
        CHECK_EQ(snap_transport_read32(transport, SNAP_REG_MAGIC), UINT32_MAX);
    transport->ops->close(transport);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int ends[2];
    struct snap_transport *transport;
    struct snap_error error = {0};
    if (size > INPUT_BYTES_MAX)
        return 0;
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    CHECK(size == 0 || write(ends[1], data, size) == (ssize_t)size);
    CHECK(shutdown(ends[1], SHUT_WR) == 0);
    if (snap_vfio_user_attach(ends[0], 10000, &transport, &error) == SNAP_OK)
        use(transport);
    else
        CHECK(error.code < 0 && error.text[0] != '\0');
    CHECK(close(ends[1]) == 0);
    return 0;
}
