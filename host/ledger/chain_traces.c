// SPDX-License-Identifier: Apache-2.0
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/ledger/chain_core.h"

#define INDEX_BATCH_BLOCKS 64u

/* ------------------------------------------------------------------ the trace log */

/* Whether the trace log's record is of the block log's block. 1: yes, 0: no, -1: failed. */
static int trace_matches(struct chain *chain, uint32_t height, char error[CHAIN_ERROR_SIZE])
{
    struct bytes payload;
    if (height > record_log_last(chain->blocks))
        return 0;
    if (height < record_log_first(chain->blocks))
        return 1; /* of before the snapshot that the block log began with */
    if (record_log_read(chain->traces, height, &payload, error) != 0)
        return -1;
    struct trace_record record;
    bool parsed = trace_record_parse(payload, &record);
    struct block *block = chain_read_block(chain, height, error);
    int match = block == NULL ? -1 : parsed && memcmp(&record.block, &block->id, 32) == 0;
    free((void *)payload.data);
    block_free(block);
    return match;
}

/* Cuts off traces of blocks that the block log does not have (any more): the traces of a block may
 * outlive it in a crash. */
static int cut_traces(struct chain *chain, char error[CHAIN_ERROR_SIZE])
{
    uint32_t first = record_log_first(chain->traces), last = record_log_last(chain->traces);
    uint32_t keep = last;
    for (; keep >= first; keep--) {
        int match = trace_matches(chain, keep, error);
        if (match < 0)
            return -1;
        if (match > 0)
            break;
    }
    return keep == last ? 0 : record_log_truncate(chain->traces, keep, error);
}

/* Records for the blocks up to the checkpoint of which traces are lost: the replay begins behind
 * it. */
static int fill_traces(struct chain *chain, char error[CHAIN_ERROR_SIZE])
{
    uint32_t final = chain_final(chain);
    for (uint32_t height = record_log_last(chain->traces) + 1; height <= final; height++) {
        uint8_t record[TRACE_RECORD_EMPTY_BYTES];
        block_id_t id;
        if (!chain_id_at(chain, height, &id))
            id = (block_id_t){{0}}; /* of before the snapshot that the node began with */
        trace_record_empty(&id, height == GENESIS_HEIGHT, record);
        if (record_log_append(chain->traces, (struct bytes){record, sizeof record}, error) != 0)
            return -1;
    }
    return 0;
}

static int refuse_traces(const struct chain *chain, const char *why, char error[CHAIN_ERROR_SIZE])
{
    snprintf(error, CHAIN_ERROR_SIZE,
             "%.200s; traces can be made anew: remove %.160s/traces and start again, and the state "
             "with it to have those of all blocks",
             why, chain->folder);
    return -1;
}

int chain_open_traces(struct chain *chain, char error[CHAIN_ERROR_SIZE])
{
    char path[DISK_PATH_SIZE], why[STORE_ERROR_SIZE];
    if (!chain->options.keep_traces)
        return 0;
    chain_path(chain, "traces", path);
    uint32_t first = chain_final(chain) == GENESIS_HEIGHT ? GENESIS_HEIGHT : chain_final(chain) + 1;
    if (record_log_open(chain->options.disk, path, first, &chain->traces, why) == 0 &&
        cut_traces(chain, why) == 0)
        return fill_traces(chain, error);
    return refuse_traces(chain, why, error);
}

/* ------------------------------------------------------------------ the index */

/* The ids of the trace log's record, which the caller frees; none when it has none. */
static int read_ids(struct chain *chain, uint32_t height, struct trace_index_block *out,
                    char error[CHAIN_ERROR_SIZE])
{
    struct bytes payload;
    *out = (struct trace_index_block){.height = height};
    if (height < record_log_first(chain->traces))
        return 0;
    char why[STORE_ERROR_SIZE];
    if (record_log_read(chain->traces, height, &payload, why) != 0)
        return refuse_traces(chain, why, error);
    struct trace_record record;
    int code = trace_record_parse(payload, &record)
                   ? 0
                   : refuse_traces(chain, "a record of the trace log is none", error);
    uint8_t *ids = NULL;
    if (code == 0 && record.count != 0) {
        ids = malloc((size_t)record.count * RECENT_ID_BYTES);
        code = ids != NULL ? 0 : chain_fail(error, "no memory for the index of transactions");
    }
    for (unsigned i = 0; code == 0 && i < record.count; i++)
        memcpy(ids + (size_t)i * RECENT_ID_BYTES, trace_record_id(&record, i), RECENT_ID_BYTES);
    if (code == 0)
        *out = (struct trace_index_block){height, record.count, ids};
    free((void *)payload.data);
    return code;
}

/* Blocks first to last of the trace log; `id` is the last one's. */
static int index_blocks(struct chain *chain, uint32_t first, uint32_t last, const block_id_t *id,
                        char error[CHAIN_ERROR_SIZE])
{
    struct trace_index_block blocks[INDEX_BATCH_BLOCKS];
    size_t count = 0;
    int code = 0;
    assert(last >= first && last - first < INDEX_BATCH_BLOCKS);
    for (uint32_t height = first; height <= last && code == 0; height++) {
        code = read_ids(chain, height, &blocks[count], error);
        count += code == 0;
    }
    if (code == 0)
        code = trace_index_append(chain->index, blocks, count, id, error);
    for (size_t i = 0; i < count; i++)
        free((void *)blocks[i].ids);
    return code;
}

/* An index of another history is worth nothing. */
static int check_index(struct chain *chain, char error[CHAIN_ERROR_SIZE])
{
    block_id_t last = trace_index_last(chain->index), ours;
    uint32_t height = block_id_height(&last);
    if (height == 0 || (height <= chain_final(chain) && chain_id_at(chain, height, &ours) &&
                        memcmp(&last, &ours, sizeof ours) == 0))
        return 0;
    return trace_index_clear(chain->index, error);
}

static int complete_index(struct chain *chain, char error[CHAIN_ERROR_SIZE])
{
    uint32_t final = chain_final(chain), first = record_log_first(chain->traces);
    block_id_t last = trace_index_last(chain->index);
    uint32_t next = block_id_height(&last) + 1;
    if (next < first)
        next = first;
    while (next <= final) {
        uint32_t until = final - next < INDEX_BATCH_BLOCKS ? final : next + INDEX_BATCH_BLOCKS - 1;
        block_id_t id;
        if (!chain_id_at(chain, until, &id))
            id = (block_id_t){{0}}; /* should this be the last batch, all is done again */
        if (index_blocks(chain, next, until, &id, error) != 0)
            return -1;
        next = until + 1;
    }
    chain->indexed = final;
    return 0;
}

int chain_open_index(struct chain *chain, char error[CHAIN_ERROR_SIZE])
{
    char path[DISK_PATH_SIZE];
    if (chain->traces == NULL)
        return 0;
    if (record_log_last(chain->traces) != chain_head(chain)) {
        snprintf(error, CHAIN_ERROR_SIZE,
                 "%.160s/traces begins behind the head: it is of another chain; remove it",
                 chain->folder);
        return -1;
    }
    chain_path(chain, "index", path);
    struct trace_index *index;
    if (trace_index_open(path, &index, error) != 0)
        return -1;
    chain->index = index;
    if (check_index(chain, error) != 0)
        return -1;
    return complete_index(chain, error);
}
