// SPDX-License-Identifier: Apache-2.0
/* The genesis: what its file may say, the chain's id, and the state that it makes. */
#include "host/ledger/genesis_block.h"
#include "host/ledger/tables.h"
#include "tests/unit/check.h"

#define KEY  "EOS6MRyAjQq8ud7hVNYcfnVPJqcVpscN5So8BhtHuGYqET5GDW5CV"
#define TIME "\"initial_timestamp\": \"2024-01-31T12:00:00.500\""
#define WHO  "\"initial_key\": \"" KEY "\""

static struct genesis genesis;
static char error[GENESIS_ERROR_SIZE];

static bool parse(const char *json)
{
    struct bytes bytes = {(const uint8_t *)json, strlen(json)};
    error[0] = '\0';
    return genesis_parse(bytes, &genesis, error) == 0;
}

static void test_defaults(void)
{
    CHECK(parse("{" TIME ", " WHO "}"));
    CHECK_EQ(slot_unix_ms(genesis.slot), INT64_C(1706702400500));
    CHECK_EQ(genesis.key.type, KEY_K1);
    CHECK_EQ(genesis.parameters.max_block_cpu_us, 400000);
    CHECK_EQ(genesis.parameters.account_ram_bytes, UNLIMITED);
}

static void test_configuration(void)
{
    CHECK(parse("{" TIME ", " WHO ", \"initial_configuration\": {"
                "\"max_block_net_usage\": 1048576, \"max_block_cpu_usage\": 200000,"
                "\"max_transaction_net_usage\": 65543, \"max_transaction_cpu_usage\": 100000,"
                "\"max_transaction_lifetime\": 600, \"max_inline_action_depth\": 5,"
                "\"max_authority_depth\": 7, \"account_ram_bytes\": 4096,"
                "\"account_net_words\": 0, \"account_cpu_us\": -1}}"));
    const struct chain_parameters *parameters = &genesis.parameters;
    CHECK_EQ(parameters->max_block_net_words, 131072);
    CHECK_EQ(parameters->max_block_cpu_us, 200000);
    CHECK_EQ(parameters->max_transaction_net_words, 8192);
    CHECK_EQ(parameters->max_transaction_cpu_us, 100000);
    CHECK_EQ(parameters->max_transaction_lifetime_s, 600);
    CHECK_EQ(parameters->max_inline_depth, 5);
    CHECK_EQ(parameters->max_authority_depth, 7);
    CHECK_EQ(parameters->account_ram_bytes, 4096);
    CHECK_EQ(parameters->account_net_words, 0);
    CHECK_EQ(parameters->account_cpu_us, UNLIMITED);
}

