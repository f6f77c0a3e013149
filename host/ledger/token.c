// SPDX-License-Identifier: Apache-2.0
/* Tokens as the family's reference contract eosio.token has them: the same actions, tables,
 * conditions in the same order, and texts.
 *
 *   table accounts, scope owner         primary symbol code   balance (asset)
 *   table stat, scope symbol code       primary symbol code   supply, max supply (asset), issuer
 *
 * INVARIANT: of each symbol, the balances add up to the supply, which is not above max supply. */
#include "host/ledger/apply.h"
#include "host/ledger/contract.h"
#include "host/ledger/names.h"
#include "host/ledger/system_data.h"

#define MEMO_BYTES_MAX    256u
#define BALANCE_ROW_BYTES 16u
#define STAT_ROW_BYTES    40u

/* ------------------------------------------------------------------ data and rows */

static struct asset read_asset(struct reader *reader)
{
    int64_t amount = (int64_t)read_u64(reader);
    return (struct asset){amount, read_u64(reader)};
}

static void write_asset(struct writer *writer, struct asset asset)
{
    write_u64(writer, (uint64_t)asset.amount);
    write_u64(writer, asset.symbol);
}

struct stat {
    struct contract_row row;
    struct asset supply, supply_max;
    name_t issuer;
};

static void stat_open(struct apply *apply, struct stat *stat, symbol_t symbol)
{
    symbol_code_t code = symbol_code(symbol);
    apply_row_open(apply, &stat->row, NAME_EOSIO_TOKEN, code, NAME_STAT, code);
    if (!stat->row.exists)
        return;
    struct reader reader = reader_of(stat->row.value.data, stat->row.value.size);
    stat->supply = read_asset(&reader);
    stat->supply_max = read_asset(&reader);
    stat->issuer = read_u64(&reader);
}

static bool stat_put(struct apply *apply, const struct stat *stat, name_t payer)
{
    uint8_t value[STAT_ROW_BYTES];
    struct writer writer = writer_of(value, sizeof value);
    write_asset(&writer, stat->supply);
    write_asset(&writer, stat->supply_max);
    write_u64(&writer, stat->issuer);
    return apply_row_put(apply, &stat->row, payer, (struct bytes){value, sizeof value});
}

struct balance {
    struct contract_row row;
    struct asset amount;
};

static void balance_open(struct apply *apply, struct balance *balance, name_t owner,
                         symbol_t symbol)
{
    apply_row_open(apply, &balance->row, NAME_EOSIO_TOKEN, owner, NAME_ACCOUNTS,
                   symbol_code(symbol));
    if (!balance->row.exists)
        return;
    struct reader reader = reader_of(balance->row.value.data, balance->row.value.size);
    balance->amount = read_asset(&reader);
}

static bool balance_put(struct apply *apply, const struct balance *balance, name_t payer)
{
    uint8_t value[BALANCE_ROW_BYTES];
    struct writer writer = writer_of(value, sizeof value);
    write_asset(&writer, balance->amount);
    return apply_row_put(apply, &balance->row, payer, (struct bytes){value, sizeof value});
}

static bool sub_balance(struct apply *apply, name_t owner, struct asset quantity)
{
    struct balance balance;
    balance_open(apply, &balance, owner, quantity.symbol);
    if (!apply_check(apply, balance.row.exists, "no balance object found") ||
        !apply_check(apply, balance.amount.amount >= quantity.amount, "overdrawn balance"))
        return false;
    balance.amount.amount -= quantity.amount;
    return balance_put(apply, &balance, owner);
}

static bool add_balance(struct apply *apply, name_t owner, struct asset quantity, name_t payer)
{
    struct balance balance;
    balance_open(apply, &balance, owner, quantity.symbol);
    if (!balance.row.exists) {
        balance.amount = quantity;
        return balance_put(apply, &balance, payer);
    }
    /* No balance is above the supply, so this holds as long as the invariant does. */
    if (!apply_check(apply, balance.amount.amount <= ASSET_AMOUNT_MAX - quantity.amount,
                     "addition overflow"))
        return false;
    balance.amount.amount += quantity.amount;
    return balance_put(apply, &balance, 0);
}

