/* SPDX-License-Identifier: Apache-2.0 */
/* The part of key.h that is about secp256k1, through libsecp256k1. Numbers are big-endian; a
 * signature is 27 + 4 + recovery id, r, s. */
#ifndef HOST_WIRE_KEY_K1_H
#define HOST_WIRE_KEY_K1_H

#include "host/wire/key.h"

/* Whether the secret is 1 to n - 1. Constant time but for the answer. */
bool key_k1_secret_valid(const uint8_t secret[32]);
/* Constant time. False when the secret is not valid, or memory is out. */
bool key_k1_public(const uint8_t secret[32], uint8_t key[PUBLIC_KEY_BYTES]);
/* RFC 6979; as often as it takes, with a counter as additional data, until the signature is
 * canonical. Constant time but for the number of attempts, which tells no more than the signature
 * does. False when the secret is not valid, or memory is out. */
bool key_k1_sign(const uint8_t secret[32], const uint8_t digest[32],
                 uint8_t signature[SIGNATURE_K1_BYTES]);
bool key_k1_canonical(const uint8_t signature[SIGNATURE_K1_BYTES]);
/* False when no key has made this signature. Expects it to be canonical. */
bool key_k1_recover_var(const uint8_t signature[SIGNATURE_K1_BYTES], const uint8_t digest[32],
                        uint8_t key[PUBLIC_KEY_BYTES]);

#endif
