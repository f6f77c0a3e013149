/* SPDX-License-Identifier: Apache-2.0 */
/* The producer's key: a file with one private key as text, which its owner alone may read. */
#ifndef HOST_NODE_KEY_FILE_H
#define HOST_NODE_KEY_FILE_H

#include "host/node/file.h"
#include "host/wire/key.h"

/* 0, or -1 with a text that says nothing of the content. The caller wipes *key. */
int key_file_load(const char *path, struct private_key *key, char error[FILE_ERROR_SIZE]);
/* Makes a K1 key from the system's random numbers, in a file that must not be there yet. */
int key_file_create(const char *path, struct public_key *public_key, char error[FILE_ERROR_SIZE]);

#endif
