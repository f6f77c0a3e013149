/* SPDX-License-Identifier: Apache-2.0 */
/* What stands in a record of the trace log, one a block, numbered by height:
 *
 *   block id (32), traces, count * { transaction id (32), end of its trace (u32) }, count (u32)
 *
 * so that ids are read, and one trace found, without parsing the others, and traces are packed as
 * they come, while they are in the processor's cache. A count of all ones says that the traces of
 * this block are not kept: they were not at hand when the log was repaired, or are larger than a
 * record may be. */
#ifndef HOST_LEDGER_TRACE_RECORD_H
#define HOST_LEDGER_TRACE_RECORD_H

#include "host/ledger/record_buffer.h"
#include "host/ledger/trace.h"

#define TRACE_RECORD_EMPTY_BYTES 36u

/* ------------------------------------------------------------------ packing */

/* Starts as all zeros; its memory is kept from record to record. The functions end the program when
 * memory is out. */
struct trace_packer {
    struct record_buffer record;
    uint8_t *table;
    unsigned count;
    bool too_large;
};
void trace_packer_start(struct trace_packer *packer);
/* One that was executed; at most BLOCK_TRANSACTIONS_MAX. */
void trace_packer_add(struct trace_packer *packer, const struct transaction_trace *trace);
/* The record of this block, a view until the next start. */
struct bytes trace_packer_finish(struct trace_packer *packer, const block_id_t *block);
void trace_packer_free(struct trace_packer *packer);

/* A record without traces: of a block without transactions, or, when not `kept`, one that says so.
 */
void trace_record_empty(const block_id_t *block, bool kept, uint8_t out[TRACE_RECORD_EMPTY_BYTES]);

/* ------------------------------------------------------------------ reading */

struct trace_record {
    block_id_t block;
    bool kept;
    unsigned count;      /* 0 when not kept */
    struct bytes traces; /* views of the record */
    struct bytes table;
};
/* False: it is no such record. */
bool trace_record_parse(struct bytes payload, struct trace_record *record);
const uint8_t *trace_record_id(const struct trace_record *record, unsigned index);
/* A new reference; NULL when the trace does not parse. */
struct transaction_trace *trace_record_trace(const struct trace_record *record, unsigned index);
/* The number of a transaction, or -1. */
int trace_record_find(const struct trace_record *record, const uint8_t id[32]);

#endif
