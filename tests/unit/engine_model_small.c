/* SPDX-License-Identifier: Apache-2.0 */
/* The field programs on curves so small that every case occurs: only constants and tables are
 * changed.
 *
 * y^2 = x^3 + 7 modulo 43 has 31 points and the endomorphism; 42 divides the real p - 1, so that
 * the real exponent of the square root fits. y^2 = x^3 - 3x + 10 modulo 43 has 37 points. Points
 * are numbered: point k is k G. */
#include "tests/unit/check.h"
#include "tests/unit/engine_rig.h"

#define P       43u
#define N_MAX   37u
#define LAMBDA  25u
#define BETA    36u
#define INVALID (~0u)

struct curve {
    unsigned n, a, b; /* a modulo P */
    struct small_point {
        unsigned x, y;
    } point[N_MAX]; /* [0] is infinity */
};

static struct curve secp = {.n = 31, .a = 0, .b = 7}, sm2 = {.n = 37, .a = P - 3, .b = 10};
static struct snap_model *model;
static struct isa_streams narrow_streams[ISA_IMAGE_PROGRAMS];

/* ---------------------------------------------------------------- the curves */

static unsigned inverse(unsigned a, unsigned m)
{
    for (unsigned i = 1; i < m; i++) {
        if (a * i % m == 1)
            return i;
    }
    CHECK(!"no inverse");
    return 0;
}

static bool on_curve(const struct curve *curve, unsigned x, unsigned y)
{
    return x < P && y < P && y * y % P == (x * x * x + curve->a * x + curve->b) % P;
}

/* The next multiple of G: point k + 1 from point k, 1 <= k < n - 1. */
static struct small_point next(const struct curve *curve, struct small_point a)
{
    struct small_point g = curve->point[1];
    unsigned slope = a.x == g.x ? (3 * a.x * a.x + curve->a) * inverse(2 * a.y % P, P)
                                : (g.y + P - a.y) * inverse((g.x + P - a.x) % P, P);
    slope %= P;
    unsigned x = (slope * slope + 2 * P - a.x - g.x) % P;
    return (struct small_point){x, (slope * (a.x + P - x) + P - a.y) % P};
}

static void make_curve(struct curve *curve)
{
    unsigned count = 1;
    for (unsigned i = 0; i < P * P; i++) {
        if (!on_curve(curve, i / P, i % P))
            continue;
        count++;
        if (!curve->point[1].x)
            curve->point[1] = (struct small_point){i / P, i % P};
    }
    CHECK_EQ(count, curve->n);
    for (unsigned k = 1; k + 1 < curve->n; k++) {
        curve->point[k + 1] = next(curve, curve->point[k]);
        CHECK(on_curve(curve, curve->point[k + 1].x, curve->point[k + 1].y));
    }
}

/* The number of the point; INVALID if there is none. */
static unsigned find(const struct curve *curve, unsigned x, unsigned y)
{
    for (unsigned k = 1; k < curve->n; k++) {
        if (curve->point[k].x == x && curve->point[k].y == y)
            return k;
    }
    return INVALID;
}

/* ---------------------------------------------------------------- the model on them */

static void place(unsigned at_x, unsigned at_y, const struct curve *curve, unsigned k)
{
    const struct small_point *point = &curve->point[k % curve->n];
    model->fixed[at_x] = snap_u256_small(point->x);
    model->fixed[at_y] = snap_u256_small(point->y);
}

static unsigned power_of_two(unsigned exponent, unsigned m)
{
    unsigned power = 1;
    while (exponent--)
        power = power * 2 % m;
    return power;
}

/* A stream's table of multiples of point `base`. */
static void make_table(const struct isa_stream *stream, const struct curve *curve, unsigned base)
{
    unsigned entries = stream->comb ? (1u << stream->width) - 1 : 1u << (stream->width - 2);
    for (unsigned i = 0; i < entries; i++) {
        unsigned multiple = stream->comb ? 0 : 2 * i + 1;
        for (unsigned j = 0; stream->comb && j < stream->width; j++) {
            if ((i + 1) >> j & 1)
                multiple += power_of_two(j * stream->spacing, curve->n);
        }
        place(stream->x + i, stream->y + i, curve, multiple % curve->n * base);
    }
}

