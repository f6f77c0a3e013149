// SPDX-License-Identifier: Apache-2.0
/* Rows and their keys, the ledger's constants, the ABIs of the natives, traces in the log's form.
 */
#include "host/ledger/names.h"
#include "host/ledger/trace.h"
#include "host/wire/abi.h"
#include "host/wire/hash.h"
#include "tests/unit/ledger_script.h"
#include "tests/unit/ledger_world.h"

static struct world world = {.contract_of = script_contract_of};

static void test_names(void)
{
    static const struct {
        name_t name;
        const char *text;
    } names[] = {{NAME_EOSIO, "eosio"},
                 {NAME_EOSIO_TOKEN, "eosio.token"},
                 {NAME_OWNER, "owner"},
                 {NAME_ACTIVE, "active"},
                 {NAME_EOSIO_CODE, "eosio.code"},
                 {NAME_EOSIO_ANY, "eosio.any"},
                 {NAME_NEWACCOUNT, "newaccount"},
                 {NAME_UPDATEAUTH, "updateauth"},
                 {NAME_DELETEAUTH, "deleteauth"},
                 {NAME_LINKAUTH, "linkauth"},
                 {NAME_UNLINKAUTH, "unlinkauth"},
                 {NAME_SETABI, "setabi"},
                 {NAME_SETALIMITS, "setalimits"},
                 {NAME_CREATE, "create"},
                 {NAME_ISSUE, "issue"},
                 {NAME_RETIRE, "retire"},
                 {NAME_TRANSFER, "transfer"},
                 {NAME_OPEN, "open"},
                 {NAME_CLOSE, "close"},
                 {NAME_ACCOUNTS, "accounts"},
                 {NAME_STAT, "stat"}};
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
        CHECK(names[i].name == name_of(names[i].text));
}

static void test_errors(void)
{
    struct ledger_error error;
    char text[2 * LEDGER_MESSAGE_SIZE];
    CHECK(strcmp(ledger_error_name(LEDGER_TX_DUPLICATE), "tx_duplicate") == 0);
    CHECK(strcmp(ledger_error_what(LEDGER_TX_DUPLICATE), "Duplicate transaction") == 0);
    CHECK(strcmp(ledger_error_name(LEDGER_OK), "") == 0);
    CHECK(!ledger_fail(&error, LEDGER_TX_DUPLICATE, "number %d", 7));
    CHECK(error.code == LEDGER_TX_DUPLICATE && strcmp(error.message, "number 7") == 0);
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    ledger_fail(&error, LEDGER_INTERNAL, "%s", text);
    CHECK_EQ(strlen(error.message), LEDGER_MESSAGE_SIZE - 1);
}

static void test_keys(void)
{
    struct row_key key = row_key(ROW_TABLE), end;
    row_key_u8(&key, 0x01);
    row_key_u16(&key, 0x0203);
    row_key_u32(&key, 0x04050607);
    row_key_u64(&key, UINT64_C(0x08090a0b0c0d0eff));
    CHECK_EQ(key.size, 16);
    CHECK_MEM(key.bytes, "t\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\xff", 16);
    end = row_key_end(&key);
    CHECK_EQ(end.size, 15);
    CHECK_MEM(end.bytes + 8, "\x08\x09\x0a\x0b\x0c\x0d\x0f", 7);
    key.size = 0;
    row_key_u64(&key, UINT64_MAX);
    end = row_key_end(&key);
    CHECK_EQ(end.size, 0);
    key = contract_row_key(1, 2, 3, 4);
    CHECK_EQ(key.size, 33);
    CHECK(key.bytes[8] == 1 && key.bytes[16] == 2 && key.bytes[24] == 3 && key.bytes[32] == 4);
    key = table_key(1, 2, 3);
    CHECK_EQ(key.size, 25);
    CHECK(key.bytes[8] == 1 && key.bytes[16] == 2 && key.bytes[24] == 3);
}

