// SPDX-License-Identifier: Apache-2.0
/* The hot path: prepare, submit, reap. No allocation, no system call, no register read, no lock. */
#include "driver/queue/queue.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "driver/base/barrier.h"

#define LIKELY(x)   __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

/* The last 8 bytes of a completion, as one number; loaded at once, so that what is checked is what
 * is used. */
#define TAIL_SLOT(tail)       ((uint16_t)(tail))
#define TAIL_SQ_HEAD(tail)    ((uint16_t)((tail) >> 16))
#define TAIL_GENERATION(tail) ((uint16_t)((tail) >> 32))
#define TAIL_STATUS(tail)     ((uint8_t)((tail) >> 48))
#define TAIL_PHASE_SHIFT      63
#define TAIL_RESULT_BIT       (UINT64_C(1) << 56)
#define TAIL_FIXED_MASK                                                                            \
    UINT64_C(0xFE00FFFF00000000) /* generation, phase, reserved bits of the last byte */
_Static_assert(offsetof(struct snap_completion, slot) == 24, "tail of a completion");
_Static_assert(offsetof(struct snap_completion, phase) == 31, "the phase is in the last byte");

static const bool status_known[256] = {
#define KNOWN(name, value, text) [value] = true,
    SNAP_STATUS_LIST(KNOWN)};