/* `second` is the number of the second generator of commitments. */
static void make_tables(unsigned second)
{
    for (unsigned program = 0; program < ISA_PROGRAM_CODES; program++) {
        const struct isa_streams *streams = &isa_streams[program];
        for (unsigned s = 0; s < streams->count; s++) {
            const struct isa_stream *stream = &streams->list[s];
            if (stream->fixed)
                make_table(stream, streams->sm2 ? &sm2 : &secp,
                           stream->comb && !stream->half ? second : 1);
        }
    }
}

/* 1 / a modulo 2^256, by Newton's iteration. */
static struct snap_u256 inverse_256(unsigned a)
{
    struct snap_u256 high, x = snap_u256_small(1);
    for (unsigned i = 0; i < 8; i++) {
        struct snap_u256 product;
        snap_u256_mul(x, snap_u256_small(a), &high, &product);
        snap_u256_sub(snap_u256_small(2), product, &product);
        snap_u256_mul(x, product, &high, &x);
    }
    return x;
}

/* 2^257 a / 31, rounded down. */
static struct snap_u256 quotient_257(unsigned a)
{
    struct snap_u256 quotient = {{0}};
    unsigned rest = 2 * a;
    for (unsigned i = 256; i-- > 0;) {
        rest *= 2;
        quotient.limb[i / 64] |= (uint64_t)(rest / secp.n) << i % 64;
        rest %= secp.n;
    }
    return quotient;
}

/* The short vectors (1, -5) and (6, 1) take the place of the real ones. Shifts by 384 bits become
 * shifts by 257. */
static void replace_constant(struct snap_u256 *constant)
{
    const struct {
        const char *real;
        struct snap_u256 small;
    } list[] = {
        {"fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f", snap_u256_small(P)},
        {"fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", snap_u256_small(31)},
        {"261776f29b6b106c7680cf3ed83054a1af5ae537cb4613dbb4f20099aa774ec1", inverse_256(31)},
        {"7ae96a2b657c07106e64479eac3434e99cf0497512f58995c1396c28719501ee", snap_u256_small(BETA)},
        {"3086d221a7d46bcde86c90e49284eb153daa8a1471e8ca7fe893209a45dbb031", quotient_257(1)},
        {"e4437ed6010e88286f547fa90abfe4c4221208ac9df506c61571b4ae8ac47f71", quotient_257(5)},
        {"000000000000000000000000000000003086d221a7d46bcde86c90e49284eb15", snap_u256_small(1)},
        {"00000000000000000000000000000000e4437ed6010e88286f547fa90abfe4c3", snap_u256_small(5)},
        {"0000000000000000000000000000000114ca50f7a8e2f3f657c1108d9d44cfd8", snap_u256_small(6)},
        {"0000000000000000000000000000000100000000000000000000000000000000",
         {{0, 0, 0, 1ull << 63}}},
        {"0000000000000000000000000000000080000000000000000000000000000000", snap_u256_small(1)},
        {"fffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffff", snap_u256_small(P)},
        {"fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123", snap_u256_small(37)},
        {"28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93", snap_u256_small(10)},
    };
    for (unsigned i = 0; i < sizeof list / sizeof list[0]; i++) {
        struct snap_u256 real;
        CHECK(snap_u256_from_hex(list[i].real, &real));
        if (snap_u256_equal(*constant, real)) {
            *constant = list[i].small;
            return;
        }
    }
    /* Small numbers and powers of two are the same on every curve; of others a test must know. */
    struct snap_u256 below;
    snap_u256_sub(*constant, snap_u256_small(1), &below);
    unsigned bits = snap_u256_bits(*constant);
    CHECK(bits <= 4 || snap_u256_bits(below) == bits - 1);
}

