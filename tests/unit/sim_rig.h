/* SPDX-License-Identifier: Apache-2.0 */
/* The whole virtual card, with the C model or another, in the test's own process: commands go
 * straight to the protocol, the rings are in a memory file that is mapped for the card too. */
#ifndef TESTS_UNIT_SIM_RIG_H
#define TESTS_UNIT_SIM_RIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/card/faults.h"
#include "sim/card/function.h"
#include "sim/card/host.h"
#include "sim/card/server.h"
#include "snapcard_abi.h"

#define RIG_MEMORY_BYTES 0x200000u
#define RIG_MEMORY_BUS   0x40000000ull /* where the memory file is for the card */
#define RIG_SQ           0x00000u /* offsets in the memory file; the completion ring follows per queue */
#define RIG_CQ           0x40000u
#define RIG_RESULT       0x80000u
#define RIG_DATA         0x100000u
#define RIG_CLOSED       (-1) /* rig_command: the server closes the connection */
#define RIG_SILENT       (-2) /* rig_command: there is no reply */

struct rig {
    struct host_memory memory;
    struct faults faults;
    struct card card;
    struct function function;
    struct server server;
    struct message message;
    struct reply reply;
    int file;
    uint8_t *bytes; /* of the memory file */
    unsigned entries_log2;
    uint16_t tail, head; /* of queue 0 */
};

/* fault: a specification or NULL. Agrees on the version, shares the memory, switches bus mastering
 * on. */
void rig_open(struct rig *rig, const char *fault);
/* The same without any of it: a client that has just connected. */
void rig_connect(struct rig *rig, const char *fault);
/* Like rig_open, with another card than the C model; create may be called once. */
typedef bool rig_create_card(struct host host, struct card *card);
/* The C model with the build's microcode. */
bool rig_create_model(struct host host, struct card *card);
void rig_open_card(struct rig *rig, rig_create_card *create, const char *fault);
void rig_close(struct rig *rig);

/* Sends a command; its errno, RIG_CLOSED or RIG_SILENT. Descriptors that the server does not keep
 * are closed. */
int rig_command(struct rig *rig, uint16_t command, uint32_t flags, const void *payload,
                size_t bytes, const int *fds, unsigned fd_count);
int rig_map(struct rig *rig, uint64_t address, uint64_t size, uint32_t flags, uint64_t offset,
            int fd);
int rig_unmap(struct rig *rig, uint64_t address, uint64_t size, uint32_t flags);
uint32_t rig_get(struct rig *rig, uint32_t offset);
void rig_set(struct rig *rig, uint32_t offset, uint32_t value);
void rig_bus_master(struct rig *rig, bool on);
void rig_device_control(struct rig *rig, uint16_t value); /* of the Express capability */
/* Lets the card work until it has nothing to do. */
void rig_run(struct rig *rig);

/* Starts queue 0 with slots of 256 bytes. */
void rig_start_queue(struct rig *rig, unsigned entries_log2, uint16_t generation);
/* Writes the next slot; rig_doorbell hands all of them over. */
void rig_prepare(struct rig *rig, const struct snap_job_header *job, const void *payload);
void rig_doorbell(struct rig *rig);
/* The completion at an index that runs freely, and whether its phase says that it is there. */
struct snap_completion rig_completion(const struct rig *rig, uint16_t index, bool *there);
const uint8_t *rig_result(const struct rig *rig, uint16_t index);
/* One job to its end: the completion, which must be there. */
struct snap_completion rig_job(struct rig *rig, const struct snap_job_header *job,
                               const void *payload);

#endif
