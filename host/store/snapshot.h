/* SPDX-License-Identifier: Apache-2.0 */
/* Snapshots: the state at a checkpoint in one portable file, the same bytes for the same state (by
 * one version of zlib: others may pack differently, and are read all the same).
 *
 *   header   "SNAPSTAT", version (u32), chain id (32), height (u32), block id (32), state hash
 * (32), number of rows (u64) chunks   bytes (u32), bytes packed (u32), CRC-32C of the packed bytes
 * (u32), packed bytes: rows in zlib's format, none in two chunks row      bytes of the key (u16),
 * bytes of the value (u32), key, value; keys in order end      a chunk header of zeros, SHA-256 of
 * all before
 *
 * Little-endian. Written beside and renamed, so that a file of the name is whole. */
#ifndef HOST_STORE_SNAPSHOT_H
#define HOST_STORE_SNAPSHOT_H

#include "host/store/state.h"

struct snapshot_info {
    uint32_t height;
    uint8_t block_id[32];
    uint8_t chain_id[32];
    uint8_t state_hash[32];
    uint64_t rows;
};

/* All return 0, or -1 with a text. `info` is filled in when they return 0. */

/* Writes the last checkpoint of the state to `path` (at most DISK_PATH_SIZE - 8 characters), in the
 * place of what is there. Runs while the state is in use, in any thread. Checks the rows against
 * the checkpoint's sum. */
int snapshot_write(struct state *state, const struct disk *disk, const char *path,
                   struct snapshot_info *info, char error[STORE_ERROR_SIZE]);
/* Reads all of it, checks everything, recomputes the state hash; changes nothing. */
int snapshot_verify(const struct disk *disk, const char *path, struct snapshot_info *info,
                    char error[STORE_ERROR_SIZE]);
/* Checks as much as snapshot_verify does, and puts the rows into a row store without a checkpoint,
 * in one durable end: the mark is committed last, and rows without it, of a load that did not come
 * to its end, are removed first. */
int snapshot_load(const struct disk *disk, const char *path, const struct row_store *store,
                  struct snapshot_info *info, char error[STORE_ERROR_SIZE]);

#endif
