// SPDX-License-Identifier: Apache-2.0
#include "host/ledger/recent.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define PLACES_MIN    1024u
#define IDS_ROOM_MIN  16u
#define BLOCKS_MIN    64u
#define LOAD_MAX_OF_4 3u /* places in use, of four */

static void *memory(void *pointer)
{
    if (pointer != NULL)
        return pointer;
    fputs("ledger: no memory for the ids of recent transactions\n", stderr);
    abort();
}

bool recent_init(struct recent *recent)
{
    *recent = (struct recent){.place_count = PLACES_MIN, .block_room = BLOCKS_MIN};
    recent->places = calloc(recent->place_count, sizeof *recent->places);
    recent->blocks = calloc(recent->block_room, sizeof *recent->blocks);
    ssize_t got = getrandom(recent->seeds, sizeof recent->seeds, 0);
    recent->seeds[1] |= 1;
    if (recent->places != NULL && recent->blocks != NULL && got == sizeof recent->seeds)
        return true;
    recent_free(recent);
    return false;
}

static struct recent_block *block_at(const struct recent *recent, unsigned index)
{
    return &recent->blocks[(recent->first + index) % recent->block_room];
}

void recent_free(struct recent *recent)
{
    for (unsigned i = 0; i < recent->block_count; i++)
        free(block_at(recent, i)->ids);
    free(recent->blocks);
    free(recent->places);
    *recent = (struct recent){0};
}

/* ------------------------------------------------------------------ places of ids */

/* Halves of a product of 128 bits, folded: cheap, and without the seeds nobody can aim. */
static uint64_t hash_id(const struct recent *recent, const uint8_t id[RECENT_ID_BYTES])
{
    uint64_t words[2];
    memcpy(words, id, sizeof words);
    unsigned __int128 product =
        (unsigned __int128)(words[0] ^ recent->seeds[0]) * (words[1] ^ recent->seeds[1]);
    uint64_t folded = (uint64_t)product ^ (uint64_t)(product >> 64);
    return folded * recent->seeds[1];
}

static uint32_t hash_tag(uint64_t hash)
{
    return (uint32_t)(hash >> 32);
}

/* Tags decide the place, so that a place can be moved without looking at its id. */
static size_t home_of(const struct recent *recent, uint32_t tag)
{
    return tag & (recent->place_count - 1);
}

static const uint8_t *id_at(const struct recent *recent, const struct recent_place *place)
{
    const struct recent_block *block = recent_block(recent, place->height);
    assert(block != NULL && place->index < block->count);
    return block->ids + (size_t)place->index * RECENT_ID_BYTES;
}

/* The id's place, or the free one where it would stand. */
static size_t find_place(const struct recent *recent, const uint8_t id[RECENT_ID_BYTES],
                         uint32_t tag)
{
    size_t mask = recent->place_count - 1;
    for (size_t i = home_of(recent, tag);; i = (i + 1) & mask) {
        const struct recent_place *place = &recent->places[i];
        if (place->height == 0 ||
            (place->tag == tag && memcmp(id_at(recent, place), id, RECENT_ID_BYTES) == 0))
            return i;
    }
}

static void put_place(struct recent *recent, struct recent_place place)
{
    size_t mask = recent->place_count - 1;
    size_t i = home_of(recent, place.tag);
    while (recent->places[i].height != 0)
        i = (i + 1) & mask;
    recent->places[i] = place;
}

static void grow_places(struct recent *recent)
{
    struct recent_place *old = recent->places;
    size_t old_count = recent->place_count;
    recent->place_count *= 2;
    recent->places = memory(calloc(recent->place_count, sizeof *recent->places));
    for (size_t i = 0; i < old_count; i++) {
        if (old[i].height != 0)
            put_place(recent, old[i]);
    }
    free(old);
}

