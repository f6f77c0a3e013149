// SPDX-License-Identifier: Apache-2.0
#include "host/store/log_record.h"

#include <assert.h>

#include "host/store/crc32c.h"

#define MAGIC 0x43455253u /* "SREC" */

void log_record_header_write(uint8_t header[LOG_HEADER_BYTES], uint32_t number,
                             uint32_t payload_bytes)
{
    struct writer writer = writer_of(header, LOG_HEADER_BYTES);
    write_u32(&writer, MAGIC);
    write_u32(&writer, number);
    write_u32(&writer, payload_bytes);
    write_u32(&writer, crc32c(0, header, writer_size(&writer)));
    assert(!writer.failed);
}

bool log_record_header_read(const uint8_t header[LOG_HEADER_BYTES], uint32_t *number,
                            uint32_t *payload_bytes)
{
    struct reader reader = reader_of(header, LOG_HEADER_BYTES);
    bool magic = read_u32(&reader) == MAGIC;
    *number = read_u32(&reader);
    *payload_bytes = read_u32(&reader);
    return read_u32(&reader) == crc32c(0, header, LOG_HEADER_BYTES - 4) && magic &&
           *payload_bytes <= RECORD_BYTES_MAX;
}

uint32_t log_record_checksum(uint32_t number, const void *payload, size_t bytes)
{
    uint8_t prefix[4];
    struct writer writer = writer_of(prefix, sizeof prefix);
    write_u32(&writer, number);
    return crc32c(crc32c(0, prefix, sizeof prefix), payload, bytes);
}

bool log_record_whole(uint32_t number, const uint8_t *payload, size_t bytes)
{
    struct reader reader = reader_of(payload + bytes, LOG_TRAILER_BYTES);
    return read_u32(&reader) == log_record_checksum(number, payload, bytes);
}
