/* SPDX-License-Identifier: Apache-2.0 */
/* The programs ecdsa_verify and ecdsa_recover against libsecp256k1: random, crafted, malformed. */
#include "tests/unit/check.h"
#include "tests/unit/engine_points.h"
#include "tests/unit/engine_rig.h"
#include <secp256k1_recovery.h>

enum { DIGEST, R, S, X, Y, WORDS, RECOVERY_ID = X };

static struct snap_model *model;
static const char prime[] = "fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f";
static const char lambda[] = "5363ad4cc05c30e0a5261c028812645a122e22ea20816678df02967c1b23bd72";
static const char half_order[] = "7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0";

static struct snap_u256 plus(struct snap_u256 a, uint64_t b)
{
    struct snap_u256 sum;
    snap_u256_add(a, snap_u256_small(b), &sum);
    return sum;
}

static struct snap_u256 minus(struct snap_u256 a, uint64_t b)
{
    struct snap_u256 difference;
    snap_u256_sub(a, snap_u256_small(b), &difference);
    return difference;
}

/* ---------------------------------------------------------------- verify */

static bool parse_key(const struct snap_u256 *words, bool compressed, secp256k1_pubkey *key)
{
    uint8_t bytes[65] = {4};
    if (compressed && snap_u256_bits(words[Y]) > 1)
        return false;
    if (compressed)
        bytes[0] = words[Y].limb[0] ? 3 : 2;
    snap_u256_to_be(words[X], bytes + 1);
    snap_u256_to_be(words[Y], bytes + 33);
    return secp256k1_ec_pubkey_parse(points_context(), key, bytes, compressed ? 33 : 65);
}

static bool reference(const struct snap_u256 *words, bool compressed, bool low_s)
{
    uint8_t rs[64], digest[32];
    secp256k1_ecdsa_signature signature;
    secp256k1_pubkey key;
    snap_u256_to_be(words[R], rs);
    snap_u256_to_be(words[S], rs + 32);
    snap_u256_to_be(words[DIGEST], digest);
    if (!secp256k1_ecdsa_signature_parse_compact(points_context(), &signature, rs) ||
        !parse_key(words, compressed, &key))
        return false;
    if (secp256k1_ecdsa_signature_normalize(points_context(), &signature, &signature) && low_s)
        return false;
    return secp256k1_ecdsa_verify(points_context(), &signature, digest, &key);
}

/* Compares model and library; returns the verdict. */
static bool compare(const struct snap_u256 *words, bool compressed, bool low_s)
{
    bool valid = reference(words, compressed, low_s);
    struct snap_model_answer answer =
        rig_run_job(model, &(struct snap_model_job){.program = ISA_PROGRAM_ECDSA_VERIFY,
                                                    .compressed = compressed,
                                                    .low_s = low_s,
                                                    .words = words});
    CHECK_EQ(answer.code, valid ? SNAP_MODEL_VALID : SNAP_MODEL_INVALID);
    return valid;
}

/* The signature whose verification computes u1 G + u2 Q = sum; sum may be infinity, then r is
 * arbitrary. */
static void forge(struct snap_u256 u1, struct snap_u256 u2, struct point q, struct point sum,
                  struct snap_u256 words[WORDS])
{
    words[R] = points_scalar_reduce(sum.infinity ? snap_u256_small(77) : sum.x);
    words[S] = points_scalar_mul(words[R], points_scalar_inverse(u2));
    words[DIGEST] = points_scalar_mul(u1, words[S]);
    words[X] = q.x;
    words[Y] = q.y;
}

static void random_signatures(void)
{
    struct rig_random random = {.state = 11};
    for (unsigned i = 0; i < 300; i++) {
        struct snap_u256 words[WORDS];
        struct snap_u256 key = points_scalar_reduce(rig_random256(&random));
        struct snap_u256 u1 = points_scalar_reduce(rig_random256(&random));
        struct snap_u256 u2 = points_scalar_reduce(rig_random256(&random));
        struct snap_u256 sum = points_scalar_add(u1, points_scalar_mul(u2, key));
        forge(u1, u2, points_generator(key), points_generator(sum), words);
        CHECK(compare(words, false, false));
        compare(words, false, true);
        struct snap_u256 y = words[Y];
        words[Y] = snap_u256_small(y.limb[0] & 1);
        CHECK(compare(words, true, false));
        words[Y].limb[0] ^= 1;
        CHECK(!compare(words, true, false));
        words[Y] = y;
        words[i % WORDS].limb[i / 7 % 4] ^= 1ull << i % 64;
        CHECK(!compare(words, false, false));
    }
}

