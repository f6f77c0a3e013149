/* SPDX-License-Identifier: Apache-2.0 */
/* CRC-32C (Castagnoli, RFC 3720 appendix B.4): finds what disks and crashes do to bytes. No defence
 * against somebody who wants it to match. */
#ifndef HOST_STORE_CRC32C_H
#define HOST_STORE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* Of what `crc` is of, followed by `bytes` bytes; 0 is that of nothing. */
uint32_t crc32c(uint32_t crc, const void *data, size_t bytes);
/* The same without the processor's instruction, which crc32c uses where there is one. */
uint32_t crc32c_portable(uint32_t crc, const void *data, size_t bytes);

#endif
