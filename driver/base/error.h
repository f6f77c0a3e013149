/* SPDX-License-Identifier: Apache-2.0 */
/* Filling struct snap_error. */
#ifndef DRIVER_BASE_ERROR_H
#define DRIVER_BASE_ERROR_H

#include "snapcard.h"

/* Fills *error (which may be NULL) and returns code, so that a caller can write `return
 * snap_fail(...)`. The text is cut to its room; it says what went wrong, where, and what to do. */
int snap_fail(struct snap_error *error, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4), cold));

#endif
