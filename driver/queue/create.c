// SPDX-License-Identifier: Apache-2.0
/* The life of a queue: memory, registers, on and off. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "driver/base/error.h"
#include "driver/queue/queue.h"

static uint32_t register_offset(const struct snap_queue *queue, uint32_t reg)
{
    return SNAP_QUEUE_PAGE_OFFSET + queue->index * SNAP_QUEUE_PAGE_BYTES + reg;
}

uint32_t snap_queue_read32(struct snap_queue *queue, uint32_t reg)
{
    return snap_transport_read32(queue->transport, register_offset(queue, reg));
}

void snap_queue_write32(struct snap_queue *queue, uint32_t reg, uint32_t value)
{
    snap_transport_write32(queue->transport, register_offset(queue, reg), value);
}

static void write_address(struct snap_queue *queue, uint32_t low_register, uint64_t address)
{
    snap_queue_write32(queue, low_register, (uint32_t)address);
    snap_queue_write32(queue, low_register + 4, (uint32_t)(address >> 32));
}

/* ------------------------------------------------------------------ on and off */

static size_t completion_ring_bytes(uint32_t entries)
{
    size_t bytes = (size_t)entries * SNAP_COMPLETION_BYTES;
    return (bytes + SNAP_RING_ALIGN_BYTES - 1) & ~(size_t)(SNAP_RING_ALIGN_BYTES - 1);
}

static void reset_indices(struct snap_queue *queue)
{
    queue->tail = queue->submitted = queue->head = 0;
    queue->submitted_sequence = queue->sequence;
    queue->mark.set = false;
    queue->state = SNAP_QUEUE_RUNNING;
    queue->attention = queue->lost_count != 0;
    memset(queue->completion_memory.data, 0, queue->completion_memory.bytes);
}

int snap_queue_start(struct snap_queue *queue, struct snap_error *error)
{
    queue->generation = ++queue->card->generations[queue->index];
    queue->epoch = atomic_load(&queue->card->epoch);
    reset_indices(queue);
    uint32_t config = (uint32_t)queue->entries_log2 << SNAP_QUEUE_CONFIG_ENTRIES_LOG2_SHIFT |
                      (queue->slot_log2 == 9 ? 1u : 0u) << SNAP_QUEUE_CONFIG_SLOT_512_SHIFT |
                      (uint32_t)queue->generation << SNAP_QUEUE_CONFIG_GENERATION_SHIFT;
    uint64_t completions = queue->completion_memory.address;
    snap_queue_write32(queue, SNAP_REG_QUEUE_CONFIG, config);
    write_address(queue, SNAP_REG_SQ_BASE_LO, queue->slot_memory.address);
    write_address(queue, SNAP_REG_CQ_BASE_LO, completions);
    write_address(queue, SNAP_REG_RESULT_BASE_LO,
                  completions + completion_ring_bytes(queue->entries));
    snap_queue_write32(queue, SNAP_REG_IRQ_CONFIG, queue->irq_config);
    snap_queue_write32(queue, SNAP_REG_QUEUE_CONTROL, 1u << SNAP_QUEUE_CONTROL_ENABLE_SHIFT);
    uint32_t status = snap_queue_read32(queue, SNAP_REG_QUEUE_STATUS);
    if (status != SNAP_ALL_ONES &&
        SNAP_FIELD(status, SNAP_QUEUE_STATUS_STATE) == SNAP_STATE_RUNNING)
        return SNAP_OK;
    int code = snap_card_present(queue->card, error);
    if (code == SNAP_OK)
        code = snap_fail(error, SNAP_E_PROTOCOL, "queue %u does not start: QUEUE_STATUS is %08x",
                         queue->index, status);
    snap_queue_write32(queue, SNAP_REG_QUEUE_CONTROL, 0); /* ENABLE must rise at the next start */
    (void)snap_queue_break(queue, code == SNAP_E_GONE ? SNAP_QUEUE_GONE : SNAP_QUEUE_BROKEN,
                           "it did not start: QUEUE_STATUS is %08x", status);
    return code;
}

