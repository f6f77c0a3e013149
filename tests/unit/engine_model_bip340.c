/* SPDX-License-Identifier: Apache-2.0 */
/* The program bip340_verify: the published vectors, random signatures, crafted and malformed ones.
 */
#include "tests/unit/check.h"
#include "tests/unit/engine_points.h"
#include "tests/unit/engine_rig.h"
#include <openssl/evp.h>
#include <secp256k1_extrakeys.h>
#include <secp256k1_schnorrsig.h>

#define VECTORS       "tests/vectors/bip340-vectors.csv"
#define MESSAGE_BYTES 256u

enum { R, S, X, CHALLENGE, WORDS };

static struct snap_model *model;
static const char lambda[] = "5363ad4cc05c30e0a5261c028812645a122e22ea20816678df02967c1b23bd72";

/* SHA-256 with the tag's digest twice in front, as BIP 340 says. */
static struct snap_u256 challenge_of(struct snap_u256 r, struct snap_u256 x, const uint8_t *message,
                                     size_t bytes)
{
    static const char tag[] = "BIP0340/challenge";
    uint8_t input[4 * 32 + MESSAGE_BYTES], digest[32];
    CHECK(bytes <= MESSAGE_BYTES);
    CHECK(EVP_Digest(tag, sizeof tag - 1, input, NULL, EVP_sha256(), NULL));
    memcpy(input + 32, input, 32);
    snap_u256_to_be(r, input + 64);
    snap_u256_to_be(x, input + 96);
    memcpy(input + 128, message, bytes);
    CHECK(EVP_Digest(input, 128 + bytes, digest, NULL, EVP_sha256(), NULL));
    return snap_u256_from_be(digest);
}

static bool verify(const struct snap_u256 *words)
{
    struct snap_model_answer answer = rig_run(model, ISA_PROGRAM_BIP340_VERIFY, words);
    CHECK(answer.code == SNAP_MODEL_VALID || answer.code == SNAP_MODEL_INVALID);
    return answer.code == SNAP_MODEL_VALID;
}

/* ---------------------------------------------------------------- the vectors */

/* Splits a line at its commas; returns the number of columns. */
static unsigned split(char *line, char *column[], unsigned columns)
{
    unsigned count = 0;
    line[strcspn(line, "\r\n")] = 0;
    for (char *at = line; at && count < columns; count++) {
        column[count] = at;
        at = strchr(at, ',');
        if (at)
            *at++ = 0;
    }
    return count;
}

static size_t bytes_of(const char *digits, uint8_t *bytes, size_t room)
{
    size_t size = strlen(digits) / 2;
    CHECK(size <= room);
    for (size_t i = 0; i < size; i++) {
        unsigned value;
        CHECK_EQ(sscanf(digits + 2 * i, "%2x", &value), 1);
        bytes[i] = (uint8_t)value;
    }
    return size;
}

static bool verify_vector(char *column[])
{
    struct snap_u256 words[WORDS];
    uint8_t message[MESSAGE_BYTES];
    CHECK(snap_u256_from_hex(column[2], &words[X]));
    CHECK_EQ(strlen(column[5]), 128);
    CHECK(snap_u256_from_hex(column[5], &words[R]) &&
          snap_u256_from_hex(column[5] + 64, &words[S]));
    size_t size = bytes_of(column[4], message, sizeof message);
    words[CHALLENGE] = challenge_of(words[R], words[X], message, size);
    return verify(words);
}

static void published_vectors(void)
{
    char line[2048], *column[8];
    unsigned valid = 0, invalid = 0;
    FILE *file = fopen(VECTORS, "r");
    CHECK(file && fgets(line, sizeof line, file));
    while (fgets(line, sizeof line, file)) {
        CHECK(split(line, column, 8) >= 7);
        bool expected = !strcmp(column[6], "TRUE");
        CHECK(expected || !strcmp(column[6], "FALSE"));
        CHECK_EQ(verify_vector(column), expected);
        *(expected ? &valid : &invalid) += 1;
    }
    CHECK_EQ(fclose(file), 0);
    CHECK_EQ(valid, 9);
    CHECK_EQ(invalid, 10);
}

/* ---------------------------------------------------------------- against libsecp256k1 */

