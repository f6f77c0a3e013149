// SPDX-License-Identifier: Apache-2.0
#include "host/api/feed.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host/api/block_traces.h"
#include "host/api/event_text.h"

#define BULLETIN_BYTES        (1u << 20)  /* a bulletin is closed when it has so many, */
#define BULLETIN_TRANSACTIONS 256u        /* or so many transactions */
#define OWN_BYTES_MAX         (64u << 20) /* of what is replayed at a time */
#define REPLAY_TRANSACTIONS   16u         /* at a time: others wait for this thread, too */
#define BULLETIN_BYTES_MAX    (16u << 20) /* one transaction may have many */

/* ------------------------------------------------------------------ what there is */
enum news_kind { NEWS_BLOCK, NEWS_UNDONE, NEWS_FINAL, NEWS_IDLE };

/* What the chain said, until the feed's thread has made text of it. */
struct news {
    enum news_kind kind;
    uint32_t height;
    struct block_header header;
    block_id_t id;
    unsigned count;
    struct transaction_trace **traces;
};

/* A piece of the event stream. Of a block there are one or more; the last one has the block's own
 * event. */
struct bulletin {
    struct bulletin *next;
    enum news_kind kind;
    uint32_t height;
    bool last;        /* of its block */
    unsigned readers; /* subscriptions that stand here */
    char *text;
    size_t size;
    unsigned count; /* transactions, each with its end in the text; what follows is for everybody */
    struct {
        size_t end;
        struct transaction_trace *trace;
    } transactions[BULLETIN_TRANSACTIONS];
};

enum subscription_state {
    SUBSCRIPTION_REPLAYS, /* reads blocks from the log */
    SUBSCRIPTION_FOLLOWS, /* stands at a bulletin, or behind the last one */
    SUBSCRIPTION_LEAVES,  /* has the text of its last event; or nothing, then it is at the end */
};

/* Under the feed's lock, but for what is its reader's. */
struct subscription {
    struct feed *feed;
    struct subscription_options options;
    enum subscription_state state;
    struct subscription *next;
    bool sleeps;
    uint32_t height;     /* blocks below have been read, or are not wanted */
    bool begun;          /* replays: a part of the block of this height has been read */
    bool undone;         /* while it replayed: to be told, with its height */
    bool dropped;        /* to be told */
    struct bulletin *at; /* follows: NULL: behind the last one */
    unsigned item;       /* of the bulletin: the transaction that is read, */
    size_t offset;       /* and where in the text */
    struct out own;      /* text of its own: of the replay, or its last event */
    size_t own_offset;
    struct out rest;              /* of the event that it was reading when it was dropped */
    struct block_traces replayed; /* the reader's, too: the block under way */
};

/* INVARIANTS
 *   1. bulletins are in a row from `oldest` to `newest`; `bytes` is their sum.
 *   2. at->readers counts the subscriptions that stand there; the oldest has at least one.
 *   3. Of blocks up to `height` all bulletins have been published, or are about to be; a block
 *      beyond has none, and is in the news when the chain has it. */
struct feed {
    struct chain *chain;
    struct abi_cache *abis;
    unsigned subscribers_max;
    size_t bytes_max;
    pthread_t thread;

    pthread_mutex_t news_lock; /* taken under the chain's, and under `lock` */
    pthread_cond_t has_news;
    struct news news[NEWS_MAX];
    unsigned news_first, news_count;
    bool listened; /* there has been a subscription */
    bool stop;
    bool overflowed;          /* news were lost; */
    uint32_t overflow_height; /* where the chain stands by the last of them */

    pthread_mutex_t lock;
    struct subscription *subscriptions;
    unsigned count;
    uint64_t dropped;
    uint32_t height;
    struct bulletin *oldest, *newest;
    size_t bytes;
    bool ended;
};

/* ------------------------------------------------------------------ news */
static void news_clear(struct news *news)
{
    for (unsigned i = 0; i < news->count; i++)
        trace_release(news->traces[i]);
    free(news->traces);
    news->traces = NULL;
    news->count = 0;
}

/* Where the chain stands behind these news; `before` when they do not say. */
static uint32_t height_behind(enum news_kind kind, uint32_t height, uint32_t before)
{
    return kind == NEWS_BLOCK ? height : kind == NEWS_UNDONE ? height - 1 : before;
}

