// SPDX-License-Identifier: Apache-2.0
/* Snapshots: written, loaded, damaged in every way, and made by hand. */
#include "host/store/snapshot.h"
#include "tests/unit/check.h"
#include "tests/unit/store_disk.h"
#include "tests/unit/store_folder.h"
#include "tests/unit/store_snapshot_file.h"

#define PATH        "state.snapshot"
#define STORE_BYTES (64u << 20)

static char error[STORE_ERROR_SIZE];

/* ------------------------------------------------------------------ states */

static struct state *open_memory(void)
{
    struct row_store store;
    struct state *state;
    CHECK_EQ(row_store_memory(&store, error), 0);
    CHECK_EQ(state_open(&store, &state, error), 0);
    return state;
}

static void put_row(struct state *state, unsigned row, unsigned round, size_t value_bytes)
{
    static uint8_t value[ROW_VALUE_BYTES_MAX];
    uint8_t key[24] = {'k', (uint8_t)(row >> 16), (uint8_t)(row >> 8), (uint8_t)row};
    struct store_random random = {.state = row * 1000u + round};
    for (size_t i = 0; i < value_bytes; i++)
        value[i] = (uint8_t)random_u64(&random);
    state_put(state, (struct bytes){key, 4 + row % 20}, (struct bytes){value, value_bytes});
}

static void checkpoint(struct state *state, uint32_t height, uint8_t hash[32])
{
    static const uint8_t block_id[32] = {1}, chain_id[32] = {2};
    state_seal(state, hash);
    state_retire(state);
    state_checkpoint_begin(state, height, block_id, chain_id);
    CHECK_EQ(state_checkpoint_write(state, error), 0);
    CHECK_EQ(state_checkpoint_end(state, error), 0);
    CHECK(state_failed(state) == NULL);
}

/* Rows 0 to count - 1, with values of up to `value_bytes`, in one of two ways that end the same. */
static struct state *state_with_rows(unsigned count, size_t value_bytes, bool detour,
                                     uint8_t hash[32])
{
    struct state *state = open_memory();
    if (detour) {
        state_push(state);
        for (unsigned row = 0; row < count + 7; row += 3)
            put_row(state, row, 1, 17);
        checkpoint(state, 3, hash);
    }
    state_push(state);
    for (unsigned i = 0; i < count; i++) {
        unsigned row = detour ? count - 1 - i : i;
        put_row(state, row, 0, row % (value_bytes + 1));
    }
    for (unsigned row = count; row < count + 7; row++) {
        uint8_t key[24] = {'k', (uint8_t)(row >> 16), (uint8_t)(row >> 8), (uint8_t)row};
        state_erase(state, (struct bytes){key, 4 + row % 20});
    }
    checkpoint(state, 5, hash);
    return state;
}

/* A snapshot of such a state on a disk of its own. */
static struct store_disk *disk_with_snapshot(unsigned count, size_t value_bytes, bool detour,
                                             struct snapshot_info *info)
{
    uint8_t hash[32];
    struct store_disk *disk = store_disk_create();
    struct disk seam = store_disk_seam(disk);
    struct state *state = state_with_rows(count, value_bytes, detour, hash);
    CHECK_EQ(snapshot_write(state, &seam, PATH, info, error), 0);
    CHECK_EQ(info->rows, count);
    CHECK_EQ(info->height, 5);
    CHECK_MEM(info->state_hash, hash, sizeof hash);
    state_close(state);
    return disk;
}

static bool same_file(struct store_disk *a, struct store_disk *b)
{
    size_t a_bytes, b_bytes;
    const uint8_t *a_content = store_disk_content(a, PATH, &a_bytes);
    const uint8_t *b_content = store_disk_content(b, PATH, &b_bytes);
    return a_bytes == b_bytes && memcmp(a_content, b_content, a_bytes) == 0;
}

static void check_info(const struct snapshot_info *a, const struct snapshot_info *b)
{
    CHECK_EQ(a->height, b->height);
    CHECK_EQ(a->rows, b->rows);
    CHECK_MEM(a->block_id, b->block_id, sizeof a->block_id);
    CHECK_MEM(a->chain_id, b->chain_id, sizeof a->chain_id);
    CHECK_MEM(a->state_hash, b->state_hash, sizeof a->state_hash);
}

