/* SPDX-License-Identifier: Apache-2.0 */
/* The main job, shown: fills a fresh chain with a token and accounts, pushes real signed transfers
 * at a steady rate, shows a line of what the node does, and in the end compares the ledger with
 * what was sent: every balance, the supply, and the number of transactions in the blocks.
 * host/tools/demo_node.sh starts the virtual card and the node for it. */
#include <getopt.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "host/tools/demo_client.h"

#define ACCOUNTS_MAX  1000u
#define RATE_MAX      5000u /* transactions a second */
#define SECONDS_MAX   3600u
#define TICK_MS       100u
#define START_BALANCE INT64_C(10000000) /* 1000.0000 */
#define AMOUNT_MAX    100u
#define FINAL_WAIT_S  60u
#define NODE_WAIT_S   60u
#define PUSHERS       32u
#define BATCH_MAX     16u

struct options {
    const char *url, *key, *json;
    unsigned accounts, rate, seconds;
};

struct account {
    name_t name;
    struct private_key key;
    int64_t balance; /* what it must be */
};

struct demo {
    struct options options;
    struct client *client;
    struct private_key genesis_key;
    symbol_t symbol;
    struct account accounts[ACCOUNTS_MAX];
    uint32_t first_height; /* head when the demo began */
    uint64_t setup;        /* transactions before the steady phase */
    double seconds;        /* of the steady phase */
    double card, cpu;      /* signatures by whom */

    /* Under the lock while pushers run; balances too. */
    pthread_mutex_t lock;
    pthread_cond_t more;
    uint64_t due;   /* transfers that should have been drawn by now */
    uint64_t drawn; /* and those that were */
    bool over;      /* there will be no more */
    uint64_t accepted, refused;
    uint64_t random;
    char refusal[256]; /* the first one's text */
};

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void sleep_until(double when_s)
{
    double left_s = when_s - now_s();
    if (left_s <= 0)
        return;
    struct timespec time = {.tv_sec = (time_t)left_s,
                            .tv_nsec = (long)((left_s - (double)(time_t)left_s) * 1e9)};
    nanosleep(&time, NULL);
}

/* xorshift64*: which accounts pay each other need not be secret. */
static uint32_t random_below(struct demo *demo, uint32_t bound)
{
    demo->random ^= demo->random >> 12;
    demo->random ^= demo->random << 25;
    demo->random ^= demo->random >> 27;
    return (uint32_t)(((demo->random * UINT64_C(0x2545F4914F6CDD1D)) >> 32) % bound);
}

/* ------------------------------------------------------------------ actions */

static struct action action_of(const char *account, const char *name, name_t actor,
                               const struct writer *data)
{
    return (struct action){
        .account = name_of(account),
        .name = name_of(name),
        .authorization_count = 1,
        .authorizations = {{actor, name_of("active")}},
        .data = {data->start, writer_size(data)},
    };
}

static void write_asset(struct writer *writer, int64_t amount, symbol_t symbol)
{
    write_u64(writer, (uint64_t)amount);
    write_u64(writer, symbol);
}

static void write_memo(struct writer *writer, const char *memo)
{
    write_sized(writer, (struct bytes){(const uint8_t *)memo, strlen(memo)});
}

static void write_key_authority(struct writer *writer, const struct public_key *key)
{
    write_u32(writer, 1); /* threshold */
    write_varuint32(writer, 1);
    public_key_write(writer, key);
    write_u16(writer, 1);
    write_varuint32(writer, 0); /* accounts */
    write_varuint32(writer, 0); /* waits */
}

static void flush(struct demo *demo, bool whole)
{
    unsigned count = client_batch(demo->client);
    if (count == 0 || (!whole && count < CLIENT_BATCH_MAX))
        return;
    char error[256];
    if (client_push(demo->client, NULL, error) != count) {
        fprintf(stderr, "error: the node refused a transaction of the setup: %s\n", error);
        exit(1);
    }
    demo->setup += count;
}

static void add_setup(struct demo *demo, const struct action *action)
{
    client_add(demo->client, action, &demo->genesis_key);
    flush(demo, false);
}

