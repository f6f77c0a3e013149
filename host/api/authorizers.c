// SPDX-License-Identifier: Apache-2.0
/* Which permissions a key or another permission is part of. */
#include <stdlib.h>
#include <string.h>

#include "host/api/api.h"

#define AUTHORIZERS_ASKED_MAX 100u /* keys, and accounts */
#define AUTHORIZERS_FOUND_MAX 2000u

/* A permission that was found, and why. */
struct found {
    name_t account, permission;
    uint16_t weight;
    uint32_t threshold;
    unsigned key;               /* index of the key that was asked for, or */
    struct permission_level by; /* with actor: the permission that is part of it */
};

struct search {
    struct state *state;
    size_t skip; /* bytes of the rows' keys that are the same in all */
    bool by_key;
    const struct public_key *keys; /* that were asked for */
    unsigned key;
    name_t actor; /* of the permission that was asked for */
    unsigned count;
    struct found found[AUTHORIZERS_FOUND_MAX];
};

/* Rows of keys are found by a part of the key's hash: whether it is the key, its permission says.
 */
static bool is_asked_for(const struct search *search, const struct authority *authority)
{
    for (unsigned i = 0; search->by_key && i < authority->key_count; i++)
        if (memcmp(&authority->keys[i].key, &search->keys[search->key], sizeof *search->keys) == 0)
            return true;
    return !search->by_key;
}

/* Both kinds of row end in account, permission; those of accounts have in front of it a
 * permission. */
static bool add_found(void *user, struct bytes key, struct bytes value)
{
    struct search *search = user;
    struct found *found = &search->found[search->count];
    struct permission_row row;
    struct reader reader = reader_of(key.data + search->skip, key.size - search->skip);
    memset(found, 0, sizeof *found);
    if (search->by_key)
        found->key = search->key;
    else
        found->by = (struct permission_level){search->actor, read_u64_be(&reader)};
    found->account = read_u64_be(&reader);
    found->permission = read_key_permission(&reader);
    reader = reader_of(value.data, value.size);
    found->weight = read_u16(&reader);
    if (permission_row_get(search->state, found->account, found->permission, &row) &&
        is_asked_for(search, &row.authority)) {
        found->threshold = row.authority.threshold;
        search->count++;
    }
    return search->count < AUTHORIZERS_FOUND_MAX;
}

static void scan(struct search *search, const struct row_key *prefix)
{
    struct row_key end = row_key_end(prefix);
    if (search->count < AUTHORIZERS_FOUND_MAX)
        state_scan(search->state, row_key_view(prefix), row_key_view(&end), false, add_found,
                   search);
}

static void scan_keys(struct search *search, const struct public_key *keys, unsigned count)
{
    search->by_key = true;
    search->keys = keys;
    for (unsigned i = 0; i < count; i++) {
        struct row_key prefix = key_entry_prefix(&keys[i]);
        search->key = i;
        search->skip = prefix.size;
        scan(search, &prefix);
    }
}

/* Permission 0: all of the actor's. */
static void scan_accounts(struct search *search, const struct permission_level *levels,
                          unsigned count)
{
    search->by_key = false;
    for (unsigned i = 0; i < count; i++) {
        struct row_key prefix = row_key(ROW_CONTROLLED);
        search->actor = levels[i].actor;
        row_key_u64(&prefix, levels[i].actor);
        search->skip = prefix.size;
        if (levels[i].permission != 0)
            row_key_u64(&prefix, levels[i].permission);
        scan(search, &prefix);
    }
}

static bool parse_name(const json_t *json, name_t *name)
{
    return json_is_string(json) &&
           name_parse(json_string_value(json), json_string_length(json), name);
}

/* "alice", or {"actor":"alice","permission":"active"}. */
static bool parse_accounts(struct request *request, struct permission_level *levels,
                           unsigned *count)
{
    json_t *list;
    size_t size;
    if (!argument_list_or_empty(request, "accounts", AUTHORIZERS_ASKED_MAX, &list, &size))
        return false;
    for (size_t i = 0; i < size; i++) {
        const json_t *json = json_array_get(list, i);
        levels[i].permission = 0;
        bool parsed =
            json_is_object(json)
                ? parse_name(json_object_get(json, "actor"), &levels[i].actor) &&
                      parse_name(json_object_get(json, "permission"), &levels[i].permission)
                : parse_name(json, &levels[i].actor);
        if (!parsed)
            return failure_request(&request->failure,
                                   "\"accounts\" must be a list of names or permission levels");
    }
    *count = (unsigned)size;
    return true;
}

static void out_found(struct out *out, const struct found *found, const struct public_key *keys)
{
    out_object(out);
    out_key_name(out, "account_name", found->account);
    out_key_name(out, "permission_name", found->permission);
    if (found->by.actor != 0) {
        out_key(out, "authorizing_account");
        out_permission_level(out, &found->by);
    } else {
        out_key(out, "authorizing_key");
        out_public_key(out, &keys[found->key]);
    }
    out_key_u64(out, "weight", found->weight);
    out_key_u64(out, "threshold", found->threshold);
    out_object_end(out);
}

bool authorizers_get(struct request *request)
{
    struct chain *chain = request->api->options.chain;
    struct out *out = &request->out;
    struct public_key keys[AUTHORIZERS_ASKED_MAX];
    struct permission_level levels[AUTHORIZERS_ASKED_MAX];
    unsigned key_count = 0, level_count = 0;
    if (!parse_accounts(request, levels, &level_count) ||
        (json_object_get(request->arguments, "keys") != NULL &&
         !argument_keys(request, "keys", AUTHORIZERS_ASKED_MAX, keys, &key_count)))
        return false;
    struct search *search = calloc(1, sizeof *search);
    if (search == NULL)
        return failure_status(&request->failure, MHD_HTTP_SERVICE_UNAVAILABLE, "out of memory");
    chain_lock(chain);
    search->state = chain_state(chain);
    scan_accounts(search, levels, level_count);
    scan_keys(search, keys, key_count);
    chain_unlock(chain);

    out_object(out);
    out_key(out, "accounts");
    out_array(out);
    for (unsigned i = 0; i < search->count; i++)
        out_found(out, &search->found[i], keys);
    out_array_end(out);
    out_object_end(out);
    free(search);
    return true;
}
