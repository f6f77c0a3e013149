/* SPDX-License-Identifier: Apache-2.0 */
/* The model of the point engine, instruction by instruction, with programs assembled by hand. */
#include "hls/model/recoder.h"
#include "tests/unit/check.h"
#include "tests/unit/engine_rig.h"
#include <openssl/bn.h>

#define S(n) (16u + (n)) /* number of a register of bank S */

static struct snap_model model;
static uint16_t entries[ISA_IMAGE_PROGRAMS + ISA_IMAGE_ROUTINES];
static struct snap_u256 constants[ISA_IMAGE_CONSTANTS];
static uint8_t image_bytes[RIG_IMAGE_MAX];

static void assemble(const struct rig_word *words, unsigned count)
{
    uint64_t encoded[ISA_IMAGE_WORDS_MAX];
    for (unsigned i = 0; i < count; i++)
        encoded[i] = rig_encode(words[i]);
    size_t size = rig_make_image(image_bytes, encoded, count, constants, entries);
    const char *why = snap_image_parse(&model.image, image_bytes, size);
    CHECK(!why);
}
#define ASSEMBLE(...)                                                                              \
    do {                                                                                           \
        static const struct rig_word words_[] = {__VA_ARGS__};                                     \
        assemble(words_, sizeof words_ / sizeof words_[0]);                                        \
    } while (0)

#define END(code)                                                                                  \
    {                                                                                              \
        .unit = 1, .op = ISA_SUM_OP_COPY, .b = S(0), .dst = 15, .ctl = ISA_CTL_END,                \
        .target = (code)                                                                           \
    }

static void keep_first(void *context, const struct snap_model_step *step)
{
    if (step->pc == 0)
        *(struct snap_model_step *)context = *step;
}

/* Runs the image and returns the answer; `first` may be NULL. */
static struct snap_model_answer run(unsigned program, const struct snap_u256 *words,
                                    struct snap_model_step *first)
{
    struct snap_model_answer answer;
    struct snap_model_job job = {.program = program, .words = words};
    CHECK(snap_model_run(&model, &job, &answer, first ? keep_first : NULL, first));
    return answer;
}

static const struct snap_u256 zeros[5];

static void check_stops(enum snap_model_code code, const char *why)
{
    struct snap_model_answer answer = run(ISA_PROGRAM_ECDSA_VERIFY, zeros, NULL);
    if (answer.code != code || !strstr(answer.why, why))
        printf("# %s\n", answer.why ? answer.why : "no fault");
    CHECK_EQ(answer.code, code);
    CHECK(strstr(answer.why, why));
}

/* ---------------------------------------------------------------- units against OpenSSL */

/* What the operation's row in docs/microcode.md says, or false if the operands are outside its
 * domain. */
static bool expected(unsigned unit, unsigned op, const BIGNUM *m, const BIGNUM *a, const BIGNUM *b,
                     BN_CTX *ctx, BIGNUM *result, bool *wrap)
{
    BIGNUM *power = BN_new(), *limit = BN_new();
    CHECK(power && limit && BN_set_bit(power, 256) && BN_add(limit, power, m));
    bool inside = true;
    *wrap = false;
    if (!unit) {
        CHECK(BN_mul(result, a, b, ctx));
        if (op == ISA_PRODUCT_OP_MUL)
            CHECK(BN_mod(result, result, m, ctx));
        else if (op == ISA_PRODUCT_OP_LOW)
            CHECK(BN_mod(result, result, power, ctx));
        else
            CHECK(BN_rshift(result, result, 256));
    } else if (op == ISA_SUM_OP_ADD) {
        CHECK(BN_add(result, a, b));
        inside = BN_cmp(result, limit) < 0;
        *wrap = BN_cmp(result, m) >= 0;
        if (*wrap)
            CHECK(BN_sub(result, result, m));
    } else if (op == ISA_SUM_OP_SUB || op == ISA_SUM_OP_NEG) {
        CHECK(BN_sub(result, op == ISA_SUM_OP_SUB ? a : BN_value_one(), b));
        if (op == ISA_SUM_OP_NEG)
            CHECK(BN_sub_word(result, 1));
        inside = op == ISA_SUM_OP_SUB || BN_cmp(b, m) <= 0;
        *wrap = BN_is_negative(result);
        if (*wrap)
            CHECK(BN_add(result, result, m) && BN_nnmod(result, result, power, ctx));
    } else if (op == ISA_SUM_OP_HALF) {
        inside = BN_cmp(a, m) < 0;
        CHECK(BN_copy(result, a));
        if (BN_is_odd(a))
            CHECK(BN_add(result, result, m));
        CHECK(BN_rshift1(result, result));
    } else {
        CHECK(BN_copy(result, b));
        if (BN_cmp(b, m) >= 0)
            CHECK(BN_sub(result, b, m));
    }
    BN_free(power);
    BN_free(limit);
    return inside;
}

