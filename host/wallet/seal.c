// SPDX-License-Identifier: Apache-2.0
/* OpenSSL's AES-GCM and scrypt work in a time that depends on lengths and cost only. */
#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

#include "host/wallet/seal.h"

#define SEAL_KEY_BYTES 32u
/* What OpenSSL counts besides the table of 128 N r: 128 r p and two blocks; with room. */
#define SCRYPT_SLACK_BYTES (UINT64_C(2) << 20)

bool seal_cost_valid(struct keystore_cost cost)
{
    /* RFC 7914: N > 1 and N < 2^(128 r / 8). */
    if (cost.log2_n < 1 || cost.log2_n > 30 || cost.r == 0 || cost.p == 0 ||
        cost.log2_n >= 16u * cost.r)
        return false;
    uint64_t blocks = (UINT64_C(1) << cost.log2_n) * cost.r;
    return blocks * 128 <= KEYSTORE_SCRYPT_BYTES_MAX && blocks * cost.p <= KEYSTORE_SCRYPT_WORK_MAX;
}

/* The key, of SEAL_KEY_BYTES, in memory of secret_alloc. NULL when memory is out. */
static uint8_t *derive(const struct seal *seal, const struct secret_text *passphrase)
{
    assert(seal_cost_valid(seal->cost));
    uint8_t *key = secret_alloc(SEAL_KEY_BYTES);
    if (key != NULL &&
        EVP_PBE_scrypt(passphrase->text, passphrase->chars, seal->salt, sizeof seal->salt,
                       UINT64_C(1) << seal->cost.log2_n, seal->cost.r, seal->cost.p,
                       KEYSTORE_SCRYPT_BYTES_MAX + SCRYPT_SLACK_BYTES, key, SEAL_KEY_BYTES) != 1) {
        secret_free(key, SEAL_KEY_BYTES);
        key = NULL;
    }
    return key;
}

/* A cipher that has seen key, nonce and associated data. NULL when memory is out. */
static EVP_CIPHER_CTX *start(const struct seal *seal, const uint8_t *key, int encrypt)
{
    int length;
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    if (cipher != NULL &&
        EVP_CipherInit_ex(cipher, EVP_aes_256_gcm(), NULL, key, seal->nonce, encrypt) == 1 &&
        EVP_CIPHER_CTX_get_iv_length(cipher) == (int)SEAL_NONCE_BYTES &&
        EVP_CipherUpdate(cipher, NULL, &length, seal->associated.data,
                         (int)seal->associated.size) == 1)
        return cipher;
    EVP_CIPHER_CTX_free(cipher);
    return NULL;
}

bool seal_close(const struct seal *seal, const struct secret_text *passphrase, struct bytes plain,
                uint8_t *sealed)
{
    int length = 0, rest = 0;
    uint8_t *key = derive(seal, passphrase);
    if (key == NULL)
        return false;
    EVP_CIPHER_CTX *cipher = start(seal, key, 1);
    bool good = cipher != NULL &&
                EVP_CipherUpdate(cipher, sealed, &length, plain.data, (int)plain.size) == 1 &&
                EVP_CipherFinal_ex(cipher, sealed + length, &rest) == 1 &&
                (size_t)length + (size_t)rest == plain.size &&
                EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, SEAL_TAG_BYTES,
                                    sealed + plain.size) == 1;
    EVP_CIPHER_CTX_free(cipher);
    secret_free(key, SEAL_KEY_BYTES);
    return good;
}

enum keystore_result seal_open(const struct seal *seal, const struct secret_text *passphrase,
                               struct bytes sealed, uint8_t *plain)
{
    assert(sealed.size >= SEAL_TAG_BYTES);
    size_t bytes = sealed.size - SEAL_TAG_BYTES;
    uint8_t tag[SEAL_TAG_BYTES];
    memcpy(tag, sealed.data + bytes, sizeof tag);
    int length = 0, rest = 0;
    uint8_t *key = derive(seal, passphrase);
    EVP_CIPHER_CTX *cipher = key != NULL ? start(seal, key, 0) : NULL;
    enum keystore_result result = KEYSTORE_NO_MEMORY;
    if (cipher != NULL && EVP_CipherUpdate(cipher, plain, &length, sealed.data, (int)bytes) == 1 &&
        EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, SEAL_TAG_BYTES, tag) == 1)
        result = EVP_CipherFinal_ex(cipher, plain + length, &rest) == 1 ? KEYSTORE_OK
                                                                        : KEYSTORE_PASSPHRASE;
    if (result != KEYSTORE_OK)
        OPENSSL_cleanse(plain, bytes);
    EVP_CIPHER_CTX_free(cipher);
    secret_free(key, SEAL_KEY_BYTES);
    return result;
}
