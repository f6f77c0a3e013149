/* SPDX-License-Identifier: Apache-2.0 */
/* A chain in a folder of its own, with a token and accounts that transfer it, for tests of the
 * ledger's chain. Signatures are not looked at by the chain: transactions carry none, and all
 * accounts have the same key. */
#ifndef TESTS_UNIT_LEDGER_CHAIN_RIG_H
#define TESTS_UNIT_LEDGER_CHAIN_RIG_H

#include "host/ledger/chain.h"
#include "tests/unit/check.h"
#include "tests/unit/store_folder.h"

enum rig_store { RIG_MEMORY, RIG_LMDB }; /* a state in memory is lost with the chain */

#define RIG_ACCOUNTS 8u

struct rig {
    char folder[FOLDER_PATH_SIZE];
    struct disk disk;
    struct genesis genesis;
    enum rig_store store;
    bool no_traces;
    size_t checkpoint_bytes;
    uint32_t slot; /* of the last block */
    unsigned nonce;
    struct chain *chain;
    char error[CHAIN_ERROR_SIZE];
    unsigned replayed; /* blocks, of the last opening */
};

void rig_make(struct rig *rig, enum rig_store store); /* a folder; nothing is open */
void rig_open(struct rig *rig);
int rig_try_open(struct rig *rig); /* rig->error */
void rig_close(struct rig *rig);
void rig_kill(struct rig *rig);   /* closes; the disk may have died before */
void rig_remove(struct rig *rig); /* closes, removes the folder */
void rig_remove_below(const struct rig *rig, const char *name);

name_t rig_account(unsigned index);
/* Of actor@active. */
struct action rig_action(name_t account, name_t name, name_t actor, struct bytes data);
/* What a transaction says of itself. */
struct rig_terms {
    uint32_t expiration; /* seconds since 1970 */
    block_id_t reference;
    uint32_t delay_s;
};
/* TAPOS is the head, it expires RIG_LIFETIME_S after the next block. */
#define RIG_LIFETIME_S 60
struct rig_terms rig_terms(const struct rig *rig);
/* The caller's, with one action. */
struct signed_transaction *rig_transaction(const struct rig_terms *terms,
                                           const struct action *action);
struct signed_transaction *rig_transfer_on(struct rig *rig, const struct rig_terms *terms,
                                           unsigned from, unsigned to, int64_t amount);
/* On the usual terms. */
struct signed_transaction *rig_transfer(struct rig *rig, unsigned from, unsigned to,
                                        int64_t amount);
/* Signed with the rig's key. The caller's trace. */
struct transaction_trace *rig_push(struct rig *rig, struct signed_transaction *transaction);
/* Pushes and releases it; it must execute. */
void rig_include(struct rig *rig, struct signed_transaction *transaction);

/* Pushes and releases it; it must fail so. */
void rig_refuse(struct rig *rig, struct signed_transaction *transaction,
                enum ledger_error_code code);

void rig_start(struct rig *rig); /* in the next slot */
struct block *rig_seal(struct rig *rig);
/* A block of so many transfers, sealed and synced, not final. */
void rig_produce(struct rig *rig, unsigned transfers);
/* Everything up to the head. */
void rig_finalize(struct rig *rig);
/* Token, accounts and their balances: two blocks. */
void rig_found(struct rig *rig);
/* keys of chain_apply: the rig's. */
bool rig_keys(void *user, const struct block *block, unsigned index, struct public_key *keys,
              unsigned *key_count);
bool rig_sign(void *user, const uint8_t digest[32], struct signature *signature);

#endif
