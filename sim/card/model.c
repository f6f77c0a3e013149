/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/card/model.h"

#include <stdlib.h>
#include <string.h>

#include "sim/card/digest.h"
#include "sim/card/model_queue.h"
#include "sim/card/msix.h"
#include "snapcard_abi.h"

/* What the RTL's parameters are by default. */
#define DATA_BYTES     16u
#define READ_TAGS      32u
#define ENGINES_SHA256 2u
#define ENGINES_SM3    1u
#define ENGINES_POINT  1u /* if there is microcode for it */
/* Cycles that a register access takes. The counter must move between two looks at it: a driver
 * takes a counter that stands for a card that hangs. */
#define ACCESS_CYCLES 16u

struct model {
    struct model_shared shared;
    struct msix msix;
    struct card_config config;
    struct model_queue queues[MODEL_QUEUES];
    unsigned next; /* queue that is looked at first */
    uint32_t cycles_hi, engine_cycles_hi;
    uint32_t request_errors;
};

static bool pending(const struct model *model)
{
    if (!model->config.bus_master)
        return false;
    for (unsigned q = 0; q < MODEL_QUEUES; q++) {
        const struct model_queue *queue = &model->queues[q];
        if ((queue->state == QUEUE_RUNNING && queue->sq_head != queue->tail) || queue->timing)
            return true;
    }
    return false;
}

/* ------------------------------------------------------------------ registers */

static uint32_t opcodes(const struct model *model, uint32_t word)
{
    uint32_t bits = 0;
    for (uint32_t i = 0; i < 32; i++)
        bits |= (uint32_t)model_executes(&model->shared, (uint8_t)(32 * word + i)) << i;
    return bits;
}

static uint32_t engines(const struct model *model)
{
    uint32_t point = model->shared.point != NULL ? ENGINES_POINT : 0;
    return ENGINES_SHA256 << SNAP_ENGINES_SHA256_SHIFT | ENGINES_SM3 << SNAP_ENGINES_SM3_SHIFT |
           point << SNAP_ENGINES_POINT_SHIFT;
}

static uint32_t layout(void)
{
    return MODEL_QUEUES << SNAP_LAYOUT_QUEUES_SHIFT | MODEL_QUEUES << SNAP_LAYOUT_VECTORS_SHIFT |
           DATA_BYTES << SNAP_LAYOUT_DATA_BYTES_SHIFT |
           SNAP_ENTRIES_LOG2_MAX << SNAP_LAYOUT_ENTRIES_LOG2_MAX_SHIFT;
}

static uint32_t global_read(struct model *model, uint32_t offset)
{
    uint64_t engine_cycles = MODEL_ENGINE_CYCLES(model->shared.cycles);
    if (offset >= SNAP_REG_OPCODES && offset < SNAP_REG_OPCODES + 32)
        return opcodes(model, (offset - SNAP_REG_OPCODES) / 4);
    switch (offset) {
    case SNAP_REG_MAGIC:
        return SNAP_ABI_MAGIC;
    case SNAP_REG_ABI_VERSION:
        return SNAP_ABI_MAJOR << SNAP_ABI_VERSION_MAJOR_SHIFT | SNAP_ABI_MINOR
                                                                    << SNAP_ABI_VERSION_MINOR_SHIFT;
    case SNAP_REG_LAYOUT:
        return layout();
    case SNAP_REG_READ_TAGS:
        return READ_TAGS;
    case SNAP_REG_MESSAGE_BYTES_MAX:
        return SNAP_MESSAGE_BYTES_MAX;
    case SNAP_REG_ENGINES:
        return engines(model);
    case SNAP_REG_CYCLES_LO:
        model->cycles_hi = (uint32_t)(model->shared.cycles >> 32);
        return (uint32_t)model->shared.cycles;
    case SNAP_REG_CYCLES_HI:
        return model->cycles_hi;
    case SNAP_REG_ENGINE_CYCLES_LO:
        model->engine_cycles_hi = (uint32_t)(engine_cycles >> 32);
        return (uint32_t)engine_cycles;
    case SNAP_REG_ENGINE_CYCLES_HI:
        return model->engine_cycles_hi;
    case SNAP_REG_STATUS:
        return (uint32_t)pending(model) << SNAP_STATUS_BUSY_SHIFT |
               (uint32_t)model->config.bus_master << SNAP_STATUS_BUS_MASTER_SHIFT;
    case SNAP_REG_JOBS:
        return model->shared.jobs;
    case SNAP_REG_ERR_REQUEST:
        return model->request_errors;
    case SNAP_REG_ERR_READ:
        return model->shared.read_errors;
    default:
        return model->shared.point != NULL ? point_register(model->shared.point, offset) : 0;
    }
}

/* Everything but the MSI-X table, the cycle counters and the error counters. */
static void reset_queues(struct model *model)
{
    memset(model->queues, 0, sizeof model->queues);
    model->shared.jobs = 0;
}

/* The queue whose page `offset` is in; NULL: none. */
static struct model_queue *queue_at(struct model *model, uint32_t offset)
{
    if (offset < SNAP_QUEUE_PAGE_OFFSET)
        return NULL;
    uint32_t q = (offset - SNAP_QUEUE_PAGE_OFFSET) / SNAP_QUEUE_PAGE_BYTES;
    return q < MODEL_QUEUES ? &model->queues[q] : NULL;
}

