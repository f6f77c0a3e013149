// SPDX-License-Identifier: Apache-2.0
#include "host/api/exchange.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "host/api/api.h"

#define BODY_BYTES_MIN   4096u
#define SMALL_BODY_BYTES (64u << 10)
/* A body that is too long is read on for so many times its limit, so that its sender gets to see
 * the answer. */
#define DISCARD_FACTOR 4u

/* What all answers may take that nobody has read yet, for a large one to be kept: a block of 4 MiB
 * makes some 10 MiB of JSON, and asking is cheap. */
#define ANSWERS_BYTES_MAX  ((size_t)256 << 20)
#define SMALL_ANSWER_BYTES (64u << 10)

enum exchange_state {
    EXCHANGE_RECEIVES,
    EXCHANGE_WAITS,   /* suspended; request.pending says for what */
    EXCHANGE_ANSWERS, /* the answer is the HTTP library's */
};

/* From the headers to the end of the answer; one thread of the library's at a time. */
struct exchange {
    struct request request;
    struct connection *socket;
    enum exchange_state state;
    char *body;
    size_t bytes, capacity; /* capacity counts in api->in_flight_bytes */
    size_t discarded;
    size_t answer_bytes; /* counts in api->answer_bytes */
};

void exchange_connection(void *user, struct MHD_Connection *connection, void **place,
                         enum MHD_ConnectionNotificationCode what)
{
    struct api *api = user;
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        const union MHD_ConnectionInfo *info =
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        *place = connection_open(api->connections, info->connect_fd);
    } else if (*place != NULL) {
        connection_close(*place);
    }
}

