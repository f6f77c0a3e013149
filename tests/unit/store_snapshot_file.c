// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/store_snapshot_file.h"

#include <openssl/sha.h>
#include <string.h>
#include <zlib.h>

#include "host/store/crc32c.h"
#include "tests/unit/check.h"

static void write_chunk(struct writer *writer, struct bytes plain)
{
    static uint8_t packed[SNAPSHOT_FILE_BYTES_MAX];
    uLongf bytes = sizeof packed;
    CHECK_EQ(compress(packed, &bytes, plain.data, plain.size), Z_OK);
    write_u32(writer, (uint32_t)plain.size);
    write_u32(writer, (uint32_t)bytes);
    write_u32(writer, crc32c(0, packed, bytes));
    write_copy(writer, packed, bytes);
}

size_t snapshot_file_write(const struct snapshot_file *file, uint8_t out[SNAPSHOT_FILE_BYTES_MAX])
{
    static const uint8_t chain_id[32] = {2}, block_id[32] = {1}, end[12];
    struct writer writer = writer_of(out, SNAPSHOT_FILE_BYTES_MAX);
    write_copy(&writer, "SNAPSTAT", 8);
    write_u32(&writer, file->version);
    write_copy(&writer, chain_id, sizeof chain_id);
    write_u32(&writer, 5); /* height */
    write_copy(&writer, block_id, sizeof block_id);
    write_copy(&writer, file->state_hash, sizeof file->state_hash);
    write_u64(&writer, file->rows);
    if (file->plain.size != 0)
        write_chunk(&writer, file->plain);
    write_copy(&writer, end, sizeof end);
    uint8_t digest[32];
    SHA256(out, writer_size(&writer), digest);
    write_copy(&writer, digest, sizeof digest);
    CHECK(!writer.failed);
    return writer_size(&writer);
}
