/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/card/model_queue.h"

#include <assert.h>
#include <string.h>

#define FIELD(register, name, value)                                                               \
    ((value) >> SNAP_##register##_##name##_SHIFT & SNAP_##register##_##name##_MASK)

/* Cycles that a job costs beside its engine, and that a read costs whose answer never comes. */
#define JOB_CYCLES        40u
#define BLOCK_CYCLES      66u /* engine clock, for each 64-byte block */
#define READ_LIMIT_CYCLES 65536u
#define PHASE_BIT         0x80u
#define PHASE_RESULT      0x01u

static unsigned entries(const struct model_queue *queue)
{
    return 1u << FIELD(QUEUE_CONFIG, ENTRIES_LOG2, queue->held.config);
}

static unsigned slot_bytes(const struct model_queue *queue)
{
    return FIELD(QUEUE_CONFIG, SLOT_512, queue->held.config) ? 512 : 256;
}

/* ------------------------------------------------------------------ registers */

static void start(struct model_queue *queue)
{
    uint32_t log2 = FIELD(QUEUE_CONFIG, ENTRIES_LOG2, queue->held.config);
    uint64_t bases = queue->held.sq | queue->held.cq | queue->held.result;
    queue->tail = queue->sq_head = queue->cq_tail = queue->cq_head = 0;
    queue->armed = queue->timing = false;
    bool valid = log2 >= SNAP_ENTRIES_LOG2_MIN && log2 <= SNAP_ENTRIES_LOG2_MAX &&
                 bases % SNAP_RING_ALIGN_BYTES == 0;
    queue->state = valid ? QUEUE_RUNNING : QUEUE_ERROR;
    queue->error = valid ? SNAP_QUEUE_ERROR_NONE : SNAP_QUEUE_ERROR_CONFIG;
}

/* Jobs complete in the step that fetches them, so a queue that is switched off has none in flight.
 */
static void stop(struct model_queue *queue)
{
    queue->state = QUEUE_OFF;
    queue->error = SNAP_QUEUE_ERROR_NONE;
}

static void doorbell(struct model_queue *queue, uint32_t value)
{
    if (queue->state != QUEUE_RUNNING)
        return;
    uint16_t tail = (uint16_t)FIELD(DOORBELL, TAIL, value);
    uint16_t cq_head = (uint16_t)FIELD(DOORBELL, CQ_HEAD, value);
    /* All indices run freely; distances are from an index that is known to be the oldest. */
    bool head_valid =
        (uint16_t)(cq_head - queue->cq_head) <= (uint16_t)(queue->cq_tail - queue->cq_head);
    uint16_t outstanding = (uint16_t)(tail - cq_head);
    bool tail_valid =
        outstanding <= entries(queue) && outstanding >= (uint16_t)(queue->tail - cq_head);
    if (!head_valid || !tail_valid) {
        queue->state = QUEUE_ERROR;
        queue->error = SNAP_QUEUE_ERROR_DOORBELL;
        return;
    }
    queue->tail = tail;
    queue->cq_head = cq_head;
}

static void set_half(uint64_t *address, bool high, uint32_t value)
{
    *address = high ? (*address & 0xFFFFFFFFull) | (uint64_t)value << 32
                    : (*address & ~0xFFFFFFFFull) | value;
}

static uint16_t unseen(const struct model_queue *queue)
{
    return (uint16_t)(queue->cq_tail - queue->seen);
}

/* The timer runs from the first unseen completion that finds the queue armed. */
static void start_timer(struct model_queue *queue, uint64_t cycles)
{
    if (!queue->armed || queue->timing || unseen(queue) == 0)
        return;
    queue->timing = true;
    queue->irq_due = cycles + FIELD(IRQ_CONFIG, TIMER, queue->irq_config);
}

static void write_held(struct model_rings *held, uint32_t offset, uint32_t value)
{
    switch (offset) {
    case SNAP_REG_QUEUE_CONFIG:
        held->config =
            value & (SNAP_QUEUE_CONFIG_ENTRIES_LOG2_MASK << SNAP_QUEUE_CONFIG_ENTRIES_LOG2_SHIFT |
                     SNAP_QUEUE_CONFIG_SLOT_512_MASK << SNAP_QUEUE_CONFIG_SLOT_512_SHIFT |
                     SNAP_QUEUE_CONFIG_GENERATION_MASK << SNAP_QUEUE_CONFIG_GENERATION_SHIFT);
        break;
    case SNAP_REG_SQ_BASE_LO:
    case SNAP_REG_SQ_BASE_HI:
        set_half(&held->sq, offset == SNAP_REG_SQ_BASE_HI, value);
        break;
    case SNAP_REG_CQ_BASE_LO:
    case SNAP_REG_CQ_BASE_HI:
        set_half(&held->cq, offset == SNAP_REG_CQ_BASE_HI, value);
        break;
    case SNAP_REG_RESULT_BASE_LO:
    case SNAP_REG_RESULT_BASE_HI:
        set_half(&held->result, offset == SNAP_REG_RESULT_BASE_HI, value);
        break;
    default:
        break;
    }
}

void model_queue_write(struct model_queue *queue, const struct model_shared *shared,
                       uint32_t offset, uint32_t value)
{
    switch (offset) {
    case SNAP_REG_QUEUE_CONTROL:
        if (!FIELD(QUEUE_CONTROL, ENABLE, value))
            stop(queue);
        else if (queue->state == QUEUE_OFF)
            start(queue);
        break;
    case SNAP_REG_DOORBELL:
        doorbell(queue, value);
        break;
    case SNAP_REG_IRQ_CONFIG:
        queue->irq_config = value;
        break;
    case SNAP_REG_IRQ_ARM:
        queue->armed = true;
        queue->timing = false;
        queue->seen = (uint16_t)FIELD(IRQ_ARM, SEEN, value);
        start_timer(queue, shared->cycles);
        break;
    default:
        if (queue->state == QUEUE_OFF)
            write_held(&queue->held, offset, value);
        break;
    }
}

uint32_t model_queue_read(const struct model_queue *queue, uint32_t offset)
{
    switch (offset) {
    case SNAP_REG_QUEUE_CONTROL:
        return queue->state == QUEUE_RUNNING || queue->state == QUEUE_ERROR;
    case SNAP_REG_QUEUE_STATUS:
        return (uint32_t)queue->state << SNAP_QUEUE_STATUS_STATE_SHIFT |
               (uint32_t)queue->error << SNAP_QUEUE_STATUS_ERROR_SHIFT;
    case SNAP_REG_QUEUE_CONFIG:
        return queue->held.config;
    case SNAP_REG_SQ_BASE_LO:
        return (uint32_t)queue->held.sq;
    case SNAP_REG_SQ_BASE_HI:
        return (uint32_t)(queue->held.sq >> 32);
    case SNAP_REG_CQ_BASE_LO:
        return (uint32_t)queue->held.cq;
    case SNAP_REG_CQ_BASE_HI:
        return (uint32_t)(queue->held.cq >> 32);
    case SNAP_REG_RESULT_BASE_LO:
        return (uint32_t)queue->held.result;
    case SNAP_REG_RESULT_BASE_HI:
        return (uint32_t)(queue->held.result >> 32);
    case SNAP_REG_QUEUE_INDEX:
        return (uint32_t)queue->sq_head << SNAP_QUEUE_INDEX_SQ_HEAD_SHIFT |
               (uint32_t)queue->cq_tail << SNAP_QUEUE_INDEX_CQ_TAIL_SHIFT;
    case SNAP_REG_IRQ_CONFIG:
        return queue->irq_config;
    default:
        return 0;
    }
}

bool model_queue_interrupt(struct model_queue *queue, uint64_t cycles)
{
    if (!queue->armed || unseen(queue) == 0)
        return false;
    uint32_t count = FIELD(IRQ_CONFIG, COUNT, queue->irq_config);
    bool reached = unseen(queue) >= (count ? count : 1);
    if (!reached && !(queue->timing && cycles >= queue->irq_due))
        return false;
    queue->armed = queue->timing = false;
    return true;
}

/* ------------------------------------------------------------------ jobs */

/* Reads in requests that do not cross a block of the largest read request. */
static enum host_status fetch(struct model_shared *shared, uint64_t address, uint8_t *data,
                              size_t bytes)
{
    while (bytes > 0) {
        unsigned room = shared->read_bytes - (unsigned)(address % shared->read_bytes);
        unsigned piece = bytes < room ? (unsigned)bytes : room;
        enum host_status status =
            shared->host.ops->read(shared->host.context, address, data, piece);
        if (status == HOST_TIMEOUT)
            shared->cycles += READ_LIMIT_CYCLES;
        if (status != HOST_OK) {
            shared->read_errors += shared->read_errors != UINT32_MAX;
            return status;
        }
        address += piece;
        data += piece;
        bytes -= piece;
    }
    return HOST_OK;
}

static const uint8_t opcode_flags[256] = {
#define FLAGS(name, value, flags, text) [SNAP_OP_##name] = (flags),
    SNAP_OPCODE_LIST(FLAGS)};

static enum snap_engine opcode_engine(uint8_t opcode)
{
    static const uint8_t engines[256] = {
#define ENGINE(name, engine, value, slot, announced) [SNAP_OP_##name] = (engine),
        SNAP_ANSWER_LIST(ENGINE)};
    return engines[opcode];
}

/* Not those that are reserved. */
static bool is_announced(uint8_t opcode)
{
    static const bool announced_opcodes[256] = {
#define ANNOUNCED(name, engine, value, slot, announced) [SNAP_OP_##name] = (announced),
        SNAP_ANSWER_LIST(ANNOUNCED)};
    return announced_opcodes[opcode];
}

bool model_executes(const struct model_shared *shared, uint8_t opcode)
{
    return is_announced(opcode) &&
           (opcode_engine(opcode) != SNAP_ENGINE_POINT || shared->point != NULL);
}

static bool length_valid(const struct snap_job_header *job, unsigned room)
{
    static const struct {
        uint8_t opcode, flags;
        uint64_t least, step, most;
    } rows[] = {
#define LENGTHS(name, flags, least, step, most) {SNAP_OP_##name, flags, least, step, most},
        SNAP_LENGTH_LIST(LENGTHS)};
    bool indirect = job->flags & SNAP_FLAG_INDIRECT;
    if (indirect ? job->length == 0 : job->length > room)
        return false;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].opcode == job->opcode && rows[i].flags == (job->flags & SNAP_LENGTH_FLAGS))
            return job->length >= rows[i].least && job->length <= rows[i].most &&
                   (job->length - rows[i].least) % rows[i].step == 0;
    return false;
}