static void make_model(void)
{
    make_curve(&secp);
    make_curve(&sm2);
    for (unsigned k = 1; k < secp.n; k++)
        CHECK_EQ(find(&secp, secp.point[k].x * BETA % P, secp.point[k].y), k * LAMBDA % secp.n);
    model = rig_model();
    struct snap_model_curves *curves = &model->curves;
    CHECK(snap_modulus_init(&curves->prime[0], snap_u256_small(P)));
    CHECK(snap_modulus_init(&curves->prime[1], snap_u256_small(P)));
    CHECK(snap_modulus_init(&curves->order[0], snap_u256_small(secp.n)));
    CHECK(snap_modulus_init(&curves->order[1], snap_u256_small(sm2.n)));
    curves->generator[0] = snap_u256_small(secp.point[1].x);
    curves->generator[1] = snap_u256_small(secp.point[1].y);
    curves->half_bits = 3;
    for (unsigned i = 0; i < ISA_IMAGE_CONSTANTS; i++)
        replace_constant(&model->image.constant[i]);
    make_tables(7);
    /* Scalars are short here: with digits of width 2 they have several, of both signs. */
    memcpy(narrow_streams, isa_streams, sizeof narrow_streams);
    for (unsigned program = 0; program < ISA_PROGRAM_CODES; program++) {
        for (unsigned s = 0; s < narrow_streams[program].count; s++) {
            struct isa_stream *stream = &narrow_streams[program].list[s];
            if (!stream->comb)
                stream->width = 2;
        }
    }
}

/* Runs a job with the hardware's streams and with the narrow ones. */
static struct snap_model_answer run(const struct snap_model_job *job)
{
    model->curves.streams = narrow_streams;
    struct snap_model_answer narrow = rig_run_job(model, job);
    model->curves.streams = isa_streams;
    struct snap_model_answer answer = rig_run_job(model, job);
    CHECK_EQ(narrow.code, answer.code);
    CHECK_MEM(narrow.result, answer.result, sizeof answer.result);
    return answer;
}

static struct snap_model_answer run_program(unsigned program, bool compressed, const unsigned *list,
                                            unsigned count)
{
    struct snap_u256 words[5];
    for (unsigned i = 0; i < count; i++)
        words[i] = snap_u256_small(list[i]);
    return run(
        &(struct snap_model_job){.program = program, .compressed = compressed, .words = words});
}
#define RUN_PROGRAM(program, compressed, ...)                                                      \
    run_program((program), (compressed), (const unsigned[]){__VA_ARGS__},                          \
                sizeof((const unsigned[]){__VA_ARGS__}) / sizeof(unsigned))

/* `k` 0: infinity; INVALID: no result. */
static void check_point(const struct snap_model_answer *answer, unsigned k)
{
    if (k == INVALID || k == 0) {
        CHECK_EQ(answer->code, k ? SNAP_MODEL_INVALID : SNAP_MODEL_INFINITY);
        return;
    }
    CHECK_EQ(answer->code, SNAP_MODEL_RESULT);
    CHECK_EQ(answer->result[31], secp.point[k].x);
    CHECK_EQ(answer->result[63], secp.point[k].y);
}

/* ---------------------------------------------------------------- ECDSA */

static bool valid_ecdsa(unsigned e, unsigned r, unsigned s, unsigned q)
{
    unsigned n = secp.n;
    if (q == INVALID || r == 0 || r >= n || s == 0 || s >= n)
        return false;
    unsigned w = inverse(s, n), sum = (e * w + r * w % n * q) % n;
    return sum && secp.point[sum].x % n == r;
}

