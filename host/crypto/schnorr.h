/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOST_CRYPTO_SCHNORR_H
#define HOST_CRYPTO_SCHNORR_H

#include <stdbool.h>

#include "snapcard_abi.h"

/* True when (r, s) is a BIP 340 signature of the message of 32 bytes by the key x; as the card's
 * BIP340_VERIFY. Variable time: all inputs are public. */
bool bip340_verify_var(const struct snap_bip340_verify_payload *input);

#endif
