/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOST_WIRE_ZIP_H
#define HOST_WIRE_ZIP_H

#include "host/base/bytes.h"

#define UNZIP_BYTES_MAX (512u << 10)

enum unzip_result {
    UNZIP_OK,
    UNZIP_BAD, /* no zlib stream, one that does not end, bytes behind its end, or too much in it */
    UNZIP_NO_MEMORY,
};

/* Decompresses a zlib stream (RFC 1950) that holds at most UNZIP_BYTES_MAX bytes, however few it
 * takes for them. *out is a view of memory of the calling thread's, good until its next call. */
enum unzip_result unzip(struct bytes zipped, struct bytes *out);

#endif
