// SPDX-License-Identifier: Apache-2.0
/* The token contract: each action, each of its conditions, who pays for rows. */
#include "host/ledger/apply.h"
#include "tests/unit/ledger_world.h"

#define TOKEN(action) "eosio.token::" action

static struct world world;

/* alice (key 1) issues SYS and has 100 of them; bob has key 2, carol 3. */
static void open_world(void)
{
    world_open(&world);
    world_create(&world, "alice", "1 1:1");
    world_create(&world, "bob", "1 2:1");
    world_create(&world, "carol", "1 3:1");
    ACT(&world, "0", TOKEN("create"), "eosio.token", "na", "alice", "1000.0000 SYS");
    ACT(&world, "1", TOKEN("issue"), "alice", "nas", "alice", "100.0000 SYS", "memo");
}

#define REFUSED(text, ...)                                                                         \
    FAIL(&world, LEDGER_ASSERT_MESSAGE, "assertion failure with message: " text, __VA_ARGS__)

static symbol_code_t sys(void)
{
    symbol_code_t code = 0;
    CHECK(symbol_code_parse("SYS", 3, &code));
    return code;
}

/* -1: there is no row. */
static int64_t balance(const char *owner)
{
    struct row_key key =
        contract_row_key(name_of("eosio.token"), name_of(owner), name_of("accounts"), sys());
    struct bytes value;
    if (!state_get(world.state, row_key_view(&key), &value))
        return -1;
    struct reader reader = reader_of(value.data, value.size);
    (void)read_u64(&reader); /* the payer */
    int64_t amount = (int64_t)read_u64(&reader);
    CHECK_EQ(symbol_code(read_u64(&reader)), sys());
    CHECK(reader_done(&reader));
    return amount;
}

static int64_t supply(void)
{
    struct row_key key = contract_row_key(name_of("eosio.token"), sys(), name_of("stat"), sys());
    struct bytes value;
    CHECK(state_get(world.state, row_key_view(&key), &value));
    CHECK_EQ(value.size, 8 + 40);
    struct reader reader = reader_of(value.data, value.size);
    CHECK_EQ(read_u64(&reader), name_of("eosio.token"));
    return (int64_t)read_u64(&reader);
}

static uint64_t ram(const char *name)
{
    return world_account(&world, name).ram_usage_bytes;
}

static void test_create(void)
{
    open_world();
    REFUSED("token with symbol already exists", "0", TOKEN("create"), "eosio.token", "na", "bob",
            "5.0 SYS");
    REFUSED("max-supply must be positive", "0", TOKEN("create"), "eosio.token", "na", "bob",
            "0.0 TOK");
    REFUSED("max-supply must be positive", "0", TOKEN("create"), "eosio.token", "na", "bob",
            "-1.0 TOK");
    REFUSED("invalid supply", "0", TOKEN("create"), "eosio.token", "niy", "bob",
            ASSET_AMOUNT_MAX + 1, "4,TOK");
    REFUSED("invalid symbol name", "0", TOKEN("create"), "eosio.token", "niN", "bob", INT64_C(5),
            UINT64_C(0x4b4f7404)); /* a small letter */
    FAIL(&world, LEDGER_MISSING_AUTH, "missing authority of eosio.token", "1", TOKEN("create"),
         "alice", "na", "alice", "5.0 TOK");
    /* Nobody checks the issuer, as in the reference; the largest supply there is. */
    ACT(&world, "0", TOKEN("create"), "eosio.token", "niy", "nobody", ASSET_AMOUNT_MAX, "0,TOK");
    world_close(&world);
}

