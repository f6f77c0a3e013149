/* SPDX-License-Identifier: Apache-2.0 */
/* Offload: callers hand in jobs of any kind and get verdicts, with cards or without, or with one
 * that fails while it runs.
 *
 *   struct offload *offload;
 *   if (offload_create(&options, &offload, error) != 0) ...
 *   offload_submit(offload, &job);      BUSY: take work back from your own callers, or offload_wait
 *   job.done(&job)                      once, from a thread of offload's
 *   offload_destroy(offload);           answers what is still in it first
 *
 * WHO DOES A JOB. Waiting jobs stand in one line per kind. A card takes them in batches, formed by
 * number or by age; idle CPU workers take them one by one. Nobody is handed work in advance, so
 * nobody has to give it back: a card whose line is short and which is idle is left its work, and as
 * soon as waiting for the card would take longer than doing the job here, by rates measured on the
 * way, workers take it. What a card does not announce goes to the CPU; so does everything that a
 * card was given and has not answered when it is taken out.
 *
 * WHAT A CARD'S ANSWER IS WORTH. A batch is enclosed by two known answers of its kind; all its
 * answers are held until both have passed. Where a card says "invalid", the CPU looks again within
 * a budget, and so it does with a sample of the others. A card that answers wrongly, breaks a
 * completion, hangs or goes away is taken out; its jobs are done on the CPU; it is reset, tested
 * and let in again after a pause that doubles each time. An error status (the card could not read
 * the payload, say) is no answer: that job is done on the CPU.
 *
 * THREADS. Everything here may be called from any thread but create and destroy. */
#ifndef HOST_OFFLOAD_OFFLOAD_H
#define HOST_OFFLOAD_OFFLOAD_H

#include "host/base/clock.h"
#include "host/offload/card.h"
#include "host/offload/kind.h"

#define OFFLOAD_CARDS_MAX   8u
#define OFFLOAD_WORKERS_MAX 256u
#define OFFLOAD_EVENTS_MAX  64u

/* Far apart in bits, so that no single fault turns one into the other. */
enum offload_verdict {
    OFFLOAD_PENDING = 0,
    OFFLOAD_VALID = 0x5AC33CA5,
    OFFLOAD_INVALID = 0x253CC35A,
};

/* A job is its caller's memory. From a successful submit until done() it is offload's: neither the
 * job nor its input may change. Zero it before its first use; it may be used again after done() was
 * called. */
struct offload_job {
    /* The question. */
    enum offload_kind kind;
    uint32_t bytes;
    const void *input;
    const uint8_t *expected; /* kinds with a result: VALID means equal to this; NULL: any is */
    void (*done)(struct offload_job *job); /* must not block; may submit this job or others */
    void *user;

    /* The answer. */
    enum offload_verdict verdict;
    /* Kinds with a result, and valid: a digest in the first 32 bytes, or x and y of a point, all
     * zero for infinity; else 0. */
    uint8_t result[OFFLOAD_RESULT_BYTES];
    uint32_t engine_cycles; /* of the card's engine; 0 when the CPU answered */
    bool by_card;

    /* Offload's own. */
    struct offload_job *next;
    uint64_t submitted_ns;
    uint64_t epoch;  /* with recheck: the card's life that gave the answer */
    uint8_t place;   /* enum job_place */
    uint8_t card;    /* with recheck: which card */
    bool recheck;    /* the card has answered; the CPU looks again */
    bool card_valid; /* with recheck: what the card said; its result is in `result` */
};

enum offload_code {
    OFFLOAD_OK = 0,
    OFFLOAD_BUSY = -1,    /* full: jobs_max are in flight */
    OFFLOAD_STOPPED = -2, /* offload_destroy has begun */
    OFFLOAD_BAD_JOB =
        -3, /* unknown kind, a length it does not take, no done(), or the job is in flight */
};

