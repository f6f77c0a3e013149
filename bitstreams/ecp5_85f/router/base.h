// SPDX-License-Identifier: Apache-2.0
/* For programs that do one job and end: what goes wrong ends them, memory is zeroed and never given
 * back. */
#ifndef SNAP_ROUTER_BASE_H
#define SNAP_ROUTER_BASE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct option {
    const char *name;
    double *value;
};
/* A file of whole numbers, read one after another. */
struct numbers {
    FILE *file;
    const char *path;
};

_Noreturn void fail(const char *where, const char *what);
void *allocate(uint64_t count, uint64_t size);                                  /* zeroed */
double number_of(const char *text, const char *where);                          /* finite */
void option_read(const struct option *options, size_t count, const char *text); /* NAME=VALUE */

struct numbers numbers_open(const char *path);
int numbers_next(const struct numbers *numbers, int low, int high); /* both included */
void numbers_close(const struct numbers *numbers); /* after the last: nothing may follow */

#endif
