// SPDX-License-Identifier: Apache-2.0
/* NET and CPU: what is counted, whose limits hold; what a block context keeps. */
#include "host/ledger/meter.h"
#include "host/ledger/tables.h"
#include "tests/unit/ledger_world.h"

static struct world world;
static struct draft draft;

static void open_world(void)
{
    world_open(&world);
    world_create(&world, "alice", "1 1:1");
    world_create(&world, "bob", "1 2:1");
    draft_start(&draft);
    draft_add(&draft, "eosio.null::nonce", "alice", "s", "some text");
}

/* What the draft uses when nothing stops it. */
static void measure(uint32_t *net_words, uint32_t *cpu_us)
{
    struct transaction_trace *trace = world_push(&world, "1", &draft);
    CHECK(trace->executed);
    *net_words = trace->net_usage_words;
    *cpu_us = trace->cpu_usage_us;
    trace_release(trace);
}

static void expect(enum ledger_error_code code, const char *text)
{
    struct transaction_trace *trace = world_push(&world, "1", &draft);
    if (trace->error.code != code || strstr(trace->error.message, text) == NULL)
        printf("# %d %s\n", trace->error.code, trace->error.message);
    CHECK(trace->error.code == code && strstr(trace->error.message, text) != NULL);
    trace_release(trace);
}

static void test_counts(void)
{
    uint32_t net_words, cpu_us;
    open_world();
    struct signed_transaction *transaction = draft_make(&draft, 1);
    measure(&net_words, &cpu_us);
    CHECK_EQ(net_words, (signed_transaction_size(transaction) + 7) / 8);
    CHECK_EQ(cpu_us, (COST_TRANSACTION + COST_SIGNATURE + COST_AUTHORIZATION + COST_ACTION +
                      10 * COST_ACTION_BYTE + 999) /
                         1000);
    signed_transaction_release(transaction);
    world_close(&world);
}

/* The same whoever executes it, and whether authorizations are looked at or not. */
static void test_deterministic(void)
{
    struct public_key key = world_key(1);
    open_world();
    ACT(&world, "0", "eosio.token::create", "eosio.token", "na", "alice", "5.0 TOK");
    draft_add(&draft, "eosio.token::issue", "alice", "nas", "alice", "1.0 TOK", "");
    draft_add(&draft, "eosio.token::transfer", "alice", "nnas", "alice", "bob", "0.1 TOK", "");
    draft_add(&draft, "eosio::linkauth", "alice", "nnnn", "alice", "bob", "pay", "active");
    struct signed_transaction *transaction = draft_make(&draft, 1);
    struct transaction_trace *checked =
        execute_transaction(&world.block, transaction, &key, 1, EXECUTE_CHECK, false);
    struct transaction_trace *assumed =
        execute_transaction(&world.block, transaction, NULL, 0, EXECUTE_ASSUME, false);
    CHECK(checked->executed && assumed->executed);
    CHECK_EQ(checked->cpu_usage_us, assumed->cpu_usage_us);
    CHECK_EQ(checked->net_usage_words, assumed->net_usage_words);
    CHECK_EQ(checked->action_count, assumed->action_count);
    uint8_t one[32], other[32];
    trace_digest(checked, one);
    trace_digest(assumed, other);
    CHECK_MEM(one, other, sizeof one);
    trace_release(checked);
    trace_release(assumed);
    signed_transaction_release(transaction);
    world_close(&world);
}

static void test_not_kept(void)
{
    uint8_t before[32], after[32];
    struct public_key key = world_key(1);
    open_world();
    draft_add(&draft, "eosio::newaccount", "alice", "nnAA", "alice", "carol", "1 1:1", "1 1:1");
    struct signed_transaction *transaction = draft_make(&draft, 1);
    world_hash(&world, before);
    struct block_context context = world.block;
    struct transaction_trace *trace =
        execute_transaction(&world.block, transaction, &key, 1, EXECUTE_CHECK, false);
    CHECK(trace->executed && trace->height == context.height && trace->slot == context.slot);
    CHECK_MEM(trace->id, transaction->id, 32);
    trace_release(trace);
    CHECK_MEM(&context, &world.block, sizeof context);
    world_hash(&world, after);
    CHECK_MEM(before, after, sizeof before);
    /* Kept, it moves the block on. */
    context = world.block;
    trace = execute_transaction(&world.block, transaction, &key, 1, EXECUTE_CHECK, true);
    CHECK(trace->executed);
    CHECK_EQ(world.block.net_words_left, context.net_words_left - trace->net_usage_words);
    CHECK_EQ(world.block.cpu_us_left, context.cpu_us_left - trace->cpu_usage_us);
    CHECK_EQ(world.block.global.global_sequence, context.global.global_sequence + 2);
    CHECK_EQ(world.block.global.account_count, context.global.account_count + 1);
    trace_release(trace);
    signed_transaction_release(transaction);
    world_close(&world);
}

