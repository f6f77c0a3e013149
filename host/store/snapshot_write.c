// SPDX-License-Identifier: Apache-2.0
#include <assert.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "host/store/crc32c.h"
#include "host/store/snapshot_format.h"

#define PACKING_LEVEL   1 /* rows are hashes and numbers: more effort gains little */
#define READ_BACK_BYTES (256u << 10)

struct snapshot_writer {
    const struct disk *disk;
    const char *path;
    struct disk_file *file;
    uint64_t end; /* of the file, bytes */
    uint64_t rows;
    struct state_sum sum;
    uint8_t *plain; /* a chunk, SNAPSHOT_CHUNK_BYTES_MAX */
    size_t plain_bytes;
    uint8_t *packed; /* the same with its header; SNAPSHOT_PACKED_BYTES_MAX behind that */
    char *error;
};

static int disk_failed(const struct snapshot_writer *writer, int code)
{
    return snapshot_failed(writer->path, "cannot write", strerror(-code), writer->error);
}

static int append(struct snapshot_writer *writer, const void *data, size_t bytes)
{
    int code = writer->disk->write(writer->file, data, bytes, writer->end);
    if (code != 0)
        return disk_failed(writer, code);
    writer->end += bytes;
    return 0;
}

/* ------------------------------------------------------------------ rows */

static void write_chunk_header(uint8_t *out, size_t plain_bytes, size_t packed_bytes, uint32_t crc)
{
    struct writer header = writer_of(out, SNAPSHOT_CHUNK_HEADER_BYTES);
    write_u32(&header, (uint32_t)plain_bytes);
    write_u32(&header, (uint32_t)packed_bytes);
    write_u32(&header, crc);
    assert(!header.failed);
}

static int flush_chunk(struct snapshot_writer *writer)
{
    if (writer->plain_bytes == 0)
        return 0;
    uint8_t *body = writer->packed + SNAPSHOT_CHUNK_HEADER_BYTES;
    uLongf bytes = SNAPSHOT_PACKED_BYTES_MAX;
    if (compress2(body, &bytes, writer->plain, writer->plain_bytes, PACKING_LEVEL) != Z_OK)
        return snapshot_failed(writer->path, "cannot pack", "no memory", writer->error);
    write_chunk_header(writer->packed, writer->plain_bytes, bytes, crc32c(0, body, bytes));
    writer->plain_bytes = 0;
    return append(writer, writer->packed, SNAPSHOT_CHUNK_HEADER_BYTES + bytes);
}

static int write_row(void *user, struct bytes key, struct bytes value)
{
    struct snapshot_writer *writer = user;
    struct writer row = writer_of(writer->plain + writer->plain_bytes,
                                  SNAPSHOT_CHUNK_BYTES_MAX - writer->plain_bytes);
    write_u16(&row, (uint16_t)key.size);
    write_u32(&row, (uint32_t)value.size);
    write_copy(&row, key.data, key.size);
    write_copy(&row, value.data, value.size);
    assert(!row.failed);
    writer->plain_bytes += writer_size(&row);
    writer->rows++;
    state_sum_add(&writer->sum, key, value);
    return writer->plain_bytes >= SNAPSHOT_CHUNK_BYTES ? flush_chunk(writer) : 0;
}

/* ------------------------------------------------------------------ header and end */

/* The number of rows is known only now: it goes where room was left for it. */
static int write_header(struct snapshot_writer *writer, const struct state_mark *mark,
                        struct snapshot_info *info)
{
    uint8_t out[SNAPSHOT_HEADER_BYTES];
    struct writer header = writer_of(out, sizeof out);
    info->height = mark->height;
    info->rows = writer->rows;
    memcpy(info->block_id, mark->block_id, sizeof info->block_id);
    memcpy(info->chain_id, mark->chain_id, sizeof info->chain_id);
    state_sum_hash(&mark->sum, info->state_hash);
    write_copy(&header, SNAPSHOT_MAGIC, SNAPSHOT_MAGIC_BYTES);
    write_u32(&header, SNAPSHOT_VERSION);
    write_copy(&header, info->chain_id, sizeof info->chain_id);
    write_u32(&header, info->height);
    write_copy(&header, info->block_id, sizeof info->block_id);
    write_copy(&header, info->state_hash, sizeof info->state_hash);
    write_u64(&header, info->rows);
    assert(!header.failed && writer_size(&header) == sizeof out);
    int code = writer->disk->write(writer->file, out, sizeof out, 0);
    return code == 0 ? 0 : disk_failed(writer, code);
}

