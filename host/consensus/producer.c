// SPDX-License-Identifier: Apache-2.0
#include "host/consensus/producer.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "host/base/clock.h"
#include "host/base/log.h"
#include "host/consensus/syncer.h"

/* Executed under one hold of the chain's lock: so many transactions, or so long. */
#define BATCH       64u
#define HOLD_NS_MAX (5 * CLOCK_NS_PER_MS)
/* What most transactions take of memory; more of the next ones does no harm. */
#define LINE_BYTES    64u
#define FETCHED_LINES 8u
/* From a wake-up to the execution of what has become ready by then: a wake-up for each transaction
 * would cost as much as its execution, and find the caches cold. */
#define GATHER_MS 2
/* The loop's clock and the wall clock may differ: looked at again so often. */
#define LOOK_MS_MAX 1000
/* An open block this far in the future: the clock was set back. */
#define AHEAD_MS (4 * (int64_t)SLOT_MS)

struct counters {
    _Atomic uint64_t blocks, slots_missed, transactions, failed_transactions, seal_us_total;
};

struct producer {
    struct producer_options options;
    struct syncer syncer;
    uv_timer_t timer;  /* the end of the slot */
    uv_timer_t gather; /* the next batch */
    uv_async_t wake;
    pthread_mutex_t wake_lock; /* of `awake`: intake may wake while the loop closes */
    bool awake;                /* `wake` is there to be sent */

    bool open;         /* a block is pending */
    bool full;         /* and takes nothing more */
    uint32_t slot;     /* of the block that is open, or was last */
    unsigned in_block; /* transactions in it */
    bool failed;       /* the disk or the signer: nothing more is made */
    bool stopping;
    unsigned handles_open;
    void (*stopped)(void *user);
    void *stopped_user;
    struct counters counters;
};

static void try_open(struct producer *producer);
static void try_end(struct producer *producer);

/* ------------------------------------------------------------------ time */

static int64_t unix_ms(const struct producer *producer)
{
    return producer->options.unix_ms(producer->options.clock_context);
}

/* The slot that time stands in: the one that has begun last. */
static uint32_t slot_now(const struct producer *producer)
{
    int64_t since_ms = unix_ms(producer) - SLOT_EPOCH_UNIX_MS;
    return since_ms < 0 ? 0 : (uint32_t)(since_ms / SLOT_MS);
}

static void on_timer(uv_timer_t *timer);

static void arm_timer(struct producer *producer)
{
    int64_t left_ms = slot_unix_ms(producer->slot) - unix_ms(producer);
    if (left_ms < 0)
        left_ms = 0;
    if (left_ms > LOOK_MS_MAX)
        left_ms = LOOK_MS_MAX;
    uv_update_time(producer->options.loop); /* what was executed since took its time */
    (void)uv_timer_start(&producer->timer, on_timer, (uint64_t)left_ms, 0);
}

/* ------------------------------------------------------------------ failing */

static void on_fatal(void *user, const char *text)
{
    struct producer *producer = user;
    producer->failed = true;
    producer->options.fatal(producer->options.user, text);
}

static void on_progress(void *user)
{
    try_open(user);
    try_end(user);
}

/* ------------------------------------------------------------------ executing */

struct executed {
    struct intake_entry *entry;
    struct transaction_trace *trace; /* NULL: stays for the next block */
};

static bool keys_were_wrong(const struct transaction_trace *trace)
{
    return !trace->executed && (trace->error.code == LEDGER_UNSATISFIED_AUTHORIZATION ||
                                trace->error.code == LEDGER_IRRELEVANT_SIG);
}

static struct transaction_trace *push(struct producer *producer, const struct intake_entry *entry)
{
    return chain_push(producer->options.chain, entry->transaction, entry->keys, entry->key_count,
                      CHAIN_INCLUDE);
}

static struct transaction_trace *execute(struct producer *producer, struct intake_entry *entry)
{
    struct transaction_trace *trace = push(producer, entry);
    if (keys_were_wrong(trace) && entry->by_card &&
        intake_recheck(producer->options.intake, entry)) {
        trace_release(trace);
        trace = push(producer, entry);
    }
    return trace;
}

/* A block in which nothing is yet refuses only what no block will ever take. */
static bool block_is_full(const struct producer *producer, const struct transaction_trace *trace)
{
    return !trace->executed && producer->in_block > 0 &&
           (trace->error.code == LEDGER_BLOCK_CPU_EXCEEDED ||
            trace->error.code == LEDGER_BLOCK_NET_EXCEEDED);
}

/* A worker or the API's thread wrote it last, so it is in another core's cache. The one behind the
 * next, so that there is time. */
static void fetch_ahead(const struct executed *batch, unsigned i, unsigned count)
{
    if (i + 2 >= count)
        return;
    const uint8_t *transaction = (const uint8_t *)batch[i + 2].entry->transaction;
    for (unsigned line = 0; line < FETCHED_LINES; line++)
        __builtin_prefetch(transaction + (size_t)line * LINE_BYTES);
}

