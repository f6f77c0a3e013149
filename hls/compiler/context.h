/* SPDX-License-Identifier: Apache-2.0 */
/* Memory and errors of one compilation.
 *
 * A compilation either succeeds or stops at its first error. Every stage would only hand an error
 * upwards, so fc_fail jumps to the one place that frees everything: all memory is the context's. */
#ifndef HLS_COMPILER_CONTEXT_H
#define HLS_COMPILER_CONTEXT_H
#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>

struct fc_position {
    const char *file;
    unsigned line, column; /* from 1; line 0: of the whole file or image */
};

struct fc_chunk;

struct fc_context {
    jmp_buf recover; /* set by the caller before anything else */
    char message[512];
    struct fc_chunk *chunks;
    size_t bytes;
};

/* Zeroed memory that lives until fc_release. Fails the compilation beyond a limit of 256 MiB. */
void *fc_alloc(struct fc_context *context, size_t bytes);
/* `list` holds `count` elements: makes room for one more, and returns the list, moved or not. */
void *fc_grow(struct fc_context *context, void *list, size_t count, size_t element_bytes);
void fc_release(struct fc_context *context);

/* Ends the compilation with "file:line:column: error: ..." in `message`. `where` may be NULL. */
_Noreturn void fc_fail(struct fc_context *context, const struct fc_position *where,
                       const char *format, ...) __attribute__((format(printf, 3, 4)));
#endif
