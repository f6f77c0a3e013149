/* SPDX-License-Identifier: Apache-2.0 */
/* The program sm2_verify against OpenSSL: signatures that it makes, and points that it computes. */
#include "tests/unit/check.h"
#include "tests/unit/engine_rig.h"
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>

enum { E, R, S, X, Y, WORDS };

static struct snap_model *model;
static EC_GROUP *group;
static BN_CTX *context;

static const struct snap_modulus *order(void)
{
    return &model->curves.order[1];
}

static struct snap_u256 reduce(struct snap_u256 a)
{
    return snap_mod_reduce(order(), snap_u256_small(0), a);
}

static struct snap_u256 plus(struct snap_u256 a, struct snap_u256 b)
{
    struct snap_u256 sum;
    bool carry = snap_u256_add(a, b, &sum);
    return snap_mod_reduce(order(), snap_u256_small(carry), sum);
}

static struct snap_u256 negative(struct snap_u256 a)
{
    struct snap_u256 result;
    snap_u256_sub(order()->m, reduce(a), &result);
    return reduce(result);
}

/* a G + b Q; false at infinity. Q may be NULL. */
static bool combine(struct snap_u256 a, const EC_POINT *q, struct snap_u256 b, struct snap_u256 *x,
                    struct snap_u256 *y)
{
    EC_POINT *sum = EC_POINT_new(group);
    BIGNUM *big_a = rig_big(a), *big_b = rig_big(b), *big_x = BN_new(), *big_y = BN_new();
    CHECK(sum && big_x && big_y);
    CHECK(EC_POINT_mul(group, sum, big_a, q, q ? big_b : NULL, context));
    bool finite = !EC_POINT_is_at_infinity(group, sum);
    if (finite) {
        CHECK(EC_POINT_get_affine_coordinates(group, sum, big_x, big_y, context));
        *x = rig_small(big_x);
        *y = rig_small(big_y);
    }
    EC_POINT_free(sum);
    BN_free(big_a);
    BN_free(big_b);
    BN_free(big_x);
    BN_free(big_y);
    return finite;
}

/* NULL if there is no such point. */
static EC_POINT *point_at(struct snap_u256 x, struct snap_u256 y)
{
    if (!snap_u256_less(x, model->curves.prime[1].m) ||
        !snap_u256_less(y, model->curves.prime[1].m))
        return NULL;
    EC_POINT *point = EC_POINT_new(group);
    BIGNUM *big_x = rig_big(x), *big_y = rig_big(y);
    CHECK(point);
    if (!EC_POINT_set_affine_coordinates(group, point, big_x, big_y, context)) {
        EC_POINT_free(point);
        point = NULL;
    }
    BN_free(big_x);
    BN_free(big_y);
    return point;
}

/* GB/T 32918.2, 7.1, from step B5 on. */
static bool reference(const struct snap_u256 *words)
{
    struct snap_u256 n = order()->m, x, y, t = plus(words[R], words[S]);
    if (snap_u256_is_zero(words[R]) || snap_u256_is_zero(words[S]) ||
        !snap_u256_less(words[R], n) || !snap_u256_less(words[S], n) || snap_u256_is_zero(t))
        return false;
    EC_POINT *key = point_at(words[X], words[Y]);
    if (!key)
        return false;
    bool finite = combine(words[S], key, t, &x, &y);
    EC_POINT_free(key);
    return finite && snap_u256_equal(plus(reduce(words[E]), reduce(x)), words[R]);
}

static bool compare(const struct snap_u256 *words)
{
    bool valid = reference(words);
    struct snap_model_answer answer = rig_run(model, ISA_PROGRAM_SM2_VERIFY, words);
    CHECK_EQ(answer.code, valid ? SNAP_MODEL_VALID : SNAP_MODEL_INVALID);
    return valid;
}

/* ---------------------------------------------------------------- signatures by OpenSSL */

static struct snap_u256 parameter(EVP_PKEY *key, const char *name)
{
    BIGNUM *value = NULL;
    CHECK(EVP_PKEY_get_bn_param(key, name, &value));
    struct snap_u256 result = rig_small(value);
    BN_free(value);
    return result;
}

