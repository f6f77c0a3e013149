// SPDX-License-Identifier: Apache-2.0
/* Which keys satisfy which authorities, and which keys count as used. */
#include "host/ledger/authority_check.h"
#include "tests/unit/ledger_world.h"

static struct world world;

static void open_world(void)
{
    world_open(&world);
    world_create(&world, "alice", "1 1:1");
    world_create(&world, "bob", "1 2:1");
    world_create(&world, "carol", "1 3:1");
}

/* alice's active becomes this. */
static void set(const char *authority)
{
    ACT(&world, "1", "eosio::updateauth", "alice@owner", "nnnA", "alice", "active", "owner",
        authority);
}

/* What alice@active says to these keys. */
static enum ledger_error_code with(const char *keys)
{
    return world_act(&world, keys, "eosio.null::nonce", "alice", "");
}

#define SATISFIED   LEDGER_OK
#define UNSATISFIED LEDGER_UNSATISFIED_AUTHORIZATION
#define IRRELEVANT  LEDGER_IRRELEVANT_SIG

struct expectation {
    const char *keys;
    enum ledger_error_code code;
};

static void check(const char *authority, const struct expectation *expectations, unsigned count)
{
    set(authority);
    for (unsigned i = 0; i < count; i++) {
        if (with(expectations[i].keys) != expectations[i].code)
            printf("# %s with keys %s: %d %s\n", authority, expectations[i].keys, world.error.code,
                   world.error.message);
        CHECK_EQ(world.error.code, expectations[i].code);
    }
}
#define CHECK_AUTHORITY(authority, ...)                                                            \
    do {                                                                                           \
        const struct expectation expectations_[] = {__VA_ARGS__};                                  \
        check(authority, expectations_, sizeof expectations_ / sizeof expectations_[0]);           \
    } while (0)

static void test_keys(void)
{
    open_world();
    CHECK_AUTHORITY("1 1:1", {"1", SATISFIED}, {"", UNSATISFIED}, {"2", UNSATISFIED},
                    {"1 2", IRRELEVANT}, {"2 1", IRRELEVANT});
    CHECK_AUTHORITY("2 4:1 5:1", {"4", UNSATISFIED}, {"5", UNSATISFIED}, {"4 5", SATISFIED},
                    {"5 4", SATISFIED}, {"4 5 6", IRRELEVANT});
    CHECK_AUTHORITY("2 4:1 5:1 6:1", {"4 6", SATISFIED}, {"6 5", SATISFIED}, {"6", UNSATISFIED},
                    {"4 5 6", IRRELEVANT}); /* two suffice */
    world_close(&world);
}

static void test_weights(void)
{
    open_world();
    CHECK_AUTHORITY("3 4:1 5:2 6:3", {"6", SATISFIED}, {"4 5", SATISFIED}, {"5", UNSATISFIED},
                    {"4", UNSATISFIED}, {"5 6", IRRELEVANT}); /* the heaviest comes first */
    CHECK_AUTHORITY("65536 4:65535 5:1", {"4", UNSATISFIED}, {"4 5", SATISFIED});
    /* In what keys it had tried before it was satisfied, a light one may be used in vain: 6 and 5
     * do not suffice, 4 completes them. */
    CHECK_AUTHORITY("6 4:1 5:2 6:3", {"4 5 6", SATISFIED}, {"5 6", UNSATISFIED});
    CHECK_AUTHORITY("5 4:1 5:2 6:3", {"5 6", SATISFIED}, {"4 5 6", IRRELEVANT});
    world_close(&world);
}

/* A wait never counts: nothing is delayed. */
static void test_waits(void)
{
    open_world();
    CHECK_AUTHORITY("2 4:1 5:1 w1:2", {"4", UNSATISFIED}, {"4 5", SATISFIED}, {"", UNSATISFIED});
    ACT(&world, "1", "eosio::newaccount", "alice@owner", "nnAA", "alice", "dave", "1 w1:1",
        "1 w1:1");
    FAIL(&world, UNSATISFIED, "", "", "eosio.null::nonce", "dave", "");
    world_close(&world);
}

