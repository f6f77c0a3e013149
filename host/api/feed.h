/* SPDX-License-Identifier: Apache-2.0 */
/* What happens on the chain, for those who listen to /v1/events.
 *
 *   chain --feed_block, under its lock--> news --the feed's thread writes JSON--> bulletins
 *   --subscription_read, by the HTTP library's threads--> clients
 *
 * The text is written once and shared: a subscriber is a place in the row of bulletins, which are
 * kept until the last one has read them. Who wants blocks of the past reads them from the log by
 * itself, a block at a time, and joins the others when it has caught up.
 *
 * LIMITS. Bulletins of `bytes_max` wait to be read; who is behind by more is told from which
 * height on to ask again, and let go. NEWS_MAX events wait for the feed's thread; when it is behind
 * by more, everybody is let go so. */
#ifndef HOST_API_FEED_H
#define HOST_API_FEED_H

#include <sys/types.h>

#include "host/api/abi_cache.h"
#include "host/ledger/chain.h"

#define FEED_BYTES_MAX (64u << 20) /* what the server takes for bytes_max */
#define NEWS_MAX       64u
#define FEED_IDLE_S    15u /* a comment is sent when nothing happens for so long */

struct feed;
struct subscription;

/* Answers nobody before the first subscription. NULL: no memory, no thread. */
struct feed *feed_create(struct chain *chain, struct abi_cache *abis, unsigned subscribers_max,
                         size_t bytes_max);
/* Ends all subscriptions: each reader gets the end. News that come after are dropped. */
void feed_stop(struct feed *feed);
/* All subscriptions must be closed, and the chain must not change any more. NULL is allowed. */
void feed_destroy(struct feed *feed);

/* The chain's listener, under its lock. */
void feed_block(struct feed *feed, const struct block *block,
                struct transaction_trace *const *traces);
void feed_undone(struct feed *feed, uint32_t height);
void feed_final(struct feed *feed, uint32_t height);

struct subscription_options {
    name_t account;       /* only transactions that touch it; 0: all */
    uint32_t from_height; /* 0: what comes from now on */
    /* There is nothing to read: called before subscription_read returns 0. */
    void (*sleep)(void *user);
    /* There is, after that. Any thread; both must not block, and call nothing of the feed. */
    void (*wake)(void *user);
    void *user;
};

/* NULL: there are too many already, the feed has stopped, or memory is out. */
struct subscription *feed_subscribe(struct feed *feed, const struct subscription_options *options);
/* Copies at most `bytes` of the event stream. 0: nothing now; -1: the end. May read the log. */
ssize_t subscription_read(struct subscription *subscription, char *to, size_t bytes);
void subscription_close(struct subscription *subscription);

struct feed_stats {
    unsigned subscribers;
    uint64_t dropped; /* subscribers that were too slow */
};
void feed_stats(struct feed *feed, struct feed_stats *stats);

#endif
