// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/node_rig.h"

#include <time.h>

#include "host/wire/authority.h"
#include "host/wire/hash.h"

#define STATE_BYTES      (UINT64_C(4) << 30)
#define BALANCE          INT64_C(1000000000)
#define EXPIRES_AFTER_S  1800
#define ACCOUNTS_A_BLOCK 1000u
#define STRIDE           7u /* from whom to whom */

/* Blocks as large as the format allows: by default a block is full at 27,586 transfers a second,
 * whatever the machine could do, and what is measured here would be that. */
static const char genesis_json[] =
    "{\"initial_timestamp\": \"2024-01-01T00:00:00.000\", \"initial_key\": \"%s\","
    " \"initial_configuration\": {\"max_block_cpu_usage\": 2000000,"
    " \"max_block_net_usage\": 8388608}}";

/* ------------------------------------------------------------------ names and keys */

/* Four letters behind a "u". */
static name_t name_of_account(unsigned index)
{
    char text[] = "uaaaa";
    for (unsigned i = 4; i > 0; i--, index /= 26)
        text[i] = (char)('a' + index % 26);
    return name_of(text);
}

static struct private_key key_of_account(unsigned index)
{
    struct private_key key = {.type = KEY_K1};
    key.secret[0] = 1;
    key.secret[30] = (uint8_t)(index >> 8);
    key.secret[31] = (uint8_t)index;
    return key;
}

static struct public_key public_of(const struct private_key *key)
{
    struct public_key public_key;
    CHECK(private_key_public(key, &public_key));
    return public_key;
}

/* ------------------------------------------------------------------ transactions */

static size_t pack(const struct node_rig *rig, const struct action *action, uint8_t *out,
                   size_t room)
{
    static struct transaction transaction; /* large */
    block_id_t head = chain_head_id(rig->chain);
    struct reader prefix = reader_of(head.bytes + 8, sizeof(uint32_t));
    struct writer writer = writer_of(out, room);
    transaction.expiration = rig->expiration;
    transaction.ref_block_num = (uint16_t)block_id_height(&head);
    transaction.ref_block_prefix = read_u32(&prefix);
    transaction.action_count = 1;
    transaction.actions[0] = *action;
    transaction_write(&writer, &transaction);
    CHECK(!writer.failed);
    return writer_size(&writer);
}

static struct action action_of(const char *account, const char *name, name_t actor,
                               const struct writer *data)
{
    CHECK(!data->failed);
    struct action action = {.account = name_of(account),
                            .name = name_of(name),
                            .authorization_count = 1,
                            .data = {data->start, writer_size(data)}};
    action.authorizations[0] = (struct permission_level){actor, name_of("active")};
    return action;
}

static void write_quantity(struct writer *writer, int64_t amount)
{
    symbol_t symbol;
    CHECK(symbol_parse("4,SYS", 5, &symbol));
    write_u64(writer, (uint64_t)amount);
    write_u64(writer, symbol);
}

static void write_memo(struct writer *writer, uint32_t number)
{
    char memo[16];
    int chars = snprintf(memo, sizeof memo, "%010u", number);
    write_sized(writer, (struct bytes){(const uint8_t *)memo, (size_t)chars});
}

static void write_transfer(struct writer *writer, name_t from, name_t to, int64_t amount,
                           uint32_t number)
{
    write_u64(writer, from);
    write_u64(writer, to);
    write_quantity(writer, amount);
    write_memo(writer, number);
}

/* transaction_digest, under another name: node_transfer leaves that one out of what it counts. */
static void digest_of(const struct node_rig *rig, struct bytes packed, uint8_t digest[32])
{
    static const uint8_t zeros[32];
    const struct bytes parts[] = {{chain_id(rig->chain), 32}, packed, {zeros, sizeof zeros}};
    hash_sha256(parts, 3, digest);
}

void node_rig_transfer(const struct node_rig *rig, uint32_t number, struct node_transfer *transfer)
{
    uint8_t data[64], digest[32];
    struct writer writer = writer_of(data, sizeof data);
    unsigned from = number % NODE_RIG_ACCOUNTS, to = (number * STRIDE + 1) % NODE_RIG_ACCOUNTS;
    if (to == from)
        to = (to + 1) % NODE_RIG_ACCOUNTS;
    write_transfer(&writer, name_of_account(from), name_of_account(to), 1, number);
    struct action action = action_of("eosio.token", "transfer", name_of_account(from), &writer);
    transfer->bytes = pack(rig, &action, transfer->packed, sizeof transfer->packed);
    digest_of(rig, (struct bytes){transfer->packed, transfer->bytes}, digest);
    CHECK(private_key_sign(&rig->keys[from], digest, &transfer->signature));
}

struct signed_transaction *node_transfer_parse(const struct node_transfer *transfer)
{
    enum transaction_error error;
    struct signed_transaction *transaction = signed_transaction_create(
        &transfer->signature, 1, false, (struct bytes){transfer->packed, transfer->bytes},
        (struct bytes){NULL, 0}, &error);
    CHECK(transaction != NULL);
    return transaction;
}

/* ------------------------------------------------------------------ the founding */

