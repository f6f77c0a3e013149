// SPDX-License-Identifier: Apache-2.0
/* For programs that do one job and end: what goes wrong ends them, memory is zeroed and never given
 * back. */
#ifndef SNAP_ROUTER_BASE_H
#define SNAP_ROUTER_BASE_H

#include <stddef.h>
#include <stdint.h>

struct option {
    const char *name;
    double *value;
};

_Noreturn void fail(const char *where, const char *what);
void *allocate(uint64_t count, uint64_t size);                                  /* zeroed */
void option_read(const struct option *options, size_t count, const char *text); /* NAME=VALUE */

#endif
