// SPDX-License-Identifier: Apache-2.0
/* node.inprocess.ratio: signed transfers a second through the node without HTTP (parsing, intake,
 * recovery on the CPU, execution, blocks every 500 ms, log on disk), over the signatures a second
 * that the same cores recover when they do nothing else. The two are measured in turns in one run
 * and the medians compared.
 *
 * usage: node_inprocess */
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#include "host/consensus/producer.h"
#include "host/crypto/ecdsa.h"
#include "host/node/merkle.h"
#include "tests/bench/node_rig.h"

#define TRANSFERS   120000u
#define ROUNDS      3u
#define IN_POOL_MAX 8000u /* enough for the cores while a block is sealed */
#define RAW_SECONDS 3
#define CORES_MAX   256u
#define AIM         0.85

static struct node_rig rig;
static struct node_transfer *transfers;
static struct intake_request *requests;
static struct offload *offload;
static struct merkle *merkle;
static struct intake *intake;
static struct producer *producer;
static struct schedule schedule;
static uv_loop_t loop;
static uv_async_t end;
static atomic_uint answered;
static unsigned round_first, round_count;

static double now_s(clockid_t clock)
{
    struct timespec now;
    CHECK(clock_gettime(clock, &now) == 0);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* ------------------------------------------------------------------ signatures alone */

static atomic_bool raw_over;

static void *raw_main(void *argument)
{
    uint64_t *count = argument;
    struct snap_ecdsa_recover_payload payload = {0};
    struct snap_point point;
    for (unsigned i = 0; !atomic_load_explicit(&raw_over, memory_order_relaxed); i++) {
        const struct node_transfer *transfer = &transfers[i % TRANSFERS];
        memset(payload.digest, (int)i, sizeof payload.digest); /* any digest has a key */
        memcpy(payload.r, transfer->signature.bytes + 1, 32);
        memcpy(payload.s, transfer->signature.bytes + 33, 32);
        payload.id[31] = (uint8_t)(transfer->signature.bytes[0] - 31);
        CHECK(ecdsa_secp256k1_recover_var(&payload, &point));
        ++*count;
    }
    return NULL;
}

static double measure_raw(unsigned cores)
{
    pthread_t threads[CORES_MAX];
    uint64_t counts[CORES_MAX] = {0}, total = 0;
    double start_s = now_s(CLOCK_MONOTONIC);
    atomic_store(&raw_over, false);
    for (unsigned i = 0; i < cores; i++)
        CHECK(pthread_create(&threads[i], NULL, raw_main, &counts[i]) == 0);
    (void)sleep(RAW_SECONDS);
    atomic_store(&raw_over, true);
    for (unsigned i = 0; i < cores; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    double took_s = now_s(CLOCK_MONOTONIC) - start_s;
    for (unsigned i = 0; i < cores; i++)
        total += counts[i];
    return (double)total / took_s;
}

/* ------------------------------------------------------------------ the node */

static int64_t wall_clock_ms(void *context)
{
    struct timespec now;
    (void)context;
    CHECK(clock_gettime(CLOCK_REALTIME, &now) == 0);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void on_fatal(void *user, const char *text)
{
    (void)user;
    printf("# %s\n", text);
    CHECK(!"the producer failed");
}

static void on_ready(void *user)
{
    (void)user;
    producer_wake(producer);
}

static void on_answer(struct intake_request *request, struct transaction_trace *trace,
                      const struct ledger_error *error)
{
    (void)request;
    if (trace == NULL || !trace->executed)
        fprintf(stderr, "# %s\n", trace == NULL ? error->message : trace->error.message);
    CHECK(trace != NULL && trace->executed);
    if (atomic_fetch_add(&answered, 1) + 1 == round_count)
        CHECK(uv_async_send(&end) == 0);
}

static void on_closed_all(void *user)
{
    (void)user;
    uv_stop(&loop);
}

static void on_end(uv_async_t *async)
{
    (void)async;
    uv_stop(&loop);
}

/* Parses and submits as a thread of the API would; keeps the pool from overflowing. */
static void *feeder_main(void *argument)
{
    (void)argument;
    for (unsigned i = 0; i < round_count; i++) {
        struct intake_request *request = &requests[round_first + i];
        struct ledger_error error;
        *request = (struct intake_request){
            .transaction = node_transfer_parse(&transfers[round_first + i]), .done = on_answer};
        while (i - atomic_load(&answered) >= IN_POOL_MAX)
            (void)nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
        if (!intake_submit(intake, request, &error))
            fprintf(stderr, "# %s\n", error.message);
        CHECK(error.code == LEDGER_OK);
    }
    return NULL;
}

static double measure_node(unsigned first, unsigned count)
{
    pthread_t feeder;
    round_first = first;
    round_count = count;
    atomic_store(&answered, 0);
    double start_s = now_s(CLOCK_MONOTONIC);
    CHECK(pthread_create(&feeder, NULL, feeder_main, NULL) == 0);
    (void)uv_run(&loop, UV_RUN_DEFAULT);
    double took_s = now_s(CLOCK_MONOTONIC) - start_s;
    CHECK(pthread_join(feeder, NULL) == 0);
    return (double)count / took_s;
}

static void start_chain(unsigned cores)
{
    char error[OFFLOAD_TEXT_SIZE];
    struct offload_options offload_options = {.workers = cores};
    CHECK(offload_create(&offload_options, &offload, error) == 0);
    merkle = merkle_create(offload, MERKLE_WAIT_NS);
    CHECK(merkle != NULL);
    node_rig_open(&rig, merkle_root, merkle);
}

static void start_producer(void)
{
    struct intake_options intake_options = {
        .offload = offload, .chain = rig.chain, .account_max = TRANSFERS, .ready = on_ready};
    intake = intake_create(&intake_options);
    CHECK(intake != NULL);
    CHECK(uv_loop_init(&loop) == 0 && uv_async_init(&loop, &end, on_end) == 0);
    schedule_single(&schedule, name_of("eosio"), &rig.genesis.key);
    struct producer_options options = {.loop = &loop,
                                       .chain = rig.chain,
                                       .intake = intake,
                                       .schedule = &schedule,
                                       .name = name_of("eosio"),
                                       .key = rig.key,
                                       .unix_ms = wall_clock_ms,
                                       .fatal = on_fatal};
    producer = producer_create(&options);
    CHECK(producer != NULL);
}

static void stop(void)
{
    producer_stop(producer, on_closed_all, NULL);
    (void)uv_run(&loop, UV_RUN_DEFAULT);
    uv_close((uv_handle_t *)&end, NULL);
    (void)uv_run(&loop, UV_RUN_DEFAULT);
    intake_destroy(intake);
    producer_destroy(producer);
    CHECK(uv_loop_close(&loop) == 0);
    node_rig_close(&rig);
    offload_destroy(offload);
    merkle_destroy(merkle);
}

/* ------------------------------------------------------------------ the figure */

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

int main(void)
{
    double raw[ROUNDS], node[ROUNDS];
    unsigned cores = (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
    cores = cores > CORES_MAX ? CORES_MAX : cores;
    transfers = malloc(TRANSFERS * sizeof *transfers);
    requests = malloc(TRANSFERS * sizeof *requests);
    CHECK(transfers != NULL && requests != NULL);
    start_chain(cores);
    for (unsigned i = 0; i < TRANSFERS; i++)
        node_rig_transfer(&rig, i, &transfers[i]);
    start_producer();
    for (unsigned i = 0; i < ROUNDS; i++) {
        double start_s = now_s(CLOCK_PROCESS_CPUTIME_ID);
        raw[i] = measure_raw(cores);
        double raw_s = now_s(CLOCK_PROCESS_CPUTIME_ID) - start_s;
        node[i] = measure_node(i * (TRANSFERS / ROUNDS), TRANSFERS / ROUNDS);
        double node_s = now_s(CLOCK_PROCESS_CPUTIME_ID) - start_s - raw_s;
        fprintf(stderr,
                "# %.0f signatures/s alone, %.1f us of CPU each; %.0f transfers/s, %.1f us\n",
                raw[i], raw_s * 1e6 / (raw[i] * RAW_SECONDS), node[i],
                node_s * 1e6 / (TRANSFERS / ROUNDS));
    }
    struct producer_stats stats;
    producer_stats(producer, &stats);
    fprintf(stderr, "# %.1f ms to seal a block\n",
            (double)stats.seal_us_total / 1e3 / (double)stats.blocks);
    stop();
    double raw_rate = median(raw), node_rate = median(node);
    printf("{\"name\":\"node.inprocess.ratio\",\"value\":%.3f,\"unit\":\"transfers a signature\","
           "\"aim\":%.2f,\"better\":\"higher\",\"method\":\"median of %u rounds: %.0f transfers/s "
           "through parsing, intake, recovery on the CPU, ledger, blocks and log, over %.0f "
           "recoveries/s of libsecp256k1 on the same %u cores\",\"command\":"
           "\"build/bench/node_inprocess\"}\n",
           node_rate / raw_rate, AIM, ROUNDS, node_rate, raw_rate, cores);
    free(requests);
    free(transfers);
    return 0;
}