/* A place for more, or NULL: nobody listens, or there are too many. The lock is held. */
static struct news *news_place(struct feed *feed, enum news_kind kind, uint32_t height)
{
    if (!feed->listened || feed->stop)
        return NULL;
    if (feed->news_count == NEWS_MAX || feed->overflowed) {
        feed->overflowed = true;
        feed->overflow_height = height_behind(kind, height, feed->overflow_height);
        return NULL;
    }
    struct news *news = &feed->news[(feed->news_first + feed->news_count++) % NEWS_MAX];
    *news = (struct news){.kind = kind, .height = height};
    feed->overflow_height = height_behind(kind, height, feed->overflow_height);
    pthread_cond_signal(&feed->has_news);
    return news;
}

static void add_news(struct feed *feed, enum news_kind kind, uint32_t height)
{
    pthread_mutex_lock(&feed->news_lock);
    news_place(feed, kind, height);
    pthread_mutex_unlock(&feed->news_lock);
}

void feed_block(struct feed *feed, const struct block *block,
                struct transaction_trace *const *traces)
{
    unsigned count = block->receipt_count;
    struct transaction_trace **kept = malloc((count + 1) * sizeof *kept);
    pthread_mutex_lock(&feed->news_lock);
    struct news *news = news_place(feed, NEWS_BLOCK, block_id_height(&block->id));
    if (news != NULL) {
        news->header = block->header;
        news->id = block->id;
        for (unsigned i = 0; kept != NULL && i < count; i++)
            kept[i] = trace_acquire(traces[i]);
        news->traces = kept;
        news->count = kept != NULL ? count : 0;
        kept = NULL;
    }
    pthread_mutex_unlock(&feed->news_lock);
    free(kept);
}

void feed_undone(struct feed *feed, uint32_t height)
{
    add_news(feed, NEWS_UNDONE, height);
}

void feed_final(struct feed *feed, uint32_t height)
{
    add_news(feed, NEWS_FINAL, height);
}

/* ------------------------------------------------------------------ bulletins, locked */
static void wake(struct subscription *subscription)
{
    if (subscription->sleeps) {
        subscription->sleeps = false;
        subscription->options.wake(subscription->options.user);
    }
}

static void bulletin_free(struct bulletin *bulletin)
{
    for (unsigned i = 0; i < bulletin->count; i++)
        trace_release(bulletin->transactions[i].trace);
    free(bulletin->text);
    free(bulletin);
}

/* Drops what everybody has read. */
static void trim(struct feed *feed)
{
    while (feed->oldest != NULL && feed->oldest->readers == 0) {
        struct bulletin *bulletin = feed->oldest;
        feed->oldest = bulletin->next;
        if (feed->oldest == NULL)
            feed->newest = NULL;
        feed->bytes -= bulletin->size;
        bulletin_free(bulletin);
    }
}

static void stand_at(struct subscription *subscription, struct bulletin *bulletin)
{
    if (subscription->at != NULL)
        subscription->at->readers--;
    subscription->at = bulletin;
    subscription->item = 0;
    subscription->offset = 0;
    if (bulletin != NULL)
        bulletin->readers++;
}

/* Where the event ends that stands at the subscription's offset: a transaction's, or what follows
 * the last of them. */
static size_t item_end(const struct subscription *subscription)
{
    const struct bulletin *bulletin = subscription->at;
    return subscription->item < bulletin->count ? bulletin->transactions[subscription->item].end
                                                : bulletin->size;
}

/* The bulletin has been read: its block is, or is taken back. */
static void note_height(struct subscription *subscription)
{
    const struct bulletin *bulletin = subscription->at;
    if (bulletin->kind == NEWS_BLOCK && bulletin->last && bulletin->height >= subscription->height)
        subscription->height = bulletin->height + 1;
    if (bulletin->kind == NEWS_UNDONE && bulletin->height < subscription->height)
        subscription->height = bulletin->height;
}

/* The bulletin goes: keeps what is left of an event of which a part has been read, since nothing
 * may follow a torn one. */