static void test_issue(void)
{
    open_world();
    CHECK_EQ(balance("alice"), 1000000);
    CHECK_EQ(supply(), 1000000);
    REFUSED("invalid symbol name", "1", TOKEN("issue"), "alice", "niNs", "alice", INT64_C(5),
            UINT64_C(0x13), "");
    REFUSED("token with symbol does not exist, create token before issue", "1", TOKEN("issue"),
            "alice", "nas", "alice", "1.0 TOK", "");
    REFUSED("tokens can only be issued to issuer account", "1", TOKEN("issue"), "alice", "nas",
            "bob", "1.0000 SYS", "");
    FAIL(&world, LEDGER_MISSING_AUTH, "missing authority of alice", "2", TOKEN("issue"), "bob",
         "nas", "alice", "1.0000 SYS", "");
    REFUSED("must issue positive quantity", "1", TOKEN("issue"), "alice", "nas", "alice",
            "0.0000 SYS", "");
    REFUSED("must issue positive quantity", "1", TOKEN("issue"), "alice", "nas", "alice",
            "-1.0000 SYS", "");
    REFUSED("invalid quantity", "1", TOKEN("issue"), "alice", "niys", "alice", ASSET_AMOUNT_MAX + 1,
            "4,SYS", "");
    REFUSED("symbol precision mismatch", "1", TOKEN("issue"), "alice", "nas", "alice", "1.0 SYS",
            "");
    REFUSED("quantity exceeds available supply", "1", TOKEN("issue"), "alice", "nas", "alice",
            "900.0001 SYS", "");
    ACT(&world, "1", TOKEN("issue"), "alice", "nas", "alice", "900.0000 SYS", "");
    CHECK_EQ(balance("alice"), 10000000);
    REFUSED("quantity exceeds available supply", "1", TOKEN("issue"), "alice", "nas", "alice",
            "0.0001 SYS", "");
    world_close(&world);
}

static void test_retire(void)
{
    open_world();
    ACT(&world, "1", TOKEN("retire"), "alice", "as", "40.0000 SYS", "");
    CHECK_EQ(balance("alice"), 600000);
    CHECK_EQ(supply(), 600000);
    REFUSED("invalid symbol name", "1", TOKEN("retire"), "alice", "iNs", INT64_C(5), UINT64_C(0),
            "");
    REFUSED("token with symbol does not exist", "1", TOKEN("retire"), "alice", "as", "1.0 TOK", "");
    FAIL(&world, LEDGER_MISSING_AUTH, "missing authority of alice", "2", TOKEN("retire"), "bob",
         "as", "1.0000 SYS", "");
    REFUSED("must retire positive quantity", "1", TOKEN("retire"), "alice", "as", "0.0000 SYS", "");
    REFUSED("invalid quantity", "1", TOKEN("retire"), "alice", "iys", INT64_MIN, "4,SYS", "");
    REFUSED("symbol precision mismatch", "1", TOKEN("retire"), "alice", "as", "1.00 SYS", "");
    REFUSED("overdrawn balance", "1", TOKEN("retire"), "alice", "as", "60.0001 SYS", "");
    REFUSED("overdrawn balance", "1", TOKEN("retire"), "alice", "iys", ASSET_AMOUNT_MAX, "4,SYS",
            "");
    ACT(&world, "1", TOKEN("retire"), "alice", "as", "60.0000 SYS", "");
    CHECK_EQ(supply(), 0);
    world_close(&world);
}

static void test_transfer(void)
{
    open_world();
    ACT(&world, "1", TOKEN("transfer"), "alice", "nnas", "alice", "bob", "25.5000 SYS", "hi");
    CHECK_EQ(balance("alice"), 745000);
    CHECK_EQ(balance("bob"), 255000);
    REFUSED("cannot transfer to self", "1", TOKEN("transfer"), "alice", "nnas", "alice", "alice",
            "1.0000 SYS", "");
    FAIL(&world, LEDGER_MISSING_AUTH, "missing authority of alice", "2", TOKEN("transfer"), "bob",
         "nnas", "alice", "bob", "1.0000 SYS", "");
    REFUSED("to account does not exist", "1", TOKEN("transfer"), "alice", "nnas", "alice", "nobody",
            "1.0000 SYS", "");
    REFUSED("unable to find key", "1", TOKEN("transfer"), "alice", "nnas", "alice", "bob",
            "1.0000 TOK", "");
    REFUSED("invalid quantity", "1", TOKEN("transfer"), "alice", "nniys", "alice", "bob", INT64_MIN,
            "4,SYS", "");
    REFUSED("must transfer positive quantity", "1", TOKEN("transfer"), "alice", "nnas", "alice",
            "bob", "0.0000 SYS", "");
    REFUSED("must transfer positive quantity", "1", TOKEN("transfer"), "alice", "nnas", "alice",
            "bob", "-1.0000 SYS", "");
    REFUSED("symbol precision mismatch", "1", TOKEN("transfer"), "alice", "nnas", "alice", "bob",
            "1 SYS", "");
    REFUSED("no balance object found", "3", TOKEN("transfer"), "carol", "nnas", "carol", "bob",
            "1.0000 SYS", "");
    REFUSED("overdrawn balance", "2", TOKEN("transfer"), "bob", "nnas", "bob", "carol",
            "25.5001 SYS", "");
    ACT(&world, "2", TOKEN("transfer"), "bob", "nnas", "bob", "carol", "25.5000 SYS", "");
    CHECK_EQ(balance("bob"), 0);
    world_close(&world);
}

