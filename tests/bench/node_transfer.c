// SPDX-License-Identifier: Apache-2.0
/* node.transfer.instructions: what a transfer costs the node besides its signature and HTTP,
 * counted by callgrind; and node.transfer.instructions_without_hashing, the part of it that is not
 * hashing: libcrypto's, and the expansion of rows (row_expand).
 *
 * In: parsing and hashing the packed transaction, intake's checks and books, handing the job to
 * offload and taking its answer, execution, the answer, and the transfer's share of sealing a block
 * of 1,000: receipts, state hash, block log and trace log. Out: the digest that is signed and the
 * recovery of the key (the signature), what offload's workers do (that, and Merkle roots), syncs,
 * checkpoints and the index of transactions.
 *
 * Hashes weigh more here than they do: the CPU that callgrind shows to libcrypto has no SHA
 * instructions, and a block of SHA-256 takes it some 2,250 instructions. A transfer needs ten of
 * them: two for each of its id, its receipt, its trace and the two rows that it changes.
 *
 * The program starts itself under callgrind and prints each figure as a line of JSON; with an
 * argument it only runs that many blocks.
 *
 * usage: node_transfer [BLOCKS] */
#include <lmdb.h>
#include <time.h>

#include "host/crypto/digest.h"
#include "host/intake/intake.h"
#include "tests/bench/callgrind.h"
#include "tests/bench/node_rig.h"

#define BLOCK_TRANSFERS 1000u
#define BLOCKS          3u
#define AIM             25000u
#define MAP_BYTES_MAX   ((size_t)1 << 30)

static struct node_rig rig;
static struct node_transfer transfers[BLOCK_TRANSFERS];
static struct signed_transaction *transactions[BLOCK_TRANSFERS];
static struct intake_request requests[BLOCK_TRANSFERS];
static struct offload *offload;
static struct digest_context *digests;
static struct intake *intake;
static unsigned executed;

/* In the place of LMDB's, by the linker: valgrind has no room for maps as large as the node's. */
int __real_mdb_env_set_mapsize(MDB_env *environment, size_t bytes);
int __wrap_mdb_env_set_mapsize(MDB_env *environment, size_t bytes);
int __wrap_mdb_env_set_mapsize(MDB_env *environment, size_t bytes)
{
    return __real_mdb_env_set_mapsize(environment, bytes < MAP_BYTES_MAX ? bytes : MAP_BYTES_MAX);
}

static void on_ready(void *user)
{
    (void)user;
}

static void on_answer(struct intake_request *request, struct transaction_trace *trace,
                      const struct ledger_error *error)
{
    (void)request, (void)error;
    executed += trace != NULL && trace->executed;
}

/* A Merkle root is offload's work, as a signature is. */
static void __attribute__((noinline))
uncounted_root(const uint8_t *leaves, size_t count, uint8_t root[32])
{
    digest_merkle_root(digests, DIGEST_SHA256, leaves, count, root);
}

static void find_root(void *context, const uint8_t *leaves, size_t count, uint8_t root[32])
{
    (void)context;
    if (intake != NULL)
        uncounted_root(leaves, count, root);
    else /* of the founding, where nothing is counted: the other one would begin to */
        digest_merkle_root(digests, DIGEST_SHA256, leaves, count, root);
}

/* What is counted: these four, and intake's taking of an answer in a worker's thread (on_done),
 * without the digest that the signature signs (transaction_digest) and roots (uncounted_root). */

static void __attribute__((noinline)) counted_parse(void)
{
    for (unsigned i = 0; i < BLOCK_TRANSFERS; i++)
        transactions[i] = node_transfer_parse(&transfers[i]);
}

static void __attribute__((noinline)) counted_submit(void)
{
    struct ledger_error error;
    for (unsigned i = 0; i < BLOCK_TRANSFERS; i++) {
        requests[i] = (struct intake_request){.transaction = transactions[i], .done = on_answer};
        if (!intake_submit(intake, &requests[i], &error))
            abort();
    }
}

static void __attribute__((noinline)) counted_execute(void)
{
    struct intake_entry *entry;
    while ((entry = intake_take(intake)) != NULL) {
        chain_lock(rig.chain);
        struct transaction_trace *trace =
            chain_push(rig.chain, entry->transaction, entry->keys, entry->key_count, CHAIN_INCLUDE);
        chain_unlock(rig.chain);
        intake_finish(intake, entry, trace);
        trace_release(trace);
    }
}

static bool sign(void *user, const uint8_t digest[32], struct signature *signature)
{
    (void)user, (void)digest;
    *signature = (struct signature){.type = KEY_K1}; /* one of a block: not a transfer's */
    return true;
}

static void __attribute__((noinline)) counted_seal(void)
{
    char error[CHAIN_ERROR_SIZE];
    struct block *block = chain_seal(rig.chain, sign, NULL, error);
    if (block == NULL)
        abort();
    block_free(block);
}

static void wait_until_ready(void)
{
    struct intake_stats stats = {0};
    while (stats.in_pool_ready < BLOCK_TRANSFERS) {
        (void)nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
        intake_stats(intake, &stats);
    }
}

