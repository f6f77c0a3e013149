// SPDX-License-Identifier: Apache-2.0
/* What may run in several threads does: a log that is read and synced while it grows and shrinks,
 * and a state that is checkpointed, verified and written as a snapshot while blocks change it.
 * Under ThreadSanitizer, too. */
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "host/store/record_log.h"
#include "host/store/snapshot.h"
#include "tests/unit/check.h"
#include "tests/unit/store_folder.h"
#include "tests/unit/store_random.h"

#define READERS       2u
#define LOG_STEPS     2000u
#define SEGMENT_BYTES 2000u
#define BLOCKS        400u
#define ROWS          200u

static atomic_bool stop;

/* ------------------------------------------------------------------ a log */

/* A record begins with its number; truncated and appended anew, it may end differently. */
static void *read_log(void *user)
{
    struct record_log *log = user;
    struct store_random random = {.state = (uint64_t)(uintptr_t)&random};
    while (!stop) {
        char error[STORE_ERROR_SIZE];
        struct bytes payload;
        uint32_t last = record_log_last(log);
        if (last == 0 ||
            record_log_read(log, 1 + random_below(&random, last), &payload, error) != 0)
            continue; /* gone in between */
        CHECK_EQ(payload.size, 8);
        uint32_t number[2];
        memcpy(number, payload.data, sizeof number);
        CHECK_EQ(number[0] ^ number[1], 0x5a5a5a5a);
        free((void *)(uintptr_t)payload.data);
    }
    return NULL;
}

static void *sync_log(void *user)
{
    char error[STORE_ERROR_SIZE];
    while (!stop) {
        CHECK_EQ(record_log_sync(user, error), 0);
        usleep(500); /* locks are not fair: without a pause no truncate would get in */
    }
    return NULL;
}

static void change_log(struct record_log *log)
{
    struct store_random random = {.state = 1};
    char error[STORE_ERROR_SIZE];
    for (unsigned i = 0; i < LOG_STEPS; i++) {
        uint32_t last = record_log_last(log), number[2] = {last + 1, (last + 1) ^ 0x5a5a5a5a};
        if (random_below(&random, 150) == 0)
            CHECK_EQ(record_log_truncate(log, last - random_below(&random, last + 1), error), 0);
        else
            CHECK_EQ(record_log_append(log, (struct bytes){(const uint8_t *)number, sizeof number},
                                       error),
                     0);
    }
}

static void a_log_is_read_and_synced_while_it_changes(void)
{
    char folder[FOLDER_PATH_SIZE], error[STORE_ERROR_SIZE];
    struct disk disk = disk_posix();
    struct record_log *log;
    pthread_t threads[READERS + 1];
    folder_make(folder);
    CHECK_EQ(record_log_open(&disk, folder, 1, &log, error), 0);
    record_log_set_segment_bytes(log, SEGMENT_BYTES);
    stop = false;
    for (unsigned i = 0; i <= READERS; i++)
        CHECK_EQ(pthread_create(&threads[i], NULL, i < READERS ? read_log : sync_log, log), 0);
    change_log(log);
    stop = true;
    for (unsigned i = 0; i <= READERS; i++)
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
    CHECK_EQ(record_log_sync(log, error), 0);
    CHECK_EQ(record_log_synced(log), record_log_last(log));
    CHECK_EQ(record_log_verify(log, NULL, NULL, error), 0);
    record_log_close(log);
    folder_remove(folder);
}

/* ------------------------------------------------------------------ a state */

enum phase { IDLE, BEGUN, WRITTEN };

struct shared_state {
    struct state *state;
    char folder[FOLDER_PATH_SIZE];
    _Atomic enum phase checkpoint;
};

static void *write_checkpoints(void *user)
{
    struct shared_state *shared = user;
    char error[STORE_ERROR_SIZE];
    while (!stop) {
        if (shared->checkpoint != BEGUN)
            continue;
        CHECK_EQ(state_checkpoint_write(shared->state, error), 0);
        shared->checkpoint = WRITTEN;
    }
    return NULL;
}

static void *verify_state(void *user)
{
    struct shared_state *shared = user;
    char error[STORE_ERROR_SIZE];
    while (!stop)
        CHECK_EQ(state_verify(shared->state, NULL, NULL, error), 0);
    return NULL;
}

static void *write_snapshots(void *user)
{
    struct shared_state *shared = user;
    struct disk disk = disk_posix();
    char error[STORE_ERROR_SIZE], path[FOLDER_PATH_SIZE + 16];
    snprintf(path, sizeof path, "%s/snapshot", shared->folder);
    while (!stop) {
        struct snapshot_info info;
        if (snapshot_write(shared->state, &disk, path, &info, error) == 0)
            CHECK_EQ(snapshot_verify(&disk, path, &info, error), 0);
        else
            CHECK(strstr(error, "no checkpoint yet") != NULL);
    }
    return NULL;
}

static void run_block(struct shared_state *shared, uint32_t height)
{
    struct store_random random = {.state = height};
    uint8_t hash[32];
    state_push(shared->state);
    for (unsigned i = 0; i < 20; i++) {
        uint8_t key[2] = {'k', (uint8_t)random_below(&random, ROWS)}, value[40] = {0};
        struct bytes found;
        memcpy(value, &height, sizeof height);
        if (state_get(shared->state, (struct bytes){key, 2}, &found) && i % 4 == 0)
            state_erase(shared->state, (struct bytes){key, 2});
        else
            state_put(shared->state, (struct bytes){key, 2}, (struct bytes){value, sizeof value});
    }
    state_seal(shared->state, hash);
    if (height > 3)
        state_retire(shared->state);
}

static void run_blocks(struct shared_state *shared)
{
    static const uint8_t id[32] = {1};
    char error[STORE_ERROR_SIZE];
    for (uint32_t height = 1; height <= BLOCKS; height++) {
        run_block(shared, height);
        if (height > 3 && shared->checkpoint == IDLE) {
            state_checkpoint_begin(shared->state, height - 3, id, id);
            shared->checkpoint = BEGUN;
        } else if (shared->checkpoint == WRITTEN) {
            CHECK_EQ(state_checkpoint_end(shared->state, error), 0);
            shared->checkpoint = IDLE;
        }
    }
    while (shared->checkpoint == BEGUN)
        ;
}

static void a_state_changes_while_it_is_written_and_verified(void)
{
    static void *(*const work[3])(void *) = {write_checkpoints, verify_state, write_snapshots};
    struct shared_state shared = {.state = NULL};
    struct row_store store;
    char error[STORE_ERROR_SIZE];
    pthread_t threads[3];
    folder_make(shared.folder);
    CHECK_EQ(row_store_memory(&store, error), 0);
    CHECK_EQ(state_open(&store, &shared.state, error), 0);
    stop = false;
    for (unsigned i = 0; i < 3; i++)
        CHECK_EQ(pthread_create(&threads[i], NULL, work[i], &shared), 0);
    run_blocks(&shared);
    stop = true;
    for (unsigned i = 0; i < 3; i++)
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
    CHECK(state_failed(shared.state) == NULL);
    if (shared.checkpoint == WRITTEN)
        CHECK_EQ(state_checkpoint_end(shared.state, error), 0);
    CHECK(state_checkpointed(shared.state)->height > 0);
    state_close(shared.state);
    folder_remove(shared.folder);
}

int main(void)
{
    RUN(a_log_is_read_and_synced_while_it_changes);
    RUN(a_state_changes_while_it_is_written_and_verified);
    return 0;
}
