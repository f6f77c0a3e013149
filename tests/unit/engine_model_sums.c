/* SPDX-License-Identifier: Apache-2.0 */
/* The programs pedersen_commit, sum_zero and msm against libsecp256k1. */
#include "tests/unit/check.h"
#include "tests/unit/engine_points.h"
#include "tests/unit/engine_rig.h"

#define TERMS SNAP_MODEL_TERMS

static struct snap_model *model;

struct term {
    struct snap_u256 factor; /* scalar; of sum_zero 0 plus, 1 minus */
    struct point point;
};

static struct snap_u256 random_scalar(struct rig_random *random)
{
    return points_scalar_reduce(rig_random256(random));
}

static void check_point(const struct snap_model_answer *answer, struct point expected)
{
    if (expected.infinity) {
        CHECK_EQ(answer->code, SNAP_MODEL_INFINITY);
        return;
    }
    CHECK_EQ(answer->code, SNAP_MODEL_RESULT);
    CHECK(snap_u256_equal(snap_u256_from_be(answer->result), expected.x));
    CHECK(snap_u256_equal(snap_u256_from_be(answer->result + 32), expected.y));
}

/* ---------------------------------------------------------------- commitments */

static unsigned commit(struct snap_u256 v, struct snap_u256 r)
{
    const struct snap_u256 words[2] = {v, r};
    struct snap_model_answer answer = rig_run(model, ISA_PROGRAM_PEDERSEN_COMMIT, words);
    bool good = snap_u256_bits(v) <= 64 && snap_u256_less(r, points_order());
    if (good)
        check_point(&answer, points_add(points_mul(points_second(), v), points_generator(r)));
    else
        CHECK_EQ(answer.code, SNAP_MODEL_INVALID);
    return answer.counts.products;
}

static void random_commitments(void)
{
    struct rig_random random = {.state = 41};
    unsigned products = 0;
    for (unsigned i = 0; i < 500; i++)
        products += commit(snap_u256_small(rig_random64(&random)), random_scalar(&random));
    printf("# products %.1f\n", products / 500.0);
    CHECK(products / 500 < 620);
}

static void special_commitments(void)
{
    const struct snap_u256 l =
        rig_number("5363ad4cc05c30e0a5261c028812645a122e22ea20816678df02967c1b23bd72");
    struct snap_u256 n = points_order(), minus_one, plus_one;
    snap_u256_sub(n, snap_u256_small(1), &minus_one);
    snap_u256_add(n, snap_u256_small(1), &plus_one);
    const struct snap_u256 values[] = {
        snap_u256_small(0),
        snap_u256_small(1),
        snap_u256_small(2),
        snap_u256_small(255),
        snap_u256_small(~0ull),
        {{0, 1}},
        {{0, 0, 1}},
        {{~0ull, ~0ull, ~0ull, ~0ull}},
        {{1ull << 17, 0, 8}},
        l,
        minus_one,
        n,
        plus_one,
        points_scalar_negative(l),
        points_scalar_mul(l, l),
    };
    unsigned count = sizeof values / sizeof values[0];
    for (unsigned i = 0; i < count * count; i++)
        commit(values[i / count], values[i % count]);
    for (unsigned i = 0; i < 256; i++) { /* each bit alone, each row of teeth alone */
        struct snap_u256 r = {{0}};
        r.limb[i / 64] = 1ull << i % 64;
        commit(snap_u256_small(i < 64 ? 1ull << i : 0), r);
    }
}

/* ---------------------------------------------------------------- sums of many terms */

static struct snap_model_answer run(unsigned program, const struct term *terms, unsigned count,
                                    uint32_t order_seed)
{
    struct snap_u256 words[3 * TERMS];
    for (unsigned i = 0; i < count; i++) {
        words[3 * i] = terms[i].factor;
        words[3 * i + 1] = terms[i].point.x;
        words[3 * i + 2] = terms[i].point.y;
    }
    return rig_run_job(
        model, &(struct snap_model_job){
                   .program = program, .terms = count, .words = words, .order_seed = order_seed});
}

