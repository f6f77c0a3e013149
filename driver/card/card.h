/* SPDX-License-Identifier: Apache-2.0 */
/* The card as the driver's parts see it. Private; tests include it to put a transport of their own
 * under the public interface, and to reach registers. */
#ifndef DRIVER_CARD_CARD_H
#define DRIVER_CARD_CARD_H

#include <pthread.h>
#include <stdatomic.h>

#include "driver/transport/memory.h"
#include "driver/transport/transport.h"
#include "snapcard.h"

/* A field of a register, by its name in snapcard_abi.h. */
#define SNAP_FIELD(word, name) (((word) >> name##_SHIFT) & name##_MASK)

#define SNAP_STALL_MS_DEFAULT 10000u
/* A card whose counter moves by less in stall_ms does not run: a simulator stops its clocks when
 * the card is idle and runs them for a few cycles at each register access. */
#define SNAP_STALL_CYCLES 4096u
/* One that does not move at all has no clock: even a simulator's moves with each look. That needs
 * no patience beyond what a look is apart from the next. */
#define SNAP_STOPPED_MS 100u
/* How long a queue may drain before it is taken for stuck, and a card may take to reset: more than
 * the card's time-out for reads, which is 2^20 cycles, and a message of the largest size. */
#define SNAP_DRAIN_CYCLES (UINT64_C(1) << 21)
#define SNAP_RESET_CYCLES (UINT64_C(1) << 22)

struct snap_arena {
    struct snap_card *card;
    struct snap_arena *next;
    struct snap_memory memory;
    _Atomic uint32_t jobs; /* in flight, of all queues */
};

struct snap_card {
    struct snap_transport *transport; /* owned */
    struct snap_card_info info;
    unsigned stall_ms;
    unsigned queues_usable; /* those with an interrupt vector */
    int eventfds[SNAP_QUEUES_MAX];
    /* Counts resets of the whole card; a queue whose own number differs has been reset under its
     * feet. */
    _Atomic uint32_t epoch;
    /* Everything below, registers that are accessed in pairs, and the transport's serialised
     * operations. */
    pthread_mutex_t lock;
    struct snap_queue *queues[SNAP_QUEUES_MAX];
    uint16_t generations[SNAP_QUEUES_MAX]; /* the last one that each queue of the card used */
    struct snap_arena *arenas;
    bool usable; /* the last hard reset succeeded: interrupts and bus mastering are on */
};

/* Opens the card behind `transport`, which it owns from here on, also when this fails. */
int snap_card_open_transport(struct snap_transport *transport, const char *address,
                             const struct snap_card_options *options, struct snap_card **card,
                             struct snap_error *error);

void snap_card_lock(struct snap_card *card);
void snap_card_unlock(struct snap_card *card);

/* The rest needs the lock. */

/* SNAP_E_GONE, with the transport's reason, when it has lost the card or must give it back, or when
 * MAGIC does not read as it should. */
int snap_card_present(struct snap_card *card, struct snap_error *error);
int snap_card_cycles_locked(struct snap_card *card, uint64_t *cycles, struct snap_error *error);
/* CONTROL.RESET, which keeps the MSI-X table. */
int snap_card_reset_soft(struct snap_card *card, struct snap_error *error);
/* Function-level reset, then interrupts and bus mastering on again; CONTROL.RESET where there is
 * none. */
int snap_card_reset_hard(struct snap_card *card, struct snap_error *error);

/* Waiting for the card, in its own time: over after limit_cycles, or when its counter stops. */
struct snap_watch {
    struct snap_card *card;
    uint64_t start_cycles;
    uint64_t mark_cycles; /* the counter at mark_ms */
    uint64_t mark_ms;
};

/* SNAP_E_GONE when the card is. */
int snap_watch_start(struct snap_watch *watch, struct snap_card *card, struct snap_error *error);
/* 0: go on waiting. SNAP_E_TIMEOUT: limit_cycles are over. SNAP_E_STALLED or SNAP_E_GONE. */
int snap_watch_look(struct snap_watch *watch, uint64_t limit_cycles, struct snap_error *error);

/* Whether a card whose counter moved by `cycles` in `ms` of wall time stands still. */
bool snap_stands_still(const struct snap_card *card, uint64_t cycles, uint64_t ms);

#endif