static void check_operation(const struct rig_word *word, bool sm2, struct snap_u256 a,
                            struct snap_u256 b, BN_CTX *ctx)
{
    const struct snap_u256 words[5] = {a, b};
    const struct snap_modulus *modulus =
        word->order ? &model.curves.order[sm2] : &model.curves.prime[sm2];
    BIGNUM *m = rig_big(modulus->m), *big_a = rig_big(a), *big_b = rig_big(b), *result = BN_new();
    struct snap_model_step step = {.pc = 0};
    bool wrap;
    bool inside = expected(word->unit, word->op, m, big_a, big_b, ctx, result, &wrap);
    struct snap_model_answer answer =
        run(sm2 ? ISA_PROGRAM_SM2_VERIFY : ISA_PROGRAM_ECDSA_VERIFY, words, &step);
    CHECK_EQ(answer.code, inside ? SNAP_MODEL_INVALID : SNAP_MODEL_UNDEFINED);
    if (inside) {
        CHECK(snap_u256_equal(step.result, rig_small(result)));
        if (word->test == ISA_TEST_WRAP)
            CHECK_EQ(step.flag, wrap);
    }
    BN_free(m);
    BN_free(big_a);
    BN_free(big_b);
    BN_free(result);
}

/* 0, 1, 2, m - 1, m, m + 1, 2^256 - 1, 2^255, 2^128 and random numbers. */
static struct snap_u256 operand(unsigned index, struct snap_u256 m, struct rig_random *random)
{
    struct snap_u256 value = snap_u256_small(index);
    if (index >= 3 && index < 6) {
        snap_u256_add(m, snap_u256_small(index - 3), &value);
        snap_u256_sub(value, snap_u256_small(1), &value);
    } else if (index == 6) {
        snap_u256_sub(snap_u256_small(0), snap_u256_small(1), &value);
    } else if (index == 7 || index == 8) {
        value = (struct snap_u256){{0}};
        value.limb[index == 7 ? 3 : 2] = index == 7 ? 1ull << 63 : 1;
    } else if (index > 8) {
        value = rig_random256(random);
    }
    return value;
}

static void operation(unsigned unit, unsigned op, bool order, bool sm2, BN_CTX *ctx)
{
    bool unary = unit && op >= ISA_SUM_OP_HALF;
    struct rig_random random = {.state = op};
    struct rig_word words[2] = {
        {.unit = unit, .op = op, .order = order, .a = S(0), .b = S(1), .dst = 3},
        END(ISA_END_INVALID),
    };
    struct snap_u256 m = order ? model.curves.order[sm2].m : model.curves.prime[sm2].m;
    if (unit && op >= ISA_SUM_OP_COPY)
        words[0].a = 0;
    if (unit && !unary)
        words[0].test = ISA_TEST_WRAP;
    assemble(words, 2);
    for (unsigned i = 0; i < 14; i++) {
        for (unsigned j = 0; j < 14; j++)
            check_operation(words, sm2, operand(i, m, &random), operand(j, m, &random), ctx);
    }
}