static void random_signatures(void)
{
    struct rig_random random = {.state = 21};
    for (unsigned i = 0; i < 200; i++) {
        uint8_t secret[32], message[32], signature[64], x[32];
        secp256k1_keypair pair;
        secp256k1_xonly_pubkey key;
        snap_u256_to_be(points_scalar_reduce(rig_random256(&random)), secret);
        snap_u256_to_be(rig_random256(&random), message);
        CHECK(secp256k1_keypair_create(points_context(), &pair, secret));
        CHECK(secp256k1_schnorrsig_sign32(points_context(), signature, message, &pair, NULL));
        CHECK(secp256k1_keypair_xonly_pub(points_context(), &key, NULL, &pair));
        CHECK(secp256k1_xonly_pubkey_serialize(points_context(), x, &key));
        struct snap_u256 words[WORDS] = {snap_u256_from_be(signature),
                                         snap_u256_from_be(signature + 32), snap_u256_from_be(x)};
        words[CHALLENGE] = challenge_of(words[R], words[X], message, sizeof message);
        CHECK(verify(words));
        words[i % WORDS].limb[i / 5 % 4] ^= 1ull << i % 64;
        CHECK(!verify(words));
    }
}

/* BIP 340's last steps on points, for challenges that no message is known to have. */
static bool reference(const struct snap_u256 *words)
{
    struct point key;
    if (!points_lift(words[X], &key) || !snap_u256_less(words[S], points_order()))
        return false;
    struct snap_u256 e = points_scalar_negative(points_scalar_reduce(words[CHALLENGE]));
    struct point sum = points_add(points_generator(words[S]), points_mul(key, e));
    return !sum.infinity && !(sum.y.limb[0] & 1) && snap_u256_equal(sum.x, words[R]);
}

static void compare(const struct snap_u256 *words)
{
    CHECK_EQ(verify(words), reference(words));
}

static void crafted(void)
{
    struct snap_u256 l, n = points_order(), minus_one, list[12];
    CHECK(snap_u256_from_hex(lambda, &l));
    snap_u256_sub(n, snap_u256_small(1), &minus_one);
    const struct snap_u256 scalars[] = {
        snap_u256_small(0),
        snap_u256_small(1),
        snap_u256_small(2),
        snap_u256_small(3),
        points_scalar_negative(l),
        minus_one,
        points_scalar_mul(l, l),
        l,
        {{0, 0, 1}},
        {{~0ull, ~0ull}},
        n,
    };
    unsigned count = sizeof scalars / sizeof scalars[0], valid = 0;
    memcpy(list, scalars, sizeof scalars);
    for (unsigned i = 1; i + 1 < count; i++) {
        struct point key = points_generator(list[i]);
        for (unsigned j = 0; j < count * count; j++) {
            struct snap_u256 words[WORDS] = {
                [S] = list[j / count], [X] = key.x, [CHALLENGE] = list[j % count]};
            compare(words);
            if (!snap_u256_less(words[S], n))
                continue;
            struct point even;
            CHECK(points_lift(key.x, &even));
            struct snap_u256 e = points_scalar_negative(points_scalar_reduce(words[CHALLENGE]));
            words[R] = points_add(points_generator(words[S]), points_mul(even, e)).x;
            compare(words);
            valid += verify(words);
            words[CHALLENGE] = snap_u256_small(0); /* u2 = 0 */
            compare(words);
        }
    }
    CHECK(valid > 100);
}

static void malformed_words(void)
{
    struct snap_u256 p, n = points_order(), top, list[10];
    CHECK(
        snap_u256_from_hex("fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f", &p));
    snap_u256_sub(snap_u256_small(0), snap_u256_small(1), &top);
    const struct snap_u256 values[] = {
        snap_u256_small(0), snap_u256_small(1), snap_u256_small(5), n, p, top};
    memcpy(list, values, sizeof values);
    snap_u256_sub(n, snap_u256_small(1), &list[6]);
    snap_u256_sub(p, snap_u256_small(1), &list[7]);
    snap_u256_add(p, snap_u256_small(1), &list[8]);
    snap_u256_add(n, snap_u256_small(1), &list[9]);
    for (unsigned word = 0; word < WORDS; word++) {
        for (unsigned i = 0; i < sizeof list / sizeof list[0]; i++) {
            struct snap_u256 words[WORDS] = {
                {{0}}, {{4, 4}}, points_generator((struct snap_u256){{7, 7}}).x, {{9, 9, 9}}};
            words[word] = list[i];
            compare(words);
        }
    }
}

int main(void)
{
    model = rig_model();
    RUN(published_vectors);
    RUN(random_signatures);
    RUN(crafted);
    RUN(malformed_words);
    free(model);
    return 0;
}