static void create_token(struct demo *demo)
{
    uint8_t data[64];
    struct writer writer = writer_of(data, sizeof data);
    write_u64(&writer, name_of("eosio"));
    write_asset(&writer, START_BALANCE * ACCOUNTS_MAX, demo->symbol);
    struct action action = action_of("eosio.token", "create", name_of("eosio.token"), &writer);
    add_setup(demo, &action);
    flush(demo, true);

    writer = writer_of(data, sizeof data);
    write_u64(&writer, name_of("eosio"));
    write_asset(&writer, START_BALANCE * demo->options.accounts, demo->symbol);
    write_memo(&writer, "");
    action = action_of("eosio.token", "issue", name_of("eosio"), &writer);
    add_setup(demo, &action);
    flush(demo, true);
}

/* demo1aaaaaaa, demo1aaaaaab, ... */
static name_t account_name(unsigned number)
{
    char text[] = "demo1aaaaaaa";
    for (unsigned i = 11; number > 0; i--, number /= 26)
        text[i] = (char)('a' + number % 26);
    return name_of(text);
}

static void create_accounts(struct demo *demo)
{
    for (unsigned i = 0; i < demo->options.accounts; i++) {
        struct account *account = &demo->accounts[i];
        struct public_key key;
        account->name = account_name(i);
        if (!private_key_create(KEY_K1, &account->key) ||
            !private_key_public(&account->key, &key)) {
            fprintf(stderr, "error: cannot make a key\n");
            exit(1);
        }
        uint8_t data[256];
        struct writer writer = writer_of(data, sizeof data);
        write_u64(&writer, name_of("eosio"));
        write_u64(&writer, account->name);
        write_key_authority(&writer, &key);
        write_key_authority(&writer, &key);
        struct action action = action_of("eosio", "newaccount", name_of("eosio"), &writer);
        add_setup(demo, &action);
    }
    flush(demo, true);
    printf("%u accounts, each with a key of its own\n", demo->options.accounts);
}

static void fund_accounts(struct demo *demo)
{
    for (unsigned i = 0; i < demo->options.accounts; i++) {
        uint8_t data[64];
        struct writer writer = writer_of(data, sizeof data);
        write_u64(&writer, name_of("eosio"));
        write_u64(&writer, demo->accounts[i].name);
        write_asset(&writer, START_BALANCE, demo->symbol);
        write_memo(&writer, "");
        struct action action = action_of("eosio.token", "transfer", name_of("eosio"), &writer);
        add_setup(demo, &action);
        demo->accounts[i].balance = START_BALANCE;
    }
    flush(demo, true);
}

/* ------------------------------------------------------------------ the steady phase */

struct transfer {
    struct account *from, *to;
    int64_t amount;
    uint64_t number;
};

/* With the lock held: from whom to whom how much, which need not be secret. */
static struct transfer draw_transfer(struct demo *demo)
{
    unsigned from = random_below(demo, demo->options.accounts);
    unsigned to = random_below(demo, demo->options.accounts - 1);
    return (struct transfer){
        .from = &demo->accounts[from],
        .to = &demo->accounts[to + (to >= from)],
        .amount = 1 + random_below(demo, AMOUNT_MAX),
        .number = ++demo->drawn,
    };
}

static void add_transfer(struct demo *demo, struct client *client, const struct transfer *transfer)
{
    uint8_t data[96];
    char memo[40];
    snprintf(memo, sizeof memo, "demo %" PRIu64, transfer->number); /* makes it different */
    struct writer writer = writer_of(data, sizeof data);
    write_u64(&writer, transfer->from->name);
    write_u64(&writer, transfer->to->name);
    write_asset(&writer, transfer->amount, demo->symbol);
    write_memo(&writer, memo);
    struct action action = action_of("eosio.token", "transfer", transfer->from->name, &writer);
    client_add(client, &action, &transfer->from->key);
}

/* Waits for transfers to be due and draws up to BATCH_MAX of them; 0: the phase is over. */
static unsigned draw_batch(struct demo *demo, struct transfer transfers[BATCH_MAX])
{
    unsigned count = 0;
    pthread_mutex_lock(&demo->lock);
    while (demo->drawn == demo->due && !demo->over)
        pthread_cond_wait(&demo->more, &demo->lock);
    while (count < BATCH_MAX && demo->drawn < demo->due)
        transfers[count++] = draw_transfer(demo);
    pthread_mutex_unlock(&demo->lock);
    return count;
}

