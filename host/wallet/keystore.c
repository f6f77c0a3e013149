// SPDX-License-Identifier: Apache-2.0
#include <assert.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/wallet/keystore.h"
#include "host/wallet/seal.h"
#include "host/wire/hash.h"

#define MAGIC        "SSWALLET"
#define MAGIC_BYTES  8u
#define VERSION      1u
#define SECRET_BYTES 32u
#define PREFIX_BYTES (MAGIC_BYTES + 4 + 3 + SEAL_SALT_BYTES + SEAL_NONCE_BYTES + 2)
#define ENTRY_BYTES  (1 + KEYSTORE_NAME_CHARS_MAX + 1 + PUBLIC_KEY_BYTES) /* at most */

_Static_assert(PREFIX_BYTES + KEYSTORE_KEYS_MAX * (ENTRY_BYTES + SECRET_BYTES) + SEAL_TAG_BYTES +
                       HASH_BYTES <=
                   KEYSTORE_BYTES_MAX,
               "the fullest keystore is a file that can be read");

struct keystore {
    unsigned count;
    struct keystore_entry entries[KEYSTORE_KEYS_MAX];
    struct private_key *secrets; /* of secret_alloc; NULL: locked */
    struct seal seal;            /* its cost, and what unlocking the file below needs */
    struct bytes sealed;
    size_t file_bytes;
    uint8_t file[KEYSTORE_BYTES_MAX];
};

#define SECRETS_BYTES (KEYSTORE_KEYS_MAX * sizeof(struct private_key))

const char *keystore_result_text(enum keystore_result result)
{
    static const char *const texts[] = {
        [KEYSTORE_OK] = "no error",
        [KEYSTORE_FOREIGN] = "not a wallet file",
        [KEYSTORE_VERSION] = "written by a newer version of this program",
        [KEYSTORE_DAMAGED] = "the file is damaged; restore it from a copy",
        [KEYSTORE_COST] = "its scrypt parameters are out of bounds",
        [KEYSTORE_PASSPHRASE] = "wrong passphrase",
        [KEYSTORE_NO_MEMORY] = "out of memory",
        [KEYSTORE_NO_RANDOM] = "the system has no random numbers to give",
        [KEYSTORE_BAD_NAME] =
            "a key's name has 1 to 32 characters of a-z, A-Z, 0-9, '.', '-' and '_'",
        [KEYSTORE_NAME_TAKEN] = "there is a key of this name already",
        [KEYSTORE_KEY_THERE] = "this key is in the wallet already",
        [KEYSTORE_FULL] = "the wallet is full",
    };
    assert((size_t)result < sizeof texts / sizeof texts[0]);
    return texts[result];
}

/* ------------------------------------------------------------------ entries */

static bool name_valid(const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789.-_";
    size_t chars = strlen(name);
    return chars > 0 && chars <= KEYSTORE_NAME_CHARS_MAX && strspn(name, allowed) == chars;
}

static bool same_key(const struct public_key *one, const struct public_key *other)
{
    return memcmp(one, other, sizeof *one) == 0;
}

/* Whether an entry may stand beside those that are there. */
static enum keystore_result check_entry(const struct keystore *keystore,
                                        const struct keystore_entry *entry)
{
    if (!name_valid(entry->name))
        return KEYSTORE_BAD_NAME;
    if (keystore->count == KEYSTORE_KEYS_MAX)
        return KEYSTORE_FULL;
    for (unsigned i = 0; i < keystore->count; i++) {
        if (same_key(&keystore->entries[i].key, &entry->key))
            return KEYSTORE_KEY_THERE;
        if (strcmp(keystore->entries[i].name, entry->name) == 0)
            return KEYSTORE_NAME_TAKEN;
    }
    return KEYSTORE_OK;
}

struct keystore *keystore_create(struct keystore_cost cost)
{
    assert(seal_cost_valid(cost));
    struct keystore *keystore = calloc(1, sizeof *keystore);
    if (keystore == NULL)
        return NULL;
    keystore->seal.cost = cost;
    keystore->secrets = secret_alloc(SECRETS_BYTES);
    if (keystore->secrets == NULL) {
        free(keystore);
        return NULL;
    }
    return keystore;
}

void keystore_free(struct keystore *keystore)
{
    if (keystore == NULL)
        return;
    secret_free(keystore->secrets, SECRETS_BYTES);
    free(keystore);
}

