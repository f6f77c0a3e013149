// SPDX-License-Identifier: Apache-2.0
/* What the node does through HTTP, beside a client of its own process on the same cores.
 *
 *   node.http.ratio        signed transfers a second through push_transactions, a batch a request,
 *                          over the signatures a second that the same cores recover when they do
 *                          nothing else; in turns in one run, the medians compared
 *   node.http.cpu_ratio    the same in CPU time: that of a recovery over that of the node's process
 *                          for a transfer; other programs on the machine disturb it less
 *   node.http.single_us    CPU time of the node for a transfer that comes alone in its request, in
 *                          microseconds
 *
 * usage: node_http [ratio|single] */
#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "host/api/server.h"
#include "host/base/hex.h"
#include "host/consensus/producer.h"
#include "host/node/merkle.h"
#include "tests/bench/node_raw.h"
#include "tests/bench/node_rig.h"

#define ROUNDS       3u
#define BATCH        250u /* transactions of a request */
#define CLIENTS      8u   /* connections */
#define BATCH_ROUND  40000u
#define SINGLE_ROUND 10000u
#define TRANSFERS    (ROUNDS * (BATCH_ROUND + SINGLE_ROUND))
#define AIM_RATIO    0.6
#define JSON_CHARS   1024u       /* of a transfer, at most */
#define ANSWER_CHARS (16u << 20) /* of a request, at most */

static struct node_rig rig;             /* the node's process */
static struct node_transfer *transfers; /* shared: the node's process makes them */
static unsigned cores;

