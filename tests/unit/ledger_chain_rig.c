// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/ledger_chain_rig.h"

#include "host/wire/authority.h"

#define STORE_BYTES_MAX   (UINT64_C(1) << 30)
#define TRANSACTION_BYTES 4096u
#define EXPIRES_AFTER_S   60
#define SYMBOL            "4,SYS"
#define BALANCE           INT64_C(1000000000)

/* ------------------------------------------------------------------ folders and chains */

void rig_make(struct rig *rig, enum rig_store store)
{
    static const char json[] =
        "{\"initial_timestamp\": \"2024-01-01T00:00:00.000\","
        " \"initial_key\": \"EOS6MRyAjQq8ud7hVNYcfnVPJqcVpscN5So8BhtHuGYqET5GDW5CV\"}";
    *rig = (struct rig){.store = store, .disk = disk_posix()};
    folder_make(rig->folder);
    CHECK(genesis_parse((struct bytes){(const uint8_t *)json, sizeof json - 1}, &rig->genesis,
                        rig->error) == 0);
}

static void count_replayed(void *user, uint32_t height, uint32_t of)
{
    struct rig *rig = user;
    CHECK(height <= of);
    rig->replayed++;
}

int rig_try_open(struct rig *rig)
{
    char path[FOLDER_PATH_SIZE + 16];
    struct chain_options options = {.disk = &rig->disk,
                                    .folder = rig->folder,
                                    .genesis = rig->genesis,
                                    .keep_traces = !rig->no_traces,
                                    .checkpoint_bytes = rig->checkpoint_bytes,
                                    .progress = count_replayed,
                                    .progress_user = rig};
    snprintf(path, sizeof path, "%s/state", rig->folder);
    if (rig->store == RIG_LMDB)
        CHECK(row_store_lmdb(path, STORE_BYTES_MAX, &options.store, rig->error) == 0);
    else
        CHECK(row_store_memory(&options.store, rig->error) == 0);
    rig->replayed = 0;
    if (chain_open(&options, &rig->chain, rig->error) != 0) {
        rig->chain = NULL;
        return -1;
    }
    rig->slot = chain_head_header(rig->chain)->slot;
    return 0;
}

void rig_open(struct rig *rig)
{
    if (rig_try_open(rig) != 0)
        printf("# %s\n", rig->error);
    CHECK(rig->chain != NULL);
}

void rig_close(struct rig *rig)
{
    if (chain_close(rig->chain, rig->error) != 0)
        printf("# %s\n", rig->error);
    else
        rig->error[0] = '\0';
    rig->chain = NULL;
}

void rig_kill(struct rig *rig)
{
    (void)chain_close(rig->chain, rig->error);
    rig->chain = NULL;
}

void rig_remove(struct rig *rig)
{
    if (rig->chain != NULL)
        rig_close(rig);
    folder_remove(rig->folder);
}

void rig_remove_below(const struct rig *rig, const char *name)
{
    char path[FOLDER_PATH_SIZE + 16];
    snprintf(path, sizeof path, "%s/%s", rig->folder, name);
    folder_remove(path);
}

/* ------------------------------------------------------------------ transactions */

name_t rig_account(unsigned index)
{
    static const char *const names[RIG_ACCOUNTS] = {"alice", "bob",   "carol", "dave",
                                                    "erin",  "frank", "grace", "heidi"};
    return name_of(names[index % RIG_ACCOUNTS]);
}

struct action rig_action(name_t account, name_t name, name_t actor, struct bytes data)
{
    struct action action = {
        .account = account, .name = name, .authorization_count = 1, .data = data};
    action.authorizations[0] = (struct permission_level){actor, name_of("active")};
    return action;
}

struct rig_terms rig_terms(const struct rig *rig)
{
    return (struct rig_terms){.expiration =
                                  (uint32_t)(slot_unix_ms(rig->slot + 1) / 1000 + RIG_LIFETIME_S),
                              .reference = chain_head_id(rig->chain)};
}

struct signed_transaction *rig_transaction(const struct rig_terms *terms,
                                           const struct action *action)
{
    static struct transaction transaction; /* large */
    uint8_t packed[TRANSACTION_BYTES];
    struct writer writer = writer_of(packed, sizeof packed);
    struct reader prefix = reader_of(terms->reference.bytes + 8, 4);
    transaction =
        (struct transaction){.expiration = terms->expiration,
                             .ref_block_num = (uint16_t)block_id_height(&terms->reference),
                             .ref_block_prefix = read_u32(&prefix),
                             .delay_sec = terms->delay_s,
                             .action_count = 1};
    transaction.actions[0] = *action;
    transaction_write(&writer, &transaction);
    CHECK(!writer.failed);
    enum transaction_error error;
    struct signed_transaction *made =
        signed_transaction_create(NULL, 0, false, (struct bytes){packed, writer_size(&writer)},
                                  (struct bytes){NULL, 0}, &error);
    CHECK(made != NULL);
    return made;
}

static void write_asset(struct writer *writer, int64_t amount)
{
    symbol_t symbol;
    CHECK(symbol_parse(SYMBOL, strlen(SYMBOL), &symbol));
    write_u64(writer, (uint64_t)amount);
    write_u64(writer, symbol);
}

static void write_memo(struct writer *writer, struct rig *rig)
{
    char memo[32];
    snprintf(memo, sizeof memo, "payment %u", rig->nonce++);
    write_sized(writer, (struct bytes){(const uint8_t *)memo, strlen(memo)});
}

