// SPDX-License-Identifier: Apache-2.0
/* Keys and signatures, against those of eosjs; SM2 against OpenSSL's own verification. */
#include <openssl/crypto.h>

#include "host/base/hex.h"
#include "host/crypto/sm2.h"
#include "host/wire/hash.h"
#include "host/wire/key.h"
#include "tests/unit/check.h"
#include "tests/unit/wire_vectors.h"

static bool parse_private(const char *text, struct private_key *key)
{
    return private_key_parse(text, strlen(text), key);
}

static bool parse_public(const char *text, struct public_key *key)
{
    return public_key_parse(text, strlen(text), key);
}

static bool parse_signature(const char *text, struct signature *signature)
{
    return signature_parse(text, strlen(text), signature);
}

static void check_key_vector(const json_t *vector)
{
    struct private_key key, other;
    struct public_key public_key, made;
    char text[KEY_TEXT_SIZE];
    CHECK(parse_private(vector_text(vector, "wif"), &key) && key.type == KEY_K1);
    CHECK_MEM(key.secret, vector_bytes(vector, "secret").data, 32);
    CHECK(parse_private(vector_text(vector, "private"), &other));
    CHECK_MEM(&key, &other, sizeof key);
    private_key_text(&key, true, text);
    CHECK(strcmp(text, vector_text(vector, "wif")) == 0);
    private_key_text(&key, false, text);
    CHECK(strcmp(text, vector_text(vector, "private")) == 0);

    CHECK(private_key_public(&key, &made));
    CHECK_MEM(made.bytes, vector_bytes(vector, "bytes").data, PUBLIC_KEY_BYTES);
    CHECK(parse_public(vector_text(vector, "legacy"), &public_key));
    CHECK_MEM(&public_key, &made, sizeof made);
    CHECK(parse_public(vector_text(vector, "public"), &public_key));
    CHECK_MEM(&public_key, &made, sizeof made);
    public_key_text(&made, true, text);
    CHECK(strcmp(text, vector_text(vector, "legacy")) == 0);
    public_key_text(&made, false, text);
    CHECK(strcmp(text, vector_text(vector, "public")) == 0);
}

static void test_keys_as_the_family_writes_them(void)
{
    size_t i;
    json_t *vector;
    json_array_foreach(vectors("keys"), i, vector) check_key_vector(vector);
    CHECK(i > 5);
}

static void test_signatures_as_the_family_writes_them(void)
{
    size_t i;
    json_t *vector;
    json_array_foreach(vectors("signatures"), i, vector)
    {
        struct signature signature;
        struct public_key signer, expected;
        char text[KEY_TEXT_SIZE];
        size_t of = (size_t)json_integer_value(json_object_get(vector, "key"));
        CHECK(parse_signature(vector_text(vector, "text"), &signature));
        CHECK_MEM(signature.bytes, vector_bytes(vector, "bytes").data, SIGNATURE_K1_BYTES);
        signature_text(&signature, text);
        CHECK(strcmp(text, vector_text(vector, "text")) == 0);
        struct bytes digest = vector_bytes(vector, "digest");
        CHECK(signature_canonical(&signature));
        CHECK(signature_key_var(&signature, digest.data, &signer));
        CHECK(parse_public(vector_text(json_array_get(vectors("keys"), of), "public"), &expected));
        CHECK_MEM(&signer, &expected, sizeof signer);
    }
    CHECK(i > 5);
}

/* Signs many digests and finds the key again; another digest has another key or none. */
static void check_signing(enum key_type type, unsigned count)
{
    struct private_key key;
    struct public_key public_key, signer;
    struct signature signature;
    uint8_t digest[32] = {0};
    CHECK(private_key_create(type, &key) && private_key_public(&key, &public_key));
    for (unsigned i = 0; i < count; i++) {
        digest[0] = (uint8_t)i;
        CHECK(private_key_sign(&key, digest, &signature));
        CHECK(signature.type == type && signature_canonical(&signature));
        CHECK(signature_key_var(&signature, digest, &signer));
        CHECK_MEM(&signer, &public_key, sizeof signer);
        digest[31] ^= 1;
        CHECK(!signature_key_var(&signature, digest, &signer) ||
              memcmp(&signer, &public_key, sizeof signer) != 0);
        digest[31] ^= 1;

        char text[KEY_TEXT_SIZE];
        struct signature back;
        signature_text(&signature, text);
        CHECK(parse_signature(text, &back));
        CHECK_MEM(&back, &signature, sizeof back);
    }
    private_key_wipe(&key);
    static const struct private_key wiped;
    CHECK_MEM(&key, &wiped, sizeof key);
}

