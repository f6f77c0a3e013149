// SPDX-License-Identifier: Apache-2.0
#include <assert.h>
#include <openssl/crypto.h>
#include <string.h>

#include "host/wallet/keyring.h"
#include "host/wallet/keystore_file.h"
#include "host/wallet/passphrase.h"

#define PROMPT_SIZE (PATH_MAX + 64u)

static bool find_path(const struct arguments *arguments, char path[PATH_MAX])
{
    char error[KEYSTORE_FILE_ERROR_SIZE];
    if (arguments->wallet == NULL) {
        if (keystore_file_default(path, error))
            return true;
    } else {
        size_t chars = strlen(arguments->wallet);
        if (chars < PATH_MAX) {
            memcpy(path, arguments->wallet, chars + 1);
            return true;
        }
        snprintf(error, sizeof error, "--wallet: the path is too long");
    }
    tool_fail(TOOL_LOCAL, "%s", error);
    return false;
}

static enum tool_exit read_at(const char *path, struct keystore **keystore)
{
    char error[KEYSTORE_FILE_ERROR_SIZE];
    return keystore_file_read(path, keystore, error) ? TOOL_OK : tool_fail(TOOL_LOCAL, "%s", error);
}

enum tool_exit keyring_read(const struct arguments *arguments, struct keystore **keystore)
{
    char path[PATH_MAX];
    if (!find_path(arguments, path))
        return TOOL_LOCAL;
    enum tool_exit exit = read_at(path, keystore);
    if (exit == TOOL_OK && *keystore == NULL)
        return tool_fail(TOOL_LOCAL, "there is no wallet %s; `snapscale key create` makes one",
                         path);
    return exit;
}

/* ------------------------------------------------------------------ passphrase */

/* The same line twice, so that nobody locks a wallet with a slip of the finger. */
static bool ask_new(const char *path, struct secret_text *passphrase,
                    char error[PASSPHRASE_ERROR_SIZE])
{
    char prompt[PROMPT_SIZE];
    struct secret_text *again = secret_text_create();
    snprintf(prompt, sizeof prompt, "New passphrase for %s: ", path);
    snprintf(error, PASSPHRASE_ERROR_SIZE, "out of memory");
    bool good = again != NULL && passphrase_ask(prompt, passphrase, error) &&
                passphrase_ask("Once more: ", again, error);
    if (good && (again->chars != passphrase->chars ||
                 CRYPTO_memcmp(again->text, passphrase->text, again->chars) != 0)) {
        snprintf(error, PASSPHRASE_ERROR_SIZE, "that was not the same twice");
        good = false;
    }
    secret_text_free(again);
    return good;
}

/* In memory of secret_text_create; NULL: said why. */
static struct secret_text *get_passphrase(const struct arguments *arguments, const char *path,
                                          bool make)
{
    char prompt[PROMPT_SIZE], error[PASSPHRASE_ERROR_SIZE] = "out of memory";
    struct secret_text *passphrase = secret_text_create();
    bool good = passphrase != NULL;
    if (good && arguments->passphrase_file != NULL) {
        good = passphrase_from_file(arguments->passphrase_file, passphrase, error);
    } else if (good && make) {
        good = ask_new(path, passphrase, error);
    } else if (good) {
        snprintf(prompt, sizeof prompt, "Passphrase of %s: ", path);
        good = passphrase_ask(prompt, passphrase, error);
    }
    if (good)
        return passphrase;
    secret_text_free(passphrase);
    tool_fail(TOOL_LOCAL, "%s", error);
    return NULL;
}

static enum tool_exit unlock_with(struct keystore *keystore, const char *path,
                                  const struct secret_text *passphrase)
{
    enum keystore_result result = keystore_unlock(keystore, passphrase);
    return result == KEYSTORE_OK
               ? TOOL_OK
               : tool_fail(TOOL_LOCAL, "%s: %s", path, keystore_result_text(result));
}

enum tool_exit keyring_unlock(const struct arguments *arguments, struct keystore *keystore)
{
    char path[PATH_MAX];
    if (!find_path(arguments, path))
        return TOOL_LOCAL;
    struct secret_text *passphrase = get_passphrase(arguments, path, false);
    if (passphrase == NULL)
        return TOOL_LOCAL;
    enum tool_exit exit = unlock_with(keystore, path, passphrase);
    secret_text_free(passphrase);
    return exit;
}

/* ------------------------------------------------------------------ adding */

/* Adds to an unlocked keystore and writes it. */
static enum tool_exit add_and_write(const struct keystore_file *file, struct keystore *keystore,
                                    const struct secret_text *passphrase, const char *name,
                                    const struct private_key *key)
{
    char free_name[KEYSTORE_NAME_CHARS_MAX + 1], error[KEYSTORE_FILE_ERROR_SIZE];
    if (name == NULL) {
        keystore_free_name(keystore, free_name);
        name = free_name;
    }
    enum keystore_result result = keystore_add(keystore, name, key);
    if (result != KEYSTORE_OK)
        return tool_fail(TOOL_LOCAL, "%s", keystore_result_text(result));
    if (!keystore_file_write(file, keystore, passphrase, error))
        return tool_fail(TOOL_LOCAL, "%s", error);
    return TOOL_OK;
}

/* With the folder locked, so that nobody else's key is lost. */
static enum tool_exit add_locked(const struct arguments *arguments,
                                 const struct keystore_file *file, const char *name,
                                 const struct private_key *key, struct keystore_entry *entry)
{
    struct keystore *keystore = NULL;
    enum tool_exit exit = read_at(file->path, &keystore);
    if (exit != TOOL_OK)
        return exit;
    bool make = keystore == NULL;
    if (make)
        keystore = keystore_create(KEYSTORE_COST_DEFAULT);
    if (keystore == NULL)
        return tool_no_memory();
    struct secret_text *passphrase = get_passphrase(arguments, file->path, make);
    exit = passphrase != NULL ? unlock_with(keystore, file->path, passphrase) : TOOL_LOCAL;
    if (exit == TOOL_OK)
        exit = add_and_write(file, keystore, passphrase, name, key);
    if (exit == TOOL_OK)
        *entry = *keystore_entry(keystore, keystore_count(keystore) - 1);
    if (exit == TOOL_OK && make)
        tool_note(arguments, "made the wallet %s; keep a copy of it, and the passphrase",
                  file->path);
    secret_text_free(passphrase);
    keystore_free(keystore);
    return exit;
}

enum tool_exit keyring_add(const struct arguments *arguments, const char *name,
                           const struct private_key *key, struct keystore_entry *entry)
{
    char path[PATH_MAX], error[KEYSTORE_FILE_ERROR_SIZE];
    struct keystore_file file;
    if (!find_path(arguments, path))
        return TOOL_LOCAL;
    if (!keystore_file_open(&file, path, arguments->wallet == NULL, error))
        return tool_fail(TOOL_LOCAL, "%s", error);
    enum tool_exit exit = add_locked(arguments, &file, name, key, entry);
    keystore_file_close(&file);
    return exit;
}