static void run_blocks(unsigned blocks)
{
    char error[OFFLOAD_TEXT_SIZE];
    struct offload_options offload_options = {.workers = 1};
    CHECK(offload_create(&offload_options, &offload, error) == 0);
    digests = digest_context_create();
    CHECK(digests != NULL);
    node_rig_open(&rig, find_root, NULL);
    struct intake_options intake_options = {
        .offload = offload, .chain = rig.chain, .ready = on_ready};
    intake = intake_create(&intake_options);
    CHECK(intake != NULL);
    uint32_t slot = (uint32_t)((time(NULL) - SLOT_EPOCH_UNIX_MS / 1000) * 2);
    for (unsigned i = 0; i < blocks; i++) {
        for (unsigned j = 0; j < BLOCK_TRANSFERS; j++)
            node_rig_transfer(&rig, i * BLOCK_TRANSFERS + j, &transfers[j]);
        chain_start(rig.chain, slot + i, name_of("eosio"));
        counted_parse();
        counted_submit();
        wait_until_ready();
        counted_execute();
        counted_seal();
    }
    CHECK(executed == blocks * BLOCK_TRANSFERS);
    intake_destroy(intake);
    node_rig_close(&rig);
    offload_destroy(offload);
    digest_context_destroy(digests);
}

struct total {
    double all, libcrypto, expanding; /* instructions */
};

/* Callgrind's file: "ob=(number) name", with the name at its first time only, says whose the lines
 * behind it are, "fn=" which function's; "cob=" and "cfn=" so name a callee's. A line "position
 * cost" is a cost, but for the one behind "calls=", which is the callee's. */
static struct total read_total(FILE *file)
{
    char line[1024];
    int object = 0, named = 0, libcrypto = -1;
    int function = 0, named_function = 0, expand = -1;
    bool of_callee = false;
    unsigned long long cost;
    struct total total = {0};
    while (fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, "ob=(%d)", &object) == 1)
            named = object;
        else if (sscanf(line, "fn=(%d)", &function) == 1)
            named_function = function;
        else if (sscanf(line, "cob=(%d)", &named) != 1 &&
                 sscanf(line, "cfn=(%d)", &named_function) != 1 &&
                 strchr("+-*0123456789", line[0]) != NULL && !of_callee &&
                 sscanf(line, "%*s %llu", &cost) == 1) {
            total.all += (double)cost;
            total.libcrypto += object == libcrypto ? (double)cost : 0;
            total.expanding += function == expand ? (double)cost : 0;
        }
        if (strstr(line, "ob=(") != NULL && strstr(line, "/libcrypto.so") != NULL)
            libcrypto = named;
        if (strstr(line, "fn=(") != NULL && strstr(line, ") row_expand_aes") != NULL)
            expand = named_function;
        of_callee = strncmp(line, "calls=", 6) == 0;
    }
    CHECK(fclose(file) == 0);
    CHECK(total.all > 0 && total.libcrypto > 0 && total.expanding > 0);
    return total;
}

static void print_figures(double all, double libcrypto, double expanding)
{
    printf(
        "{\"name\":\"node.transfer.instructions\",\"value\":%.0f,\"unit\":\"instructions\","
        "\"aim\":%u,\"better\":\"lower\",\"method\":\"callgrind: parsing, intake, execution, "
        "answer, and a %u-th of sealing a block, of transfers between %u accounts; without digest "
        "and recovery of the signature, offload's workers, syncs and checkpoints; %.0f of them are "
        "libcrypto's, whose SHA-256 has no SHA instructions on the CPU that valgrind shows, %.0f "
        "expand rows for the state's hash\",\"command\":\"build/bench/node_transfer\"}\n",
        all, AIM, BLOCK_TRANSFERS, NODE_RIG_ACCOUNTS, libcrypto, expanding);
    printf("{\"name\":\"node.transfer.instructions_without_hashing\",\"value\":%.0f,"
           "\"unit\":\"instructions\",\"aim\":null,\"better\":\"lower\",\"method\":\"the same "
           "count without libcrypto's instructions and those that expand rows\",\"command\":"
           "\"build/bench/node_transfer\"}\n",
           all - libcrypto - expanding);
}

int main(int argc, char **argv)
{
    if (argc == 2) {
        run_blocks((unsigned)strtoul(argv[1], NULL, 10));
        return 0;
    }
    static const char *const toggles[] = {
        "counted_parse", "counted_submit",     "counted_execute", "counted_seal",
        "on_done",       "transaction_digest", "uncounted_root",  NULL};
    char blocks[16];
    (void)snprintf(blocks, sizeof blocks, "%u", BLOCKS);
    const char *const arguments[] = {argv[0], blocks, NULL};
    struct total total = read_total(callgrind_run(toggles, arguments));
    double count = BLOCKS * BLOCK_TRANSFERS;
    print_figures(total.all / count, total.libcrypto / count, total.expanding / count);
    return 0;
}