/* ------------------------------------------------------------------ plain use */

static void load_and_write_again(struct store_disk *disk, const struct row_store *store,
                                 const struct snapshot_info *written)
{
    struct disk seam = store_disk_seam(disk);
    struct store_disk *other = store_disk_create();
    struct disk other_seam = store_disk_seam(other);
    struct snapshot_info info;
    struct state *state;
    uint8_t hash[32];
    CHECK_EQ(snapshot_load(&seam, PATH, store, &info, error), 0);
    check_info(&info, written);
    CHECK_EQ(snapshot_load(&seam, PATH, store, &info, error), -1);
    CHECK(strstr(error, "there is a state already") != NULL);
    CHECK_EQ(state_open(store, &state, error), 0);
    CHECK_EQ(state_checkpointed(state)->height, info.height);
    CHECK_MEM(state_checkpointed(state)->block_id, info.block_id, 32);
    CHECK_MEM(state_checkpointed(state)->chain_id, info.chain_id, 32);
    CHECK_EQ(state_verify(state, NULL, NULL, error), 0);
    CHECK_EQ(snapshot_write(state, &other_seam, PATH, &info, error), 0);
    CHECK(same_file(disk, other));
    state_push(state);
    state_seal(state, hash);
    CHECK_MEM(hash, info.state_hash, sizeof hash);
    state_close(state);
    store_disk_destroy(other);
}

static void a_snapshot_brings_the_state_back(void)
{
    struct snapshot_info info;
    struct store_disk *disk = disk_with_snapshot(2000, 900, false, &info);
    struct disk seam = store_disk_seam(disk);
    struct snapshot_info verified;
    CHECK_EQ(snapshot_verify(&seam, PATH, &verified, error), 0);
    check_info(&verified, &info);
    struct row_store store;
    CHECK_EQ(row_store_memory(&store, error), 0);
    load_and_write_again(disk, &store, &info);
    char folder[FOLDER_PATH_SIZE];
    folder_make(folder);
    CHECK_EQ(row_store_lmdb(folder, STORE_BYTES, &store, error), 0);
    load_and_write_again(disk, &store, &info);
    folder_remove(folder);
    store_disk_destroy(disk);
}

static void the_same_state_gives_the_same_bytes(void)
{
    struct snapshot_info info;
    struct store_disk *straight = disk_with_snapshot(300, 5000, false, &info);
    struct store_disk *detour = disk_with_snapshot(300, 5000, true, &info);
    CHECK(same_file(straight, detour));
    store_disk_destroy(detour);
    store_disk_destroy(straight);
}

static void the_longest_rows_fit(void)
{
    uint8_t hash[32];
    struct snapshot_info info;
    struct store_disk *disk = store_disk_create();
    struct disk seam = store_disk_seam(disk);
    struct state *state = open_memory();
    state_push(state);
    put_row(state, 1, 0, (256u << 10) - 100); /* leaves the chunk just open */
    for (unsigned row = 2; row < 5; row++)
        put_row(state, row, 0, ROW_VALUE_BYTES_MAX);
    checkpoint(state, 5, hash);
    CHECK_EQ(snapshot_write(state, &seam, PATH, &info, error), 0);
    CHECK_EQ(snapshot_verify(&seam, PATH, &info, error), 0);
    CHECK_EQ(info.rows, 4);
    state_close(state);
    store_disk_destroy(disk);
}

static void no_checkpoint_no_snapshot(void)
{
    struct snapshot_info info;
    struct store_disk *disk = store_disk_create();
    struct disk seam = store_disk_seam(disk);
    struct state *state = open_memory();
    CHECK_EQ(snapshot_write(state, &seam, PATH, &info, error), -1);
    CHECK(strstr(error, "no checkpoint") != NULL);
    CHECK(store_disk_name(disk, 0) == NULL);
    CHECK_EQ(snapshot_verify(&seam, PATH, &info, error), -1);
    state_close(state);
    store_disk_destroy(disk);
}

/* ------------------------------------------------------------------ damage */