static void units(void)
{
    BN_CTX *ctx = BN_CTX_new();
    CHECK(ctx);
    for (unsigned sm2 = 0; sm2 < 2; sm2++) {
        for (unsigned op = 0; op < ISA_PRODUCT_OP_CODES; op++)
            operation(ISA_UNIT_PRODUCT, op, false, sm2, ctx);
        for (unsigned op = 0; op < ISA_SUM_OP_CODES; op++) {
            operation(ISA_UNIT_SUM, op, false, sm2, ctx);
            operation(ISA_UNIT_SUM, op, true, sm2, ctx);
        }
    }
    BN_CTX_free(ctx);
}

static void inverses(void)
{
    ASSEMBLE({.unit = 1,
              .op = ISA_SUM_OP_COPY,
              .b = S(0),
              .dst = 5,
              .gate = ISA_GATE_INVERTER,
              .send = ISA_SEND_INVERT,
              .arg = 9},
             {.unit = 1,
              .op = ISA_SUM_OP_COPY,
              .b = S(9),
              .dst = 6,
              .gate = ISA_GATE_INVERSE,
              .send = ISA_SEND_EMIT,
              .arg = 0},
             {.unit = 1,
              .op = ISA_SUM_OP_COPY,
              .order = 1,
              .b = S(0),
              .dst = 5,
              .gate = ISA_GATE_INVERTER,
              .send = ISA_SEND_INVERT,
              .arg = 9},
             {.unit = 1,
              .op = ISA_SUM_OP_COPY,
              .order = 1,
              .b = S(9),
              .dst = 6,
              .gate = ISA_GATE_INVERSE,
              .send = ISA_SEND_EMIT,
              .arg = 1},
             END(ISA_END_RESULT));
    struct rig_random random = {.state = 1};
    for (unsigned i = 0; i < 40; i++) {
        bool sm2 = i % 2;
        struct snap_u256 words[5] = {operand(i / 2, model.curves.prime[sm2].m, &random)};
        struct snap_model_answer answer =
            run(sm2 ? ISA_PROGRAM_SM2_VERIFY : ISA_PROGRAM_ECDSA_VERIFY, words, NULL);
        CHECK_EQ(answer.code, SNAP_MODEL_RESULT);
        for (unsigned order = 0; order < 2; order++) {
            const struct snap_modulus *m =
                order ? &model.curves.order[sm2] : &model.curves.prime[sm2];
            struct snap_u256 one = snap_u256_small(1);
            struct snap_u256 x = snap_mod_reduce(m, snap_u256_small(0), words[0]);
            struct snap_u256 unit = order ? snap_mod_reduce(m, one, snap_u256_small(0)) : one;
            struct snap_u256 inverse = snap_u256_from_be(answer.result + 32 * order);
            if (snap_u256_is_zero(x))
                unit = x;
            CHECK(snap_u256_equal(snap_mod_mul(m, x, inverse), unit));
        }
    }
}

/* ---------------------------------------------------------------- image and tables */

static void image_is_checked(void)
{
    static const size_t fields[] = {0, 3, 4, 6, 8, 9, 10, 11, 12, 13, 15};
    ASSEMBLE(END(ISA_END_INVALID));
    size_t size = 16 + 32 + 32 * ISA_IMAGE_CONSTANTS + 16 + 32;
    struct snap_image image;
    CHECK(!snap_image_parse(&image, image_bytes, size));
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        image_bytes[fields[i]] ^= 4;
        rig_seal(image_bytes, size);
        CHECK(snap_image_parse(&image, image_bytes, size));
        image_bytes[fields[i]] ^= 4;
    }
    rig_seal(image_bytes, size);
    CHECK(!snap_image_parse(&image, image_bytes, size));
    for (size_t i = 0; i < size; i++) { /* without a new checksum, any bit */
        image_bytes[i] ^= 1;
        CHECK(snap_image_parse(&image, image_bytes, size));
        image_bytes[i] ^= 1;
    }
    for (size_t cut = 0; cut < size; cut++)
        CHECK(snap_image_parse(&image, image_bytes, cut));
    CHECK(snap_image_parse(&image, image_bytes, size + 16));
    image_bytes[16] = 1; /* an entry point behind the only instruction */
    rig_seal(image_bytes, size);
    CHECK(snap_image_parse(&image, image_bytes, size));
    image_bytes[16] = 0;
    image_bytes[size - 33] = 1; /* the word of 0 behind it */
    rig_seal(image_bytes, size);
    CHECK(snap_image_parse(&image, image_bytes, size));
}

