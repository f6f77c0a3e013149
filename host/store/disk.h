/* SPDX-License-Identifier: Apache-2.0 */
/* The disk seam: what the logs and snapshots ask of a file system. One implementation is this
 * machine's; a test puts in one that forgets, tears and flips what was not synced. */
#ifndef HOST_STORE_DISK_H
#define HOST_STORE_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define DISK_PATH_SIZE 512u

struct disk_file;

/* All return 0 or a count, or -errno. Reads, writes and syncs of a file may run at the same time,
 * in any threads. */
struct disk {
    /* Opens for reading and writing; creates when asked to, and then the name is durable. */
    int (*open)(void *context, const char *path, bool create, struct disk_file **file);
    /* As many bytes as there are, up to `bytes`. */
    ssize_t (*read)(struct disk_file *file, void *out, size_t bytes, uint64_t offset);
    /* Writes all or fails. */
    int (*write)(struct disk_file *file, const void *data, size_t bytes, uint64_t offset);
    int (*sync)(struct disk_file *file); /* data and size are durable when it returns 0 */
    int (*truncate)(struct disk_file *file, uint64_t bytes);
    int64_t (*size)(struct disk_file *file);
    void (*close)(struct disk_file *file);
    int (*make_folder)(void *context, const char *path); /* there already: 0 */
    /* Names in a folder without "." and "..", in any order: calls back for each. */
    int (*list)(void *context, const char *path, void (*name)(void *user, const char *name),
                void *user);
    int (*rename)(void *context, const char *from, const char *to); /* atomic, and durable */
    int (*remove)(void *context, const char *path);                 /* durable; not there: 0 */
    void *context;
};

/* This machine's file system. */
struct disk disk_posix(void);

#endif
