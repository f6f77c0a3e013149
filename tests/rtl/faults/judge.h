/* SPDX-License-Identifier: Apache-2.0 */
/* What the host makes of a batch's answers (host/offload/lane.c): verdicts are held until all
 * answers are there, and count only if both known answers are right. */
#ifndef TESTS_RTL_FAULTS_JUDGE_H
#define TESTS_RTL_FAULTS_JUDGE_H

#include "batch.h"
#include "engine.h"

namespace faults
{

enum Outcome {
    Masked,      /* every answer is right */
    StatusFault, /* the engine says that it has no answer; others are right */
    NoVerdict, /* an answer that is none, or to nothing that was asked: the driver ends the queue */
    NoAnswer,  /* in time */
    KnownAnswer, /* a known answer is wrong */
    FalseReject, /* a good signature is refused, and nobody notices */
    WrongKey,    /* a key is recovered that is not the signature's, and nobody notices */
    AcceptedBad, /* a bad signature is accepted, and nobody notices */
    Outcomes
};
extern const char *const outcome_names[Outcomes];

struct Judgement {
    Outcome outcome;
    unsigned job;   /* whose answer decided, for the last three */
    bool held_back; /* a bad signature was called valid, but the batch did not count */
    bool wrong;     /* any verdict or key was not the CPU's */
};

/* `deaf`: known answers and fault statuses are not looked at. */
Judgement judge(const Batch &batch, const Engine::Outside &outside, bool deaf);

} // namespace faults

#endif
