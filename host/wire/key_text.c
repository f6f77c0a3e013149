// SPDX-License-Identifier: Apache-2.0
/* The texts of keys and signatures. What handles a private key's text is marked _var: Base58 takes
 * a time that depends on the number. */
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

#include "host/base/base58.h"
#include "host/wire/hash.h"
#include "host/wire/key.h"
#include "host/wire/key_k1.h"
#include "host/wire/key_sm2.h"

#define CHECKSUM_BYTES  4u
#define CHECKED_MAX     (SIGNATURE_SM2_BYTES + CHECKSUM_BYTES)
#define WIF_BYTES       33u /* 80h, and the secret */
#define WIF_VERSION     0x80u
#define LEGACY_PREFIX   "EOS"
#define PREFIX_SIZE_MAX 9u /* "SIG_SM2_" */

/* A checksum: RIPEMD-160 over the bytes and a name, or SHA-256 twice when there is no name at all
 * (which is not the empty name). */
static void checksum(const uint8_t *data, size_t bytes, const char *name,
                     uint8_t out[CHECKSUM_BYTES])
{
    uint8_t hash[HASH_BYTES];
    struct bytes parts[2] = {{data, bytes}, {NULL, 0}};
    if (name != NULL) {
        parts[1] = (struct bytes){(const uint8_t *)name, strlen(name)};
        hash_ripemd160(parts, 2, hash);
    } else {
        hash_sha256(parts, 1, hash);
        parts[0] = (struct bytes){hash, sizeof hash};
        hash_sha256(parts, 1, hash);
    }
    memcpy(out, hash, CHECKSUM_BYTES);
    OPENSSL_cleanse(hash, sizeof hash);
}

static bool decode_checked_var(const char *text, size_t chars, const char *name, uint8_t *out,
                               size_t bytes)
{
    uint8_t checked[CHECKED_MAX], expected[CHECKSUM_BYTES];
    bool good = base58_decode_var(text, chars, checked, bytes + CHECKSUM_BYTES);
    if (good) {
        checksum(checked, bytes, name, expected);
        good = memcmp(checked + bytes, expected, CHECKSUM_BYTES) == 0;
    }
    if (good)
        memcpy(out, checked, bytes);
    OPENSSL_cleanse(checked, sizeof checked);
    return good;
}

static void encode_checked_var(const uint8_t *data, size_t bytes, const char *prefix,
                               const char *name, char text[KEY_TEXT_SIZE])
{
    _Static_assert(KEY_TEXT_SIZE >= PREFIX_SIZE_MAX + BASE58_TEXT_SIZE, "any text has room");
    uint8_t checked[CHECKED_MAX];
    size_t prefix_chars = strlen(prefix);
    memcpy(checked, data, bytes);
    checksum(data, bytes, name, checked + bytes);
    memcpy(text, prefix, prefix_chars);
    base58_encode_var(checked, bytes + CHECKSUM_BYTES, text + prefix_chars);
    OPENSSL_cleanse(checked, sizeof checked);
}

static const char *type_name(uint8_t type)
{
    return type == KEY_SM2 ? "SM2" : "K1";
}

static void make_prefix(const char *noun, uint8_t type, char prefix[PREFIX_SIZE_MAX])
{
    snprintf(prefix, PREFIX_SIZE_MAX, "%s_%s_", noun, type_name(type));
}

static bool starts_with(const char *text, size_t chars, const char *prefix)
{
    size_t prefix_chars = strlen(prefix);
    return chars >= prefix_chars && memcmp(text, prefix, prefix_chars) == 0;
}

/* "NOUN_TYPE_...", with as many bytes as the type has of it. */
static bool parse_typed_var(const char *text, size_t chars, const char *noun, size_t k1_bytes,
                            size_t sm2_bytes, uint8_t *type, uint8_t *out)
{
    static const enum key_type types[] = {KEY_K1, KEY_SM2};
    for (unsigned i = 0; i < sizeof types / sizeof types[0]; i++) {
        char prefix[PREFIX_SIZE_MAX];
        make_prefix(noun, (uint8_t)types[i], prefix);
        if (!starts_with(text, chars, prefix))
            continue;
        *type = (uint8_t)types[i];
        size_t skip = strlen(prefix);
        return decode_checked_var(text + skip, chars - skip, type_name(*type), out,
                                  types[i] == KEY_K1 ? k1_bytes : sm2_bytes);
    }
    return false;
}

