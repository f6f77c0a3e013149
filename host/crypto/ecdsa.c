// SPDX-License-Identifier: Apache-2.0
#include "host/crypto/ecdsa.h"

#include <secp256k1.h>
#include <secp256k1_recovery.h>
#include <stddef.h>
#include <string.h>

#define COORDINATE_BYTES 32u

/* A number of 32 bytes that is at most `most`. */
static bool at_most(const uint8_t number[COORDINATE_BYTES], uint8_t most)
{
    static const uint8_t zeros[COORDINATE_BYTES - 1];
    return number[COORDINATE_BYTES - 1] <= most && memcmp(number, zeros, sizeof zeros) == 0;
}

static bool y_is_a_parity(const uint8_t y[COORDINATE_BYTES])
{
    return at_most(y, 1);
}

bool ecdsa_secp256k1_compressed(const struct ecdsa_secp256k1_input *input)
{
    return y_is_a_parity(input->y);
}

static bool parse_key(const struct ecdsa_secp256k1_input *input, secp256k1_pubkey *key)
{
    uint8_t serial[1 + 2 * COORDINATE_BYTES];
    bool compressed = y_is_a_parity(input->y);
    serial[0] = compressed ? (uint8_t)(2 + input->y[COORDINATE_BYTES - 1]) : 4;
    memcpy(serial + 1, input->x, COORDINATE_BYTES);
    memcpy(serial + 1 + COORDINATE_BYTES, input->y, COORDINATE_BYTES);
    size_t bytes = compressed ? 1 + COORDINATE_BYTES : sizeof serial;
    return secp256k1_ec_pubkey_parse(secp256k1_context_static, key, serial, bytes) == 1;
}

static bool parse_signature(const uint8_t r[32], const uint8_t s[32],
                            secp256k1_ecdsa_signature *signature)
{
    uint8_t compact[64];
    memcpy(compact, r, 32);
    memcpy(compact + 32, s, 32);
    return secp256k1_ecdsa_signature_parse_compact(secp256k1_context_static, signature, compact) ==
           1;
}

bool ecdsa_secp256k1_verify_var(const struct ecdsa_secp256k1_input *input)
{
    secp256k1_pubkey key;
    secp256k1_ecdsa_signature signature;
    if (!parse_key(input, &key) || !parse_signature(input->r, input->s, &signature))
        return false;
    /* libsecp256k1 verifies low s only; the return value says whether it was high, which is no
     * error here. */
    (void)secp256k1_ecdsa_signature_normalize(secp256k1_context_static, &signature, &signature);
    return secp256k1_ecdsa_verify(secp256k1_context_static, &signature, input->digest, &key) == 1;
}

bool ecdsa_secp256k1_recover_var(const struct snap_ecdsa_recover_payload *input,
                                 struct snap_point *key)
{
    secp256k1_ecdsa_recoverable_signature signature;
    secp256k1_pubkey point;
    uint8_t compact[64];
    uint8_t serial[1 + 2 * COORDINATE_BYTES];
    size_t bytes = sizeof serial;
    if (!at_most(input->id, 3))
        return false;
    memcpy(compact, input->r, 32);
    memcpy(compact + 32, input->s, 32);
    if (secp256k1_ecdsa_recoverable_signature_parse_compact(
            secp256k1_context_static, &signature, compact, input->id[sizeof input->id - 1]) != 1 ||
        secp256k1_ecdsa_recover(secp256k1_context_static, &point, &signature, input->digest) != 1 ||
        secp256k1_ec_pubkey_serialize(secp256k1_context_static, serial, &bytes, &point,
                                      SECP256K1_EC_UNCOMPRESSED) != 1)
        return false;
    memcpy(key->x, serial + 1, sizeof key->x);
    memcpy(key->y, serial + 1 + COORDINATE_BYTES, sizeof key->y);
    return true;
}

bool ecdsa_secp256k1_s_is_low(const uint8_t s[32])
{
    /* n / 2, rounded down. */
    static const uint8_t half[32] = {0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
                                     0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
                                     0x5D, 0x57, 0x6E, 0x73, 0x57, 0xA4, 0x50, 0x1D,
                                     0xDF, 0xE9, 0x2F, 0x46, 0x68, 0x1B, 0x20, 0xA0};
    return memcmp(s, half, sizeof half) <= 0;
}

bool ecdsa_secp256k1_set_key(struct ecdsa_secp256k1_input *input, const uint8_t *key,
                             unsigned bytes)
{
    if (bytes == 1 + COORDINATE_BYTES && (key[0] == 2 || key[0] == 3)) {
        memcpy(input->x, key + 1, COORDINATE_BYTES);
        memset(input->y, 0, COORDINATE_BYTES);
        input->y[COORDINATE_BYTES - 1] = key[0] & 1;
        return true;
    }
    if (bytes == 1 + 2 * COORDINATE_BYTES && key[0] == 4) {
        memcpy(input->x, key + 1, COORDINATE_BYTES);
        memcpy(input->y, key + 1 + COORDINATE_BYTES, COORDINATE_BYTES);
        secp256k1_pubkey point;
        return !y_is_a_parity(input->y) ||
               secp256k1_ec_pubkey_parse(secp256k1_context_static, &point, key, bytes) == 1;
    }
    return false;
}
