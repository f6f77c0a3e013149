// SPDX-License-Identifier: Apache-2.0
/* Record logs of any bytes: opened, read, appended to, opened again; every end is a whole log or an
 * error. A byte of the input says how its rest becomes files; the checksums of one kind are made
 * right, so that what stands behind them is reached. */
#include "host/store/crc32c.h"
#include "host/store/record_log.h"
#include "tests/unit/check.h"
#include "tests/unit/store_disk.h"

#define RECORD_MAGIC 0x43455253u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void put_file(struct store_disk *disk, const char *path, const uint8_t *data, size_t bytes)
{
    struct disk seam = store_disk_seam(disk);
    struct disk_file *file;
    CHECK_EQ(seam.open(seam.context, path, true, &file), 0);
    CHECK_EQ(seam.write(file, data, bytes, 0), 0);
    CHECK_EQ(seam.sync(file), 0);
    seam.close(file);
}

/* Records as the input tells them: number, bytes, payload, with magic and checksums around it. */
static void put_records(struct store_disk *disk, const char *path, struct reader *input)
{
    static uint8_t out[1u << 16];
    struct writer writer = writer_of(out, sizeof out);
    while (reader_left(input) > 3 && !writer.failed) {
        uint32_t number = read_u16(input);
        size_t bytes = read_u8(input);
        if (bytes > reader_left(input))
            bytes = reader_left(input);
        struct bytes payload = read_view(input, bytes);
        uint8_t *start = writer.next;
        write_u32(&writer, RECORD_MAGIC);
        write_u32(&writer, number);
        write_u32(&writer, (uint32_t)bytes);
        if (writer.failed)
            break;
        write_u32(&writer, crc32c(0, start, 12));
        write_copy(&writer, payload.data, payload.size);
        write_u32(&writer, crc32c(crc32c(0, start + 4, 4), payload.data, payload.size));
    }
    put_file(disk, path, out, writer_size(&writer));
}

/* Up to four files: which one, how many bytes, the bytes. */
static void put_files(struct store_disk *disk, struct reader *input)
{
    static const char *const paths[4] = {"log/0000000001.log", "log/0000000003.log",
                                         "log/0000000001.index", "log/synced"};
    for (unsigned i = 0; i < 4 && reader_left(input) > 3; i++) {
        const char *path = paths[read_u8(input) % 4];
        size_t bytes = read_u16(input);
        if (bytes > reader_left(input))
            bytes = reader_left(input);
        struct bytes content = read_view(input, bytes);
        put_file(disk, path, content.data, content.size);
    }
}

static struct record_log *open_log(struct store_disk *disk)
{
    struct record_log *log;
    char error[STORE_ERROR_SIZE] = "";
    struct disk seam = store_disk_seam(disk);
    if (record_log_open(&seam, "log", 1, &log, error) == 0)
        return log;
    CHECK(error[0] != '\0');
    return NULL;
}

static void read_all(struct record_log *log)
{
    char error[STORE_ERROR_SIZE];
    uint32_t first = record_log_first(log), last = record_log_last(log);
    for (uint32_t number = first; number <= last && number - first < 100; number++) {
        struct bytes payload;
        if (record_log_read(log, number, &payload, error) == 0)
            free((void *)(uintptr_t)payload.data);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    char error[STORE_ERROR_SIZE];
    struct store_disk *disk = store_disk_create();
    struct reader input = reader_of(data, bytes);
    if (read_u8(&input) % 2 == 0)
        put_files(disk, &input);
    else
        put_records(disk, "log/0000000001.log", &input);
    struct record_log *log = open_log(disk);
    if (log != NULL) {
        uint32_t last = record_log_last(log);
        read_all(log);
        CHECK_EQ(record_log_append(log, (struct bytes){data, bytes}, error), 0);
        CHECK_EQ(record_log_sync(log, error), 0);
        record_log_close(log);
        log = open_log(disk);
        CHECK(log != NULL);
        CHECK_EQ(record_log_last(log), last + 1);
        record_log_close(log);
    }
    store_disk_destroy(disk);
    return 0;
}