static bool address_valid(const struct snap_job_header *job)
{
    return job->address % SNAP_MESSAGE_ALIGN_BYTES == 0 &&
           job->address + (job->length - 1) >= job->address;
}

/* The checks in the order of the status codes. */
static uint8_t check(const struct model_shared *shared, const struct snap_job_header *job,
                     unsigned room)
{
    bool indirect = job->flags & SNAP_FLAG_INDIRECT;
    if (!model_executes(shared, job->opcode))
        return SNAP_STATUS_BAD_OPCODE;
    if ((job->flags & ~opcode_flags[job->opcode]) || job->reserved0 || job->reserved1 ||
        (!indirect && job->address))
        return SNAP_STATUS_BAD_FLAGS;
    if (!length_valid(job, room))
        return SNAP_STATUS_BAD_LENGTH;
    if (indirect && !address_valid(job))
        return SNAP_STATUS_BAD_ADDRESS;
    return SNAP_STATUS_OK;
}

static void execute_point(struct model_shared *shared, const struct snap_job_header *job,
                          const uint8_t *payload, struct snap_completion *completion,
                          uint8_t result[SNAP_RESULT_BYTES])
{
    struct point_answer answer;
    point_execute(shared->point, job, payload, &answer);
    shared->cycles += (answer.products + JOB_CYCLES) * 5ull / 2;
    if (answer.verdict == 0) {
        completion->status = SNAP_STATUS_ENGINE_FAULT;
        return;
    }
    completion->engine_cycles = answer.cycles;
    completion->result = (answer.verdict | (uint64_t)~answer.verdict << 32) ^ completion->cookie;
    if (answer.has_result) {
        memcpy(result, answer.result, SNAP_RESULT_BYTES);
        completion->phase |= PHASE_RESULT;
    }
}

