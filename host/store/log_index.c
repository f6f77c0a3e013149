// SPDX-License-Identifier: Apache-2.0
/* The index of a closed segment, and its file. */
#include <assert.h>
#include <stdlib.h>

#include "host/store/crc32c.h"
#include "host/store/log_segment.h"

#define MAGIC        0x58444953u /* "SIDX" */
#define HEADER_BYTES 16u

static const char suffix[] = ".index";
static const char new_suffix[] = ".index.new";

static size_t index_bytes(uint32_t count)
{
    return HEADER_BYTES + 4 * (size_t)count + 4;
}

bool log_segment_has_index(const struct log_segment *segment)
{
    char path[DISK_PATH_SIZE];
    struct disk_file *file;
    log_segment_path(segment, suffix, path);
    if (segment->folder->disk.open(segment->folder->disk.context, path, false, &file) != 0)
        return false;
    int64_t bytes = segment->folder->disk.size(file);
    segment->folder->disk.close(file);
    return bytes == (int64_t)index_bytes(segment->count);
}

int log_segment_remove_index(const struct log_segment *segment, char error[STORE_ERROR_SIZE])
{
    char path[DISK_PATH_SIZE];
    log_segment_path(segment, suffix, path);
    int code = segment->folder->disk.remove(segment->folder->disk.context, path);
    return code == 0 ? 0 : log_segment_failed(segment, "remove the index of", code, error);
}

static void pack_index(const struct log_segment *segment, uint8_t *out, size_t bytes)
{
    struct writer writer = writer_of(out, bytes);
    write_u32(&writer, MAGIC);
    write_u32(&writer, segment->first);
    write_u32(&writer, segment->count);
    write_u32(&writer, segment->end);
    for (uint32_t i = 0; i < segment->count; i++)
        write_u32(&writer, segment->offsets[i]);
    write_u32(&writer, crc32c(0, out, writer_size(&writer)));
    assert(!writer.failed && writer_size(&writer) == bytes);
}

/* Beside the name, then renamed: a file of the name is whole. 0 or -errno. */
static int write_file(const struct disk *disk, const char *beside, const char *path,
                      const void *data, size_t bytes)
{
    struct disk_file *file;
    int code = disk->open(disk->context, beside, true, &file);
    if (code != 0)
        return code;
    code = disk->truncate(file, 0);
    if (code == 0)
        code = disk->write(file, data, bytes, 0);
    if (code == 0)
        code = disk->sync(file);
    disk->close(file);
    return code == 0 ? disk->rename(disk->context, beside, path) : code;
}

int log_segment_write_index(const struct log_segment *segment, char error[STORE_ERROR_SIZE])
{
    char path[DISK_PATH_SIZE], beside[DISK_PATH_SIZE];
    log_segment_path(segment, suffix, path);
    log_segment_path(segment, new_suffix, beside);
    size_t bytes = index_bytes(segment->count);
    uint8_t *index = malloc(bytes);
    if (index == NULL)
        return log_segment_no_memory(error);
    pack_index(segment, index, bytes);
    int code = write_file(&segment->folder->disk, beside, path, index, bytes);
    free(index);
    return code == 0 ? 0 : log_segment_failed(segment, "write the index of", code, error);
}

/* Fills in the records when `index` is an index of this segment's. */
static bool unpack_index(struct log_segment *segment, const uint8_t *index, size_t bytes)
{
    struct reader check = reader_of(index + bytes - 4, 4);
    struct reader reader = reader_of(index, bytes - 4);
    if (read_u32(&check) != crc32c(0, index, bytes - 4) || read_u32(&reader) != MAGIC ||
        read_u32(&reader) != segment->first || read_u32(&reader) != segment->count)
        return false;
    uint32_t *offsets = malloc(segment->count * sizeof *offsets);
    if (offsets == NULL)
        return false;
    segment->end = read_u32(&reader);
    for (uint32_t i = 0; i < segment->count; i++)
        offsets[i] = read_u32(&reader);
    assert(reader_done(&reader));
    free(segment->offsets);
    segment->offsets = offsets;
    segment->offset_capacity = segment->count;
    return true;
}

static bool read_index(struct log_segment *segment)
{
    char path[DISK_PATH_SIZE];
    struct disk_file *file;
    log_segment_path(segment, suffix, path);
    if (segment->folder->disk.open(segment->folder->disk.context, path, false, &file) != 0)
        return false;
    size_t bytes = index_bytes(segment->count);
    bool fits = segment->folder->disk.size(file) == (int64_t)bytes;
    uint8_t *index = fits ? malloc(bytes) : NULL;
    bool good = index != NULL &&
                segment->folder->disk.read(file, index, bytes, 0) == (ssize_t)bytes &&
                unpack_index(segment, index, bytes);
    free(index);
    segment->folder->disk.close(file);
    return good;
}

int log_segment_load(struct log_segment *segment, char error[STORE_ERROR_SIZE])
{
    assert(segment->file == NULL && segment->count > 0);
    if (log_segment_open(segment, false, error) != 0)
        return -1;
    if (read_index(segment))
        return 0;
    uint32_t count = segment->count;
    uint32_t last = segment->first + count - 1;
    bool torn;
    int code = log_segment_scan(segment, last, last, &torn, error);
    if (code == 0 && (segment->count < count || torn))
        code = log_segment_damaged(segment, segment->first + segment->count, segment->end,
                                   torn ? "something else stands behind the segment's last record"
                                        : "the records from here to the next file are missing",
                                   error);
    if (code == 0)
        code = log_segment_write_index(segment, error);
    if (code != 0) {
        log_segment_unload(segment);
        segment->count = count;
    }
    return code;
}
