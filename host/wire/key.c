// SPDX-License-Identifier: Apache-2.0
#include "host/wire/key.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <string.h>

#include "host/wire/key_k1.h"
#include "host/wire/key_sm2.h"

static bool compressed_form(const uint8_t key[PUBLIC_KEY_BYTES])
{
    return key[0] == 2 || key[0] == 3;
}

/* What the type byte says about the bytes behind it; 0: a type that we do not take. */
static size_t signature_bytes(uint8_t type)
{
    return type == KEY_K1 ? SIGNATURE_K1_BYTES : type == KEY_SM2 ? SIGNATURE_SM2_BYTES : 0;
}

void public_key_read(struct reader *reader, struct public_key *key)
{
    key->type = read_u8(reader);
    read_copy(reader, key->bytes, sizeof key->bytes);
    if ((key->type != KEY_K1 && key->type != KEY_SM2) || !compressed_form(key->bytes))
        reader->failed = true;
}

void public_key_write(struct writer *writer, const struct public_key *key)
{
    write_u8(writer, key->type);
    write_copy(writer, key->bytes, sizeof key->bytes);
}

void signature_read(struct reader *reader, struct signature *signature)
{
    signature->type = read_u8(reader);
    size_t bytes = signature_bytes(signature->type);
    read_copy(reader, signature->bytes, bytes);
    memset(signature->bytes + bytes, 0, sizeof signature->bytes - bytes);
    if (bytes == 0 || (signature->type == KEY_SM2 && !compressed_form(signature->bytes)))
        reader->failed = true;
}

void signature_write(struct writer *writer, const struct signature *signature)
{
    write_u8(writer, signature->type);
    write_copy(writer, signature->bytes, signature_bytes(signature->type));
}

static bool secret_valid(uint8_t type, const uint8_t secret[32])
{
    return type == KEY_K1 ? key_k1_secret_valid(secret)
                          : type == KEY_SM2 && key_sm2_secret_valid(secret);
}

bool private_key_create(enum key_type type, struct private_key *key)
{
    key->type = (uint8_t)type;
    /* One in 2^32 numbers is not valid on SM2's curve, far fewer on K1's: the second attempt does
     * not follow in practice, and the third is as good as a broken generator. */
    for (unsigned attempt = 0; attempt < 3; attempt++) {
        if (RAND_priv_bytes(key->secret, sizeof key->secret) != 1)
            break;
        if (secret_valid(key->type, key->secret))
            return true;
    }
    private_key_wipe(key);
    return false;
}

bool private_key_public(const struct private_key *key, struct public_key *public_key)
{
    public_key->type = key->type;
    return key->type == KEY_K1
               ? key_k1_public(key->secret, public_key->bytes)
               : key->type == KEY_SM2 && key_sm2_public(key->secret, public_key->bytes);
}

bool private_key_sign(const struct private_key *key, const uint8_t digest[32],
                      struct signature *signature)
{
    memset(signature, 0, sizeof *signature);
    signature->type = key->type;
    return key->type == KEY_K1
               ? key_k1_sign(key->secret, digest, signature->bytes)
               : key->type == KEY_SM2 && key_sm2_sign(key->secret, digest, signature->bytes);
}

void private_key_wipe(struct private_key *key)
{
    OPENSSL_cleanse(key, sizeof *key);
}

bool signature_canonical(const struct signature *signature)
{
    return signature->type == KEY_K1
               ? key_k1_canonical(signature->bytes)
               : signature->type == KEY_SM2 && key_sm2_canonical(signature->bytes);
}

bool signature_key_var(const struct signature *signature, const uint8_t digest[32],
                       struct public_key *key)
{
    if (!signature_canonical(signature))
        return false;
    key->type = signature->type;
    if (signature->type == KEY_K1)
        return key_k1_recover_var(signature->bytes, digest, key->bytes);
    memcpy(key->bytes, signature->bytes, sizeof key->bytes);
    return key_sm2_verify_var(signature->bytes, digest);
}
