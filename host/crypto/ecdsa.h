/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOST_CRYPTO_ECDSA_H
#define HOST_CRYPTO_ECDSA_H

#include <stdbool.h>
#include <stdint.h>

#include "snapcard_abi.h"

/* A job of ECDSA over secp256k1, in the layout of the card's ECDSA_SECP256K1_VERIFY payload, with
 * flag COMPRESSED where ecdsa_secp256k1_compressed says so: numbers are big-endian. y is the
 * coordinate, or 0 or 1 for a compressed key with an even or odd y. No point is lost by that: the
 * curve has none with y = 0, and one with y = 1 has an odd y. */
struct ecdsa_secp256k1_input {
    uint8_t digest[32];
    uint8_t r[32];
    uint8_t s[32];
    uint8_t x[32];
    uint8_t y[32];
};
_Static_assert(sizeof(struct ecdsa_secp256k1_input) == 160, "the card takes 160 bytes");

/* True when (r, s) is a signature of `digest` by the key (x, y): SEC 1, section 4.1.4, which takes
 * s and n - s alike. A caller for whom signatures must not be malleable asks
 * ecdsa_secp256k1_s_is_low too: that is a rule of its protocol, not of the curve, and the card has
 * it only on demand. False also when r or s is 0 or not below n, when x or y is not below p, or
 * when the point is not on the curve. Variable time: all inputs are public. */
bool ecdsa_secp256k1_verify_var(const struct ecdsa_secp256k1_input *input);

/* True when y is a parity: 0 or 1. */
bool ecdsa_secp256k1_compressed(const struct ecdsa_secp256k1_input *input);

/* Recovers the public key of a signature (SEC 1, section 4.1.6), as the card's
 * ECDSA_SECP256K1_RECOVER. False, and *key is as it was, when there is none: r or s is 0 or not
 * below n, the recovery id is above 3, R is no point, or the key would be infinity. */
bool ecdsa_secp256k1_recover_var(const struct snap_ecdsa_recover_payload *input,
                                 struct snap_point *key);

/* True when s is at most n / 2 (BIP 146). Says nothing about s = 0. */
bool ecdsa_secp256k1_s_is_low(const uint8_t s[32]);

/* Takes a public key in SEC 1 form into input->x and input->y: 33 bytes starting with 02 or 03, or
 * 65 starting with 04. False for any other form, and for 04 with a y of 0 or 1 that is not on the
 * curve, since that would read as a compressed key. Whether any other key is on the curve is for
 * the verification to say. */
bool ecdsa_secp256k1_set_key(struct ecdsa_secp256k1_input *input, const uint8_t *key,
                             unsigned bytes);

#endif
