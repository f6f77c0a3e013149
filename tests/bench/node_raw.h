/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures a second that the cores recover when they do nothing else: what the node's figures
 * are held against. */
#ifndef TESTS_BENCH_NODE_RAW_H
#define TESTS_BENCH_NODE_RAW_H

#include "host/wire/key.h"

#define RAW_SIGNATURES 1024u /* recovered in turns */

struct raw_rate {
    double per_s;  /* on all cores, by the wall clock */
    double cpu_us; /* CPU time of one */
};

/* Takes some seconds on so many threads. The signatures are K1. */
struct raw_rate raw_measure(const struct signature signatures[RAW_SIGNATURES], unsigned cores);

#endif
