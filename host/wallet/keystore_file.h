/* SPDX-License-Identifier: Apache-2.0 */
/* The file that a keystore is in. A write replaces it as a whole: whoever reads, and whoever looks
 * after a power failure, finds the old one or the new one. */
#ifndef HOST_WALLET_KEYSTORE_FILE_H
#define HOST_WALLET_KEYSTORE_FILE_H

#include <limits.h>
#include <stdbool.h>

#include "host/wallet/keystore.h"

#define KEYSTORE_FILE_ERROR_SIZE 512u

/* Where a keystore is or will be, and its folder, which is locked: between open and close no other
 * process of this program changes a keystore in the same folder. */
struct keystore_file {
    char path[PATH_MAX]; /* symbolic links resolved */
    const char *name;    /* the last part of it */
    int folder;          /* its descriptor, or -1 */
};

/* $XDG_DATA_HOME/snapscale/wallet, or ~/.local/share/snapscale/wallet. False with a text when there
 * is neither variable, or the path is too long. */
bool keystore_file_default(char path[PATH_MAX], char error[KEYSTORE_FILE_ERROR_SIZE]);

/* Waits for the lock. With `make_folders` the folders that are missing are made, for their owner
 * alone. */
bool keystore_file_open(struct keystore_file *file, const char *path, bool make_folders,
                        char error[KEYSTORE_FILE_ERROR_SIZE]);
void keystore_file_close(struct keystore_file *file);

/* Reads the keystore at `path`; needs no lock. True with *keystore (the caller's, locked), or with
 * NULL when there is no such file. False with a text that names the file. */
bool keystore_file_read(const char *path, struct keystore **keystore,
                        char error[KEYSTORE_FILE_ERROR_SIZE]);

/* Seals the keystore into a file with mode 0600, durable when this returns true. */
bool keystore_file_write(const struct keystore_file *file, const struct keystore *keystore,
                         const struct secret_text *passphrase,
                         char error[KEYSTORE_FILE_ERROR_SIZE]);

#endif
