/* SPDX-License-Identifier: Apache-2.0 */
/* What a transaction's actions have done so far, in the arena of its execution; at the end it
 * becomes the trace. Only one action runs at a time, and console text and RAM deltas are its. */
#ifndef HOST_LEDGER_JOURNAL_H
#define HOST_LEDGER_JOURNAL_H

#include "host/ledger/arena.h"
#include "host/ledger/trace.h"

struct journal_text {
    struct journal_text *next;
    struct bytes bytes;
};

struct journal_delta {
    struct journal_delta *next;
    struct ram_delta delta;
};

struct journal_action {
    struct journal_action *next;           /* by ordinal */
    struct journal_action *sibling;        /* apply.c's lists of what is still to run */
    const struct journal_action *creator;  /* NULL: the transaction */
    const struct journal_action *original; /* what this is a notification of; itself otherwise */
    const struct action *action;
    name_t receiver;
    uint32_t ordinal;
    uint64_t global_sequence;
    size_t console_bytes;
    struct journal_text *console, *console_last;
    unsigned ram_delta_count;
    struct journal_delta *ram_deltas, *ram_deltas_last;
};

struct journal {
    struct arena *arena;
    struct journal_action *first, *last;
    unsigned action_count, ram_delta_count;
    size_t action_bytes;                 /* of actions that are no notifications, without data */
    size_t bytes;                        /* of data and consoles */
    const struct journal_action *failed; /* whose error the transaction's error is; or NULL */
};

void journal_init(struct journal *journal, struct arena *arena);
/* Enters an action that `creator` asks for, NULL: the transaction. `action` must live as long as
 * the journal. NULL when there are TRACE_ACTIONS_MAX already; so below. */
struct journal_action *journal_add(struct journal *journal, const struct action *action,
                                   const struct journal_action *creator);
/* Enters that `receiver` is notified of the creator's action. */
struct journal_action *journal_notify(struct journal *journal, name_t receiver,
                                      const struct journal_action *creator);
/* Copies the text; what goes beyond TRACE_CONSOLE_MAX of an action is left out. */
void journal_print(struct journal *journal, struct journal_action *action, struct bytes text);
/* Adds to what the action billed the account. False at more than TRACE_RAM_DELTAS_MAX accounts. */
bool journal_ram_delta(struct journal *journal, struct journal_action *action, name_t account,
                       int64_t bytes);
/* A trace with one reference, the actions and the error, which also goes to the action that failed;
 * the rest is zero. Never NULL. */
struct transaction_trace *journal_trace(const struct journal *journal,
                                        const struct ledger_error *error);

#endif
