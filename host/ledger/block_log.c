// SPDX-License-Identifier: Apache-2.0
#include "host/ledger/block_log.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FRONT_BYTES_MAX (sizeof(uint32_t) + BLOCK_FRONT_BYTES_MAX)
#define ROOM_MIN_BYTES  (64u << 10)

/* ------------------------------------------------------------------ packing */

static void *memory(void *pointer)
{
    if (pointer != NULL)
        return pointer;
    fputs("ledger: no memory to pack a block\n", stderr);
    abort();
}

void block_packer_start(struct block_packer *packer)
{
    if (packer->bytes == NULL) {
        packer->room = ROOM_MIN_BYTES;
        packer->bytes = memory(malloc(packer->room));
    }
    packer->size = FRONT_BYTES_MAX;
}

/* Room for so many bytes more. */
static struct writer reserve(struct block_packer *packer, size_t bytes)
{
    if (packer->room - packer->size < bytes) {
        while (packer->room - packer->size < bytes)
            packer->room *= 2;
        packer->bytes = memory(realloc(packer->bytes, packer->room));
    }
    struct writer writer = writer_of(packer->bytes + packer->size, bytes);
    packer->size += bytes;
    return writer;
}

void block_packer_add(struct block_packer *packer, const struct receipt *receipt)
{
    struct writer writer = reserve(packer, receipt_size(receipt));
    receipt_write(&writer, receipt);
    assert(!writer.failed);
}

void block_packer_free(struct block_packer *packer)
{
    free(packer->bytes);
    *packer = (struct block_packer){0};
}

/* The whole record: what stands in front of the receipts is put right there. */
static struct bytes finish(struct block_packer *packer, const struct block *block, uint32_t final)
{
    uint8_t front[FRONT_BYTES_MAX];
    struct writer writer = writer_of(front, sizeof front);
    write_u32(&writer, final);
    block_write_front(&writer, block);
    size_t front_bytes = writer_size(&writer);
    struct writer end = reserve(packer, 1);
    block_write_end(&end);
    assert(!writer.failed && !end.failed);
    uint8_t *record = packer->bytes + FRONT_BYTES_MAX - front_bytes;
    memcpy(record, front, front_bytes);
    return (struct bytes){record, (size_t)(packer->bytes + packer->size - record)};
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
