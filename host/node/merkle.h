/* SPDX-License-Identifier: Apache-2.0 */
/* Merkle roots of blocks through offload: the chain's merkle_root. A root is asked for while a
 * block is sealed, which must not wait for a card that hangs: what offload has not answered in time
 * is computed here, and until that answer has come so are the next ones. Short lists are not worth
 * the way. */
#ifndef HOST_NODE_MERKLE_H
#define HOST_NODE_MERKLE_H

#include "host/offload/offload.h"

#define MERKLE_LEAVES_MIN 256u
#define MERKLE_WAIT_NS    (20 * CLOCK_NS_PER_MS)

struct merkle;

/* `wait_ns`: how long offload has; the node's is MERKLE_WAIT_NS. NULL: no memory. */
struct merkle *merkle_create(struct offload *offload, uint64_t wait_ns);
/* After offload_destroy, or when nothing is in flight. NULL is allowed. */
void merkle_destroy(struct merkle *merkle);
/* As chain_options.merkle_root; `context` is the merkle. One thread at a time. */
void merkle_root(void *context, const uint8_t *leaves, size_t count, uint8_t root[32]);

#endif