/* e = SM3(Z_A || message), with the usual user id "1234567812345678". */
static struct snap_u256 digest_of(EVP_PKEY *key, const uint8_t *message, size_t bytes)
{
    static const uint8_t id[] = {0x00, 0x80, '1', '2', '3', '4', '5', '6', '7',
                                 '8',  '1',  '2', '3', '4', '5', '6', '7', '8'};
    uint8_t input[sizeof id + 6 * 32], digest[32];
    BIGNUM *a = BN_new(), *b = BN_new(), *p = BN_new();
    CHECK(a && b && p && EC_GROUP_get_curve(group, p, a, b, context));
    memcpy(input, id, sizeof id);
    CHECK(BN_bn2binpad(a, input + sizeof id, 32) == 32);
    CHECK(BN_bn2binpad(b, input + sizeof id + 32, 32) == 32);
    CHECK(BN_bn2binpad(EC_GROUP_get0_cofactor(group), digest, 32) == 32 && digest[31] == 1);
    struct snap_u256 x, y;
    CHECK(combine(snap_u256_small(1), NULL, snap_u256_small(0), &x, &y));
    snap_u256_to_be(x, input + sizeof id + 64);
    snap_u256_to_be(y, input + sizeof id + 96);
    snap_u256_to_be(parameter(key, OSSL_PKEY_PARAM_EC_PUB_X), input + sizeof id + 128);
    snap_u256_to_be(parameter(key, OSSL_PKEY_PARAM_EC_PUB_Y), input + sizeof id + 160);
    BN_free(a);
    BN_free(b);
    BN_free(p);
    EVP_MD_CTX *sm3 = EVP_MD_CTX_new();
    CHECK(sm3 && EVP_Digest(input, sizeof input, digest, NULL, EVP_sm3(), NULL));
    CHECK(EVP_DigestInit(sm3, EVP_sm3()) && EVP_DigestUpdate(sm3, digest, 32) &&
          EVP_DigestUpdate(sm3, message, bytes) && EVP_DigestFinal(sm3, digest, NULL));
    EVP_MD_CTX_free(sm3);
    return snap_u256_from_be(digest);
}

static void sign(EVP_PKEY *key, const uint8_t *message, size_t bytes, struct snap_u256 *words)
{
    uint8_t der[128];
    size_t size = sizeof der;
    EVP_MD_CTX *signer = EVP_MD_CTX_new();
    EVP_PKEY_CTX *options = EVP_PKEY_CTX_new(key, NULL);
    CHECK(signer && options && EVP_PKEY_CTX_set1_id(options, "1234567812345678", 16) > 0);
    EVP_MD_CTX_set_pkey_ctx(signer, options);
    CHECK(EVP_DigestSignInit(signer, NULL, EVP_sm3(), NULL, key) == 1);
    CHECK(EVP_DigestSign(signer, der, &size, message, bytes) == 1);
    EVP_MD_CTX_free(signer);
    EVP_PKEY_CTX_free(options);
    const unsigned char *at = der;
    ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &at, (long)size);
    CHECK(signature);
    words[R] = rig_small(ECDSA_SIG_get0_r(signature));
    words[S] = rig_small(ECDSA_SIG_get0_s(signature));
    ECDSA_SIG_free(signature);
}

static void signatures_of_openssl(void)
{
    for (unsigned i = 0; i < 20; i++) {
        struct snap_u256 words[WORDS];
        const uint8_t message[3] = {'S', 'M', (uint8_t)i};
        EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "SM2");
        CHECK(key);
        sign(key, message, sizeof message, words);
        words[E] = digest_of(key, message, sizeof message);
        words[X] = parameter(key, OSSL_PKEY_PARAM_EC_PUB_X);
        words[Y] = parameter(key, OSSL_PKEY_PARAM_EC_PUB_Y);
        EVP_PKEY_free(key);
        CHECK(compare(words));
        for (unsigned word = 0; word < WORDS; word++) {
            words[word].limb[i % 4] ^= 1ull << (i * 3 + word);
            CHECK(!compare(words));
            words[word].limb[i % 4] ^= 1ull << (i * 3 + word);
        }
    }
}

/* ---------------------------------------------------------------- points by OpenSSL */

/* Words with s G + t Q computed by the verification; e is such that they are valid if the sum is
 * finite. */
static bool forge(struct snap_u256 s, struct snap_u256 t, struct snap_u256 k,
                  struct snap_u256 *words)
{
    struct snap_u256 x, y;
    words[S] = s;
    words[R] = plus(t, negative(s));
    CHECK(combine(k, NULL, k, &words[X], &words[Y]));
    EC_POINT *key = point_at(words[X], words[Y]);
    CHECK(key);
    bool finite = combine(s, key, t, &x, &y);
    EC_POINT_free(key);
    words[E] = finite ? plus(words[R], negative(x)) : words[R];
    return finite;
}

static void random_points(void)
{
    struct rig_random random = {.state = 31};
    unsigned products = 0;
    for (unsigned i = 0; i < 200; i++) {
        struct snap_u256 words[WORDS];
        forge(reduce(rig_random256(&random)), reduce(rig_random256(&random)),
              reduce(rig_random256(&random)), words);
        CHECK(compare(words));
        products += rig_run(model, ISA_PROGRAM_SM2_VERIFY, words).counts.products;
        words[i % WORDS].limb[i / 7 % 4] ^= 1ull << i % 64;
        CHECK(!compare(words));
    }
    printf("# products %.1f\n", products / 200.0);
    CHECK(products / 200 < 2900);
}

