// SPDX-License-Identifier: Apache-2.0
/* A wallet's file: any bytes end in a keystore or in an error; with the checksum put right, so that
 * what stands behind it is reached; what can be unlocked survives being sealed again. */
#include <stdlib.h>
#include <string.h>

#include "host/wallet/keystore.h"
#include "host/wire/hash.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

/* So much of scrypt a run; what is dearer is not unlocked. */
static bool cheap(struct keystore_cost cost)
{
    return cost.log2_n <= 6 && cost.r <= 2 && cost.p <= 2;
}

static void seal_again(const struct keystore *keystore, const struct secret_text *passphrase)
{
    static uint8_t file[KEYSTORE_BYTES_MAX];
    struct keystore *again;
    size_t bytes;
    if (keystore_seal(keystore, passphrase, file, &bytes) != KEYSTORE_OK ||
        keystore_read((struct bytes){file, bytes}, &again) != KEYSTORE_OK ||
        keystore_unlock(again, passphrase) != KEYSTORE_OK ||
        keystore_count(again) != keystore_count(keystore))
        abort();
    keystore_free(again);
}

static void try_file(struct bytes file)
{
    struct keystore *keystore;
    if (keystore_read(file, &keystore) != KEYSTORE_OK)
        return;
    for (unsigned i = 0; i < keystore_count(keystore); i++)
        if (keystore_find(keystore, keystore_entry(keystore, i)->name) != (int)i)
            abort();
    struct secret_text *passphrase = secret_text_create();
    if (passphrase == NULL)
        abort();
    memcpy(passphrase->text, "open sesame", 12);
    passphrase->chars = 11;
    if (cheap(keystore_cost(keystore)) && keystore_unlock(keystore, passphrase) == KEYSTORE_OK)
        seal_again(keystore, passphrase);
    secret_text_free(passphrase);
    keystore_free(keystore);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static uint8_t fixed[KEYSTORE_BYTES_MAX];
    try_file((struct bytes){data, bytes});
    if (bytes < HASH_BYTES || bytes > sizeof fixed)
        return 0;
    memcpy(fixed, data, bytes);
    struct bytes summed = {fixed, bytes - HASH_BYTES};
    hash_sha256(&summed, 1, fixed + summed.size);
    try_file((struct bytes){fixed, bytes});
    return 0;
}
