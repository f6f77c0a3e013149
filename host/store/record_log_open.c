// SPDX-License-Identifier: Apache-2.0
/* Opening a record log: finding its segments, judging its end, repairing it. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/store/record_log_core.h"

/* ------------------------------------------------------------------ errors */

int record_log_failed(const struct record_log *log, const char *what, const char *why,
                      char error[STORE_ERROR_SIZE])
{
    snprintf(error, STORE_ERROR_SIZE, "%.300s: cannot %s: %s", log->folder.path, what, why);
    return -1;
}

int record_log_set_mark(struct record_log *log, uint32_t first, uint32_t synced,
                        char error[STORE_ERROR_SIZE])
{
    int code = log_mark_set(&log->mark, first, synced);
    if (code != 0) {
        log->broken = true;
        return record_log_failed(log, "write '" LOG_MARK_NAME "'", strerror(-code), error);
    }
    log->synced = synced;
    return 0;
}

/* ------------------------------------------------------------------ opening: the folder */

struct listing {
    struct record_log *log;
    bool failed; /* no memory */
};

static bool add_segment(struct record_log *log, uint32_t first)
{
    size_t bytes = (log->segment_count + 1) * sizeof *log->segments;
    struct log_segment *segments = realloc(log->segments, bytes);
    if (segments == NULL)
        return false;
    log->segments = segments;
    log->segments[log->segment_count++] =
        (struct log_segment){.folder = &log->folder, .first = first};
    return true;
}

/* Takes names of ten digits and ".log"; leaves others alone. */
static void add_name(void *user, const char *name)
{
    struct listing *listing = user;
    char expected[LOG_FILE_CHARS_MAX];
    unsigned long first = strtoul(name, NULL, 10);
    if (first == 0 || first > UINT32_MAX)
        return;
    snprintf(expected, sizeof expected, "%010lu.log", first);
    if (strcmp(name, expected) == 0 && !add_segment(listing->log, (uint32_t)first))
        listing->failed = true;
}

static int compare_segments(const void *a, const void *b)
{
    uint32_t left = ((const struct log_segment *)a)->first;
    uint32_t right = ((const struct log_segment *)b)->first;
    return (left > right) - (left < right);
}

/* Names alone tell how many records a closed segment has. */
static int list_segments(struct record_log *log, char error[STORE_ERROR_SIZE])
{
    const struct disk *disk = &log->folder.disk;
    struct listing listing = {.log = log};
    int code = disk->make_folder(disk->context, log->folder.path);
    if (code == 0)
        code = disk->list(disk->context, log->folder.path, add_name, &listing);
    if (code != 0)
        return record_log_failed(log, "list the folder", strerror(-code), error);
    if (listing.failed)
        return record_log_failed(log, "list the folder", "out of memory", error);
    if (log->segment_count == 0)
        return 0;
    qsort(log->segments, log->segment_count, sizeof *log->segments, compare_segments);
    for (size_t i = 0; i + 1 < log->segment_count; i++)
        log->segments[i].count = log->segments[i + 1].first - log->segments[i].first;
    return 0;
}

static int open_mark(struct record_log *log, char error[STORE_ERROR_SIZE])
{
    char path[DISK_PATH_SIZE];
    snprintf(path, sizeof path, "%.479s/" LOG_MARK_NAME, log->folder.path);
    int code = log_mark_open(&log->mark, &log->folder.disk, path);
    return code == 0 ? 0
                     : record_log_failed(log, "open '" LOG_MARK_NAME "'", strerror(-code), error);
}

/* ------------------------------------------------------------------ opening: the segments */

int record_log_create_segment(struct record_log *log, uint32_t first, char error[STORE_ERROR_SIZE])
{
    if (!add_segment(log, first))
        return record_log_failed(log, "begin a segment", "out of memory", error);
    struct log_segment *segment = record_log_last_segment(log);
    if (log_segment_open(segment, true, error) == 0 && log_segment_truncate(segment, 0, error) == 0)
        return 0;
    log_segment_unload(segment);
    log->segment_count--;
    return -1;
}