/* Opcodes that this driver does not know: SNAP_RESULT_ANY. */
static const uint8_t result_rules[256] = {
#define RULE(name, engine, value, slot, announced)                                                 \
    [SNAP_OP_##name] = (value) == SNAP_VALUE_SUM ? SNAP_RESULT_SUM                                 \
                       : (value) == SNAP_VALUE_VERDICT                                             \
                           ? ((slot) == SNAP_SLOT_POINT ? SNAP_RESULT_POINT : SNAP_RESULT_VERDICT) \
                       : (slot) == SNAP_SLOT_ECHO ? SNAP_RESULT_ECHO                               \
                       : (slot) == SNAP_SLOT_NONE ? SNAP_RESULT_NEVER                              \
                                                  : SNAP_RESULT_ALWAYS,
    SNAP_ANSWER_LIST(RULE)};

/* ------------------------------------------------------------------ submission */

static uint8_t result_rule(uint8_t opcode, uint8_t flags)
{
    uint8_t rule = result_rules[opcode];
    if (rule == SNAP_RESULT_ECHO)
        rule = flags & SNAP_FLAG_ECHO ? SNAP_RESULT_ALWAYS : SNAP_RESULT_NEVER;
    return rule;
}

/* Takes a context and the next slot; the caller has checked that there is a free context. */
static inline void *fill_slot(struct snap_queue *queue, const struct snap_job_header *header,
                              struct snap_arena *arena, uint64_t user)
{
    uint16_t index = queue->free_contexts[--queue->free_count];
    struct snap_context *context = &queue->contexts[index];
    uint64_t cookie = queue->sequence++ << SNAP_CONTEXT_BITS | index;
    uint16_t slot = queue->tail++;
    context->cookie = cookie;
    context->user = user;
    context->arena = arena;
    context->slot = slot;
    context->opcode = header->opcode;
    context->rule = result_rule(header->opcode, header->flags);
    uint8_t *at = queue->slots + ((size_t)(slot & queue->entry_mask) << queue->slot_log2);
    struct snap_job_header *written = (struct snap_job_header *)at;
    *written = *header;
    written->cookie = cookie;
    return at + SNAP_JOB_HEADER_BYTES;
}

void *snap_queue_prepare(struct snap_queue *queue, uint8_t opcode, uint8_t flags, uint32_t length,
                         uint64_t user)
{
    if (UNLIKELY(queue->free_count == 0 || length > queue->payload_bytes ||
                 (flags & SNAP_FLAG_INDIRECT) != 0))
        return NULL;
    const struct snap_job_header header = {.opcode = opcode, .flags = flags, .length = length};
    return fill_slot(queue, &header, NULL, user);
}

bool snap_queue_prepare_indirect(struct snap_queue *queue, uint8_t opcode, uint8_t flags,
                                 struct snap_arena *arena, size_t offset, uint32_t length,
                                 uint64_t user)
{
    size_t bytes = arena->memory.bytes;
    if (UNLIKELY(queue->free_count == 0 || offset > bytes || length > bytes - offset ||
                 offset % SNAP_MESSAGE_ALIGN_BYTES != 0 || arena->card != queue->card))
        return false;
    const struct snap_job_header header = {.opcode = opcode,
                                           .flags = (uint8_t)(flags | SNAP_FLAG_INDIRECT),
                                           .length = length,
                                           .address = arena->memory.address + offset};
    atomic_fetch_add_explicit(&arena->jobs, 1, memory_order_relaxed);
    (void)fill_slot(queue, &header, arena, user);
    return true;
}

void *snap_queue_prepare_raw(struct snap_queue *queue, const struct snap_job_header *header,
                             uint64_t user)
{
    return queue->free_count == 0 ? NULL : fill_slot(queue, header, NULL, user);
}

void snap_queue_submit(struct snap_queue *queue)
{
    if (UNLIKELY(queue->tail == queue->submitted || queue->state != SNAP_QUEUE_RUNNING))
        return;
    queue->submitted = queue->tail;
    queue->submitted_sequence = queue->sequence;
    snap_transport_write32(queue->transport, queue->doorbell_offset,
                           (uint32_t)queue->head << SNAP_DOORBELL_CQ_HEAD_SHIFT | queue->tail);
}

/* ------------------------------------------------------------------ completion */

/* The tail that the completion at `head` must have, in TAIL_FIXED_MASK. */
static inline uint64_t fixed_tail(const struct snap_queue *queue, uint16_t head)
{
    uint64_t phase = (~(uint32_t)head >> queue->entries_log2) & 1;
    return phase << TAIL_PHASE_SHIFT | (uint64_t)queue->generation << 32;
}

static inline uint64_t load_tail(const struct snap_completion *entry)
{
    const uint64_t *words = (const uint64_t *)(const void *)entry;
    return __atomic_load_n(&words[3], __ATOMIC_RELAXED);
}

/* The card could not read the slot and so has no cookie: the job is the one whose slot it was.
 * After 65,536 jobs an index comes again; should an older job with the same still run, it is not
 * decided between them. */
static struct snap_context *find_by_slot(struct snap_queue *queue, uint16_t slot)
{
    struct snap_context *found = NULL;
    for (uint32_t i = 0; i < queue->entries; i++) {
        struct snap_context *context = &queue->contexts[i];
        if (context->cookie == 0 || context->slot != slot)
            continue;
        if (found != NULL)
            return NULL;
        found = context;
    }
    return found;
}

static bool is_fetch_status(uint8_t status)
{
    return status >= SNAP_STATUS_FETCH_UR && status <= SNAP_STATUS_FETCH_MALFORMED;
}

/* The job of a completion without its cookie: of a slot that the card could not read. */
static const char *identify_by_slot(struct snap_queue *queue, uint64_t tail, uint64_t cookie,
                                    struct snap_context **context_out)
{
    if (cookie != 0 || !is_fetch_status(TAIL_STATUS(tail)))
        return "its cookie belongs to no job in flight";
    *context_out = find_by_slot(queue, TAIL_SLOT(tail));
    return *context_out == NULL ? "its slot is not outstanding" : NULL;
}

/* What is wrong with the result of a job that ended in OK. The cookie is taken off a verdict, in
 * `value`, before it is looked at: another job's is none. */
static inline const char *judge(uint8_t rule, uint64_t value, bool written)
{
    bool expected = rule == SNAP_RESULT_ALWAYS;
    if (rule >= SNAP_RESULT_VERDICT) {
        uint32_t code = (uint32_t)value;
        if (UNLIKELY((value >> 32 ^ code) != UINT32_MAX))
            return "its verdict is none";
        if (UNLIKELY(code != SNAP_VERDICT_VALID && code != SNAP_VERDICT_INVALID &&
                     (code != SNAP_VERDICT_INFINITY || rule != SNAP_RESULT_SUM)))
            return "its verdict is none that its job can have";
        expected = rule != SNAP_RESULT_VERDICT && code == SNAP_VERDICT_VALID;
    }
    if (UNLIKELY(rule != SNAP_RESULT_ANY && written != expected))
        return written ? "it has a result that its job has not" : "it lacks its job's result";
    return NULL;
}

/* What is wrong with the completion at `head`; NULL when it is a job's own, in *context_out. */
static inline const char *identify(struct snap_queue *queue, uint16_t head, uint64_t tail,
                                   uint64_t fixed, uint64_t cookie,
                                   struct snap_context **context_out)
{
    uint8_t status = TAIL_STATUS(tail);
    if (UNLIKELY(((tail ^ fixed) & TAIL_FIXED_MASK) != 0))
        return "it has a wrong generation or reserved bits set";
    if (UNLIKELY(!status_known[status]))
        return "its status is unknown";
    struct snap_context *context = &queue->contexts[cookie & queue->entry_mask];
    if (UNLIKELY(cookie == 0 || context->cookie != cookie)) {
        const char *wrong = identify_by_slot(queue, tail, cookie, &context);
        if (wrong != NULL)
            return wrong;
    }
    if (UNLIKELY(context->slot != TAIL_SLOT(tail)))
        return "its slot is not its job's";
    if (UNLIKELY(context->cookie >> SNAP_CONTEXT_BITS >= queue->submitted_sequence))
        return "its job was not submitted";
    /* Fetched are at least the jobs that completed, this one included, and at most those submitted.
     */
    if (UNLIKELY((uint16_t)(TAIL_SQ_HEAD(tail) - head - 1) >= (uint16_t)(queue->submitted - head)))
        return "its submission head is out of range";
    *context_out = context;
    return NULL;
}

static void free_context(struct snap_queue *queue, struct snap_context *context)
{
    if (context->arena != NULL)
        atomic_fetch_sub_explicit(&context->arena->jobs, 1, memory_order_release);
    context->arena = NULL;
    context->cookie = 0;
    queue->free_contexts[queue->free_count++] = (uint16_t)(context - queue->contexts);
}

/* Takes one completion; false when there is none, or it is wrong. */
static inline bool take(struct snap_queue *queue, struct snap_result *result)
{
    uint16_t head = queue->head;
    uint32_t at = head & queue->entry_mask;
    const struct snap_completion *entry = &queue->completions[at];
    uint64_t fixed = fixed_tail(queue, head);
    uint64_t tail = load_tail(entry);
    if ((tail ^ fixed) >> TAIL_PHASE_SHIFT != 0)
        return false;
    snap_barrier_dma_read();
    uint64_t cookie = __atomic_load_n(&entry->cookie, __ATOMIC_RELAXED);
    uint64_t value = __atomic_load_n(&entry->result, __ATOMIC_RELAXED);
    struct snap_context *context;
    const char *wrong = identify(queue, head, tail, fixed, cookie, &context);
    if (LIKELY(wrong == NULL && TAIL_STATUS(tail) == SNAP_STATUS_OK)) {
        if (context->rule >= SNAP_RESULT_VERDICT)
            value ^= context->cookie;
        wrong = judge(context->rule, value, (tail & TAIL_RESULT_BIT) != 0);
        if (context->rule >= SNAP_RESULT_VERDICT)
            value = (uint32_t)value;
    }
    if (UNLIKELY(wrong != NULL)) {
        (void)snap_queue_break(
            queue, SNAP_QUEUE_BROKEN,
            "completion %u is wrong: %s (cookie %016llx, slot and status %016llx)", head, wrong,
            (unsigned long long)cookie, (unsigned long long)tail);
        return false;
    }
    bool has_data = (tail & TAIL_RESULT_BIT) != 0 && TAIL_STATUS(tail) == SNAP_STATUS_OK;
    result->user = context->user;
    result->value = value;
    result->data = has_data ? queue->results + (size_t)at * SNAP_RESULT_BYTES : NULL;
    result->engine_cycles = __atomic_load_n(&entry->engine_cycles, __ATOMIC_RELAXED);
    result->status = TAIL_STATUS(tail);
    result->opcode = context->opcode;
    free_context(queue, context);
    queue->head = (uint16_t)(head + 1);
    return true;
}

/* Reports jobs that a reset took. */
static unsigned take_lost(struct snap_queue *queue, struct snap_result *results, unsigned count)
{
    unsigned taken = 0;
    for (uint32_t i = 0; i < queue->entries && taken < count && queue->lost_count > 0; i++) {
        struct snap_context *context = &queue->contexts[i];
        if (context->cookie == 0 || context->cookie >> SNAP_CONTEXT_BITS >= queue->lost_sequence)
            continue;
        results[taken++] = (struct snap_result){
            .user = context->user, .status = SNAP_JOB_LOST, .opcode = context->opcode};
        free_context(queue, context);
        queue->lost_count--;
    }
    queue->attention = queue->state != SNAP_QUEUE_RUNNING || queue->lost_count != 0;
    return taken;
}

unsigned snap_queue_reap(struct snap_queue *queue, struct snap_result *results, unsigned count)
{
    unsigned taken = 0;
    if (UNLIKELY(atomic_load_explicit(&queue->card->epoch, memory_order_relaxed) != queue->epoch &&
                 queue->state == SNAP_QUEUE_RUNNING))
        (void)snap_queue_break(queue, SNAP_QUEUE_BROKEN, "the card was reset");
    if (UNLIKELY(queue->attention)) {
        taken = take_lost(queue, results, count);
        if (queue->attention)
            return taken;
    }
    while (taken < count && take(queue, &results[taken]))
        taken++;
    return taken;
}

/* ------------------------------------------------------------------ around it */

bool snap_queue_reapable(const struct snap_queue *queue)
{
    if (queue->lost_count != 0)
        return true;
    if (queue->state != SNAP_QUEUE_RUNNING)
        return false;
    uint64_t tail = load_tail(&queue->completions[queue->head & queue->entry_mask]);
    return (tail ^ fixed_tail(queue, queue->head)) >> TAIL_PHASE_SHIFT == 0;
}

enum snap_queue_state snap_queue_break(struct snap_queue *queue, enum snap_queue_state state,
                                       const char *format, ...)
{
    static const int codes[] = {
        [SNAP_QUEUE_OVERDUE] = SNAP_E_STALLED,  [SNAP_QUEUE_STALLED] = SNAP_E_STALLED,
        [SNAP_QUEUE_REFUSED] = SNAP_E_PROTOCOL, [SNAP_QUEUE_BROKEN] = SNAP_E_PROTOCOL,
        [SNAP_QUEUE_GONE] = SNAP_E_GONE,
    };
    assert(state != SNAP_QUEUE_RUNNING && (size_t)state < sizeof codes / sizeof codes[0]);
    queue->fault.code = codes[state];
    int used = snprintf(queue->fault.text, sizeof queue->fault.text, "queue %u: ", queue->index);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(queue->fault.text + used, sizeof queue->fault.text - (size_t)used, format,
                    arguments);
    va_end(arguments);
    queue->state = state;
    queue->attention = true;
    return state;
}

void snap_queue_lose_jobs(struct snap_queue *queue)
{
    for (uint32_t i = 0; i < queue->entries; i++) {
        struct snap_context *context = &queue->contexts[i];
        if (context->arena != NULL)
            atomic_fetch_sub_explicit(&context->arena->jobs, 1, memory_order_release);
        context->arena = NULL;
    }
    queue->lost_count = queue->entries - queue->free_count;
    queue->lost_sequence = queue->sequence;
    queue->attention = true;
}

unsigned snap_queue_entries(const struct snap_queue *queue)
{
    return queue->entries;
}

unsigned snap_queue_payload_bytes(const struct snap_queue *queue)
{
    return queue->payload_bytes;
}

unsigned snap_queue_room(const struct snap_queue *queue)
{
    return queue->free_count;
}

unsigned snap_queue_outstanding(const struct snap_queue *queue)
{
    return queue->entries - queue->free_count - (uint16_t)(queue->tail - queue->submitted);
}
