// SPDX-License-Identifier: Apache-2.0
#include "host/ledger/execute.h"

#include <assert.h>
#include <string.h>

#include "host/ledger/authorization.h"
#include "host/ledger/contract.h"
#include "host/ledger/execution.h"

void block_context_init(struct block_context *context, struct state *state, uint32_t height,
                        uint32_t slot, name_t producer)
{
    *context = (struct block_context){.state = state,
                                      .height = height,
                                      .slot = slot,
                                      .producer = producer,
                                      .contract_of = contract_native};
    chain_parameters_get(state, &context->parameters);
    global_row_get(state, &context->global);
    context->net_words_left = context->parameters.max_block_net_words;
    context->cpu_us_left = context->parameters.max_block_cpu_us;
}

/* ------------------------------------------------------------------ authorization */

/* A transaction for later would need what the chain does not have. */
static bool check_delay(const struct transaction *transaction, struct ledger_error *error)
{
    if (transaction->delay_sec == 0)
        return true;
    return ledger_fail(error, LEDGER_TX_DELAY, "delay_sec must be 0");
}

static bool check_keys(const struct public_key *keys, unsigned key_count,
                       struct ledger_error *error)
{
    char text[KEY_TEXT_SIZE];
    if (key_count > AUTHORIZE_KEYS_MAX)
        return ledger_fail(error, LEDGER_TRANSACTION, "more than %u keys", AUTHORIZE_KEYS_MAX);
    for (unsigned i = 1; i < key_count; i++) {
        for (unsigned j = 0; j < i; j++) {
            if (memcmp(&keys[i], &keys[j], sizeof keys[i]) != 0)
                continue;
            public_key_text(&keys[i], true, text);
            return ledger_fail(error, LEDGER_TX_DUPLICATE_SIG,
                               "transaction includes more than one signature signed using the same "
                               "key associated with public key: %s",
                               text);
        }
    }
    return true;
}

static bool check_all_used(const struct public_key *keys, unsigned key_count,
                           const struct key_set *used, struct ledger_error *error)
{
    char text[KEY_TEXT_SIZE];
    for (unsigned i = 0; i < key_count; i++) {
        if (key_set_has(used, i))
            continue;
        public_key_text(&keys[i], true, text);
        return ledger_fail(error, LEDGER_IRRELEVANT_SIG,
                           "transaction bears irrelevant signatures from these keys: [\"%s\"]",
                           text);
    }
    return true;
}

/* The accounts are known to exist. */
static bool authorize(struct accounts *accounts, const struct chain_parameters *parameters,
                      const struct transaction *transaction, const struct public_key *keys,
                      unsigned key_count, struct key_set *used, struct ledger_error *error)
{
    struct authority_check check;
    if (!check_keys(keys, key_count, error))
        return false;
    authority_check_init(&check, accounts->state, parameters->max_authority_depth, keys, key_count,
                         NULL);
    bool satisfied = authorization_check(accounts, &check, transaction->actions,
                                         transaction->action_count, error);
    *used = check.used;
    return satisfied;
}

bool authorize_transaction(struct state *state, const struct chain_parameters *parameters,
                           const struct transaction *transaction, const struct public_key *keys,
                           unsigned key_count, bool used[], struct ledger_error *error)
{
    struct arena arena;
    struct accounts accounts;
    struct key_set set;
    arena_init(&arena);
    accounts_init(&accounts, state, &arena);
    bool satisfied = authorization_check_accounts(&accounts, transaction, error) &&
                     authorize(&accounts, parameters, transaction, keys, key_count, &set, error);
    for (unsigned i = 0; i < key_count; i++)
        used[i] = satisfied && key_set_has(&set, i);
    arena_free(&arena);
    return satisfied;
}

/* ------------------------------------------------------------------ execution */

static void init(struct execution *execution, struct block_context *context)
{
    execution->block = context;
    execution->global = context->global;
    execution->error.code = LEDGER_OK;
    execution->error.message[0] = '\0';
    arena_init(&execution->arena);
    accounts_init(&execution->accounts, context->state, &execution->arena);
    journal_init(&execution->journal, &execution->arena);
    execution->resource.net_words = 0;
    execution->resource.meter.units = 0;
}

/* The first authorization's account, which pays. There is one, and the account exists. */
static const struct account *payer_of(struct execution *execution,
                                      const struct transaction *transaction)
{
    unsigned i = 0;
    while (transaction->actions[i].authorization_count == 0)
        i++;
    return accounts_find(&execution->accounts, transaction->actions[i].authorizations[0].actor);
}

static bool check(struct execution *execution, const struct signed_transaction *transaction,
                  const struct public_key *keys, unsigned key_count,
                  enum execute_authorization authorization)
{
    const struct transaction *inner = &transaction->transaction;
    struct ledger_error *error = &execution->error;
    struct key_set used;
    return check_delay(inner, error) &&
           authorization_check_accounts(&execution->accounts, inner, error) &&
           resource_open(&execution->resource, execution->block, transaction,
                         payer_of(execution, inner), error) &&
           (authorization == EXECUTE_ASSUME ||
            (authorize(&execution->accounts, &execution->block->parameters, inner, keys, key_count,
                       &used, error) &&
             check_all_used(keys, key_count, &used, error)));
}

static bool run_actions(struct execution *execution, const struct transaction *transaction)
{
    struct journal_action *entries[TRANSACTION_ACTIONS_MAX];
    for (unsigned i = 0; i < transaction->action_count; i++) {
        entries[i] = journal_add(&execution->journal, &transaction->actions[i], NULL);
        assert(entries[i] != NULL);
    }
    for (unsigned i = 0; i < transaction->action_count; i++)
        if (!execution_run(execution, entries[i]))
            return false;
    return true;
}

static bool settle(struct execution *execution)
{
    if (!accounts_check_ram(&execution->accounts, &execution->error))
        return false;
    resource_settle(&execution->resource, execution->block->state);
    accounts_write(&execution->accounts);
    return true;
}

static struct transaction_trace *make_trace(const struct execution *execution,
                                            const struct signed_transaction *transaction)
{
    struct transaction_trace *trace = journal_trace(&execution->journal, &execution->error);
    memcpy(trace->id, transaction->id, sizeof trace->id);
    trace->height = execution->block->height;
    trace->slot = execution->block->slot;
    trace->cpu_usage_us = (uint32_t)meter_us(&execution->resource.meter);
    trace->net_usage_words = execution->resource.net_words;
    return trace;
}

/* The limits of the block were held, so nothing goes below zero. */
static void keep_changes(const struct execution *execution)
{
    struct block_context *context = execution->block;
    context->global = execution->global;
    context->net_words_left -= execution->resource.net_words;
    context->cpu_us_left -= (uint32_t)meter_us(&execution->resource.meter);
    state_merge(context->state);
}

struct transaction_trace *execute_transaction(struct block_context *context,
                                              struct signed_transaction *transaction,
                                              const struct public_key *keys, unsigned key_count,
                                              enum execute_authorization authorization, bool keep)
{
    struct execution execution;
    init(&execution, context);
    state_push(context->state);
    bool executed = check(&execution, transaction, keys, key_count, authorization) &&
                    run_actions(&execution, &transaction->transaction) && settle(&execution);
    assert(executed == (execution.error.code == LEDGER_OK));
    if (executed && keep)
        keep_changes(&execution);
    else
        state_pop(context->state);
    struct transaction_trace *trace = make_trace(&execution, transaction);
    arena_free(&execution.arena);
    return trace;
}
