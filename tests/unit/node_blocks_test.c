// SPDX-License-Identifier: Apache-2.0
/* From a signed transaction to a final block: intake, ledger, producer and finality together, on
 * the CPU backend, with real files. The clock is the test's. */
#include <stdatomic.h>

#include "host/consensus/producer.h"
#include "host/node/merkle.h"
#include "tests/unit/ledger_chain_rig.h"

#define TRANSFERS 700u /* more than are worth a Merkle root by offload */

/* Of the rig's genesis key, which is published. */
static const char private_text[] = "5KQwrPbwdL6PhXujxW37FSSQZ1JiwsST4cqQzDeyXtP79zkvFD3";

struct transfer {
    struct intake_request request;
    atomic_bool answered;
    bool executed;
    uint32_t height;
    uint8_t id[32];
};

static struct rig rig;
static struct private_key key;
static struct offload *offload;
static struct merkle *merkle;
static struct intake *intake;
static struct producer *producer;
static struct schedule schedule;
static uv_loop_t loop;
static int64_t now_ms;
static bool stopped;
static struct transfer transfers[TRANSFERS];

static int64_t test_clock(void *context)
{
    (void)context;
    return now_ms;
}

static void on_fatal(void *user, const char *text)
{
    (void)user;
    printf("# %s\n", text);
    CHECK(!"the producer failed");
}

static void on_stopped(void *user)
{
    (void)user;
    stopped = true;
}

static void on_ready(void *user)
{
    (void)user;
    producer_wake(producer);
}

static void on_answer(struct intake_request *request, struct transaction_trace *trace,
                      const struct ledger_error *error)
{
    struct transfer *transfer = request->user;
    const char *text = trace == NULL ? error->message : trace->error.message;
    if (trace == NULL || !trace->executed)
        printf("# %s\n", text);
    CHECK(trace != NULL);
    transfer->executed = trace->executed;
    transfer->height = trace->height;
    atomic_store(&transfer->answered, true);
}

static void start(void)
{
    char error[OFFLOAD_TEXT_SIZE];
    struct offload_options offload_options = {.workers = 2};
    rig_make(&rig, RIG_LMDB);
    rig_open(&rig);
    rig_found(&rig);
    CHECK(private_key_parse(private_text, sizeof private_text - 1, &key));
    CHECK_EQ(offload_create(&offload_options, &offload, error), 0);
    merkle = merkle_create(offload, MERKLE_WAIT_NS);
    CHECK(merkle != NULL);
    struct intake_options intake_options = {
        .offload = offload, .chain = rig.chain, .ready = on_ready};
    intake = intake_create(&intake_options);
    CHECK(intake != NULL);
    CHECK_EQ(uv_loop_init(&loop), 0);
    schedule_single(&schedule, name_of("eosio"), &rig.genesis.key);
    now_ms = slot_unix_ms(rig.slot) + SLOT_MS - 1;
    struct producer_options options = {.loop = &loop,
                                       .chain = rig.chain,
                                       .intake = intake,
                                       .schedule = &schedule,
                                       .name = name_of("eosio"),
                                       .key = key,
                                       .unix_ms = test_clock,
                                       .fatal = on_fatal};
    producer = producer_create(&options);
    CHECK(producer != NULL);
}

static void end(void)
{
    producer_stop(producer, on_stopped, NULL);
    while (!stopped)
        (void)uv_run(&loop, UV_RUN_ONCE);
    intake_destroy(intake);
    producer_destroy(producer);
    CHECK_EQ(uv_loop_close(&loop), 0);
    offload_destroy(offload);
    merkle_destroy(merkle);
}

/* The rig's transfer, signed. */
static struct signed_transaction *make(unsigned number)
{
    struct signature signature;
    uint8_t digest[32];
    enum transaction_error error;
    struct rig_terms terms = rig_terms(&rig);
    struct signed_transaction *bare = rig_transfer_on(&rig, &terms, number, number + 1, 1);
    transaction_digest(chain_id(rig.chain), bare->transaction.packed, digest);
    CHECK(private_key_sign(&key, digest, &signature));
    struct signed_transaction *made = signed_transaction_create(
        &signature, 1, false, bare->transaction.packed, (struct bytes){NULL, 0}, &error);
    CHECK(made != NULL);
    signed_transaction_release(bare);
    return made;
}

static void submit_all(void)
{
    for (unsigned i = 0; i < TRANSFERS; i++) {
        struct ledger_error error;
        transfers[i].request = (struct intake_request){
            .transaction = make(i), .done = on_answer, .user = &transfers[i]};
        memcpy(transfers[i].id, transfers[i].request.transaction->id, 32);
        CHECK(intake_submit(intake, &transfers[i].request, &error));
    }
}

static void wait_for_all(void)
{
    for (unsigned i = 0; i < TRANSFERS; i++)
        while (!atomic_load(&transfers[i].answered))
            (void)uv_run(&loop, UV_RUN_ONCE);
}

/* The block's roots are those of its receipts, whoever computed them. */
static void check_block(uint32_t height)
{
    struct ledger_error error;
    struct block *block = chain_read_block(rig.chain, height, rig.error);
    CHECK(block != NULL);
    CHECK_EQ(block->receipt_count, TRANSFERS);
    CHECK(schedule_block_valid(&schedule, block, &error));
    uint8_t *digests = malloc((size_t)TRANSFERS * 32), root[32];
    CHECK(digests != NULL);
    for (unsigned i = 0; i < TRANSFERS; i++)
        receipt_digest(&block->receipts[i], digests + (size_t)i * 32);
    merkle_root(merkle, digests, TRANSFERS, root);
    CHECK_MEM(root, block->header.transaction_root, sizeof root);
    free(digests);
    block_free(block);
}

static void test_signed_transfers_become_final(void)
{
    start();
    submit_all();
    wait_for_all();
    uint32_t height = transfers[0].height;
    for (unsigned i = 0; i < TRANSFERS; i++) {
        CHECK(transfers[i].executed);
        CHECK_EQ(transfers[i].height, height);
    }
    now_ms += SLOT_MS;
    chain_lock(rig.chain);
    while (chain_final(rig.chain) < height) {
        chain_unlock(rig.chain);
        (void)uv_run(&loop, UV_RUN_ONCE);
        chain_lock(rig.chain);
    }
    check_block(height);
    struct offload_stats stats;
    offload_stats(offload, &stats);
    CHECK_EQ(stats.kinds[OFFLOAD_ECDSA_SECP256K1_RECOVER].cpu, TRANSFERS);
    CHECK(stats.kinds[OFFLOAD_MERKLE_SHA256].jobs >= 1); /* the check's */
    chain_unlock(rig.chain);
    end();

    rig_close(&rig);
    CHECK(rig.error[0] == '\0');
    rig_open(&rig);
    CHECK_EQ(chain_head(rig.chain), height);
    for (unsigned i = 0; i < TRANSFERS; i++) {
        uint32_t found;
        CHECK(chain_find_transaction(rig.chain, transfers[i].id, &found));
        CHECK_EQ(found, height);
    }
    rig_remove(&rig);
}

int main(void)
{
    RUN(test_signed_transfers_become_final);
    return 0;
}