static void crafted_points(void)
{
    struct snap_u256 n = order()->m, half = snap_u256_shift_right(n, 1), scalar[12] = {{{0}}};
    for (unsigned i = 0; i < 4; i++) {
        scalar[i] = snap_u256_small(i);
        snap_u256_sub(n, snap_u256_small(i + 1), &scalar[4 + i]);
    }
    scalar[8] = half;
    scalar[9] = (struct snap_u256){{0, 0, 1}};
    scalar[10] = snap_u256_small(511);
    snap_u256_add(half, snap_u256_small(1), &scalar[11]);
    unsigned valid = 0, invalid = 0;
    for (unsigned k = 1; k < 12; k++) {
        for (unsigned i = 0; i < 144; i++) {
            struct snap_u256 words[WORDS];
            forge(scalar[i / 12], scalar[i % 12], scalar[k], words);
            *(compare(words) ? &valid : &invalid) += 1;
            /* s G and t Q are equal, and opposite */
            struct snap_u256 s = snap_mod_mul(order(), scalar[i % 12], scalar[k]);
            forge(s, scalar[i % 12], scalar[k], words);
            compare(words);
            forge(negative(s), scalar[i % 12], scalar[k], words);
            CHECK(!compare(words));
        }
    }
    CHECK(valid > 1000 && invalid > 100);
}

static void malformed_words(void)
{
    struct snap_u256 n = order()->m, p = model->curves.prime[1].m, good[WORDS];
    const struct snap_u256 base[] = {snap_u256_small(0), snap_u256_small(1), n, p,
                                     snap_u256_small(2)};
    forge((struct snap_u256){{1, 2, 3, 4}}, (struct snap_u256){{4, 3, 2, 1}},
          (struct snap_u256){{5, 5, 5, 5}}, good);
    CHECK(compare(good));
    for (unsigned word = 0; word < WORDS; word++) {
        for (unsigned i = 0; i < 15; i++) {
            struct snap_u256 words[WORDS];
            memcpy(words, good, sizeof good);
            snap_u256_add(base[i / 3], snap_u256_small(i % 3), &words[word]);
            snap_u256_sub(words[word], snap_u256_small(1), &words[word]);
            compare(words);
        }
    }
}

/* The sum's x and e are given; r = e + x, and the key is what makes it so. */
static void sum_with_x(struct snap_u256 x, struct snap_u256 e, struct snap_u256 s)
{
    struct snap_u256 words[WORDS] = {[E] = e, [S] = s, [R] = plus(reduce(e), reduce(x))};
    EC_POINT *sum = EC_POINT_new(group);
    BIGNUM *big_x = rig_big(x), *y = BN_new();
    CHECK(sum && y);
    bool on_curve = EC_POINT_set_compressed_coordinates(group, sum, big_x, 0, context) &&
                    EC_POINT_get_affine_coordinates(group, sum, NULL, y, context);
    if (on_curve) {
        struct snap_u256 t = snap_mod_inverse(order(), plus(words[R], s));
        CHECK(combine(negative(snap_mod_mul(order(), s, t)), sum, t, &words[X], &words[Y]));
        CHECK(compare(words));
        if (!snap_u256_add(e, order()->m, &words[E])) /* the same digest modulo n */
            CHECK(compare(words));
        words[E] = e;
        if (!snap_u256_add(s, order()->m, &words[S]))
            CHECK(!compare(words));
        words[S] = s;
        if (!snap_u256_add(words[R], order()->m, &words[R]))
            CHECK(!compare(words));
    }
    EC_POINT_free(sum);
    BN_free(big_x);
    BN_free(y);
}

static void x_above_the_order(void)
{
    for (unsigned i = 1; i < 12; i++) {
        struct snap_u256 x = snap_u256_small(i),
                         digests[3] = {snap_u256_small(5), {{0}}, order()->m};
        digests[1] = negative(snap_u256_small(i + 7));
        for (unsigned j = 0; j < 3; j++) {
            struct snap_u256 above, below;
            snap_u256_add(order()->m, x, &above);
            snap_u256_sub(model->curves.prime[1].m, x, &below);
            sum_with_x(x, digests[j], snap_u256_small(99));
            sum_with_x(above, digests[j], snap_u256_small(98));
            sum_with_x(below, digests[j], snap_u256_small(97));
        }
    }
}

int main(void)
{
    model = rig_model();
    group = EC_GROUP_new_by_curve_name(NID_sm2);
    context = BN_CTX_new();
    CHECK(group && context);
    RUN(signatures_of_openssl);
    RUN(random_points);
    RUN(crafted_points);
    RUN(malformed_words);
    RUN(x_above_the_order);
    EC_GROUP_free(group);
    BN_CTX_free(context);
    free(model);
    return 0;
}
