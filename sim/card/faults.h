/* SPDX-License-Identifier: Apache-2.0 */
/* Faults that a card can have, put between a card and its host: the driver's recovery is tested
 * with them. They work on completions, results and reads as they pass, so they need nothing of the
 * card itself. */
#ifndef SIM_CARD_FAULTS_H
#define SIM_CARD_FAULTS_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/card/card.h"
#include "snapcard_abi.h"

enum fault_kind {
    FAULT_LOST,      /* a completion is not written */
    FAULT_DUPLICATE, /* a completion is also written to the next entry */
    FAULT_STALE,     /* an earlier completion, of the generation before, is written instead */
    FAULT_REORDER,   /* two completions are written in the wrong order */
    FAULT_WRONG,     /* a bit of a result is wrong */
    FAULT_HANG,      /* the card stands still until it is reset */
    FAULT_TIMEOUT,   /* a read is never answered */
    FAULT_UR,        /* a read is answered as Unsupported Request */
    FAULT_CA,        /* a read is answered as Completer Abort */
    FAULT_POISON,    /* a read's data comes poisoned */
    FAULT_REMOVAL,   /* the card leaves the bus until the client connects anew */
    FAULT_KINDS
};

struct fault {
    enum fault_kind kind;
    uint64_t after; /* events that pass before the first fault */
    uint64_t count; /* faults */
    int queue;      /* only events of this queue count; FAULT_ANY_QUEUE: all */
    uint64_t seen, done;
};

#define FAULTS_MAX      8u
#define FAULT_ANY_QUEUE (-1)
#define FAULT_NAMES     "lost duplicate stale reorder wrong hang timeout ur ca poison removal"

/* Rings of a queue, as far as the host has set them up. */
struct fault_rings {
    bool running;
    unsigned entries;
    uint32_t config;
    uint64_t cq, result;
    bool have_last;
    struct snap_completion last; /* last completion that passed, for FAULT_STALE */
    bool tainted;                /* the result slot of the next completion was spoiled */
    bool enabled;                /* as QUEUE_CONTROL says */
    bool rung;                   /* has had a doorbell since its start */
    uint16_t written;            /* completions since the queue's start, up to a hang */
};

struct faults {
    struct fault list[FAULTS_MAX];
    unsigned count;
    struct host host; /* behind the faults */
    struct card card; /* behind the faults */
    struct fault_rings rings[SNAP_QUEUES_MAX];
    uint32_t jobs; /* completions since the last reset, up to a hang */
    bool removed;
    bool hang_due; /* from the fault until the card has come to rest */
    bool hung;
    bool holding; /* FAULT_REORDER keeps one completion back */
    uint64_t held_address;
    struct snap_completion held;
    uint32_t frozen[SNAP_BAR0_BYTES / 4]; /* registers of a card that hangs */
};

void faults_init(struct faults *faults);
/* Adds NAME[:queue=Q][:after=N][:count=M]; false with *reason when it is not one, or there are too
 * many. */
bool faults_add(struct faults *faults, const char *spec, const char **reason);
/* The host to give to the card, and the card to give to the function. `faults` must outlive both;
 * destroying the card destroys the inner one. */
struct host faults_host(struct faults *faults, struct host inner);
struct card faults_card(struct faults *faults, struct card inner);
/* A card that had left the bus is plugged in again. */
void faults_reconnect(struct faults *faults);
/* Whether each fault has struck as often as it was to; those that have not are told on stderr. */
bool faults_struck(const struct faults *faults);

#endif
