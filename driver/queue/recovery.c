// SPDX-License-Identifier: Apache-2.0
/* Is the card still doing its work, and what to do when it is not. */
#include <inttypes.h>
#include <stdio.h>

#include "driver/base/clock.h"
#include "driver/base/error.h"
#include "driver/queue/queue.h"

#define LOOKS_MAX 3 /* for a completion that the card says it has written */

static const char *queue_error_name(uint32_t code)
{
    switch (code) {
#define NAME(name, value, text)                                                                    \
    case value:                                                                                    \
        return #name ": " text;
        SNAP_QUEUE_ERROR_LIST(NAME)
    default:
        return "a code that this driver does not know";
    }
}

/* The card contradicts itself. Before that is called a lie: it may have left the bus between two
 * reads, and one whose clock has stopped shows what it was about to do. */
static void break_for_contradiction(struct snap_queue *queue, const char *what)
{
    struct snap_error gone;
    uint64_t first, second;
    if (snap_card_present(queue->card, &gone) != SNAP_OK ||
        snap_card_cycles_locked(queue->card, &first, &gone) != SNAP_OK ||
        snap_card_cycles_locked(queue->card, &second, &gone) != SNAP_OK)
        (void)snap_queue_break(queue, SNAP_QUEUE_GONE, "%s", gone.text);
    else if (first == second)
        (void)snap_queue_break(queue, SNAP_QUEUE_STALLED,
                               "the card's clock stands still at cycle %" PRIu64 "; %s", first,
                               what);
    else
        (void)snap_queue_break(queue, SNAP_QUEUE_BROKEN, "%s", what);
}

/* Does the card say of the queue what the host knows about it? */
static void check_registers(struct snap_queue *queue)
{
    uint32_t status = snap_queue_read32(queue, SNAP_REG_QUEUE_STATUS);
    uint32_t index = snap_queue_read32(queue, SNAP_REG_QUEUE_INDEX);
    uint32_t state = SNAP_FIELD(status, SNAP_QUEUE_STATUS_STATE);
    if (status == SNAP_ALL_ONES) /* the card was there a moment ago */
        (void)snap_queue_break(queue, SNAP_QUEUE_GONE, "its registers read as all ones");
    else if (state == SNAP_STATE_ERROR)
        (void)snap_queue_break(queue, SNAP_QUEUE_REFUSED, "the card stopped it, error %s",
                               queue_error_name(SNAP_FIELD(status, SNAP_QUEUE_STATUS_ERROR)));
    else if (state != SNAP_STATE_RUNNING)
        (void)snap_queue_break(queue, SNAP_QUEUE_BROKEN, "the card has switched it off");
    if (queue->state != SNAP_QUEUE_RUNNING)
        return;
    uint16_t outstanding = (uint16_t)(queue->submitted - queue->head);
    uint16_t written = (uint16_t)(SNAP_FIELD(index, SNAP_QUEUE_INDEX_CQ_TAIL) - queue->head);
    uint16_t fetched = (uint16_t)(SNAP_FIELD(index, SNAP_QUEUE_INDEX_SQ_HEAD) - queue->head);
    char what[96];
    if (fetched > outstanding || written > fetched) {
        (void)snprintf(what, sizeof what,
                       "QUEUE_INDEX %08x contradicts %u jobs outstanding behind %u", index,
                       outstanding, queue->head);
        break_for_contradiction(queue, what);
        return;
    }
    /* The answer to a register read comes behind the writes made before it; reading once more
     * covers those that were counted and just about to leave. */
    for (unsigned look = 0; written != 0 && !snap_queue_reapable(queue); look++) {
        if (look == LOOKS_MAX) {
            (void)snprintf(what, sizeof what,
                           "the card says that it wrote completion %u, which is not there",
                           queue->head);
            break_for_contradiction(queue, what);
            return;
        }
        (void)snap_queue_read32(queue, SNAP_REG_QUEUE_INDEX);
    }
}

