// SPDX-License-Identifier: Apache-2.0
#include "host/api/server.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host/api/api.h"
#include "host/api/exchange.h"

#define THREAD_STACK_BYTES (4u << 20) /* JSON of 2,048 levels is read and freed recursively */

static void take_defaults(struct api_options *options)
{
#define DEFAULT(member, value)                                                                     \
    if (options->member == 0)                                                                      \
    options->member = (value)
    DEFAULT(threads, 2);
    DEFAULT(connections_max, 1024);
    DEFAULT(connections_per_address_max, 256);
    DEFAULT(timeout_s, 10);
    DEFAULT(request_s, 30);
    DEFAULT(subscribers_max, 32);
    DEFAULT(header_bytes_max, 32u << 10);
    DEFAULT(body_bytes_max, 2u << 20);
    DEFAULT(in_flight_bytes_max, 64u << 20);
#undef DEFAULT
}

static bool copy_texts(struct api_options *options)
{
    options->address = strdup(options->address != NULL ? options->address : "127.0.0.1");
    options->version = strdup(options->version != NULL ? options->version : "v0.0.0");
    if (options->cors_origin != NULL) {
        options->cors_origin = strdup(options->cors_origin);
        if (options->cors_origin == NULL)
            return false;
    }
    return options->address != NULL && options->version != NULL;
}

static void free_texts(struct api_options *options)
{
    free((char *)options->address);
    free((char *)options->version);
    free((char *)options->cors_origin);
}

int64_t api_unix_ms(const struct api *api)
{
    if (api->options.unix_ms != NULL)
        return api->options.unix_ms(api->options.user);
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ------------------------------------------------------------------ the chain's news */
static void on_block(void *user, const struct block *block, struct transaction_trace *const *traces)
{
    struct api *api = user;
    abi_cache_changed(api->abis); /* once a block costs less than to look into each trace */
    feed_block(api->feed, block, traces);
}

static void on_undone(void *user, uint32_t height)
{
    struct api *api = user;
    abi_cache_changed(api->abis);
    feed_undone(api->feed, height);
}

static void on_final(void *user, uint32_t height)
{
    struct api *api = user;
    feed_final(api->feed, height);
}

/* ------------------------------------------------------------------ life */
static void gate_init(pthread_rwlock_t *gate)
{
    pthread_rwlockattr_t attributes;
    pthread_rwlockattr_init(&attributes);
    /* Else handlers that come and go keep api_stop waiting. */
    pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(gate, &attributes);
    pthread_rwlockattr_destroy(&attributes);
}

int api_create(const struct api_options *options, struct api **out, char error[API_ERROR_SIZE])
{
    assert(options->chain != NULL && options->intake != NULL && options->offload != NULL &&
           options->schedule != NULL);
    struct api *api = calloc(1, sizeof *api);
    if (api == NULL) {
        snprintf(error, API_ERROR_SIZE, "out of memory");
        return -1;
    }
    gate_init(&api->gate);
    api->options = *options;
    take_defaults(&api->options);
    bool copied = copy_texts(&api->options);
    json_object_seed(0); /* before there are threads */
    api->connections = connections_create(api->options.request_s);
    api->abis = abi_cache_create(options->chain);
    api->failed = failed_ids_create();
    if (api->abis != NULL)
        api->feed =
            feed_create(options->chain, api->abis, api->options.subscribers_max, FEED_BYTES_MAX);
    if (!copied || api->connections == NULL || api->failed == NULL || api->feed == NULL) {
        api_destroy(api);
        snprintf(error, API_ERROR_SIZE, "out of memory or threads");
        return -1;
    }
    const struct chain_listener listener = {on_block, on_undone, on_final, api};
    chain_lock(options->chain);
    chain_listen(options->chain, &listener);
    chain_unlock(options->chain);
    *out = api;
    return 0;
}

/* Fills *socket_address from the options; its length, or 0 when the address is none. */
static socklen_t listen_address(const struct api_options *options, struct sockaddr_storage *address)
{
    struct sockaddr_in *four = (struct sockaddr_in *)address;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)address;
    memset(address, 0, sizeof *address);
    if (inet_pton(AF_INET, options->address, &four->sin_addr) == 1) {
        four->sin_family = AF_INET;
        four->sin_port = htons(options->port);
        return sizeof *four;
    }
    memset(address, 0, sizeof *address);
    if (inet_pton(AF_INET6, options->address, &six->sin6_addr) == 1) {
        six->sin6_family = AF_INET6;
        six->sin6_port = htons(options->port);
        return sizeof *six;
    }
    return 0;
}

/* The library's own texts go nowhere: what matters of them, an answer says. */
static void discard_log(void *user, const char *format, va_list arguments)
{
    (void)user, (void)format, (void)arguments;
}

int api_start(struct api *api, char error[API_ERROR_SIZE])
{
    const struct api_options *options = &api->options;
    struct sockaddr_storage address;
    assert(api->daemon == NULL);
    if (listen_address(options, &address) == 0) {
        snprintf(error, API_ERROR_SIZE, "%s: not a numeric address", options->address);
        return -1;
    }
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_TURBO |
                     MHD_USE_ERROR_LOG | (address.ss_family == AF_INET6 ? MHD_USE_IPv6 : 0u);
    errno = 0;
    api->daemon = MHD_start_daemon(
        flags, options->port, NULL, NULL, exchange_receive, api, MHD_OPTION_EXTERNAL_LOGGER,
        discard_log, NULL, MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_THREAD_POOL_SIZE,
        options->threads, MHD_OPTION_THREAD_STACK_SIZE, (size_t)THREAD_STACK_BYTES,
        MHD_OPTION_CONNECTION_LIMIT, options->connections_max, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
        options->connections_per_address_max, MHD_OPTION_CONNECTION_TIMEOUT, options->timeout_s,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, options->header_bytes_max, MHD_OPTION_NOTIFY_COMPLETED,
        exchange_completed, api, MHD_OPTION_NOTIFY_CONNECTION, exchange_connection, api,
        MHD_OPTION_LISTENING_ADDRESS_REUSE, 1u, MHD_OPTION_END);
    if (api->daemon == NULL) {
        snprintf(error, API_ERROR_SIZE, "cannot listen on %s port %u: %s", options->address,
                 options->port, errno != 0 ? strerror(errno) : "the HTTP library refuses");
        return -1;
    }
    api->port = MHD_get_daemon_info(api->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
    return 0;
}

uint16_t api_port(const struct api *api)
{
    return api->port;
}

void api_stop(struct api *api)
{
    pthread_rwlock_wrlock(&api->gate);
    api->stopping = true;
    pthread_rwlock_unlock(&api->gate);
    feed_stop(api->feed);
}

void api_destroy(struct api *api)
{
    if (api == NULL)
        return;
    if (api->daemon != NULL) {
        if (!api->stopping)
            api_stop(api);
        MHD_stop_daemon(api->daemon);
    }
    feed_destroy(api->feed);
    failed_ids_destroy(api->failed);
    abi_cache_destroy(api->abis);
    connections_destroy(api->connections);
    free_texts(&api->options);
    pthread_rwlock_destroy(&api->gate);
    free(api);
}