static void check_ecdsa(unsigned e, unsigned r, unsigned s, unsigned q)
{
    struct snap_model_answer answer =
        RUN_PROGRAM(ISA_PROGRAM_ECDSA_VERIFY, false, e, r, s, secp.point[q].x, secp.point[q].y);
    CHECK_EQ(answer.code, valid_ecdsa(e, r, s, q) ? SNAP_MODEL_VALID : SNAP_MODEL_INVALID);
}

/* Every key, every u1 and u2: all sums that the additions can come upon. */
static void ecdsa_every_sum(void)
{
    unsigned n = secp.n, valid = 0;
    for (unsigned i = 0; i < n * n * n; i++) {
        unsigned q = i % n, u1 = i / n % n, u2 = i / n / n;
        if (!q || !u2)
            continue;
        unsigned sum = (u1 + u2 * q) % n;
        unsigned r = sum ? secp.point[sum].x % n : 1 + u1 % (n - 1);
        if (!r)
            continue;
        unsigned s = r * inverse(u2, n) % n;
        check_ecdsa(u1 * s % n, r, s, q);
        valid += sum != 0;
    }
    CHECK(valid > 20000);
}

/* Every e, r, s for a key, a third of them for another; r and s also out of range. */
static void ecdsa_every_signature(void)
{
    for (unsigned i = 0; i < 31 * 33 * 33; i++) {
        check_ecdsa(i % 31, i / 31 % 33, i / 31 / 33, 1);
        if (i % 3 == 0)
            check_ecdsa(i % 31, i / 31 % 33, i / 31 / 33, secp.n - 1);
    }
}

static void ecdsa_every_key(void)
{
    unsigned valid = 0;
    for (unsigned i = 0; i < 46 * 46; i++) {
        unsigned x = i / 46, y = i % 46, q = find(&secp, x, y);
        bool expected = valid_ecdsa(3, 7, 9, q);
        struct snap_model_answer answer =
            RUN_PROGRAM(ISA_PROGRAM_ECDSA_VERIFY, false, 3, 7, 9, x, y);
        CHECK_EQ(answer.code, expected ? SNAP_MODEL_VALID : SNAP_MODEL_INVALID);
        /* the same x, y by its parity */
        unsigned even = INVALID;
        for (unsigned k = 1; k < secp.n; k++) {
            if (secp.point[k].x == x && secp.point[k].y % 2 == y)
                even = k;
        }
        expected = valid_ecdsa(3, 7, 9, even);
        answer = RUN_PROGRAM(ISA_PROGRAM_ECDSA_VERIFY, true, 3, 7, 9, x, y);
        CHECK_EQ(answer.code, expected ? SNAP_MODEL_VALID : SNAP_MODEL_INVALID);
        valid += expected;
    }
    CHECK(valid > 0);
}

static void recover_every_signature(void)
{
    unsigned n = secp.n, found = 0;
    for (unsigned i = 0; i < 31 * 33 * 11 * 5; i++) {
        unsigned e = i % 31, r = i / 31 % 33, s = i / 31 / 33 % 11 * 3, id = i / 31 / 33 / 11;
        unsigned x = r + (id & 2 ? n : 0), k = INVALID;
        for (unsigned j = 1; j < n; j++) {
            if (secp.point[j].x == x && secp.point[j].y % 2 == id % 2)
                k = j;
        }
        if (r == 0 || r >= n || s == 0 || s >= n || id > 3)
            k = INVALID;
        if (k != INVALID)
            k = (s * k + (n - e) % n) % n * inverse(r, n) % n;
        struct snap_model_answer answer =
            RUN_PROGRAM(ISA_PROGRAM_ECDSA_RECOVER, false, e, r, s, id);
        check_point(&answer, k);
        found += k != INVALID;
    }
    CHECK(found > 1000);
}

/* ---------------------------------------------------------------- the other programs */

