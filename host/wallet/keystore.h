/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of a wallet, in one file:
 *
 *   header      magic "SSWALLET", version 1 (u32), cost of scrypt (log2 N, r, p: a byte each),
 *               salt (32), nonce (12), number of keys (u16), and of each key its name (length in a
 *               byte, characters) and its public key (packed form, host/wire/key.h)
 *   sealed      the secrets, 32 bytes each in the order of the header, and the tag (16):
 *               AES-256-GCM, its key made by scrypt of passphrase and salt, the header as
 *               associated data
 *   checksum    SHA-256 of all that
 *
 * Numbers are little-endian. Names and public keys can be read without the passphrase. The checksum
 * tells a damaged file from a wrong passphrase; it protects against accidents only, the tag against
 * everybody who does not know the passphrase. Salt and nonce are new whenever a file is sealed. */
#ifndef HOST_WALLET_KEYSTORE_H
#define HOST_WALLET_KEYSTORE_H

#include "host/base/bytes.h"
#include "host/wallet/secret.h"
#include "host/wire/key.h"

#define KEYSTORE_KEYS_MAX       256u
#define KEYSTORE_NAME_CHARS_MAX 32u
#define KEYSTORE_BYTES_MAX      (32u << 10) /* of a file */
/* More than this is refused when a file is read, so that a file cannot take all of the machine. */
#define KEYSTORE_SCRYPT_BYTES_MAX (UINT64_C(1) << 30) /* 128 N r */
#define KEYSTORE_SCRYPT_WORK_MAX  (UINT64_C(1) << 24) /* N r p; 16 times the default */

/* scrypt's N (as its logarithm), r and p (RFC 7914). */
struct keystore_cost {
    uint8_t log2_n, r, p;
};
#define KEYSTORE_COST_DEFAULT ((struct keystore_cost){17, 8, 1}) /* 128 MiB */

enum keystore_result {
    KEYSTORE_OK = 0,
    KEYSTORE_FOREIGN,    /* no file of this kind */
    KEYSTORE_VERSION,    /* a version that is not known here */
    KEYSTORE_DAMAGED,    /* cut off, changed, or not canonical */
    KEYSTORE_COST,       /* scrypt parameters out of bounds */
    KEYSTORE_PASSPHRASE, /* wrong passphrase, or somebody has forged the file */
    KEYSTORE_NO_MEMORY,
    KEYSTORE_NO_RANDOM,
    KEYSTORE_BAD_NAME, /* 1 to 32 characters of a-z, A-Z, 0-9, '.', '-' and '_' */
    KEYSTORE_NAME_TAKEN,
    KEYSTORE_KEY_THERE,
    KEYSTORE_FULL,
};
const char *keystore_result_text(enum keystore_result result);

struct keystore_entry {
    char name[KEYSTORE_NAME_CHARS_MAX + 1];
    struct public_key key;
};

struct keystore;

/* An empty one, unlocked. NULL when memory is out. The cost must be within bounds. */
struct keystore *keystore_create(struct keystore_cost cost);
/* Reads a file's bytes, which need not outlive it. KEYSTORE_OK with *keystore, locked. */
enum keystore_result keystore_read(struct bytes file, struct keystore **keystore);
void keystore_free(struct keystore *keystore); /* NULL is allowed; wipes */

/* Decrypts the secrets; does nothing when they are. Takes the time and memory that the cost says.
 */
enum keystore_result keystore_unlock(struct keystore *keystore,
                                     const struct secret_text *passphrase);
/* Adds a key to an unlocked keystore. */
enum keystore_result keystore_add(struct keystore *keystore, const char *name,
                                  const struct private_key *key);
/* Encrypts an unlocked keystore into at most KEYSTORE_BYTES_MAX bytes at `file`. */
enum keystore_result keystore_seal(const struct keystore *keystore,
                                   const struct secret_text *passphrase, uint8_t *file,
                                   size_t *bytes);

unsigned keystore_count(const struct keystore *keystore);
const struct keystore_entry *keystore_entry(const struct keystore *keystore, unsigned index);
/* Of an unlocked keystore; in its memory, which is locked and wiped. */
const struct private_key *keystore_secret(const struct keystore *keystore, unsigned index);
struct keystore_cost keystore_cost(const struct keystore *keystore);
/* By its name, or by the text of its public key. -1: there is none. */
int keystore_find(const struct keystore *keystore, const char *name_or_key);
/* "key1" or the next that is free. */
void keystore_free_name(const struct keystore *keystore, char name[KEYSTORE_NAME_CHARS_MAX + 1]);

#endif
