/* SPDX-License-Identifier: Apache-2.0 */
/* A transaction on its way from actions to a block: made, signed, shown, sent. */
#ifndef HOST_WALLET_DRAFT_H
#define HOST_WALLET_DRAFT_H

#include "host/wallet/node.h"
#include "host/wire/transaction.h"

struct draft {
    uint8_t *bytes; /* packed; owned */
    size_t size;
    struct transaction *transaction; /* parsed from the bytes; owned */
    unsigned signature_count;
    struct signature signatures[TRANSACTION_SIGNATURES_MAX];
};

/* Of an action, with expiration and TAPOS from what the node says of its chain: its head's time,
 * and the last final block, which no fork takes away. */
enum tool_exit draft_make(const struct arguments *arguments, const struct node_info *info,
                          const struct action *action, struct draft *draft);
/* From a file of JSON: as draft_print prints it, or as push_transaction takes it. */
enum tool_exit draft_read(const char *path, struct draft *draft);
void draft_free(struct draft *draft);

/* Adds signatures for the chain: by the keys of --sign-with, or by those of the wallet that the
 * node asks for (`node` may be NULL with --sign-with). A key that has signed does not sign again.
 */
enum tool_exit draft_sign(const struct arguments *arguments, struct node *node,
                          const uint8_t chain_id[32], struct draft *draft);
/* A new reference; NULL: no memory. */
json_t *draft_signatures_json(const struct draft *draft);
/* Prints it as JSON that draft_read takes. */
enum tool_exit draft_print(const struct arguments *arguments, const struct draft *draft);
/* Sends it, waits as --wait says, prints what it did. */
enum tool_exit draft_send(const struct arguments *arguments, struct node *node,
                          const struct draft *draft);

/* All of that, as the options say. The action is authorized by --permission or, when that is not
 * given, by `authorizer`@active; 0: it must be given. */
enum tool_exit draft_run(const struct arguments *arguments, struct node *node, name_t authorizer,
                         struct action *action);

#endif
