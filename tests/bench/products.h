/* SPDX-License-Identifier: Apache-2.0 */
/* Field products of jobs, counted by executing the microcode on the model. */
#ifndef TESTS_BENCH_PRODUCTS_H
#define TESTS_BENCH_PRODUCTS_H

#include <cstdint>
#include <vector>

#include "jobs.h"

/* Products of all these jobs together that the formulas ask for: products by 1, which only move a
 * word, are left out. */
uint64_t useful_products(const std::vector<jobs::Job> &made);

#endif