static void settle_batch(struct demo *demo, const struct transfer *transfers, unsigned count,
                         const bool *accepted, const char *error)
{
    pthread_mutex_lock(&demo->lock);
    for (unsigned i = 0; i < count; i++) {
        demo->accepted += accepted[i];
        demo->refused += !accepted[i];
        if (!accepted[i])
            continue;
        transfers[i].from->balance -= transfers[i].amount;
        transfers[i].to->balance += transfers[i].amount;
    }
    if (error[0] && !demo->refusal[0])
        snprintf(demo->refusal, sizeof demo->refusal, "%s", error);
    pthread_mutex_unlock(&demo->lock);
}

/* A wallet of its own: signs and sends batch after batch. A batch is answered when the last of its
 * signers is known, and a simulated card takes its time, so many are on their way at once. */
static void *pusher(void *user)
{
    struct demo *demo = user;
    struct client *client = client_open(demo->options.url, NODE_WAIT_S);
    struct transfer transfers[BATCH_MAX];
    bool accepted[CLIENT_BATCH_MAX];
    char error[256];
    unsigned count;
    while ((count = draw_batch(demo, transfers)) > 0) {
        for (unsigned i = 0; i < count; i++)
            add_transfer(demo, client, &transfers[i]);
        client_push(client, accepted, error);
        settle_batch(demo, transfers, count, accepted, error);
    }
    client_close(client);
    return NULL;
}

static void read_shares(struct demo *demo, const char *metrics)
{
    demo->card = client_metric(metrics, "snapscale_intake_keys_total", "by=\"card\"");
    demo->cpu = client_metric(metrics, "snapscale_intake_keys_total", "by=\"cpu\"");
}

static void show(struct demo *demo, double begun_s)
{
    struct client_info info;
    pthread_mutex_lock(&demo->lock);
    uint64_t accepted = demo->accepted;
    pthread_mutex_unlock(&demo->lock);
    client_info(demo->client, &info);
    char *metrics = client_metrics(demo->client);
    read_shares(demo, metrics);
    double pool = client_metric(metrics, "snapscale_pool_transactions", "");
    free(metrics);
    double signatures = demo->card + demo->cpu;
    printf("%s  height %u  final %u  %.0f tx/s  card %.0f %%  pool %.0f%s",
           isatty(fileno(stdout)) ? "\r\033[K" : "", info.head, info.final,
           (double)accepted / (now_s() - begun_s),
           signatures > 0 ? 100 * demo->card / signatures : 0, pool,
           isatty(fileno(stdout)) ? "" : "\n");
    fflush(stdout);
}

static void make_due(struct demo *demo, uint64_t due, bool over)
{
    pthread_mutex_lock(&demo->lock);
    demo->due = due;
    demo->over = over;
    pthread_cond_broadcast(&demo->more);
    pthread_mutex_unlock(&demo->lock);
}

static void run(struct demo *demo)
{
    pthread_t pushers[PUSHERS];
    for (unsigned i = 0; i < PUSHERS; i++)
        if (pthread_create(&pushers[i], NULL, pusher, demo) != 0) {
            fprintf(stderr, "error: cannot start a thread\n");
            exit(1);
        }
    double begun_s = now_s();
    unsigned ticks = demo->options.seconds * (1000 / TICK_MS);
    for (unsigned tick = 1; tick <= ticks; tick++) {
        make_due(demo, (uint64_t)demo->options.rate * tick * TICK_MS / 1000, tick == ticks);
        sleep_until(begun_s + tick * TICK_MS / 1000.0);
        if (tick % (1000 / TICK_MS) == 0)
            show(demo, begun_s);
    }
    for (unsigned i = 0; i < PUSHERS; i++)
        pthread_join(pushers[i], NULL);
    demo->seconds = now_s() - begun_s;
    show(demo, begun_s);
    if (isatty(fileno(stdout)))
        printf("\n");
}

/* ------------------------------------------------------------------ the ledger's word */

static void wait_final(struct demo *demo)
{
    struct client_info info;
    client_info(demo->client, &info);
    uint32_t goal = info.head + 1; /* what is pending now is in the next block */
    for (unsigned tries = 0; info.final < goal; tries++) {
        if (tries >= FINAL_WAIT_S * 10) {
            fprintf(stderr, "error: block %u is not final after %u s\n", goal, FINAL_WAIT_S);
            exit(1);
        }
        sleep_until(now_s() + 0.1);
        client_info(demo->client, &info);
    }
}

