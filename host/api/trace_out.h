/* SPDX-License-Identifier: Apache-2.0 */
/* Traces and transactions as the family's JSON, action data decoded by the ABIs of their accounts.
 * Not with the chain's lock held. */
#ifndef HOST_API_TRACE_OUT_H
#define HOST_API_TRACE_OUT_H

#include "host/api/abi_cache.h"
#include "host/api/failure.h"
#include "host/api/values.h"

enum trace_form {
    TRACE_FLAT,   /* action_traces in the order of execution: send_transaction and later */
    TRACE_NESTED, /* each action with its inline_traces: push_transaction */
};

/* What the API calls `processed`. */
void out_trace(struct out *out, struct abi_cache *abis, const struct transaction_trace *trace,
               enum trace_form form);
/* The list of its action traces. */
void out_action_traces(struct out *out, struct abi_cache *abis,
                       const struct transaction_trace *trace, enum trace_form form);

/* {"account","name","authorization","data","hex_data"} */
void out_action(struct out *out, struct abi_cache *abis, const struct action *action);
/* Action data as the ABI says, or as hexadecimal when there is none or it does not fit. */
void out_action_data(struct out *out, struct abi_cache *abis, const struct action *action);

/* The unpacked transaction: members of the object that the caller has opened. */
void out_transaction_members(struct out *out, struct abi_cache *abis,
                             const struct transaction *transaction);
void out_transaction_header_members(struct out *out, const struct transaction *transaction);
/* {"id","signatures","compression",...,"transaction"}: `trx` of a block's receipt. `raw`: without
 * what is derived. */
void out_packed_transaction(struct out *out, struct abi_cache *abis,
                            const struct signed_transaction *transaction, bool raw);
void out_signatures(struct out *out, const struct signed_transaction *transaction);

#endif