static void include(struct node_rig *rig, const struct action *action, const struct public_key *key)
{
    uint8_t packed[1024];
    enum transaction_error error;
    size_t bytes = pack(rig, action, packed, sizeof packed);
    struct signed_transaction *transaction = signed_transaction_create(
        NULL, 0, false, (struct bytes){packed, bytes}, (struct bytes){NULL, 0}, &error);
    CHECK(transaction != NULL);
    struct transaction_trace *trace = chain_push(rig->chain, transaction, key, 1, CHAIN_INCLUDE);
    if (!trace->executed)
        printf("# %s\n", trace->error.message);
    CHECK(trace->executed);
    trace_release(trace);
    signed_transaction_release(transaction);
}

static void make_account(struct node_rig *rig, unsigned index)
{
    uint8_t data[256];
    struct authority authority;
    struct writer writer = writer_of(data, sizeof data);
    rig->keys[index] = key_of_account(index);
    struct public_key key = public_of(&rig->keys[index]);
    authority_of_key(&authority, &key);
    write_u64(&writer, name_of("eosio"));
    write_u64(&writer, name_of_account(index));
    authority_write(&writer, &authority);
    authority_write(&writer, &authority);
    struct action action = action_of("eosio", "newaccount", name_of("eosio"), &writer);
    include(rig, &action, &rig->genesis.key);
}

static void fund_account(struct node_rig *rig, unsigned index)
{
    uint8_t data[64];
    struct writer writer = writer_of(data, sizeof data);
    write_transfer(&writer, name_of("eosio"), name_of_account(index), BALANCE, index);
    struct action action = action_of("eosio.token", "transfer", name_of("eosio"), &writer);
    include(rig, &action, &rig->genesis.key);
}

static void make_token(struct node_rig *rig)
{
    uint8_t data[64];
    struct writer writer = writer_of(data, sizeof data);
    write_u64(&writer, name_of("eosio"));
    write_quantity(&writer, BALANCE * NODE_RIG_ACCOUNTS);
    struct action create = action_of("eosio.token", "create", name_of("eosio.token"), &writer);
    include(rig, &create, &rig->genesis.key);
    writer = writer_of(data, sizeof data);
    write_u64(&writer, name_of("eosio"));
    write_quantity(&writer, BALANCE * NODE_RIG_ACCOUNTS);
    write_memo(&writer, 0);
    struct action issue = action_of("eosio.token", "issue", name_of("eosio"), &writer);
    include(rig, &issue, &rig->genesis.key);
}

static bool sign(void *user, const uint8_t digest[32], struct signature *signature)
{
    const struct node_rig *rig = user;
    return private_key_sign(&rig->key, digest, signature);
}

static void start_block(struct node_rig *rig)
{
    uint32_t slot = chain_head_header(rig->chain)->slot + 1;
    rig->expiration = (uint32_t)(slot_unix_ms(slot) / 1000 + EXPIRES_AFTER_S);
    chain_start(rig->chain, slot, name_of("eosio"));
}

static void seal_block(struct node_rig *rig)
{
    char error[CHAIN_ERROR_SIZE];
    struct block *block = chain_seal(rig->chain, sign, rig, error);
    CHECK(block != NULL);
    block_free(block);
}

static void found(struct node_rig *rig)
{
    start_block(rig);
    make_token(rig);
    for (unsigned i = 0; i < NODE_RIG_ACCOUNTS; i++) {
        make_account(rig, i);
        fund_account(rig, i);
        if (i % ACCOUNTS_A_BLOCK == ACCOUNTS_A_BLOCK - 1) {
            seal_block(rig);
            start_block(rig);
        }
    }
    seal_block(rig);
}

/* ------------------------------------------------------------------ beginning and end */

void node_rig_open(struct node_rig *rig, node_rig_root merkle_root, void *merkle_context)
{
    char json[512], text[KEY_TEXT_SIZE], error[CHAIN_ERROR_SIZE], path[FOLDER_PATH_SIZE + 16];
    rig->key = (struct private_key){.type = KEY_K1, .secret = {[31] = 5}};
    struct public_key key = public_of(&rig->key);
    public_key_text(&key, true, text);
    int chars = snprintf(json, sizeof json, genesis_json, text);
    CHECK(genesis_parse((struct bytes){(const uint8_t *)json, (size_t)chars}, &rig->genesis,
                        error) == 0);
    folder_make(rig->folder);
    rig->disk = disk_posix();
    struct chain_options options = {.disk = &rig->disk,
                                    .folder = rig->folder,
                                    .genesis = rig->genesis,
                                    .merkle_root = merkle_root,
                                    .merkle_context = merkle_context,
                                    .keep_traces = true};
    snprintf(path, sizeof path, "%s/state", rig->folder);
    CHECK(row_store_lmdb(path, STATE_BYTES, &options.store, error) == 0);
    if (chain_open(&options, &rig->chain, error) != 0)
        printf("# %s\n", error);
    CHECK(rig->chain != NULL);
    found(rig);
    rig->expiration = (uint32_t)time(NULL) + EXPIRES_AFTER_S;
}

void node_rig_close(struct node_rig *rig)
{
    char error[CHAIN_ERROR_SIZE];
    CHECK(chain_close(rig->chain, error) == 0);
    folder_remove(rig->folder);
}
