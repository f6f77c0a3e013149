// SPDX-License-Identifier: Apache-2.0
#include "host/wire/key_sm2.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <pthread.h>
#include <string.h>

#include "host/crypto/sm2.h"
#include "host/wire/hash.h"

#define NUMBER_BYTES    32u
#define POINT_BYTES     (1 + 2 * NUMBER_BYTES) /* SEC 1, uncompressed */
#define DER_BYTES_MAX   80u                    /* of two numbers of 33 bytes */
#define IDENTITY        "1234567812345678"
#define IDENTITY_LENGTH (sizeof IDENTITY - 1)

static EC_GROUP *group; /* never freed; not changed once it is there */
static pthread_once_t group_once = PTHREAD_ONCE_INIT;

static void open_group(void)
{
    group = EC_GROUP_new_by_curve_name(NID_sm2);
}

static bool group_ready(void)
{
    return pthread_once(&group_once, open_group) == 0 && group != NULL;
}

/* Whether a number is neither zero nor above `most`, in constant time. */
static bool number_within(const uint8_t number[NUMBER_BYTES], const uint8_t most[NUMBER_BYTES])
{
    unsigned any = 0, borrow = 0;
    for (unsigned i = NUMBER_BYTES; i-- > 0;) {
        any |= number[i];
        borrow = ((unsigned)most[i] - number[i] - borrow) >> 8 & 1;
    }
    return (any != 0) & (borrow == 0);
}

/* n - 1 of GM/T 0003.5, and n - 2. */
#define ORDER_MINUS(last)                                                                          \
    {                                                                                              \
        0xFF, 0xFF, 0xFF, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,  \
            0xFF, 0x72, 0x03, 0xDF, 0x6B, 0x21, 0xC6, 0x05, 0x2B, 0x53, 0xBB, 0xF4, 0x09, 0x39,    \
            0xD5, 0x41, last                                                                       \
    }
static const uint8_t order_minus_1[NUMBER_BYTES] = ORDER_MINUS(0x22);
static const uint8_t order_minus_2[NUMBER_BYTES] = ORDER_MINUS(0x21);

bool key_sm2_secret_valid(const uint8_t secret[32])
{
    return number_within(secret, order_minus_2);
}

bool key_sm2_canonical(const uint8_t signature[SIGNATURE_SM2_BYTES])
{
    const uint8_t *r = signature + PUBLIC_KEY_BYTES;
    return number_within(r, order_minus_1) && number_within(r + NUMBER_BYTES, order_minus_1);
}

/* Secret times generator, uncompressed. */
static bool make_point(const uint8_t secret[32], uint8_t point[POINT_BYTES])
{
    if (!group_ready() || !key_sm2_secret_valid(secret))
        return false;
    BIGNUM *number = BN_secure_new();
    EC_POINT *product = EC_POINT_new(group);
    bool made =
        number != NULL && product != NULL && BN_bin2bn(secret, NUMBER_BYTES, number) != NULL;
    if (made) {
        BN_set_flags(number, BN_FLG_CONSTTIME);
        made = EC_POINT_mul(group, product, number, NULL, NULL, NULL) == 1 &&
               EC_POINT_point2oct(group, product, POINT_CONVERSION_UNCOMPRESSED, point, POINT_BYTES,
                                  NULL) == POINT_BYTES;
    }
    BN_clear_free(number);
    EC_POINT_clear_free(product);
    return made;
}

static void compress(const uint8_t point[POINT_BYTES], uint8_t key[PUBLIC_KEY_BYTES])
{
    key[0] = (uint8_t)(2 | (point[POINT_BYTES - 1] & 1));
    memcpy(key + 1, point + 1, NUMBER_BYTES);
}

