// SPDX-License-Identifier: Apache-2.0
/* Record logs on a disk that crashes, dies, fills up and flips bits. */
#include "host/store/crc32c.h"
#include "host/store/record_log.h"
#include "tests/unit/check.h"
#include "tests/unit/store_disk.h"
#include "tests/unit/store_folder.h"

#define SEGMENT_BYTES 300u
#define FIRST         7u
#define RECORDS_MAX   400u

static char error[STORE_ERROR_SIZE];

/* ------------------------------------------------------------------ records */

/* The payload is its id, written out. */
static struct bytes payload_of(uint32_t id)
{
    static uint8_t buffer[128];
    struct store_random random = {.state = id};
    size_t bytes = random_below(&random, 100);
    for (size_t i = 0; i < bytes; i++)
        buffer[i] = (uint8_t)random_u64(&random);
    return (struct bytes){buffer, bytes};
}

/* 0: what was appended; -1: an error. Anything else ends the test. */
static int read_record(struct record_log *log, uint32_t number, uint32_t id)
{
    struct bytes payload, expected = payload_of(id);
    if (record_log_read(log, number, &payload, error) != 0)
        return -1;
    CHECK_EQ(payload.size, expected.size);
    CHECK(payload.size == 0 || memcmp(payload.data, expected.data, payload.size) == 0);
    free((void *)(uintptr_t)payload.data);
    return 0;
}

static struct record_log *open_log(struct store_disk *disk)
{
    struct record_log *log = NULL;
    struct disk seam = store_disk_seam(disk);
    if (record_log_open(&seam, "log", FIRST, &log, error) != 0)
        return NULL;
    record_log_set_segment_bytes(log, SEGMENT_BYTES);
    return log;
}

static void append(struct record_log *log, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        CHECK_EQ(record_log_append(log, payload_of(record_log_last(log) + 1), error), 0);
}

static void check_all(struct record_log *log, uint32_t first, uint32_t last)
{
    CHECK_EQ(record_log_first(log), first);
    CHECK_EQ(record_log_last(log), last);
    for (uint32_t number = first; number <= last; number++)
        CHECK_EQ(read_record(log, number, number), 0);
    CHECK_EQ(record_log_verify(log, NULL, NULL, error), 0);
}

/* A log of several segments, synced, of records FIRST to FIRST + count - 1. */
static struct store_disk *disk_with_log(unsigned count)
{
    struct store_disk *disk = store_disk_create();
    struct record_log *log = open_log(disk);
    CHECK(log != NULL);
    append(log, count);
    CHECK_EQ(record_log_sync(log, error), 0);
    record_log_close(log);
    return disk;
}

/* ------------------------------------------------------------------ plain use */

static void checksum_is_crc32c(void)
{
    /* RFC 3720, B.4 */
    uint8_t bytes[32];
    CHECK_EQ(crc32c(0, "123456789", 9), 0xe3069283u);
    memset(bytes, 0, sizeof bytes);
    CHECK_EQ(crc32c(0, bytes, sizeof bytes), 0x8a9136aau);
    memset(bytes, 0xff, sizeof bytes);
    CHECK_EQ(crc32c(0, bytes, sizeof bytes), 0x62a8ab43u);
    struct store_random random = {.state = 1};
    for (unsigned i = 0; i < 2000; i++) {
        uint8_t data[80];
        size_t size = random_below(&random, sizeof data), cut = random_below(&random, 80);
        for (size_t k = 0; k < sizeof data; k++)
            data[k] = (uint8_t)random_u64(&random);
        uint32_t whole = crc32c(0, data, size);
        CHECK_EQ(crc32c_portable(0, data, size), whole);
        if (cut <= size)
            CHECK_EQ(crc32c(crc32c_portable(0, data, cut), data + cut, size - cut), whole);
    }
}

