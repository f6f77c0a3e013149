// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/node_state_fill.h"

#include "host/ledger/apply.h"
#include "host/ledger/chain_rows.h"
#include "host/ledger/names.h"
#include "host/ledger/permission.h"
#include "tests/bench/node_state_chain.h"
#include "tests/unit/store_folder.h"

#define CHUNK_ACCOUNTS    512u /* made at a time: their rows stay in the processor's caches */
#define ACCOUNT_ROWS      7u
#define ACCOUNT_BYTES_MAX 512u /* of keys and values */
#define VALUE_BYTES_MAX   64u

/* The rows of account 0. */
struct sample {
    struct account_row account;
    struct permission_row permissions[2]; /* owner, active */
    uint8_t balance[VALUE_BYTES_MAX], table[VALUE_BYTES_MAX];
    size_t balance_bytes, table_bytes;
};

/* Rows are made in a state whose store only gathers what it is to commit. */
struct fill {
    struct row_store store; /* LMDB */
    struct state *state;
    bool making; /* of rows that are not there, which then need not be looked for */
    struct row_change *changes;
    size_t count, room;
    uint8_t *bytes; /* of keys and values */
    size_t used, capacity;
    uint8_t mark[STATE_MARK_BYTES];
};

static const name_t permissions[2] = {NAME_OWNER, NAME_ACTIVE};

/* ------------------------------------------------------------------ the store that gathers */

static int fill_get(void *context, struct bytes key, struct bytes *value,
                    char error[STORE_ERROR_SIZE])
{
    struct fill *fill = context;
    return fill->making ? 0 : fill->store.get(fill->store.context, key, value, error);
}

static int fill_seek(void *context, struct bytes key, bool reverse, struct bytes *found,
                     struct bytes *value, char error[STORE_ERROR_SIZE])
{
    struct fill *fill = context;
    return fill->store.seek(fill->store.context, key, reverse, found, value, error);
}

static int fill_refresh(void *context, char error[STORE_ERROR_SIZE])
{
    struct fill *fill = context;
    return fill->store.refresh(fill->store.context, error);
}

static struct bytes keep(struct fill *fill, struct bytes bytes)
{
    CHECK(fill->used + bytes.size <= fill->capacity);
    struct bytes kept = {fill->bytes + fill->used, bytes.size};
    memcpy(fill->bytes + fill->used, bytes.data, bytes.size);
    fill->used += bytes.size;
    return kept;
}

static int fill_commit(void *context, const struct row_change *changes, size_t count,
                       char error[STORE_ERROR_SIZE])
{
    struct fill *fill = context;
    (void)error;
    for (size_t i = 0; i < count; i++) {
        CHECK(!changes[i].erase);
        if (state_mark_is_key(changes[i].key)) {
            memcpy(fill->mark, changes[i].value.data, sizeof fill->mark);
            continue;
        }
        CHECK(fill->count < fill->room);
        fill->changes[fill->count++] = (struct row_change){.key = keep(fill, changes[i].key),
                                                           .value = keep(fill, changes[i].value)};
    }
    return 0;
}

static void fill_close(void *context)
{
    struct fill *fill = context;
    fill->store.close(fill->store.context);
}

static int compare_changes(const void *a, const void *b)
{
    return bytes_compare(((const struct row_change *)a)->key, ((const struct row_change *)b)->key);
}

/* A checkpoint of what was gathered. */
static void write_out(struct fill *fill)
{
    char error[STORE_ERROR_SIZE];
    CHECK(fill->count < fill->room);
    fill->changes[fill->count++] =
        (struct row_change){.key = state_mark_key(), .value = {fill->mark, sizeof fill->mark}};
    qsort(fill->changes, fill->count, sizeof fill->changes[0], compare_changes);
    if (fill->store.commit(fill->store.context, fill->changes, fill->count, error) != 0)
        printf("# %s\n", error);
    CHECK(fill->store.refresh(fill->store.context, error) == 0);
    fill->count = 0;
    fill->used = 0;
}

/* ------------------------------------------------------------------ accounts */

static size_t copy_row(struct state *state, struct row_key key, uint8_t out[VALUE_BYTES_MAX])
{
    struct bytes value;
    CHECK(state_get(state, row_key_view(&key), &value) && value.size <= VALUE_BYTES_MAX);
    memcpy(out, value.data, value.size);
    return value.size;
}

static void read_sample(struct state *state, struct sample *sample)
{
    name_t name = state_chain_name(0);
    CHECK(account_row_get(state, name, &sample->account));
    for (unsigned i = 0; i < 2; i++)
        CHECK(permission_row_get(state, name, permissions[i], &sample->permissions[i]));
    sample->balance_bytes = copy_row(
        state, contract_row_key(NAME_EOSIO_TOKEN, name, NAME_ACCOUNTS, state_chain_token()),
        sample->balance);
    sample->table_bytes =
        copy_row(state, table_key(NAME_EOSIO_TOKEN, NAME_ACCOUNTS, name), sample->table);
}