/* Fills in the traces until the block is full, or the lock was held long enough. */
static void execute_batch(struct producer *producer, struct executed *batch, unsigned count)
{
    uint64_t start_ns = uv_hrtime();
    chain_lock(producer->options.chain);
    for (unsigned i = 0; i < count && !producer->full; i++) {
        fetch_ahead(batch, i, count);
        struct transaction_trace *trace = execute(producer, batch[i].entry);
        if (block_is_full(producer, trace)) {
            trace_release(trace);
            producer->full = true;
            break;
        }
        batch[i].trace = trace;
        producer->in_block += trace->executed;
        if (uv_hrtime() - start_ns >= HOLD_NS_MAX)
            break;
    }
    chain_unlock(producer->options.chain);
}

static void count_one(struct producer *producer, const struct transaction_trace *trace)
{
    if (trace->executed)
        atomic_fetch_add_explicit(&producer->counters.transactions, 1, memory_order_relaxed);
    else
        atomic_fetch_add_explicit(&producer->counters.failed_transactions, 1, memory_order_relaxed);
}

/* Answers are given without the lock: what a caller does with one is not the chain's business. */
static void answer_batch(struct producer *producer, const struct executed *batch, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (batch[i].trace == NULL) {
            intake_keep(producer->options.intake, batch[i].entry);
            continue;
        }
        count_one(producer, batch[i].trace);
        intake_finish(producer->options.intake, batch[i].entry, batch[i].trace);
        trace_release(batch[i].trace);
    }
}

static void on_gather(uv_timer_t *timer);

/* Has a batch executed in so many milliseconds. */
static void gather(struct producer *producer, unsigned ms)
{
    (void)uv_timer_start(&producer->gather, on_gather, ms, 0); /* fails without a function only */
}

/* Executes one batch, and comes again by way of the loop, so that its timer and whoever waits for
 * the lock have their turn. */
static void on_gather(uv_timer_t *timer)
{
    struct producer *producer = timer->data;
    struct executed batch[BATCH];
    unsigned count = 0;
    if (!producer->open || producer->full)
        return;
    while (count < BATCH && (batch[count].entry = intake_take(producer->options.intake)) != NULL)
        batch[count++].trace = NULL;
    if (count == 0)
        return;
    execute_batch(producer, batch, count);
    bool more = !producer->full && (count == BATCH || batch[count - 1].trace == NULL);
    answer_batch(producer, batch, count);
    if (more)
        gather(producer, 0);
}

static void on_wake(uv_async_t *async)
{
    struct producer *producer = async->data;
    if (producer->open && uv_is_active((uv_handle_t *)&producer->gather) == 0)
        gather(producer, GATHER_MS);
}

void producer_wake(void *context)
{
    struct producer *producer = context;
    pthread_mutex_lock(&producer->wake_lock);
    if (producer->awake) {
        int code = uv_async_send(&producer->wake);
        assert(code == 0); /* it fails only for a handle of another kind */
        (void)code;
    }
    pthread_mutex_unlock(&producer->wake_lock);
}

/* ------------------------------------------------------------------ blocks */

/* Slots of ours that lie between the last block and the next one. */
static void count_missed(struct producer *producer, uint32_t next)
{
    uint32_t slot = producer->slot;
    if (slot == 0)
        return; /* the first one since the start */
    while (schedule_next(producer->options.schedule, producer->options.name, slot + 1, &slot) &&
           slot < next)
        atomic_fetch_add_explicit(&producer->counters.slots_missed, 1, memory_order_relaxed);
}

static void warn_when_ahead(const struct producer *producer)
{
    int64_t ahead_ms = slot_unix_ms(producer->slot) - unix_ms(producer);
    if (producer->options.schedule->count == 1 && ahead_ms > AHEAD_MS)
        log_warn("the chain's last block, or the genesis, is ahead of this machine's clock: the "
                 "next block will be made in %lld s; check the clock",
                 (long long)(ahead_ms / 1000));
}

/* Opens a block for the next slot of ours, unless one is open or so many wait to become final that
 * the disk must catch up first: then on_progress comes here again. */
static void try_open(struct producer *producer)
{
    struct chain *chain = producer->options.chain;
    if (producer->open || producer->stopping || producer->failed)
        return;
    chain_lock(chain);
    uint32_t earliest = chain_head_header(chain)->slot + 1, slot;
    if (earliest <= slot_now(producer))
        earliest = slot_now(producer) + 1;
    bool ours = schedule_next(producer->options.schedule, producer->options.name, earliest, &slot);
    producer->open = ours && chain_head(chain) - chain_final(chain) < CHAIN_UNFINAL_MAX;
    if (producer->open)
        chain_start(chain, slot, producer->options.name);
    chain_unlock(chain);
    if (!producer->open)
        return;
    count_missed(producer, slot);
    producer->slot = slot;
    producer->in_block = 0;
    producer->full = false;
    warn_when_ahead(producer);
    arm_timer(producer);
    intake_expire(producer->options.intake, slot);
    gather(producer, 0);
}

