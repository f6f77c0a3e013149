// SPDX-License-Identifier: Apache-2.0
#include <assert.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "host/store/crc32c.h"
#include "host/store/snapshot_format.h"

struct snapshot_reader {
    const struct disk *disk;
    const char *path;
    struct disk_file *file;
    uint64_t offset; /* how far it is read, bytes */
    EVP_MD_CTX *digest;
    uint8_t *plain, *packed; /* a chunk */
    struct snapshot_info info;
    uint64_t rows;
    struct state_sum sum;
    uint8_t last_key[ROW_KEY_BYTES_MAX];
    size_t last_key_bytes;
    snapshot_row row;
    void *user;
    char *error;
};

static int refuse(const struct snapshot_reader *reader, const char *what)
{
    char place[64];
    snprintf(place, sizeof place, "refused at byte %llu", (unsigned long long)reader->offset);
    return snapshot_failed(reader->path, place, what, reader->error);
}

static int read_exactly(struct snapshot_reader *reader, void *out, size_t bytes)
{
    ssize_t count = reader->disk->read(reader->file, out, bytes, reader->offset);
    if (count < 0)
        return snapshot_failed(reader->path, "cannot read", strerror((int)-count), reader->error);
    if (count != (ssize_t)bytes)
        return refuse(reader, "the file ends too early");
    reader->offset += bytes;
    return 0;
}

/* Reads what the digest at the end is of. */
static int take(struct snapshot_reader *reader, void *out, size_t bytes)
{
    if (read_exactly(reader, out, bytes) != 0)
        return -1;
    if (EVP_DigestUpdate(reader->digest, out, bytes) != 1)
        return snapshot_failed(reader->path, "cannot digest", "OpenSSL", reader->error);
    return 0;
}

/* ------------------------------------------------------------------ header, rows, chunks */

static int read_header(struct snapshot_reader *reader)
{
    uint8_t in[SNAPSHOT_HEADER_BYTES];
    if (take(reader, in, sizeof in) != 0)
        return -1;
    struct snapshot_info *info = &reader->info;
    struct reader header = reader_of(in + SNAPSHOT_MAGIC_BYTES, sizeof in - SNAPSHOT_MAGIC_BYTES);
    uint32_t version = read_u32(&header);
    if (memcmp(in, SNAPSHOT_MAGIC, SNAPSHOT_MAGIC_BYTES) != 0)
        return refuse(reader, "this is no snapshot");
    if (version != SNAPSHOT_VERSION)
        return refuse(reader, "written by another version, in a format that is not known here");
    read_copy(&header, info->chain_id, sizeof info->chain_id);
    info->height = read_u32(&header);
    read_copy(&header, info->block_id, sizeof info->block_id);
    read_copy(&header, info->state_hash, sizeof info->state_hash);
    info->rows = read_u64(&header);
    assert(reader_done(&header));
    return 0;
}

static int read_row(struct snapshot_reader *reader, struct reader *chunk)
{
    size_t key_bytes = read_u16(chunk), value_bytes = read_u32(chunk);
    struct bytes key = read_view(chunk, key_bytes), value = read_view(chunk, value_bytes);
    struct bytes last = {reader->last_key, reader->last_key_bytes};
    if (chunk->failed)
        return refuse(reader, "a row ends behind its chunk");
    if (key.size == 0 || key.size > ROW_KEY_BYTES_MAX || value.size > ROW_VALUE_BYTES_MAX ||
        state_mark_is_key(key))
        return refuse(reader, "a row that no state has");
    if (bytes_compare(last, key) >= 0)
        return refuse(reader, "rows out of order");
    memcpy(reader->last_key, key.data, key.size);
    reader->last_key_bytes = key.size;
    reader->rows++;
    state_sum_add(&reader->sum, key, value);
    return reader->row(reader->user, key, value, reader->error);
}

static int read_rows(struct snapshot_reader *reader, size_t plain_bytes, size_t packed_bytes)
{
    uLongf bytes = plain_bytes;
    uLong used = packed_bytes;
    if (uncompress2(reader->plain, &bytes, reader->packed, &used) != Z_OK || bytes != plain_bytes ||
        used != packed_bytes)
        return refuse(reader, "a chunk that does not unpack");
    struct reader chunk = reader_of(reader->plain, plain_bytes);
    while (!reader_done(&chunk)) {
        if (read_row(reader, &chunk) != 0)
            return -1;
    }
    return 0;
}