static void records_come_back(void)
{
    struct store_disk *disk = store_disk_create();
    struct record_log *log = open_log(disk);
    CHECK(log != NULL);
    check_all(log, FIRST, FIRST - 1);
    CHECK_EQ(record_log_synced(log), FIRST - 1);
    append(log, 60);
    check_all(log, FIRST, FIRST + 59);
    CHECK_EQ(record_log_synced(log), FIRST - 1);
    CHECK_EQ(record_log_sync(log, error), 0);
    CHECK_EQ(record_log_synced(log), FIRST + 59);
    CHECK_EQ(read_record(log, FIRST - 1, 0), -1);
    CHECK_EQ(read_record(log, FIRST + 60, 0), -1);
    record_log_close(log);
    log = open_log(disk);
    CHECK(log != NULL);
    check_all(log, FIRST, FIRST + 59);
    append(log, 5);
    check_all(log, FIRST, FIRST + 64);
    record_log_close(log);
    store_disk_destroy(disk);
}

static void records_come_back_from_this_machine(void)
{
    char folder[FOLDER_PATH_SIZE], path[FOLDER_PATH_SIZE + 8];
    struct disk disk = disk_posix();
    struct record_log *log;
    folder_make(folder);
    snprintf(path, sizeof path, "%s/log", folder);
    for (uint32_t last = FIRST - 1; last < FIRST + 599; last += 200) {
        CHECK_EQ(record_log_open(&disk, path, FIRST, &log, error), 0);
        record_log_set_segment_bytes(log, SEGMENT_BYTES);
        check_all(log, FIRST, last);
        append(log, 200);
        CHECK_EQ(record_log_sync(log, error), 0);
        check_all(log, FIRST, last + 200);
        for (uint32_t number = FIRST; number <= last + 200; number += 60)
            CHECK_EQ(read_record(log, number, number), 0);
        record_log_close(log);
    }
    folder_remove(folder);
}

static void an_empty_log_begins_where_it_is_told(void)
{
    struct store_disk *disk = store_disk_create();
    struct disk seam = store_disk_seam(disk);
    struct record_log *log;
    for (uint32_t first = 5; first < 100; first += 45) {
        CHECK_EQ(record_log_open(&seam, "log", first, &log, error), 0);
        CHECK_EQ(record_log_first(log), first);
        CHECK_EQ(record_log_last(log), first - 1);
        record_log_close(log);
    }
    CHECK_EQ(record_log_open(&seam, "log", FIRST, &log, error), 0);
    append(log, 1);
    record_log_close(log);
    CHECK_EQ(record_log_open(&seam, "log", 50, &log, error), 0);
    check_all(log, FIRST, FIRST);
    record_log_close(log);
    store_disk_destroy(disk);
}

static void truncation_lasts(void)
{
    for (uint32_t last = FIRST - 1; last < FIRST + 60; last += 3) {
        struct store_disk *disk = disk_with_log(60);
        struct record_log *log = open_log(disk);
        CHECK(log != NULL);
        CHECK_EQ(record_log_truncate(log, last, error), 0);
        CHECK_EQ(record_log_synced(log), last);
        check_all(log, FIRST, last);
        record_log_close(log);
        log = open_log(disk);
        CHECK(log != NULL);
        check_all(log, FIRST, last);
        append(log, 30);
        check_all(log, FIRST, last + 30);
        record_log_close(log);
        store_disk_destroy(disk);
    }
}

/* ------------------------------------------------------------------ crashes */

/* What the test knows of the log: ids of the records, of which those up to `synced` were promised.
 * A truncate that did not end well may have gone down to `may_end_at`. */
struct history {
    uint32_t ids[RECORDS_MAX];
    unsigned count, synced, may_end_at;
    uint32_t next_id;
    struct store_random random;
};

/* False when the disk has died. */
static bool random_step(struct history *history, struct record_log *log)
{
    unsigned kind = random_below(&history->random, 12);
    if (kind == 0) {
        unsigned keep = random_below(&history->random, history->count + 1);
        history->may_end_at = keep;
        if (history->synced > keep)
            history->synced = keep;
        if (record_log_truncate(log, FIRST + keep - 1, error) != 0)
            return false;
        history->count = keep;
    } else if (kind <= 3) {
        if (record_log_sync(log, error) != 0)
            return false;
        history->synced = history->count;
    } else if (history->count < RECORDS_MAX) {
        history->ids[history->count] = history->next_id++;
        if (record_log_append(log, payload_of(history->ids[history->count]), error) != 0)
            return false;
        history->count++;
    }
    history->may_end_at = history->count;
    CHECK_EQ(record_log_last(log), FIRST + history->count - 1);
    CHECK_EQ(record_log_synced(log), FIRST + history->synced - 1);
    return true;
}

