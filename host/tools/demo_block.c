// SPDX-License-Identifier: Apache-2.0
/* demo-block: verifies block 413567 through offload and says who did what. */
#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host/offload/driver_card.h"
#include "host/offload/offload.h"
#include "host/tools/block_data.h"

#define EXIT_INVALID 1
#define EXIT_TROUBLE 2

#define LOOK_NS        (50 * CLOCK_NS_PER_MS)  /* between two looks at what happened */
#define PROGRESS_NS    (500 * CLOCK_NS_PER_MS) /* between two lines of progress */
#define CLOSING_NS_MAX (30 * CLOCK_NS_PER_S)
#define ANSWER_NS      (600 * CLOCK_NS_PER_S) /* a simulated card on a busy machine is slow */
#define PROBE_NS       CLOCK_NS_PER_MS
#define BACKOFF_NS     (50 * CLOCK_NS_PER_MS)
/* The Merkle root takes some 310,000 engine cycles. */
#define DEADLINE_CYCLES (UINT64_C(1) << 21)
/* Each card answers so many known questions before the demo ends: several of each opcode. */
#define KNOWN_ANSWERS_MIN 40u
#define BAD_LISTED_MAX    20u

static const char help[] =
    "usage: demo-block [options]\n"
    "\n"
    "Verifies Bitcoin block 413567: the Merkle root of its transaction ids against the block "
    "header, and its\n"
    "pay-to-public-key-hash signatures. Work goes to the cards that can do it, the rest to the "
    "CPU. Exit code: 0 all\n"
    "valid, 1 not, 2 trouble.\n"
    "\n"
    "  --card ADDRESS         \"sim:PATH\" or \"vfio:DDDD:BB:DD.F\"; may be repeated; none: CPU "
    "only\n"
    "  --corrupt N            flips one bit of s in signature N; signature 1 is the first data row "
    "of the file, which\n"
    "                         is line 2 of it; 0: none\n"
    "  --data FOLDER          where the block's files are (default: tests/vectors)\n"
    "  --json FILE            writes what came out of it as JSON\n"
    "  --cycles WORD          where the cycles on the card come from, for the report: \"RTL\", "
    "\"model\" (default: card)\n"
    "  --stall-ms N           a card that does not move for so long is taken out (default: the "
    "driver's, 10,000)\n"
    "  --deadline-cycles N    a job that takes longer on a card is overdue (default: 2,097,152)\n"
    "  --help                 this text\n";

struct arguments {
    const char *cards[OFFLOAD_CARDS_MAX];
    unsigned card_count;
    unsigned corrupt;
    const char *data, *json, *cycles_from;
    struct driver_card_options card_options;
};

/* From the first job of a kind that is handed in to its last answer. */
struct span {
    uint64_t start_ns;
    _Atomic uint64_t end_ns; /* written by offload's threads */
};

struct demo {
    struct arguments arguments;
    struct block_data data;
    struct offload *offload;
    struct offload_job merkle;
    struct offload_job *signatures;
    struct span spans[OFFLOAD_KINDS];
    uint64_t events_printed;
    uint64_t start_ns;
};

/* ------------------------------------------------------------------ command line */

static int parse_number(const char *name, const char *text, uint64_t max, uint64_t *value)
{
    char *end;
    unsigned long long number = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || number > max) {
        fprintf(stderr, "demo-block: --%s takes a number from 0 to %" PRIu64 "\n", name, max);
        return -1;
    }
    *value = number;
    return 0;
}

static int add_card(struct arguments *arguments, const char *address)
{
    if (arguments->card_count == OFFLOAD_CARDS_MAX) {
        fprintf(stderr, "demo-block: at most %u cards\n", OFFLOAD_CARDS_MAX);
        return -1;
    }
    arguments->cards[arguments->card_count++] = address;
    return 0;
}

