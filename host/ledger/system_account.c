// SPDX-License-Identifier: Apache-2.0
#include <assert.h>
#include <string.h>

#include "host/ledger/names.h"
#include "host/ledger/permission.h"
#include "host/ledger/system.h"
#include "host/ledger/system_data.h"
#include "host/wire/abi.h"
#include "host/wire/hash.h"

#define ACCOUNT_NAME_CHARS_MAX 12u

/* ------------------------------------------------------------------ newaccount */

/* What stands behind a name's last dot; the name itself when it has none. */
static name_t name_suffix(name_t name)
{
    char text[NAME_TEXT_SIZE];
    name_t suffix = 0;
    name_text(name, text);
    const char *dot = strrchr(text, '.');
    const char *start = dot != NULL ? dot + 1 : text;
    bool parsed = name_parse(start, strlen(start), &suffix);
    assert(parsed);
    (void)parsed;
    return suffix;
}

/* "eosio." is the chain's own, and below a name only its owner may make names: "bob.shop" is made
 * by "shop". The system contract of the family has the latter rule; its auctions of short names it
 * has not here. */
static bool check_name(struct apply *apply, name_t name, const struct account *creator)
{
    char text[NAME_TEXT_SIZE];
    name_text(name, text);
    if (name == 0)
        return ledger_fail(apply_error(apply), LEDGER_ACTION_VALIDATE,
                           "account name cannot be empty");
    if (strlen(text) > ACCOUNT_NAME_CHARS_MAX)
        return ledger_fail(apply_error(apply), LEDGER_ACTION_VALIDATE,
                           "account names can only be 12 chars long");
    if (creator->row.privileged)
        return true;
    if (strncmp(text, "eosio.", strlen("eosio.")) == 0)
        return ledger_fail(apply_error(apply), LEDGER_ACTION_VALIDATE,
                           "only privileged accounts can have names that start with 'eosio.'");
    name_t suffix = name_suffix(name);
    return suffix == name ||
           apply_check(apply, suffix == creator->name, "only suffix may create this account");
}

static struct account *make_account(struct apply *apply, name_t name)
{
    struct execution *execution = apply->execution;
    const struct chain_parameters *parameters = &execution->block->parameters;
    struct account *account = accounts_create(&execution->accounts, name);
    account->row.created_slot = execution->block->slot;
    account->row.ram_quota_bytes = parameters->account_ram_bytes;
    account->row.net_limit_words = parameters->account_net_words;
    account->row.cpu_limit_us = parameters->account_cpu_us;
    execution->global.account_count++;
    return account;
}

bool system_newaccount(struct apply *apply)
{
    struct newaccount data;
    struct ledger_error *error = apply_error(apply);
    char text[NAME_TEXT_SIZE];
    if (!newaccount_read(apply->action->data, &data, error) ||
        !apply_require_auth(apply, data.creator))
        return false;
    if (!authority_valid(&data.owner))
        return ledger_fail(error, LEDGER_ACTION_VALIDATE, "Invalid owner authority");
    if (!authority_valid(&data.active))
        return ledger_fail(error, LEDGER_ACTION_VALIDATE, "Invalid active authority");
    if (!check_name(apply, data.name, accounts_find(&apply->execution->accounts, data.creator)))
        return false;
    if (apply_is_account(apply, data.name)) {
        name_text(data.name, text);
        return ledger_fail(error, LEDGER_ACCOUNT_EXISTS,
                           "Cannot create account named %s, as that name is already taken", text);
    }
    make_account(apply, data.name);
    if (!system_check_authority(apply, &data.owner) || !system_check_authority(apply, &data.active))
        return false;
    const struct permission_level owner = {data.name, NAME_OWNER};
    const struct permission_level active = {data.name, NAME_ACTIVE};
    meter_charge(apply_meter(apply), COST_ROW_WRITE);
    return apply_bill_ram(apply, data.name, ACCOUNT_RAM_BYTES) &&
           system_put_permission(apply, owner, NULL, 0, &data.owner) &&
           system_put_permission(apply, active, NULL, NAME_OWNER, &data.active);
}

/* ------------------------------------------------------------------ setabi */

static bool check_abi(struct apply *apply, struct bytes packed)
{
    char text[ABI_ERROR_SIZE];
    meter_charge(apply_meter(apply), packed.size * (uint64_t)COST_ABI_BYTE);
    if (packed.size == 0)
        return true;
    struct abi *abi = abi_read(packed, text);
    if (abi == NULL)
        return ledger_fail(apply_error(apply), LEDGER_ABI_TYPE, "%s", text);
    abi_free(abi);
    return true;
}

/* The size of what was there. Empty: the account has no ABI any more. */
static size_t put_abi(struct state *state, name_t account, struct bytes packed)
{
    struct row_key key = abi_key(account);
    struct bytes old;
    size_t old_size = state_get(state, row_key_view(&key), &old) ? old.size : 0;
    if (packed.size != 0)
        state_put(state, row_key_view(&key), packed);
    else
        state_erase(state, row_key_view(&key));
    return old_size;
}

bool system_setabi(struct apply *apply)
{
    struct setabi data;
    if (!setabi_read(apply->action->data, &data, apply_error(apply)) ||
        !apply_require_auth(apply, data.account) || !check_abi(apply, data.abi))
        return false;
    struct account *account = accounts_find(&apply->execution->accounts, data.account);
    assert(account != NULL); /* it has authorized this */
    account->changed = true;
    account->row.abi_sequence++;
    if (data.abi.size != 0)
        hash_sha256(&data.abi, 1, account->row.abi_hash);
    else
        memset(account->row.abi_hash, 0, sizeof account->row.abi_hash);
    meter_charge(apply_meter(apply), 2 * COST_ROW_WRITE + data.abi.size * COST_ROW_BYTE);
    size_t old_size = put_abi(apply->execution->block->state, data.account, data.abi);
    return apply_bill_ram(apply, data.account, (int64_t)data.abi.size - (int64_t)old_size);
}

/* ------------------------------------------------------------------ setalimits */

static bool check_limit(struct apply *apply, int64_t limit, const char *of)
{
    if (limit >= 0 || limit == UNLIMITED)
        return true;
    return ledger_fail(apply_error(apply), LEDGER_ACTION_VALIDATE,
                       "invalid value for %s resource limit expected [-1,INT64_MAX]", of);
}

bool system_setalimits(struct apply *apply)
{
    struct setalimits data;
    if (!setalimits_read(apply->action->data, &data, apply_error(apply)) ||
        !apply_require_auth(apply, NAME_EOSIO) || !check_limit(apply, data.ram_bytes, "ram") ||
        !check_limit(apply, data.net_words, "net") || !check_limit(apply, data.cpu_us, "cpu"))
        return false;
    struct account *account = accounts_find(&apply->execution->accounts, data.account);
    if (account == NULL) {
        char text[NAME_TEXT_SIZE];
        name_text(data.account, text);
        return ledger_fail(apply_error(apply), LEDGER_ACCOUNT_QUERY,
                           "Failed to retrieve account: %s", text);
    }
    meter_charge(apply_meter(apply), COST_ROW_WRITE);
    account->row.ram_quota_bytes = data.ram_bytes;
    account->row.net_limit_words = data.net_words;
    account->row.cpu_limit_us = data.cpu_us;
    account->changed = true;
    account->grown = true; /* a lower quota must still hold what is used */
    return true;
}