static void test_transaction_limits(void)
{
    uint32_t net_words, cpu_us;
    open_world();
    struct chain_parameters parameters = world.block.parameters;
    measure(&net_words, &cpu_us);
    world.block.parameters.max_transaction_net_words = net_words;
    world.block.parameters.max_transaction_cpu_us = cpu_us;
    expect(LEDGER_OK, "");
    world.block.parameters.max_transaction_net_words = net_words - 1;
    expect(LEDGER_TX_NET_EXCEEDED, "transaction net usage is too high");
    world.block.parameters = parameters;
    world.block.parameters.max_transaction_cpu_us = cpu_us - 1;
    expect(LEDGER_TX_CPU_EXCEEDED, "executing for too long");
    world.block.parameters = parameters;
    draft.transaction.max_net_usage_words = 1;
    expect(LEDGER_TX_NET_EXCEEDED, "> 1 words");
    draft.transaction.max_net_usage_words = net_words;
    draft.transaction.max_cpu_usage_ms = 1;
    expect(LEDGER_OK, "");
    /* Sixteen authorizations an action, sixty times, take more than a millisecond. */
    const char *alices = "alice alice alice alice alice alice alice alice "
                         "alice alice alice alice alice alice alice alice";
    for (unsigned i = 0; i < 60; i++)
        draft_add(&draft, "eosio.null::nonce", alices, "");
    draft.transaction.max_net_usage_words = 0;
    expect(LEDGER_TX_CPU_EXCEEDED, "of 1000us allowed");
    world_close(&world);
}

static void test_block_limits(void)
{
    uint32_t net_words, cpu_us;
    open_world();
    measure(&net_words, &cpu_us);
    world.block.net_words_left = net_words;
    world.block.cpu_us_left = 2 * cpu_us;
    expect(LEDGER_OK, "");
    CHECK_EQ(world.block.net_words_left, 0);
    expect(LEDGER_BLOCK_NET_EXCEEDED, "not enough space left in block");
    world.block.net_words_left = 100 * net_words;
    expect(LEDGER_OK, "");
    CHECK_EQ(world.block.cpu_us_left, 0);
    expect(LEDGER_BLOCK_CPU_EXCEEDED, "left in the block");
    world_close(&world);
}

static void limit(int64_t net_words, int64_t cpu_us)
{
    ACT(&world, "0", "eosio::setalimits", "eosio", "niii", "alice", UNLIMITED, net_words, cpu_us);
}

static struct usage_row usage(const char *account)
{
    struct usage_row row;
    usage_row_get(world.state, name_of(account), world.block.slot, &row);
    return row;
}

static void test_account_limits(void)
{
    uint32_t net_words, cpu_us;
    open_world();
    measure(&net_words, &cpu_us);
    CHECK_EQ(usage("alice").cpu_used_us, 0); /* without a limit nothing is counted */
    limit(2 * net_words, UNLIMITED);
    expect(LEDGER_OK, "");
    CHECK_EQ(usage("alice").net_used_words, net_words);
    CHECK_EQ(usage("alice").cpu_used_us, cpu_us);
    CHECK_EQ(usage("bob").cpu_used_us, 0);
    expect(LEDGER_OK, "");
    expect(LEDGER_TX_NET_EXCEEDED, "> 0 words");
    CHECK_EQ(usage("alice").net_used_words, 2 * net_words);
    limit(UNLIMITED, 2 * cpu_us + 1);
    expect(LEDGER_TX_CPU_EXCEEDED, "of 1us allowed");
    limit(UNLIMITED, 3 * cpu_us);
    expect(LEDGER_OK, "");
    expect(LEDGER_TX_CPU_EXCEEDED, "of 0us allowed");
    /* The next window begins with nothing used. */
    world.block.slot = (world.block.slot / USAGE_WINDOW_SLOTS + 1) * USAGE_WINDOW_SLOTS - 1;
    expect(LEDGER_TX_CPU_EXCEEDED, "");
    world.block.slot++;
    expect(LEDGER_OK, "");
    CHECK_EQ(usage("alice").cpu_used_us, cpu_us);
    world_close(&world);
}

/* The first authorizer of all pays, whoever else signs. */
static void test_payer(void)
{
    open_world();
    limit(0, 0);
    draft_start(&draft);
    draft_add(&draft, "eosio.null::nonce", "", "");
    draft_add(&draft, "eosio.null::nonce", "bob alice", "");
    struct transaction_trace *trace = world_push(&world, "1 2", &draft);
    CHECK(trace->executed);
    trace_release(trace);
    draft_add(&draft, "eosio.null::nonce", "", "");
    draft.transaction.actions[0] = draft.transaction.actions[1];
    draft.transaction.actions[0].authorizations[0].actor = name_of("alice");
    trace = world_push(&world, "1 2", &draft);
    CHECK_EQ(trace->error.code, LEDGER_TX_NET_EXCEEDED);
    trace_release(trace);
    world_close(&world);
}

static void test_delay(void)
{
    open_world();
    draft.transaction.delay_sec = 1;
    expect(LEDGER_TX_DELAY, "delay_sec must be 0");
    world_close(&world);
}

int main(void)
{
    RUN(test_counts);
    RUN(test_deterministic);
    RUN(test_not_kept);
    RUN(test_transaction_limits);
    RUN(test_block_limits);
    RUN(test_account_limits);
    RUN(test_payer);
    RUN(test_delay);
    return 0;
}
