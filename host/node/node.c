// SPDX-License-Identifier: Apache-2.0
#include "host/node/node.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <uv.h>

#include "host/api/server.h"
#include "host/base/hex.h"
#include "host/base/log.h"
#include "host/consensus/producer.h"
#include "host/node/key_file.h"
#include "host/node/notify.h"
#include "host/node/open_chain.h"
#include "host/offload/driver_card.h"

#define WATCH_MS 1000

struct node {
    const struct node_options *options;
    struct data_folder folder;
    struct disk disk;
    struct genesis genesis;
    struct private_key key;
    struct schedule schedule;
    struct offload *offload;
    struct merkle *merkle;
    struct chain *chain;
    struct intake *intake;
    struct api *api;
    struct producer *producer;

    uv_loop_t loop;
    uv_signal_t interrupt, terminate;
    uv_timer_t watch;       /* looks at what the cards say */
    uv_async_t end;         /* something has failed */
    uint64_t events_logged; /* number of offload's last event that was */
    bool stopping, failed;
};

/* ------------------------------------------------------------------ what the cards say */

static void log_event(const struct node *node, const struct offload_event *event)
{
    enum log_level level = event->reason == OFFLOAD_ADMITTED ? LOG_LEVEL_INFO : LOG_LEVEL_WARN;
    log_write(level, "card %s %s: %s", node->options->cards[event->card],
              offload_reason_name(event->reason), event->text);
}

static void log_events(struct node *node)
{
    struct offload_event events[OFFLOAD_EVENTS_MAX];
    unsigned count = offload_events(node->offload, node->events_logged, events, OFFLOAD_EVENTS_MAX);
    for (unsigned i = 0; i < count; i++) {
        log_event(node, &events[i]);
        node->events_logged = events[i].number;
    }
}

static void on_watch(uv_timer_t *timer)
{
    log_events(timer->data);
}

/* ------------------------------------------------------------------ the parts */

static int fail(const char *text)
{
    log_error("%s", text);
    return -1;
}

static int open_files(struct node *node)
{
    char error[FILE_ERROR_SIZE];
    if (data_folder_open(&node->folder, node->options->data_dir, error) != 0 ||
        data_folder_genesis(&node->folder, node->options->genesis, &node->genesis, error) != 0)
        return fail(error);
    return 0;
}

/* The chain's one producer has the genesis's key. */
static int open_key(struct node *node)
{
    const struct node_options *options = node->options;
    char error[FILE_ERROR_SIZE], text[KEY_TEXT_SIZE];
    struct public_key public_key;
    if (options->producer_key[0] == '\0')
        return fail("producer-key is missing: it names the file with the key that signs blocks");
    if (key_file_load(options->producer_key, &node->key, error) != 0)
        return fail(error);
    if (!private_key_public(&node->key, &public_key))
        return fail("the producer's public key could not be computed");
    schedule_single(&node->schedule, options->producer_name, &node->genesis.key);
    if (memcmp(&public_key, &node->genesis.key, sizeof public_key) == 0)
        return 0;
    public_key_text(&node->genesis.key, false, text);
    log_error("%s holds another key than the one that signs this chain's blocks, %s",
              options->producer_key, text);
    return -1;
}

static int open_offload(struct node *node)
{
    const struct node_options *options = node->options;
    struct offload_card cards[OFFLOAD_CARDS_MAX];
    char error[OFFLOAD_TEXT_SIZE];
    struct offload_options offload_options = {.workers = (unsigned)options->workers,
                                              .cards = cards};
    for (unsigned i = 0; i < options->card_count; i++) {
        if (driver_card_create(options->cards[i], NULL, &cards[i]) != 0) {
            while (i-- > 0)
                cards[i].ops->close(cards[i].context);
            return fail("a card's address is too long, or memory is out");
        }
        offload_options.card_count++;
    }
    if (offload_create(&offload_options, &node->offload, error) != 0)
        return fail(error);
    log_events(node);
    node->merkle = merkle_create(node->offload, MERKLE_WAIT_NS);
    return node->merkle != NULL ? 0 : fail("memory is out");
}

