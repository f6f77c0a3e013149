// SPDX-License-Identifier: Apache-2.0
/* One chain: blocks, lookups, what a transaction must be, listeners, reopening. */
#include "host/ledger/tables.h"
#include "tests/unit/ledger_chain_rig.h"

#define SLOTS_OF_LIFETIME (RIG_LIFETIME_S * 1000u / SLOT_MS)

static struct rig rig;

static void begin(enum rig_store store)
{
    rig_make(&rig, store);
    rig_open(&rig);
    rig_found(&rig);
}

/* ------------------------------------------------------------------ beginnings */

static void test_genesis(void)
{
    rig_make(&rig, RIG_LMDB);
    rig_open(&rig);
    CHECK_EQ(chain_head(rig.chain), 1);
    CHECK_EQ(chain_final(rig.chain), 1);
    CHECK_EQ(chain_first(rig.chain), 1);
    CHECK_EQ(chain_head_header(rig.chain)->slot, rig.genesis.slot);
    struct block *block = chain_read_block(rig.chain, 1, rig.error);
    CHECK(block != NULL && block->receipt_count == 0);
    block_id_t head = chain_head_id(rig.chain);
    CHECK_MEM(&block->id, &head, sizeof head);
    CHECK_EQ(block_id_height(&block->header.previous), 0);
    CHECK(chain_read_block(rig.chain, 2, rig.error) == NULL);
    block_free(block);
    rig_remove(&rig);
}

static void produce_and_reopen(enum rig_store store)
{
    begin(store);
    for (unsigned i = 0; i < 10; i++)
        rig_produce(&rig, i % 4 * 10);
    rig_finalize(&rig);
    rig_produce(&rig, 5);
    block_id_t head = chain_head_id(rig.chain);
    CHECK_EQ(chain_final(rig.chain), 13);
    rig_close(&rig);
    CHECK(rig.error[0] == '\0');
    rig_open(&rig);
    block_id_t again = chain_head_id(rig.chain);
    CHECK_MEM(&head, &again, sizeof head);
    CHECK_EQ(rig.replayed, store == RIG_LMDB ? 1 : 13);
    CHECK_EQ(chain_final(rig.chain), 13);
    CHECK_EQ(chain_synced(rig.chain), 14);
    rig_produce(&rig, 7);
    rig_remove(&rig);
}

static void test_reopen_without_state(void)
{
    produce_and_reopen(RIG_MEMORY);
}

static void test_reopen_with_state(void)
{
    produce_and_reopen(RIG_LMDB);
}

/* ------------------------------------------------------------------ transactions */

static void test_expiration(void)
{
    begin(RIG_MEMORY);
    rig_start(&rig);
    struct rig_terms terms = rig_terms(&rig);
    uint32_t now = terms.expiration - RIG_LIFETIME_S;
    uint32_t lifetime = rig.genesis.parameters.max_transaction_lifetime_s;
    terms.expiration = now - 1;
    rig_refuse(&rig, rig_transfer_on(&rig, &terms, 0, 1, 1), LEDGER_EXPIRED_TX);
    terms.expiration = now + lifetime + 1;
    rig_refuse(&rig, rig_transfer_on(&rig, &terms, 0, 1, 1), LEDGER_TX_EXP_TOO_FAR);
    terms.expiration = now + (slot_unix_ms(rig.slot + 1) % 1000 != 0);
    rig_include(&rig, rig_transfer_on(&rig, &terms, 0, 1, 1));
    terms.expiration = now + lifetime;
    rig_include(&rig, rig_transfer_on(&rig, &terms, 0, 1, 1));
    rig_remove(&rig);
}

static void test_tapos(void)
{
    begin(RIG_MEMORY);
    block_id_t second;
    struct block *block = chain_read_block(rig.chain, 2, rig.error);
    second = block->id;
    block_free(block);
    for (unsigned i = 0; i < 3; i++)
        rig_produce(&rig, 1);
    rig_start(&rig);
    struct rig_terms terms = rig_terms(&rig);
    rig_include(&rig, rig_transfer_on(&rig, &terms, 0, 1, 1)); /* on the head */
    terms.reference = second;
    rig_include(&rig, rig_transfer_on(&rig, &terms, 0, 1, 1));
    terms.reference.bytes[11] ^= 1;
    rig_refuse(&rig, rig_transfer_on(&rig, &terms, 0, 1, 1), LEDGER_INVALID_REF_BLOCK);
    terms.reference = second;
    terms.reference.bytes[3] = 200; /* no such block yet */
    rig_refuse(&rig, rig_transfer_on(&rig, &terms, 0, 1, 1), LEDGER_INVALID_REF_BLOCK);
    chain_abort(rig.chain);
    /* Without a pending block, too. */
    struct ledger_error error;
    struct signed_transaction *transaction = rig_transfer_on(&rig, &terms, 0, 1, 1);
    CHECK(!chain_precheck(rig.chain, transaction, &error));
    CHECK_EQ(error.code, LEDGER_INVALID_REF_BLOCK);
    signed_transaction_release(transaction);
    terms.reference = chain_head_id(rig.chain);
    transaction = rig_transfer_on(&rig, &terms, 0, 1, 1);
    CHECK(chain_precheck(rig.chain, transaction, &error));
    signed_transaction_release(transaction);
    rig_remove(&rig);
}