/* 0 takes the default. */
struct offload_options {
    struct clock clock;    /* now_ns NULL: CLOCK_MONOTONIC */
    unsigned workers;      /* CPU threads, to OFFLOAD_WORKERS_MAX; default: one a core */
    unsigned jobs_max;     /* accepted and not done; default 8,192 */
    unsigned batch_jobs;   /* a batch is full with so many, to OFFLOAD_BATCH_JOBS_MAX; default 32 */
    uint64_t batch_age_ns; /* or goes when its oldest job waited so long; default 100 us */
    uint64_t
        patience_ns;     /* a job waits for a card no longer, whatever the rates say; default 5 s */
    uint64_t answer_ns;  /* a batch that takes longer is lost; default 120 s. The driver's deadline
                            is in card  cycles and shorter; this one holds when nothing counts */
    uint64_t check_ns;   /* between slow looks at a card that answers nothing; default 10 ms */
    uint64_t probe_ns;   /* an idle card is asked known answers so often; default 1 s */
    uint64_t backoff_ns; /* first pause before a card is let in again; default 200 ms */
    uint64_t backoff_max_ns; /* longest; default 60 s */
    bool spare_cpu;          /* the CPU does only what no card in service can do, or has failed to;
                                patience_ns          does not count then */
    unsigned recheck_one_in; /* sample of valid answers done again on the CPU; default 64 */
    unsigned recheck_budget; /* rechecks of invalid answers at once; one comes back for each 8
                                answers of cards; default 256 */
    uint64_t seed;           /* of the known answers */
    const struct offload_card
        *cards; /* copied; closed by offload_destroy, or by a failed offload_create */
    unsigned card_count;
};

struct offload;

/* Opens the cards (one that does not open is tried again later) and starts the threads. 0, or -1
 * with a reason in `error`. */
int offload_create(const struct offload_options *options, struct offload **offload,
                   char error[OFFLOAD_TEXT_SIZE]);

/* Accepts no more jobs, answers those in flight (on the CPU), closes the cards. Not from a done().
 */
void offload_destroy(struct offload *offload);

/* enum offload_code. After OFFLOAD_OK done() will be called exactly once, possibly before this
 * returns. */
int offload_submit(struct offload *offload, struct offload_job *job);

/* Waits until at most `jobs` are in flight, their done() returned, or until timeout_ns passed. True
 * when so. */
bool offload_wait(struct offload *offload, unsigned jobs, uint64_t timeout_ns);

/* ------------------------------------------------------------------ what happened */

struct offload_kind_stats {
    uint64_t jobs;      /* accepted */
    uint64_t card, cpu; /* answered, by whom */
    uint64_t valid, invalid;
    uint64_t engine_cycles; /* of the answers by cards */
    uint64_t returned; /* taken back from a card that was taken out, or whose known answers did not
                          come */
    uint64_t error_status; /* the card could not do it and said so */
    uint64_t rechecked;    /* answered by a card, done again here (counted under cpu) */
};

enum offload_reason {
    OFFLOAD_ADMITTED,     /* passed its self-test and gets jobs */
    OFFLOAD_NOT_REVIVED,  /* could not be opened or reset, or failed its self-test */
    OFFLOAD_ERROR_STATUS, /* a job ended in an error status; the card stays */
    /* The card was taken out because ... */
    OFFLOAD_WRONG_ANSWER, /* a known answer came back wrong */
    OFFLOAD_DISAGREED,    /* the CPU came to another answer */
    OFFLOAD_ERRORS,       /* too many error statuses */
    OFFLOAD_OVERDUE,
    OFFLOAD_STALLED,
    OFFLOAD_REFUSED,
    OFFLOAD_BROKEN,
    OFFLOAD_GONE,
};
#define OFFLOAD_REASONS 11u

const char *offload_reason_name(enum offload_reason reason);

struct offload_card_stats {
    char address[OFFLOAD_TEXT_SIZE];
    bool up;
    uint64_t known_passed;             /* known answers that came back right */
    uint64_t batches;                  /* with jobs, whose answers counted */
    uint64_t reasons[OFFLOAD_REASONS]; /* how often each happened */
};

struct offload_event {
    uint64_t number;  /* from 1, over all cards */
    uint64_t time_ns; /* of its last time */
    uint64_t count;   /* how often in a row */
    unsigned card;
    enum offload_reason reason;
    char text[OFFLOAD_TEXT_SIZE];
};

struct offload_stats {
    struct offload_kind_stats kinds[OFFLOAD_KINDS];
    struct offload_card_stats cards[OFFLOAD_CARDS_MAX];
    unsigned card_count;
    unsigned in_flight;
    uint64_t events; /* how many there were; the last OFFLOAD_EVENTS_MAX can be read */
};

void offload_stats(struct offload *offload, struct offload_stats *stats);

/* Copies the events with numbers above `after`, oldest first, as far as they are kept; returns how
 * many. */
unsigned offload_events(struct offload *offload, uint64_t after, struct offload_event *events,
                        unsigned count);

#endif
