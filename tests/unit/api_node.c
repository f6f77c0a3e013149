// SPDX-License-Identifier: Apache-2.0
/* A node in one process for the tests in Python: chain in memory, CPU offload, producer, API. Says
 * "port N" on stdout; then answers each line of stdin by one line, until stdin ends:
 *
 *   key N                   its public key; key 0 is eosio's
 *   sign N[,N...] JSON      what push_transaction takes, of a transaction in JSON
 *   packabi JSON            hexadecimal
 *   row CODE SCOPE TABLE PRIMARY PAYER HEX          puts a contract's row, and its table's, into
 *   index CODE SCOPE TABLE NUMBER KEY PRIMARY PAYER the state; an entry of a secondary index
 *   producing 0|1           what health is told
 *
 * Arguments: name=value of struct api_options, see below. */
#include <errno.h>
#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

#include "host/api/server.h"
#include "host/api/table_key.h"
#include "host/base/hex.h"
#include "host/consensus/producer.h"
#include "host/wire/hash.h"
#include "host/wire/transaction_json.h"
#include "tests/unit/check.h"
#include "tests/unit/store_folder.h"

#define LINE_CHARS_MAX (4u << 20)
#define EOSIO_KEY      "5KQwrPbwdL6PhXujxW37FSSQZ1JiwsST4cqQzDeyXtP79zkvFD3"
#define GENESIS_AGE_MS 10000

struct node {
    char folder[FOLDER_PATH_SIZE];
    struct disk disk;
    struct chain *chain;
    struct offload *offload;
    struct intake *intake;
    struct producer *producer;
    struct api *api;
    struct schedule schedule;
    uint8_t chain_id[32];
    uv_loop_t loop;
    uv_async_t end;
    atomic_bool producing;
};
static struct node node;

