// SPDX-License-Identifier: Apache-2.0
/* What makes a transaction of one action: snapscale account create, transfer, push action, set
 * abi. */
#include <stdlib.h>
#include <string.h>

#include "host/wallet/commands.h"
#include "host/wallet/draft.h"
#include "host/wallet/keyring.h"
#include "host/wire/asset.h"
#include "host/wire/authority.h"

#define FILE_BYTES_MAX (2u << 20)

static enum tool_exit parse_name(const char *what, const char *text, name_t *name)
{
    if (name_parse(text, strlen(text), name) && *name != 0)
        return TOOL_OK;
    return tool_fail(TOOL_USAGE,
                     "%s %s: a name has 1 to 12 characters of a-z, 1-5 and '.', not at its end",
                     what, text);
}

/* Puts `value` as the contract's ABI packs it into `data`, and runs the draft. */
static enum tool_exit encode_and_run(const struct arguments *arguments, struct node *node,
                                     name_t authorizer, struct action *action, const json_t *value)
{
    char error[ABI_ERROR_SIZE], account[NAME_TEXT_SIZE], name[NAME_TEXT_SIZE];
    struct abi *abi;
    enum tool_exit exit = node_get_abi(node, action->account, &abi);
    if (exit != TOOL_OK)
        return exit;
    name_text(action->account, account);
    name_text(action->name, name);
    uint8_t *data = malloc(TRANSACTION_BYTES_MAX);
    struct writer writer = writer_of(data, data != NULL ? TRANSACTION_BYTES_MAX : 0);
    const char *type = abi_action_type(abi, action->name);
    if (data == NULL)
        exit = tool_no_memory();
    else if (type == NULL)
        exit = tool_fail(TOOL_USAGE, "%s has no action %s", account, name);
    else if (!abi_encode(abi, type, value, &writer, error))
        exit = tool_fail(TOOL_USAGE, "%s::%s: %s", account, name, error);
    if (exit == TOOL_OK) {
        action->data = (struct bytes){data, writer_size(&writer)};
        exit = draft_run(arguments, node, authorizer, action);
    }
    free(data);
    abi_free(abi);
    return exit;
}

/* As encode_and_run, with a node of its own; takes `value` over. */
static enum tool_exit run_json(const struct arguments *arguments, name_t authorizer,
                               struct action *action, json_t *value)
{
    struct node *node;
    enum tool_exit exit = value != NULL ? node_create(arguments, &node) : tool_no_memory();
    if (exit == TOOL_OK) {
        exit = encode_and_run(arguments, node, authorizer, action, value);
        node_destroy(node);
    }
    json_decref(value);
    return exit;
}

/* For actions of the system, whose form is the same on every chain. */
static enum tool_exit run_packed(const struct arguments *arguments, name_t authorizer,
                                 struct action *action, struct bytes data)
{
    struct node *node;
    enum tool_exit exit = node_create(arguments, &node);
    if (exit != TOOL_OK)
        return exit;
    action->data = data;
    exit = draft_run(arguments, node, authorizer, action);
    node_destroy(node);
    return exit;
}

/* ------------------------------------------------------------------ account create */

/* The text of a public key, or the name of a key in the wallet. */
static enum tool_exit parse_key(const struct arguments *arguments, const char *text,
                                struct authority *authority)
{
    struct public_key key;
    struct keystore *keystore;
    if (!public_key_parse(text, strlen(text), &key)) {
        enum tool_exit exit = keyring_read(arguments, &keystore);
        if (exit != TOOL_OK)
            return exit;
        int index = keystore_find(keystore, text);
        if (index >= 0)
            key = keystore_entry(keystore, (unsigned)index)->key;
        keystore_free(keystore);
        if (index < 0)
            return tool_fail(TOOL_USAGE, "%s is no public key and no key of the wallet", text);
    }
    authority_of_key(authority, &key);
    return TOOL_OK;
}

