/* SPDX-License-Identifier: Apache-2.0 */
/* Every signature of a Bitcoin block through the program ecdsa_verify, as it is and damaged. */
#include "tests/unit/check.h"
#include "tests/unit/engine_points.h"
#include "tests/unit/engine_rig.h"

#define PATH "tests/vectors/bitcoin-413567-p2pkh-signatures.csv"
#define ROWS 3957u

enum word { DIGEST, R, S, X, Y, WORDS };

struct row {
    struct snap_u256 word[WORDS];
    bool compressed;
};

static struct row rows[ROWS];
static struct snap_model *model;

static void parse_row(const char *line, struct row *row)
{
    const char *key = line + 64 + 1 + 128 + 1;
    size_t length = strcspn(line, "\n");
    CHECK(line[64] == ',' && line[64 + 1 + 128] == ',');
    row->compressed = length == 64 + 1 + 128 + 1 + 66;
    CHECK(row->compressed || length == 64 + 1 + 128 + 1 + 130);
    row->word[DIGEST] = rig_number(line);
    row->word[R] = rig_number(line + 65);
    row->word[S] = rig_number(line + 65 + 64);
    row->word[X] = rig_number(key + 2);
    row->word[Y] = row->compressed ? snap_u256_small(key[1] == '3') : rig_number(key + 66);
}

static void read_rows(void)
{
    char line[512];
    FILE *file = fopen(PATH, "r");
    CHECK(file && fgets(line, sizeof line, file));
    for (unsigned i = 0; i < ROWS; i++) {
        CHECK(fgets(line, sizeof line, file));
        parse_row(line, &rows[i]);
    }
    CHECK(!fgets(line, sizeof line, file));
    CHECK_EQ(fclose(file), 0);
}

static struct snap_model_answer verify(const struct row *row, bool low_s)
{
    return rig_run_job(model, &(struct snap_model_job){.program = ISA_PROGRAM_ECDSA_VERIFY,
                                                       .compressed = row->compressed,
                                                       .low_s = low_s,
                                                       .words = row->word});
}

static void print_means(const char *kind, const struct snap_model_counts *sum, unsigned jobs)
{
    CHECK(jobs);
    printf("# %s: %u jobs; products %.1f, sums %.1f, doublings %.2f, additions %.2f, cycles %.0f\n",
           kind, jobs, sum->products / (double)jobs, sum->sums / (double)jobs,
           sum->doublings / (double)jobs, sum->additions / (double)jobs,
           sum->cycles / (double)jobs);
}

static void accepted(void)
{
    struct snap_model_counts sum[2] = {{0}};
    unsigned jobs[2] = {0};
    for (unsigned i = 0; i < ROWS; i++) {
        struct snap_model_answer answer = verify(&rows[i], i % 2);
        struct snap_model_counts *counts = &sum[rows[i].compressed];
        CHECK_EQ(answer.code, SNAP_MODEL_VALID);
        counts->products += answer.counts.products;
        counts->sums += answer.counts.sums;
        counts->doublings += answer.counts.doublings;
        counts->additions += answer.counts.additions;
        counts->cycles += answer.counts.cycles;
        jobs[rows[i].compressed]++;
    }
    print_means("uncompressed", &sum[0], jobs[0]);
    print_means("compressed", &sum[1], jobs[1]);
    /* docs/point-engine.md: 1,684 and 24 modulo n; 268 more for the square root. */
    CHECK(sum[0].products / jobs[0] < 1720);
    CHECK(sum[1].products / jobs[1] < 1720 + 268);
}

/* A bit of two words in each row, other ones in the next. */
static void flipped_bits_rejected(void)
{
    for (unsigned i = 0; i < ROWS; i++) {
        for (unsigned turn = 0; turn < 2; turn++) {
            struct row row = rows[i];
            unsigned word = (i + 2 * turn) % WORDS;
            unsigned bit = row.compressed && word == Y ? 0 : (i * 37 + word * 101) % 256;
            row.word[word].limb[bit / 64] ^= 1ull << bit % 64;
            CHECK_EQ(verify(&row, false).code, SNAP_MODEL_INVALID);
        }
    }
}

static void high_s_by_flag(void)
{
    for (unsigned i = 0; i < ROWS; i += 37) {
        struct row row = rows[i];
        row.word[S] = points_scalar_negative(row.word[S]);
        CHECK_EQ(verify(&row, false).code, SNAP_MODEL_VALID);
        CHECK_EQ(verify(&row, true).code, SNAP_MODEL_INVALID);
    }
}

/* The same key in the other form, where the payload says y or its parity. */
static void both_forms_of_keys(void)
{
    for (unsigned i = 0; i < ROWS; i += 37) {
        struct row row = rows[i];
        struct point key;
        CHECK(points_lift(row.word[X], &key));
        if (row.compressed && row.word[Y].limb[0] == 1)
            key = points_negative(key);
        row.compressed = !row.compressed;
        row.word[Y] = row.compressed ? snap_u256_small(row.word[Y].limb[0] & 1) : key.y;
        CHECK_EQ(verify(&row, true).code, SNAP_MODEL_VALID);
    }
}

int main(void)
{
    model = rig_model();
    read_rows();
    RUN(accepted);
    RUN(flipped_bits_rejected);
    RUN(high_s_by_flag);
    RUN(both_forms_of_keys);
    free(model);
    return 0;
}
