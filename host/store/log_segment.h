/* SPDX-License-Identifier: Apache-2.0 */
/* One segment of a record log: a file of records, named by the number of its first, and an index of
 * where they begin. The index of a closed segment stands in a file beside it ("SIDX", first record,
 * number of records, end, offsets, CRC-32C; u32 all); lost or damaged, it is made anew by walking
 * from header to header. */
#ifndef HOST_STORE_LOG_SEGMENT_H
#define HOST_STORE_LOG_SEGMENT_H

#include "host/store/record_log.h"

/* Where a log lives. */
struct log_folder {
    struct disk disk;
    char path[DISK_PATH_SIZE];
};
#define LOG_FILE_CHARS_MAX 32u /* of a name in it, with the slash */

struct log_segment {
    const struct log_folder *folder;
    uint32_t first;
    uint32_t count;         /* of records; known without the index, too */
    struct disk_file *file; /* NULL: not loaded, and nothing below is valid */
    uint32_t end;           /* where the next record goes, bytes */
    uint32_t *offsets;      /* of each record */
    size_t offset_capacity;
};

/* Where a record is put together. Kept from one to the next, since fetching fresh memory from the
 * system takes longer than writing the record. Starts as all zeros; the owner frees the bytes. */
struct log_buffer {
    uint8_t *bytes;
    size_t room;
};

/* All that return an int return 0, or -1 with a text, if nothing else is said. */

/* ------------------------------------------------------------------ the file: log_segment.c */
/* Opens the file, or makes it; no records are known yet. */
int log_segment_open(struct log_segment *segment, bool create, char error[STORE_ERROR_SIZE]);
void log_segment_unload(struct log_segment *segment);
int log_segment_sync(const struct log_segment *segment, char error[STORE_ERROR_SIZE]);
/* Keeps `count` records. Durable. */
int log_segment_truncate(struct log_segment *segment, uint32_t count, char error[STORE_ERROR_SIZE]);
/* Removes the files. Durable. */
int log_segment_remove(struct log_segment *segment, char error[STORE_ERROR_SIZE]);

/* Writes a record behind the last; it is not one of the segment's before log_segment_take. */
int log_segment_write(const struct log_segment *segment, struct bytes payload,
                      struct log_buffer *buffer, char error[STORE_ERROR_SIZE]);
/* False when memory is out. */
bool log_segment_take(struct log_segment *segment, size_t payload_bytes);
/* The payload is the caller's to free. */
int log_segment_read(const struct log_segment *segment, uint32_t number, struct bytes *payload,
                     char error[STORE_ERROR_SIZE]);

/* ------------------------------------------------------------------ its records: log_scan.c */
/* Finds the records of an open segment. Up to number `trusted` they were synced: their headers are
 * checked, and damage is an error. Those behind count as far as they are whole, payloads included.
 * Looks at no record behind `limit`. *torn: something stands behind the last record found. */
int log_segment_scan(struct log_segment *segment, uint32_t trusted, uint32_t limit, bool *torn,
                     char error[STORE_ERROR_SIZE]);
/* Whether a whole record with a later number stands anywhere behind the last one found. 1, 0, or
 * -1. */
int log_segment_has_more(const struct log_segment *segment, char error[STORE_ERROR_SIZE]);

/* ------------------------------------------------------------------ its index: log_index.c */
/* Opens a closed segment of `count` records, with its index. */
int log_segment_load(struct log_segment *segment, char error[STORE_ERROR_SIZE]);
/* Whether the index's file is there, and fits `count`; its content is checked by load. */
bool log_segment_has_index(const struct log_segment *segment);
/* Durable, both. */
int log_segment_write_index(const struct log_segment *segment, char error[STORE_ERROR_SIZE]);
int log_segment_remove_index(const struct log_segment *segment, char error[STORE_ERROR_SIZE]);

/* ------------------------------------------------------------------ for these three files */
void log_segment_path(const struct log_segment *segment, const char *suffix,
                      char path[DISK_PATH_SIZE]);
/* Say what failed, with the disk's -errno; that memory is out; what is damaged. Return -1. */
int log_segment_failed(const struct log_segment *segment, const char *what, int code,
                       char error[STORE_ERROR_SIZE]);
int log_segment_no_memory(char error[STORE_ERROR_SIZE]);
int log_segment_damaged(const struct log_segment *segment, uint32_t number, uint64_t offset,
                        const char *what, char error[STORE_ERROR_SIZE]);
/* Reads `bytes` bytes, all of them. 1: read; 0: the file ends before; -1. */
int log_segment_bytes(const struct log_segment *segment, void *out, size_t bytes, uint64_t offset,
                      char error[STORE_ERROR_SIZE]);
/* Payload and trailer of a record, checked, in memory that the caller frees. 1; 0: not whole; -1.
 */
int log_segment_payload(const struct log_segment *segment, uint32_t number, uint64_t offset,
                        uint32_t payload_bytes, uint8_t **payload, char error[STORE_ERROR_SIZE]);

#endif
