// SPDX-License-Identifier: Apache-2.0
#include "host/api/trace_out.h"

#include <string.h>

/* Of the family's assertions that have a text and no number of their own. */
#define ERROR_CODE_GENERIC "10000000000000000000"

void out_action_data(struct out *out, struct abi_cache *abis, const struct action *action)
{
    struct abi_share *share = abi_cache_get(abis, action->account);
    const struct abi *abi = abi_share_abi(share);
    const char *type = abi != NULL ? abi_action_type(abi, action->name) : NULL;
    char error[ABI_ERROR_SIZE];
    json_t *json = type != NULL ? abi_decode(abi, type, action->data, error) : NULL;
    if (json != NULL)
        out_json(out, json);
    else
        out_hex(out, action->data.data, action->data.size);
    json_decref(json);
    abi_share_release(share);
}

static void action_out(struct out *out, const struct action *action, const char *data, size_t chars)
{
    out_object(out);
    out_key_name(out, "account", action->account);
    out_key_name(out, "name", action->name);
    out_key_authorizations(out, "authorization", action);
    out_key(out, "data");
    out_value(out, data, chars);
    out_key_hex(out, "hex_data", action->data.data, action->data.size);
    out_object_end(out);
}

void out_action(struct out *out, struct abi_cache *abis, const struct action *action)
{
    struct out data;
    out_init(&data, out->limit);
    out_action_data(&data, abis, action);
    action_out(out, action, data.text, data.size);
    out->failed = out->failed || data.failed;
    out_free(&data);
}

/* ------------------------------------------------------------------ traces */
struct trace_writer {
    struct out *out;
    struct abi_cache *abis;
    const struct transaction_trace *trace;
    enum trace_form form;
    /* What the last action's data read: a notification has the same as the action before it. */
    const struct action *decoded;
    struct out data;
};

static bool same_data(const struct action *a, const struct action *b)
{
    return a != NULL && a->account == b->account && a->name == b->name &&
           a->data.size == b->data.size && memcmp(a->data.data, b->data.data, a->data.size) == 0;
}

static void write_act(struct trace_writer *writer, const struct action *action)
{
    if (!same_data(writer->decoded, action)) {
        out_reset(&writer->data);
        out_action_data(&writer->data, writer->abis, action);
        writer->decoded = action;
    }
    writer->out->failed = writer->out->failed || writer->data.failed;
    out_key(writer->out, "act");
    action_out(writer->out, action, writer->data.text, writer->data.size);
}

/* The closest action that is no notification and led to this one, as the family counts; 0: the
 * transaction itself. */
static uint32_t unnotified_ancestor(const struct transaction_trace *trace,
                                    const struct action_trace *action)
{
    uint32_t ordinal = action->creator_ordinal;
    while (ordinal != 0) {
        const struct action_trace *creator = &trace->actions[ordinal - 1];
        if (creator->receiver == creator->action->account)
            break;
        ordinal = creator->creator_ordinal;
    }
    return ordinal;
}

/* Receipts of this ledger number actions over the whole chain (global_sequence) and not over
 * receivers and authorizers: what the family has of those reads 0 and empty. */
static void write_receipt(struct trace_writer *writer, const struct action_trace *action)
{
    struct out *out = writer->out;
    uint8_t digest[32];
    out_key(out, "receipt");
    if (action->global_sequence == 0 && writer->form == TRACE_FLAT) {
        out_null(out);
        return;
    }
    out_object(out);
    out_key_name(out, "receiver", action->receiver);
    action_trace_digest(action, digest);
    out_key_hex(out, "act_digest", digest, sizeof digest);
    out_key_u64(out, "global_sequence", action->global_sequence);
    out_key_u64(out, "recv_sequence", 0);
    out_key(out, "auth_sequence");
    out_array(out);
    out_array_end(out);
    out_key_u64(out, "code_sequence", 0);
    out_key_u64(out, "abi_sequence", 0);
    out_object_end(out);
}

static void write_error(struct out *out, const struct ledger_error *error)
{
    if (error->code == LEDGER_OK) {
        out_key_null(out, "except");
        out_key_null(out, "error_code");
        return;
    }
    out_key(out, "except");
    failure_except_out(out, error);
    if (error->code == LEDGER_ASSERT_MESSAGE)
        out_key_text(out, "error_code", ERROR_CODE_GENERIC);
    else
        out_key_null(out, "error_code");
}

static void write_ram_deltas(struct out *out, const struct action_trace *action)
{
    out_key(out, "account_ram_deltas");
    out_array(out);
    for (unsigned i = 0; i < action->ram_delta_count; i++) {
        out_object(out);
        out_key_name(out, "account", action->ram_deltas[i].account);
        out_key_i64(out, "delta", action->ram_deltas[i].bytes);
        out_object_end(out);
    }
    out_array_end(out);
}

/* All but its brackets and inline_traces. */
static void write_action_members(struct trace_writer *writer, const struct action_trace *action)
{
    struct out *out = writer->out;
    const struct transaction_trace *trace = writer->trace;
    out_key_u64(out, "action_ordinal", action->ordinal);
    out_key_u64(out, "creator_action_ordinal", action->creator_ordinal);
    out_key_u64(out, "closest_unnotified_ancestor_action_ordinal",
                unnotified_ancestor(trace, action));
    write_receipt(writer, action);
    out_key_name(out, "receiver", action->receiver);
    write_act(writer, action->action);
    out_key_bool(out, "context_free", false);
    out_key_u64(out, "elapsed", 0);
    out_key(out, "console");
    out_string(out, (const char *)action->console.data, action->console.size);
    out_key_hex(out, "trx_id", trace->id, sizeof trace->id);
    out_key_u64(out, "block_num", trace->height);
    out_key_slot(out, "block_time", trace->slot);
    out_key_null(out, "producer_block_id");
    write_ram_deltas(out, action);
    static const struct ledger_error none = {.code = LEDGER_OK};
    write_error(out, action->failed ? &trace->error : &none);
    out_key_text(out, "return_value_hex_data", "");
}