/* Executes a job that passed the checks; fills the completion and, if there is one, the result
 * slot. */
static void execute(struct model_shared *shared, const struct snap_job_header *job,
                    uint8_t *payload, struct snap_completion *completion,
                    uint8_t result[SNAP_RESULT_BYTES])
{
    if (job->opcode == SNAP_OP_NOOP) {
        completion->result = job->length;
        if (job->flags & SNAP_FLAG_ECHO) {
            memcpy(result, payload, SNAP_RESULT_BYTES);
            completion->phase |= PHASE_RESULT;
        }
        return;
    }
    if (job->flags & SNAP_FLAG_INDIRECT) {
        size_t whole =
            (job->length + SNAP_MESSAGE_ALIGN_BYTES - 1) & ~(SNAP_MESSAGE_ALIGN_BYTES - 1);
        enum host_status status = fetch(shared, job->address, shared->message, whole);
        if (status != HOST_OK) {
            completion->status = (uint8_t)(SNAP_STATUS_DATA_UR + (status - HOST_UR));
            return;
        }
        payload = shared->message;
    }
    if (opcode_engine(job->opcode) == SNAP_ENGINE_POINT) {
        execute_point(shared, job, payload, completion, result);
        return;
    }
    uint64_t blocks = digest_execute(shared->digest, job->opcode, payload, job->length, result);
    completion->engine_cycles = (uint32_t)(blocks * BLOCK_CYCLES + 2);
    completion->phase |= PHASE_RESULT;
    shared->cycles += completion->engine_cycles * 5ull / 2;
}

