// SPDX-License-Identifier: Apache-2.0
/* Accounts: limits, permissions, what keys and accounts stand behind them. */
#include <stdlib.h>
#include <string.h>

#include "host/api/api.h"
#include "host/ledger/names.h"

#define PERMISSIONS_MAX 64u  /* of one account in an answer */
#define LINKS_MAX       256u /* of one account in an answer */

struct permission_entry {
    name_t name;
    struct permission_row row;
};

struct link {
    name_t code, action, permission; /* action 0: all */
};

struct account_info {
    struct account_row row;
    struct usage_row usage;
    uint32_t head, slot; /* slot: of the head */
    struct asset balance;
    bool has_balance;
    unsigned permission_count, link_count;
    struct permission_entry permissions[PERMISSIONS_MAX];
    struct link links[LINKS_MAX];
};

/* ------------------------------------------------------------------ rows, under the lock */
static bool add_permission(void *user, struct bytes key, struct bytes value)
{
    struct account_info *info = user;
    struct permission_entry *entry = &info->permissions[info->permission_count++];
    (void)value;
    struct reader reader = reader_of(key.data + 9, key.size - 9); /* kind, account */
    entry->name = read_key_permission(&reader);
    return info->permission_count < PERMISSIONS_MAX;
}

static bool add_link(void *user, struct bytes key, struct bytes value)
{
    struct account_info *info = user;
    struct link *link = &info->links[info->link_count++];
    struct reader reader = reader_of(key.data + 9, key.size - 9);
    link->code = read_u64_be(&reader);
    link->action = read_u64_be(&reader);
    reader = reader_of(value.data, value.size);
    link->permission = read_u64(&reader);
    return info->link_count < LINKS_MAX;
}

struct balance_search {
    struct account_info *info;
    symbol_t wanted; /* 0: the first one */
};

static bool take_balance(void *user, struct bytes key, struct bytes value)
{
    struct balance_search *search = user;
    struct reader reader = reader_of(value.data, value.size);
    (void)key;
    read_u64(&reader); /* payer */
    struct asset asset = {.amount = (int64_t)read_u64(&reader)};
    asset.symbol = read_u64(&reader);
    if (reader.failed || !asset_valid(asset) ||
        (search->wanted != 0 && asset.symbol != search->wanted))
        return true;
    search->info->balance = asset;
    search->info->has_balance = true;
    return false;
}

static void scan(struct state *state, const struct row_key *prefix,
                 bool (*row)(void *user, struct bytes key, struct bytes value), void *user)
{
    struct row_key end = row_key_end(prefix);
    state_scan(state, row_key_view(prefix), row_key_view(&end), false, row, user);
}

static int compare_permissions(const void *a, const void *b)
{
    const struct permission_entry *one = a, *other = b;
    return one->name < other->name ? -1 : one->name > other->name;
}

static bool copy_account(struct chain *chain, name_t account, symbol_t symbol,
                         struct account_info *info)
{
    memset(info, 0, sizeof *info);
    chain_lock(chain);
    struct state *state = chain_state(chain);
    bool found = account_row_get(state, account, &info->row);
    if (found) {
        info->head = chain_head(chain);
        info->slot = chain_head_header(chain)->slot;
        usage_row_get(state, account, info->slot, &info->usage);
        struct row_key prefix = row_key(ROW_PERMISSION);
        row_key_u64(&prefix, account);
        scan(state, &prefix, add_permission, info);
        qsort(info->permissions, info->permission_count, sizeof info->permissions[0],
              compare_permissions);
        for (unsigned i = 0; i < info->permission_count; i++)
            permission_row_get(state, account, info->permissions[i].name,
                               &info->permissions[i].row);
        prefix = row_key(ROW_LINK);
        row_key_u64(&prefix, account);
        scan(state, &prefix, add_link, info);
        struct balance_search search = {info, symbol};
        prefix = row_key(ROW_CONTRACT);
        row_key_u64(&prefix, NAME_EOSIO_TOKEN);
        row_key_u64(&prefix, account);
        row_key_u64(&prefix, NAME_ACCOUNTS);
        scan(state, &prefix, take_balance, &search);
    }
    chain_unlock(chain);
    return found;
}

