/* SPDX-License-Identifier: Apache-2.0 */
/* What the CPU needs for the same jobs. */
#ifndef TESTS_BENCH_PEER_H
#define TESTS_BENCH_PEER_H

#include <string>
#include <vector>

#include "jobs.h"

/* Cycles of this machine's time-stamp counter that libsecp256k1 takes for one of these ECDSA
 * verifications, from the card's payload to the verdict, on one core; the least of several passes
 * of each, their mean as text. "null" on a CPU without that counter. */
std::string peer_cycles(const std::vector<jobs::Job> &verifications);

#endif