/* ------------------------------------------------------------------ actions */

static bool token_create(struct apply *apply)
{
    struct reader reader = reader_of(apply->action->data.data, apply->action->data.size);
    struct stat stat;
    name_t issuer = read_u64(&reader);
    struct asset supply_max = read_asset(&reader);
    if (!action_data_done(&reader, apply_error(apply)) ||
        !apply_require_auth(apply, NAME_EOSIO_TOKEN) ||
        !apply_check(apply, symbol_valid(supply_max.symbol), "invalid symbol name") ||
        !apply_check(apply, asset_valid(supply_max), "invalid supply") ||
        !apply_check(apply, supply_max.amount > 0, "max-supply must be positive"))
        return false;
    stat_open(apply, &stat, supply_max.symbol);
    if (!apply_check(apply, !stat.row.exists, "token with symbol already exists"))
        return false;
    stat.supply = (struct asset){0, supply_max.symbol};
    stat.supply_max = supply_max;
    stat.issuer = issuer;
    return stat_put(apply, &stat, NAME_EOSIO_TOKEN);
}

static bool token_issue(struct apply *apply)
{
    struct reader reader = reader_of(apply->action->data.data, apply->action->data.size);
    struct stat stat;
    name_t to = read_u64(&reader);
    struct asset quantity = read_asset(&reader);
    size_t memo_bytes = read_sized(&reader, TRANSACTION_BYTES_MAX).size;
    if (!action_data_done(&reader, apply_error(apply)) ||
        !apply_check(apply, symbol_valid(quantity.symbol), "invalid symbol name") ||
        !apply_check(apply, memo_bytes <= MEMO_BYTES_MAX, "memo has more than 256 bytes"))
        return false;
    stat_open(apply, &stat, quantity.symbol);
    if (!apply_check(apply, stat.row.exists,
                     "token with symbol does not exist, create token before issue") ||
        !apply_check(apply, to == stat.issuer, "tokens can only be issued to issuer account") ||
        !apply_require_auth(apply, stat.issuer) ||
        !apply_check(apply, asset_valid(quantity), "invalid quantity") ||
        !apply_check(apply, quantity.amount > 0, "must issue positive quantity") ||
        !apply_check(apply, quantity.symbol == stat.supply.symbol, "symbol precision mismatch") ||
        !apply_check(apply, quantity.amount <= stat.supply_max.amount - stat.supply.amount,
                     "quantity exceeds available supply"))
        return false;
    stat.supply.amount += quantity.amount;
    return stat_put(apply, &stat, 0) && add_balance(apply, stat.issuer, quantity, stat.issuer);
}

static bool token_retire(struct apply *apply)
{
    struct reader reader = reader_of(apply->action->data.data, apply->action->data.size);
    struct stat stat;
    struct asset quantity = read_asset(&reader);
    size_t memo_bytes = read_sized(&reader, TRANSACTION_BYTES_MAX).size;
    if (!action_data_done(&reader, apply_error(apply)) ||
        !apply_check(apply, symbol_valid(quantity.symbol), "invalid symbol name") ||
        !apply_check(apply, memo_bytes <= MEMO_BYTES_MAX, "memo has more than 256 bytes"))
        return false;
    stat_open(apply, &stat, quantity.symbol);
    if (!apply_check(apply, stat.row.exists, "token with symbol does not exist") ||
        !apply_require_auth(apply, stat.issuer) ||
        !apply_check(apply, asset_valid(quantity), "invalid quantity") ||
        !apply_check(apply, quantity.amount > 0, "must retire positive quantity") ||
        !apply_check(apply, quantity.symbol == stat.supply.symbol, "symbol precision mismatch"))
        return false;
    /* Below zero only for a moment: then the balance does not suffice, and all is undone. */
    stat.supply.amount -= quantity.amount;
    return stat_put(apply, &stat, 0) && sub_balance(apply, stat.issuer, quantity);
}

