/* SPDX-License-Identifier: Apache-2.0 */
/* The compiler of field programs: its errors, its schedules, and its check of the finished image.
 */
#include "hls/compiler/check.h"
#include "hls/compiler/compile.h"
#include "hls/compiler/instruction.h"
#include "tests/unit/check.h"
#include <dirent.h>

#define FILES_MAX 32
#define FILE_MAX  65536

static struct fc_source sources[FILES_MAX];
static unsigned source_count;
static struct fc_context context;

/* NULL if the text compiles; else the message. */
static const char *error_of(const char *text)
{
    struct fc_source source = {"t", text, strlen(text)};
    struct fc_ir *ir;
    struct fc_image *image;
    if (setjmp(context.recover)) {
        fc_release(&context);
        return context.message;
    }
    fc_compile(&context, &source, 1, &ir, &image);
    fc_release(&context);
    return NULL;
}

static void expect(const char *text, const char *message)
{
    const char *error = error_of(text);
    if (!error || strcmp(error, message) != 0) {
        printf("not ok - message\n# got: %s\n# expected: %s\n", error ? error : "none", message);
        exit(1);
    }
}

#define IN_JOB(body) "program sum_zero(a, b, c) {\n" body "\n end invalid\n}\n"

static void errors_name_the_place(void)
{
    expect("program nothing(a) {\n end invalid\n}", "t:1:9: error: the machine has no program "
                                                    "nothing");
    expect("constant k = 12x", "t:1:16: error: not a digit of a number");
    expect("variable v in Q", "t:1:15: error: Q is not of bank P or S");
    expect("variable v at S16", "t:1:15: error: S16 is not a register: P0 to P15, S0 to S15");
    expect("flag f = 3", "t:1:10: error: flags 5 to 11 are for programs");
    expect("program sum_zero(a) {", "t:1:22: error: the '{' before this is not closed");
    expect("program sum_zero(a) {\n}", "t:1:9: error: sum_zero does not end on every way");
    expect(IN_JOB(" x = a $ b"), "t:2:8: error: unexpected character");
    expect(IN_JOB(" x = a + nothing"), "t:2:10: error: nothing has no value here");
    expect(IN_JOB(" x = addend.x * a"), "t:2:15: error: an addend outside of the digits' routines");
    expect(IN_JOB(" T[32] = a + b"), "t:2:4: error: 32 is not in 0 to 31");
    expect(IN_JOB(" x = a * b sets odd if wrap"), "t:2:17: error: there is no flag odd");
    expect(IN_JOB(" x = a * b sets h_zero if wrap"),
           "t:2:27: error: only a sum or a difference wraps");
    expect(IN_JOB(" repeat 2 {\n repeat 2 {\n a = a + b\n }\n }"),
           "t:3:9: error: a loop inside a loop");
    expect(IN_JOB(" test a sets h_zero if zero\n reject if h_zero\n test b sets h_zero if zero"),
           "t:4:14: error: this stretch sets the flag already, and only its end reads it");
    expect(IN_JOB(" end result\n x = a + b"), "t:3:2: error: this is never reached");
}

static void shared_variables_are_limited(void)
{
    char text[4096] = "";
    for (unsigned i = 0; i < 9; i++)
        sprintf(text + strlen(text), "variable v%u in S\n", i);
    strcat(text, "accumulator v0, v1, v2, v3, v4\naccumulator v5, v6, v7, v8\n");
    expect(text, "t:11:25: error: more than 8 accumulators");
    text[0] = '\0';
    for (unsigned i = 0; i < 33; i++)
        sprintf(text + strlen(text), "variable v%u in S\n", i);
    strcat(text, "program sum_zero(a, b, c) {\n gather {\n");
    for (unsigned i = 0; i < 33; i++)
        sprintf(text + strlen(text), "  v%u = copy(partner.v%u)\n", i, i);
    strcat(text, " }\n end invalid\n}\n");
    expect(text, "t:68:22: error: more than 32 variables are read of a partner");
}

