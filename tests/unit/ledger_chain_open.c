// SPDX-License-Identifier: Apache-2.0
/* Opening what is not as it was left: lost, short, damaged or foreign states, logs and indices; a
 * start from a snapshot; and what a check says of each. */
#include <fcntl.h>
#include <unistd.h>

#include "host/ledger/check.h"
#include "host/store/snapshot.h"
#include "tests/unit/ledger_chain_rig.h"

#define BLOCKS 10u

static struct rig rig;

/* A chain of 3 + BLOCKS blocks, all final but the last; closed. */
static void leave_chain(void)
{
    rig_make(&rig, RIG_LMDB);
    rig_open(&rig);
    rig_found(&rig);
    for (unsigned i = 0; i < BLOCKS - 1; i++)
        rig_produce(&rig, 3);
    rig_finalize(&rig);
    rig_produce(&rig, 3);
    rig_close(&rig);
}

static void path_of(const struct rig *of, const char *name, char path[FOLDER_PATH_SIZE + 32])
{
    snprintf(path, FOLDER_PATH_SIZE + 32, "%s/%s", of->folder, name);
}

static void refused(const char *because, const char *repair)
{
    if (rig_try_open(&rig) == 0)
        rig_close(&rig);
    else if (strstr(rig.error, because) == NULL || strstr(rig.error, repair) == NULL)
        printf("# %s\n", rig.error);
    CHECK(strstr(rig.error, because) != NULL);
    CHECK(strstr(rig.error, repair) != NULL);
}

/* Cuts the block log, or the trace log, to so many records. */
static void cut_log(const char *name, uint32_t last)
{
    char path[FOLDER_PATH_SIZE + 32];
    struct record_log *log;
    path_of(&rig, name, path);
    CHECK(record_log_open(&rig.disk, path, 1, &log, rig.error) == 0);
    CHECK(record_log_truncate(log, last, rig.error) == 0);
    record_log_close(log);
}

/* A negative offset counts from the end. */
static void flip_byte(const char *name, long offset)
{
    char path[FOLDER_PATH_SIZE + 32];
    uint8_t byte;
    path_of(&rig, name, path);
    int file = open(path, O_RDWR);
    CHECK(file >= 0);
    if (offset < 0)
        offset += lseek(file, 0, SEEK_END);
    CHECK(pread(file, &byte, 1, offset) == 1);
    byte ^= 0x10;
    CHECK(pwrite(file, &byte, 1, offset) == 1);
    close(file);
}

/* ------------------------------------------------------------------ states */

static void test_state_lost(void)
{
    leave_chain();
    rig_open(&rig);
    block_id_t head = chain_head_id(rig.chain), again;
    rig_close(&rig);
    rig_remove_below(&rig, "state");
    rig_open(&rig);
    CHECK_EQ(rig.replayed, 2 + BLOCKS);
    again = chain_head_id(rig.chain);
    CHECK_MEM(&head, &again, sizeof head);
    CHECK(chain_final(rig.chain) >= 1);
    rig_remove(&rig);
}

/* A replay writes checkpoints on its way. */
static void test_replay_checkpoints(void)
{
    leave_chain();
    rig_remove_below(&rig, "state");
    rig.checkpoint_bytes = 1;
    rig_open(&rig);
    CHECK(state_checkpointed(chain_state(rig.chain))->height > 1);
    rig_remove(&rig);
}

static void test_state_ahead_of_log(void)
{
    leave_chain();
    cut_log("blocks", 5);
    refused("the state is that after block 12, the block log ends at 5", "/state and start again");
    rig_remove_below(&rig, "state");
    rig_open(&rig);
    CHECK_EQ(chain_head(rig.chain), 5);
    rig_produce(&rig, 2);
    rig_remove(&rig);
}

static void test_log_lost(void)
{
    leave_chain();
    rig_remove_below(&rig, "blocks");
    /* As after a load of a snapshot: the state is all there is, and traces below it. */
    rig_open(&rig);
    CHECK_EQ(chain_head(rig.chain), 12);
    CHECK_EQ(chain_first(rig.chain), 13);
    rig_remove(&rig);
}

/* A folder of another chain of the same genesis takes the place of the rig's. */
static void exchange(const char *name)
{
    char from[FOLDER_PATH_SIZE + 32], to[FOLDER_PATH_SIZE + 32];
    struct rig other;
    rig_make(&other, RIG_LMDB);
    rig_open(&other);
    rig_found(&other);
    for (unsigned i = 0; i < BLOCKS; i++)
        rig_produce(&other, 1);
    rig_finalize(&other);
    rig_close(&other);
    rig_remove_below(&rig, name);
    path_of(&other, name, from);
    path_of(&rig, name, to);
    CHECK(rename(from, to) == 0);
    folder_remove(other.folder);
}

