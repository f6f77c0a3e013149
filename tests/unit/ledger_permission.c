// SPDX-License-Identifier: Apache-2.0
/* Permissions and links: the actions that change them, and who may. */
#include "host/ledger/permission.h"
#include "tests/unit/ledger_world.h"

#define UPDATE "eosio::updateauth"
#define DELETE "eosio::deleteauth"
#define LINK   "eosio::linkauth"
#define UNLINK "eosio::unlinkauth"

static struct world world;

/* alice: owner has key 10, active 1, spend (below active) 11, tiny (below spend) 12. */
static void open_world(void)
{
    world_open(&world);
    world_create(&world, "bob", "1 2:1");
    ACT(&world, "0", "eosio::newaccount", "eosio", "nnAA", "eosio", "alice", "1 10:1", "1 1:1");
    ACT(&world, "1", UPDATE, "alice", "nnnA", "alice", "spend", "active", "1 11:1");
    ACT(&world, "1", UPDATE, "alice", "nnnA", "alice", "tiny", "spend", "1 12:1");
}

static bool has_permission(const char *permission, struct permission_row *row)
{
    return permission_row_get(world.state, name_of("alice"), name_of(permission), row);
}

static uint64_t ram(void)
{
    return world_account(&world, "alice").ram_usage_bytes;
}

static void test_updateauth(void)
{
    struct permission_row row;
    open_world();
    CHECK(has_permission("tiny", &row));
    CHECK_EQ(row.parent, name_of("spend"));
    CHECK_EQ(row.updated_slot, world.block.slot);
    uint64_t before = ram();
    /* Changed by itself; a key more. */
    ACT(&world, "12", UPDATE, "alice@tiny", "nnnA", "alice", "tiny", "spend", "1 12:1 13:1");
    CHECK_EQ(ram(), before + 64 + 36);
    CHECK(has_permission("tiny", &row) && row.authority.key_count == 2);
    ACT(&world, "10", UPDATE, "alice@owner", "nnnA", "alice", "owner", "", "1 14:1");
    ACT(&world, "14", UPDATE, "alice@owner", "nnnA", "alice", "active", "owner", "1 14:1");
    CHECK_EQ(ram(), before + 64 + 36);
    world_close(&world);
}

#define UPDATE_REFUSED(text, permission, parent, authority)                                        \
    FAIL(&world, LEDGER_ACTION_VALIDATE, text, "10", UPDATE, "alice@owner", "nnnA", "alice",       \
         permission, parent, authority)

static void test_updateauth_refused(void)
{
    open_world();
    UPDATE_REFUSED("Cannot create authority with empty name", "", "owner", "1 1:1");
    UPDATE_REFUSED("start with 'eosio.' are reserved", "eosio.code", "owner", "1 1:1");
    UPDATE_REFUSED("Cannot set an authority as its own parent", "spend", "spend", "1 1:1");
    UPDATE_REFUSED("Cannot change active authority's parent from owner", "active", "spend",
                   "1 1:1");
    UPDATE_REFUSED("Cannot change owner authority's parent", "owner", "active", "1 1:1");
    UPDATE_REFUSED("Only owner authority can have empty parent", "spend", "", "1 1:1");
    UPDATE_REFUSED("Invalid authority", "spend", "active", "2 1:1");
    UPDATE_REFUSED("Invalid authority", "spend", "active", "0");
    UPDATE_REFUSED("account 'carol' does not exist", "spend", "active", "1 carol@active:1");
    UPDATE_REFUSED("permission 'bob@spend' does not exist", "spend", "active", "1 bob@spend:1");
    UPDATE_REFUSED("Changing parent authority is not currently supported", "tiny", "active",
                   "1 1:1");
    FAIL(&world, LEDGER_PERMISSION_QUERY, "Failed to retrieve permission: alice@gone", "10", UPDATE,
         "alice@owner", "nnnA", "alice", "more", "gone", "1 1:1");
    FAIL(&world, LEDGER_INVALID_PERMISSION, "", "10", UPDATE, "alice@owner", "nnnA", "alice",
         "more", "", "1 1:1");
    world_close(&world);
}