static void test_duplicates(void)
{
    begin(RIG_LMDB);
    struct signed_transaction *first = rig_transfer(&rig, 0, 1, 1);
    struct signed_transaction *second = rig_transfer(&rig, 0, 1, 1);
    rig_start(&rig);
    rig_include(&rig, signed_transaction_acquire(first));
    rig_refuse(&rig, signed_transaction_acquire(first), LEDGER_TX_DUPLICATE);
    block_free(rig_seal(&rig));
    CHECK(chain_has_recent(rig.chain, first->id));
    rig_start(&rig);
    rig_refuse(&rig, signed_transaction_acquire(first), LEDGER_TX_DUPLICATE);
    rig_include(&rig, signed_transaction_acquire(second));
    chain_abort(rig.chain);
    CHECK(!chain_has_recent(rig.chain, second->id));
    rig_produce(&rig, 1);
    rig_finalize(&rig);
    rig_close(&rig);
    rig_open(&rig);
    CHECK(chain_has_recent(rig.chain, first->id));
    rig_start(&rig);
    rig_refuse(&rig, first, LEDGER_TX_DUPLICATE);
    rig_include(&rig, second);
    rig_remove(&rig);
}

static void test_delay_and_failure(void)
{
    begin(RIG_MEMORY);
    rig_start(&rig);
    struct rig_terms terms = rig_terms(&rig);
    terms.delay_s = 1;
    rig_refuse(&rig, rig_transfer_on(&rig, &terms, 0, 1, 1), LEDGER_TX_DELAY);
    rig_refuse(&rig, rig_transfer(&rig, 1, 2, INT64_C(1) << 50), LEDGER_ASSERT_MESSAGE);
    struct block *block = rig_seal(&rig);
    CHECK_EQ(block->receipt_count, 0);
    block_free(block);
    rig_remove(&rig);
}

/* A dry run changes nothing, and needs no keys. */
static void test_dry_run(void)
{
    struct rig other;
    begin(RIG_MEMORY);
    struct signed_transaction *transaction = rig_transfer(&rig, 0, 1, 5);
    rig_start(&rig);
    struct transaction_trace *trace = chain_push(rig.chain, transaction, NULL, 0, CHAIN_DRY_RUN);
    CHECK(trace->executed && trace->action_count == 3);
    trace_release(trace);
    CHECK(!chain_has_recent(rig.chain, transaction->id));
    block_free(rig_seal(&rig));
    rig_make(&other, RIG_MEMORY);
    rig_open(&other);
    rig_found(&other);
    rig_produce(&other, 0);
    CHECK_MEM(chain_head_header(rig.chain)->state_hash, chain_head_header(other.chain)->state_hash,
              32);
    signed_transaction_release(transaction);
    rig_remove(&rig);
    rig_remove(&other);
}

static void test_required_keys(void)
{
    begin(RIG_MEMORY);
    struct public_key keys[3] = {rig.genesis.key, rig.genesis.key, rig.genesis.key};
    struct ledger_error error;
    bool required[3];
    keys[0].bytes[5] ^= 1;
    keys[2].bytes[6] ^= 1;
    struct signed_transaction *transaction = rig_transfer(&rig, 0, 1, 5);
    CHECK(chain_required_keys(rig.chain, &transaction->transaction, keys, 3, required, &error));
    CHECK(!required[0] && required[1] && !required[2]);
    CHECK(!chain_required_keys(rig.chain, &transaction->transaction, keys, 1, required, &error));
    CHECK_EQ(error.code, LEDGER_UNSATISFIED_AUTHORIZATION);
    signed_transaction_release(transaction);
    rig_remove(&rig);
}