/* A partner may read what a job has computed just before, which must be there then. */
static void what_a_partner_reads_is_settled(void)
{
    CHECK(!error_of("variable v in P\nprogram sum_zero(a, b, c) {\n v = a * b\n gather {\n"
                    "  unless partner_infinity {\n   v = v * partner.v\n  }\n }\n"
                    " end invalid\n}"));
}

/* A stretch ends where its flags are read; behind that they may be set again. */
static void flags_are_set_again_behind_a_branch(void)
{
    const char *text = IN_JOB(" test a sets h_zero if zero\n if h_zero {\n a = a + b\n }\n"
                              " test b sets h_zero if zero\n reject if h_zero");
    const char *error = error_of(text);
    CHECK(!error);
}

/* Whoever has sent one scalar has the recoder until all have come. */
static void jobs_do_not_end_among_scalars(void)
{
    const char *error = error_of("program sm2_verify(a, b) {\n scalar 0 = a\n end invalid\n}");
    CHECK(error && strstr(error, "ends while the recoder waits for its scalars"));
    error = error_of("subroutine nothing {\n T[0] = 1\n}\nprogram sm2_verify(a, b) {\n scalar 0 = "
                     "a\n test a sets h_zero if zero\n"
                     " reject if h_zero\n call nothing\n scalar 1 = b\n end invalid\n}");
    CHECK(error && strstr(error, "ends while the recoder waits for its scalars"));
    CHECK(!error_of("program sm2_verify(a, b) {\n scalar 0 = a\n scalar 1 = b\n end invalid\n}"));
}

static void values_must_be_assigned(void)
{
    expect("program sum_zero(a) {\n if h_zero {\n x = a + a\n }\n y = x + a\n end invalid\n}",
           "t:1:9: error: sum_zero may read x before anything is assigned to it");
}

static void shared_values_must_be_assigned_somewhere(void)
{
    expect("variable v in S\nsubroutine f {\n T[0] = v * v\n}",
           "t:3:11: error: v is read, but nothing assigns it");
}

static void registers_are_limited(void)
{
    char text[4096] = "program sum_zero(a) {\n";
    for (unsigned i = 0; i < 17; i++)
        sprintf(text + strlen(text), " v[%u] = a * %u\n", i, i + 2);
    strcat(text, " s = v[0] + v[1]\n");
    for (unsigned i = 0; i < 34; i++) /* twice, so that all live to the second time */
        sprintf(text + strlen(text), " s = s * s + v[%u]\n", i % 17);
    strcat(text, " end invalid\n}\n");
    const char *error = error_of(text);
    CHECK(error && strstr(error, "bank P has no register left"));
}

/* ---------------------------------------------------------------- the check */

static unsigned routine_cycles(const struct fc_image *image, unsigned routine)
{
    struct fc_instruction instruction = {.ctl = ISA_CTL_NEXT};
    unsigned cycles = 0;
    for (unsigned i = image->routines[routine]; instruction.ctl != ISA_CTL_DISPATCH; i++) {
        CHECK(i < image->word_count && !fc_decode(image->words[i], &instruction));
        cycles += instruction.wait;
    }
    return cycles;
}

/* A and B come late together, and the routine has something to do before: 118 cycles if they came
 * with the first grant. */
static void routines_begin_before_accumulators_come(void)
{
    static const char text[] = "variable X in S\nvariable A in P\nvariable B in P\n"
                               "accumulator X, A, B\nroutine double_secp256k1 {\n"
                               " L = X * X\n d = A - B\n M = L + half(L)\n X = M - d\n"
                               " A = X * d\n B = X * M\n}\n"
                               "routine load {\n X = copy(1)\n A = X * X\n B = X * X\n}\n";
    const struct fc_source source = {"t", text, sizeof text - 1};
    struct fc_ir *ir;
    struct fc_image *image;
    CHECK(!setjmp(context.recover));
    fc_compile(&context, &source, 1, &ir, &image);
    unsigned cycles = routine_cycles(image, ISA_ROUTINE_DOUBLE_SECP256K1);
    printf("# the routine takes %u cycles\n", cycles);
    CHECK(cycles <= 98);
    fc_release(&context);
    CHECK(!error_of("routine load {\n}"));
}

