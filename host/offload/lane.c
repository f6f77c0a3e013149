// SPDX-License-Identifier: Apache-2.0
/* A lane: one card, the batches it was given, and whether it is trusted. Its functions run in the
 * lane's thread, but for lane_deserves. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "host/offload/core.h"
#include "snapcard_abi.h"

#define PS_PER_NS 1000u
/* A card whose rate is not known yet is given so many jobs to learn it from. */
#define LEARN_JOBS 4u
/* A card may always have work for so long, so that it does not run dry between two looks. */
#define HORIZON_PS (2 * CLOCK_NS_PER_MS * PS_PER_NS)
/* Error statuses without a clean batch in between, until the card is taken out. */
#define ERROR_STRIKES_MAX 16u
/* In for so many times its last pause, a card starts with the shortest pause again. */
#define FORGIVEN_AFTER_PAUSES 10u
/* Also a card that answers is looked at so often: that it must be given back, because it is to be
 * unplugged, shows in nothing else. */
#define LOOK_NS    CLOCK_NS_PER_S
#define REAP_COUNT 32u

/* Tags carry the life of the card in which they were given, so that nothing of an earlier one
 * counts. */
#define TAG_ENTRY_BITS 8u
#define TAG_BATCH_BITS 8u
_Static_assert(OFFLOAD_BATCH_ENTRIES <= 1u << TAG_ENTRY_BITS, "entries fit a tag");
_Static_assert(OFFLOAD_BATCHES <= 1u << TAG_BATCH_BITS, "batches fit a tag");

static uint64_t make_tag(const struct lane *lane, unsigned batch, unsigned entry)
{
    return lane->epoch << (TAG_BATCH_BITS + TAG_ENTRY_BITS) | (uint64_t)batch << TAG_ENTRY_BITS |
           entry;
}

static uint64_t lane_now(const struct lane *lane)
{
    return clock_now(&lane->core->options.clock);
}

static bool has_open_batch(const struct lane *lane)
{
    for (unsigned i = 0; i < OFFLOAD_BATCHES; i++)
        if (lane->batches[i].open)
            return true;
    return false;
}

/* ------------------------------------------------------------------ out */

static void close_batch(struct lane *lane, struct batch *batch)
{
    if (batch->jobs > 0) {
        assert(lane->busy > 0 && lane->inflight_ps >= batch->estimate_ps);
        lane->busy--;
        lane->inflight_ps -= batch->estimate_ps;
    }
    batch->open = false;
}

static void return_jobs(struct lane *lane, struct batch *batch)
{
    struct core *core = lane->core;
    for (unsigned i = 0; i < batch->count; i++) {
        struct offload_job *job = batch->entries[i].job;
        if (job != NULL) {
            core->kinds[job->kind].returned++;
            core_return(core, job);
        }
    }
    close_batch(lane, batch);
}

static void return_all(struct lane *lane)
{
    for (unsigned i = 0; i < OFFLOAD_BATCHES; i++)
        if (lane->batches[i].open)
            return_jobs(lane, &lane->batches[i]);
    assert(lane->busy == 0 && lane->inflight_ps == 0);
    pthread_cond_broadcast(&lane->core->work); /* also for what waits for this card */
}

/* The next try comes after a pause that doubles. Under the lock. */
static void pause_lane(struct lane *lane, uint64_t now_ns)
{
    const struct offload_options *options = &lane->core->options;
    uint64_t pause_ns = options->backoff_ns;
    for (unsigned i = 0; i < lane->failures && pause_ns < options->backoff_max_ns; i++)
        pause_ns *= 2;
    if (pause_ns > options->backoff_max_ns)
        pause_ns = options->backoff_max_ns;
    else
        lane->failures++;
    lane->backoff_ns = pause_ns;
    lane->retry_ns = now_ns + pause_ns;
}

