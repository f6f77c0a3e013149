// SPDX-License-Identifier: Apache-2.0
/* The order of things is the family's: an action, then who is notified of it in the order of the
 * calls, then the inline actions that all of these asked for, each with what it brings about
 * before the next. */
#include "host/ledger/apply.h"

#include <assert.h>
#include <string.h>

#include "host/ledger/authorization.h"
#include "host/ledger/contract.h"
#include "host/ledger/names.h"

static bool too_many_actions(struct apply *apply)
{
    return ledger_fail(apply_error(apply), LEDGER_TRANSACTION,
                       "the transaction brings about more than %u actions", TRACE_ACTIONS_MAX);
}

/* ------------------------------------------------------------------ assertions, accounts */

bool apply_check(struct apply *apply, bool condition, const char *message)
{
    if (condition)
        return true;
    return ledger_fail(apply_error(apply), LEDGER_ASSERT_MESSAGE,
                       "assertion failure with message: %s", message);
}

bool apply_unknown_action(struct apply *apply)
{
    char account[NAME_TEXT_SIZE], name[NAME_TEXT_SIZE];
    name_text(apply->action->account, account);
    name_text(apply->action->name, name);
    return ledger_fail(apply_error(apply), LEDGER_ACTION_NOT_FOUND, "%s has no action %s", account,
                       name);
}

bool apply_has_auth(const struct apply *apply, name_t account)
{
    for (unsigned i = 0; i < apply->action->authorization_count; i++)
        if (apply->action->authorizations[i].actor == account)
            return true;
    return false;
}

bool apply_require_auth(struct apply *apply, name_t account)
{
    if (apply_has_auth(apply, account))
        return true;
    char name[NAME_TEXT_SIZE];
    name_text(account, name);
    return ledger_fail(apply_error(apply), LEDGER_MISSING_AUTH, "missing authority of %s", name);
}

bool apply_is_account(struct apply *apply, name_t account)
{
    return accounts_find(&apply->execution->accounts, account) != NULL;
}

/* ------------------------------------------------------------------ what else is to happen */

/* `original` starts the list of notifications. */
bool apply_require_recipient(struct apply *apply, name_t account)
{
    const struct journal_action *known = apply->running->original;
    for (; known != NULL; known = known->sibling)
        if (known->receiver == account)
            return true;
    struct journal_action *entry =
        journal_notify(&apply->execution->journal, account, apply->running);
    if (entry == NULL)
        return too_many_actions(apply);
    apply->last->sibling = entry;
    apply->last = entry;
    return true;
}

static bool check_inline_accounts(struct apply *apply, const struct action *action)
{
    char name[NAME_TEXT_SIZE];
    if (!apply_is_account(apply, action->account)) {
        name_text(action->account, name);
        return ledger_fail(apply_error(apply), LEDGER_ACTION_VALIDATE,
                           "inline action's code account %s does not exist", name);
    }
    for (unsigned i = 0; i < action->authorization_count; i++) {
        if (apply_is_account(apply, action->authorizations[i].actor))
            continue;
        name_text(action->authorizations[i].actor, name);
        return ledger_fail(apply_error(apply), LEDGER_ACTION_VALIDATE,
                           "inline action's authorizing actor %s does not exist", name);
    }
    return true;
}

static bool check_inline(struct apply *apply, const struct action *action)
{
    struct execution *execution = apply->execution;
    const struct permission_level code = {apply->receiver->name, NAME_EOSIO_CODE};
    struct authority_check check;
    if (!check_inline_accounts(apply, action))
        return false;
    if (apply->receiver->row.privileged)
        return true;
    authority_check_init(&check, execution->block->state,
                         execution->block->parameters.max_authority_depth, NULL, 0, &code);
    return authorization_check(&execution->accounts, &check, action, 1, &execution->error);
}

/* A copy in the arena. */
static const struct action *keep_action(struct arena *arena, const struct action *action)
{
    size_t bytes = action_bytes(action);
    struct action *kept = arena_take(arena, bytes + action->data.size);
    uint8_t *data = (uint8_t *)kept + bytes;
    action_copy(kept, action);
    if (action->data.size != 0)
        memcpy(data, action->data.data, action->data.size);
    kept->data.data = data;
    return kept;
}

