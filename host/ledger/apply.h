/* SPDX-License-Identifier: Apache-2.0 */
/* What a contract sees and may do while it handles an action: the family's intrinsics.
 *
 * Functions that return bool return false when they have failed; the contract then returns false
 * too. Values that are views are valid until the next write. */
#ifndef HOST_LEDGER_APPLY_H
#define HOST_LEDGER_APPLY_H

#include "host/ledger/execution.h"

/* An action under way, with its notifications and the inline actions that all of them asked for. */
struct apply {
    struct execution *execution;
    struct journal_action *running;
    struct account *receiver;    /* of `running` */
    const struct action *action; /* the same for all notifications */
    struct journal_action *last; /* of the notifications, by sibling */
    struct journal_action *inlined, *last_inlined;
};

static inline struct meter *apply_meter(struct apply *apply)
{
    return &apply->execution->resource.meter;
}
static inline struct ledger_error *apply_error(struct apply *apply)
{
    return &apply->execution->error;
}

/* ------------------------------------------------------------------ assertions */
/* LEDGER_ASSERT_MESSAGE with the family's text in front of `message`. Returns `condition`. */
bool apply_check(struct apply *apply, bool condition, const char *message);

/* LEDGER_ACTION_NOT_FOUND: the contract has no such action. */
bool apply_unknown_action(struct apply *apply);

/* ------------------------------------------------------------------ who */
bool apply_has_auth(const struct apply *apply, name_t account);
/* LEDGER_MISSING_AUTH */
bool apply_require_auth(struct apply *apply, name_t account);
bool apply_is_account(struct apply *apply, name_t account);

/* ------------------------------------------------------------------ what else is to happen */
/* The account is notified of the action, once, when the contract has returned. */
bool apply_require_recipient(struct apply *apply, name_t account);
/* The action runs behind this one and its notifications; it is copied. Its authorizations must be
 * satisfied by the receiver's code (receiver@eosio.code), unless the receiver is privileged. */
bool apply_send_inline(struct apply *apply, const struct action *action);
void apply_print(struct apply *apply, struct bytes text);

/* ------------------------------------------------------------------ rows
 * A row is opened, which reads it once, and may then be written or erased once. */
#define CONTRACT_ROW_BYTES_MAX (512u << 10)
/* What a row costs its payer besides its bytes, and what the first one of a table does. */
#define CONTRACT_ROW_RAM_BYTES   112
#define CONTRACT_TABLE_RAM_BYTES 112

struct contract_row {
    name_t code, table, payer; /* payer: of the row that is there */
    uint64_t scope;
    bool exists;
    struct bytes value; /* a view; without the payer */
    struct row_key key;
};
void apply_row_open(struct apply *apply, struct contract_row *row, name_t code, uint64_t scope,
                    name_t table, uint64_t primary);
/* Writes a row of the receiver's. `payer` 0: the one that it has. A payer that pays more than
 * before must be the receiver or have authorized the action, unless the receiver is privileged.
 * `value` is no view of the state's. */
bool apply_row_put(struct apply *apply, const struct contract_row *row, name_t payer,
                   struct bytes value);
bool apply_row_erase(struct apply *apply, const struct contract_row *row); /* it must exist */

/* Bills RAM, or gives it back, whoever asks: for what is not in a contract's rows. */
bool apply_bill_ram(struct apply *apply, name_t account, int64_t bytes);

#endif
