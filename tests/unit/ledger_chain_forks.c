// SPDX-License-Identifier: Apache-2.0
/* Blocks of somebody else's, and forks: what one chain sealed another applies; a branch that was
 * left leaves nothing behind; whatever in a block is not what it should be is refused. */
#include "tests/unit/ledger_chain_rig.h"
#include "tests/unit/store_random.h"

#define TAMPERINGS   10u
#define RANDOM_STEPS 300u

static struct rig maker, taker;

static void check_same_head(void)
{
    block_id_t ours = chain_head_id(maker.chain), theirs = chain_head_id(taker.chain);
    CHECK_MEM(&ours, &theirs, sizeof ours);
}

static bool apply(const struct block *block, struct ledger_error *error)
{
    if (!chain_apply(taker.chain, block, rig_keys, &taker, error))
        return false;
    taker.slot = block->header.slot;
    return true;
}

static void must_apply(const struct block *block)
{
    struct ledger_error error = {0};
    bool applied = apply(block, &error);
    if (!applied)
        printf("# %s\n", error.message);
    CHECK(applied);
}

/* The taker gets what the maker has and it has not. */
static void catch_up(void)
{
    while (chain_head(taker.chain) < chain_head(maker.chain)) {
        struct block *block =
            chain_read_block(maker.chain, chain_head(taker.chain) + 1, maker.error);
        CHECK(block != NULL);
        must_apply(block);
        block_free(block);
    }
    check_same_head();
}

static void begin(enum rig_store store)
{
    rig_make(&maker, store);
    rig_make(&taker, store);
    rig_open(&maker);
    rig_open(&taker);
    rig_found(&maker);
    catch_up();
}

static void end(void)
{
    rig_remove(&maker);
    rig_remove(&taker);
}

static void test_apply(void)
{
    begin(RIG_LMDB);
    for (unsigned i = 0; i < 8; i++) {
        maker.slot += i;
        rig_produce(&maker, i * 5);
        catch_up();
    }
    CHECK(chain_sync(taker.chain, taker.error) == 0);
    rig_finalize(&taker);
    rig_close(&taker);
    rig_open(&taker);
    check_same_head();
    rig_produce(&maker, 5);
    catch_up();
    end();
}

/* The taker follows its own branch for a while, then the maker's; a third never saw the fork. */
static void test_fork(void)
{
    begin(RIG_LMDB);
    rig_produce(&maker, 4);
    catch_up();
    struct signed_transaction *transaction = rig_transfer(&maker, 3, 4, 77);
    for (unsigned i = 0; i < 5; i++) {
        taker.slot += 2;
        rig_start(&taker);
        if (i == 2)
            rig_include(&taker, signed_transaction_acquire(transaction));
        for (unsigned j = 0; j < 6; j++)
            rig_include(&taker, rig_transfer(&taker, j + 1, j, 3));
        block_free(rig_seal(&taker));
    }
    struct rig_terms abandoned = rig_terms(&taker);
    rig_start(&maker);
    rig_include(&maker, signed_transaction_acquire(transaction));
    block_free(rig_seal(&maker));
    rig_produce(&maker, 9);
    uint32_t height;
    CHECK(chain_find_transaction(taker.chain, transaction->id, &height) && height == 7);
    while (chain_head(taker.chain) > 4)
        CHECK(chain_undo(taker.chain, taker.error) == 0);
    CHECK(!chain_has_recent(taker.chain, transaction->id));
    taker.slot = chain_head_header(taker.chain)->slot;
    catch_up();
    CHECK(chain_find_transaction(taker.chain, transaction->id, &height) && height == 5);
    struct transaction_trace *trace = chain_read_trace(taker.chain, 5, transaction->id);
    CHECK(trace != NULL && trace->height == 5);
    trace_release(trace);
    /* Transactions that refer to the branch that was left are refused on the other. */
    rig_start(&taker);
    rig_refuse(&taker, rig_transfer_on(&taker, &abandoned, 0, 1, 1), LEDGER_INVALID_REF_BLOCK);
    chain_abort(taker.chain);
    rig_close(&taker);
    rig_open(&taker);
    check_same_head();
    signed_transaction_release(transaction);
    end();
}