static void keep_rest(struct subscription *subscription)
{
    const struct bulletin *bulletin = subscription->at;
    unsigned item = subscription->item;
    size_t start = item > 0 ? bulletin->transactions[item - 1].end : 0;
    size_t end = item_end(subscription);
    if (subscription->offset <= start)
        return;
    if (subscription->offset < end)
        out_raw(&subscription->rest, bulletin->text + subscription->offset,
                end - subscription->offset);
    if (item == bulletin->count)
        note_height(subscription);
}

/* Lets a subscription go; it is told from where to go on, if there is memory for that. */
static void drop(struct feed *feed, struct subscription *subscription)
{
    if (subscription->state == SUBSCRIPTION_LEAVES)
        return;
    if (subscription->at != NULL)
        keep_rest(subscription);
    stand_at(subscription, NULL);
    subscription->state = SUBSCRIPTION_LEAVES;
    subscription->dropped = !subscription->rest.failed;
    feed->dropped++;
    wake(subscription);
}

/* Those that stand at `bulletin`; NULL: all. */
static void drop_at(struct feed *feed, const struct bulletin *bulletin)
{
    for (struct subscription *one = feed->subscriptions; one != NULL; one = one->next)
        if (bulletin == NULL || one->at == bulletin)
            drop(feed, one);
    trim(feed);
}

/* Takes the bulletin over. */
static void publish(struct feed *feed, struct bulletin *bulletin)
{
    bool read = false;
    *(feed->newest != NULL ? &feed->newest->next : &feed->oldest) = bulletin;
    feed->newest = bulletin;
    feed->bytes += bulletin->size;
    for (struct subscription *one = feed->subscriptions; one != NULL; one = one->next)
        if (one->state == SUBSCRIPTION_FOLLOWS) {
            read = true;
            if (one->at == NULL)
                stand_at(one, bulletin);
            wake(one);
        }
    if (!read)
        trim(feed);
    while (feed->bytes > feed->bytes_max && feed->oldest != feed->newest)
        drop_at(feed, feed->oldest);
}

/* Those that replay and have come to it do not read the bulletin that says so. */
static void take_back(struct feed *feed, uint32_t height)
{
    for (struct subscription *one = feed->subscriptions; one != NULL; one = one->next)
        if (one->state == SUBSCRIPTION_REPLAYS &&
            (one->height > height || (one->height == height && one->begun))) {
            one->undone = true;
            one->begun = false;
            one->height = height;
        }
}

/* ------------------------------------------------------------------ the feed's thread */
/* Closes a bulletin's text and publishes it; all readers are let go when memory is out. */
static void publish_text(struct feed *feed, struct bulletin *bulletin, struct out *text)
{
    pthread_mutex_lock(&feed->lock);
    if (bulletin == NULL || text->failed) {
        drop_at(feed, NULL);
        if (bulletin != NULL)
            bulletin_free(bulletin);
        out_free(text);
    } else {
        bulletin->text = text->text;
        bulletin->size = text->size;
        out_init(text, text->limit); /* the text is the bulletin's */
        publish(feed, bulletin);
    }
    pthread_mutex_unlock(&feed->lock);
}

/* The chain stands where the news say. True when there is anybody to tell. */
static bool move(struct feed *feed, const struct news *news)
{
    pthread_mutex_lock(&feed->lock);
    feed->height = height_behind(news->kind, news->height, feed->height);
    if (news->kind == NEWS_UNDONE)
        take_back(feed, news->height);
    bool heard = feed->count != 0;
    pthread_mutex_unlock(&feed->lock);
    return heard;
}

/* Writes transactions from `first` on until a bulletin is full; returns the next one. */
static unsigned write_transactions(struct feed *feed, struct bulletin *bulletin, struct out *text,
                                   const struct news *news, unsigned first)
{
    while (first < news->count && bulletin != NULL && bulletin->count < BULLETIN_TRANSACTIONS &&
           text->size < BULLETIN_BYTES && !text->failed) {
        struct transaction_trace *trace = news->traces[first++];
        event_transaction(text, feed->abis, &news->id, trace);
        bulletin->transactions[bulletin->count].end = text->size;
        bulletin->transactions[bulletin->count++].trace = trace_acquire(trace);
    }
    return first;
}

static void write_end(struct out *text, const struct news *news)
{
    switch (news->kind) {
    case NEWS_BLOCK:
        event_block(text, &news->header, &news->id, news->count);
        break;
    case NEWS_UNDONE:
        event_undone(text, news->height);
        break;
    case NEWS_FINAL:
        event_final(text, news->height);
        break;
    case NEWS_IDLE:
        event_idle(text);
        break;
    }
}

