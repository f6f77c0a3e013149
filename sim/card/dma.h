/* SPDX-License-Identifier: Apache-2.0 */
/* The DMA table: which of the client's memory the card may reach. Nothing else limits the card, so
 * bounds and rights are checked at every access.
 *
 * Invariants: maps are sorted by address, do not overlap, are not empty and do not wrap; a map's
 * end may be 2^64. Each map with memory holds one reference to it. */
#ifndef SIM_CARD_DMA_H
#define SIM_CARD_DMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DMA_PAGE_BYTES 4096u
#define DMA_MAPS_MAX   65535u

#define DMA_READ  1u
#define DMA_WRITE 2u

struct dma_memory;

struct dma_map {
    uint64_t first, last;      /* bus addresses, both inclusive, so that 2^64 - 1 can be told */
    uint64_t offset;           /* of `first` in the file */
    struct dma_memory *memory; /* NULL: named by the client but not shared; no access reaches it */
    unsigned rights;           /* DMA_READ, DMA_WRITE */
};

struct dma {
    struct dma_map *maps;
    size_t count, capacity;
    struct dma_memory *memories; /* list; one mapping of a file serves all of its maps */
};

void dma_init(struct dma *dma);
/* Drops all maps and frees. The table may be used again. */
void dma_clear(struct dma *dma);

/* Adds [address, address + size): whole pages, of the file `fd` at `offset`, or -1 for memory that
 * is not shared. The descriptor stays the caller's. A map that is there already in the same form is
 * fine. Returns 0 or an errno: EINVAL (range or file), EEXIST (overlap), EACCES (the file is not
 * open for these rights), ENOSPC (too many maps), ENOMEM. */
int dma_map(struct dma *dma, uint64_t address, uint64_t size, unsigned rights, int fd,
            uint64_t offset);
/* Drops every map inside [address, address + size); none is fine. EINVAL for an empty or wrapping
 * range, or when a map lies partly outside: then nothing is dropped, and the client knows that its
 * pages are still reachable. */
int dma_unmap(struct dma *dma, uint64_t address, uint64_t size);

/* False: some byte may not be accessed so. A read that fails may have filled part of `data`, a
 * write that fails has changed nothing, unless it failed because the client has shortened the file.
 * A write's last 8 bytes, when aligned, appear in one piece after all others: the client polls
 * them. */
bool dma_read(const struct dma *dma, uint64_t address, void *data, size_t bytes);
bool dma_write(const struct dma *dma, uint64_t address, const void *data, size_t bytes);

#endif
