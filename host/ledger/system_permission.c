// SPDX-License-Identifier: Apache-2.0
#include <assert.h>
#include <string.h>

#include "host/ledger/names.h"
#include "host/ledger/permission.h"
#include "host/ledger/system.h"
#include "host/ledger/system_data.h"

static struct state *state_of(const struct apply *apply)
{
    return apply->execution->block->state;
}

static bool refuse(struct apply *apply, const char *text)
{
    return ledger_fail(apply_error(apply), LEDGER_ACTION_VALIDATE, "%s", text);
}

static bool missing_permission(struct apply *apply, name_t permission)
{
    char text[NAME_TEXT_SIZE];
    name_text(permission, text);
    return ledger_fail(apply_error(apply), LEDGER_PERMISSION_QUERY,
                       "Failed to retrieve permission: %s", text);
}

/* ------------------------------------------------------------------ authorities */

static bool check_factor(struct apply *apply, struct permission_level level)
{
    char actor[NAME_TEXT_SIZE], permission[NAME_TEXT_SIZE];
    name_text(level.actor, actor);
    name_text(level.permission, permission);
    if (!apply_is_account(apply, level.actor))
        return ledger_fail(apply_error(apply), LEDGER_ACTION_VALIDATE,
                           "account '%s' does not exist", actor);
    /* Every account has the first two; the third is its contract's. */
    if (level.permission == NAME_OWNER || level.permission == NAME_ACTIVE ||
        level.permission == NAME_EOSIO_CODE || permission_exists(state_of(apply), level))
        return true;
    return ledger_fail(apply_error(apply), LEDGER_ACTION_VALIDATE,
                       "permission '%s@%s' does not exist", actor, permission);
}

bool system_check_authority(struct apply *apply, const struct authority *authority)
{
    meter_charge(apply_meter(apply), authority->account_count * (uint64_t)COST_ROW_READ);
    for (unsigned i = 0; i < authority->account_count; i++)
        if (!check_factor(apply, authority->accounts[i].permission))
            return false;
    return true;
}

static uint64_t write_cost(const struct authority *authority)
{
    return (1 + authority->key_count + authority->account_count) * (uint64_t)COST_ROW_WRITE +
           AUTHORITY_BYTES_MAX * (uint64_t)COST_ROW_BYTE / 4;
}

bool system_put_permission(struct apply *apply, struct permission_level level,
                           const struct permission_row *old, name_t parent,
                           const struct authority *authority)
{
    const struct permission_row row = {
        .parent = parent, .updated_slot = apply->execution->block->slot, .authority = *authority};
    int64_t old_bytes = old != NULL ? permission_ram_bytes(&old->authority) : 0;
    meter_charge(apply_meter(apply), write_cost(authority));
    if (old != NULL)
        meter_charge(apply_meter(apply), write_cost(&old->authority));
    permission_store(state_of(apply), level, old, &row);
    return apply_bill_ram(apply, level.actor, permission_ram_bytes(authority) - old_bytes);
}

/* ------------------------------------------------------------------ updateauth */

static bool starts_with_eosio(name_t name)
{
    char text[NAME_TEXT_SIZE];
    name_text(name, text);
    return strncmp(text, "eosio.", strlen("eosio.")) == 0;
}

static bool check_updateauth(struct apply *apply, const struct updateauth *data)
{
    if (data->permission == 0)
        return refuse(apply, "Cannot create authority with empty name");
    if (starts_with_eosio(data->permission))
        return refuse(apply, "Permission names that start with 'eosio.' are reserved");
    if (data->permission == data->parent)
        return refuse(apply, "Cannot set an authority as its own parent");
    if (!authority_valid(&data->authority))
        return refuse(apply, "Invalid authority");
    if (data->permission == NAME_ACTIVE && data->parent != NAME_OWNER)
        return refuse(apply, "Cannot change active authority's parent from owner");
    if (data->permission == NAME_OWNER && data->parent != 0)
        return refuse(apply, "Cannot change owner authority's parent");
    if (data->permission != NAME_OWNER && data->parent == 0)
        return refuse(apply, "Only owner authority can have empty parent");
    return system_check_authority(apply, &data->authority);
}

bool system_updateauth(struct apply *apply)
{
    struct updateauth data;
    struct permission_row old;
    if (!updateauth_read(apply->action->data, &data, apply_error(apply)) ||
        !apply_require_auth(apply, data.account) || !check_updateauth(apply, &data))
        return false;
    const struct permission_level level = {data.account, data.permission};
    const struct permission_level parent = {data.account, data.parent};
    if (data.permission != NAME_OWNER && !permission_exists(state_of(apply), parent))
        return missing_permission(apply, data.parent);
    bool exists = permission_row_get(state_of(apply), level.actor, level.permission, &old);
    if (exists && old.parent != data.parent)
        return refuse(apply, "Changing parent authority is not currently supported");
    if (!exists && permission_depth(state_of(apply), parent) == PERMISSION_DEPTH_MAX)
        return refuse(apply, "Too many permissions stand above this one");
    return system_put_permission(apply, level, exists ? &old : NULL, data.parent, &data.authority);
}

