/* SPDX-License-Identifier: Apache-2.0 */
/* The heart of offload, without threads: who calls these functions decides when what happens, so a
 * test can try every order. offload.c calls them from real threads.
 *
 *                     submit                      cpu_take
 *   caller (IDLE) -----------> WAITING -------------------------> ON_CPU ----> done(): IDLE
 *        ^                        | lane_fill                       ^
 *        |                        v              taken back,        |
 *        +---- done() ------- ON_CARD -----------------------> RETURNED
 *              known answers passed    error status, recheck
 *
 * INVARIANTS
 *   1. An accepted job is in exactly one of: waiting[kind], returned, a worker's hand, an entry of
 * a batch; job->place says which.
 *   2. in_flight is the number of accepted jobs whose done() has not returned.
 *   3. place, the lists and the counters change under `lock`; a batch's entries belong to its
 * lane's thread.
 *   4. The jobs of a batch leave it all at once: when it is judged, or when the card is taken out.
 *   5. A job in `returned` never goes to a card again, so each job ends after at most one try
 * there.
 *   6. No done() and no card operation runs under `lock`.
 */
#ifndef HOST_OFFLOAD_CORE_H
#define HOST_OFFLOAD_CORE_H

#include <pthread.h>

#include "host/offload/known.h"
#include "host/offload/offload.h"

enum job_place { PLACE_IDLE, PLACE_WAITING, PLACE_ON_CARD, PLACE_RETURNED, PLACE_ON_CPU };

/* First in, first out. */
struct job_list {
    struct offload_job *head, *tail;
    unsigned count;
    uint64_t units; /* see offload_kind_units */
};

struct entry {
    struct offload_job *job;          /* NULL: a known answer */
    const struct known_answer *known; /* NULL: a job */
    bool answered;
    struct card_answer answer;
};

struct batch {
    bool open;
    enum offload_kind kind;
    unsigned count, answered, jobs;
    uint64_t submitted_ns;
    uint64_t units;       /* of its jobs */
    uint64_t estimate_ps; /* its share of lane->inflight_ps */
    struct entry entries[OFFLOAD_BATCH_ENTRIES];
};

enum lane_state { LANE_DOWN, LANE_UP, LANE_CLOSED };

/* A card and what it was given. */
struct lane {
    struct core *core;
    struct offload_card card;
    unsigned index;
    int wake_fd; /* eventfd; -1 in a test without threads */

    /* Under core->lock. */
    enum lane_state state;
    bool supports[OFFLOAD_KINDS];
    bool suspect;                        /* a recheck disagreed in this life */
    unsigned busy;                       /* open batches with jobs */
    uint64_t inflight_ps;                /* estimate of what they still take */
    uint64_t ps_per_unit[OFFLOAD_KINDS]; /* measured; 0: not yet */
    struct offload_card_stats stats;

    /* The lane's thread only. */
    uint64_t epoch; /* counts lives; upper half of the tags (also read under the lock) */
    struct batch batches[OFFLOAD_BATCHES];
    unsigned next_kind, next_probe, next_pair;
    uint64_t progress_ns, check_ns, probe_ns, judged_ns;
    uint64_t retry_ns, admitted_ns, backoff_ns;
    unsigned failures, error_strikes;
};

struct core {
    pthread_mutex_t lock;
    pthread_cond_t work; /* something for a worker */
    pthread_cond_t room; /* in_flight went down */
    struct offload_options options;
    struct known_answers known;

    struct job_list waiting[OFFLOAD_KINDS];
    struct job_list returned;
    unsigned in_flight;
    bool stopping;
    unsigned next_kind; /* workers take turns over the kinds */
    uint64_t cpu_ps_per_unit[OFFLOAD_KINDS];
    unsigned recheck_credit, recheck_earned, sample;
    struct offload_kind_stats kinds[OFFLOAD_KINDS];

    struct offload_event events[OFFLOAD_EVENTS_MAX];
    uint64_t event_count;

    struct lane lanes[OFFLOAD_CARDS_MAX];
    unsigned lane_count;
};

/* ------------------------------------------------------------------ core.c */

/* 0, or -1 with a reason. Takes the cards over in either case. The lanes start down; their first
 * step revives them. */
int core_init(struct core *core, const struct offload_options *options,
              char error[OFFLOAD_TEXT_SIZE]);
/* Nothing may be in flight. Closes the cards. */
void core_destroy(struct core *core);

int core_submit(struct core *core, struct offload_job *job);
/* Takes a job for the CPU, or NULL when there is none that the CPU should take. Under the lock. */
struct offload_job *core_cpu_take(struct core *core);
/* Does a job that was taken: computes, calls done(). Without the lock. */
void core_cpu_run(struct core *core, struct digest_context *context, struct offload_job *job);
/* Both; false when there was nothing to take. */
bool core_cpu_step(struct core *core, struct digest_context *context);

/* Shared with lane.c; all but core_call_done under the lock. */
void job_list_push(struct job_list *list, struct offload_job *job);
struct offload_job *job_list_pop(struct job_list *list);
void core_return(struct core *core, struct offload_job *job); /* from a card to the CPU */
void core_settle(struct core *core, struct offload_job *job, bool valid);
bool core_wants_recheck(struct core *core, bool valid);
void core_event(struct core *core, struct lane *lane, enum offload_reason reason, const char *text);
void core_call_done(struct core *core, struct job_list *done);
uint64_t rate_update(uint64_t ps_per_unit, uint64_t elapsed_ns, uint64_t units);

/* ------------------------------------------------------------------ lane.c */

#define LANE_NEVER UINT64_MAX

/* Does what can be done for this card now. Returns 0 when there was progress: call again. Else
 * nanoseconds until the next call is needed, when no answer and no job comes before. */
uint64_t lane_step(struct lane *lane);
/* Takes back what the card has, for good. */
void lane_stop(struct lane *lane);
/* Whether a worker should leave jobs of this kind, the first of which waits, to a card. Under the
 * lock. */
bool lane_deserves(const struct lane *lane, enum offload_kind kind, uint64_t cpu_ns);

#endif
