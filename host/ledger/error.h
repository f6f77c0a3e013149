/* SPDX-License-Identifier: Apache-2.0 */
/* Errors of the ledger, by the numbers and names of the Antelope family, which its clients know. */
#ifndef HOST_LEDGER_ERROR_H
#define HOST_LEDGER_ERROR_H

#include <stdbool.h>
#include <stdint.h>

#define LEDGER_MESSAGE_SIZE 256u

/* X(symbol, number, name, what). Those of the pool are ours, with numbers that the family does not
 * use. */
#define LEDGER_ERRORS(X)                                                                           \
    X(LEDGER_OK, 0, "", "")                                                                        \
    X(LEDGER_TRANSACTION_TYPE, 3010006, "transaction_type_exception", "Invalid transaction")       \
    X(LEDGER_ABI_TYPE, 3010007, "abi_type_exception", "Invalid ABI")                               \
    X(LEDGER_BLOCK_ID_TYPE, 3010008, "block_id_type_exception", "Invalid block ID")                \
    X(LEDGER_PACKED_TRANSACTION_TYPE, 3010010, "packed_transaction_type_exception",                \
      "Invalid packed transaction")                                                                \
    X(LEDGER_ASSET_TYPE, 3010011, "asset_type_exception", "Invalid asset")                         \
    X(LEDGER_BLOCK_VALIDATE, 3030000, "block_validate_exception", "Block exception")               \
    X(LEDGER_UNLINKABLE_BLOCK, 3030001, "unlinkable_block_exception", "Unlinkable block")          \
    X(LEDGER_TRANSACTION, 3040000, "transaction_exception", "Transaction exception")               \
    X(LEDGER_TX_DECOMPRESSION, 3040001, "tx_decompression_error",                                  \
      "Error decompressing transaction")                                                           \
    X(LEDGER_TX_NO_ACTION, 3040002, "tx_no_action",                                                \
      "Transaction should have at least one normal action")                                        \
    X(LEDGER_TX_NO_AUTHS, 3040003, "tx_no_auths",                                                  \
      "Transaction should have at least one required authority")                                   \
    X(LEDGER_EXPIRED_TX, 3040005, "expired_tx_exception", "Expired Transaction")                   \
    X(LEDGER_TX_EXP_TOO_FAR, 3040006, "tx_exp_too_far_exception",                                  \
      "Transaction Expiration Too Far")                                                            \
    X(LEDGER_INVALID_REF_BLOCK, 3040007, "invalid_ref_block_exception", "Invalid Reference Block") \
    X(LEDGER_TX_DUPLICATE, 3040008, "tx_duplicate", "Duplicate transaction")                       \
    X(LEDGER_CFA_INSIDE, 3040004, "cfa_irrelevant_auth",                                           \
      "context-free action should have no required authority")                                     \
    X(LEDGER_TOO_MANY_TX, 3040012, "too_many_tx_at_once", "Pushing too many transactions at once") \
    X(LEDGER_TX_TOO_BIG, 3040013, "tx_too_big", "Transaction is too big")                          \
    X(LEDGER_INVALID_EXTENSION, 3040015, "invalid_transaction_extension",                          \
      "Invalid transaction extension")                                                             \
    X(LEDGER_TX_DELAY, 3040019, "tx_delay_not_supported",                                          \
      "Delayed transactions are not supported")                                                    \
    X(LEDGER_ACTION_VALIDATE, 3050000, "action_validate_exception", "Action validate exception")   \
    X(LEDGER_ACCOUNT_EXISTS, 3050001, "account_name_exists_exception",                             \
      "Account name already exists")                                                               \
    X(LEDGER_INVALID_ACTION_ARGS, 3050002, "invalid_action_args_exception",                        \
      "Invalid Action Arguments")                                                                  \
    X(LEDGER_ASSERT_MESSAGE, 3050003, "eosio_assert_message_exception",                            \
      "eosio_assert_message assertion failure")                                                    \
    X(LEDGER_ACTION_NOT_FOUND, 3050005, "action_not_found_exception", "Action can not be found")   \
    X(LEDGER_DATABASE, 3060000, "database_exception", "Database exception")                        \
    X(LEDGER_PERMISSION_QUERY, 3060001, "permission_query_exception",                              \
      "Permission Query Exception")                                                                \
    X(LEDGER_ACCOUNT_QUERY, 3060002, "account_query_exception", "Account Query Exception")         \
    X(LEDGER_CONTRACT_TABLE_QUERY, 3060003, "contract_table_query_exception",                      \
      "Contract Table Query Exception")                                                            \
    X(LEDGER_RAM_EXCEEDED, 3080001, "ram_usage_exceeded",                                          \
      "Account using more than allotted RAM usage")                                                \
    X(LEDGER_TX_NET_EXCEEDED, 3080002, "tx_net_usage_exceeded",                                    \
      "Transaction exceeded the current network usage limit imposed on the transaction")           \
    X(LEDGER_BLOCK_NET_EXCEEDED, 3080003, "block_net_usage_exceeded",                              \
      "Transaction network usage is too much for the remaining allowable usage of the current "    \
      "block")                                                                                     \
    X(LEDGER_TX_CPU_EXCEEDED, 3080004, "tx_cpu_usage_exceeded",                                    \
      "Transaction exceeded the current CPU usage limit imposed on the transaction")               \
    X(LEDGER_BLOCK_CPU_EXCEEDED, 3080005, "block_cpu_usage_exceeded",                              \
      "Transaction CPU usage is too much for the remaining allowable usage of the current block")  \
    X(LEDGER_AUTHORIZATION, 3090000, "authorization_exception", "Authorization exception")         \
    X(LEDGER_TX_DUPLICATE_SIG, 3090001, "tx_duplicate_sig", "Duplicate signature included")        \
    X(LEDGER_IRRELEVANT_SIG, 3090002, "tx_irrelevant_sig", "Irrelevant signature included")        \
    X(LEDGER_UNSATISFIED_AUTHORIZATION, 3090003, "unsatisfied_authorization",                      \
      "Provided keys, permissions, and delays do not satisfy declared authorizations")             \
    X(LEDGER_MISSING_AUTH, 3090004, "missing_auth_exception", "Missing required authority")        \
    X(LEDGER_IRRELEVANT_AUTH, 3090005, "irrelevant_auth_exception",                                \
      "Irrelevant authority included")                                                             \
    X(LEDGER_INVALID_PERMISSION, 3090007, "invalid_permission", "Invalid permission")              \
    X(LEDGER_POOL_FULL, 3040101, "tx_pool_full", "The node's transaction pool is full")            \
    X(LEDGER_ACCOUNT_POOL_FULL, 3040102, "tx_account_pool_full",                                   \
      "Too many transactions of this account are waiting")                                         \
    X(LEDGER_UNKNOWN_BLOCK, 3100002, "unknown_block_exception", "Unknown block")                   \
    X(LEDGER_UNKNOWN_TRANSACTION, 3100003, "unknown_transaction_exception", "Unknown transaction") \
    X(LEDGER_ABI_NOT_FOUND, 3015001, "abi_not_found_exception", "No ABI found")                    \
    X(LEDGER_INTERNAL, 3000000, "chain_exception", "blockchain exception")

enum ledger_error_code {
#define LEDGER_ERROR_SYMBOL(symbol, number, name, what) symbol = number,
    LEDGER_ERRORS(LEDGER_ERROR_SYMBOL)
#undef LEDGER_ERROR_SYMBOL
};

struct ledger_error {
    enum ledger_error_code code; /* LEDGER_OK: none */
    char message[LEDGER_MESSAGE_SIZE];
};

const char *ledger_error_name(enum ledger_error_code code);
const char *ledger_error_what(enum ledger_error_code code);
/* Fills *error and returns false, so that a check reads `return ledger_fail(...)`. */
bool ledger_fail(struct ledger_error *error, enum ledger_error_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