static int take_option(struct arguments *arguments, int option, const char *name)
{
    uint64_t number = 0;
    switch (option) {
    case 'c':
        return add_card(arguments, optarg);
    case 'd':
        arguments->data = optarg;
        return 0;
    case 'j':
        arguments->json = optarg;
        return 0;
    case 'y':
        arguments->cycles_from = optarg;
        return 0;
    case 'x':
        if (parse_number(name, optarg, BLOCK_ROWS_MAX, &number) != 0)
            return -1;
        arguments->corrupt = (unsigned)number;
        return 0;
    case 's':
        if (parse_number(name, optarg, 3600000, &number) != 0)
            return -1;
        arguments->card_options.stall_ms = (unsigned)number;
        return 0;
    case 'l':
        return parse_number(name, optarg, UINT64_C(1) << 48,
                            &arguments->card_options.deadline_cycles);
    case 'h':
        fputs(help, stdout);
        exit(EXIT_SUCCESS);
    default:
        fputs(help, stderr);
        return -1;
    }
}

static int parse_arguments(int argc, char **argv, struct arguments *arguments)
{
    static const struct option options[] = {{"card", required_argument, NULL, 'c'},
                                            {"corrupt", required_argument, NULL, 'x'},
                                            {"data", required_argument, NULL, 'd'},
                                            {"json", required_argument, NULL, 'j'},
                                            {"cycles", required_argument, NULL, 'y'},
                                            {"stall-ms", required_argument, NULL, 's'},
                                            {"deadline-cycles", required_argument, NULL, 'l'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    *arguments = (struct arguments){.data = "tests/vectors",
                                    .cycles_from = "card",
                                    .card_options = {.deadline_cycles = DEADLINE_CYCLES}};
    int index = 0;
    for (int option; (option = getopt_long(argc, argv, "", options, &index)) != -1;)
        if (take_option(arguments, option, option == '?' ? "" : options[index].name) != 0)
            return -1;
    if (optind != argc) {
        fputs(help, stderr);
        return -1;
    }
    return 0;
}

/* ------------------------------------------------------------------ the work */

static uint64_t now_ns(void)
{
    struct clock clock = clock_monotonic();
    return clock_now(&clock);
}

static double seconds(uint64_t from_ns, uint64_t to_ns)
{
    return (double)(to_ns - from_ns) / (double)CLOCK_NS_PER_S;
}

static double seconds_since(const struct demo *demo)
{
    return seconds(demo->start_ns, now_ns());
}

static double span_seconds(const struct demo *demo, unsigned kind)
{
    return seconds(demo->spans[kind].start_ns, atomic_load(&demo->spans[kind].end_ns));
}

static int start_offload(struct demo *demo)
{
    struct offload_card cards[OFFLOAD_CARDS_MAX];
    struct offload_options options = {
        .probe_ns = PROBE_NS, .backoff_ns = BACKOFF_NS, .answer_ns = ANSWER_NS, .cards = cards};
    char error[OFFLOAD_TEXT_SIZE];
    for (unsigned i = 0; i < demo->arguments.card_count; i++) {
        const char *address = demo->arguments.cards[i];
        if (driver_card_create(address, &demo->arguments.card_options, &cards[i]) != 0) {
            fprintf(stderr, "demo-block: the address %s is too long, or memory is out\n", address);
            while (i-- > 0)
                cards[i].ops->close(cards[i].context);
            return -1;
        }
        options.card_count++;
    }
    if (offload_create(&options, &demo->offload, error) == 0)
        return 0;
    fprintf(stderr, "demo-block: %s\n", error);
    return -1;
}

static int corrupt_signature(struct demo *demo)
{
    unsigned row = demo->arguments.corrupt;
    if (row == 0)
        return 0;
    if (row > demo->data.signature_count) {
        fprintf(stderr, "demo-block: there is no signature %u; the last is %zu\n", row,
                demo->data.signature_count);
        return -1;
    }
    demo->data.signatures[row - 1].s[31] ^= 1;
    printf("signature %u (line %u of %s): one bit of s flipped\n", row, row + 1,
           BLOCK_SIGNATURES_CSV);
    return 0;
}

/* The answer stays in the job; offload_wait says when all are there. */
static void on_done(struct offload_job *job)
{
    struct span *span = job->user;
    uint64_t end_ns = now_ns();
    uint64_t latest_ns = atomic_load(&span->end_ns);
    while (latest_ns < end_ns && !atomic_compare_exchange_weak(&span->end_ns, &latest_ns, end_ns))
        ; /* another thread was first: latest_ns is what it wrote */
}

static int hand_in(struct demo *demo, struct offload_job *job)
{
    struct span *span = &demo->spans[job->kind];
    int code;
    job->user = span;
    if (span->start_ns == 0)
        span->start_ns = now_ns();
    while ((code = offload_submit(demo->offload, job)) == OFFLOAD_BUSY)
        (void)offload_wait(demo->offload, 4096, CLOCK_NS_PER_S); /* back-pressure: wait for room */
    if (code == OFFLOAD_OK)
        return 0;
    fprintf(stderr, "demo-block: a job was refused (%d)\n", code);
    return -1;
}

static int hand_in_block(struct demo *demo)
{
    demo->merkle =
        (struct offload_job){.kind = OFFLOAD_MERKLE_SHA256D,
                             .bytes = (uint32_t)(demo->data.txid_count * BLOCK_TXID_BYTES),
                             .input = demo->data.txids,
                             .expected = block_merkle_root,
                             .done = on_done};
    if (hand_in(demo, &demo->merkle) != 0)
        return -1;
    for (size_t i = 0; i < demo->data.signature_count; i++) {
        demo->signatures[i] = (struct offload_job){.kind = OFFLOAD_ECDSA_SECP256K1_VERIFY,
                                                   .bytes = sizeof demo->data.signatures[i],
                                                   .input = &demo->data.signatures[i],
                                                   .done = on_done};
        if (hand_in(demo, &demo->signatures[i]) != 0)
            return -1;
    }
    return 0;
}

/* ------------------------------------------------------------------ while it runs */

static void print_events(struct demo *demo)
{
    struct offload_event events[OFFLOAD_EVENTS_MAX];
    unsigned count =
        offload_events(demo->offload, demo->events_printed, events, OFFLOAD_EVENTS_MAX);
    for (unsigned i = 0; i < count; i++) {
        printf("%8.3f s  card %s %s: %s\n", seconds_since(demo),
               demo->arguments.cards[events[i].card], offload_reason_name(events[i].reason),
               events[i].text);
        demo->events_printed = events[i].number;
    }
}

static void print_progress(struct demo *demo)
{
    struct offload_stats stats;
    offload_stats(demo->offload, &stats);
    uint64_t done = 0;
    uint64_t all = 0;
    for (unsigned kind = 0; kind < OFFLOAD_KINDS; kind++) {
        done += stats.kinds[kind].card + stats.kinds[kind].cpu;
        all += stats.kinds[kind].jobs;
    }
    printf("%8.3f s  %" PRIu64 " of %" PRIu64 " jobs done\n", seconds_since(demo), done, all);
    fflush(stdout);
}

static void wait_for_verdicts(struct demo *demo)
{
    uint64_t waited_ns = 0;
    while (!offload_wait(demo->offload, 0, LOOK_NS)) {
        waited_ns += LOOK_NS;
        print_events(demo);
        if (waited_ns % PROGRESS_NS == 0)
            print_progress(demo);
    }
    print_events(demo);
    print_progress(demo);
}

/* A card has had its say when it answered enough known questions, or is out and did not come back
 * at once. */
static bool card_is_settled(const struct offload_card_stats *card)
{
    if (card->up)
        return card->known_passed >= KNOWN_ANSWERS_MIN;
    return card->reasons[OFFLOAD_NOT_REVIVED] > 0;
}

static void close_with_known_answers(struct demo *demo)
{
    uint64_t start_ns = now_ns();
    for (bool settled = false; !settled && now_ns() - start_ns < CLOSING_NS_MAX;) {
        struct offload_stats stats;
        offload_stats(demo->offload, &stats);
        settled = true;
        for (unsigned i = 0; i < stats.card_count; i++)
            settled = settled && card_is_settled(&stats.cards[i]);
        struct timespec pause = {.tv_nsec = 2 * (long)CLOCK_NS_PER_MS};
        if (!settled)
            (void)nanosleep(&pause, NULL); /* cut short is fine: we look again */
        print_events(demo);
    }
}

/* ------------------------------------------------------------------ what came out */

static bool all_valid(const struct demo *demo)
{
    bool valid = demo->merkle.verdict == OFFLOAD_VALID;
    for (size_t i = 0; i < demo->data.signature_count; i++)
        valid = valid && demo->signatures[i].verdict == OFFLOAD_VALID;
    return valid;
}

static void print_bad(const struct demo *demo)
{
    unsigned bad = 0;
    if (demo->merkle.verdict != OFFLOAD_VALID)
        printf("INVALID: the Merkle root is not the block header's\n");
    for (size_t i = 0; i < demo->data.signature_count; i++)
        if (demo->signatures[i].verdict != OFFLOAD_VALID && bad++ < BAD_LISTED_MAX)
            printf("INVALID: signature %zu\n", i + 1);
    if (bad > BAD_LISTED_MAX)
        printf("INVALID: and %u more signatures\n", bad - BAD_LISTED_MAX);
}

static void print_jobs(const struct demo *demo, const struct offload_stats *stats)
{
    char cycles[32];
    snprintf(cycles, sizeof cycles, "cycles (%s)", demo->arguments.cycles_from);
    printf("\n%-24s %7s %7s %7s %7s %8s %15s %9s\n", "job", "count", "card", "cpu", "valid",
           "invalid", cycles, "wall s");
    for (unsigned kind = 0; kind < OFFLOAD_KINDS; kind++) {
        const struct offload_kind_stats *k = &stats->kinds[kind];
        if (k->jobs > 0)
            printf("%-24s %7" PRIu64 " %7" PRIu64 " %7" PRIu64 " %7" PRIu64 " %8" PRIu64
                   " %15" PRIu64 " %9.3f\n",
                   offload_kind_info((enum offload_kind)kind)->name, k->jobs, k->card, k->cpu,
                   k->valid, k->invalid, k->engine_cycles, span_seconds(demo, kind));
    }
}

static void print_cards(const struct offload_stats *stats)
{
    for (unsigned i = 0; i < stats->card_count; i++) {
        const struct offload_card_stats *card = &stats->cards[i];
        printf("card %s: %s, %" PRIu64 " known answers passed\n", card->address,
               card->up ? "in service" : "out of service", card->known_passed);
        for (unsigned reason = 0; reason < OFFLOAD_REASONS; reason++)
            if (card->reasons[reason] > 0)
                printf("  %s: %" PRIu64 "\n", offload_reason_name((enum offload_reason)reason),
                       card->reasons[reason]);
    }
}

static void print_result(const struct demo *demo, const struct offload_stats *stats,
                         double wall_seconds)
{
    print_jobs(demo, stats);
    print_cards(stats);
    print_bad(demo);
    printf("block %u: %s, %.3f s\n", BLOCK_HEIGHT, all_valid(demo) ? "all valid" : "NOT VALID",
           wall_seconds);
}

static json_t *jobs_json(const struct offload_stats *stats)
{
    json_t *jobs = json_array();
    for (unsigned kind = 0; kind < OFFLOAD_KINDS; kind++) {
        const struct offload_kind_stats *k = &stats->kinds[kind];
        if (k->jobs == 0)
            continue;
        json_t *job = json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I}", "kind",
                                offload_kind_info((enum offload_kind)kind)->name, "count",
                                (json_int_t)k->jobs, "card", (json_int_t)k->card, "cpu",
                                (json_int_t)k->cpu, "valid", (json_int_t)k->valid, "invalid",
                                (json_int_t)k->invalid, "cycles", (json_int_t)k->engine_cycles);
        if (json_array_append_new(jobs, job) != 0) {
            json_decref(jobs);
            return NULL;
        }
    }
    return jobs;
}

