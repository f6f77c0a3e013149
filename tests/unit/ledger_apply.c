// SPDX-License-Identifier: Apache-2.0
/* What contracts can do: notifications, inline actions, console, rows and who pays for them. */
#include "host/wire/hash.h"
#include "tests/unit/ledger_script.h"
#include "tests/unit/ledger_world.h"

static struct world world = {.contract_of = script_contract_of};
static struct script script, inner;
static struct draft draft;

/* Keys: alice 1, bob 2, script and other 3, echo 4. Code of script may act for script. */
static void open_world(void)
{
    world_open(&world);
    world_create(&world, "alice", "1 1:1");
    world_create(&world, "bob", "1 2:1");
    world_create(&world, "script", "1 3:1");
    world_create(&world, "other", "1 3:1");
    world_create(&world, "echo", "1 4:1");
    ACT(&world, "3", "eosio::updateauth", "script@owner", "nnnA", "script", "active", "owner",
        "1 3:1 script@eosio.code:1");
    script_start(&script);
    script_start(&inner);
}

static struct action action_of(const char *account, const char *actor, struct bytes data)
{
    struct action action = {.account = name_of(account), .name = name_of("run"), .data = data};
    if (actor[0] != '\0') {
        action.authorization_count = 1;
        action.authorizations[0] = (struct permission_level){name_of(actor), name_of("active")};
    }
    return action;
}

/* alice runs the script. */
static struct transaction_trace *run(void)
{
    draft_start(&draft);
    draft_add(&draft, "script::run", "alice", "r", script_data(&script));
    return world_push(&world, "1", &draft);
}

#define RUN_SCRIPT(authorizations, keys)                                                           \
    ACT(&world, keys, "script::run", authorizations, "r", script_data(&script))
#define SCRIPT_FAILS(code, text)                                                                   \
    do {                                                                                           \
        FAIL(&world, code, text, "1", "script::run", "alice", "r", script_data(&script));          \
        script_start(&script);                                                                     \
    } while (0)

static struct bytes text(const char *chars)
{
    return (struct bytes){(const uint8_t *)chars, strlen(chars)};
}

struct expected {
    uint32_t creator, notifier;
    const char *receiver, *account;
    unsigned order; /* from 1; 0: did not run */
};

static void check_actions(const struct transaction_trace *trace, uint64_t before,
                          const struct expected *expected, unsigned count)
{
    CHECK_EQ(trace->action_count, count);
    for (unsigned i = 0; i < count; i++) {
        const struct action_trace *action = &trace->actions[i];
        CHECK_EQ(action->ordinal, i + 1);
        CHECK_EQ(action->creator_ordinal, expected[i].creator);
        CHECK_EQ(action->notifier_ordinal, expected[i].notifier);
        CHECK_EQ(action->receiver, name_of(expected[i].receiver));
        CHECK_EQ(action->action->account, name_of(expected[i].account));
        CHECK_EQ(action->global_sequence, expected[i].order != 0 ? before + expected[i].order : 0);
    }
}

/* From its definition. */
static void check_trace_digest(const struct transaction_trace *trace)
{
    static uint8_t said[4096];
    uint8_t expected[32], digest[32];
    struct writer writer = writer_of(said, sizeof said);
    write_copy(&writer, trace->id, sizeof trace->id);
    for (unsigned i = 0; i < trace->action_count; i++) {
        const struct action_trace *action = &trace->actions[i];
        bool notification = action->receiver != action->action->account;
        write_u32(&writer, action->creator_ordinal);
        write_u64(&writer, action->receiver);
        write_u64(&writer, action->global_sequence);
        write_u8(&writer, notification);
        if (action->creator_ordinal != 0 && !notification)
            action_write(&writer, action->action);
    }
    CHECK(!writer.failed);
    struct bytes whole = {said, writer_size(&writer)};
    hash_sha256(&whole, 1, expected);
    trace_digest(trace, digest);
    CHECK_MEM(digest, expected, sizeof digest);
}

/* Two actions of the transaction; the first notifies bob and echo, sends an inline action, and so
 * does echo, whose inline action notifies, too. */
