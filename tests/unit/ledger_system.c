// SPDX-License-Identifier: Apache-2.0
/* Actions of "eosio" that make and change accounts. */
#include "host/ledger/permission.h"
#include "host/wire/abi.h"
#include "host/wire/hash.h"
#include "tests/unit/ledger_world.h"

#define EOSIO(action) "eosio::" action

static struct world world;

static void open_world(void)
{
    world_open(&world);
    world_create(&world, "alice", "1 1:1");
}

/* alice makes an account. */
#define MAKE_REFUSED(code, text, name, owner, active)                                              \
    FAIL(&world, code, text, "1", EOSIO("newaccount"), "alice", "nnAA", "alice", name, owner,      \
         active)

static void test_newaccount(void)
{
    open_world();
    ACT(&world, "1", EOSIO("newaccount"), "alice", "nnAA", "alice", "bob", "1 2:1", "2 2:1 3:1");
    struct account_row row = world_account(&world, "bob");
    CHECK(!row.privileged && row.link_count == 0 && row.abi_sequence == 0);
    CHECK_EQ(row.created_slot, world.block.slot);
    CHECK_EQ(row.ram_quota_bytes, UNLIMITED);
    CHECK_EQ(row.ram_usage_bytes, 2048 + (240 + 64 + 43) + (240 + 128 + 79));
    struct permission_row owner, active;
    CHECK(permission_row_get(world.state, name_of("bob"), name_of("owner"), &owner));
    CHECK(permission_row_get(world.state, name_of("bob"), name_of("active"), &active));
    CHECK_EQ(owner.parent, 0);
    CHECK_EQ(active.parent, name_of("owner"));
    CHECK_EQ(owner.updated_slot, world.block.slot);
    CHECK_EQ(active.authority.key_count, 2);
    CHECK_EQ(world.block.global.account_count, 6); /* the genesis has four */
    world_close(&world);
}

static void test_newaccount_refused(void)
{
    open_world();
    MAKE_REFUSED(LEDGER_ACCOUNT_EXISTS, "Cannot create account named alice", "alice", "1 1:1",
                 "1 1:1");
    MAKE_REFUSED(LEDGER_ACTION_VALIDATE, "Invalid owner authority", "bob", "2 1:1", "1 1:1");
    MAKE_REFUSED(LEDGER_ACTION_VALIDATE, "Invalid active authority", "bob", "1 1:1", "0 1:1");
    MAKE_REFUSED(LEDGER_ACTION_VALIDATE, "Invalid active authority", "bob", "1 1:1", "1 2:1 1:1");
    MAKE_REFUSED(LEDGER_ACTION_VALIDATE, "account name cannot be empty", "", "1 1:1", "1 1:1");
    MAKE_REFUSED(LEDGER_ACTION_VALIDATE, "account names can only be 12 chars long", "abcdefghijkla",
                 "1 1:1", "1 1:1");
    MAKE_REFUSED(LEDGER_ACTION_VALIDATE, "only privileged accounts", "eosio.bob", "1 1:1", "1 1:1");
    MAKE_REFUSED(LEDGER_ACTION_VALIDATE, "account 'carol' does not exist", "bob",
                 "1 carol@active:1", "1 1:1");
    MAKE_REFUSED(LEDGER_ACTION_VALIDATE, "permission 'alice@spend' does not exist", "bob", "1 1:1",
                 "1 alice@spend:1");
    FAIL(&world, LEDGER_MISSING_AUTH, "missing authority of eosio", "1", EOSIO("newaccount"),
         "alice", "nnAA", "eosio", "bob", "1 1:1", "1 1:1");
    world_close(&world);
}

static void test_names(void)
{
    open_world();
    MAKE_REFUSED(LEDGER_ASSERT_MESSAGE, "only suffix may create this account", "bob.shop", "1 1:1",
                 "1 1:1");
    MAKE_REFUSED(LEDGER_ASSERT_MESSAGE, "only suffix may create this account", ".shop", "1 1:1",
                 "1 1:1");
    ACT(&world, "1", EOSIO("newaccount"), "alice", "nnAA", "alice", "bob.alice", "1 1:1", "1 1:1");
    ACT(&world, "1", EOSIO("newaccount"), "alice", "nnAA", "alice", "abcdefghijkl", "1 1:1",
        "1 1:1");
    world_create(&world, "eosio.shop", "1 1:1");
    world_create(&world, "bob.shop", "1 1:1");
    world_close(&world);
}

/* An account may stand in its own authority, and be controlled by a contract. */
static void test_newaccount_self(void)
{
    open_world();
    ACT(&world, "1", EOSIO("newaccount"), "alice", "nnAA", "alice", "bob", "1 alice@owner:1",
        "1 alice@eosio.code:1 bob@owner:1");
    world_close(&world);
}

static void test_quota_of_new(void)
{
    open_world();
    struct chain_parameters parameters = world.block.parameters;
    parameters.account_ram_bytes = 2048 + 2 * (240 + 64 + 43);
    parameters.account_net_words = 1000;
    parameters.account_cpu_us = 2000;
    world_set_parameters(&world, &parameters);
    ACT(&world, "1", EOSIO("newaccount"), "alice", "nnAA", "alice", "bob", "1 2:1", "1 2:1");
    struct account_row row = world_account(&world, "bob");
    CHECK_EQ(row.ram_quota_bytes, row.ram_usage_bytes);
    CHECK(row.net_limit_words == 1000 && row.cpu_limit_us == 2000);
    FAIL(&world, LEDGER_RAM_EXCEEDED,
         "account carol has insufficient ram; needs 2842 bytes has 2742 bytes", "1",
         EOSIO("newaccount"), "alice", "nnAA", "alice", "carol", "1 2:1", "1 2:1 3:1");
    world_close(&world);
}