/* ------------------------------------------------------------------ deleteauth */

/* Nothing may depend on a permission that goes. */
static bool check_unused(struct apply *apply, struct permission_level level)
{
    struct link link;
    uint64_t rows = 0;
    bool linked = link_find_to(state_of(apply), level, &link, &rows);
    bool parent = !linked && permission_has_children(state_of(apply), level, &rows);
    meter_charge(apply_meter(apply), rows * COST_ROW_READ);
    if (linked) {
        char code[NAME_TEXT_SIZE], action[NAME_TEXT_SIZE];
        name_text(link.code, code);
        name_text(link.action, action);
        return ledger_fail(apply_error(apply), LEDGER_ACTION_VALIDATE,
                           "Cannot delete a linked authority. Unlink the authority first. This "
                           "authority is linked to %s::%s.",
                           code, action);
    }
    return !parent ||
           refuse(apply, "Cannot remove a permission which has children. Remove the children "
                         "first.");
}

bool system_deleteauth(struct apply *apply)
{
    struct deleteauth data;
    struct permission_row row;
    if (!deleteauth_read(apply->action->data, &data, apply_error(apply)) ||
        !apply_require_auth(apply, data.account))
        return false;
    if (data.permission == NAME_ACTIVE)
        return refuse(apply, "Cannot delete active authority");
    if (data.permission == NAME_OWNER)
        return refuse(apply, "Cannot delete owner authority");
    const struct permission_level level = {data.account, data.permission};
    if (!permission_row_get(state_of(apply), level.actor, level.permission, &row))
        return missing_permission(apply, data.permission);
    if (!check_unused(apply, level))
        return false;
    meter_charge(apply_meter(apply), write_cost(&row.authority));
    permission_remove(state_of(apply), level, &row);
    return apply_bill_ram(apply, data.account, -permission_ram_bytes(&row.authority));
}

/* ------------------------------------------------------------------ links */

static bool check_account(struct apply *apply, name_t account, const char *what)
{
    char text[NAME_TEXT_SIZE];
    if (apply_is_account(apply, account))
        return true;
    name_text(account, text);
    return ledger_fail(apply_error(apply), LEDGER_ACCOUNT_QUERY, "Failed to retrieve %s: %s", what,
                       text);
}

static bool check_linkauth(struct apply *apply, const struct linkauth *data)
{
    const struct permission_level level = {data->link.account, data->required};
    if (!check_account(apply, data->link.code, "code for account"))
        return false;
    if (data->required != NAME_EOSIO_ANY && !permission_exists(state_of(apply), level))
        return missing_permission(apply, data->required);
    return true;
}

bool system_linkauth(struct apply *apply)
{
    struct linkauth data;
    if (!linkauth_read(apply->action->data, &data, apply_error(apply)))
        return false;
    if (data.required == 0)
        return refuse(apply, "Required permission cannot be empty");
    if (!apply_require_auth(apply, data.link.account) || !check_linkauth(apply, &data))
        return false;
    meter_charge(apply_meter(apply), COST_ROW_READ + COST_ROW_WRITE);
    name_t old = link_get(state_of(apply), &data.link);
    if (old == data.required)
        return refuse(apply, "Attempting to update required authority, but new requirement is same "
                             "as old");
    link_store(state_of(apply), &data.link, data.required);
    if (old != 0)
        return true;
    accounts_find(&apply->execution->accounts, data.link.account)->row.link_count++;
    return apply_bill_ram(apply, data.link.account, LINK_RAM_BYTES);
}

bool system_unlinkauth(struct apply *apply)
{
    struct link link;
    if (!unlinkauth_read(apply->action->data, &link, apply_error(apply)) ||
        !apply_require_auth(apply, link.account))
        return false;
    meter_charge(apply_meter(apply), COST_ROW_READ + COST_ROW_WRITE);
    if (link_get(state_of(apply), &link) == 0)
        return refuse(apply, "Attempting to unlink authority, but no link found");
    link_remove(state_of(apply), &link);
    struct account *account = accounts_find(&apply->execution->accounts, link.account);
    assert(account->row.link_count > 0);
    account->row.link_count--;
    return apply_bill_ram(apply, link.account, -LINK_RAM_BYTES);
}