static void test_order(void)
{
    /* Asked for in this order: by the transaction; by its first action; by echo; and so on. */
    static const struct expected expected[] = {
        {0, 0, "script", "script", 1}, {0, 0, "eosio.null", "eosio.null", 7},
        {1, 1, "bob", "script", 2},    {1, 1, "eosio.null", "eosio.null", 4},
        {1, 1, "echo", "script", 3},   {5, 1, "other", "other", 5},
        {6, 6, "alice", "other", 6}};
    open_world();
    ACT(&world, "4", "eosio::updateauth", "echo@owner", "nnnA", "echo", "active", "owner",
        "1 4:1 echo@eosio.code:1");
    script_notify(&inner, "alice");
    struct action null = action_of("eosio.null", "script", text(""));
    struct action other = action_of("other", "echo", script_data(&inner));
    script_notify(&script, "bob");
    script_inline(&script, &null);
    script_notify(&script, "echo");
    script_notify(&script, "bob"); /* once */
    script_echo(&script);
    script_inline(&script, &other);
    uint64_t before = world.block.global.global_sequence;
    draft_start(&draft);
    draft_add(&draft, "script::run", "alice", "r", script_data(&script));
    draft_add(&draft, "eosio.null::nonce", "alice", "");
    struct transaction_trace *trace = world_push(&world, "1", &draft);
    CHECK(trace->executed);
    check_actions(trace, before, expected, 7);
    check_trace_digest(trace);
    CHECK_EQ(world.block.global.global_sequence, before + 7);
    trace_release(trace);
    world_close(&world);
}

/* A trace that is too large for the digest's buffer. */
static void test_large_trace_digest(void)
{
    static const uint8_t data[3000] = {1, 2, 3};
    name_t script_name = name_of("script");
    struct action inlined = {.account = script_name, .data = {data, sizeof data}};
    struct action own = {.account = script_name};
    struct action_trace actions[] = {
        {.ordinal = 1, .receiver = script_name, .action = &own},
        {.ordinal = 2, .creator_ordinal = 1, .receiver = script_name, .action = &inlined}};
    struct transaction_trace trace = {.executed = true, .action_count = 2, .actions = actions};
    check_trace_digest(&trace);
}

static void test_digest(void)
{
    open_world();
    struct transaction_trace *trace = run();
    const struct action_trace *action = &trace->actions[0];
    uint8_t packed[128], digest[32];
    struct writer writer = writer_of(packed, sizeof packed);
    write_u64(&writer, action->receiver);
    action_write(&writer, action->action);
    write_u64(&writer, action->global_sequence);
    struct bytes whole = {packed, writer_size(&writer)};
    hash_sha256(&whole, 1, digest);
    uint8_t made[32];
    action_trace_digest(action, made);
    CHECK_MEM(made, digest, sizeof made);
    trace_release(trace);
    world_close(&world);
}

/* The error is the inline action's; what comes behind it does not run; all is undone. */
static void test_failing_inline(void)
{
    static const struct expected expected[] = {{0, 0, "script", "script", 1},
                                               {0, 0, "eosio.null", "eosio.null", 0},
                                               {1, 1, "bob", "script", 2},
                                               {1, 1, "script", "script", 0},
                                               {1, 1, "eosio.null", "eosio.null", 0}};
    open_world();
    script_print(&inner, "so far");
    script_fail(&inner, "no further");
    struct action failing = action_of("script", "script", script_data(&inner));
    struct action null = action_of("eosio.null", "script", text(""));
    script_notify(&script, "bob");
    script_put(&script, 1, "script", 10);
    script_inline(&script, &failing);
    script_inline(&script, &null);
    uint64_t before = world.block.global.global_sequence;
    draft_start(&draft);
    draft_add(&draft, "script::run", "alice", "r", script_data(&script));
    draft_add(&draft, "eosio.null::nonce", "alice", "");
    struct transaction_trace *trace = world_push(&world, "1", &draft);
    CHECK(!trace->executed);
    CHECK_EQ(trace->error.code, LEDGER_ASSERT_MESSAGE);
    CHECK(strcmp(trace->error.message, "assertion failure with message: no further") == 0);
    check_actions(trace, before, expected, 5);
    for (unsigned i = 0; i < trace->action_count; i++)
        CHECK_EQ(trace->actions[i].failed, i == 3);
    CHECK_EQ(trace->actions[3].console.size, 6);
    CHECK_EQ(trace->actions[0].ram_delta_count, 1);
    CHECK_EQ(world.block.global.global_sequence, before);
    trace_release(trace);
    SCRIPT_FAILS(LEDGER_ASSERT_MESSAGE, "no further");
    world_close(&world);
}