static void bip340_every_sum(void)
{
    unsigned n = secp.n, valid = 0;
    for (unsigned i = 0; i < 32 * 31 * 45; i++) {
        unsigned s = i % 32, e = i / 32 % 31, x = i / 32 / 31, key = 0, sum = 0;
        for (unsigned k = 1; k < n; k++) {
            if (secp.point[k].x == x && secp.point[k].y % 2 == 0)
                key = k;
        }
        if (key && s < n)
            sum = (s + (n - e) * key) % n;
        unsigned r = sum ? secp.point[sum].x : i % 47;
        bool expected = sum && secp.point[sum].y % 2 == 0;
        struct snap_model_answer answer = RUN_PROGRAM(ISA_PROGRAM_BIP340_VERIFY, false, r, s, x, e);
        CHECK_EQ(answer.code, expected ? SNAP_MODEL_VALID : SNAP_MODEL_INVALID);
        if (i % 4 == 0) {
            answer = RUN_PROGRAM(ISA_PROGRAM_BIP340_VERIFY, false, r + 1, s, x, e);
            CHECK_EQ(answer.code, SNAP_MODEL_INVALID);
        }
        valid += expected;
    }
    CHECK(valid > 5000);
}

static void sm2_every_sum(void)
{
    unsigned n = sm2.n, valid = 0;
    for (unsigned i = 0; i < n * n * n; i++) {
        unsigned q = i % n, s = i / n % n, t = i / n / n;
        if (!q)
            continue;
        unsigned sum = (s + t * q) % n, r = (t + n - s) % n;
        unsigned e = (r + 2 * n - (sum ? sm2.point[sum].x : 0)) % n;
        bool expected = sum && s && t && r;
        struct snap_model_answer answer =
            RUN_PROGRAM(ISA_PROGRAM_SM2_VERIFY, false, e, r, s, sm2.point[q].x, sm2.point[q].y);
        CHECK_EQ(answer.code, expected ? SNAP_MODEL_VALID : SNAP_MODEL_INVALID);
        valid += expected;
    }
    CHECK(valid > 40000);
}

/* Every second generator, every value and blinding factor. */
static void pedersen_every_sum(void)
{
    unsigned n = secp.n;
    for (unsigned h = 1; h < n; h++) {
        make_tables(h);
        for (unsigned i = 0; i < n * (n + 1); i++) {
            unsigned v = i % n, r = i / n;
            struct snap_model_answer answer = RUN_PROGRAM(ISA_PROGRAM_PEDERSEN_COMMIT, false, v, r);
            check_point(&answer, r < n ? (v * h + r) % n : INVALID);
        }
    }
}

/* Random terms, a third of the jobs with a bad one. */
static void check_terms(unsigned program, struct rig_random *random)
{
    struct snap_u256 words[3 * SNAP_MODEL_TERMS];
    unsigned n = secp.n, sum = 0, terms = 1 + (unsigned)(rig_random64(random) % 18);
    bool msm = program == ISA_PROGRAM_MSM, bad = rig_random64(random) % 3 == 0;
    unsigned bad_term = (unsigned)(rig_random64(random) % terms);
    for (unsigned i = 0; i < terms; i++) {
        unsigned k = 1 + (unsigned)(rig_random64(random) % (n - 1));
        unsigned factor = (unsigned)(rig_random64(random) % (msm ? n : 2));
        struct small_point point = secp.point[k];
        sum += (msm ? factor : factor ? n - 1 : 1) * k;
        if (bad && i == bad_term) {
            unsigned kind = (unsigned)(rig_random64(random) % 3);
            point.x += kind == 0 ? P : 0;
            point.y = kind == 1 ? 0 : point.y; /* which no point has: the order is odd */
            factor = kind == 2 ? n : factor;
        }
        words[3 * i] = snap_u256_small(factor);
        words[3 * i + 1] = snap_u256_small(point.x);
        words[3 * i + 2] = snap_u256_small(point.y);
    }
    struct snap_model_job job = {.program = program,
                                 .terms = terms,
                                 .words = words,
                                 .order_seed = (uint32_t)rig_random64(random)};
    if (bad)
        sum = INVALID;
    else
        sum %= n;
    struct snap_model_answer answer = run(&job);
    if (msm)
        check_point(&answer, sum);
    else
        CHECK_EQ(answer.code, sum ? SNAP_MODEL_INVALID : SNAP_MODEL_VALID);
}

