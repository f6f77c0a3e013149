/* SPDX-License-Identifier: Apache-2.0 */
/* A disk in memory that remembers what was not synced, and can lose it: a crash keeps some of the
 * writes since each file's last sync, in whole or in part. It can also fail, die and flip bits. */
#ifndef TESTS_UNIT_STORE_DISK_H
#define TESTS_UNIT_STORE_DISK_H

#include "host/store/disk.h"
#include "tests/unit/store_random.h"

struct store_disk;

struct store_disk *store_disk_create(void);
void store_disk_destroy(struct store_disk *disk); /* with no file open */
struct disk store_disk_seam(struct store_disk *disk);
/* A disk with the same files, all synced. */
struct store_disk *store_disk_copy(const struct store_disk *disk);

enum store_disk_crash {
    CRASH_PREFIX, /* of each file, the first writes stay, the next one maybe in part */
    CRASH_SUBSET, /* any writes stay, any of them in part */
};
/* With no file open. The disk lives again afterwards. */
void store_disk_crash(struct store_disk *disk, enum store_disk_crash crash,
                      struct store_random *random);

/* After so many more changes (writes, syncs, truncates, names) each one fails with EIO. */
void store_disk_die_after(struct store_disk *disk, unsigned changes);
/* The next write does half of its work and fails with ENOSPC; the next sync fails with EIO. */
void store_disk_fail_write(struct store_disk *disk);
void store_disk_fail_sync(struct store_disk *disk);

/* Files by number, in the order in which they were made; NULL: no such one. */
const char *store_disk_name(const struct store_disk *disk, unsigned file);
/* The content, to be changed in place at will, or to be cut. */
uint8_t *store_disk_content(struct store_disk *disk, const char *path, size_t *bytes);
void store_disk_set_size(struct store_disk *disk, const char *path, size_t bytes);

#endif