/* Rows of recent transactions that a left branch had dropped are back. */
static void test_fork_restores_recent(void)
{
    begin(RIG_MEMORY);
    struct signed_transaction *transaction = rig_transfer(&taker, 3, 4, 77);
    uint32_t slot = taker.slot;
    rig_start(&taker);
    rig_include(&taker, signed_transaction_acquire(transaction));
    block_free(rig_seal(&taker));
    taker.slot += RIG_LIFETIME_S * 1000 / SLOT_MS + 10;
    rig_produce(&taker, 0);
    rig_produce(&taker, 0);
    chain_finalize(taker.chain, chain_head(taker.chain) - 2);
    CHECK(chain_checkpoint(taker.chain, true, taker.error) == 1);
    CHECK(chain_undo(taker.chain, taker.error) == 0);
    CHECK(chain_undo(taker.chain, taker.error) == 0);
    taker.slot = slot + 1;
    rig_start(&taker);
    rig_refuse(&taker, transaction, LEDGER_TX_DUPLICATE);
    end();
}

/* One step of a history; slots leap, so that transactions expire on one branch and not on another.
 */
static void random_step(struct store_random *random)
{
    switch (random_below(random, 8)) {
    case 0:
    case 1:
        for (unsigned i = random_below(random, 4); i > 0; i--) {
            if (chain_head(maker.chain) > chain_final(maker.chain))
                CHECK(chain_undo(maker.chain, maker.error) == 0);
        }
        maker.slot = chain_head_header(maker.chain)->slot;
        break;
    case 2:
        CHECK(chain_sync(maker.chain, maker.error) == 0);
        chain_finalize(maker.chain, chain_final(maker.chain) +
                                        (chain_head(maker.chain) - chain_final(maker.chain)) / 2);
        CHECK(chain_checkpoint(maker.chain, random_below(random, 3) == 0, maker.error) >= 0);
        break;
    default:
        maker.slot += random_below(random, RIG_LIFETIME_S);
        rig_start(&maker);
        for (unsigned i = random_below(random, 5); i > 0; i--) {
            struct rig_terms terms = rig_terms(&maker);
            terms.expiration += random_below(random, 3) * RIG_LIFETIME_S;
            rig_include(&maker, rig_transfer_on(&maker, &terms, i, i + 1, 1));
        }
        block_free(rig_seal(&maker));
    }
}

/* After any history a chain is what it is for who sees its last branch only. */
static void test_random_forks(void)
{
    struct store_random random = {3};
    begin(RIG_MEMORY);
    rig_finalize(&maker);
    for (unsigned i = 0; i < RANDOM_STEPS; i++) {
        random_step(&random);
        if (i % 100 == 99) {
            rig_remove(&taker);
            rig_make(&taker, RIG_MEMORY);
            rig_open(&taker);
            catch_up();
        }
    }
    end();
}

static void test_final_blocks_stay(void)
{
    begin(RIG_MEMORY);
    rig_finalize(&maker);
    rig_produce(&maker, 1);
    CHECK(chain_undo(maker.chain, maker.error) == 0);
    CHECK(chain_undo(maker.chain, maker.error) == -1);
    CHECK(strstr(maker.error, "final") != NULL);
    CHECK_EQ(chain_head(maker.chain), 3);
    end();
}

/* ------------------------------------------------------------------ what is refused */

static enum ledger_error_code tamper(struct block *block, unsigned how)
{
    struct block_header *header = &block->header;
    switch (how) {
    case 0:
        header->slot = chain_head_header(taker.chain)->slot;
        return LEDGER_BLOCK_VALIDATE;
    case 1:
        header->producer++;
        return LEDGER_BLOCK_VALIDATE; /* it is in the state */
    case 2:
        header->confirmed = 1;
        return LEDGER_BLOCK_VALIDATE;
    case 3:
        header->previous.bytes[9] ^= 1;
        return LEDGER_UNLINKABLE_BLOCK;
    case 4:
        header->transaction_root[0] ^= 1;
        return LEDGER_BLOCK_VALIDATE;
    case 5:
        header->action_root[31] ^= 1;
        return LEDGER_BLOCK_VALIDATE;
    case 6:
        header->schedule_version++;
        return LEDGER_BLOCK_VALIDATE;
    case 7:
        header->state_hash[7] ^= 1;
        return LEDGER_BLOCK_VALIDATE;
    case 8:
        block->receipts[1].cpu_usage_us++;
        return LEDGER_BLOCK_VALIDATE;
    default:
        block->receipts[2].net_usage_words--;
        return LEDGER_BLOCK_VALIDATE;
    }
}

