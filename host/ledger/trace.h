/* SPDX-License-Identifier: Apache-2.0 */
/* What a transaction did: its actions, inline ones and notifications included, with console output.
 * In one piece of memory, immutable, counted by references.
 *
 * As in the family, actions stand in the order in which they were asked for: first the
 * transaction's own, then what these and their like brought about, so that actions[i].ordinal is
 * i + 1. The order in which they ran is that of their global sequences. */
#ifndef HOST_LEDGER_TRACE_H
#define HOST_LEDGER_TRACE_H

#include "host/ledger/error.h"
#include "host/wire/block.h"

#define TRACE_ACTIONS_MAX    1024u
#define TRACE_CONSOLE_MAX    (16u << 10) /* bytes of an action */
#define TRACE_RAM_DELTAS_MAX 64u

struct ram_delta {
    name_t account;
    int64_t bytes;
};

struct action_trace {
    uint32_t ordinal;         /* from 1 */
    uint32_t creator_ordinal; /* of the action that asked for this one; 0: the transaction did */
    /* Of the creator or, when that was itself a notification, of the action that it notified of:
     * the family's closest_unnotified_ancestor_action_ordinal. 0: the transaction's own. */
    uint32_t notifier_ordinal;
    name_t receiver; /* action->account, or who is notified of the action */
    /* In the trace's memory, as far as action_bytes says; a notification's is that of its original.
     */
    const struct action *action;
    uint64_t global_sequence; /* 0: did not execute, or failed */
    struct bytes console;
    bool failed; /* with the transaction's error */
    unsigned ram_delta_count;
    const struct ram_delta *ram_deltas;
};

struct transaction_trace {
    unsigned references; /* atomic */
    uint8_t id[32];
    uint32_t height; /* of the block that it is in, or would be */
    uint32_t slot;
    bool executed; /* false: it failed, and changed nothing */
    uint32_t cpu_usage_us;
    uint32_t net_usage_words;
    unsigned action_count;
    const struct action_trace *actions;
    struct ledger_error error; /* last: only with a message is there memory for one */
};

/* A trace with one reference and the error, and so many bytes behind it for what it points to, at
 * *behind, aligned for anything; the rest is zero. NULL: out of memory. Never copied by value. */
struct transaction_trace *trace_make(const struct ledger_error *error, size_t bytes, void **behind);

struct transaction_trace *trace_acquire(struct transaction_trace *trace);
void trace_release(struct transaction_trace *trace); /* NULL is allowed */

/* A leaf of the block's action_root, of an executed transaction: SHA-256 over its id and, of each
 * action in order, creator ordinal (u32), receiver, global sequence (u64 each), whether it is a
 * notification (u8) and, of an inline action, the packed action. The transaction's own actions are
 * in the id, and what a notification is of is its creator's: so all that was done is said once. */
void trace_digest(const struct transaction_trace *trace, uint8_t digest[32]);
/* Of one action, for who asks: SHA-256 over receiver (u64), the packed action, global sequence
 * (u64). Zeros for one that did not execute. */
void action_trace_digest(const struct action_trace *action, uint8_t digest[32]);

/* The trace log's form; only of executed transactions. */
size_t trace_size(const struct transaction_trace *trace);
void trace_write(struct writer *writer, const struct transaction_trace *trace);
struct transaction_trace *trace_read(struct reader *reader); /* NULL: does not parse */

#endif
