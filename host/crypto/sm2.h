/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOST_CRYPTO_SM2_H
#define HOST_CRYPTO_SM2_H

#include <stdbool.h>

#include "snapcard_abi.h"

/* True when this machine's OpenSSL has the curve; the functions below may be called then, from any
 * thread. */
bool sm2_ready(void);

/* True when (r, s) is an SM2 signature of e = SM3(Z_A || message) by the key (x, y); as the card's
 * SM2_VERIFY. Variable time: all inputs are public. */
bool sm2_verify_var(const struct snap_sm2_verify_payload *input);

/* Makes a job that is valid, from three numbers: the key is `secret` times the generator, s is `s`,
 * and r and e follow from t = r + s. Nobody signs like that, for e is no message's; it is for known
 * answers. False when the numbers will not do (one in 2^32): take others. */
bool sm2_make_valid(const uint8_t secret[32], const uint8_t s[32], const uint8_t t[32],
                    struct snap_sm2_verify_payload *out);

#endif
