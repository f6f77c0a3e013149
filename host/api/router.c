// SPDX-License-Identifier: Apache-2.0
#include "host/api/router.h"

#include <stdlib.h>
#include <string.h>

/* In the order of strcmp, since they are looked up by halves. */
static const struct route routes[] = {
    {"/metrics", metrics_get, BODY_IGNORED},
    {"/v1/chain/abi_bin_to_json", contract_bin_to_json, BODY_JSON},
    {"/v1/chain/abi_json_to_bin", contract_json_to_bin, BODY_JSON},
    {"/v1/chain/compute_transaction", push_compute_transaction, BODY_JSON},
    {"/v1/chain/get_abi", contract_get_abi, BODY_JSON},
    {"/v1/chain/get_account", account_get, BODY_JSON},
    {"/v1/chain/get_accounts_by_authorizers", authorizers_get, BODY_JSON},
    {"/v1/chain/get_activated_protocol_features", info_protocol_features, BODY_IGNORED},
    {"/v1/chain/get_block", block_get, BODY_JSON},
    {"/v1/chain/get_block_header", block_get_header, BODY_JSON},
    {"/v1/chain/get_block_header_state", block_get_header_state, BODY_JSON},
    {"/v1/chain/get_block_info", block_get_info, BODY_JSON},
    {"/v1/chain/get_code", contract_get_code, BODY_JSON},
    {"/v1/chain/get_code_hash", contract_get_code_hash, BODY_JSON},
    {"/v1/chain/get_currency_balance", currency_balance, BODY_JSON},
    {"/v1/chain/get_currency_stats", currency_stats, BODY_JSON},
    {"/v1/chain/get_info", info_get, BODY_IGNORED},
    {"/v1/chain/get_producer_schedule", producers_schedule, BODY_IGNORED},
    {"/v1/chain/get_producers", producers_get, BODY_JSON},
    {"/v1/chain/get_raw_abi", contract_get_raw_abi, BODY_JSON},
    {"/v1/chain/get_raw_block", block_get_raw, BODY_JSON},
    {"/v1/chain/get_raw_code_and_abi", contract_get_raw_code_and_abi, BODY_JSON},
    {"/v1/chain/get_required_keys", transaction_required_keys, BODY_JSON},
    {"/v1/chain/get_scheduled_transactions", info_scheduled_transactions, BODY_IGNORED},
    {"/v1/chain/get_table_by_scope", table_by_scope, BODY_JSON},
    {"/v1/chain/get_table_rows", table_rows, BODY_JSON},
    {"/v1/chain/get_transaction", transaction_get, BODY_JSON},
    {"/v1/chain/get_transaction_id", transaction_get_id, BODY_JSON},
    {"/v1/chain/get_transaction_status", transaction_status, BODY_JSON},
    {"/v1/chain/push_transaction", push_transaction, BODY_TEXT},
    {"/v1/chain/push_transactions", push_transactions, BODY_TEXT},
    {"/v1/chain/send_transaction", push_send_transaction, BODY_TEXT},
    {"/v1/chain/send_transaction2", push_send_transaction2, BODY_JSON},
    {"/v1/events", events_subscribe, BODY_IGNORED},
    {"/v1/health", health_get, BODY_IGNORED},
    {"/v1/history/get_transaction", transaction_get, BODY_JSON},
    {"/v1/node/get_supported_apis", info_supported_apis, BODY_IGNORED},
    {"/v1/openapi.json", info_openapi, BODY_IGNORED},
    {"/v1/trace_api/get_block", trace_get_block, BODY_JSON},
    {"/v1/trace_api/get_transaction_trace", trace_get_transaction, BODY_JSON},
};
#define ROUTES (sizeof routes / sizeof *routes)

static int compare(const void *path, const void *route)
{
    return strcmp(path, ((const struct route *)route)->path);
}

const struct route *router_find(const char *path)
{
    return bsearch(path, routes, ROUTES, sizeof *routes, compare);
}

const struct route *router_routes(size_t *count)
{
    *count = ROUTES;
    return routes;
}