static void test_failing_notification(void)
{
    open_world();
    script_put(&script, 1, "script", 10);
    script_notify(&script, "echo");
    script_echo(&script);
    script_fail(&script, "echo does not like it");
    SCRIPT_FAILS(LEDGER_ASSERT_MESSAGE, "echo does not like it");
    script_notify(&script, "nobody");
    SCRIPT_FAILS(LEDGER_ACTION_VALIDATE, "account nobody, which is to be notified, does not exist");
    script_require_auth(&script, "alice");
    script_notify(&script, "eosio"); /* who takes no notice */
    script_notify(&script, "eosio.token");
    RUN_SCRIPT("alice", "1");
    script_start(&script);
    script_require_auth(&script, "bob");
    SCRIPT_FAILS(LEDGER_MISSING_AUTH, "missing authority of bob");
    world_close(&world);
}

static void test_inline_authorization(void)
{
    struct action action = action_of("eosio.null", "script", text("data"));
    open_world();
    script_inline(&script, &action);
    RUN_SCRIPT("alice", "1");
    /* alice's own authorization is not the contract's. */
    script_start(&script);
    action = action_of("eosio.null", "alice", text(""));
    script_inline(&script, &action);
    SCRIPT_FAILS(LEDGER_UNSATISFIED_AUTHORIZATION, "declares authority 'alice@active'");
    ACT(&world, "1", "eosio::updateauth", "alice@owner", "nnnA", "alice", "active", "owner",
        "1 1:1 script@eosio.code:1");
    script_inline(&script, &action);
    RUN_SCRIPT("alice", "1");
    /* Through a link, the minimum permission holds for inline actions too. */
    ACT(&world, "1", "eosio::linkauth", "alice@owner", "nnnn", "alice", "eosio.null", "run",
        "owner");
    SCRIPT_FAILS(LEDGER_IRRELEVANT_AUTH, "minimum authority is alice@owner");
    /* No authorization at all is nobody's to refuse. */
    action = action_of("eosio.null", "", text(""));
    script_inline(&script, &action);
    RUN_SCRIPT("alice", "1");
    world_close(&world);
}

static void test_inline_refused(void)
{
    struct action action = action_of("nobody", "script", text(""));
    open_world();
    script_inline(&script, &action);
    SCRIPT_FAILS(LEDGER_ACTION_VALIDATE, "inline action's code account nobody does not exist");
    action = action_of("eosio.null", "nobody", text(""));
    script_inline(&script, &action);
    SCRIPT_FAILS(LEDGER_ACTION_VALIDATE, "inline action's authorizing actor nobody does not exist");
    action = action_of("eosio.null", "script", text(""));
    action.authorizations[0].permission = name_of("spend");
    script_inline(&script, &action);
    SCRIPT_FAILS(LEDGER_TRANSACTION, "non-existent permission: script@spend");
    world_close(&world);
}

static void make_privileged(const char *name)
{
    struct account_row row = world_account(&world, name);
    row.privileged = true;
    account_row_put(world.state, name_of(name), &row);
}

static void test_privileged(void)
{
    struct action action = action_of("eosio.null", "alice", text(""));
    open_world();
    make_privileged("script");
    script_inline(&script, &action);
    script_put(&script, 1, "bob", 10);
    RUN_SCRIPT("alice", "1");
    script_start(&script);
    script_put(&script, 2, "nobody", 10);
    SCRIPT_FAILS(LEDGER_ACTION_VALIDATE, "account nobody, which is to pay for RAM");
    world_close(&world);
}

/* script calls itself; each level has the rest of the levels as its data. */
static void nest(unsigned levels)
{
    struct action action;
    script_start(&script);
    for (unsigned i = 0; i < levels; i++) {
        inner = script;
        inner.writer.start = inner.bytes;
        action = action_of(
            "script", "script",
            (struct bytes){inner.bytes, (size_t)(script.writer.next - script.writer.start)});
        script_start(&script);
        script_inline(&script, &action);
    }
}

