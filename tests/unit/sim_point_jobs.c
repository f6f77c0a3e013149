/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/sim_point_jobs.h"

#include <stdbool.h>

#include "driver/card/known_point.h"
#include "tests/unit/check.h"

#define WORD_BYTES     32u
#define TERM_BYTES     (3 * WORD_BYTES)
#define POINT_BYTES    (2 * WORD_BYTES)
#define POINTS_MAX     16u
#define MESSAGE_MAX    200u /* bytes put behind a message */
#define IMAGE_PATH     "build/engine/image.bin"
#define WELL_IN_TEN    4u
#define FEW_TERMS      6u
#define SCALAR_TOP_MAX 0x7Fu /* of its first byte: below both orders */

/* Numbers at which a comparison or a carry may go wrong: 0, 1 and the greatest; p, n, n / 2 of
 * secp256k1 and p, n of SM2, each with the number before it. */
static const char *const edges[] = {
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000001",
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f",
    "fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2e",
    "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141",
    "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140",
    "7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0",
    "7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a1",
    "fffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffff",
    "fffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffe",
    "fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123",
    "fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54122",
};

static void fill(uint8_t *out, size_t bytes, sim_dice *dice)
{
    for (size_t i = 0; i < bytes; i++)
        out[i] = (uint8_t)dice(256);
}

/* ------------------------------------------------------------------ right ones */

static void take_known(struct sim_point_job *job, sim_dice *dice)
{
    size_t number = dice((uint32_t)snap_known_point_count);
    while (snap_known_points[number].opcode != job->opcode)
        number = (number + 1) % snap_known_point_count;
    const struct snap_known_point *known = &snap_known_points[number];
    job->flags = known->flags;
    job->length = known->bytes;
    snap_known_from_hex(known->payload, job->payload, known->bytes);
}

/* The points of the known sums. */
static unsigned known_sums_points(uint8_t points[POINTS_MAX][POINT_BYTES])
{
    unsigned count = 0;
    for (size_t i = 0; i < snap_known_point_count; i++) {
        const struct snap_known_point *known = &snap_known_points[i];
        if (known->opcode != SNAP_OP_PEDERSEN_SUM_ZERO || known->verdict != SNAP_VERDICT_VALID)
            continue;
        for (uint32_t at = 0; at < known->bytes && count < POINTS_MAX; at += TERM_BYTES)
            snap_known_from_hex(known->payload + 2 * (at + WORD_BYTES), points[count++],
                                POINT_BYTES);
    }
    return count;
}

/* Terms with points that are valid. For a sum that is zero each second takes the one before it
 * away; an odd term is left over. */
static void make_sum(struct sim_point_job *job, sim_dice *dice)
{
    uint8_t points[POINTS_MAX][POINT_BYTES];
    unsigned point_count = known_sums_points(points), point = 0;
    unsigned terms = 1 + dice(dice(4) == 0 ? SNAP_POINT_TERMS_MAX : FEW_TERMS);
    CHECK(point_count > 0);
    job->flags = 0;
    job->length = terms * TERM_BYTES;
    memset(job->payload, 0, job->length);
    for (unsigned i = 0; i < terms; i++) {
        uint8_t *term = job->payload + i * TERM_BYTES;
        if (i % 2 == 0)
            point = dice(point_count);
        memcpy(term + WORD_BYTES, points[point], POINT_BYTES);
        if (job->opcode == SNAP_OP_PEDERSEN_SUM_ZERO) {
            term[WORD_BYTES - 1] = i % 2;
        } else {
            fill(term, WORD_BYTES, dice);
            term[0] &= SCALAR_TOP_MAX;
        }
    }
}

void sim_point_job_image(struct sim_point_job *job)
{
    FILE *file = fopen(IMAGE_PATH, "rb");
    CHECK(file != NULL);
    job->opcode = SNAP_OP_MICROCODE_LOAD;
    job->flags = 0;
    job->length = (uint32_t)fread(job->payload, 1, sizeof job->payload, file);
    CHECK(feof(file) && fclose(file) == 0);
}

/* ------------------------------------------------------------------ odd ones */

static uint8_t *any_word(struct sim_point_job *job, sim_dice *dice)
{
    CHECK(job->length >= WORD_BYTES);
    return job->payload + dice(job->length / WORD_BYTES) * WORD_BYTES;
}

static void spoil(struct sim_point_job *job, sim_dice *dice)
{
    uint32_t at = dice(job->length);
    switch (dice(6)) {
    case 0:
        job->payload[at] ^= (uint8_t)(1u << dice(8));
        break;
    case 1:
        fill(any_word(job, dice), WORD_BYTES, dice);
        break;
    case 2:
        snap_known_from_hex(edges[dice(sizeof edges / sizeof *edges)], any_word(job, dice),
                            WORD_BYTES);
        break;
    case 3:
        memmove(any_word(job, dice), any_word(job, dice), WORD_BYTES);
        break;
    case 4: /* not INDIRECT, which is about where the payload is */
        job->flags ^= (uint8_t)(1u << (1 + dice(7)));
        break;
    default:
        fill(job->payload + job->length, MESSAGE_MAX, dice);
        job->length = dice(2) ? job->length + dice(MESSAGE_MAX) : at;
        break;
    }
}

void sim_point_job_roll(struct sim_point_job *job, uint8_t opcode, sim_dice *dice)
{
    job->opcode = opcode;
    bool sum = opcode == SNAP_OP_PEDERSEN_SUM_ZERO || opcode == SNAP_OP_MSM;
    if (opcode == SNAP_OP_MICROCODE_LOAD)
        sim_point_job_image(job);
    else if (sum && dice(2) == 0)
        make_sum(job, dice);
    else
        take_known(job, dice);
    if (dice(10) >= WELL_IN_TEN)
        spoil(job, dice);
    CHECK(job->length <= sizeof job->payload);
}