static int open_ledger(struct node *node)
{
    char error[CHAIN_ERROR_SIZE], id[2 * 32 + 1];
    node->disk = disk_posix();
    if (open_chain(&node->folder, node->options, &node->genesis, &node->disk, node->merkle,
                   &node->chain, error) != 0)
        return fail(error);
    hex_encode(chain_id(node->chain), 32, id);
    log_info("chain %s, block %u", id, chain_head(node->chain));
    return 0;
}

static void on_ready(void *user)
{
    const struct node *node = user;
    producer_wake(node->producer); /* there before anything is submitted */
}

static void on_producer_stats(void *user, struct api_producer *to)
{
    const struct node *node = user;
    struct producer_stats stats;
    producer_stats(node->producer, &stats);
    *to = (struct api_producer){.producing = !node->stopping && !node->failed,
                                .blocks = stats.blocks,
                                .slots_missed = stats.slots_missed,
                                .transactions = stats.transactions,
                                .failed_transactions = stats.failed_transactions,
                                .seal_us_total = stats.seal_us_total};
}

static int open_intake(struct node *node)
{
    const struct node_options *options = node->options;
    struct intake_options intake_options = {
        .offload = node->offload,
        .chain = node->chain,
        .transactions_max = (unsigned)options->pool_transactions,
        .bytes_max = options->pool_bytes,
        .account_max = (unsigned)options->pool_account_transactions,
        .ready = on_ready,
        .user = node};
    node->intake = intake_create(&intake_options);
    return node->intake != NULL ? 0 : fail("no memory for the pool");
}

static int open_api(struct node *node)
{
    const struct node_options *options = node->options;
    char error[API_ERROR_SIZE];
    struct api_options api_options = {
        .chain = node->chain,
        .intake = node->intake,
        .offload = node->offload,
        .schedule = &node->schedule,
        .address = options->http_address,
        .port = (uint16_t)options->http_port,
        .cors_origin = options->http_cors_origin[0] != '\0' ? options->http_cors_origin : NULL,
        .version = NODE_VERSION,
        .threads = (unsigned)options->http_threads,
        .connections_max = (unsigned)options->http_connections,
        .connections_per_address_max = (unsigned)options->http_connections_per_address,
        .timeout_s = (unsigned)options->http_idle_seconds,
        .request_s = (unsigned)options->http_request_seconds,
        .subscribers_max = (unsigned)options->http_subscribers,
        .body_bytes_max = options->http_body_bytes,
        .producer = on_producer_stats,
        .user = node};
    return api_create(&api_options, &node->api, error) == 0 ? 0 : fail(error);
}

/* ------------------------------------------------------------------ the loop */