static struct connection *socket_of(struct MHD_Connection *connection)
{
    return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

/* ------------------------------------------------------------------ the body */
static void release_body(struct exchange *exchange)
{
    atomic_fetch_sub(&exchange->request.api->in_flight_bytes, exchange->capacity);
    free(exchange->body);
    exchange->body = NULL;
    exchange->capacity = 0;
    exchange->bytes = 0;
}

/* What all bodies may take for one of this capacity to be let in. Large ones leave a quarter to
 * small ones: else a few clients that send large ones slowly would keep everybody out. */
static size_t body_budget(const struct api *api, size_t capacity)
{
    size_t all = api->options.in_flight_bytes_max;
    return capacity > SMALL_BODY_BYTES ? all - all / 4 : all;
}

/* Within the budget of all bodies. */
static bool grow_body(struct exchange *exchange, size_t bytes)
{
    struct api *api = exchange->request.api;
    size_t capacity = exchange->capacity != 0 ? exchange->capacity : BODY_BYTES_MIN;
    while (capacity < bytes)
        capacity *= 2;
    if (capacity > api->options.body_bytes_max)
        capacity = api->options.body_bytes_max;
    size_t more = capacity - exchange->capacity;
    if (atomic_fetch_add(&api->in_flight_bytes, more) + more > body_budget(api, capacity)) {
        atomic_fetch_sub(&api->in_flight_bytes, more);
        return failure_status(&exchange->request.failure, MHD_HTTP_SERVICE_UNAVAILABLE,
                              "too many bytes of requests are under way");
    }
    char *body = realloc(exchange->body, capacity);
    if (body == NULL) {
        atomic_fetch_sub(&api->in_flight_bytes, more);
        return failure_status(&exchange->request.failure, MHD_HTTP_SERVICE_UNAVAILABLE,
                              "out of memory");
    }
    exchange->body = body;
    exchange->capacity = capacity;
    return true;
}

static bool too_large(struct exchange *exchange)
{
    return failure_status(&exchange->request.failure, MHD_HTTP_CONTENT_TOO_LARGE,
                          "the request's body has more than %zu bytes",
                          exchange->request.api->options.body_bytes_max);
}

/* What does not fit is dropped: the answer can go out only when all has come. MHD_NO ends the
 * connection. */
static enum MHD_Result receive_body(struct exchange *exchange, const char *data, size_t bytes)
{
    struct api *api = exchange->request.api;
    if (exchange->request.failure.status == 0) {
        if (bytes > api->options.body_bytes_max - exchange->bytes)
            too_large(exchange);
        else if (exchange->bytes + bytes <= exchange->capacity ||
                 grow_body(exchange, exchange->bytes + bytes)) {
            memcpy(exchange->body + exchange->bytes, data, bytes);
            exchange->bytes += bytes;
            return MHD_YES;
        }
        release_body(exchange);
    }
    exchange->discarded += bytes;
    return exchange->discarded <= DISCARD_FACTOR * api->options.body_bytes_max ? MHD_YES : MHD_NO;
}

/* ------------------------------------------------------------------ the answer */
static void add_header(struct MHD_Response *response, const char *name, const char *value)
{
    /* Fails when memory is out: the answer goes without it. */
    (void)MHD_add_response_header(response, name, value);
}

static void add_cors(const struct api *api, struct MHD_Response *response)
{
    const char *origin = api->options.cors_origin;
    if (origin == NULL)
        return;
    add_header(response, MHD_HTTP_HEADER_ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    if (strcmp(origin, "*") != 0)
        add_header(response, MHD_HTTP_HEADER_VARY, "Origin");
    add_header(response, "Access-Control-Allow-Headers", "Content-Type, Last-Event-ID");
    add_header(response, "Access-Control-Allow-Methods", "GET, POST, OPTIONS");
    add_header(response, "Access-Control-Max-Age", "86400");
}

static enum MHD_Result queue(struct exchange *exchange, unsigned status,
                             struct MHD_Response *response)
{
    struct request *request = &exchange->request;
    struct api *api = request->api;
    exchange->state = EXCHANGE_ANSWERS;
    if (response == NULL)
        return MHD_NO;
    add_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, request->content_type);
    add_cors(api, response);
    if (request->allow != NULL)
        add_header(response, MHD_HTTP_HEADER_ALLOW, request->allow);
    if (status == MHD_HTTP_SERVICE_UNAVAILABLE)
        add_header(response, MHD_HTTP_HEADER_RETRY_AFTER, "1");
    atomic_fetch_add(&api->counters.answers[status / 100], 1);
    if (exchange->socket != NULL)
        connection_restart(exchange->socket);
    enum MHD_Result result = MHD_queue_response(request->connection, status, response);
    MHD_destroy_response(response);
    return result;
}

/* Counts the answer. False: it is large, and there are too many of them. */
static bool keep_answer(struct exchange *exchange)
{
    struct api *api = exchange->request.api;
    size_t bytes = exchange->request.out.capacity;
    if (atomic_fetch_add(&api->answer_bytes, bytes) + bytes > ANSWERS_BYTES_MAX &&
        bytes > SMALL_ANSWER_BYTES) {
        atomic_fetch_sub(&api->answer_bytes, bytes);
        return false;
    }
    exchange->answer_bytes = bytes;
    return true;
}

/* `handled`: what the handler returned. */
static enum MHD_Result answer(struct exchange *exchange, bool handled)
{
    struct request *request = &exchange->request;
    struct out *out = &request->out;
    unsigned status = request->status;
    if (handled && out->failed)
        handled = failure_status(&request->failure, MHD_HTTP_INTERNAL_SERVER_ERROR,
                                 "the answer is too large");
    if (handled && !keep_answer(exchange))
        handled = failure_status(&request->failure, MHD_HTTP_SERVICE_UNAVAILABLE,
                                 "too many bytes of answers wait to be read");
    if (!handled) {
        status = request->failure.status;
        request->content_type = "application/json";
        out_free(out); /* with the room that it had for the other answer */
        failure_out(out, &request->failure);
    }
    release_body(exchange);
    struct MHD_Response *response =
        out->failed ? NULL
                    : MHD_create_response_from_buffer(out->size, out->text, MHD_RESPMEM_MUST_FREE);
    if (response != NULL)
        out_init(out, ANSWER_BYTES_MAX); /* the text is the response's */
    return queue(exchange, status, response);
}

/* ------------------------------------------------------------------ steps */
static const char allowed_methods[] = "GET, HEAD, POST, OPTIONS";

/* Finds the route; without one there is a failure, or a status for an answer without body. */
static void check_line(struct request *request, const char *url, const char *method)
{
    if (strcmp(method, MHD_HTTP_METHOD_OPTIONS) == 0) {
        request->status = MHD_HTTP_NO_CONTENT;
        request->allow = allowed_methods;
        return;
    }
    if (strcmp(method, MHD_HTTP_METHOD_POST) != 0 && strcmp(method, MHD_HTTP_METHOD_GET) != 0 &&
        strcmp(method, MHD_HTTP_METHOD_HEAD) != 0) {
        request->allow = allowed_methods;
        failure_status(&request->failure, MHD_HTTP_METHOD_NOT_ALLOWED, "Method not allowed");
        return;
    }
    request->route = router_find(url);
    if (request->route == NULL)
        failure_status(&request->failure, MHD_HTTP_NOT_FOUND, "Unknown Endpoint");
}

/* False when more is announced than even would be read to be dropped. */
static bool check_length(struct exchange *exchange)
{
    const struct request *request = &exchange->request;
    const char *length = MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND,
                                                     MHD_HTTP_HEADER_CONTENT_LENGTH);
    if (length != NULL &&
        strtoull(length, NULL, 10) > DISCARD_FACTOR * request->api->options.body_bytes_max)
        return too_large(exchange);
    return true;
}

