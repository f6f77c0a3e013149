// SPDX-License-Identifier: Apache-2.0
#include "host/ledger/accounts.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

void accounts_init(struct accounts *accounts, struct state *state, struct arena *arena)
{
    accounts->state = state;
    accounts->arena = arena;
    accounts->first = NULL;
}

static void add(struct accounts *accounts, struct account *account, name_t name)
{
    account->name = name;
    account->grown = false;
    account->next = accounts->first;
    accounts->first = account;
}

struct account *accounts_find(struct accounts *accounts, name_t name)
{
    struct account_row row;
    for (struct account *account = accounts->first; account != NULL; account = account->next)
        if (account->name == name)
            return account;
    if (!account_row_get(accounts->state, name, &row))
        return NULL;
    struct account *account = arena_take(accounts->arena, sizeof *account);
    add(accounts, account, name);
    account->changed = false;
    account->row = row;
    return account;
}

struct account *accounts_create(struct accounts *accounts, name_t name)
{
    struct account *account = arena_take(accounts->arena, sizeof *account);
    add(accounts, account, name);
    account->changed = true;
    memset(&account->row, 0, sizeof account->row);
    return account;
}

void account_bill_ram(struct account *account, int64_t bytes)
{
    assert(bytes >= 0 || account->row.ram_usage_bytes >= -(uint64_t)bytes);
    account->row.ram_usage_bytes += (uint64_t)bytes;
    account->changed = true;
    account->grown |= bytes > 0;
}

bool accounts_check_ram(const struct accounts *accounts, struct ledger_error *error)
{
    for (const struct account *account = accounts->first; account != NULL;
         account = account->next) {
        const struct account_row *row = &account->row;
        if (!account->grown || row->ram_quota_bytes == UNLIMITED ||
            row->ram_usage_bytes <= (uint64_t)row->ram_quota_bytes)
            continue;
        char name[NAME_TEXT_SIZE];
        name_text(account->name, name);
        return ledger_fail(error, LEDGER_RAM_EXCEEDED,
                           "account %s has insufficient ram; needs %" PRIu64 " bytes has %" PRId64
                           " bytes",
                           name, row->ram_usage_bytes, row->ram_quota_bytes);
    }
    return true;
}

void accounts_write(struct accounts *accounts)
{
    for (struct account *account = accounts->first; account != NULL; account = account->next) {
        if (account->changed)
            account_row_put(accounts->state, account->name, &account->row);
        account->changed = false;
    }
}
