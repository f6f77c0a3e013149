// SPDX-License-Identifier: Apache-2.0
#include "host/ledger/check.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/crypto/digest.h"
#include "host/ledger/block_log.h"
#include "host/ledger/chain_rows.h"
#include "host/ledger/genesis_block.h"
#include "host/ledger/trace_index.h"
#include "host/ledger/trace_record.h"

#define FINDING_SIZE       1024u
#define PROGRESS_BLOCKS    256u
#define FOLDER_CHARS_MAX   160u
#define DIGESTS_ROOM_FIRST 1024u

struct check {
    const struct check_options *options;
    struct record_log *blocks, *traces; /* NULL: could not be opened, or not there */
    struct trace_index *index;
    struct state *state;
    struct digest_context *digest;
    uint8_t *digests; /* leaves of a root */
    size_t digest_room;
    unsigned findings, told;
    uint32_t missing_first, missing_last; /* blocks whose traces are not kept; 0: none */
};

/* ------------------------------------------------------------------ findings */

static void tell(struct check *check, bool harmless, const char *format, va_list arguments)
{
    char text[FINDING_SIZE];
    check->findings += !harmless;
    if (check->told++ >= CHECK_FINDINGS_MAX)
        return;
    /* A text that does not fit is cut: it is for people. */
    if (vsnprintf(text, sizeof text, format, arguments) >= 0)
        check->options->finding(check->options->user, harmless, text);
}

__attribute__((format(printf, 2, 3))) static void found(struct check *check, const char *format,
                                                        ...)
{
    va_list arguments;
    va_start(arguments, format);
    tell(check, false, format, arguments);
    va_end(arguments);
}

__attribute__((format(printf, 2, 3))) static void note(struct check *check, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    tell(check, true, format, arguments);
    va_end(arguments);
}

static void found_block(struct check *check, uint32_t height, const char *what)
{
    found(check,
          "block %u: %s; put %s/blocks back from a copy, or cut the log in front of this block "
          "(snapscaled --truncate-log %u) and fetch what is missing from the other nodes",
          height, what, check->options->folder, height - 1);
}

static void found_traces(struct check *check, uint32_t height, const char *what)
{
    found(check,
          "traces of block %u: %s; remove %s/traces and %s/state and start again: traces are made "
          "anew from the blocks",
          height, what, check->options->folder, check->options->folder);
}

static void found_state(struct check *check, const char *what)
{
    found(check,
          "state: %s; remove %s/state and start again: it is rebuilt from the block log, or from a "
          "snapshot when the log does not begin at block 1",
          what, check->options->folder);
}

static void progress(const struct check *check, const char *what, uint64_t done, uint64_t of)
{
    if (check->options->progress != NULL)
        check->options->progress(check->options->user, what, done, of);
}

/* ------------------------------------------------------------------ roots */

/* Room for so many digests; the memory of a check ends with it. */
static uint8_t *digest_at(struct check *check, size_t index)
{
    if (index >= check->digest_room) {
        size_t room = check->digest_room != 0 ? check->digest_room * 2 : DIGESTS_ROOM_FIRST;
        uint8_t *digests = realloc(check->digests, room * DIGEST_BYTES);
        if (digests == NULL) {
            fputs("ledger: no memory to check a block\n", stderr);
            abort();
        }
        check->digests = digests;
        check->digest_room = room;
        assert(index < room);
    }
    return check->digests + index * DIGEST_BYTES;
}

static bool root_is(const struct check *check, size_t count, const uint8_t expected[DIGEST_BYTES])
{
    uint8_t root[DIGEST_BYTES] = {0};
    if (count != 0)
        digest_merkle_root(check->digest, DIGEST_SHA256, check->digests, count, root);
    return memcmp(root, expected, sizeof root) == 0;
}

/* ------------------------------------------------------------------ blocks */

static void check_first(struct check *check, const struct block *block)
{
    struct row_store store;
    struct state *state;
    struct block ours;
    char error[STORE_ERROR_SIZE];
    if (row_store_memory(&store, error) != 0 || state_open(&store, &state, error) != 0) {
        found(check, "block 1 could not be checked: %s", error);
        return;
    }
    genesis_block(&check->options->genesis, state, &ours);
    state_close(state);
    if (memcmp(&ours.id, &block->id, sizeof ours.id) != 0)
        found(check, "block 1 is of another genesis than this one: use the genesis file that the "
                     "node was started with");
}

