// SPDX-License-Identifier: Apache-2.0
#include "host/api/event_text.h"

/* An event is lines of "field: value" and an empty line; JSON has no line feeds. */
static void begin(struct out *out, const char *event, size_t chars)
{
    out_literal(out, "event: ");
    out_raw(out, event, chars);
    out_literal(out, "\ndata: ");
    out->comma = false;
    out_object(out);
}
#define begin_event(out, event) begin((out), (event), sizeof(event) - 1)

static void end_event(struct out *out)
{
    out_object_end(out);
    out_literal(out, "\n\n");
}

void event_transaction(struct out *out, struct abi_cache *abis, const block_id_t *block,
                       const struct transaction_trace *trace)
{
    begin_event(out, "transaction");
    out_key_u64(out, "block_num", block_id_height(block));
    out_key_block_id(out, "block_id", block);
    out_key_hex(out, "transaction_id", trace->id, sizeof trace->id);
    out_key(out, "trace");
    out_trace(out, abis, trace, TRACE_FLAT);
    end_event(out);
}

void event_block(struct out *out, const struct block_header *header, const block_id_t *id,
                 unsigned transactions)
{
    char line[24];
    int chars = snprintf(line, sizeof line, "id: %u\n", block_id_height(id));
    out_raw(out, line, (size_t)chars);
    begin_event(out, "block");
    out_key_u64(out, "block_num", block_id_height(id));
    out_key_block_id(out, "block_id", id);
    out_key_block_id(out, "previous", &header->previous);
    out_key_slot(out, "timestamp", header->slot);
    out_key_name(out, "producer", header->producer);
    out_key_hex(out, "transaction_mroot", header->transaction_root,
                sizeof header->transaction_root);
    out_key_hex(out, "action_mroot", header->action_root, sizeof header->action_root);
    out_key_hex(out, "state_hash", header->state_hash, sizeof header->state_hash);
    out_key_u64(out, "transaction_count", transactions);
    end_event(out);
}

void event_undone(struct out *out, uint32_t height)
{
    begin_event(out, "undone");
    out_key_u64(out, "block_num", height);
    end_event(out);
}

void event_final(struct out *out, uint32_t height)
{
    begin_event(out, "final");
    out_key_u64(out, "block_num", height);
    end_event(out);
}

void event_dropped(struct out *out, uint32_t resume_from)
{
    begin_event(out, "dropped");
    out_key_u64(out, "resume_from", resume_from);
    end_event(out);
}

void event_idle(struct out *out)
{
    out_literal(out, ": nothing happens\n\n");
}

bool event_touches(const struct transaction_trace *trace, name_t account)
{
    if (account == 0)
        return true;
    for (unsigned i = 0; i < trace->action_count; i++) {
        const struct action_trace *action = &trace->actions[i];
        if (action->receiver == account)
            return true;
        for (unsigned j = 0; j < action->action->authorization_count; j++)
            if (action->action->authorizations[j].actor == account)
                return true;
    }
    return false;
}
