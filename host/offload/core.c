// SPDX-License-Identifier: Apache-2.0
#include "host/offload/core.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/crypto/digest.h"

#define PS_PER_NS 1000u
/* An answer of a card earns a recheck of an invalid one this often. */
#define ANSWERS_PER_RECHECK 8u

static const char *const reason_names[OFFLOAD_REASONS] = {
    [OFFLOAD_ADMITTED] = "admitted",
    [OFFLOAD_NOT_REVIVED] = "not revived",
    [OFFLOAD_ERROR_STATUS] = "error status",
    [OFFLOAD_WRONG_ANSWER] = "taken out, wrong answer",
    [OFFLOAD_DISAGREED] = "taken out, the CPU disagrees",
    [OFFLOAD_ERRORS] = "taken out, too many errors",
    [OFFLOAD_OVERDUE] = "taken out, overdue",
    [OFFLOAD_STALLED] = "taken out, stalled",
    [OFFLOAD_REFUSED] = "taken out, queue refused",
    [OFFLOAD_BROKEN] = "taken out, interface broken",
    [OFFLOAD_GONE] = "taken out, gone",
};

const char *offload_reason_name(enum offload_reason reason)
{
    assert((unsigned)reason < OFFLOAD_REASONS);
    return reason_names[reason];
}

/* ------------------------------------------------------------------ lists */

static uint64_t job_units(const struct offload_job *job)
{
    return offload_kind_units(job->kind, job->bytes);
}

void job_list_push(struct job_list *list, struct offload_job *job)
{
    assert((list->count == 0) == (list->head == NULL));
    job->next = NULL;
    if (list->tail != NULL)
        list->tail->next = job;
    else
        list->head = job;
    list->tail = job;
    list->count++;
    list->units += job_units(job);
}

struct offload_job *job_list_pop(struct job_list *list)
{
    struct offload_job *job = list->head;
    if (job == NULL)
        return NULL;
    list->head = job->next;
    if (list->head == NULL)
        list->tail = NULL;
    list->count--;
    list->units -= job_units(job);
    job->next = NULL;
    return job;
}

/* ------------------------------------------------------------------ making and ending */

static unsigned or_default(unsigned value, unsigned otherwise)
{
    return value != 0 ? value : otherwise;
}

static uint64_t or_default_ns(uint64_t value_ns, uint64_t otherwise_ns)
{
    return value_ns != 0 ? value_ns : otherwise_ns;
}

static unsigned cores(void)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    if (count < 1)
        return 1;
    return count < (long)OFFLOAD_WORKERS_MAX ? (unsigned)count : OFFLOAD_WORKERS_MAX;
}

static struct offload_options with_defaults(const struct offload_options *options)
{
    struct offload_options o = *options;
    if (o.clock.now_ns == NULL)
        o.clock = clock_monotonic();
    o.workers = or_default(o.workers, cores());
    o.jobs_max = or_default(o.jobs_max, 8192);
    o.batch_jobs = or_default(o.batch_jobs, 32);
    o.batch_age_ns = or_default_ns(o.batch_age_ns, 100 * CLOCK_NS_PER_US);
    o.patience_ns = or_default_ns(o.patience_ns, 5 * CLOCK_NS_PER_S);
    o.answer_ns = or_default_ns(o.answer_ns, 120 * CLOCK_NS_PER_S);
    o.check_ns = or_default_ns(o.check_ns, 10 * CLOCK_NS_PER_MS);
    o.probe_ns = or_default_ns(o.probe_ns, CLOCK_NS_PER_S);
    o.backoff_ns = or_default_ns(o.backoff_ns, 200 * CLOCK_NS_PER_MS);
    o.backoff_max_ns = or_default_ns(o.backoff_max_ns, 60 * CLOCK_NS_PER_S);
    o.recheck_one_in = or_default(o.recheck_one_in, 64);
    o.recheck_budget = or_default(o.recheck_budget, 256);
    o.cards = NULL; /* the lanes have their copies */
    return o;
}

static const char *refusal(const struct offload_options *options)
{
    if (options->workers > OFFLOAD_WORKERS_MAX)
        return "too many CPU workers";
    if (options->batch_jobs > OFFLOAD_BATCH_JOBS_MAX)
        return "a batch cannot have that many jobs";
    if (options->backoff_max_ns < options->backoff_ns)
        return "the longest pause is shorter than the first";
    return NULL;
}

static const char *prepare_known(struct core *core)
{
    struct digest_context *context = digest_context_create();
    if (context == NULL)
        return "no memory, or OpenSSL lacks SHA-256, SM3 or SM2";
    bool good = offload_cpu_selftest(context) &&
                known_answers_init(&core->known, context, core->options.seed);
    digest_context_destroy(context);
    return good ? NULL : "the CPU's own self-test failed";
}

static void take_cards(struct core *core, const struct offload_card *cards)
{
    for (unsigned i = 0; i < core->lane_count; i++) {
        struct lane *lane = &core->lanes[i];
        lane->core = core;
        lane->card = cards[i];
        lane->index = i;
        lane->wake_fd = -1;
        lane->state = LANE_DOWN;
        memcpy(lane->stats.address, cards[i].address, sizeof lane->stats.address);
    }
}

