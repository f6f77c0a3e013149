/* SPDX-License-Identifier: Apache-2.0 */
#include "hls/compiler/context.h"
#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BYTES_MAX ((size_t)256 << 20)

struct fc_chunk {
    struct fc_chunk *next;
    alignas(max_align_t) unsigned char data[];
};

void *fc_alloc(struct fc_context *context, size_t bytes)
{
    if (bytes > BYTES_MAX - context->bytes)
        fc_fail(context, NULL, "the programs need too much memory");
    struct fc_chunk *chunk = calloc(1, sizeof *chunk + bytes);
    if (!chunk)
        fc_fail(context, NULL, "out of memory");
    context->bytes += bytes;
    chunk->next = context->chunks;
    context->chunks = chunk;
    return chunk->data;
}

void *fc_grow(struct fc_context *context, void *list, size_t count, size_t element_bytes)
{
    bool full = count == 0 || (count >= 8 && (count & (count - 1)) == 0);
    if (!full)
        return list;
    size_t room = count == 0 ? 8 : 2 * count;
    void *moved = fc_alloc(context, room * element_bytes);
    if (count)
        memcpy(moved, list, count * element_bytes);
    return moved;
}

void fc_release(struct fc_context *context)
{
    while (context->chunks) {
        struct fc_chunk *chunk = context->chunks;
        context->chunks = chunk->next;
        free(chunk);
    }
    context->bytes = 0;
}

void fc_fail(struct fc_context *context, const struct fc_position *where, const char *format, ...)
{
    int used = 0;
    size_t room = sizeof context->message;
    if (where && where->line)
        used = snprintf(context->message, room, "%.200s:%u:%u: error: ", where->file, where->line,
                        where->column);
    else
        used = snprintf(context->message, room, "error: ");
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(context->message + used, room - (size_t)used, format, arguments);
    va_end(arguments);
    longjmp(context->recover, 1);
}
