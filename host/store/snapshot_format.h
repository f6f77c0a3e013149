/* SPDX-License-Identifier: Apache-2.0 */
/* What writing, reading and loading snapshots share: the format that snapshot.h describes.
 */
#ifndef HOST_STORE_SNAPSHOT_FORMAT_H
#define HOST_STORE_SNAPSHOT_FORMAT_H

#include <stdio.h>

#include "host/store/snapshot.h"

#define SNAPSHOT_MAGIC              "SNAPSTAT"
#define SNAPSHOT_MAGIC_BYTES        8u
#define SNAPSHOT_VERSION            1u
#define SNAPSHOT_HEADER_BYTES       (SNAPSHOT_MAGIC_BYTES + 4u + 32u + 4u + 32u + 32u + 8u)
#define SNAPSHOT_DIGEST_BYTES       32u
#define SNAPSHOT_CHUNK_HEADER_BYTES 12u
#define SNAPSHOT_ROW_HEADER_BYTES   6u
/* A chunk ends with the row that brings it to this size. */
#define SNAPSHOT_CHUNK_BYTES (256u << 10)
#define SNAPSHOT_CHUNK_BYTES_MAX                                                                   \
    (SNAPSHOT_CHUNK_BYTES + SNAPSHOT_ROW_HEADER_BYTES + ROW_KEY_BYTES_MAX + ROW_VALUE_BYTES_MAX)
/* Packed, and more than zlib needs for what does not compress. */
#define SNAPSHOT_PACKED_BYTES_MAX (SNAPSHOT_CHUNK_BYTES_MAX + SNAPSHOT_CHUNK_BYTES_MAX / 64u + 64u)

/* Takes a row; 0, or -1 with a text in `error`. */
typedef int (*snapshot_row)(void *user, struct bytes key, struct bytes value, char *error);
/* Gives all rows, in order, to `row`, and checks everything: what was given counts only when this
 * returns 0. *sum is that of the rows. -1 with a text. */
int snapshot_read(const struct disk *disk, const char *path, snapshot_row row, void *user,
                  struct snapshot_info *info, struct state_sum *sum, char error[STORE_ERROR_SIZE]);

static inline int snapshot_failed(const char *path, const char *what, const char *why,
                                  char error[STORE_ERROR_SIZE])
{
    snprintf(error, STORE_ERROR_SIZE, "snapshot %.300s: %s: %s", path, what, why);
    return -1;
}

#endif