static void test_full_block(void)
{
    rig_make(&rig, RIG_MEMORY);
    rig.genesis.parameters.max_block_cpu_us = 2000;
    rig.genesis.parameters.max_transaction_cpu_us = 1000;
    rig_open(&rig);
    rig_found(&rig);
    rig_start(&rig);
    unsigned included = 0;
    struct signed_transaction *transaction;
    for (;; included++) {
        transaction = rig_transfer(&rig, 0, 1, 1);
        struct transaction_trace *trace = rig_push(&rig, transaction);
        bool executed = trace->executed;
        enum ledger_error_code code = trace->error.code;
        trace_release(trace);
        if (!executed) {
            CHECK_EQ(code, LEDGER_BLOCK_CPU_EXCEEDED);
            break;
        }
        signed_transaction_release(transaction);
    }
    CHECK(included > 20);
    struct block *block = rig_seal(&rig);
    CHECK_EQ(block->receipt_count, included);
    block_free(block);
    rig_start(&rig);
    rig_include(&rig, transaction);
    rig_remove(&rig);
}

/* ------------------------------------------------------------------ looking up */

static void check_found(const struct signed_transaction *transaction, uint32_t expected)
{
    uint32_t height;
    CHECK(chain_find_transaction(rig.chain, transaction->id, &height));
    CHECK_EQ(height, expected);
    struct transaction_trace *trace = chain_read_trace(rig.chain, height, transaction->id);
    CHECK(trace != NULL && trace->executed && trace->height == expected);
    CHECK_MEM(trace->id, transaction->id, 32);
    CHECK_EQ(trace->action_count, 3);
    trace_release(trace);
}

static bool count_row(void *user, struct bytes key, struct bytes value)
{
    (void)key, (void)value;
    ++*(unsigned *)user;
    return true;
}

static unsigned recent_rows(void)
{
    struct row_key low = row_key(ROW_RECENT), high = row_key_end(&low);
    unsigned count = 0;
    state_scan(chain_state(rig.chain), row_key_view(&low), row_key_view(&high), false, count_row,
               &count);
    return count;
}

/* From the recent ones while it has not expired, then from the index; over a restart, and when the
 * index is lost. */
static void test_find_transaction(void)
{
    uint32_t height;
    begin(RIG_LMDB);
    struct signed_transaction *transaction = rig_transfer(&rig, 0, 1, 5);
    CHECK(!chain_find_transaction(rig.chain, transaction->id, &height));
    rig_start(&rig);
    rig_include(&rig, signed_transaction_acquire(transaction));
    CHECK(!chain_find_transaction(rig.chain, transaction->id, &height)); /* pending */
    block_free(rig_seal(&rig));
    check_found(transaction, 4);
    CHECK(chain_read_trace(rig.chain, 3, transaction->id) == NULL);
    CHECK(chain_sync(rig.chain, rig.error) == 0);
    for (unsigned i = 0; i < 12; i++) {
        rig_finalize(&rig);
        CHECK(chain_checkpoint(rig.chain, i == 5, rig.error) == (i == 5));
        check_found(transaction, 4);
        rig.slot += SLOTS_OF_LIFETIME / 4;
        rig_produce(&rig, i < 3);
    }
    CHECK_EQ(recent_rows(), 0);
    CHECK(!chain_has_recent(rig.chain, transaction->id));
    rig_close(&rig);
    rig_open(&rig);
    check_found(transaction, 4);
    rig_close(&rig);
    rig_remove_below(&rig, "index");
    rig_open(&rig);
    check_found(transaction, 4);
    signed_transaction_release(transaction);
    rig_remove(&rig);
}

/* A row that expires late holds those behind it; then they go a few in each block. */
static void test_recent_rows_end(void)
{
    begin(RIG_MEMORY);
    struct rig_terms terms = rig_terms(&rig);
    terms.expiration += 600;
    rig_start(&rig);
    rig_include(&rig, rig_transfer_on(&rig, &terms, 0, 1, 1));
    block_free(rig_seal(&rig));
    for (unsigned i = 0; i < 10; i++)
        rig_produce(&rig, 1);
    rig.slot += SLOTS_OF_LIFETIME;
    rig_produce(&rig, 1);
    CHECK_EQ(recent_rows(), 12); /* those of rig_found stood in front of it */
    rig.slot += 10 * SLOTS_OF_LIFETIME;
    for (unsigned left = 12; left != 0; left -= left < 4 ? left : 4) {
        CHECK_EQ(recent_rows(), left);
        rig_produce(&rig, 0);
    }
    CHECK_EQ(recent_rows(), 0);
    rig_remove(&rig);
}

