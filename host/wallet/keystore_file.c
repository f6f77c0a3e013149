// SPDX-License-Identifier: Apache-2.0
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/wallet/keystore_file.h"

#define TEMPORARY_SUFFIX ".new" /* one name is enough: its folder is locked */

/* Writes "PATH: WHAT" and returns false. */
static bool fail(char error[KEYSTORE_FILE_ERROR_SIZE], const char *path, const char *what)
{
    snprintf(error, KEYSTORE_FILE_ERROR_SIZE, "%.300s: %s", path, what);
    return false;
}

bool keystore_file_default(char path[PATH_MAX], char error[KEYSTORE_FILE_ERROR_SIZE])
{
    const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
    int chars;
    /* The XDG specification: a relative path is invalid and to be ignored. */
    if (data != NULL && data[0] == '/')
        chars = snprintf(path, PATH_MAX, "%s/snapscale/wallet", data);
    else if (home != NULL && home[0] == '/')
        chars = snprintf(path, PATH_MAX, "%s/.local/share/snapscale/wallet", home);
    else
        return fail(error, "wallet", "HOME is not set; name the file with --wallet");
    return (chars > 0 && chars < PATH_MAX) || fail(error, "wallet", "the path is too long");
}

/* Makes the folders above `path` that are missing. */
static bool make_folders_above(const char *path, char error[KEYSTORE_FILE_ERROR_SIZE])
{
    char folder[PATH_MAX];
    for (const char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        size_t chars = (size_t)(slash - path);
        memcpy(folder, path, chars);
        folder[chars] = '\0';
        if (mkdir(folder, 0700) != 0 && errno != EEXIST)
            return fail(error, folder, strerror(errno));
    }
    return true;
}

/* A link is followed, so that the file it points to is replaced and not the link. */
static bool resolve(struct keystore_file *file, const char *path,
                    char error[KEYSTORE_FILE_ERROR_SIZE])
{
    if (path[0] == '\0' || strlen(path) + sizeof TEMPORARY_SUFFIX > PATH_MAX)
        return fail(error, path, "no usable path");
    if (realpath(path, file->path) == NULL) {
        if (errno != ENOENT)
            return fail(error, path, strerror(errno));
        memcpy(file->path, path, strlen(path) + 1);
    }
    const char *slash = strrchr(file->path, '/');
    file->name = slash == NULL ? file->path : slash + 1;
    return file->name[0] != '\0' || fail(error, path, "is a folder");
}

bool keystore_file_open(struct keystore_file *file, const char *path, bool make_folders,
                        char error[KEYSTORE_FILE_ERROR_SIZE])
{
    char copy[PATH_MAX];
    file->folder = -1;
    if (!resolve(file, path, error) || (make_folders && !make_folders_above(file->path, error)))
        return false;
    memcpy(copy, file->path, sizeof copy);
    const char *folder = dirname(copy);
    file->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file->folder < 0)
        return fail(error, folder, strerror(errno));
    int status;
    do
        status = flock(file->folder, LOCK_EX);
    while (status != 0 && errno == EINTR);
    if (status == 0)
        return true;
    fail(error, folder, strerror(errno));
    keystore_file_close(file);
    return false;
}

void keystore_file_close(struct keystore_file *file)
{
    if (file->folder >= 0)
        close(file->folder);
    file->folder = -1;
}

/* Reads until the end or until `bytes` bytes are there. -1: failed, with errno. */
static ssize_t read_all(int descriptor, uint8_t *out, size_t bytes)
{
    size_t have = 0;
    while (have < bytes) {
        ssize_t got = read(descriptor, out + have, bytes - have);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        have += (size_t)got;
    }
    return (ssize_t)have;
}

bool keystore_file_read(const char *path, struct keystore **keystore,
                        char error[KEYSTORE_FILE_ERROR_SIZE])
{
    *keystore = NULL;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return errno == ENOENT || fail(error, path, strerror(errno));
    size_t size = KEYSTORE_BYTES_MAX + 1; /* one more than there may be shows that there is more */
    uint8_t *bytes = malloc(size);
    ssize_t got = bytes != NULL ? read_all(descriptor, bytes, size) : -1;
    const char *what = got < 0 ? strerror(errno) : NULL;
    close(descriptor);
    if (what == NULL) {
        enum keystore_result result = keystore_read((struct bytes){bytes, (size_t)got}, keystore);
        if (result != KEYSTORE_OK)
            what = keystore_result_text(result);
    }
    free(bytes);
    return what == NULL || fail(error, path, what);
}

static bool write_all(int descriptor, const uint8_t *data, size_t bytes)
{
    while (bytes > 0) {
        ssize_t written = write(descriptor, data, bytes);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return false;
        data += written;
        bytes -= (size_t)written;
    }
    return true;
}

/* Temporary file, its content on disk, rename, the folder on disk. */
static bool replace(const struct keystore_file *file, const uint8_t *data, size_t bytes)
{
    char temporary[PATH_MAX];
    int chars = snprintf(temporary, sizeof temporary, "%s%s", file->name, TEMPORARY_SUFFIX);
    assert(chars > 0 && chars < (int)sizeof temporary);
    /* What a process that died left behind. */
    if (unlinkat(file->folder, temporary, 0) != 0 && errno != ENOENT)
        return false;
    int descriptor = openat(file->folder, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor < 0)
        return false;
    bool good = write_all(descriptor, data, bytes) && fsync(descriptor) == 0;
    int why = errno;
    if (close(descriptor) != 0 && good) {
        why = errno;
        good = false;
    }
    if (good && renameat(file->folder, temporary, file->folder, file->name) == 0)
        return fsync(file->folder) == 0;
    if (good)
        why = errno;
    unlinkat(file->folder, temporary, 0);
    errno = why;
    return false;
}

bool keystore_file_write(const struct keystore_file *file, const struct keystore *keystore,
                         const struct secret_text *passphrase, char error[KEYSTORE_FILE_ERROR_SIZE])
{
    assert(file->folder >= 0);
    uint8_t *bytes = malloc(KEYSTORE_BYTES_MAX);
    size_t size = 0;
    if (bytes == NULL)
        return fail(error, file->path, strerror(errno));
    enum keystore_result result = keystore_seal(keystore, passphrase, bytes, &size);
    bool good = result == KEYSTORE_OK || fail(error, file->path, keystore_result_text(result));
    if (good && !replace(file, bytes, size))
        good = fail(error, file->path, strerror(errno));
    free(bytes);
    return good;
}