static int is_program(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* In the order of their names, as the image that ships is made. */
static void load_programs(const char *folder)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, is_program, alphasort);
    CHECK(count > 0 && count <= FILES_MAX);
    for (int i = 0; i < count; i++) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        FILE *file = fopen(path, "rb");
        char *text = malloc(FILE_MAX);
        CHECK(file && text);
        size_t size = fread(text, 1, FILE_MAX, file);
        CHECK(size < FILE_MAX && !fclose(file));
        sources[source_count++] = (struct fc_source){"program", text, size};
        free(entries[i]);
    }
    free(entries);
}

static struct fc_image *compiled(void)
{
    struct fc_ir *ir;
    struct fc_image *image;
    if (setjmp(context.recover)) {
        printf("not ok - programs\n# %s\n", context.message);
        exit(1);
    }
    fc_compile(&context, sources, source_count, &ir, &image);
    return image;
}

static bool passes(const struct fc_image *image)
{
    struct fc_context own = {.bytes = 0};
    struct fc_finding finding;
    CHECK(!setjmp(own.recover));
    bool good = fc_check_image(&own, image, &finding);
    fc_release(&own);
    return good;
}

/* Waits are as short as can be: one cycle less breaks a distance. A few are not: the compiler takes
 * an addend for any word of the table, any routine for the first, and no sum for infinite; the
 * check knows better. */
static void a_shorter_wait_is_found(void)
{
    struct fc_image *image = compiled();
    unsigned shortened = 0, missed = 0;
    for (unsigned i = 0; i < image->word_count; i++) {
        uint64_t word = image->words[i], one = (uint64_t)1 << ISA_WAIT_LSB;
        struct fc_instruction instruction;
        CHECK(!fc_decode(word, &instruction));
        if (instruction.wait <= ISA_DISPATCH_CYCLES)
            continue;
        image->words[i] = word - one;
        shortened++;
        missed += passes(image);
        image->words[i] = word;
    }
    printf("# %u of %u waits could be shorter\n", missed, shortened);
    CHECK(shortened > 50);
    CHECK(missed * 50 <= shortened);
    fc_release(&context);
}

static void broken_words_are_found(void)
{
    struct fc_image *image = compiled();
    static const unsigned bits[] = {ISA_RESERVED_LSB, ISA_DST_LSB + 4, ISA_CTL_LSB + 3};
    for (unsigned b = 0; b < sizeof bits / sizeof bits[0]; b++) {
        unsigned found = 0;
        for (unsigned i = 0; i < image->word_count; i += 5) {
            image->words[i] ^= (uint64_t)1 << bits[b];
            found += !passes(image);
            image->words[i] ^= (uint64_t)1 << bits[b];
        }
        CHECK(found * 10 >= image->word_count / 5 * 8);
    }
    CHECK(passes(image));
    fc_release(&context);
}

int main(int argc, char **argv)
{
    CHECK_EQ(argc, 2);
    RUN(errors_name_the_place);
    RUN(flags_are_set_again_behind_a_branch);
    RUN(jobs_do_not_end_among_scalars);
    RUN(values_must_be_assigned);
    RUN(shared_values_must_be_assigned_somewhere);
    RUN(registers_are_limited);
    RUN(shared_variables_are_limited);
    RUN(what_a_partner_reads_is_settled);
    RUN(routines_begin_before_accumulators_come);
    load_programs(argv[1]);
    RUN(a_shorter_wait_is_found);
    RUN(broken_words_are_found);
    return 0;
}