/* Owner and active are a byte; any other name, as small as it may be, is eight. */
static void test_permission_keys(void)
{
    static const struct {
        name_t permission;
        size_t bytes;
    } cases[] = {{NAME_OWNER, 1}, {NAME_ACTIVE, 1}, {NAME_STAT, 8},
                 {0, 8},          {1, 8},           {UINT64_MAX, 8}};
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct row_key key = permission_key(7, cases[i].permission);
        CHECK_EQ(key.size, 9 + cases[i].bytes);
        struct reader reader = reader_of(key.bytes + 9, key.size - 9);
        CHECK(read_key_permission(&reader) == cases[i].permission);
        CHECK(reader_done(&reader));
    }
}

/* The hash is that of the packed key. */
static void test_key_entries(void)
{
    struct public_key one = {.type = KEY_K1, .bytes = {2, 1}}, other = {KEY_SM2, {2, 1}};
    struct row_key key = key_entry_prefix(&one), again = key_entry_prefix(&one);
    uint8_t packed[1 + PUBLIC_KEY_BYTES] = {KEY_K1, 2, 1}, hash[32];
    hash_sha256(&(struct bytes){packed, sizeof packed}, 1, hash);
    CHECK(key.size == 9 && key.bytes[0] == ROW_KEY);
    CHECK_MEM(key.bytes + 1, hash, 8);
    CHECK_MEM(key.bytes, again.bytes, 9);
    again = key_entry_prefix(&other);
    CHECK(memcmp(key.bytes, again.bytes, 9) != 0);
}

/* As it is written and read again; in a value of so many bytes. */
static void check_account_row(const struct account_row *row, size_t bytes)
{
    struct account_row again;
    struct bytes value;
    struct row_key key = account_key(99);
    account_row_put(world.state, 99, row);
    CHECK(state_get(world.state, row_key_view(&key), &value));
    CHECK_EQ(value.size, bytes);
    CHECK(account_row_get(world.state, 99, &again));
    CHECK(again.created_slot == row->created_slot && again.privileged == row->privileged);
    CHECK(again.ram_quota_bytes == row->ram_quota_bytes);
    CHECK(again.ram_usage_bytes == row->ram_usage_bytes);
    CHECK(again.net_limit_words == row->net_limit_words && again.cpu_limit_us == row->cpu_limit_us);
    CHECK(again.link_count == row->link_count && again.abi_sequence == row->abi_sequence);
    CHECK_MEM(again.abi_hash, row->abi_hash, 32);
}

/* What an account does not have takes no room. */
static void test_account_rows(void)
{
    const struct account_row least = {.created_slot = 1,
                                      .ram_quota_bytes = UNLIMITED,
                                      .ram_usage_bytes = UINT32_MAX,
                                      .net_limit_words = UNLIMITED,
                                      .cpu_limit_us = UNLIMITED};
    struct account_row row = least;
    world_open(&world);
    CHECK(!account_row_get(world.state, 99, &row));
    check_account_row(&least, 9);
    row.privileged = true;
    check_account_row(&row, 9);
    row.ram_usage_bytes++;
    check_account_row(&row, 13);
    row = least;
    row.ram_quota_bytes = 0;
    check_account_row(&row, 33);
    row = least;
    row.net_limit_words = 3;
    check_account_row(&row, 33);
    row = least;
    row.cpu_limit_us = INT64_MAX;
    check_account_row(&row, 33);
    row = least;
    row.link_count = 4;
    check_account_row(&row, 13);
    row = least;
    row.abi_sequence = 5; /* the ABI was taken away again */
    check_account_row(&row, 45);
    row = (struct account_row){1, true, 2, UINT64_MAX, 3, 4, 5, 6, {7, 8}};
    check_account_row(&row, 77);
    check_account_row(&least, 9);
    world_close(&world);
}

static void test_usage_row(void)
{
    struct usage_row usage = {.window = 2, .net_used_words = 3, .cpu_used_us = 4}, usage_again;
    world_open(&world);
    usage_row_put(world.state, 99, &usage);
    usage_row_get(world.state, 99, 3 * USAGE_WINDOW_SLOTS - 1, &usage_again);
    CHECK(usage_again.window == 2 && usage_again.net_used_words == 3);
    CHECK_EQ(usage_again.cpu_used_us, 4);
    usage_row_get(world.state, 99, 3 * USAGE_WINDOW_SLOTS, &usage_again);
    CHECK(usage_again.window == 3 && usage_again.net_used_words == 0);
    CHECK_EQ(usage_again.cpu_used_us, 0);
    world_close(&world);
}

