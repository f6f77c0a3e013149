// SPDX-License-Identifier: Apache-2.0
#include "host/store/row_group.h"

#include <assert.h>
#include <endian.h>

#include "host/store/crc32c.h"

#define SHARED_MANY 31u /* all ones in their fields */
#define REST_MANY   31u
#define VALUE_MANY  63u
#define REST_SHIFT  5
#define VALUE_SHIFT 10

/* Bytes at the start that both have. */
static inline size_t common_bytes(struct bytes a, struct bytes b)
{
    size_t most = a.size < b.size ? a.size : b.size, same = 0;
    for (; same + sizeof(uint64_t) <= most; same += sizeof(uint64_t)) {
        uint64_t left, right;
        memcpy(&left, a.data + same, sizeof left);
        memcpy(&right, b.data + same, sizeof right);
        uint64_t differing = le64toh(left ^ right);
        if (differing != 0)
            return same + (size_t)__builtin_ctzll(differing) / 8;
    }
    while (same < most && a.data[same] == b.data[same])
        same++;
    return same;
}

static uint32_t checksum(struct bytes floor, struct bytes rows)
{
    return crc32c(crc32c(0, floor.data, floor.size), rows.data, rows.size);
}

/* ------------------------------------------------------------------ reading */

bool row_group_open(struct row_group *group, struct bytes floor, struct bytes stored)
{
    if (floor.size == 0 || floor.size > ROW_KEY_BYTES_MAX ||
        stored.size <= ROW_GROUP_CHECKSUM_BYTES || stored.size > ROW_GROUP_BYTES_MAX)
        return false;
    *group = (struct row_group){floor, {stored.data, stored.size - ROW_GROUP_CHECKSUM_BYTES}};
    uint32_t expected;
    memcpy(&expected, stored.data + group->rows.size, sizeof expected);
    return le32toh(expected) == checksum(floor, group->rows);
}

/* A row as it is written. */
struct written_row {
    size_t shared;
    struct bytes rest, value;
};

/* A field of all ones goes on in a varuint32. */
static size_t read_more(struct reader *reader, size_t field, size_t many)
{
    return field == many ? field + read_varuint32(reader) : field;
}

/* Seldom: no field of a usual row is so long. False: no end, or longer than rows are. */
static bool __attribute__((noinline))
read_long_sizes(const uint8_t **next, const uint8_t *end, struct written_row *row)
{
    struct reader reader = reader_of(*next, (size_t)(end - *next));
    row->shared = read_more(&reader, row->shared, SHARED_MANY);
    row->rest.size = read_more(&reader, row->rest.size, REST_MANY);
    row->value.size = read_more(&reader, row->value.size, VALUE_MANY);
    *next = reader.next;
    return !reader.failed && row->rest.size <= ROW_KEY_BYTES_MAX &&
           row->value.size <= ROW_VALUE_BYTES_MAX;
}

/* The row at *next, which then is behind it. False: it is none, or does not end at `end` or in
 * front of it. */
static inline bool read_row(const uint8_t **next, const uint8_t *end, struct written_row *row)
{
    uint16_t fields;
    if ((size_t)(end - *next) < sizeof fields)
        return false;
    memcpy(&fields, *next, sizeof fields);
    fields = le16toh(fields);
    *next += sizeof fields;
    row->shared = fields & SHARED_MANY;
    row->rest.size = fields >> REST_SHIFT & REST_MANY;
    row->value.size = fields >> VALUE_SHIFT;
    if ((row->shared == SHARED_MANY || row->rest.size == REST_MANY ||
         row->value.size == VALUE_MANY) &&
        !read_long_sizes(next, end, row))
        return false;
    if (row->rest.size + row->value.size > (size_t)(end - *next))
        return false;
    row->rest.data = *next;
    row->value.data = *next + row->rest.size;
    *next = row->value.data + row->value.size;
    return true;
}

/* `matched` is how much the key has in common with the key before the row, which is below it. Since
 * a row shares all that it can: one that shares more is below the key just as the one before is,
 * one that shares less differs where that one was equal, so is above the key. */