static void check_after_crash(struct history *history, struct record_log *log)
{
    unsigned count = record_log_last(log) + 1 - FIRST;
    CHECK_EQ(record_log_first(log), FIRST);
    CHECK(count >= history->synced && count <= history->count);
    CHECK_EQ(record_log_synced(log), record_log_last(log));
    for (unsigned i = 0; i < count; i++)
        CHECK_EQ(read_record(log, FIRST + i, history->ids[i]), 0);
    history->count = history->synced = history->may_end_at = count;
}

static void run_crashes(uint64_t seed, enum store_disk_crash crash)
{
    struct history history = {.next_id = 1, .random = {.state = seed}};
    struct store_disk *disk = store_disk_create();
    for (unsigned life = 0; life < 12; life++) {
        struct record_log *log = open_log(disk);
        if (log == NULL)
            printf("# seed %llu, life %u: %s\n", (unsigned long long)seed, life, error);
        CHECK(log != NULL);
        check_after_crash(&history, log);
        store_disk_die_after(disk, 1 + random_below(&history.random, 60));
        while (random_step(&history, log))
            ;
        record_log_close(log);
        /* An append under way may have come through. */
        if (history.count < RECORDS_MAX && history.may_end_at == history.count)
            history.count++;
        store_disk_crash(disk, crash, &history.random);
    }
    store_disk_destroy(disk);
}

static void synced_records_survive_crashes(void)
{
    for (uint64_t seed = 1; seed <= 400; seed++) {
        run_crashes(seed, CRASH_PREFIX);
        run_crashes(seed, CRASH_SUBSET);
    }
}

/* Also while the log is being made or opened. */
static void a_crash_at_any_change(void)
{
    struct store_random random = {.state = 1};
    for (unsigned changes = 0; changes < 100; changes++) {
        struct store_disk *disk = store_disk_create();
        store_disk_die_after(disk, changes);
        struct record_log *log = open_log(disk);
        for (unsigned i = 0; log != NULL && i < 20; i++) {
            if (record_log_append(log, payload_of(FIRST + i), error) != 0)
                break;
        }
        record_log_close(log);
        store_disk_crash(disk, CRASH_SUBSET, &random);
        store_disk_die_after(disk, random_below(&random, 8));
        record_log_close(open_log(disk));
        store_disk_crash(disk, CRASH_SUBSET, &random);
        log = open_log(disk);
        CHECK(log != NULL);
        check_all(log, FIRST, record_log_last(log));
        record_log_close(log);
        store_disk_destroy(disk);
    }
}

/* ------------------------------------------------------------------ damage */

/* Opens and reads all: true when the log is as it was, false when the damage was reported. */
static bool whole_or_reported(struct store_disk *disk, unsigned count)
{
    struct record_log *log = open_log(disk);
    if (log == NULL) {
        CHECK(strncmp(error, "log", 3) == 0);
        return false;
    }
    bool whole = true;
    CHECK_EQ(record_log_first(log), FIRST);
    CHECK_EQ(record_log_last(log), FIRST + count - 1);
    for (uint32_t number = FIRST; number < FIRST + count; number++) {
        if (read_record(log, number, number) != 0) {
            char place[40];
            snprintf(place, sizeof place, "record %u at byte ", number);
            CHECK(strstr(error, place) != NULL && strstr(error, "log/00000000") != NULL);
            whole = false;
        }
    }
    record_log_close(log);
    return whole;
}

static void flip_everywhere(const struct store_disk *disk, unsigned count)
{
    const char *path;
    for (unsigned file = 0; (path = store_disk_name(disk, file)) != NULL; file++) {
        bool is_segment = strstr(path, ".log") != NULL;
        size_t bytes;
        store_disk_content((struct store_disk *)(uintptr_t)disk, path, &bytes);
        for (size_t i = 0; i < bytes; i++) {
            struct store_disk *copy = store_disk_copy(disk);
            store_disk_content(copy, path, &bytes)[i] ^= (uint8_t)(1u << i % 8);
            bool whole = whole_or_reported(copy, count);
            CHECK(whole != is_segment);
            store_disk_destroy(copy);
        }
    }
}