static void test_memo(void)
{
    char memo[258];
    memset(memo, 'm', sizeof memo);
    memo[256] = '\0';
    open_world();
    ACT(&world, "1", TOKEN("transfer"), "alice", "nnas", "alice", "bob", "1.0000 SYS", memo);
    ACT(&world, "1", TOKEN("issue"), "alice", "nas", "alice", "1.0000 SYS", memo);
    ACT(&world, "1", TOKEN("retire"), "alice", "as", "1.0000 SYS", memo);
    memo[256] = 'm';
    memo[257] = '\0';
    REFUSED("memo has more than 256 bytes", "1", TOKEN("transfer"), "alice", "nnas", "alice", "bob",
            "1.0000 SYS", memo);
    REFUSED("memo has more than 256 bytes", "1", TOKEN("issue"), "alice", "nas", "alice",
            "1.0000 SYS", memo);
    REFUSED("memo has more than 256 bytes", "1", TOKEN("retire"), "alice", "as", "1.0000 SYS",
            memo);
    world_close(&world);
}

static void test_open_close(void)
{
    open_world();
    REFUSED("owner account does not exist", "2", TOKEN("open"), "bob", "nyn", "nobody", "4,SYS",
            "bob");
    REFUSED("symbol does not exist", "2", TOKEN("open"), "bob", "nyn", "bob", "4,TOK", "bob");
    REFUSED("symbol precision mismatch", "2", TOKEN("open"), "bob", "nyn", "bob", "3,SYS", "bob");
    FAIL(&world, LEDGER_MISSING_AUTH, "missing authority of bob", "3", TOKEN("open"), "carol",
         "nyn", "bob", "4,SYS", "bob");
    ACT(&world, "2", TOKEN("open"), "bob", "nyn", "carol", "4,SYS", "bob");
    CHECK_EQ(balance("carol"), 0);
    /* Once more changes nothing. */
    ACT(&world, "3", TOKEN("open"), "carol", "nyn", "carol", "4,SYS", "carol");
    ACT(&world, "3", TOKEN("close"), "carol", "ny", "carol", "4,SYS");
    CHECK_EQ(balance("carol"), -1);
    REFUSED("Balance row already deleted or never existed. Action won't have any effect.", "3",
            TOKEN("close"), "carol", "ny", "carol", "4,SYS");
    REFUSED("Cannot close because the balance is not zero.", "1", TOKEN("close"), "alice", "ny",
            "alice", "4,SYS");
    FAIL(&world, LEDGER_MISSING_AUTH, "missing authority of alice", "2", TOKEN("close"), "bob",
         "ny", "alice", "4,SYS");
    world_close(&world);
}