/* As it is written and read again; in a value of so many bytes. */
static void check_permission_row(const struct permission_row *row, size_t bytes)
{
    struct permission_row again;
    struct bytes value;
    struct row_key key = permission_key(5, 6);
    permission_row_put(world.state, 5, 6, row);
    CHECK(state_get(world.state, row_key_view(&key), &value));
    CHECK_EQ(value.size, bytes);
    CHECK(permission_row_parent(value) == row->parent);
    CHECK(permission_row_get(world.state, 5, 6, &again));
    CHECK(again.parent == row->parent && again.updated_slot == row->updated_slot);
    CHECK_MEM(&again.authority, &row->authority, sizeof again.authority);
}

/* A single key takes its bytes; whatever differs from that is written out. */
static void test_permission_rows(void)
{
    struct permission_row row = {.parent = NAME_OWNER, .updated_slot = 2};
    struct public_key key = world_key(1);
    world_open(&world);
    authority_of_key(&row.authority, &key);
    check_permission_row(&row, 39);
    row.parent = 0;
    check_permission_row(&row, 39);
    row.parent = NAME_ACTIVE;
    check_permission_row(&row, 47);
    row.authority.threshold = 2;
    check_permission_row(&row, 56);
    row.authority.keys[0].weight = 2;
    check_permission_row(&row, 56);
    row.authority.threshold = 1;
    check_permission_row(&row, 56);
    authority_of_key(&row.authority, &key);
    row.authority.accounts[row.authority.account_count++] =
        (struct permission_weight){{7, NAME_ACTIVE}, 1};
    check_permission_row(&row, 74);
    authority_of_key(&row.authority, &key);
    row.authority.waits[row.authority.wait_count++] = (struct wait_weight){8, 1};
    check_permission_row(&row, 62);
    row.authority = (struct authority){.threshold = 1, .account_count = 1};
    row.authority.accounts[0] = (struct permission_weight){{7, NAME_ACTIVE}, 1};
    row.parent = 0;
    check_permission_row(&row, 30);
    world_close(&world);
}

/* The largest authority fits. */
static void test_permission_row(void)
{
    struct permission_row row = {.parent = 1, .updated_slot = 2}, again;
    struct authority *authority = &row.authority;
    world_open(&world);
    authority->threshold = 3;
    authority->key_count = AUTHORITY_KEYS_MAX;
    authority->account_count = AUTHORITY_ACCOUNTS_MAX;
    authority->wait_count = AUTHORITY_WAITS_MAX;
    for (unsigned i = 0; i < AUTHORITY_KEYS_MAX; i++)
        authority->keys[i] = (struct key_weight){world_key(i), (uint16_t)i};
    for (unsigned i = 0; i < AUTHORITY_ACCOUNTS_MAX; i++)
        authority->accounts[i] = (struct permission_weight){{i, i + 1}, UINT16_MAX};
    for (unsigned i = 0; i < AUTHORITY_WAITS_MAX; i++)
        authority->waits[i] = (struct wait_weight){i, 7};
    permission_row_put(world.state, 5, 6, &row);
    CHECK(permission_row_get(world.state, 5, 6, &again));
    CHECK(again.parent == 1 && again.updated_slot == 2 && again.authority.threshold == 3);
    CHECK_MEM(&again.authority.keys[15].key, &authority->keys[15].key, sizeof(struct public_key));
    CHECK_EQ(again.authority.accounts[15].weight, UINT16_MAX);
    CHECK_EQ(again.authority.waits[3].wait_sec, 3);
    CHECK(!permission_row_get(world.state, 6, 5, &again));
    world_close(&world);
}