static void every_flipped_bit_is_found(void)
{
    struct store_disk *disk = disk_with_log(15);
    flip_everywhere(disk, 15);
    store_disk_destroy(disk);
}

/* Then only records behind the damage tell it from a crash: the last record may go. */
static void damage_is_found_without_the_mark(void)
{
    struct store_disk *disk = disk_with_log(12);
    struct disk seam = store_disk_seam(disk);
    size_t bytes, last_bytes;
    CHECK_EQ(seam.remove(seam.context, "log/synced"), 0);
    struct store_disk *copy = store_disk_copy(disk);
    CHECK(whole_or_reported(copy, 12));
    store_disk_destroy(copy);
    struct record_log *log = open_log(disk);
    CHECK(log != NULL);
    CHECK_EQ(record_log_truncate(log, FIRST + 10, error), 0);
    record_log_close(log);
    const char *path = "log/0000000007.log";
    store_disk_content(disk, path, &bytes);
    CHECK_EQ(seam.remove(seam.context, "log/synced"), 0);
    last_bytes = 20 + payload_of(FIRST + 10).size;
    for (unsigned file = 0; (path = store_disk_name(disk, file)) != NULL; file++) {
        if (strstr(path, ".log") == NULL)
            continue;
        store_disk_content(disk, path, &bytes);
        bool last = store_disk_name(disk, file + 1) == NULL;
        for (size_t i = 0; i < (last ? bytes - last_bytes : bytes); i++) {
            copy = store_disk_copy(disk);
            store_disk_content(copy, path, &bytes)[i] ^= 0x10;
            CHECK(!whole_or_reported(copy, 11));
            store_disk_destroy(copy);
        }
    }
    store_disk_destroy(disk);
}

/* A file that is shorter than it was. */
static void a_cut_file_is_found(void)
{
    struct store_disk *disk = disk_with_log(15);
    const char *path;
    for (unsigned file = 0; (path = store_disk_name(disk, file)) != NULL; file++) {
        size_t bytes, ignored;
        store_disk_content(disk, path, &bytes);
        for (size_t size = 0; size < bytes; size++) {
            struct store_disk *copy = store_disk_copy(disk);
            store_disk_content(copy, path, &ignored);
            store_disk_set_size(copy, path, size);
            bool whole = whole_or_reported(copy, 15);
            CHECK(whole != (strstr(path, ".log") != NULL));
            store_disk_destroy(copy);
        }
    }
    store_disk_destroy(disk);
}

static void a_missing_file_is_found(void)
{
    struct store_disk *disk = disk_with_log(40);
    const char *path;
    for (unsigned file = 0; (path = store_disk_name(disk, file)) != NULL; file++) {
        struct store_disk *copy = store_disk_copy(disk);
        struct disk seam = store_disk_seam(copy);
        bool is_segment = strstr(path, ".log") != NULL;
        CHECK_EQ(seam.remove(seam.context, path), 0);
        CHECK(whole_or_reported(copy, 40) != is_segment);
        store_disk_destroy(copy);
    }
    store_disk_destroy(disk);
}

/* The way out that the texts name. */
static void a_damaged_log_can_be_cut(void)
{
    struct store_disk *disk = disk_with_log(40);
    struct disk seam = store_disk_seam(disk);
    const char *path;
    for (unsigned file = 0; (path = store_disk_name(disk, file)) != NULL; file++) {
        if (strstr(path, ".log") == NULL)
            continue;
        struct store_disk *copy = store_disk_copy(disk);
        struct disk copy_seam = store_disk_seam(copy);
        char index[DISK_PATH_SIZE];
        size_t bytes;
        store_disk_content(copy, path, &bytes)[bytes / 2] ^= 1;
        snprintf(index, sizeof index, "%.14s.index", path);
        CHECK_EQ(copy_seam.remove(copy_seam.context, index), 0);
        unsigned last = FIRST + 39, tries = 0;
        while (!whole_or_reported(copy, last + 1 - FIRST)) {
            const char *hint = strstr(error, "--truncate-log ");
            CHECK(hint != NULL && tries++ < 3);
            last = (unsigned)strtoul(hint + 15, NULL, 10);
            CHECK_EQ(record_log_cut(&copy_seam, "log", last, error), 0);
        }
        CHECK(last < FIRST + 39);
        store_disk_destroy(copy);
    }
    CHECK_EQ(record_log_cut(&seam, "log", FIRST + 20, error), 0);
    CHECK(whole_or_reported(disk, 21));
    store_disk_destroy(disk);
}

