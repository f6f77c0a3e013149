/* SPDX-License-Identifier: Apache-2.0 */
/* Counts instructions: a program starts itself again under valgrind's callgrind. */
#ifndef TESTS_BENCH_CALLGRIND_H
#define TESTS_BENCH_CALLGRIND_H

#include <stdio.h>

#define CALLGRIND_OPTIONS_MAX   16u
#define CALLGRIND_ARGUMENTS_MAX 8u

/* Runs arguments[0], a program, with what follows, and counts within the functions that `toggles`
 * names only; both end in NULL. The file that callgrind wrote, which the caller closes. */
FILE *callgrind_run(const char *const *toggles, const char *const *arguments);

/* The total in such a file, in instructions; closes it. */
unsigned long long callgrind_total(FILE *file);

#endif
