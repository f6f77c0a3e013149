/* SPDX-License-Identifier: Apache-2.0 */
/* Small files, as a whole: genesis and key. */
#ifndef HOST_NODE_FILE_H
#define HOST_NODE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FILE_ERROR_SIZE 512u

/* Reads at most `room` bytes; a longer file is an error. `secret`: the file must be the user's or
 * root's and closed to everybody else. The number of bytes, or -1 with a text. */
long file_load(const char *path, bool secret, void *out, size_t room, char error[FILE_ERROR_SIZE]);

/* Makes the file, which must not be there yet, with all of its bytes durable, and `mode`. 0, or -1
 * with a text; then there is no such file. */
int file_create(const char *path, unsigned mode, const void *data, size_t bytes,
                char error[FILE_ERROR_SIZE]);

#endif