static struct point sum_of(unsigned program, const struct term *terms, unsigned count)
{
    struct point sum = {.infinity = true};
    for (unsigned i = 0; i < count; i++) {
        struct point term = terms[i].point;
        if (program == ISA_PROGRAM_MSM)
            term = points_mul(term, terms[i].factor);
        else if (terms[i].factor.limb[0])
            term = points_negative(term);
        sum = points_add(sum, term);
    }
    return sum;
}

/* The answer must not depend on the order in which chunks come together. */
static struct snap_model_answer compare(unsigned program, const struct term *terms, unsigned count)
{
    struct point sum = sum_of(program, terms, count);
    struct snap_model_answer answer;
    for (uint32_t seed = 0; seed < 3; seed++) {
        answer = run(program, terms, count, seed * 0x9e3779b9);
        if (program == ISA_PROGRAM_MSM)
            check_point(&answer, sum);
        else
            CHECK_EQ(answer.code, sum.infinity ? SNAP_MODEL_VALID : SNAP_MODEL_INVALID);
    }
    return answer;
}

static void random_terms(struct rig_random *random, struct term *terms, unsigned count, bool msm)
{
    for (unsigned i = 0; i < count; i++) {
        terms[i].point = points_generator(random_scalar(random));
        terms[i].factor = msm ? random_scalar(random) : snap_u256_small(rig_random64(random) & 1);
    }
}

static void random_msm(void)
{
    struct rig_random random = {.state = 42};
    struct term terms[TERMS];
    for (unsigned count = 1; count <= TERMS; count += count < 10 ? 1 : 9) {
        random_terms(&random, terms, count, true);
        struct snap_model_answer answer = compare(ISA_PROGRAM_MSM, terms, count);
        if (count == TERMS) {
            printf("# %u terms: products %.1f a term\n", count,
                   answer.counts.products / (double)count);
            CHECK(answer.counts.products / count < 920);
        }
    }
}

/* Terms of few points with few scalars: sums within and between chunks are equal, opposite,
 * nothing. */
static void crafted_msm(void)
{
    const struct snap_u256 l =
        rig_number("5363ad4cc05c30e0a5261c028812645a122e22ea20816678df02967c1b23bd72");
    const struct snap_u256 scalars[] = {
        snap_u256_small(0),
        snap_u256_small(1),
        snap_u256_small(2),
        l,
        points_scalar_negative(snap_u256_small(1)),
        points_scalar_negative(l),
        {{0, 0, 1}},
        snap_u256_small(7),
    };
    struct rig_random random = {.state = 43};
    struct term terms[TERMS];
    for (unsigned turn = 0; turn < 400; turn++) {
        unsigned count = turn < 300 ? 1 + turn % 12 : TERMS - turn % 8;
        unsigned kinds = 1 + turn / 7 % 8;
        for (unsigned i = 0; i < count; i++) {
            terms[i].point = points_generator(snap_u256_small(1 + rig_random64(&random) % 3));
            terms[i].factor = scalars[rig_random64(&random) % kinds];
        }
        compare(ISA_PROGRAM_MSM, terms, count);
    }
    for (unsigned count = 1; count <= 17; count++) { /* all the same, so that equal chunks meet */
        for (unsigned i = 0; i < count; i++)
            terms[i] = (struct term){scalars[count % 8], points_generator(snap_u256_small(5))};
        compare(ISA_PROGRAM_MSM, terms, count);
    }
}