/* Scalars at which the digits, the split or the additions have something special. */
static unsigned special_scalars(struct snap_u256 *list)
{
    struct snap_u256 n = points_order(), l = rig_number(lambda);
    struct snap_u256 l2 = points_scalar_mul(l, l), power64 = {{0, 1}}, power128 = {{0, 0, 1}};
    const struct snap_u256 scalars[] = {
        snap_u256_small(0),
        snap_u256_small(1),
        snap_u256_small(2),
        snap_u256_small(3),
        minus(n, 1),
        minus(n, 2),
        rig_number(half_order),
        plus(rig_number(half_order), 1),
        l,
        plus(l, 1),
        minus(l, 1),
        points_scalar_negative(l),
        l2,
        power64,
        points_scalar_mul(power64, l),
        minus(power128, 1),
    };
    memcpy(list, scalars, sizeof scalars);
    return sizeof scalars / sizeof scalars[0];
}

static void compare_forged(struct snap_u256 u1, struct snap_u256 u2, struct snap_u256 k,
                           struct point q)
{
    struct snap_u256 words[WORDS];
    struct snap_u256 sum = points_scalar_add(u1, points_scalar_mul(u2, k));
    if (snap_u256_is_zero(u2))
        return;
    forge(u1, u2, q, points_generator(sum), words);
    CHECK_EQ(compare(words, false, false), !snap_u256_is_zero(sum));
    words[DIGEST] = plus(words[DIGEST], 1);
    compare(words, false, false);
}

/* Keys that are small or endomorphic multiples of the generator, so that intermediate sums meet. */
static void crafted_signatures(void)
{
    struct snap_u256 scalar[32], l = rig_number(lambda);
    unsigned count = special_scalars(scalar);
    for (unsigned i = 1; i < count; i++) {
        struct snap_u256 k = scalar[i];
        struct point q = points_generator(k);
        for (unsigned j = 0; j < count * count; j++)
            compare_forged(scalar[j / count], scalar[j % count], k, q);
        for (unsigned j = 1; j < count; j++) { /* u1 G is +-u2 Q, +-lambda u2 Q, ... */
            struct snap_u256 u1 = points_scalar_mul(scalar[j], k);
            for (unsigned turn = 0; turn < 3; turn++) {
                compare_forged(u1, scalar[j], k, q);
                compare_forged(points_scalar_negative(u1), scalar[j], k, q);
                u1 = points_scalar_mul(u1, l);
            }
        }
    }
}

/* The sum's x is `x`, be it below n or not. */
static void sum_with_x(struct snap_u256 x, struct rig_random *random)
{
    struct snap_u256 words[WORDS];
    struct point sum;
    if (!points_lift(x, &sum))
        return;
    struct snap_u256 u1 = points_scalar_reduce(rig_random256(random));
    struct snap_u256 u2 = points_scalar_reduce(rig_random256(random));
    struct point rest = points_add(sum, points_negative(points_generator(u1)));
    forge(u1, u2, points_mul(rest, points_scalar_inverse(u2)), sum, words);
    CHECK(compare(words, false, false));
    words[DIGEST].limb[0] ^= 2;
    CHECK(!compare(words, false, false));
}

static void x_above_the_order(void)
{
    struct rig_random random = {.state = 12};
    for (unsigned i = 1; i < 20; i++) {
        sum_with_x(snap_u256_small(i), &random);
        sum_with_x(plus(points_order(), i), &random);
        sum_with_x(minus(rig_number(prime), i), &random);
        sum_with_x(minus(points_order(), i), &random);
    }
}

/* Every word replaced by each of these, with both kinds of key. */
static void malformed_words(void)
{
    struct snap_u256 n = points_order(), p = rig_number(prime), top = minus(snap_u256_small(0), 1);
    const struct snap_u256 values[] = {
        snap_u256_small(0),
        snap_u256_small(1),
        snap_u256_small(2),
        minus(n, 1),
        n,
        plus(n, 1),
        minus(p, 1),
        p,
        plus(p, 1),
        top,
    };
    struct snap_u256 good[WORDS], u1 = {{1, 2, 3, 4}}, u2 = {{5, 6, 7, 8}};
    struct snap_u256 sum = points_scalar_add(u1, points_scalar_mul(u2, u1));
    forge(u1, u2, points_generator(u1), points_generator(sum), good);
    for (unsigned word = 0; word < WORDS; word++) {
        for (unsigned i = 0; i < sizeof values / sizeof values[0]; i++) {
            for (unsigned flags = 0; flags < 4; flags++) {
                struct snap_u256 words[WORDS];
                memcpy(words, good, sizeof good);
                if (flags & 1)
                    words[Y] = snap_u256_small(words[Y].limb[0] & 1);
                words[word] = values[i];
                compare(words, flags & 1, flags & 2);
            }
        }
    }
}

/* Coordinates that need a reduction: x + p and y + p, where they are below 2^256. */
static void unreduced_keys(void)
{
    struct snap_u256 p = rig_number(prime), words[WORDS];
    unsigned tried = 0;
    for (unsigned x = 1; x < 20; x++) {
        struct point q;
        if (!points_lift(snap_u256_small(x), &q))
            continue;
        struct snap_u256 u = {{x, 3, 3, 3}};
        forge(u, u, q, points_add(points_generator(u), points_mul(q, u)), words);
        CHECK(compare(words, false, false));
        words[X] = plus(p, x);
        CHECK(!compare(words, false, false));
        words[Y] = snap_u256_small(0);
        CHECK(!compare(words, true, false));
        tried++;
    }
    CHECK(tried > 5);
}