static void test_block_heights(void)
{
    uint32_t height;
    begin(RIG_LMDB);
    for (unsigned i = 0; i < 6; i++)
        rig_produce(&rig, 1);
    chain_finalize(rig.chain, 6);
    for (uint32_t i = 1; i <= 9; i++) {
        struct block *block = chain_read_block(rig.chain, i, rig.error);
        CHECK(block != NULL);
        CHECK(chain_block_height(rig.chain, &block->id, &height) && height == i);
        block->id.bytes[20] ^= 1;
        CHECK(!chain_block_height(rig.chain, &block->id, &height));
        block_free(block);
    }
    block_id_t above = chain_head_id(rig.chain);
    above.bytes[3]++;
    CHECK(!chain_block_height(rig.chain, &above, &height));
    above = (block_id_t){{0}};
    CHECK(!chain_block_height(rig.chain, &above, &height));
    rig_remove(&rig);
}

/* ------------------------------------------------------------------ listeners and failures */

static char events[256];

static void on_block(void *user, const struct block *block, struct transaction_trace *const *traces)
{
    (void)user;
    for (unsigned i = 0; i < block->receipt_count; i++)
        CHECK_MEM(traces[i]->id, block->receipts[i].transaction->id, 32);
    snprintf(events + strlen(events), sizeof events - strlen(events), "b%u:%u ",
             block_header_height(&block->header), block->receipt_count);
}

static void on_undone(void *user, uint32_t height)
{
    (void)user;
    snprintf(events + strlen(events), sizeof events - strlen(events), "u%u ", height);
}

static void on_final(void *user, uint32_t height)
{
    (void)user;
    snprintf(events + strlen(events), sizeof events - strlen(events), "f%u ", height);
}

static void test_listener(void)
{
    const struct chain_listener listener = {
        .block = on_block, .undone = on_undone, .final = on_final};
    begin(RIG_MEMORY);
    rig_finalize(&rig);
    events[0] = '\0';
    chain_listen(rig.chain, &listener);
    rig_produce(&rig, 2);
    rig_produce(&rig, 0);
    CHECK(chain_undo(rig.chain, rig.error) == 0);
    rig_produce(&rig, 3);
    rig_finalize(&rig);
    rig_finalize(&rig);
    CHECK(strcmp(events, "b4:2 b5:0 u5 b5:3 f4 f5 ") == 0);
    rig_remove(&rig);
}

static bool refuse_to_sign(void *user, const uint8_t digest[32], struct signature *signature)
{
    (void)user, (void)digest, (void)signature;
    return false;
}

static void test_signer_fails(void)
{
    begin(RIG_MEMORY);
    block_id_t before = chain_head_id(rig.chain);
    struct signed_transaction *transaction = rig_transfer(&rig, 0, 1, 1);
    rig_start(&rig);
    rig_include(&rig, signed_transaction_acquire(transaction));
    CHECK(chain_seal(rig.chain, refuse_to_sign, NULL, rig.error) == NULL);
    block_id_t after = chain_head_id(rig.chain);
    CHECK_MEM(&before, &after, sizeof before);
    CHECK_EQ(chain_pending_slot(rig.chain), 0);
    rig_start(&rig);
    CHECK_EQ(chain_pending_slot(rig.chain), rig.slot + 1);
    rig_include(&rig, transaction);
    block_free(rig_seal(&rig));
    rig_remove(&rig);
}

static void test_unfinal_blocks_are_bounded(void)
{
    begin(RIG_MEMORY);
    while (chain_head(rig.chain) - chain_final(rig.chain) < CHAIN_UNFINAL_MAX) {
        rig_start(&rig);
        block_free(rig_seal(&rig));
    }
    rig_start(&rig);
    CHECK(chain_seal(rig.chain, rig_sign, NULL, rig.error) == NULL);
    CHECK(strstr(rig.error, "not final") != NULL);
    CHECK(chain_sync(rig.chain, rig.error) == 0);
    chain_finalize(rig.chain, 2);
    rig_produce(&rig, 1);
    rig_close(&rig);
    rig_open(&rig); /* as far as it is known */
    CHECK_EQ(chain_head(rig.chain) - chain_final(rig.chain), CHAIN_UNFINAL_MAX);
    rig_remove(&rig);
}

int main(void)
{
    RUN(test_genesis);
    RUN(test_reopen_without_state);
    RUN(test_reopen_with_state);
    RUN(test_expiration);
    RUN(test_tapos);
    RUN(test_duplicates);
    RUN(test_delay_and_failure);
    RUN(test_dry_run);
    RUN(test_required_keys);
    RUN(test_full_block);
    RUN(test_find_transaction);
    RUN(test_recent_rows_end);
    RUN(test_block_heights);
    RUN(test_listener);
    RUN(test_signer_fails);
    RUN(test_unfinal_blocks_are_bounded);
    return 0;
}
