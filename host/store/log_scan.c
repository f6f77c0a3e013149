// SPDX-License-Identifier: Apache-2.0
/* Finding the records of a segment. */
#include <stdlib.h>

#include "host/store/log_record.h"
#include "host/store/log_segment.h"

#define WINDOW_BYTES 65536u /* that a search for records reads at once */

/* Whether a record with this number begins at `offset` and ends within the file; `check_payload`:
 * and is whole. 1, 0, -1. */
static int record_at(const struct log_segment *segment, uint32_t number, uint64_t offset,
                     uint64_t file_bytes, bool check_payload, uint32_t *payload_bytes,
                     char error[STORE_ERROR_SIZE])
{
    uint8_t header[LOG_HEADER_BYTES];
    uint32_t found_number;
    int found = log_segment_bytes(segment, header, sizeof header, offset, error);
    if (found != 1)
        return found;
    if (!log_record_header_read(header, &found_number, payload_bytes) || found_number != number ||
        offset + log_record_bytes(*payload_bytes) > file_bytes)
        return 0;
    if (!check_payload)
        return 1;
    uint8_t *payload;
    found = log_segment_payload(segment, number, offset, *payload_bytes, &payload, error);
    if (found == 1)
        free(payload);
    return found;
}

int log_segment_scan(struct log_segment *segment, uint32_t trusted, uint32_t limit, bool *torn,
                     char error[STORE_ERROR_SIZE])
{
    int64_t file_bytes = segment->folder->disk.size(segment->file);
    if (file_bytes < 0)
        return log_segment_failed(segment, "read", (int)file_bytes, error);
    segment->count = 0;
    segment->end = 0;
    while (segment->end < (uint64_t)file_bytes) {
        uint32_t number = segment->first + segment->count, payload_bytes;
        if (number < segment->first || number > limit)
            break;
        int found = record_at(segment, number, segment->end, (uint64_t)file_bytes, number > trusted,
                              &payload_bytes, error);
        if (found < 0)
            return -1;
        if (found == 0 && number <= trusted)
            return log_segment_damaged(segment, number, segment->end, "no whole record there",
                                       error);
        if (found == 0 || segment->end + log_record_bytes(payload_bytes) > UINT32_MAX)
            break;
        if (!log_segment_take(segment, payload_bytes))
            return log_segment_no_memory(error);
    }
    *torn = segment->end < (uint64_t)file_bytes;
    return 0;
}

/* A whole record of a later number anywhere in the window, of which the first `starts` bytes are
 * looked at as beginnings. 1, 0, -1. */
static int search_window(const struct log_segment *segment, const uint8_t *window, size_t starts,
                         uint64_t offset, uint64_t file_bytes, char error[STORE_ERROR_SIZE])
{
    uint32_t last = segment->first + segment->count - 1;
    for (size_t i = 0; i < starts; i++) {
        uint32_t number, payload_bytes;
        if (!log_record_header_read(window + i, &number, &payload_bytes) || number <= last)
            continue;
        int found = record_at(segment, number, offset + i, file_bytes, true, &payload_bytes, error);
        if (found != 0)
            return found;
    }
    return 0;
}

int log_segment_has_more(const struct log_segment *segment, char error[STORE_ERROR_SIZE])
{
    int64_t file_bytes = segment->folder->disk.size(segment->file);
    if (file_bytes < 0)
        return log_segment_failed(segment, "read", (int)file_bytes, error);
    uint8_t *window = malloc(WINDOW_BYTES);
    if (window == NULL)
        return log_segment_no_memory(error);
    int found = 0;
    for (uint64_t offset = segment->end; found == 0;
         offset += WINDOW_BYTES - LOG_HEADER_BYTES + 1) {
        ssize_t count = segment->folder->disk.read(segment->file, window, WINDOW_BYTES, offset);
        if (count < 0)
            found = log_segment_failed(segment, "read", (int)count, error);
        if (count < (ssize_t)LOG_HEADER_BYTES)
            break;
        found = search_window(segment, window, (size_t)count - LOG_HEADER_BYTES + 1, offset,
                              (uint64_t)file_bytes, error);
    }
    free(window);
    return found;
}
