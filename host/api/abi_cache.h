/* SPDX-License-Identifier: Apache-2.0 */
/* The parsed ABIs of the accounts whose actions and tables were asked for last, bounded in number
 * and in bytes. An ABI is parsed again when the account's abi_hash has changed; whether that is
 * so is looked at (under the chain's lock) only after abi_cache_changed, which whoever sees a
 * `setabi`, a new block or an undone one calls. Any thread. */
#ifndef HOST_API_ABI_CACHE_H
#define HOST_API_ABI_CACHE_H

#include "host/ledger/chain.h"
#include "host/wire/transaction_json.h"

#define ABI_CACHE_ENTRIES   1024u
#define ABI_CACHE_BYTES_MAX (16u << 20) /* of packed ABIs */

struct abi_cache;
/* An account's ABI at some time. Immutable, counted by references. */
struct abi_share;

struct abi_cache *abi_cache_create(struct chain *chain); /* NULL: no memory */
void abi_cache_destroy(struct abi_cache *cache);         /* NULL is allowed */
void abi_cache_changed(struct abi_cache *cache);
/* Calls abi_cache_changed when an action of the trace has set an ABI. */
void abi_cache_watch(struct abi_cache *cache, const struct transaction_trace *trace);

/* A reference for the caller; NULL when memory is out. Not with the chain's lock held. */
struct abi_share *abi_cache_get(struct abi_cache *cache, name_t account);
void abi_share_release(struct abi_share *share); /* NULL is allowed */
/* NULL: the account has none (or one that is not readable), or there is no such account; so for
 * NULL. */
const struct abi *abi_share_abi(const struct abi_share *share);
bool abi_share_account_exists(const struct abi_share *share);

/* The cache as a source of ABIs for a transaction that is read from JSON; keeps what it has given
 * until abi_lookup_end. */
struct abi_lookup {
    struct abi_cache *cache;
    unsigned count;
    struct abi_share *shares[TRANSACTION_ACTIONS_MAX];
};
struct abi_source abi_lookup_source(struct abi_lookup *lookup, struct abi_cache *cache);
void abi_lookup_end(struct abi_lookup *lookup);

#endif
