/* SPDX-License-Identifier: Apache-2.0 */
/* The model's point engine: payloads hashed and cut into words, which hls/model executes by the
 * card's own microcode. */
#ifndef SIM_CARD_POINT_H
#define SIM_CARD_POINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/card/digest.h"
#include "snapcard_abi.h"

struct point;

/* Reads image.bin and fixed.hex in `folder`. NULL with a reason (a static text). `digest` must
 * outlive the engine. */
struct point *point_create(const char *folder, struct digest *digest, const char **reason);
void point_destroy(struct point *point); /* NULL is allowed */

struct point_answer {
    uint32_t verdict; /* SNAP_VERDICT_*; 0: the engine found a fault */
    bool has_result;
    uint8_t result[SNAP_RESULT_BYTES];
    uint32_t cycles;   /* of the job, were it alone */
    uint32_t products; /* cycles that it keeps the multiplier busy */
};

/* Executes an opcode of the point engine whose flags and length have been checked; MICROCODE_LOAD
 * too. */
void point_execute(struct point *point, const struct snap_job_header *job, const uint8_t *payload,
                   struct point_answer *answer);

/* The registers MICROCODE, MICROCODE_CHECKSUM, ERR_ENGINE and ERR_ENGINE_CAUSE; 0 for others. */
uint32_t point_register(const struct point *point, uint32_t offset);

#endif
