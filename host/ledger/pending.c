// SPDX-License-Identifier: Apache-2.0
#include "host/ledger/pending.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIGEST_BYTES 32u
/* Traces of a block have left the processor's cache when the block ends. */
#define CLOSE_AHEAD 8u
/* Of a block: header, signature, counts, all generously; and of a receipt besides its transaction.
 */
#define BLOCK_OVERHEAD_BYTES   512u
#define RECEIPT_OVERHEAD_BYTES 16u

static void *memory(void *pointer)
{
    if (pointer != NULL)
        return pointer;
    fputs("ledger: no memory for a block\n", stderr);
    abort();
}

bool pending_make(struct pending *pending)
{
    pending->receipts = malloc(BLOCK_TRANSACTIONS_MAX * sizeof *pending->receipts);
    pending->traces = malloc(BLOCK_TRANSACTIONS_MAX * sizeof(struct transaction_trace *));
    pending->receipt_digests = malloc((size_t)BLOCK_TRANSACTIONS_MAX * DIGEST_BYTES);
    pending->trace_digests = malloc((size_t)BLOCK_TRANSACTIONS_MAX * DIGEST_BYTES);
    return pending->receipts != NULL && pending->traces != NULL &&
           pending->receipt_digests != NULL && pending->trace_digests != NULL;
}

void pending_free(struct pending *pending)
{
    assert(!pending->open);
    free(pending->receipts);
    free(pending->traces);
    free(pending->receipt_digests);
    free(pending->trace_digests);
}

void pending_open(struct pending *pending, const struct block_context *context)
{
    assert(!pending->open && pending->count == 0);
    pending->open = true;
    pending->context = *context;
    pending->bytes = BLOCK_OVERHEAD_BYTES;
}

void pending_close(struct pending *pending)
{
    for (unsigned i = 0; i < pending->count; i++) {
        if (i + CLOSE_AHEAD < pending->count)
            __builtin_prefetch(pending->traces[i + CLOSE_AHEAD], 1);
        if (!pending->given)
            signed_transaction_release(pending->receipts[i].transaction);
        trace_release(pending->traces[i]);
    }
    pending->count = 0;
    pending->open = false;
    pending->given = false;
}

static size_t receipt_bytes(const struct signed_transaction *transaction)
{
    return RECEIPT_OVERHEAD_BYTES + signed_transaction_size(transaction);
}

bool pending_has_room(const struct pending *pending, const struct signed_transaction *transaction,
                      struct ledger_error *error)
{
    if (pending->count < BLOCK_TRANSACTIONS_MAX &&
        pending->bytes + receipt_bytes(transaction) <= BLOCK_BYTES_MAX)
        return true;
    return ledger_fail(error, LEDGER_BLOCK_NET_EXCEEDED,
                       "the block is full: %u transactions, %zu bytes", pending->count,
                       pending->bytes);
}

const struct receipt *pending_include(struct pending *pending,
                                      struct signed_transaction *transaction,
                                      struct transaction_trace *trace)
{
    unsigned index = pending->count;
    assert(index < BLOCK_TRANSACTIONS_MAX && trace->executed && !pending->given);
    pending->receipts[index] =
        (struct receipt){.status = RECEIPT_EXECUTED,
                         .cpu_usage_us = trace->cpu_usage_us,
                         .net_usage_words = trace->net_usage_words,
                         .transaction = signed_transaction_acquire(transaction)};
    pending->traces[index] = trace_acquire(trace);
    receipt_digest(&pending->receipts[index],
                   pending->receipt_digests + (size_t)index * DIGEST_BYTES);
    trace_digest(trace, pending->trace_digests + (size_t)index * DIGEST_BYTES);
    pending->bytes += receipt_bytes(transaction);
    pending->count++;
    return &pending->receipts[index];
}

struct block *pending_block(struct pending *pending, const struct block_header *header)
{
    struct block *block = memory(calloc(1, sizeof *block));
    block->header = *header;
    block->receipt_count = pending->count;
    if (pending->count != 0)
        block->receipts = memory(malloc(pending->count * sizeof *block->receipts));
    if (pending->count != 0)
        memcpy(block->receipts, pending->receipts, pending->count * sizeof *block->receipts);
    pending->given = true;
    block_header_id(header, &block->id);
    return block;
}
