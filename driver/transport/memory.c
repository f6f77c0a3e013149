// SPDX-License-Identifier: Apache-2.0
#include "driver/transport/memory.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "driver/base/error.h"

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

static int fail_allocation(struct snap_error *error, size_t bytes, const char *call)
{
    return snap_fail(error, SNAP_E_MEMORY, "no %zu bytes of memory for the card: %s: %s", bytes,
                     call, strerror(errno));
}

/* Seals against resizing. Memory that the card only reads is sealed against new writable mappings
 * too, so that a simulated card is held to it as a real one is by the IOMMU; kernels before 5.1
 * lack that seal. */
static bool seal(int fd, unsigned access)
{
    if ((access & SNAP_DMA_WRITE) == 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE) != 0 &&
        errno != EINVAL)
        return false;
    return fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0;
}

static int allocate(size_t bytes, unsigned access, struct snap_memory *memory,
                    struct snap_error *error)
{
    memory->fd = memfd_create("snapcard", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (memory->fd < 0)
        return fail_allocation(error, bytes, "memfd_create");
    if (ftruncate(memory->fd, (off_t)bytes) != 0) {
        (void)fail_allocation(error, bytes, "ftruncate");
        goto close_fd;
    }
    memory->data = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, memory->fd, 0);
    if (memory->data == MAP_FAILED) {
        (void)fail_allocation(error, bytes, "mmap");
        goto close_fd;
    }
    if (!seal(memory->fd, access)) {
        (void)fail_allocation(error, bytes, "fcntl(F_ADD_SEALS)");
        (void)munmap(memory->data, bytes);
        goto close_fd;
    }
    memory->bytes = bytes;
    return SNAP_OK;
close_fd:
    (void)close(memory->fd);
    return SNAP_E_MEMORY;
}

static void release(struct snap_memory *memory)
{
    int unmapped = munmap(memory->data, memory->bytes);
    assert(unmapped == 0); /* it is exactly what mmap returned */
    (void)unmapped;
    (void)close(memory->fd);
    *memory = (struct snap_memory){.fd = -1};
}

int snap_memory_create(struct snap_transport *transport, size_t bytes, unsigned access,
                       struct snap_memory *memory, struct snap_error *error)
{
    assert((access & SNAP_DMA_READ) != 0);
    size_t page_bytes = (size_t)transport->iova.page_bytes;
    if (bytes == 0 || bytes > SNAP_MEMORY_BYTES_MAX)
        return snap_fail(error, SNAP_E_ARGUMENT, "%zu bytes of card memory: must be 1 to %zu",
                         bytes, SNAP_MEMORY_BYTES_MAX);
    int code = allocate((bytes + page_bytes - 1) & ~(page_bytes - 1), access, memory, error);
    if (code != SNAP_OK)
        return code;
    code = snap_iova_take(&transport->iova, memory->bytes, &memory->address, error);
    if (code != SNAP_OK) {
        release(memory);
        return code;
    }
    code = transport->ops->dma_map(transport, memory, access, error);
    if (code != SNAP_OK) {
        snap_iova_give(&transport->iova, memory->address);
        release(memory);
    }
    return code;
}

void snap_memory_destroy(struct snap_transport *transport, struct snap_memory *memory)
{
    if (transport->ops->dma_unmap(transport, memory->address, memory->bytes, NULL) == SNAP_OK)
        snap_iova_give(&transport->iova, memory->address);
    release(memory);
}
