// SPDX-License-Identifier: Apache-2.0
/* The threads of offload: one pump per card, and the CPU workers. What they do is in core.c and
 * lane.c. */
#include "host/offload/offload.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "host/crypto/digest.h"
#include "host/offload/core.h"

/* While jobs are left to a card, a worker looks again so often: rates and patience change with time
 * only. */
#define WORKER_LOOK_NS (5 * CLOCK_NS_PER_MS)
/* Longest sleep of a pump. */
#define PUMP_SLEEP_NS_MAX CLOCK_NS_PER_S

struct pump {
    struct offload *offload;
    struct lane *lane;
    pthread_t thread;
    bool running;
};

struct worker {
    struct offload *offload;
    struct digest_context *context;
    pthread_t thread;
    bool running;
};

struct offload {
    struct core core;
    struct pump pumps[OFFLOAD_CARDS_MAX];
    struct worker *workers;
    unsigned worker_count;
    bool lanes_stopped; /* under core.lock */
};

/* ------------------------------------------------------------------ waiting */

static struct timespec timespec_of(uint64_t ns)
{
    return (struct timespec){.tv_sec = (time_t)(ns / CLOCK_NS_PER_S),
                             .tv_nsec = (long)(ns % CLOCK_NS_PER_S)};
}

/* Waits on a condition for at most timeout_ns of real time. The lock is held. */
static void wait_for(pthread_cond_t *condition, pthread_mutex_t *lock, uint64_t timeout_ns)
{
    struct clock monotonic = clock_monotonic();
    struct timespec until = timespec_of(clock_now(&monotonic) + timeout_ns);
    int code = pthread_cond_clockwait(condition, lock, CLOCK_MONOTONIC, &until);
    assert(code == 0 || code == ETIMEDOUT);
    (void)code;
}

static bool is_stopping(struct core *core)
{
    pthread_mutex_lock(&core->lock);
    bool stopping = core->stopping;
    pthread_mutex_unlock(&core->lock);
    return stopping;
}

static void drain(int descriptor)
{
    uint64_t count;
    /* Nothing to read (EAGAIN) is as good as something read. */
    ssize_t got = read(descriptor, &count, sizeof count);
    (void)got;
}

static void sleep_for_card(struct lane *lane, uint64_t wait_ns)
{
    int card_fd = lane->state == LANE_UP ? lane->card.ops->descriptor(lane->card.context) : -1;
    struct pollfd descriptors[2] = {{.fd = lane->wake_fd, .events = POLLIN},
                                    {.fd = card_fd, .events = POLLIN}};
    struct timespec timeout =
        timespec_of(wait_ns < PUMP_SLEEP_NS_MAX ? wait_ns : PUMP_SLEEP_NS_MAX);
    int ready = ppoll(descriptors, 2, &timeout, NULL);
    if (ready > 0 && (descriptors[0].revents & POLLIN) != 0)
        drain(lane->wake_fd);
    if (ready > 0 && (descriptors[1].revents & POLLIN) != 0)
        drain(card_fd);
}

/* ------------------------------------------------------------------ threads */

static void *pump_main(void *argument)
{
    struct pump *pump = argument;
    struct lane *lane = pump->lane;
    while (!is_stopping(&pump->offload->core)) {
        if (lane_step(lane) == 0)
            continue;
        /* Armed, then looked again: what came in between is not slept over. */
        if (lane->state == LANE_UP)
            lane->card.ops->arm(lane->card.context);
        uint64_t wait_ns = lane_step(lane);
        if (wait_ns != 0)
            sleep_for_card(lane, wait_ns);
    }
    lane_stop(lane);
    return NULL;
}

static bool something_waits(const struct core *core)
{
    for (unsigned kind = 0; kind < OFFLOAD_KINDS; kind++)
        if (core->waiting[kind].count > 0)
            return true;
    return false;
}

static void *worker_main(void *argument)
{
    struct worker *worker = argument;
    struct core *core = &worker->offload->core;
    pthread_mutex_lock(&core->lock);
    for (;;) {
        struct offload_job *job = core_cpu_take(core);
        if (job != NULL) {
            pthread_mutex_unlock(&core->lock);
            core_cpu_run(core, worker->context, job);
            pthread_mutex_lock(&core->lock);
        } else if (worker->offload->lanes_stopped) {
            break; /* no lane can return anything any more, and nobody can submit */
        } else if (something_waits(core)) {
            wait_for(&core->work, &core->lock, WORKER_LOOK_NS);
        } else {
            pthread_cond_wait(&core->work, &core->lock);
        }
    }
    pthread_mutex_unlock(&core->lock);
    return NULL;
}

/* ------------------------------------------------------------------ making and ending */

static int start_workers(struct offload *offload)
{
    unsigned count = offload->core.options.workers;
    offload->workers = calloc(count, sizeof *offload->workers);
    if (offload->workers == NULL)
        return -1;
    offload->worker_count = count;
    for (unsigned i = 0; i < count; i++) {
        struct worker *worker = &offload->workers[i];
        worker->offload = offload;
        worker->context = digest_context_create();
        if (worker->context == NULL ||
            pthread_create(&worker->thread, NULL, worker_main, worker) != 0)
            return -1;
        worker->running = true;
    }
    return 0;
}