static bool in_msix(uint32_t offset)
{
    return offset >= SNAP_MSIX_TABLE_OFFSET && offset < SNAP_MSIX_PBA_OFFSET + 0x1000;
}

static bool accepted(struct model *model, uint32_t offset, unsigned bytes)
{
    model->shared.cycles += ACCESS_CYCLES;
    if (bytes == 4 && offset % 4 == 0 && offset < SNAP_BAR0_BYTES)
        return true;
    model->request_errors += model->request_errors != UINT32_MAX;
    return false;
}

static void interrupts(struct model *model);

static bool model_read(void *context, uint32_t offset, unsigned bytes, uint64_t *value)
{
    struct model *model = context;
    if (!accepted(model, offset, bytes))
        return false;
    const struct model_queue *queue = queue_at(model, offset);
    if (queue != NULL)
        *value = model_queue_read(queue, offset % SNAP_QUEUE_PAGE_BYTES);
    else if (in_msix(offset))
        *value = msix_read(&model->msix, offset - SNAP_MSIX_TABLE_OFFSET);
    else
        *value = global_read(model, offset);
    return true;
}

static void model_write(void *context, uint32_t offset, unsigned bytes, uint64_t value)
{
    struct model *model = context;
    if (!accepted(model, offset, bytes))
        return;
    struct model_queue *queue = queue_at(model, offset);
    uint32_t word = (uint32_t)value;
    if (queue != NULL) {
        model_queue_write(queue, &model->shared, offset % SNAP_QUEUE_PAGE_BYTES, word);
        interrupts(model);
    } else if (in_msix(offset)) {
        msix_write(&model->msix, offset - SNAP_MSIX_TABLE_OFFSET, word);
    } else if (offset == SNAP_REG_CONTROL && (word >> SNAP_CONTROL_RESET_SHIFT & 1)) {
        reset_queues(model);
    }
}

/* ------------------------------------------------------------------ work */

static void interrupts(struct model *model)
{
    if (!model->config.bus_master)
        return;
    for (unsigned q = 0; q < MODEL_QUEUES; q++)
        if (model_queue_interrupt(&model->queues[q], model->shared.cycles))
            msix_request(&model->msix, q);
}

/* Nothing to do but to wait for a timer: jump to the first one that ends, at most to `limit`. */
static void skip_to_timer(struct model *model, uint64_t limit)
{
    uint64_t due = limit;
    for (unsigned q = 0; q < MODEL_QUEUES; q++)
        if (model->queues[q].timing && model->queues[q].irq_due < due)
            due = model->queues[q].irq_due;
    if (due > model->shared.cycles)
        model->shared.cycles = due;
}

static bool model_run(void *context, unsigned cycles)
{
    struct model *model = context;
    uint64_t limit = model->shared.cycles + cycles;
    while (pending(model) && model->shared.cycles < limit) {
        bool worked = false;
        for (unsigned i = 0; i < MODEL_QUEUES && !worked; i++) {
            struct model_queue *queue = &model->queues[model->next];
            model->next = (model->next + 1) % MODEL_QUEUES;
            worked = model_queue_step(queue, &model->shared);
        }
        if (!worked)
            skip_to_timer(model, limit);
        interrupts(model);
    }
    return pending(model);
}

static void model_configure(void *context, const struct card_config *config)
{
    struct model *model = context;
    model->config = *config;
    unsigned read_bytes = 128u << config->max_read;
    model->shared.read_bytes =
        read_bytes > HOST_ACCESS_BYTES_MAX ? HOST_ACCESS_BYTES_MAX : read_bytes;
    /* Without bus mastering a message cannot leave: it stays pending, as behind a mask. */
    msix_configure(&model->msix, config->msix_enable, config->msix_mask || !config->bus_master);
}

static bool model_reset(void *context)
{
    struct model *model = context;
    reset_queues(model);
    msix_reset(&model->msix);
    return true;
}

static bool model_present(void *context)
{
    (void)context;
    return true;
}

static void model_destroy(void *context)
{
    struct model *model = context;
    point_destroy(model->shared.point);
    digest_destroy(model->shared.digest);
    free(model);
}

static const struct card_ops model_ops = {
    .read = model_read,
    .write = model_write,
    .configure = model_configure,
    .reset = model_reset,
    .run = model_run,
    .present = model_present,
    .destroy = model_destroy,
};

bool model_create(struct host host, const char *image, struct card *card, const char **reason)
{
    struct model *model = calloc(1, sizeof *model);
    *reason = "out of memory, or libcrypto lacks SHA-256 or SM3";
    if (model == NULL)
        return false;
    model->shared.digest = digest_create();
    if (model->shared.digest != NULL && image != NULL)
        model->shared.point = point_create(image, model->shared.digest, reason);
    if (model->shared.digest == NULL || (image != NULL && model->shared.point == NULL)) {
        model_destroy(model);
        return false;
    }
    model->shared.host = host;
    model->shared.read_bytes = HOST_ACCESS_BYTES_MAX;
    msix_init(&model->msix, host, MODEL_QUEUES);
    *card = (struct card){.ops = &model_ops, .context = model};
    return true;
}
