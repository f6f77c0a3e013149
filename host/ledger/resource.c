// SPDX-License-Identifier: Apache-2.0
#include "host/ledger/resource.h"

#include <inttypes.h>

#define NET_WORD_BYTES 8u

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* What is left of a limit in its window. */
static uint64_t left(int64_t limit, uint64_t used)
{
    if (limit == UNLIMITED)
        return UINT64_MAX;
    return (uint64_t)limit > used ? (uint64_t)limit - used : 0;
}

static uint64_t known_units(const struct signed_transaction *transaction)
{
    const struct transaction *inner = &transaction->transaction;
    uint64_t units = COST_TRANSACTION + transaction->signature_count * (uint64_t)COST_SIGNATURE;
    for (unsigned i = 0; i < inner->action_count; i++)
        units += inner->actions[i].authorization_count * (uint64_t)COST_AUTHORIZATION;
    return units;
}

static bool check_net(const struct resource *resource, const struct block_context *context,
                      const struct transaction *transaction, struct ledger_error *error)
{
    uint64_t limit = context->parameters.max_transaction_net_words;
    if (transaction->max_net_usage_words != 0)
        limit = least(limit, transaction->max_net_usage_words);
    limit =
        least(limit, left(resource->payer->row.net_limit_words, resource->usage.net_used_words));
    if (resource->net_words > limit)
        return ledger_fail(error, LEDGER_TX_NET_EXCEEDED,
                           "transaction net usage is too high: %" PRIu32 " > %" PRIu64 " words",
                           resource->net_words, limit);
    if (resource->net_words > context->net_words_left)
        return ledger_fail(error, LEDGER_BLOCK_NET_EXCEEDED,
                           "not enough space left in block: %" PRIu32 " > %" PRIu32 " words",
                           resource->net_words, context->net_words_left);
    return true;
}

static void set_cpu_limit(struct resource *resource, const struct block_context *context,
                          const struct transaction *transaction)
{
    struct meter *meter = &resource->meter;
    uint64_t limit_us = context->parameters.max_transaction_cpu_us;
    if (transaction->max_cpu_usage_ms != 0)
        limit_us = least(limit_us, transaction->max_cpu_usage_ms * UINT64_C(1000));
    limit_us =
        least(limit_us, left(resource->payer->row.cpu_limit_us, resource->usage.cpu_used_us));
    meter->exceeded = LEDGER_TX_CPU_EXCEEDED;
    if (context->cpu_us_left < limit_us) {
        limit_us = context->cpu_us_left;
        meter->exceeded = LEDGER_BLOCK_CPU_EXCEEDED;
    }
    meter->units_max = limit_us * METER_UNITS_PER_US;
}

bool resource_open(struct resource *resource, const struct block_context *context,
                   const struct signed_transaction *transaction, const struct account *payer,
                   struct ledger_error *error)
{
    const struct account_row *row = &payer->row;
    resource->payer = payer;
    resource->windowed = row->net_limit_words != UNLIMITED || row->cpu_limit_us != UNLIMITED;
    resource->usage = (struct usage_row){0};
    if (resource->windowed)
        usage_row_get(context->state, payer->name, context->slot, &resource->usage);
    size_t bytes = signed_transaction_size(transaction);
    resource->net_words = (uint32_t)((bytes + NET_WORD_BYTES - 1) / NET_WORD_BYTES);
    resource->meter.units = known_units(transaction);
    set_cpu_limit(resource, context, &transaction->transaction);
    return check_net(resource, context, &transaction->transaction, error) &&
           resource_check(resource, error);
}

bool resource_check(const struct resource *resource, struct ledger_error *error)
{
    const struct meter *meter = &resource->meter;
    if (!meter_exceeded(meter))
        return true;
    return ledger_fail(error, meter->exceeded,
                       "transaction was executing for too long: %" PRIu64 "us of %" PRIu64 "us %s",
                       meter_us(meter), meter->units_max / METER_UNITS_PER_US,
                       meter->exceeded == LEDGER_BLOCK_CPU_EXCEEDED ? "left in the block"
                                                                    : "allowed");
}

void resource_settle(struct resource *resource, struct state *state)
{
    if (!resource->windowed)
        return;
    resource->usage.net_used_words += resource->net_words;
    resource->usage.cpu_used_us += meter_us(&resource->meter);
    usage_row_put(state, resource->payer->name, &resource->usage);
}
