/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/card/host.h"

#include <assert.h>
#include <string.h>

static enum host_status host_read(void *context, uint64_t address, void *data, unsigned bytes)
{
    const struct host_memory *memory = context;
    assert(bytes >= 1 && bytes <= HOST_ACCESS_BYTES_MAX);
    if (!memory->bus_master || !dma_read(&memory->dma, address, data, bytes))
        return HOST_UR;
    return HOST_OK;
}

static void host_write(void *context, uint64_t address, const void *data, unsigned bytes)
{
    const struct host_memory *memory = context;
    assert(bytes >= 1 && bytes <= HOST_ACCESS_BYTES_MAX);
    if (!memory->bus_master)
        return;
    if (address >= HOST_MSI_ADDRESS && address - HOST_MSI_ADDRESS < HOST_MSI_BYTES) {
        uint32_t vector;
        if (bytes != sizeof vector)
            return;
        memcpy(&vector, data, sizeof vector);
        interrupts_trigger(&memory->interrupts, vector);
        return;
    }
    /* A write that goes nowhere is dropped, as posted writes are: only an error log could tell. */
    (void)dma_write(&memory->dma, address, data, bytes);
}

static const struct host_ops host_memory_ops = {.read = host_read, .write = host_write};

void host_memory_init(struct host_memory *memory, unsigned vectors)
{
    dma_init(&memory->dma);
    interrupts_init(&memory->interrupts, vectors);
    memory->bus_master = false;
}

void host_memory_clear(struct host_memory *memory)
{
    dma_clear(&memory->dma);
    interrupts_clear(&memory->interrupts);
}

struct host host_memory_host(struct host_memory *memory)
{
    return (struct host){.ops = &host_memory_ops, .context = memory};
}