bool apply_send_inline(struct apply *apply, const struct action *action)
{
    struct execution *execution = apply->execution;
    assert(action->authorization_count <= ACTION_AUTHORIZATIONS_MAX);
    meter_charge(apply_meter(apply), action->authorization_count * (uint64_t)COST_AUTHORIZATION);
    if (action->data.size > TRANSACTION_BYTES_MAX)
        return ledger_fail(&execution->error, LEDGER_ACTION_VALIDATE, "inline action too big");
    if (!check_inline(apply, action))
        return false;
    struct journal_action *entry =
        journal_add(&execution->journal, keep_action(&execution->arena, action), apply->running);
    if (entry == NULL)
        return too_many_actions(apply);
    if (apply->last_inlined != NULL)
        apply->last_inlined->sibling = entry;
    else
        apply->inlined = entry;
    apply->last_inlined = entry;
    return true;
}

void apply_print(struct apply *apply, struct bytes text)
{
    meter_charge(apply_meter(apply), text.size * COST_CONSOLE_BYTE);
    journal_print(&apply->execution->journal, apply->running, text);
}

/* ------------------------------------------------------------------ RAM */

bool apply_bill_ram(struct apply *apply, name_t account, int64_t bytes)
{
    struct execution *execution = apply->execution;
    struct account *payer = accounts_find(&execution->accounts, account);
    char name[NAME_TEXT_SIZE];
    if (bytes == 0)
        return true;
    if (payer == NULL) {
        name_text(account, name);
        return ledger_fail(&execution->error, LEDGER_ACTION_VALIDATE,
                           "account %s, which is to pay for RAM, does not exist", name);
    }
    account_bill_ram(payer, bytes);
    if (journal_ram_delta(&execution->journal, apply->running, account, bytes))
        return true;
    return ledger_fail(&execution->error, LEDGER_TRANSACTION,
                       "an action bills RAM to more than %u accounts", TRACE_RAM_DELTAS_MAX);
}

static bool bill_row(struct apply *apply, name_t payer, int64_t bytes)
{
    const struct account *receiver = apply->receiver;
    if (bytes > 0 && payer != receiver->name && !receiver->row.privileged) {
        if (receiver->name != apply->action->account)
            return ledger_fail(apply_error(apply), LEDGER_MISSING_AUTH,
                               "Cannot charge RAM to other accounts during notify.");
        if (!apply_require_auth(apply, payer))
            return false;
    }
    return apply_bill_ram(apply, payer, bytes);
}

/* ------------------------------------------------------------------ rows */

void apply_row_open(struct apply *apply, struct contract_row *row, name_t code, uint64_t scope,
                    name_t table, uint64_t primary)
{
    struct bytes stored;
    row->code = code;
    row->table = table;
    row->scope = scope;
    row->key = contract_row_key(code, scope, table, primary);
    meter_charge(apply_meter(apply), COST_ROW_READ);
    row->exists = state_get(apply->execution->block->state, row_key_view(&row->key), &stored);
    if (!row->exists)
        return;
    struct reader reader = reader_of(stored.data, stored.size);
    row->payer = read_u64(&reader);
    row->value = read_view(&reader, reader_left(&reader));
    assert(!reader.failed);
}

/* Moves the number of rows of the row's table: from 0 it makes the table, to 0 it removes it. */
static bool count_row(struct apply *apply, const struct contract_row *row, name_t payer, int change)
{
    struct state *state = apply->execution->block->state;
    struct row_key key = table_key(row->code, row->table, row->scope);
    struct bytes stored;
    uint32_t rows = 0;
    uint8_t value[sizeof payer + sizeof rows];
    meter_charge(apply_meter(apply), COST_ROW_READ + COST_ROW_WRITE + sizeof value * COST_ROW_BYTE);
    bool exists = state_get(state, row_key_view(&key), &stored);
    if (exists) {
        struct reader reader = reader_of(stored.data, stored.size);
        payer = read_u64(&reader);
        rows = read_u32(&reader);
    }
    assert(change > 0 || rows > 0);
    rows += (uint32_t)change;
    if (rows == 0) {
        state_erase(state, row_key_view(&key));
        return apply_bill_ram(apply, payer, -CONTRACT_TABLE_RAM_BYTES);
    }
    struct writer writer = writer_of(value, sizeof value);
    write_u64(&writer, payer);
    write_u32(&writer, rows);
    state_put(state, row_key_view(&key), (struct bytes){value, sizeof value});
    return exists || bill_row(apply, payer, CONTRACT_TABLE_RAM_BYTES);
}

/* Bills what the row takes in the place of what is there. */
static bool bill_change(struct apply *apply, const struct contract_row *row, name_t payer,
                        size_t bytes)
{
    int64_t cost = CONTRACT_ROW_RAM_BYTES + (int64_t)bytes;
    if (!row->exists)
        return count_row(apply, row, payer, 1) && bill_row(apply, payer, cost);
    int64_t old_cost = CONTRACT_ROW_RAM_BYTES + (int64_t)row->value.size;
    if (payer == row->payer)
        return bill_row(apply, payer, cost - old_cost);
    return apply_bill_ram(apply, row->payer, -old_cost) && bill_row(apply, payer, cost);
}

