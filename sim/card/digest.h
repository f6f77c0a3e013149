/* SPDX-License-Identifier: Apache-2.0 */
/* What the model's engines compute, by OpenSSL. */
#ifndef SIM_CARD_DIGEST_H
#define SIM_CARD_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#define DIGEST_BYTES 32u

struct digest;

enum digest_kind { DIGEST_SHA256, DIGEST_SM3 };

struct digest_piece {
    const uint8_t *data;
    size_t bytes;
};

/* NULL: out of memory, or OpenSSL lacks an algorithm. */
struct digest *digest_create(void);
void digest_destroy(struct digest *digest);

/* The digest of `count` pieces, one behind the other. */
void digest_pieces(struct digest *digest, enum digest_kind kind, const struct digest_piece *pieces,
                   unsigned count, uint8_t result[DIGEST_BYTES]);

/* Executes a hash opcode of the card on a payload whose length has been checked. Merkle jobs use
 * `data` as their scratch memory. Returns how many 64-byte blocks an engine would compress for it.
 */
uint64_t digest_execute(struct digest *digest, uint8_t opcode, uint8_t *data, size_t bytes,
                        uint8_t result[DIGEST_BYTES]);

#endif
