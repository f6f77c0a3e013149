// SPDX-License-Identifier: Apache-2.0
/* Snapshots of any bytes. A byte of the input says whether its rest is the file, or the rows of one
 * whose checksums are right; what verifies must load, and come out the same. */
#include "host/store/snapshot.h"
#include "tests/unit/check.h"
#include "tests/unit/store_disk.h"
#include "tests/unit/store_snapshot_file.h"

#define PATH "snapshot"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

/* As many rows, and the state hash, as a file with these rows needs to be accepted; what the rows
 * are is judged by the code under test. */
static void fill_header(struct snapshot_file *file)
{
    struct state_sum sum = {{0}};
    struct reader reader = reader_of(file->plain.data, file->plain.size);
    while (!reader_done(&reader) && !reader.failed) {
        size_t key_bytes = read_u16(&reader), value_bytes = read_u32(&reader);
        struct bytes key = read_view(&reader, key_bytes), value = read_view(&reader, value_bytes);
        if (reader.failed || key.size > ROW_KEY_BYTES_MAX)
            break;
        state_sum_add(&sum, key, value);
        file->rows++;
    }
    state_sum_hash(&sum, file->state_hash);
}

static size_t make_file(const uint8_t *data, size_t bytes, uint8_t out[SNAPSHOT_FILE_BYTES_MAX])
{
    struct snapshot_file file = {.version = 1};
    if (bytes > SNAPSHOT_FILE_BYTES_MAX / 2)
        bytes = SNAPSHOT_FILE_BYTES_MAX / 2;
    if (bytes != 0 && data[0] % 2 != 0) {
        file.plain = (struct bytes){data + 1, bytes - 1};
        fill_header(&file);
        return snapshot_file_write(&file, out);
    }
    if (bytes > 1)
        memcpy(out, data + 1, bytes - 1);
    return bytes > 1 ? bytes - 1 : 0;
}

static void load(const struct disk *disk, const struct snapshot_info *verified)
{
    char error[STORE_ERROR_SIZE];
    struct row_store store;
    struct state *state;
    struct snapshot_info info;
    CHECK_EQ(row_store_memory(&store, error), 0);
    CHECK_EQ(snapshot_load(disk, PATH, &store, &info, error), 0);
    CHECK_EQ(state_open(&store, &state, error), 0);
    CHECK_EQ(state_verify(state, NULL, NULL, error), 0);
    CHECK_EQ(snapshot_write(state, disk, "again", &info, error), 0);
    CHECK_MEM(info.state_hash, verified->state_hash, sizeof info.state_hash);
    CHECK_EQ(info.rows, verified->rows);
    state_close(state);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static uint8_t content[SNAPSHOT_FILE_BYTES_MAX];
    char error[STORE_ERROR_SIZE] = "";
    struct snapshot_info info;
    struct store_disk *disk = store_disk_create();
    struct disk seam = store_disk_seam(disk);
    struct disk_file *file;
    size_t size = make_file(data, bytes, content);
    CHECK_EQ(seam.open(seam.context, PATH, true, &file), 0);
    CHECK_EQ(seam.write(file, content, size, 0), 0);
    seam.close(file);
    if (snapshot_verify(&seam, PATH, &info, error) == 0)
        load(&seam, &info);
    else
        CHECK(strncmp(error, "snapshot " PATH ": ", 19) == 0);
    store_disk_destroy(disk);
    return 0;
}
