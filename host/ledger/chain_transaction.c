// SPDX-License-Identifier: Apache-2.0
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/hex.h"
#include "host/ledger/chain_core.h"

#define DIGEST_HEX_SIZE 65u

/* ------------------------------------------------------------------ before one executes */

/* The slot of the block under way, or of the last one. */
static uint32_t current_slot(const struct chain *chain)
{
    return chain->pending.open ? chain->pending.context.slot : chain_top(chain)->header.slot;
}

static bool check_expiration(const struct chain *chain, const struct transaction *transaction,
                             const struct chain_parameters *parameters, struct ledger_error *error)
{
    uint32_t slot = current_slot(chain);
    if (expired_at(transaction->expiration, slot))
        return ledger_fail(error, LEDGER_EXPIRED_TX,
                           "expired transaction: it expired at %u, the block's time is %lld",
                           transaction->expiration, (long long)slot_unix_ms(slot) / 1000);
    int64_t latest_ms = slot_unix_ms(slot) + (int64_t)parameters->max_transaction_lifetime_s * 1000;
    if ((int64_t)transaction->expiration * 1000 > latest_ms)
        return ledger_fail(error, LEDGER_TX_EXP_TOO_FAR,
                           "transaction expires at %u, more than %u seconds after the block's time",
                           transaction->expiration, parameters->max_transaction_lifetime_s);
    return true;
}

/* The ring has the ids of blocks below the one under way; below the next one when none is. */
static bool check_tapos(struct chain *chain, const struct transaction *transaction,
                        struct ledger_error *error)
{
    const struct head *top = chain_top(chain);
    block_id_t id;
    bool known = true;
    if (transaction->ref_block_num == (uint16_t)block_id_height(&top->id))
        id = top->id;
    else
        known = tapos_row_get(chain->state, transaction->ref_block_num, &id);
    struct reader reader = reader_of(id.bytes + 8, sizeof(uint32_t));
    if (known && read_u32(&reader) == transaction->ref_block_prefix)
        return true;
    return ledger_fail(error, LEDGER_INVALID_REF_BLOCK,
                       "Transaction's reference block did not match. Is this transaction from a "
                       "different fork?");
}

static bool check_size(const struct signed_transaction *transaction,
                       const struct chain_parameters *parameters, struct ledger_error *error)
{
    size_t bytes = signed_transaction_size(transaction);
    if (bytes > (uint64_t)parameters->max_transaction_net_words * 8)
        return ledger_fail(error, LEDGER_TX_TOO_BIG,
                           "the transaction has %zu bytes, more than %llu", bytes,
                           (unsigned long long)parameters->max_transaction_net_words * 8);
    return true;
}

static bool check_duplicate(const struct chain *chain, const uint8_t id[32],
                            struct ledger_error *error)
{
    char hex[DIGEST_HEX_SIZE];
    if (!chain_has_recent(chain, id))
        return true;
    hex_encode(id, RECENT_ID_BYTES, hex);
    return ledger_fail(error, LEDGER_TX_DUPLICATE, "duplicate transaction %s", hex);
}

bool chain_precheck(struct chain *chain, const struct signed_transaction *transaction,
                    struct ledger_error *error)
{
    struct chain_parameters parameters;
    if (chain->pending.open)
        parameters = chain->pending.context.parameters;
    else
        chain_parameters_get(chain->state, &parameters);
    if (transaction->transaction.delay_sec != 0)
        return ledger_fail(error, LEDGER_TX_DELAY, "transactions cannot be delayed here");
    return check_size(transaction, &parameters, error) &&
           check_expiration(chain, &transaction->transaction, &parameters, error) &&
           check_tapos(chain, &transaction->transaction, error) &&
           check_duplicate(chain, transaction->id, error);
}

bool chain_required_keys(struct chain *chain, const struct transaction *transaction,
                         const struct public_key *keys, unsigned key_count, bool required[],
                         struct ledger_error *error)
{
    struct chain_parameters parameters;
    chain_parameters_get(chain->state, &parameters);
    memset(required, 0, key_count * sizeof *required);
    return authorize_transaction(chain->state, &parameters, transaction, keys, key_count, required,
                                 error);
}

/* ------------------------------------------------------------------ executing */

/* The trace of one that did not come to execute. */
static struct transaction_trace *refusal(const struct chain *chain,
                                         const struct signed_transaction *transaction,
                                         const struct ledger_error *error)
{
    void *behind;
    struct transaction_trace *trace = trace_make(error, 0, &behind);
    if (trace == NULL) {
        fputs("ledger: no memory for a trace\n", stderr);
        abort();
    }
    memcpy(trace->id, transaction->id, sizeof trace->id);
    trace->height = chain->pending.context.height;
    trace->slot = chain->pending.context.slot;
    return trace;
}

struct transaction_trace *chain_push(struct chain *chain, struct signed_transaction *transaction,
                                     const struct public_key *keys, unsigned key_count,
                                     enum chain_push_mode mode)
{
    struct pending *pending = &chain->pending;
    struct ledger_error error;
    assert(pending->open);
    if (!chain_precheck(chain, transaction, &error) ||
        !pending_has_room(pending, transaction, &error))
        return refusal(chain, transaction, &error);
    bool keep = mode == CHAIN_INCLUDE;
    struct transaction_trace *trace =
        execute_transaction(&pending->context, transaction, keys, key_count,
                            keep ? EXECUTE_CHECK : EXECUTE_ASSUME, keep);
    if (keep && trace->executed)
        chain_include(chain, transaction, trace);
    return trace;
}
