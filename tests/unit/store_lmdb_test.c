// SPDX-License-Identifier: Apache-2.0
/* The state on LMDB: processes that are killed while they write, and files with flipped bits. */
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/store/state.h"
#include "tests/unit/check.h"
#include "tests/unit/store_folder.h"
#include "tests/unit/store_random.h"

#define STORE_BYTES (64u << 20)
#define ROWS        300u
#define KILLS       20u
#define FLIPS       500u

static char error[STORE_ERROR_SIZE];

/* ------------------------------------------------------------------ states that a height tells */

static struct bytes key_of(unsigned row)
{
    static uint8_t key[12];
    memset(key, 'r', sizeof key);
    key[0] = (uint8_t)(row % 7);
    key[10] = (uint8_t)(row >> 8);
    key[11] = (uint8_t)row;
    return (struct bytes){key, sizeof key};
}

/* Each row changes at some of the heights; `height` is the last one that counts. */
static struct bytes value_of(unsigned row, uint32_t height)
{
    static uint8_t value[3000];
    uint32_t changed = height - (height + row) % 5;
    struct store_random random = {.state = (uint64_t)row << 32 | changed};
    size_t bytes = row % 50 == 0 ? 2900 : random_below(&random, 60);
    for (size_t i = 0; i < bytes; i++)
        value[i] = (uint8_t)random_u64(&random);
    return (struct bytes){value, bytes};
}

static struct state *open_state(const char *folder)
{
    struct row_store store;
    struct state *state;
    if (row_store_lmdb(folder, STORE_BYTES, &store, error) != 0 ||
        state_open(&store, &state, error) != 0)
        return NULL;
    return state;
}

static void write_height(struct state *state, uint32_t height)
{
    uint8_t hash[32], block_id[32] = {0}, chain_id[32] = {2};
    memcpy(block_id, &height, sizeof height);
    state_push(state);
    for (unsigned row = 0; row < ROWS; row++)
        state_put(state, key_of(row), value_of(row, height));
    state_seal(state, hash);
    state_retire(state);
    state_checkpoint_begin(state, height, block_id, chain_id);
    CHECK_EQ(state_checkpoint_write(state, error), 0);
    CHECK_EQ(state_checkpoint_end(state, error), 0);
}

/* How many rows are not there, or -1: one has another value than the checkpoint's height tells. */
static int missing_rows(struct state *state)
{
    uint32_t height = state_checkpointed(state)->height;
    int missing = 0;
    for (unsigned row = 0; row < ROWS; row++) {
        struct bytes value;
        if (!state_get(state, key_of(row), &value))
            missing++;
        else if (bytes_compare(value, value_of(row, height)) != 0)
            return -1;
    }
    return missing;
}

/* ------------------------------------------------------------------ kills */

/* Writes checkpoints until it is killed, and tells each height when it is durable. */
static void write_for_ever(const char *folder, int told)
{
    struct state *state = open_state(folder);
    CHECK(state != NULL);
    for (uint32_t height = state_checkpointed(state)->height + 1;; height++) {
        write_height(state, height);
        CHECK_EQ(write(told, &height, sizeof height), sizeof height);
    }
}

/* The last height that the process told of before it was killed; `before` if none. `wait`: it is
 * killed only after the first. */
static uint32_t run_and_kill(const char *folder, bool wait, unsigned delay_us, uint32_t before)
{
    int told[2];
    uint32_t last = before, height;
    CHECK_EQ(pipe(told), 0);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        close(told[0]);
        write_for_ever(folder, told[1]);
    }
    close(told[1]);
    if (wait)
        CHECK_EQ(read(told[0], &last, sizeof last), sizeof last);
    usleep(delay_us);
    CHECK_EQ(kill(child, SIGKILL), 0);
    CHECK_EQ(waitpid(child, NULL, 0), child);
    while (read(told[0], &height, sizeof height) == sizeof height)
        last = height;
    close(told[0]);
    return last;
}

static void killed_processes_leave_a_whole_state(void)
{
    struct store_random random = {.state = 1};
    char folder[FOLDER_PATH_SIZE];
    uint32_t height = 0;
    folder_make(folder);
    for (unsigned i = 0; i < KILLS; i++) {
        uint32_t promised = run_and_kill(folder, i % 2 == 0, random_below(&random, 60000), height);
        struct state *state = open_state(folder);
        CHECK(state != NULL);
        height = state_checkpointed(state)->height;
        CHECK(height == promised || height == promised + 1);
        CHECK_EQ(state_verify(state, NULL, NULL, error), 0);
        CHECK_EQ(missing_rows(state), height == 0 ? ROWS : 0);
        CHECK(state_failed(state) == NULL);
        state_close(state);
    }
    CHECK(height >= KILLS / 2);
    folder_remove(folder);
}

/* ------------------------------------------------------------------ flipped bits */

enum verdict {
    VERDICT_WHOLE,    /* all rows of one of the checkpoints */
    VERDICT_REPORTED, /* an error, on opening or on reading */
    VERDICT_VERIFY,   /* rows are missing, and state_verify says so */
    VERDICT_SILENT,   /* wrong, and nothing says so */
    VERDICT_CRASHED,  /* LMDB followed a damaged page */
    VERDICTS
};

