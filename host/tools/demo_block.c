// SPDX-License-Identifier: Apache-2.0
/* demo-block: verifies block 413567 through offload and says who did what. */
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host/tools/demo.h"

#define EXIT_INVALID 1
#define EXIT_TROUBLE 2

#define LOOK_NS        (50 * CLOCK_NS_PER_MS)  /* between two looks at what happened */
#define PROGRESS_NS    (500 * CLOCK_NS_PER_MS) /* between two lines of progress */
#define CLOSING_NS_MAX (120 * CLOCK_NS_PER_S)
#define ANSWER_NS      (600 * CLOCK_NS_PER_S) /* a simulated card on a busy machine is slow */
#define PROBE_NS       CLOCK_NS_PER_MS
#define BACKOFF_NS     (50 * CLOCK_NS_PER_MS)
#define BATCH_AGE_NS   (100 * CLOCK_NS_PER_US)
/* The Merkle root takes some 310,000 engine cycles. */
#define DEADLINE_CYCLES (UINT64_C(1) << 21)
/* Each card answers so many known questions before the demo ends: a good and a bad one of each
 * kind. */
#define KNOWN_ANSWERS_MIN (2u * OFFLOAD_KINDS)
/* Cards alone are given so many jobs at once: what keeps them busy, and no more, so that the run
 * can end in time. */
#define CARD_JOBS_MAX    256u
#define CARD_SECONDS     300u
#define CARD_SECONDS_MAX 86400u

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
    "  --runs LIST            who verifies the block, each in a run of its own: \"card\" (alone, "
    "the "
    "CPU does only what no\n"
    "                         card can do), \"cpu\", \"both\"; several with commas (default: "
    "both)\n"
    "  --signatures N         only the first N; 0: all\n"
    "  --card-seconds N       a run of cards alone takes no new signatures after so long (default: "
    "300)\n"
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

