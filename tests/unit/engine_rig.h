/* SPDX-License-Identifier: Apache-2.0 */
/* For tests of the point engine's model: images made by hand or read from build/engine. */
#ifndef TESTS_UNIT_ENGINE_RIG_H
#define TESTS_UNIT_ENGINE_RIG_H
#include "hls/model/model.h"
#include <openssl/bn.h>

#define RIG_IMAGE_MAX (64u * 1024)

/* An instruction by its fields; what is left out is 0, `wait` then is long enough for everything.
 */
struct rig_word {
    unsigned unit, op, sign, order, a, b, b_kind, dst, wait, test, flag, gate, send, arg, ctl,
        target, reserved;
};
uint64_t rig_encode(struct rig_word word);

/* An image of `count` instructions; program 0 .. 7 and all routines begin at `entry[0 .. 15]`.
 * Returns its size in bytes; `bytes` has room for RIG_IMAGE_MAX. */
size_t rig_make_image(uint8_t *bytes, const uint64_t *words, unsigned count,
                      const struct snap_u256 *constants, const uint16_t *entries);
/* Puts the right SHA-256 behind the rest of an image that a test has changed. */
void rig_seal(uint8_t *bytes, size_t size);

/* The model with the project's own image and tables; ends the test if they cannot be read. The
 * caller frees it. */
struct snap_model *rig_model(void);
/* Reads a whole file; the caller frees it. */
uint8_t *rig_read(const char *path, size_t *size);

/* A deterministic generator for tests. */
struct rig_random {
    uint64_t state;
};
uint64_t rig_random64(struct rig_random *random);
struct snap_u256 rig_random256(struct rig_random *random);

/* A number of 64 hexadecimal digits, and to and from OpenSSL's; the caller frees the latter. They
 * end the test if that fails. */
struct snap_u256 rig_number(const char *digits);
BIGNUM *rig_big(struct snap_u256 value);
struct snap_u256 rig_small(const BIGNUM *value);

/* What rig_run_job records, in front of the job's payload. */
struct rig_record {
    uint8_t program, compressed, low_s, code; /* enum isa_program, enum snap_model_code */
    uint32_t payload_bytes;
    uint8_t result[64]; /* of SNAP_MODEL_RESULT; else 0 */
};

/* Runs a job that must be well-formed and keep the rules of microcode: prints why and ends the test
 * if it does not. With RIG_RECORD in the environment the job and its answer are appended to the
 * file that it names, for the RTL to answer too: a struct rig_record, then its payload. */
struct snap_model_answer rig_run(const struct snap_model *model, unsigned program,
                                 const struct snap_u256 *words);
struct snap_model_answer rig_run_job(const struct snap_model *model,
                                     const struct snap_model_job *job);
#endif