/* Clears ENABLE and waits until the jobs that the card has fetched are done. */
static int disable(struct snap_queue *queue, struct snap_error *error)
{
    struct snap_watch watch;
    int code = snap_watch_start(&watch, queue->card, error);
    if (code != SNAP_OK)
        return code;
    snap_queue_write32(queue, SNAP_REG_QUEUE_CONTROL, 0);
    uint64_t limit =
        queue->deadline_cycles < SNAP_DRAIN_CYCLES ? queue->deadline_cycles : SNAP_DRAIN_CYCLES;
    while (code == SNAP_OK) {
        uint32_t status = snap_queue_read32(queue, SNAP_REG_QUEUE_STATUS);
        if (status != SNAP_ALL_ONES &&
            SNAP_FIELD(status, SNAP_QUEUE_STATUS_STATE) == SNAP_STATE_OFF)
            return SNAP_OK;
        code = snap_watch_look(&watch, limit, error);
    }
    return code;
}

int snap_queue_stop(struct snap_queue *queue, struct snap_error *error)
{
    struct snap_card *card = queue->card;
    int code = snap_card_present(card, error);
    if (code != SNAP_OK)
        return code;
    code = card->usable ? disable(queue, error) : SNAP_E_STALLED;
    if (code == SNAP_OK || code == SNAP_E_GONE)
        return code;
    code = card->usable ? snap_card_reset_soft(card, error) : SNAP_E_STALLED;
    if (code == SNAP_OK || code == SNAP_E_GONE)
        return code;
    code = snap_card_reset_hard(card, error);
    return code == SNAP_OK ? snap_card_present(card, error) : code;
}

/* ------------------------------------------------------------------ create */

static int check_config(const struct snap_card *card, const struct snap_queue_config *config,
                        struct snap_error *error)
{
    uint32_t entries_max = 1u << card->info.entries_log2_max;
    if (config->entries < 2 || config->entries > entries_max ||
        (config->entries & (config->entries - 1)) != 0)
        return snap_fail(error, SNAP_E_ARGUMENT,
                         "a queue of %u entries: must be a power of two from 2 to %u",
                         config->entries, entries_max);
    if (config->slot_bytes != 256 && config->slot_bytes != 512)
        return snap_fail(error, SNAP_E_ARGUMENT, "slots of %u bytes: must be 256 or 512",
                         config->slot_bytes);
    if (config->irq_timer > SNAP_IRQ_CONFIG_TIMER_MASK)
        return snap_fail(error, SNAP_E_ARGUMENT, "irq_timer %u: must be at most %u cycles",
                         config->irq_timer, SNAP_IRQ_CONFIG_TIMER_MASK);
    return SNAP_OK;
}

static struct snap_queue_config fill_defaults(const struct snap_card *card,
                                              const struct snap_queue_config *given)
{
    struct snap_queue_config config = {0};
    if (given != NULL)
        config = *given;
    uint32_t entries_max = 1u << card->info.entries_log2_max;
    if (config.entries == 0)
        config.entries =
            entries_max < SNAP_QUEUE_ENTRIES_DEFAULT ? entries_max : SNAP_QUEUE_ENTRIES_DEFAULT;
    if (config.slot_bytes == 0)
        config.slot_bytes = 256;
    if (config.deadline_cycles == 0)
        config.deadline_cycles = SNAP_QUEUE_DEADLINE_DEFAULT;
    if (config.irq_timer == 0)
        config.irq_timer = SNAP_QUEUE_IRQ_TIMER_DEFAULT;
    if (config.irq_count == 0) {
        unsigned quarter = config.entries / 4;
        config.irq_count = (uint8_t)(quarter == 0 ? 1 : quarter > 255 ? 255 : quarter);
    }
    return config;
}

/* Memory that only the host uses. */
static bool allocate_host(struct snap_queue *queue)
{
    queue->contexts = calloc(queue->entries, sizeof *queue->contexts);
    queue->free_contexts = calloc(queue->entries, sizeof *queue->free_contexts);
    if (queue->contexts == NULL || queue->free_contexts == NULL)
        return false;
    for (uint32_t i = 0; i < queue->entries; i++) /* so that 0 is taken first */
        queue->free_contexts[i] = (uint16_t)(queue->entries - 1 - i);
    queue->free_count = queue->entries;
    return true;
}

/* The card reads slots and writes completions and results: two mappings, so that it cannot write
 * slots. */
