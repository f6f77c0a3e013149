// SPDX-License-Identifier: Apache-2.0
/* The event stream on a chain that the test moves: forks, readers that are slow, a feed that is
 * behind. What its text looks like, tests/unit/api_events_test.py sees. */
#include <jansson.h>
#include <pthread.h>
#include <semaphore.h>
#include <time.h>

#include "host/api/feed.h"
#include "tests/unit/ledger_chain_rig.h"

#define WAIT_S          60
#define SMALL_BYTES_MAX (64u << 10)

struct world {
    struct rig rig;
    struct abi_cache *abis;
    struct feed *feed;
};

static void on_block(void *user, const struct block *block, struct transaction_trace *const *traces)
{
    feed_block(user, block, traces);
}

static void on_undone(void *user, uint32_t height)
{
    feed_undone(user, height);
}

static void on_final(void *user, uint32_t height)
{
    feed_final(user, height);
}

static void world_open(struct world *world, size_t bytes_max)
{
    rig_make(&world->rig, RIG_MEMORY);
    rig_open(&world->rig);
    rig_found(&world->rig);
    world->abis = abi_cache_create(world->rig.chain);
    CHECK(world->abis != NULL);
    world->feed = feed_create(world->rig.chain, world->abis, 3, bytes_max);
    CHECK(world->feed != NULL);
    const struct chain_listener listener = {on_block, on_undone, on_final, world->feed};
    chain_listen(world->rig.chain, &listener);
}

static void world_close(struct world *world)
{
    feed_destroy(world->feed);
    abi_cache_destroy(world->abis);
    rig_remove(&world->rig);
}

/* ------------------------------------------------------------------ readers */
struct listener {
    struct subscription *subscription;
    sem_t awake;
    pthread_mutex_t *hold; /* NULL, or what `wake` waits for */
    char text[1 << 16];    /* what has been read and not looked at */
    size_t size;
};

static void on_sleep(void *user)
{
    (void)user;
}

static void on_wake(void *user)
{
    struct listener *listener = user;
    if (listener->hold != NULL) {
        pthread_mutex_lock(listener->hold);
        pthread_mutex_unlock(listener->hold);
    }
    sem_post(&listener->awake);
}

static bool listener_open(struct listener *listener, struct world *world, name_t account,
                          uint32_t from_height)
{
    const struct subscription_options options = {.account = account,
                                                 .from_height = from_height,
                                                 .sleep = on_sleep,
                                                 .wake = on_wake,
                                                 .user = listener};
    memset(listener, 0, sizeof *listener);
    CHECK(sem_init(&listener->awake, 0, 0) == 0);
    listener->subscription = feed_subscribe(world->feed, &options);
    return listener->subscription != NULL;
}

static void listener_close(struct listener *listener)
{
    subscription_close(listener->subscription);
    sem_destroy(&listener->awake);
}

/* Reads more, in pieces of `bytes`. False at the end. */
static bool listener_read(struct listener *listener, size_t bytes)
{
    CHECK(listener->size + bytes < sizeof listener->text);
    for (;;) {
        ssize_t count =
            subscription_read(listener->subscription, listener->text + listener->size, bytes);
        if (count < 0)
            return false;
        if (count > 0) {
            listener->size += (size_t)count;
            listener->text[listener->size] = '\0';
            return true;
        }
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += WAIT_S;
        CHECK(sem_timedwait(&listener->awake, &until) == 0);
    }
}

struct event {
    char name[16];
    uint32_t height;
    json_t *data;
};

/* The next event; its data are the caller's. False at the end. */
static bool next_event(struct listener *listener, struct event *event)
{
    char *end;
    while ((end = strstr(listener->text, "\n\n")) == NULL)
        if (!listener_read(listener, 1000)) {
            CHECK_EQ(listener->size, 0);
            return false;
        }
    const char *name = strstr(listener->text, "event: "), *data = strstr(listener->text, "data: ");
    CHECK(name != NULL && data != NULL && data < end);
    CHECK(sscanf(name, "event: %15s", event->name) == 1);
    event->data = json_loadb(data + 6, (size_t)(end - data - 6), 0, NULL);
    CHECK(event->data != NULL);
    const json_t *height = json_object_get(event->data, "block_num");
    if (height == NULL)
        height = json_object_get(event->data, "resume_from");
    event->height = (uint32_t)json_integer_value(height);
    size_t used = (size_t)(end + 2 - listener->text);
    listener->size -= used;
    memmove(listener->text, end + 2, listener->size + 1);
    return true;
}

static void expect(struct listener *listener, const char *name, uint32_t height)
{
    struct event event;
    CHECK(next_event(listener, &event));
    if (strcmp(event.name, name) != 0 || event.height != height)
        printf("# %s %u, expected %s %u\n", event.name, event.height, name, height);
    CHECK(strcmp(event.name, name) == 0);
    CHECK_EQ(event.height, height);
    json_decref(event.data);
}

