/* SPDX-License-Identifier: Apache-2.0 */
/* The part of key.h that is about SM2, through OpenSSL. Numbers are big-endian; a signature is the
 * signer's compressed key, r, s. */
#ifndef HOST_WIRE_KEY_SM2_H
#define HOST_WIRE_KEY_SM2_H

#include "host/wire/key.h"

/* Whether the secret is 1 to n - 2: SM2 divides by 1 + secret. Constant time but for the answer. */
bool key_sm2_secret_valid(const uint8_t secret[32]);
/* As constant in time as OpenSSL is. False when the secret is not valid, or memory is out. */
bool key_sm2_public(const uint8_t secret[32], uint8_t key[PUBLIC_KEY_BYTES]);
/* With a random nonce, so never the same signature twice. As constant in time as OpenSSL is. */
bool key_sm2_sign(const uint8_t secret[32], const uint8_t digest[32],
                  uint8_t signature[SIGNATURE_SM2_BYTES]);
bool key_sm2_canonical(const uint8_t signature[SIGNATURE_SM2_BYTES]);
/* Whether the key inside has made this signature. */
bool key_sm2_verify_var(const uint8_t signature[SIGNATURE_SM2_BYTES], const uint8_t digest[32]);

#endif
