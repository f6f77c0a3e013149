/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOST_NODE_MAKE_GENESIS_H
#define HOST_NODE_MAKE_GENESIS_H

#include "host/node/file.h"

/* Writes a genesis that begins now, with the public key `key` (text) and every setting at its
 * default, into a new file, or on stdout for "-". 0, or -1 with a text. */
int make_genesis(const char *path, const char *key, char error[FILE_ERROR_SIZE]);

#endif
