// SPDX-License-Identifier: Apache-2.0
#include "host/base/hex.h"
#include "host/wallet/keystore.h"
#include "host/wallet/seal.h"
#include "host/wire/hash.h"
#include "tests/unit/check.h"

/* As cheap as scrypt gets: what is tested here is not how long it takes. */
static const struct keystore_cost CHEAP = {4, 1, 1};

/* Where things stand in the file; see keystore.h. */
enum {
    AT_VERSION = 8,
    AT_COST = 12,
    AT_SALT = 15,
    AT_NONCE = AT_SALT + SEAL_SALT_BYTES,
    AT_COUNT = AT_NONCE + SEAL_NONCE_BYTES,
    AT_ENTRIES = AT_COUNT + 2,
};

static struct secret_text *passphrase_of(const char *text)
{
    struct secret_text *passphrase = secret_text_create();
    CHECK(passphrase != NULL);
    passphrase->chars = strlen(text);
    memcpy(passphrase->text, text, passphrase->chars + 1);
    return passphrase;
}

static struct private_key key_of(uint8_t type, uint8_t low)
{
    struct private_key key = {.type = type};
    key.secret[31] = low;
    return key;
}

/* Two keys, "first" of K1 and "second" of SM2, under the passphrase "open sesame". */
static size_t make_file(uint8_t file[KEYSTORE_BYTES_MAX])
{
    struct keystore *keystore = keystore_create(CHEAP);
    struct secret_text *passphrase = passphrase_of("open sesame");
    struct private_key one = key_of(KEY_K1, 1), two = key_of(KEY_SM2, 2);
    size_t bytes = 0;
    CHECK(keystore != NULL);
    CHECK_EQ(keystore_add(keystore, "first", &one), KEYSTORE_OK);
    CHECK_EQ(keystore_add(keystore, "second", &two), KEYSTORE_OK);
    CHECK_EQ(keystore_seal(keystore, passphrase, file, &bytes), KEYSTORE_OK);
    secret_text_free(passphrase);
    keystore_free(keystore);
    return bytes;
}

/* What an attacker can do who has no passphrase, and an accident cannot. */
static void fix_checksum(uint8_t *file, size_t bytes)
{
    struct bytes summed = {file, bytes - HASH_BYTES};
    hash_sha256(&summed, 1, file + summed.size);
}

/* Reading and, when that works, unlocking. */
static enum keystore_result try_file(const uint8_t *file, size_t bytes, const char *text)
{
    struct keystore *keystore = NULL;
    struct secret_text *passphrase = passphrase_of(text);
    enum keystore_result result = keystore_read((struct bytes){file, bytes}, &keystore);
    if (result == KEYSTORE_OK)
        result = keystore_unlock(keystore, passphrase);
    keystore_free(keystore);
    secret_text_free(passphrase);
    return result;
}

static void test_what_was_sealed_can_be_opened(void)
{
    static uint8_t file[KEYSTORE_BYTES_MAX];
    size_t bytes = make_file(file);
    struct keystore *keystore;
    CHECK_EQ(keystore_read((struct bytes){file, bytes}, &keystore), KEYSTORE_OK);
    CHECK_EQ(keystore_count(keystore), 2);
    CHECK(strcmp(keystore_entry(keystore, 0)->name, "first") == 0);
    CHECK(strcmp(keystore_entry(keystore, 1)->name, "second") == 0);
    CHECK_EQ(keystore_entry(keystore, 1)->key.type, KEY_SM2);
    CHECK_EQ(keystore_cost(keystore).log2_n, CHEAP.log2_n);

    struct secret_text *passphrase = passphrase_of("open sesame");
    CHECK_EQ(keystore_unlock(keystore, passphrase), KEYSTORE_OK);
    for (unsigned i = 0; i < 2; i++) {
        const struct private_key *secret = keystore_secret(keystore, i);
        struct public_key key;
        struct private_key expected = key_of(i == 0 ? KEY_K1 : KEY_SM2, (uint8_t)(i + 1));
        CHECK_EQ(secret->type, expected.type);
        CHECK_MEM(secret->secret, expected.secret, sizeof expected.secret);
        CHECK(private_key_public(secret, &key));
        CHECK_MEM(&key, &keystore_entry(keystore, i)->key, sizeof key);
    }
    secret_text_free(passphrase);
    keystore_free(keystore);
}

