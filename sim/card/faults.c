/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/card/faults.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PHASE_BIT     0x80u
#define PHASE_RESULT  0x01u
#define DEFAULT_AFTER 20u

static const char *const names[FAULT_KINDS] = {
    [FAULT_LOST] = "lost",       [FAULT_DUPLICATE] = "duplicate",
    [FAULT_STALE] = "stale",     [FAULT_REORDER] = "reorder",
    [FAULT_WRONG] = "wrong",     [FAULT_HANG] = "hang",
    [FAULT_TIMEOUT] = "timeout", [FAULT_UR] = "ur",
    [FAULT_CA] = "ca",           [FAULT_POISON] = "poison",
    [FAULT_REMOVAL] = "removal",
};

void faults_init(struct faults *faults)
{
    memset(faults, 0, sizeof *faults);
}

/* ------------------------------------------------------------------ specifications */

/* A decimal number up to the end or the next colon. */
static bool parse_number(const char **text, uint64_t *value)
{
    char *end;
    if (!isdigit((unsigned char)**text))
        return false;
    errno = 0;
    *value = strtoull(*text, &end, 10);
    *text = end;
    return errno == 0 && (*end == '\0' || *end == ':');
}

static bool parse_option(const char **text, struct fault *fault)
{
    static const char after[] = ":after=", count[] = ":count=", queue[] = ":queue=";
    if (strncmp(*text, after, sizeof after - 1) == 0) {
        *text += sizeof after - 1;
        return parse_number(text, &fault->after);
    }
    if (strncmp(*text, count, sizeof count - 1) == 0) {
        *text += sizeof count - 1;
        return parse_number(text, &fault->count) && fault->count > 0;
    }
    if (strncmp(*text, queue, sizeof queue - 1) == 0) {
        uint64_t number;
        *text += sizeof queue - 1;
        if (!parse_number(text, &number) || number >= SNAP_QUEUES_MAX)
            return false;
        fault->queue = (int)number;
        return true;
    }
    return false;
}

bool faults_add(struct faults *faults, const char *spec, const char **reason)
{
    struct fault fault = {
        .kind = FAULT_KINDS, .after = DEFAULT_AFTER, .count = 1, .queue = FAULT_ANY_QUEUE};
    size_t length = strcspn(spec, ":");
    for (unsigned kind = 0; kind < FAULT_KINDS; kind++)
        if (strlen(names[kind]) == length && strncmp(names[kind], spec, length) == 0)
            fault.kind = (enum fault_kind)kind;
    *reason = NULL;
    if (fault.kind == FAULT_KINDS)
        *reason = "unknown name; one of " FAULT_NAMES;
    else if (faults->count == FAULTS_MAX)
        *reason = "too many faults";
    for (const char *text = spec + length; *reason == NULL && *text != '\0';)
        if (!parse_option(&text, &fault))
            *reason =
                "expected NAME[:queue=Q][:after=N][:count=M] with M at least 1 and Q below 16";
    if (*reason != NULL)
        return false;
    faults->list[faults->count++] = fault;
    return true;
}

/* ------------------------------------------------------------------ events */

/* Whether an event of `queue` counts for a fault. A read does not say whose it is: it counts when
 * the fault's queue has been given jobs. */
static bool concerns(const struct faults *faults, const struct fault *fault, int queue)
{
    if (fault->queue == FAULT_ANY_QUEUE)
        return true;
    return faults->rings[fault->queue].rung && (queue == fault->queue || queue == FAULT_ANY_QUEUE);
}

/* Counts an event of this kind, of a queue or FAULT_ANY_QUEUE; true: spoil it. */
static bool due(struct faults *faults, enum fault_kind kind, int queue)
{
    bool spoil = false;
    for (unsigned i = 0; i < faults->count; i++) {
        struct fault *fault = &faults->list[i];
        if (fault->kind != kind || !concerns(faults, fault, queue))
            continue;
        fault->seen++;
        if (fault->seen > fault->after && fault->done < fault->count) {
            fault->done++;
            spoil = true;
        }
    }
    return spoil;
}

