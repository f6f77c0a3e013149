// SPDX-License-Identifier: Apache-2.0
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/wallet/http.h"

#define URL_CHARS_MAX  1024u
#define PATH_CHARS_MAX 128u

struct http {
    CURL *curl;
    struct curl_slist *headers;
    char reason[CURL_ERROR_SIZE];
    char url[URL_CHARS_MAX + 1]; /* without a slash at its end */
    struct http_answer answer;   /* as far as it has come */
    size_t capacity_bytes;       /* of answer.body */
};

bool http_library_start(void)
{
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

/* Whether the URL is one that can be asked. A node on this machine is asked directly, whatever
 * proxy the environment names for the rest of the world. */
static bool accept_url(struct http *http)
{
    char *scheme = NULL, *host = NULL;
    CURLU *url = curl_url();
    bool good = url != NULL && curl_url_set(url, CURLUPART_URL, http->url, 0) == CURLUE_OK &&
                curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
                curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
                (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0);
    if (good && (strcmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0 ||
                 strncmp(host, "127.", 4) == 0))
        good = curl_easy_setopt(http->curl, CURLOPT_PROXY, "") == CURLE_OK;
    curl_free(scheme);
    curl_free(host);
    curl_url_cleanup(url);
    return good;
}

/* Called by libcurl; anything but `count` returned ends the request. */
static size_t take_body(char *data, size_t size, size_t count, void *user)
{
    struct http *http = user;
    size_t need = http->answer.bytes + count + 1;
    if (size != 1 || need > HTTP_ANSWER_BYTES_MAX + 1)
        return 0;
    if (need > http->capacity_bytes) {
        size_t capacity = 2 * need;
        char *body = realloc(http->answer.body, capacity);
        if (body == NULL)
            return 0;
        http->answer.body = body;
        http->capacity_bytes = capacity;
    }
    memcpy(http->answer.body + http->answer.bytes, data, count);
    http->answer.bytes += count;
    http->answer.body[http->answer.bytes] = '\0';
    return count;
}

static bool set_options(struct http *http)
{
    CURL *curl = http->curl;
    http->headers = curl_slist_append(NULL, "Content-Type: application/json");
    if (http->headers == NULL)
        return false;
    /* No "Expect: 100-continue": it would cost a round trip for each larger transaction. */
    struct curl_slist *more = curl_slist_append(http->headers, "Expect:");
    if (more == NULL)
        return false;
    return curl_easy_setopt(curl, CURLOPT_HTTPHEADER, http->headers) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, http->reason) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, HTTP_CONNECT_MS) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, HTTP_TOTAL_MS) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_USERAGENT, "snapscale") == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_WRITEDATA, http) == CURLE_OK;
}

struct http *http_create(const char *url, char error[HTTP_ERROR_SIZE])
{
    size_t chars = strlen(url);
    while (chars > 0 && url[chars - 1] == '/')
        chars--;
    struct http *http = chars > 0 && chars <= URL_CHARS_MAX ? calloc(1, sizeof *http) : NULL;
    if (http != NULL) {
        memcpy(http->url, url, chars);
        http->curl = curl_easy_init();
        if (http->curl != NULL && set_options(http) && accept_url(http))
            return http;
    }
    http_destroy(http);
    snprintf(error, HTTP_ERROR_SIZE, "%.300s: not a URL of http:// or https://", url);
    return NULL;
}

void http_destroy(struct http *http)
{
    if (http == NULL)
        return;
    curl_easy_cleanup(http->curl);
    curl_slist_free_all(http->headers);
    free(http->answer.body);
    free(http);
}

bool http_post(struct http *http, const char *path, const char *body, struct http_answer *answer,
               char error[HTTP_ERROR_SIZE])
{
    char url[URL_CHARS_MAX + PATH_CHARS_MAX + 1];
    int chars = snprintf(url, sizeof url, "%s%s", http->url, path);
    http->answer = (struct http_answer){0};
    http->capacity_bytes = 0;
    http->reason[0] = '\0';
    CURLcode code = CURLE_URL_MALFORMAT;
    if (chars > 0 && chars < (int)sizeof url)
        code = curl_easy_setopt(http->curl, CURLOPT_URL, url);
    if (code == CURLE_OK)
        code = curl_easy_setopt(http->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(body));
    if (code == CURLE_OK)
        code = curl_easy_setopt(http->curl, CURLOPT_POSTFIELDS, body);
    if (code == CURLE_OK)
        code = curl_easy_perform(http->curl);
    if (code == CURLE_OK)
        code = curl_easy_getinfo(http->curl, CURLINFO_RESPONSE_CODE, &http->answer.status);
    if (code == CURLE_OK && http->answer.body == NULL) { /* an empty answer is one too */
        http->answer.body = calloc(1, 1);
        if (http->answer.body == NULL)
            code = CURLE_OUT_OF_MEMORY;
    }
    if (code == CURLE_OK) {
        *answer = http->answer;
    } else {
        free(http->answer.body);
        const char *why = code == CURLE_WRITE_ERROR ? "the answer is too long"
                          : http->reason[0] != '\0' ? http->reason
                                                    : curl_easy_strerror(code);
        snprintf(error, HTTP_ERROR_SIZE, "%.200s: %.280s", http->url, why);
    }
    http->answer.body = NULL;
    return code == CURLE_OK;
}
