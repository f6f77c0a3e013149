// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "host/wire/authority.h"
#include "host/wire/member.h"

static bool weight_of(const json_t *json, uint16_t *weight)
{
    uint32_t number;
    if (!member_uint(json, "weight", UINT16_MAX, &number))
        return false;
    *weight = (uint16_t)number;
    return true;
}

static bool key_from_json(const json_t *json, struct key_weight *key)
{
    const json_t *text = json_object_get(json, "key");
    return json_is_string(text) && weight_of(json, &key->weight) &&
           public_key_parse(json_string_value(text), json_string_length(text), &key->key);
}

static bool account_from_json(const json_t *json, struct permission_weight *account)
{
    return permission_level_from_json(json_object_get(json, "permission"), &account->permission) &&
           weight_of(json, &account->weight);
}

static bool wait_from_json(const json_t *json, struct wait_weight *wait)
{
    return member_uint(json, "wait_sec", UINT32_MAX, &wait->wait_sec) &&
           weight_of(json, &wait->weight);
}

bool authority_from_json(const json_t *json, struct authority *authority)
{
    const json_t *keys, *accounts, *waits;
    memset(authority, 0, sizeof *authority);
    if (!member_uint(json, "threshold", UINT32_MAX, &authority->threshold) ||
        !member_array(json, "keys", AUTHORITY_KEYS_MAX, &keys, &authority->key_count) ||
        !member_array(json, "accounts", AUTHORITY_ACCOUNTS_MAX, &accounts,
                      &authority->account_count) ||
        !member_array(json, "waits", AUTHORITY_WAITS_MAX, &waits, &authority->wait_count))
        return false;
    for (unsigned i = 0; i < authority->key_count; i++)
        if (!key_from_json(json_array_get(keys, i), &authority->keys[i]))
            return false;
    for (unsigned i = 0; i < authority->account_count; i++)
        if (!account_from_json(json_array_get(accounts, i), &authority->accounts[i]))
            return false;
    for (unsigned i = 0; i < authority->wait_count; i++)
        if (!wait_from_json(json_array_get(waits, i), &authority->waits[i]))
            return false;
    return true;
}

/* Appends {what: value, "weight": weight}; takes `value` over, which may be NULL. */
static bool append_weighted(json_t *list, const char *what, json_t *value, uint16_t weight)
{
    json_t *entry = json_pack("{s:o, s:i}", what, value, "weight", (int)weight);
    return json_array_append_new(list, entry) == 0;
}

json_t *authority_to_json(const struct authority *authority, bool legacy)
{
    json_t *keys = json_array(), *accounts = json_array(), *waits = json_array();
    bool made = true;
    for (unsigned i = 0; i < authority->key_count; i++) {
        char text[KEY_TEXT_SIZE];
        public_key_text(&authority->keys[i].key, legacy, text);
        made &= append_weighted(keys, "key", json_string(text), authority->keys[i].weight);
    }
    for (unsigned i = 0; i < authority->account_count; i++)
        made &= append_weighted(accounts, "permission",
                                permission_level_to_json(&authority->accounts[i].permission),
                                authority->accounts[i].weight);
    for (unsigned i = 0; i < authority->wait_count; i++)
        made &= append_weighted(waits, "wait_sec", json_integer(authority->waits[i].wait_sec),
                                authority->waits[i].weight);
    json_t *json = json_pack("{s:I, s:o, s:o, s:o}", "threshold", (json_int_t)authority->threshold,
                             "keys", keys, "accounts", accounts, "waits", waits);
    if (made)
        return json;
    json_decref(json);
    return NULL;
}
