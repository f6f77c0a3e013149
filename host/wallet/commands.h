/* SPDX-License-Identifier: Apache-2.0 */
/* One function a command of `snapscale`. */
#ifndef HOST_WALLET_COMMANDS_H
#define HOST_WALLET_COMMANDS_H

#include "host/wallet/tool.h"

struct command {
    const char *group, *name; /* the words that call it; group NULL: one word */
    const char *words;        /* its own words, for the synopsis */
    unsigned words_min, words_max;
    unsigned options; /* enum option_group */
    const char *help; /* what it does; lines end in a line feed */
    enum tool_exit (*run)(const struct arguments *arguments);
};

/* Ends with an entry whose name is NULL. */
extern const struct command COMMANDS[];

enum tool_exit command_key_create(const struct arguments *arguments);
enum tool_exit command_key_import(const struct arguments *arguments);
enum tool_exit command_key_export(const struct arguments *arguments);
enum tool_exit command_key_list(const struct arguments *arguments);
enum tool_exit command_account_create(const struct arguments *arguments);
enum tool_exit command_get_info(const struct arguments *arguments);
enum tool_exit command_get_block(const struct arguments *arguments);
enum tool_exit command_get_account(const struct arguments *arguments);
enum tool_exit command_get_table(const struct arguments *arguments);
enum tool_exit command_get_transaction(const struct arguments *arguments);
enum tool_exit command_get_balance(const struct arguments *arguments);
enum tool_exit command_get_abi(const struct arguments *arguments);
enum tool_exit command_transfer(const struct arguments *arguments);
enum tool_exit command_push_action(const struct arguments *arguments);
enum tool_exit command_set_abi(const struct arguments *arguments);
enum tool_exit command_transaction_sign(const struct arguments *arguments);
enum tool_exit command_transaction_push(const struct arguments *arguments);

#endif