static void report(struct feed *feed, const struct news *news)
{
    struct out text;
    unsigned next = 0;
    bool last = false;
    out_init(&text, BULLETIN_BYTES_MAX);
    while (!last) {
        struct bulletin *bulletin = calloc(1, sizeof *bulletin);
        next = write_transactions(feed, bulletin, &text, news, next);
        last = next == news->count || bulletin == NULL || text.failed;
        if (last)
            write_end(&text, news);
        if (bulletin != NULL) {
            bulletin->kind = news->kind;
            bulletin->height = news->height;
            bulletin->last = last;
        }
        publish_text(feed, bulletin, &text);
    }
}

/* Waits for news. False: it is time to end. */
static bool take_news(struct feed *feed, struct news *news)
{
    struct timespec until;
    int waited = 0;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += FEED_IDLE_S;
    while (feed->news_count == 0 && !feed->stop && waited == 0)
        waited = pthread_cond_timedwait(&feed->has_news, &feed->news_lock, &until);
    if (feed->stop)
        return false;
    if (feed->news_count != 0) {
        *news = feed->news[feed->news_first];
        feed->news_first = (feed->news_first + 1) % NEWS_MAX;
        feed->news_count--;
    } else {
        *news = (struct news){.kind = NEWS_IDLE};
    }
    return true;
}

/* All news that were kept have been told; others were lost behind them, and everybody has to ask
 * again. None is kept before this is done. */
static void end_overflow(struct feed *feed)
{
    pthread_mutex_lock(&feed->lock);
    pthread_mutex_lock(&feed->news_lock);
    feed->height = feed->overflow_height;
    feed->overflowed = false;
    pthread_mutex_unlock(&feed->news_lock);
    drop_at(feed, NULL);
    pthread_mutex_unlock(&feed->lock);
}

static void *run(void *user)
{
    struct feed *feed = user;
    struct news news;
    pthread_mutex_lock(&feed->news_lock);
    while (take_news(feed, &news)) {
        bool overflowed = feed->overflowed && feed->news_count == 0;
        pthread_mutex_unlock(&feed->news_lock);
        if (move(feed, &news))
            report(feed, &news);
        news_clear(&news);
        if (overflowed)
            end_overflow(feed);
        pthread_mutex_lock(&feed->news_lock);
    }
    pthread_mutex_unlock(&feed->news_lock);
    return NULL;
}

