// SPDX-License-Identifier: Apache-2.0
#include "host/ledger/arena.h"

#include <stdio.h>
#include <stdlib.h>

struct arena_chunk {
    struct arena_chunk *older;
    alignas(max_align_t) uint8_t bytes[];
};

void arena_init(struct arena *arena)
{
    arena->chunks = NULL;
    arena->next = arena->first;
    arena->end = arena->first + sizeof arena->first;
}

void arena_free(struct arena *arena)
{
    while (arena->chunks != NULL) {
        struct arena_chunk *chunk = arena->chunks;
        arena->chunks = chunk->older;
        free(chunk);
    }
}

/* A piece at the start of a chunk of its own; what is left of the chunk serves the next ones. */
static void *take_new(struct arena *arena, size_t bytes)
{
    size_t room = bytes > ARENA_CHUNK_BYTES ? bytes : ARENA_CHUNK_BYTES;
    struct arena_chunk *chunk = malloc(sizeof *chunk + room);
    if (chunk == NULL) {
        fputs("ledger: no memory to execute a transaction\n", stderr);
        abort();
    }
    chunk->older = arena->chunks;
    arena->chunks = chunk;
    arena->next = chunk->bytes + bytes;
    arena->end = chunk->bytes + room;
    return chunk->bytes;
}

void *arena_take(struct arena *arena, size_t bytes)
{
    size_t rounded = (bytes + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    if (rounded > (size_t)(arena->end - arena->next))
        return take_new(arena, rounded);
    void *piece = arena->next;
    arena->next += rounded;
    return piece;
}