static int64_t wall_clock_ms(void *context)
{
    struct timespec now;
    (void)context;
    (void)clock_gettime(CLOCK_REALTIME, &now); /* cannot fail for this clock */
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Blocks have ended: nothing keeps the loop. */
static void on_stopped(void *user)
{
    struct node *node = user;
    uv_close((uv_handle_t *)&node->interrupt, NULL);
    uv_close((uv_handle_t *)&node->terminate, NULL);
    uv_close((uv_handle_t *)&node->watch, NULL);
    uv_close((uv_handle_t *)&node->end, NULL);
}

static void begin_end(struct node *node)
{
    if (node->stopping)
        return;
    node->stopping = true;
    notify_service_manager("STOPPING=1");
    api_stop(node->api);
    producer_stop(node->producer, on_stopped, node);
}

static void on_signal(uv_signal_t *signal, int number)
{
    log_info("%s: ending", number == SIGINT ? "SIGINT" : "SIGTERM");
    begin_end(signal->data);
}

static void on_end(uv_async_t *async)
{
    begin_end(async->data);
}

/* Called from within the producer, which cannot be stopped there. */
static void on_fatal(void *user, const char *text)
{
    struct node *node = user;
    log_error("%s; the node ends", text);
    node->failed = true;
    (void)uv_async_send(&node->end); /* fails only for a handle of another kind */
}

static int open_loop(struct node *node)
{
    if (uv_loop_init(&node->loop) != 0)
        return fail("no descriptors left for the loop");
    if (uv_signal_init(&node->loop, &node->interrupt) != 0 ||
        uv_signal_init(&node->loop, &node->terminate) != 0 ||
        uv_async_init(&node->loop, &node->end, on_end) != 0)
        return fail("no descriptors left for signals");
    (void)uv_timer_init(&node->loop, &node->watch); /* cannot fail */
    node->interrupt.data = node->terminate.data = node->watch.data = node->end.data = node;
    return 0;
}

static int open_producer(struct node *node)
{
    struct producer_options options = {.loop = &node->loop,
                                       .chain = node->chain,
                                       .intake = node->intake,
                                       .schedule = &node->schedule,
                                       .name = node->schedule.producers[0].name,
                                       .key = node->key,
                                       .unix_ms = wall_clock_ms,
                                       .fatal = on_fatal,
                                       .user = node};
    node->producer = producer_create(&options);
    private_key_wipe(&options.key);
    return node->producer != NULL ? 0 : fail("no memory or descriptors for the producer");
}

/* From here on the node ends by its loop. */
static void serve(struct node *node)
{
    char error[API_ERROR_SIZE];
    const char *address = node->options->http_address;
    (void)uv_timer_start(&node->watch, on_watch, WATCH_MS, WATCH_MS);
    if (uv_signal_start(&node->interrupt, on_signal, SIGINT) != 0 ||
        uv_signal_start(&node->terminate, on_signal, SIGTERM) != 0) {
        on_fatal(node, "signals cannot be taken");
    } else if (api_start(node->api, error) != 0) {
        on_fatal(node, error);
    } else {
        log_info(strchr(address, ':') != NULL ? "serving http://[%s]:%u" : "serving http://%s:%u",
                 address, api_port(node->api));
        notify_service_manager("READY=1");
    }
    (void)uv_run(&node->loop, UV_RUN_DEFAULT); /* until every handle is closed */
    if (uv_loop_close(&node->loop) != 0)
        log_warn("the loop was not empty at its end");
}

/* ------------------------------------------------------------------ beginning and end */

static int open_parts(struct node *node)
{
    int (*const steps[])(struct node * node) = {open_files,  open_key, open_offload, open_ledger,
                                                open_intake, open_api, open_loop,    open_producer};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        if (steps[i](node) != 0)
            return -1;
    return 0;
}

/* In the order that intake.h and server.h ask for; what was never opened is NULL. */
static int close_parts(struct node *node)
{
    char error[CHAIN_ERROR_SIZE];
    int code = 0;
    if (node->intake != NULL)
        intake_destroy(node->intake);
    api_destroy(node->api);
    if (node->producer != NULL)
        producer_destroy(node->producer);
    if (node->chain != NULL && chain_close(node->chain, error) != 0)
        code = fail(error);
    if (node->offload != NULL)
        offload_destroy(node->offload);
    merkle_destroy(node->merkle);
    private_key_wipe(&node->key);
    data_folder_close(&node->folder);
    return code;
}

int node_run(const struct node_options *options)
{
    static struct node node;
    node = (struct node){.options = options, .folder.lock = -1};
    log_info("snapscaled %s, data in %s", NODE_VERSION, options->data_dir);
    int code = open_parts(&node);
    if (code == 0)
        serve(&node);
    if (close_parts(&node) != 0 || node.failed)
        code = -1;
    if (code == 0)
        log_info("ended cleanly");
    return code == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