/* Sequence of the oldest submitted job that is not reaped; submitted_sequence when none is. */
static uint64_t oldest_sequence(const struct snap_queue *queue)
{
    uint64_t oldest = queue->submitted_sequence;
    for (uint32_t i = 0; i < queue->entries; i++) {
        uint64_t sequence = queue->contexts[i].cookie >> SNAP_CONTEXT_BITS;
        if (sequence >= queue->lost_sequence && sequence != 0 && sequence < oldest)
            oldest = sequence;
    }
    return oldest;
}

/* A job is overdue when it was submitted before a mark that is deadline_cycles back, so never too
 * early; at the latest after twice the deadline, when it was submitted just behind a mark. */
static void check_time(struct snap_queue *queue, uint64_t cycles)
{
    uint64_t now_ms = snap_clock_ms();
    uint64_t oldest = oldest_sequence(queue);
    if (!queue->mark.set || oldest >= queue->mark.sequence || cycles < queue->mark.cycles) {
        queue->mark.sequence = queue->submitted_sequence;
        queue->mark.cycles = cycles;
    } else if (cycles - queue->mark.cycles > queue->deadline_cycles) {
        (void)snap_queue_break(queue, SNAP_QUEUE_OVERDUE,
                               "a job takes longer than %" PRIu64 " card cycles",
                               queue->deadline_cycles);
        return;
    }
    bool moved = !queue->mark.set || oldest == queue->submitted_sequence ||
                 queue->mark.head != queue->head || queue->mark.submitted != queue->submitted ||
                 cycles - queue->mark.still_cycles >= SNAP_STALL_CYCLES;
    if (moved) {
        queue->mark.head = queue->head;
        queue->mark.submitted = queue->submitted;
        queue->mark.still_cycles = cycles;
        queue->mark.still_ms = now_ms;
    } else if (snap_stands_still(queue->card, cycles - queue->mark.still_cycles,
                                 now_ms - queue->mark.still_ms)) {
        (void)snap_queue_break(queue, SNAP_QUEUE_STALLED,
                               "no completion and only %" PRIu64 " card cycles in %" PRIu64 " ms",
                               cycles - queue->mark.still_cycles, now_ms - queue->mark.still_ms);
    }
    queue->mark.set = true;
}

static void check_locked(struct snap_queue *queue)
{
    struct snap_error gone;
    uint64_t cycles;
    if (atomic_load(&queue->card->epoch) != queue->epoch)
        (void)snap_queue_break(queue, SNAP_QUEUE_BROKEN, "the card was reset");
    else if (snap_card_present(queue->card, &gone) != SNAP_OK ||
             snap_card_cycles_locked(queue->card, &cycles, &gone) != SNAP_OK)
        (void)snap_queue_break(queue, SNAP_QUEUE_GONE, "%s", gone.text);
    if (queue->state == SNAP_QUEUE_RUNNING)
        check_registers(queue);
    /* What has arrived is neither late nor lost: let it be reaped first. */
    if (queue->state == SNAP_QUEUE_RUNNING && !snap_queue_reapable(queue))
        check_time(queue, cycles);
}

enum snap_queue_state snap_queue_check(struct snap_queue *queue, struct snap_error *error)
{
    if (queue->state == SNAP_QUEUE_RUNNING) {
        snap_card_lock(queue->card);
        check_locked(queue);
        snap_card_unlock(queue->card);
    }
    if (queue->state != SNAP_QUEUE_RUNNING)
        (void)snap_fail(error, queue->fault.code, "%s", queue->fault.text);
    return queue->state;
}

/* Jobs are lost also when the reset fails: their caller must know, most of all when the card is
 * gone. Nothing that the card does later counts, because the queue does not run until a reset has
 * given it a new generation. */
int snap_queue_reset(struct snap_queue *queue, struct snap_error *error)
{
    struct snap_error why;
    snap_card_lock(queue->card);
    int code = snap_queue_stop(queue, &why);
    snap_queue_lose_jobs(queue);
    if (code == SNAP_OK)
        code = snap_queue_start(queue, &why);
    else
        (void)snap_queue_break(queue, code == SNAP_E_GONE ? SNAP_QUEUE_GONE : SNAP_QUEUE_STALLED,
                               "it could not be reset: %s", why.text);
    snap_card_unlock(queue->card);
    if (code != SNAP_OK)
        (void)snap_fail(error, code, "%s", why.text);
    return code;
}
