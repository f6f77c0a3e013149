/* SPDX-License-Identifier: Apache-2.0 */
/* The wallet that the command line means: where it is, and asking for its passphrase. */
#ifndef HOST_WALLET_KEYRING_H
#define HOST_WALLET_KEYRING_H

#include "host/wallet/keystore.h"
#include "host/wallet/tool.h"

/* The wallet, locked. TOOL_OK, or TOOL_LOCAL and said why; there being none is an error too. */
enum tool_exit keyring_read(const struct arguments *arguments, struct keystore **keystore);

/* Asks for the passphrase and decrypts. */
enum tool_exit keyring_unlock(const struct arguments *arguments, struct keystore *keystore);

/* Adds a key and writes the wallet, which is made when there is none: then the new passphrase is
 * asked for, at the terminal twice. `name` NULL: one that is free. TOOL_OK with the key's entry. */
enum tool_exit keyring_add(const struct arguments *arguments, const char *name,
                           const struct private_key *key, struct keystore_entry *entry);

#endif
