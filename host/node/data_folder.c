// SPDX-License-Identifier: Apache-2.0
#include "host/node/data_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define GENESIS_NAME      "genesis.json"
#define GENESIS_BYTES_MAX (64u << 10)
#define FOLDER_MODE       0750
#define LOCK_MODE         0640
#define GENESIS_MODE      0640

void data_folder_below(const struct data_folder *folder, const char *name,
                       char path[DISK_PATH_SIZE])
{
    snprintf(path, DISK_PATH_SIZE, "%.256s/%.128s", folder->path, name);
}

/* ------------------------------------------------------------------ the lock */

/* Who holds it wrote its process number into it. */
static int refuse_second(const struct data_folder *folder, char error[FILE_ERROR_SIZE])
{
    char holder[16] = "?";
    ssize_t bytes = pread(folder->lock, holder, sizeof holder - 1, 0);
    if (bytes > 0)
        holder[bytes] = '\0';
    snprintf(error, FILE_ERROR_SIZE,
             "%.300s is in use by another snapscaled (process %ld): stop it, or use another "
             "data-dir",
             folder->path, strtol(holder, NULL, 10));
    return -1;
}

static int take_lock(struct data_folder *folder, char error[FILE_ERROR_SIZE])
{
    char path[DISK_PATH_SIZE], number[16];
    data_folder_below(folder, "lock", path);
    folder->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, LOCK_MODE);
    if (folder->lock < 0) {
        snprintf(error, FILE_ERROR_SIZE, "%.300s: %.100s", path, strerror(errno));
        return -1;
    }
    if (flock(folder->lock, LOCK_EX | LOCK_NB) != 0)
        return refuse_second(folder, error);
    int chars = snprintf(number, sizeof number, "%ld\n", (long)getpid());
    /* Informs only: without it, the second one's error does not name this process. */
    if (ftruncate(folder->lock, 0) == 0) {
        ssize_t written = pwrite(folder->lock, number, (size_t)chars, 0);
        (void)written;
    }
    return 0;
}

int data_folder_open(struct data_folder *folder, const char *path, char error[FILE_ERROR_SIZE])
{
    folder->lock = -1;
    snprintf(folder->path, sizeof folder->path, "%s", path);
    if (mkdir(path, FOLDER_MODE) != 0 && errno != EEXIST) {
        snprintf(error, FILE_ERROR_SIZE, "data-dir %.300s cannot be made: %.100s", path,
                 strerror(errno));
        return -1;
    }
    if (take_lock(folder, error) == 0)
        return 0;
    data_folder_close(folder);
    return -1;
}

void data_folder_close(struct data_folder *folder)
{
    if (folder->lock >= 0)
        (void)close(folder->lock);
    folder->lock = -1;
}

/* ------------------------------------------------------------------ the genesis */

static long read_genesis(const char *path, uint8_t text[GENESIS_BYTES_MAX], struct genesis *genesis,
                         char error[FILE_ERROR_SIZE])
{
    char why[GENESIS_ERROR_SIZE];
    long bytes = file_load(path, false, text, GENESIS_BYTES_MAX, error);
    if (bytes < 0)
        return -1;
    if (genesis_parse((struct bytes){text, (size_t)bytes}, genesis, why) == 0)
        return bytes;
    snprintf(error, FILE_ERROR_SIZE, "%.200s: %.250s", path, why);
    return -1;
}

static int compare(const struct data_folder *folder, const struct genesis *ours, const char *given,
                   const struct genesis *theirs, char error[FILE_ERROR_SIZE])
{
    uint8_t our_id[32], their_id[32];
    genesis_chain_id(ours, our_id);
    genesis_chain_id(theirs, their_id);
    if (memcmp(our_id, their_id, sizeof our_id) == 0)
        return 0;
    snprintf(error, FILE_ERROR_SIZE,
             "genesis %.200s is of another chain than the one in %.200s: leave the option out, or "
             "use another data-dir",
             given, folder->path);
    return -1;
}

int data_folder_genesis(const struct data_folder *folder, const char *given,
                        struct genesis *genesis, char error[FILE_ERROR_SIZE])
{
    static uint8_t text[GENESIS_BYTES_MAX];
    struct genesis theirs;
    char path[DISK_PATH_SIZE];
    data_folder_below(folder, GENESIS_NAME, path);
    bool has_own = access(path, F_OK) == 0;
    if (!has_own && given[0] == '\0') {
        snprintf(error, FILE_ERROR_SIZE,
                 "%.300s holds no chain yet: give the chain's genesis with --genesis, or make one "
                 "with --make-genesis",
                 folder->path);
        return -1;
    }
    long bytes = 0;
    if (given[0] != '\0' && (bytes = read_genesis(given, text, &theirs, error)) < 0)
        return -1;
    if (!has_own) {
        *genesis = theirs;
        return file_create(path, GENESIS_MODE, text, (size_t)bytes, error);
    }
    if (read_genesis(path, text, genesis, error) < 0)
        return -1;
    return given[0] == '\0' ? 0 : compare(folder, genesis, given, &theirs, error);
}
