/* SPDX-License-Identifier: Apache-2.0 */
/* Bounded reading and writing of little-endian binary. A reader or writer that fails once stays
 * failed, reads zeros and writes nothing, so that a caller may check once at the end. */
#ifndef HOST_BASE_BYTES_H
#define HOST_BASE_BYTES_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A view of bytes that somebody else owns. */
struct bytes {
    const uint8_t *data;
    size_t size;
};

struct reader {
    const uint8_t *next, *end;
    bool failed;
};

struct writer {
    uint8_t *next, *end;
    uint8_t *start;
    bool failed;
};

struct reader reader_of(const void *data, size_t bytes);

/* True when everything was read and nothing failed. A format's parser ends with it: trailing bytes
 * are an error. */
bool reader_done(const struct reader *reader);
size_t reader_left(const struct reader *reader);
/* LEB128 of at most 32 bits; fails on more than five bytes, on bits beyond 32 and on a last byte of
 * zero behind another: there is one encoding of a number. */
uint32_t read_varuint32(struct reader *reader);
/* Copies `bytes` bytes; zeros when failed. */
void read_copy(struct reader *reader, void *out, size_t bytes);
/* A view of the next `bytes` bytes; NULL and 0 when failed. */
struct bytes read_view(struct reader *reader, size_t bytes);
/* A varuint32 length of at most `bytes_max`, then so many bytes. */
struct bytes read_sized(struct reader *reader, size_t bytes_max);

struct writer writer_of(void *out, size_t bytes);
/* Bytes written so far; what is written is complete only when !writer->failed. */
size_t writer_size(const struct writer *writer);

void write_varuint32(struct writer *writer, uint32_t value);
void write_copy(struct writer *writer, const void *data, size_t bytes);
/* A varuint32 length, then the bytes. */
void write_sized(struct writer *writer, struct bytes bytes);

/* ------------------------------------------------------------------ numbers
 * Here, because a transfer reads and writes some three hundred of them: each is then a comparison
 * and a move instead of two calls. */

/* The next `bytes` bytes, one or more, or NULL with the reader failed. */
static inline const uint8_t *reader_take(struct reader *reader, size_t bytes)
{
    if (reader->failed || (size_t)(reader->end - reader->next) < bytes) {
        reader->failed = true;
        return NULL;
    }
    const uint8_t *from = reader->next;
    reader->next += bytes;
    return from;
}

/* Room for the next `bytes` bytes, one or more, or NULL with the writer failed. */
static inline uint8_t *writer_take(struct writer *writer, size_t bytes)
{
    if (writer->failed || (size_t)(writer->end - writer->next) < bytes) {
        writer->failed = true;
        return NULL;
    }
    uint8_t *to = writer->next;
    writer->next += bytes;
    return to;
}

static inline uint8_t read_u8(struct reader *reader)
{
    const uint8_t *from = reader_take(reader, 1);
    return from != NULL ? *from : 0;
}

static inline void write_u8(struct writer *writer, uint8_t value)
{
    uint8_t *to = writer_take(writer, 1);
    if (to != NULL)
        *to = value;
}

static inline uint16_t read_u16(struct reader *reader)
{
    uint16_t value = 0;
    const uint8_t *from = reader_take(reader, sizeof value);
    if (from != NULL)
        memcpy(&value, from, sizeof value);
    return le16toh(value);
}

static inline void write_u16(struct writer *writer, uint16_t value)
{
    uint8_t *to = writer_take(writer, sizeof value);
    value = htole16(value);
    if (to != NULL)
        memcpy(to, &value, sizeof value);
}

static inline uint32_t read_u32(struct reader *reader)
{
    uint32_t value = 0;
    const uint8_t *from = reader_take(reader, sizeof value);
    if (from != NULL)
        memcpy(&value, from, sizeof value);
    return le32toh(value);
}

static inline void write_u32(struct writer *writer, uint32_t value)
{
    uint8_t *to = writer_take(writer, sizeof value);
    value = htole32(value);
    if (to != NULL)
        memcpy(to, &value, sizeof value);
}

static inline uint64_t read_u64(struct reader *reader)
{
    uint64_t value = 0;
    const uint8_t *from = reader_take(reader, sizeof value);
    if (from != NULL)
        memcpy(&value, from, sizeof value);
    return le64toh(value);
}

static inline void write_u64(struct writer *writer, uint64_t value)
{
    uint8_t *to = writer_take(writer, sizeof value);
    value = htole64(value);
    if (to != NULL)
        memcpy(to, &value, sizeof value);
}

/* Big-endian, for keys whose order as bytes must be that of the numbers. */
static inline uint64_t read_u64_be(struct reader *reader)
{
    uint64_t value = 0;
    const uint8_t *from = reader_take(reader, sizeof value);
    if (from != NULL)
        memcpy(&value, from, sizeof value);
    return be64toh(value);
}

static inline void write_u64_be(struct writer *writer, uint64_t value)
{
    uint8_t *to = writer_take(writer, sizeof value);
    value = htobe64(value);
    if (to != NULL)
        memcpy(to, &value, sizeof value);
}

#endif
