// SPDX-License-Identifier: Apache-2.0
/* snapscale transaction sign, push */
#include <string.h>

#include "host/base/hex.h"
#include "host/wallet/commands.h"
#include "host/wallet/draft.h"

/* For --chain-id: nothing leaves this machine. */
static enum tool_exit sign_offline(const struct arguments *arguments, struct draft *draft)
{
    uint8_t chain_id[32];
    if (!hex_decode(arguments->chain_id, strlen(arguments->chain_id), chain_id, sizeof chain_id))
        return tool_fail(TOOL_USAGE, "--chain-id takes 64 hexadecimal digits");
    if (arguments->sign_with.count == 0)
        return tool_fail(TOOL_USAGE, "with --chain-id the keys must be said with --sign-with");
    return draft_sign(arguments, NULL, chain_id, draft);
}

static enum tool_exit sign_online(const struct arguments *arguments, struct draft *draft)
{
    struct node *node;
    struct node_info info;
    enum tool_exit exit = node_create(arguments, &node);
    if (exit != TOOL_OK)
        return exit;
    exit = node_get_info(node, &info);
    if (exit == TOOL_OK)
        exit = draft_sign(arguments, node, info.chain_id, draft);
    node_destroy(node);
    return exit;
}

enum tool_exit command_transaction_sign(const struct arguments *arguments)
{
    struct draft draft;
    enum tool_exit exit = draft_read(arguments->words[0], &draft);
    if (exit != TOOL_OK)
        return exit;
    exit = arguments->chain_id != NULL ? sign_offline(arguments, &draft)
                                       : sign_online(arguments, &draft);
    if (exit == TOOL_OK)
        exit = draft_print(arguments, &draft);
    draft_free(&draft);
    return exit;
}

enum tool_exit command_transaction_push(const struct arguments *arguments)
{
    struct draft draft;
    struct node *node;
    enum tool_exit exit = draft_read(arguments->words[0], &draft);
    if (exit != TOOL_OK)
        return exit;
    exit = node_create(arguments, &node);
    if (exit == TOOL_OK) {
        exit = draft_send(arguments, node, &draft);
        node_destroy(node);
    }
    draft_free(&draft);
    return exit;
}
