/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/sim_rig.h"

#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sim/card/model.h"
#include "tests/unit/check.h"

#define RUNS_MAX 100000

bool rig_create_model(struct host host, struct card *card)
{
    const char *reason;
    if (model_create(host, "build/engine", card, &reason))
        return true;
    printf("# build/engine: %s\n", reason);
    return false;
}

static void connect_card(struct rig *rig, rig_create_card *create, const char *fault)
{
    const char *reason;
    memset(rig, 0, sizeof *rig);
    host_memory_init(&rig->memory, MODEL_QUEUES);
    faults_init(&rig->faults);
    if (fault != NULL)
        CHECK(faults_add(&rig->faults, fault, &reason));
    CHECK(create(faults_host(&rig->faults, host_memory_host(&rig->memory)), &rig->card));
    rig->card = faults_card(&rig->faults, rig->card);
    function_init(&rig->function, &rig->memory, rig->card);
    server_init(&rig->server, &rig->function);
    rig->file = memfd_create("sim_rig", MFD_CLOEXEC);
    CHECK(rig->file >= 0 && ftruncate(rig->file, RIG_MEMORY_BYTES) == 0);
    rig->bytes = mmap(NULL, RIG_MEMORY_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, rig->file, 0);
    CHECK(rig->bytes != MAP_FAILED);
}

void rig_connect(struct rig *rig, const char *fault)
{
    connect_card(rig, rig_create_model, fault);
}

void rig_open_card(struct rig *rig, rig_create_card *create, const char *fault)
{
    connect_card(rig, create, fault);
    struct vfio_user_version version = {.major = 0, .minor = 1};
    CHECK_EQ(rig_command(rig, VFIO_USER_VERSION, 0, &version, sizeof version, NULL, 0), 0);
    CHECK_EQ(rig_map(rig, RIG_MEMORY_BUS, RIG_MEMORY_BYTES, 3, 0, rig->file), 0);
    rig_bus_master(rig, true);
}

void rig_open(struct rig *rig, const char *fault)
{
    rig_open_card(rig, rig_create_model, fault);
}

void rig_close(struct rig *rig)
{
    host_memory_clear(&rig->memory);
    rig->card.ops->destroy(rig->card.context);
    CHECK(munmap(rig->bytes, RIG_MEMORY_BYTES) == 0 && close(rig->file) == 0);
}

/* ------------------------------------------------------------------ commands */

int rig_command(struct rig *rig, uint16_t command, uint32_t flags, const void *payload,
                size_t bytes, const int *fds, unsigned fd_count)
{
    static uint16_t id;
    CHECK(fd_count <= VFIO_USER_FDS_MAX);
    struct message *message = &rig->message;
    *message = (struct message){
        .header = {.id = ++id, .command = command, .size = (uint32_t)(16 + bytes), .flags = flags},
        .payload = payload,
        .payload_bytes = bytes,
        .fd_count = fd_count,
    };
    for (unsigned i = 0; i < fd_count; i++)
        message->fds[i] = fds[i];
    enum server_result result = server_handle(&rig->server, message, &rig->reply);
    message_close_fds(message);
    if (result != SERVER_REPLY)
        return result == SERVER_CLOSE ? RIG_CLOSED : RIG_SILENT;
    const struct vfio_user_header *header = &rig->reply.header;
    CHECK(header->id == id && header->command == command);
    CHECK_EQ(header->size, 16 + rig->reply.payload_bytes);
    CHECK_EQ(header->flags & VFIO_USER_TYPE_MASK, VFIO_USER_TYPE_REPLY);
    CHECK_EQ((header->flags & VFIO_USER_ERROR) != 0, header->error != 0);
    return (int)header->error;
}

int rig_map(struct rig *rig, uint64_t address, uint64_t size, uint32_t flags, uint64_t offset,
            int fd)
{
    struct vfio_user_dma_map map = {sizeof map, flags, offset, address, size};
    int copy = fd >= 0 ? dup(fd) : -1;
    return rig_command(rig, VFIO_USER_DMA_MAP, 0, &map, sizeof map, &copy, fd >= 0 ? 1 : 0);
}

int rig_unmap(struct rig *rig, uint64_t address, uint64_t size, uint32_t flags)
{
    struct vfio_user_dma_unmap unmap = {sizeof unmap, flags, address, size};
    return rig_command(rig, VFIO_USER_DMA_UNMAP, 0, &unmap, sizeof unmap, NULL, 0);
}

