// SPDX-License-Identifier: Apache-2.0
#include "host/ledger/block_log.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FRONT_BYTES_MAX (sizeof(uint32_t) + BLOCK_FRONT_BYTES_MAX)

/* ------------------------------------------------------------------ packing */

void block_packer_start(struct block_packer *packer)
{
    record_buffer_start(&packer->record, FRONT_BYTES_MAX);
}

void block_packer_add(struct block_packer *packer, const struct receipt *receipt)
{
    struct writer writer = record_buffer_reserve(&packer->record, receipt_size(receipt));
    receipt_write(&writer, receipt);
    assert(!writer.failed);
}

void block_packer_free(struct block_packer *packer)
{
    record_buffer_free(&packer->record);
}

/* The whole record: what stands in front of the receipts is put right there. */
static struct bytes finish(struct block_packer *packer, const struct block *block, uint32_t final)
{
    uint8_t front[FRONT_BYTES_MAX];
    struct writer writer = writer_of(front, sizeof front);
    write_u32(&writer, final);
    block_write_front(&writer, block);
    size_t front_bytes = writer_size(&writer);
    struct writer end = record_buffer_reserve(&packer->record, 1);
    block_write_end(&end);
    assert(!writer.failed && !end.failed);
    size_t unused = FRONT_BYTES_MAX - front_bytes;
    memcpy(packer->record.bytes + unused, front, front_bytes);
    return (struct bytes){packer->record.bytes + unused, packer->record.size - unused};
}

/* ------------------------------------------------------------------ the log */

int block_log_append(struct record_log *log, const struct block *block, uint32_t final,
                     struct block_packer *packer, char error[STORE_ERROR_SIZE])
{
    struct bytes record = finish(packer, block, final);
    int code = record_log_append(log, record, error);
    block_packer_start(packer);
    return code;
}

struct block *block_log_read(struct record_log *log, uint32_t height, uint32_t *final,
                             char error[STORE_ERROR_SIZE])
{
    struct bytes record;
    if (record_log_read(log, height, &record, error) != 0)
        return NULL;
    struct reader reader = reader_of(record.data, record.size);
    uint32_t final_then = read_u32(&reader);
    struct bytes packed = read_view(&reader, reader_left(&reader));
    struct block *block = packed.data != NULL ? block_read(packed) : NULL;
    free((void *)record.data);
    if (block != NULL && block_header_height(&block->header) != height) {
        block_free(block);
        block = NULL;
    }
    if (block == NULL) {
        snprintf(error, STORE_ERROR_SIZE,
                 "record %u of the block log is whole, but not the block of this height: it was "
                 "written by another program; cut the log in front of it (snapscaled "
                 "--truncate-log %u)",
                 height, height - 1);
        return NULL;
    }
    if (final != NULL)
        *final = final_then;
    return block;
}