static void test_updateauth_who(void)
{
    open_world();
    FAIL(&world, LEDGER_IRRELEVANT_AUTH, "should only have one declared authorization", "1 10",
         UPDATE, "alice alice@owner", "nnnA", "alice", "tiny", "spend", "1 1:1");
    FAIL(&world, LEDGER_IRRELEVANT_AUTH, "owner of the affected permission", "2", UPDATE, "bob",
         "nnnA", "alice", "tiny", "spend", "1 1:1");
    /* A permission is changed by itself and those above, made by its parent and those above. */
    FAIL(&world, LEDGER_IRRELEVANT_AUTH, "minimum authority is alice@spend", "12", UPDATE,
         "alice@tiny", "nnnA", "alice", "spend", "active", "1 1:1");
    FAIL(&world, LEDGER_IRRELEVANT_AUTH,
         "updateauth action declares irrelevant authority 'alice@active'; minimum authority is "
         "alice@owner",
         "1", UPDATE, "alice", "nnnA", "alice", "owner", "", "1 1:1");
    FAIL(&world, LEDGER_IRRELEVANT_AUTH, "minimum authority is alice@active", "11", UPDATE,
         "alice@spend", "nnnA", "alice", "more", "active", "1 1:1");
    ACT(&world, "11", UPDATE, "alice@spend", "nnnA", "alice", "more", "tiny", "1 1:1");
    world_close(&world);
}

static void test_depth(void)
{
    char name[8] = "pxx", parent[8] = "owner";
    open_world();
    for (unsigned i = 0; i < PERMISSION_DEPTH_MAX; i++) {
        name[1] = (char)('a' + i / 16);
        name[2] = (char)('a' + i % 16);
        ACT(&world, "10", UPDATE, "alice@owner", "nnnA", "alice", name, parent, "1 1:1");
        strcpy(parent, name);
    }
    UPDATE_REFUSED("Too many permissions stand above", "last", parent, "1 1:1");
    ACT(&world, "10", DELETE, "alice@owner", "nn", "alice", name);
    world_close(&world);
}

static void test_deleteauth(void)
{
    struct permission_row row;
    open_world();
    uint64_t before = ram();
    FAIL(&world, LEDGER_ACTION_VALIDATE, "Cannot delete active authority", "10", DELETE,
         "alice@owner", "nn", "alice", "active");
    FAIL(&world, LEDGER_ACTION_VALIDATE, "Cannot delete owner authority", "10", DELETE,
         "alice@owner", "nn", "alice", "owner");
    FAIL(&world, LEDGER_PERMISSION_QUERY, "Failed to retrieve permission: alice@gone", "1", DELETE,
         "alice", "nn", "alice", "gone");
    FAIL(&world, LEDGER_ACTION_VALIDATE, "permission which has children", "1", DELETE, "alice",
         "nn", "alice", "spend");
    FAIL(&world, LEDGER_IRRELEVANT_AUTH, "minimum authority is alice@spend", "12", DELETE,
         "alice@tiny", "nn", "alice", "spend");
    FAIL(&world, LEDGER_IRRELEVANT_AUTH, "owner of the affected permission", "2", DELETE, "bob",
         "nn", "alice", "tiny");
    FAIL(&world, LEDGER_IRRELEVANT_AUTH, "only have one declared authorization", "1 2", DELETE,
         "alice bob", "nn", "alice", "tiny");
    ACT(&world, "12", DELETE, "alice@tiny", "nn", "alice", "tiny");
    CHECK(!has_permission("tiny", &row));
    CHECK_EQ(ram(), before - (240 + 64 + 43));
    ACT(&world, "1", DELETE, "alice", "nn", "alice", "spend");
    CHECK(!has_permission("spend", &row));
    world_close(&world);
}