static void random_sums(void)
{
    struct rig_random random = {.state = 44};
    struct term terms[TERMS];
    for (unsigned count = 1; count <= TERMS; count += count < 10 ? 1 : 9) {
        random_terms(&random, terms, count, false);
        CHECK_EQ(compare(ISA_PROGRAM_SUM_ZERO, terms, count).code, SNAP_MODEL_INVALID);
        struct point rest = sum_of(ISA_PROGRAM_SUM_ZERO, terms, count - 1);
        if (rest.infinity)
            continue;
        terms[count - 1].point = terms[count - 1].factor.limb[0] ? rest : points_negative(rest);
        struct snap_model_answer answer = compare(ISA_PROGRAM_SUM_ZERO, terms, count);
        CHECK_EQ(answer.code, SNAP_MODEL_VALID);
        if (count == TERMS)
            printf("# %u terms: products %.1f a term\n", count,
                   answer.counts.products / (double)count);
    }
}

static void crafted_sums(void)
{
    struct rig_random random = {.state = 45};
    struct term terms[TERMS];
    unsigned valid = 0;
    for (unsigned turn = 0; turn < 600; turn++) {
        unsigned count = turn < 500 ? 1 + turn % 13 : TERMS - turn % 5;
        for (unsigned i = 0; i < count; i++) {
            terms[i].point = points_generator(snap_u256_small(1 + rig_random64(&random) % 2));
            terms[i].factor = snap_u256_small(rig_random64(&random) % 2);
        }
        valid += compare(ISA_PROGRAM_SUM_ZERO, terms, count).code == SNAP_MODEL_VALID;
    }
    CHECK(valid > 20);
    /* The same y: P, lambda P, lambda^2 P add up to nothing. */
    struct snap_u256 l =
        rig_number("5363ad4cc05c30e0a5261c028812645a122e22ea20816678df02967c1b23bd72");
    for (unsigned i = 0; i < 3; i++) {
        terms[i].factor = snap_u256_small(1);
        terms[i].point = i ? points_mul(terms[i - 1].point, l) : points_generator(l);
        compare(ISA_PROGRAM_SUM_ZERO, terms, i + 1);
    }
}

/* One bad word in one term of many: the whole job is invalid. */
static void malformed_terms(unsigned program)
{
    struct snap_u256 p =
        rig_number("fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f");
    struct rig_random random = {.state = 46};
    struct term terms[TERMS];
    random_terms(&random, terms, TERMS, program == ISA_PROGRAM_MSM);
    for (unsigned turn = 0; turn < 200; turn++) {
        unsigned count = 1 + (unsigned)(rig_random64(&random) % 20);
        unsigned bad = (unsigned)(rig_random64(&random) % count);
        struct term kept = terms[bad];
        struct term *term = &terms[bad];
        switch (turn % 5) {
        case 0:
            term->factor = program == ISA_PROGRAM_MSM ? points_order() : snap_u256_small(2);
            break;
        case 1:
            term->point.x = p;
            break;
        case 2:
            term->point.y = p;
            break;
        case 3:
            term->point.x.limb[turn % 4] ^= 1ull << turn % 64;
            break;
        default:
            term->point.y.limb[turn % 4] ^= 1ull << turn % 64;
        }
        bool good = points_valid(term->point.x, term->point.y) && turn % 5;
        CHECK(!good);
        CHECK_EQ(run(program, terms, count, turn).code, SNAP_MODEL_INVALID);
        terms[bad] = kept;
    }
    /* x + p instead of x: the same point, but not in the form that is allowed */
    struct term small = {.factor = snap_u256_small(1)};
    CHECK(points_lift(snap_u256_small(1), &small.point));
    snap_u256_add(p, small.point.x, &small.point.x);
    CHECK_EQ(run(program, &small, 1, 0).code, SNAP_MODEL_INVALID);
}

static void malformed_msm(void)
{
    malformed_terms(ISA_PROGRAM_MSM);
}

static void malformed_sums(void)
{
    malformed_terms(ISA_PROGRAM_SUM_ZERO);
}

int main(void)
{
    model = rig_model();
    RUN(random_commitments);
    RUN(special_commitments);
    RUN(random_msm);
    RUN(crafted_msm);
    RUN(malformed_msm);
    RUN(random_sums);
    RUN(crafted_sums);
    RUN(malformed_sums);
    free(model);
    return 0;
}
