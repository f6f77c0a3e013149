// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/ledger_world.h"

#include <stdarg.h>

#define PACKED_BYTES_MAX (DRAFT_BYTES_MAX + 4096u)
#define WORDS_MAX        24u

/* ------------------------------------------------------------------ blocks */

struct public_key world_key(unsigned number)
{
    struct public_key key = {.type = KEY_K1, .bytes = {2}};
    key.bytes[31] = (uint8_t)(number >> 8);
    key.bytes[32] = (uint8_t)number;
    return key;
}

static void start_block(struct world *world, uint32_t height)
{
    state_push(world->state);
    block_context_init(&world->block, world->state, height, world->genesis.slot + height,
                       name_of("eosio"));
    if (world->contract_of != NULL)
        world->block.contract_of = world->contract_of;
}

void world_open(struct world *world)
{
    static const char json[] =
        "{\"initial_timestamp\": \"2024-01-01T00:00:00.000\","
        " \"initial_key\": \"EOS6MRyAjQq8ud7hVNYcfnVPJqcVpscN5So8BhtHuGYqET5GDW5CV\"}";
    char error[STORE_ERROR_SIZE];
    struct row_store store;
    uint8_t hash[32];
    CHECK_EQ(genesis_parse((struct bytes){(const uint8_t *)json, sizeof json - 1}, &world->genesis,
                           error),
             0);
    world->genesis.key = world_key(0);
    CHECK_EQ(row_store_memory(&store, error), 0);
    CHECK_EQ(state_open(&store, &world->state, error), 0);
    state_push(world->state);
    genesis_apply(&world->genesis, world->state);
    state_seal(world->state, hash);
    start_block(world, 2);
}

void world_close(struct world *world)
{
    CHECK(state_failed(world->state) == NULL);
    state_close(world->state);
}

void world_hash(struct world *world, uint8_t hash[32])
{
    global_row_put(world->state, &world->block.global);
    state_seal(world->state, hash);
    state_retire(world->state);
    start_block(world, world->block.height + 1);
}

void world_next_block(struct world *world)
{
    uint8_t hash[32];
    world_hash(world, hash);
}

void world_set_parameters(struct world *world, const struct chain_parameters *parameters)
{
    chain_parameters_put(world->state, parameters);
    world_next_block(world);
}

struct account_row world_account(struct world *world, const char *name)
{
    struct account_row row = {0};
    CHECK(account_row_get(world->state, name_of(name), &row));
    return row;
}

static bool add_ram(void *user, struct bytes key, struct bytes value)
{
    struct reader reader = reader_of(value.data, value.size);
    (void)key;
    (void)read_view(&reader, 4 + 1 + 8); /* slot, privileged, quota */
    *(uint64_t *)user += read_u64(&reader);
    return true;
}

uint64_t world_ram(struct world *world)
{
    struct row_key low = row_key(ROW_ACCOUNT), high = row_key_end(&low);
    uint64_t sum = 0;
    state_scan(world->state, row_key_view(&low), row_key_view(&high), false, add_ram, &sum);
    return sum;
}

/* ------------------------------------------------------------------ text */

/* The words of a text, cut in place. */
struct words {
    char text[1024];
    char *word[WORDS_MAX];
    unsigned count;
};

static void cut(struct words *words, const char *text)
{
    CHECK(strlen(text) < sizeof words->text);
    strcpy(words->text, text);
    words->count = 0;
    char *rest = words->text;
    for (char *word; (word = strtok_r(rest, " ", &rest)) != NULL;) {
        CHECK(words->count < WORDS_MAX);
        words->word[words->count++] = word;
    }
}

static name_t name_in(const char *text)
{
    name_t name = 0;
    CHECK(name_parse(text, strlen(text), &name));
    return name;
}

/* "bob@active" */
static struct permission_level level_in(char *text)
{
    char *permission = strchr(text, '@');
    if (permission == NULL)
        return (struct permission_level){name_in(text), name_of("active")};
    *permission++ = '\0';
    return (struct permission_level){name_in(text), name_in(permission)};
}

static void factor_in(struct authority *authority, char *text)
{
    char *weight_text = strchr(text, ':');
    CHECK(weight_text != NULL);
    *weight_text++ = '\0';
    uint16_t weight = (uint16_t)atoi(weight_text);
    if (text[0] == 'w') {
        struct wait_weight wait = {(uint32_t)atoi(text + 1), weight};
        authority->waits[authority->wait_count++] = wait;
    } else if (strchr(text, '@') != NULL) {
        struct permission_weight account = {level_in(text), weight};
        authority->accounts[authority->account_count++] = account;
    } else {
        struct key_weight key = {world_key((unsigned)atoi(text)), weight};
        authority->keys[authority->key_count++] = key;
    }
}

static void write_authority(struct writer *writer, const char *text)
{
    struct words words;
    struct authority authority = {0};
    cut(&words, text);
    authority.threshold = (uint32_t)atoi(words.word[0]);
    for (unsigned i = 1; i < words.count; i++)
        factor_in(&authority, words.word[i]);
    authority_write(writer, &authority);
}

