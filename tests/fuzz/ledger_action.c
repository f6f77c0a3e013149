// SPDX-License-Identifier: Apache-2.0
/* Transactions of any actions, data and authorizations, on a small ledger: each executes, or fails
 * and has changed nothing; what must hold between rows holds at the end.
 *
 * An input is transactions: number of actions, keys that signed (a bit each), then each action:
 * account, name, number of authorizations, each actor and permission, number of words of data. All
 * of these are bytes; names are taken from a list. A word of data is a byte for itself, or one of
 * the marks below and a byte: a name of the list, an asset, a permission's authority. */
#include "tests/unit/ledger_audit.h"
#include "tests/unit/ledger_script.h"

#define TRANSACTIONS_MAX 12u
#define KEYS             4u

enum mark { MARK_NAME = 0xF0, MARK_ASSET = 0xF1, MARK_AUTHORITY = 0xF2, MARK_SYMBOL = 0xF3 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static const char *const names[] = {
    "eosio",      "eosio.token", "alice",      "bob",      "script",     "echo",      "eosio.null",
    "carol",      "owner",       "active",     "spend",    "eosio.code", "eosio.any", "",
    "newaccount", "updateauth",  "deleteauth", "linkauth", "unlinkauth", "setabi",    "setalimits",
    "create",     "issue",       "retire",     "transfer", "open",       "close",     "run",
    "a.alice",    "eosio.x"};
static const char *const authorities[] = {"1 1:1", "1 1:1 2:1", "2 1:1 alice@active:1",
                                          "1 bob@spend:1 script@eosio.code:2", "0"};
static const char *const symbols[] = {"4,SYS", "3,SYS", "0,TOK"};
#define ONE_OF(array, index) (array)[(index) % (sizeof(array) / sizeof(array)[0])]

static struct world world = {.contract_of = script_contract_of};
static unsigned base_layers;

/* ------------------------------------------------------------------ the ledger */

static void open_block(uint32_t height)
{
    state_push(world.state);
    block_context_init(&world.block, world.state, height, world.genesis.slot + height, 0);
    world.block.contract_of = script_contract_of;
}

/* Seals a layer each time, so that all can be dropped at the end of an input. */
static void hash_state(uint8_t hash[32])
{
    global_row_put(world.state, &world.block.global);
    state_seal(world.state, hash);
    open_block(world.block.height + 1);
}

static void open_ledger(void)
{
    world_open(&world);
    world_create(&world, "alice", "1 1:1");
    world_create(&world, "bob", "1 2:1");
    world_create(&world, "script", "1 3:1");
    world_create(&world, "echo", "1 3:1");
    ACT(&world, "1", "eosio::updateauth", "alice", "nnnA", "alice", "spend", "active", "1 2:1");
    ACT(&world, "0", "eosio.token::create", "eosio.token", "na", "alice", "1000.0000 SYS");
    ACT(&world, "1", "eosio.token::issue", "alice", "nas", "alice", "100.0000 SYS", "");
    uint64_t used = world_account(&world, "bob").ram_usage_bytes;
    ACT(&world, "0", "eosio::setalimits", "eosio", "niii", "bob", used + 300, INT64_C(10000),
        INT64_C(100000));
    world_next_block(&world);
    base_layers = state_layers(world.state);
}

/* ------------------------------------------------------------------ transactions */

static name_t read_name(struct reader *reader)
{
    return name_of(ONE_OF(names, read_u8(reader)));
}

static void write_word(struct writer *writer, struct reader *reader)
{
    static struct draft draft; /* writes authorities and symbols */
    uint8_t word = read_u8(reader);
    if (word < MARK_NAME || word > MARK_SYMBOL) {
        write_u8(writer, word);
        return;
    }
    uint8_t index = read_u8(reader);
    if (word == MARK_NAME) {
        write_u64(writer, name_of(ONE_OF(names, index)));
        return;
    }
    draft_start(&draft);
    if (word == MARK_AUTHORITY)
        draft_add(&draft, "a::a", "", "A", ONE_OF(authorities, index));
    else if (word == MARK_ASSET) /* amounts around zero, and the limits */
        draft_add(&draft, "a::a", "", "iy",
                  index < 8 ? INT64_MAX - index : (int64_t)(index - 10) * 50000,
                  ONE_OF(symbols, index));
    else
        draft_add(&draft, "a::a", "", "y", ONE_OF(symbols, index));
    write_copy(writer, draft.data, draft.used);
}

static void read_action(struct reader *reader, struct action *action, struct writer *writer)
{
    action->account = read_name(reader);
    action->name = read_name(reader);
    action->authorization_count = read_u8(reader) % (ACTION_AUTHORIZATIONS_MAX + 1);
    for (unsigned i = 0; i < action->authorization_count; i++) {
        action->authorizations[i].actor = read_name(reader);
        action->authorizations[i].permission = read_name(reader);
    }
    uint8_t *start = writer->next;
    for (unsigned words = read_u8(reader); words > 0 && reader_left(reader) > 0; words--)
        write_word(writer, reader);
    action->data = (struct bytes){start, (size_t)(writer->next - start)};
}

static void push(struct reader *reader)
{
    static struct draft draft;
    struct public_key keys[KEYS];
    unsigned key_count = 0;
    uint8_t before[32], after[32];
    draft_start(&draft);
    struct writer writer = writer_of(draft.data, sizeof draft.data);
    draft.transaction.action_count = 1 + read_u8(reader) % 8;
    uint8_t signers = read_u8(reader);
    for (unsigned i = 0; i < KEYS; i++)
        if ((signers >> i & 1) != 0)
            keys[key_count++] = world_key(i);
    for (unsigned i = 0; i < draft.transaction.action_count; i++)
        read_action(reader, &draft.transaction.actions[i], &writer);
    struct signed_transaction *transaction = draft_make(&draft, key_count);
    struct transaction_trace *trace;
    hash_state(before);
    trace = execute_transaction(&world.block, transaction, keys, key_count, EXECUTE_CHECK, true);
    CHECK(trace->executed == (trace->error.code == LEDGER_OK));
    if (!trace->executed) {
        hash_state(after);
        CHECK_MEM(before, after, sizeof before);
    }
    trace_release(trace);
    signed_transaction_release(transaction);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    if (world.state == NULL)
        open_ledger();
    struct reader reader = reader_of(data, bytes);
    for (unsigned i = 0; i < TRANSACTIONS_MAX && reader_left(&reader) > 0; i++)
        push(&reader);
    ledger_audit(&world);
    while (state_layers(world.state) >= base_layers)
        state_pop(world.state);
    open_block(2);
    return 0;
}