static void expect_block(struct listener *listener, uint32_t height, unsigned transactions)
{
    for (unsigned i = 0; i < transactions; i++)
        expect(listener, "transaction", height);
    expect(listener, "block", height);
}

static void expect_end(struct listener *listener)
{
    struct event event;
    CHECK(!next_event(listener, &event));
}

/* ------------------------------------------------------------------ tests */
static void test_blocks_come_in_order(void)
{
    struct world world;
    struct listener listener;
    world_open(&world, FEED_BYTES_MAX);
    uint32_t head = chain_head(world.rig.chain);
    rig_produce(&world.rig, 2); /* before anybody listens */
    CHECK(listener_open(&listener, &world, 0, 0));
    for (unsigned i = 0; i < 3; i++)
        rig_produce(&world.rig, i);
    rig_finalize(&world.rig);
    for (unsigned i = 0; i < 3; i++)
        expect_block(&listener, head + 2 + i, i);
    for (uint32_t height = chain_first(world.rig.chain) + 1; height <= head + 4; height++)
        expect(&listener, "final", height);
    listener_close(&listener);
    world_close(&world);
}

static void test_many_transactions_of_a_block(void)
{
    struct world world;
    struct listener all, late, heidi;
    world_open(&world, FEED_BYTES_MAX);
    uint32_t head = chain_head(world.rig.chain);
    CHECK(listener_open(&all, &world, 0, 0));
    CHECK(listener_open(&heidi, &world, name_of("heidi"), 0));
    rig_produce(&world.rig, 700); /* more than a bulletin holds */
    CHECK(listener_open(&late, &world, 0, head + 1));
    expect_block(&all, head + 1, 700);
    expect_block(&late, head + 1, 700);
    struct event event;
    unsigned touching = 0;
    CHECK(next_event(&heidi, &event));
    for (; strcmp(event.name, "transaction") == 0; touching++) {
        char *text = json_dumps(event.data, 0);
        CHECK(strstr(text, "heidi") != NULL);
        free(text);
        json_decref(event.data);
        CHECK(next_event(&heidi, &event));
    }
    json_decref(event.data);
    CHECK(touching > 0 && touching < 700);
    listener_close(&all);
    listener_close(&late);
    listener_close(&heidi);
    world_close(&world);
}

static void test_the_past_leads_into_the_present(void)
{
    struct world world;
    struct listener listener;
    world_open(&world, FEED_BYTES_MAX);
    uint32_t head = chain_head(world.rig.chain);
    for (unsigned i = 0; i < 4; i++)
        rig_produce(&world.rig, 1);
    CHECK(listener_open(&listener, &world, 0, head + 2));
    expect_block(&listener, head + 2, 1);
    rig_produce(&world.rig, 2); /* while it replays */
    expect_block(&listener, head + 3, 1);
    expect_block(&listener, head + 4, 1);
    expect_block(&listener, head + 5, 2);
    rig_produce(&world.rig, 3);
    expect_block(&listener, head + 6, 3);
    listener_close(&listener);
    world_close(&world);
}

static void undo(struct world *world)
{
    CHECK(chain_undo(world->rig.chain, world->rig.error) == 0);
    world->rig.slot = chain_head_header(world->rig.chain)->slot;
}

static void test_a_fork_is_told(void)
{
    struct world world;
    struct listener follows, replays;
    world_open(&world, FEED_BYTES_MAX);
    uint32_t head = chain_head(world.rig.chain);
    CHECK(listener_open(&follows, &world, 0, 0));
    for (unsigned i = 0; i < 3; i++)
        rig_produce(&world.rig, 1);
    CHECK(listener_open(&replays, &world, 0, head + 1));
    for (unsigned i = 1; i <= 3; i++)
        expect_block(&follows, head + i, 1);
    for (unsigned i = 1; i <= 2; i++)
        expect_block(&replays, head + i, 1);
    undo(&world);
    undo(&world);
    expect(&follows, "undone", head + 3);
    expect(&follows, "undone", head + 2);
    /* The other one has read head + 2 and may be about to read head + 3. */
    expect(&replays, "undone", head + 2);
    rig_produce(&world.rig, 2);
    rig_produce(&world.rig, 0);
    expect_block(&follows, head + 2, 2);
    expect_block(&follows, head + 3, 0);
    expect_block(&replays, head + 2, 2);
    expect_block(&replays, head + 3, 0);
    listener_close(&follows);
    listener_close(&replays);
    world_close(&world);
}