/* Beside `jobs`, whose fields are fixed. */
static json_t *kind_seconds_json(const struct demo *demo, const struct offload_stats *stats)
{
    json_t *all = json_object();
    for (unsigned kind = 0; kind < OFFLOAD_KINDS; kind++)
        if (stats->kinds[kind].jobs > 0 &&
            json_object_set_new(all, offload_kind_info((enum offload_kind)kind)->name,
                                json_real(span_seconds(demo, kind))) != 0) {
            json_decref(all);
            return NULL;
        }
    return all;
}

static json_t *events_json(const struct demo *demo)
{
    struct offload_event events[OFFLOAD_EVENTS_MAX];
    unsigned count = offload_events(demo->offload, 0, events, OFFLOAD_EVENTS_MAX);
    json_t *list = json_array();
    for (unsigned i = 0; i < count; i++) {
        json_t *event =
            json_pack("{s:s, s:s, s:s, s:I}", "card", demo->arguments.cards[events[i].card],
                      "event", offload_reason_name(events[i].reason), "text", events[i].text,
                      "count", (json_int_t)events[i].count);
        if (json_array_append_new(list, event) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *bad_signatures_json(const struct demo *demo)
{
    json_t *list = json_array();
    for (size_t i = 0; i < demo->data.signature_count; i++)
        if (demo->signatures[i].verdict != OFFLOAD_VALID &&
            json_array_append_new(list, json_integer((json_int_t)i + 1)) != 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

static int write_json(const struct demo *demo, const struct offload_stats *stats,
                      double wall_seconds)
{
    const char *path = demo->arguments.json;
    if (path == NULL)
        return 0;
    /* json_pack takes the parts over and fails when one is NULL. */
    json_t *root = json_pack(
        "{s:i, s:b, s:o, s:s, s:o, s:o, s:o, s:f}", "block", (int)BLOCK_HEIGHT, "ok",
        all_valid(demo), "jobs", jobs_json(stats), "cycles_from", demo->arguments.cycles_from,
        "invalid_signatures", bad_signatures_json(demo), "events", events_json(demo),
        "wall_seconds_of_kind", kind_seconds_json(demo, stats), "wall_seconds", wall_seconds);
    int code =
        root != NULL ? json_dump_file(root, path, JSON_INDENT(2) | JSON_REAL_PRECISION(6)) : -1;
    json_decref(root);
    if (code != 0)
        fprintf(stderr, "demo-block: %s cannot be written\n", path);
    return code;
}

/* ------------------------------------------------------------------ main */

static int verify_block(struct demo *demo)
{
    struct offload_stats stats;
    print_events(demo);
    int code = hand_in_block(demo);
    wait_for_verdicts(demo); /* also after a refusal: what was handed in ends first */
    if (code != 0)
        return EXIT_TROUBLE;
    double wall_seconds = seconds_since(demo);
    close_with_known_answers(demo);
    offload_stats(demo->offload, &stats);
    print_result(demo, &stats, wall_seconds);
    if (write_json(demo, &stats, wall_seconds) != 0)
        return EXIT_TROUBLE;
    return all_valid(demo) ? EXIT_SUCCESS : EXIT_INVALID;
}

int main(int argc, char **argv)
{
    static struct demo demo;
    char error[CSV_ERROR_TEXT_SIZE];
    if (parse_arguments(argc, argv, &demo.arguments) != 0)
        return EXIT_TROUBLE;
    setvbuf(stdout, NULL, _IOLBF, 0); /* progress is read while it comes, also through a pipe */
    if (block_data_load(&demo.data, demo.arguments.data, error) != 0) {
        fprintf(stderr, "demo-block: %s\n", error);
        return EXIT_TROUBLE;
    }
    int code = EXIT_TROUBLE;
    demo.signatures = calloc(demo.data.signature_count, sizeof *demo.signatures);
    demo.start_ns = now_ns();
    if (demo.signatures == NULL)
        fputs("demo-block: out of memory\n", stderr);
    else if (corrupt_signature(&demo) == 0 && start_offload(&demo) == 0)
        code = verify_block(&demo);
    if (demo.offload != NULL)
        offload_destroy(demo.offload);
    free(demo.signatures);
    block_data_free(&demo.data);
    return code;
}
