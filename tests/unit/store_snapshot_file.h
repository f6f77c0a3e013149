/* SPDX-License-Identifier: Apache-2.0 */
/* Snapshot files made by hand, so that what a good writer never writes can be read. Written from
 * the description of the format, not with the code under test. */
#ifndef TESTS_UNIT_STORE_SNAPSHOT_FILE_H
#define TESTS_UNIT_STORE_SNAPSHOT_FILE_H

#include <stdint.h>

#include "host/base/bytes.h"

#define SNAPSHOT_FILE_BYTES_MAX (1u << 20)

struct snapshot_file {
    uint32_t version;
    uint64_t rows;
    uint8_t state_hash[32];
    struct bytes plain; /* of its only chunk; size 0: no chunk */
};

/* Writes the file with right checksums and digest; the number of bytes. */
size_t snapshot_file_write(const struct snapshot_file *file, uint8_t out[SNAPSHOT_FILE_BYTES_MAX]);

#endif
