// SPDX-License-Identifier: Apache-2.0
/* Rows and layers of a state. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/store/state_core.h"

#define DRAINED_MIN 1024u /* rows that a final block drains at least */

/* ------------------------------------------------------------------ making and ending */

int state_open(const struct row_store *store, struct state **out, char error[STORE_ERROR_SIZE])
{
    struct state *state = calloc(1, sizeof *state);
    if (state == NULL || !overlay_init(&state->overlay)) {
        snprintf(error, STORE_ERROR_SIZE, "no memory for the state");
        store->close(store->context);
        free(state);
        return -1;
    }
    state->store = *store;
    state->final = &state->below[0];
    state->frozen = &state->below[1];
    if (store->refresh(store->context, error) != 0 ||
        state_mark_get(store, &state->mark, error) < 0) {
        state_close(state);
        return -1;
    }
    state->final->sealed = true;
    state->final->sum = state->mark.sum;
    *out = state;
    return 0;
}

static struct state_layer *layer_at(struct state *state, unsigned height)
{
    return &state->ring[(state->lowest + height) % STATE_LAYERS_MAX];
}

static struct state_layer *top_layer(struct state *state)
{
    assert(state->layer_count > 0);
    return layer_at(state, state->layer_count - 1);
}

/* The final layer counts as the lowest one's neighbour. */
static struct state_layer *second_layer(struct state *state)
{
    assert(state->layer_count > 0);
    return state->layer_count > 1 ? layer_at(state, state->layer_count - 2) : state->final;
}

void state_close(struct state *state)
{
    if (state == NULL)
        return;
    while (state->layer_count > 0)
        state_pop(state);
    overlay_drop(&state->overlay, &state->final->rows);
    overlay_drop(&state->overlay, &state->frozen->rows);
    overlay_free(&state->overlay);
    state->store.close(state->store.context);
    free(state);
}

const struct state_mark *state_checkpointed(const struct state *state)
{
    return &state->mark;
}

/* ------------------------------------------------------------------ failures */

void state_fail(struct state *state, const char *text)
{
    if (!state->failed)
        snprintf(state->failure, sizeof state->failure, "%s", text);
    state->failed = true;
}

const char *state_failed(const struct state *state)
{
    return state->failed ? state->failure : NULL;
}

/* ------------------------------------------------------------------ rows */

static bool get_stored(struct state *state, struct bytes key, uint64_t hash, struct bytes *value)
{
    const struct cached_row *cached = read_cache_find(&state->cache, key, hash);
    if (cached != NULL) {
        *value = cached->value;
        return value->data != NULL;
    }
    if (state_mark_is_key(key))
        return false;
    char error[STORE_ERROR_SIZE];
    int found = state->store.get(state->store.context, key, value, error);
    if (found < 0) {
        state_fail(state, error);
        return false;
    }
    if (found == 0)
        *value = (struct bytes){NULL, 0};
    assert(found == 0 || value->data != NULL);
    read_cache_keep(&state->cache, key, hash, *value);
    return found != 0;
}

static uint64_t hash_key(const struct state *state, struct bytes key)
{
    assert(key.size > 0 && key.size <= ROW_KEY_BYTES_MAX);
    return row_index_hash(&state->overlay.index, key);
}

static bool get(struct state *state, struct bytes key, uint64_t hash, struct bytes *value)
{
    const struct row *row = row_index_find(&state->overlay.index, key, hash);
    if (row == NULL)
        return get_stored(state, key, hash, value);
    *value = version_value(row->newest);
    return !row->newest->erased;
}

bool state_get(struct state *state, struct bytes key, struct bytes *value)
{
    return get(state, key, hash_key(state, key), value);
}

static void put(struct state *state, struct bytes key, uint64_t hash, bool erased,
                struct bytes value)
{
    struct state_layer *top = top_layer(state);
    assert(!top->sealed);
    if (!overlay_put(&state->overlay, &top->rows, key, hash, erased, value))
        state_fail(state, "no memory for a changed row");
}

void state_put(struct state *state, struct bytes key, struct bytes value)
{
    assert(!state_mark_is_key(key) && value.size <= ROW_VALUE_BYTES_MAX);
    put(state, key, hash_key(state, key), false, value);
}

void state_erase(struct state *state, struct bytes key)
{
    struct bytes value;
    uint64_t hash = hash_key(state, key);
    if (get(state, key, hash, &value))
        put(state, key, hash, true, (struct bytes){NULL, 0});
}

/* ------------------------------------------------------------------ layers */

void state_push(struct state *state)
{
    assert(state->layer_count < STATE_LAYERS_MAX);
    state->layer_count++;
    struct state_layer *top = top_layer(state);
    assert(top->rows.first == NULL);
    top->sealed = false;
}

void state_pop(struct state *state)
{
    overlay_drop(&state->overlay, &top_layer(state)->rows);
    state->layer_count--;
}

void state_merge(struct state *state)
{
    struct state_layer *top = top_layer(state), *second = second_layer(state);
    assert(!top->sealed && !second->sealed);
    overlay_fold(&top->rows, &second->rows);
    state->layer_count--;
}

unsigned state_layers(const struct state *state)
{
    return state->layer_count;
}

/* What the version replaced. False: nothing. */
static bool replaced_value(struct state *state, const struct version *version, struct bytes *value)
{
    if (version->older == NULL)
        return get_stored(state, row_key_of(version->row), version->row->hash, value);
    *value = version_value(version->older);
    return !version->older->erased;
}

static bool bytes_equal(struct bytes a, struct bytes b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

/* Kept with the version, because what replaces it in a later block needs it again. */
static const struct row_seed *seed_of(struct version *version)
{
    if (!version->seeded)
        state_row_seed(row_key_of(version->row), version_value(version), &version->seed);
    version->seeded = true;
    return &version->seed;
}

void state_seal(struct state *state, uint8_t hash[32])
{
    struct state_layer *top = top_layer(state);
    const struct state_layer *second = second_layer(state);
    assert(!top->sealed && second->sealed);
    top->sum = second->sum;
    for (struct version *version = top->rows.first; version != NULL; version = version->next) {
        struct bytes key = row_key_of(version->row), old;
        bool was = replaced_value(state, version, &old), is = !version->erased;
        if (was && is && bytes_equal(old, version_value(version)))
            continue;
        if (was && version->older != NULL)
            state_sum_subtract_seed(&top->sum, seed_of(version->older));
        else if (was)
            state_sum_subtract(&top->sum, key, old);
        if (is)
            state_sum_add_seed(&top->sum, seed_of(version));
    }
    top->sealed = true;
    state_sum_hash(&top->sum, hash);
}

void state_retire(struct state *state)
{
    struct state_layer *lowest = layer_at(state, 0);
    assert(state->layer_count > 0 && lowest->sealed);
    /* More than are added: the frozen layer is empty before the final one can be as large. */
    state_drain(state, DRAINED_MIN + 2 * lowest->rows.version_count);
    overlay_fold(&lowest->rows, &state->final->rows);
    state->final->sum = lowest->sum;
    state->lowest = (state->lowest + 1) % STATE_LAYERS_MAX;
    state->layer_count--;
}

size_t state_final_bytes(const struct state *state)
{
    return state->final->rows.bytes;
}
