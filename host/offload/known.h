/* SPDX-License-Identifier: Apache-2.0 */
/* Known answers: inputs whose answers were computed on the CPU before any card was asked. They come
 * in pairs of inputs that differ in one bit. For verdicts one is valid and one is not; for digests
 * and points the results differ, so that an engine that repeats itself, or ignores part of its
 * input, fails one of them. */
#ifndef HOST_OFFLOAD_KNOWN_H
#define HOST_OFFLOAD_KNOWN_H

#include "host/offload/cpu.h"

#define KNOWN_PAIRS           4u    /* of each kind, of different lengths */
#define KNOWN_INPUT_BYTES_MAX 1088u /* longer than a slot: payloads by address are tried too */

struct known_answer {
    enum offload_kind kind;
    uint32_t bytes;
    struct offload_answer answer;
    uint8_t input[KNOWN_INPUT_BYTES_MAX];
};

struct known_answers {
    struct known_answer good[OFFLOAD_KINDS][KNOWN_PAIRS];
    struct known_answer bad[OFFLOAD_KINDS][KNOWN_PAIRS];
};

/* Computes all of them; the same ones for the same seed. False when the CPU backend contradicts
 * itself: a pair with equal answers, or a signature of ours that is not valid. */
bool known_answers_init(struct known_answers *known, struct digest_context *context, uint64_t seed);

/* Whether a card's answer is the known one. */
bool known_answer_matches(const struct known_answer *known, const struct offload_answer *answer);

#endif