static void test_tampering(void)
{
    begin(RIG_MEMORY);
    rig_produce(&maker, 5);
    for (unsigned how = 0; how < TAMPERINGS; how++) {
        struct block *block = chain_read_block(maker.chain, 4, maker.error);
        struct ledger_error error;
        enum ledger_error_code code = tamper(block, how);
        CHECK(!apply(block, &error));
        CHECK_EQ(error.code, code);
        CHECK_EQ(chain_head(taker.chain), 3);
        block_free(block);
    }
    catch_up();
    end();
}

static void swap_receipts(struct block *block)
{
    struct receipt first = block->receipts[0];
    block->receipts[0] = block->receipts[1];
    block->receipts[1] = first;
}

static bool no_keys(void *user, const struct block *block, unsigned index, struct public_key *keys,
                    unsigned *key_count)
{
    (void)user, (void)block, (void)keys;
    *key_count = 0;
    return index != 1;
}

static bool wrong_keys(void *user, const struct block *block, unsigned index,
                       struct public_key *keys, unsigned *key_count)
{
    CHECK(rig_keys(user, block, index, keys, key_count));
    keys[0].bytes[9] ^= 1;
    return true;
}

static void test_wrong_transactions(void)
{
    struct ledger_error error;
    begin(RIG_MEMORY);
    rig_produce(&maker, 5);
    struct block *block = chain_read_block(maker.chain, 4, maker.error);
    swap_receipts(block);
    CHECK(!apply(block, &error) && error.code == LEDGER_BLOCK_VALIDATE);
    swap_receipts(block);
    CHECK(!chain_apply(taker.chain, block, no_keys, NULL, &error));
    CHECK_EQ(error.code, LEDGER_BLOCK_VALIDATE);
    CHECK(!chain_apply(taker.chain, block, wrong_keys, &taker, &error));
    CHECK_EQ(error.code, LEDGER_BLOCK_VALIDATE);
    /* The same one twice. */
    struct signed_transaction *second = block->receipts[1].transaction;
    block->receipts[1].transaction = block->receipts[0].transaction;
    CHECK(!apply(block, &error) && strstr(error.message, "duplicate") != NULL);
    block->receipts[1].transaction = second;
    /* One less. */
    block->receipt_count--;
    CHECK(!apply(block, &error) && error.code == LEDGER_BLOCK_VALIDATE);
    block->receipt_count++;
    /* One of an earlier block. */
    struct block *earlier = chain_read_block(maker.chain, 3, maker.error);
    second = block->receipts[1].transaction;
    block->receipts[1].transaction = earlier->receipts[0].transaction;
    CHECK(!apply(block, &error) && strstr(error.message, "duplicate") != NULL);
    block->receipts[1].transaction = second;
    must_apply(block);
    check_same_head();
    CHECK(!apply(block, &error) && error.code == LEDGER_UNLINKABLE_BLOCK);
    block_free(earlier);
    block_free(block);
    end();
}

static void test_expired_in_block(void)
{
    struct ledger_error error;
    begin(RIG_MEMORY);
    rig_produce(&maker, 5);
    struct block *block = chain_read_block(maker.chain, 4, maker.error);
    block->header.slot += RIG_LIFETIME_S * 1000 / SLOT_MS + 2;
    CHECK(!apply(block, &error) && strstr(error.message, "expired") != NULL);
    block_free(block);
    end();
}

int main(void)
{
    RUN(test_apply);
    RUN(test_fork);
    RUN(test_fork_restores_recent);
    RUN(test_random_forks);
    RUN(test_final_blocks_stay);
    RUN(test_tampering);
    RUN(test_wrong_transactions);
    RUN(test_expired_in_block);
    return 0;
}