static int refuse_missing_files(const struct record_log *log, uint32_t last,
                                char error[STORE_ERROR_SIZE])
{
    snprintf(error, STORE_ERROR_SIZE,
             "%.300s: the files with records %u to %u are missing. Put them back, or remove the "
             "whole folder and fetch the blocks from the other nodes",
             log->folder.path, log->mark.first, last);
    return -1;
}

/* The log has no records, nor had any: the mark is first, so that a log without one is damage. */
static int create_first(struct record_log *log, uint32_t first, char error[STORE_ERROR_SIZE])
{
    if (log->mark.sequence != 0 && log->mark.synced >= log->mark.first)
        return refuse_missing_files(log, log->mark.synced, error);
    return record_log_set_mark(log, first, first - 1, error) == 0
               ? record_log_create_segment(log, first, error)
               : -1;
}

/* A closed segment of which the index is missing is walked through once. */
static int check_closed(struct record_log *log, char error[STORE_ERROR_SIZE])
{
    if (log->mark.sequence != 0 && log->mark.first < log->segments[0].first)
        return refuse_missing_files(log, log->segments[0].first - 1, error);
    for (size_t i = 0; i + 1 < log->segment_count; i++) {
        struct log_segment *segment = &log->segments[i];
        if (log_segment_has_index(segment))
            continue;
        if (log_segment_load(segment, error) != 0)
            return -1;
        log_segment_unload(segment);
    }
    return 0;
}

static int refuse_missing(const struct record_log *log, char error[STORE_ERROR_SIZE])
{
    uint32_t last = record_log_last_segment(log)->first + record_log_last_segment(log)->count - 1;
    snprintf(error, STORE_ERROR_SIZE,
             "%.200s/%010u.log ends behind record %u, but up to %u they were durable. Put the "
             "file back from a copy, or go on without them (snapscaled --truncate-log %u) and "
             "fetch them again from the other nodes",
             log->folder.path, record_log_last_segment(log)->first, last, log->mark.synced, last);
    return -1;
}

/* Nobody knows what was durable: what stands behind the first damage decides. A whole record does
 * not come from a crash. */
static int check_without_mark(const struct record_log *log, char error[STORE_ERROR_SIZE])
{
    const struct log_segment *last = record_log_last_segment(log);
    int more = log_segment_has_more(last, error);
    if (more <= 0)
        return more;
    snprintf(error, STORE_ERROR_SIZE,
             "%.200s/%010u.log: record %u at byte %u is damaged, and there are records behind it. "
             "Put the file back from a copy, or cut the log in front of this record (snapscaled "
             "--truncate-log %u) and fetch what is missing from the other nodes",
             log->folder.path, last->first, last->first + last->count, last->end,
             last->first + last->count - 1);
    return -1;
}

/* Finds the records of the last segment and cuts off what a crash left behind them. `limit`: the
 * last record that is wanted. */
static int recover_last(struct record_log *log, uint32_t limit, char error[STORE_ERROR_SIZE])
{
    struct log_segment *last = record_log_last_segment(log);
    bool marked = log->mark.sequence != 0, torn;
    uint32_t trusted = marked ? log->mark.synced : 0;
    if (log_segment_open(last, false, error) != 0 ||
        log_segment_scan(last, trusted, limit, &torn, error) != 0)
        return -1;
    uint32_t found = last->first + last->count - 1;
    if (found < trusted && found < limit)
        return refuse_missing(log, error);
    if (torn && !marked && found < limit && check_without_mark(log, error) != 0)
        return -1;
    /* It may be in the machine's memory only, if it was the program that ended. */
    if (log_segment_truncate(last, last->count, error) != 0)
        return -1;
    log->first = log->segments[0].first;
    log->last = found;
    return record_log_set_mark(log, log->first, found, error);
}

/* An empty log begins where its owner says. */
static int begin_at(struct record_log *log, uint32_t first, char error[STORE_ERROR_SIZE])
{
    if (log->segment_count == 1 && record_log_last_segment(log)->count == 0 &&
        record_log_last_segment(log)->first != first) {
        if (log_segment_remove(record_log_last_segment(log), error) != 0)
            return -1;
        log->segment_count = 0;
        if (create_first(log, first, error) != 0)
            return -1;
    }
    log->first = log->segments[0].first;
    log->last = record_log_last_segment(log)->first + record_log_last_segment(log)->count - 1;
    return 0;
}