static int allocate_rings(struct snap_queue *queue, struct snap_error *error)
{
    struct snap_transport *transport = queue->transport;
    size_t ring_bytes = completion_ring_bytes(queue->entries);
    int code = snap_memory_create(transport, (size_t)queue->entries << queue->slot_log2,
                                  SNAP_DMA_READ, &queue->slot_memory, error);
    if (code != SNAP_OK)
        return code;
    code = snap_memory_create(transport, ring_bytes + (size_t)queue->entries * SNAP_RESULT_BYTES,
                              SNAP_DMA_READ | SNAP_DMA_WRITE, &queue->completion_memory, error);
    if (code != SNAP_OK) {
        snap_memory_destroy(transport, &queue->slot_memory);
        return code;
    }
    queue->slots = queue->slot_memory.data;
    queue->completions = queue->completion_memory.data;
    queue->results = (const uint8_t *)queue->completion_memory.data + ring_bytes;
    return SNAP_OK;
}

static void free_queue(struct snap_queue *queue)
{
    free(queue->contexts);
    free(queue->free_contexts);
    free(queue);
}

static struct snap_queue *new_queue(struct snap_card *card, const struct snap_queue_config *config,
                                    unsigned index)
{
    struct snap_queue *queue = calloc(1, sizeof *queue);
    if (queue == NULL)
        return NULL;
    queue->card = card;
    queue->transport = card->transport;
    queue->index = index;
    queue->doorbell_offset = register_offset(queue, SNAP_REG_DOORBELL);
    queue->entries = config->entries;
    queue->entry_mask = config->entries - 1;
    queue->entries_log2 = (uint8_t)__builtin_ctz(config->entries);
    queue->slot_log2 = config->slot_bytes == 512 ? 9 : 8;
    queue->payload_bytes = config->slot_bytes - SNAP_JOB_HEADER_BYTES;
    queue->sequence = 1;
    queue->deadline_cycles = config->deadline_cycles;
    queue->irq_config = config->irq_timer << SNAP_IRQ_CONFIG_TIMER_SHIFT |
                        (uint32_t)config->irq_count << SNAP_IRQ_CONFIG_COUNT_SHIFT;
    if (!allocate_host(queue)) {
        free_queue(queue);
        return NULL;
    }
    return queue;
}

static int create_locked(struct snap_card *card, const struct snap_queue_config *config,
                         struct snap_queue **queue_out, struct snap_error *error)
{
    unsigned index = 0;
    if (!card->usable)
        return snap_fail(error, SNAP_E_STALLED,
                         "%.200s did not come out of its last reset: try snap_card_reset",
                         card->info.address);
    while (index < card->queues_usable && card->queues[index] != NULL)
        index++;
    if (index == card->queues_usable)
        return snap_fail(error, SNAP_E_BUSY, "all %u queues of %.200s are in use",
                         card->queues_usable, card->info.address);
    struct snap_queue *queue = new_queue(card, config, index);
    if (queue == NULL)
        return snap_fail(error, SNAP_E_MEMORY, "out of memory");
    int code = allocate_rings(queue, error);
    if (code == SNAP_OK) {
        code = snap_queue_start(queue, error);
        if (code != SNAP_OK) {
            snap_memory_destroy(queue->transport, &queue->slot_memory);
            snap_memory_destroy(queue->transport, &queue->completion_memory);
        }
    }
    if (code != SNAP_OK) {
        free_queue(queue);
        return code;
    }
    card->queues[index] = queue;
    *queue_out = queue;
    return SNAP_OK;
}

int snap_queue_create(struct snap_card *card, const struct snap_queue_config *given,
                      struct snap_queue **queue, struct snap_error *error)
{
    struct snap_queue_config config = fill_defaults(card, given);
    int code = check_config(card, &config, error);
    if (code != SNAP_OK)
        return code;
    snap_card_lock(card);
    code = create_locked(card, &config, queue, error);
    snap_card_unlock(card);
    return code;
}

/* Should the card not let itself be stopped, the unmapping keeps it away from the memory that is
 * freed. */
void snap_queue_destroy(struct snap_queue *queue)
{
    if (queue == NULL)
        return;
    struct snap_card *card = queue->card;
    snap_card_lock(card);
    (void)snap_queue_stop(queue, NULL);
    snap_queue_lose_jobs(queue);
    snap_memory_destroy(queue->transport, &queue->slot_memory);
    snap_memory_destroy(queue->transport, &queue->completion_memory);
    assert(card->queues[queue->index] == queue);
    card->queues[queue->index] = NULL;
    snap_card_unlock(card);
    free_queue(queue);
}
