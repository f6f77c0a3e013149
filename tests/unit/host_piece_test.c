// SPDX-License-Identifier: Apache-2.0
/* Pieces taken in some threads, passed on in any order, checked and given back in others. */
#include <pthread.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "host/base/piece.h"
#include "tests/unit/check.h"

#define THREADS 4u
#define ROUNDS  20000u
#define PLACES  512u
#define LARGE   100000u /* more than a chunk has */

struct note {
    size_t bytes; /* of it all */
    uint8_t filled[];
};

static struct note *places[PLACES];

static struct note *make(uint32_t random)
{
    size_t bytes = sizeof(struct note) + (random % 97 == 0 ? LARGE : random % 700);
    struct note *note = piece_take(bytes);
    CHECK(note != NULL && (uintptr_t)note % alignof(max_align_t) == 0);
    note->bytes = bytes;
    memset(note->filled, (int)(bytes & 0xFF), bytes - sizeof *note);
    return note;
}

static void check_and_give(struct note *note)
{
    if (note == NULL)
        return;
    for (size_t i = 0; i < note->bytes - sizeof *note; i++)
        CHECK_EQ(note->filled[i], note->bytes & 0xFF);
    piece_give(note);
}

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

/* Puts a new piece in the place of one that most likely another thread made. */
static void *exchange(void *seed)
{
    uint32_t state = *(const uint32_t *)seed;
    for (unsigned i = 0; i < ROUNDS; i++) {
        struct note *note = make(next_random(&state));
        check_and_give(
            __atomic_exchange_n(&places[next_random(&state) % PLACES], note, __ATOMIC_ACQ_REL));
    }
    return NULL;
}

/* The threads of one crowd end, and so leave their chunks, before those of the next begin. */
static void test_threads(void)
{
    for (unsigned crowd = 0; crowd < 3; crowd++) {
        pthread_t threads[THREADS];
        uint32_t seeds[THREADS];
        for (unsigned i = 0; i < THREADS; i++) {
            seeds[i] = crowd * THREADS + i;
            CHECK(pthread_create(&threads[i], NULL, exchange, &seeds[i]) == 0);
        }
        for (unsigned i = 0; i < THREADS; i++)
            CHECK(pthread_join(threads[i], NULL) == 0);
    }
    for (unsigned i = 0; i < PLACES; i++)
        check_and_give(places[i]);
}

/* All that are alive are apart, whatever was given back between them. */
static void test_apart(void)
{
    enum { COUNT = 2000 };
    static struct note *notes[COUNT];
    uint32_t state = 1;
    for (unsigned round = 0; round < 5; round++)
        for (unsigned i = 0; i < COUNT; i++) {
            if (next_random(&state) % 2 == 0)
                continue;
            check_and_give(notes[i]);
            notes[i] = make(next_random(&state));
        }
    for (unsigned i = 0; i < COUNT; i++)
        check_and_give(notes[i]);
    piece_give(NULL);
}

int main(void)
{
    test_apart();
    test_threads();
    return 0;
}