static void test_who_is_too_slow_is_let_go(void)
{
    struct world world;
    struct listener slow, quick;
    struct feed_stats stats;
    world_open(&world, SMALL_BYTES_MAX);
    uint32_t head = chain_head(world.rig.chain);
    CHECK(listener_open(&slow, &world, 0, 0));
    CHECK(listener_open(&quick, &world, 0, 0));
    rig_produce(&world.rig, 1);
    expect_block(&slow, head + 1, 1);
    expect_block(&quick, head + 1, 1);
    for (unsigned i = 2; i <= 20; i++) {
        rig_produce(&world.rig, 4);
        expect_block(&quick, head + i, 4);
    }
    /* It was behind by more than 64 KiB: is told, and that is all. */
    expect(&slow, "dropped", head + 2);
    expect_end(&slow);
    feed_stats(world.feed, &stats);
    CHECK_EQ(stats.subscribers, 2);
    CHECK_EQ(stats.dropped, 1);
    listener_close(&slow);
    rig_produce(&world.rig, 0);
    expect_block(&quick, head + 21, 0);
    listener_close(&quick);
    world_close(&world);
}

/* Nothing follows a torn event: who is let go in the middle of one reads it to its end. */
static void let_go_within_an_event(unsigned transactions)
{
    struct world world;
    struct listener slow, quick;
    world_open(&world, SMALL_BYTES_MAX);
    uint32_t head = chain_head(world.rig.chain);
    CHECK(listener_open(&slow, &world, 0, 0));
    CHECK(listener_open(&quick, &world, 0, 0));
    rig_produce(&world.rig, transactions);
    CHECK(listener_read(&slow, 100));
    expect_block(&quick, head + 1, transactions);
    for (unsigned i = 2; i <= 20; i++) {
        rig_produce(&world.rig, 4);
        expect_block(&quick, head + i, 4);
    }
    expect(&slow, transactions != 0 ? "transaction" : "block", head + 1);
    /* It has the block when it has the block's own event. */
    expect(&slow, "dropped", transactions != 0 ? head + 1 : head + 2);
    expect_end(&slow);
    listener_close(&slow);
    listener_close(&quick);
    world_close(&world);
}

static void test_who_is_let_go_within_an_event_reads_it_to_its_end(void)
{
    let_go_within_an_event(0);
    let_go_within_an_event(3);
}

static void test_a_feed_that_is_behind_lets_everybody_go(void)
{
    struct world world;
    struct listener first, second;
    pthread_mutex_t hold = PTHREAD_MUTEX_INITIALIZER;
    world_open(&world, FEED_BYTES_MAX);
    CHECK(listener_open(&first, &world, 0, 0));
    CHECK(subscription_read(first.subscription, first.text, 1) == 0);
    pthread_mutex_lock(&hold); /* the feed's thread waits in `wake` */
    first.hold = &hold;
    uint32_t head = chain_head(world.rig.chain);
    for (unsigned i = 0; i < NEWS_MAX + 20; i++)
        rig_produce(&world.rig, 0);
    pthread_mutex_unlock(&hold);
    for (unsigned told = 0;; told++) {
        struct event event;
        CHECK(next_event(&first, &event));
        json_decref(event.data);
        if (strcmp(event.name, "dropped") == 0) {
            CHECK_EQ(event.height, head + told + 1);
            CHECK(told < NEWS_MAX + 20);
            head = event.height;
            break;
        }
    }
    expect_end(&first);
    listener_close(&first);
    /* Who asks again misses nothing. */
    CHECK(listener_open(&second, &world, 0, head));
    for (; head <= chain_head(world.rig.chain); head++)
        expect_block(&second, head, 0);
    rig_produce(&world.rig, 1);
    expect_block(&second, head, 1);
    listener_close(&second);
    world_close(&world);
}

static void test_the_end(void)
{
    struct world world;
    struct listener follows, replays, third, refused;
    world_open(&world, FEED_BYTES_MAX);
    CHECK(listener_open(&follows, &world, 0, 0));
    CHECK(listener_open(&replays, &world, 0, 1));
    CHECK(listener_open(&third, &world, 0, 0));
    CHECK(!listener_open(&refused, &world, 0, 0)); /* three are allowed */
    listener_close(&third);
    rig_produce(&world.rig, 1);
    feed_stop(world.feed);
    expect_end(&follows);
    expect_end(&replays);
    CHECK(!listener_open(&refused, &world, 0, 0));
    rig_produce(&world.rig, 1);
    listener_close(&follows);
    listener_close(&replays);
    world_close(&world);
}

int main(void)
{
    RUN(test_blocks_come_in_order);
    RUN(test_many_transactions_of_a_block);
    RUN(test_the_past_leads_into_the_present);
    RUN(test_a_fork_is_told);
    RUN(test_who_is_too_slow_is_let_go);
    RUN(test_who_is_let_go_within_an_event_reads_it_to_its_end);
    RUN(test_a_feed_that_is_behind_lets_everybody_go);
    RUN(test_the_end);
    return 0;
}