/* Two chains of the same genesis: the state of one, the log of the other. */
static void test_state_of_other_branch(void)
{
    leave_chain();
    exchange("state");
    refused("the state is that after another block 13 than the block log's",
            "/state and start again");
    rig_remove(&rig);
}

static void test_other_genesis(void)
{
    leave_chain();
    rig.genesis.slot += 2;
    refused("of chain", "use the genesis file");
    rig_remove_below(&rig, "state");
    refused("begins with another genesis", "use the genesis file");
    rig.genesis.slot -= 2;
    rig_open(&rig);
    CHECK_EQ(chain_head(rig.chain), 3 + BLOCKS);
    rig_remove(&rig);
}

/* ------------------------------------------------------------------ snapshots */

static void load_snapshot(struct rig *into, const char *path)
{
    char state[FOLDER_PATH_SIZE + 32];
    struct row_store store;
    struct snapshot_info info;
    path_of(into, "state", state);
    CHECK(row_store_lmdb(state, UINT64_C(1) << 30, &store, into->error) == 0);
    CHECK(snapshot_load(&into->disk, path, &store, &info, into->error) == 0);
    store.close(store.context);
}

/* A node that starts from a snapshot goes on as the one that it is of; and it starts again, and it
 * says so when its state is lost. */
static void test_snapshot(void)
{
    char path[FOLDER_PATH_SIZE + 32];
    struct rig other;
    struct snapshot_info info;
    struct ledger_error error;
    leave_chain();
    rig_open(&rig);
    rig_finalize(&rig);
    CHECK(chain_checkpoint(rig.chain, true, rig.error) == 1);
    path_of(&rig, "snapshot", path);
    CHECK(snapshot_write(chain_state(rig.chain), &rig.disk, path, &info, rig.error) == 0);
    CHECK_EQ(info.height, 13);
    for (unsigned i = 0; i < 4; i++)
        rig_produce(&rig, 6);

    rig_make(&other, RIG_LMDB);
    load_snapshot(&other, path);
    rig_open(&other);
    CHECK_EQ(chain_head(other.chain), 13);
    CHECK_EQ(chain_first(other.chain), 14);
    for (uint32_t height = 14; height <= 17; height++) {
        struct block *block = chain_read_block(rig.chain, height, rig.error);
        CHECK(chain_apply(other.chain, block, rig_keys, &other, &error));
        uint32_t below;
        CHECK(chain_block_height(other.chain, &block->header.previous, &below));
        CHECK_EQ(below, height - 1);
        block_free(block);
    }
    CHECK(chain_sync(other.chain, other.error) == 0);
    chain_finalize(other.chain, 16);
    CHECK_MEM(chain_head_header(rig.chain)->state_hash, chain_head_header(other.chain)->state_hash,
              32);
    rig_close(&other);
    rig_open(&other);
    CHECK_EQ(chain_head(other.chain), 17);
    rig_close(&other);
    rig_remove_below(&other, "state");
    struct rig kept = rig;
    rig = other;
    refused("the state is empty and the block log does not begin at block 1",
            "load a snapshot of a height from 13 to 17");
    load_snapshot(&rig, path);
    rig_open(&rig);
    CHECK_EQ(chain_head(rig.chain), 17);
    rig_remove(&rig);
    rig = kept;
    rig_remove(&rig);
}

/* ------------------------------------------------------------------ traces and index */

/* Whether the traces of a block's first transaction can be found and read. */
static bool has_traces(uint32_t height)
{
    uint32_t at;
    struct block *block = chain_read_block(rig.chain, height, rig.error);
    CHECK(block != NULL && block->receipt_count != 0);
    const uint8_t *id = block->receipts[0].transaction->id;
    struct transaction_trace *trace = chain_read_trace(rig.chain, height, id);
    bool has = trace != NULL;
    if (has)
        CHECK(chain_find_transaction(rig.chain, id, &at) && at == height);
    trace_release(trace);
    block_free(block);
    return has;
}

static void test_traces_short(void)
{
    leave_chain();
    cut_log("traces", 8);
    rig_open(&rig);
    CHECK(has_traces(8) && !has_traces(9) && !has_traces(12) && has_traces(13));
    rig_produce(&rig, 2);
    CHECK(has_traces(14));
    rig_close(&rig);
    /* With the state gone, a replay makes all of them again. */
    rig_remove_below(&rig, "traces");
    rig_remove_below(&rig, "state");
    rig_open(&rig);
    for (uint32_t height = 2; height <= 14; height++)
        CHECK(has_traces(height));
    rig_remove(&rig);
}