static void check_block(struct check *check, const struct block *block, const struct block *before)
{
    uint32_t height = block_id_height(&block->id);
    struct ledger_error error;
    if (before != NULL && memcmp(&block->header.previous, &before->id, sizeof before->id) != 0)
        found_block(check, height, "does not stand on the block before it");
    if (before != NULL && block->header.slot <= before->header.slot)
        found_block(check, height, "its slot is not behind that of the block before it");
    for (unsigned i = 0; i < block->receipt_count; i++)
        receipt_digest(&block->receipts[i], digest_at(check, i));
    if (!root_is(check, block->receipt_count, block->header.transaction_root))
        found_block(check, height, "its transactions are not those of its root");
    if (height == GENESIS_HEIGHT)
        check_first(check, block);
    else if (check->options->producer != NULL &&
             !check->options->producer(check->options->user, block, &error))
        found_block(check, height, error.message);
}

/* ------------------------------------------------------------------ traces */

static void check_indexed(struct check *check, const uint8_t id[32], uint32_t height)
{
    char error[STORE_ERROR_SIZE];
    uint32_t indexed;
    block_id_t last = trace_index_last(check->index);
    if (height > block_id_height(&last))
        return;
    int code = trace_index_find(check->index, id, &indexed, error);
    if (code == 1 && indexed == height)
        return;
    found(check,
          "index: a transaction of block %u is %s; remove %s/index and start again: it is made "
          "anew from the trace log",
          height,
          code < 0    ? error
          : code == 0 ? "not in it"
                      : "in it with another height",
          check->options->folder);
}

/* Leaves the trace's digest at its index. */
static bool check_trace(struct check *check, const struct trace_record *record, unsigned index,
                        const struct receipt *receipt)
{
    struct transaction_trace *trace = trace_record_trace(record, index);
    bool good = trace != NULL &&
                memcmp(trace_record_id(record, index), receipt->transaction->id, 32) == 0 &&
                memcmp(trace->id, receipt->transaction->id, 32) == 0 &&
                trace->cpu_usage_us == receipt->cpu_usage_us &&
                trace->net_usage_words == receipt->net_usage_words;
    if (good)
        trace_digest(trace, digest_at(check, index));
    trace_release(trace);
    return good;
}

static void check_record(struct check *check, const struct trace_record *record,
                         const struct block *block)
{
    uint32_t height = block_id_height(&block->id);
    if (!record->kept) {
        check->missing_first = check->missing_first != 0 ? check->missing_first : height;
        check->missing_last = height;
        return;
    }
    if (memcmp(&record->block, &block->id, sizeof block->id) != 0 ||
        record->count != block->receipt_count) {
        found_traces(check, height, "they are of another block");
        return;
    }
    for (unsigned i = 0; i < record->count; i++) {
        if (!check_trace(check, record, i, &block->receipts[i])) {
            found_traces(check, height, "one does not suit its transaction's receipt");
            return;
        }
        if (check->index != NULL)
            check_indexed(check, block->receipts[i].transaction->id, height);
    }
    if (!root_is(check, record->count, block->header.action_root))
        found_traces(check, height, "their actions are not those of the block's root");
}

static void check_traces(struct check *check, const struct block *block)
{
    uint32_t height = block_id_height(&block->id);
    char error[STORE_ERROR_SIZE];
    struct bytes payload;
    struct trace_record record;
    if (check->traces == NULL || height < record_log_first(check->traces) ||
        height > record_log_last(check->traces))
        return;
    if (record_log_read(check->traces, height, &payload, error) != 0) {
        found_traces(check, height, error);
        return;
    }
    if (trace_record_parse(payload, &record))
        check_record(check, &record, block);
    else
        found_traces(check, height, "the record is none");
    free((void *)payload.data);
}

/* ------------------------------------------------------------------ all blocks */

static void check_blocks(struct check *check)
{
    uint32_t first = record_log_first(check->blocks), last = record_log_last(check->blocks);
    struct block *before = NULL;
    char error[STORE_ERROR_SIZE];
    for (uint32_t height = first; height <= last; height++) {
        struct block *block = block_log_read(check->blocks, height, NULL, error);
        if (block != NULL) {
            check_block(check, block, before);
            check_traces(check, block);
        } else {
            found(check, "block log: %s", error);
        }
        block_free(before);
        before = block;
        if (height % PROGRESS_BLOCKS == 0 || height == last)
            progress(check, "blocks", height - first + 1, last - first + 1);
    }
    block_free(before);
    if (check->missing_first != 0)
        note(check, "traces of blocks from %u to %u are not kept, or not all of them",
             check->missing_first, check->missing_last);
}