static void random_sums(void)
{
    struct rig_random random = {.state = 51};
    for (unsigned i = 0; i < 4000; i++) {
        check_terms(ISA_PROGRAM_SUM_ZERO, &random);
        if (i % 4 == 0)
            check_terms(ISA_PROGRAM_MSM, &random);
    }
}

static struct snap_model_answer run_msm(const unsigned *factors, const unsigned *points,
                                        unsigned terms, uint32_t order_seed)
{
    struct snap_u256 words[3 * SNAP_MODEL_TERMS];
    for (unsigned i = 0; i < terms; i++) {
        words[3 * i] = snap_u256_small(factors[i]);
        words[3 * i + 1] = snap_u256_small(secp.point[points[i]].x);
        words[3 * i + 2] = snap_u256_small(secp.point[points[i]].y);
    }
    return run(&(struct snap_model_job){
        .program = ISA_PROGRAM_MSM, .terms = terms, .words = words, .order_seed = order_seed});
}

/* Every pair of scalars, out of range too, of points equal, opposite and others: all sums within a
 * chunk. */
static void msm_every_pair(void)
{
    static const unsigned second[] = {1, 2, 3, 5, 8, 12, 17, 23, 28, 30}; /* 28 is -3 */
    unsigned n = secp.n, pairs = (n + 1) * (n + 1);
    for (unsigned i = 0; i < pairs * (sizeof second / sizeof second[0]); i++) {
        unsigned factors[2] = {i % (n + 1), i / (n + 1) % (n + 1)};
        unsigned points[2] = {3, second[i / pairs]};
        struct snap_model_answer answer = run_msm(factors, points, 2, 0);
        bool good = factors[0] < n && factors[1] < n;
        check_point(&answer, good ? (factors[0] * 3 + factors[1] * points[1]) % n : INVALID);
    }
}

/* Two chunks with every pair of sums, brought together in both orders. */
static void msm_every_meeting(void)
{
    unsigned n = secp.n;
    for (unsigned i = 0; i < n * n * 4; i++) {
        unsigned first = i % n, second = i / n % n, turn = i / n / n;
        unsigned factors[5] = {first, turn, n - 1, turn, second}, points[5] = {1, 2, 2, 2, 1};
        factors[2] = (n - 2 * turn % n) % n; /* the three between add up to nothing */
        struct snap_model_answer answer = run_msm(factors, points, 5, turn % 2 ? i : 0);
        check_point(&answer, (first + second) % n);
    }
}

static void msm_every_point(void)
{
    for (unsigned i = 0; i < 46 * 46; i++) {
        unsigned x = i / 46, y = i % 46, q = find(&secp, x, y);
        const struct snap_u256 words[6] = {snap_u256_small(2),
                                           snap_u256_small(secp.point[5].x),
                                           snap_u256_small(secp.point[5].y),
                                           snap_u256_small(7),
                                           snap_u256_small(x),
                                           snap_u256_small(y)};
        struct snap_model_answer answer =
            run(&(struct snap_model_job){.program = ISA_PROGRAM_MSM, .terms = 2, .words = words});
        check_point(&answer, q == INVALID ? INVALID : (2 * 5 + 7 * q) % secp.n);
    }
}

int main(void)
{
    make_model();
    RUN(ecdsa_every_sum);
    RUN(ecdsa_every_signature);
    RUN(ecdsa_every_key);
    RUN(recover_every_signature);
    RUN(bip340_every_sum);
    RUN(sm2_every_sum);
    RUN(pedersen_every_sum);
    RUN(random_sums);
    RUN(msm_every_pair);
    RUN(msm_every_meeting);
    RUN(msm_every_point);
    free(model);
    return 0;
}