static void take_out(struct lane *lane, enum offload_reason reason, const char *text)
{
    struct core *core = lane->core;
    uint64_t now_ns = lane_now(lane);
    pthread_mutex_lock(&core->lock);
    assert(lane->state == LANE_UP);
    lane->state = LANE_DOWN;
    lane->stats.up = false;
    if (now_ns - lane->admitted_ns >= FORGIVEN_AFTER_PAUSES * lane->backoff_ns)
        lane->failures = 0;
    return_all(lane);
    core_event(core, lane, reason, text);
    pause_lane(lane, now_ns);
    pthread_mutex_unlock(&core->lock);
}

void lane_stop(struct lane *lane)
{
    struct core *core = lane->core;
    pthread_mutex_lock(&core->lock);
    return_all(lane);
    lane->state = LANE_CLOSED;
    lane->stats.up = false;
    pthread_mutex_unlock(&core->lock);
}

/* ------------------------------------------------------------------ in */

static void revive(struct lane *lane)
{
    struct core *core = lane->core;
    const struct offload_card *card = &lane->card;
    char text[OFFLOAD_TEXT_SIZE] = "no reason given";
    bool alive = card->ops->revive(card->context, text);
    bool supports[OFFLOAD_KINDS];
    for (unsigned kind = 0; kind < OFFLOAD_KINDS; kind++)
        supports[kind] = alive && card->ops->supports(card->context, (enum offload_kind)kind);
    uint64_t now_ns = lane_now(lane);

    pthread_mutex_lock(&core->lock);
    lane->epoch++;
    lane->suspect = false;
    lane->error_strikes = 0;
    lane->progress_ns = lane->check_ns = lane->probe_ns = lane->judged_ns = now_ns;
    memcpy(lane->supports, supports, sizeof supports);
    if (alive) {
        lane->state = LANE_UP;
        lane->stats.up = true;
        lane->admitted_ns = now_ns;
        core_event(core, lane, OFFLOAD_ADMITTED, "self-test passed");
    } else {
        core_event(core, lane, OFFLOAD_NOT_REVIVED, text);
        pause_lane(lane, now_ns);
    }
    pthread_mutex_unlock(&core->lock);
}

/* ------------------------------------------------------------------ answers */

static void note_error_status(struct lane *lane, enum offload_kind kind, uint8_t status, bool known)
{
    char text[OFFLOAD_TEXT_SIZE];
    const char *name = "unknown";
    switch (status) {
#define NAME(symbol, value, description)                                                           \
    case value:                                                                                    \
        name = #symbol;                                                                            \
        break;
        SNAP_STATUS_LIST(NAME)
#undef NAME
    default:
        break;
    }
    snprintf(text, sizeof text, "status %s (0x%02x) of a %s%s job", name, status,
             known ? "known " : "", offload_kind_info(kind)->name);
    core_event(lane->core, lane, OFFLOAD_ERROR_STATUS, text);
    lane->error_strikes++;
}

/* Puts an answer into its entry. False when there is no such question. */
static bool route(struct lane *lane, const struct card_answer *answer)
{
    uint64_t tag = answer->tag;
    unsigned entry_index = tag & ((1u << TAG_ENTRY_BITS) - 1);
    unsigned batch_index = tag >> TAG_ENTRY_BITS & ((1u << TAG_BATCH_BITS) - 1);
    if (batch_index >= OFFLOAD_BATCHES || tag != make_tag(lane, batch_index, entry_index))
        return false;
    struct batch *batch = &lane->batches[batch_index];
    if (!batch->open || entry_index >= batch->count || batch->entries[entry_index].answered)
        return false;
    batch->entries[entry_index].answer = *answer;
    batch->entries[entry_index].answered = true;
    batch->answered++;
    return true;
}

enum voucher { VOUCHED, NOT_VOUCHED, LIED };

/* What the known answers say about a batch; `text` for LIED. */
static enum voucher examine(const struct batch *batch, char text[OFFLOAD_TEXT_SIZE])
{
    enum voucher voucher = VOUCHED;
    for (unsigned i = 0; i < batch->count; i++) {
        const struct entry *entry = &batch->entries[i];
        if (entry->known == NULL)
            continue;
        if (entry->answer.status != SNAP_STATUS_OK) {
            voucher = NOT_VOUCHED;
        } else if (!known_answer_matches(entry->known, &entry->answer.answer)) {
            snprintf(text, OFFLOAD_TEXT_SIZE, "wrong answer to a known %s job of %u bytes",
                     offload_kind_info(batch->kind)->name, entry->known->bytes);
            return LIED;
        }
    }
    return voucher;
}

