/* SPDX-License-Identifier: Apache-2.0 */
/* The vfio-user server against any client: the input is what a client sends, message after message,
 * and the card (the C model) works in between. In a command's header the error field means nothing;
 * here it says which descriptors come along: their number in bits 4:0, the kind of them in bits
 * 9:8. A command of our own stands for what a client does without a message: it writes into its
 * memory, with an offset and bytes as payload. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sim/card/connection.h"
#include "sim/card/function.h"
#include "sim/card/host.h"
#include "sim/card/model.h"
#include "sim/card/server.h"

#define FILE_BYTES     0x40000u
#define WRITE_MEMORY   0xF00Du
#define RUNS_A_MESSAGE 4

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct host_memory memory;
static struct card card;
static struct function function;
static struct server server;
static int kinds[4]; /* memory, memory that is read-only, an eventfd, something else */

static void must(int ok)
{
    if (!ok)
        abort();
}

static void setup(void)
{
    char path[64];
    host_memory_init(&memory, MODEL_QUEUES);
    const char *reason;
    must(model_create(host_memory_host(&memory), NULL, &card, &reason));
    function_init(&function, &memory, card);
    server_init(&server, &function);
    kinds[0] = memfd_create("fuzz", MFD_CLOEXEC);
    must(kinds[0] >= 0 && ftruncate(kinds[0], FILE_BYTES) == 0);
    must(snprintf(path, sizeof path, "/proc/self/fd/%d", kinds[0]) > 0);
    kinds[1] = open(path, O_RDONLY | O_CLOEXEC);
    kinds[2] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    kinds[3] = open("/dev/null", O_RDWR | O_CLOEXEC);
    must(kinds[1] >= 0 && kinds[2] >= 0 && kinds[3] >= 0);
}

/* The same rings and jobs for every input. */
static void clear_file(void)
{
    must(ftruncate(kinds[0], 0) == 0 && ftruncate(kinds[0], FILE_BYTES) == 0);
}

static void write_memory(const struct message *message)
{
    uint32_t offset;
    if (message->payload_bytes < sizeof offset)
        return;
    memcpy(&offset, message->payload, sizeof offset);
    size_t bytes = message->payload_bytes - sizeof offset;
    if (offset < FILE_BYTES && bytes <= FILE_BYTES - offset)
        must(pwrite(kinds[0], message->payload + sizeof offset, bytes, offset) == (ssize_t)bytes);
}

static void attach(struct message *message)
{
    unsigned count = message->header.error & 0x1F;
    message->fd_count = count < VFIO_USER_FDS_MAX ? count : VFIO_USER_FDS_MAX;
    for (unsigned i = 0; i < message->fd_count; i++) {
        message->fds[i] = fcntl(kinds[message->header.error >> 8 & 3], F_DUPFD_CLOEXEC, 3);
        must(message->fds[i] >= 0);
    }
}

/* The next message of the input; false: what is left is none. */
static int next_message(const uint8_t **data, size_t *size, struct message *message)
{
    const char *reason;
    struct vfio_user_header header;
    if (*size < sizeof header)
        return 0;
    memcpy(&header, *data, sizeof header);
    if (!message_header_valid(&header, &reason) || header.size > *size)
        return 0;
    *message = (struct message){
        .header = header,
        .payload = *data + sizeof header,
        .payload_bytes = header.size - sizeof header,
    };
    *data += header.size;
    *size -= header.size;
    return 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct message message;
    static struct reply reply;
    if (card.ops == NULL)
        setup();
    while (next_message(&data, &size, &message)) {
        if (message.header.command == WRITE_MEMORY) {
            write_memory(&message);
            continue;
        }
        attach(&message);
        enum server_result result = server_handle(&server, &message, &reply);
        message_close_fds(&message);
        if (result == SERVER_CLOSE)
            break;
        if (result == SERVER_REPLY) {
            must(reply.header.size == sizeof reply.header + reply.payload_bytes);
            must(reply.header.size <= VFIO_USER_MESSAGE_BYTES_MAX);
        }
        for (unsigned i = 0; i < RUNS_A_MESSAGE; i++)
            (void)card.ops->run(card.context, 256);
    }
    server_disconnect(&server);
    must(memory.dma.count == 0 && memory.dma.memories == NULL &&
         !interrupts_any(&memory.interrupts));
    clear_file();
    return 0;
}
