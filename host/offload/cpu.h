/* SPDX-License-Identifier: Apache-2.0 */
/* The CPU backend: answers every kind. */
#ifndef HOST_OFFLOAD_CPU_H
#define HOST_OFFLOAD_CPU_H

#include <stdbool.h>

#include "host/offload/kind.h"

struct digest_context;

/* What an input comes to. A digest is always valid. `result`: as the kind says, and 0 behind that
 * and when it is not valid. */
struct offload_answer {
    uint8_t result[OFFLOAD_RESULT_BYTES];
    bool valid;
};

bool offload_answers_equal(const struct offload_answer *one, const struct offload_answer *other);
/* Whether an answer makes its job VALID; `expected` is the result to have, or NULL. */
bool offload_answer_satisfies(const struct offload_answer *answer, enum offload_kind kind,
                              const uint8_t *expected);

/* Answers one input, whose length the kind takes, in the calling thread. `context` belongs to that
 * thread. */
void offload_cpu_answer(struct digest_context *context, enum offload_kind kind, const void *input,
                        size_t bytes, struct offload_answer *answer);

/* Runs standard vectors through the backend; false when this machine's libraries do not pass them.
 */
bool offload_cpu_selftest(struct digest_context *context);

#endif