/* Children of an ordinal, as lists through the actions' indices + 1; [0] are the transaction's. */
struct children {
    uint16_t first[TRACE_ACTIONS_MAX + 1], next[TRACE_ACTIONS_MAX + 1];
};

static void find_children(const struct transaction_trace *trace, struct children *children)
{
    memset(children, 0, sizeof *children);
    for (unsigned i = trace->action_count; i-- > 0;) {
        const struct action_trace *action = &trace->actions[i];
        if (action->global_sequence == 0 && !action->failed)
            continue; /* did not come to its turn */
        uint32_t parent = unnotified_ancestor(trace, action);
        children->next[i + 1] = children->first[parent];
        children->first[parent] = (uint16_t)(i + 1);
    }
}

/* Depth is that of inline actions, which the ledger limits. */
static void write_nested(struct trace_writer *writer, const struct children *children,
                         uint32_t parent)
{
    out_array(writer->out);
    for (uint32_t i = children->first[parent]; i != 0; i = children->next[i]) {
        const struct action_trace *action = &writer->trace->actions[i - 1];
        out_object(writer->out);
        write_action_members(writer, action);
        out_key(writer->out, "inline_traces");
        write_nested(writer, children, action->ordinal);
        out_object_end(writer->out);
    }
    out_array_end(writer->out);
}

void out_action_traces(struct out *out, struct abi_cache *abis,
                       const struct transaction_trace *trace, enum trace_form form)
{
    struct trace_writer writer = {.out = out, .abis = abis, .trace = trace, .form = form};
    out_init(&writer.data, out->limit);
    if (form == TRACE_NESTED) {
        struct children children;
        find_children(trace, &children);
        write_nested(&writer, &children, 0);
    } else {
        out_array(out);
        for (unsigned i = 0; i < trace->action_count; i++) {
            out_object(out);
            write_action_members(&writer, &trace->actions[i]);
            out_object_end(out);
        }
        out_array_end(out);
    }
    out_free(&writer.data);
}

void out_trace(struct out *out, struct abi_cache *abis, const struct transaction_trace *trace,
               enum trace_form form)
{
    out_object(out);
    out_key_hex(out, "id", trace->id, sizeof trace->id);
    out_key_u64(out, "block_num", trace->height);
    out_key_slot(out, "block_time", trace->slot);
    out_key_null(out, "producer_block_id");
    out_key(out, "receipt");
    if (trace->executed) {
        out_object(out);
        out_key_text(out, "status", "executed");
        out_key_u64(out, "cpu_usage_us", trace->cpu_usage_us);
        out_key_u64(out, "net_usage_words", trace->net_usage_words);
        out_object_end(out);
    } else {
        out_null(out);
    }
    out_key_u64(out, "elapsed", trace->cpu_usage_us);
    out_key_u64(out, "net_usage", (uint64_t)trace->net_usage_words * 8);
    out_key_bool(out, "scheduled", false);
    out_key(out, "action_traces");
    out_action_traces(out, abis, trace, form);
    out_key_null(out, "account_ram_delta");
    write_error(out, &trace->error);
    out_object_end(out);
}

/* ------------------------------------------------------------------ transactions */
void out_transaction_header_members(struct out *out, const struct transaction *transaction)
{
    out_key_seconds(out, "expiration", transaction->expiration);
    out_key_u64(out, "ref_block_num", transaction->ref_block_num);
    out_key_u64(out, "ref_block_prefix", transaction->ref_block_prefix);
    out_key_u64(out, "max_net_usage_words", transaction->max_net_usage_words);
    out_key_u64(out, "max_cpu_usage_ms", transaction->max_cpu_usage_ms);
    out_key_u64(out, "delay_sec", transaction->delay_sec);
}

static void out_empty_list(struct out *out, const char *name)
{
    out_key(out, name);
    out_array(out);
    out_array_end(out);
}

void out_transaction_members(struct out *out, struct abi_cache *abis,
                             const struct transaction *transaction)
{
    out_transaction_header_members(out, transaction);
    out_empty_list(out, "context_free_actions");
    out_key(out, "actions");
    out_array(out);
    for (unsigned i = 0; i < transaction->action_count; i++)
        out_action(out, abis, &transaction->actions[i]);
    out_array_end(out);
    out_empty_list(out, "transaction_extensions");
}

void out_signatures(struct out *out, const struct signed_transaction *transaction)
{
    out_key(out, "signatures");
    out_array(out);
    for (unsigned i = 0; i < transaction->signature_count; i++)
        out_signature(out, &transaction->signatures[i]);
    out_array_end(out);
}

void out_packed_transaction(struct out *out, struct abi_cache *abis,
                            const struct signed_transaction *transaction, bool raw)
{
    out_object(out);
    if (!raw)
        out_key_hex(out, "id", transaction->id, sizeof transaction->id);
    out_signatures(out, transaction);
    out_key_text(out, "compression", transaction->compressed ? "zlib" : "none");
    out_key_text(out, "packed_context_free_data", "");
    if (!raw)
        out_empty_list(out, "context_free_data");
    out_key_hex(out, "packed_trx", transaction->wire.data, transaction->wire.size);
    if (!raw) {
        out_key(out, "transaction");
        out_object(out);
        out_transaction_members(out, abis, &transaction->transaction);
        out_object_end(out);
    }
    out_object_end(out);
}
