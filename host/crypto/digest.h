/* SPDX-License-Identifier: Apache-2.0 */
/* Digests and Merkle roots on the CPU, with the same meaning as the card's opcodes of the same
 * names. Time depends on lengths only, which are public. */
#ifndef HOST_CRYPTO_DIGEST_H
#define HOST_CRYPTO_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#define DIGEST_BYTES      32u
#define MERKLE_LEAF_BYTES 32u
/* 2^32 leaves of 32 bytes; the card takes 2^15. */
#define MERKLE_LEVELS_MAX 33u

enum digest_function {
    DIGEST_SHA256,  /* FIPS 180-4 */
    DIGEST_SHA256D, /* SHA-256 of SHA-256, as Bitcoin uses it */
    DIGEST_SM3,     /* GM/T 0004-2012 */
};

/* What a thread needs to compute digests; for one thread at a time. */
struct digest_context;

/* NULL when memory is out or the OpenSSL of this machine lacks SHA-256 or SM3. Everything that can
 * fail fails here: the functions below have no error to report. */
struct digest_context *digest_context_create(void);
void digest_context_destroy(struct digest_context *context); /* NULL is allowed */

/* The digest of `bytes` bytes; `data` may be NULL when bytes is 0. `out` may be `data`. */
void digest_compute(struct digest_context *context, enum digest_function function, const void *data,
                    size_t bytes, uint8_t out[DIGEST_BYTES]);

/* Merkle root of `count` leaves of 32 bytes (1 to 2^32). A node is function(left || right); at a
 * level with an odd number of nodes, above one, the last is paired with itself, as in Bitcoin. One
 * leaf is its own root. */
void digest_merkle_root(struct digest_context *context, enum digest_function function,
                        const uint8_t *leaves, size_t count, uint8_t out[DIGEST_BYTES]);

#endif
