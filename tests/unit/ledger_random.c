// SPDX-License-Identifier: Apache-2.0
/* Thousands of random actions, most of them possible, many not: what must hold between rows holds
 * after each hundred, and an action that fails has changed nothing (world_act looks). */
#include "tests/unit/ledger_audit.h"
#include "tests/unit/ledger_script.h"
#include "tests/unit/store_random.h"

#define ACTIONS           20000u
#define ACTIONS_PER_AUDIT 100u

static struct world world = {.contract_of = script_contract_of};
static struct store_random random_state;
static unsigned executed, failed;

/* The last one comes to be only by chance. */
static const char *const accounts[] = {"alice", "bob", "carol", "script", "echo", "frank"};
static const char *const permissions[] = {"owner", "active", "spend", "tiny", "eosio.any"};
static const char *const symbols[] = {"4,SYS", "4,SYS", "4,SYS", "0,TOK", "18,BIG", "3,SYS"};
#define BELOW(limit)  random_below(&random_state, limit)
#define ONE_OF(array) (array)[BELOW(sizeof(array) / sizeof(array)[0])]

/* Key 1 satisfies most of what all accounts have. */
static const char *some_keys(void)
{
    static const char *const keys[] = {"1", "1", "1", "1", "1", "1",   "1",
                                       "1", "1", "1", "1", "2", "1 2", ""};
    return ONE_OF(keys);
}

static int64_t some_amount(void)
{
    static const int64_t edges[] = {0,         1,        -1, ASSET_AMOUNT_MAX, ASSET_AMOUNT_MAX + 1,
                                    INT64_MAX, INT64_MIN};
    return BELOW(8) == 0 ? ONE_OF(edges) : (int64_t)BELOW(1000000);
}

static const char *some_authorization(const char *actor)
{
    static char text[64];
    snprintf(text, sizeof text, "%s@%s", BELOW(16) == 0 ? ONE_OF(accounts) : actor,
             BELOW(8) != 0 ? "active" : ONE_OF(permissions));
    return text;
}

static const char *some_authority(void)
{
    static const char *const authorities[] = {"1 1:1",
                                              "1 1:1",
                                              "1 1:1 2:1",
                                              "1 1:1 alice@active:1",
                                              "1 1:1 bob@spend:1 script@eosio.code:1",
                                              "1 alice@active:1 bob@active:1",
                                              "0 1:1"};
    return ONE_OF(authorities);
}

static enum ledger_error_code token_action(void)
{
    const char *one = ONE_OF(accounts), *other = ONE_OF(accounts), *symbol = ONE_OF(symbols);
    const char *keys = some_keys(), *who = some_authorization(one);
    switch (BELOW(10)) {
    case 0:
        return world_act(&world, "0", "eosio.token::create", "eosio.token", "niy", "alice",
                         some_amount(), symbol);
    case 1:
    case 2:
        return world_act(&world, keys, "eosio.token::issue", some_authorization("alice"), "niys",
                         BELOW(8) != 0 ? "alice" : one, some_amount(), symbol, "");
    case 3:
        return world_act(&world, keys, "eosio.token::retire", some_authorization("alice"), "iys",
                         some_amount(), symbol, "");
    case 4:
        return world_act(&world, keys, "eosio.token::open", who, "nyn", other, symbol, one);
    case 5:
        return world_act(&world, keys, "eosio.token::close", who, "ny", one, symbol);
    default:
        return world_act(&world, keys, "eosio.token::transfer", who, "nniys", one, other,
                         some_amount(), symbol, "memo");
    }
}

static enum ledger_error_code permission_action(void)
{
    const char *one = ONE_OF(accounts), *permission = ONE_OF(permissions);
    const char *keys = some_keys(), *who = some_authorization(one);
    switch (BELOW(4)) {
    case 0:
        return world_act(&world, keys, "eosio::updateauth", who, "nnnA", one, permission,
                         ONE_OF(permissions), some_authority());
    case 1:
        return world_act(&world, keys, "eosio::deleteauth", who, "nn", one, permission);
    case 2:
        return world_act(&world, keys, "eosio::linkauth", who, "nnnn", one, ONE_OF(accounts),
                         BELOW(2) != 0 ? "run" : "", permission);
    default:
        return world_act(&world, keys, "eosio::unlinkauth", who, "nnn", one, ONE_OF(accounts),
                         BELOW(2) != 0 ? "run" : "");
    }
}

static enum ledger_error_code account_action(void)
{
    const char *one = ONE_OF(accounts);
    struct bytes abi = native_abi(name_of(BELOW(2) != 0 ? "eosio" : "eosio.token"));
    if (BELOW(4) == 0)
        abi.size = 0;
    switch (BELOW(3)) {
    case 0:
        return world_act(&world, some_keys(), "eosio::newaccount", some_authorization(one), "nnAA",
                         one, ONE_OF(accounts), "1 1:1", some_authority());
    case 1:
        return world_act(&world, some_keys(), "eosio::setabi", some_authorization(one), "nb", one,
                         abi);
    default:
        return world_act(&world, "0", "eosio::setalimits", "eosio", "niii", one,
                         BELOW(2) != 0 ? (int64_t)BELOW(8000) : UNLIMITED, UNLIMITED, UNLIMITED);
    }
}

/* Rows come, change, go; sometimes an inline action or a notification does it. */
static enum ledger_error_code script_action(void)
{
    static struct script script, inner;
    const char *one = ONE_OF(accounts);
    script_start(&script);
    script_start(&inner);
    for (unsigned i = 0; i < 3; i++) {
        struct script *target = BELOW(3) == 0 ? &inner : &script;
        if (BELOW(3) != 0)
            script_put(target, BELOW(8), BELOW(3) != 0 ? "script" : one, BELOW(300));
        else
            script_erase(target, BELOW(8));
    }
    struct action action = {.account = name_of("script"), .name = name_of("run")};
    action.data = script_data(&inner);
    if (BELOW(2) != 0)
        script_inline(&script, &action);
    if (BELOW(3) == 0)
        script_notify(&script, "echo");
    script_echo(&script);
    script_put(&script, BELOW(8), "echo", BELOW(50));
    return world_act(&world, some_keys(), "script::run", some_authorization(one), "r",
                     script_data(&script));
}

static enum ledger_error_code random_action(void)
{
    switch (BELOW(8)) {
    case 0:
        return permission_action();
    case 1:
        return account_action();
    case 2:
        return script_action();
    default:
        return token_action();
    }
}

static void test_random(void)
{
    random_state.state = 7;
    world_open(&world);
    for (unsigned i = 0; i + 1 < sizeof accounts / sizeof accounts[0]; i++)
        world_create(&world, accounts[i], "1 1:1");
    ACT(&world, "0", "eosio.token::create", "eosio.token", "niy", "alice", ASSET_AMOUNT_MAX,
        "4,SYS");
    for (unsigned i = 0; i < ACTIONS; i++) {
        if (random_action() == LEDGER_OK)
            executed++;
        else
            failed++;
        if (i % ACTIONS_PER_AUDIT == 0)
            ledger_audit(&world);
    }
    ledger_audit(&world);
    world_close(&world);
    printf("# %u executed, %u failed\n", executed, failed);
    /* Neither is rare: the test looks at both. */
    CHECK(executed > ACTIONS / 6 && failed > ACTIONS / 6);
}

int main(void)
{
    RUN(test_random);
    return 0;
}