static void test_depth(void)
{
    open_world();
    CHECK_EQ(world.block.parameters.max_inline_depth, 4);
    nest(4);
    RUN_SCRIPT("alice", "1");
    nest(5);
    SCRIPT_FAILS(LEDGER_TRANSACTION, "max inline action depth per transaction reached");
    world_close(&world);
}

static void test_too_many(void)
{
    struct action action = action_of("eosio.null", "", text(""));
    open_world();
    for (unsigned i = 0; i < TRACE_ACTIONS_MAX - 1; i++)
        script_inline(&script, &action);
    RUN_SCRIPT("alice", "1");
    script_notify(&script, "bob");
    SCRIPT_FAILS(LEDGER_TRANSACTION, "more than 1024 actions");
    for (unsigned i = 0; i < TRACE_ACTIONS_MAX; i++)
        script_inline(&script, &action);
    SCRIPT_FAILS(LEDGER_TRANSACTION, "more than 1024 actions");
    world_close(&world);
}

static void test_console(void)
{
    static char long_text[TRACE_CONSOLE_MAX + 100];
    open_world();
    script_print(&script, "one ");
    script_print(&script, "");
    script_print(&script, "two");
    struct transaction_trace *trace = run();
    CHECK_EQ(trace->actions[0].console.size, 7);
    CHECK_MEM(trace->actions[0].console.data, "one two", 7);
    trace_release(trace);
    memset(long_text, 'x', sizeof long_text - 1);
    script_print(&script, long_text);
    trace = run();
    CHECK_EQ(trace->actions[0].console.size, TRACE_CONSOLE_MAX);
    CHECK_MEM(trace->actions[0].console.data, "one twoxx", 9);
    trace_release(trace);
    world_close(&world);
}

/* ------------------------------------------------------------------ rows */

static uint64_t ram(const char *name)
{
    return world_account(&world, name).ram_usage_bytes;
}

/* Number of rows of the table as its row says; 0: there is none. */
static unsigned table_rows(void)
{
    struct row_key key = table_key(name_of("script"), name_of("rows"), 0);
    struct bytes value;
    if (!state_get(world.state, row_key_view(&key), &value))
        return 0;
    CHECK_EQ(value.size, 12);
    struct reader reader = reader_of(value.data + 8, 4);
    return read_u32(&reader);
}

#define STEP(authorizations, keys)                                                                 \
    do {                                                                                           \
        RUN_SCRIPT(authorizations, keys);                                                          \
        script_start(&script);                                                                     \
    } while (0)

static void test_rows(void)
{
    open_world();
    uint64_t alice = ram("alice"), own = ram("script");
    script_put(&script, 1, "alice", 10);
    script_put(&script, 2, "script", 300);
    STEP("alice", "1");
    CHECK_EQ(table_rows(), 2);
    CHECK_EQ(ram("alice"), alice + 112 + 112 + 10);
    CHECK_EQ(ram("script"), own + 112 + 300);
    script_put(&script, 1, "", 30); /* grows, its payer has signed */
    script_put(&script, 2, "", 200);
    STEP("alice", "1");
    CHECK_EQ(ram("alice"), alice + 112 + 112 + 30);
    CHECK_EQ(ram("script"), own + 112 + 200);
    script_put(&script, 1, "script", 0); /* taken over */
    STEP("bob", "2");
    CHECK_EQ(ram("alice"), alice + 112);
    CHECK_EQ(ram("script"), own + 112 + 200 + 112);
    script_erase(&script, 1);
    STEP("bob", "2");
    CHECK_EQ(table_rows(), 1);
    script_erase(&script, 2);
    STEP("bob", "2");
    CHECK_EQ(table_rows(), 0);
    CHECK_EQ(ram("alice"), alice);
    CHECK_EQ(ram("script"), own);
    world_close(&world);
}

