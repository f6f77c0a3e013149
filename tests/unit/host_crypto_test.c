// SPDX-License-Identifier: Apache-2.0
#include <stdint.h>

#include "driver/card/known_point.h"
#include "host/base/hex.h"
#include "host/crypto/digest.h"
#include "host/crypto/ecdsa.h"
#include "host/crypto/point.h"
#include "host/crypto/schnorr.h"
#include "host/crypto/sm2.h"
#include "host/tools/block_data.h"
#include "tests/unit/check.h"

static struct digest_context *digests;
static struct block_data block;

static void expect_digest(enum digest_function function, const char *message, size_t bytes,
                          const char *hex)
{
    uint8_t expected[DIGEST_BYTES];
    uint8_t actual[DIGEST_BYTES];
    CHECK(hex_decode(hex, strlen(hex), expected, sizeof expected));
    digest_compute(digests, function, message, bytes, actual);
    CHECK_MEM(actual, expected, DIGEST_BYTES);
}

/* FIPS 180-4 examples, GM/T 0004-2012 appendix A, and "hello" hashed twice. */
static void test_standard_vectors(void)
{
    static const char two_blocks[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    static const char abcd16[] = "abcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcd";
    expect_digest(DIGEST_SHA256, NULL, 0,
                  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    expect_digest(DIGEST_SHA256, "abc", 3,
                  "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    expect_digest(DIGEST_SHA256, two_blocks, 56,
                  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    expect_digest(DIGEST_SHA256D, "hello", 5,
                  "9595c9df90075148eb06860365df33584b75bff782a510c6cd4883a419833d50");
    expect_digest(DIGEST_SM3, "abc", 3,
                  "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
    expect_digest(DIGEST_SM3, abcd16, 64,
                  "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732");
}

/* Level by level, as the rule is told. */
static void naive_root(enum digest_function function, const uint8_t *leaves, size_t count,
                       uint8_t *root)
{
    static uint8_t level[128][DIGEST_BYTES];
    CHECK(count <= 127);
    memcpy(level, leaves, count * DIGEST_BYTES);
    while (count > 1) {
        if (count % 2 != 0) {
            memcpy(level[count], level[count - 1], DIGEST_BYTES);
            count++;
        }
        for (size_t i = 0; i < count / 2; i++) {
            uint8_t pair[2 * DIGEST_BYTES];
            memcpy(pair, level[2 * i], sizeof pair);
            digest_compute(digests, function, pair, sizeof pair, level[i]);
        }
        count /= 2;
    }
    memcpy(root, level[0], DIGEST_BYTES);
}

static void test_merkle_roots_of_1_to_70_leaves(void)
{
    for (size_t count = 1; count <= 70; count++)
        for (unsigned function = DIGEST_SHA256; function <= DIGEST_SM3; function++) {
            uint8_t expected[DIGEST_BYTES];
            uint8_t actual[DIGEST_BYTES];
            naive_root((enum digest_function)function, block.txids, count, expected);
            digest_merkle_root(digests, (enum digest_function)function, block.txids, count, actual);
            CHECK_MEM(actual, expected, DIGEST_BYTES);
        }
}

static void test_the_block_has_its_merkle_root(void)
{
    uint8_t root[DIGEST_BYTES];
    CHECK_EQ(block.txid_count, 1557);
    digest_merkle_root(digests, DIGEST_SHA256D, block.txids, block.txid_count, root);
    CHECK_MEM(root, block_merkle_root, sizeof root);
    block.txids[777 * DIGEST_BYTES] ^= 1;
    digest_merkle_root(digests, DIGEST_SHA256D, block.txids, block.txid_count, root);
    CHECK(memcmp(root, block_merkle_root, sizeof root) != 0);
    block.txids[777 * DIGEST_BYTES] ^= 1;
}

static void test_all_signatures_of_the_block(void)
{
    CHECK_EQ(block.signature_count, 3957);
    for (size_t i = 0; i < block.signature_count; i++) {
        CHECK(ecdsa_secp256k1_verify_var(&block.signatures[i]));
        CHECK(ecdsa_secp256k1_s_is_low(block.signatures[i].s));
        struct ecdsa_secp256k1_input flipped = block.signatures[i];
        ((uint8_t *)&flipped)[i % 128] ^= (uint8_t)(1u << i % 8); /* digest, r, s or x */
        CHECK(!ecdsa_secp256k1_verify_var(&flipped));
    }
}

static void negate_modulo_n(uint8_t s[32])
{
    static const char n_hex[] = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
    uint8_t n[32];
    CHECK(hex_decode(n_hex, 64, n, sizeof n));
    int borrow = 0;
    for (int i = 31; i >= 0; i--) {
        int difference = n[i] - s[i] - borrow;
        borrow = difference < 0;
        s[i] = (uint8_t)(difference + 256 * borrow);
    }
}

static void test_high_s_is_valid_and_told_apart(void)
{
    for (size_t i = 0; i < 50; i++) {
        struct ecdsa_secp256k1_input high = block.signatures[i];
        negate_modulo_n(high.s);
        CHECK(!ecdsa_secp256k1_s_is_low(high.s));
        CHECK(ecdsa_secp256k1_verify_var(
            &high)); /* SEC 1 knows no low-s rule, and neither does the card */
    }
}

static void test_numbers_out_of_range(void)
{
    struct ecdsa_secp256k1_input job = block.signatures[0];
    memset(job.r, 0, sizeof job.r);
    CHECK(!ecdsa_secp256k1_verify_var(&job));
    memset(job.r, 0xFF, sizeof job.r);
    CHECK(!ecdsa_secp256k1_verify_var(&job));
    job = block.signatures[0];
    memset(job.s, 0, sizeof job.s);
    CHECK(!ecdsa_secp256k1_verify_var(&job));
    memset(job.s, 0xFF, sizeof job.s);
    CHECK(!ecdsa_secp256k1_verify_var(&job));
    job = block.signatures[0];
    memset(job.x, 0xFF, sizeof job.x);
    CHECK(!ecdsa_secp256k1_verify_var(&job));
    job = block.signatures[0];
    memset(job.y, 0, sizeof job.y);
    job.y[31] = 2; /* neither a parity nor this key's y */
    CHECK(!ecdsa_secp256k1_verify_var(&job));
    job = block.signatures[0];
    job.y[31] ^= 1; /* a compressed key, of the other parity */
    CHECK(!ecdsa_secp256k1_verify_var(&job));
}

/* ------------------------------------------------------------------ the card's known answers */

/* What the card hashes with flag MESSAGE becomes a payload without it; false: the CPU has no job
 * for that. */
static bool plain_payload(const struct snap_known_point *known, uint8_t *payload)
{
    uint8_t raw[SNAP_KNOWN_POINT_BYTES_MAX];
    CHECK(hex_decode(known->payload, 2 * (size_t)known->bytes, raw, known->bytes));
    memcpy(payload, raw, known->bytes);
    if ((known->flags & SNAP_FLAG_MESSAGE) == 0)
        return true;
    switch (known->opcode) {
    case SNAP_OP_ECDSA_SECP256K1_VERIFY:
        digest_compute(digests, DIGEST_SHA256, raw + 128, known->bytes - 128, payload);
        memcpy(payload + 32, raw, 128);
        return true;
    case SNAP_OP_ECDSA_SECP256K1_RECOVER:
        digest_compute(digests, DIGEST_SHA256, raw + 96, known->bytes - 96, payload);
        memcpy(payload + 32, raw, 96);
        return true;
    case SNAP_OP_SM2_VERIFY:
        memmove(raw + 32, raw + 160, known->bytes - 160); /* behind Z_A */
        digest_compute(digests, DIGEST_SM3, raw, known->bytes - 128, payload);
        return true;
    default:
        return false;
    }
}

static uint32_t verdict_of(bool valid)
{
    return valid ? SNAP_VERDICT_VALID : SNAP_VERDICT_INVALID;
}

static uint32_t verdict_of_sum(enum point_sum sum)
{
    return sum == POINT_INFINITY ? SNAP_VERDICT_INFINITY : verdict_of(sum == POINT_FINITE);
}

static uint32_t compute(const struct snap_known_point *known, const void *payload,
                        struct snap_point *point)
{
    switch (known->opcode) {
    case SNAP_OP_ECDSA_SECP256K1_VERIFY: {
        const struct ecdsa_secp256k1_input *job = payload;
        CHECK_EQ(ecdsa_secp256k1_compressed(job), (known->flags & SNAP_FLAG_COMPRESSED) != 0);
        bool low = (known->flags & SNAP_FLAG_LOW_S) == 0 || ecdsa_secp256k1_s_is_low(job->s);
        return verdict_of(low && ecdsa_secp256k1_verify_var(job));
    }
    case SNAP_OP_ECDSA_SECP256K1_RECOVER:
        return verdict_of(ecdsa_secp256k1_recover_var(payload, point));
    case SNAP_OP_BIP340_VERIFY:
        return verdict_of(bip340_verify_var(payload));
    case SNAP_OP_SM2_VERIFY:
        return verdict_of(sm2_verify_var(payload));
    case SNAP_OP_PEDERSEN_COMMIT:
        return verdict_of_sum(point_commit_var(payload, point));
    case SNAP_OP_PEDERSEN_SUM_ZERO:
        return verdict_of(point_sum_is_zero_var(payload, known->bytes / 96));
    case SNAP_OP_MSM:
        return verdict_of_sum(point_msm_var(payload, known->bytes / 96, point));
    default:
        CHECK(!"an opcode without reference");
        return 0;
    }
}

/* They were made without any library: libsecp256k1 and OpenSSL come to the same. */
static void test_known_answers_of_the_card(void)
{
    unsigned computed = 0;
    CHECK(sm2_ready());
    for (size_t i = 0; i < snap_known_point_count; i++) {
        const struct snap_known_point *known = &snap_known_points[i];
        uint8_t payload[SNAP_KNOWN_POINT_BYTES_MAX];
        uint8_t expected[sizeof(struct snap_point)];
        struct snap_point point;
        if (!plain_payload(known, payload))
            continue;
        uint32_t verdict = compute(known, payload, &point);
        if (verdict != known->verdict)
            printf("# known answer %zu\n", i);
        CHECK_EQ(verdict, known->verdict);
        if (known->point != NULL) {
            CHECK(hex_decode(known->point, 128, expected, sizeof expected));
            CHECK_MEM(&point, expected, sizeof expected);
        }
        computed++;
    }
    CHECK_EQ(computed, snap_known_point_count - 2); /* BIP 340 of messages of other lengths */
}

static void test_sm2_numbers_out_of_range(void)
{
    uint8_t numbers[3][32] = {{1}, {2}, {3}};
    struct snap_sm2_verify_payload good, job;
    CHECK(sm2_make_valid(numbers[0], numbers[1], numbers[2], &good));
    CHECK(sm2_verify_var(&good));
    for (unsigned field = 0; field < 5; field++) {
        uint8_t *at = (uint8_t *)&job + 32 * (size_t)field;
        job = good;
        memset(at, 0xFF, 32);
        CHECK(!sm2_verify_var(&job));
        memset(at, 0, 32);
        CHECK(!sm2_verify_var(&job));
        job = good;
        at[31] ^= 1;
        CHECK(!sm2_verify_var(&job));
    }
}

static void test_recovered_keys_verify(void)
{
    for (size_t i = 0; i < 200; i++) {
        const struct ecdsa_secp256k1_input *signature = &block.signatures[i];
        struct snap_ecdsa_recover_payload job = {.id = {0}};
        unsigned recovered = 0, same = 0;
        memcpy(job.digest, signature->digest, 32);
        memcpy(job.r, signature->r, 32);
        memcpy(job.s, signature->s, 32);
        for (uint8_t id = 0; id <= 4; id++) {
            struct snap_point key;
            job.id[31] = id;
            if (!ecdsa_secp256k1_recover_var(&job, &key))
                continue;
            struct ecdsa_secp256k1_input check = *signature;
            memcpy(check.x, key.x, 32);
            memcpy(check.y, key.y, 32);
            CHECK(ecdsa_secp256k1_verify_var(&check));
            same += memcmp(key.x, signature->x, 32) == 0;
            recovered++;
        }
        CHECK_EQ(recovered, 2); /* r + n is below p for none of these */
        CHECK_EQ(same, 1);
    }
}

static void test_forms_of_keys(void)
{
    struct ecdsa_secp256k1_input job;
    uint8_t key[65] = {0};
    memcpy(key + 1, block.signatures[0].x, 32);
    for (unsigned prefix = 0; prefix < 256; prefix++) {
        key[0] = (uint8_t)prefix;
        key[64] = 7;
        CHECK_EQ(ecdsa_secp256k1_set_key(&job, key, 33), prefix == 2 || prefix == 3);
        CHECK_EQ(ecdsa_secp256k1_set_key(&job, key, 65), prefix == 4);
        CHECK(!ecdsa_secp256k1_set_key(&job, key, 0));
        CHECK(!ecdsa_secp256k1_set_key(&job, key, 64));
    }
    /* An uncompressed key with a y that would read as a parity is no way to give a compressed one.
     */
    key[0] = 4;
    for (uint8_t y = 0; y < 2; y++) {
        key[64] = y;
        CHECK(!ecdsa_secp256k1_set_key(&job, key, 65));
    }
    /* But this one is on the curve: x^3 + 7 = 1. */
    static const char x_of_y_1[] =
        "1fe1e5ef3fceb5c135ab7741333ce5a6e80d68167653f6b2b24bcbcfaaaff507";
    CHECK(hex_decode(x_of_y_1, 64, key + 1, 32));
    CHECK(ecdsa_secp256k1_set_key(&job, key, 65));
    key[64] = 0;
    CHECK(!ecdsa_secp256k1_set_key(&job, key, 65));
}

static void expect_bad_rows(const char *text, const char *error)
{
    struct ecdsa_secp256k1_input rows[2];
    char actual[CSV_ERROR_TEXT_SIZE] = "";
    CHECK_EQ(block_parse_signatures("s.csv", text, strlen(text), rows, 2, actual), -1);
    if (strcmp(actual, error) != 0)
        printf("# %s\n", actual);
    CHECK(strcmp(actual, error) == 0);
}

static void test_malformed_files_name_the_line(void)
{
#define DIGEST "01eef469f51583d39b5b138b06963c006c6d787787ddc6eb026cd889eda46c04"
#define KEY    "032784bf76a1613195ed68c1096e486694f121adad9cb424bb81c9311c1664c160"
#define ROW    DIGEST "," DIGEST DIGEST "," KEY "\n"
    expect_bad_rows("digest,rs,pubkey\n", "s.csv:1: no rows");
    expect_bad_rows("digest,rs,pubkey\n" ROW ROW ROW, "s.csv:4: too many rows");
    expect_bad_rows("digest,rs,pubkey\n" ROW "x" ROW,
                    "s.csv:3: digest is not 64 hexadecimal digits");
    expect_bad_rows("digest,rs,pubkey\n" DIGEST "," DIGEST "," KEY "\n",
                    "s.csv:2: rs is not 128 hexadecimal digits");
    expect_bad_rows("digest,rs,pubkey\n" DIGEST "," DIGEST DIGEST ",05" DIGEST "\n",
                    "s.csv:2: pubkey is not a SEC 1 public key of 33 or 65 bytes");
    expect_bad_rows("digest,rs,pubkey\n" DIGEST "," DIGEST DIGEST "," KEY "0\n",
                    "s.csv:2: pubkey is not a SEC 1 public key of 33 or 65 bytes");
    struct block_data nothing;
    char error[CSV_ERROR_TEXT_SIZE];
    CHECK_EQ(block_data_load(&nothing, "tests/no-such-folder", error), -1);
    CHECK(strstr(error, "tests/no-such-folder/bitcoin-413567-p2pkh-signatures.csv: ") != NULL);
}

int main(void)
{
    char error[CSV_ERROR_TEXT_SIZE];
    digests = digest_context_create();
    CHECK(digests != NULL);
    if (block_data_load(&block, "tests/vectors", error) != 0) {
        printf("not ok - %s\n", error);
        return 1;
    }
    RUN(test_standard_vectors);
    RUN(test_merkle_roots_of_1_to_70_leaves);
    RUN(test_the_block_has_its_merkle_root);
    RUN(test_all_signatures_of_the_block);
    RUN(test_high_s_is_valid_and_told_apart);
    RUN(test_numbers_out_of_range);
    RUN(test_known_answers_of_the_card);
    RUN(test_sm2_numbers_out_of_range);
    RUN(test_recovered_keys_verify);
    RUN(test_forms_of_keys);
    RUN(test_malformed_files_name_the_line);
    block_data_free(&block);
    digest_context_destroy(digests);
    return 0;
}