static void test_an_empty_keystore_can_be_sealed(void)
{
    static uint8_t file[KEYSTORE_BYTES_MAX];
    size_t bytes = 0;
    struct keystore *keystore = keystore_create(CHEAP);
    struct secret_text *passphrase = passphrase_of("p");
    CHECK_EQ(keystore_seal(keystore, passphrase, file, &bytes), KEYSTORE_OK);
    CHECK_EQ(bytes, AT_ENTRIES + SEAL_TAG_BYTES + HASH_BYTES);
    CHECK_EQ(try_file(file, bytes, "p"), KEYSTORE_OK);
    CHECK_EQ(try_file(file, bytes, "q"), KEYSTORE_PASSPHRASE);
    secret_text_free(passphrase);
    keystore_free(keystore);
}

static void test_a_wrong_passphrase_is_told_from_damage(void)
{
    static uint8_t file[KEYSTORE_BYTES_MAX];
    size_t bytes = make_file(file);
    const char *wrong[] = {"open sesam", "open sesame ", "Open sesame", ""};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        CHECK_EQ(try_file(file, bytes, wrong[i]), KEYSTORE_PASSPHRASE);
    file[AT_SALT] ^= 1;
    CHECK_EQ(try_file(file, bytes, "open sesame"), KEYSTORE_DAMAGED);
    fix_checksum(file, bytes);
    CHECK_EQ(try_file(file, bytes, "open sesame"), KEYSTORE_PASSPHRASE);
}

