// SPDX-License-Identifier: Apache-2.0
#include "host/node/key_file.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

#define KEY_FILE_MODE 0600

int key_file_load(const char *path, struct private_key *key, char error[FILE_ERROR_SIZE])
{
    char text[KEY_TEXT_SIZE];
    long bytes = file_load(path, true, text, sizeof text, error);
    if (bytes < 0)
        return -1;
    while (bytes > 0 && strchr(" \t\r\n", text[bytes - 1]) != NULL)
        bytes--;
    bool good = private_key_parse(text, (size_t)bytes, key);
    OPENSSL_cleanse(text, sizeof text);
    if (good)
        return 0;
    snprintf(error, FILE_ERROR_SIZE,
             "%.300s: is not one private key as text (PVT_K1_..., PVT_SM2_..., or the legacy form "
             "of K1 keys)",
             path);
    return -1;
}

int key_file_create(const char *path, struct public_key *public_key, char error[FILE_ERROR_SIZE])
{
    struct private_key key;
    char text[KEY_TEXT_SIZE + 1];
    int code = -1;
    if (private_key_create(KEY_K1, &key) && private_key_public(&key, public_key)) {
        private_key_text(&key, false, text);
        strcat(text, "\n");
        code = file_create(path, KEY_FILE_MODE, text, strlen(text), error);
    } else {
        snprintf(error, FILE_ERROR_SIZE, "the system has no random numbers, or memory is out");
    }
    private_key_wipe(&key);
    OPENSSL_cleanse(text, sizeof text);
    return code;
}