static void test_links(void)
{
    open_world();
    uint64_t before = ram();
    /* What alice does with bob's "pay" needs spend; with all else of bob's, tiny. */
    ACT(&world, "1", LINK, "alice", "nnnn", "alice", "bob", "pay", "spend");
    ACT(&world, "1", LINK, "alice", "nnnn", "alice", "bob", "", "tiny");
    CHECK_EQ(world_account(&world, "alice").link_count, 2);
    CHECK_EQ(ram(), before + 2 * 144);
    FAIL(&world, LEDGER_IRRELEVANT_AUTH,
         "action declares irrelevant authority 'alice@tiny'; minimum authority is alice@spend",
         "12", "bob::pay", "alice@tiny", "");
    ACT(&world, "11", "bob::pay", "alice@spend", "");
    ACT(&world, "1", "bob::pay", "alice", "");
    ACT(&world, "12", "bob::other", "alice@tiny", "");
    FAIL(&world, LEDGER_IRRELEVANT_AUTH, "minimum authority is alice@active", "12", "alice::pay",
         "alice@tiny", "");
    /* Only from one required permission to another, which costs nothing. */
    FAIL(&world, LEDGER_ACTION_VALIDATE, "new requirement is same as old", "1", LINK, "alice",
         "nnnn", "alice", "bob", "pay", "spend");
    ACT(&world, "11", LINK, "alice@spend", "nnnn", "alice", "bob", "pay", "tiny");
    CHECK_EQ(ram(), before + 2 * 144);
    ACT(&world, "12", "bob::pay", "alice@tiny", "");
    FAIL(&world, LEDGER_ACTION_VALIDATE, "authority is linked to bob::", "1", DELETE, "alice", "nn",
         "alice", "tiny");
    ACT(&world, "1", UNLINK, "alice", "nnn", "alice", "bob", "");
    ACT(&world, "12", UNLINK, "alice@tiny", "nnn", "alice", "bob", "pay");
    CHECK_EQ(world_account(&world, "alice").link_count, 0);
    CHECK_EQ(ram(), before);
    FAIL(&world, LEDGER_IRRELEVANT_AUTH, "minimum authority is alice@active", "12", "bob::pay",
         "alice@tiny", "");
    ACT(&world, "1", DELETE, "alice", "nn", "alice", "tiny");
    world_close(&world);
}

static void test_links_refused(void)
{
    static const char *const never[] = {"updateauth", "deleteauth", "linkauth", "unlinkauth"};
    open_world();
    for (unsigned i = 0; i < sizeof never / sizeof never[0]; i++)
        FAIL(&world, LEDGER_ACTION_VALIDATE, "to a minimum permission", "1", LINK, "alice", "nnnn",
             "alice", "eosio", never[i], "spend");
    ACT(&world, "1", LINK, "alice", "nnnn", "alice", "bob", "updateauth", "spend");
    ACT(&world, "1", LINK, "alice", "nnnn", "alice", "eosio", "", "spend");
    /* A link to all of eosio's actions does not reach these either. */
    ACT(&world, "12", UPDATE, "alice@tiny", "nnnA", "alice", "tiny", "spend", "1 12:1");
    FAIL(&world, LEDGER_ACTION_VALIDATE, "Required permission cannot be empty", "1", LINK, "alice",
         "nnnn", "alice", "bob", "pay", "");
    FAIL(&world, LEDGER_ACCOUNT_QUERY, "Failed to retrieve code for account: carol", "1", LINK,
         "alice", "nnnn", "alice", "carol", "pay", "spend");
    FAIL(&world, LEDGER_PERMISSION_QUERY, "Failed to retrieve permission: gone", "1", LINK, "alice",
         "nnnn", "alice", "bob", "pay", "gone");
    FAIL(&world, LEDGER_IRRELEVANT_AUTH, "owner of the linked permission", "2", LINK, "bob", "nnnn",
         "alice", "bob", "pay", "spend");
    FAIL(&world, LEDGER_IRRELEVANT_AUTH, "link action should only have one", "1 10", LINK,
         "alice alice@owner", "nnnn", "alice", "bob", "pay", "spend");
    FAIL(&world, LEDGER_IRRELEVANT_AUTH,
         "link action declares irrelevant authority 'alice@tiny'; minimum authority is "
         "alice@active",
         "12", LINK, "alice@tiny", "nnnn", "alice", "bob", "pay", "tiny");
    world_close(&world);
}