static bool token_transfer(struct apply *apply)
{
    struct reader reader = reader_of(apply->action->data.data, apply->action->data.size);
    struct stat stat;
    name_t from = read_u64(&reader), to = read_u64(&reader);
    struct asset quantity = read_asset(&reader);
    size_t memo_bytes = read_sized(&reader, TRANSACTION_BYTES_MAX).size;
    if (!action_data_done(&reader, apply_error(apply)) ||
        !apply_check(apply, from != to, "cannot transfer to self") ||
        !apply_require_auth(apply, from) ||
        !apply_check(apply, apply_is_account(apply, to), "to account does not exist"))
        return false;
    stat_open(apply, &stat, quantity.symbol);
    if (!apply_check(apply, stat.row.exists, "unable to find key") ||
        !apply_require_recipient(apply, from) || !apply_require_recipient(apply, to) ||
        !apply_check(apply, asset_valid(quantity), "invalid quantity") ||
        !apply_check(apply, quantity.amount > 0, "must transfer positive quantity") ||
        !apply_check(apply, quantity.symbol == stat.supply.symbol, "symbol precision mismatch") ||
        !apply_check(apply, memo_bytes <= MEMO_BYTES_MAX, "memo has more than 256 bytes"))
        return false;
    name_t payer = apply_has_auth(apply, to) ? to : from;
    return sub_balance(apply, from, quantity) && add_balance(apply, to, quantity, payer);
}

static bool token_open(struct apply *apply)
{
    struct reader reader = reader_of(apply->action->data.data, apply->action->data.size);
    struct stat stat;
    struct balance balance;
    name_t owner = read_u64(&reader);
    symbol_t symbol = read_u64(&reader);
    name_t payer = read_u64(&reader);
    if (!action_data_done(&reader, apply_error(apply)) || !apply_require_auth(apply, payer) ||
        !apply_check(apply, apply_is_account(apply, owner), "owner account does not exist"))
        return false;
    stat_open(apply, &stat, symbol);
    if (!apply_check(apply, stat.row.exists, "symbol does not exist") ||
        !apply_check(apply, stat.supply.symbol == symbol, "symbol precision mismatch"))
        return false;
    balance_open(apply, &balance, owner, symbol);
    if (balance.row.exists)
        return true;
    balance.amount = (struct asset){0, symbol};
    return balance_put(apply, &balance, payer);
}

static bool token_close(struct apply *apply)
{
    struct reader reader = reader_of(apply->action->data.data, apply->action->data.size);
    struct balance balance;
    name_t owner = read_u64(&reader);
    symbol_t symbol = read_u64(&reader);
    if (!action_data_done(&reader, apply_error(apply)) || !apply_require_auth(apply, owner))
        return false;
    balance_open(apply, &balance, owner, symbol);
    return apply_check(apply, balance.row.exists,
                       "Balance row already deleted or never existed. Action won't have any "
                       "effect.") &&
           apply_check(apply, balance.amount.amount == 0,
                       "Cannot close because the balance is not zero.") &&
           apply_row_erase(apply, &balance.row);
}

static bool token_apply(struct apply *apply)
{
    /* Of other contracts' actions it is only notified. */
    if (apply->action->account != NAME_EOSIO_TOKEN)
        return true;
    switch (apply->action->name) {
    case NAME_CREATE:
        return token_create(apply);
    case NAME_ISSUE:
        return token_issue(apply);
    case NAME_RETIRE:
        return token_retire(apply);
    case NAME_TRANSFER:
        return token_transfer(apply);
    case NAME_OPEN:
        return token_open(apply);
    case NAME_CLOSE:
        return token_close(apply);
    default:
        return apply_unknown_action(apply);
    }
}

const struct contract token_contract = {token_apply};