/* ------------------------------------------------------------------ the state */

static void rows_done(void *user, uint64_t rows)
{
    progress(user, "rows", rows, 0);
}

/* Whether the mark's block is the log's, and promises this state. */
static void check_mark(struct check *check, const struct state_mark *mark)
{
    char error[STORE_ERROR_SIZE];
    uint8_t hash[DIGEST_BYTES];
    struct block_header header;
    block_id_t id;
    state_sum_hash(&mark->sum, hash);
    bool known = head_row_get(check->state, hash, &header);
    if (known)
        block_header_id(&header, &id);
    if (!known || memcmp(&id, mark->block_id, sizeof id) != 0)
        found_state(check, "its rows are not those of the block that it names");
    if (check->blocks == NULL || mark->height < record_log_first(check->blocks))
        return;
    if (mark->height > record_log_last(check->blocks)) {
        found_state(check, "it is that after a block behind the end of the block log");
        return;
    }
    struct block *block = block_log_read(check->blocks, mark->height, NULL, error);
    if (block == NULL)
        return; /* found already */
    if (memcmp(&block->id, mark->block_id, sizeof block->id) != 0)
        found_state(check, "it is that after another block than the block log's");
    else if (memcmp(block->header.state_hash, hash, sizeof hash) != 0)
        found_state(check, "its hash is not the one that the block promises");
    block_free(block);
}

static void check_state(struct check *check)
{
    const struct state_mark *mark = state_checkpointed(check->state);
    char error[STORE_ERROR_SIZE];
    uint8_t chain_id[32];
    if (mark->height == 0) {
        note(check, "the state is empty: it is rebuilt from the block log at the next start");
        return;
    }
    genesis_chain_id(&check->options->genesis, chain_id);
    if (memcmp(mark->chain_id, chain_id, sizeof chain_id) != 0)
        found_state(check, "it is of another chain than the genesis file's");
    check_mark(check, mark);
    if (state_verify(check->state, rows_done, check, error) != 0)
        found_state(check, error);
}

/* ------------------------------------------------------------------ beginning and end */

static void open_logs(struct check *check, uint32_t first)
{
    const struct check_options *options = check->options;
    char path[DISK_PATH_SIZE], error[STORE_ERROR_SIZE];
    snprintf(path, sizeof path, "%.*s/blocks", (int)FOLDER_CHARS_MAX, options->folder);
    if (record_log_open(options->disk, path, first, &check->blocks, error) != 0) {
        check->blocks = NULL;
        found(check, "block log: %s", error);
    }
    if (!options->keep_traces)
        return;
    snprintf(path, sizeof path, "%.*s/traces", (int)FOLDER_CHARS_MAX, options->folder);
    if (record_log_open(options->disk, path, first, &check->traces, error) != 0) {
        check->traces = NULL;
        found(check, "trace log: %s; or remove it: it is made anew", error);
    }
    snprintf(path, sizeof path, "%.*s/index", (int)FOLDER_CHARS_MAX, options->folder);
    if (trace_index_open(path, &check->index, error) != 0) {
        check->index = NULL;
        found(check, "%s", error);
    }
}

static void close_all(struct check *check)
{
    trace_index_close(check->index);
    record_log_close(check->traces);
    record_log_close(check->blocks);
    state_close(check->state);
    digest_context_destroy(check->digest);
    free(check->digests);
}

unsigned chain_check(const struct check_options *options)
{
    struct check check = {.options = options, .digest = digest_context_create()};
    char error[STORE_ERROR_SIZE];
    if (check.digest == NULL) {
        options->store.close(options->store.context);
        found(&check, "nothing could be checked: no memory");
        return check.findings;
    }
    if (state_open(&options->store, &check.state, error) != 0) {
        check.state = NULL;
        found_state(&check, error);
    }
    uint32_t height = check.state != NULL ? state_checkpointed(check.state)->height : 0;
    open_logs(&check, height + 1);
    if (check.blocks != NULL)
        check_blocks(&check);
    if (check.state != NULL)
        check_state(&check);
    if (check.told > CHECK_FINDINGS_MAX)
        options->finding(options->user, true, "there is more than is said here");
    close_all(&check);
    return check.findings;
}
