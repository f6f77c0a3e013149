/* SPDX-License-Identifier: Apache-2.0 */
/* What the two halves of a record log share: opening with its repairs (record_log_open.c), and use
 * (record_log.c). */
#ifndef HOST_STORE_RECORD_LOG_CORE_H
#define HOST_STORE_RECORD_LOG_CORE_H

#include <pthread.h>
#include <stdatomic.h>

#include "host/store/log_mark.h"
#include "host/store/log_segment.h"

#define LOG_MARK_NAME "synced"

struct record_log {
    struct log_folder folder;
    uint32_t segment_bytes;
    /* Held by sync and truncate for as long as they take: of the mark. Comes before `lock`. */
    pthread_mutex_t syncing;
    struct log_mark mark;
    /* Of the segments: shared by who reads, exclusive for who changes. Only append and truncate
     * change them, but for loading one. */
    pthread_rwlock_t lock;
    struct log_segment *segments; /* in order, at least one; all but the last are closed */
    size_t segment_count;
    struct log_buffer buffer; /* of append */
    _Atomic uint32_t first, last, synced;
    atomic_bool broken; /* a sync failed, or a failed write could not be taken back */
};

static inline struct log_segment *record_log_last_segment(const struct record_log *log)
{
    return &log->segments[log->segment_count - 1];
}

/* Each returns 0, or -1 with a text. Those that change segments are called with `lock` held
 * exclusively, or before others know the log. */
int record_log_failed(const struct record_log *log, const char *what, const char *why,
                      char error[STORE_ERROR_SIZE]);
/* With `syncing` held, or before others know the log. */
int record_log_set_mark(struct record_log *log, uint32_t first, uint32_t synced,
                        char error[STORE_ERROR_SIZE]);
/* A new last segment, durable by name. */
int record_log_create_segment(struct record_log *log, uint32_t first, char error[STORE_ERROR_SIZE]);
/* Removes the segments behind `limit`, unread: they may be what is damaged. First the promise goes,
 * then what was promised; the last segments first, so that what remains is a log at any moment. */
int record_log_drop_behind(struct record_log *log, uint32_t limit, char error[STORE_ERROR_SIZE]);

#endif
