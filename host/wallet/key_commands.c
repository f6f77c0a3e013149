// SPDX-License-Identifier: Apache-2.0
/* snapscale key create, import, export, list */
#include <string.h>
#include <unistd.h>

#include "host/wallet/commands.h"
#include "host/wallet/keyring.h"
#include "host/wallet/passphrase.h"

static const char *type_text(uint8_t type)
{
    return type == KEY_SM2 ? "sm2" : "k1";
}

static json_t *entry_json(const struct keystore_entry *entry)
{
    char text[KEY_TEXT_SIZE], legacy[KEY_TEXT_SIZE];
    public_key_text(&entry->key, false, text);
    public_key_text(&entry->key, true, legacy);
    return json_pack("{s:s, s:s, s:s, s:s}", "name", entry->name, "type",
                     type_text(entry->key.type), "public_key", text, "legacy_public_key", legacy);
}

/* K1 keys in both texts: accounts are shown with the legacy one. */
static void print_entry(const struct keystore_entry *entry)
{
    char text[KEY_TEXT_SIZE];
    public_key_text(&entry->key, false, text);
    printf("%-16s %s", entry->name, text);
    if (entry->key.type == KEY_K1) {
        public_key_text(&entry->key, true, text);
        printf(" %s", text);
    }
    putchar('\n');
}

static enum tool_exit add_and_print(const struct arguments *arguments,
                                    const struct private_key *key)
{
    struct keystore_entry entry;
    enum tool_exit exit = keyring_add(arguments, arguments->name, key, &entry);
    if (exit != TOOL_OK)
        return exit;
    if (!arguments->json) {
        print_entry(&entry);
        return TOOL_OK;
    }
    json_t *json = entry_json(&entry);
    exit = tool_print_json(arguments, json);
    json_decref(json);
    return exit;
}

enum tool_exit command_key_create(const struct arguments *arguments)
{
    enum key_type type = KEY_K1;
    if (arguments->type != NULL && strcmp(arguments->type, "sm2") == 0)
        type = KEY_SM2;
    else if (arguments->type != NULL && strcmp(arguments->type, "k1") != 0)
        return tool_fail(TOOL_USAGE, "--type is k1 or sm2");
    struct private_key *key = secret_alloc(sizeof *key);
    if (key == NULL)
        return tool_no_memory();
    enum tool_exit exit =
        private_key_create(type, key)
            ? add_and_print(arguments, key)
            : tool_fail(TOOL_LOCAL, "%s", keystore_result_text(KEYSTORE_NO_RANDOM));
    secret_free(key, sizeof *key);
    return exit;
}

static enum tool_exit import(const struct arguments *arguments, struct secret_text *text,
                             struct private_key *key)
{
    char error[PASSPHRASE_ERROR_SIZE];
    bool read = isatty(STDIN_FILENO) ? passphrase_ask("Secret key: ", text, error)
                                     : passphrase_from_file("-", text, error);
    if (!read)
        return tool_fail(TOOL_LOCAL, "%s", error);
    if (!private_key_parse(text->text, text->chars, key))
        return tool_fail(TOOL_USAGE,
                         "this is no secret key: PVT_K1_..., PVT_SM2_... or a WIF is expected");
    return add_and_print(arguments, key);
}

enum tool_exit command_key_import(const struct arguments *arguments)
{
    struct secret_text *text = secret_text_create();
    struct private_key *key = secret_alloc(sizeof *key);
    enum tool_exit exit =
        text != NULL && key != NULL ? import(arguments, text, key) : tool_no_memory();
    secret_free(key, sizeof *key);
    secret_text_free(text);
    return exit;
}

static enum tool_exit print_secret(const struct arguments *arguments, const struct private_key *key)
{
    /* stdio would keep a copy in a buffer that nobody wipes. */
    char *text = secret_alloc(KEY_TEXT_SIZE);
    if (text == NULL)
        return tool_no_memory();
    private_key_text(key, arguments->legacy, text);
    size_t chars = strlen(text);
    text[chars++] = '\n';
    ssize_t written = write(STDOUT_FILENO, text, chars);
    secret_free(text, KEY_TEXT_SIZE);
    return written == (ssize_t)chars ? TOOL_OK
                                     : tool_fail(TOOL_LOCAL, "cannot write to standard output");
}

enum tool_exit command_key_export(const struct arguments *arguments)
{
    struct keystore *keystore;
    if (!arguments->show_secret)
        return tool_fail(TOOL_USAGE, "export prints the secret; say --show-secret if you mean it");
    enum tool_exit exit = keyring_read(arguments, &keystore);
    if (exit != TOOL_OK)
        return exit;
    int index = keystore_find(keystore, arguments->words[0]);
    if (index < 0)
        exit = tool_fail(TOOL_LOCAL, "the wallet has no key %s", arguments->words[0]);
    else
        exit = keyring_unlock(arguments, keystore);
    if (exit == TOOL_OK)
        exit = print_secret(arguments, keystore_secret(keystore, (unsigned)index));
    keystore_free(keystore);
    return exit;
}

enum tool_exit command_key_list(const struct arguments *arguments)
{
    struct keystore *keystore;
    enum tool_exit exit = keyring_read(arguments, &keystore);
    if (exit != TOOL_OK)
        return exit;
    json_t *list = json_array();
    for (unsigned i = 0; i < keystore_count(keystore); i++) {
        const struct keystore_entry *entry = keystore_entry(keystore, i);
        if (!arguments->json)
            print_entry(entry);
        else if (json_array_append_new(list, entry_json(entry)) != 0)
            exit = tool_no_memory();
    }
    if (exit == TOOL_OK && arguments->json)
        exit = tool_print_json(arguments, list);
    json_decref(list);
    keystore_free(keystore);
    return exit;
}