static bool check_amount(const json_t *text, int64_t expected, symbol_t symbol)
{
    struct asset asset;
    const char *chars = json_string_value(text);
    return chars && asset_parse(chars, strlen(chars), &asset) && asset.symbol == symbol &&
           asset.amount == expected;
}

static unsigned wrong_balances(struct demo *demo)
{
    unsigned wrong = 0;
    for (unsigned i = 0; i < demo->options.accounts; i++) {
        char name[NAME_TEXT_SIZE];
        name_text(demo->accounts[i].name, name);
        json_t *answer = client_ask(
            demo->client, "/v1/chain/get_currency_balance",
            json_pack("{s:s, s:s, s:s}", "code", "eosio.token", "account", name, "symbol", "DEMO"));
        wrong += !check_amount(json_array_get(answer, 0), demo->accounts[i].balance, demo->symbol);
        json_decref(answer);
    }
    return wrong;
}

static bool supply_right(struct demo *demo)
{
    json_t *answer = client_ask(demo->client, "/v1/chain/get_currency_stats",
                                json_pack("{s:s, s:s}", "code", "eosio.token", "symbol", "DEMO"));
    bool right = check_amount(json_object_get(json_object_get(answer, "DEMO"), "supply"),
                              START_BALANCE * demo->options.accounts, demo->symbol);
    json_decref(answer);
    return right;
}

static uint64_t transactions_in_blocks(struct demo *demo, uint32_t last)
{
    uint64_t count = 0;
    for (uint32_t height = demo->first_height + 1; height <= last; height++) {
        json_t *block = client_ask(demo->client, "/v1/chain/get_block",
                                   json_pack("{s:I}", "block_num_or_id", (json_int_t)height));
        count += json_array_size(json_object_get(block, "transactions"));
        json_decref(block);
    }
    return count;
}

static void write_json(const struct demo *demo, uint32_t blocks, uint64_t in_blocks, bool right)
{
    json_t *json =
        json_pack("{s:I, s:I, s:I, s:I, s:f, s:f, s:I, s:I, s:I, s:b}", "accounts",
                  (json_int_t)demo->options.accounts, "transfers_sent", (json_int_t)demo->drawn,
                  "transfers_accepted", (json_int_t)demo->accepted, "transfers_refused",
                  (json_int_t)demo->refused, "seconds", demo->seconds, "transfers_per_second",
                  (double)demo->accepted / demo->seconds, "signatures_by_card",
                  (json_int_t)demo->card, "signatures_by_cpu", (json_int_t)demo->cpu, "blocks",
                  (json_int_t)blocks, "ledger_right", right);
    json_object_set_new(json, "transactions_in_blocks", json_integer((json_int_t)in_blocks));
    if (json_dump_file(json, demo->options.json, JSON_INDENT(2)) != 0)
        fprintf(stderr, "error: cannot write %s\n", demo->options.json);
    json_decref(json);
}

/* 0 when the ledger has what was sent. */
static int settle(struct demo *demo)
{
    wait_final(demo);
    struct client_info info;
    client_info(demo->client, &info);
    uint64_t in_blocks = transactions_in_blocks(demo, info.final);
    unsigned wrong = wrong_balances(demo);
    bool supply = supply_right(demo);
    bool right = wrong == 0 && supply && in_blocks == demo->setup + demo->accepted;
    double signatures = demo->card + demo->cpu;

    printf("%" PRIu64 " transfers in %.1f s (%.0f a second), %" PRIu64 " refused\n", demo->accepted,
           demo->seconds, (double)demo->accepted / demo->seconds, demo->refused);
    if (demo->refused > 0)
        printf("  the first refusal: %s\n", demo->refusal);
    printf("signatures recovered: %.0f by the card (%.0f %%), %.0f by the CPU\n", demo->card,
           signatures > 0 ? 100 * demo->card / signatures : 0, demo->cpu);
    printf("blocks %u to %u, all final: %" PRIu64 " transactions in them, %" PRIu64 " expected\n",
           demo->first_height + 1, info.final, in_blocks, demo->setup + demo->accepted);
    printf("balances: %u of %u as sent; supply %s\n", demo->options.accounts - wrong,
           demo->options.accounts, supply ? "right" : "WRONG");
    printf(right ? "the ledger has what was sent\n" : "THE LEDGER DIFFERS FROM WHAT WAS SENT\n");
    if (demo->options.json)
        write_json(demo, info.final - demo->first_height, in_blocks, right);
    return right ? 0 : 1;
}