/* Of what the file really holds. The chunk's memory is free by now. */
static int digest_file(struct snapshot_writer *writer, EVP_MD_CTX *context,
                       uint8_t digest[SNAPSHOT_DIGEST_BYTES])
{
    _Static_assert(READ_BACK_BYTES <= SNAPSHOT_CHUNK_BYTES_MAX, "a chunk's memory serves");
    bool good = EVP_DigestInit_ex2(context, EVP_sha256(), NULL) == 1;
    for (uint64_t offset = 0; good && offset < writer->end; offset += READ_BACK_BYTES) {
        uint64_t left = writer->end - offset;
        size_t bytes = left < READ_BACK_BYTES ? (size_t)left : READ_BACK_BYTES;
        ssize_t count = writer->disk->read(writer->file, writer->plain, bytes, offset);
        if (count != (ssize_t)bytes)
            return snapshot_failed(writer->path, "cannot read back",
                                   count < 0 ? strerror((int)-count) : "the file is too short",
                                   writer->error);
        good = EVP_DigestUpdate(context, writer->plain, bytes) == 1;
    }
    good = good && EVP_DigestFinal_ex(context, digest, NULL) == 1;
    return good ? 0 : snapshot_failed(writer->path, "cannot digest", "OpenSSL", writer->error);
}

static int write_end(struct snapshot_writer *writer)
{
    uint8_t digest[SNAPSHOT_DIGEST_BYTES];
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (context == NULL)
        return snapshot_failed(writer->path, "cannot digest", "no memory", writer->error);
    int code = digest_file(writer, context, digest);
    EVP_MD_CTX_free(context);
    if (code != 0 || append(writer, digest, sizeof digest) != 0)
        return -1;
    code = writer->disk->sync(writer->file);
    return code == 0 ? 0 : disk_failed(writer, code);
}

static int write_all(struct snapshot_writer *writer, struct state *state,
                     struct snapshot_info *info)
{
    static const uint8_t zeros[SNAPSHOT_HEADER_BYTES];
    struct state_mark mark;
    int code = writer->disk->truncate(writer->file, 0);
    if (code != 0)
        return disk_failed(writer, code);
    if (append(writer, zeros, SNAPSHOT_HEADER_BYTES) != 0 ||
        state_each(state, &mark, write_row, writer, writer->error) != 0)
        return -1;
    if (mark.height == 0)
        return snapshot_failed(writer->path, "nothing to write", "there is no checkpoint yet",
                               writer->error);
    if (memcmp(&mark.sum, &writer->sum, sizeof mark.sum) != 0)
        return snapshot_failed(writer->path, "not written",
                               "the state's rows do not add up to the hash of its checkpoint: "
                               "remove its folder and load a snapshot or replay the block log",
                               writer->error);
    if (flush_chunk(writer) != 0 || append(writer, zeros, SNAPSHOT_CHUNK_HEADER_BYTES) != 0 ||
        write_header(writer, &mark, info) != 0)
        return -1;
    return write_end(writer);
}

/* ------------------------------------------------------------------ the file */

static int write_beside(struct snapshot_writer *writer, struct state *state, const char *beside,
                        struct snapshot_info *info)
{
    const struct disk *disk = writer->disk;
    int code = disk->open(disk->context, beside, true, &writer->file);
    if (code != 0)
        return disk_failed(writer, code);
    int verdict = write_all(writer, state, info);
    disk->close(writer->file);
    if (verdict == 0) {
        code = disk->rename(disk->context, beside, writer->path);
        verdict = code == 0 ? 0 : disk_failed(writer, code);
    }
    if (verdict != 0)
        disk->remove(disk->context, beside); /* or it stays: the next snapshot writes over it */
    return verdict;
}

int snapshot_write(struct state *state, const struct disk *disk, const char *path,
                   struct snapshot_info *info, char error[STORE_ERROR_SIZE])
{
    char beside[DISK_PATH_SIZE];
    if (snprintf(beside, sizeof beside, "%s.part", path) >= (int)sizeof beside)
        return snapshot_failed(path, "cannot write", "the path is too long", error);
    struct snapshot_writer writer = {.disk = disk, .path = path, .error = error};
    writer.plain = malloc(SNAPSHOT_CHUNK_BYTES_MAX);
    writer.packed = malloc(SNAPSHOT_CHUNK_HEADER_BYTES + SNAPSHOT_PACKED_BYTES_MAX);
    int code = writer.plain != NULL && writer.packed != NULL
                   ? write_beside(&writer, state, beside, info)
                   : snapshot_failed(path, "cannot write", "no memory", error);
    free(writer.packed);
    free(writer.plain);
    return code;
}
