/* SPDX-License-Identifier: Apache-2.0 */
/* What stands in a record of the block log: the height up to which blocks were final when this one
 * was appended (u32), so that a restart knows at least that much of finality without a file of its
 * own, then the packed block. The record's number is the block's height. */
#ifndef HOST_LEDGER_BLOCK_LOG_H
#define HOST_LEDGER_BLOCK_LOG_H

#include "host/store/record_log.h"
#include "host/wire/block.h"

/* The block's height must be the log's last + 1. 0, or -1 with a text. */
int block_log_append(struct record_log *log, const struct block *block, uint32_t final,
                     char error[STORE_ERROR_SIZE]);
/* The block at a height, which the caller frees; NULL with a text. `final` may be NULL. */
struct block *block_log_read(struct record_log *log, uint32_t height, uint32_t *final,
                             char error[STORE_ERROR_SIZE]);

#endif
