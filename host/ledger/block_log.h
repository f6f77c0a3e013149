/* SPDX-License-Identifier: Apache-2.0 */
/* What stands in a record of the block log: the height up to which blocks were final when this one
 * was appended (u32), so that a restart knows at least that much of finality without a file of its
 * own, then the packed block. The record's number is the block's height. */
#ifndef HOST_LEDGER_BLOCK_LOG_H
#define HOST_LEDGER_BLOCK_LOG_H

#include "host/ledger/record_buffer.h"
#include "host/store/record_log.h"
#include "host/wire/block.h"

/* A record under way: receipts are packed as they come, while they are in the processor's cache.
 * Starts as all zeros; its memory is kept from block to block. The functions end the program when
 * memory is out. */
struct block_packer {
    struct record_buffer record; /* receipts, behind room for what stands in front of them */
};
void block_packer_start(struct block_packer *packer);
void block_packer_add(struct block_packer *packer, const struct receipt *receipt);
void block_packer_free(struct block_packer *packer);

/* The block's height must be the log's last + 1, and the packer has its receipts. 0, or -1 with a
 * text; the packer starts anew in any case. */
int block_log_append(struct record_log *log, const struct block *block, uint32_t final,
                     struct block_packer *packer, char error[STORE_ERROR_SIZE]);
/* The block at a height, which the caller frees; NULL with a text. `final` may be NULL. */
struct block *block_log_read(struct record_log *log, uint32_t height, uint32_t *final,
                             char error[STORE_ERROR_SIZE]);

#endif