/* 1: a chunk; 0: the end; -1. */
static int read_chunk(struct snapshot_reader *reader)
{
    uint8_t in[SNAPSHOT_CHUNK_HEADER_BYTES];
    if (take(reader, in, sizeof in) != 0)
        return -1;
    struct reader header = reader_of(in, sizeof in);
    uint32_t plain_bytes = read_u32(&header), packed_bytes = read_u32(&header);
    uint32_t checksum = read_u32(&header);
    if (plain_bytes == 0 && packed_bytes == 0 && checksum == 0)
        return 0;
    if (plain_bytes == 0 || plain_bytes > SNAPSHOT_CHUNK_BYTES_MAX ||
        packed_bytes > SNAPSHOT_PACKED_BYTES_MAX)
        return refuse(reader, "a chunk of a size that none has");
    if (take(reader, reader->packed, packed_bytes) != 0)
        return -1;
    if (crc32c(0, reader->packed, packed_bytes) != checksum)
        return refuse(reader, "a damaged chunk");
    return read_rows(reader, plain_bytes, packed_bytes) == 0 ? 1 : -1;
}

/* ------------------------------------------------------------------ the whole file */

static int check_digest(struct snapshot_reader *reader)
{
    uint8_t digest[SNAPSHOT_DIGEST_BYTES], stored[SNAPSHOT_DIGEST_BYTES];
    if (EVP_DigestFinal_ex(reader->digest, digest, NULL) != 1)
        return snapshot_failed(reader->path, "cannot digest", "OpenSSL", reader->error);
    if (read_exactly(reader, stored, sizeof stored) != 0)
        return -1;
    if (memcmp(digest, stored, sizeof digest) != 0)
        return refuse(reader, "the digest does not match: the file is damaged");
    if (reader->disk->size(reader->file) != (int64_t)reader->offset)
        return refuse(reader, "something stands behind the end");
    return 0;
}

static int read_file(struct snapshot_reader *reader)
{
    uint8_t hash[32];
    int more;
    if (EVP_DigestInit_ex2(reader->digest, EVP_sha256(), NULL) != 1)
        return snapshot_failed(reader->path, "cannot digest", "OpenSSL", reader->error);
    if (read_header(reader) != 0)
        return -1;
    while ((more = read_chunk(reader)) > 0)
        ;
    if (more < 0 || check_digest(reader) != 0)
        return -1;
    state_sum_hash(&reader->sum, hash);
    if (reader->rows != reader->info.rows)
        return refuse(reader, "not as many rows as its header says");
    if (memcmp(hash, reader->info.state_hash, sizeof hash) != 0)
        return refuse(reader, "the rows do not have the state hash of its header");
    return 0;
}

static int read_snapshot(struct snapshot_reader *reader)
{
    const struct disk *disk = reader->disk;
    int code = disk->open(disk->context, reader->path, false, &reader->file);
    if (code != 0)
        return snapshot_failed(reader->path, "cannot open", strerror(-code), reader->error);
    reader->digest = EVP_MD_CTX_new();
    reader->plain = malloc(SNAPSHOT_CHUNK_BYTES_MAX);
    reader->packed = malloc(SNAPSHOT_PACKED_BYTES_MAX);
    if (reader->digest != NULL && reader->plain != NULL && reader->packed != NULL)
        code = read_file(reader);
    else
        code = snapshot_failed(reader->path, "cannot read", "no memory", reader->error);
    free(reader->packed);
    free(reader->plain);
    EVP_MD_CTX_free(reader->digest);
    disk->close(reader->file);
    return code;
}

int snapshot_read(const struct disk *disk, const char *path, snapshot_row row, void *user,
                  struct snapshot_info *info, struct state_sum *sum, char error[STORE_ERROR_SIZE])
{
    struct snapshot_reader reader = {
        .disk = disk, .path = path, .row = row, .user = user, .error = error};
    if (read_snapshot(&reader) != 0)
        return -1;
    *info = reader.info;
    *sum = reader.sum;
    return 0;
}

static int ignore_row(void *user, struct bytes key, struct bytes value, char *error)
{
    (void)user, (void)key, (void)value, (void)error;
    return 0;
}

int snapshot_verify(const struct disk *disk, const char *path, struct snapshot_info *info,
                    char error[STORE_ERROR_SIZE])
{
    struct state_sum sum;
    return snapshot_read(disk, path, ignore_row, NULL, info, &sum, error);
}