/* A card's answer to a job of a vouched batch. Under the lock. */
static void accept_answer(struct lane *lane, const struct entry *entry, struct job_list *done)
{
    struct core *core = lane->core;
    struct offload_job *job = entry->job;
    const struct offload_answer *answer = &entry->answer.answer;
    bool valid = offload_answer_satisfies(answer, job->kind, job->expected);
    memcpy(job->result, answer->result, sizeof job->result);
    if (core_wants_recheck(core, valid)) {
        job->recheck = true;
        job->card = (uint8_t)lane->index;
        job->epoch = lane->epoch;
        job->card_valid = answer->valid;
        core_return(core, job);
        return;
    }
    job->engine_cycles = entry->answer.engine_cycles;
    core_settle(core, job, valid);
    job_list_push(done, job);
}

static void measure(struct lane *lane, const struct batch *batch, uint64_t now_ns)
{
    if (batch->jobs == 0)
        return;
    /* With several in flight, a batch has had the card to itself only since the one before it
     * ended. */
    uint64_t start_ns =
        batch->submitted_ns > lane->judged_ns ? batch->submitted_ns : lane->judged_ns;
    uint64_t *rate = &lane->ps_per_unit[batch->kind];
    *rate = rate_update(*rate, now_ns - start_ns, batch->units);
}

static void settle_batch(struct lane *lane, struct batch *batch, bool vouched,
                         struct job_list *done)
{
    struct core *core = lane->core;
    bool clean = true;
    for (unsigned i = 0; i < batch->count; i++) {
        const struct entry *entry = &batch->entries[i];
        bool ok = entry->answer.status == SNAP_STATUS_OK;
        if (!ok) {
            clean = false;
            note_error_status(lane, batch->kind, entry->answer.status, entry->known != NULL);
        }
        if (entry->known != NULL) {
            lane->stats.known_passed += ok;
        } else if (!ok) {
            core->kinds[batch->kind].error_status++;
            core_return(core, entry->job);
        } else if (!vouched) {
            core->kinds[batch->kind].returned++;
            core_return(core, entry->job);
        } else {
            accept_answer(lane, entry, done);
        }
    }
    if (clean)
        lane->error_strikes = 0;
    if (vouched && batch->jobs > 0)
        lane->stats.batches++;
}

/* All answers of a batch are there. False when the card was taken out. */
static bool judge(struct lane *lane, struct batch *batch)
{
    char text[OFFLOAD_TEXT_SIZE];
    enum voucher voucher = examine(batch, text);
    if (voucher == LIED) {
        take_out(lane, OFFLOAD_WRONG_ANSWER, text);
        return false;
    }
    struct core *core = lane->core;
    struct job_list done = {0};
    uint64_t now_ns = lane_now(lane);
    pthread_mutex_lock(&core->lock);
    measure(lane, batch, now_ns);
    settle_batch(lane, batch, voucher == VOUCHED, &done);
    close_batch(lane, batch);
    pthread_mutex_unlock(&core->lock);
    lane->judged_ns = now_ns;
    core_call_done(core, &done);
    if (lane->error_strikes > ERROR_STRIKES_MAX) {
        take_out(lane, OFFLOAD_ERRORS, "too many jobs ended in an error status");
        return false;
    }
    return true;
}

/* True when something came, also when what came took the card out. */
static bool collect(struct lane *lane)
{
    struct card_answer answers[REAP_COUNT];
    unsigned count = lane->card.ops->reap(lane->card.context, answers, REAP_COUNT);
    assert(count <= REAP_COUNT);
    for (unsigned i = 0; i < count; i++) {
        if (!route(lane, &answers[i])) {
            take_out(lane, OFFLOAD_BROKEN, "an answer to a question that is not open");
            return true;
        }
    }
    if (count == 0)
        return false;
    lane->progress_ns = lane_now(lane);
    for (unsigned i = 0; i < OFFLOAD_BATCHES; i++) {
        struct batch *batch = &lane->batches[i];
        if (batch->open && batch->answered == batch->count && !judge(lane, batch))
            break;
    }
    return true;
}

