/* SPDX-License-Identifier: Apache-2.0 */
/* A row's lanes in the state's hash: AES-256 in counter mode from zero, keyed with the row's seed,
 * taken into a sum as it is made. With the processor's own instructions for AES where it has them:
 * there is nothing secret in it, and a library's calls would take as long as the encryption. */
#ifndef HOST_STORE_ROW_EXPAND_H
#define HOST_STORE_ROW_EXPAND_H

#include <stdbool.h>
#include <stdint.h>

#define ROW_LANES 1024u

/* Adds them lane by lane, or takes them away, modulo 2^16. Aborts only when the crypto library has
 * no AES, or no memory for a thread's first row. */
void row_expand(const uint8_t seed[32], bool subtract, uint16_t lanes[ROW_LANES]);
/* The same, by the library on any processor. */
void row_expand_portable(const uint8_t seed[32], bool subtract, uint16_t lanes[ROW_LANES]);

#endif
