/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that the card can reach.
 *
 * It is a sealed memory file, shared: a vfio-user server maps it by its descriptor and cannot
 * shrink it under us; and a fork of this process does not move pages away from under the card, as
 * copy-on-write of private pages would. */
#ifndef DRIVER_TRANSPORT_MEMORY_H
#define DRIVER_TRANSPORT_MEMORY_H

#include "driver/transport/transport.h"

#define SNAP_MEMORY_BYTES_MAX ((size_t)1 << 32)

struct snap_memory {
    void *data; /* zeroed, aligned to the page size */
    size_t bytes;
    uint64_t address; /* bus address */
    int fd;
};

/* bytes is rounded up to pages, positive and at most SNAP_MEMORY_BYTES_MAX. access: SNAP_DMA_READ,
 * with or without SNAP_DMA_WRITE (there are IOMMUs that cannot map for writing only). */
int snap_memory_create(struct snap_transport *transport, size_t bytes, unsigned access,
                       struct snap_memory *memory, struct snap_error *error);

/* Unmaps and frees. An address whose unmapping fails is never used again. */
void snap_memory_destroy(struct snap_transport *transport, struct snap_memory *memory);

#endif
