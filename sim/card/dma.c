/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/card/dma.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "sim/card/shared_copy.h"

/* A file of the client, mapped once as a whole: a guest's IOMMU makes a map of each page, which
 * would be more mappings than the kernel gives to a process. */
struct dma_memory {
    struct dma_memory *next;
    dev_t device;
    ino_t inode;
    uint8_t *base;
    uint64_t bytes;
    bool writable;
    size_t references;
};

void dma_init(struct dma *dma)
{
    *dma = (struct dma){0};
}

/* ------------------------------------------------------------------ memory */

static struct dma_memory *memory_create(struct dma *dma, int fd, const struct stat *status,
                                        bool writable)
{
    if (!shared_copy_prepare())
        return NULL;
    struct dma_memory *memory = malloc(sizeof *memory);
    if (memory == NULL)
        return NULL;
    *memory = (struct dma_memory){
        .next = dma->memories,
        .device = status->st_dev,
        .inode = status->st_ino,
        .bytes = (uint64_t)status->st_size,
        .writable = writable,
    };
    int protection = writable ? PROT_READ | PROT_WRITE : PROT_READ;
    memory->base = mmap(NULL, (size_t)memory->bytes, protection, MAP_SHARED, fd, 0);
    if (memory->base == MAP_FAILED) {
        free(memory);
        return NULL;
    }
    dma->memories = memory;
    return memory;
}

/* A file that has grown since gets a mapping of its new size beside the old one. */
static int memory_get(struct dma *dma, int fd, uint64_t end, unsigned rights,
                      struct dma_memory **found)
{
    struct stat status;
    int mode = fcntl(fd, F_GETFL);
    if (mode < 0 || fstat(fd, &status) != 0)
        return errno;
    if (!S_ISREG(status.st_mode) || end > (uint64_t)status.st_size)
        return EINVAL;
    if ((mode & O_ACCMODE) == O_WRONLY)
        return EACCES;
    bool writable = (mode & O_ACCMODE) == O_RDWR;
    if ((rights & DMA_WRITE) && !writable)
        return EACCES;
    struct dma_memory *memory = dma->memories;
    while (memory != NULL && (memory->device != status.st_dev || memory->inode != status.st_ino ||
                              memory->writable != writable || memory->bytes < end))
        memory = memory->next;
    if (memory == NULL)
        memory = memory_create(dma, fd, &status, writable);
    *found = memory;
    return memory == NULL ? ENOMEM : 0;
}

static void memory_unlink(struct dma *dma, struct dma_memory *memory)
{
    struct dma_memory **link = &dma->memories;
    while (*link != memory) {
        assert(*link != NULL);
        link = &(*link)->next;
    }
    *link = memory->next;
}

static void memory_release(struct dma *dma, struct dma_memory *memory)
{
    if (memory == NULL)
        return;
    assert(memory->references > 0);
    memory->references--;
    if (memory->references > 0)
        return;
    memory_unlink(dma, memory);
    if (munmap(memory->base, (size_t)memory->bytes) != 0)
        abort(); /* the table's own mapping: only a broken invariant fails here */
    free(memory);
}

/* ------------------------------------------------------------------ maps */