__attribute__((format(printf, 2, 3))) static void report(enum fault_kind kind, const char *format,
                                                         ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)fprintf(stderr, "snapcard-sim: fault %s: ", names[kind]);
    (void)vfprintf(stderr, format, arguments);
    (void)fputc('\n', stderr);
    va_end(arguments);
}

/* ------------------------------------------------------------------ the card's writes */

/* The queue whose ring, of `unit` bytes an entry, `address` is in; -1: none. */
static int find_ring(const struct faults *faults, uint64_t address, unsigned unit, bool results)
{
    for (unsigned q = 0; q < SNAP_QUEUES_MAX; q++) {
        const struct fault_rings *rings = &faults->rings[q];
        uint64_t base = results ? rings->result : rings->cq;
        if (rings->running && address >= base && address - base < (uint64_t)rings->entries * unit)
            return (int)q;
    }
    return -1;
}

static void pass(const struct faults *faults, uint64_t address, const void *data, unsigned bytes)
{
    faults->host.ops->write(faults->host.context, address, data, bytes);
}

static void release_held(struct faults *faults)
{
    if (faults->holding)
        pass(faults, faults->held_address, &faults->held, sizeof faults->held);
    faults->holding = false;
}

/* The same completion as the next one, with the phase that the host expects there. */
static void write_duplicate(const struct faults *faults, const struct fault_rings *rings,
                            uint64_t address, struct snap_completion completion)
{
    uint64_t index = (address - rings->cq) / sizeof completion;
    uint64_t next = (index + 1) % rings->entries;
    if (next == 0)
        completion.phase ^= PHASE_BIT;
    pass(faults, rings->cq + next * sizeof completion, &completion, sizeof completion);
}

/* A verdict becomes the opposite one, a lie that only known answers find; that of a point whose
 * result was spoilt stays. Anything else loses a bit. */
static void falsify(struct snap_completion *completion, bool tainted)
{
    uint64_t plain = completion->result ^ completion->cookie;
    bool verdict = (uint32_t)(plain >> 32) == ~(uint32_t)plain;
    if (!verdict)
        completion->result ^= 1;
    else if (!tainted)
        completion->result = ~completion->result;
}

/* What is wrong in the completion itself. */
static void spoil_completion(struct faults *faults, struct fault_rings *rings, int queue,
                             struct snap_completion *completion)
{
    bool slotless = !(completion->phase & PHASE_RESULT) && completion->status == SNAP_STATUS_OK;
    if (rings->tainted || (slotless && due(faults, FAULT_WRONG, queue))) {
        if (!rings->tainted)
            report(FAULT_WRONG, "queue %d slot %u", queue, completion->slot);
        falsify(completion, rings->tainted);
    }
    rings->tainted = false;
    struct snap_completion genuine = *completion;
    if (due(faults, FAULT_STALE, queue)) {
        report(FAULT_STALE, "queue %d instead of slot %u", queue, completion->slot);
        if (rings->have_last)
            *completion = rings->last;
        completion->generation--;
        completion->phase =
            (uint8_t)((completion->phase & ~PHASE_BIT) | (genuine.phase & PHASE_BIT));
    }
    rings->last = genuine;
    rings->have_last = true;
}

static void write_completion(struct faults *faults, int queue, uint64_t address,
                             struct snap_completion completion)
{
    struct fault_rings *rings = &faults->rings[queue];
    if (due(faults, FAULT_REMOVAL, queue)) {
        report(FAULT_REMOVAL, "before queue %d slot %u", queue, completion.slot);
        faults->removed = true;
        return;
    }
    spoil_completion(faults, rings, queue, &completion);
    if (due(faults, FAULT_HANG, queue)) {
        report(FAULT_HANG, "before queue %d slot %u", queue, completion.slot);
        faults->hang_due = true;
        return;
    }
    rings->written++;
    faults->jobs++;
    if (due(faults, FAULT_LOST, queue)) {
        report(FAULT_LOST, "queue %d slot %u", queue, completion.slot);
        return;
    }
    if (!faults->holding && due(faults, FAULT_REORDER, queue)) {
        report(FAULT_REORDER, "queue %d slot %u behind the next", queue, completion.slot);
        faults->holding = true;
        faults->held_address = address;
        faults->held = completion;
        return;
    }
    pass(faults, address, &completion, sizeof completion);
    release_held(faults);
    if (due(faults, FAULT_DUPLICATE, queue)) {
        report(FAULT_DUPLICATE, "queue %d slot %u", queue, completion.slot);
        write_duplicate(faults, rings, address, completion);
    }
}

