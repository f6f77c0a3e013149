// SPDX-License-Identifier: Apache-2.0
/* What the state costs as it grows: node.account.* and node.restart.seconds.
 *
 * A chain grows by factors of ten; at each size its pages are counted, accounts are looked up, and
 * a process that has executed blocks of transfers since its last checkpoint is killed and the chain
 * opened again. Every step is a process of its own, so that none has the memory of another.
 * Look-ups are counted by callgrind, under which the program starts itself.
 *
 * Prints figures as lines of JSON, and what each kind of row takes to stderr.
 *
 * usage: node_state [MOST [LEAST]]            sizes, powers of ten; else 1,000,000 and 10,000
 *        node_state look-up FOLDER ACCOUNTS   only looks up, without figures */
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/base/clock.h"
#include "tests/bench/callgrind.h"
#include "tests/bench/node_state_chain.h"
#include "tests/bench/node_state_fill.h"
#include "tests/bench/node_state_rows.h"
#include "tests/unit/store_folder.h"

#define FIRST_ACCOUNTS    1000u /* by transactions */
#define ACCOUNTS_LEAST    UINT32_C(10000)
#define ACCOUNTS_DEFAULT  UINT32_C(1000000)
#define ACCOUNTS_MOST     UINT32_C(10000000)
#define LOOK_UPS          200000u
#define COUNTED_LOOK_UPS  20000u
#define COUNTED_MAP_BYTES (UINT64_C(1) << 20) /* less than it has: valgrind has no room */
#define BLOCKS            100u
#define BLOCK_TRANSFERS   1500u /* more make a checkpoint due in less than 100 blocks */

/* Of the steps at one size; in memory that they share. */
struct shared {
    char folder[FOLDER_PATH_SIZE];
    uint32_t before, accounts;
    struct state_rows rows;
    double look_up_ns, look_up_instructions;
    double run_bytes; /* of memory, at the end of the run */
    uint32_t killed_height;
    double restart_seconds;
};
static struct shared *shared;
static const char *program; /* this one */

/* ------------------------------------------------------------------ steps */

/* What is counted. */
static void __attribute__((noinline))
look_ups(struct state_chain *chain, uint32_t accounts, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        CHECK(state_chain_look_up(chain, state_chain_number(i, accounts)) != 0);
}

static void found(void)
{
    struct state_chain chain;
    state_chain_open(&chain, shared->folder, STATE_CHAIN_MAP_BYTES);
    state_chain_found(&chain, FIRST_ACCOUNTS);
    state_chain_close(&chain);
}

static void grow(void)
{
    state_fill(shared->folder, shared->before, shared->accounts);
}

static void read_rows(void)
{
    char path[FOLDER_PATH_SIZE + 16];
    snprintf(path, sizeof path, "%s/state", shared->folder);
    state_rows_read(path, &shared->rows);
}

static void look_up(void)
{
    struct state_chain chain;
    struct clock clock = clock_monotonic();
    state_chain_open(&chain, shared->folder, STATE_CHAIN_MAP_BYTES);
    uint64_t start_ns = clock_now(&clock);
    look_ups(&chain, shared->accounts, LOOK_UPS);
    shared->look_up_ns = (double)(clock_now(&clock) - start_ns) / LOOK_UPS;
    state_chain_close(&chain);
}

/* Memory of this process that is no copy of a file. */
static double anonymous_bytes(void)
{
    char line[256];
    unsigned long long kib = 0;
    FILE *file = fopen("/proc/self/smaps_rollup", "re");
    CHECK(file != NULL);
    while (fgets(line, sizeof line, file) != NULL && sscanf(line, "Anonymous: %llu", &kib) != 1)
        ;
    CHECK(fclose(file) == 0);
    CHECK(kib > 0);
    return (double)kib * 1024;
}

/* Ends killed. */
static void run(void)
{
    struct state_chain chain;
    state_chain_open(&chain, shared->folder, STATE_CHAIN_MAP_BYTES);
    look_ups(&chain, shared->accounts, LOOK_UPS);
    state_chain_transfer(&chain, shared->accounts, BLOCKS, BLOCK_TRANSFERS);
    shared->run_bytes = anonymous_bytes();
    shared->killed_height = chain_head(chain.chain);
    raise(SIGKILL);
}

