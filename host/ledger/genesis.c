// SPDX-License-Identifier: Apache-2.0
#include "host/ledger/genesis.h"

#include <assert.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "host/ledger/execute.h"
#include "host/ledger/names.h"
#include "host/ledger/permission.h"
#include "host/wire/hash.h"
#include "host/wire/time.h"

#define NET_WORD_BYTES      8u
#define GENESIS_BYTES_MAX   128u /* packed */
#define INLINE_DEPTH_MAX    32u
#define AUTHORITY_DEPTH_MAX 32u
#define LIFETIME_S_MAX      (24u * 3600u)

/* So that every machine that follows keeps up: a transfer counts as 29 us, so a block takes 13,793.
 * A consortium of faster ones, or with cards, sets more. Part of a genesis that does not say
 * otherwise, and so of its chain's id. */
static const struct chain_parameters default_parameters = {
    .max_block_net_words = (4u << 20) / NET_WORD_BYTES,
    .max_block_cpu_us = 400000,
    .max_transaction_net_words = TRANSACTION_BYTES_MAX / NET_WORD_BYTES,
    .max_transaction_cpu_us = 150000,
    .max_transaction_lifetime_s = 3600,
    .max_inline_depth = 4,
    .max_authority_depth = 6,
    .account_ram_bytes = UNLIMITED,
    .account_net_words = UNLIMITED,
    .account_cpu_us = UNLIMITED,
};

/* ------------------------------------------------------------------ reading */

static bool refuse(char error[GENESIS_ERROR_SIZE], const char *name, const char *why)
{
    snprintf(error, GENESIS_ERROR_SIZE, "genesis: \"%s\" %s", name, why);
    return false;
}

/* The time of a slot, exactly; not that of slot 0, which stands for none. */
static bool read_timestamp(const json_t *json, uint32_t *slot)
{
    int64_t unix_us;
    return json_is_string(json) &&
           time_parse(json_string_value(json), json_string_length(json), &unix_us) &&
           unix_us % (SLOT_MS * TIME_US_PER_MS) == 0 && slot_at(unix_us, slot) && *slot != 0;
}

struct setting {
    const char *name;
    uint32_t *value;    /* this one, */
    int64_t *limit;     /* or this one, which may be UNLIMITED */
    uint32_t unit, max; /* the value is in so many of the file's units; 1 to max of its own */
};

static bool read_setting(const struct setting *setting, const json_t *json,
                         char error[GENESIS_ERROR_SIZE])
{
    if (!json_is_integer(json))
        return refuse(error, setting->name, "must be a number");
    json_int_t number = json_integer_value(json);
    if (setting->limit != NULL) {
        if (number < UNLIMITED)
            return refuse(error, setting->name, "must be -1 (unlimited) or a limit");
        *setting->limit = number;
        return true;
    }
    if (number < setting->unit || number / setting->unit > setting->max)
        return refuse(error, setting->name, "is out of range");
    *setting->value = (uint32_t)(number / setting->unit);
    return true;
}

static bool read_configuration(json_t *json, struct chain_parameters *to,
                               char error[GENESIS_ERROR_SIZE])
{
    const uint32_t word = NET_WORD_BYTES;
    const struct setting settings[] = {
        {"max_block_net_usage", &to->max_block_net_words, NULL, word, BLOCK_BYTES_MAX / word},
        {"max_block_cpu_usage", &to->max_block_cpu_us, NULL, 1, UINT32_MAX},
        {"max_transaction_net_usage", &to->max_transaction_net_words, NULL, word,
         TRANSACTION_BYTES_MAX / word},
        {"max_transaction_cpu_usage", &to->max_transaction_cpu_us, NULL, 1, UINT32_MAX},
        {"max_transaction_lifetime", &to->max_transaction_lifetime_s, NULL, 1, LIFETIME_S_MAX},
        {"max_inline_action_depth", &to->max_inline_depth, NULL, 1, INLINE_DEPTH_MAX},
        {"max_authority_depth", &to->max_authority_depth, NULL, 1, AUTHORITY_DEPTH_MAX},
        {"account_ram_bytes", NULL, &to->account_ram_bytes, 1, 0},
        {"account_net_words", NULL, &to->account_net_words, 1, 0},
        {"account_cpu_us", NULL, &to->account_cpu_us, 1, 0},
    };
    const char *name;
    json_t *value;
    json_object_foreach(json, name, value)
    {
        const struct setting *setting = settings,
                             *end = settings + sizeof settings / sizeof *setting;
        while (setting != end && strcmp(setting->name, name) != 0)
            setting++;
        if (setting == end)
            return refuse(error, name, "is not known in \"initial_configuration\"");
        if (!read_setting(setting, value, error))
            return false;
    }
    if (to->max_transaction_net_words > to->max_block_net_words)
        return refuse(error, "max_transaction_net_usage", "is more than a block's");
    if (to->max_transaction_cpu_us > to->max_block_cpu_us)
        return refuse(error, "max_transaction_cpu_usage", "is more than a block's");
    return true;
}