static enum verdict judge(const char *folder)
{
    struct state *state = open_state(folder);
    if (state == NULL)
        return VERDICT_REPORTED;
    int missing = missing_rows(state);
    bool failed = state_failed(state) != NULL;
    bool verified = state_verify(state, NULL, NULL, error) == 0;
    bool known = state_checkpointed(state)->height == 1 || state_checkpointed(state)->height == 2;
    state_close(state);
    if (missing < 0 || (verified && (!known || missing != 0)))
        return VERDICT_SILENT;
    if (verified)
        return VERDICT_WHOLE;
    return failed ? VERDICT_REPORTED : VERDICT_VERIFY;
}

/* In a process of its own, which may crash. */
static enum verdict judge_apart(const char *folder)
{
    int status;
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        int nowhere = open("/dev/null", O_WRONLY);
        dup2(nowhere, STDERR_FILENO);
        signal(SIGSEGV, SIG_DFL);
        signal(SIGBUS, SIG_DFL);
        alarm(20); /* damaged pages can lead it in a circle */
        _exit(judge(folder));
    }
    CHECK_EQ(waitpid(child, &status, 0), child);
    return WIFEXITED(status) && WEXITSTATUS(status) < VERDICTS ? WEXITSTATUS(status)
                                                               : VERDICT_CRASHED;
}

static void flip_in_file(const char *path, size_t byte, unsigned bit)
{
    uint8_t content;
    int file = open(path, O_RDWR);
    CHECK(file >= 0);
    CHECK_EQ(pread(file, &content, 1, (off_t)byte), 1);
    content ^= (uint8_t)(1u << bit);
    CHECK_EQ(pwrite(file, &content, 1, (off_t)byte), 1);
    close(file);
}

static void flipped_bits_never_pass_silently(void)
{
    struct store_random random = {.state = 2};
    char folder[FOLDER_PATH_SIZE], path[FOLDER_PATH_SIZE + 16];
    struct row_store store;
    unsigned verdicts[VERDICTS] = {0};
    folder_make(folder);
    snprintf(path, sizeof path, "%s/data.mdb", folder);
    struct state *state = open_state(folder);
    CHECK(state != NULL);
    write_height(state, 1);
    write_height(state, 2);
    state_close(state);
    CHECK_EQ(row_store_lmdb(folder, STORE_BYTES, &store, error), 0);
    unsigned bytes = (unsigned)store.size(store.context); /* zeros pad the file */
    store.close(store.context);
    CHECK_EQ(judge_apart(folder), VERDICT_WHOLE);
    for (unsigned i = 0; i < FLIPS; i++) {
        /* Pages begin with what leads to their rows: flip more of that than chance would. */
        size_t byte = random_below(&random, bytes);
        if (i % 4 == 0)
            byte = byte / 4096 * 4096 + byte % 160;
        unsigned bit = random_below(&random, 8);
        flip_in_file(path, byte, bit);
        enum verdict verdict = judge_apart(folder);
        verdicts[verdict]++;
        if (verdict == VERDICT_SILENT)
            printf("# byte %zu, bit %u\n", byte, bit);
        CHECK(verdict != VERDICT_SILENT);
        flip_in_file(path, byte, bit);
    }
    printf("# %u whole, %u reported, %u found by verification, %u crashes\n",
           verdicts[VERDICT_WHOLE], verdicts[VERDICT_REPORTED], verdicts[VERDICT_VERIFY],
           verdicts[VERDICT_CRASHED]);
    CHECK(verdicts[VERDICT_REPORTED] > FLIPS / 20);
    CHECK_EQ(judge_apart(folder), VERDICT_WHOLE);
    folder_remove(folder);
}

/* ------------------------------------------------------------------ limits */

static void a_full_store_says_so_and_goes_on(void)
{
    char folder[FOLDER_PATH_SIZE];
    static uint8_t value[ROW_VALUE_BYTES_MAX];
    struct row_store store;
    struct row_change change = {.key = key_of(1), .value = {value, sizeof value}};
    struct bytes found;
    folder_make(folder);
    CHECK_EQ(row_store_lmdb(folder, 4u << 20, &store, error), 0);
    unsigned stored = 0;
    for (; stored < 10; stored++) {
        change.key = key_of(stored);
        if (store.commit(store.context, &change, 1, error) != 0)
            break;
    }
    CHECK(stored > 0 && stored < 10);
    CHECK(strstr(error, "more room") != NULL);
    CHECK_EQ(store.refresh(store.context, error), 0);
    for (unsigned row = 0; row < 10; row++)
        CHECK_EQ(store.get(store.context, key_of(row), &found, error), row < stored);
    CHECK(store.size(store.context) <= 4u << 20);
    store.close(store.context);
    folder_remove(folder);
}

int main(void)
{
    RUN(killed_processes_leave_a_whole_state);
    RUN(flipped_bits_never_pass_silently);
    RUN(a_full_store_says_so_and_goes_on);
    return 0;
}
