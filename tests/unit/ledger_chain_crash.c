// SPDX-License-Identifier: Apache-2.0
/* Ends without a warning: a disk that loses and tears what was not synced, and a program that is
 * killed. What was final before is there afterwards, and the chain goes on. */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/ledger/check.h"
#include "tests/unit/ledger_chain_rig.h"
#include "tests/unit/store_disk.h"

#define LIVES         12u /* of a disk */
#define DISKS         4u
#define STEPS_MAX     60u
#define CHANGES_MAX   120u
#define KILLS         20u
#define REPORTS_MAX   40u
#define CHECKPOINT_IN 5u

static struct rig rig;

/* What was said to be final. */
struct report {
    uint32_t height;
    block_id_t id;
};

static void check_kept(const struct report *report)
{
    struct block *block = chain_read_block(rig.chain, report->height, rig.error);
    CHECK(block != NULL);
    CHECK_MEM(&block->id, &report->id, sizeof block->id);
    block_free(block);
    CHECK(chain_head(rig.chain) >= report->height);
}

static void on_finding(void *user, bool harmless, const char *text)
{
    (void)user;
    printf("# %s%s\n", harmless ? "harmless: " : "", text);
    CHECK(!harmless); /* traces and state are there after each crash */
}

static void check_all(void)
{
    char path[FOLDER_PATH_SIZE + 16];
    struct check_options options = {.disk = &rig.disk,
                                    .folder = rig.folder,
                                    .genesis = rig.genesis,
                                    .keep_traces = true,
                                    .finding = on_finding};
    snprintf(path, sizeof path, "%s/state", rig.folder);
    CHECK(row_store_lmdb(path, UINT64_C(1) << 30, &options.store, rig.error) == 0);
    CHECK_EQ(chain_check(&options), 0);
}

/* ------------------------------------------------------------------ a disk that loses things */

/* Transfers if there are accounts yet: the first life may end before they are made. */
static bool produce(struct store_random *random)
{
    rig.slot += random_below(random, 3);
    rig_start(&rig);
    if (chain_head(rig.chain) >= 3) {
        for (unsigned i = random_below(random, 4); i > 0; i--)
            rig_include(&rig, rig_transfer(&rig, i, i + 1, 1 + i));
    }
    struct block *block = chain_seal(rig.chain, rig_sign, NULL, rig.error);
    bool sealed = block != NULL;
    if (sealed)
        rig.slot = block->header.slot;
    block_free(block);
    return sealed;
}

static bool undo(void)
{
    if (chain_head(rig.chain) == chain_final(rig.chain))
        return true;
    bool undone = chain_undo(rig.chain, rig.error) == 0;
    rig.slot = chain_head_header(rig.chain)->slot;
    return undone;
}

/* False: the disk has died. */
static bool step(struct store_random *random, struct report *report)
{
    switch (random_below(random, 12)) {
    case 0:
        return undo();
    case 1:
        return chain_checkpoint(rig.chain, true, rig.error) >= 0;
    case 2:
    case 3:
    case 4:
        if (chain_sync(rig.chain, rig.error) != 0)
            return false;
        chain_finalize(rig.chain, chain_synced(rig.chain));
        *report = (struct report){chain_final(rig.chain), chain_final_id(rig.chain)};
        return true;
    case 5:
        return chain_sync(rig.chain, rig.error) == 0;
    default:
        return produce(random);
    }
}

static void live(struct store_disk *disk, struct store_random *random, struct report *report)
{
    bool alive = true;
    store_disk_die_after(disk, 1 + random_below(random, CHANGES_MAX));
    for (unsigned i = 0; i < STEPS_MAX && alive; i++)
        alive = step(random, report);
    store_disk_die_after(disk, 0);
    rig_kill(&rig);
    store_disk_crash(disk, random_below(random, 2) == 0 ? CRASH_PREFIX : CRASH_SUBSET, random);
}

static void crash_disk(uint64_t seed)
{
    struct store_disk *disk = store_disk_create();
    struct store_random random = {seed};
    struct report report = {0};
    rig_make(&rig, RIG_LMDB);
    rig.disk = store_disk_seam(disk);
    rig_open(&rig);
    rig_found(&rig);
    rig_finalize(&rig);
    for (unsigned life = 0; life < LIVES; life++) {
        live(disk, &random, &report);
        rig_open(&rig);
        if (report.height != 0)
            check_kept(&report);
        rig_produce(&rig, 2);
        rig_close(&rig);
        check_all();
        rig_open(&rig);
    }
    rig_remove(&rig);
    store_disk_destroy(disk);
}

static void test_disk_crashes(void)
{
    for (uint64_t seed = 1; seed <= DISKS; seed++)
        crash_disk(seed);
}

/* ------------------------------------------------------------------ a program that is killed */

static void report_final(int pipe)
{
    struct report report = {chain_final(rig.chain), chain_final_id(rig.chain)};
    CHECK(write(pipe, &report, sizeof report) == sizeof report);
}

/* Until it is killed. */
static void produce_for_ever(int pipe)
{
    rig_open(&rig);
    for (unsigned i = 0;; i++) {
        rig_produce(&rig, i % 7);
        if (i % 3 != 0)
            rig_finalize(&rig);
        report_final(pipe);
        if (i % CHECKPOINT_IN == 0)
            CHECK(chain_checkpoint(rig.chain, true, rig.error) >= 0);
    }
}

/* The last report of a child that was killed after so many. */
static struct report run_and_kill(unsigned reports)
{
    struct report report, last = {0};
    int ends[2];
    CHECK(pipe(ends) == 0);
    fflush(stdout);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        close(ends[0]);
        produce_for_ever(ends[1]);
    }
    close(ends[1]);
    for (unsigned i = 0; read(ends[0], &report, sizeof report) == sizeof report; i++) {
        if (i == reports)
            CHECK(kill(child, SIGKILL) == 0);
        last = report;
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    close(ends[0]);
    return last;
}

static void test_kills(void)
{
    struct store_random random = {7};
    rig_make(&rig, RIG_LMDB);
    rig_open(&rig);
    rig_found(&rig);
    rig_close(&rig);
    for (unsigned i = 0; i < KILLS; i++) {
        struct report report = run_and_kill(random_below(&random, REPORTS_MAX));
        CHECK(report.height != 0);
        rig_open(&rig);
        check_kept(&report);
        rig_produce(&rig, 3);
        rig_close(&rig);
        check_all();
    }
    rig_remove(&rig);
}

int main(void)
{
    RUN(test_disk_crashes);
    RUN(test_kills);
    return 0;
}
