// SPDX-License-Identifier: Apache-2.0
#include "judge.h"

namespace faults
{

const char *const outcome_names[Outcomes] = {
    "masked",       "status fault", "no verdict", "no answer",
    "known answer", "false reject", "wrong key",  "ACCEPTED BAD",
};

namespace
{

enum Reading { Right, Wrong, Accepted, OtherKey, Fault, Broken, Missing };

/* As the driver reads it, against what the CPU says. */
Reading read(const Question &job, const Answer &answer)
{
    if (!answer.given)
        return Missing;
    if (answer.status != 0)
        return Fault;
    uint64_t value = answer.value ^ job.cookie;
    uint32_t code = uint32_t(value);
    if (uint32_t(value >> 32) != uint32_t(~code) ||
        (code != SNAP_VERDICT_VALID && code != SNAP_VERDICT_INVALID))
        return Broken;
    bool valid = code == SNAP_VERDICT_VALID;
    bool gives_result = job.opcode == SNAP_OP_ECDSA_SECP256K1_RECOVER;
    if (answer.has_result != (valid && gives_result))
        return Broken;
    if (valid && !job.valid)
        return Accepted;
    if (!valid && job.valid)
        return Wrong;
    return valid && job.wants_result && answer.result != job.result ? OtherKey : Right;
}

} // namespace

Judgement judge(const Batch &batch, const Engine::Outside &outside, bool deaf)
{
    Judgement judgement = {Masked, 0, false, false};
    bool broken = outside.unasked, missing = false, lied = false, unvouched = false, fault = false;
    Outcome counts = Masked; /* the worst answer, if the batch counts */
    for (unsigned i = 0; i < BatchJobs; i++) {
        const Question &job = batch.jobs[i];
        Reading reading = read(job, outside.answers[i]);
        broken |= reading == Broken;
        missing |= reading == Missing;
        fault |= reading == Fault;
        unvouched |= job.known && reading == Fault;
        if (reading != Wrong && reading != Accepted && reading != OtherKey)
            continue;
        judgement.wrong = true;
        if (job.known) {
            lied = true;
            continue;
        }
        judgement.held_back |= reading == Accepted;
        Outcome outcome = reading == Accepted   ? AcceptedBad
                          : reading == OtherKey ? WrongKey
                                                : FalseReject;
        if (outcome > counts) {
            counts = outcome;
            judgement.job = i;
        }
    }
    if (deaf)
        judgement.outcome = counts;
    else if (broken)
        judgement.outcome = NoVerdict;
    else if (missing)
        judgement.outcome = NoAnswer;
    else if (lied)
        judgement.outcome = KnownAnswer;
    else if (unvouched)
        judgement.outcome = StatusFault;
    else
        judgement.outcome = counts != Masked ? counts : fault ? StatusFault : Masked;
    judgement.held_back &= judgement.outcome != AcceptedBad;
    return judgement;
}

} // namespace faults
