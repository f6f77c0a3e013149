// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/ledger_audit.h"

#include "host/ledger/names.h"
#include "host/ledger/permission.h"

#define ACCOUNTS_MAX  256u
#define TOKENS_MAX    64u
#define TABLES_MAX    256u
#define ACCOUNT_BYTES 2048
#define ROW_BYTES     112
#define TABLE_BYTES   112

struct account_sum {
    name_t name;
    struct account_row row;
    int64_t bytes; /* of the rows that it pays */
    uint32_t links;
};

struct token_sum {
    symbol_t symbol;
    int64_t supply, supply_max, balances;
};

struct table_sum {
    uint64_t code, table, scope;
    uint32_t counted, rows;
};

struct audit {
    struct world *world;
    unsigned account_count, token_count, table_count;
    struct account_sum accounts[ACCOUNTS_MAX];
    struct token_sum tokens[TOKENS_MAX];
    struct table_sum tables[TABLES_MAX];
    uint64_t entries, entries_expected; /* of the indices */
};

static struct account_sum *find_account(struct audit *audit, name_t name)
{
    for (unsigned i = 0; i < audit->account_count; i++)
        if (audit->accounts[i].name == name)
            return &audit->accounts[i];
    CHECK(!"an account that pays for a row");
    return NULL;
}

static struct token_sum *find_token(struct audit *audit, symbol_code_t code)
{
    for (unsigned i = 0; i < audit->token_count; i++)
        if (symbol_code(audit->tokens[i].symbol) == code)
            return &audit->tokens[i];
    CHECK(!"a token of which somebody has a balance");
    return NULL;
}

static struct table_sum *find_table(struct audit *audit, uint64_t code, uint64_t table,
                                    uint64_t scope)
{
    for (unsigned i = 0; i < audit->table_count; i++) {
        struct table_sum *sum = &audit->tables[i];
        if (sum->code == code && sum->table == table && sum->scope == scope)
            return sum;
    }
    CHECK(!"the table of a row");
    return NULL;
}

/* ------------------------------------------------------------------ rows, a kind at a time */

static bool add_account(void *user, struct bytes key, struct bytes value)
{
    struct audit *audit = user;
    struct reader reader = reader_of(key.data + 1, key.size - 1);
    CHECK(audit->account_count < ACCOUNTS_MAX);
    struct account_sum *sum = &audit->accounts[audit->account_count++];
    (void)value;
    *sum = (struct account_sum){.name = read_u64_be(&reader)};
    CHECK(reader_done(&reader));
    CHECK(account_row_get(audit->world->state, sum->name, &sum->row));
    /* The genesis bills its accounts for less. */
    sum->bytes = sum->row.created_slot != audit->world->genesis.slot ? ACCOUNT_BYTES : 0;
    return true;
}

static void check_entry(struct audit *audit, const struct row_key *key, uint16_t weight)
{
    struct bytes value;
    CHECK(state_get(audit->world->state, row_key_view(key), &value));
    struct reader reader = reader_of(value.data, value.size);
    CHECK_EQ(read_u16(&reader), weight);
    CHECK(reader_done(&reader));
    audit->entries_expected++;
}

static void check_entries(struct audit *audit, struct permission_level level,
                          const struct authority *authority)
{
    for (unsigned i = 0; i < authority->key_count; i++) {
        struct row_key key = key_entry_prefix(&authority->keys[i].key);
        row_key_u64(&key, level.actor);
        row_key_permission(&key, level.permission);
        check_entry(audit, &key, authority->keys[i].weight);
    }
    for (unsigned i = 0; i < authority->account_count; i++) {
        struct row_key key = row_key(ROW_CONTROLLED);
        row_key_u64(&key, authority->accounts[i].permission.actor);
        row_key_u64(&key, authority->accounts[i].permission.permission);
        row_key_u64(&key, level.actor);
        row_key_permission(&key, level.permission);
        check_entry(audit, &key, authority->accounts[i].weight);
    }
}

static bool add_permission(void *user, struct bytes key, struct bytes value)
{
    struct audit *audit = user;
    struct reader reader = reader_of(key.data + 1, key.size - 1);
    struct permission_level level;
    struct permission_row row;
    (void)value;
    level.actor = read_u64_be(&reader);
    level.permission = read_key_permission(&reader);
    CHECK(reader_done(&reader));
    CHECK(permission_row_get(audit->world->state, level.actor, level.permission, &row));
    find_account(audit, level.actor)->bytes += permission_ram_bytes(&row.authority);
    CHECK((row.parent == 0) == (level.permission == NAME_OWNER));
    CHECK(row.parent == 0 || permission_exists(audit->world->state,
                                               (struct permission_level){level.actor, row.parent}));
    check_entries(audit, level, &row.authority);
    return true;
}

static bool add_entry(void *user, struct bytes key, struct bytes value)
{
    struct audit *audit = user;
    (void)key;
    (void)value;
    audit->entries++;
    return true;
}