static void test_row_payers(void)
{
    open_world();
    script_put(&script, 1, "bob", 10);
    SCRIPT_FAILS(LEDGER_MISSING_AUTH, "missing authority of bob");
    script_put(&script, 1, "nobody", 10);
    SCRIPT_FAILS(LEDGER_MISSING_AUTH, "missing authority of nobody");
    script_put_foreign(&script, "other", 1);
    SCRIPT_FAILS(LEDGER_DATABASE, "db access violation");
    /* Who is notified may write, at its own cost. */
    uint64_t echo = ram("echo");
    script_notify(&script, "echo");
    script_echo(&script);
    script_put(&script, 1, "echo", 10);
    STEP("alice", "1");
    CHECK_EQ(ram("echo"), echo + 112 + 112 + 10);
    script_notify(&script, "echo");
    script_echo(&script);
    script_put(&script, 2, "alice", 10);
    SCRIPT_FAILS(LEDGER_MISSING_AUTH, "Cannot charge RAM to other accounts during notify.");
    /* A row that shrinks needs nobody. */
    script_put(&script, 1, "bob", 10);
    STEP("bob", "2");
    script_put(&script, 1, "", 9);
    STEP("alice", "1");
    script_put(&script, 1, "", 11);
    SCRIPT_FAILS(LEDGER_MISSING_AUTH, "missing authority of bob");
    world_close(&world);
}

static void test_quota(void)
{
    open_world();
    int64_t quota = (int64_t)ram("alice") + 112 + 112 + 100;
    ACT(&world, "0", "eosio::setalimits", "eosio", "niii", "alice", quota, UNLIMITED, UNLIMITED);
    script_put(&script, 1, "alice", 101);
    SCRIPT_FAILS(LEDGER_RAM_EXCEEDED, "account alice has insufficient ram");
    script_put(&script, 1, "alice", 100);
    STEP("alice", "1");
    CHECK_EQ(ram("alice"), quota);
    /* Too much for a moment is no harm. */
    script_put(&script, 2, "alice", 100);
    script_erase(&script, 1);
    STEP("alice", "1");
    CHECK_EQ(ram("alice"), quota);
    world_close(&world);
}

static void test_large_rows(void)
{
    open_world();
    script_put(&script, 1, "script", SCRIPT_BYTES_MAX);
    STEP("alice", "1");
    CHECK_EQ(table_rows(), 1);
    script_put(&script, 2, "script", CONTRACT_ROW_BYTES_MAX + 1);
    SCRIPT_FAILS(LEDGER_DATABASE, "a row has more than");
    world_close(&world);
}

/* One action may bill 64 accounts. */
static void test_ram_deltas(void)
{
    char name[8] = "payxx";
    open_world();
    make_privileged("script");
    for (unsigned i = 0; i <= TRACE_RAM_DELTAS_MAX; i++) {
        name[3] = (char)('a' + i / 26);
        name[4] = (char)('a' + i % 26);
        world_create(&world, name, "1 9:1");
        script_put(&script, i, name, 1);
        if (i == TRACE_RAM_DELTAS_MAX - 1) {
            struct transaction_trace *trace = run();
            CHECK(trace->executed);
            CHECK_EQ(trace->actions[0].ram_delta_count, TRACE_RAM_DELTAS_MAX);
            CHECK_EQ(trace->actions[0].ram_deltas[0].bytes, 112 + 112 + 1);
            CHECK_EQ(trace->actions[0].ram_deltas[63].bytes, 112 + 1);
            trace_release(trace);
            for (unsigned j = 0; j <= i; j++)
                script_erase(&script, j);
            RUN_SCRIPT("alice", "1");
        }
    }
    script_start(&script);
    for (unsigned i = 0; i <= TRACE_RAM_DELTAS_MAX; i++) {
        name[3] = (char)('a' + i / 26);
        name[4] = (char)('a' + i % 26);
        script_put(&script, 1000 + i, name, 1);
    }
    SCRIPT_FAILS(LEDGER_TRANSACTION, "bills RAM to more than 64 accounts");
    world_close(&world);
}

int main(void)
{
    RUN(test_order);
    RUN(test_digest);
    RUN(test_large_trace_digest);
    RUN(test_failing_inline);
    RUN(test_failing_notification);
    RUN(test_inline_authorization);
    RUN(test_inline_refused);
    RUN(test_privileged);
    RUN(test_depth);
    RUN(test_too_many);
    RUN(test_console);
    RUN(test_rows);
    RUN(test_row_payers);
    RUN(test_quota);
    RUN(test_large_rows);
    RUN(test_ram_deltas);
    return 0;
}