/* With the word that the error must have. */
static void test_refused(void)
{
    static const struct {
        const char *json, *word;
    } cases[] = {
        {"", "line"},
        {"[]", "object"},
        {"{" TIME "}", "initial_key"},
        {"{" WHO "}", "initial_timestamp"},
        {"{" TIME ", " WHO ", \"x\": 1}", "\"x\""},
        {"{" TIME ", " WHO ", " WHO "}", "duplicate"},
        {"{" TIME ", \"initial_key\": \"EOS1\"}", "initial_key"},
        {"{" TIME ", \"initial_key\": 7}", "initial_key"},
        {"{" WHO ", \"initial_timestamp\": 7}", "initial_timestamp"},
        {"{" WHO ", \"initial_timestamp\": \"2024-01-31\"}", "initial_timestamp"},
        {"{" WHO ", \"initial_timestamp\": \"2024-02-30T12:00:00\"}", "initial_timestamp"},
        {"{" WHO ", \"initial_timestamp\": \"2024-01-31T24:00:00\"}", "initial_timestamp"},
        {"{" WHO ", \"initial_timestamp\": \"2024-01-31T12:00:00.250\"}", "half second"},
        {"{" WHO ", \"initial_timestamp\": \"1999-12-31T23:59:59\"}", "initial_timestamp"},
        {"{" WHO ", \"initial_timestamp\": \"2024-01-31 12:00:00\"}", "initial_timestamp"},
        {"{" TIME ", " WHO ", \"initial_configuration\": 1}", "initial_configuration"},
        {"{" TIME ", " WHO ", \"initial_configuration\": {\"y\": 1}}", "\"y\""},
        {"{" TIME ", " WHO ", \"initial_configuration\": {\"max_block_cpu_usage\": 0}}", "range"},
        {"{" TIME ", " WHO ", \"initial_configuration\": {\"max_block_cpu_usage\": \"1\"}}",
         "number"},
        {"{" TIME ", " WHO ", \"initial_configuration\": {\"max_block_cpu_usage\": 4294967296}}",
         "range"},
        {"{" TIME ", " WHO ", \"initial_configuration\": {\"max_block_net_usage\": 8}}",
         "more than a block's"},
        {"{" TIME ", " WHO ", \"initial_configuration\": {\"max_block_cpu_usage\": 5}}",
         "more than a block's"},
        {"{" TIME ", " WHO ", \"initial_configuration\": {\"account_cpu_us\": -2}}", "unlimited"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bool parsed = parse(cases[i].json);
        if (parsed || strstr(error, cases[i].word) == NULL)
            printf("# %s: %s\n", cases[i].json, error);
        CHECK(!parsed && strstr(error, cases[i].word) != NULL);
    }
}

static void test_chain_id(void)
{
    uint8_t first[32], second[32];
    CHECK(parse("{" TIME ", " WHO "}"));
    genesis_chain_id(&genesis, first);
    CHECK(parse("{" WHO ", " TIME ", \"initial_configuration\": {}}"));
    genesis_chain_id(&genesis, second);
    CHECK_MEM(first, second, 32);
    genesis.parameters.account_cpu_us = 1;
    genesis_chain_id(&genesis, second);
    CHECK(memcmp(first, second, 32) != 0);
}

static void test_first_state(void)
{
    struct row_store store;
    struct state *state;
    struct block block;
    struct account_row account;
    struct permission_row permission;
    struct global_row global;
    char text[STORE_ERROR_SIZE];
    CHECK(parse("{" TIME ", " WHO "}"));
    CHECK(row_store_memory(&store, text) == 0 && state_open(&store, &state, text) == 0);
    genesis_block(&genesis, state, &block);
    CHECK_EQ(state_layers(state), 0);
    CHECK_EQ(block_id_height(&block.id), 1);
    CHECK_EQ(block.header.slot, genesis.slot);
    global_row_get(state, &global);
    CHECK_EQ(global.account_count, 4);
    CHECK(account_row_get(state, name_of("eosio"), &account));
    CHECK(account.privileged && account.abi_sequence == 1 && account.ram_usage_bytes > 0);
    CHECK(account_row_get(state, name_of("eosio.token"), &account) && !account.privileged);
    CHECK(account_row_get(state, name_of("eosio.null"), &account) && account.abi_sequence == 0);
    CHECK(permission_row_get(state, name_of("eosio"), name_of("active"), &permission));
    CHECK_EQ(permission.parent, name_of("owner"));
    CHECK_EQ(permission.authority.key_count, 1);
    CHECK_MEM(&permission.authority.keys[0].key, &genesis.key, sizeof genesis.key);
    CHECK(permission_row_get(state, name_of("eosio.prods"), name_of("owner"), &permission));
    CHECK_EQ(permission.authority.accounts[0].permission.actor, name_of("eosio"));
    CHECK(permission_row_get(state, name_of("eosio.null"), name_of("owner"), &permission));
    CHECK(permission.authority.key_count == 0 && permission.authority.account_count == 0);
    state_close(state);
}

int main(void)
{
    RUN(test_defaults);
    RUN(test_configuration);
    RUN(test_refused);
    RUN(test_chain_id);
    RUN(test_first_state);
    return 0;
}
