// SPDX-License-Identifier: Apache-2.0
#include "host/wallet/draft.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "host/wire/transaction_json.h"

/* A transaction in JSON: two characters a byte of action data, and the rest. */
#define FILE_BYTES_MAX (2u << 20)

void draft_free(struct draft *draft)
{
    free(draft->bytes);
    free(draft->transaction);
    draft->bytes = NULL;
    draft->transaction = NULL;
}

static enum tool_exit make_room(struct draft *draft)
{
    *draft = (struct draft){.bytes = malloc(TRANSACTION_BYTES_MAX),
                            .transaction = calloc(1, sizeof *draft->transaction)};
    if (draft->bytes != NULL && draft->transaction != NULL)
        return TOOL_OK;
    draft_free(draft);
    return tool_no_memory();
}

/* Parses what was packed, so that what is shown and asked about is what will be signed. */
static enum tool_exit take_packed(struct draft *draft, size_t bytes)
{
    draft->size = bytes;
    enum transaction_error error =
        transaction_parse((struct bytes){draft->bytes, bytes}, draft->transaction);
    return error == TRANSACTION_OK ? TOOL_OK
                                   : tool_fail(TOOL_USAGE, "%s", transaction_error_text(error));
}

enum tool_exit draft_make(const struct arguments *arguments, const struct node_info *info,
                          const struct action *action, struct draft *draft)
{
    enum tool_exit exit = make_room(draft);
    if (exit != TOOL_OK)
        return exit;
    struct reader prefix = reader_of(info->final_id + 8, 4);
    struct transaction *transaction = draft->transaction;
    transaction->expiration = info->head_unix_s + arguments->expiration_s;
    transaction->ref_block_num = (uint16_t)info->final_height;
    transaction->ref_block_prefix = read_u32(&prefix);
    transaction->action_count = 1;
    transaction->actions[0] = *action;
    struct writer writer = writer_of(draft->bytes, TRANSACTION_BYTES_MAX);
    transaction_write(&writer, transaction);
    exit = writer.failed
               ? tool_fail(TOOL_USAGE, "%s", transaction_error_text(TRANSACTION_TOO_LARGE))
               : take_packed(draft, writer_size(&writer));
    if (exit != TOOL_OK)
        draft_free(draft);
    return exit;
}

/* ------------------------------------------------------------------ JSON */

/* A copy that can be given more signatures. */
static enum tool_exit take_signed(struct draft *draft, const struct signed_transaction *read)
{
    enum tool_exit exit = make_room(draft);
    if (exit != TOOL_OK)
        return exit;
    memcpy(draft->bytes, read->transaction.packed.data, read->transaction.packed.size);
    exit = take_packed(draft, read->transaction.packed.size);
    assert(exit == TOOL_OK); /* it has been parsed before */
    draft->signature_count = read->signature_count;
    for (unsigned i = 0; i < read->signature_count; i++)
        draft->signatures[i] = read->signatures[i];
    return TOOL_OK;
}

enum tool_exit draft_read(const char *path, struct draft *draft)
{
    char error[ABI_ERROR_SIZE];
    json_t *json;
    enum tool_exit exit = tool_read_json(path, FILE_BYTES_MAX, &json);
    if (exit != TOOL_OK)
        return exit;
    struct signed_transaction *read = signed_transaction_from_json(json, NULL, NULL, error);
    json_decref(json);
    if (read == NULL)
        return tool_fail(TOOL_USAGE, "%s is no transaction: %s", path, error);
    exit = take_signed(draft, read);
    signed_transaction_release(read);
    return exit;
}

json_t *draft_signatures_json(const struct draft *draft)
{
    json_t *list = json_array();
    for (unsigned i = 0; list != NULL && i < draft->signature_count; i++) {
        char text[KEY_TEXT_SIZE];
        signature_text(&draft->signatures[i], text);
        if (json_array_append_new(list, json_string(text)) != 0) {
            json_decref(list);
            list = NULL;
        }
    }
    return list;
}

enum tool_exit draft_print(const struct arguments *arguments, const struct draft *draft)
{
    json_t *json = transaction_to_json(draft->transaction, NULL);
    json_t *signatures = draft_signatures_json(draft);
    enum tool_exit exit = json_object_set(json, "signatures", signatures) == 0
                              ? tool_print_json(arguments, json)
                              : tool_no_memory();
    json_decref(signatures);
    json_decref(json);
    return exit;
}

/* ------------------------------------------------------------------ all of it */

static enum tool_exit parse_permission(const char *text, struct permission_level *level)
{
    size_t chars = strcspn(text, "@");
    level->permission = name_of("active");
    if (!name_parse(text, chars, &level->actor) || level->actor == 0 ||
        (text[chars] == '@' &&
         !name_parse(text + chars + 1, strlen(text + chars + 1), &level->permission)))
        return tool_fail(TOOL_USAGE, "--permission %s: expected ACCOUNT@PERMISSION", text);
    return TOOL_OK;
}

static enum tool_exit authorize(const struct arguments *arguments, name_t authorizer,
                                struct action *action)
{
    _Static_assert(ARGUMENTS_LIST_MAX <= ACTION_AUTHORIZATIONS_MAX, "each has its place");
    const struct argument_list *list = &arguments->permissions;
    enum tool_exit exit = TOOL_OK;
    if (list->count == 0 && authorizer == 0)
        return tool_fail(TOOL_USAGE, "who authorizes this? say it with --permission");
    action->authorizations[0] = (struct permission_level){authorizer, name_of("active")};
    action->authorization_count = 1;
    for (unsigned i = 0; i < list->count && exit == TOOL_OK; i++) {
        exit = parse_permission(list->items[i], &action->authorizations[i]);
        action->authorization_count = i + 1;
    }
    return exit;
}

enum tool_exit draft_run(const struct arguments *arguments, struct node *node, name_t authorizer,
                         struct action *action)
{
    struct node_info info;
    struct draft draft;
    if (arguments->no_sign && !arguments->no_broadcast)
        return tool_fail(TOOL_USAGE, "--no-sign goes with --no-broadcast");
    enum tool_exit exit = authorize(arguments, authorizer, action);
    if (exit == TOOL_OK)
        exit = node_get_info(node, &info);
    if (exit == TOOL_OK)
        exit = draft_make(arguments, &info, action, &draft);
    if (exit != TOOL_OK)
        return exit;
    if (!arguments->no_sign)
        exit = draft_sign(arguments, node, info.chain_id, &draft);
    if (exit == TOOL_OK)
        exit = arguments->no_broadcast ? draft_print(arguments, &draft)
                                       : draft_send(arguments, node, &draft);
    draft_free(&draft);
    return exit;
}
