// SPDX-License-Identifier: Apache-2.0
#include "host/ledger/trace_record.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "host/store/record_log.h"

#define ID_BYTES    32u
#define COUNT_BYTES 4u
#define ENTRY_BYTES 36u
#define NOT_KEPT    UINT32_MAX
_Static_assert(TRACE_RECORD_EMPTY_BYTES == ID_BYTES + COUNT_BYTES, "a block's id and a count");

/* ------------------------------------------------------------------ packing */

void trace_packer_start(struct trace_packer *packer)
{
    if (packer->table == NULL)
        packer->table = record_memory(malloc((size_t)BLOCK_TRANSACTIONS_MAX * ENTRY_BYTES));
    record_buffer_start(&packer->record, ID_BYTES); /* which is not known yet */
    packer->count = 0;
    packer->too_large = false;
}

void trace_packer_add(struct trace_packer *packer, const struct transaction_trace *trace)
{
    size_t bytes = trace_size(trace);
    size_t rest = (size_t)(packer->count + 1) * ENTRY_BYTES + COUNT_BYTES;
    assert(packer->count < BLOCK_TRANSACTIONS_MAX);
    packer->too_large |=
        bytes > RECORD_BYTES_MAX || packer->record.size + bytes + rest > RECORD_BYTES_MAX;
    if (packer->too_large)
        return;
    struct writer traces = record_buffer_reserve(&packer->record, bytes);
    trace_write(&traces, trace);
    assert(!traces.failed && writer_size(&traces) == bytes);
    struct writer entry =
        writer_of(packer->table + (size_t)packer->count * ENTRY_BYTES, ENTRY_BYTES);
    write_copy(&entry, trace->id, ID_BYTES);
    write_u32(&entry, (uint32_t)(packer->record.size - ID_BYTES));
    packer->count++;
}

struct bytes trace_packer_finish(struct trace_packer *packer, const block_id_t *block)
{
    if (packer->too_large) {
        trace_record_empty(block, false, packer->record.bytes);
        return (struct bytes){packer->record.bytes, TRACE_RECORD_EMPTY_BYTES};
    }
    size_t table_bytes = (size_t)packer->count * ENTRY_BYTES;
    struct writer end = record_buffer_reserve(&packer->record, table_bytes + COUNT_BYTES);
    write_copy(&end, packer->table, table_bytes);
    write_u32(&end, packer->count);
    assert(!end.failed);
    memcpy(packer->record.bytes, block->bytes, ID_BYTES);
    return (struct bytes){packer->record.bytes, packer->record.size};
}

void trace_packer_free(struct trace_packer *packer)
{
    record_buffer_free(&packer->record);
    free(packer->table);
    *packer = (struct trace_packer){0};
}

void trace_record_empty(const block_id_t *block, bool kept, uint8_t out[TRACE_RECORD_EMPTY_BYTES])
{
    struct writer writer = writer_of(out, TRACE_RECORD_EMPTY_BYTES);
    write_copy(&writer, block->bytes, ID_BYTES);
    write_u32(&writer, kept ? 0 : NOT_KEPT);
    assert(!writer.failed);
}

/* ------------------------------------------------------------------ reading */

bool trace_record_parse(struct bytes payload, struct trace_record *record)
{
    *record = (struct trace_record){0};
    if (payload.size < TRACE_RECORD_EMPTY_BYTES)
        return false;
    size_t middle_bytes = payload.size - TRACE_RECORD_EMPTY_BYTES;
    struct reader reader = reader_of(payload.data, payload.size);
    struct reader last = reader_of(payload.data + payload.size - COUNT_BYTES, COUNT_BYTES);
    uint32_t count = read_u32(&last);
    read_copy(&reader, record->block.bytes, ID_BYTES);
    record->kept = count != NOT_KEPT;
    if (!record->kept)
        return middle_bytes == 0;
    if (count > BLOCK_TRANSACTIONS_MAX || count > middle_bytes / ENTRY_BYTES)
        return false;
    record->count = count;
    record->traces = read_view(&reader, middle_bytes - (size_t)count * ENTRY_BYTES);
    record->table = read_view(&reader, (size_t)count * ENTRY_BYTES);
    return !reader.failed;
}

const uint8_t *trace_record_id(const struct trace_record *record, unsigned index)
{
    assert(index < record->count);
    return record->table.data + (size_t)index * ENTRY_BYTES;
}

static uint32_t trace_end(const struct trace_record *record, unsigned index)
{
    struct reader reader = reader_of(trace_record_id(record, index) + ID_BYTES, sizeof(uint32_t));
    return read_u32(&reader);
}

struct transaction_trace *trace_record_trace(const struct trace_record *record, unsigned index)
{
    uint32_t start = index != 0 ? trace_end(record, index - 1) : 0;
    uint32_t end = trace_end(record, index);
    if (start > end || end > record->traces.size)
        return NULL;
    struct reader reader = reader_of(record->traces.data + start, end - start);
    struct transaction_trace *trace = trace_read(&reader);
    if (trace != NULL && reader_done(&reader))
        return trace;
    trace_release(trace);
    return NULL;
}

int trace_record_find(const struct trace_record *record, const uint8_t id[32])
{
    for (unsigned i = 0; i < record->count; i++) {
        if (memcmp(trace_record_id(record, i), id, ID_BYTES) == 0)
            return (int)i;
    }
    return -1;
}
