// SPDX-License-Identifier: Apache-2.0
#include "host/store/overlay.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Room for a value to grow in place: balances and counters do, by a byte or two. */
#define CAPACITY_STEP 16u

bool overlay_init(struct overlay *overlay)
{
    return row_index_init(&overlay->index);
}

void overlay_free(struct overlay *overlay)
{
    assert(overlay->index.row_count == 0);
    row_index_free(&overlay->index);
}

/* What a version takes, with its row's share. */
static size_t version_bytes(const struct version *version)
{
    return sizeof *version + version->capacity + sizeof(struct row) + version->row->key_size;
}

static void link_version(struct layer *layer, struct version *version)
{
    version->layer = layer;
    version->previous = NULL;
    version->next = layer->first;
    if (layer->first != NULL)
        layer->first->previous = version;
    layer->first = version;
    layer->version_count++;
    layer->bytes += version_bytes(version);
}

static void unlink_version(struct version *version)
{
    struct layer *layer = version->layer;
    if (version->previous != NULL)
        version->previous->next = version->next;
    else
        layer->first = version->next;
    if (version->next != NULL)
        version->next->previous = version->previous;
    layer->version_count--;
    layer->bytes -= version_bytes(version);
}

static struct version *make_version(struct row *row, struct bytes value)
{
    size_t capacity = (value.size + CAPACITY_STEP - 1) / CAPACITY_STEP * CAPACITY_STEP;
    struct version *version = malloc(sizeof *version + capacity);
    if (version == NULL)
        return NULL;
    version->row = row;
    version->seeded = false;
    version->capacity = (uint32_t)capacity;
    version->size = (uint32_t)value.size;
    if (value.size != 0)
        memcpy(version->value, value.data, value.size);
    return version;
}

/* Puts the value on top of the row, in the place of a version of the same layer. */
static bool put_version(struct layer *layer, struct row *row, bool erased, struct bytes value)
{
    struct version *present = row->newest;
    bool same_layer = present != NULL && present->layer == layer;
    if (same_layer && value.size <= present->capacity) {
        if (value.size != 0)
            memmove(present->value, value.data, value.size);
        present->size = (uint32_t)value.size;
        present->erased = erased;
        present->seeded = false;
        return true;
    }
    struct version *version = make_version(row, value);
    if (version == NULL)
        return false;
    version->erased = erased;
    version->older = same_layer ? present->older : present;
    row->newest = version;
    link_version(layer, version);
    if (same_layer) {
        unlink_version(present);
        free(present);
    }
    return true;
}

bool overlay_put(struct overlay *overlay, struct layer *layer, struct bytes key, uint64_t hash,
                 bool erased, struct bytes value)
{
    assert(!erased || value.size == 0);
    struct row *row = row_index_find(&overlay->index, key, hash);
    if (row != NULL)
        return put_version(layer, row, erased, value);
    row = row_index_insert(&overlay->index, key, hash);
    if (row == NULL)
        return false;
    if (put_version(layer, row, erased, value))
        return true;
    row_index_remove(&overlay->index, row);
    return false;
}

/* Where the row's chain says that the version is next. */
static struct version **link_to(struct version *version)
{
    struct version **place = &version->row->newest;
    while (*place != version)
        place = &(*place)->older;
    return place;
}

static void drop_version(struct overlay *overlay, struct version *version)
{
    struct row *row = version->row;
    *link_to(version) = version->older;
    if (row->newest == NULL)
        row_index_remove(&overlay->index, row);
    free(version);
}

void overlay_drop_some(struct overlay *overlay, struct layer *layer, size_t count)
{
    for (; count > 0 && layer->first != NULL; count--) {
        struct version *version = layer->first;
        unlink_version(version);
        drop_version(overlay, version);
    }
}

void overlay_drop(struct overlay *overlay, struct layer *layer)
{
    overlay_drop_some(overlay, layer, layer->version_count);
    assert(layer->first == NULL && layer->version_count == 0 && layer->bytes == 0);
}

/* Puts the version's value into the one below it, which then stands for both: so that no list has
 * to be mended, whose next members are far away in memory. False: there is no room. */
static bool sink_value(struct version *version, struct version *older)
{
    if (version->size > older->capacity)
        return false;
    memcpy(older->value, version->value, version->size);
    older->size = version->size;
    older->erased = version->erased;
    older->seeded = version->seeded;
    older->seed = version->seed;
    *link_to(version) = older;
    free(version);
    return true;
}

void overlay_fold(struct layer *from, struct layer *into)
{
    for (struct version *version = from->first, *next; version != NULL; version = next) {
        next = version->next;
        struct version *older = version->older;
        bool both = older != NULL && older->layer == into;
        if (both && sink_value(version, older))
            continue;
        if (both) {
            version->older = older->older;
            unlink_version(older);
            free(older);
        }
        link_version(into, version);
    }
    memset(from, 0, sizeof *from);
}