/* ------------------------------------------------------------------ questions */

static void add_entry(struct batch *batch, struct offload_job *job,
                      const struct known_answer *known)
{
    assert(batch->count < OFFLOAD_BATCH_ENTRIES && (job == NULL) != (known == NULL));
    batch->entries[batch->count++] = (struct entry){.job = job, .known = known};
}

static struct batch *open_batch(struct lane *lane, enum offload_kind kind)
{
    for (unsigned i = 0; i < OFFLOAD_BATCHES; i++) {
        struct batch *batch = &lane->batches[i];
        if (!batch->open) {
            batch->open = true;
            batch->kind = kind;
            batch->count = batch->answered = batch->jobs = 0;
            batch->units = batch->estimate_ps = 0;
            return batch;
        }
    }
    return NULL;
}

/* Gives a batch to the card. */
static void send(struct lane *lane, struct batch *batch)
{
    const struct offload_card *card = &lane->card;
    unsigned index = (unsigned)(batch - lane->batches);
    batch->submitted_ns = lane->progress_ns = lane_now(lane);
    card->ops->begin(card->context, index);
    for (unsigned i = 0; i < batch->count; i++) {
        const struct entry *entry = &batch->entries[i];
        const void *input = entry->job != NULL ? entry->job->input : entry->known->input;
        uint32_t bytes = entry->job != NULL ? entry->job->bytes : entry->known->bytes;
        if (!card->ops->put(card->context, index, make_tag(lane, index, i), batch->kind, input,
                            bytes)) {
            take_out(lane, OFFLOAD_REFUSED, "the driver takes no more jobs");
            return;
        }
    }
    card->ops->submit(card->context);
}

/* Whether the card has work of this kind already, beside a batch that is being filled. */
static bool has_kind(const struct lane *lane, enum offload_kind kind, const struct batch *beside)
{
    for (unsigned i = 0; i < OFFLOAD_BATCHES; i++) {
        const struct batch *batch = &lane->batches[i];
        if (batch != beside && batch->open && batch->kind == kind && batch->jobs > 0)
            return true;
    }
    return false;
}

/* Whether a batch should have so many jobs, of `units` in all: they would be done on the card
 * before the CPU is through with the rest of the line. What a kind costs there is learnt also while
 * the card is busy with others, which have engines of their own. Under the lock. */
static bool affordable(const struct lane *lane, const struct batch *batch, unsigned jobs,
                       uint64_t units)
{
    const struct core *core = lane->core;
    enum offload_kind kind = batch->kind;
    uint64_t card_rate = lane->ps_per_unit[kind];
    uint64_t cpu_rate = core->cpu_ps_per_unit[kind];
    if (core->options.spare_cpu)
        return true;
    if (card_rate == 0)
        return jobs <= LEARN_JOBS && !has_kind(lane, kind, batch);
    if (cpu_rate == 0)
        return true;
    uint64_t finish_ps = lane->inflight_ps + units * card_rate;
    uint64_t clear_ps = core->waiting[kind].units * cpu_rate / core->options.workers;
    return finish_ps <= (clear_ps > HORIZON_PS ? clear_ps : HORIZON_PS);
}

static uint64_t slab_bytes(const struct offload_job *job)
{
    return (job->bytes + (uint64_t)OFFLOAD_INPUT_ALIGN_BYTES - 1) / OFFLOAD_INPUT_ALIGN_BYTES *
           OFFLOAD_INPUT_ALIGN_BYTES;
}