/* ------------------------------------------------------------------ the answer */
/* Usage starts anew with each window; `last_usage_update_time` is the head's. */
static void out_limit(struct out *out, const char *name, uint64_t used, int64_t max, uint32_t slot)
{
    uint64_t left = max > 0 && (uint64_t)max > used ? (uint64_t)max - used : 0;
    out_key(out, name);
    out_object(out);
    out_key_u64(out, "used", used);
    out_key_i64(out, "available", max == UNLIMITED ? UNLIMITED : (int64_t)left);
    out_key_i64(out, "max", max);
    out_key_slot(out, "last_usage_update_time", slot);
    out_key_u64(out, "current_used", used);
    out_object_end(out);
}

static void out_linked(struct out *out, const struct account_info *info, name_t permission)
{
    out_array(out);
    for (unsigned i = 0; i < info->link_count; i++) {
        if (info->links[i].permission != permission)
            continue;
        out_object(out);
        out_key_name(out, "account", info->links[i].code);
        if (info->links[i].action != 0)
            out_key_name(out, "action", info->links[i].action);
        else
            out_key_null(out, "action");
        out_object_end(out);
    }
    out_array_end(out);
}

static void out_permissions(struct out *out, const struct account_info *info)
{
    out_key(out, "permissions");
    out_array(out);
    for (unsigned i = 0; i < info->permission_count; i++) {
        const struct permission_entry *entry = &info->permissions[i];
        json_t *authority = authority_to_json(&entry->row.authority, true);
        out_object(out);
        out_key_name(out, "perm_name", entry->name);
        out_key_name(out, "parent", entry->row.parent);
        out_key(out, "required_auth");
        out_json(out, authority);
        out_key(out, "linked_actions");
        out_linked(out, info, entry->name);
        out_object_end(out);
        json_decref(authority);
    }
    out_array_end(out);
    out_key(out, "eosio_any_linked_actions");
    out_linked(out, info, NAME_EOSIO_ANY);
}

static void out_account(struct out *out, name_t account, const struct account_info *info)
{
    static const char *const absent[] = {"total_resources", "self_delegated_bandwidth",
                                         "refund_request", "voter_info", "rex_info"};
    const struct account_row *row = &info->row;
    out_object(out);
    out_key_name(out, "account_name", account);
    out_key_u64(out, "head_block_num", info->head);
    out_key_slot(out, "head_block_time", info->slot);
    out_key_bool(out, "privileged", row->privileged);
    out_key_text(out, "last_code_update", "1970-01-01T00:00:00.000"); /* no code is uploaded */
    out_key_slot(out, "created", row->created_slot);
    if (info->has_balance) {
        out_key(out, "core_liquid_balance");
        out_asset(out, info->balance);
    }
    out_key_i64(out, "ram_quota", row->ram_quota_bytes);
    out_key_i64(out, "net_weight", row->net_limit_words);
    out_key_i64(out, "cpu_weight", row->cpu_limit_us);
    out_limit(out, "net_limit", info->usage.net_used_words * 8,
              row->net_limit_words == UNLIMITED ? UNLIMITED : row->net_limit_words * 8, info->slot);
    out_limit(out, "cpu_limit", info->usage.cpu_used_us, row->cpu_limit_us, info->slot);
    out_key_u64(out, "ram_usage", row->ram_usage_bytes);
    out_permissions(out, info);
    for (size_t i = 0; i < sizeof absent / sizeof *absent; i++)
        out_key_null(out, absent[i]);
    out_limit(out, "subjective_cpu_bill_limit", 0, 0, info->slot);
    out_object_end(out);
}

bool account_get(struct request *request)
{
    struct text text;
    name_t account;
    symbol_t symbol = 0;
    if (!argument_name(request, "account_name", &account) ||
        !argument_text(request, "expected_core_symbol", "", &text))
        return false;
    if (text.size != 0 && !symbol_parse(text.chars, text.size, &symbol))
        return failure_request(&request->failure, "\"expected_core_symbol\" must be a symbol");
    struct account_info *info = malloc(sizeof *info);
    if (info == NULL)
        return failure_status(&request->failure, MHD_HTTP_SERVICE_UNAVAILABLE, "out of memory");
    char name[NAME_TEXT_SIZE];
    name_text(account, name);
    bool found = copy_account(request->api->options.chain, account, symbol, info);
    if (found)
        out_account(&request->out, account, info);
    else
        failure_code(&request->failure, LEDGER_ACCOUNT_QUERY, "unknown key (account %s)", name);
    free(info);
    return found;
}
