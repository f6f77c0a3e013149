// SPDX-License-Identifier: Apache-2.0
#include "host/crypto/schnorr.h"

#include <secp256k1_schnorrsig.h>
#include <string.h>

bool bip340_verify_var(const struct snap_bip340_verify_payload *input)
{
    secp256k1_xonly_pubkey key;
    uint8_t signature[64];
    memcpy(signature, input->r, 32);
    memcpy(signature + 32, input->s, 32);
    return secp256k1_xonly_pubkey_parse(secp256k1_context_static, &key, input->x) == 1 &&
           secp256k1_schnorrsig_verify(secp256k1_context_static, signature, input->message,
                                       sizeof input->message, &key) == 1;
}
