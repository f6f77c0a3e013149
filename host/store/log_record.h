/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of a record, as record_log.h describes them. */
#ifndef HOST_STORE_LOG_RECORD_H
#define HOST_STORE_LOG_RECORD_H

#include "host/store/record_log.h"

#define LOG_HEADER_BYTES  16u
#define LOG_TRAILER_BYTES 4u

static inline uint64_t log_record_bytes(uint64_t payload_bytes)
{
    return LOG_HEADER_BYTES + payload_bytes + LOG_TRAILER_BYTES;
}

void log_record_header_write(uint8_t header[LOG_HEADER_BYTES], uint32_t number,
                             uint32_t payload_bytes);
/* False when that is no header, or one that is damaged. */
bool log_record_header_read(const uint8_t header[LOG_HEADER_BYTES], uint32_t *number,
                            uint32_t *payload_bytes);
/* Of number and payload. */
uint32_t log_record_checksum(uint32_t number, const void *payload, size_t bytes);
/* Whether the trailer behind `bytes` bytes of payload fits them. */
bool log_record_whole(uint32_t number, const uint8_t *payload, size_t bytes);

#endif
