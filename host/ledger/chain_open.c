// SPDX-License-Identifier: Apache-2.0
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/hex.h"
#include "host/ledger/block_log.h"
#include "host/ledger/chain_core.h"

#define CHECKPOINT_BYTES_DEFAULT ((size_t)64 << 20)
#define DIGEST_HEX_SIZE          65u

/* ------------------------------------------------------------------ memory */

static int make_memory(struct chain *chain)
{
    chain->digest = digest_context_create();
    return chain->digest != NULL && pending_make(&chain->pending) && recent_init(&chain->recent)
               ? 0
               : -1;
}

/* Everything that there is of a chain, also of one that could not be opened. */
static void destroy(struct chain *chain)
{
    trace_index_close(chain->index);
    record_log_close(chain->traces);
    record_log_close(chain->blocks);
    state_close(chain->state);
    recent_free(&chain->recent);
    digest_context_destroy(chain->digest);
    pending_free(&chain->pending);
    block_packer_free(&chain->block_packer);
    trace_packer_free(&chain->packer);
    pthread_mutex_destroy(&chain->lock);
    free(chain);
}

/* ------------------------------------------------------------------ how to repair */

/* What to do when the state does not suit the block log. */
static void repair_state(const struct chain *chain, char text[CHAIN_ERROR_SIZE])
{
    uint32_t first = record_log_first(chain->blocks), last = record_log_last(chain->blocks);
    if (first == GENESIS_HEIGHT)
        snprintf(text, CHAIN_ERROR_SIZE,
                 "remove %.160s/state and start again: it is rebuilt from the block log",
                 chain->folder);
    else
        snprintf(text, CHAIN_ERROR_SIZE,
                 "remove %.160s/state and load a snapshot of a height from %u to %u", chain->folder,
                 first - 1, last);
}

static int refuse_state(const struct chain *chain, const char *what, char error[CHAIN_ERROR_SIZE])
{
    char repair[CHAIN_ERROR_SIZE];
    repair_state(chain, repair);
    snprintf(error, CHAIN_ERROR_SIZE, "%.200s; %.300s", what, repair);
    return -1;
}

/* ------------------------------------------------------------------ where the state stands */

/* Block 1 is written, or is the log's block 1: then the log is of this chain. */
static int settle_genesis(struct chain *chain, const struct block *block,
                          char error[CHAIN_ERROR_SIZE])
{
    if (record_log_last(chain->blocks) < GENESIS_HEIGHT) {
        block_packer_start(&chain->block_packer);
        return block_log_append(chain->blocks, block, GENESIS_HEIGHT, &chain->block_packer,
                                error) != 0
                   ? -1
                   : record_log_sync(chain->blocks, error);
    }
    struct block *logged = block_log_read(chain->blocks, GENESIS_HEIGHT, NULL, error);
    if (logged == NULL)
        return -1;
    bool same = memcmp(&logged->id, &block->id, sizeof block->id) == 0;
    block_free(logged);
    if (same)
        return 0;
    snprintf(error, CHAIN_ERROR_SIZE,
             "the block log in %.160s begins with another genesis than this one: use the genesis "
             "file that it was started with, or another folder",
             chain->folder);
    return -1;
}

/* The state is empty: it begins with the genesis. */
static int begin_at_genesis(struct chain *chain, char error[CHAIN_ERROR_SIZE])
{
    if (record_log_first(chain->blocks) != GENESIS_HEIGHT)
        return refuse_state(chain, "the state is empty and the block log does not begin at block 1",
                            error);
    struct block block;
    genesis_block(&chain->options.genesis, chain->state, &block);
    if (state_failed(chain->state) != NULL)
        return chain_fail(error, state_failed(chain->state));
    chain->heads[0].header = block.header;
    chain->heads[0].id = block.id;
    return settle_genesis(chain, &block, error);
}