static void test_accounts(void)
{
    open_world();
    CHECK_AUTHORITY("1 bob@active:1", {"2", SATISFIED}, {"1", UNSATISFIED}, {"2 1", IRRELEVANT});
    CHECK_AUTHORITY("2 bob@active:1 carol@active:1", {"2", UNSATISFIED}, {"2 3", SATISFIED});
    CHECK_AUTHORITY("2 4:1 bob@active:1 carol@active:1", {"2 4", SATISFIED}, {"3 4", SATISFIED},
                    {"2 3", SATISFIED}, {"4", UNSATISFIED}, {"2 3 4", IRRELEVANT});
    /* Keys come before accounts of the same weight: bob is not asked. */
    CHECK_AUTHORITY("1 2:1 4:1 bob@active:1", {"2", SATISFIED}, {"4", SATISFIED},
                    {"2 4", IRRELEVANT});
    /* A heavier account comes before a key. */
    CHECK_AUTHORITY("2 4:1 bob@active:2", {"2", SATISFIED}, {"2 4", IRRELEVANT});
    world_close(&world);
}

/* Keys of an authority that fails do not count as used. */
static void test_reverted(void)
{
    open_world();
    ACT(&world, "2", "eosio::updateauth", "bob@owner", "nnnA", "bob", "active", "owner",
        "2 5:1 6:1");
    CHECK_AUTHORITY("2 4:2 bob@active:3", {"4", SATISFIED}, {"4 5", IRRELEVANT}, {"5 6", SATISFIED},
                    {"5", UNSATISFIED});
    world_close(&world);
}

static void test_cycles(void)
{
    open_world();
    ACT(&world, "2", "eosio::updateauth", "bob@owner", "nnnA", "bob", "active", "owner",
        "1 2:1 alice@active:1");
    CHECK_AUTHORITY("1 1:1 bob@active:1", {"1", SATISFIED}, {"2", SATISFIED}, {"3", UNSATISFIED});
    CHECK_AUTHORITY("2 1:1 alice@active:1", {"1", UNSATISFIED}); /* not by itself */
    ACT(&world, "2", "eosio::updateauth", "bob@owner", "nnnA", "bob", "active", "owner",
        "1 alice@active:1");
    CHECK_AUTHORITY("1 bob@active:1", {"1 2", UNSATISFIED}, {"", UNSATISFIED});
    world_close(&world);
}

/* a1 has key 1; a2 is controlled by a1, and so on. */
static void test_depth(void)
{
    char name[8] = "chaina", authority[32] = "1 1:1";
    open_world();
    for (char last = 'a'; last <= 'g'; last++) {
        name[5] = last;
        ACT(&world, "0", "eosio::newaccount", "eosio", "nnAA", "eosio", name, "1 9:1", authority);
        snprintf(authority, sizeof authority, "1 %s@active:1", name);
    }
    /* The first is satisfied at depth 0, the sixth asks for it at depth 5, the seventh at 6. */
    ACT(&world, "1", "eosio.null::nonce", "chaina", "");
    ACT(&world, "1", "eosio.null::nonce", "chainf", "");
    FAIL(&world, UNSATISFIED, "chaing@active", "1", "eosio.null::nonce", "chaing", "");
    /* What one authorization has found too deep another one asks for again: abel tries chaing in
     * vain, below which chainc is not satisfied. */
    ACT(&world, "0", "eosio::newaccount", "eosio", "nnAA", "eosio", "abel", "1 9:1",
        "1 5:1 chaing@active:2");
    ACT(&world, "1 5", "eosio.null::nonce", "abel chainc", "");
    struct chain_parameters parameters = world.block.parameters;
    parameters.max_authority_depth = 7;
    world_set_parameters(&world, &parameters);
    ACT(&world, "1", "eosio.null::nonce", "chaing", "");
    world_close(&world);
}

/* Several actions, each with its authorizations: all must be satisfied, a key serves twice. */
static void test_many(void)
{
    static struct draft draft;
    open_world();
    draft_start(&draft);
    draft_add(&draft, "eosio.null::nonce", "alice bob", "");
    draft_add(&draft, "eosio.null::nonce", "alice@owner", "");
    draft_add(&draft, "eosio.null::nonce", "", "");
    static const struct expectation expectations[] = {
        {"1 2", SATISFIED}, {"2 1", SATISFIED},    {"1", UNSATISFIED},
        {"2", UNSATISFIED}, {"1 2 3", IRRELEVANT}, {"1 2 1", LEDGER_TX_DUPLICATE_SIG}};
    for (unsigned i = 0; i < sizeof expectations / sizeof expectations[0]; i++) {
        struct transaction_trace *trace = world_push(&world, expectations[i].keys, &draft);
        CHECK_EQ(trace->error.code, expectations[i].code);
        trace_release(trace);
    }
    world_close(&world);
}

