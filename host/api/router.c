// SPDX-License-Identifier: Apache-2.0
#include "host/api/router.h"

#include <stdlib.h>
#include <string.h>

/* In the order of strcmp, since they are looked up by halves. */
static const struct route routes[] = {
    {"/metrics", metrics_get, false},
    {"/v1/chain/abi_bin_to_json", contract_bin_to_json, true},
    {"/v1/chain/abi_json_to_bin", contract_json_to_bin, true},
    {"/v1/chain/compute_transaction", push_compute_transaction, true},
    {"/v1/chain/get_abi", contract_get_abi, true},
    {"/v1/chain/get_account", account_get, true},
    {"/v1/chain/get_accounts_by_authorizers", authorizers_get, true},
    {"/v1/chain/get_activated_protocol_features", info_protocol_features, false},
    {"/v1/chain/get_block", block_get, true},
    {"/v1/chain/get_block_header", block_get_header, true},
    {"/v1/chain/get_block_header_state", block_get_header_state, true},
    {"/v1/chain/get_block_info", block_get_info, true},
    {"/v1/chain/get_code", contract_get_code, true},
    {"/v1/chain/get_code_hash", contract_get_code_hash, true},
    {"/v1/chain/get_currency_balance", currency_balance, true},
    {"/v1/chain/get_currency_stats", currency_stats, true},
    {"/v1/chain/get_info", info_get, false},
    {"/v1/chain/get_producer_schedule", producers_schedule, false},
    {"/v1/chain/get_producers", producers_get, true},
    {"/v1/chain/get_raw_abi", contract_get_raw_abi, true},
    {"/v1/chain/get_raw_block", block_get_raw, true},
    {"/v1/chain/get_raw_code_and_abi", contract_get_raw_code_and_abi, true},
    {"/v1/chain/get_required_keys", transaction_required_keys, true},
    {"/v1/chain/get_scheduled_transactions", info_scheduled_transactions, false},
    {"/v1/chain/get_table_by_scope", table_by_scope, true},
    {"/v1/chain/get_table_rows", table_rows, true},
    {"/v1/chain/get_transaction", transaction_get, true},
    {"/v1/chain/get_transaction_id", transaction_get_id, true},
    {"/v1/chain/get_transaction_status", transaction_status, true},
    {"/v1/chain/push_transaction", push_transaction, true},
    {"/v1/chain/push_transactions", push_transactions, true},
    {"/v1/chain/send_transaction", push_send_transaction, true},
    {"/v1/chain/send_transaction2", push_send_transaction2, true},
    {"/v1/events", events_subscribe, false},
    {"/v1/health", health_get, false},
    {"/v1/history/get_transaction", transaction_get, true},
    {"/v1/node/get_supported_apis", info_supported_apis, false},
    {"/v1/openapi.json", info_openapi, false},
    {"/v1/trace_api/get_block", trace_get_block, true},
    {"/v1/trace_api/get_transaction_trace", trace_get_transaction, true},
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
