/* SPDX-License-Identifier: Apache-2.0 */
/* Actions and transactions in the JSON of the family's HTTP interface. */
#ifndef HOST_WIRE_TRANSACTION_JSON_H
#define HOST_WIRE_TRANSACTION_JSON_H

#include <jansson.h>

#include "host/wire/abi.h"
#include "host/wire/transaction.h"

/* Where the ABIs of accounts are. What find returns must live until the call that asked for it
 * returns; NULL: the account has none. `abis` may be NULL where it is a parameter: no account has
 * one. */
struct abi_source {
    const struct abi *(*find)(void *context, name_t account);
    void *context;
};

/* {"account", "name", "authorization", "data"}: data in JSON and "hex_data" beside it when the ABI
 * has the action and the data are of its type; else data in hexadecimal. The ABI may be NULL. All
 * return a new reference, or NULL when memory is out. */
json_t *action_to_json(const struct action *action, const struct abi *abi);
json_t *transaction_to_json(const struct transaction *transaction, const struct abi_source *abis);
/* As in get_block: id, signatures, compression, packed_trx, transaction, and the rest. */
json_t *signed_transaction_to_json(const struct signed_transaction *transaction,
                                   const struct abi_source *abis);

/* Data that are not in hexadecimal are encoded with the ABI. They go into `data`, and the action's
 * data are a view of it. False with a text that names the place. */
bool action_from_json(const json_t *json, const struct abi_source *abis, struct writer *data,
                      struct action *action, char error[ABI_ERROR_SIZE]);
/* What is missing but expiration and actions is zero. `packed` stays empty. */
bool transaction_from_json(const json_t *json, const struct abi_source *abis, struct writer *data,
                           struct transaction *transaction, char error[ABI_ERROR_SIZE]);
/* What push_transaction takes: {"signatures", "compression", "packed_trx", ...}, or a transaction
 * with its fields and "signatures" among them. NULL with a text, and *reason unless that is NULL:
 * TRANSACTION_MALFORMED when it did not come to be parsed as a transaction. */
struct signed_transaction *signed_transaction_from_json(const json_t *json,
                                                        const struct abi_source *abis,
                                                        enum transaction_error *reason,
                                                        char error[ABI_ERROR_SIZE]);

#endif
