// SPDX-License-Identifier: Apache-2.0
/* Using a record log that is open. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/store/record_log_core.h"

#define RECORDS_PER_PROGRESS (1u << 10)
#define CLOSED_LOADED_MAX    32u /* closed segments that have their file open at a time */

void record_log_set_segment_bytes(struct record_log *log, uint32_t bytes)
{
    assert(bytes >= 1 && bytes <= RECORD_SEGMENT_BYTES);
    log->segment_bytes = bytes;
}

uint32_t record_log_first(const struct record_log *log)
{
    return log->first;
}

uint32_t record_log_last(const struct record_log *log)
{
    return log->last;
}

uint32_t record_log_synced(const struct record_log *log)
{
    return log->synced;
}

/* ------------------------------------------------------------------ appending */

static int refuse_broken(const struct record_log *log, char error[STORE_ERROR_SIZE])
{
    return record_log_failed(log, "go on",
                             "an earlier write failed; repair the disk and start again", error);
}

/* Closes the last segment, durably, and begins the next. */
static int roll(struct record_log *log, char error[STORE_ERROR_SIZE])
{
    struct log_segment *last = record_log_last_segment(log);
    if (log_segment_sync(last, error) != 0) {
        log->broken = true;
        return -1;
    }
    if (log_segment_write_index(last, error) != 0)
        return -1;
    pthread_rwlock_wrlock(&log->lock);
    int code = record_log_create_segment(log, last->first + last->count, error);
    pthread_rwlock_unlock(&log->lock);
    return code;
}

int record_log_append(struct record_log *log, struct bytes payload, char error[STORE_ERROR_SIZE])
{
    assert(payload.size <= RECORD_BYTES_MAX);
    if (log->broken)
        return refuse_broken(log, error);
    if (log->last == UINT32_MAX)
        return record_log_failed(log, "append", "the numbers of records are used up", error);
    if (record_log_last_segment(log)->end >= log->segment_bytes && roll(log, error) != 0)
        return -1;
    struct log_segment *last = record_log_last_segment(log);
    if (log_segment_write(last, payload, &log->buffer, error) != 0) {
        /* What a failed write left must not be taken for a record later. */
        if (log->folder.disk.truncate(last->file, last->end) != 0)
            log->broken = true;
        return -1;
    }
    pthread_rwlock_wrlock(&log->lock);
    bool taken = log_segment_take(last, payload.size);
    if (taken)
        log->last++;
    pthread_rwlock_unlock(&log->lock);
    return taken ? 0 : record_log_failed(log, "append", "out of memory", error);
}

int record_log_sync(struct record_log *log, char error[STORE_ERROR_SIZE])
{
    if (log->broken)
        return refuse_broken(log, error);
    pthread_mutex_lock(&log->syncing);
    pthread_rwlock_rdlock(&log->lock);
    /* Only truncate could close the file, and it waits. */
    struct log_segment segment = *record_log_last_segment(log);
    uint32_t last = log->last;
    pthread_rwlock_unlock(&log->lock);
    int code = 0;
    if (last != log->synced) {
        code = log_segment_sync(&segment, error);
        if (code != 0)
            log->broken = true;
        else
            code = record_log_set_mark(log, log->first, last, error);
    }
    pthread_mutex_unlock(&log->syncing);
    return code;
}

/* ------------------------------------------------------------------ reading */

static struct log_segment *segment_of(const struct record_log *log, uint32_t number)
{
    size_t low = 0, high = log->segment_count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (log->segments[middle].first <= number)
            low = middle;
        else
            high = middle;
    }
    return &log->segments[low];
}

/* Unloads the first one, if so many closed segments are loaded: who reads a whole log reads it from
 * the front. */
static void make_room(struct record_log *log)
{
    struct log_segment *first = NULL;
    unsigned loaded = 0;
    for (size_t i = 0; i + 1 < log->segment_count; i++) {
        if (log->segments[i].file == NULL)
            continue;
        loaded++;
        if (first == NULL)
            first = &log->segments[i];
    }
    if (loaded >= CLOSED_LOADED_MAX)
        log_segment_unload(first);
}

/* A closed segment is opened when something of it is read. */
static int load_segment_of(struct record_log *log, uint32_t number, char error[STORE_ERROR_SIZE])
{
    int code = 0;
    pthread_rwlock_wrlock(&log->lock);
    struct log_segment *segment = segment_of(log, number);
    if (segment->file == NULL) {
        make_room(log);
        code = log_segment_load(segment, error);
    }
    pthread_rwlock_unlock(&log->lock);
    return code;
}

/* 1: read; 0: its segment has to be loaded; -1. */
static int try_read(struct record_log *log, uint32_t number, struct bytes *payload,
                    char error[STORE_ERROR_SIZE])
{
    pthread_rwlock_rdlock(&log->lock);
    int code = 0;
    const struct log_segment *segment = segment_of(log, number);
    if (number < log->first || number > log->last) {
        snprintf(error, STORE_ERROR_SIZE, "%.300s has no record %u, only %u to %u",
                 log->folder.path, number, log->first, log->last);
        code = -1;
    } else if (segment->file != NULL) {
        code = log_segment_read(segment, number, payload, error) == 0 ? 1 : -1;
    }
    pthread_rwlock_unlock(&log->lock);
    return code;
}

int record_log_read(struct record_log *log, uint32_t number, struct bytes *payload,
                    char error[STORE_ERROR_SIZE])
{
    int code;
    while ((code = try_read(log, number, payload, error)) == 0) {
        if (load_segment_of(log, number, error) != 0)
            return -1;
    }
    return code > 0 ? 0 : -1;
}

int record_log_verify(struct record_log *log, void (*progress)(void *user, uint32_t records),
                      void *user, char error[STORE_ERROR_SIZE])
{
    uint32_t first = log->first, count = log->last - first + 1;
    for (uint32_t done = 0; done < count;) {
        struct bytes payload;
        if (record_log_read(log, first + done, &payload, error) != 0)
            return -1;
        free((void *)(uintptr_t)payload.data);
        done++;
        if (progress != NULL && done % RECORDS_PER_PROGRESS == 0)
            progress(user, done);
    }
    return 0;
}

/* ------------------------------------------------------------------ truncating */

/* Makes the segment with record `last`, or else the first, the last one. Its index, if it was
 * closed, is written anew when it is closed again. */
static int drop_segments(struct record_log *log, uint32_t last, char error[STORE_ERROR_SIZE])
{
    if (record_log_drop_behind(log, last, error) != 0)
        return -1;
    struct log_segment *segment = record_log_last_segment(log);
    return segment->file != NULL ? 0 : log_segment_load(segment, error);
}

static int truncate_locked(struct record_log *log, uint32_t last, char error[STORE_ERROR_SIZE])
{
    pthread_rwlock_wrlock(&log->lock);
    int code = drop_segments(log, last, error);
    if (code == 0) {
        struct log_segment *segment = record_log_last_segment(log);
        log->last = last;
        code = log_segment_truncate(segment, last + 1 - segment->first, error);
    }
    if (code != 0)
        log->broken = true;
    pthread_rwlock_unlock(&log->lock);
    return code;
}

int record_log_truncate(struct record_log *log, uint32_t last, char error[STORE_ERROR_SIZE])
{
    if (log->broken)
        return refuse_broken(log, error);
    if (last >= log->last)
        return 0;
    if (last < log->first - 1)
        last = log->first - 1;
    pthread_mutex_lock(&log->syncing);
    int code = truncate_locked(log, last, error);
    pthread_mutex_unlock(&log->syncing);
    return code;
}