static void test_signing_k1(void)
{
    check_signing(KEY_K1, 64);
}

static void test_signing_sm2(void)
{
    CHECK(sm2_ready());
    check_signing(KEY_SM2, 16);
}

/* RFC 6979: the first attempt of a known signature that happens to be canonical. */
static void test_k1_signatures_are_deterministic(void)
{
    struct private_key key = {.type = KEY_K1, .secret = {[31] = 1}};
    struct signature one, other;
    uint8_t digest[32];
    const struct bytes message = {(const uint8_t *)"Satoshi Nakamoto", 16};
    hash_sha256(&message, 1, digest);
    CHECK(private_key_sign(&key, digest, &one) && private_key_sign(&key, digest, &other));
    CHECK_MEM(&one, &other, sizeof one);
}

static void test_sm2_texts_and_limits(void)
{
    struct private_key key, back;
    struct public_key public_key, public_back;
    char text[KEY_TEXT_SIZE];
    CHECK(private_key_create(KEY_SM2, &key) && private_key_public(&key, &public_key));
    private_key_text(&key, true, text);
    CHECK(strncmp(text, "PVT_SM2_", 8) == 0 && parse_private(text, &back));
    CHECK_MEM(&key, &back, sizeof key);
    public_key_text(&public_key, true, text);
    CHECK(strncmp(text, "PUB_SM2_", 8) == 0 && parse_public(text, &public_back));
    CHECK_MEM(&public_key, &public_back, sizeof public_key);

    /* n - 2 is the last secret. */
    static const char *const order_minus[] = {"22", "21"};
    for (unsigned i = 0; i < 2; i++) {
        char hex[65] = "FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D541";
        strcat(hex, order_minus[i]);
        CHECK(hex_decode(hex, 64, key.secret, 32));
        private_key_text(&key, false, text);
        CHECK(parse_private(text, &back) == (i == 1));
        CHECK(private_key_public(&key, &public_key) == (i == 1));
    }
}

static void test_sm2_signature_of_another_key_is_refused(void)
{
    struct private_key key;
    struct signature signature, changed;
    struct public_key signer;
    const uint8_t digest[32] = {7};
    CHECK(private_key_create(KEY_SM2, &key) && private_key_sign(&key, digest, &signature));
    for (unsigned i = 0; i < SIGNATURE_SM2_BYTES; i += 3) {
        changed = signature;
        changed.bytes[i] ^= 1;
        CHECK(!signature_key_var(&changed, digest, &signer));
    }
    /* r = 0 and s = n are no numbers of a signature. */
    changed = signature;
    memset(changed.bytes + PUBLIC_KEY_BYTES, 0, 32);
    CHECK(!signature_canonical(&changed));
    changed = signature;
    CHECK(hex_decode("FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123", 64,
                     changed.bytes + PUBLIC_KEY_BYTES + 32, 32));
    CHECK(!signature_canonical(&changed));
}

/* e as the card takes it verifies with the card's equation. */
static void test_sm2_digest(void)
{
    struct private_key key;
    struct public_key public_key;
    const uint8_t digest[32] = {9};
    uint8_t e[32];
    /* The key of GM/T 0003.5, and its Z_A through an e of our own. */
    key.type = KEY_SM2;
    CHECK(hex_decode("3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8", 64,
                     key.secret, 32));
    CHECK(private_key_public(&key, &public_key));
    uint8_t x[32], expected_z[32], expected_e[32];
    CHECK(
        hex_decode("09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020", 64, x, 32));
    CHECK_MEM(public_key.bytes + 1, x, 32);
    CHECK(hex_decode("B2E14C5C79C6DF5B85F4FE7ED8DB7A262B9DA7E07CCB0EA9F4747B8CCDA8A4F3", 64,
                     expected_z, 32));
    const struct bytes parts[] = {{expected_z, 32}, {digest, 32}};
    hash_sm3(parts, 2, expected_e);
    CHECK(sm2_digest_var(&public_key, digest, e));
    CHECK_MEM(e, expected_e, 32);
    memset(public_key.bytes + 1, 0xFF, 32);
    CHECK(!sm2_digest_var(&public_key, digest, e));
}