static void restart(void)
{
    struct state_chain chain;
    struct clock clock = clock_monotonic();
    uint64_t start_ns = clock_now(&clock);
    state_chain_open(&chain, shared->folder, STATE_CHAIN_MAP_BYTES);
    shared->restart_seconds = (double)(clock_now(&clock) - start_ns) / CLOCK_NS_PER_S;
    CHECK_EQ(chain_head(chain.chain), shared->killed_height);
    state_chain_close(&chain);
}

static int in_process(void (*step)(void))
{
    int status;
    fflush(NULL);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        step();
        exit(0);
    }
    CHECK(waitpid(child, &status, 0) == child);
    return status;
}

/* ------------------------------------------------------------------ programs of their own */

static void count_look_ups(const char *folder, uint32_t accounts)
{
    struct state_chain chain;
    state_chain_open(&chain, folder, COUNTED_MAP_BYTES);
    look_ups(&chain, accounts, COUNTED_LOOK_UPS);
    state_chain_close(&chain);
}

static void callgrind(void)
{
    static const char *const toggles[] = {"look_ups", NULL};
    char accounts[16];
    snprintf(accounts, sizeof accounts, "%u", shared->accounts);
    const char *const arguments[] = {program, "look-up", shared->folder, accounts, NULL};
    shared->look_up_instructions =
        (double)callgrind_total(callgrind_run(toggles, arguments)) / COUNTED_LOOK_UPS;
}

/* ------------------------------------------------------------------ figures */

enum { ACCOUNT_BYTES, ROW_BYTES, FILL, FILE_BYTES, LOOK_UP, PAGES, LOOK_UP_NS, MEMORY, RESTART };

static const struct figure {
    const char *name, *unit, *aim, *better, *method;
} figures[] = {
    [ACCOUNT_BYTES] = {"account.bytes", "bytes", "400", "lower",
                       "LMDB's pages in use over accounts: what newaccount makes of a key for "
                       "owner and another for active, and a token balance; names and keys in no "
                       "order, in 64 checkpoints from one size to the next; all but the first "
                       "1,000 are copies of the rows of account 0 with other names and keys"},
    [ROW_BYTES] =
        {"account.row_bytes", "bytes", "null", "lower",
         "The same, had leaf pages no room left: rows as they are written in groups, with the "
         "key and checksum of each group and 10 bytes of LMDB's for it"},
    [FILL] = {"account.page_fill", "%", "null", "higher",
              "How full leaf pages are of those groups"},
    [FILE_BYTES] = {"account.file_bytes", "bytes", "null", "lower",
                    "LMDB's file over the same accounts: with the pages that checkpoints have left "
                    "free for later ones"},
    [LOOK_UP] = {"account.lookup", "instructions", "null", "lower",
                 "callgrind: row and token balance of an account, chosen at random, through struct "
                 "state on LMDB; 20,000 look-ups in a chain just opened"},
    [PAGES] = {"account.lookup_pages", "pages", "null", "lower",
               "Pages that such a look-up of two rows goes through, from root to leaf"},
    [LOOK_UP_NS] = {"account.lookup_ns", "ns", "null", "lower",
                    "Wall clock of such a look-up, 200,000 of them in a chain just opened; what "
                    "the operating system has of the file in memory stays there"},
    [MEMORY] = {"account.memory", "MiB", "null", "lower",
                "Anonymous memory (/proc/self/smaps_rollup), which has no copy in a file, of a "
                "process that has opened the chain, made 200,000 look-ups and executed 100 blocks "
                "of 1,500 transfers without a checkpoint"},
    [RESTART] = {"restart.seconds", "s", "null", "lower",
                 "Wall clock of opening the chain when that process was killed by SIGKILL: replay "
                 "of the 100 blocks behind the last checkpoint, without signatures"},
};
#define FIGURES (sizeof figures / sizeof figures[0])