/* The result first, then the completion that announces it. */
static void complete(struct model_queue *queue, struct model_shared *shared,
                     struct snap_completion *completion, const uint8_t result[SNAP_RESULT_BYTES])
{
    unsigned log2 = FIELD(QUEUE_CONFIG, ENTRIES_LOG2, queue->held.config);
    uint64_t index = queue->cq_tail & (entries(queue) - 1);
    if (completion->phase & PHASE_RESULT)
        shared->host.ops->write(shared->host.context,
                                queue->held.result + index * SNAP_RESULT_BYTES, result,
                                SNAP_RESULT_BYTES);
    if (!(queue->cq_tail >> log2 & 1))
        completion->phase |= PHASE_BIT;
    completion->timestamp = (uint32_t)shared->cycles;
    completion->generation = (uint16_t)FIELD(QUEUE_CONFIG, GENERATION, queue->held.config);
    completion->sq_head = queue->sq_head;
    shared->host.ops->write(shared->host.context, queue->held.cq + index * SNAP_COMPLETION_BYTES,
                            completion, SNAP_COMPLETION_BYTES);
    queue->cq_tail++;
    shared->jobs++;
    start_timer(queue, shared->cycles);
}

bool model_queue_step(struct model_queue *queue, struct model_shared *shared)
{
    if (queue->state != QUEUE_RUNNING || queue->sq_head == queue->tail)
        return false;
    union {
        struct snap_job_header job;
        uint8_t bytes[512 + SNAP_RESULT_BYTES];
    } slot = {0};
    uint8_t result[SNAP_RESULT_BYTES] = {0};
    struct snap_completion completion = {.slot = queue->sq_head, .status = SNAP_STATUS_OK};
    uint64_t index = queue->sq_head & (entries(queue) - 1);
    uint64_t address = queue->held.sq + index * slot_bytes(queue);
    enum host_status status = fetch(shared, address, slot.bytes, slot_bytes(queue));
    queue->sq_head++;
    shared->cycles += JOB_CYCLES;
    if (status != HOST_OK) {
        completion.status = (uint8_t)(SNAP_STATUS_FETCH_UR + (status - HOST_UR));
    } else {
        completion.cookie = slot.job.cookie;
        completion.status = check(shared, &slot.job, slot_bytes(queue) - SNAP_JOB_HEADER_BYTES);
        if (completion.status == SNAP_STATUS_OK)
            execute(shared, &slot.job, slot.bytes + SNAP_JOB_HEADER_BYTES, &completion, result);
    }
    complete(queue, shared, &completion, result);
    return true;
}
