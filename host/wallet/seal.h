/* SPDX-License-Identifier: Apache-2.0 */
/* Sealing bytes with a passphrase: a key from scrypt (RFC 7914), AES-256-GCM (SP 800-38D). */
#ifndef HOST_WALLET_SEAL_H
#define HOST_WALLET_SEAL_H

#include "host/wallet/keystore.h"

#define SEAL_SALT_BYTES  32u
#define SEAL_NONCE_BYTES 12u
#define SEAL_TAG_BYTES   16u

/* What belongs to one sealing besides the bytes. Salt and nonce must be new for each. */
struct seal {
    struct keystore_cost cost;
    uint8_t salt[SEAL_SALT_BYTES];
    uint8_t nonce[SEAL_NONCE_BYTES];
    struct bytes associated; /* authenticated, not encrypted */
};

/* Whether this machine should be asked for so much (KEYSTORE_SCRYPT_*), and scrypt allows it. */
bool seal_cost_valid(struct keystore_cost cost);

/* Encrypts plain.size bytes into `sealed` and writes the tag behind them. False when memory is out.
 */
bool seal_close(const struct seal *seal, const struct secret_text *passphrase, struct bytes plain,
                uint8_t *sealed);
/* Decrypts sealed.size - SEAL_TAG_BYTES bytes into `plain`, which holds zeros unless the result is
 * KEYSTORE_OK; the others are KEYSTORE_PASSPHRASE and KEYSTORE_NO_MEMORY. */
enum keystore_result seal_open(const struct seal *seal, const struct secret_text *passphrase,
                               struct bytes sealed, uint8_t *plain);

#endif