/* Whether the log has the block at the mark, or stands on it. */
static int check_log_at_mark(struct chain *chain, const struct state_mark *mark,
                             char error[CHAIN_ERROR_SIZE])
{
    uint32_t first = record_log_first(chain->blocks), last = record_log_last(chain->blocks);
    char what[CHAIN_ERROR_SIZE];
    if (last >= first && mark->height > last) {
        snprintf(what, sizeof what, "the state is that after block %u, the block log ends at %u",
                 mark->height, last);
        return refuse_state(chain, what, error);
    }
    if (mark->height + 1 < first) {
        snprintf(what, sizeof what, "the state is that after block %u, the block log begins at %u",
                 mark->height, first);
        return refuse_state(chain, what, error);
    }
    if (last < first)
        return 0; /* begins on top of the state: of a snapshot */
    bool has_block = mark->height >= first;
    struct block *block =
        block_log_read(chain->blocks, has_block ? mark->height : first, NULL, error);
    if (block == NULL)
        return -1;
    const block_id_t *id = has_block ? &block->id : &block->header.previous;
    bool same = memcmp(id, mark->block_id, sizeof mark->block_id) == 0;
    block_free(block);
    if (same)
        return 0;
    snprintf(what, sizeof what, "the state is that after another block %u than the block log's",
             mark->height);
    return refuse_state(chain, what, error);
}

static int refuse_chain(const struct chain *chain, const struct state_mark *mark,
                        char error[CHAIN_ERROR_SIZE])
{
    char theirs[DIGEST_HEX_SIZE], ours[DIGEST_HEX_SIZE];
    hex_encode(mark->chain_id, sizeof mark->chain_id, theirs);
    hex_encode(chain->id, sizeof chain->id, ours);
    snprintf(error, CHAIN_ERROR_SIZE,
             "the state in %.160s is of chain %s, the genesis of chain %s: use the genesis file "
             "that it was started with, or another folder",
             chain->folder, theirs, ours);
    return -1;
}

/* The state has a checkpoint, or came from a snapshot. */
static int begin_at_mark(struct chain *chain, const struct state_mark *mark,
                         char error[CHAIN_ERROR_SIZE])
{
    struct head *head = &chain->heads[0];
    uint8_t hash[DIGEST_BYTES];
    if (memcmp(mark->chain_id, chain->id, sizeof chain->id) != 0)
        return refuse_chain(chain, mark, error);
    state_sum_hash(&mark->sum, hash);
    bool known = head_row_get(chain->state, hash, &head->header);
    if (state_failed(chain->state) != NULL)
        return refuse_state(chain, state_failed(chain->state), error);
    if (known)
        block_header_id(&head->header, &head->id);
    if (!known || memcmp(head->id.bytes, mark->block_id, sizeof mark->block_id) != 0)
        return refuse_state(chain, "the state's rows are not those of the block it names", error);
    return check_log_at_mark(chain, mark, error);
}

static int open_state(struct chain *chain, char error[CHAIN_ERROR_SIZE])
{
    char path[DISK_PATH_SIZE];
    const struct disk *disk = chain->options.disk;
    int code = state_open(&chain->options.store, &chain->state, error);
    if (code != 0) {
        chain->state = NULL;
        return -1;
    }
    const struct state_mark *mark = state_checkpointed(chain->state);
    code = disk->make_folder(disk->context, chain->folder);
    if (code != 0) {
        snprintf(error, CHAIN_ERROR_SIZE, "%.160s: cannot be made: %s", chain->folder,
                 strerror(-code));
        return -1;
    }
    chain_path(chain, "blocks", path);
    if (record_log_open(disk, path, mark->height + 1, &chain->blocks, error) != 0)
        return -1;
    code = mark->height == 0 ? begin_at_genesis(chain, error) : begin_at_mark(chain, mark, error);
    if (code != 0)
        return -1;
    if (!recent_rows_load(chain->state, chain_final(chain), &chain->recent))
        return refuse_state(chain, "the state's rows of recent transactions are damaged", error);
    chain->heads[0].first_recent = recent_first(&chain->recent)->height;
    return 0;
}

