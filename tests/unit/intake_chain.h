/* SPDX-License-Identifier: Apache-2.0 */
/* A chain behind host/ledger/chain.h that executes nothing: it counts, keeps what it was given, and
 * fails as the test says. For tests of intake and consensus. */
#ifndef TESTS_UNIT_INTAKE_CHAIN_H
#define TESTS_UNIT_INTAKE_CHAIN_H

#include <pthread.h>

#include "host/ledger/chain.h"

#define FAKE_PUSHED_MAX 4096u

struct chain {
    pthread_mutex_t lock;
    uint8_t id[32];

    /* Set by the test. */
    enum ledger_error_code precheck_fails; /* LEDGER_OK: it does not */
    /* What a transaction comes to; NULL: it is executed. Under the lock. */
    enum ledger_error_code (*execute)(struct chain *chain,
                                      const struct signed_transaction *transaction,
                                      const struct public_key *keys, unsigned key_count);
    unsigned block_max; /* transactions of a block; 0: any number */
    bool seal_fails, sync_fails, checkpoint_fails;

    /* What happened. Under the lock, but for `syncs`. */
    struct block_header head;
    uint32_t height, synced, final, appended;
    uint32_t pending_slot;
    unsigned in_block, pushed_count;
    uint8_t pushed[FAKE_PUSHED_MAX][32]; /* ids of executed transactions, in order */
    uint32_t pushed_height[FAKE_PUSHED_MAX];
    unsigned aborts, syncs, checkpoints;
    struct signature signature; /* of the last block */
    uint8_t signed_digest[32];
};

void fake_chain_init(struct chain *chain, uint32_t head_slot);
void fake_chain_free(struct chain *chain);

#endif
