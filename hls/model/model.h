/* SPDX-License-Identifier: Apache-2.0 */
/* Bit-exact model of the point engine: executes a microcode image as docs/microcode.md says.
 *
 * Every job runs alone, an instruction at a time, on a clock of its own: each instruction is
 * granted as early as the waits in the image allow, and the model checks that every operand and
 * flag it reads has been written by then. Grants that come later in the hardware delay all that
 * follows in the thread, so what holds here holds there. A model is not changed by jobs; several
 * threads may share one. */
#ifndef HLS_MODEL_MODEL_H
#define HLS_MODEL_MODEL_H
#include "hls/model/image.h"

/* Terms of a multi-scalar job, and of each of its chunks. */
#define SNAP_MODEL_TERMS       64u
#define SNAP_MODEL_CHUNK_TERMS 4u

/* What the hardware has wired in: both curves' primes and orders, the digit streams. A test may put
 * a small curve in its place. */
struct snap_model_curves {
    struct snap_modulus prime[2], order[2]; /* [0] secp256k1, [1] SM2 */
    struct snap_u256 generator[2];          /* x, y for absent terms of a chunk (secp256k1) */
    const struct isa_streams *streams;      /* ISA_IMAGE_PROGRAMS of them */
    unsigned half_bits;
};
void snap_model_standard_curves(struct snap_model_curves *curves);

struct snap_model {
    struct snap_model_curves curves;
    struct snap_image image;
    struct snap_u256 fixed[ISA_FIXED_WORDS];
};

enum snap_model_code {
    SNAP_MODEL_INVALID,
    SNAP_MODEL_VALID,
    SNAP_MODEL_RESULT,
    SNAP_MODEL_INFINITY,
    SNAP_MODEL_FAULT,     /* the hardware finds a fault */
    SNAP_MODEL_UNDEFINED, /* the microcode does what docs/microcode.md forbids */
};

struct snap_model_job {
    unsigned program; /* enum isa_program */
    bool compressed, low_s;
    unsigned terms;                /* of sum_zero and msm: 1 to SNAP_MODEL_TERMS; else 0 */
    const struct snap_u256 *words; /* payload: snap_model_words() of them */
    uint32_t order_seed;           /* in which order chunks reach `gather`; 0: as they come */
};

struct snap_model_counts {
    unsigned products, sums, events;
    unsigned doublings; /* digits' doublings and additions that ran */
    unsigned additions;
    unsigned cycles; /* of the longest thread, were it alone, all gates open at once */
};

struct snap_model_answer {
    enum snap_model_code code;
    uint8_t result[64]; /* of SNAP_MODEL_RESULT: two numbers, big-endian */
    struct snap_model_counts counts;
    unsigned fault_thread, fault_pc; /* where, and why, code is _FAULT or _UNDEFINED */
    const char *why;
};

/* One instruction that was executed, for comparison with the RTL. */
struct snap_model_step {
    unsigned thread; /* number of the chunk; 0 in other jobs */
    unsigned pc;
    uint64_t word;
    unsigned cycle; /* of its grant */
    struct snap_u256 a, b, result;
    bool flag; /* value of the flag that the word's test sets, if it has one */
};
typedef void snap_model_trace(void *context, const struct snap_model_step *step);

/* Payload words of a program's job: 0 if there is no such program or number of terms. */
unsigned snap_model_words(unsigned program, unsigned terms);

/* Runs one job. False: the job is malformed (program, number of terms); nothing was run.
 * `trace` may be NULL. */
bool snap_model_run(const struct snap_model *model, const struct snap_model_job *job,
                    struct snap_model_answer *answer, snap_model_trace *trace, void *context);
#endif