/* False when the key is no point. */
static bool decompress_var(const uint8_t key[PUBLIC_KEY_BYTES], uint8_t point[POINT_BYTES])
{
    if (!group_ready())
        return false;
    EC_POINT *opened = EC_POINT_new(group);
    bool done = opened != NULL &&
                EC_POINT_oct2point(group, opened, key, PUBLIC_KEY_BYTES, NULL) == 1 &&
                EC_POINT_point2oct(group, opened, POINT_CONVERSION_UNCOMPRESSED, point, POINT_BYTES,
                                   NULL) == POINT_BYTES;
    EC_POINT_free(opened);
    return done;
}

bool key_sm2_public(const uint8_t secret[32], uint8_t key[PUBLIC_KEY_BYTES])
{
    uint8_t point[POINT_BYTES];
    if (!make_point(secret, point))
        return false;
    compress(point, key);
    return true;
}

/* The key pair as OpenSSL's signer takes it; NULL when memory is out. */
static EVP_PKEY *make_pair(const uint8_t secret[32], const uint8_t point[POINT_BYTES])
{
    EVP_PKEY *pair = NULL;
    OSSL_PARAM *parameters = NULL;
    BIGNUM *number = BN_secure_new();
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "SM2", NULL);
    if (number != NULL && builder != NULL && context != NULL &&
        BN_bin2bn(secret, NUMBER_BYTES, number) != NULL &&
        OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, SN_sm2, 0) == 1 &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_PRIV_KEY, number) == 1 &&
        OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, POINT_BYTES) == 1)
        parameters = OSSL_PARAM_BLD_to_param(builder);
    if (parameters != NULL && EVP_PKEY_fromdata_init(context) == 1 &&
        EVP_PKEY_fromdata(context, &pair, EVP_PKEY_KEYPAIR, parameters) != 1)
        pair = NULL;
    OSSL_PARAM_free(parameters); /* wipes what is in secure memory, as the secret is */
    OSSL_PARAM_BLD_free(builder);
    EVP_PKEY_CTX_free(context);
    BN_clear_free(number);
    return pair;
}

/* The signature in DER; *bytes is how long it may be and is. */
static bool sign_der(EVP_PKEY *pair, const uint8_t digest[32], uint8_t *der, size_t *bytes)
{
    EVP_MD_CTX *state = EVP_MD_CTX_new();
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(pair, NULL);
    bool made = state != NULL && context != NULL &&
                EVP_PKEY_CTX_set1_id(context, IDENTITY, IDENTITY_LENGTH) == 1;
    if (made) {
        EVP_MD_CTX_set_pkey_ctx(state, context);
        made = EVP_DigestSignInit(state, NULL, EVP_sm3(), NULL, pair) == 1 &&
               EVP_DigestSign(state, der, bytes, digest, HASH_BYTES) == 1;
    }
    EVP_MD_CTX_free(state);
    EVP_PKEY_CTX_free(context);
    return made;
}

/* r and s of a signature in DER, 64 bytes. */
static bool numbers_of_der(const uint8_t *der, size_t bytes, uint8_t numbers[2 * NUMBER_BYTES])
{
    ECDSA_SIG *parsed = d2i_ECDSA_SIG(NULL, &der, (long)bytes);
    bool done = parsed != NULL &&
                BN_bn2binpad(ECDSA_SIG_get0_r(parsed), numbers, NUMBER_BYTES) == NUMBER_BYTES &&
                BN_bn2binpad(ECDSA_SIG_get0_s(parsed), numbers + NUMBER_BYTES, NUMBER_BYTES) ==
                    NUMBER_BYTES;
    ECDSA_SIG_free(parsed);
    return done;
}

bool key_sm2_sign(const uint8_t secret[32], const uint8_t digest[32],
                  uint8_t signature[SIGNATURE_SM2_BYTES])
{
    uint8_t point[POINT_BYTES], der[DER_BYTES_MAX];
    size_t bytes = sizeof der;
    if (!make_point(secret, point))
        return false;
    EVP_PKEY *pair = make_pair(secret, point);
    bool made = pair != NULL && sign_der(pair, digest, der, &bytes) &&
                numbers_of_der(der, bytes, signature + PUBLIC_KEY_BYTES);
    EVP_PKEY_free(pair);
    if (made)
        compress(point, signature);
    return made;
}