int row_group_find(const struct row_group *group, struct bytes key, struct bytes *value)
{
    const uint8_t *next = group->rows.data, *end = next + group->rows.size;
    size_t matched = common_bytes(group->floor, key);
    struct written_row row;
    while (next != end) {
        if (!read_row(&next, end, &row))
            return -1;
        if (row.shared > matched)
            continue;
        if (row.shared < matched)
            return 0;
        struct bytes left = {key.data + matched, key.size - matched};
        size_t more = common_bytes(row.rest, left);
        if (more == row.rest.size && more == left.size) {
            *value = row.value;
            return 1;
        }
        if (more == left.size || (more < row.rest.size && row.rest.data[more] > left.data[more]))
            return 0;
        matched += more;
    }
    return 0;
}

void row_walk_begin(struct row_walk *walk, const struct row_group *group)
{
    walk->next = group->rows.data;
    walk->end = walk->next + group->rows.size;
    walk->begun = false;
    walk->value = (struct bytes){NULL, 0};
    walk->key_size = group->floor.size;
    memcpy(walk->key, group->floor.data, group->floor.size);
}

/* The row's key is above the walk's, and shares all that it can. Only the first row may be the
 * floor itself. */
static bool is_next_row(const struct row_walk *walk, const struct written_row *row)
{
    if (row->shared > walk->key_size || row->shared + row->rest.size > ROW_KEY_BYTES_MAX)
        return false;
    if (row->rest.size == 0)
        return row->shared == walk->key_size && !walk->begun;
    return row->shared == walk->key_size || row->rest.data[0] > walk->key[row->shared];
}

int row_walk_next(struct row_walk *walk)
{
    struct written_row row;
    if (walk->next == walk->end)
        return 0;
    if (!read_row(&walk->next, walk->end, &row) || !is_next_row(walk, &row))
        return -1;
    memcpy(walk->key + row.shared, row.rest.data, row.rest.size);
    walk->key_size = row.shared + row.rest.size;
    walk->value = row.value;
    walk->begun = true;
    return 1;
}

/* ------------------------------------------------------------------ writing */

void row_group_begin(struct row_group_writer *writer, struct bytes floor)
{
    assert(floor.size > 0 && floor.size <= ROW_KEY_BYTES_MAX);
    writer->size = 0;
    writer->floor_size = floor.size;
    writer->last_size = floor.size;
    memmove(writer->floor, floor.data, floor.size);
    memcpy(writer->last, writer->floor, floor.size);
}

void row_group_begin_behind(struct row_group_writer *writer, struct bytes last, struct bytes key)
{
    size_t shared = common_bytes(last, key);
    assert(bytes_compare(last, key) < 0);
    row_group_begin(writer, (struct bytes){key.data, shared + 1});
}

static unsigned field_of(size_t size, unsigned many)
{
    return size < many ? (unsigned)size : many;
}

static void write_more(struct writer *writer, size_t size, unsigned many)
{
    if (size >= many)
        write_varuint32(writer, (uint32_t)(size - many));
}

void row_group_add(struct row_group_writer *group, struct bytes key, struct bytes value)
{
    struct bytes last = {group->last, group->last_size};
    size_t shared = common_bytes(last, key), rest = key.size - shared;
    int order = bytes_compare(last, key);
    assert(order < 0 || (order == 0 && group->size == 0));
    assert(key.size <= ROW_KEY_BYTES_MAX && value.size <= ROW_VALUE_BYTES_MAX);
    struct writer writer = writer_of(group->bytes + group->size,
                                     group->capacity - group->size - ROW_GROUP_CHECKSUM_BYTES);
    write_u16(&writer,
              (uint16_t)(field_of(shared, SHARED_MANY) | field_of(rest, REST_MANY) << REST_SHIFT |
                         field_of(value.size, VALUE_MANY) << VALUE_SHIFT));
    write_more(&writer, shared, SHARED_MANY);
    write_more(&writer, rest, REST_MANY);
    write_more(&writer, value.size, VALUE_MANY);
    write_copy(&writer, key.data + shared, rest);
    write_copy(&writer, value.data, value.size);
    assert(!writer.failed);
    group->size += writer_size(&writer);
    memcpy(group->last + shared, key.data + shared, rest);
    group->last_size = key.size;
}

struct bytes row_group_end(struct row_group_writer *writer)
{
    assert(writer->size > 0 && writer->size + ROW_GROUP_CHECKSUM_BYTES <= writer->capacity);
    uint32_t sum =
        htole32(checksum(row_group_floor(writer), (struct bytes){writer->bytes, writer->size}));
    memcpy(writer->bytes + writer->size, &sum, sizeof sum);
    return (struct bytes){writer->bytes, writer->size + sizeof sum};
}