/* ---------------------------------------------------------------- recover */

/* False: no key. */
static bool reference_recover(const struct snap_u256 *words, uint8_t key[64])
{
    uint8_t rs[64], digest[32], bytes[65];
    size_t size = sizeof bytes;
    secp256k1_ecdsa_recoverable_signature signature;
    secp256k1_pubkey found;
    snap_u256_to_be(words[R], rs);
    snap_u256_to_be(words[S], rs + 32);
    snap_u256_to_be(words[DIGEST], digest);
    if (snap_u256_bits(words[RECOVERY_ID]) > 2 ||
        !secp256k1_ecdsa_recoverable_signature_parse_compact(points_context(), &signature, rs,
                                                             (int)words[RECOVERY_ID].limb[0]) ||
        !secp256k1_ecdsa_recover(points_context(), &found, &signature, digest))
        return false;
    CHECK(secp256k1_ec_pubkey_serialize(points_context(), bytes, &size, &found,
                                        SECP256K1_EC_UNCOMPRESSED));
    memcpy(key, bytes + 1, 64);
    return true;
}

/* The model tells a key at infinity from a bad signature, which the library does not. */
static enum snap_model_code compare_recover(const struct snap_u256 *words)
{
    uint8_t key[64];
    bool found = reference_recover(words, key);
    struct snap_model_answer answer = rig_run(model, ISA_PROGRAM_ECDSA_RECOVER, words);
    if (found) {
        CHECK_EQ(answer.code, SNAP_MODEL_RESULT);
        CHECK_MEM(answer.result, key, sizeof key);
    } else {
        CHECK(answer.code == SNAP_MODEL_INVALID || answer.code == SNAP_MODEL_INFINITY);
    }
    return answer.code;
}

static void random_recoveries(void)
{
    struct rig_random random = {.state = 13};
    unsigned found = 0;
    for (unsigned i = 0; i < 300; i++) {
        struct snap_u256 words[4];
        for (unsigned j = 0; j < 3; j++)
            words[j] = points_scalar_reduce(rig_random256(&random));
        words[RECOVERY_ID] = snap_u256_small(i % 4 < 2 ? i % 2 : i % 6);
        if (i % 6 >= 2 && i % 4 >= 2) /* x = r + n wants a small r */
            words[R] = snap_u256_small(i);
        found += compare_recover(words) == SNAP_MODEL_RESULT;
    }
    CHECK(found > 80);
}

/* Q = s/r R - e/r G: R at multiples of G, so that sums meet or vanish. */
static void crafted_recoveries(void)
{
    struct snap_u256 scalar[32];
    unsigned count = special_scalars(scalar), infinities = 0;
    for (unsigned i = 1; i < count; i++) {
        struct point point = points_generator(scalar[i]);
        struct snap_u256 words[4] = {[R] = point.x};
        words[RECOVERY_ID] = snap_u256_small(point.y.limb[0] & 1);
        CHECK(snap_u256_less(point.x, points_order()));
        for (unsigned j = 0; j < count * count; j++) {
            words[S] = points_scalar_mul(scalar[j / count], words[R]);
            words[DIGEST] = points_scalar_mul(scalar[j % count], words[R]);
            compare_recover(words);
        }
        for (unsigned j = 1; j < count; j++) {
            words[S] = scalar[j];
            words[DIGEST] = points_scalar_mul(scalar[i], scalar[j]);
            CHECK_EQ(compare_recover(words), SNAP_MODEL_INFINITY);
            infinities++;
        }
    }
    CHECK(infinities > 100);
}

static void malformed_recoveries(void)
{
    struct snap_u256 n = points_order(), p = rig_number(prime), top = minus(snap_u256_small(0), 1);
    struct snap_u256 gap;
    snap_u256_sub(p, n, &gap);
    const struct snap_u256 values[] = {
        snap_u256_small(0),
        snap_u256_small(1),
        snap_u256_small(2),
        snap_u256_small(3),
        snap_u256_small(4),
        minus(gap, 1),
        gap,
        plus(gap, 1),
        minus(n, 1),
        n,
        plus(n, 1),
        p,
        top,
        rig_number(half_order),
    };
    for (unsigned word = 0; word < 4; word++) {
        for (unsigned i = 0; i < sizeof values / sizeof values[0]; i++) {
            for (unsigned id = 0; id < 4; id++) {
                struct snap_u256 words[4] = {{{1, 2, 3, 4}}, {{2, 6}}, {{9, 1}}};
                words[RECOVERY_ID] = snap_u256_small(id);
                words[word] = values[i];
                compare_recover(words);
            }
        }
    }
}

int main(void)
{
    model = rig_model();
    RUN(random_signatures);
    RUN(crafted_signatures);
    RUN(x_above_the_order);
    RUN(malformed_words);
    RUN(unreduced_keys);
    RUN(random_recoveries);
    RUN(crafted_recoveries);
    RUN(malformed_recoveries);
    free(model);
    return 0;
}