static int parse_runs(struct arguments *arguments, const char *list)
{
    arguments->run_count = 0;
    for (const char *word = list; *word != '\0' && arguments->run_count < DEMO_WHOS;) {
        size_t chars = strcspn(word, ",");
        unsigned who = 0;
        while (who < DEMO_WHOS && (strlen(demo_who_name((enum demo_who)who)) != chars ||
                                   strncmp(word, demo_who_name((enum demo_who)who), chars) != 0))
            who++;
        if (who == DEMO_WHOS)
            break;
        arguments->runs[arguments->run_count++] = (enum demo_who)who;
        word += chars;
        if (*word == '\0')
            return 0;
        word++;
    }
    fputs("demo-block: --runs takes one to three of card, cpu, both, with commas\n", stderr);
    return -1;
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
    case 'w':
        return parse_runs(arguments, optarg);
    case 'n':
        if (parse_number(name, optarg, BLOCK_ROWS_MAX, &number) != 0)
            return -1;
        arguments->signatures = (unsigned)number;
        return 0;
    case 't':
        if (parse_number(name, optarg, CARD_SECONDS_MAX, &number) != 0)
            return -1;
        arguments->card_ns = number * CLOCK_NS_PER_S;
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
                                            {"runs", required_argument, NULL, 'w'},
                                            {"signatures", required_argument, NULL, 'n'},
                                            {"card-seconds", required_argument, NULL, 't'},
                                            {"data", required_argument, NULL, 'd'},
                                            {"json", required_argument, NULL, 'j'},
                                            {"cycles", required_argument, NULL, 'y'},
                                            {"stall-ms", required_argument, NULL, 's'},
                                            {"deadline-cycles", required_argument, NULL, 'l'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    *arguments = (struct arguments){.runs = {DEMO_BOTH},
                                    .run_count = 1,
                                    .card_ns = CARD_SECONDS * CLOCK_NS_PER_S,
                                    .data = "tests/vectors",
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

static int start_offload(struct demo *demo)
{
    struct offload_card cards[OFFLOAD_CARDS_MAX];
    bool alone = demo->who == DEMO_CARD;
    struct offload_options options = {.probe_ns = PROBE_NS,
                                      .backoff_ns = BACKOFF_NS,
                                      .answer_ns = ANSWER_NS,
                                      .batch_age_ns = BATCH_AGE_NS,
                                      .spare_cpu = alone,
                                      .recheck_one_in = alone ? UINT_MAX : 0,
                                      .cards = cards};
    unsigned card_count = demo->who == DEMO_CPU ? 0 : demo->arguments->card_count;
    char error[OFFLOAD_TEXT_SIZE];
    for (unsigned i = 0; i < card_count; i++) {
        const char *address = demo->arguments->cards[i];
        if (driver_card_create(address, &demo->arguments->card_options, &cards[i]) != 0) {
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

static int corrupt_signature(struct block_data *data, unsigned row)
{
    if (row == 0)
        return 0;
    if (row > data->signature_count) {
        fprintf(stderr, "demo-block: there is no signature %u; the last is %zu\n", row,
                data->signature_count);
        return -1;
    }
    data->signatures[row - 1].s[31] ^= 1;
    printf("signature %u (line %u of %s): one bit of s flipped\n", row, row + 1,
           BLOCK_SIGNATURES_CSV);
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
               demo->arguments->cards[events[i].card], offload_reason_name(events[i].reason),
               events[i].text);
        demo->events_printed = events[i].number;
    }
}

/* From the rate since the first verdicts, so that what comes before them does not count. */
static void print_remaining(struct demo *demo, uint64_t done, size_t wanted)
{
    if (demo->first_ns == 0 && done > 0) {
        demo->first_ns = now_ns();
        demo->first_done = done;
    }
    if (done < wanted && done > demo->first_done)
        printf("; about %.0f s more", seconds(demo->first_ns, now_ns()) /
                                          (double)(done - demo->first_done) *
                                          (double)(wanted - done));
}

static void print_progress(struct demo *demo, size_t wanted)
{
    struct offload_stats stats;
    offload_stats(demo->offload, &stats);
    const struct offload_kind_stats *k = &stats.kinds[OFFLOAD_ECDSA_SECP256K1_VERIFY];
    const struct offload_kind_stats *root = &stats.kinds[OFFLOAD_MERKLE_SHA256D];
    uint64_t done = k->card + k->cpu;
    printf("%8.3f s  %" PRIu64 " of %zu signatures done, %" PRIu64 " by the card",
           seconds_since(demo), done, wanted, k->card);
    print_remaining(demo, done, wanted);
    if (root->card + root->cpu == 0)
        printf("; the Merkle root is under way");
    putchar('\n');
    fflush(stdout);
}

/* Called every LOOK_NS or so. */
static void show(struct demo *demo, size_t wanted)
{
    print_events(demo);
    if (now_ns() - demo->shown_ns < PROGRESS_NS)
        return;
    demo->shown_ns = now_ns();
    print_progress(demo, wanted);
}

static void wait_for_verdicts(struct demo *demo)
{
    while (!offload_wait(demo->offload, 0, LOOK_NS))
        show(demo, demo->signature_count);
    print_events(demo);
    print_progress(demo, demo->signature_count);
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

/* Ends when the root's batch is ripe, so that a card takes it before any signature. Else these
 * could fill a batch first, and the CPU would take the root from the card that is busy with them.
 */
static int hand_in_root(struct demo *demo)
{
    demo->merkle =
        (struct offload_job){.kind = OFFLOAD_MERKLE_SHA256D,
                             .bytes = (uint32_t)(demo->data->txid_count * BLOCK_TXID_BYTES),
                             .input = demo->data->txids,
                             .expected = block_merkle_root,
                             .done = on_done};
    int code = hand_in(demo, &demo->merkle);
    (void)offload_wait(demo->offload, 0, BATCH_AGE_NS); /* true: it is done already */
    return code;
}

/* Cards alone: keeps them busy, and shows how far they are; false when the time is over. */
static bool wait_for_room(struct demo *demo, size_t wanted)
{
    while (!offload_wait(demo->offload, CARD_JOBS_MAX, LOOK_NS))
        show(demo, wanted);
    return now_ns() - demo->start_ns < demo->arguments->card_ns;
}

static int hand_in_signatures(struct demo *demo)
{
    size_t wanted = demo->data->signature_count;
    if (demo->arguments->signatures != 0 && demo->arguments->signatures < wanted)
        wanted = demo->arguments->signatures;
    for (size_t i = 0; i < wanted; i++) {
        if (demo->who == DEMO_CARD && !wait_for_room(demo, wanted))
            break;
        demo->signatures[i] = (struct offload_job){.kind = OFFLOAD_ECDSA_SECP256K1_VERIFY,
                                                   .bytes = sizeof demo->data->signatures[i],
                                                   .input = &demo->data->signatures[i],
                                                   .done = on_done};
        if (hand_in(demo, &demo->signatures[i]) != 0)
            return -1;
        demo->signature_count++;
    }
    return 0;
}

/* ------------------------------------------------------------------ main */

static void sum_up(struct demo *demo)
{
    if (demo->who == DEMO_BOTH)
        close_with_known_answers(demo);
    offload_stats(demo->offload, &demo->stats);
    demo->event_count = offload_events(demo->offload, 0, demo->events, OFFLOAD_EVENTS_MAX);
    demo_print_result(demo);
}

static int verify_block(struct demo *demo)
{
    print_events(demo);
    int code = hand_in_root(demo);
    if (code == 0)
        code = hand_in_signatures(demo);
    wait_for_verdicts(demo); /* also after a refusal: what was handed in ends first */
    demo->wall_seconds = seconds_since(demo);
    if (code == 0)
        sum_up(demo);
    return code;
}

static int run(struct demo *demo, const struct arguments *arguments, const struct block_data *data,
               enum demo_who who)
{
    static const char *const titles[DEMO_WHOS] = {
        [DEMO_CARD] = "card only", [DEMO_CPU] = "CPU only", [DEMO_BOTH] = "card and CPU"};
    demo->arguments = arguments;
    demo->data = data;
    demo->who = who;
    demo->signatures = calloc(data->signature_count, sizeof *demo->signatures);
    if (demo->signatures == NULL) {
        fputs("demo-block: out of memory\n", stderr);
        return -1;
    }
    if (arguments->run_count > 1)
        printf("\n--- %s\n", titles[who]);
    demo->start_ns = demo->shown_ns = now_ns();
    if (start_offload(demo) != 0)
        return -1;
    int code = verify_block(demo);
    offload_destroy(demo->offload);
    return code;
}

static int run_all(struct demo *demos, const struct arguments *arguments,
                   const struct block_data *data)
{
    bool valid = true;
    for (unsigned i = 0; i < arguments->run_count; i++) {
        if (run(&demos[i], arguments, data, arguments->runs[i]) != 0)
            return EXIT_TROUBLE;
        valid = valid && demo_all_valid(&demos[i]);
    }
    if (arguments->run_count > 1)
        demo_print_runs(demos, arguments->run_count);
    if (demo_write_json(demos, arguments->run_count) != 0 ||
        !demo_same_verdicts(demos, arguments->run_count))
        return EXIT_TROUBLE;
    return valid ? EXIT_SUCCESS : EXIT_INVALID;
}

int main(int argc, char **argv)
{
    static struct demo demos[DEMO_WHOS];
    static struct arguments arguments;
    struct block_data data;
    char error[CSV_ERROR_TEXT_SIZE];
    if (parse_arguments(argc, argv, &arguments) != 0)
        return EXIT_TROUBLE;
    setvbuf(stdout, NULL, _IOLBF, 0); /* progress is read while it comes, also through a pipe */
    if (block_data_load(&data, arguments.data, error) != 0) {
        fprintf(stderr, "demo-block: %s\n", error);
        return EXIT_TROUBLE;
    }
    int code = EXIT_TROUBLE;
    if (corrupt_signature(&data, arguments.corrupt) == 0)
        code = run_all(demos, &arguments, &data);
    for (unsigned i = 0; i < DEMO_WHOS; i++)
        free(demos[i].signatures);
    block_data_free(&data);
    return code;
}