/* Index of the first map whose end is not below `address`. */
static size_t find(const struct dma *dma, uint64_t address)
{
    size_t low = 0, high = dma->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (dma->maps[middle].last < address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Empty and wrapping ranges are out; the end may be 2^64. */
static bool range(uint64_t address, uint64_t size, uint64_t *last)
{
    if (size == 0 || address + (size - 1) < address)
        return false;
    *last = address + (size - 1);
    return true;
}

static bool grow(struct dma *dma)
{
    if (dma->count < dma->capacity)
        return true;
    size_t capacity = dma->capacity ? dma->capacity * 2 : 64;
    struct dma_map *maps = realloc(dma->maps, capacity * sizeof *maps);
    if (maps == NULL)
        return false;
    dma->maps = maps;
    dma->capacity = capacity;
    return true;
}

int dma_map(struct dma *dma, uint64_t address, uint64_t size, unsigned rights, int fd,
            uint64_t offset)
{
    struct dma_map map = {.first = address, .offset = offset, .rights = rights};
    if (!range(address, size, &map.last) || address % DMA_PAGE_BYTES || size % DMA_PAGE_BYTES)
        return EINVAL;
    if (offset + size < offset || (rights & ~(DMA_READ | DMA_WRITE)))
        return EINVAL;
    if (fd >= 0) {
        int error = memory_get(dma, fd, offset + size, rights, &map.memory);
        if (error)
            return error;
        map.memory->references++;
    }
    int error = 0;
    size_t at = find(dma, address);
    if (at < dma->count && dma->maps[at].first <= map.last) {
        const struct dma_map *old = &dma->maps[at];
        bool equal = old->first == map.first && old->last == map.last &&
                     old->offset == map.offset && old->rights == map.rights &&
                     old->memory == map.memory;
        memory_release(dma, map.memory);
        return equal ? 0 : EEXIST;
    }
    if (dma->count >= DMA_MAPS_MAX)
        error = ENOSPC;
    else if (!grow(dma))
        error = ENOMEM;
    if (error) {
        memory_release(dma, map.memory);
        return error;
    }
    memmove(&dma->maps[at + 1], &dma->maps[at], (dma->count - at) * sizeof map);
    dma->maps[at] = map;
    dma->count++;
    return 0;
}

int dma_unmap(struct dma *dma, uint64_t address, uint64_t size)
{
    uint64_t last;
    if (!range(address, size, &last))
        return EINVAL;
    size_t begin = find(dma, address);
    size_t end = begin;
    while (end < dma->count && dma->maps[end].first <= last) {
        if (dma->maps[end].first < address || dma->maps[end].last > last)
            return EINVAL;
        end++;
    }
    for (size_t i = begin; i < end; i++)
        memory_release(dma, dma->maps[i].memory);
    if (end > begin) {
        memmove(&dma->maps[begin], &dma->maps[end], (dma->count - end) * sizeof *dma->maps);
        dma->count -= end - begin;
    }
    return 0;
}

void dma_clear(struct dma *dma)
{
    for (size_t i = 0; i < dma->count; i++)
        memory_release(dma, dma->maps[i].memory);
    assert(dma->memories == NULL);
    free(dma->maps);
    dma_init(dma);
}

/* ------------------------------------------------------------------ accesses */

/* The memory at `address` with `rights`, and how many bytes of `bytes` are contiguous there; NULL:
 * none. */
static uint8_t *locate(const struct dma *dma, uint64_t address, size_t *bytes, unsigned rights)
{
    size_t at = find(dma, address);
    if (at == dma->count)
        return NULL;
    const struct dma_map *map = &dma->maps[at];
    if (map->first > address || map->memory == NULL || (map->rights & rights) != rights)
        return NULL;
    uint64_t left = map->last - address; /* one less than there are: cannot overflow */
    if (*bytes - 1 > left)
        *bytes = (size_t)left + 1;
    uint64_t offset = map->offset + (address - map->first);
    assert(offset + *bytes <= map->memory->bytes);
    return map->memory->base + offset;
}

bool dma_read(const struct dma *dma, uint64_t address, void *data, size_t bytes)
{
    uint8_t *to = data;
    while (bytes > 0) {
        size_t piece = bytes;
        const uint8_t *from = locate(dma, address, &piece, DMA_READ);
        if (from == NULL || !shared_copy_in(to, from, piece))
            return false;
        to += piece;
        bytes -= piece;
        address += piece;
        if (bytes > 0 && address == 0)
            return false;
    }
    return true;
}

bool dma_write(const struct dma *dma, uint64_t address, const void *data, size_t bytes)
{
    uint64_t last;
    if (!range(address, bytes, &last))
        return false;
    for (uint64_t done = 0; done < bytes;) {
        size_t piece = bytes - (size_t)done;
        if (locate(dma, address + done, &piece, DMA_WRITE) == NULL)
            return false;
        done += piece;
    }
    const uint8_t *from = data;
    while (bytes > 0) {
        size_t piece = bytes;
        uint8_t *to = locate(dma, address, &piece, DMA_WRITE);
        if (!shared_copy_out(to, from, piece))
            return false;
        from += piece;
        bytes -= piece;
        address += piece;
    }
    return true;
}