static void write_asset(struct writer *writer, const char *text)
{
    struct asset asset;
    CHECK(asset_parse(text, strlen(text), &asset));
    write_u64(writer, (uint64_t)asset.amount);
    write_u64(writer, asset.symbol);
}

static void write_symbol(struct writer *writer, const char *text)
{
    symbol_t symbol;
    CHECK(symbol_parse(text, strlen(text), &symbol));
    write_u64(writer, symbol);
}

static struct bytes text_bytes(const char *text)
{
    return (struct bytes){(const uint8_t *)text, strlen(text)};
}

static void write_data(struct writer *writer, const char *format, va_list arguments)
{
    for (; *format != '\0'; format++) {
        struct bytes bytes;
        switch (*format) {
        case 'n':
            write_u64(writer, name_in(va_arg(arguments, const char *)));
            break;
        case 'N':
        case 'i':
            write_u64(writer, va_arg(arguments, uint64_t));
            break;
        case 'a':
            write_asset(writer, va_arg(arguments, const char *));
            break;
        case 'y':
            write_symbol(writer, va_arg(arguments, const char *));
            break;
        case 's':
            write_sized(writer, text_bytes(va_arg(arguments, const char *)));
            break;
        case 'A':
            write_authority(writer, va_arg(arguments, const char *));
            break;
        case 'b':
            write_sized(writer, va_arg(arguments, struct bytes));
            break;
        case 'r':
            bytes = va_arg(arguments, struct bytes);
            write_copy(writer, bytes.data, bytes.size);
            break;
        default:
            CHECK(!"a letter of the format");
        }
    }
    CHECK(!writer->failed);
}

/* ------------------------------------------------------------------ transactions */

void draft_start(struct draft *draft)
{
    draft->transaction = (struct transaction){.expiration = 1};
    draft->used = 0;
}

static void add(struct draft *draft, const char *action, const char *authorizations,
                const char *format, va_list arguments)
{
    struct words words;
    struct transaction *transaction = &draft->transaction;
    CHECK(transaction->action_count < TRANSACTION_ACTIONS_MAX);
    struct action *added = &transaction->actions[transaction->action_count++];
    const char *colons = strstr(action, "::");
    CHECK(colons != NULL && name_parse(action, (size_t)(colons - action), &added->account));
    added->name = name_in(colons + 2);
    cut(&words, authorizations);
    added->authorization_count = words.count;
    for (unsigned i = 0; i < words.count; i++)
        added->authorizations[i] = level_in(words.word[i]);
    struct writer writer = writer_of(draft->data + draft->used, sizeof draft->data - draft->used);
    write_data(&writer, format, arguments);
    added->data = (struct bytes){writer.start, writer_size(&writer)};
    draft->used += added->data.size;
}

void draft_add(struct draft *draft, const char *action, const char *authorizations,
               const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add(draft, action, authorizations, format, arguments);
    va_end(arguments);
}

struct signed_transaction *draft_make(const struct draft *draft, unsigned signature_count)
{
    static uint8_t packed[PACKED_BYTES_MAX];
    struct signature signatures[TRANSACTION_SIGNATURES_MAX] = {0};
    enum transaction_error error;
    struct writer writer = writer_of(packed, sizeof packed);
    transaction_write(&writer, &draft->transaction);
    CHECK(!writer.failed);
    struct signed_transaction *made = signed_transaction_create(
        signatures, signature_count, false, (struct bytes){packed, writer_size(&writer)},
        (struct bytes){NULL, 0}, &error);
    CHECK(made != NULL);
    return made;
}

struct transaction_trace *world_push(struct world *world, const char *keys,
                                     const struct draft *draft)
{
    struct public_key numbered[TRANSACTION_SIGNATURES_MAX];
    struct words words;
    cut(&words, keys);
    for (unsigned i = 0; i < words.count; i++)
        numbered[i] = world_key((unsigned)atoi(words.word[i]));
    struct signed_transaction *transaction = draft_make(draft, words.count);
    struct transaction_trace *trace =
        execute_transaction(&world->block, transaction, numbered, words.count, EXECUTE_CHECK, true);
    CHECK(trace->executed == (trace->error.code == LEDGER_OK));
    world->error.code = trace->error.code;
    memcpy(world->error.message, trace->error.message,
           trace->executed ? 1 : sizeof world->error.message);
    signed_transaction_release(transaction);
    return trace;
}

enum ledger_error_code world_act(struct world *world, const char *keys, const char *action,
                                 const char *authorizations, const char *format, ...)
{
    static struct draft draft;
    uint8_t before[32], after[32];
    va_list arguments;
    draft_start(&draft);
    va_start(arguments, format);
    add(&draft, action, authorizations, format, arguments);
    va_end(arguments);
    world_hash(world, before);
    struct transaction_trace *trace = world_push(world, keys, &draft);
    if (!trace->executed) {
        world_hash(world, after);
        CHECK_MEM(before, after, sizeof before);
    }
    trace_release(trace);
    return world->error.code;
}

void world_create(struct world *world, const char *name, const char *authority)
{
    ACT(world, "0", "eosio::newaccount", "eosio", "nnAA", "eosio", name, authority, authority);
}