/* Moves jobs of the batch's kind from the line into the batch. Under the lock. */
static void take_jobs(struct lane *lane, struct batch *batch)
{
    struct core *core = lane->core;
    struct job_list *list = &core->waiting[batch->kind];
    uint64_t bytes = 0;
    while (list->head != NULL && batch->jobs < core->options.batch_jobs) {
        struct offload_job *job = list->head;
        uint64_t units = batch->units + offload_kind_units(job->kind, job->bytes);
        bytes += slab_bytes(job);
        /* An idle card is never left idle: the first job goes whatever the rates say. */
        bool first = batch->jobs == 0 && lane->busy == 0;
        if (bytes > OFFLOAD_INPUT_BYTES_MAX ||
            (!first && !affordable(lane, batch, batch->jobs + 1, units)))
            break;
        job_list_pop(list);
        assert(job->place == PLACE_WAITING);
        job->place = PLACE_ON_CARD;
        add_entry(batch, job, NULL);
        batch->jobs++;
        batch->units = units;
    }
    if (batch->jobs > 0) {
        batch->estimate_ps = batch->units * lane->ps_per_unit[batch->kind];
        lane->inflight_ps += batch->estimate_ps;
        lane->busy++;
    }
    if (list->head != NULL)
        pthread_cond_broadcast(
            &core->work); /* the card has its share: the rest may be for the CPU */
}

/* Opens a batch of jobs for which it is time, enclosed by known answers; NULL when there is none.
 * *wait_ns falls to the time until there may be. */
static struct batch *next_batch(struct lane *lane, uint64_t *wait_ns)
{
    struct core *core = lane->core;
    struct batch *batch = NULL;
    pthread_mutex_lock(&core->lock);
    uint64_t now_ns =
        lane_now(lane); /* behind every submission in the line, so that no age is negative */
    for (unsigned i = 0; i < OFFLOAD_KINDS && batch == NULL; i++) {
        enum offload_kind kind = (enum offload_kind)((lane->next_kind + i) % OFFLOAD_KINDS);
        const struct job_list *list = &core->waiting[kind];
        if (list->head == NULL || !lane->supports[kind])
            continue;
        uint64_t age_ns = now_ns - list->head->submitted_ns;
        if (list->count < core->options.batch_jobs && age_ns < core->options.batch_age_ns) {
            uint64_t left_ns = core->options.batch_age_ns - age_ns;
            *wait_ns = left_ns < *wait_ns ? left_ns : *wait_ns;
            continue;
        }
        batch = open_batch(lane, kind);
        if (batch == NULL)
            break;
        unsigned pair = lane->next_pair % KNOWN_PAIRS;
        add_entry(batch, NULL, &core->known.good[kind][pair]);
        take_jobs(lane, batch);
        if (batch->jobs == 0) {
            close_batch(lane, batch);
            batch = NULL;
            continue;
        }
        add_entry(batch, NULL, &core->known.bad[kind][pair]);
        lane->next_kind = (unsigned)kind + 1;
        lane->next_pair++;
    }
    pthread_mutex_unlock(&core->lock);
    return batch;
}

/* Known answers alone, when the card has had nothing to do: that it fails is to be found before
 * work comes. */
static struct batch *next_probe(struct lane *lane, uint64_t *wait_ns)
{
    if (has_open_batch(lane))
        return NULL;
    uint64_t idle_ns = lane_now(lane) - lane->probe_ns;
    uint64_t every_ns = lane->core->options.probe_ns;
    if (idle_ns < every_ns) {
        *wait_ns = every_ns - idle_ns < *wait_ns ? every_ns - idle_ns : *wait_ns;
        return NULL;
    }
    lane->probe_ns = lane_now(lane);
    for (unsigned i = 0; i < OFFLOAD_KINDS; i++) {
        enum offload_kind kind = (enum offload_kind)(lane->next_probe++ % OFFLOAD_KINDS);
        if (!lane->supports[kind])
            continue;
        struct batch *batch = open_batch(lane, kind);
        assert(batch != NULL);
        unsigned pair = lane->next_pair++ % KNOWN_PAIRS;
        add_entry(batch, NULL, &lane->core->known.good[kind][pair]);
        add_entry(batch, NULL, &lane->core->known.bad[kind][pair]);
        return batch;
    }
    return NULL;
}