struct signed_transaction *rig_transfer_on(struct rig *rig, const struct rig_terms *terms,
                                           unsigned from, unsigned to, int64_t amount)
{
    uint8_t data[128];
    struct writer writer = writer_of(data, sizeof data);
    write_u64(&writer, rig_account(from));
    write_u64(&writer, rig_account(to));
    write_asset(&writer, amount);
    write_memo(&writer, rig);
    struct action action =
        rig_action(name_of("eosio.token"), name_of("transfer"), rig_account(from),
                   (struct bytes){data, writer_size(&writer)});
    return rig_transaction(terms, &action);
}

struct signed_transaction *rig_transfer(struct rig *rig, unsigned from, unsigned to, int64_t amount)
{
    struct rig_terms terms = rig_terms(rig);
    return rig_transfer_on(rig, &terms, from, to, amount);
}

struct transaction_trace *rig_push(struct rig *rig, struct signed_transaction *transaction)
{
    struct transaction_trace *trace =
        chain_push(rig->chain, transaction, &rig->genesis.key, 1, CHAIN_INCLUDE);
    CHECK(trace != NULL);
    return trace;
}

void rig_include(struct rig *rig, struct signed_transaction *transaction)
{
    struct transaction_trace *trace = rig_push(rig, transaction);
    if (!trace->executed)
        printf("# %s\n", trace->error.message);
    CHECK(trace->executed);
    trace_release(trace);
    signed_transaction_release(transaction);
}

void rig_refuse(struct rig *rig, struct signed_transaction *transaction,
                enum ledger_error_code code)
{
    struct ledger_error error;
    bool prechecked = chain_precheck(rig->chain, transaction, &error);
    CHECK(prechecked || error.code == code);
    struct transaction_trace *trace = rig_push(rig, transaction);
    CHECK(!trace->executed);
    CHECK_EQ(trace->error.code, code);
    CHECK_MEM(trace->id, transaction->id, sizeof trace->id);
    trace_release(trace);
    signed_transaction_release(transaction);
}

/* ------------------------------------------------------------------ blocks */

bool rig_sign(void *user, const uint8_t digest[32], struct signature *signature)
{
    (void)user;
    *signature = (struct signature){.type = KEY_K1};
    memcpy(signature->bytes, digest, 32);
    return true;
}

bool rig_keys(void *user, const struct block *block, unsigned index, struct public_key *keys,
              unsigned *key_count)
{
    const struct rig *rig = user;
    CHECK(index < block->receipt_count);
    keys[0] = rig->genesis.key;
    *key_count = 1;
    return true;
}

void rig_start(struct rig *rig)
{
    chain_start(rig->chain, rig->slot + 1, name_of("eosio"));
}

struct block *rig_seal(struct rig *rig)
{
    struct block *block = chain_seal(rig->chain, rig_sign, NULL, rig->error);
    if (block == NULL)
        printf("# %s\n", rig->error);
    CHECK(block != NULL);
    rig->slot = block->header.slot;
    return block;
}

void rig_produce(struct rig *rig, unsigned transfers)
{
    rig_start(rig);
    for (unsigned i = 0; i < transfers; i++)
        rig_include(rig, rig_transfer(rig, i, i + 1, 1 + i));
    block_free(rig_seal(rig));
    CHECK(chain_sync(rig->chain, rig->error) == 0);
}

void rig_finalize(struct rig *rig)
{
    chain_lock(rig->chain); /* listeners' threads may read */
    chain_finalize(rig->chain, chain_head(rig->chain));
    chain_unlock(rig->chain);
}

/* ------------------------------------------------------------------ the token */

static void include_action(struct rig *rig, const struct action *action)
{
    struct rig_terms terms = rig_terms(rig);
    rig_include(rig, rig_transaction(&terms, action));
}

static void include_account(struct rig *rig, name_t name)
{
    uint8_t data[512];
    struct authority authority;
    struct writer writer = writer_of(data, sizeof data);
    authority_of_key(&authority, &rig->genesis.key);
    write_u64(&writer, name_of("eosio"));
    write_u64(&writer, name);
    authority_write(&writer, &authority);
    authority_write(&writer, &authority);
    struct action action = rig_action(name_of("eosio"), name_of("newaccount"), name_of("eosio"),
                                      (struct bytes){data, writer_size(&writer)});
    include_action(rig, &action);
}

static void include_token(struct rig *rig, const char *name, name_t issuer, name_t actor,
                          int64_t amount, bool memo)
{
    uint8_t data[128];
    struct writer writer = writer_of(data, sizeof data);
    write_u64(&writer, issuer);
    write_asset(&writer, amount);
    if (memo)
        write_memo(&writer, rig);
    struct action action = rig_action(name_of("eosio.token"), name_of(name), actor,
                                      (struct bytes){data, writer_size(&writer)});
    include_action(rig, &action);
}

void rig_found(struct rig *rig)
{
    rig_start(rig);
    for (unsigned i = 0; i < RIG_ACCOUNTS; i++)
        include_account(rig, rig_account(i));
    include_token(rig, "create", rig_account(0), name_of("eosio.token"), BALANCE * 10, false);
    include_token(rig, "issue", rig_account(0), rig_account(0), BALANCE, true);
    block_free(rig_seal(rig));
    rig_start(rig);
    for (unsigned i = 1; i < RIG_ACCOUNTS; i++)
        rig_include(rig, rig_transfer(rig, 0, i, BALANCE / RIG_ACCOUNTS));
    block_free(rig_seal(rig));
    CHECK(chain_sync(rig->chain, rig->error) == 0);
}