static void write_result(struct faults *faults, int queue, uint64_t address, const void *data)
{
    uint8_t result[SNAP_RESULT_BYTES];
    memcpy(result, data, sizeof result);
    if (due(faults, FAULT_WRONG, queue)) {
        report(FAULT_WRONG, "queue %d result slot %u", queue,
               (unsigned)((address - faults->rings[queue].result) / SNAP_RESULT_BYTES));
        result[0] ^= 1;
        faults->rings[queue].tainted = true;
    }
    pass(faults, address, result, sizeof result);
}

static void faults_write(void *context, uint64_t address, const void *data, unsigned bytes)
{
    struct faults *faults = context;
    int queue = -1;
    /* A card that hangs writes nothing more, even if its clocks stop a little later. */
    if (faults->removed || faults->hang_due)
        return;
    if (bytes == SNAP_COMPLETION_BYTES &&
        (queue = find_ring(faults, address, SNAP_COMPLETION_BYTES, false)) >= 0) {
        struct snap_completion completion;
        memcpy(&completion, data, sizeof completion);
        write_completion(faults, queue, address, completion);
    } else if (bytes == SNAP_RESULT_BYTES &&
               (queue = find_ring(faults, address, SNAP_RESULT_BYTES, true)) >= 0) {
        write_result(faults, queue, address, data);
    } else {
        pass(faults, address, data, bytes);
    }
}

/* ------------------------------------------------------------------ the card's reads */

static enum host_status faults_read(void *context, uint64_t address, void *data, unsigned bytes)
{
    static const struct {
        enum fault_kind kind;
        enum host_status status;
    } kinds[] = {{FAULT_TIMEOUT, HOST_TIMEOUT},
                 {FAULT_UR, HOST_UR},
                 {FAULT_CA, HOST_CA},
                 {FAULT_POISON, HOST_POISON}};
    struct faults *faults = context;
    if (faults->removed)
        return HOST_UR;
    enum host_status status = HOST_OK;
    for (unsigned i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (!due(faults, kinds[i].kind, FAULT_ANY_QUEUE))
            continue;
        report(kinds[i].kind, "read of %u bytes at %#llx", bytes, (unsigned long long)address);
        status = kinds[i].status;
    }
    if (status != HOST_OK && status != HOST_POISON)
        return status;
    enum host_status real = faults->host.ops->read(faults->host.context, address, data, bytes);
    return real == HOST_OK ? status : real;
}

static const struct host_ops faults_host_ops = {.read = faults_read, .write = faults_write};

struct host faults_host(struct faults *faults, struct host inner)
{
    faults->host = inner;
    return (struct host){.ops = &faults_host_ops, .context = faults};
}

/* ------------------------------------------------------------------ hang */

/* A card that stands still answers no register either; but a bus that never answers would look like
 * a card that has left it. So the registers keep the values that they had, the cycle counter among
 * them. */
static void freeze_page(struct faults *faults, uint32_t base, uint32_t last)
{
    for (uint32_t offset = base; offset <= base + last; offset += 4) {
        uint64_t value = 0;
        if (!faults->card.ops->read(faults->card.context, offset, 4, &value))
            value = UINT32_MAX;
        faults->frozen[offset / 4] = (uint32_t)value;
    }
}

/* The clocks ran on behind the last completion that was written; the registers must not tell of the
 * others. */
