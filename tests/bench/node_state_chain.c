// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/node_state_chain.h"

#include "host/ledger/names.h"
#include "host/wire/authority.h"

#define SUPPLY            (INT64_C(1) << 60)
#define BALANCE           INT64_C(1000000000)
#define SLOTS_A_BLOCK     10u
#define EXPIRES_AFTER_S   2 /* before the next block: the state keeps no ids for long */
#define ACTION_DATA_BYTES 256u
#define NAME_ALPHABET     31u /* without the dot */
#define NAME_CHARS        12u
#define NAME_BITS_UNUSED  4u
#define TRANSFER_SEED     (UINT64_C(1) << 40)
#define PACKED_BYTES_MAX  (64u << 10)
#define GENESIS_INSTANT   "2024-01-01T00:00:00.000"
#define TOKEN             "4,SYS"

/* ------------------------------------------------------------------ names, keys, numbers */

/* The finalizer of SplitMix64 (Steele, Lea, Flood 2014). */
static uint64_t mix(uint64_t seed)
{
    seed += UINT64_C(0x9E3779B97F4A7C15);
    seed = (seed ^ seed >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    seed = (seed ^ seed >> 27) * UINT64_C(0x94D049BB133111EB);
    return seed ^ seed >> 31;
}

uint32_t state_chain_number(uint64_t seed, uint32_t bound)
{
    return (uint32_t)((mix(seed) >> 32) * bound >> 32);
}

/* Twelve characters. */
name_t state_chain_name(uint32_t account)
{
    uint64_t left = mix(account);
    name_t name = 0;
    for (unsigned i = 0; i < NAME_CHARS; i++, left /= NAME_ALPHABET)
        name = name << 5 | (1 + left % NAME_ALPHABET);
    return name << NAME_BITS_UNUSED;
}

struct public_key state_chain_key(uint32_t account, unsigned which)
{
    struct public_key key = {.type = KEY_K1, .bytes = {2}};
    for (unsigned i = 0; i < 4; i++) {
        uint64_t word = mix(~(uint64_t)account << 8 | which << 4 | i);
        memcpy(key.bytes + 1 + i * sizeof word, &word, sizeof word);
    }
    return key;
}

/* ------------------------------------------------------------------ actions */

/* A transaction in the making. */
struct draft {
    struct transaction transaction;
    uint8_t data[TRANSACTION_ACTIONS_MAX][ACTION_DATA_BYTES];
};

static struct writer add(struct draft *draft)
{
    CHECK(draft->transaction.action_count < TRANSACTION_ACTIONS_MAX);
    return writer_of(draft->data[draft->transaction.action_count], ACTION_DATA_BYTES);
}

static void added(struct draft *draft, name_t contract, name_t name, name_t actor,
                  const struct writer *data)
{
    struct action *action = &draft->transaction.actions[draft->transaction.action_count++];
    CHECK(!data->failed);
    *action = (struct action){.account = contract,
                              .name = name,
                              .authorization_count = 1,
                              .data = {data->start, writer_size(data)}};
    action->authorizations[0] = (struct permission_level){actor, NAME_ACTIVE};
}

static symbol_t token(void)
{
    symbol_t symbol;
    CHECK(symbol_parse(TOKEN, strlen(TOKEN), &symbol));
    return symbol;
}

symbol_code_t state_chain_token(void)
{
    return symbol_code(token());
}

static void write_quantity(struct writer *writer, int64_t amount)
{
    write_u64(writer, (uint64_t)amount);
    write_u64(writer, token());
}

static void add_newaccount(struct draft *draft, uint32_t account)
{
    struct writer writer = add(draft);
    write_u64(&writer, NAME_EOSIO);
    write_u64(&writer, state_chain_name(account));
    for (unsigned i = 0; i < 2; i++) {
        struct public_key key = state_chain_key(account, i);
        struct authority authority;
        authority_of_key(&authority, &key);
        authority_write(&writer, &authority);
    }
    added(draft, NAME_EOSIO, NAME_NEWACCOUNT, NAME_EOSIO, &writer);
}

static void add_transfer(struct draft *draft, name_t from, name_t to, int64_t amount,
                         uint64_t number)
{
    char memo[24];
    int chars = snprintf(memo, sizeof memo, "%010llu", (unsigned long long)number);
    struct writer writer = add(draft);
    write_u64(&writer, from);
    write_u64(&writer, to);
    write_quantity(&writer, amount);
    write_sized(&writer, (struct bytes){(const uint8_t *)memo, (size_t)chars});
    added(draft, NAME_EOSIO_TOKEN, NAME_TRANSFER, from, &writer);
}

/* ------------------------------------------------------------------ blocks */

/* Executes the draft on the pending block, and empties it. */
static void push(struct state_chain *chain, struct draft *draft, const struct public_key *key)
{
    static uint8_t packed[PACKED_BYTES_MAX];
    static const struct signature signature = {.type = KEY_K1}; /* has its size */
    struct transaction *transaction = &draft->transaction;
    struct writer writer = writer_of(packed, sizeof packed);
    enum transaction_error error;
    block_id_t head = chain_head_id(chain->chain);
    struct reader prefix = reader_of(head.bytes + 8, sizeof(uint32_t));
    uint32_t slot = chain_pending_slot(chain->chain);
    transaction->expiration = (uint32_t)(slot_unix_ms(slot) / 1000) + EXPIRES_AFTER_S;
    transaction->ref_block_num = (uint16_t)block_id_height(&head);
    transaction->ref_block_prefix = read_u32(&prefix);
    transaction_write(&writer, transaction);
    CHECK(!writer.failed);
    struct signed_transaction *signed_transaction = signed_transaction_create(
        &signature, 1, false, (struct bytes){packed, writer_size(&writer)}, (struct bytes){NULL, 0},
        &error);
    CHECK(signed_transaction != NULL);
    struct transaction_trace *trace =
        chain_push(chain->chain, signed_transaction, key, 1, CHAIN_INCLUDE);
    if (!trace->executed)
        printf("# %s\n", trace->error.message);
    CHECK(trace->executed);
    trace_release(trace);
    signed_transaction_release(signed_transaction);
    transaction->action_count = 0;
}

static bool sign(void *user, const uint8_t digest[32], struct signature *signature)
{
    (void)user, (void)digest;
    *signature = (struct signature){.type = KEY_K1};
    return true;
}

static void start_block(struct state_chain *chain)
{
    chain_start(chain->chain, chain_head_header(chain->chain)->slot + SLOTS_A_BLOCK, NAME_EOSIO);
}

static void seal_block(struct state_chain *chain)
{
    char error[CHAIN_ERROR_SIZE];
    struct block *block = chain_seal(chain->chain, sign, NULL, error);
    if (block == NULL)
        printf("# %s\n", error);
    CHECK(block != NULL);
    block_free(block);
}

static void settle(struct state_chain *chain)
{
    char error[CHAIN_ERROR_SIZE];
    CHECK(chain_sync(chain->chain, error) == 0);
    chain_finalize(chain->chain, chain_head(chain->chain));
}

static void make_token(struct state_chain *chain, struct draft *draft)
{
    struct writer create = add(draft);
    write_u64(&create, NAME_EOSIO);
    write_quantity(&create, SUPPLY);
    added(draft, NAME_EOSIO_TOKEN, NAME_CREATE, NAME_EOSIO_TOKEN, &create);
    struct writer issue = add(draft);
    write_u64(&issue, NAME_EOSIO);
    write_quantity(&issue, SUPPLY);
    write_sized(&issue, (struct bytes){NULL, 0});
    added(draft, NAME_EOSIO_TOKEN, NAME_ISSUE, NAME_EOSIO, &issue);
    push(chain, draft, &chain->key);
}

void state_chain_found(struct state_chain *chain, uint32_t accounts)
{
    static struct draft draft;
    start_block(chain);
    make_token(chain, &draft);
    for (uint32_t i = 0; i < accounts; i++) {
        add_newaccount(&draft, i);
        add_transfer(&draft, NAME_EOSIO, state_chain_name(i), BALANCE, i);
        push(chain, &draft, &chain->key);
    }
    seal_block(chain);
    settle(chain);
}

void state_chain_transfer(struct state_chain *chain, uint32_t accounts, unsigned blocks,
                          unsigned count)
{
    static struct draft draft;
    uint32_t stride = accounts / (blocks * count) + 1;
    for (unsigned i = 0; i < blocks; i++) {
        start_block(chain);
        for (unsigned j = 0; j < count; j++) {
            uint32_t number = i * count + j;
            uint32_t from = (uint32_t)((uint64_t)number * stride % accounts);
            uint32_t to = state_chain_number(TRANSFER_SEED + number, accounts);
            if (to == from)
                to = (to + 1) % accounts;
            struct public_key key = state_chain_key(from, 1);
            add_transfer(&draft, state_chain_name(from), state_chain_name(to), 1, number);
            push(chain, &draft, &key);
        }
        seal_block(chain);
    }
    settle(chain);
}

/* ------------------------------------------------------------------ reading */

uint64_t state_chain_look_up(struct state_chain *chain, uint32_t account)
{
    struct state *state = chain_state(chain->chain);
    struct account_row row;
    struct bytes value;
    name_t name = state_chain_name(account);
    CHECK(account_row_get(state, name, &row));
    struct row_key key =
        contract_row_key(NAME_EOSIO_TOKEN, name, NAME_ACCOUNTS, state_chain_token());
    CHECK(state_get(state, row_key_view(&key), &value));
    return row.ram_usage_bytes + value.size;
}

/* ------------------------------------------------------------------ beginning and end */

void state_chain_open(struct state_chain *chain, const char *folder, uint64_t map_bytes)
{
    char json[512], text[KEY_TEXT_SIZE], error[CHAIN_ERROR_SIZE], path[DISK_PATH_SIZE];
    chain->disk = disk_posix();
    chain->key = state_chain_key(UINT32_MAX, 0);
    public_key_text(&chain->key, true, text);
    int chars =
        snprintf(json, sizeof json,
                 "{\"initial_timestamp\": \"" GENESIS_INSTANT "\", \"initial_key\": \"%s\"}", text);
    struct chain_options options = {.disk = &chain->disk, .folder = folder};
    CHECK(genesis_parse((struct bytes){(const uint8_t *)json, (size_t)chars}, &options.genesis,
                        error) == 0);
    snprintf(path, sizeof path, "%s/state", folder);
    CHECK(row_store_lmdb(path, map_bytes, &options.store, error) == 0);
    if (chain_open(&options, &chain->chain, error) != 0) {
        printf("# %s\n", error);
        exit(1);
    }
}

void state_chain_close(struct state_chain *chain)
{
    char error[CHAIN_ERROR_SIZE];
    CHECK(chain_close(chain->chain, error) == 0);
}
