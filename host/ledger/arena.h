/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that lives as long as the execution of one transaction: taken piece by piece, given back
 * all at once. What a common transaction takes fits into the arena itself, which stands on the
 * stack. */
#ifndef HOST_LEDGER_ARENA_H
#define HOST_LEDGER_ARENA_H

#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>

#define ARENA_FIRST_BYTES 4096u
#define ARENA_CHUNK_BYTES 65536u /* larger pieces get a chunk of their own */

struct arena_chunk;

struct arena {
    uint8_t *next, *end;
    struct arena_chunk *chunks;
    alignas(max_align_t) uint8_t first[ARENA_FIRST_BYTES];
};

void arena_init(struct arena *arena);
void arena_free(struct arena *arena);
/* Uninitialized, aligned for anything. Ends the program when memory is out: what a transaction does
 * must not depend on that. */
void *arena_take(struct arena *arena, size_t bytes);

#endif