int record_log_drop_behind(struct record_log *log, uint32_t limit, char error[STORE_ERROR_SIZE])
{
    if (log->mark.sequence != 0 && log->mark.synced > limit &&
        record_log_set_mark(log, log->mark.first, limit, error) != 0)
        return -1;
    while (log->segment_count > 1 && record_log_last_segment(log)->first > limit) {
        if (log_segment_remove(record_log_last_segment(log), error) != 0)
            return -1;
        log->segment_count--;
    }
    return 0;
}

static int open_log(struct record_log *log, uint32_t first, uint32_t limit,
                    char error[STORE_ERROR_SIZE])
{
    if (list_segments(log, error) != 0 || open_mark(log, error) != 0 ||
        record_log_drop_behind(log, limit, error) != 0)
        return -1;
    if (log->segment_count == 0) {
        if (create_first(log, first, error) != 0)
            return -1;
    } else if (check_closed(log, error) != 0 || recover_last(log, limit, error) != 0) {
        return -1;
    }
    return begin_at(log, first, error);
}

/* ------------------------------------------------------------------ making and ending */

/* Who appends comes first: readers may be many, and the chain waits for it. */
static bool init_lock(pthread_rwlock_t *lock)
{
    pthread_rwlockattr_t attributes;
    if (pthread_rwlockattr_init(&attributes) != 0)
        return false;
    bool good = pthread_rwlockattr_setkind_np(&attributes,
                                              PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP) == 0 &&
                pthread_rwlock_init(lock, &attributes) == 0;
    pthread_rwlockattr_destroy(&attributes);
    return good;
}

static struct record_log *make_log(const struct disk *disk, const char *folder)
{
    struct record_log *log = calloc(1, sizeof *log);
    if (log == NULL)
        return NULL;
    if (pthread_mutex_init(&log->syncing, NULL) != 0) {
        free(log);
        return NULL;
    }
    if (!init_lock(&log->lock)) {
        pthread_mutex_destroy(&log->syncing);
        free(log);
        return NULL;
    }
    log->folder.disk = *disk;
    snprintf(log->folder.path, sizeof log->folder.path, "%s", folder);
    log->segment_bytes = RECORD_SEGMENT_BYTES;
    return log;
}

static int open_until(const struct disk *disk, const char *folder, uint32_t first, uint32_t limit,
                      struct record_log **out, char error[STORE_ERROR_SIZE])
{
    if (strlen(folder) + LOG_FILE_CHARS_MAX >= DISK_PATH_SIZE) {
        snprintf(error, STORE_ERROR_SIZE, "the path of a record log is too long");
        return -1;
    }
    struct record_log *log = make_log(disk, folder);
    if (log == NULL) {
        snprintf(error, STORE_ERROR_SIZE, "no memory for a record log");
        return -1;
    }
    if (open_log(log, first, limit, error) != 0) {
        record_log_close(log);
        return -1;
    }
    *out = log;
    return 0;
}

int record_log_open(const struct disk *disk, const char *folder, uint32_t first,
                    struct record_log **log, char error[STORE_ERROR_SIZE])
{
    assert(first >= 1);
    return open_until(disk, folder, first, UINT32_MAX, log, error);
}

void record_log_close(struct record_log *log)
{
    if (log == NULL)
        return;
    for (size_t i = 0; i < log->segment_count; i++)
        log_segment_unload(&log->segments[i]);
    free(log->segments);
    log_mark_close(&log->mark);
    pthread_rwlock_destroy(&log->lock);
    pthread_mutex_destroy(&log->syncing);
    free(log->buffer.bytes);
    free(log);
}

int record_log_cut(const struct disk *disk, const char *folder, uint32_t last,
                   char error[STORE_ERROR_SIZE])
{
    struct record_log *log;
    if (open_until(disk, folder, last < UINT32_MAX ? last + 1 : last, last, &log, error) != 0)
        return -1;
    record_log_close(log);
    return 0;
}
