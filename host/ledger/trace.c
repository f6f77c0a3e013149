// SPDX-License-Identifier: Apache-2.0
#include "host/ledger/trace.h"

#include <assert.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/piece.h"
#include "host/wire/hash.h"

/* The log's form of a trace: size of the rest (u32), id, height, slot, cpu, net (u32 each), number
 * of actions (u32), then each: creator and notifier ordinal (u32), receiver, whether this is a
 * notification (u8) and, unless it is, the action, global sequence, console, number of RAM deltas
 * (u32), and each of those as account and bytes (u64). */
#define SIZE_BYTES         4u
#define TRACE_FIXED_BYTES  52u
#define ACTION_FIXED_BYTES 29u /* without action, console, RAM deltas */
#define RAM_DELTA_BYTES    16u

static size_t aligned(size_t bytes)
{
    return (bytes + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
}

struct transaction_trace *trace_make(const struct ledger_error *error, size_t bytes, void **behind)
{
    bool executed = error->code == LEDGER_OK;
    size_t own_bytes = aligned(executed ? offsetof(struct transaction_trace, error.message) + 1
                                        : sizeof(struct transaction_trace));
    struct transaction_trace *trace = piece_take(own_bytes + bytes);
    if (trace == NULL)
        return NULL;
    memset(trace, 0, offsetof(struct transaction_trace, error));
    trace->references = 1;
    trace->executed = executed;
    trace->error.code = error->code;
    memcpy(trace->error.message, error->message, executed ? 1 : sizeof error->message);
    *behind = (uint8_t *)trace + own_bytes;
    return trace;
}

struct transaction_trace *trace_acquire(struct transaction_trace *trace)
{
    __atomic_fetch_add(&trace->references, 1, __ATOMIC_RELAXED);
    return trace;
}

void trace_release(struct transaction_trace *trace)
{
    if (trace != NULL && __atomic_sub_fetch(&trace->references, 1, __ATOMIC_ACQ_REL) == 0)
        piece_give(trace);
}

static bool is_notification(const struct action_trace *action)
{
    return action->receiver != action->action->account;
}

/* ------------------------------------------------------------------ writing */

static size_t varuint32_size(size_t value)
{
    size_t bytes = 1;
    for (; value > 0x7F; value >>= 7)
        bytes++;
    return bytes;
}

static size_t sized_size(size_t bytes)
{
    return varuint32_size(bytes) + bytes;
}

static size_t action_size(const struct action *action)
{
    return 2 * sizeof(name_t) + varuint32_size(action->authorization_count) +
           action->authorization_count * 2 * sizeof(name_t) + sized_size(action->data.size);
}

size_t trace_size(const struct transaction_trace *trace)
{
    size_t size = SIZE_BYTES + TRACE_FIXED_BYTES;
    for (unsigned i = 0; i < trace->action_count; i++) {
        const struct action_trace *action = &trace->actions[i];
        size += ACTION_FIXED_BYTES + sized_size(action->console.size) +
                action->ram_delta_count * RAM_DELTA_BYTES;
        if (!is_notification(action))
            size += action_size(action->action);
    }
    return size;
}

static void write_action(struct writer *writer, const struct action_trace *action)
{
    write_u32(writer, action->creator_ordinal);
    write_u32(writer, action->notifier_ordinal);
    write_u64(writer, action->receiver);
    write_u8(writer, is_notification(action));
    if (!is_notification(action))
        action_write(writer, action->action);
    write_u64(writer, action->global_sequence);
    write_sized(writer, action->console);
    write_u32(writer, action->ram_delta_count);
    for (unsigned i = 0; i < action->ram_delta_count; i++) {
        write_u64(writer, action->ram_deltas[i].account);
        write_u64(writer, (uint64_t)action->ram_deltas[i].bytes);
    }
}

void trace_write(struct writer *writer, const struct transaction_trace *trace)
{
    assert(trace->executed);
    write_u32(writer, (uint32_t)(trace_size(trace) - SIZE_BYTES));
    write_copy(writer, trace->id, sizeof trace->id);
    write_u32(writer, trace->height);
    write_u32(writer, trace->slot);
    write_u32(writer, trace->cpu_usage_us);
    write_u32(writer, trace->net_usage_words);
    write_u32(writer, trace->action_count);
    for (unsigned i = 0; i < trace->action_count; i++)
        write_action(writer, &trace->actions[i]);
}

/* ------------------------------------------------------------------ digests */

/* A digest's share of an action, without what is packed of it. */
#define DIGEST_ACTION_BYTES 21u
/* Traces whose digest takes more need memory for it; a transfer's takes 95 bytes. */
#define DIGEST_BUFFER_BYTES 1024u

/* Of one action's: receiver, account, name, up to 16 authorizations, two lengths. */
#define DIGEST_HEAD_BYTES_MAX (3 * 8 + ACTION_AUTHORIZATIONS_MAX * 16 + 2 * 5)

static bool is_inline(const struct action_trace *action)
{
    return action->creator_ordinal != 0 && !is_notification(action);
}

static size_t digest_size(const struct transaction_trace *trace)
{
    size_t size = sizeof trace->id + trace->action_count * (size_t)DIGEST_ACTION_BYTES;
    for (unsigned i = 0; i < trace->action_count; i++)
        if (is_inline(&trace->actions[i]))
            size += action_size(trace->actions[i].action);
    return size;
}

static void write_digested(struct writer *writer, const struct transaction_trace *trace)
{
    write_copy(writer, trace->id, sizeof trace->id);
    for (unsigned i = 0; i < trace->action_count; i++) {
        const struct action_trace *action = &trace->actions[i];
        write_u32(writer, action->creator_ordinal);
        write_u64(writer, action->receiver);
        write_u64(writer, action->global_sequence);
        write_u8(writer, is_notification(action));
        if (is_inline(action))
            action_write(writer, action->action);
    }
}

void trace_digest(const struct transaction_trace *trace, uint8_t digest[32])
{
    uint8_t buffer[DIGEST_BUFFER_BYTES], *written = buffer;
    size_t size = digest_size(trace);
    assert(trace->executed);
    if (size > sizeof buffer && (written = malloc(size)) == NULL) {
        fputs("ledger: no memory for a trace's digest\n", stderr);
        abort();
    }
    struct writer writer = writer_of(written, size);
    write_digested(&writer, trace);
    assert(!writer.failed && writer_size(&writer) == size);
    const struct bytes whole = {written, size};
    hash_sha256(&whole, 1, digest);
    if (written != buffer)
        free(written);
}

void action_trace_digest(const struct action_trace *action, uint8_t digest[32])
{
    const struct action *did = action->action;
    uint8_t head[DIGEST_HEAD_BYTES_MAX], tail[sizeof action->global_sequence];
    if (action->global_sequence == 0) {
        memset(digest, 0, HASH_BYTES);
        return;
    }
    struct writer writer = writer_of(head, sizeof head);
    write_u64(&writer, action->receiver);
    write_u64(&writer, did->account);
    write_u64(&writer, did->name);
    write_varuint32(&writer, did->authorization_count);
    for (unsigned i = 0; i < did->authorization_count; i++) {
        write_u64(&writer, did->authorizations[i].actor);
        write_u64(&writer, did->authorizations[i].permission);
    }
    write_varuint32(&writer, (uint32_t)did->data.size);
    struct writer end = writer_of(tail, sizeof tail);
    write_u64(&end, action->global_sequence);
    assert(!writer.failed && !end.failed);
    const struct bytes parts[] = {{head, writer_size(&writer)}, did->data, {tail, sizeof tail}};
    hash_sha256(parts, sizeof parts / sizeof parts[0], digest);
}

/* ------------------------------------------------------------------ reading
 * In its memory stand the action traces, as many actions, and what these point to, which is never
 * larger than its form in the log: RAM deltas from the front of that space, bytes from its end. */

_Static_assert(sizeof(struct ram_delta) == RAM_DELTA_BYTES, "deltas are as large as in the log");
_Static_assert(sizeof(struct action_trace) % alignof(struct action) == 0, "alignment");
_Static_assert(sizeof(struct action) % alignof(struct ram_delta) == 0, "alignment");

struct space {
    struct ram_delta *front;
    uint8_t *end;
};

static struct bytes keep_bytes(struct space *space, struct bytes bytes)
{
    space->end -= bytes.size;
    if (bytes.size != 0)
        memcpy(space->end, bytes.data, bytes.size);
    return (struct bytes){space->end, bytes.size};
}

static void read_deltas(struct reader *reader, struct action_trace *out, struct space *space)
{
    uint32_t count = read_u32(reader);
    if (count > TRACE_RAM_DELTAS_MAX || count > reader_left(reader) / RAM_DELTA_BYTES) {
        reader->failed = true;
        return;
    }
    out->ram_delta_count = count;
    out->ram_deltas = space->front;
    for (uint32_t i = 0; i < count; i++) {
        space->front->account = read_u64(reader);
        space->front->bytes = (int64_t)read_u64(reader);
        space->front++;
    }
}

/* What a notification is of stands in front of it. */
static void read_original(struct reader *reader, const struct action_trace *actions,
                          struct action_trace *out)
{
    uint32_t ordinal = out->notifier_ordinal;
    if (ordinal == 0 || ordinal >= out->ordinal || is_notification(&actions[ordinal - 1]))
        reader->failed = true;
    else
        out->action = actions[ordinal - 1].action;
}

/* `own`: where the action goes, unless this is a notification. */
static void read_action(struct reader *reader, const struct action_trace *actions,
                        struct action_trace *out, struct action *own, struct space *space)
{
    out->action = own;
    out->creator_ordinal = read_u32(reader);
    out->notifier_ordinal = read_u32(reader);
    out->receiver = read_u64(reader);
    bool notification = read_u8(reader) != 0;
    if (notification) {
        read_original(reader, actions, out);
    } else {
        action_read(reader, own);
        own->data = keep_bytes(space, own->data);
    }
    if (notification != is_notification(out) || out->creator_ordinal >= out->ordinal)
        reader->failed = true;
    out->global_sequence = read_u64(reader);
    out->console = keep_bytes(space, read_sized(reader, TRACE_CONSOLE_MAX));
    read_deltas(reader, out, space);
}

/* The reader's `size` next bytes, all of them a trace. */
static struct transaction_trace *read_body(struct reader *reader, size_t size)
{
    static const struct ledger_error none = {.code = LEDGER_OK};
    struct transaction_trace head = {0};
    read_copy(reader, head.id, sizeof head.id);
    head.height = read_u32(reader);
    head.slot = read_u32(reader);
    head.cpu_usage_us = read_u32(reader);
    head.net_usage_words = read_u32(reader);
    uint32_t count = read_u32(reader);
    if (reader->failed || count > TRACE_ACTIONS_MAX)
        return NULL;
    void *behind;
    size_t structs_bytes = count * (sizeof(struct action_trace) + sizeof(struct action));
    struct transaction_trace *trace = trace_make(&none, structs_bytes + size, &behind);
    if (trace == NULL)
        return NULL;
    memset(behind, 0, structs_bytes);
    memcpy(trace->id, head.id, sizeof trace->id);
    trace->height = head.height;
    trace->slot = head.slot;
    trace->cpu_usage_us = head.cpu_usage_us;
    trace->net_usage_words = head.net_usage_words;
    struct action_trace *actions = behind;
    struct action *own = (struct action *)(actions + count);
    struct ram_delta *front = (struct ram_delta *)(own + count);
    trace->action_count = count;
    trace->actions = actions;
    struct space space = {front, (uint8_t *)front + size};
    for (uint32_t i = 0; i < count && !reader->failed; i++) {
        actions[i].ordinal = i + 1;
        read_action(reader, actions, &actions[i], &own[i], &space);
    }
    if (reader_done(reader))
        return trace;
    trace_release(trace);
    return NULL;
}

struct transaction_trace *trace_read(struct reader *reader)
{
    uint32_t size = read_u32(reader);
    struct bytes body = read_view(reader, size);
    struct reader inner = reader_of(body.data, body.size);
    struct transaction_trace *trace = reader->failed ? NULL : read_body(&inner, body.size);
    if (trace == NULL)
        reader->failed = true;
    return trace;
}
