/* SPDX-License-Identifier: Apache-2.0 */
/* A queue pair. Private; tests include it to look inside and to write slots that the public
 * interface refuses.
 *
 *   index:      head           submitted          tail            (16 bits, running freely)
 *                |  outstanding    |   prepared    |
 *   ring:   -----+-----------------+---------------+-----------
 *
 * Slots are used in order and jobs complete in any order, so a slot may be used again while the job
 * that was in it still runs. What the host knows about a job is therefore not kept by slot but in a
 * context taken from a stack of free ones, and the cookie names it:
 *
 *   cookie = sequence (52 bits) | context (12 bits)       sequence counts the queue's jobs, from 1
 *
 * Invariants, while the queue runs:
 *   1. A context is either on the free stack, with cookie 0, or belongs to one job.
 *   2. entries = free_count + (tail - head) + lost_count.
 *   3. tail - head <= entries (from 2), so the card always has room for a completion, and the slot
 * at tail has been fetched: the job `entries` before it has, because more jobs than that have
 * completed.
 *   4. No sequence is used twice, also across resets, so no completion but the job's own has its
 * cookie. */
#ifndef DRIVER_QUEUE_QUEUE_H
#define DRIVER_QUEUE_QUEUE_H

#include "driver/card/card.h"
#include "driver/transport/memory.h"
#include "snapcard.h"

#define SNAP_CONTEXT_BITS 12u /* ENTRIES_LOG2_MAX */
_Static_assert(SNAP_ENTRIES_LOG2_MAX <= SNAP_CONTEXT_BITS, "a cookie must name every context");

#define SNAP_QUEUE_ENTRIES_DEFAULT   256u
#define SNAP_QUEUE_DEADLINE_DEFAULT  (UINT64_C(1) << 32)
#define SNAP_QUEUE_IRQ_TIMER_DEFAULT 1000u

/* What an OK completion of a job must have: a result slot, a verdict in its result field. */
enum snap_result_rule {
    SNAP_RESULT_ANY,
    SNAP_RESULT_NEVER,
    SNAP_RESULT_ALWAYS,
    SNAP_RESULT_ECHO,
    /* From here on with a verdict. */
    SNAP_RESULT_VERDICT, /* no result slot */
    SNAP_RESULT_POINT,   /* a result slot when valid */
    SNAP_RESULT_SUM,     /* the same, and it may be infinity */
};

struct snap_context {
    uint64_t cookie; /* 0: free */
    uint64_t user;
    struct snap_arena *arena; /* of the payload; NULL: inline */
    uint16_t slot;            /* submission index */
    uint8_t opcode;
    uint8_t rule; /* enum snap_result_rule, ECHO resolved */
};

struct snap_queue {
    /* Read on the hot path, written only while the queue is created or reset. */
    uint8_t *slots;
    const struct snap_completion *completions;
    const uint8_t *results;
    struct snap_context *contexts;
    uint16_t *free_contexts; /* a stack */
    struct snap_card *card;
    struct snap_transport *transport;
    uint32_t doorbell_offset;
    uint32_t entry_mask; /* also of a cookie: the contexts are as many as the entries */
    uint32_t payload_bytes;
    uint32_t epoch; /* of the card, when the queue was started */
    uint16_t generation;
    uint8_t slot_log2;
    uint8_t entries_log2;

    /* Written on the hot path. */
    uint64_t sequence; /* of the next job */
    uint32_t free_count;
    uint16_t tail, submitted, head;
    bool attention; /* not running, or lost_count is not 0: leave the hot path */

    /* The slow path. */
    enum snap_queue_state state;
    struct snap_error fault; /* why state is not RUNNING */
    uint32_t lost_count;     /* jobs to report as SNAP_JOB_LOST ... */
    uint64_t lost_sequence;  /* ... those before this one */
    unsigned index;          /* of the queue on the card */
    uint32_t entries;
    uint64_t deadline_cycles;
    uint32_t irq_config;
    struct snap_memory slot_memory, completion_memory;
    uint64_t submitted_sequence; /* sequence behind the last submitted job */
    /* What snap_queue_check saw when things last moved. */
    struct {
        bool set;
        uint64_t sequence; /* jobs before it were submitted at `cycles` or earlier */
        uint64_t cycles;
        uint16_t head, submitted; /* these and the next two: for standstill */
        uint64_t still_cycles;
        uint64_t still_ms;
    } mark;
};

/* QUEUE_STATUS.STATE; what is left is a queue that drains. */
enum { SNAP_STATE_OFF = 0, SNAP_STATE_RUNNING = 1, SNAP_STATE_ERROR = 3 };

/* Registers of the queue's page. */
uint32_t snap_queue_read32(struct snap_queue *queue, uint32_t reg);
void snap_queue_write32(struct snap_queue *queue, uint32_t reg, uint32_t value);

/* Stops the hot path: the queue is in `state` because of what the text says. Returns state. */
enum snap_queue_state snap_queue_break(struct snap_queue *queue, enum snap_queue_state state,
                                       const char *format, ...)
    __attribute__((format(printf, 3, 4), cold));

/* True when the completion at `head` has been written, or lost jobs are to be reaped. */
bool snap_queue_reapable(const struct snap_queue *queue);

/* Makes every job that the card has not completed a lost one, and gives its arena up. */
void snap_queue_lose_jobs(struct snap_queue *queue);

/* Starts the queue on the card, with a new generation and empty rings. Needs the card's lock, as
 * the next. */
int snap_queue_start(struct snap_queue *queue, struct snap_error *error);
/* Switches it off, by the mildest means that works, so that the card touches its memory no more. */
int snap_queue_stop(struct snap_queue *queue, struct snap_error *error);

/* For tests: a slot with any header; `header->cookie` is replaced. Returns its payload, NULL when
 * full. */
void *snap_queue_prepare_raw(struct snap_queue *queue, const struct snap_job_header *header,
                             uint64_t user);

#endif