/* ------------------------------------------------------------------ the replay */

static int refuse_block(const struct chain *chain, uint32_t height, const char *why,
                        char error[CHAIN_ERROR_SIZE])
{
    snprintf(error, CHAIN_ERROR_SIZE,
             "block %u of the log in %.100s/blocks cannot be executed: %.300s", height,
             chain->folder, why);
    return -1;
}

static int replay_block(struct chain *chain, uint32_t height, char error[CHAIN_ERROR_SIZE])
{
    char why[CHAIN_ERROR_SIZE];
    struct ledger_error reason;
    struct block *block = block_log_read(chain->blocks, height, NULL, why);
    if (block == NULL)
        return refuse_block(chain, height, why, error);
    bool good = chain_replay(chain, block, &reason);
    block_free(block);
    return good ? 0 : refuse_block(chain, height, reason.message, error);
}

/* How far the log's blocks are known to be final: what the last one says. */
static int final_of_log(struct chain *chain, uint32_t *final, char error[CHAIN_ERROR_SIZE])
{
    uint32_t last = record_log_last(chain->blocks), said;
    *final = chain_final(chain);
    if (last <= *final)
        return 0;
    struct block *block = block_log_read(chain->blocks, last, &said, error);
    if (block == NULL)
        return -1;
    block_free(block);
    if (said > *final && said < last)
        *final = said;
    return 0;
}

static int replay(struct chain *chain, char error[CHAIN_ERROR_SIZE])
{
    uint32_t last = record_log_last(chain->blocks), final;
    if (final_of_log(chain, &final, error) != 0)
        return -1;
    for (uint32_t height = chain_final(chain) + 1; height <= last; height++) {
        if (replay_block(chain, height, error) != 0)
            return -1;
        chain_retire(chain, height < final ? height : final);
        if (chain_checkpoint(chain, false, error) < 0)
            return -1;
        if (chain->options.progress != NULL)
            chain->options.progress(chain->options.progress_user, height, last);
    }
    return 0;
}

/* ------------------------------------------------------------------ beginning and end */

static int open_all(struct chain *chain, char error[CHAIN_ERROR_SIZE])
{
    if (make_memory(chain) != 0) {
        chain->options.store.close(chain->options.store.context);
        return chain_fail(error, "no memory for the chain");
    }
    if (open_state(chain, error) != 0 || chain_open_traces(chain, error) != 0 ||
        replay(chain, error) != 0)
        return -1;
    return chain_open_index(chain, error);
}

int chain_open(const struct chain_options *options, struct chain **out,
               char error[CHAIN_ERROR_SIZE])
{
    struct chain *chain = calloc(1, sizeof *chain);
    if (chain == NULL || strlen(options->folder) > CHAIN_FOLDER_CHARS_MAX ||
        pthread_mutex_init(&chain->lock, NULL) != 0) {
        free(chain);
        options->store.close(options->store.context);
        return chain_fail(error, "no memory for the chain, or its folder's name is too long");
    }
    chain->options = *options;
    snprintf(chain->folder, sizeof chain->folder, "%s", options->folder);
    chain->options.folder = chain->folder;
    if (chain->options.checkpoint_bytes == 0)
        chain->options.checkpoint_bytes = CHECKPOINT_BYTES_DEFAULT;
    genesis_chain_id(&options->genesis, chain->id);
    if (open_all(chain, error) != 0) {
        destroy(chain);
        return -1;
    }
    *out = chain;
    return 0;
}

int chain_close(struct chain *chain, char error[CHAIN_ERROR_SIZE])
{
    chain_abort(chain);
    int code = chain_sync(chain, error);
    if (code == 0 && state_failed(chain->state) == NULL)
        code = chain_checkpoint(chain, true, error) < 0 ? -1 : 0;
    destroy(chain);
    return code;
}
