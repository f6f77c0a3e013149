// SPDX-License-Identifier: Apache-2.0
#include "host/node/check_task.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/clock.h"
#include "host/consensus/schedule.h"
#include "host/ledger/check.h"
#include "host/node/open_chain.h"
#include "host/node/place.h"

#define PROGRESS_NS (5 * CLOCK_NS_PER_S)

struct check {
    const struct node_options *options;
    struct schedule schedule;
    struct clock clock;
    uint64_t shown_ns;
    json_t *findings; /* with --json */
};

static bool on_producer(void *user, const struct block *block, struct ledger_error *error)
{
    const struct check *check = user;
    return schedule_block_valid(&check->schedule, block, error);
}

static void on_finding(void *user, bool harmless, const char *text)
{
    struct check *check = user;
    if (check->findings == NULL)
        printf("%s: %s\n", harmless ? "note" : "damaged", text);
    else if (json_array_append_new(
                 check->findings, json_pack("{s:b, s:s}", "harmless", harmless, "text", text)) != 0)
        log_error("out of memory: %s", text);
}

static void on_progress(void *user, const char *what, uint64_t done, uint64_t of)
{
    struct check *check = user;
    uint64_t now_ns = clock_now(&check->clock);
    if (now_ns - check->shown_ns < PROGRESS_NS)
        return;
    check->shown_ns = now_ns;
    log_info("%s: %" PRIu64 " of %" PRIu64, what, done, of);
}

static int print_result(const struct check *check, unsigned damaged)
{
    if (check->findings == NULL) {
        puts(damaged == 0 ? "all is well" : "there is damage");
    } else {
        json_t *result =
            json_pack("{s:i, s:O}", "damaged", (int)damaged, "findings", check->findings);
        if (result == NULL || json_dumpf(result, stdout, JSON_INDENT(2)) != 0)
            log_error("out of memory, or stdout cannot be written");
        putchar('\n');
        json_decref(result);
    }
    bool printed = fflush(stdout) == 0 && ferror(stdout) == 0;
    return damaged == 0 && printed ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* False: it did not come to a check. */
static bool look(struct check *check, const struct place *place, unsigned *damaged)
{
    char error[STORE_ERROR_SIZE];
    struct check_options check_options = {.disk = &place->disk,
                                          .folder = place->folder.path,
                                          .genesis = place->genesis,
                                          .keep_traces = check->options->keep_traces,
                                          .producer = on_producer,
                                          .finding = on_finding,
                                          .progress = on_progress,
                                          .user = check};
    if (open_store(&place->folder, check->options, &check_options.store, error) != 0) {
        log_error("%s", error);
        return false;
    }
    *damaged = chain_check(&check_options);
    return true;
}

int check_task_run(const struct node_options *options)
{
    struct check check = {.options = options, .clock = clock_monotonic()};
    struct place place;
    char error[FILE_ERROR_SIZE];
    unsigned damaged;
    if (place_open(&place, options, error) != 0) {
        log_error("%s", error);
        return EXIT_FAILURE;
    }
    schedule_single(&check.schedule, options->producer_name, &place.genesis.key);
    check.shown_ns = clock_now(&check.clock);
    check.findings = options->json ? json_array() : NULL;
    bool looked = look(&check, &place, &damaged);
    place_close(&place);
    int code = looked ? print_result(&check, damaged) : EXIT_FAILURE;
    json_decref(check.findings);
    return code;
}