static void test_unlink_refused(void)
{
    open_world();
    ACT(&world, "1", LINK, "alice", "nnnn", "alice", "bob", "", "spend");
    FAIL(&world, LEDGER_TRANSACTION,
         "cannot unlink non-existent permission link of account 'alice' for actions matching "
         "'eosio::pay'",
         "1", UNLINK, "alice", "nnn", "alice", "eosio", "pay");
    /* The link for all actions gives the right, but there is none for this one. */
    FAIL(&world, LEDGER_ACTION_VALIDATE, "no link found", "1", UNLINK, "alice", "nnn", "alice",
         "bob", "pay");
    FAIL(&world, LEDGER_IRRELEVANT_AUTH, "minimum authority is alice@spend", "12", UNLINK,
         "alice@tiny", "nnn", "alice", "bob", "");
    FAIL(&world, LEDGER_IRRELEVANT_AUTH, "owner of the linked permission", "2", UNLINK, "bob",
         "nnn", "alice", "bob", "");
    FAIL(&world, LEDGER_IRRELEVANT_AUTH, "unlink action should only have one", "1 10", UNLINK,
         "alice alice@owner", "nnn", "alice", "bob", "");
    world_close(&world);
}

/* A link to eosio.any: any permission of the account does. */
static void test_any(void)
{
    open_world();
    ACT(&world, "1", LINK, "alice", "nnnn", "alice", "bob", "pay", "eosio.any");
    ACT(&world, "12", "bob::pay", "alice@tiny", "");
    ACT(&world, "12", LINK, "alice@tiny", "nnnn", "alice", "bob", "pay", "spend");
    ACT(&world, "11", LINK, "alice@spend", "nnnn", "alice", "bob", "pay", "eosio.any");
    ACT(&world, "12", UNLINK, "alice@tiny", "nnn", "alice", "bob", "pay");
    world_close(&world);
}

/* ------------------------------------------------------------------ indices */

static bool count_row(void *user, struct bytes key, struct bytes value)
{
    (void)key;
    CHECK_EQ(value.size, 2);
    ++*(unsigned *)user;
    return true;
}

static unsigned count(const struct row_key *prefix)
{
    unsigned rows = 0;
    struct row_key high = row_key_end(prefix);
    state_scan(world.state, row_key_view(prefix), row_key_view(&high), false, count_row, &rows);
    return rows;
}

static unsigned count_key(unsigned number)
{
    struct public_key key = world_key(number);
    struct row_key prefix = key_entry_prefix(&key);
    return count(&prefix);
}

static unsigned count_controlled(const char *controller)
{
    struct row_key prefix = row_key(ROW_CONTROLLED);
    row_key_u64(&prefix, name_of(controller));
    return count(&prefix);
}

static void test_indices(void)
{
    open_world();
    CHECK_EQ(count_key(2), 2); /* bob's owner and active */
    CHECK_EQ(count_key(12), 1);
    CHECK_EQ(count_controlled("bob"), 0);
    ACT(&world, "1", UPDATE, "alice", "nnnA", "alice", "tiny", "spend",
        "1 2:1 13:1 bob@active:1 bob@owner:3");
    CHECK_EQ(count_key(2), 3);
    CHECK_EQ(count_key(12), 0);
    CHECK_EQ(count_key(13), 1);
    CHECK_EQ(count_controlled("bob"), 2);
    ACT(&world, "1", UPDATE, "alice", "nnnA", "alice", "tiny", "spend", "1 13:2 bob@owner:1");
    CHECK_EQ(count_key(2), 2);
    CHECK_EQ(count_key(13), 1);
    CHECK_EQ(count_controlled("bob"), 1);
    ACT(&world, "1", DELETE, "alice", "nn", "alice", "tiny");
    CHECK_EQ(count_key(13), 0);
    CHECK_EQ(count_controlled("bob"), 0);
    CHECK_EQ(count_controlled("eosio"), 2); /* eosio.prods */
    world_close(&world);
}

int main(void)
{
    RUN(test_updateauth);
    RUN(test_updateauth_refused);
    RUN(test_updateauth_who);
    RUN(test_depth);
    RUN(test_deleteauth);
    RUN(test_links);
    RUN(test_links_refused);
    RUN(test_unlink_refused);
    RUN(test_any);
    RUN(test_indices);
    return 0;
}