static void put_account(struct state *state, struct sample *sample, uint32_t account)
{
    name_t name = state_chain_name(account);
    account_row_put(state, name, &sample->account);
    for (unsigned i = 0; i < 2; i++) {
        sample->permissions[i].authority.keys[0].key = state_chain_key(account, i);
        permission_store(state, (struct permission_level){name, permissions[i]}, NULL,
                         &sample->permissions[i]);
    }
    struct row_key key =
        contract_row_key(NAME_EOSIO_TOKEN, name, NAME_ACCOUNTS, state_chain_token());
    state_put(state, row_key_view(&key), (struct bytes){sample->balance, sample->balance_bytes});
    key = table_key(NAME_EOSIO_TOKEN, NAME_ACCOUNTS, name);
    state_put(state, row_key_view(&key), (struct bytes){sample->table, sample->table_bytes});
}

/* Seals what is on top; the state is then that of the same block with another state hash. */
static void gather(struct fill *fill, const struct block_header *head)
{
    char error[STORE_ERROR_SIZE];
    struct block_header header = *head;
    struct state_mark mark = *state_checkpointed(fill->state);
    block_id_t id;
    state_seal(fill->state, header.state_hash);
    block_header_id(&header, &id);
    state_retire(fill->state);
    state_checkpoint_begin(fill->state, mark.height, id.bytes, mark.chain_id);
    CHECK(state_checkpoint_write(fill->state, error) == 0);
    CHECK(state_checkpoint_end(fill->state, error) == 0);
    CHECK(state_failed(fill->state) == NULL);
}

static void make_accounts(struct fill *fill, const struct block_header *head, struct sample *sample,
                          uint32_t from, uint32_t to)
{
    fill->making = true;
    while (from < to) {
        uint32_t end = to - from < CHUNK_ACCOUNTS ? to : from + CHUNK_ACCOUNTS;
        state_push(fill->state);
        for (; from < end; from++)
            put_account(fill->state, sample, from);
        gather(fill, head);
    }
    fill->making = false;
    write_out(fill);
}

/* What the accounts change elsewhere: their number, and the RAM of their balances, which eosio has
 * paid since it has sent them. */
static void count_accounts(struct fill *fill, const struct block_header *head,
                           const struct sample *sample, uint32_t more)
{
    struct global_row global;
    struct account_row eosio;
    state_push(fill->state);
    global_row_get(fill->state, &global);
    global.account_count += more;
    global_row_put(fill->state, &global);
    CHECK(account_row_get(fill->state, NAME_EOSIO, &eosio));
    eosio.ram_usage_bytes += (uint64_t)more * (CONTRACT_ROW_RAM_BYTES + CONTRACT_TABLE_RAM_BYTES +
                                               sample->balance_bytes - sizeof(name_t));
    account_row_put(fill->state, NAME_EOSIO, &eosio);
    gather(fill, head);
    write_out(fill);
}

/* ------------------------------------------------------------------ beginning and end */

static void make_room(struct fill *fill, size_t accounts)
{
    fill->room = accounts * ACCOUNT_ROWS + 3; /* two rows of count_accounts, the mark */
    fill->capacity = (accounts + 1) * ACCOUNT_BYTES_MAX;
    fill->changes = malloc(fill->room * sizeof fill->changes[0]);
    fill->bytes = malloc(fill->capacity);
    CHECK(fill->changes != NULL && fill->bytes != NULL);
}

static void open_state(struct fill *fill, const char *folder)
{
    char path[DISK_PATH_SIZE], error[STORE_ERROR_SIZE];
    struct row_store gathering = {.get = fill_get,
                                  .seek = fill_seek,
                                  .refresh = fill_refresh,
                                  .commit = fill_commit,
                                  .close = fill_close,
                                  .context = fill};
    snprintf(path, sizeof path, "%s/state", folder);
    CHECK(row_store_lmdb(path, STATE_CHAIN_MAP_BYTES, &fill->store, error) == 0);
    CHECK(state_open(&gathering, &fill->state, error) == 0);
}

void state_fill(const char *folder, uint32_t from, uint32_t to)
{
    struct fill fill = {.making = false};
    struct sample sample;
    struct block_header head;
    uint8_t hash[32];
    char path[DISK_PATH_SIZE];
    uint32_t batch = (to - from) / STATE_FILL_CHECKPOINTS + 1;
    make_room(&fill, batch);
    open_state(&fill, folder);
    read_sample(fill.state, &sample);
    state_sum_hash(&state_checkpointed(fill.state)->sum, hash);
    CHECK(head_row_get(fill.state, hash, &head));
    for (uint32_t next = from; next < to; next += batch)
        make_accounts(&fill, &head, &sample, next, to - next < batch ? to : next + batch);
    count_accounts(&fill, &head, &sample, to - from);
    state_close(fill.state);
    free(fill.changes);
    free(fill.bytes);
    snprintf(path, sizeof path, "%s/blocks", folder);
    folder_remove(path);
}
