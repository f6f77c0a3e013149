/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of the node's HTTP API, the family's /v1. */
#ifndef HOST_WALLET_NODE_H
#define HOST_WALLET_NODE_H

#include "host/base/bytes.h"
#include "host/wallet/tool.h"
#include "host/wire/abi.h"

struct node;

/* TOOL_OK with *node, which keeps `arguments`; otherwise said why. */
enum tool_exit node_create(const struct arguments *arguments, struct node **node);
void node_destroy(struct node *node); /* NULL is allowed */

/* Posts `request`, which it takes over (NULL: memory is out), to e.g. "/v1/chain/get_info". TOOL_OK
 * with the answer, a new reference; otherwise it has printed what the node says is wrong: with
 * --json also the node's whole answer, on standard output. */
enum tool_exit node_call(struct node *node, const char *path, json_t *request, json_t **answer);

/* The head's time is what expirations count from: this machine's clock may be wrong. */
struct node_info {
    uint8_t chain_id[32];
    uint8_t final_id[32]; /* id of the last final block */
    uint32_t final_height;
    uint32_t head_unix_s;
};
enum tool_exit node_get_info(struct node *node, struct node_info *info);

/* The ABI of an account; refused when it has none. */
enum tool_exit node_get_abi(struct node *node, name_t account, struct abi **abi);

#endif
