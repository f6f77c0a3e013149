/* SPDX-License-Identifier: Apache-2.0 */
/* Batches as the host sends them (host/offload): jobs of one kind, enclosed by known answers. Most
 * of the jobs are bad signatures. */
#ifndef TESTS_RTL_FAULTS_BATCH_H
#define TESTS_RTL_FAULTS_BATCH_H

#include <array>
#include <cstdint>
#include <vector>

#include "snapcard_abi.h"
#include "tb.h"

namespace faults
{

constexpr unsigned BatchJobs = 12; /* with both known answers: the first and the last */
constexpr unsigned ResultBytes = SNAP_RESULT_BYTES;

struct Word {
    std::array<uint32_t, 4> data;
    bool last;
};

struct Question {
    const char *kind; /* as offload calls it */
    uint8_t opcode, flags;
    std::vector<uint8_t> payload;
    uint64_t cookie;
    bool known;
    bool valid;        /* what the CPU says */
    bool wants_result; /* ... and this, if it is valid */
    std::array<uint8_t, ResultBytes> result;
};

struct Batch {
    std::array<Question, BatchJobs> jobs; /* a job's tag is its index */
    std::vector<Word> words;              /* of all jobs */
    std::array<unsigned, BatchJobs> first_word;
};

constexpr unsigned Kinds = 4; /* ECDSA, BIP 340, SM2, recovery of a key */

/* A batch of kind number `kind`. `number` chooses the known answers and the signatures. */
Batch make_batch(unsigned kind, unsigned number, tb::Random &random);

/* The same with signatures that are bad by one rule only: what they miss is a single flag away. BIP
 * 340 (kind 1): R with an odd y. ECDSA (kind 0): s above half the order, where LOW_S is asked for.
 */
Batch make_near_misses(unsigned kind, unsigned number, tb::Random &random);

} // namespace faults

#endif
