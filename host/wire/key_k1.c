// SPDX-License-Identifier: Apache-2.0
#include "host/wire/key_k1.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <secp256k1.h>
#include <secp256k1_recovery.h>
#include <string.h>

#include "host/crypto/ecdsa.h"

#define RECOVERY_BASE 31u /* 27, and 4 for a compressed key */

/* For what touches secrets; blinded once, not changed afterwards, so that threads may share it.
 * Never freed. */
static secp256k1_context *signing;
static pthread_once_t signing_once = PTHREAD_ONCE_INIT;

static void open_signing(void)
{
    uint8_t seed[32];
    signing = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
    if (signing == NULL || RAND_priv_bytes(seed, sizeof seed) != 1 ||
        secp256k1_context_randomize(signing, seed) != 1) {
        secp256k1_context_destroy(signing);
        signing = NULL;
    }
    OPENSSL_cleanse(seed, sizeof seed);
}

static bool signing_ready(void)
{
    return pthread_once(&signing_once, open_signing) == 0 && signing != NULL;
}

bool key_k1_secret_valid(const uint8_t secret[32])
{
    return secp256k1_ec_seckey_verify(secp256k1_context_static, secret) == 1;
}

bool key_k1_public(const uint8_t secret[32], uint8_t key[PUBLIC_KEY_BYTES])
{
    secp256k1_pubkey point;
    size_t bytes = PUBLIC_KEY_BYTES;
    return signing_ready() && secp256k1_ec_pubkey_create(signing, &point, secret) == 1 &&
           secp256k1_ec_pubkey_serialize(signing, key, &bytes, &point, SECP256K1_EC_COMPRESSED) ==
               1;
}

/* A number without a leading bit, and no shorter than 32 bytes as DER has it. */
static bool number_canonical(const uint8_t number[32])
{
    return (number[0] & 0x80) == 0 && (number[0] != 0 || (number[1] & 0x80) != 0);
}

bool key_k1_canonical(const uint8_t signature[SIGNATURE_K1_BYTES])
{
    const uint8_t *r = signature + 1, *s = signature + 33;
    return signature[0] >= RECOVERY_BASE && signature[0] < RECOVERY_BASE + 4 &&
           number_canonical(r) && number_canonical(s) && ecdsa_secp256k1_s_is_low(s);
}

bool key_k1_sign(const uint8_t secret[32], const uint8_t digest[32],
                 uint8_t signature[SIGNATURE_K1_BYTES])
{
    uint8_t additional[32] = {0};
    secp256k1_ecdsa_recoverable_signature signed_;
    int recovery;
    if (!signing_ready())
        return false;
    /* One in four is canonical, so a counter of a byte ends with a failure once in 2^100. */
    for (unsigned attempt = 0; attempt < 256; attempt++) {
        additional[0] = (uint8_t)attempt;
        if (secp256k1_ecdsa_sign_recoverable(signing, &signed_, digest, secret, NULL,
                                             attempt != 0 ? additional : NULL) != 1 ||
            secp256k1_ecdsa_recoverable_signature_serialize_compact(signing, signature + 1,
                                                                    &recovery, &signed_) != 1)
            return false;
        signature[0] = (uint8_t)(RECOVERY_BASE + (unsigned)recovery);
        if (key_k1_canonical(signature))
            return true;
    }
    return false;
}

bool key_k1_recover_var(const uint8_t signature[SIGNATURE_K1_BYTES], const uint8_t digest[32],
                        uint8_t key[PUBLIC_KEY_BYTES])
{
    struct snap_ecdsa_recover_payload input = {0};
    struct snap_point point;
    memcpy(input.digest, digest, sizeof input.digest);
    memcpy(input.r, signature + 1, sizeof input.r);
    memcpy(input.s, signature + 33, sizeof input.s);
    input.id[sizeof input.id - 1] = (uint8_t)(signature[0] - RECOVERY_BASE);
    if (!ecdsa_secp256k1_recover_var(&input, &point))
        return false;
    key[0] = (uint8_t)(2 | (point.y[sizeof point.y - 1] & 1));
    memcpy(key + 1, point.x, sizeof point.x);
    return true;
}
