// SPDX-License-Identifier: Apache-2.0
#include "host/api/connections.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include "host/base/clock.h"

struct connection {
    struct connections *all;
    int fd;
    uint64_t since_ns; /* 0: unlimited */
    struct connection *next, *before;
};

struct connections {
    struct clock clock;
    uint64_t limit_ns;
    pthread_t sweeper;
    pthread_cond_t wake;
    pthread_mutex_t lock; /* of all below, and of every connection */
    bool stop;
    struct connection *first;
    unsigned count;
};

/* The socket is the HTTP library's to close: it finds it ended, and does. */
static void sweep(struct connections *connections)
{
    uint64_t now = clock_now(&connections->clock);
    for (struct connection *one = connections->first; one != NULL; one = one->next)
        if (one->since_ns != 0 && now - one->since_ns > connections->limit_ns) {
            shutdown(one->fd, SHUT_RDWR);
            one->since_ns = 0;
        }
}

static void *sweep_each_second(void *user)
{
    struct connections *connections = user;
    pthread_mutex_lock(&connections->lock);
    while (!connections->stop) {
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec++;
        pthread_cond_timedwait(&connections->wake, &connections->lock, &until);
        sweep(connections);
    }
    pthread_mutex_unlock(&connections->lock);
    return NULL;
}

struct connections *connections_create(unsigned limit_s)
{
    struct connections *connections = calloc(1, sizeof *connections);
    pthread_condattr_t monotonic;
    if (connections == NULL)
        return NULL;
    connections->clock = clock_monotonic();
    connections->limit_ns = limit_s * CLOCK_NS_PER_S;
    pthread_mutex_init(&connections->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&connections->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (pthread_create(&connections->sweeper, NULL, sweep_each_second, connections) != 0) {
        pthread_cond_destroy(&connections->wake);
        pthread_mutex_destroy(&connections->lock);
        free(connections);
        return NULL;
    }
    return connections;
}

void connections_destroy(struct connections *connections)
{
    if (connections == NULL)
        return;
    pthread_mutex_lock(&connections->lock);
    assert(connections->count == 0);
    connections->stop = true;
    pthread_cond_signal(&connections->wake);
    pthread_mutex_unlock(&connections->lock);
    pthread_join(connections->sweeper, NULL);
    pthread_cond_destroy(&connections->wake);
    pthread_mutex_destroy(&connections->lock);
    free(connections);
}

struct connection *connection_open(struct connections *connections, int fd)
{
    struct connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL)
        return NULL;
    connection->all = connections;
    connection->fd = fd;
    connection->since_ns = clock_now(&connections->clock);
    pthread_mutex_lock(&connections->lock);
    connection->next = connections->first;
    if (connection->next != NULL)
        connection->next->before = connection;
    connections->first = connection;
    connections->count++;
    pthread_mutex_unlock(&connections->lock);
    return connection;
}

void connection_close(struct connection *connection)
{
    struct connections *connections = connection->all;
    pthread_mutex_lock(&connections->lock);
    *(connection->before != NULL ? &connection->before->next : &connections->first) =
        connection->next;
    if (connection->next != NULL)
        connection->next->before = connection->before;
    connections->count--;
    pthread_mutex_unlock(&connections->lock);
    free(connection);
}

static void set_since(struct connection *connection, uint64_t since_ns)
{
    pthread_mutex_lock(&connection->all->lock);
    connection->since_ns = since_ns;
    pthread_mutex_unlock(&connection->all->lock);
}

void connection_restart(struct connection *connection)
{
    set_since(connection, clock_now(&connection->all->clock));
}

void connection_unlimited(struct connection *connection)
{
    set_since(connection, 0);
}

unsigned connections_count(struct connections *connections)
{
    pthread_mutex_lock(&connections->lock);
    unsigned count = connections->count;
    pthread_mutex_unlock(&connections->lock);
    return count;
}