static void test_refused(void)
{
    open_world();
    FAIL(&world, LEDGER_TX_NO_AUTHS, "at least one authorization", "", "eosio.null::nonce", "", "");
    FAIL(&world, LEDGER_TRANSACTION, "action's authorizing actor 'dave' does not exist", "1",
         "eosio.null::nonce", "alice dave", "");
    FAIL(&world, LEDGER_TRANSACTION, "a non-existent permission: alice@spend", "1",
         "eosio.null::nonce", "alice@spend", "");
    FAIL(&world, LEDGER_UNSATISFIED_AUTHORIZATION,
         "transaction declares authority 'alice@active', but does not have signatures for it", "2",
         "eosio.null::nonce", "alice", "");
    /* The first one in the order of names. */
    FAIL(&world, LEDGER_UNSATISFIED_AUTHORIZATION, "authority 'alice@active'", "",
         "eosio.null::nonce", "bob alice", "");
    FAIL(&world, LEDGER_IRRELEVANT_SIG, "irrelevant signatures from these keys: [\"EOS", "1 2",
         "eosio.null::nonce", "alice", "");
    world_close(&world);
}

static struct permission_level layered(unsigned layer, unsigned place)
{
    return (struct permission_level){name_of("bob"), 1 + layer * 64 + place % 64};
}

/* Twenty layers of 64 permissions, each controlled by sixteen of the next layer: the check gives
 * up, and says no. */
static void test_steps(void)
{
    static struct authority_check search;
    struct permission_row row = {.parent = name_of("active")};
    open_world();
    for (unsigned layer = 0; layer < 20; layer++) {
        for (unsigned place = 0; place < 64; place++) {
            row.authority = (struct authority){.threshold = 1, .account_count = 16};
            for (unsigned i = 0; i < 16; i++)
                row.authority.accounts[i] =
                    (struct permission_weight){layered(layer + 1, place * 16 + i), 1};
            struct permission_level level = layered(layer, place);
            permission_row_put(world.state, level.actor, level.permission, &row);
        }
    }
    authority_check_init(&search, world.state, 100, NULL, 0, NULL);
    CHECK_EQ(search.depth_max, AUTHORITY_CHECK_DEPTH_MAX);
    CHECK(!authority_check_level(&search, layered(0, 0)));
    CHECK_EQ(search.steps, AUTHORITY_CHECK_STEPS_MAX);
    world_close(&world);
}

static void test_required_keys(void)
{
    static struct draft draft;
    struct public_key keys[] = {world_key(7), world_key(2), world_key(1), world_key(3)};
    bool used[4];
    struct ledger_error error;
    open_world();
    draft_start(&draft);
    draft_add(&draft, "eosio.null::nonce", "alice bob", "");
    CHECK(authorize_transaction(world.state, &world.block.parameters, &draft.transaction, keys, 4,
                                used, &error));
    CHECK(!used[0] && used[1] && used[2] && !used[3]);
    CHECK(!authorize_transaction(world.state, &world.block.parameters, &draft.transaction, keys, 2,
                                 used, &error));
    CHECK_EQ(error.code, UNSATISFIED);
    CHECK(!used[0] && !used[1]);
    /* Of two ways the one by an own key. */
    set("1 3:1 bob@active:1");
    draft_start(&draft);
    draft_add(&draft, "eosio.null::nonce", "alice", "");
    CHECK(authorize_transaction(world.state, &world.block.parameters, &draft.transaction, keys, 4,
                                used, &error));
    CHECK(!used[0] && !used[1] && !used[2] && used[3]);
    set("1 1:1");
    draft_start(&draft);
    draft_add(&draft, "eosio.null::nonce", "alice bob", "");
    static struct public_key many[AUTHORIZE_KEYS_MAX + 1];
    static bool many_used[AUTHORIZE_KEYS_MAX + 1];
    for (unsigned i = 0; i <= AUTHORIZE_KEYS_MAX; i++)
        many[i] = world_key(i);
    CHECK(authorize_transaction(world.state, &world.block.parameters, &draft.transaction, many,
                                AUTHORIZE_KEYS_MAX, many_used, &error));
    CHECK(many_used[1] && many_used[2] && !many_used[255]);
    CHECK(!authorize_transaction(world.state, &world.block.parameters, &draft.transaction, many,
                                 AUTHORIZE_KEYS_MAX + 1, many_used, &error));
    world_close(&world);
}

int main(void)
{
    RUN(test_keys);
    RUN(test_weights);
    RUN(test_waits);
    RUN(test_accounts);
    RUN(test_reverted);
    RUN(test_cycles);
    RUN(test_depth);
    RUN(test_many);
    RUN(test_refused);
    RUN(test_steps);
    RUN(test_required_keys);
    return 0;
}
