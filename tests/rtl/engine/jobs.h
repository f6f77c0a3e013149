/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs of the point engine whose answers OpenSSL and libsecp256k1 gave. */
#ifndef TESTS_RTL_ENGINE_JOBS_H
#define TESTS_RTL_ENGINE_JOBS_H

#include <cstdint>
#include <string>
#include <vector>

#include "tb.h"

namespace jobs
{

struct Job {
    uint8_t opcode = 0, flags = 0;
    std::vector<uint8_t> payload;
    bool valid = true;           /* the verdict; of opcodes without one: whether there is a point */
    bool infinity = false;       /* ... which is the one at infinity: no result */
    bool spoiled = false;        /* a term is malformed */
    std::vector<uint8_t> result; /* 64 bytes: x, y; empty for opcodes that answer with a verdict */
};

/* The operations by the names of the figures: ecdsa_verify, ecdsa_verify_compressed, ecdsa_recover,
 * bip340_verify, sm2_verify, pedersen_commit, msm_term. */
const std::vector<std::string> &operations();

/* `count` distinct jobs of an operation, all of them good. ECDSA: the signatures of Bitcoin block
 * 413567 from row `first` on; others: made from random keys. An msm_term job has 64 terms. The
 * working folder is the project's. */
std::vector<Job> make(const std::string &operation, unsigned count, uint64_t seed,
                      unsigned first = 0);

/* Jobs of both opcodes of many terms, of 1 to `most_terms`: random ones; ones of few points and
 * scalars, so that sums meet, cancel and vanish; ones with one term malformed. */
std::vector<Job> make_sums(unsigned count, unsigned most_terms, uint64_t seed);

/* Jobs whose message the card hashes, of any length to 300 bytes; of each opcode that can, `count`.
 */
std::vector<Job> make_messages(unsigned count, uint64_t seed);

/* BIP 340's published vectors whose key is one (tests/vectors), and signatures crafted so that R
 * is infinity or has an odd y. */
std::vector<Job> bip340_vectors();
std::vector<Job> bip340_crafted(unsigned count, uint64_t seed);

/* An ECDSA verification with one bit of digest, r, s or key flipped; `valid` is what libsecp256k1
 * says of it. */
Job flipped(const Job &job, tb::Random &random);

} // namespace jobs

#endif