static void test_every_flipped_bit_is_refused(void)
{
    static uint8_t file[KEYSTORE_BYTES_MAX];
    size_t bytes = make_file(file);
    for (size_t bit = 0; bit < 8 * bytes; bit++) {
        file[bit / 8] ^= (uint8_t)(1u << bit % 8);
        enum keystore_result result = try_file(file, bytes, "open sesame");
        CHECK_EQ(result, bit < 64 ? KEYSTORE_FOREIGN : KEYSTORE_DAMAGED);
        file[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    CHECK_EQ(try_file(file, bytes, "open sesame"), KEYSTORE_OK);
}

/* Without the checksum's help: the header is authenticated, every bit of it. */
static void test_every_forged_bit_is_refused(void)
{
    static uint8_t file[KEYSTORE_BYTES_MAX], forged[KEYSTORE_BYTES_MAX];
    size_t bytes = make_file(file);
    for (size_t bit = 0; bit < 8 * (bytes - HASH_BYTES); bit++) {
        memcpy(forged, file, bytes);
        forged[bit / 8] ^= (uint8_t)(1u << bit % 8);
        fix_checksum(forged, bytes);
        /* That is a gigabyte or many seconds to find what a bit of a cheaper one finds too. */
        if (bit / 8 >= AT_COST && bit / 8 < AT_SALT && forged[AT_COST] > 12)
            continue;
        CHECK(try_file(forged, bytes, "open sesame") != KEYSTORE_OK);
    }
}

static void test_every_truncation_and_extension_is_refused(void)
{
    static uint8_t file[KEYSTORE_BYTES_MAX], cut[KEYSTORE_BYTES_MAX];
    size_t bytes = make_file(file);
    for (size_t size = 0; size < bytes; size++) {
        CHECK(try_file(file, size, "open sesame") != KEYSTORE_OK);
        if (size < HASH_BYTES)
            continue;
        memcpy(cut, file, size);
        fix_checksum(cut, size);
        CHECK(try_file(cut, size, "open sesame") != KEYSTORE_OK);
    }
    file[bytes] = 0;
    CHECK_EQ(try_file(file, bytes + 1, "open sesame"), KEYSTORE_DAMAGED);
    fix_checksum(file, bytes + 1);
    CHECK_EQ(try_file(file, bytes + 1, "open sesame"), KEYSTORE_DAMAGED);
    CHECK_EQ(try_file(file, KEYSTORE_BYTES_MAX, "open sesame"), KEYSTORE_DAMAGED);
}

static void test_cost_is_bounded_when_a_file_is_read(void)
{
    static uint8_t file[KEYSTORE_BYTES_MAX];
    size_t bytes = make_file(file);
    const uint8_t bad[][3] = {{0, 8, 1},   {31, 8, 1}, {21, 8, 1}, {17, 0, 1},     {17, 8, 0},
                              {17, 8, 17}, {16, 1, 1}, {20, 9, 1}, {255, 255, 255}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        memcpy(file + AT_COST, bad[i], 3);
        fix_checksum(file, bytes);
        CHECK_EQ(try_file(file, bytes, "open sesame"), KEYSTORE_COST);
    }
    CHECK(seal_cost_valid(KEYSTORE_COST_DEFAULT));
    CHECK(seal_cost_valid((struct keystore_cost){20, 8, 1}));
    CHECK(seal_cost_valid((struct keystore_cost){17, 8, 16}));
}

static void test_other_files_are_told_apart(void)
{
    static uint8_t file[KEYSTORE_BYTES_MAX];
    size_t bytes = make_file(file);
    CHECK_EQ(try_file(file, 0, ""), KEYSTORE_FOREIGN);
    CHECK_EQ(try_file((const uint8_t *)"-----BEGIN PRIVATE KEY-----", 27, ""), KEYSTORE_FOREIGN);
    file[AT_VERSION] = 2;
    fix_checksum(file, bytes);
    CHECK_EQ(try_file(file, bytes, "open sesame"), KEYSTORE_VERSION);
}

static void expect_damaged(uint8_t *file, size_t bytes)
{
    fix_checksum(file, bytes);
    CHECK_EQ(try_file(file, bytes, "open sesame"), KEYSTORE_DAMAGED);
}

static void test_entries_must_be_such_as_could_be_added(void)
{
    static uint8_t file[KEYSTORE_BYTES_MAX];
    size_t bytes = make_file(file);
    file[AT_ENTRIES + 1] = ' ';
    expect_damaged(file, bytes);
    file[AT_ENTRIES + 1] = 0;
    expect_damaged(file, bytes);
    bytes = make_file(file);
    file[AT_ENTRIES] = KEYSTORE_NAME_CHARS_MAX + 1;
    expect_damaged(file, bytes);
    bytes = make_file(file);
    file[AT_COUNT + 1] = 2; /* 514 keys */
    expect_damaged(file, bytes);
    bytes = make_file(file);
    file[AT_COUNT] = 1; /* the second key is then no secret */
    expect_damaged(file, bytes);
    bytes = make_file(file);
    file[AT_ENTRIES + 6] = 7; /* the type of the first key */
    expect_damaged(file, bytes);
}

static void test_adding_refuses_what_is_there_and_bad_names(void)
{
    struct keystore *keystore = keystore_create(CHEAP);
    struct private_key one = key_of(KEY_K1, 1), two = key_of(KEY_K1, 2);
    const char *bad[] = {"", "a b", "\xc3\xa4", "a/b", "123456789012345678901234567890123"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK_EQ(keystore_add(keystore, bad[i], &one), KEYSTORE_BAD_NAME);
    CHECK_EQ(keystore_add(keystore, "12345678901234567890123456789012", &one), KEYSTORE_OK);
    CHECK_EQ(keystore_add(keystore, "other", &one), KEYSTORE_KEY_THERE);
    CHECK_EQ(keystore_add(keystore, "12345678901234567890123456789012", &two), KEYSTORE_NAME_TAKEN);
    CHECK_EQ(keystore_count(keystore), 1);
    keystore_free(keystore);
}

static void test_the_fullest_keystore_fits(void)
{
    static uint8_t file[KEYSTORE_BYTES_MAX];
    char name[KEYSTORE_NAME_CHARS_MAX + 1];
    size_t bytes = 0;
    struct keystore *keystore = keystore_create(CHEAP);
    struct secret_text *passphrase = passphrase_of("p");
    for (unsigned i = 0; i <= KEYSTORE_KEYS_MAX; i++) {
        struct private_key key = key_of(KEY_K1, (uint8_t)i);
        key.secret[30] = 1;
        key.secret[29] = i == KEYSTORE_KEYS_MAX;
        snprintf(name, sizeof name, "%032u", i);
        CHECK_EQ(keystore_add(keystore, name, &key),
                 i < KEYSTORE_KEYS_MAX ? KEYSTORE_OK : KEYSTORE_FULL);
    }
    CHECK_EQ(keystore_seal(keystore, passphrase, file, &bytes), KEYSTORE_OK);
    CHECK(bytes <= KEYSTORE_BYTES_MAX);
    CHECK_EQ(try_file(file, bytes, "p"), KEYSTORE_OK);
    secret_text_free(passphrase);
    keystore_free(keystore);
}

static void test_sealing_twice_shares_nothing(void)
{
    static uint8_t one[KEYSTORE_BYTES_MAX], two[KEYSTORE_BYTES_MAX];
    size_t bytes = make_file(one);
    CHECK_EQ(make_file(two), bytes);
    CHECK(memcmp(one + AT_SALT, two + AT_SALT, SEAL_SALT_BYTES) != 0);
    CHECK(memcmp(one + AT_NONCE, two + AT_NONCE, SEAL_NONCE_BYTES) != 0);
    /* The sealed part: two secrets and the tag in front of the checksum. */
    size_t sealed = bytes - HASH_BYTES - SEAL_TAG_BYTES - 64;
    for (size_t i = 0; i < 4; i++)
        CHECK(memcmp(one + sealed + 16 * i, two + sealed + 16 * i, 16) != 0);
}

static void test_keys_are_found_by_name_and_by_either_text(void)
{
    static uint8_t file[KEYSTORE_BYTES_MAX];
    char text[KEY_TEXT_SIZE], name[KEYSTORE_NAME_CHARS_MAX + 1];
    size_t bytes = make_file(file);
    struct keystore *keystore;
    CHECK_EQ(keystore_read((struct bytes){file, bytes}, &keystore), KEYSTORE_OK);
    CHECK_EQ(keystore_find(keystore, "second"), 1);
    CHECK_EQ(keystore_find(keystore, "secon"), -1);
    for (unsigned i = 0; i < 2; i++) {
        public_key_text(&keystore_entry(keystore, i)->key, false, text);
        CHECK_EQ(keystore_find(keystore, text), i);
        public_key_text(&keystore_entry(keystore, i)->key, true, text);
        CHECK_EQ(keystore_find(keystore, text), i);
    }
    keystore_free_name(keystore, name);
    CHECK(strcmp(name, "key1") == 0);
    keystore_free(keystore);
}

/* A file made by other means, hashlib and cryptography of Python, from what keystore.h says: one
 * key of K1, the secret 1. */
static void test_a_file_of_version_1_stays_readable(void)
{
    static const char hex[] =
        "535357414c4c455401000000040101000102030405060708090a0b0c0d0e0f101112131415161718"
        "191a1b1c1d1e1f6465666768696a6b6c6d6e6f0100036f6e65000279be667ef9dcbbac55a06295ce"
        "870b07029bfcdb2dce28d959f2815b16f81798053bf4e186aeb1ab7776d485b531fc812074dbd9b4"
        "258b5cace7605911c0fa9db14f6ebb928efd6a58a50d915f5299cdf5a7ec1d53b5d80d27bedc3a32"
        "bc808cc74fdba9f7948eed790d0e2c3d155fe0";
    uint8_t file[(sizeof hex - 1) / 2];
    struct keystore *keystore;
    struct secret_text *passphrase = passphrase_of("open sesame");
    struct private_key expected = key_of(KEY_K1, 1);
    CHECK(hex_decode(hex, sizeof hex - 1, file, sizeof file));
    CHECK_EQ(keystore_read((struct bytes){file, sizeof file}, &keystore), KEYSTORE_OK);
    CHECK_EQ(keystore_unlock(keystore, passphrase), KEYSTORE_OK);
    CHECK_EQ(keystore_find(keystore, "one"), 0);
    CHECK_MEM(keystore_secret(keystore, 0), &expected, sizeof expected);
    keystore_free(keystore);
    secret_text_free(passphrase);
}

int main(void)
{
    RUN(test_what_was_sealed_can_be_opened);
    RUN(test_an_empty_keystore_can_be_sealed);
    RUN(test_a_wrong_passphrase_is_told_from_damage);
    RUN(test_every_flipped_bit_is_refused);
    RUN(test_every_forged_bit_is_refused);
    RUN(test_every_truncation_and_extension_is_refused);
    RUN(test_cost_is_bounded_when_a_file_is_read);
    RUN(test_other_files_are_told_apart);
    RUN(test_entries_must_be_such_as_could_be_added);
    RUN(test_adding_refuses_what_is_there_and_bad_names);
    RUN(test_the_fullest_keystore_fits);
    RUN(test_sealing_twice_shares_nothing);
    RUN(test_keys_are_found_by_name_and_by_either_text);
    RUN(test_a_file_of_version_1_stays_readable);
    return 0;
}
