// SPDX-License-Identifier: Apache-2.0
#include "host/node/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_SIZE 512u

static int fail(char error[FILE_ERROR_SIZE], const char *path, const char *why)
{
    snprintf(error, FILE_ERROR_SIZE, "%.300s: %.200s", path, why);
    return -1;
}

/* ------------------------------------------------------------------ reading */

static int check_secret(int descriptor, const char *path, char error[FILE_ERROR_SIZE])
{
    struct stat status;
    if (fstat(descriptor, &status) != 0)
        return fail(error, path, strerror(errno));
    if (!S_ISREG(status.st_mode))
        return fail(error, path, "is no plain file");
    if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return fail(error, path, "can be read or written by others than its owner: chmod 600 it");
    if (status.st_uid != geteuid() && status.st_uid != 0)
        return fail(error, path, "belongs to another user than the one who runs this");
    return 0;
}

static long read_all(int descriptor, uint8_t *out, size_t room)
{
    size_t bytes = 0;
    while (bytes <= room) {
        uint8_t beyond; /* a byte behind the room tells that the file is longer */
        ssize_t got = bytes < room ? read(descriptor, out + bytes, room - bytes)
                                   : read(descriptor, &beyond, 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            return (long)bytes;
        bytes += (size_t)got;
    }
    errno = EFBIG;
    return -1;
}

long file_load(const char *path, bool secret, void *out, size_t room, char error[FILE_ERROR_SIZE])
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return fail(error, path, strerror(errno));
    long bytes = -1;
    if (!secret || check_secret(descriptor, path, error) == 0) {
        bytes = read_all(descriptor, out, room);
        if (bytes < 0)
            (void)fail(error, path, strerror(errno));
    }
    (void)close(descriptor); /* it was only read */
    return bytes;
}

/* ------------------------------------------------------------------ writing */

static int write_all(int descriptor, const uint8_t *data, size_t bytes)
{
    while (bytes > 0) {
        ssize_t written = write(descriptor, data, bytes);
        if (written < 0 && errno != EINTR)
            return -1;
        if (written > 0) {
            data += written;
            bytes -= (size_t)written;
        }
    }
    return 0;
}

static int sync_folder(const char *path)
{
    char copy[PATH_SIZE];
    snprintf(copy, sizeof copy, "%s", path);
    int descriptor = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0)
        return -1;
    int code = fsync(descriptor);
    (void)close(descriptor);
    return code;
}

/* Written beside, then linked under its name, which fails when something is there. */
int file_create(const char *path, unsigned mode, const void *data, size_t bytes,
                char error[FILE_ERROR_SIZE])
{
    char beside[PATH_SIZE];
    if (snprintf(beside, sizeof beside, "%s.new", path) >= (int)sizeof beside)
        return fail(error, path, strerror(ENAMETOOLONG));
    (void)unlink(beside); /* of a start that was cut off */
    int descriptor = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (descriptor < 0)
        return fail(error, beside, strerror(errno));
    int code = write_all(descriptor, data, bytes);
    if (code == 0)
        code = fsync(descriptor);
    if (close(descriptor) != 0)
        code = -1;
    if (code == 0)
        code = link(beside, path);
    int reason = errno;
    (void)unlink(beside);
    if (code != 0)
        return fail(error, path, strerror(reason));
    return sync_folder(path) == 0 ? 0 : fail(error, path, strerror(errno));
}