static void test_canonical_k1_signatures(void)
{
    struct signature good, bad;
    const json_t *vector = json_array_get(vectors("signatures"), 0);
    CHECK(parse_signature(vector_text(vector, "text"), &good));
    static const struct {
        unsigned at;
        uint8_t value;
    } wrong[] = {{0, 30}, {0, 35}, {0, 27}, {0, 0}, {1, 0x80}, {33, 0x80}, {33, 0xFF}};
    for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        bad = good;
        bad.bytes[wrong[i].at] = wrong[i].value;
        CHECK(!signature_canonical(&bad));
    }
    bad = good;
    bad.bytes[1] = 0;
    bad.bytes[2] = 0x80;
    CHECK(signature_canonical(&bad));
    bad.bytes[2] = 0x7F;
    CHECK(!signature_canonical(&bad));
}

static void test_damaged_texts_are_refused(void)
{
    const json_t *vector = json_array_get(vectors("keys"), 0);
    static const char *const members[] = {"wif", "private", "legacy", "public"};
    for (unsigned m = 0; m < 4; m++) {
        char text[KEY_TEXT_SIZE + 1];
        strcpy(text, vector_text(vector, members[m]));
        size_t chars = strlen(text);
        struct private_key key;
        struct public_key public_key;
        for (size_t i = 0; i < chars; i++) {
            char kept = text[i];
            text[i] = kept == 'x' ? 'y' : 'x';
            CHECK(!private_key_parse(text, chars, &key) &&
                  !public_key_parse(text, chars, &public_key));
            text[i] = kept;
            CHECK(!private_key_parse(text, i, &key) && !public_key_parse(text, i, &public_key));
        }
        text[chars] = '1';
        CHECK(!private_key_parse(text, chars + 1, &key));
        CHECK(!public_key_parse(text, chars + 1, &public_key));
    }
}

static void test_packed_keys_and_signatures(void)
{
    uint8_t bytes[256] = {0};
    struct public_key key;
    struct signature signature;
    /* An unknown type, or a form that is not compressed. */
    for (unsigned type = 0; type < 5; type++)
        for (unsigned form = 0; form < 6; form++) {
            bytes[0] = (uint8_t)type;
            bytes[1] = (uint8_t)form;
            bool known = type == KEY_K1 || type == KEY_SM2, compressed = form == 2 || form == 3;
            struct reader reader = reader_of(bytes, 34);
            public_key_read(&reader, &key);
            CHECK(reader_done(&reader) == (known && compressed));
            reader = reader_of(bytes, type == KEY_SM2 ? 98 : 66);
            signature_read(&reader, &signature);
            CHECK(reader_done(&reader) == (type == KEY_K1 || (type == KEY_SM2 && compressed)));
        }
    bytes[0] = 0;
    bytes[1] = 2;
    for (size_t i = 0; i < 34; i++) {
        struct reader reader = reader_of(bytes, i);
        public_key_read(&reader, &key);
        CHECK(reader.failed);
    }
}

int main(void)
{
    RUN(test_keys_as_the_family_writes_them);
    RUN(test_signatures_as_the_family_writes_them);
    RUN(test_signing_k1);
    RUN(test_signing_sm2);
    RUN(test_k1_signatures_are_deterministic);
    RUN(test_sm2_texts_and_limits);
    RUN(test_sm2_signature_of_another_key_is_refused);
    RUN(test_sm2_digest);
    RUN(test_canonical_k1_signatures);
    RUN(test_damaged_texts_are_refused);
    RUN(test_packed_keys_and_signatures);
    vectors_close();
    OPENSSL_thread_stop();
    return 0;
}
