/* SPDX-License-Identifier: Apache-2.0 */
/* Which handler answers which path. */
#ifndef HOST_API_ROUTER_H
#define HOST_API_ROUTER_H

#include "host/api/request.h"

/* NULL: there is no such route. */
const struct route *router_find(const char *path);
/* All routes, in the order of their paths. */
const struct route *router_routes(size_t *count);

/* The handlers, by the files that they are in. Routes that more than one path leads to, or that
 * differ in one thing only, have a name a path. */
bool info_get(struct request *request); /* info.c */
bool info_supported_apis(struct request *request);
bool info_openapi(struct request *request);
bool info_protocol_features(struct request *request);
bool info_scheduled_transactions(struct request *request);
bool block_get(struct request *request); /* block.c */
bool block_get_info(struct request *request);
bool block_get_header(struct request *request);
bool block_get_header_state(struct request *request);
bool block_get_raw(struct request *request);
bool account_get(struct request *request);      /* account.c */
bool authorizers_get(struct request *request);  /* authorizers.c */
bool contract_get_abi(struct request *request); /* contract.c */
bool contract_get_raw_abi(struct request *request);
bool contract_get_code(struct request *request);
bool contract_get_code_hash(struct request *request);
bool contract_get_raw_code_and_abi(struct request *request);
bool contract_json_to_bin(struct request *request);
bool contract_bin_to_json(struct request *request);
bool table_rows(struct request *request); /* table.c */
bool table_by_scope(struct request *request);
bool currency_balance(struct request *request); /* currency.c */
bool currency_stats(struct request *request);
bool producers_get(struct request *request); /* producers.c */
bool producers_schedule(struct request *request);
bool transaction_required_keys(struct request *request); /* transaction.c */
bool transaction_get_id(struct request *request);
bool transaction_status(struct request *request);
bool transaction_get(struct request *request);
bool trace_get_transaction(struct request *request); /* trace.c */
bool trace_get_block(struct request *request);
bool push_transaction(struct request *request); /* push.c */
bool push_transactions(struct request *request);
bool push_send_transaction(struct request *request);
bool push_send_transaction2(struct request *request);
bool push_compute_transaction(struct request *request);
bool events_subscribe(struct request *request); /* events.c */
bool health_get(struct request *request);       /* health.c */
bool metrics_get(struct request *request);      /* metrics.c */

#endif
