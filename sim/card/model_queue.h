/* SPDX-License-Identifier: Apache-2.0 */
/* One queue pair of the C model: its registers, its rings, and the jobs that it executes at once.
 */
#ifndef SIM_CARD_MODEL_QUEUE_H
#define SIM_CARD_MODEL_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/card/card.h"
#include "sim/card/digest.h"
#include "sim/card/point.h"
#include "snapcard_abi.h"

enum model_queue_state { QUEUE_OFF, QUEUE_RUNNING, QUEUE_DRAINING, QUEUE_ERROR };

/* Registers that can be written only while the queue is off. */
struct model_rings {
    uint32_t config;
    uint64_t sq, cq, result;
};

struct model_queue {
    struct model_rings held;
    enum model_queue_state state;
    uint8_t error; /* enum snap_queue_error */
    uint16_t tail, sq_head, cq_tail, cq_head;
    uint32_t irq_config;
    bool armed;
    uint16_t seen;
    bool timing; /* an interrupt waits for irq_due */
    uint64_t irq_due;
};

/* What the queues of a card share. */
struct model_shared {
    struct host host;
    struct digest *digest;
    struct point *point; /* NULL: the card has no point engine */
    unsigned read_bytes; /* largest read request */
    uint64_t cycles;     /* of the PCIe-side clock */
    uint32_t jobs;       /* completions since reset */
    uint32_t read_errors;
    uint8_t message[SNAP_MESSAGE_BYTES_MAX + SNAP_MESSAGE_ALIGN_BYTES];
};

/* The engine's clock is slower: 2 of its cycles in 5 of the PCIe side's. */
#define MODEL_ENGINE_CYCLES(cycles) ((cycles)*2 / 5)

/* Register accesses; `offset` is within the queue's page. */
uint32_t model_queue_read(const struct model_queue *queue, uint32_t offset);
void model_queue_write(struct model_queue *queue, const struct model_shared *shared,
                       uint32_t offset, uint32_t value);

/* Whether the card executes an opcode. */
bool model_executes(const struct model_shared *shared, uint8_t opcode);
/* Fetches, executes and completes one job; false: there is none. */
bool model_queue_step(struct model_queue *queue, struct model_shared *shared);
/* True: raise the queue's interrupt now. */
bool model_queue_interrupt(struct model_queue *queue, uint64_t cycles);

#endif
