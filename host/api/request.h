/* SPDX-License-Identifier: Apache-2.0 */
/* A request under way, and what handlers do with it.
 *
 * A handler reads request->arguments, writes its answer to request->out and returns true, or fills
 * request->failure and returns false. Two kinds do otherwise: one that waits for intake sets
 * request->pending (push.c), one that streams sets request->stream (events.c).
 *
 * A handler holds the chain's lock only to copy what it needs; it writes JSON without it. */
#ifndef HOST_API_REQUEST_H
#define HOST_API_REQUEST_H

#include <microhttpd.h>

#include "host/api/failure.h"
#include "host/api/out.h"
#include "host/wire/key.h"

#define ANSWER_BYTES_MAX (64u << 20)

struct api;
struct request;

enum route_body {
    BODY_IGNORED, /* none is needed */
    BODY_JSON,    /* parsed before the handler is called */
    BODY_TEXT,    /* the handler reads request->body, or has it parsed by request_parse */
};

struct route {
    const char *path;
    bool (*handle)(struct request *request);
    enum route_body body;
};

/* What a suspended request waits for. */
struct pending {
    /* Writes the answer when all has come, as a handler does. */
    bool (*answer)(struct request *request);
    void (*free)(struct pending *pending);
};

struct request {
    struct api *api;
    struct MHD_Connection *connection; /* NULL in a test without HTTP */
    const struct route *route;         /* NULL: failure says why */
    const char *body;                  /* while the handler runs */
    size_t body_bytes;
    json_t *arguments; /* of the body; NULL: it was not parsed */
    struct out out;
    struct failure failure;
    unsigned status;          /* of an answer that is no failure: 200 unless the handler says */
    const char *content_type; /* JSON unless the handler says */
    const char *allow;        /* with status 405 */
    struct pending *pending;
    struct MHD_Response *stream;
};

void request_init(struct request *request, struct api *api, struct MHD_Connection *connection);
void request_clear(struct request *request); /* frees what it holds */
/* Reads the body and calls the handler. */
bool request_handle(struct request *request, const char *body, size_t bytes);
/* Parses the body into request->arguments. False with a failure. */
bool request_parse(struct request *request);
/* The value behind "?name=" or "&name=" in the request's address; NULL: there is none. */
const char *request_query(struct request *request, const char *name);

/* ------------------------------------------------------------------ members of request->arguments
 * Each returns false with request->failure set when the member is of another type or no such value.
 * As in the family, a number may come as a string and the other way round. The forms with
 * `otherwise` take it when the member is not there or null; the others fail then. */
struct text {
    const char *chars; /* has a terminator; in the arguments, or in digits */
    size_t size;
    char digits[24];
};
bool argument_text(struct request *request, const char *key, const char *otherwise,
                   struct text *text); /* NULL for `otherwise`: required */
bool argument_name(struct request *request, const char *key, name_t *name);
bool argument_name_or(struct request *request, const char *key, name_t otherwise, name_t *name);
bool argument_u32(struct request *request, const char *key, uint32_t *value);
bool argument_u32_or(struct request *request, const char *key, uint32_t otherwise, uint32_t *value);
bool argument_bool_or(struct request *request, const char *key, bool otherwise, bool *value);
bool argument_id(struct request *request, const char *key, uint8_t id[32]);
/* Hexadecimal; the caller frees data->data. */
bool argument_hex(struct request *request, const char *key, size_t bytes_max, struct bytes *data);
/* A list of at most `max`; empty when it is not there. */
bool argument_list_or_empty(struct request *request, const char *key, size_t max, json_t **list,
                            size_t *count);
/* A list of public keys, of at most `max`; required. */
bool argument_keys(struct request *request, const char *key, unsigned max, struct public_key keys[],
                   unsigned *count);

#endif