/* A balance and its table cost 112 bytes each, and 16 for the balance. */
static void test_payers(void)
{
    open_world();
    uint64_t alice = ram("alice"), bob = ram("bob"), carol = ram("carol");
    ACT(&world, "1", TOKEN("transfer"), "alice", "nnas", "alice", "bob", "10.0000 SYS", "");
    CHECK_EQ(ram("alice"), alice + 240); /* the sender pays for the receiver's first row */
    CHECK_EQ(ram("bob"), bob);
    ACT(&world, "1 3", TOKEN("transfer"), "alice carol", "nnas", "alice", "carol", "10.0000 SYS",
        "");
    CHECK_EQ(ram("alice"), alice + 240); /* unless the receiver has signed */
    CHECK_EQ(ram("carol"), carol + 240);
    /* Who spends takes the row over; the table stays its first payer's. */
    ACT(&world, "2", TOKEN("transfer"), "bob", "nnas", "bob", "alice", "1.0000 SYS", "");
    CHECK_EQ(ram("alice"), alice + 112);
    CHECK_EQ(ram("bob"), bob + 128);
    ACT(&world, "2", TOKEN("transfer"), "bob", "nnas", "bob", "alice", "9.0000 SYS", "");
    ACT(&world, "2", TOKEN("close"), "bob", "ny", "bob", "4,SYS");
    CHECK_EQ(ram("alice"), alice);
    CHECK_EQ(ram("bob"), bob);
    world_close(&world);
}

static void test_malformed(void)
{
    static const uint8_t zeros[64];
    struct bytes short_data = {zeros, 3}, long_data = {zeros, 64};
    static const char *const actions[] = {TOKEN("create"),   TOKEN("issue"), TOKEN("retire"),
                                          TOKEN("transfer"), TOKEN("open"),  TOKEN("close")};
    open_world();
    for (unsigned i = 0; i < sizeof actions / sizeof actions[0]; i++) {
        FAIL(&world, LEDGER_INVALID_ACTION_ARGS, "", "1", actions[i], "alice", "r", short_data);
        FAIL(&world, LEDGER_INVALID_ACTION_ARGS, "", "1", actions[i], "alice", "r", long_data);
    }
    FAIL(&world, LEDGER_ACTION_NOT_FOUND, "eosio.token has no action burn", "1", TOKEN("burn"),
         "alice", "");
    world_close(&world);
}

static void check_trace(const struct action_trace *action, uint32_t ordinal, uint32_t creator,
                        const char *receiver, uint64_t sequence)
{
    CHECK_EQ(action->ordinal, ordinal);
    CHECK_EQ(action->creator_ordinal, creator);
    CHECK_EQ(action->notifier_ordinal, creator);
    CHECK_EQ(action->receiver, name_of(receiver));
    CHECK_EQ(action->action->account, name_of("eosio.token"));
    CHECK_EQ(action->global_sequence, sequence);
}

/* Both sides are notified, behind the action itself. */
static void test_notifications(void)
{
    static struct draft draft;
    open_world();
    uint64_t before = world.block.global.global_sequence;
    draft_start(&draft);
    draft_add(&draft, TOKEN("transfer"), "alice", "nnas", "alice", "bob", "1.0000 SYS", "");
    struct transaction_trace *trace = world_push(&world, "1", &draft);
    CHECK(trace->executed);
    CHECK_EQ(trace->action_count, 3);
    check_trace(&trace->actions[0], 1, 0, "eosio.token", before + 1);
    check_trace(&trace->actions[1], 2, 1, "alice", before + 2);
    check_trace(&trace->actions[2], 3, 1, "bob", before + 3);
    CHECK(trace->actions[2].action == trace->actions[0].action);
    CHECK_EQ(trace->actions[0].ram_delta_count, 1);
    CHECK_EQ(trace->actions[0].ram_deltas[0].account, name_of("alice"));
    CHECK_EQ(trace->actions[0].ram_deltas[0].bytes, 240);
    CHECK_EQ(trace->actions[1].ram_delta_count, 0);
    trace_release(trace);
    /* Actions of other contracts are nothing to it. */
    ACT(&world, "1", "bob::transfer", "alice", "nnas", "alice", "bob", "1.0000 SYS", "");
    CHECK_EQ(balance("bob"), 10000);
    world_close(&world);
}

int main(void)
{
    RUN(test_create);
    RUN(test_issue);
    RUN(test_retire);
    RUN(test_transfer);
    RUN(test_memo);
    RUN(test_open_close);
    RUN(test_payers);
    RUN(test_malformed);
    RUN(test_notifications);
    return 0;
}
