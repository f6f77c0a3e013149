// SPDX-License-Identifier: Apache-2.0
#include "host/ledger/record_buffer.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#define ROOM_MIN_BYTES (64u << 10)

void *record_memory(void *pointer)
{
    if (pointer != NULL)
        return pointer;
    fputs("ledger: no memory to pack a record\n", stderr);
    abort();
}

void record_buffer_start(struct record_buffer *buffer, size_t front_bytes)
{
    assert(front_bytes <= ROOM_MIN_BYTES);
    if (buffer->bytes == NULL) {
        buffer->room = ROOM_MIN_BYTES;
        buffer->bytes = record_memory(malloc(buffer->room));
    }
    buffer->size = front_bytes;
}

struct writer record_buffer_reserve(struct record_buffer *buffer, size_t bytes)
{
    if (buffer->room - buffer->size < bytes) {
        while (buffer->room - buffer->size < bytes)
            buffer->room *= 2;
        buffer->bytes = record_memory(realloc(buffer->bytes, buffer->room));
    }
    struct writer writer = writer_of(buffer->bytes + buffer->size, bytes);
    buffer->size += bytes;
    return writer;
}

void record_buffer_free(struct record_buffer *buffer)
{
    free(buffer->bytes);
    *buffer = (struct record_buffer){0};
}