int core_init(struct core *core, const struct offload_options *options,
              char error[OFFLOAD_TEXT_SIZE])
{
    memset(core, 0, sizeof *core);
    core->options = with_defaults(options);
    const char *reason = refusal(&core->options);
    if (options->card_count > OFFLOAD_CARDS_MAX) {
        reason = "too many cards";
    } else {
        core->lane_count = options->card_count;
        take_cards(core, options->cards);
    }
    if (reason == NULL)
        reason = prepare_known(core);
    core->recheck_credit = core->options.recheck_budget;
    if (reason == NULL &&
        (pthread_mutex_init(&core->lock, NULL) != 0 || pthread_cond_init(&core->work, NULL) != 0 ||
         pthread_cond_init(&core->room, NULL) != 0))
        reason = "no memory for locks";
    if (reason == NULL)
        return 0;
    for (unsigned i = 0; i < options->card_count; i++)
        options->cards[i].ops->close(options->cards[i].context);
    snprintf(error, OFFLOAD_TEXT_SIZE, "%s", reason);
    return -1;
}

void core_destroy(struct core *core)
{
    assert(core->in_flight == 0 && core->returned.count == 0);
    for (unsigned i = 0; i < core->lane_count; i++) {
        assert(core->lanes[i].busy == 0);
        core->lanes[i].card.ops->close(core->lanes[i].card.context);
    }
    pthread_cond_destroy(&core->room);
    pthread_cond_destroy(&core->work);
    pthread_mutex_destroy(&core->lock);
}

/* ------------------------------------------------------------------ in and out */

static void wake_lanes(struct core *core, enum offload_kind kind)
{
    static const uint64_t one = 1;
    for (unsigned i = 0; i < core->lane_count; i++) {
        const struct lane *lane = &core->lanes[i];
        if (lane->state == LANE_UP && lane->supports[kind] && lane->wake_fd >= 0) {
            /* Fails only when the counter is full: then the lane is being woken anyway. */
            ssize_t written = write(lane->wake_fd, &one, sizeof one);
            (void)written;
        }
    }
}

int core_submit(struct core *core, struct offload_job *job)
{
    if ((unsigned)job->kind >= OFFLOAD_KINDS || job->done == NULL || job->place != PLACE_IDLE ||
        !offload_kind_takes(job->kind, job->bytes) || (job->input == NULL && job->bytes != 0))
        return OFFLOAD_BAD_JOB;
    uint64_t now_ns = clock_now(&core->options.clock);
    pthread_mutex_lock(&core->lock);
    int code = core->stopping                              ? OFFLOAD_STOPPED
               : core->in_flight >= core->options.jobs_max ? OFFLOAD_BUSY
                                                           : OFFLOAD_OK;
    if (code == OFFLOAD_OK) {
        job->verdict = OFFLOAD_PENDING;
        job->engine_cycles = 0;
        job->by_card = false;
        job->recheck = false;
        job->submitted_ns = now_ns;
        job->place = PLACE_WAITING;
        struct job_list *list = &core->waiting[job->kind];
        job_list_push(list, job);
        core->in_flight++;
        core->kinds[job->kind].jobs++;
        /* A lane looks by itself while something waits; it must be told of the first, and of a full
         * batch. */
        if (list->count == 1 || list->count == core->options.batch_jobs)
            wake_lanes(core, job->kind);
        pthread_cond_signal(&core->work);
    }
    pthread_mutex_unlock(&core->lock);
    return code;
}

void core_return(struct core *core, struct offload_job *job)
{
    assert(job->place == PLACE_ON_CARD);
    job->place = PLACE_RETURNED;
    job_list_push(&core->returned, job);
    pthread_cond_signal(&core->work);
}

/* The job has its answer; what is left is done(). */
void core_settle(struct core *core, struct offload_job *job, bool valid)
{
    assert(job->place == PLACE_ON_CARD || job->place == PLACE_ON_CPU);
    struct offload_kind_stats *stats = &core->kinds[job->kind];
    job->verdict = valid ? OFFLOAD_VALID : OFFLOAD_INVALID;
    job->by_card = job->place == PLACE_ON_CARD;
    if (job->by_card)
        stats->card++;
    else
        stats->cpu++;
    if (valid)
        stats->valid++;
    else
        stats->invalid++;
    stats->engine_cycles += job->engine_cycles;
    job->place = PLACE_IDLE;
}

void core_call_done(struct core *core, struct job_list *done)
{
    unsigned count = done->count;
    for (struct offload_job *job = job_list_pop(done); job != NULL; job = job_list_pop(done))
        job->done(job); /* the job is its caller's again: not touched from here on */
    if (count == 0)
        return;
    pthread_mutex_lock(&core->lock);
    assert(core->in_flight >= count);
    core->in_flight -= count;
    pthread_cond_broadcast(&core->room);
    pthread_mutex_unlock(&core->lock);
}

/* ------------------------------------------------------------------ the CPU's share */