enum keystore_result keystore_add(struct keystore *keystore, const char *name,
                                  const struct private_key *key)
{
    assert(keystore->secrets != NULL);
    struct keystore_entry entry = {0};
    if (!name_valid(name))
        return KEYSTORE_BAD_NAME;
    memcpy(entry.name, name, strlen(name) + 1);
    if (!private_key_public(key, &entry.key))
        return KEYSTORE_NO_MEMORY;
    enum keystore_result result = check_entry(keystore, &entry);
    if (result == KEYSTORE_OK) {
        keystore->secrets[keystore->count] = *key;
        keystore->entries[keystore->count++] = entry;
    }
    return result;
}

unsigned keystore_count(const struct keystore *keystore)
{
    return keystore->count;
}

const struct keystore_entry *keystore_entry(const struct keystore *keystore, unsigned index)
{
    assert(index < keystore->count);
    return &keystore->entries[index];
}

const struct private_key *keystore_secret(const struct keystore *keystore, unsigned index)
{
    assert(index < keystore->count && keystore->secrets != NULL);
    return &keystore->secrets[index];
}

struct keystore_cost keystore_cost(const struct keystore *keystore)
{
    return keystore->seal.cost;
}

int keystore_find(const struct keystore *keystore, const char *name_or_key)
{
    struct public_key key;
    bool is_key = public_key_parse(name_or_key, strlen(name_or_key), &key);
    for (unsigned i = 0; i < keystore->count; i++)
        if (strcmp(keystore->entries[i].name, name_or_key) == 0 ||
            (is_key && same_key(&keystore->entries[i].key, &key)))
            return (int)i;
    return -1;
}

void keystore_free_name(const struct keystore *keystore, char name[KEYSTORE_NAME_CHARS_MAX + 1])
{
    unsigned number = 1;
    do
        snprintf(name, KEYSTORE_NAME_CHARS_MAX + 1, "key%u", number++);
    while (keystore_find(keystore, name) >= 0);
}

/* ------------------------------------------------------------------ reading */

static enum keystore_result read_entries(struct keystore *keystore, struct reader *reader)
{
    unsigned count = read_u16(reader);
    if (count > KEYSTORE_KEYS_MAX)
        return KEYSTORE_DAMAGED;
    while (keystore->count < count) {
        struct keystore_entry entry = {0};
        unsigned chars = read_u8(reader);
        if (chars > KEYSTORE_NAME_CHARS_MAX)
            return KEYSTORE_DAMAGED;
        read_copy(reader, entry.name, chars);
        public_key_read(reader, &entry.key);
        /* A zero within the name would hide what is behind it. */
        if (reader->failed || strlen(entry.name) != chars ||
            check_entry(keystore, &entry) != KEYSTORE_OK)
            return KEYSTORE_DAMAGED;
        keystore->entries[keystore->count++] = entry;
    }
    return reader->failed ? KEYSTORE_DAMAGED : KEYSTORE_OK;
}

static enum keystore_result read_header(struct keystore *keystore, struct reader *reader)
{
    keystore->seal.cost.log2_n = read_u8(reader);
    keystore->seal.cost.r = read_u8(reader);
    keystore->seal.cost.p = read_u8(reader);
    read_copy(reader, keystore->seal.salt, SEAL_SALT_BYTES);
    read_copy(reader, keystore->seal.nonce, SEAL_NONCE_BYTES);
    enum keystore_result result = read_entries(keystore, reader);
    if (result != KEYSTORE_OK)
        return result;
    return seal_cost_valid(keystore->seal.cost) ? KEYSTORE_OK : KEYSTORE_COST;
}

/* Reads keystore->file. The checksum comes first: whatever is wrong behind it is no accident. */
static enum keystore_result read_file(struct keystore *keystore)
{
    struct bytes file = {keystore->file, keystore->file_bytes};
    uint8_t sum[HASH_BYTES];
    if (file.size < MAGIC_BYTES || memcmp(file.data, MAGIC, MAGIC_BYTES) != 0)
        return KEYSTORE_FOREIGN;
    if (file.size < PREFIX_BYTES + HASH_BYTES)
        return KEYSTORE_DAMAGED;
    struct bytes summed = {file.data, file.size - HASH_BYTES};
    hash_sha256(&summed, 1, sum);
    if (memcmp(sum, file.data + summed.size, HASH_BYTES) != 0)
        return KEYSTORE_DAMAGED;
    struct reader reader = reader_of(file.data + MAGIC_BYTES, summed.size - MAGIC_BYTES);
    if (read_u32(&reader) != VERSION)
        return KEYSTORE_VERSION;
    enum keystore_result result = read_header(keystore, &reader);
    if (result != KEYSTORE_OK)
        return result;
    keystore->seal.associated = (struct bytes){file.data, (size_t)(reader.next - file.data)};
    keystore->sealed = read_view(&reader, keystore->count * SECRET_BYTES + SEAL_TAG_BYTES);
    return reader_done(&reader) ? KEYSTORE_OK : KEYSTORE_DAMAGED;
}