/* Frees a place and moves up those behind it that stand there only because it was taken. */
static void free_place(struct recent *recent, size_t hole)
{
    size_t mask = recent->place_count - 1;
    for (size_t i = (hole + 1) & mask; recent->places[i].height != 0; i = (i + 1) & mask) {
        size_t home = home_of(recent, recent->places[i].tag);
        if (((i - home) & mask) < ((i - hole) & mask))
            continue;
        recent->places[hole] = recent->places[i];
        hole = i;
    }
    recent->places[hole].height = 0;
}

/* ------------------------------------------------------------------ blocks */

static void grow_blocks(struct recent *recent)
{
    unsigned room = recent->block_room * 2;
    struct recent_block *blocks = memory(calloc(room, sizeof *blocks));
    for (unsigned i = 0; i < recent->block_count; i++)
        blocks[i] = *block_at(recent, i);
    free(recent->blocks);
    recent->blocks = blocks;
    recent->block_room = room;
    recent->first = 0;
}

void recent_append_block(struct recent *recent, uint32_t height)
{
    const struct recent_block *last = recent_last(recent);
    assert(height != 0 && (last == NULL || height == last->height + 1));
    (void)last;
    if (recent->block_count == recent->block_room)
        grow_blocks(recent);
    *block_at(recent, recent->block_count) = (struct recent_block){.height = height};
    recent->block_count++;
}

void recent_add(struct recent *recent, const uint8_t id[RECENT_ID_BYTES], uint32_t expiration)
{
    assert(recent->block_count > 0);
    struct recent_block *block = block_at(recent, recent->block_count - 1);
    if (block->count == block->room) {
        block->room = block->room != 0 ? block->room * 2 : IDS_ROOM_MIN;
        block->ids = memory(realloc(block->ids, (size_t)block->room * RECENT_ID_BYTES));
    }
    if ((recent->id_count + 1) * 4 > recent->place_count * LOAD_MAX_OF_4)
        grow_places(recent);
    uint32_t tag = hash_tag(hash_id(recent, id));
    size_t place = find_place(recent, id, tag);
    assert(recent->places[place].height == 0);
    memcpy(block->ids + (size_t)block->count * RECENT_ID_BYTES, id, RECENT_ID_BYTES);
    recent->places[place] = (struct recent_place){tag, block->height, block->count};
    recent->id_count++;
    block->count++;
    if (expiration > block->latest_expiration)
        block->latest_expiration = expiration;
}

static void forget_ids(struct recent *recent, struct recent_block *block)
{
    for (unsigned i = 0; i < block->count; i++) {
        const uint8_t *id = block->ids + (size_t)i * RECENT_ID_BYTES;
        size_t place = find_place(recent, id, hash_tag(hash_id(recent, id)));
        assert(recent->places[place].height == block->height);
        free_place(recent, place);
    }
    recent->id_count -= block->count;
    free(block->ids);
    *block = (struct recent_block){0};
}

void recent_drop_last(struct recent *recent)
{
    assert(recent->block_count > 0);
    forget_ids(recent, block_at(recent, recent->block_count - 1));
    recent->block_count--;
}

void recent_drop_first(struct recent *recent)
{
    assert(recent->block_count > 0);
    forget_ids(recent, block_at(recent, 0));
    recent->first = (recent->first + 1) % recent->block_room;
    recent->block_count--;
}

/* ------------------------------------------------------------------ looking up */

bool recent_find(const struct recent *recent, const uint8_t id[RECENT_ID_BYTES], uint32_t *height)
{
    size_t place = find_place(recent, id, hash_tag(hash_id(recent, id)));
    *height = recent->places[place].height;
    return *height != 0;
}

const struct recent_block *recent_block(const struct recent *recent, uint32_t height)
{
    const struct recent_block *first = recent_first(recent);
    if (first == NULL || height < first->height || height - first->height >= recent->block_count)
        return NULL;
    return block_at(recent, height - first->height);
}

const struct recent_block *recent_first(const struct recent *recent)
{
    return recent->block_count != 0 ? block_at(recent, 0) : NULL;
}

const struct recent_block *recent_last(const struct recent *recent)
{
    return recent->block_count != 0 ? block_at(recent, recent->block_count - 1) : NULL;
}