static int start_pumps(struct offload *offload)
{
    for (unsigned i = 0; i < offload->core.lane_count; i++) {
        struct pump *pump = &offload->pumps[i];
        pump->offload = offload;
        pump->lane = &offload->core.lanes[i];
        pump->lane->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
        if (pump->lane->wake_fd < 0)
            return -1;
        /* The first revival is done here, so that cards that are well get the first jobs. */
        (void)lane_step(pump->lane);
        if (pthread_create(&pump->thread, NULL, pump_main, pump) != 0)
            return -1;
        pump->running = true;
    }
    return 0;
}

static void stop_pumps(struct offload *offload)
{
    static const uint64_t one = 1;
    struct core *core = &offload->core;
    pthread_mutex_lock(&core->lock);
    core->stopping = true;
    pthread_mutex_unlock(&core->lock);
    for (unsigned i = 0; i < core->lane_count; i++) {
        struct pump *pump = &offload->pumps[i];
        if (pump->running) {
            ssize_t written =
                write(pump->lane->wake_fd, &one, sizeof one); /* a full counter wakes as well */
            (void)written;
            pthread_join(pump->thread, NULL);
        } else if (pump->lane != NULL) {
            lane_stop(pump->lane);
        }
    }
}

static void stop_workers(struct offload *offload)
{
    struct core *core = &offload->core;
    pthread_mutex_lock(&core->lock);
    offload->lanes_stopped = true;
    pthread_cond_broadcast(&core->work);
    pthread_mutex_unlock(&core->lock);
    for (unsigned i = 0; i < offload->worker_count; i++) {
        if (offload->workers[i].running)
            pthread_join(offload->workers[i].thread, NULL);
        digest_context_destroy(offload->workers[i].context);
    }
    free(offload->workers);
}

void offload_destroy(struct offload *offload)
{
    stop_pumps(offload);
    stop_workers(offload);
    for (unsigned i = 0; i < offload->core.lane_count; i++)
        if (offload->core.lanes[i].wake_fd >= 0)
            close(offload->core.lanes[i].wake_fd);
    core_destroy(&offload->core);
    free(offload);
}

int offload_create(const struct offload_options *options, struct offload **out,
                   char error[OFFLOAD_TEXT_SIZE])
{
    struct offload *offload = calloc(1, sizeof *offload);
    if (offload == NULL) {
        for (unsigned i = 0; i < options->card_count; i++)
            options->cards[i].ops->close(options->cards[i].context);
        snprintf(error, OFFLOAD_TEXT_SIZE, "out of memory");
        return -1;
    }
    if (core_init(&offload->core, options, error) != 0) {
        free(offload);
        return -1;
    }
    if (start_pumps(offload) != 0 || start_workers(offload) != 0) {
        snprintf(error, OFFLOAD_TEXT_SIZE, "no memory, threads or descriptors left");
        offload_destroy(offload);
        return -1;
    }
    *out = offload;
    return 0;
}

/* ------------------------------------------------------------------ calls from outside */

int offload_submit(struct offload *offload, struct offload_job *job)
{
    return core_submit(&offload->core, job);
}

bool offload_wait(struct offload *offload, unsigned jobs, uint64_t timeout_ns)
{
    struct core *core = &offload->core;
    struct clock monotonic = clock_monotonic();
    uint64_t start_ns = clock_now(&monotonic);
    pthread_mutex_lock(&core->lock);
    for (;;) {
        uint64_t passed_ns = clock_now(&monotonic) - start_ns;
        if (core->in_flight <= jobs || passed_ns >= timeout_ns)
            break;
        uint64_t left_ns = timeout_ns - passed_ns;
        wait_for(&core->room, &core->lock, left_ns < CLOCK_NS_PER_S ? left_ns : CLOCK_NS_PER_S);
    }
    bool reached = core->in_flight <= jobs;
    pthread_mutex_unlock(&core->lock);
    return reached;
}

void offload_stats(struct offload *offload, struct offload_stats *stats)
{
    struct core *core = &offload->core;
    memset(stats, 0, sizeof *stats);
    pthread_mutex_lock(&core->lock);
    memcpy(stats->kinds, core->kinds, sizeof stats->kinds);
    for (unsigned i = 0; i < core->lane_count; i++)
        stats->cards[i] = core->lanes[i].stats;
    stats->card_count = core->lane_count;
    stats->in_flight = core->in_flight;
    stats->events = core->event_count;
    pthread_mutex_unlock(&core->lock);
}

unsigned offload_events(struct offload *offload, uint64_t after, struct offload_event *events,
                        unsigned count)
{
    struct core *core = &offload->core;
    unsigned copied = 0;
    pthread_mutex_lock(&core->lock);
    uint64_t oldest =
        core->event_count > OFFLOAD_EVENTS_MAX ? core->event_count - OFFLOAD_EVENTS_MAX : 0;
    for (uint64_t i = after > oldest ? after : oldest; i < core->event_count && copied < count; i++)
        events[copied++] = core->events[i % OFFLOAD_EVENTS_MAX];
    pthread_mutex_unlock(&core->lock);
    return copied;
}