static bool read_member(struct genesis *genesis, const char *name, json_t *value,
                        char error[GENESIS_ERROR_SIZE])
{
    if (strcmp(name, "initial_timestamp") == 0) {
        if (read_timestamp(value, &genesis->slot))
            return true;
        return refuse(error, name,
                      "must be a time like \"2024-01-31T12:00:00.000\", on a half second");
    }
    if (strcmp(name, "initial_key") == 0) {
        if (json_is_string(value) &&
            public_key_parse(json_string_value(value), json_string_length(value), &genesis->key))
            return true;
        return refuse(error, name, "must be a public key (EOS..., PUB_K1_... or PUB_SM2_...)");
    }
    if (strcmp(name, "initial_configuration") == 0) {
        if (json_is_object(value))
            return read_configuration(value, &genesis->parameters, error);
        return refuse(error, name, "must be an object");
    }
    return refuse(error, name, "is not known");
}

static bool read_genesis(json_t *json, struct genesis *genesis, char error[GENESIS_ERROR_SIZE])
{
    const char *name;
    json_t *value;
    json_object_foreach(json, name, value)
    {
        if (!read_member(genesis, name, value, error))
            return false;
    }
    if (json_object_get(json, "initial_timestamp") == NULL)
        return refuse(error, "initial_timestamp", "is missing");
    if (json_object_get(json, "initial_key") == NULL)
        return refuse(error, "initial_key", "is missing");
    return true;
}

int genesis_parse(struct bytes json, struct genesis *genesis, char error[GENESIS_ERROR_SIZE])
{
    *genesis = (struct genesis){.parameters = default_parameters};
    json_error_t where;
    json_t *root = json_loadb((const char *)json.data, json.size, JSON_REJECT_DUPLICATES, &where);
    bool good = root != NULL && json_is_object(root);
    if (root == NULL)
        snprintf(error, GENESIS_ERROR_SIZE, "genesis: line %d: %s", where.line, where.text);
    else if (!good)
        snprintf(error, GENESIS_ERROR_SIZE, "genesis: must be a JSON object");
    else
        good = read_genesis(root, genesis, error);
    json_decref(root);
    return good ? 0 : -1;
}

/* ------------------------------------------------------------------ the chain's id */

void genesis_chain_id(const struct genesis *genesis, uint8_t chain_id[32])
{
    uint8_t packed[GENESIS_BYTES_MAX];
    struct writer writer = writer_of(packed, sizeof packed);
    write_u32(&writer, genesis->slot);
    public_key_write(&writer, &genesis->key);
    chain_parameters_write(&writer, &genesis->parameters);
    assert(!writer.failed);
    const struct bytes whole = {packed, writer_size(&writer)};
    hash_sha256(&whole, 1, chain_id);
}

/* ------------------------------------------------------------------ the first state */

struct first_account {
    const char *name;
    bool privileged, native; /* `native`: has a contract of this program's, with an ABI */
    /* Who is owner and active: the genesis key, eosio@active, or nobody. */
    enum { OF_KEY, OF_EOSIO, OF_NOBODY } authority;
};

static const struct first_account first_accounts[] = {
    {"eosio", true, true, OF_KEY},
    {"eosio.token", false, true, OF_KEY},
    {"eosio.null", false, false, OF_NOBODY},
    {"eosio.prods", false, false, OF_EOSIO},
};
#define FIRST_ACCOUNTS (sizeof first_accounts / sizeof first_accounts[0])

static void first_authority(const struct first_account *account, const struct public_key *key,
                            struct authority *authority)
{
    *authority = (struct authority){.threshold = 1};
    if (account->authority == OF_KEY)
        authority_of_key(authority, key);
    if (account->authority == OF_EOSIO) {
        authority->account_count = 1;
        authority->accounts[0] =
            (struct permission_weight){{name_of("eosio"), name_of("active")}, 1};
    }
}

static int64_t put_permission(struct state *state, name_t account, name_t permission, name_t parent,
                              const struct permission_row *row)
{
    struct permission_row with_parent = *row;
    with_parent.parent = parent;
    permission_store(state, (struct permission_level){account, permission}, NULL, &with_parent);
    return permission_ram_bytes(&row->authority);
}

static void put_account(const struct genesis *genesis, struct state *state,
                        const struct first_account *account)
{
    name_t name = name_of(account->name);
    struct bytes abi = account->native ? native_abi(name) : (struct bytes){NULL, 0};
    struct permission_row permission = {.updated_slot = genesis->slot};
    first_authority(account, &genesis->key, &permission.authority);
    struct account_row row = {.created_slot = genesis->slot,
                              .privileged = account->privileged,
                              .ram_quota_bytes = UNLIMITED,
                              .net_limit_words = UNLIMITED,
                              .cpu_limit_us = UNLIMITED};
    int64_t ram_bytes = put_permission(state, name, NAME_OWNER, 0, &permission) +
                        put_permission(state, name, NAME_ACTIVE, NAME_OWNER, &permission) +
                        (int64_t)abi.size;
    row.ram_usage_bytes = (uint64_t)ram_bytes;
    if (abi.size != 0) {
        struct row_key key = abi_key(name);
        state_put(state, row_key_view(&key), abi);
        row.abi_sequence = 1;
        hash_sha256(&abi, 1, row.abi_hash);
    }
    account_row_put(state, name, &row);
}

void genesis_apply(const struct genesis *genesis, struct state *state)
{
    const struct global_row global = {.account_count = FIRST_ACCOUNTS};
    chain_parameters_put(state, &genesis->parameters);
    global_row_put(state, &global);
    for (size_t i = 0; i < FIRST_ACCOUNTS; i++)
        put_account(genesis, state, &first_accounts[i]);
}