static double seconds(clockid_t clock)
{
    struct timespec now;
    CHECK(clock_gettime(clock, &now) == 0);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* ------------------------------------------------------------------ the node's process */
struct node {
    struct offload *offload;
    struct merkle *merkle;
    struct intake *intake;
    struct producer *producer;
    struct api *api;
    struct schedule schedule;
    uv_loop_t loop;
    uv_poll_t end; /* the parent closes its side */
};
static struct node node;

static int64_t wall_clock_ms(void *context)
{
    (void)context;
    return (int64_t)(seconds(CLOCK_REALTIME) * 1000);
}

static void on_fatal(void *user, const char *text)
{
    (void)user;
    fprintf(stderr, "# %s\n", text);
    CHECK(!"the producer failed");
}

static void on_ready(void *user)
{
    (void)user;
    producer_wake(node.producer);
}

static void on_stopped(void *user)
{
    (void)user;
    uv_close((uv_handle_t *)&node.end, NULL);
}

static void on_end(uv_poll_t *poll, int status, int events)
{
    (void)status, (void)events;
    CHECK(uv_poll_stop(poll) == 0);
    api_stop(node.api);
    producer_stop(node.producer, on_stopped, NULL);
}

static void node_start(void)
{
    char error[OFFLOAD_TEXT_SIZE];
    const struct offload_options offload_options = {.workers = cores};
    CHECK(offload_create(&offload_options, &node.offload, error) == 0);
    node.merkle = merkle_create(node.offload, MERKLE_WAIT_NS);
    CHECK(node.merkle != NULL);
    node_rig_open(&rig, merkle_root, node.merkle);
    for (unsigned i = 0; i < TRANSFERS; i++)
        node_rig_transfer(&rig, i, &transfers[i]);
    const struct intake_options intake_options = {
        .offload = node.offload, .chain = rig.chain, .ready = on_ready};
    node.intake = intake_create(&intake_options);
    CHECK(node.intake != NULL);
    schedule_single(&node.schedule, name_of("eosio"), &rig.genesis.key);
    const struct api_options api_options = {.chain = rig.chain,
                                            .intake = node.intake,
                                            .offload = node.offload,
                                            .schedule = &node.schedule,
                                            .threads = cores};
    CHECK(api_create(&api_options, &node.api, error) == 0);
    const struct producer_options producer_options = {.loop = &node.loop,
                                                      .chain = rig.chain,
                                                      .intake = node.intake,
                                                      .schedule = &node.schedule,
                                                      .name = name_of("eosio"),
                                                      .key = rig.key,
                                                      .unix_ms = wall_clock_ms,
                                                      .fatal = on_fatal};
    node.producer = producer_create(&producer_options);
    CHECK(node.producer != NULL);
    CHECK(api_start(node.api, error) == 0);
}

/* Nothing that was measured was an error. */
static void check_all_executed(void)
{
    struct producer_stats produced;
    struct intake_stats taken;
    producer_stats(node.producer, &produced);
    intake_stats(node.intake, &taken);
    CHECK_EQ(taken.refused, 0);
    CHECK_EQ(produced.failed_transactions, 0);
    CHECK_EQ(produced.transactions, taken.submitted);
}

/* Writes the port to `out`, and runs until `in` is closed. */
static void node_main(int in, int out)
{
    CHECK(uv_loop_init(&node.loop) == 0);
    CHECK(uv_poll_init(&node.loop, &node.end, in) == 0);
    CHECK(uv_poll_start(&node.end, UV_READABLE | UV_DISCONNECT, on_end) == 0);
    node_start();
    uint16_t port = api_port(node.api);
    CHECK(write(out, &port, sizeof port) == sizeof port);
    CHECK(uv_run(&node.loop, UV_RUN_DEFAULT) == 0);
    check_all_executed();
    intake_destroy(node.intake);
    producer_destroy(node.producer);
    api_destroy(node.api);
    CHECK(uv_loop_close(&node.loop) == 0);
    node_rig_close(&rig);
    merkle_destroy(node.merkle);
    offload_destroy(node.offload);
}

/* ------------------------------------------------------------------ the client's process */
/* A connection, and the requests that go over it, made before time is taken. */
struct client {
    pthread_t thread;
    uint16_t port;
    unsigned count; /* of requests */
    char *requests; /* one behind the other, */
    size_t *ends;   /* each with its end */
    char *answer;
};

/* As push_transaction takes it; returns its characters. */
static size_t write_json(char *to, const struct node_transfer *transfer)
{
    char signature[KEY_TEXT_SIZE], packed[2 * sizeof transfer->packed + 1];
    signature_text(&transfer->signature, signature);
    hex_encode(transfer->packed, transfer->bytes, packed);
    int chars = snprintf(to, JSON_CHARS,
                         "{\"signatures\":[\"%s\"],\"compression\":\"none\","
                         "\"packed_context_free_data\":\"\",\"packed_trx\":\"%s\"}",
                         signature, packed);
    CHECK(chars > 0 && (unsigned)chars < JSON_CHARS);
    return (size_t)chars;
}

static size_t write_body(char *to, unsigned first, unsigned batch)
{
    size_t size = 0;
    for (unsigned i = 0; i < batch; i++) {
        if (batch > 1)
            to[size++] = i == 0 ? '[' : ',';
        size += write_json(to + size, &transfers[first + i]);
    }
    if (batch > 1)
        to[size++] = ']';
    return size;
}

static size_t write_request(char *to, unsigned first, unsigned batch)
{
    static char body[BATCH * JSON_CHARS];
    size_t bytes = write_body(body, first, batch);
    int head =
        sprintf(to, "POST /v1/chain/%s HTTP/1.1\r\nHost: node\r\nContent-Length: %zu\r\n\r\n",
                batch > 1 ? "push_transactions" : "send_transaction", bytes);
    memcpy(to + head, body, bytes);
    return (size_t)head + bytes;
}

static void prepare(struct client *client, uint16_t port, unsigned first, unsigned count,
                    unsigned batch)
{
    size_t size = 0;
    client->port = port;
    client->count = count / batch;
    client->requests = malloc((size_t)count * JSON_CHARS);
    client->ends = malloc(client->count * sizeof *client->ends);
    client->answer = malloc(ANSWER_CHARS);
    CHECK(client->requests != NULL && client->ends != NULL && client->answer != NULL);
    for (unsigned i = 0; i < client->count; i++) {
        size += write_request(client->requests + size, first + i * batch, batch);
        client->ends[i] = size;
    }
}

/* Reads an answer, which must be a good one. */
static void read_answer(int socket, char *answer)
{
    size_t size = 0, wanted = SIZE_MAX;
    while (size < wanted) {
        ssize_t got = recv(socket, answer + size, ANSWER_CHARS - size - 1, 0);
        CHECK(got > 0);
        size += (size_t)got;
        if (wanted != SIZE_MAX)
            continue;
        answer[size] = '\0';
        const char *end = strstr(answer, "\r\n\r\n");
        const char *length = strcasestr(answer, "content-length: ");
        if (end != NULL && length != NULL && length < end)
            wanted = (size_t)(end + 4 - answer) + strtoul(length + 16, NULL, 10);
    }
    CHECK(memcmp(answer, "HTTP/1.1 202", 12) == 0);
}

static void *client_main(void *argument)
{
    struct client *client = argument;
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(client->port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int connection = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(connection >= 0);
    CHECK(connect(connection, (struct sockaddr *)&address, sizeof address) == 0);
    size_t from = 0;
    for (unsigned i = 0; i < client->count; i++) {
        ssize_t bytes = (ssize_t)(client->ends[i] - from);
        CHECK(send(connection, client->requests + from, (size_t)bytes, MSG_NOSIGNAL) == bytes);
        read_answer(connection, client->answer);
        from = client->ends[i];
    }
    CHECK(close(connection) == 0);
    return NULL;
}

/* Sends so many transfers over all connections at a time; returns seconds. */
static double run_clients(uint16_t port, unsigned first, unsigned count, unsigned batch)
{
    static struct client clients[CLIENTS];
    unsigned share = count / CLIENTS;
    CHECK(share % batch == 0);
    for (unsigned i = 0; i < CLIENTS; i++)
        prepare(&clients[i], port, first + i * share, share, batch);
    double start_s = seconds(CLOCK_MONOTONIC);
    for (unsigned i = 0; i < CLIENTS; i++)
        CHECK(pthread_create(&clients[i].thread, NULL, client_main, &clients[i]) == 0);
    for (unsigned i = 0; i < CLIENTS; i++)
        CHECK(pthread_join(clients[i].thread, NULL) == 0);
    double took_s = seconds(CLOCK_MONOTONIC) - start_s;
    for (unsigned i = 0; i < CLIENTS; i++) {
        free(clients[i].requests);
        free(clients[i].ends);
        free(clients[i].answer);
    }
    return took_s;
}

/* ------------------------------------------------------------------ the figures */
static int compare(const void *one, const void *other)
{
    double a = *(const double *)one, b = *(const double *)other;
    return (a > b) - (a < b);
}

static double median(double values[ROUNDS])
{
    qsort(values, ROUNDS, sizeof *values, compare);
    return values[ROUNDS / 2];
}

static void figure(const char *name, double value, const char *unit, const char *aim,
                   const char *better, const char *method)
{
    printf("{\"name\":\"%s\",\"value\":%.3f,\"unit\":\"%s\",\"aim\":%s,\"better\":\"%s\","
           "\"method\":\"%s\",\"command\":\"build/bench/node_http\"}\n",
           name, value, unit, aim, better, method);
    fflush(stdout);
}

static void measure_ratio(uint16_t port, clockid_t node_clock, const struct signature *signatures)
{
    double raw[ROUNDS], raw_us[ROUNDS], http[ROUNDS], http_us[ROUNDS];
    char method[512], aim[16];
    for (unsigned i = 0; i < ROUNDS; i++) {
        struct raw_rate rate = raw_measure(signatures, cores);
        raw[i] = rate.per_s;
        raw_us[i] = rate.cpu_us;
        double cpu_s = seconds(node_clock);
        http[i] = BATCH_ROUND / run_clients(port, i * BATCH_ROUND, BATCH_ROUND, BATCH);
        http_us[i] = (seconds(node_clock) - cpu_s) * 1e6 / BATCH_ROUND;
        fprintf(stderr, "# %.0f signatures/s alone, %.1f us each; %.0f transfers/s, %.1f us each\n",
                raw[i], raw_us[i], http[i], http_us[i]);
    }
    double raw_rate = median(raw), http_rate = median(http);
    snprintf(aim, sizeof aim, "%.2f", AIM_RATIO);
    snprintf(method, sizeof method,
             "median of %u rounds: %.0f transfers/s through push_transactions, %u a request on %u "
             "connections of a client on the same %u cores, over %.0f recoveries/s of "
             "libsecp256k1 on those cores",
             ROUNDS, http_rate, BATCH, CLIENTS, cores, raw_rate);
    figure("node.http.ratio", http_rate / raw_rate, "transfers a signature", aim, "higher", method);
    double raw_cost = median(raw_us), http_cost = median(http_us);
    snprintf(method, sizeof method,
             "the same runs in CPU time: %.1f us of a recovery over %.1f us of the node's process, "
             "signature and all, for a transfer",
             raw_cost, http_cost);
    figure("node.http.cpu_ratio", raw_cost / http_cost, "transfers a signature", "null", "higher",
           method);
}

static void measure_single(uint16_t port, clockid_t node_clock)
{
    double cpu[ROUNDS];
    char method[256];
    for (unsigned i = 0; i < ROUNDS; i++) {
        double start_s = seconds(node_clock);
        double took_s = run_clients(port, ROUNDS * BATCH_ROUND + i * SINGLE_ROUND, SINGLE_ROUND, 1);
        cpu[i] = (seconds(node_clock) - start_s) * 1e6 / SINGLE_ROUND;
        fprintf(stderr, "# one a request: %.0f transfers/s, %.1f us of the node\n",
                SINGLE_ROUND / took_s, cpu[i]);
    }
    snprintf(method, sizeof method,
             "median of %u rounds of %u: CPU time of the node's process, signature and all, for a "
             "transfer in a request of its own on one of %u connections",
             ROUNDS, SINGLE_ROUND, CLIENTS);
    figure("node.http.single_us", median(cpu), "us", "null", "lower", method);
}

static void measure(const char *what, uint16_t port, pid_t child)
{
    static struct signature signatures[RAW_SIGNATURES];
    clockid_t node_clock;
    for (unsigned i = 0; i < RAW_SIGNATURES; i++)
        signatures[i] = transfers[i].signature;
    CHECK(clock_getcpuclockid(child, &node_clock) == 0);
    if (what == NULL || strcmp(what, "ratio") == 0)
        measure_ratio(port, node_clock, signatures);
    if (what == NULL || strcmp(what, "single") == 0)
        measure_single(port, node_clock);
}

int main(int count, char **arguments)
{
    int to_child[2], to_parent[2], status;
    uint16_t port;
    cores = (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
    transfers = mmap(NULL, TRANSFERS * sizeof *transfers, PROT_READ | PROT_WRITE,
                     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(transfers != MAP_FAILED && pipe(to_child) == 0 && pipe(to_parent) == 0);
    pid_t child = fork(); /* before there are threads */
    CHECK(child >= 0);
    if (child == 0) {
        CHECK(close(to_child[1]) == 0);
        node_main(to_child[0], to_parent[1]);
        return 0;
    }
    CHECK(read(to_parent[0], &port, sizeof port) == sizeof port);
    measure(count > 1 ? arguments[1] : NULL, port, child);
    CHECK(close(to_child[1]) == 0);
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    CHECK(munmap(transfers, TRANSFERS * sizeof *transfers) == 0);
    return 0;
}