static int64_t unix_ms(void *user)
{
    (void)user;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Key 0 is the genesis's; the others are as secret as their numbers. */
static struct private_key key_of(unsigned number)
{
    struct private_key key = {.type = KEY_K1};
    if (number == 0)
        CHECK(private_key_parse(EOSIO_KEY, strlen(EOSIO_KEY), &key));
    else
        key.secret[31] = (uint8_t)number;
    return key;
}

/* ------------------------------------------------------------------ commands */
static void answer_hex(const void *data, size_t bytes)
{
    char *text = malloc(2 * bytes + 1);
    CHECK(text != NULL);
    hex_encode(data, bytes, text);
    printf("%s\n", text);
    free(text);
}

static void command_key(const char *arguments)
{
    struct private_key key = key_of((unsigned)atoi(arguments));
    struct public_key public_key;
    char text[KEY_TEXT_SIZE];
    CHECK(private_key_public(&key, &public_key));
    public_key_text(&public_key, true, text);
    printf("%s\n", text);
}

static json_t *sign(const char *numbers, const uint8_t digest[32])
{
    json_t *list = json_array();
    for (const char *next = numbers; next != NULL; next = strchr(next, ',')) {
        next += *next == ',';
        struct private_key key = key_of((unsigned)atoi(next));
        struct signature signature;
        char text[KEY_TEXT_SIZE];
        CHECK(private_key_sign(&key, digest, &signature));
        signature_text(&signature, text);
        json_array_append_new(list, json_string(text));
    }
    return list;
}

static void command_sign(char *arguments)
{
    static uint8_t data[TRANSACTION_BYTES_MAX], packed[TRANSACTION_BYTES_MAX];
    static struct transaction transaction;
    static char hex[2 * TRANSACTION_BYTES_MAX + 1];
    char error[ABI_ERROR_SIZE];
    uint8_t digest[32];
    char *text = strchr(arguments, ' ');
    CHECK(text != NULL);
    *text++ = '\0';
    json_t *json = json_loads(text, 0, NULL);
    struct writer data_writer = writer_of(data, sizeof data);
    CHECK(transaction_from_json(json, NULL, &data_writer, &transaction, error));
    struct writer writer = writer_of(packed, sizeof packed);
    transaction_write(&writer, &transaction);
    struct bytes bytes = {packed, writer_size(&writer)};
    transaction_digest(node.chain_id, bytes, digest);
    hex_encode(bytes.data, bytes.size, hex);
    json_t *answer =
        json_pack("{s:o,s:s,s:s,s:s}", "signatures", sign(arguments, digest), "compression", "none",
                  "packed_context_free_data", "", "packed_trx", hex);
    char *dump = json_dumps(answer, JSON_COMPACT);
    printf("%s\n", dump);
    free(dump);
    json_decref(answer);
    json_decref(json);
}

static void command_packabi(const char *arguments)
{
    char error[ABI_ERROR_SIZE];
    json_t *json = json_loads(arguments, 0, NULL);
    struct abi *abi = abi_from_json(json, error);
    struct bytes packed;
    CHECK(abi != NULL && abi_pack(abi, &packed));
    answer_hex(packed.data, packed.size);
    free((void *)packed.data);
    abi_free(abi);
    json_decref(json);
}

/* Waits until a block is open, and leaves the chain locked. */
static struct state *lock_open_block(void)
{
    for (;;) {
        chain_lock(node.chain);
        if (chain_pending_slot(node.chain) != 0)
            return chain_state(node.chain);
        chain_unlock(node.chain);
        usleep(1000);
    }
}

static name_t word_name(char **next)
{
    char *word = strtok_r(NULL, " ", next);
    name_t name;
    CHECK(word != NULL && name_parse(word, strlen(word), &name));
    return name;
}

static uint64_t word_number(char **next)
{
    char *word = strtok_r(NULL, " ", next);
    CHECK(word != NULL);
    return strtoull(word, NULL, 10);
}

static size_t word_hex(char **next, uint8_t *out, size_t max)
{
    char *word = strtok_r(NULL, " ", next);
    CHECK(word != NULL && strlen(word) / 2 <= max &&
          hex_decode(word, strlen(word), out, strlen(word) / 2));
    return strlen(word) / 2;
}

static void command_row(char **next)
{
    uint8_t value[1024];
    name_t code = word_name(next), scope = word_name(next), table = word_name(next);
    uint64_t primary = word_number(next);
    struct writer writer = writer_of(value, sizeof value);
    name_t payer = word_name(next);
    write_u64(&writer, payer);
    size_t bytes = word_hex(next, value + 8, sizeof value - 8);
    struct row_key key = contract_row_key(code, scope, table, primary);
    struct state *state = lock_open_block();
    state_put(state, row_key_view(&key), (struct bytes){value, 8 + bytes});
    key = table_key(code, table, scope);
    writer = writer_of(value, sizeof value);
    write_u64(&writer, payer);
    write_u32(&writer, 1);
    state_put(state, row_key_view(&key), (struct bytes){value, writer_size(&writer)});
    chain_unlock(node.chain);
    printf("ok\n");
}

static void command_index(char **next)
{
    uint8_t payer[8], secondary[TABLE_KEY_BYTES_MAX];
    struct row_key key = row_key(ROW_SECONDARY);
    row_key_u64(&key, word_name(next));
    row_key_u64(&key, word_name(next));
    row_key_u64(&key, word_name(next));
    row_key_u8(&key, (uint8_t)word_number(next));
    size_t bytes = word_hex(next, secondary, sizeof secondary);
    row_key_copy(&key, secondary, bytes);
    row_key_u64(&key, word_number(next));
    struct writer writer = writer_of(payer, sizeof payer);
    write_u64(&writer, word_name(next));
    struct state *state = lock_open_block();
    state_put(state, row_key_view(&key), (struct bytes){payer, sizeof payer});
    chain_unlock(node.chain);
    printf("ok\n");
}

static void command(char *line)
{
    char *rest, *word;
    line[strcspn(line, "\n")] = '\0';
    char *space = strchr(line, ' ');
    CHECK(space != NULL);
    if (strncmp(line, "sign ", 5) == 0) {
        command_sign(line + 5);
    } else if (strncmp(line, "packabi ", 8) == 0) {
        command_packabi(line + 8);
    } else {
        word = strtok_r(line, " ", &rest);
        if (strcmp(word, "key") == 0) {
            command_key(rest);
        } else if (strcmp(word, "row") == 0) {
            command_row(&rest);
        } else if (strcmp(word, "index") == 0) {
            command_index(&rest);
        } else {
            CHECK(strcmp(word, "producing") == 0);
            atomic_store(&node.producing, word_number(&rest) != 0);
            printf("ok\n");
        }
    }
    fflush(stdout);
}

static void *read_commands(void *user)
{
    (void)user;
    static char line[LINE_CHARS_MAX];
    while (fgets(line, sizeof line, stdin) != NULL)
        command(line);
    uv_async_send(&node.end);
    return NULL;
}

/* ------------------------------------------------------------------ the node */
static void open_chain(void)
{
    char error[CHAIN_ERROR_SIZE], json[512];
    struct private_key key = key_of(0);
    struct public_key public_key;
    char key_text[KEY_TEXT_SIZE], time_text[32];
    time_t begin = (time_t)((unix_ms(NULL) - GENESIS_AGE_MS) / 1000);
    struct tm fields;
    CHECK(private_key_public(&key, &public_key));
    public_key_text(&public_key, true, key_text);
    strftime(time_text, sizeof time_text, "%Y-%m-%dT%H:%M:%S", gmtime_r(&begin, &fields));
    snprintf(json, sizeof json, "{\"initial_timestamp\": \"%s\", \"initial_key\": \"%s\"}",
             time_text, key_text);
    node.disk = disk_posix();
    folder_make(node.folder);
    struct chain_options options = {.disk = &node.disk, .folder = node.folder, .keep_traces = true};
    CHECK(genesis_parse((struct bytes){(const uint8_t *)json, strlen(json)}, &options.genesis,
                        error) == 0);
    CHECK(row_store_memory(&options.store, error) == 0);
    CHECK(chain_open(&options, &node.chain, error) == 0);
    memcpy(node.chain_id, chain_id(node.chain), sizeof node.chain_id);
    schedule_single(&node.schedule, name_of("eosio"), &public_key);
}

static void on_ready(void *user)
{
    (void)user;
    producer_wake(node.producer);
}

static void on_fatal(void *user, const char *text)
{
    (void)user;
    printf("# %s\n", text);
    CHECK(!"the disk or the signer failed");
}

static void on_producer(void *user, struct api_producer *to)
{
    (void)user;
    struct producer_stats stats;
    producer_stats(node.producer, &stats);
    *to = (struct api_producer){.producing = atomic_load(&node.producing),
                                .blocks = stats.blocks,
                                .slots_missed = stats.slots_missed,
                                .transactions = stats.transactions,
                                .failed_transactions = stats.failed_transactions,
                                .seal_us_total = stats.seal_us_total};
}

/* "name=value" of an unsigned option. */
static void take_argument(struct api_options *options, const char *argument)
{
    const char *value = strchr(argument, '=');
    CHECK(value != NULL);
    size_t chars = (size_t)(value - argument);
    unsigned long number = strtoul(value + 1, NULL, 10);
#define OPTION(member)                                                                             \
    if (chars == strlen(#member) && strncmp(argument, #member, chars) == 0) {                      \
        options->member = (__typeof__(options->member))number;                                     \
        return;                                                                                    \
    }
    OPTION(threads)
    OPTION(connections_max)
    OPTION(connections_per_address_max)
    OPTION(timeout_s)
    OPTION(request_s)
    OPTION(subscribers_max)
    OPTION(header_bytes_max)
    OPTION(body_bytes_max)
    OPTION(in_flight_bytes_max)
#undef OPTION
    CHECK(strncmp(argument, "cors_origin=", 12) == 0);
    options->cors_origin = value + 1;
}

static void open_api(int count, char **arguments)
{
    char error[API_ERROR_SIZE];
    struct api_options options = {.chain = node.chain,
                                  .intake = node.intake,
                                  .offload = node.offload,
                                  .schedule = &node.schedule,
                                  .version = "v1.2.3",
                                  .producer = on_producer};
    for (int i = 1; i < count; i++)
        take_argument(&options, arguments[i]);
    CHECK(api_create(&options, &node.api, error) == 0);
    CHECK(api_start(node.api, error) == 0);
    printf("port %u\n", api_port(node.api));
    fflush(stdout);
}

static void on_stopped(void *user)
{
    (void)user;
    uv_close((uv_handle_t *)&node.end, NULL);
}

static void on_end(uv_async_t *async)
{
    (void)async;
    api_stop(node.api);
    producer_stop(node.producer, on_stopped, NULL);
}

int main(int count, char **arguments)
{
    char error[CHAIN_ERROR_SIZE];
    pthread_t commands;
    const struct offload_options offload_options = {.workers = 2};
    CHECK(offload_create(&offload_options, &node.offload, error) == 0);
    open_chain();
    const struct intake_options intake_options = {
        .offload = node.offload, .chain = node.chain, .ready = on_ready};
    node.intake = intake_create(&intake_options);
    CHECK(node.intake != NULL);
    CHECK(uv_loop_init(&node.loop) == 0 && uv_async_init(&node.loop, &node.end, on_end) == 0);
    const struct producer_options producer_options = {.loop = &node.loop,
                                                      .chain = node.chain,
                                                      .intake = node.intake,
                                                      .schedule = &node.schedule,
                                                      .name = name_of("eosio"),
                                                      .key = key_of(0),
                                                      .unix_ms = unix_ms,
                                                      .fatal = on_fatal};
    atomic_store(&node.producing, true);
    node.producer = producer_create(&producer_options);
    CHECK(node.producer != NULL);
    open_api(count, arguments); /* requests ask the producer */
    CHECK(pthread_create(&commands, NULL, read_commands, NULL) == 0);
    CHECK(uv_run(&node.loop, UV_RUN_DEFAULT) == 0);
    CHECK(pthread_join(commands, NULL) == 0);
    producer_destroy(node.producer);
    intake_destroy(node.intake);
    api_destroy(node.api);
    CHECK(uv_loop_close(&node.loop) == 0);
    CHECK(chain_close(node.chain, error) == 0);
    offload_destroy(node.offload);
    folder_remove(node.folder);
    return 0;
}
