// SPDX-License-Identifier: Apache-2.0
/* snapscale get ...: questions to the node. */
#include <stdlib.h>
#include <string.h>

#include "host/wallet/commands.h"
#include "host/wallet/node.h"

/* Asks the node of the command line one question. `request` is taken over. */
static enum tool_exit ask(const struct arguments *arguments, const char *path, json_t *request,
                          json_t **answer)
{
    struct node *node;
    enum tool_exit exit = node_create(arguments, &node);
    if (exit != TOOL_OK) {
        json_decref(request);
        return exit;
    }
    exit = node_call(node, path, request, answer);
    node_destroy(node);
    return exit;
}

static enum tool_exit ask_and_print(const struct arguments *arguments, const char *path,
                                    json_t *request)
{
    json_t *answer;
    enum tool_exit exit = ask(arguments, path, request, &answer);
    if (exit != TOOL_OK)
        return exit;
    exit = tool_print_json(arguments, answer);
    json_decref(answer);
    return exit;
}

enum tool_exit command_get_info(const struct arguments *arguments)
{
    return ask_and_print(arguments, "/v1/chain/get_info", json_object());
}

enum tool_exit command_get_block(const struct arguments *arguments)
{
    return ask_and_print(arguments, "/v1/chain/get_block",
                         json_pack("{s:s}", "block_num_or_id", arguments->words[0]));
}

enum tool_exit command_get_abi(const struct arguments *arguments)
{
    json_t *answer;
    enum tool_exit exit = ask(arguments, "/v1/chain/get_abi",
                              json_pack("{s:s}", "account_name", arguments->words[0]), &answer);
    if (exit != TOOL_OK)
        return exit;
    const json_t *abi = json_object_get(answer, "abi");
    exit = abi != NULL ? tool_print_json(arguments, abi)
                       : tool_fail(TOOL_REFUSED, "%s has no ABI: there is no contract on it",
                                   arguments->words[0]);
    json_decref(answer);
    return exit;
}

enum tool_exit command_get_transaction(const struct arguments *arguments)
{
    return ask_and_print(arguments, "/v1/history/get_transaction",
                         json_pack("{s:s}", "id", arguments->words[0]));
}

enum tool_exit command_get_table(const struct arguments *arguments)
{
    char *const *words = arguments->words;
    const char *lower = arguments->lower != NULL ? arguments->lower : "";
    const char *upper = arguments->upper != NULL ? arguments->upper : "";
    const char *index = arguments->index != NULL ? arguments->index : "";
    const char *key_type = arguments->key_type != NULL ? arguments->key_type : "";
    return ask_and_print(arguments, "/v1/chain/get_table_rows",
                         json_pack("{s:b, s:s, s:s, s:s, s:s, s:s, s:i, s:s, s:s, s:b}", "json",
                                   true, "code", words[0], "scope", words[1], "table", words[2],
                                   "lower_bound", lower, "upper_bound", upper, "limit",
                                   (int)arguments->limit, "key_type", key_type, "index_position",
                                   index, "reverse", arguments->reverse));
}

enum tool_exit command_get_balance(const struct arguments *arguments)
{
    const char *symbol = arguments->word_count > 1 ? arguments->words[1] : NULL;
    json_t *answer, *balance;
    enum tool_exit exit = ask(arguments, "/v1/chain/get_currency_balance",
                              json_pack("{s:s, s:s, s:s?}", "code", arguments->contract, "account",
                                        arguments->words[0], "symbol", symbol),
                              &answer);
    if (exit != TOOL_OK)
        return exit;
    if (arguments->json) {
        exit = tool_print_json(arguments, answer);
    } else {
        size_t index;
        json_array_foreach(answer, index, balance)
        {
            const char *text = json_string_value(balance);
            tool_print_foreign(stdout, text != NULL ? text : "?", 0);
            putchar('\n');
        }
    }
    json_decref(answer);
    return exit;
}

/* ------------------------------------------------------------------ account */

static void print_authority(const json_t *authority)
{
    const json_t *one;
    size_t index;
    printf("%lld:", (long long)tool_member_number(authority, "threshold"));
    json_array_foreach(json_object_get(authority, "keys"), index, one)
    {
        printf(" %lld ", (long long)tool_member_number(one, "weight"));
        tool_print_foreign(stdout, tool_member_text(one, "key", "?"), 0);
    }
    json_array_foreach(json_object_get(authority, "accounts"), index, one)
    {
        const json_t *level = json_object_get(one, "permission");
        printf(" %lld ", (long long)tool_member_number(one, "weight"));
        tool_print_foreign(stdout, tool_member_text(level, "actor", "?"), 0);
        putchar('@');
        tool_print_foreign(stdout, tool_member_text(level, "permission", "?"), 0);
    }
    json_array_foreach(json_object_get(authority, "waits"), index, one)
    {
        printf(" %lld after %lld s", (long long)tool_member_number(one, "weight"),
               (long long)tool_member_number(one, "wait_sec"));
    }
    putchar('\n');
}

/* "used of limit unit"; the family writes -1 for "no limit". */
static void print_usage(const char *what, json_int_t used, json_int_t limit, const char *unit)
{
    if (limit < 0)
        printf("%s: %lld %s used, no limit\n", what, (long long)used, unit);
    else
        printf("%s: %lld of %lld %s used\n", what, (long long)used, (long long)limit, unit);
}

static void print_limit(const char *what, const json_t *limit, const char *unit)
{
    print_usage(what, tool_member_number(limit, "used"), tool_member_number(limit, "max"), unit);
}

static void print_account(const json_t *account)
{
    const json_t *permission;
    size_t index;
    printf("account: ");
    tool_print_foreign(stdout, tool_member_text(account, "account_name", "?"), 0);
    printf("\ncreated: ");
    tool_print_foreign(stdout, tool_member_text(account, "created", "?"), 0);
    printf("\npermissions:\n");
    json_array_foreach(json_object_get(account, "permissions"), index, permission)
    {
        printf("  ");
        tool_print_foreign(stdout, tool_member_text(permission, "perm_name", "?"), 0);
        const char *parent = tool_member_text(permission, "parent", "");
        if (parent[0] != '\0') {
            printf(" (below ");
            tool_print_foreign(stdout, parent, 0);
            putchar(')');
        }
        putchar(' ');
        print_authority(json_object_get(permission, "required_auth"));
    }
    print_usage("memory", tool_member_number(account, "ram_usage"),
                tool_member_number(account, "ram_quota"), "bytes");
    print_limit("net", json_object_get(account, "net_limit"), "bytes");
    print_limit("cpu", json_object_get(account, "cpu_limit"), "us");
    const char *balance = tool_member_text(account, "core_liquid_balance", "");
    if (balance[0] != '\0') {
        printf("balance: ");
        tool_print_foreign(stdout, balance, 0);
        putchar('\n');
    }
}

enum tool_exit command_get_account(const struct arguments *arguments)
{
    json_t *answer;
    enum tool_exit exit = ask(arguments, "/v1/chain/get_account",
                              json_pack("{s:s}", "account_name", arguments->words[0]), &answer);
    if (exit != TOOL_OK)
        return exit;
    if (arguments->json)
        exit = tool_print_json(arguments, answer);
    else
        print_account(answer);
    json_decref(answer);
    return exit;
}
