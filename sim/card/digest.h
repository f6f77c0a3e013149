/* SPDX-License-Identifier: Apache-2.0 */
/* What the model's engines compute, by OpenSSL. */
#ifndef SIM_CARD_DIGEST_H
#define SIM_CARD_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#define DIGEST_BYTES 32u

struct digest;

/* NULL: out of memory, or OpenSSL lacks an algorithm. */
struct digest *digest_create(void);
void digest_destroy(struct digest *digest);

/* Executes a hash opcode of the card on a payload whose length has been checked. Merkle jobs use
 * `data` as their scratch memory. Returns how many 64-byte blocks an engine would compress for it.
 */
uint64_t digest_execute(struct digest *digest, uint8_t opcode, uint8_t *data, size_t bytes,
                        uint8_t result[DIGEST_BYTES]);

#endif
