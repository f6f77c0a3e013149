/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/engine_points.h"
#include "tests/unit/check.h"

static const struct snap_modulus *order(void)
{
    static struct snap_modulus n;
    struct snap_u256 value;
    if (!n.m.limb[0]) {
        CHECK(snap_u256_from_hex("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141",
                                 &value));
        CHECK(snap_modulus_init(&n, value));
    }
    return &n;
}

const secp256k1_context *points_context(void)
{
    static secp256k1_context *context;
    if (!context)
        context = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
    CHECK(context);
    return context;
}

struct snap_u256 points_order(void)
{
    return order()->m;
}

struct snap_u256 points_scalar_mul(struct snap_u256 a, struct snap_u256 b)
{
    return snap_mod_mul(order(), a, b);
}

struct snap_u256 points_scalar_add(struct snap_u256 a, struct snap_u256 b)
{
    struct snap_u256 sum;
    bool carry = snap_u256_add(a, b, &sum);
    return snap_mod_reduce(order(), snap_u256_small(carry), sum);
}

struct snap_u256 points_scalar_negative(struct snap_u256 a)
{
    struct snap_u256 negative = a;
    if (!snap_u256_is_zero(a))
        snap_u256_sub(order()->m, a, &negative);
    return negative;
}

struct snap_u256 points_scalar_inverse(struct snap_u256 a)
{
    return snap_mod_inverse(order(), a);
}

struct snap_u256 points_scalar_reduce(struct snap_u256 a)
{
    return snap_mod_reduce(order(), snap_u256_small(0), a);
}

static bool parse(struct snap_u256 x, struct snap_u256 y, secp256k1_pubkey *key)
{
    uint8_t bytes[65] = {4};
    snap_u256_to_be(x, bytes + 1);
    snap_u256_to_be(y, bytes + 33);
    return secp256k1_ec_pubkey_parse(points_context(), key, bytes, sizeof bytes);
}

static struct point from_key(const secp256k1_pubkey *key)
{
    uint8_t bytes[65];
    size_t size = sizeof bytes;
    CHECK(secp256k1_ec_pubkey_serialize(points_context(), bytes, &size, key,
                                        SECP256K1_EC_UNCOMPRESSED));
    return (struct point){.x = snap_u256_from_be(bytes + 1), .y = snap_u256_from_be(bytes + 33)};
}

static const struct point infinity = {.infinity = true};

struct point points_second(void)
{
    struct point h = {.infinity = false};
    CHECK(snap_u256_from_hex("50929b74c1a04954b78b4b6035e97a5e078a5a0f28ec96d547bfee9ace803ac0",
                             &h.x));
    CHECK(snap_u256_from_hex("31d3c6863973926e049e637cb1b5f40a36dac28af1766968c30c2313f3a38904",
                             &h.y));
    return h;
}

struct point points_generator(struct snap_u256 scalar)
{
    uint8_t bytes[32];
    secp256k1_pubkey key;
    if (snap_u256_is_zero(scalar))
        return infinity;
    snap_u256_to_be(scalar, bytes);
    CHECK(secp256k1_ec_pubkey_create(points_context(), &key, bytes));
    return from_key(&key);
}

struct point points_mul(struct point a, struct snap_u256 scalar)
{
    uint8_t bytes[32];
    secp256k1_pubkey key;
    if (a.infinity || snap_u256_is_zero(scalar))
        return infinity;
    snap_u256_to_be(scalar, bytes);
    CHECK(parse(a.x, a.y, &key));
    CHECK(secp256k1_ec_pubkey_tweak_mul(points_context(), &key, bytes));
    return from_key(&key);
}

struct point points_add(struct point a, struct point b)
{
    secp256k1_pubkey key[2], sum;
    const secp256k1_pubkey *keys[2] = {&key[0], &key[1]};
    if (a.infinity)
        return b;
    if (b.infinity)
        return a;
    CHECK(parse(a.x, a.y, &key[0]) && parse(b.x, b.y, &key[1]));
    return secp256k1_ec_pubkey_combine(points_context(), &sum, keys, 2) ? from_key(&sum) : infinity;
}

struct point points_negative(struct point a)
{
    secp256k1_pubkey key;
    if (a.infinity)
        return a;
    CHECK(parse(a.x, a.y, &key));
    CHECK(secp256k1_ec_pubkey_negate(points_context(), &key));
    return from_key(&key);
}

bool points_equal(struct point a, struct point b)
{
    return a.infinity == b.infinity && snap_u256_equal(a.x, b.x) && snap_u256_equal(a.y, b.y);
}

bool points_lift(struct snap_u256 x, struct point *point)
{
    uint8_t bytes[33] = {2};
    secp256k1_pubkey key;
    snap_u256_to_be(x, bytes + 1);
    if (!secp256k1_ec_pubkey_parse(points_context(), &key, bytes, sizeof bytes))
        return false;
    *point = from_key(&key);
    return true;
}

bool points_valid(struct snap_u256 x, struct snap_u256 y)
{
    secp256k1_pubkey key;
    return parse(x, y, &key);
}