static void test_traces_lost(void)
{
    leave_chain();
    rig_remove_below(&rig, "traces");
    rig_open(&rig);
    CHECK(!has_traces(12) && has_traces(13));
    rig_close(&rig);
    rig.no_traces = true;
    rig_open(&rig);
    rig_produce(&rig, 2);
    CHECK(!has_traces(13));
    rig_finalize(&rig);
    rig_close(&rig);
    rig.no_traces = false;
    rig_open(&rig); /* the gap stays */
    CHECK(has_traces(13) && !has_traces(14));
    rig_remove(&rig);
}

/* The trace log has traces of blocks that the block log does not have. */
static void test_traces_long(void)
{
    leave_chain();
    rig_remove_below(&rig, "state");
    cut_log("blocks", 6);
    rig_open(&rig);
    CHECK(has_traces(6));
    rig_produce(&rig, 1);
    CHECK(has_traces(7));
    rig_remove(&rig);
}

/* A damaged record is not read; an index cannot be made of it. */
static void test_traces_damaged(void)
{
    leave_chain();
    flip_byte("traces/0000000001.log", 700);
    rig_open(&rig);
    CHECK(!has_traces(2) && has_traces(3));
    rig_close(&rig);
    rig_remove_below(&rig, "index");
    refused("traces", "traces can be made anew: remove");
    rig_remove_below(&rig, "traces");
    rig_remove_below(&rig, "state");
    rig_open(&rig);
    CHECK(has_traces(2));
    rig_close(&rig);
    /* The last one is read when it is opened. */
    flip_byte("traces/0000000001.log", -20);
    refused("traces", "traces can be made anew: remove");
    rig_remove(&rig);
}

static void test_index_of_other_history(void)
{
    leave_chain();
    rig_open(&rig);
    for (unsigned i = 0; i < 8; i++) { /* until all has expired, and only the index knows it */
        rig.slot += RIG_LIFETIME_S * 1000 / SLOT_MS;
        rig_produce(&rig, 0);
    }
    rig_finalize(&rig);
    rig_close(&rig);
    exchange("index");
    rig_open(&rig);
    for (uint32_t height = 2; height <= 13; height++)
        CHECK(has_traces(height));
    rig_remove(&rig);
}

/* Traces of another branch do not pass for this one's. */
static void test_traces_of_other_branch(void)
{
    leave_chain();
    exchange("traces");
    rig_open(&rig);
    CHECK(has_traces(2) && has_traces(3) && !has_traces(4) && !has_traces(12) && has_traces(13));
    rig_remove(&rig);
}

/* ------------------------------------------------------------------ checks */

static char findings[8192];
static unsigned rows_seen;

static void note_finding(void *user, bool harmless, const char *text)
{
    (void)user;
    snprintf(findings + strlen(findings), sizeof findings - strlen(findings), "%s%s\n",
             harmless ? "(" : "", text);
}

static void note_progress(void *user, const char *what, uint64_t done, uint64_t of)
{
    (void)user, (void)of;
    if (strcmp(what, "blocks") == 0)
        rows_seen = (unsigned)done;
}

static bool check_producer(void *user, const struct block *block, struct ledger_error *error)
{
    struct signature signature;
    uint8_t digest[32];
    block_header_digest(&block->header, digest);
    CHECK(rig_sign(user, digest, &signature));
    if (block->header.producer == name_of("eosio") &&
        memcmp(&signature, &block->signature, sizeof signature) == 0)
        return true;
    return ledger_fail(error, LEDGER_BLOCK_VALIDATE, "nobody has signed it");
}

static unsigned run_check(void)
{
    char path[FOLDER_PATH_SIZE + 32];
    struct check_options options = {.disk = &rig.disk,
                                    .folder = rig.folder,
                                    .genesis = rig.genesis,
                                    .keep_traces = true,
                                    .producer = check_producer,
                                    .finding = note_finding,
                                    .progress = note_progress};
    path_of(&rig, "state", path);
    CHECK(row_store_lmdb(path, UINT64_C(1) << 30, &options.store, rig.error) == 0);
    findings[0] = '\0';
    return chain_check(&options);
}

static void check_finds(const char *text)
{
    CHECK(run_check() > 0);
    if (strstr(findings, text) == NULL)
        printf("# %s", findings);
    CHECK(strstr(findings, text) != NULL);
}