static void fixed_is_checked(void)
{
    static struct snap_u256 words[ISA_FIXED_WORDS];
    size_t size;
    char *text = (char *)rig_read("build/engine/fixed.hex", &size);
    CHECK(!snap_fixed_parse(words, text, size));
    CHECK(snap_u256_equal(words[0], model.curves.generator[0]));
    CHECK(snap_fixed_parse(words, text, size - 67));
    static const size_t places[] = {0, 1, 2, 65, 66, 67};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        char kept = text[places[i]];
        text[places[i]] = kept ^ 1; /* another parity, or no digit */
        CHECK(snap_fixed_parse(words, text, size));
        text[places[i]] = kept;
    }
    free(text);
}

/* ---------------------------------------------------------------- control */

static void loops_and_calls(void)
{
    /* S5 := 0 + 3 * 1 + 2 * 4: a loop that adds 1, a subroutine that adds 4. */
    ASSEMBLE(
        {.unit = 1,
         .op = ISA_SUM_OP_COPY,
         .b = 0,
         .b_kind = ISA_B_KIND_CONSTANT,
         .dst = 5,
         .ctl = ISA_CTL_COUNT,
         .target = 3},
        {.unit = 1,
         .op = ISA_SUM_OP_ADD,
         .a = S(5),
         .b = 1,
         .b_kind = ISA_B_KIND_CONSTANT,
         .dst = 5,
         .ctl = ISA_CTL_LOOP,
         .target = 1},
        {.unit = 1, .op = ISA_SUM_OP_COPY, .b = S(0), .dst = 6, .ctl = ISA_CTL_CALL, .target = 6},
        {.unit = 1, .op = ISA_SUM_OP_COPY, .b = S(0), .dst = 6, .ctl = ISA_CTL_CALL, .target = 6},
        {.unit = 1,
         .op = ISA_SUM_OP_COPY,
         .b = S(5),
         .dst = 6,
         .send = ISA_SEND_EMIT,
         .arg = 1,
         .ctl = ISA_CTL_JUMP,
         .target = 7},
        END(ISA_END_INVALID),
        {.unit = 1,
         .op = ISA_SUM_OP_ADD,
         .a = S(5),
         .b = 2,
         .b_kind = ISA_B_KIND_CONSTANT,
         .dst = 5,
         .ctl = ISA_CTL_RETURN},
        {.unit = 1, .op = ISA_SUM_OP_COPY, .b = S(5), .dst = 6, .send = ISA_SEND_EMIT},
        END(ISA_END_RESULT));
    struct snap_model_answer answer = run(ISA_PROGRAM_ECDSA_VERIFY, zeros, NULL);
    CHECK_EQ(answer.code, SNAP_MODEL_RESULT);
    CHECK_EQ(answer.result[63], 11);
    CHECK_EQ(answer.result[31], 11);
    CHECK_EQ(answer.counts.sums, 11);
    CHECK_EQ(answer.counts.cycles, 11 * 63);
}

/* An instruction that sets flag 6 by `test`, a branch on it, invalid if it was taken, else
 * infinity. */
static enum snap_model_code branch(unsigned test, unsigned ctl, unsigned a, unsigned b)
{
    struct snap_u256 words[5] = {snap_u256_small(a), snap_u256_small(b)};
    struct rig_word program[] = {
        {.unit = 1, .op = ISA_SUM_OP_SUB, .a = S(0), .b = S(1), .dst = 5, .test = test, .flag = 6},
        {.unit = 1, .op = ISA_SUM_OP_COPY, .b = S(0), .dst = 5, .ctl = ctl, .arg = 6, .target = 3},
        END(ISA_END_INFINITY),
        END(ISA_END_INVALID),
    };
    assemble(program, 4);
    return run(ISA_PROGRAM_ECDSA_VERIFY, words, NULL).code;
}