static void set_back(struct faults *faults, unsigned q)
{
    if (!faults->rings[q].running)
        return;
    uint32_t *page = &faults->frozen[(SNAP_QUEUE_PAGE_OFFSET + q * SNAP_QUEUE_PAGE_BYTES) / 4];
    uint16_t sq_head = (uint16_t)(page[SNAP_REG_QUEUE_INDEX / 4] >> SNAP_QUEUE_INDEX_SQ_HEAD_SHIFT);
    uint16_t cq_tail = faults->rings[q].written;
    uint32_t status = page[SNAP_REG_QUEUE_STATUS / 4] & ~((uint32_t)SNAP_QUEUE_STATUS_INFLIGHT_MASK
                                                          << SNAP_QUEUE_STATUS_INFLIGHT_SHIFT);
    uint32_t inflight = (uint16_t)(sq_head - cq_tail);
    page[SNAP_REG_QUEUE_INDEX / 4] = (uint32_t)sq_head << SNAP_QUEUE_INDEX_SQ_HEAD_SHIFT |
                                     (uint32_t)cq_tail << SNAP_QUEUE_INDEX_CQ_TAIL_SHIFT;
    page[SNAP_REG_QUEUE_STATUS / 4] = status | inflight << SNAP_QUEUE_STATUS_INFLIGHT_SHIFT;
}

static void freeze(struct faults *faults)
{
    memset(faults->frozen, 0, sizeof faults->frozen);
    freeze_page(faults, 0, SNAP_REG_ERR_READ);
    for (unsigned q = 0; q < SNAP_QUEUES_MAX; q++)
        freeze_page(faults, SNAP_QUEUE_PAGE_OFFSET + q * SNAP_QUEUE_PAGE_BYTES, SNAP_REG_IRQ_ARM);
    for (unsigned q = 0; q < SNAP_QUEUES_MAX; q++)
        set_back(faults, q);
    faults->frozen[SNAP_REG_JOBS / 4] = faults->jobs;
    faults->frozen[SNAP_REG_STATUS / 4] |= SNAP_STATUS_BUSY_MASK << SNAP_STATUS_BUSY_SHIFT;
    faults->hang_due = false;
    faults->hung = true;
}

/* A reset ends a hang; the next one of the same fault comes after as many events again. */
static void recover(struct faults *faults)
{
    faults->hung = faults->hang_due = false;
    faults->holding = false;
    faults->jobs = 0;
    for (unsigned i = 0; i < faults->count; i++)
        if (faults->list[i].kind == FAULT_HANG)
            faults->list[i].seen = 0;
    for (unsigned q = 0; q < SNAP_QUEUES_MAX; q++)
        faults->rings[q] = (struct fault_rings){.have_last = faults->rings[q].have_last,
                                                .last = faults->rings[q].last};
}

/* ------------------------------------------------------------------ the host's accesses */

static void set_half(uint64_t *address, bool high, uint32_t value)
{
    *address = high ? (*address & 0xFFFFFFFFull) | (uint64_t)value << 32
                    : (*address & ~0xFFFFFFFFull) | value;
}

/* Jobs in flight complete behind the end of a queue: only its next start forgets the rings. */
static void start_or_stop(struct fault_rings *rings, uint32_t value)
{
    bool enable = value >> SNAP_QUEUE_CONTROL_ENABLE_SHIFT & SNAP_QUEUE_CONTROL_ENABLE_MASK;
    if (enable && !rings->enabled) {
        rings->running = true;
        rings->rung = false;
        rings->written = 0;
        rings->entries = 1u << (rings->config >> SNAP_QUEUE_CONFIG_ENTRIES_LOG2_SHIFT &
                                SNAP_QUEUE_CONFIG_ENTRIES_LOG2_MASK);
    }
    rings->enabled = enable;
}