enum keystore_result keystore_read(struct bytes file, struct keystore **keystore)
{
    if (file.size > KEYSTORE_BYTES_MAX)
        return KEYSTORE_FOREIGN;
    struct keystore *made = calloc(1, sizeof *made);
    if (made == NULL)
        return KEYSTORE_NO_MEMORY;
    if (file.size > 0)
        memcpy(made->file, file.data, file.size);
    made->file_bytes = file.size;
    enum keystore_result result = read_file(made);
    if (result == KEYSTORE_OK)
        *keystore = made;
    else
        keystore_free(made);
    return result;
}

/* ------------------------------------------------------------------ sealing */

enum keystore_result keystore_unlock(struct keystore *keystore,
                                     const struct secret_text *passphrase)
{
    if (keystore->secrets != NULL)
        return KEYSTORE_OK;
    size_t plain_bytes = KEYSTORE_KEYS_MAX * SECRET_BYTES;
    uint8_t *plain = secret_alloc(plain_bytes);
    struct private_key *secrets = secret_alloc(SECRETS_BYTES);
    enum keystore_result result = KEYSTORE_NO_MEMORY;
    if (plain != NULL && secrets != NULL)
        result = seal_open(&keystore->seal, passphrase, keystore->sealed, plain);
    if (result == KEYSTORE_OK) {
        for (unsigned i = 0; i < keystore->count; i++) {
            secrets[i].type = keystore->entries[i].key.type;
            memcpy(secrets[i].secret, plain + i * SECRET_BYTES, SECRET_BYTES);
        }
        keystore->secrets = secrets;
    } else {
        secret_free(secrets, SECRETS_BYTES);
    }
    secret_free(plain, plain_bytes);
    return result;
}

static void write_header(struct writer *writer, const struct keystore *keystore,
                         const struct seal *seal)
{
    write_copy(writer, MAGIC, MAGIC_BYTES);
    write_u32(writer, VERSION);
    write_u8(writer, seal->cost.log2_n);
    write_u8(writer, seal->cost.r);
    write_u8(writer, seal->cost.p);
    write_copy(writer, seal->salt, SEAL_SALT_BYTES);
    write_copy(writer, seal->nonce, SEAL_NONCE_BYTES);
    write_u16(writer, (uint16_t)keystore->count);
    for (unsigned i = 0; i < keystore->count; i++) {
        const struct keystore_entry *entry = &keystore->entries[i];
        write_u8(writer, (uint8_t)strlen(entry->name));
        write_copy(writer, entry->name, strlen(entry->name));
        public_key_write(writer, &entry->key);
    }
}

enum keystore_result keystore_seal(const struct keystore *keystore,
                                   const struct secret_text *passphrase, uint8_t *file,
                                   size_t *bytes)
{
    assert(keystore->secrets != NULL);
    struct seal seal = {.cost = keystore->seal.cost};
    if (RAND_bytes(seal.salt, SEAL_SALT_BYTES) != 1 ||
        RAND_bytes(seal.nonce, SEAL_NONCE_BYTES) != 1)
        return KEYSTORE_NO_RANDOM;
    struct writer writer = writer_of(file, KEYSTORE_BYTES_MAX);
    write_header(&writer, keystore, &seal);
    assert(!writer.failed);
    seal.associated = (struct bytes){file, writer_size(&writer)};

    size_t plain_bytes = KEYSTORE_KEYS_MAX * SECRET_BYTES;
    uint8_t *plain = secret_alloc(plain_bytes);
    if (plain == NULL)
        return KEYSTORE_NO_MEMORY;
    for (unsigned i = 0; i < keystore->count; i++)
        memcpy(plain + i * SECRET_BYTES, keystore->secrets[i].secret, SECRET_BYTES);
    struct bytes secrets = {plain, keystore->count * SECRET_BYTES};
    bool sealed = seal_close(&seal, passphrase, secrets, writer.next);
    secret_free(plain, plain_bytes);
    if (!sealed)
        return KEYSTORE_NO_MEMORY;

    struct bytes summed = {file, writer_size(&writer) + secrets.size + SEAL_TAG_BYTES};
    hash_sha256(&summed, 1, file + summed.size);
    *bytes = summed.size + HASH_BYTES;
    return KEYSTORE_OK;
}
