// SPDX-License-Identifier: Apache-2.0
#include "host/ledger/journal.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void journal_init(struct journal *journal, struct arena *arena)
{
    *journal = (struct journal){.arena = arena};
}

static struct journal_action *enter(struct journal *journal, const struct action *action,
                                    name_t receiver, const struct journal_action *creator)
{
    if (journal->action_count == TRACE_ACTIONS_MAX)
        return NULL;
    struct journal_action *entry = arena_take(journal->arena, sizeof *entry);
    *entry = (struct journal_action){.creator = creator,
                                     .original = entry,
                                     .action = action,
                                     .receiver = receiver,
                                     .ordinal = ++journal->action_count};
    if (journal->last != NULL)
        journal->last->next = entry;
    else
        journal->first = entry;
    journal->last = entry;
    return entry;
}

struct journal_action *journal_add(struct journal *journal, const struct action *action,
                                   const struct journal_action *creator)
{
    struct journal_action *entry = enter(journal, action, action->account, creator);
    if (entry == NULL)
        return NULL;
    journal->action_bytes += action_bytes(action);
    journal->bytes += action->data.size;
    return entry;
}

struct journal_action *journal_notify(struct journal *journal, name_t receiver,
                                      const struct journal_action *creator)
{
    struct journal_action *entry = enter(journal, creator->action, receiver, creator);
    if (entry != NULL)
        entry->original = creator->original;
    return entry;
}

void journal_print(struct journal *journal, struct journal_action *action, struct bytes text)
{
    size_t room = TRACE_CONSOLE_MAX - action->console_bytes;
    size_t size = text.size < room ? text.size : room;
    if (size == 0)
        return;
    struct journal_text *piece = arena_take(journal->arena, sizeof *piece + size);
    uint8_t *copy = (uint8_t *)(piece + 1);
    memcpy(copy, text.data, size);
    *piece = (struct journal_text){.bytes = {copy, size}};
    if (action->console_last != NULL)
        action->console_last->next = piece;
    else
        action->console = piece;
    action->console_last = piece;
    action->console_bytes += size;
    journal->bytes += size;
}

bool journal_ram_delta(struct journal *journal, struct journal_action *action, name_t account,
                       int64_t bytes)
{
    for (struct journal_delta *known = action->ram_deltas; known != NULL; known = known->next) {
        if (known->delta.account == account) {
            known->delta.bytes += bytes;
            return true;
        }
    }
    if (action->ram_delta_count == TRACE_RAM_DELTAS_MAX)
        return false;
    struct journal_delta *entry = arena_take(journal->arena, sizeof *entry);
    *entry = (struct journal_delta){.delta = {account, bytes}};
    if (action->ram_deltas_last != NULL)
        action->ram_deltas_last->next = entry;
    else
        action->ram_deltas = entry;
    action->ram_deltas_last = entry;
    action->ram_delta_count++;
    journal->ram_delta_count++;
    return true;
}

/* ------------------------------------------------------------------ the trace */

/* They stand behind each other. */
_Static_assert(sizeof(struct action_trace) % alignof(struct ram_delta) == 0, "alignment");
_Static_assert(sizeof(struct ram_delta) % alignof(struct action) == 0, "alignment");

/* Places in the trace's memory that are still free. */
struct free_space {
    struct ram_delta *deltas;
    uint8_t *actions; /* each as long as action_bytes says */
    uint8_t *bytes;
};

static struct bytes keep_bytes(struct free_space *space, struct bytes bytes)
{
    struct bytes kept = {space->bytes, bytes.size};
    if (bytes.size != 0)
        memcpy(space->bytes, bytes.data, bytes.size);
    space->bytes += bytes.size;
    return kept;
}

static struct bytes keep_console(struct free_space *space, const struct journal_action *entry)
{
    struct bytes kept = {space->bytes, entry->console_bytes};
    for (const struct journal_text *text = entry->console; text != NULL; text = text->next)
        keep_bytes(space, text->bytes);
    return kept;
}

static const struct ram_delta *keep_deltas(struct free_space *space,
                                           const struct journal_action *entry)
{
    const struct ram_delta *kept = space->deltas;
    for (const struct journal_delta *delta = entry->ram_deltas; delta != NULL; delta = delta->next)
        *space->deltas++ = delta->delta;
    return kept;
}

static const struct action *keep_action(struct free_space *space, const struct action *action)
{
    struct action *kept = (struct action *)space->actions;
    action_copy(kept, action);
    kept->data = keep_bytes(space, action->data);
    space->actions += action_bytes(action);
    return kept;
}

/* `actions` has those with lower ordinals already: a notification shares its original's action. */
static void fill_action(struct action_trace *actions, const struct journal_action *entry,
                        struct free_space *space)
{
    struct action_trace *out = &actions[entry->ordinal - 1];
    const struct journal_action *creator = entry->creator, *original = entry->original;
    out->ordinal = entry->ordinal;
    out->creator_ordinal = creator != NULL ? creator->ordinal : 0;
    out->notifier_ordinal = creator != NULL ? creator->original->ordinal : 0;
    out->receiver = entry->receiver;
    out->action = original == entry ? keep_action(space, entry->action)
                                    : actions[original->ordinal - 1].action;
    out->global_sequence = entry->global_sequence;
    out->console = keep_console(space, entry);
    out->failed = false;
    out->ram_delta_count = entry->ram_delta_count;
    out->ram_deltas = keep_deltas(space, entry);
}

struct transaction_trace *journal_trace(const struct journal *journal,
                                        const struct ledger_error *error)
{
    size_t structs_bytes = journal->action_count * sizeof(struct action_trace) +
                           journal->ram_delta_count * sizeof(struct ram_delta);
    void *behind;
    struct transaction_trace *trace =
        trace_make(error, structs_bytes + journal->action_bytes + journal->bytes, &behind);
    if (trace == NULL) {
        fputs("ledger: no memory for a transaction's trace\n", stderr);
        abort();
    }
    struct action_trace *actions = behind;
    uint8_t *rest = (uint8_t *)behind + structs_bytes;
    struct free_space space = {(struct ram_delta *)(actions + journal->action_count), rest,
                               rest + journal->action_bytes};
    for (const struct journal_action *entry = journal->first; entry != NULL; entry = entry->next)
        fill_action(actions, entry, &space);
    assert(space.actions == rest + journal->action_bytes &&
           space.bytes == space.actions + journal->bytes);
    if (journal->failed != NULL)
        actions[journal->failed->ordinal - 1].failed = true;
    trace->action_count = journal->action_count;
    trace->actions = actions;
    return trace;
}