static bool add_link(void *user, struct bytes key, struct bytes value)
{
    struct audit *audit = user;
    struct reader reader = reader_of(key.data + 1, key.size - 1);
    struct reader required = reader_of(value.data, value.size);
    struct account_sum *sum = find_account(audit, read_u64_be(&reader));
    struct permission_level level = {sum->name, read_u64(&required)};
    CHECK(level.permission == NAME_EOSIO_ANY || permission_exists(audit->world->state, level));
    sum->bytes += LINK_RAM_BYTES;
    sum->links++;
    return true;
}

static bool add_abi(void *user, struct bytes key, struct bytes value)
{
    struct audit *audit = user;
    struct reader reader = reader_of(key.data + 1, key.size - 1);
    find_account(audit, read_u64_be(&reader))->bytes += (int64_t)value.size;
    return true;
}

static bool add_table(void *user, struct bytes key, struct bytes value)
{
    struct audit *audit = user;
    struct reader place = reader_of(key.data + 1, key.size - 1);
    struct reader reader = reader_of(value.data, value.size);
    CHECK(audit->table_count < TABLES_MAX);
    struct table_sum *sum = &audit->tables[audit->table_count++];
    sum->code = read_u64_be(&place);
    sum->table = read_u64_be(&place);
    sum->scope = read_u64_be(&place);
    find_account(audit, read_u64(&reader))->bytes += TABLE_BYTES;
    sum->counted = read_u32(&reader);
    CHECK(reader_done(&place) && reader_done(&reader) && sum->counted > 0);
    return true;
}

static void add_stat(struct audit *audit, struct reader *reader)
{
    CHECK(audit->token_count < TOKENS_MAX);
    struct token_sum *token = &audit->tokens[audit->token_count++];
    token->supply = (int64_t)read_u64(reader);
    token->symbol = read_u64(reader);
    token->supply_max = (int64_t)read_u64(reader);
    CHECK_EQ(read_u64(reader), token->symbol);
    (void)read_u64(reader); /* the issuer */
    CHECK(token->supply >= 0 && token->supply <= token->supply_max);
}

static void add_balance(struct audit *audit, struct reader *reader)
{
    int64_t amount = (int64_t)read_u64(reader);
    symbol_t symbol = read_u64(reader);
    struct token_sum *token = find_token(audit, symbol_code(symbol));
    CHECK(amount >= 0 && token->symbol == symbol);
    token->balances += amount;
}

/* Of the rows of all contracts in two passes, since the tokens must be known for the balances. */
static void add_row(struct audit *audit, struct bytes key, struct bytes value, bool stats)
{
    struct reader place = reader_of(key.data + 1, key.size - 1);
    struct reader reader = reader_of(value.data, value.size);
    uint64_t code = read_u64_be(&place), scope = read_u64_be(&place), table = read_u64_be(&place);
    struct account_sum *payer = find_account(audit, read_u64(&reader));
    bool token = code == NAME_EOSIO_TOKEN;
    if ((token && table == NAME_STAT) != stats)
        return;
    payer->bytes += ROW_BYTES + (int64_t)reader_left(&reader);
    find_table(audit, code, table, scope)->rows++;
    if (!token)
        return;
    if (stats)
        add_stat(audit, &reader);
    else
        add_balance(audit, &reader);
    CHECK(reader_done(&reader));
}

static bool add_stat_row(void *user, struct bytes key, struct bytes value)
{
    add_row(user, key, value, true);
    return true;
}

static bool add_other_row(void *user, struct bytes key, struct bytes value)
{
    add_row(user, key, value, false);
    return true;
}

/* ------------------------------------------------------------------ all of it */

static void scan(struct audit *audit, enum row_kind kind,
                 bool (*row)(void *user, struct bytes key, struct bytes value))
{
    struct row_key low = row_key(kind), high = row_key_end(&low);
    state_scan(audit->world->state, row_key_view(&low), row_key_view(&high), false, row, audit);
}

void ledger_audit(struct world *world)
{
    static struct audit audit;
    memset(&audit, 0, sizeof audit);
    audit.world = world;
    scan(&audit, ROW_ACCOUNT, add_account);
    scan(&audit, ROW_PERMISSION, add_permission);
    scan(&audit, ROW_KEY, add_entry);
    scan(&audit, ROW_CONTROLLED, add_entry);
    scan(&audit, ROW_LINK, add_link);
    scan(&audit, ROW_ABI, add_abi);
    scan(&audit, ROW_TABLE, add_table);
    scan(&audit, ROW_CONTRACT, add_stat_row);
    scan(&audit, ROW_CONTRACT, add_other_row);
    CHECK_EQ(world->block.global.account_count, audit.account_count);
    CHECK_EQ(audit.entries, audit.entries_expected);
    for (unsigned i = 0; i < audit.account_count; i++) {
        const struct account_sum *sum = &audit.accounts[i];
        CHECK_EQ(sum->row.ram_usage_bytes, sum->bytes);
        CHECK_EQ(sum->row.link_count, sum->links);
        CHECK(sum->row.ram_quota_bytes == UNLIMITED || sum->bytes <= sum->row.ram_quota_bytes);
    }
    for (unsigned i = 0; i < audit.token_count; i++)
        CHECK_EQ(audit.tokens[i].balances, audit.tokens[i].supply);
    for (unsigned i = 0; i < audit.table_count; i++)
        CHECK_EQ(audit.tables[i].rows, audit.tables[i].counted);
}
