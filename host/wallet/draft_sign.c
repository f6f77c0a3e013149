// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "host/wallet/draft.h"
#include "host/wallet/keyring.h"
#include "host/wire/transaction_json.h"

/* Which keys of the wallet are to sign. */
struct signers {
    unsigned count;
    unsigned keys[TRANSACTION_SIGNATURES_MAX];
};

static enum tool_exit add_signer(const struct keystore *keystore, const char *name_or_key,
                                 struct signers *signers)
{
    int index = keystore_find(keystore, name_or_key);
    if (index < 0)
        return tool_fail(TOOL_LOCAL, "the wallet has no key %s", name_or_key);
    for (unsigned i = 0; i < signers->count; i++)
        if (signers->keys[i] == (unsigned)index)
            return TOOL_OK;
    if (signers->count == TRANSACTION_SIGNATURES_MAX)
        return tool_fail(TOOL_USAGE, "a transaction has at most %u signatures",
                         TRANSACTION_SIGNATURES_MAX);
    signers->keys[signers->count++] = (unsigned)index;
    return TOOL_OK;
}

/* ------------------------------------------------------------------ which keys */

static json_t *available_keys(const struct keystore *keystore)
{
    json_t *list = json_array();
    for (unsigned i = 0; list != NULL && i < keystore_count(keystore); i++) {
        char text[KEY_TEXT_SIZE];
        public_key_text(&keystore_entry(keystore, i)->key, false, text);
        if (json_array_append_new(list, json_string(text)) != 0) {
            json_decref(list);
            list = NULL;
        }
    }
    return list;
}

/* Asks the node which of the wallet's keys the authorizations need. */
static enum tool_exit ask_signers(struct node *node, const struct keystore *keystore,
                                  const struct draft *draft, struct signers *signers)
{
    json_t *answer;
    const json_t *key;
    size_t index;
    enum tool_exit exit = node_call(node, "/v1/chain/get_required_keys",
                                    json_pack("{s:o, s:o}", "transaction",
                                              transaction_to_json(draft->transaction, NULL),
                                              "available_keys", available_keys(keystore)),
                                    &answer);
    if (exit != TOOL_OK)
        return exit;
    json_array_foreach(json_object_get(answer, "required_keys"), index, key)
    {
        const char *text = json_string_value(key);
        if (exit == TOOL_OK)
            exit = add_signer(keystore, text != NULL ? text : "?", signers);
    }
    json_decref(answer);
    return exit;
}

static enum tool_exit choose_signers(const struct arguments *arguments, struct node *node,
                                     const struct keystore *keystore, const struct draft *draft,
                                     struct signers *signers)
{
    const struct argument_list *list = &arguments->sign_with;
    enum tool_exit exit = TOOL_OK;
    if (list->count == 0)
        return ask_signers(node, keystore, draft, signers);
    for (unsigned i = 0; i < list->count && exit == TOOL_OK; i++)
        exit = add_signer(keystore, list->items[i], signers);
    return exit;
}

/* ------------------------------------------------------------------ signing */

static bool has_signed(const struct draft *draft, const uint8_t digest[32],
                       const struct public_key *key)
{
    struct public_key signer;
    for (unsigned i = 0; i < draft->signature_count; i++)
        if (signature_key_var(&draft->signatures[i], digest, &signer) &&
            memcmp(&signer, key, sizeof signer) == 0)
            return true;
    return false;
}

static enum tool_exit sign_with(const struct keystore *keystore, unsigned key,
                                const uint8_t digest[32], struct draft *draft)
{
    if (has_signed(draft, digest, &keystore_entry(keystore, key)->key))
        return TOOL_OK;
    if (draft->signature_count == TRANSACTION_SIGNATURES_MAX)
        return tool_fail(TOOL_USAGE, "a transaction has at most %u signatures",
                         TRANSACTION_SIGNATURES_MAX);
    struct signature *signature = &draft->signatures[draft->signature_count];
    if (!private_key_sign(keystore_secret(keystore, key), digest, signature))
        return tool_fail(TOOL_LOCAL, "the key %s cannot sign", keystore_entry(keystore, key)->name);
    draft->signature_count++;
    return TOOL_OK;
}

static enum tool_exit choose_and_sign(const struct arguments *arguments, struct node *node,
                                      const uint8_t chain_id[32], struct keystore *keystore,
                                      struct draft *draft)
{
    struct signers signers = {0};
    uint8_t digest[32];
    enum tool_exit exit = choose_signers(arguments, node, keystore, draft, &signers);
    /* The passphrase is asked for when it is clear that there is something to do. */
    if (exit == TOOL_OK && signers.count > 0)
        exit = keyring_unlock(arguments, keystore);
    transaction_digest(chain_id, (struct bytes){draft->bytes, draft->size}, digest);
    for (unsigned i = 0; i < signers.count && exit == TOOL_OK; i++)
        exit = sign_with(keystore, signers.keys[i], digest, draft);
    return exit;
}

enum tool_exit draft_sign(const struct arguments *arguments, struct node *node,
                          const uint8_t chain_id[32], struct draft *draft)
{
    struct keystore *keystore;
    enum tool_exit exit = keyring_read(arguments, &keystore);
    if (exit != TOOL_OK)
        return exit;
    exit = choose_and_sign(arguments, node, chain_id, keystore, draft);
    keystore_free(keystore);
    return exit;
}