static void test_check(void)
{
    leave_chain();
    CHECK_EQ(run_check(), 0);
    CHECK(findings[0] == '\0');
    CHECK_EQ(rows_seen, 13);
    cut_log("traces", 8);
    rig_open(&rig);
    rig_close(&rig);
    CHECK_EQ(run_check(), 0);
    CHECK(strstr(findings, "(traces of blocks from 9 to 12 are not kept") != NULL);
    rig_remove_below(&rig, "state");
    CHECK_EQ(run_check(), 0);
    CHECK(strstr(findings, "(the state is empty") != NULL);
    rig_remove(&rig);
}

static void test_check_finds(void)
{
    leave_chain();
    rig.genesis.slot += 2;
    check_finds("block 1 is of another genesis");
    CHECK(strstr(findings, "of another chain") != NULL);
    rig.genesis.slot -= 2;
    cut_log("blocks", 7);
    check_finds("behind the end of the block log");
    flip_byte("blocks/0000000001.log", 600);
    check_finds("block log: ");
    CHECK(strstr(findings, "record 2 at byte") != NULL);
    rig_remove(&rig);
}

/* Changes a byte of a record such that its checksum holds: no disk did it. */
static void rewrite_byte(const char *name, uint32_t number, size_t offset)
{
    char path[FOLDER_PATH_SIZE + 32];
    struct record_log *log;
    struct bytes records[3 + BLOCKS];
    path_of(&rig, name, path);
    CHECK(record_log_open(&rig.disk, path, 1, &log, rig.error) == 0);
    uint32_t last = record_log_last(log);
    for (uint32_t i = number; i <= last; i++)
        CHECK(record_log_read(log, i, &records[i - 1], rig.error) == 0);
    CHECK(offset < records[number - 1].size);
    ((uint8_t *)records[number - 1].data)[offset] ^= 1;
    CHECK(record_log_truncate(log, number - 1, rig.error) == 0);
    for (uint32_t i = number; i <= last; i++) {
        CHECK(record_log_append(log, records[i - 1], rig.error) == 0);
        free((void *)records[i - 1].data);
    }
    CHECK(record_log_sync(log, rig.error) == 0);
    record_log_close(log);
}

/* Offsets in records of block 5, which has three transfers. */
static void test_check_finds_forgeries(void)
{
    enum {
        BLOCK_START = 4, /* behind the height that was final */
        SIGNATURE = BLOCK_START + BLOCK_HEADER_BYTES + 1,
        TRACE_START = 32, /* behind the block id */
    };
    static const struct forgery {
        const char *log;
        size_t offset;
        const char *finding;
    } forgeries[] = {
        {"blocks", BLOCK_START + 0, "block 6: does not stand on the block before it"},
        {"blocks", BLOCK_START + 5, "block 5: nobody has signed it"},
        {"blocks", BLOCK_START + 34, "block 5: does not stand on the block before it"},
        {"blocks", BLOCK_START + 46, "block 5: its transactions are not those of its root"},
        {"blocks", BLOCK_START + 78, "traces of block 5: they are of another block"},
        {"blocks", SIGNATURE + 7, "block 5: nobody has signed it"},
        {"traces", 3, "traces of block 5: they are of another block"},
        {"traces", TRACE_START + 4,
         "traces of block 5: one does not suit its transaction's receipt"},
        {"traces", TRACE_START + 44, "traces of block 5: one does not suit"},
    };
    leave_chain();
    for (size_t i = 0; i < sizeof forgeries / sizeof forgeries[0]; i++) {
        const struct forgery *forgery = &forgeries[i];
        rewrite_byte(forgery->log, 5, forgery->offset);
        check_finds(forgery->finding);
        rewrite_byte(forgery->log, 5, forgery->offset);
        CHECK_EQ(run_check(), 0);
    }
    rewrite_byte("blocks", 12, BLOCK_START + 122 + 10); /* in the state hash of the checkpoint */
    check_finds("state: it is that after another block than the block log's");
    rig_remove(&rig);
}

int main(void)
{
    RUN(test_state_lost);
    RUN(test_replay_checkpoints);
    RUN(test_state_ahead_of_log);
    RUN(test_log_lost);
    RUN(test_state_of_other_branch);
    RUN(test_other_genesis);
    RUN(test_snapshot);
    RUN(test_traces_short);
    RUN(test_traces_lost);
    RUN(test_traces_long);
    RUN(test_traces_damaged);
    RUN(test_traces_of_other_branch);
    RUN(test_index_of_other_history);
    RUN(test_check);
    RUN(test_check_finds);
    RUN(test_check_finds_forgeries);
    return 0;
}