/* ------------------------------------------------------------------ health */

static enum offload_reason health_reason(enum card_health health)
{
    switch (health) {
    case CARD_OVERDUE:
        return OFFLOAD_OVERDUE;
    case CARD_STALLED:
        return OFFLOAD_STALLED;
    case CARD_REFUSED:
        return OFFLOAD_REFUSED;
    case CARD_GONE:
        return OFFLOAD_GONE;
    case CARD_BROKEN:
    case CARD_WELL:
        break;
    }
    return OFFLOAD_BROKEN;
}

static uint64_t next_check_ns(const struct lane *lane)
{
    uint64_t since_ns = lane->progress_ns > lane->check_ns ? lane->progress_ns : lane->check_ns;
    uint64_t silent_ns = since_ns + lane->core->options.check_ns;
    uint64_t regular_ns = lane->check_ns + LOOK_NS;
    return silent_ns < regular_ns ? silent_ns : regular_ns;
}

/* Looks after a card that owes answers. True when it was taken out. */
static bool examine_health(struct lane *lane, uint64_t *wait_ns)
{
    const struct offload_options *options = &lane->core->options;
    uint64_t now_ns = lane_now(lane);
    for (unsigned i = 0; i < OFFLOAD_BATCHES; i++) {
        const struct batch *batch = &lane->batches[i];
        if (batch->open && now_ns - batch->submitted_ns >= options->answer_ns) {
            take_out(lane, OFFLOAD_OVERDUE, "a batch was not answered in time");
            return true;
        }
    }
    uint64_t due_ns = next_check_ns(lane);
    if (now_ns >= due_ns) {
        char text[OFFLOAD_TEXT_SIZE] = "no reason given";
        enum card_health health = lane->card.ops->check(lane->card.context, text);
        if (health != CARD_WELL) {
            take_out(lane, health_reason(health), text);
            return true;
        }
        now_ns = lane->check_ns = lane_now(lane);
        due_ns = next_check_ns(lane);
    }
    *wait_ns = due_ns - now_ns < *wait_ns ? due_ns - now_ns : *wait_ns;
    return false;
}

static bool is_suspect(struct lane *lane)
{
    pthread_mutex_lock(&lane->core->lock);
    bool suspect = lane->suspect;
    pthread_mutex_unlock(&lane->core->lock);
    return suspect;
}

uint64_t lane_step(struct lane *lane)
{
    assert(lane->state != LANE_CLOSED); /* only this thread closes it */
    if (lane->state == LANE_DOWN) {
        uint64_t now_ns = lane_now(lane);
        if (now_ns < lane->retry_ns)
            return lane->retry_ns - now_ns;
        revive(lane);
        return 0;
    }
    if (is_suspect(lane)) {
        take_out(lane, OFFLOAD_DISAGREED, "the CPU came to another answer than the card");
        return 0;
    }
    if (collect(lane))
        return 0;
    uint64_t wait_ns = LANE_NEVER;
    struct batch *batch = next_batch(lane, &wait_ns);
    if (batch == NULL)
        batch = next_probe(lane, &wait_ns);
    if (batch != NULL) {
        lane->probe_ns = lane_now(lane);
        send(lane, batch);
        return 0;
    }
    if (has_open_batch(lane) && examine_health(lane, &wait_ns))
        return 0;
    return wait_ns;
}

/* A card that is idle is left what it can do. One that is busy is left it when it would be through
 * with what it has before a worker is through with this one job twice: the factor keeps both from
 * snatching from each other. */
bool lane_deserves(const struct lane *lane, enum offload_kind kind, uint64_t cpu_ns)
{
    if (lane->state != LANE_UP || !lane->supports[kind])
        return false;
    if (lane->busy == 0 || lane->core->options.spare_cpu)
        return true;
    return lane->busy < OFFLOAD_BATCHES && lane->ps_per_unit[kind] != 0 &&
           lane->inflight_ps / PS_PER_NS < 2 * cpu_ns;
}