/* An average that follows within some eight samples. Never 0, which stands for "not measured". */
uint64_t rate_update(uint64_t ps_per_unit, uint64_t elapsed_ns, uint64_t units)
{
    assert(units > 0);
    uint64_t sample = elapsed_ns * PS_PER_NS / units + 1;
    return ps_per_unit == 0 ? sample : ps_per_unit - ps_per_unit / 8 + sample / 8 + 1;
}

static bool cpu_may_take(const struct core *core, enum offload_kind kind, uint64_t now_ns)
{
    const struct offload_job *job = core->waiting[kind].head;
    if (job == NULL)
        return false;
    if (!core->options.spare_cpu && now_ns - job->submitted_ns >= core->options.patience_ns)
        return true;
    uint64_t cpu_ns = core->cpu_ps_per_unit[kind] * job_units(job) / PS_PER_NS;
    for (unsigned i = 0; i < core->lane_count; i++)
        if (lane_deserves(&core->lanes[i], kind, cpu_ns))
            return false;
    return true;
}

struct offload_job *core_cpu_take(struct core *core)
{
    struct offload_job *job = job_list_pop(&core->returned);
    uint64_t now_ns = clock_now(&core->options.clock);
    for (unsigned i = 0; job == NULL && i < OFFLOAD_KINDS; i++) {
        unsigned kind = (core->next_kind + i) % OFFLOAD_KINDS;
        if (cpu_may_take(core, (enum offload_kind)kind, now_ns)) {
            job = job_list_pop(&core->waiting[kind]);
            core->next_kind = kind + 1;
        }
    }
    if (job != NULL) {
        assert(job->place == PLACE_RETURNED || job->place == PLACE_WAITING);
        job->place = PLACE_ON_CPU;
    }
    return job;
}

/* The card has answered this job, and so has the CPU now: do they agree? */
static void compare_answers(struct core *core, const struct offload_job *job,
                            const struct offload_answer *answer)
{
    struct lane *lane = &core->lanes[job->card];
    bool same = job->card_valid == answer->valid &&
                memcmp(job->result, answer->result, sizeof job->result) == 0;
    core->kinds[job->kind].rechecked++;
    if (!same && lane->epoch == job->epoch && lane->state == LANE_UP) {
        lane->suspect = true;
        wake_lanes(core, job->kind);
    }
}

void core_cpu_run(struct core *core, struct digest_context *context, struct offload_job *job)
{
    struct offload_answer answer;
    uint64_t start_ns = clock_now(&core->options.clock);
    offload_cpu_answer(context, job->kind, job->input, job->bytes, &answer);
    uint64_t elapsed_ns = clock_now(&core->options.clock) - start_ns;
    bool valid = offload_answer_satisfies(&answer, job->kind, job->expected);

    struct job_list done = {0};
    pthread_mutex_lock(&core->lock);
    uint64_t *rate = &core->cpu_ps_per_unit[job->kind];
    *rate = rate_update(*rate, elapsed_ns, job_units(job));
    if (job->recheck)
        compare_answers(core, job, &answer);
    memcpy(job->result, answer.result, sizeof job->result);
    job->engine_cycles = 0;
    core_settle(core, job, valid);
    pthread_mutex_unlock(&core->lock);
    job_list_push(&done, job);
    core_call_done(core, &done);
}

bool core_cpu_step(struct core *core, struct digest_context *context)
{
    pthread_mutex_lock(&core->lock);
    struct offload_job *job = core_cpu_take(core);
    pthread_mutex_unlock(&core->lock);
    if (job == NULL)
        return false;
    core_cpu_run(core, context, job);
    return true;
}

/* Invalid answers are looked at again while there is credit, so that a flood of bad signatures does
 * not undo what the card gives; valid ones by a sample. */
bool core_wants_recheck(struct core *core, bool valid)
{
    if (++core->recheck_earned % ANSWERS_PER_RECHECK == 0 &&
        core->recheck_credit < core->options.recheck_budget)
        core->recheck_credit++;
    if (valid)
        return ++core->sample % core->options.recheck_one_in == 0;
    if (core->recheck_credit == 0)
        return false;
    core->recheck_credit--;
    return true;
}

/* ------------------------------------------------------------------ events */

void core_event(struct core *core, struct lane *lane, enum offload_reason reason, const char *text)
{
    uint64_t now_ns = clock_now(&core->options.clock);
    lane->stats.reasons[reason]++;
    if (core->event_count > 0) {
        struct offload_event *last = &core->events[(core->event_count - 1) % OFFLOAD_EVENTS_MAX];
        if (last->card == lane->index && last->reason == reason && strcmp(last->text, text) == 0) {
            last->count++;
            last->time_ns = now_ns;
            return;
        }
    }
    struct offload_event *event = &core->events[core->event_count++ % OFFLOAD_EVENTS_MAX];
    *event = (struct offload_event){.number = core->event_count,
                                    .time_ns = now_ns,
                                    .count = 1,
                                    .card = lane->index,
                                    .reason = reason};
    snprintf(event->text, sizeof event->text, "%s", text);
}
