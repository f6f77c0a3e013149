/* SPDX-License-Identifier: Apache-2.0 */
/* A card in memory for tests of the driver: it does nothing by itself and lies as told.
 *
 * A test opens a snap_card on it, submits jobs, and makes the card write completions, right ones
 * that it may then spoil. Registers are an array; only those that must act do. */
#ifndef TESTS_UNIT_DRIVER_FAKE_H
#define TESTS_UNIT_DRIVER_FAKE_H

#include "driver/card/card.h"
#include "driver/queue/queue.h"

#define FAKE_QUEUES 2u

struct fake_mapping {
    uint64_t address;
    size_t bytes;
    uint8_t *data;
    unsigned access;
};

struct fake_card {
    struct snap_transport base;
    uint32_t registers[SNAP_BAR0_BYTES / 4];
    struct fake_mapping mappings[64];
    unsigned mappings_count;
    uint64_t cycles;          /* CYCLES */
    uint64_t cycles_per_look; /* by how much a look at CYCLES moves it */
    uint64_t latched;
    uint16_t fetched[FAKE_QUEUES], completed[FAKE_QUEUES]; /* SQ_HEAD, CQ_TAIL */
    uint32_t doorbell[FAKE_QUEUES];                        /* last value */
    unsigned doorbells, soft_resets, hard_resets, irq_sets, register_reads, closes;
    unsigned command;
    /* What it gets wrong. */
    bool gone;             /* reads as all ones */
    bool stuck_draining;   /* a queue does not become off */
    bool stuck_soft_reset; /* CONTROL.RESET does not end */
    bool no_hard_reset;    /* it has none */
    bool refuse_start;     /* ENABLE leads to the error CONFIG */
    bool refuse_map;
};

/* A fresh card with `queues` queues and rings of up to 4096 entries. Freed by closing its
 * snap_card. */
struct fake_card *fake_new(unsigned queues);
/* The same, opened; ends the test when that fails. */
struct snap_card *fake_open(struct fake_card **fake, unsigned stall_ms);

/* Host memory at a bus address; NULL when [address, address + bytes) is not mapped for `access`. */
uint8_t *fake_reach(struct fake_card *fake, uint64_t address, size_t bytes, unsigned access);

/* Completes the job at submission index `slot` of queue 0 or 1 as an honest card would: result in
 * the slot when `result` is not NULL (64 bytes). The returned completion may be changed before the
 * host looks at it. */
struct snap_completion *fake_complete(struct fake_card *fake, unsigned queue, uint16_t slot,
                                      uint8_t status, const uint8_t *result);
/* The submission slot's header. */
struct snap_job_header *fake_slot(struct fake_card *fake, unsigned queue, uint16_t slot);

#endif