static void typed_text_var(const char *noun, uint8_t type, const uint8_t *data, size_t bytes,
                           char text[KEY_TEXT_SIZE])
{
    char prefix[PREFIX_SIZE_MAX];
    make_prefix(noun, type, prefix);
    encode_checked_var(data, bytes, prefix, type_name(type), text);
}

static bool compressed_form(const uint8_t key[PUBLIC_KEY_BYTES])
{
    return key[0] == 2 || key[0] == 3;
}

bool public_key_parse(const char *text, size_t chars, struct public_key *key)
{
    size_t skip = strlen(LEGACY_PREFIX);
    bool parsed;
    if (starts_with(text, chars, LEGACY_PREFIX)) {
        key->type = KEY_K1;
        parsed = decode_checked_var(text + skip, chars - skip, "", key->bytes, PUBLIC_KEY_BYTES);
    } else {
        parsed = parse_typed_var(text, chars, "PUB", PUBLIC_KEY_BYTES, PUBLIC_KEY_BYTES, &key->type,
                                 key->bytes);
    }
    return parsed && compressed_form(key->bytes);
}

void public_key_text(const struct public_key *key, bool legacy, char text[KEY_TEXT_SIZE])
{
    if (legacy && key->type == KEY_K1)
        encode_checked_var(key->bytes, sizeof key->bytes, LEGACY_PREFIX, "", text);
    else
        typed_text_var("PUB", key->type, key->bytes, sizeof key->bytes, text);
}

bool signature_parse(const char *text, size_t chars, struct signature *signature)
{
    memset(signature, 0, sizeof *signature);
    return parse_typed_var(text, chars, "SIG", SIGNATURE_K1_BYTES, SIGNATURE_SM2_BYTES,
                           &signature->type, signature->bytes) &&
           (signature->type != KEY_SM2 || compressed_form(signature->bytes));
}

void signature_text(const struct signature *signature, char text[KEY_TEXT_SIZE])
{
    typed_text_var("SIG", signature->type, signature->bytes,
                   signature->type == KEY_SM2 ? SIGNATURE_SM2_BYTES : SIGNATURE_K1_BYTES, text);
}

static bool parse_wif_var(const char *text, size_t chars, struct private_key *key)
{
    uint8_t wif[WIF_BYTES];
    bool parsed = decode_checked_var(text, chars, NULL, wif, sizeof wif) && wif[0] == WIF_VERSION;
    if (parsed) {
        key->type = KEY_K1;
        memcpy(key->secret, wif + 1, sizeof key->secret);
    }
    OPENSSL_cleanse(wif, sizeof wif);
    return parsed;
}

bool private_key_parse(const char *text, size_t chars, struct private_key *key)
{
    bool parsed = starts_with(text, chars, "PVT_")
                      ? parse_typed_var(text, chars, "PVT", sizeof key->secret, sizeof key->secret,
                                        &key->type, key->secret)
                      : parse_wif_var(text, chars, key);
    if (parsed && (key->type == KEY_K1 ? key_k1_secret_valid(key->secret)
                                       : key_sm2_secret_valid(key->secret)))
        return true;
    private_key_wipe(key);
    return false;
}

void private_key_text(const struct private_key *key, bool legacy, char text[KEY_TEXT_SIZE])
{
    if (!legacy || key->type != KEY_K1) {
        typed_text_var("PVT", key->type, key->secret, sizeof key->secret, text);
        return;
    }
    uint8_t wif[WIF_BYTES] = {WIF_VERSION};
    memcpy(wif + 1, key->secret, sizeof key->secret);
    encode_checked_var(wif, sizeof wif, "", NULL, text);
    OPENSSL_cleanse(wif, sizeof wif);
}