static bool check_own(struct apply *apply, const struct contract_row *row)
{
    if (row->code == apply->receiver->name)
        return true;
    return ledger_fail(apply_error(apply), LEDGER_DATABASE, "db access violation");
}

static void put_row(struct apply *apply, const struct contract_row *row, name_t payer,
                    struct bytes value)
{
    uint8_t small[256];
    size_t size = sizeof payer + value.size;
    uint8_t *stored = size <= sizeof small ? small : arena_take(&apply->execution->arena, size);
    struct writer writer = writer_of(stored, size);
    write_u64(&writer, payer);
    write_copy(&writer, value.data, value.size);
    state_put(apply->execution->block->state, row_key_view(&row->key),
              (struct bytes){stored, size});
}

bool apply_row_put(struct apply *apply, const struct contract_row *row, name_t payer,
                   struct bytes value)
{
    if (payer == 0 && row->exists)
        payer = row->payer;
    meter_charge(apply_meter(apply), COST_ROW_WRITE + value.size * COST_ROW_BYTE);
    if (!check_own(apply, row))
        return false;
    if (value.size > CONTRACT_ROW_BYTES_MAX)
        return ledger_fail(apply_error(apply), LEDGER_DATABASE, "a row has more than %u bytes",
                           CONTRACT_ROW_BYTES_MAX);
    if (!bill_change(apply, row, payer, value.size))
        return false;
    put_row(apply, row, payer, value);
    return true;
}

bool apply_row_erase(struct apply *apply, const struct contract_row *row)
{
    int64_t cost = CONTRACT_ROW_RAM_BYTES + (int64_t)row->value.size;
    assert(row->exists);
    meter_charge(apply_meter(apply), COST_ROW_WRITE);
    if (!check_own(apply, row))
        return false;
    state_erase(apply->execution->block->state, row_key_view(&row->key));
    return apply_bill_ram(apply, row->payer, -cost) && count_row(apply, row, 0, -1);
}

/* ------------------------------------------------------------------ running */

static bool find_receiver(struct apply *apply)
{
    struct execution *execution = apply->execution;
    apply->receiver = accounts_find(&execution->accounts, apply->running->receiver);
    if (apply->receiver != NULL)
        return true;
    char name[NAME_TEXT_SIZE];
    name_text(apply->running->receiver, name);
    return ledger_fail(&execution->error, LEDGER_ACTION_VALIDATE,
                       "account %s, which is to be notified, does not exist", name);
}

/* Of one receiver. */
static bool run_one(struct apply *apply, struct journal_action *entry)
{
    struct execution *execution = apply->execution;
    apply->running = entry;
    meter_charge(apply_meter(apply),
                 COST_ACTION + entry->action->data.size * (uint64_t)COST_ACTION_BYTE);
    bool ran = resource_check(&execution->resource, &execution->error) && find_receiver(apply);
    if (ran) {
        const struct contract *contract = execution->block->contract_of(entry->receiver);
        ran = (contract == NULL || contract->apply(apply)) &&
              resource_check(&execution->resource, &execution->error);
    }
    if (!ran) {
        assert(execution->error.code != LEDGER_OK);
        execution->journal.failed = entry;
        return false;
    }
    entry->global_sequence = ++execution->global.global_sequence;
    return true;
}

/* `depth`: of inline actions above this one; bounded by the chain's parameter. */
static bool run(struct execution *execution, struct journal_action *action, unsigned depth)
{
    struct apply apply = {.execution = execution, .action = action->action, .last = action};
    for (struct journal_action *entry = action; entry != NULL; entry = entry->sibling)
        if (!run_one(&apply, entry))
            return false;
    if (apply.inlined != NULL && depth >= execution->block->parameters.max_inline_depth) {
        execution->journal.failed = action;
        return ledger_fail(&execution->error, LEDGER_TRANSACTION,
                           "max inline action depth per transaction reached");
    }
    for (struct journal_action *entry = apply.inlined; entry != NULL;) {
        /* The list is the entry's own from here on: of its notifications. */
        struct journal_action *next = entry->sibling;
        entry->sibling = NULL;
        if (!run(execution, entry, depth + 1))
            return false;
        entry = next;
    }
    return true;
}

bool execution_run(struct execution *execution, struct journal_action *action)
{
    return run(execution, action, 0);
}