uint32_t rig_get(struct rig *rig, uint32_t offset)
{
    struct vfio_user_region_access access = {offset, VFIO_PCI_BAR0_REGION_INDEX, 4};
    CHECK_EQ(rig_command(rig, VFIO_USER_REGION_READ, 0, &access, sizeof access, NULL, 0), 0);
    uint32_t value;
    CHECK_EQ(rig->reply.payload_bytes, sizeof access + sizeof value);
    memcpy(&value, rig->reply.payload + sizeof access, sizeof value);
    return value;
}

static void write_region(struct rig *rig, uint32_t region, uint32_t offset, uint32_t value)
{
    struct {
        struct vfio_user_region_access access;
        uint32_t value;
    } payload = {{offset, region, 4}, value};
    CHECK_EQ(rig_command(rig, VFIO_USER_REGION_WRITE, VFIO_USER_NO_REPLY, &payload,
                         sizeof payload.access + 4, NULL, 0),
             RIG_SILENT);
}

void rig_set(struct rig *rig, uint32_t offset, uint32_t value)
{
    write_region(rig, VFIO_PCI_BAR0_REGION_INDEX, offset, value);
}

void rig_bus_master(struct rig *rig, bool on)
{
    write_region(rig, VFIO_PCI_CONFIG_REGION_INDEX, PCI_COMMAND,
                 PCI_COMMAND_MEMORY | (on ? PCI_COMMAND_MASTER : 0));
}

void rig_device_control(struct rig *rig, uint16_t value)
{
    write_region(rig, VFIO_PCI_CONFIG_REGION_INDEX, CONFIG_EXPRESS + PCI_EXP_DEVCTL, value);
}

void rig_run(struct rig *rig)
{
    for (unsigned i = 0; i < RUNS_MAX; i++)
        if (!rig->card.ops->run(rig->card.context, 256))
            return;
    CHECK(!"the card comes to rest");
}

/* ------------------------------------------------------------------ queue 0 */

#define QUEUE(name) (SNAP_QUEUE_PAGE_OFFSET + SNAP_REG_##name)

void rig_start_queue(struct rig *rig, unsigned entries_log2, uint16_t generation)
{
    rig->entries_log2 = entries_log2;
    rig->tail = rig->head = 0;
    memset(rig->bytes + RIG_CQ, 0, SNAP_COMPLETION_BYTES << entries_log2);
    rig_set(rig, QUEUE(QUEUE_CONFIG),
            entries_log2 | (uint32_t)generation << SNAP_QUEUE_CONFIG_GENERATION_SHIFT);
    rig_set(rig, QUEUE(SQ_BASE_LO), (uint32_t)RIG_MEMORY_BUS + RIG_SQ);
    rig_set(rig, QUEUE(CQ_BASE_LO), (uint32_t)RIG_MEMORY_BUS + RIG_CQ);
    rig_set(rig, QUEUE(RESULT_BASE_LO), (uint32_t)RIG_MEMORY_BUS + RIG_RESULT);
    rig_set(rig, QUEUE(QUEUE_CONTROL), 1);
}

void rig_prepare(struct rig *rig, const struct snap_job_header *job, const void *payload)
{
    uint8_t *slot = rig->bytes + RIG_SQ + (rig->tail & ((1u << rig->entries_log2) - 1)) * 256;
    memset(slot, 0, 256);
    memcpy(slot, job, sizeof *job);
    if (payload != NULL)
        memcpy(slot + sizeof *job, payload, job->length);
    rig->tail++;
}

void rig_doorbell(struct rig *rig)
{
    rig_set(rig, QUEUE(DOORBELL), rig->tail | (uint32_t)rig->head << 16);
}

struct snap_completion rig_completion(const struct rig *rig, uint16_t index, bool *there)
{
    struct snap_completion completion;
    unsigned entry = index & ((1u << rig->entries_log2) - 1);
    memcpy(&completion, rig->bytes + RIG_CQ + entry * sizeof completion, sizeof completion);
    *there = completion.phase >> 7 == !(index >> rig->entries_log2 & 1);
    return completion;
}

const uint8_t *rig_result(const struct rig *rig, uint16_t index)
{
    return rig->bytes + RIG_RESULT + (index & ((1u << rig->entries_log2) - 1)) * SNAP_RESULT_BYTES;
}

struct snap_completion rig_job(struct rig *rig, const struct snap_job_header *job,
                               const void *payload)
{
    bool there;
    rig_prepare(rig, job, payload);
    rig_doorbell(rig);
    rig_run(rig);
    struct snap_completion completion = rig_completion(rig, rig->head, &there);
    CHECK(there);
    rig->head++;
    return completion;
}
