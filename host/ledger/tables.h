/* SPDX-License-Identifier: Apache-2.0 */
/* Where each thing stands in the state: keys and values of the rows. A key starts with a letter for
 * its kind; numbers in keys are big-endian, so that rows stand in the order of their numbers;
 * values are packed as in host/base/bytes.h. A permission at the end of a key takes one byte when
 * it is owner or active, eight otherwise. Most rows are an account's: what most accounts do not
 * have takes no room in them.
 *
 *   a account                                    struct account_row
 *   p account permission                         struct permission_row
 *   l account code action                        required permission (u64); action 0: all actions
 *   k key(8) account permission                  weight (u16): who has this key in an authority;
 *                                                key: the first bytes of SHA-256 of its packed form
 *   c actor permission(8) account permission     weight (u16): who has this account in one
 *   b account                                    packed ABI
 *   t code table scope                           payer (u64), number of rows (u32)
 *   r code scope table primary                   payer (u64), then the contract's bytes
 *   s code scope table index(u8) secondary primary   payer (u64)
 *   u account                                    struct usage_row
 *   d height(u32)                                latest expiration (u32), ids of the block's
 *                                                transactions
 *   h index(u16)                                 id of the last block whose height ends in these
 *                                                bits
 *   g 0                                          struct chain_parameters
 *   g 1                                          struct global_row */
#ifndef HOST_LEDGER_TABLES_H
#define HOST_LEDGER_TABLES_H

#include "host/store/state.h"
#include "host/wire/asset.h"
#include "host/wire/authority.h"
#include "host/wire/block.h"

enum row_kind {
    ROW_ACCOUNT = 'a',
    ROW_PERMISSION = 'p',
    ROW_LINK = 'l',
    ROW_KEY = 'k',
    ROW_CONTROLLED = 'c',
    ROW_ABI = 'b',
    ROW_TABLE = 't',
    ROW_CONTRACT = 'r',
    ROW_SECONDARY = 's',
    ROW_USAGE = 'u',
    ROW_RECENT = 'd',
    ROW_TAPOS = 'h',
    ROW_GLOBAL = 'g',
};

/* A key under construction. */
struct row_key {
    uint8_t bytes[ROW_KEY_BYTES_MAX];
    size_t size;
};
struct row_key row_key(enum row_kind kind);
void row_key_u8(struct row_key *key, uint8_t value);
void row_key_u16(struct row_key *key, uint16_t value);
void row_key_u32(struct row_key *key, uint32_t value);
void row_key_u64(struct row_key *key, uint64_t value);
void row_key_copy(struct row_key *key, const void *data, size_t bytes);
/* A permission, with which the key ends; and as it is read from what is left of a key. */
void row_key_permission(struct row_key *key, name_t permission);
name_t read_key_permission(struct reader *reader);
static inline struct bytes row_key_view(const struct row_key *key)
{
    return (struct bytes){key->bytes, key->size};
}
/* The least key behind all keys that start with this one: the end of a range. Size 0: there is
 * none. */
struct row_key row_key_end(const struct row_key *prefix);

/* Keys that more than one place builds. */
struct row_key account_key(name_t account);
struct row_key permission_key(name_t account, name_t permission);
/* The start of the keys of a public key's entries. Keys of others may come to stand there, though
 * nobody can make them: whoever reads an entry compares the permission's keys. */
struct row_key key_entry_prefix(const struct public_key *key);
struct row_key abi_key(name_t account);
struct row_key contract_row_key(name_t code, uint64_t scope, name_t table, uint64_t primary);
struct row_key table_key(name_t code, name_t table, uint64_t scope);

#define UNLIMITED INT64_C(-1)

struct account_row {
    uint32_t created_slot;
    bool privileged;
    int64_t ram_quota_bytes; /* UNLIMITED or a limit */
    uint64_t ram_usage_bytes;
    int64_t net_limit_words; /* in a window of USAGE_WINDOW_SLOTS; UNLIMITED or a limit */
    int64_t cpu_limit_us;
    uint32_t link_count; /* rows of kind 'l': none, and nothing has to be looked up */
    uint32_t abi_sequence;
    uint8_t abi_hash[32]; /* of the packed ABI; zeros without one; so while abi_sequence is 0 */
};

struct permission_row {
    name_t parent; /* 0: owner */
    uint32_t updated_slot;
    struct authority authority;
};

/* Windows start at multiples of this many slots (24 hours). */
#define USAGE_WINDOW_SLOTS 172800u
struct usage_row {
    uint32_t window; /* slot / USAGE_WINDOW_SLOTS */
    uint64_t net_used_words;
    uint64_t cpu_used_us;
};

/* Limits that a genesis sets. */
struct chain_parameters {
    uint32_t max_block_net_words;
    uint32_t max_block_cpu_us;
    uint32_t max_transaction_net_words;
    uint32_t max_transaction_cpu_us;
    uint32_t max_transaction_lifetime_s;
    uint32_t max_inline_depth;
    uint32_t max_authority_depth;
    int64_t account_ram_bytes; /* of a new account; UNLIMITED or a quota; so the next two */
    int64_t account_net_words;
    int64_t account_cpu_us;
};

struct global_row {
    uint64_t global_sequence; /* of actions, over all blocks */
    uint64_t account_count;
};

/* Each returns false when the row is not there. A row that does not parse is damage: asserted,
 * since the store has checked it. */
bool account_row_get(struct state *state, name_t account, struct account_row *row);
void account_row_put(struct state *state, name_t account, const struct account_row *row);
bool permission_row_get(struct state *state, name_t account, name_t permission,
                        struct permission_row *row);
void permission_row_put(struct state *state, name_t account, name_t permission,
                        const struct permission_row *row);
name_t permission_row_parent(struct bytes value); /* of such a row's value; 0: none */
void usage_row_get(struct state *state, name_t account, uint32_t slot, struct usage_row *row);
void usage_row_put(struct state *state, name_t account, const struct usage_row *row);
/* As in their row; a part of the chain's id, too. */
void chain_parameters_write(struct writer *writer, const struct chain_parameters *parameters);
void chain_parameters_get(struct state *state, struct chain_parameters *parameters);
void chain_parameters_put(struct state *state, const struct chain_parameters *parameters);
void global_row_get(struct state *state, struct global_row *row);
void global_row_put(struct state *state, const struct global_row *row);

#endif
