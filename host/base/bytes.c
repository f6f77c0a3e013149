// SPDX-License-Identifier: Apache-2.0
#include "host/base/bytes.h"

#define VARUINT32_BYTES_MAX 5u

struct reader reader_of(const void *data, size_t bytes)
{
    const uint8_t *start = data;
    /* NULL is allowed for nothing; adding to it is not. */
    return (struct reader){.next = start, .end = bytes != 0 ? start + bytes : start};
}

size_t reader_left(const struct reader *reader)
{
    return reader->failed ? 0 : (size_t)(reader->end - reader->next);
}

bool reader_done(const struct reader *reader)
{
    return !reader->failed && reader->next == reader->end;
}

void read_copy(struct reader *reader, void *out, size_t bytes)
{
    if (bytes == 0)
        return;
    const uint8_t *from = reader_take(reader, bytes);
    if (from != NULL)
        memcpy(out, from, bytes);
    else
        memset(out, 0, bytes);
}

uint32_t read_varuint32(struct reader *reader)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < VARUINT32_BYTES_MAX; i++) {
        uint8_t byte = read_u8(reader);
        value |= (uint64_t)(byte & 0x7F) << 7 * i;
        if ((byte & 0x80) != 0)
            continue;
        if (value > UINT32_MAX || (i > 0 && byte == 0))
            break;
        return (uint32_t)value;
    }
    reader->failed = true;
    return 0;
}

struct bytes read_view(struct reader *reader, size_t bytes)
{
    if (bytes == 0) /* of a reader of nothing, too, whose NULL cannot be added to */
        return (struct bytes){.data = reader->failed ? NULL : reader->next, .size = 0};
    const uint8_t *start = reader_take(reader, bytes);
    return (struct bytes){.data = start, .size = start != NULL ? bytes : 0};
}

struct bytes read_sized(struct reader *reader, size_t bytes_max)
{
    uint32_t bytes = read_varuint32(reader);
    if (bytes > bytes_max)
        reader->failed = true;
    return read_view(reader, bytes);
}

struct writer writer_of(void *out, size_t bytes)
{
    uint8_t *start = out;
    return (struct writer){
        .next = start, .end = bytes != 0 ? start + bytes : start, .start = start};
}

size_t writer_size(const struct writer *writer)
{
    return (size_t)(writer->next - writer->start);
}

void write_copy(struct writer *writer, const void *data, size_t bytes)
{
    if (bytes == 0)
        return;
    uint8_t *to = writer_take(writer, bytes);
    if (to != NULL)
        memcpy(to, data, bytes);
}

void write_varuint32(struct writer *writer, uint32_t value)
{
    for (; value > 0x7F; value >>= 7)
        write_u8(writer, (uint8_t)(value | 0x80));
    write_u8(writer, (uint8_t)value);
}

void write_sized(struct writer *writer, struct bytes bytes)
{
    if (bytes.size > UINT32_MAX) {
        writer->failed = true;
        return;
    }
    write_varuint32(writer, (uint32_t)bytes.size);
    write_copy(writer, bytes.data, bytes.size);
}