static void test_global_rows(void)
{
    struct chain_parameters parameters = {1, 2, 3, 4, 5, 6, 7, -1, 9, 10}, again;
    struct global_row global = {11, 12}, global_again;
    world_open(&world);
    chain_parameters_put(world.state, &parameters);
    global_row_put(world.state, &global);
    chain_parameters_get(world.state, &again);
    global_row_get(world.state, &global_again);
    CHECK(again.max_block_net_words == 1 && again.max_block_cpu_us == 2);
    CHECK(again.max_transaction_net_words == 3 && again.max_transaction_cpu_us == 4);
    CHECK_EQ(again.max_transaction_lifetime_s, 5);
    CHECK(again.max_inline_depth == 6 && again.max_authority_depth == 7);
    CHECK(again.account_ram_bytes == UNLIMITED && again.account_net_words == 9);
    CHECK_EQ(again.account_cpu_us, 10);
    CHECK(global_again.global_sequence == 11 && global_again.account_count == 12);
    world_close(&world);
}

/* ------------------------------------------------------------------ ABIs */

static void check_abi(const char *account)
{
    char path[64], error[ABI_ERROR_SIZE];
    struct bytes packed, native = native_abi(name_of(account));
    snprintf(path, sizeof path, "host/ledger/abi/%s.json", account);
    json_t *json = json_load_file(path, 0, NULL);
    CHECK(json != NULL);
    struct abi *abi = abi_from_json(json, error);
    CHECK(abi != NULL);
    CHECK(abi_pack(abi, &packed));
    CHECK_EQ(packed.size, native.size);
    CHECK_MEM(packed.data, native.data, native.size);
    free((void *)packed.data);
    abi_free(abi);
    json_decref(json);
}

static void test_abis(void)
{
    check_abi("eosio");
    check_abi("eosio.token");
    CHECK_EQ(native_abi(name_of("alice")).size, 0);
}

/* What the natives read is what their ABI describes. */
static void test_abi_data(void)
{
    static struct draft draft;
    char error[ABI_ERROR_SIZE];
    struct abi *abi = abi_read(native_abi(name_of("eosio")), error);
    CHECK(abi != NULL);
    draft_start(&draft);
    draft_add(&draft, "eosio::newaccount", "eosio", "nnAA", "eosio", "bob", "1 1:1 2:1",
              "2 1:1 eosio@active:1 w60:1");
    draft_add(&draft, "eosio::updateauth", "eosio", "nnnA", "a", "b", "c", "1 1:1");
    draft_add(&draft, "eosio::deleteauth", "eosio", "nn", "a", "b");
    draft_add(&draft, "eosio::linkauth", "eosio", "nnnn", "a", "b", "c", "d");
    draft_add(&draft, "eosio::unlinkauth", "eosio", "nnn", "a", "b", "c");
    draft_add(&draft, "eosio::setabi", "eosio", "ns", "a", "bytes");
    draft_add(&draft, "eosio::setalimits", "eosio", "niii", "a", INT64_C(-1), INT64_C(2),
              INT64_C(3));
    for (unsigned i = 0; i < draft.transaction.action_count; i++) {
        const struct action *action = &draft.transaction.actions[i];
        const char *type = abi_action_type(abi, action->name);
        CHECK(type != NULL);
        json_t *json = abi_decode(abi, type, action->data, error);
        CHECK(json != NULL);
        json_decref(json);
    }
    abi_free(abi);
}

/* ------------------------------------------------------------------ traces */

/* Of a transaction with console, notifications, inline actions and RAM deltas. */
static struct transaction_trace *make_trace(void)
{
    static struct draft draft;
    static struct script script;
    struct action null = {.account = name_of("eosio.null"), .name = 5};
    world_open(&world);
    world_create(&world, "alice", "1 1:1");
    world_create(&world, "script", "1 3:1");
    script_start(&script);
    script_print(&script, "hello");
    script_notify(&script, "alice");
    script_put(&script, 1, "alice", 10);
    script_put(&script, 2, "script", 10);
    script_inline(&script, &null);
    draft_start(&draft);
    draft_add(&draft, "script::run", "alice", "r", script_data(&script));
    draft_add(&draft, "eosio.null::nonce", "alice", "s", "data");
    struct transaction_trace *trace = world_push(&world, "1", &draft);
    world_close(&world);
    CHECK(trace->executed && trace->action_count == 4);
    return trace;
}

