/* SPDX-License-Identifier: Apache-2.0 */
/* In which block a transaction is: an LMDB database of its own beside the logs, of final blocks
 * only, so that nothing is ever taken out. It can be made anew from the trace log and therefore
 * lags behind it: many blocks are written in one transaction of the database.
 *
 * THREADS. find: any. append and clear: one at a time. */
#ifndef HOST_LEDGER_TRACE_INDEX_H
#define HOST_LEDGER_TRACE_INDEX_H

#include "host/store/record_log.h"
#include "host/wire/block.h"

/* Of address space; about three billion transactions. */
#define TRACE_INDEX_BYTES_MAX (UINT64_C(256) << 30)

struct trace_index;

/* Opens or creates the database in `folder`. -1 with a text. */
int trace_index_open(const char *folder, struct trace_index **index, char error[STORE_ERROR_SIZE]);
void trace_index_close(struct trace_index *index); /* NULL is allowed */

/* The last block that it has: all zeros, height 0, when it is empty. */
block_id_t trace_index_last(const struct trace_index *index);

struct trace_index_block {
    uint32_t height;
    unsigned count;
    const uint8_t *ids; /* of transactions, 32 bytes each; borrowed */
};
/* Adds blocks, all or none, durable when it returns 0. `last` is the last one's id. */
int trace_index_append(struct trace_index *index, const struct trace_index_block *blocks,
                       size_t count, const block_id_t *last, char error[STORE_ERROR_SIZE]);
/* Forgets all: it was of another history. */
int trace_index_clear(struct trace_index *index, char error[STORE_ERROR_SIZE]);
/* 1 and the height, 0: not there, -1 with a text. */
int trace_index_find(struct trace_index *index, const uint8_t id[32], uint32_t *height,
                     char error[STORE_ERROR_SIZE]);

#endif
