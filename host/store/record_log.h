/* SPDX-License-Identifier: Apache-2.0 */
/* An append-only log of numbered records, in segment files of a folder of its own: the block log,
 * which is the truth that everything else can be rebuilt from, and the trace log beside it.
 *
 * A record is: magic (4 bytes), number (u32), payload length (u32), CRC-32C of the 12 bytes before,
 * payload, CRC-32C of number and payload. Numbers rise by one.
 *
 * CRASHES. What record_log_sync has returned for stays, and a small file, written by it in two
 * slots in turn, says how far that is. Behind that, anything may be missing or torn, and was never
 * promised to anybody: on opening, the log is cut at the first record there that is not whole. In
 * front of it, damage is no crash's: it is reported with file, offset and number, and nothing is
 * changed. If that file is lost, a whole record behind the damage tells that it is damage.
 *
 * Opening walks over the headers of the last segment only; payloads of synced records are checked
 * when they are read, all of them by record_log_verify. */
#ifndef HOST_STORE_RECORD_LOG_H
#define HOST_STORE_RECORD_LOG_H

#include "host/base/bytes.h"
#include "host/store/disk.h"

#define RECORD_BYTES_MAX     (64u << 20)
#define RECORD_SEGMENT_BYTES (256u << 20) /* a segment is closed when it has so many */
#define STORE_ERROR_SIZE     512u

struct record_log;

/* Opens or creates the log in `folder`. `first`, at least 1, is the number of the first record if
 * the log is empty (ignored otherwise). 0, or -1 with a text that says what is damaged, where, and
 * how to repair it. */
int record_log_open(const struct disk *disk, const char *folder, uint32_t first,
                    struct record_log **log, char error[STORE_ERROR_SIZE]);
void record_log_close(struct record_log *log); /* does not sync; NULL is allowed */

/* Of the records there are; first > last when the log is empty. */
uint32_t record_log_first(const struct record_log *log);
uint32_t record_log_last(const struct record_log *log);
/* Every record up to this number is durable. */
uint32_t record_log_synced(const struct record_log *log);

/* Appends a record with the number last + 1. Append and truncate: one thread at a time; sync and
 * read: any, also while others append or truncate. */
int record_log_append(struct record_log *log, struct bytes payload, char error[STORE_ERROR_SIZE]);
/* Makes durable what was appended before. When it fails, nobody knows what of it is: the log then
 * takes no more records, and has to be opened anew. */
int record_log_sync(struct record_log *log, char error[STORE_ERROR_SIZE]);
/* Reads a record into memory that the caller frees (payload->data). Checks it. */
int record_log_read(struct record_log *log, uint32_t number, struct bytes *payload,
                    char error[STORE_ERROR_SIZE]);
/* Forgets all records above `last` (a fork left them, or a repair). Durable. */
int record_log_truncate(struct record_log *log, uint32_t last, char error[STORE_ERROR_SIZE]);

/* Reads and checks every record. Progress as records done, each 2^10 of them; NULL is allowed. */
int record_log_verify(struct record_log *log, void (*progress)(void *user, uint32_t records),
                      void *user, char error[STORE_ERROR_SIZE]);
/* Repairs a log that does not open because of a damaged record: forgets it and all behind it, that
 * is, all records above `last`. */
int record_log_cut(const struct disk *disk, const char *folder, uint32_t last,
                   char error[STORE_ERROR_SIZE]);
/* Closes segments at another size than RECORD_SEGMENT_BYTES, 1 to that; for tests. Before others
 * use the log. */
void record_log_set_segment_bytes(struct record_log *log, uint32_t bytes);

#endif