static void check_action(const struct action_trace *one, const struct action_trace *other)
{
    CHECK_EQ(one->ordinal, other->ordinal);
    CHECK_EQ(one->creator_ordinal, other->creator_ordinal);
    CHECK_EQ(one->notifier_ordinal, other->notifier_ordinal);
    CHECK_EQ(one->receiver, other->receiver);
    CHECK_EQ(one->action->account, other->action->account);
    CHECK_EQ(one->action->name, other->action->name);
    CHECK_EQ(one->action->authorization_count, other->action->authorization_count);
    CHECK_MEM(one->action->authorizations, other->action->authorizations,
              one->action->authorization_count * sizeof one->action->authorizations[0]);
    CHECK_EQ(one->action->data.size, other->action->data.size);
    CHECK_MEM(one->action->data.data, other->action->data.data, one->action->data.size);
    CHECK_EQ(one->global_sequence, other->global_sequence);
    CHECK_EQ(one->console.size, other->console.size);
    CHECK_MEM(one->console.data, other->console.data, one->console.size);
    CHECK_EQ(one->failed, other->failed);
    CHECK_EQ(one->ram_delta_count, other->ram_delta_count);
    CHECK_MEM(one->ram_deltas, other->ram_deltas, one->ram_delta_count * sizeof one->ram_deltas[0]);
}

static void test_trace(void)
{
    static uint8_t bytes[4096];
    struct transaction_trace *trace = make_trace();
    struct writer writer = writer_of(bytes, sizeof bytes);
    trace_write(&writer, trace);
    trace_write(&writer, trace);
    CHECK(!writer.failed);
    CHECK_EQ(writer_size(&writer), 2 * trace_size(trace));
    struct reader reader = reader_of(bytes, writer_size(&writer));
    for (unsigned i = 0; i < 2; i++) {
        struct transaction_trace *again = trace_read(&reader);
        CHECK(again != NULL && again->executed && again->error.code == LEDGER_OK);
        CHECK_MEM(again->id, trace->id, 32);
        CHECK(again->height == trace->height && again->slot == trace->slot);
        CHECK(again->cpu_usage_us == trace->cpu_usage_us &&
              again->net_usage_words == trace->net_usage_words);
        CHECK_EQ(again->action_count, trace->action_count);
        for (unsigned j = 0; j < trace->action_count; j++)
            check_action(&again->actions[j], &trace->actions[j]);
        CHECK(trace_acquire(again) == again);
        trace_release(again);
        trace_release(again);
    }
    CHECK(reader_done(&reader));
    trace_release(trace);
    trace_release(NULL);
}

/* Cut anywhere, or with any byte changed, it is read or refused, and nothing else. */
static void test_damaged_trace(void)
{
    static uint8_t bytes[4096];
    struct transaction_trace *trace = make_trace();
    struct writer writer = writer_of(bytes, sizeof bytes);
    trace_write(&writer, trace);
    size_t size = writer_size(&writer);
    for (size_t cut = 0; cut < size; cut++) {
        uint8_t *exact = malloc(cut != 0 ? cut : 1);
        CHECK(exact != NULL);
        memcpy(exact, bytes, cut);
        struct reader reader = reader_of(exact, cut);
        CHECK(trace_read(&reader) == NULL && reader.failed);
        free(exact);
    }
    for (size_t i = 0; i < size; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            bytes[i] ^= (uint8_t)(1 << bit);
            struct reader reader = reader_of(bytes, size);
            trace_release(trace_read(&reader));
            bytes[i] ^= (uint8_t)(1 << bit);
        }
    }
    trace_release(trace);
}

int main(void)
{
    RUN(test_names);
    RUN(test_errors);
    RUN(test_keys);
    RUN(test_permission_keys);
    RUN(test_key_entries);
    RUN(test_account_rows);
    RUN(test_usage_row);
    RUN(test_permission_rows);
    RUN(test_permission_row);
    RUN(test_global_rows);
    RUN(test_abis);
    RUN(test_abi_data);
    RUN(test_trace);
    RUN(test_damaged_trace);
    return 0;
}
