/* SPDX-License-Identifier: Apache-2.0 */
/* Random jobs for the point engines: right ones, wrong ones and malformed ones. */
#ifndef TESTS_UNIT_SIM_POINT_JOBS_H
#define TESTS_UNIT_SIM_POINT_JOBS_H

#include <stdint.h>

#include "snapcard_abi.h"

#define SIM_POINT_JOB_BYTES_MAX 16384u

struct sim_point_job {
    uint8_t opcode, flags; /* without INDIRECT */
    uint32_t length;       /* of the payload; may be none that the opcode takes */
    uint8_t payload[SIM_POINT_JOB_BYTES_MAX];
};

/* A number from 0 to bound - 1. */
typedef uint32_t sim_dice(uint32_t bound);

/* Fills *job with a job of this opcode: in four of ten cases a known answer's, or a sum of up to 64
 * terms; else with something odd about a number, a flag or the length. */
void sim_point_job_roll(struct sim_point_job *job, uint8_t opcode, sim_dice *dice);

/* Fills *job with the loading of the build's microcode. */
void sim_point_job_image(struct sim_point_job *job);

#endif
