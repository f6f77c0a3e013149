// SPDX-License-Identifier: Apache-2.0
#include "host/base/bytes.h"

#include <endian.h>
#include <string.h>

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

/* The next `bytes` bytes, or NULL with the reader failed. */
static const uint8_t *take(struct reader *reader, size_t bytes)
{
    if (reader->failed || (size_t)(reader->end - reader->next) < bytes) {
        reader->failed = true;
        return NULL;
    }
    const uint8_t *start = reader->next;
    if (bytes != 0)
        reader->next += bytes;
    return start;
}

uint8_t read_u8(struct reader *reader)
{
    const uint8_t *from = take(reader, 1);
    return from != NULL ? *from : 0;
}

void read_copy(struct reader *reader, void *out, size_t bytes)
{
    if (bytes == 0)
        return;
    const uint8_t *from = take(reader, bytes);
    if (from != NULL)
        memcpy(out, from, bytes);
    else
        memset(out, 0, bytes);
}

uint16_t read_u16(struct reader *reader)
{
    uint16_t value;
    read_copy(reader, &value, sizeof value);
    return le16toh(value);
}

uint32_t read_u32(struct reader *reader)
{
    uint32_t value;
    read_copy(reader, &value, sizeof value);
    return le32toh(value);
}

uint64_t read_u64(struct reader *reader)
{
    uint64_t value;
    read_copy(reader, &value, sizeof value);
    return le64toh(value);
}

uint64_t read_u64_be(struct reader *reader)
{
    uint64_t value;
    read_copy(reader, &value, sizeof value);
    return be64toh(value);
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
    const uint8_t *start = take(reader, bytes);
    return (struct bytes){.data = start, .size = reader->failed ? 0 : bytes};
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
    if (writer->failed || (size_t)(writer->end - writer->next) < bytes) {
        writer->failed = true;
        return;
    }
    if (bytes == 0)
        return;
    memcpy(writer->next, data, bytes);
    writer->next += bytes;
}

void write_u8(struct writer *writer, uint8_t value)
{
    write_copy(writer, &value, sizeof value);
}

void write_u16(struct writer *writer, uint16_t value)
{
    value = htole16(value);
    write_copy(writer, &value, sizeof value);
}

void write_u32(struct writer *writer, uint32_t value)
{
    value = htole32(value);
    write_copy(writer, &value, sizeof value);
}

void write_u64(struct writer *writer, uint64_t value)
{
    value = htole64(value);
    write_copy(writer, &value, sizeof value);
}

void write_u64_be(struct writer *writer, uint64_t value)
{
    value = htobe64(value);
    write_copy(writer, &value, sizeof value);
}

void write_varuint32(struct writer *writer, uint32_t value)
{
    uint8_t encoded[VARUINT32_BYTES_MAX];
    unsigned bytes = 0;
    while (value > 0x7F) {
        encoded[bytes++] = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    encoded[bytes++] = (uint8_t)value;
    write_copy(writer, encoded, bytes);
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