enum tool_exit command_account_create(const struct arguments *arguments)
{
    char *const *words = arguments->words;
    name_t creator, name;
    struct authority owner, active;
    struct action action = {.account = name_of("eosio"), .name = name_of("newaccount")};
    enum tool_exit exit = parse_name("CREATOR", words[0], &creator);
    if (exit == TOOL_OK)
        exit = parse_name("NAME", words[1], &name);
    if (exit == TOOL_OK)
        exit = parse_key(arguments, words[2], &owner);
    if (exit == TOOL_OK)
        exit = parse_key(arguments, words[arguments->word_count > 3 ? 3 : 2], &active);
    if (exit != TOOL_OK)
        return exit;
    uint8_t data[16 + 2 * AUTHORITY_BYTES_MAX];
    struct writer writer = writer_of(data, sizeof data);
    write_u64(&writer, creator);
    write_u64(&writer, name);
    authority_write(&writer, &owner);
    authority_write(&writer, &active);
    return run_packed(arguments, creator, &action, (struct bytes){data, writer_size(&writer)});
}

/* ------------------------------------------------------------------ transfer */

enum tool_exit command_transfer(const struct arguments *arguments)
{
    char *const *words = arguments->words;
    const char *memo = arguments->word_count > 3 ? words[3] : "";
    name_t from, to;
    struct asset quantity;
    struct action action = {.name = name_of("transfer")};
    enum tool_exit exit = parse_name("--contract", arguments->contract, &action.account);
    if (exit == TOOL_OK)
        exit = parse_name("FROM", words[0], &from);
    if (exit == TOOL_OK)
        exit = parse_name("TO", words[1], &to);
    if (exit == TOOL_OK && !asset_parse(words[2], strlen(words[2]), &quantity))
        exit = tool_fail(TOOL_USAGE, "QUANTITY %s: expected an amount and a symbol: \"1.0000 SYS\"",
                         words[2]);
    if (exit != TOOL_OK)
        return exit;
    return run_json(arguments, from, &action,
                    json_pack("{s:s, s:s, s:s, s:s}", "from", words[0], "to", words[1], "quantity",
                              words[2], "memo", memo));
}

/* ------------------------------------------------------------------ push action */

enum tool_exit command_push_action(const struct arguments *arguments)
{
    char *const *words = arguments->words;
    const char *data = words[2];
    struct action action = {0};
    json_t *value;
    enum tool_exit exit = parse_name("CONTRACT", words[0], &action.account);
    if (exit == TOOL_OK)
        exit = parse_name("ACTION", words[1], &action.name);
    if (exit == TOOL_OK && data[0] == '@')
        exit = tool_read_json(data + 1, FILE_BYTES_MAX, &value);
    else if (exit == TOOL_OK)
        exit = tool_parse_json("DATA", data, strlen(data), &value);
    return exit == TOOL_OK ? run_json(arguments, 0, &action, value) : exit;
}

/* ------------------------------------------------------------------ set abi */

static enum tool_exit run_set_abi(const struct arguments *arguments, name_t account,
                                  struct bytes abi)
{
    struct action action = {.account = name_of("eosio"), .name = name_of("setabi")};
    uint8_t *data = malloc(abi.size + 16);
    if (data == NULL)
        return tool_no_memory();
    struct writer writer = writer_of(data, abi.size + 16);
    write_u64(&writer, account);
    write_sized(&writer, abi);
    enum tool_exit exit =
        run_packed(arguments, account, &action, (struct bytes){data, writer_size(&writer)});
    free(data);
    return exit;
}

enum tool_exit command_set_abi(const struct arguments *arguments)
{
    char error[ABI_ERROR_SIZE];
    name_t account;
    json_t *json;
    struct bytes packed;
    enum tool_exit exit = parse_name("ACCOUNT", arguments->words[0], &account);
    if (exit == TOOL_OK)
        exit = tool_read_json(arguments->words[1], FILE_BYTES_MAX, &json);
    if (exit != TOOL_OK)
        return exit;
    struct abi *abi = abi_from_json(json, error);
    json_decref(json);
    if (abi == NULL)
        return tool_fail(TOOL_USAGE, "%s: %s", arguments->words[1], error);
    bool good = abi_pack(abi, &packed);
    abi_free(abi);
    if (!good)
        return tool_no_memory();
    exit = run_set_abi(arguments, account, packed);
    free((void *)packed.data);
    return exit;
}