/* An answer that is given here ends the connection; others wait until all has come. */
static enum MHD_Result begin(struct api *api, struct MHD_Connection *connection, const char *url,
                             const char *method, void **place)
{
    struct exchange *exchange = calloc(1, sizeof *exchange);
    if (exchange == NULL)
        return MHD_NO;
    request_init(&exchange->request, api, connection);
    exchange->socket = socket_of(connection);
    *place = exchange;
    atomic_fetch_add(&api->counters.requests, 1);
    if (exchange->socket == NULL)
        return MHD_NO; /* no memory to watch over it */
    connection_restart(exchange->socket);
    check_line(&exchange->request, url, method);
    return check_length(exchange) ? MHD_YES : answer(exchange, false);
}

/* Without a route there is nothing to do. Under the gate, so that nobody uses intake after
 * api_stop. */
static bool handle(struct exchange *exchange)
{
    struct request *request = &exchange->request;
    struct api *api = request->api;
    if (request->failure.status != 0 || request->route == NULL)
        return request->failure.status == 0;
    pthread_rwlock_rdlock(&api->gate);
    bool handled = api->stopping ? failure_status(&request->failure, MHD_HTTP_SERVICE_UNAVAILABLE,
                                                  "the node is shutting down")
                                 : request_handle(request, exchange->body, exchange->bytes);
    pthread_rwlock_unlock(&api->gate);
    return handled;
}

static enum MHD_Result dispatch(struct exchange *exchange)
{
    struct request *request = &exchange->request;
    bool handled = handle(exchange);
    json_decref(request->arguments);
    request->arguments = NULL;
    if (handled && request->pending != NULL) {
        release_body(exchange);
        exchange->state = EXCHANGE_WAITS;
        connection_unlimited(exchange->socket);
        return MHD_YES;
    }
    if (handled && request->stream != NULL) {
        struct MHD_Response *stream = request->stream;
        request->stream = NULL;
        release_body(exchange);
        enum MHD_Result result = queue(exchange, request->status, stream);
        connection_unlimited(exchange->socket);
        return result;
    }
    return answer(exchange, handled);
}

enum MHD_Result exchange_receive(void *user, struct MHD_Connection *connection, const char *url,
                                 const char *method, const char *version, const char *data,
                                 size_t *bytes, void **place)
{
    (void)version;
    struct exchange *exchange = *place;
    if (exchange == NULL)
        return begin(user, connection, url, method, place);
    if (*bytes != 0) {
        size_t count = *bytes;
        *bytes = 0;
        return receive_body(exchange, data, count);
    }
    if (exchange->state == EXCHANGE_WAITS)
        return answer(exchange, exchange->request.pending->answer(&exchange->request));
    assert(exchange->state == EXCHANGE_RECEIVES);
    return dispatch(exchange);
}

void exchange_completed(void *user, struct MHD_Connection *connection, void **place,
                        enum MHD_RequestTerminationCode why)
{
    (void)user, (void)connection, (void)why;
    struct exchange *exchange = *place;
    *place = NULL;
    if (exchange == NULL)
        return;
    if (exchange->socket != NULL)
        connection_restart(exchange->socket);
    release_body(exchange);
    atomic_fetch_sub(&exchange->request.api->answer_bytes, exchange->answer_bytes);
    request_clear(&exchange->request);
    free(exchange);
}