/* ------------------------------------------------------------------ main */

static void usage(FILE *out)
{
    fputs("usage: demo-node --url URL --key FILE [--accounts N] [--rate N] [--seconds N] "
          "[--json FILE]\n"
          "  --url URL      the node, http://127.0.0.1:8888\n"
          "  --key FILE     the genesis' private key, as text\n"
          "  --accounts N   accounts that pay each other, 2 to 1000; default 200\n"
          "  --rate N       transfers a second, 1 to 5000; default 200\n"
          "  --seconds N    how long, 1 to 3600; default 20\n"
          "  --json FILE    writes the result there too\n",
          out);
}

static unsigned number(const char *text, unsigned low, unsigned high, const char *what)
{
    char *rest;
    unsigned long value = strtoul(text, &rest, 10);
    if (*text < '0' || *text > '9' || *rest || value < low || value > high) {
        fprintf(stderr, "error: %s must be a number from %u to %u, not '%s'\n", what, low, high,
                text);
        exit(2);
    }
    return (unsigned)value;
}

static struct options parse(int argc, char **argv)
{
    static const struct option names[] = {
        {"url", required_argument, NULL, 'u'},      {"key", required_argument, NULL, 'k'},
        {"accounts", required_argument, NULL, 'a'}, {"rate", required_argument, NULL, 'r'},
        {"seconds", required_argument, NULL, 's'},  {"json", required_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},           {NULL, 0, NULL, 0},
    };
    struct options options = {.accounts = 200, .rate = 200, .seconds = 20};
    int option;
    while ((option = getopt_long(argc, argv, "h", names, NULL)) != -1) {
        switch (option) {
        case 'u':
            options.url = optarg;
            break;
        case 'k':
            options.key = optarg;
            break;
        case 'a':
            options.accounts = number(optarg, 2, ACCOUNTS_MAX, "--accounts");
            break;
        case 'r':
            options.rate = number(optarg, 1, RATE_MAX, "--rate");
            break;
        case 's':
            options.seconds = number(optarg, 1, SECONDS_MAX, "--seconds");
            break;
        case 'j':
            options.json = optarg;
            break;
        case 'h':
            usage(stdout);
            exit(0);
        default:
            usage(stderr);
            exit(2);
        }
    }
    if (!options.url || !options.key || optind != argc) {
        usage(stderr);
        exit(2);
    }
    return options;
}

static void read_key(const char *path, struct private_key *key)
{
    char text[KEY_TEXT_SIZE] = "";
    FILE *file = fopen(path, "r");
    if (!file || !fgets(text, sizeof text, file)) {
        fprintf(stderr, "error: cannot read a key from %s\n", path);
        exit(2);
    }
    fclose(file);
    if (!private_key_parse(text, strcspn(text, "\r\n"), key)) {
        fprintf(stderr, "error: %s: no private key (PVT_K1_... or WIF)\n", path);
        exit(2);
    }
}

int main(int argc, char **argv)
{
    static struct demo demo = {.lock = PTHREAD_MUTEX_INITIALIZER, .more = PTHREAD_COND_INITIALIZER};
    demo.options = parse(argc, argv);
    demo.random = UINT64_C(0x9E3779B97F4A7C15);
    read_key(demo.options.key, &demo.genesis_key);
    if (!symbol_parse("4,DEMO", 6, &demo.symbol))
        return 1;
    demo.client = client_open(demo.options.url, NODE_WAIT_S);
    struct client_info info;
    client_info(demo.client, &info);
    demo.first_height = info.head;
    create_token(&demo);
    create_accounts(&demo);
    fund_accounts(&demo);
    run(&demo);
    int code = settle(&demo);
    client_close(demo.client);
    private_key_wipe(&demo.genesis_key);
    return code;
}
