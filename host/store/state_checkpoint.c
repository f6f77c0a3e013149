// SPDX-License-Identifier: Apache-2.0
/* Checkpoints, and what is done with all rows of the last one. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/store/state_core.h"

#define VERIFY_ROWS_PER_PROGRESS (1u << 16)

static void swap_below(struct state *state)
{
    struct state_layer *final = state->final;
    state->final = state->frozen;
    state->frozen = final;
}

void state_drain(struct state *state, size_t count)
{
    if (!state->checkpointing)
        overlay_drop_some(&state->overlay, &state->frozen->rows, count);
}

void state_checkpoint_begin(struct state *state, uint32_t height, const uint8_t block_id[32],
                            const uint8_t chain_id[32])
{
    assert(!state->checkpointing);
    state_drain(state, state->frozen->rows.version_count);
    struct state_mark *mark = &state->next_mark;
    mark->height = height;
    memcpy(mark->block_id, block_id, sizeof mark->block_id);
    memcpy(mark->chain_id, chain_id, sizeof mark->chain_id);
    mark->sum = state->final->sum;
    swap_below(state);
    state->final->sealed = true;
    state->final->sum = mark->sum;
    state->checkpointing = true;
    state->written = false;
}

static int compare_changes(const void *a, const void *b)
{
    return bytes_compare(((const struct row_change *)a)->key, ((const struct row_change *)b)->key);
}

/* Nobody changes the frozen layer's versions, their rows' keys or the links between them, so this
 * needs no lock. Sorted, because stores with trees write that with the fewest pages. */
int state_checkpoint_write(struct state *state, char error[STORE_ERROR_SIZE])
{
    assert(state->checkpointing && !state->written);
    const struct layer *frozen = &state->frozen->rows;
    size_t count = frozen->version_count + 1;
    struct row_change *changes = malloc(count * sizeof *changes);
    if (changes == NULL) {
        snprintf(error, STORE_ERROR_SIZE, "no memory to write a checkpoint of %zu rows", count);
        return -1;
    }
    uint8_t mark[STATE_MARK_BYTES];
    state_mark_write(&state->next_mark, mark);
    changes[0] = (struct row_change){state_mark_key(), false, {mark, sizeof mark}};
    size_t next = 1;
    for (const struct version *version = frozen->first; version != NULL; version = version->next)
        changes[next++] =
            (struct row_change){row_key_of(version->row), version->erased, version_value(version)};
    assert(next == count);
    qsort(changes, count, sizeof *changes, compare_changes);
    int code = state->store.commit(state->store.context, changes, count, error);
    free(changes);
    state->written = code == 0;
    return code;
}

int state_checkpoint_end(struct state *state, char error[STORE_ERROR_SIZE])
{
    assert(state->checkpointing);
    state->checkpointing = false;
    if (!state->written) {
        /* As if it had never begun: the next checkpoint has both. */
        overlay_fold(&state->final->rows, &state->frozen->rows);
        state->frozen->sum = state->final->sum;
        swap_below(state);
        return 0;
    }
    read_cache_clear(&state->cache);
    int code = state->store.refresh(state->store.context, error);
    if (code != 0)
        state_fail(state, error);
    state->mark = state->next_mark;
    return code;
}

/* ------------------------------------------------------------------ all rows */

struct each {
    struct state_mark *mark;
    bool has_mark;
    int (*row)(void *user, struct bytes key, struct bytes value);
    void *user;
    char *error;
};

/* The mark comes first: no key is lower. */
static int each_row(void *user, struct bytes key, struct bytes value)
{
    struct each *each = user;
    if (each->has_mark)
        return each->row(each->user, key, value);
    each->has_mark = state_mark_is_key(key) && state_mark_read(value, each->mark);
    if (each->has_mark)
        return 0;
    snprintf(each->error, STORE_ERROR_SIZE, "the state's checkpoint has no mark");
    return -1;
}

int state_each(struct state *state, struct state_mark *mark,
               int (*row)(void *user, struct bytes key, struct bytes value), void *user,
               char error[STORE_ERROR_SIZE])
{
    memset(mark, 0, sizeof *mark);
    struct each each = {.mark = mark, .row = row, .user = user, .error = error};
    return state->store.each(state->store.context, each_row, &each, error);
}

struct verification {
    struct state_sum sum;
    uint64_t rows;
    void (*progress)(void *user, uint64_t rows);
    void *user;
};

static int verify_row(void *user, struct bytes key, struct bytes value)
{
    struct verification *verification = user;
    state_sum_add(&verification->sum, key, value);
    verification->rows++;
    if (verification->progress != NULL && verification->rows % VERIFY_ROWS_PER_PROGRESS == 0)
        verification->progress(verification->user, verification->rows);
    return 0;
}

int state_verify(struct state *state, void (*progress)(void *user, uint64_t rows), void *user,
                 char error[STORE_ERROR_SIZE])
{
    struct verification verification = {.progress = progress, .user = user};
    struct state_mark mark;
    if (state_each(state, &mark, verify_row, &verification, error) != 0)
        return -1;
    if (memcmp(&verification.sum, &mark.sum, sizeof mark.sum) == 0)
        return 0;
    snprintf(error, STORE_ERROR_SIZE,
             "the %llu rows of the state do not add up to the hash of its checkpoint at height "
             "%u: rows are lost or stale; remove the state's folder and load a snapshot or replay "
             "the block log",
             (unsigned long long)verification.rows, mark.height);
    return -1;
}