static bool sign(void *user, const uint8_t digest[32], struct signature *signature)
{
    const struct producer *producer = user;
    return private_key_sign(&producer->options.key, digest, signature);
}

static void seal(struct producer *producer)
{
    char error[CHAIN_ERROR_SIZE];
    uint64_t start_ns = uv_hrtime();
    chain_lock(producer->options.chain);
    struct block *block = chain_seal(producer->options.chain, sign, producer, error);
    chain_unlock(producer->options.chain);
    uint64_t took_us = (uv_hrtime() - start_ns) / CLOCK_NS_PER_US;
    producer->open = false;
    if (block == NULL) {
        on_fatal(producer, error);
        return;
    }
    log_debug("block %u: %u transactions, sealed in %llu us", block_header_height(&block->header),
              block->receipt_count, (unsigned long long)took_us);
    atomic_fetch_add_explicit(&producer->counters.seal_us_total, took_us, memory_order_relaxed);
    atomic_fetch_add_explicit(&producer->counters.blocks, 1, memory_order_relaxed);
    block_free(block);
    syncer_sync(&producer->syncer);
}

static void on_timer(uv_timer_t *timer)
{
    struct producer *producer = timer->data;
    if (!producer->open)
        return;
    if (unix_ms(producer) < slot_unix_ms(producer->slot)) {
        arm_timer(producer);
        return;
    }
    seal(producer);
    try_open(producer);
}

/* ------------------------------------------------------------------ making and ending */

static struct producer *give_up(struct producer *producer)
{
    private_key_wipe(&producer->options.key);
    free(producer);
    return NULL;
}

struct producer *producer_create(const struct producer_options *options)
{
    struct producer *producer = calloc(1, sizeof *producer);
    if (producer == NULL)
        return NULL;
    producer->options = *options;
    producer->syncer = (struct syncer){.chain = options->chain,
                                       .loop = options->loop,
                                       .progress = on_progress,
                                       .fatal = on_fatal,
                                       .user = producer};
    chain_lock(options->chain);
    finality_init(&producer->syncer.finality, options->schedule->count,
                  chain_final(options->chain));
    chain_unlock(options->chain);
    if (pthread_mutex_init(&producer->wake_lock, NULL) != 0)
        return give_up(producer);
    if (uv_async_init(options->loop, &producer->wake, on_wake) != 0) {
        pthread_mutex_destroy(&producer->wake_lock);
        return give_up(producer);
    }
    (void)uv_timer_init(options->loop, &producer->timer); /* cannot fail */
    (void)uv_timer_init(options->loop, &producer->gather);
    producer->wake.data = producer->timer.data = producer->gather.data = producer;
    producer->handles_open = 3;
    producer->awake = true;
    syncer_sync(&producer->syncer); /* blocks of an earlier run become final, too */
    try_open(producer);
    return producer;
}

static void on_closed(uv_handle_t *handle)
{
    struct producer *producer = handle->data;
    if (--producer->handles_open == 0)
        producer->stopped(producer->stopped_user);
}

/* Closes the handles once nothing is under way any more. */
static void try_end(struct producer *producer)
{
    if (!producer->stopping || !syncer_idle(&producer->syncer) || !producer->awake)
        return;
    pthread_mutex_lock(&producer->wake_lock);
    producer->awake = false;
    pthread_mutex_unlock(&producer->wake_lock);
    uv_close((uv_handle_t *)&producer->timer, on_closed);
    uv_close((uv_handle_t *)&producer->gather, on_closed);
    uv_close((uv_handle_t *)&producer->wake, on_closed);
}

void producer_stop(struct producer *producer, void (*stopped)(void *user), void *user)
{
    assert(!producer->stopping);
    producer->stopping = true;
    producer->stopped = stopped;
    producer->stopped_user = user;
    (void)uv_timer_stop(&producer->timer);
    (void)uv_timer_stop(&producer->gather);
    if (producer->open && producer->in_block > 0 && !producer->failed) {
        seal(producer);
    } else if (producer->open) {
        chain_lock(producer->options.chain);
        chain_abort(producer->options.chain);
        chain_unlock(producer->options.chain);
        producer->open = false;
    }
    try_end(producer);
}

void producer_destroy(struct producer *producer)
{
    assert(producer->stopping && producer->handles_open == 0);
    private_key_wipe(&producer->options.key);
    pthread_mutex_destroy(&producer->wake_lock);
    free(producer);
}

void producer_stats(struct producer *producer, struct producer_stats *stats)
{
    struct counters *counters = &producer->counters;
    *stats = (struct producer_stats){
        .blocks = atomic_load_explicit(&counters->blocks, memory_order_relaxed),
        .slots_missed = atomic_load_explicit(&counters->slots_missed, memory_order_relaxed),
        .transactions = atomic_load_explicit(&counters->transactions, memory_order_relaxed),
        .failed_transactions =
            atomic_load_explicit(&counters->failed_transactions, memory_order_relaxed),
        .seal_us_total = atomic_load_explicit(&counters->seal_us_total, memory_order_relaxed),
    };
}
