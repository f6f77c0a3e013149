// SPDX-License-Identifier: Apache-2.0
/* Memory for payloads that go by address. The card may read it; nothing it does can change it. */
#include <assert.h>
#include <stdlib.h>

#include "driver/base/error.h"
#include "driver/card/card.h"

int snap_arena_create(struct snap_card *card, size_t bytes, struct snap_arena **arena_out,
                      struct snap_error *error)
{
    struct snap_arena *arena = calloc(1, sizeof *arena);
    if (arena == NULL)
        return snap_fail(error, SNAP_E_MEMORY, "out of memory");
    arena->card = card;
    snap_card_lock(card);
    int code = snap_memory_create(card->transport, bytes, SNAP_DMA_READ, &arena->memory, error);
    if (code == SNAP_OK) {
        arena->next = card->arenas;
        card->arenas = arena;
    }
    snap_card_unlock(card);
    if (code != SNAP_OK) {
        free(arena);
        return code;
    }
    *arena_out = arena;
    return SNAP_OK;
}

int snap_arena_destroy(struct snap_arena *arena, struct snap_error *error)
{
    if (arena == NULL)
        return SNAP_OK;
    struct snap_card *card = arena->card;
    snap_card_lock(card);
    uint32_t jobs = atomic_load(&arena->jobs);
    if (jobs != 0) {
        snap_card_unlock(card);
        return snap_fail(error, SNAP_E_BUSY,
                         "%u jobs in flight refer to the arena: reap them, or reset their queues",
                         jobs);
    }
    struct snap_arena **link = &card->arenas;
    while (*link != arena) {
        assert(*link != NULL);
        link = &(*link)->next;
    }
    *link = arena->next;
    snap_memory_destroy(card->transport, &arena->memory);
    snap_card_unlock(card);
    free(arena);
    return SNAP_OK;
}

void *snap_arena_data(const struct snap_arena *arena)
{
    return arena->memory.data;
}

uint64_t snap_arena_address(const struct snap_arena *arena)
{
    return arena->memory.address;
}

size_t snap_arena_bytes(const struct snap_arena *arena)
{
    return arena->memory.bytes;
}
