/* SPDX-License-Identifier: Apache-2.0 */
/* POST requests with JSON to one server. */
#ifndef HOST_WALLET_HTTP_H
#define HOST_WALLET_HTTP_H

#include <stdbool.h>
#include <stddef.h>

#define HTTP_ERROR_SIZE       512u
#define HTTP_ANSWER_BYTES_MAX (64u << 20)
#define HTTP_CONNECT_MS       10000L
#define HTTP_TOTAL_MS         60000L

struct http;

struct http_answer {
    long status; /* of HTTP */
    size_t bytes;
    char *body; /* the caller's, to free; with a terminator behind it */
};

/* `url` is http://HOST[:PORT][/PREFIX] or https://...; NULL with a text when it is something else
 * or memory is out. For one thread at a time; call http_library_start once before. */
struct http *http_create(const char *url, char error[HTTP_ERROR_SIZE]);
void http_destroy(struct http *http); /* NULL is allowed */
bool http_library_start(void);

/* Sends `body`, a terminated text, to the URL with `path` behind it. True with an answer of
 * whatever status; false with a text when there was none, it was too long, or it took too long.
 * Redirections are not followed: a node gives none. */
bool http_post(struct http *http, const char *path, const char *body, struct http_answer *answer,
               char error[HTTP_ERROR_SIZE]);

#endif
