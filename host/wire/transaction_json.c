// SPDX-License-Identifier: Apache-2.0
/* Into JSON; the way back is in transaction_from_json.c. */
#include "host/wire/transaction_json.h"

#include <stdlib.h>

#include "host/base/hex.h"
#include "host/wire/member.h"
#include "host/wire/time.h"

static json_t *hex_to_json(struct bytes bytes)
{
    char *text = malloc(2 * bytes.size + 1);
    if (text == NULL)
        return NULL;
    hex_encode(bytes.data, bytes.size, text);
    json_t *json = json_string_nocheck(text);
    free(text);
    return json;
}

static json_t *authorization_to_json(const struct action *action)
{
    json_t *list = json_array();
    bool made = true;
    for (unsigned i = 0; i < action->authorization_count; i++)
        made &=
            json_array_append_new(list, permission_level_to_json(&action->authorizations[i])) == 0;
    if (made)
        return list;
    json_decref(list);
    return NULL;
}

json_t *action_to_json(const struct action *action, const struct abi *abi)
{
    char account[NAME_TEXT_SIZE], name[NAME_TEXT_SIZE], error[ABI_ERROR_SIZE];
    const char *type = abi != NULL ? abi_action_type(abi, action->name) : NULL;
    json_t *decoded = type != NULL ? abi_decode(abi, type, action->data, error) : NULL;
    name_text(action->account, account);
    name_text(action->name, name);
    /* What it takes over is let go when a part of it is missing. */
    if (decoded == NULL)
        return json_pack("{s:s, s:s, s:o, s:o}", "account", account, "name", name, "authorization",
                         authorization_to_json(action), "data", hex_to_json(action->data));
    return json_pack("{s:s, s:s, s:o, s:o, s:o}", "account", account, "name", name, "authorization",
                     authorization_to_json(action), "data", decoded, "hex_data",
                     hex_to_json(action->data));
}

static json_t *actions_to_json(const struct transaction *transaction, const struct abi_source *abis)
{
    json_t *list = json_array();
    bool made = true;
    for (unsigned i = 0; i < transaction->action_count; i++) {
        const struct action *action = &transaction->actions[i];
        const struct abi *abi = abis != NULL ? abis->find(abis->context, action->account) : NULL;
        made &= json_array_append_new(list, action_to_json(action, abi)) == 0;
    }
    if (made)
        return list;
    json_decref(list);
    return NULL;
}

json_t *transaction_to_json(const struct transaction *transaction, const struct abi_source *abis)
{
    char expiration[TIME_TEXT_SIZE];
    time_sec_text(transaction->expiration, expiration);
    return json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:[], s:o, s:[]}", "expiration", expiration,
                     "ref_block_num", (json_int_t)transaction->ref_block_num, "ref_block_prefix",
                     (json_int_t)transaction->ref_block_prefix, "max_net_usage_words",
                     (json_int_t)transaction->max_net_usage_words, "max_cpu_usage_ms",
                     (json_int_t)transaction->max_cpu_usage_ms, "delay_sec",
                     (json_int_t)transaction->delay_sec, "context_free_actions", "actions",
                     actions_to_json(transaction, abis), "transaction_extensions");
}

static json_t *signatures_to_json(const struct signed_transaction *transaction)
{
    json_t *list = json_array();
    bool made = true;
    for (unsigned i = 0; i < transaction->signature_count; i++) {
        char text[KEY_TEXT_SIZE];
        signature_text(&transaction->signatures[i], text);
        made &= json_array_append_new(list, json_string(text)) == 0;
    }
    if (made)
        return list;
    json_decref(list);
    return NULL;
}

json_t *signed_transaction_to_json(const struct signed_transaction *transaction,
                                   const struct abi_source *abis)
{
    return json_pack("{s:o, s:o, s:s, s:s, s:[], s:o, s:o}", "id",
                     hex_to_json((struct bytes){transaction->id, sizeof transaction->id}),
                     "signatures", signatures_to_json(transaction), "compression",
                     transaction->compressed ? "zlib" : "none", "packed_context_free_data", "",
                     "context_free_data", "packed_trx", hex_to_json(transaction->wire),
                     "transaction", transaction_to_json(&transaction->transaction, abis));
}