static void measure(double values[FIGURES])
{
    const struct state_rows *rows = &shared->rows;
    uint64_t leaf_room = rows->leaf_pages * (rows->page_bytes - STATE_PAGE_HEADER_BYTES);
    double pages = (double)(rows->leaf_pages + rows->branch_pages + rows->overflow_pages);
    values[ACCOUNT_BYTES] = pages * (double)rows->page_bytes / shared->accounts;
    values[ROW_BYTES] = (double)state_rows_bytes(rows) / shared->accounts;
    values[FILL] = 100 * (double)state_rows_bytes(rows) / (double)leaf_room;
    values[FILE_BYTES] = (double)(rows->file_pages * rows->page_bytes) / shared->accounts;
    values[LOOK_UP] = shared->look_up_instructions;
    values[PAGES] = 2.0 * rows->depth;
    values[LOOK_UP_NS] = shared->look_up_ns;
    values[MEMORY] = shared->run_bytes / (1 << 20);
    values[RESTART] = shared->restart_seconds;
}

static void print_figures(const double values[FIGURES], const char *suffix, bool aims,
                          const char *command)
{
    for (unsigned i = 0; i < FIGURES; i++)
        printf("{\"name\":\"node.%s%s\",\"value\":%.6g,\"unit\":\"%s\",\"aim\":%s,"
               "\"better\":\"%s\",\"method\":\"%s; 1en in the name: with 10^n accounts, without "
               "it: with the most\","
               "\"command\":\"%s\"}\n",
               figures[i].name, suffix, values[i], figures[i].unit, aims ? figures[i].aim : "null",
               figures[i].better, figures[i].method, command);
}

/* What each kind of row takes for an account. */
static void print_kinds(void)
{
    double accounts = shared->accounts;
    fprintf(stderr,
            "%u accounts, %llu groups: kind, rows, bytes of keys, values, leaf pages for each\n",
            shared->accounts, (unsigned long long)shared->rows.groups);
    for (unsigned i = 0; i < sizeof shared->rows.kinds / sizeof shared->rows.kinds[0]; i++) {
        const struct state_kind *kind = &shared->rows.kinds[i];
        if (kind->rows != 0)
            fprintf(stderr, "%c %.3f %.2f %.2f %.2f\n", i >= ' ' ? (int)i : '-',
                    (double)kind->rows / accounts, (double)kind->key_bytes / accounts,
                    (double)kind->value_bytes / accounts, (double)kind->leaf_bytes / accounts);
    }
}

static unsigned exponent_of(uint32_t accounts)
{
    unsigned exponent = 0;
    for (; accounts >= 10; accounts /= 10)
        exponent++;
    return exponent;
}

static void measure_size(double values[FIGURES])
{
    CHECK_EQ(in_process(grow), 0);
    CHECK_EQ(in_process(read_rows), 0);
    print_kinds();
    CHECK_EQ(in_process(look_up), 0);
    callgrind();
    int status = in_process(run);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    CHECK_EQ(in_process(restart), 0);
    measure(values);
}

static void measure_sizes(uint32_t least, uint32_t most)
{
    double values[FIGURES];
    char command[64];
    CHECK(least > FIRST_ACCOUNTS && least <= most);
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(shared != MAP_FAILED);
    folder_make(shared->folder);
    snprintf(command, sizeof command, "build/bench/node_state %u %u", most, least);
    shared->before = FIRST_ACCOUNTS;
    CHECK_EQ(in_process(found), 0);
    for (uint32_t accounts = least; accounts <= most; accounts *= 10) {
        char suffix[16];
        shared->accounts = accounts;
        measure_size(values);
        snprintf(suffix, sizeof suffix, "_1e%u", exponent_of(accounts));
        print_figures(values, suffix, false, command);
        shared->before = accounts;
    }
    print_figures(values, "", true, command);
    folder_remove(shared->folder);
}

static uint32_t number(const char *text)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    CHECK(*text != '\0' && *end == '\0' && value <= ACCOUNTS_MOST);
    return (uint32_t)value;
}

int main(int argc, char **argv)
{
    program = argv[0];
    if (argc == 4 && strcmp(argv[1], "look-up") == 0)
        count_look_ups(argv[2], number(argv[3]));
    else if (argc <= 3)
        measure_sizes(argc > 2 ? number(argv[2]) : ACCOUNTS_LEAST,
                      argc > 1 ? number(argv[1]) : ACCOUNTS_DEFAULT);
    else
        return 1;
    return 0;
}
