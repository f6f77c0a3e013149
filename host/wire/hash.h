/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes over parts that lie apart, so that nobody copies them together first. Any thread may call
 * these; each keeps the contexts that SM3 and RIPEMD-160 need until it ends, so that after a
 * thread's first such hash nothing is allocated. Ends the program when OpenSSL lacks a function or
 * has no memory: there is no answer to give without it. */
#ifndef HOST_WIRE_HASH_H
#define HOST_WIRE_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "host/base/bytes.h"

#define HASH_BYTES           32u
#define HASH_RIPEMD160_BYTES 20u

void hash_sha256(const struct bytes *parts, size_t count, uint8_t out[HASH_BYTES]);
void hash_sm3(const struct bytes *parts, size_t count, uint8_t out[HASH_BYTES]);
void hash_ripemd160(const struct bytes *parts, size_t count, uint8_t out[HASH_RIPEMD160_BYTES]);

#endif