/* ------------------------------------------------------------------ life */
struct feed *feed_create(struct chain *chain, struct abi_cache *abis, unsigned subscribers_max,
                         size_t bytes_max)
{
    struct feed *feed = calloc(1, sizeof *feed);
    pthread_condattr_t monotonic;
    if (feed == NULL)
        return NULL;
    feed->chain = chain;
    feed->abis = abis;
    feed->subscribers_max = subscribers_max;
    feed->bytes_max = bytes_max;
    pthread_mutex_init(&feed->lock, NULL);
    pthread_mutex_init(&feed->news_lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&feed->has_news, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (pthread_create(&feed->thread, NULL, run, feed) == 0)
        return feed;
    pthread_cond_destroy(&feed->has_news);
    pthread_mutex_destroy(&feed->news_lock);
    pthread_mutex_destroy(&feed->lock);
    free(feed);
    return NULL;
}

void feed_stop(struct feed *feed)
{
    pthread_mutex_lock(&feed->news_lock);
    feed->stop = true;
    pthread_cond_signal(&feed->has_news);
    pthread_mutex_unlock(&feed->news_lock);
    pthread_mutex_lock(&feed->lock);
    feed->ended = true;
    for (struct subscription *one = feed->subscriptions; one != NULL; one = one->next) {
        stand_at(one, NULL);
        one->state = SUBSCRIPTION_LEAVES;
        wake(one);
    }
    trim(feed);
    pthread_mutex_unlock(&feed->lock);
}

void feed_destroy(struct feed *feed)
{
    if (feed == NULL)
        return;
    feed_stop(feed);
    pthread_join(feed->thread, NULL);
    assert(feed->subscriptions == NULL && feed->oldest == NULL);
    for (unsigned i = 0; i < feed->news_count; i++)
        news_clear(&feed->news[(feed->news_first + i) % NEWS_MAX]);
    pthread_cond_destroy(&feed->has_news);
    pthread_mutex_destroy(&feed->news_lock);
    pthread_mutex_destroy(&feed->lock);
    free(feed);
}

void feed_stats(struct feed *feed, struct feed_stats *stats)
{
    pthread_mutex_lock(&feed->lock);
    stats->subscribers = feed->count;
    stats->dropped = feed->dropped;
    pthread_mutex_unlock(&feed->lock);
}

/* ------------------------------------------------------------------ subscriptions */
/* The first one finds out where the chain stands; from then on the news say it. */
static void listen(struct feed *feed, uint32_t head)
{
    pthread_mutex_lock(&feed->news_lock);
    if (!feed->listened) {
        feed->listened = true;
        feed->height = feed->overflow_height = head;
    }
    pthread_mutex_unlock(&feed->news_lock);
}

struct subscription *feed_subscribe(struct feed *feed, const struct subscription_options *options)
{
    struct subscription *subscription = calloc(1, sizeof *subscription);
    if (subscription == NULL)
        return NULL;
    bool replays = options->from_height != 0;
    subscription->feed = feed;
    subscription->options = *options;
    subscription->state = replays ? SUBSCRIPTION_REPLAYS : SUBSCRIPTION_FOLLOWS;
    out_init(&subscription->own, OWN_BYTES_MAX);
    out_init(&subscription->rest, BULLETIN_BYTES_MAX);
    chain_lock(feed->chain); /* no block comes in between */
    uint32_t head = chain_head(feed->chain);
    subscription->height = replays ? options->from_height : head + 1;
    pthread_mutex_lock(&feed->lock);
    bool accepted = !feed->ended && feed->count < feed->subscribers_max;
    if (accepted) {
        listen(feed, head);
        subscription->next = feed->subscriptions;
        feed->subscriptions = subscription;
        feed->count++;
    }
    pthread_mutex_unlock(&feed->lock);
    chain_unlock(feed->chain);
    if (accepted)
        return subscription;
    free(subscription);
    return NULL;
}

void subscription_close(struct subscription *subscription)
{
    struct feed *feed = subscription->feed;
    pthread_mutex_lock(&feed->lock);
    struct subscription **link = &feed->subscriptions;
    while (*link != subscription)
        link = &(*link)->next;
    *link = subscription->next;
    stand_at(subscription, NULL);
    trim(feed);
    feed->count--;
    pthread_mutex_unlock(&feed->lock);
    block_traces_close(&subscription->replayed);
    out_free(&subscription->own);
    out_free(&subscription->rest);
    free(subscription);
}

/* Chooses what the text of its own has next. Locked. True with the height of a block to replay. */
static bool prepare(struct subscription *subscription, uint32_t *height)
{
    struct feed *feed = subscription->feed;
    out_reset(&subscription->own);
    subscription->own_offset = 0;
    if (subscription->undone || subscription->state == SUBSCRIPTION_LEAVES)
        block_traces_close(&subscription->replayed);
    if (subscription->undone) {
        subscription->undone = false;
        event_undone(&subscription->own, subscription->height);
    } else if (subscription->dropped) {
        subscription->dropped = false;
        out_raw(&subscription->own, subscription->rest.text, subscription->rest.size);
        event_dropped(&subscription->own, subscription->height);
    } else if (subscription->state == SUBSCRIPTION_REPLAYS) {
        *height = subscription->height;
        if (subscription->begun || subscription->height <= feed->height)
            return subscription->begun = true;
        subscription->state = SUBSCRIPTION_FOLLOWS; /* what comes behind the last bulletin */
    }
    return false;
}

/* Some more of the block that is replayed, into the text of its own. */
static void replay_some(struct subscription *subscription)
{
    struct feed *feed = subscription->feed;
    struct block_traces *replayed = &subscription->replayed;
    const struct block *block = replayed->block;
    for (unsigned i = 0; i < REPLAY_TRANSACTIONS && replayed->next < block->receipt_count; i++) {
        struct transaction_trace *trace = block_traces_next(replayed);
        if (trace != NULL && event_touches(trace, subscription->options.account))
            event_transaction(&subscription->own, feed->abis, &block->id, trace);
        trace_release(trace);
    }
    if (replayed->next == block->receipt_count) {
        event_block(&subscription->own, &block->header, &block->id, block->receipt_count);
        block_traces_close(replayed);
    }
}

/* Moves on to the next bulletin. */
static void pass(struct subscription *subscription)
{
    note_height(subscription);
    stand_at(subscription, subscription->at->next);
    trim(subscription->feed);
}

/* Moves over what is not wanted, and on to the next bulletin. Locked. False: nothing is left to
 * read. */
static bool advance(struct subscription *subscription)
{
    while (subscription->at != NULL) {
        const struct bulletin *bulletin = subscription->at;
        if (bulletin->kind == NEWS_BLOCK && bulletin->height < subscription->height)
            subscription->offset = bulletin->size; /* it has this block */
        while (subscription->item < bulletin->count && subscription->offset < bulletin->size) {
            size_t end = bulletin->transactions[subscription->item].end;
            bool wanted = event_touches(bulletin->transactions[subscription->item].trace,
                                        subscription->options.account);
            if (wanted && subscription->offset < end)
                return true;
            subscription->offset = end;
            subscription->item++;
        }
        if (subscription->offset < bulletin->size)
            return true;
        pass(subscription);
    }
    return false;
}

/* From the bulletins. Locked. */
static size_t copy_bulletins(struct subscription *subscription, char *to, size_t bytes)
{
    size_t copied = 0;
    while (copied < bytes && advance(subscription)) {
        const struct bulletin *bulletin = subscription->at;
        size_t count = item_end(subscription) - subscription->offset;
        if (count > bytes - copied)
            count = bytes - copied;
        memcpy(to + copied, bulletin->text + subscription->offset, count);
        subscription->offset += count;
        copied += count;
    }
    return copied;
}

static size_t copy_own(struct subscription *subscription, char *to, size_t bytes)
{
    size_t count = subscription->own.size - subscription->own_offset;
    if (count > bytes)
        count = bytes;
    if (count != 0)
        memcpy(to, subscription->own.text + subscription->own_offset, count);
    subscription->own_offset += count;
    return count;
}

/* Goes on with the block that is replayed, or begins with the next one, whose height the caller
 * has chosen. False: it cannot be read. */
static bool replay(struct subscription *subscription, uint32_t height)
{
    struct ledger_error error;
    if (subscription->replayed.block == NULL &&
        !block_traces_open(&subscription->replayed, subscription->feed->chain, height, &error))
        return false;
    replay_some(subscription);
    return !subscription->own.failed;
}

/* Moves on behind a block that has been read, or gives up. */
static void end_replay(struct subscription *subscription, bool read)
{
    struct feed *feed = subscription->feed;
    pthread_mutex_lock(&feed->lock);
    if (!read) {
        drop(feed, subscription);
    } else if (subscription->begun && subscription->replayed.block == NULL) {
        subscription->begun = false;
        subscription->height++;
    }
    pthread_mutex_unlock(&feed->lock);
}

/* Makes text of its own. False: there is none. */
static bool refill(struct subscription *subscription)
{
    struct feed *feed = subscription->feed;
    uint32_t height;
    bool replays;
    do {
        pthread_mutex_lock(&feed->lock);
        replays = prepare(subscription, &height);
        pthread_mutex_unlock(&feed->lock);
        if (replays)
            end_replay(subscription, replay(subscription, height));
    } while (replays && subscription->own.size == 0); /* nothing of it was wanted */
    return subscription->own.size != 0;
}

ssize_t subscription_read(struct subscription *subscription, char *to, size_t bytes)
{
    struct feed *feed = subscription->feed;
    ssize_t count;
    bool told;
    do {
        do {
            count = (ssize_t)copy_own(subscription, to, bytes);
            if (count != 0)
                return count;
        } while (refill(subscription));
        pthread_mutex_lock(&feed->lock);
        count = (ssize_t)copy_bulletins(subscription, to, bytes);
        told = subscription->undone || subscription->dropped; /* in between */
        if (count == 0 && !told && subscription->state == SUBSCRIPTION_LEAVES)
            count = -1;
        if (count == 0 && !told) {
            subscription->sleeps = true;
            subscription->options.sleep(subscription->options.user);
        }
        pthread_mutex_unlock(&feed->lock);
    } while (count == 0 && told);
    return count;
}