/* ------------------------------------------------------------------ a disk that fails */

static void a_full_disk_takes_nothing_away(void)
{
    struct store_disk *disk = disk_with_log(5);
    struct record_log *log = open_log(disk);
    CHECK(log != NULL);
    for (unsigned i = 0; i < 30; i++) {
        store_disk_fail_write(disk);
        uint32_t last = record_log_last(log);
        CHECK_EQ(record_log_append(log, payload_of(999), error), -1);
        CHECK(strstr(error, "No space left") != NULL);
        check_all(log, FIRST, last);
        append(log, 1);
    }
    record_log_close(log);
    log = open_log(disk);
    check_all(log, FIRST, FIRST + 34);
    record_log_close(log);
    store_disk_destroy(disk);
}

/* What a failed write left is gone, even if it would pass for the next record. */
static void a_failed_write_leaves_nothing(void)
{
    struct store_disk *other = disk_with_log(2), *disk = disk_with_log(1);
    size_t bytes, first_bytes;
    const char *path = "log/0000000007.log";
    store_disk_content(disk, path, &first_bytes);
    const uint8_t *record = store_disk_content(other, path, &bytes) + first_bytes;
    bytes -= first_bytes; /* of record FIRST + 1 */
    /* The record as it will stand behind record FIRST, whose place the failing write has. */
    struct record_log *log = open_log(disk);
    CHECK_EQ(record_log_truncate(log, FIRST - 1, error), 0);
    uint8_t payload[1024] = {0};
    CHECK(first_bytes - 16 + bytes < sizeof payload / 2 - 16);
    memcpy(payload + first_bytes - 16, record, bytes);
    store_disk_fail_write(disk);
    CHECK_EQ(record_log_append(log, (struct bytes){payload, sizeof payload}, error), -1);
    append(log, 1);
    record_log_close(log);
    log = open_log(disk);
    check_all(log, FIRST, FIRST);
    record_log_close(log);
    store_disk_destroy(disk);
    store_disk_destroy(other);
}

/* After a failed sync nobody knows what is on the disk. */
static void a_failed_sync_ends_it(void)
{
    struct store_disk *disk = disk_with_log(5);
    struct record_log *log = open_log(disk);
    CHECK(log != NULL);
    append(log, 1);
    store_disk_fail_sync(disk);
    CHECK_EQ(record_log_sync(log, error), -1);
    CHECK_EQ(record_log_synced(log), FIRST + 4);
    CHECK_EQ(record_log_sync(log, error), -1);
    CHECK_EQ(record_log_append(log, payload_of(1), error), -1);
    CHECK_EQ(record_log_truncate(log, FIRST, error), -1);
    CHECK_EQ(read_record(log, FIRST + 4, FIRST + 4), 0);
    record_log_close(log);
    store_disk_destroy(disk);
}

int main(void)
{
    RUN(checksum_is_crc32c);
    RUN(records_come_back);
    RUN(records_come_back_from_this_machine);
    RUN(an_empty_log_begins_where_it_is_told);
    RUN(truncation_lasts);
    RUN(synced_records_survive_crashes);
    RUN(a_crash_at_any_change);
    RUN(every_flipped_bit_is_found);
    RUN(damage_is_found_without_the_mark);
    RUN(a_cut_file_is_found);
    RUN(a_missing_file_is_found);
    RUN(a_damaged_log_can_be_cut);
    RUN(a_full_disk_takes_nothing_away);
    RUN(a_failed_write_leaves_nothing);
    RUN(a_failed_sync_ends_it);
    return 0;
}
