// SPDX-License-Identifier: Apache-2.0
#include "host/ledger/permission.h"

#include <assert.h>
#include <string.h>

#define PERMISSION_OVERHEAD_BYTES 240
#define INDEX_ENTRY_BYTES         64

bool permission_exists(struct state *state, struct permission_level level)
{
    struct row_key key = permission_key(level.actor, level.permission);
    struct bytes value;
    return state_get(state, row_key_view(&key), &value);
}

/* ------------------------------------------------------------------ indices */

static struct row_key key_entry(const struct public_key *key, struct permission_level owner)
{
    struct row_key entry = key_entry_prefix(key);
    row_key_u64(&entry, owner.actor);
    row_key_permission(&entry, owner.permission);
    return entry;
}

static struct row_key controlled_entry(struct permission_level controller,
                                       struct permission_level owner)
{
    struct row_key entry = row_key(ROW_CONTROLLED);
    row_key_u64(&entry, controller.actor);
    row_key_u64(&entry, controller.permission);
    row_key_u64(&entry, owner.actor);
    row_key_permission(&entry, owner.permission);
    return entry;
}

static void put_weight(struct state *state, const struct row_key *entry, uint16_t weight)
{
    uint8_t value[sizeof weight];
    struct writer writer = writer_of(value, sizeof value);
    write_u16(&writer, weight);
    state_put(state, row_key_view(entry), (struct bytes){value, sizeof value});
}

static void enter(struct state *state, struct permission_level owner,
                  const struct authority *authority)
{
    for (unsigned i = 0; i < authority->key_count; i++) {
        struct row_key entry = key_entry(&authority->keys[i].key, owner);
        put_weight(state, &entry, authority->keys[i].weight);
    }
    for (unsigned i = 0; i < authority->account_count; i++) {
        struct row_key entry = controlled_entry(authority->accounts[i].permission, owner);
        put_weight(state, &entry, authority->accounts[i].weight);
    }
}

static void leave(struct state *state, struct permission_level owner,
                  const struct authority *authority)
{
    for (unsigned i = 0; i < authority->key_count; i++) {
        struct row_key entry = key_entry(&authority->keys[i].key, owner);
        state_erase(state, row_key_view(&entry));
    }
    for (unsigned i = 0; i < authority->account_count; i++) {
        struct row_key entry = controlled_entry(authority->accounts[i].permission, owner);
        state_erase(state, row_key_view(&entry));
    }
}

void permission_store(struct state *state, struct permission_level level,
                      const struct permission_row *old, const struct permission_row *row)
{
    if (old != NULL)
        leave(state, level, &old->authority);
    enter(state, level, &row->authority);
    permission_row_put(state, level.actor, level.permission, row);
}

void permission_remove(struct state *state, struct permission_level level,
                       const struct permission_row *row)
{
    struct row_key key = permission_key(level.actor, level.permission);
    leave(state, level, &row->authority);
    state_erase(state, row_key_view(&key));
}

/* ------------------------------------------------------------------ parents */

/* Of a permission that exists; 0 when it has none. */
static name_t parent_of(struct state *state, struct permission_level level)
{
    struct row_key key = permission_key(level.actor, level.permission);
    struct bytes value;
    bool there = state_get(state, row_key_view(&key), &value);
    assert(there);
    (void)there;
    return permission_row_parent(value);
}

bool permission_satisfies(struct state *state, name_t account, name_t permission, name_t minimum)
{
    while (minimum != permission && minimum != 0)
        minimum = parent_of(state, (struct permission_level){account, minimum});
    return minimum == permission;
}

unsigned permission_depth(struct state *state, struct permission_level level)
{
    unsigned depth = 0;
    while (depth < PERMISSION_DEPTH_MAX && (level.permission = parent_of(state, level)) != 0)
        depth++;
    return depth;
}

/* A scan of the rows of an account for one that names a permission: its parent, or what it links
 * to. */
struct name_search {
    enum row_kind kind;
    name_t name;
    bool found;
    struct row_key key; /* of the row that was found */
    uint64_t *rows;
};

static name_t named_by(enum row_kind kind, struct bytes value)
{
    struct reader reader = reader_of(value.data, value.size);
    return kind == ROW_PERMISSION ? permission_row_parent(value) : read_u64(&reader);
}

static bool compare_name(void *user, struct bytes key, struct bytes value)
{
    struct name_search *search = user;
    ++*search->rows;
    search->found = named_by(search->kind, value) == search->name;
    if (search->found) {
        search->key.size = 0;
        row_key_copy(&search->key, key.data, key.size);
    }
    return !search->found;
}

static void search_name(struct state *state, name_t account, struct name_search *search)
{
    struct row_key low = row_key(search->kind);
    row_key_u64(&low, account);
    struct row_key high = row_key_end(&low);
    search->found = false;
    state_scan(state, row_key_view(&low), row_key_view(&high), false, compare_name, search);
}

bool permission_has_children(struct state *state, struct permission_level level, uint64_t *rows)
{
    struct name_search search = {.kind = ROW_PERMISSION, .name = level.permission, .rows = rows};
    search_name(state, level.actor, &search);
    return search.found;
}

int64_t permission_ram_bytes(const struct authority *authority)
{
    uint8_t packed[AUTHORITY_BYTES_MAX];
    struct writer writer = writer_of(packed, sizeof packed);
    authority_write(&writer, authority);
    assert(!writer.failed);
    int64_t entries = authority->key_count + authority->account_count;
    return PERMISSION_OVERHEAD_BYTES + entries * INDEX_ENTRY_BYTES + (int64_t)writer_size(&writer);
}

/* ------------------------------------------------------------------ links */

static struct row_key link_key(const struct link *link)
{
    struct row_key key = row_key(ROW_LINK);
    row_key_u64(&key, link->account);
    row_key_u64(&key, link->code);
    row_key_u64(&key, link->action);
    return key;
}

name_t link_get(struct state *state, const struct link *link)
{
    struct row_key key = link_key(link);
    struct bytes value;
    if (!state_get(state, row_key_view(&key), &value))
        return 0;
    struct reader reader = reader_of(value.data, value.size);
    return read_u64(&reader);
}

void link_store(struct state *state, const struct link *link, name_t required)
{
    uint8_t value[sizeof required];
    struct writer writer = writer_of(value, sizeof value);
    struct row_key key = link_key(link);
    write_u64(&writer, required);
    state_put(state, row_key_view(&key), (struct bytes){value, sizeof value});
}

void link_remove(struct state *state, const struct link *link)
{
    struct row_key key = link_key(link);
    state_erase(state, row_key_view(&key));
}

name_t link_lookup(struct state *state, const struct link *link)
{
    const struct link any = {link->account, link->code, 0};
    name_t required = link_get(state, link);
    return required != 0 ? required : link_get(state, &any);
}

bool link_find_to(struct state *state, struct permission_level level, struct link *link,
                  uint64_t *rows)
{
    struct name_search search = {.kind = ROW_LINK, .name = level.permission, .rows = rows};
    search_name(state, level.actor, &search);
    if (!search.found)
        return false;
    struct reader reader = reader_of(search.key.bytes, search.key.size);
    read_u8(&reader);
    link->account = read_u64_be(&reader);
    link->code = read_u64_be(&reader);
    link->action = read_u64_be(&reader);
    return true;
}
