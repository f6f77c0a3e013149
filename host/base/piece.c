// SPDX-License-Identifier: Apache-2.0
#include "host/base/piece.h"

#include <assert.h>
#include <pthread.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

/* Small enough that a piece which stays longer than its neighbours keeps little else. */
#define CHUNK_BYTES (64u << 10)
/* Larger ones are malloc's: they would leave too much of a chunk unused. */
#define PIECE_BYTES_MAX (CHUNK_BYTES / 8)
/* Chunks that nobody uses, kept for the next block: 64 MiB. */
#define KEPT_MAX 1024u
/* What a chunk's count has too much while a thread cuts from it, so that cutting need not touch the
 * count, which other threads change. */
#define CUTTING (1u << 20)
_Static_assert(CHUNK_BYTES < CUTTING, "more than there are pieces");

/* Under AddressSanitizer each piece is malloc's, so that it sees who uses one given back. */
#if defined __has_feature
#if __has_feature(address_sanitizer)
#define EACH_BY_MALLOC true
#endif
#endif
#if defined __SANITIZE_ADDRESS__
#define EACH_BY_MALLOC true
#endif
#ifndef EACH_BY_MALLOC
#define EACH_BY_MALLOC false
#endif

struct chunk {
    atomic_uint pieces; /* not given back yet; and see CUTTING */
    struct chunk *next; /* of the kept ones */
    alignas(max_align_t) uint8_t bytes[CHUNK_BYTES];
};

/* In front of each piece. */
struct head {
    alignas(max_align_t) struct chunk *chunk; /* NULL: malloc's */
};

/* A thread's chunk. */
struct cutter {
    struct chunk *chunk; /* NULL: none */
    size_t used;
    unsigned cut; /* pieces */
};

static _Thread_local struct cutter own;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t at_thread_end;
static bool ends_known; /* false: threads that end leave a chunk behind */

static pthread_mutex_t kept_lock = PTHREAD_MUTEX_INITIALIZER;
static struct chunk *kept; /* the one used last is the warmest */
static unsigned kept_count;

/* ------------------------------------------------------------------ chunks */

static void keep(struct chunk *chunk)
{
    pthread_mutex_lock(&kept_lock);
    bool room = kept_count < KEPT_MAX;
    if (room) {
        chunk->next = kept;
        kept = chunk;
        kept_count++;
    }
    pthread_mutex_unlock(&kept_lock);
    if (!room)
        free(chunk);
}

static struct chunk *take_kept(void)
{
    pthread_mutex_lock(&kept_lock);
    struct chunk *chunk = kept;
    if (chunk != NULL) {
        kept = chunk->next;
        kept_count--;
    }
    pthread_mutex_unlock(&kept_lock);
    return chunk;
}

static void drop(struct chunk *chunk, unsigned count)
{
    unsigned before = atomic_fetch_sub_explicit(&chunk->pieces, count, memory_order_acq_rel);
    assert(before >= count);
    if (before == count)
        keep(chunk);
}

/* ------------------------------------------------------------------ threads */

static void close_chunk(struct cutter *cutter)
{
    if (cutter->chunk != NULL)
        drop(cutter->chunk, CUTTING - cutter->cut);
    *cutter = (struct cutter){.chunk = NULL};
}

static void end_thread(void *cutter)
{
    close_chunk(cutter);
}

static void prepare(void)
{
    ends_known = pthread_key_create(&at_thread_end, end_thread) == 0;
}

static bool open_chunk(struct cutter *cutter)
{
    close_chunk(cutter);
    pthread_once(&once, prepare);
    if (ends_known)
        (void)pthread_setspecific(at_thread_end, cutter); /* fails: as above */
    struct chunk *chunk = take_kept();
    if (chunk == NULL)
        chunk = malloc(sizeof *chunk);
    if (chunk == NULL)
        return false;
    atomic_init(&chunk->pieces, CUTTING);
    *cutter = (struct cutter){.chunk = chunk};
    return true;
}

/* ------------------------------------------------------------------ pieces */

static void *take_alone(size_t bytes)
{
    struct head *head = malloc(sizeof *head + bytes);
    if (head == NULL)
        return NULL;
    head->chunk = NULL;
    return head + 1;
}

void *piece_take(size_t bytes)
{
    if (EACH_BY_MALLOC || bytes > PIECE_BYTES_MAX)
        return take_alone(bytes);
    struct cutter *cutter = &own;
    size_t whole =
        sizeof(struct head) + ((bytes + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1));
    if ((cutter->chunk == NULL || CHUNK_BYTES - cutter->used < whole) && !open_chunk(cutter))
        return NULL;
    struct head *head = (struct head *)(cutter->chunk->bytes + cutter->used);
    head->chunk = cutter->chunk;
    cutter->used += whole;
    cutter->cut++;
    return head + 1;
}

void piece_give(void *piece)
{
    if (piece == NULL)
        return;
    struct head *head = (struct head *)piece - 1;
    if (head->chunk == NULL)
        free(head);
    else
        drop(head->chunk, 1);
}
