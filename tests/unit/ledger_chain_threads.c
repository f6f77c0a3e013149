// SPDX-License-Identifier: Apache-2.0
/* One thread makes blocks, one syncs, finalizes and writes checkpoints, one looks things up: as in
 * a node. Run under ThreadSanitizer, too. */
#include <pthread.h>
#include <stdatomic.h>

#include "tests/unit/ledger_chain_rig.h"

#define BLOCKS           300u
#define CHECKPOINT_EVERY 8u

static struct rig rig;
static atomic_bool done;

static void *sync_and_finalize(void *unused)
{
    char error[CHAIN_ERROR_SIZE];
    bool last;
    (void)unused;
    unsigned round = 0;
    do {
        last = done;
        CHECK(chain_sync(rig.chain, error) == 0);
        chain_lock(rig.chain);
        chain_finalize(rig.chain, chain_synced(rig.chain));
        chain_unlock(rig.chain);
        CHECK(chain_checkpoint(rig.chain, ++round % CHECKPOINT_EVERY == 0, error) >= 0);
    } while (!last);
    return NULL;
}

static void look_up(uint32_t height)
{
    char error[CHAIN_ERROR_SIZE];
    uint32_t found;
    struct block *block = chain_read_block(rig.chain, height, error);
    CHECK(block != NULL && chain_block_height(rig.chain, &block->id, &found) && found == height);
    for (unsigned i = 0; i < block->receipt_count; i++) {
        const uint8_t *id = block->receipts[i].transaction->id;
        CHECK(chain_find_transaction(rig.chain, id, &found) && found == height);
        struct transaction_trace *trace = chain_read_trace(rig.chain, height, id);
        CHECK(trace != NULL);
        trace_release(trace);
    }
    block_free(block);
}

static void *look_things_up(void *unused)
{
    (void)unused;
    for (uint32_t i = 0; !done; i++) {
        chain_lock(rig.chain);
        look_up(1 + i * 7 % chain_head(rig.chain));
        chain_unlock(rig.chain);
    }
    return NULL;
}

static void test_threads(void)
{
    pthread_t threads[2];
    rig_make(&rig, RIG_LMDB);
    rig_open(&rig);
    rig_found(&rig);
    CHECK(pthread_create(&threads[0], NULL, sync_and_finalize, NULL) == 0);
    CHECK(pthread_create(&threads[1], NULL, look_things_up, NULL) == 0);
    for (unsigned i = 0; i < BLOCKS; i++) {
        chain_lock(rig.chain);
        rig.slot += i % 50; /* so that transactions expire */
        rig_start(&rig);
        for (unsigned j = 0; j < i % 9; j++)
            rig_include(&rig, rig_transfer(&rig, j, j + 1, 1));
        block_free(rig_seal(&rig));
        chain_unlock(rig.chain);
    }
    done = true;
    CHECK(pthread_join(threads[0], NULL) == 0 && pthread_join(threads[1], NULL) == 0);
    CHECK_EQ(chain_final(rig.chain), 3 + BLOCKS);
    rig_close(&rig);
    CHECK(rig.error[0] == '\0');
    rig_open(&rig);
    CHECK_EQ(rig.replayed, 0);
    look_up(3 + BLOCKS / 2);
    rig_remove(&rig);
}

int main(void)
{
    RUN(test_threads);
    return 0;
}