/* e = SM3(Z_A || digest), Z_A = SM3(bits of the identity || identity || a || b || G || key). */
static void digest_of(const uint8_t point[POINT_BYTES], const uint8_t digest[32], uint8_t e[32])
{
    static const uint8_t curve[4 * NUMBER_BYTES] = {
        0xFF, 0xFF, 0xFF, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
        0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00,
        0x00, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFC, /* a */
        0x28, 0xE9, 0xFA, 0x9E, 0x9D, 0x9F, 0x5E, 0x34, 0x4D, 0x5A, 0x9E,
        0x4B, 0xCF, 0x65, 0x09, 0xA7, 0xF3, 0x97, 0x89, 0xF5, 0x15, 0xAB,
        0x8F, 0x92, 0xDD, 0xBC, 0xBD, 0x41, 0x4D, 0x94, 0x0E, 0x93, /* b */
        0x32, 0xC4, 0xAE, 0x2C, 0x1F, 0x19, 0x81, 0x19, 0x5F, 0x99, 0x04,
        0x46, 0x6A, 0x39, 0xC9, 0x94, 0x8F, 0xE3, 0x0B, 0xBF, 0xF2, 0x66,
        0x0B, 0xE1, 0x71, 0x5A, 0x45, 0x89, 0x33, 0x4C, 0x74, 0xC7, /* x of G */
        0xBC, 0x37, 0x36, 0xA2, 0xF4, 0xF6, 0x77, 0x9C, 0x59, 0xBD, 0xCE,
        0xE3, 0x6B, 0x69, 0x21, 0x53, 0xD0, 0xA9, 0x87, 0x7C, 0xC6, 0x2A,
        0x47, 0x40, 0x02, 0xDF, 0x32, 0xE5, 0x21, 0x39, 0xF0, 0xA0, /* y of G */
    };
    static const uint8_t identity_bits[2] = {8 * IDENTITY_LENGTH >> 8, 8 * IDENTITY_LENGTH & 0xFF};
    uint8_t z[HASH_BYTES];
    const struct bytes signer[] = {{identity_bits, sizeof identity_bits},
                                   {(const uint8_t *)IDENTITY, IDENTITY_LENGTH},
                                   {curve, sizeof curve},
                                   {point + 1, POINT_BYTES - 1}};
    hash_sm3(signer, sizeof signer / sizeof signer[0], z);
    const struct bytes message[] = {{z, sizeof z}, {digest, HASH_BYTES}};
    hash_sm3(message, sizeof message / sizeof message[0], e);
}

bool key_sm2_verify_var(const uint8_t signature[SIGNATURE_SM2_BYTES], const uint8_t digest[32])
{
    uint8_t point[POINT_BYTES];
    struct snap_sm2_verify_payload input = {0};
    if (!sm2_ready() || !decompress_var(signature, point))
        return false;
    digest_of(point, digest, input.e);
    memcpy(input.r, signature + PUBLIC_KEY_BYTES, sizeof input.r);
    memcpy(input.s, signature + PUBLIC_KEY_BYTES + NUMBER_BYTES, sizeof input.s);
    memcpy(input.x, point + 1, sizeof input.x);
    memcpy(input.y, point + 1 + NUMBER_BYTES, sizeof input.y);
    return sm2_verify_var(&input);
}

bool sm2_digest_var(const struct public_key *key, const uint8_t digest[32], uint8_t e[32])
{
    uint8_t point[POINT_BYTES];
    if (key->type != KEY_SM2 || !decompress_var(key->bytes, point))
        return false;
    digest_of(point, digest, e);
    return true;
}