static void test_setabi(void)
{
    struct bytes abi = native_abi(name_of("eosio.token")), stored;
    uint8_t hash[32];
    struct row_key key = abi_key(name_of("alice"));
    open_world();
    uint64_t ram = world_account(&world, "alice").ram_usage_bytes;
    ACT(&world, "1", EOSIO("setabi"), "alice", "nb", "alice", abi);
    CHECK(state_get(world.state, row_key_view(&key), &stored) && stored.size == abi.size);
    CHECK_MEM(stored.data, abi.data, abi.size);
    struct account_row row = world_account(&world, "alice");
    hash_sha256(&abi, 1, hash);
    CHECK_MEM(row.abi_hash, hash, sizeof hash);
    CHECK_EQ(row.abi_sequence, 1);
    CHECK_EQ(row.ram_usage_bytes, ram + abi.size);
    FAIL(&world, LEDGER_ABI_TYPE, "", "1", EOSIO("setabi"), "alice", "nb", "alice",
         ((struct bytes){abi.data, abi.size / 2}));
    FAIL(&world, LEDGER_MISSING_AUTH, "missing authority of eosio", "1", EOSIO("setabi"), "alice",
         "nb", "eosio", abi);
    ACT(&world, "1", EOSIO("setabi"), "alice", "nb", "alice", native_abi(name_of("eosio")));
    CHECK_EQ(world_account(&world, "alice").abi_sequence, 2);
    ACT(&world, "1", EOSIO("setabi"), "alice", "ns", "alice", "");
    CHECK(!state_get(world.state, row_key_view(&key), &stored));
    row = world_account(&world, "alice");
    memset(hash, 0, sizeof hash);
    CHECK_MEM(row.abi_hash, hash, sizeof hash);
    CHECK_EQ(row.abi_sequence, 3);
    CHECK_EQ(row.ram_usage_bytes, ram);
    world_close(&world);
}

static void test_setalimits(void)
{
    open_world();
    int64_t used = (int64_t)world_account(&world, "alice").ram_usage_bytes;
    ACT(&world, "0", EOSIO("setalimits"), "eosio", "niii", "alice", used, INT64_C(5), INT64_C(0));
    struct account_row row = world_account(&world, "alice");
    CHECK(row.ram_quota_bytes == used && row.net_limit_words == 5 && row.cpu_limit_us == 0);
    FAIL(&world, LEDGER_RAM_EXCEEDED, "account alice has insufficient ram", "0",
         EOSIO("setalimits"), "eosio", "niii", "alice", used - 1, INT64_C(5), INT64_C(0));
    for (unsigned i = 0; i < 3; i++) {
        static const char *const texts[] = {"for ram resource", "for net resource",
                                            "for cpu resource"};
        int64_t limits[3] = {UNLIMITED, UNLIMITED, UNLIMITED};
        limits[i] = -2;
        FAIL(&world, LEDGER_ACTION_VALIDATE, texts[i], "0", EOSIO("setalimits"), "eosio", "niii",
             "alice", limits[0], limits[1], limits[2]);
    }
    FAIL(&world, LEDGER_ACCOUNT_QUERY, "Failed to retrieve account: bob", "0", EOSIO("setalimits"),
         "eosio", "niii", "bob", INT64_C(1), INT64_C(1), INT64_C(1));
    ACT(&world, "0", EOSIO("setalimits"), "eosio", "niii", "alice", INT64_MAX, UNLIMITED,
        UNLIMITED);
    FAIL(&world, LEDGER_MISSING_AUTH, "missing authority of eosio", "1", EOSIO("setalimits"),
         "alice", "niii", "alice", UNLIMITED, UNLIMITED, UNLIMITED);
    world_close(&world);
}

static void test_malformed(void)
{
    static const uint8_t zeros[128];
    static const char *const actions[] = {
        EOSIO("newaccount"), EOSIO("setabi"),   EOSIO("setalimits"), EOSIO("updateauth"),
        EOSIO("deleteauth"), EOSIO("linkauth"), EOSIO("unlinkauth")};
    open_world();
    for (unsigned i = 0; i < sizeof actions / sizeof actions[0]; i++) {
        FAIL(&world, LEDGER_INVALID_ACTION_ARGS, "", "1", actions[i], "alice", "r",
             ((struct bytes){zeros, 3}));
        FAIL(&world, LEDGER_INVALID_ACTION_ARGS, "", "1", actions[i], "alice", "r",
             ((struct bytes){zeros, 128}));
    }
    FAIL(&world, LEDGER_ACTION_NOT_FOUND, "eosio has no action setcode", "1", EOSIO("setcode"),
         "alice", "");
    world_close(&world);
}

/* Where there is no contract, any action does nothing. */
static void test_no_contract(void)
{
    open_world();
    ACT(&world, "1", "eosio.null::nonce", "alice", "s", "anything");
    ACT(&world, "1", "alice::whatever", "alice", "");
    FAIL(&world, LEDGER_TRANSACTION, "action's code account 'nobody' does not exist", "1",
         "nobody::act", "alice", "");
    world_close(&world);
}

int main(void)
{
    RUN(test_newaccount);
    RUN(test_newaccount_refused);
    RUN(test_names);
    RUN(test_newaccount_self);
    RUN(test_quota_of_new);
    RUN(test_setabi);
    RUN(test_setalimits);
    RUN(test_malformed);
    RUN(test_no_contract);
    return 0;
}
