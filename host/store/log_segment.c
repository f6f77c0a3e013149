// SPDX-License-Identifier: Apache-2.0
#include "host/store/log_segment.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/store/log_record.h"

/* ------------------------------------------------------------------ names and errors */

void log_segment_path(const struct log_segment *segment, const char *suffix,
                      char path[DISK_PATH_SIZE])
{
    int chars =
        snprintf(path, DISK_PATH_SIZE, "%s/%010u%s", segment->folder->path, segment->first, suffix);
    assert(chars > 0 && chars < (int)DISK_PATH_SIZE); /* the folder's path is short enough */
}

int log_segment_failed(const struct log_segment *segment, const char *what, int code,
                       char error[STORE_ERROR_SIZE])
{
    snprintf(error, STORE_ERROR_SIZE, "%.400s/%010u.log: cannot %s: %s", segment->folder->path,
             segment->first, what, strerror(-code));
    return -1;
}

int log_segment_no_memory(char error[STORE_ERROR_SIZE])
{
    snprintf(error, STORE_ERROR_SIZE, "no memory for a record log");
    return -1;
}

int log_segment_damaged(const struct log_segment *segment, uint32_t number, uint64_t offset,
                        const char *what, char error[STORE_ERROR_SIZE])
{
    snprintf(error, STORE_ERROR_SIZE,
             "%.200s/%010u.log: record %u at byte %llu: %s. Put the file back from a copy, or cut "
             "the log in front of this record (snapscaled --truncate-log %u) and fetch what is "
             "missing from the other nodes",
             segment->folder->path, segment->first, number, (unsigned long long)offset, what,
             number - 1);
    return -1;
}

/* ------------------------------------------------------------------ making and ending */

int log_segment_open(struct log_segment *segment, bool create, char error[STORE_ERROR_SIZE])
{
    assert(segment->file == NULL);
    char path[DISK_PATH_SIZE];
    log_segment_path(segment, ".log", path);
    int code =
        segment->folder->disk.open(segment->folder->disk.context, path, create, &segment->file);
    return code == 0 ? 0 : log_segment_failed(segment, "open", code, error);
}

void log_segment_unload(struct log_segment *segment)
{
    if (segment->file != NULL)
        segment->folder->disk.close(segment->file);
    segment->file = NULL;
    free(segment->offsets);
    segment->offsets = NULL;
    segment->offset_capacity = 0;
}

int log_segment_sync(const struct log_segment *segment, char error[STORE_ERROR_SIZE])
{
    int code = segment->folder->disk.sync(segment->file);
    return code == 0 ? 0 : log_segment_failed(segment, "sync", code, error);
}

int log_segment_truncate(struct log_segment *segment, uint32_t count, char error[STORE_ERROR_SIZE])
{
    assert(count <= segment->count);
    if (count < segment->count)
        segment->end = segment->offsets[count];
    segment->count = count;
    int code = segment->folder->disk.truncate(segment->file, segment->end);
    if (code != 0)
        return log_segment_failed(segment, "truncate", code, error);
    return log_segment_sync(segment, error);
}

int log_segment_remove(struct log_segment *segment, char error[STORE_ERROR_SIZE])
{
    log_segment_unload(segment);
    if (log_segment_remove_index(segment, error) != 0)
        return -1;
    char path[DISK_PATH_SIZE];
    log_segment_path(segment, ".log", path);
    int code = segment->folder->disk.remove(segment->folder->disk.context, path);
    return code == 0 ? 0 : log_segment_failed(segment, "remove", code, error);
}

/* ------------------------------------------------------------------ records */