static void branches(void)
{
    static const struct {
        unsigned test, a, b;
        bool flag;
    } cases[] = {
        {ISA_TEST_ZERO, 5, 5, true}, {ISA_TEST_ZERO, 5, 4, false}, {ISA_TEST_ODD, 5, 4, true},
        {ISA_TEST_ODD, 5, 3, false}, {ISA_TEST_WRAP, 4, 5, true},  {ISA_TEST_WRAP, 5, 5, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CHECK_EQ(branch(cases[i].test, ISA_CTL_BRANCH_IF, cases[i].a, cases[i].b),
                 cases[i].flag ? SNAP_MODEL_INVALID : SNAP_MODEL_INFINITY);
        CHECK_EQ(branch(cases[i].test, ISA_CTL_BRANCH_UNLESS, cases[i].a, cases[i].b),
                 cases[i].flag ? SNAP_MODEL_INFINITY : SNAP_MODEL_INVALID);
    }
}

/* D, DZ and Z as the payload says; all eight cases. */
static void verdicts(void)
{
    ASSEMBLE({.unit = 1,
              .op = ISA_SUM_OP_COPY,
              .b = S(0),
              .dst = 5,
              .test = ISA_TEST_ZERO,
              .flag = ISA_FLAG_D_ZERO},
             {.b = S(1), .a = S(1), .dst = 5, .test = ISA_TEST_ZERO, .flag = ISA_FLAG_DZ_ZERO},
             {.unit = 1,
              .op = ISA_SUM_OP_COPY,
              .b = S(2),
              .dst = 5,
              .test = ISA_TEST_ZERO,
              .flag = ISA_FLAG_Z_ZERO,
              .ctl = ISA_CTL_VERDICT});
    for (unsigned i = 0; i < 8; i++) {
        struct snap_u256 words[5];
        for (unsigned j = 0; j < 5; j++)
            words[j] = snap_u256_small(i >> j & 1);
        enum snap_model_code code = run(ISA_PROGRAM_ECDSA_VERIFY, words, NULL).code;
        CHECK_EQ(code, i == 4 ? SNAP_MODEL_VALID : i == 7 ? SNAP_MODEL_INVALID : SNAP_MODEL_FAULT);
    }
}

/* ---------------------------------------------------------------- faults */

#define COPY .unit = 1, .op = ISA_SUM_OP_COPY, .b = S(0)

static void illegal_codes(void)
{
    static const struct rig_word words[] = {
        {.op = 3},
        {.op = 7},
        {.unit = 1, .op = 5},
        {COPY, .sign = 3},
        {COPY, .b_kind = 5},
        {COPY, .b_kind = 7},
        {COPY, .gate = 5},
        {COPY, .ctl = 13},
        {COPY, .ctl = 15},
        {COPY, .reserved = 1},
        {COPY, .reserved = 4},
        {COPY, .ctl = ISA_CTL_END, .target = 3},
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        assemble(&words[i], 1);
        check_stops(SNAP_MODEL_FAULT, "illegal");
    }
    ASSEMBLE({COPY});
    check_stops(SNAP_MODEL_FAULT, "not loaded");
    ASSEMBLE({COPY, .ctl = ISA_CTL_BRANCH_IF, .arg = 6}, END(0));
    check_stops(SNAP_MODEL_FAULT, "not set");
    ASSEMBLE({COPY, .ctl = ISA_CTL_VERDICT});
    check_stops(SNAP_MODEL_FAULT, "verdict without");
    ASSEMBLE({COPY, .ctl = ISA_CTL_JUMP});
    check_stops(SNAP_MODEL_FAULT, "watchdog");
    ASSEMBLE({COPY, .gate = ISA_GATE_INVERSE});
    check_stops(SNAP_MODEL_FAULT, "watchdog");
    ASSEMBLE({COPY, .gate = ISA_GATE_EVENTS});
    check_stops(SNAP_MODEL_FAULT, "watchdog");
    ASSEMBLE({COPY, .gate = ISA_GATE_RECODER, .send = ISA_SEND_SCALAR}, END(ISA_END_INVALID));
    check_stops(SNAP_MODEL_FAULT, "waits for scalars");
}

static void forbidden_words(void)
{
    static const struct {
        struct rig_word word;
        const char *why;
    } cases[] = {
        {{COPY, .wait = 5}, "wait"},
        {{COPY, .wait = 11, .ctl = ISA_CTL_DISPATCH}, "wait"},
        {{COPY, .dst = 16}, "dst"},
        {{COPY, .dst = 31}, "dst"},
        {{.a = S(0), .b = S(0), .order = 1}, "product with"},
        {{.a = S(0), .b = S(0), .send = ISA_SEND_EMIT}, "product with"},
        {{.a = S(0), .b = 2, .b_kind = ISA_B_KIND_ADDEND}, "x and y"},
        {{COPY, .a = 1}, "not read"},
        {{COPY, .b_kind = ISA_B_KIND_TABLE}, "tables"},
        {{COPY, .test = ISA_TEST_WRAP}, "wrap"},
        {{COPY, .sign = ISA_SIGN_FLIP}, "before the first digit"},
        {{COPY, .sign = ISA_SIGN_SWAP}, "swap"},
        {{.unit = 1, .op = ISA_SUM_OP_HALF, .a = S(0), .sign = ISA_SIGN_FLIP}, "half"},
        {{COPY, .send = ISA_SEND_INVERT}, "belong together"},
        {{COPY, .gate = ISA_GATE_INVERTER}, "belong together"},
        {{COPY, .send = ISA_SEND_SCALAR}, "recoder"},
        {{COPY, .send = ISA_SEND_EMIT, .arg = 2}, "two words"},
        {{COPY, .ctl = ISA_CTL_BRANCH_IF, .arg = 15, .send = ISA_SEND_EMIT}, "branch"},
        {{COPY, .ctl = ISA_CTL_DISPATCH}, "before `events`"},
        {{COPY, .ctl = ISA_CTL_EVENTS}, "gate"},
        {{COPY, .ctl = ISA_CTL_RETURN}, "without `call`"},
        {{COPY, .ctl = ISA_CTL_END, .target = ISA_END_RESULT}, "not emitted"},
        {{.unit = 1, .op = ISA_SUM_OP_COPY, .b = S(5)}, "has not been written"},
        {{.unit = 1, .op = ISA_SUM_OP_COPY, .b_kind = ISA_B_KIND_PARTNER}, "partner"},
        {{.a = S(0), .b = 7, .b_kind = ISA_B_KIND_TABLE}, "has not been written"},
        {{.a = S(0), .b_kind = ISA_B_KIND_ADDEND}, "before the first digit"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assemble(&cases[i].word, 1);
        check_stops(SNAP_MODEL_UNDEFINED, cases[i].why);
    }
}

/* Each distance is tried at its least value, and one cycle below. */
static void check_distance(struct rig_word first, struct rig_word second, unsigned cycles,
                           const char *why)
{
    struct rig_word words[] = {first, second, END(ISA_END_INVALID)};
    words[0].wait = cycles;
    assemble(words, 3);
    CHECK_EQ(run(ISA_PROGRAM_ECDSA_VERIFY, zeros, NULL).code, SNAP_MODEL_INVALID);
    words[0].wait = cycles - 1;
    assemble(words, 3);
    check_stops(SNAP_MODEL_UNDEFINED, why);
}

static void distances(void)
{
    static const struct rig_word product = {
        .a = S(0), .b = S(0), .dst = 3, .test = ISA_TEST_ZERO, .flag = 6};
    static const struct rig_word sum = {COPY, .dst = 3, .test = ISA_TEST_ZERO, .flag = 6};
    static const struct rig_word table_product = {.a = S(0), .b = S(0), .dst = 35};
    static const struct rig_word table_sum = {COPY, .dst = 35};
    const struct rig_word read_p = {.a = 3, .b = S(0), .dst = 4};
    const struct rig_word read_s = {.unit = 1, .op = ISA_SUM_OP_COPY, .b = S(3), .dst = 4};
    const struct rig_word read_t = {.a = S(0), .b = 3, .b_kind = ISA_B_KIND_TABLE, .dst = 4};
    const struct rig_word branch_6 = {COPY, .dst = 4, .ctl = ISA_CTL_BRANCH_IF, .arg = 6,
                                      .target = 2};
    const struct rig_word flag_6 = {COPY, .dst = 4, .test = ISA_TEST_ODD, .flag = 6};
    check_distance(product, read_p, ISA_PRODUCT_CYCLES, "too early");
    check_distance(sum, read_s, ISA_SUM_CYCLES, "too early");
    check_distance(table_product, read_t, ISA_PRODUCT_CYCLES, "too early");
    check_distance(table_sum, read_t, ISA_SUM_CYCLES, "too early");
    check_distance(product, branch_6, ISA_PRODUCT_CYCLES + ISA_FLAG_CYCLES, "too early");
    check_distance(sum, branch_6, ISA_SUM_CYCLES + ISA_FLAG_CYCLES, "too early");
    unsigned overtaken = ISA_PRODUCT_CYCLES - ISA_SUM_CYCLES + 1;
    check_distance(table_product, table_sum, overtaken, "overwritten");
    check_distance(product, flag_6, overtaken, "overwritten");
}

/* Between `invert` and its gate the register belongs to the inverter. */
static void inverse_register(void)
{
    ASSEMBLE({COPY, .dst = 5, .gate = ISA_GATE_INVERTER, .send = ISA_SEND_INVERT, .arg = 0},
             {COPY, .dst = 6});
    check_stops(SNAP_MODEL_UNDEFINED, "has not been written");
    ASSEMBLE({COPY, .dst = 5, .gate = ISA_GATE_INVERTER, .send = ISA_SEND_INVERT, .arg = 7},
             {COPY, .dst = 7});
    check_stops(SNAP_MODEL_UNDEFINED, "awaits an inverse");
    ASSEMBLE({COPY, .dst = 5, .gate = ISA_GATE_INVERTER, .send = ISA_SEND_INVERT, .arg = 7},
             {COPY, .dst = 6, .gate = ISA_GATE_INVERTER, .send = ISA_SEND_INVERT, .arg = 8});
    check_stops(SNAP_MODEL_UNDEFINED, "another is under way");
}

/* ---------------------------------------------------------------- recoder */

/* Sum of the events of one stream, modulo n: what the stream's scalar was. */
static struct snap_u256 value_of(const struct isa_stream *stream, unsigned number,
                                 const struct snap_event *event, unsigned count)
{
    const struct snap_modulus *n = &model.curves.order[0];
    struct snap_u256 sum = snap_u256_small(0), power = snap_u256_small(1);
    for (unsigned i = 0; i < count; i++) {
        struct snap_u256 digit = snap_u256_small(2 * event[i].entry + 1u);
        for (unsigned j = 0; j < event[i].doublings; j++)
            power = snap_mod_mul(n, power, snap_u256_small(2));
        if (event[i].stream != number)
            continue;
        if (stream->comb) {
            digit = snap_u256_small(0);
            for (unsigned j = 0; j < stream->width; j++) {
                if ((event[i].entry + 1u) >> j & 1)
                    digit.limb[j * stream->spacing / 64] |= 1ull << j * stream->spacing % 64;
            }
        }
        digit = snap_mod_mul(n, digit, power);
        if (event[i].negative)
            snap_u256_sub(n->m, digit, &digit);
        if (snap_u256_add(sum, digit, &sum) || !snap_u256_less(sum, n->m))
            snap_u256_sub(sum, n->m, &sum);
    }
    return sum;
}

/* A random scalar of at most `bits` bits, with long runs of equal bits. */
static struct snap_u256 scalar_below(unsigned bits, struct rig_random *random)
{
    struct snap_u256 value = rig_random256(random);
    uint64_t choice = rig_random64(random);
    for (unsigned i = 0; i < 4; i++) {
        if (choice >> 2 * i & 1)
            value.limb[i] = choice >> (2 * i + 1) & 1 ? ~0ull : 0;
    }
    return snap_u256_shift_right(value, 256 - bits + (unsigned)(choice >> 32) % bits);
}

static void check_recoding(unsigned program, struct rig_random *random)
{
    const struct isa_streams *streams = &isa_streams[program];
    struct snap_u256 sent[ISA_STREAMS];
    struct snap_recoder recoder;
    struct snap_event event[ISA_EVENTS];
    snap_recoder_start(&recoder, streams, ISA_HALF_BITS);
    for (unsigned s = 0; s < streams->count; s++) {
        const struct isa_stream *stream = &streams->list[s];
        unsigned bits = stream->half ? ISA_HALF_BITS : stream->comb ? 64 : 255;
        struct snap_u256 value = scalar_below(bits, random), opposite = snap_u256_small(0);
        if (!snap_u256_is_zero(value))
            snap_u256_sub(model.curves.order[0].m, value, &opposite);
        bool swap = stream->half && rig_random64(random) % 2;
        sent[s] = swap ? opposite : value;
        CHECK(!snap_recoder_full(&recoder));
        CHECK(!snap_recoder_scalar(&recoder, sent[s], s));
        if (stream->half)
            CHECK(!snap_recoder_scalar(&recoder, swap ? value : opposite, s | 8));
    }
    CHECK(snap_recoder_full(&recoder));
    unsigned count = snap_recoder_events(&recoder, event);
    CHECK(count <= ISA_EVENTS);
    for (unsigned s = 0; s < streams->count; s++)
        CHECK(snap_u256_equal(value_of(&streams->list[s], s, event, count), sent[s]));
}

static void recoding(void)
{
    struct rig_random random = {.state = 7};
    for (unsigned program = 0; program < ISA_PROGRAM_CODES; program++) {
        for (unsigned i = 0; i < 100 && isa_streams[program].count; i++)
            check_recoding(program, &random);
    }
}

static void recoder_refuses(void)
{
    struct snap_recoder recoder;
    struct snap_u256 large = {{1, 2, 1ull << 4, 0}}, larger = {{0, 0, 0, 1}};
    snap_recoder_start(&recoder, &isa_streams[ISA_PROGRAM_ECDSA_VERIFY], ISA_HALF_BITS);
    CHECK(snap_recoder_scalar(&recoder, large, 1));
    CHECK(snap_recoder_scalar(&recoder, large, 8));
    CHECK(!snap_recoder_scalar(&recoder, large, 0)); /* 132 bits and more are no half */
    CHECK(snap_recoder_scalar(&recoder, large, 1));
    CHECK(snap_recoder_scalar(&recoder, larger, 8));
    snap_recoder_start(&recoder, &isa_streams[ISA_PROGRAM_SM2_VERIFY], ISA_HALF_BITS);
    CHECK(!snap_recoder_scalar(&recoder, large, 0));
    CHECK(!snap_recoder_scalar(&recoder, large, 1));
    CHECK(snap_recoder_scalar(&recoder, large, 2));
}

static void malformed_jobs(void)
{
    static const struct {
        unsigned program, terms;
    } jobs[] = {{ISA_PROGRAM_CODES, 0}, {ISA_PROGRAM_ECDSA_VERIFY, 1}, {ISA_PROGRAM_MSM, 0},
                {ISA_PROGRAM_MSM, 65},  {ISA_PROGRAM_SUM_ZERO, 0},     {~0u, 0}};
    struct snap_model_answer answer;
    for (size_t i = 0; i < sizeof jobs / sizeof jobs[0]; i++) {
        struct snap_model_job job = {
            .program = jobs[i].program, .terms = jobs[i].terms, .words = zeros};
        CHECK(!snap_model_run(&model, &job, &answer, NULL, NULL));
    }
}

int main(void)
{
    snap_model_standard_curves(&model.curves);
    for (unsigned i = 0; i < ISA_IMAGE_CONSTANTS; i++)
        constants[i] = snap_u256_small(i * i);
    RUN(units);
    RUN(inverses);
    RUN(image_is_checked);
    RUN(fixed_is_checked);
    RUN(loops_and_calls);
    RUN(branches);
    RUN(verdicts);
    RUN(illegal_codes);
    RUN(forbidden_words);
    RUN(distances);
    RUN(inverse_register);
    RUN(recoding);
    RUN(recoder_refuses);
    RUN(malformed_jobs);
    return 0;
}