static void every_flipped_bit_is_refused(void)
{
    struct snapshot_info info;
    struct store_disk *disk = disk_with_snapshot(12, 60, false, &info);
    struct disk seam = store_disk_seam(disk);
    size_t bytes;
    uint8_t *content = store_disk_content(disk, PATH, &bytes);
    for (size_t bit = 0; bit < 8 * bytes; bit++) {
        content[bit / 8] ^= (uint8_t)(1u << bit % 8);
        CHECK_EQ(snapshot_verify(&seam, PATH, &info, error), -1);
        content[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    CHECK_EQ(snapshot_verify(&seam, PATH, &info, error), 0);
    store_disk_destroy(disk);
}

static void every_other_length_is_refused(void)
{
    struct snapshot_info info;
    struct store_disk *disk = disk_with_snapshot(12, 60, false, &info);
    size_t bytes;
    store_disk_content(disk, PATH, &bytes);
    for (size_t size = 0; size <= bytes + 40; size++) {
        struct store_disk *copy = store_disk_copy(disk);
        struct disk seam = store_disk_seam(copy);
        store_disk_set_size(copy, PATH, size);
        CHECK_EQ(snapshot_verify(&seam, PATH, &info, error), size == bytes ? 0 : -1);
        store_disk_destroy(copy);
    }
    store_disk_destroy(disk);
}

/* What a failed load leaves is no state, and no obstacle to the next load. */
static void a_load_that_fails_leaves_no_state(void)
{
    struct snapshot_info info;
    struct store_disk *disk = disk_with_snapshot(40000, 20, false, &info);
    struct store_disk *smaller = disk_with_snapshot(100, 20, false, &info);
    struct disk seam = store_disk_seam(disk), smaller_seam = store_disk_seam(smaller);
    size_t bytes;
    uint8_t *content = store_disk_content(disk, PATH, &bytes);
    struct row_store store;
    struct state *state;
    char folder[FOLDER_PATH_SIZE];
    folder_make(folder);
    CHECK_EQ(row_store_lmdb(folder, STORE_BYTES, &store, error), 0);
    content[bytes - 1] ^= 1;
    CHECK_EQ(snapshot_load(&seam, PATH, &store, &info, error), -1);
    CHECK_EQ(state_open(&store, &state, error), -1);
    CHECK(strstr(error, "not loaded to its end") != NULL);
    CHECK_EQ(row_store_lmdb(folder, STORE_BYTES, &store, error), 0);
    CHECK_EQ(snapshot_load(&smaller_seam, PATH, &store, &info, error), 0);
    CHECK_EQ(state_open(&store, &state, error), 0);
    CHECK_EQ(state_verify(state, NULL, NULL, error), 0);
    state_close(state);
    folder_remove(folder);
    store_disk_destroy(smaller);
    store_disk_destroy(disk);
}

/* Under its name there is always a whole snapshot: the old one or the new one. */
static void a_crash_leaves_the_old_or_the_new(void)
{
    struct store_random random = {.state = 1};
    uint8_t hash[32];
    struct snapshot_info info;
    struct store_disk *disk = disk_with_snapshot(12, 60, false, &info);
    struct state *state = state_with_rows(30, 60, false, hash);
    unsigned changes = 0;
    for (int code = -1; code != 0; changes++) {
        struct store_disk *copy = store_disk_copy(disk);
        struct disk seam = store_disk_seam(copy);
        store_disk_die_after(copy, changes);
        code = snapshot_write(state, &seam, PATH, &info, error);
        store_disk_crash(copy, CRASH_SUBSET, &random);
        CHECK_EQ(snapshot_verify(&seam, PATH, &info, error), 0);
        CHECK(code != 0 ? info.rows == 12 || info.rows == 30 : info.rows == 30);
        CHECK_EQ(snapshot_write(state, &seam, PATH, &info, error), 0);
        CHECK_EQ(snapshot_verify(&seam, PATH, &info, error), 0);
        store_disk_destroy(copy);
    }
    CHECK(changes > 5);
    state_close(state);
    store_disk_destroy(disk);
}

static void what_an_earlier_write_left_is_written_over(void)
{
    static const uint8_t junk[100000] = {1};
    uint8_t hash[32];
    struct snapshot_info info;
    struct store_disk *disk = store_disk_create();
    struct disk seam = store_disk_seam(disk);
    struct disk_file *file;
    struct state *state = state_with_rows(30, 60, false, hash);
    CHECK_EQ(seam.open(seam.context, PATH ".part", true, &file), 0);
    CHECK_EQ(seam.write(file, junk, sizeof junk, 0), 0);
    seam.close(file);
    CHECK_EQ(snapshot_write(state, &seam, PATH, &info, error), 0);
    CHECK_EQ(snapshot_verify(&seam, PATH, &info, error), 0);
    CHECK(store_disk_name(disk, 1) == NULL);
    state_close(state);
    store_disk_destroy(disk);
}

/* ------------------------------------------------------------------ made by hand */

/* The text of the refusal must have `why` in it; NULL: it is accepted. */
static void expect(const struct snapshot_file *file, const char *why)
{
    static uint8_t bytes[SNAPSHOT_FILE_BYTES_MAX];
    struct snapshot_info info;
    struct store_disk *disk = store_disk_create();
    struct disk seam = store_disk_seam(disk);
    struct disk_file *handle;
    size_t size = snapshot_file_write(file, bytes);
    CHECK_EQ(seam.open(seam.context, PATH, true, &handle), 0);
    CHECK_EQ(seam.write(handle, bytes, size, 0), 0);
    seam.close(handle);
    CHECK_EQ(snapshot_verify(&seam, PATH, &info, error), why == NULL ? 0 : -1);
    CHECK(why == NULL || strstr(error, why) != NULL);
    store_disk_destroy(disk);
}

static void files_that_lie_are_refused(void)
{
    static const uint8_t rows[] = "\1\0\2\0\0\0axy\2\0\0\0\0\0bc";
    static const uint8_t swapped[] = "\2\0\0\0\0\0bc\1\0\2\0\0\0axy";
    static const uint8_t twice[] = "\1\0\0\0\0\0a\1\0\0\0\0\0a";
    static const uint8_t no_key[] = "\0\0\1\0\0\0x";
    static const uint8_t mark[] = "\1\0\1\0\0\0\0x";
    static const uint8_t huge[] = "\1\0\1\0\20\0a";
    struct snapshot_file file = {.version = 1, .rows = 2, .plain = {rows, sizeof rows - 1}};
    struct state_sum sum = {{0}};
    state_sum_add(&sum, (struct bytes){(const uint8_t *)"a", 1},
                  (struct bytes){(const uint8_t *)"xy", 2});
    state_sum_add(&sum, (struct bytes){(const uint8_t *)"bc", 2}, (struct bytes){NULL, 0});
    state_sum_hash(&sum, file.state_hash);
    expect(&file, NULL);
    file.rows = 3;
    expect(&file, "not as many rows");
    file.rows = 2;
    file.version = 2;
    expect(&file, "another version");
    file.version = 1;
    file.plain = (struct bytes){swapped, sizeof swapped - 1};
    expect(&file, "out of order");
    file.plain = (struct bytes){twice, sizeof twice - 1};
    expect(&file, "out of order");
    file.plain = (struct bytes){no_key, sizeof no_key - 1};
    expect(&file, "no state has");
    file.plain = (struct bytes){mark, sizeof mark - 1};
    expect(&file, "no state has");
    file.plain = (struct bytes){huge, sizeof huge - 1};
    expect(&file, "behind its chunk");
    file.plain = (struct bytes){rows, sizeof rows - 2};
    expect(&file, "behind its chunk");
    file.plain = (struct bytes){rows, sizeof rows - 1};
    file.state_hash[31] ^= 1;
    expect(&file, "state hash");
    file.rows = 0;
    file.plain.size = 0;
    memset(&sum, 0, sizeof sum);
    state_sum_hash(&sum, file.state_hash);
    expect(&file, NULL);
}

int main(void)
{
    RUN(a_snapshot_brings_the_state_back);
    RUN(the_same_state_gives_the_same_bytes);
    RUN(the_longest_rows_fit);
    RUN(no_checkpoint_no_snapshot);
    RUN(every_flipped_bit_is_refused);
    RUN(every_other_length_is_refused);
    RUN(a_load_that_fails_leaves_no_state);
    RUN(a_crash_leaves_the_old_or_the_new);
    RUN(what_an_earlier_write_left_is_written_over);
    RUN(files_that_lie_are_refused);
    return 0;
}