bool log_segment_take(struct log_segment *segment, size_t payload_bytes)
{
    if (segment->count == segment->offset_capacity) {
        size_t capacity = segment->offset_capacity != 0 ? 2 * segment->offset_capacity : 64;
        uint32_t *offsets = realloc(segment->offsets, capacity * sizeof *offsets);
        if (offsets == NULL)
            return false;
        segment->offsets = offsets;
        segment->offset_capacity = capacity;
    }
    assert(segment->end + log_record_bytes(payload_bytes) <= UINT32_MAX);
    segment->offsets[segment->count++] = segment->end;
    segment->end += (uint32_t)log_record_bytes(payload_bytes);
    return true;
}

static bool make_room(struct log_buffer *buffer, size_t bytes)
{
    if (bytes <= buffer->room)
        return true;
    size_t room = bytes + bytes / 2;
    uint8_t *made = malloc(room);
    if (made == NULL)
        return false;
    free(buffer->bytes);
    *buffer = (struct log_buffer){made, room};
    return true;
}

int log_segment_write(const struct log_segment *segment, struct bytes payload,
                      struct log_buffer *buffer, char error[STORE_ERROR_SIZE])
{
    uint32_t number = segment->first + segment->count;
    size_t bytes = (size_t)log_record_bytes(payload.size);
    if (!make_room(buffer, bytes))
        return log_segment_no_memory(error);
    struct writer writer = writer_of(buffer->bytes, bytes);
    uint8_t header[LOG_HEADER_BYTES];
    log_record_header_write(header, number, (uint32_t)payload.size);
    write_copy(&writer, header, sizeof header);
    write_copy(&writer, payload.data, payload.size);
    write_u32(&writer, log_record_checksum(number, payload.data, payload.size));
    assert(!writer.failed && writer_size(&writer) == bytes);
    int code = segment->folder->disk.write(segment->file, buffer->bytes, bytes, segment->end);
    return code == 0 ? 0 : log_segment_failed(segment, "write", code, error);
}

int log_segment_bytes(const struct log_segment *segment, void *out, size_t bytes, uint64_t offset,
                      char error[STORE_ERROR_SIZE])
{
    ssize_t count = segment->folder->disk.read(segment->file, out, bytes, offset);
    if (count < 0)
        return log_segment_failed(segment, "read", (int)count, error);
    return count == (ssize_t)bytes;
}

/* Payload and trailer of a record, checked, in memory that the caller frees. 1, 0: not whole, -1.
 */
int log_segment_payload(const struct log_segment *segment, uint32_t number, uint64_t offset,
                        uint32_t payload_bytes, uint8_t **payload, char error[STORE_ERROR_SIZE])
{
    size_t bytes = (size_t)payload_bytes + LOG_TRAILER_BYTES;
    *payload = malloc(bytes);
    if (*payload == NULL)
        return log_segment_no_memory(error);
    int found = log_segment_bytes(segment, *payload, bytes, offset + LOG_HEADER_BYTES, error);
    if (found == 1 && !log_record_whole(number, *payload, payload_bytes))
        found = 0;
    if (found == 1)
        return 1;
    free(*payload);
    *payload = NULL;
    return found;
}

int log_segment_read(const struct log_segment *segment, uint32_t number, struct bytes *payload,
                     char error[STORE_ERROR_SIZE])
{
    assert(number >= segment->first && number - segment->first < segment->count);
    uint64_t offset = segment->offsets[number - segment->first];
    uint8_t header[LOG_HEADER_BYTES];
    uint32_t found_number = 0, payload_bytes = 0;
    int found = log_segment_bytes(segment, header, sizeof header, offset, error);
    if (found < 0)
        return -1;
    if (found == 0 || !log_record_header_read(header, &found_number, &payload_bytes) ||
        found_number != number)
        return log_segment_damaged(segment, number, offset, "its header is damaged", error);
    uint8_t *data;
    found = log_segment_payload(segment, number, offset, payload_bytes, &data, error);
    if (found == 0)
        return log_segment_damaged(segment, number, offset, "its checksum does not match", error);
    if (found < 0)
        return -1;
    *payload = (struct bytes){data, payload_bytes};
    return 0;
}
