// SPDX-License-Identifier: Apache-2.0
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/store/disk.h"

#define FOLDER_MODE 0750
#define FILE_MODE   0640

struct disk_file {
    int fd;
};

/* Makes the names in the folder of `path` durable. */
static int sync_folder_of(const char *path)
{
    char folder[DISK_PATH_SIZE] = ".";
    const char *slash = strrchr(path, '/');
    if (slash != NULL) {
        int chars = slash == path ? 1 : (int)(slash - path);
        if (snprintf(folder, sizeof folder, "%.*s", chars, path) >= (int)sizeof folder)
            return -ENAMETOOLONG;
    }
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int code = fsync(fd) == 0 ? 0 : -errno;
    close(fd);
    return code;
}

static int posix_open(void *context, const char *path, bool create, struct disk_file **out)
{
    (void)context;
    bool created = false;
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT && create) {
        fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, FILE_MODE);
        created = true;
    }
    if (fd < 0)
        return -errno;
    struct disk_file *file = malloc(sizeof *file);
    int code = file == NULL ? -ENOMEM : created ? sync_folder_of(path) : 0;
    if (code != 0) {
        free(file);
        close(fd);
        return code;
    }
    file->fd = fd;
    *out = file;
    return 0;
}

static ssize_t posix_read(struct disk_file *file, void *out, size_t bytes, uint64_t offset)
{
    size_t done = 0;
    while (done < bytes) {
        ssize_t count =
            pread(file->fd, (uint8_t *)out + done, bytes - done, (off_t)(offset + done));
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return -errno;
        if (count == 0)
            break;
        done += (size_t)count;
    }
    return (ssize_t)done;
}

static int posix_write(struct disk_file *file, const void *data, size_t bytes, uint64_t offset)
{
    for (size_t done = 0; done < bytes;) {
        ssize_t count =
            pwrite(file->fd, (const uint8_t *)data + done, bytes - done, (off_t)(offset + done));
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return -errno;
        done += (size_t)count;
    }
    return 0;
}

static int posix_sync(struct disk_file *file)
{
    return fdatasync(file->fd) == 0 ? 0 : -errno;
}

static int posix_truncate(struct disk_file *file, uint64_t bytes)
{
    return ftruncate(file->fd, (off_t)bytes) == 0 ? 0 : -errno;
}

static int64_t posix_size(struct disk_file *file)
{
    struct stat status;
    return fstat(file->fd, &status) == 0 ? (int64_t)status.st_size : -errno;
}

static void posix_close(struct disk_file *file)
{
    /* Nothing is to be done about an error: what matters was synced. */
    close(file->fd);
    free(file);
}

static int posix_make_folder(void *context, const char *path)
{
    (void)context;
    if (mkdir(path, FOLDER_MODE) == 0)
        return sync_folder_of(path);
    return errno == EEXIST ? 0 : -errno;
}

static int posix_list(void *context, const char *path, void (*name)(void *user, const char *name),
                      void *user)
{
    (void)context;
    DIR *folder = opendir(path);
    if (folder == NULL)
        return -errno;
    errno = 0;
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL; errno = 0) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            name(user, entry->d_name);
    }
    int code = -errno;
    closedir(folder);
    return code;
}

static int posix_rename(void *context, const char *from, const char *to)
{
    (void)context;
    return rename(from, to) == 0 ? sync_folder_of(to) : -errno;
}

static int posix_remove(void *context, const char *path)
{
    (void)context;
    if (unlink(path) == 0)
        return sync_folder_of(path);
    return errno == ENOENT ? 0 : -errno;
}

struct disk disk_posix(void)
{
    return (struct disk){.open = posix_open,
                         .read = posix_read,
                         .write = posix_write,
                         .sync = posix_sync,
                         .truncate = posix_truncate,
                         .size = posix_size,
                         .close = posix_close,
                         .make_folder = posix_make_folder,
                         .list = posix_list,
                         .rename = posix_rename,
                         .remove = posix_remove};
}
