// SPDX-License-Identifier: Apache-2.0
#include "host/ledger/block_log.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

int block_log_append(struct record_log *log, const struct block *block, uint32_t final,
                     char error[STORE_ERROR_SIZE])
{
    size_t bytes = sizeof final + block_size(block);
    uint8_t *record = malloc(bytes);
    if (record == NULL) {
        snprintf(error, STORE_ERROR_SIZE, "no memory to write a block of %zu bytes", bytes);
        return -1;
    }
    struct writer writer = writer_of(record, bytes);
    write_u32(&writer, final);
    block_write(&writer, block);
    assert(!writer.failed && writer_size(&writer) == bytes);
    int code = record_log_append(log, (struct bytes){record, bytes}, error);
    free(record);
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
