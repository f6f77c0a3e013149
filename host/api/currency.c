// SPDX-License-Identifier: Apache-2.0
/* Balances and supplies: the tables that every token contract of the family has. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "host/api/api.h"
#include "host/ledger/names.h"

#define ASSETS_MAX 1000u

/* Whether the contract's ABI has the table. False with a failure. */
static bool check_table(struct request *request, name_t code, name_t table)
{
    char code_text[NAME_TEXT_SIZE], table_text[NAME_TEXT_SIZE];
    struct abi_share *share = abi_cache_get(request->api->abis, code);
    const struct abi *abi = abi_share_abi(share);
    bool exists = abi_share_account_exists(share);
    bool has_table = abi != NULL && abi_table_type(abi, table) != NULL;
    abi_share_release(share);
    name_text(code, code_text);
    name_text(table, table_text);
    if (!exists)
        return failure_code(&request->failure, LEDGER_ACCOUNT_QUERY,
                            "Fail to retrieve account for %s", code_text);
    if (!has_table)
        return failure_code(&request->failure, LEDGER_CONTRACT_TABLE_QUERY,
                            "Table %s is not specified in the ABI", table_text);
    return true;
}

static struct asset read_asset(struct reader *reader)
{
    struct asset asset = {.amount = (int64_t)read_u64(reader)};
    asset.symbol = read_u64(reader);
    return asset;
}

static void scan_table(struct chain *chain, name_t code, uint64_t scope, name_t table,
                       bool (*row)(void *user, struct bytes key, struct bytes value), void *user)
{
    struct row_key prefix = row_key(ROW_CONTRACT);
    row_key_u64(&prefix, code);
    row_key_u64(&prefix, scope);
    row_key_u64(&prefix, table);
    struct row_key end = row_key_end(&prefix);
    chain_lock(chain);
    state_scan(chain_state(chain), row_key_view(&prefix), row_key_view(&end), false, row, user);
    chain_unlock(chain);
}

struct balances {
    const char *code; /* only of this symbol; "": of all */
    unsigned count;
    struct asset assets[ASSETS_MAX];
};

static bool add_balance(void *user, struct bytes key, struct bytes value)
{
    struct balances *balances = user;
    char code[SYMBOL_TEXT_SIZE];
    (void)key;
    struct reader reader = reader_of(value.data, value.size);
    read_u64(&reader); /* payer */
    struct asset asset = read_asset(&reader);
    if (reader.failed || !asset_valid(asset))
        return true; /* a table of this name that holds something else */
    symbol_code_text(symbol_code(asset.symbol), code);
    if (balances->code[0] == '\0' || strcasecmp(balances->code, code) == 0)
        balances->assets[balances->count++] = asset;
    return balances->count < ASSETS_MAX;
}

bool currency_balance(struct request *request)
{
    struct balances balances = {.count = 0};
    struct text symbol;
    name_t code, account;
    if (!argument_name(request, "code", &code) || !argument_name(request, "account", &account) ||
        !argument_text(request, "symbol", "", &symbol) ||
        !check_table(request, code, NAME_ACCOUNTS))
        return false;
    balances.code = symbol.chars;
    scan_table(request->api->options.chain, code, account, NAME_ACCOUNTS, add_balance, &balances);
    out_array(&request->out);
    for (unsigned i = 0; i < balances.count; i++)
        out_asset(&request->out, balances.assets[i]);
    out_array_end(&request->out);
    return true;
}

struct supply {
    bool found;
    struct asset supply, max_supply;
    name_t issuer;
};

static bool take_supply(void *user, struct bytes key, struct bytes value)
{
    struct supply *supply = user;
    (void)key;
    struct reader reader = reader_of(value.data, value.size);
    read_u64(&reader); /* payer */
    supply->supply = read_asset(&reader);
    supply->max_supply = read_asset(&reader);
    supply->issuer = read_u64(&reader);
    supply->found =
        !reader.failed && asset_valid(supply->supply) && asset_valid(supply->max_supply);
    return false; /* the scope is the symbol: it has one row */
}

bool currency_stats(struct request *request)
{
    struct out *out = &request->out;
    struct supply supply = {.found = false};
    struct text symbol;
    char capitals[SYMBOL_TEXT_SIZE] = "";
    symbol_code_t scope;
    name_t code;
    if (!argument_name(request, "code", &code) || !argument_text(request, "symbol", NULL, &symbol))
        return false;
    for (size_t i = 0; i < symbol.size && i + 1 < sizeof capitals; i++)
        capitals[i] = (char)toupper((unsigned char)symbol.chars[i]);
    if (!symbol_code_parse(capitals, strlen(capitals), &scope))
        return failure_code(&request->failure, LEDGER_ASSET_TYPE, "Invalid symbol '%.16s'",
                            symbol.chars);
    if (!check_table(request, code, NAME_STAT))
        return false;
    scan_table(request->api->options.chain, code, scope, NAME_STAT, take_supply, &supply);
    out_object(out);
    if (supply.found) {
        out_key(out, capitals);
        out_object(out);
        out_key(out, "supply");
        out_asset(out, supply.supply);
        out_key(out, "max_supply");
        out_asset(out, supply.max_supply);
        out_key_name(out, "issuer", supply.issuer);
        out_object_end(out);
    }
    out_object_end(out);
    return true;
}
