/* SPDX-License-Identifier: Apache-2.0 */
/* Up to which record a log is durable: a file of two slots, written in turn, so that a torn write
 * leaves the one before. A slot is: magic, sequence (u64), first and last durable record (u32 each;
 * first > last: none), CRC-32C of all that. */
#ifndef HOST_STORE_LOG_MARK_H
#define HOST_STORE_LOG_MARK_H

#include "host/store/disk.h"

struct log_mark {
    struct disk disk;
    struct disk_file *file;
    uint64_t sequence; /* of the last slot written; 0: there is none */
    uint32_t first, synced;
};

/* Opens the file, or makes it with no slot: mark->sequence is 0, also when both slots are damaged.
 * 0 or -errno. */
int log_mark_open(struct log_mark *mark, const struct disk *disk, const char *path);
void log_mark_close(struct log_mark *mark); /* one that was never opened, all zeros, is allowed */
/* Durable when it returns 0; otherwise -errno. */
int log_mark_set(struct log_mark *mark, uint32_t first, uint32_t synced);

#endif