/* Learns where the rings are. */
static void watch_queue(struct fault_rings *rings, uint32_t offset, uint32_t value)
{
    switch (offset) {
    case SNAP_REG_QUEUE_CONTROL:
        start_or_stop(rings, value);
        break;
    case SNAP_REG_QUEUE_CONFIG:
        rings->config = value;
        break;
    case SNAP_REG_DOORBELL:
        rings->rung = true;
        break;
    case SNAP_REG_CQ_BASE_LO:
    case SNAP_REG_CQ_BASE_HI:
        set_half(&rings->cq, offset == SNAP_REG_CQ_BASE_HI, value);
        break;
    case SNAP_REG_RESULT_BASE_LO:
    case SNAP_REG_RESULT_BASE_HI:
        set_half(&rings->result, offset == SNAP_REG_RESULT_BASE_HI, value);
        break;
    default:
        break;
    }
}

static bool card_read(void *context, uint32_t offset, unsigned bytes, uint64_t *value)
{
    struct faults *faults = context;
    if (faults->removed)
        return false;
    if (!faults->hung)
        return faults->card.ops->read(faults->card.context, offset, bytes, value);
    *value = faults->frozen[offset / 4];
    return bytes == 4 && offset % 4 == 0;
}

static void card_write(void *context, uint32_t offset, unsigned bytes, uint64_t value)
{
    struct faults *faults = context;
    if (faults->removed)
        return;
    bool reset =
        offset == SNAP_REG_CONTROL && bytes == 4 && (value >> SNAP_CONTROL_RESET_SHIFT & 1);
    if (reset)
        recover(faults);
    if (faults->hung)
        return;
    uint32_t page = offset - SNAP_QUEUE_PAGE_OFFSET;
    if (offset >= SNAP_QUEUE_PAGE_OFFSET && bytes == 4)
        watch_queue(&faults->rings[page / SNAP_QUEUE_PAGE_BYTES], page % SNAP_QUEUE_PAGE_BYTES,
                    (uint32_t)value);
    faults->card.ops->write(faults->card.context, offset, bytes, value);
}

static void card_configure(void *context, const struct card_config *config)
{
    struct faults *faults = context;
    faults->card.ops->configure(faults->card.context, config);
}

static bool card_reset(void *context)
{
    struct faults *faults = context;
    if (faults->removed)
        return false;
    recover(faults);
    return faults->card.ops->reset(faults->card.context);
}

static bool card_run(void *context, unsigned cycles)
{
    struct faults *faults = context;
    if (faults->removed || faults->hung)
        return false;
    bool busy = faults->card.ops->run(faults->card.context, cycles);
    if (faults->hang_due && !faults->removed) {
        freeze(faults);
        return false;
    }
    if (!busy)
        release_held(faults); /* nothing follows that it could come behind */
    return busy && !faults->removed;
}

static bool card_present(void *context)
{
    const struct faults *faults = context;
    return !faults->removed && faults->card.ops->present(faults->card.context);
}

static void card_destroy(void *context)
{
    struct faults *faults = context;
    faults->card.ops->destroy(faults->card.context);
}

static const struct card_ops faults_card_ops = {
    .read = card_read,
    .write = card_write,
    .configure = card_configure,
    .reset = card_reset,
    .run = card_run,
    .present = card_present,
    .destroy = card_destroy,
};

struct card faults_card(struct faults *faults, struct card inner)
{
    _Static_assert(SNAP_QUEUE_PAGE_OFFSET + SNAP_QUEUES_MAX * SNAP_QUEUE_PAGE_BYTES ==
                       SNAP_BAR0_BYTES,
                   "every offset behind the first queue page is in a queue's page");
    faults->card = inner;
    return (struct card){.ops = &faults_card_ops, .context = faults};
}

void faults_reconnect(struct faults *faults)
{
    faults->removed = false;
    recover(faults);
}

bool faults_struck(const struct faults *faults)
{
    bool all = true;
    for (unsigned i = 0; i < faults->count; i++) {
        const struct fault *fault = &faults->list[i];
        if (fault->done == fault->count)
            continue;
        report(fault->kind, "struck %" PRIu64 " of %" PRIu64 " times, in %" PRIu64 " events",
               fault->done, fault->count, fault->seen);
        all = false;
    }
    return all;
}
