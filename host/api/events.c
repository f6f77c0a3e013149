// SPDX-License-Identifier: Apache-2.0
/* The event stream over HTTP: "?account=" and "?from_height=", or a Last-Event-ID as browsers send
 * it when they connect again. */
#include <stdlib.h>
#include <string.h>

#include "host/api/api.h"

#define STREAM_BLOCK_BYTES (32u << 10)

/* What the stream's callbacks need. */
struct stream {
    struct MHD_Connection *connection;
    struct subscription *subscription;
};

static void stream_sleep(void *user)
{
    MHD_suspend_connection(((struct stream *)user)->connection);
}

static void stream_wake(void *user)
{
    MHD_resume_connection(((struct stream *)user)->connection);
}

static ssize_t stream_read(void *user, uint64_t position, char *to, size_t bytes)
{
    (void)position;
    ssize_t count = subscription_read(((struct stream *)user)->subscription, to, bytes);
    return count < 0 ? MHD_CONTENT_READER_END_OF_STREAM : count;
}

static void stream_free(void *user)
{
    struct stream *stream = user;
    subscription_close(stream->subscription);
    free(stream);
}

static bool parse_height(const char *text, uint32_t *height)
{
    char *end;
    unsigned long long value = strtoull(text, &end, 10);
    *height = (uint32_t)value;
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && value < UINT32_MAX;
}

static bool parse_options(struct request *request, struct subscription_options *options)
{
    const char *account = request_query(request, "account");
    const char *from = request_query(request, "from_height");
    const char *last =
        MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, "Last-Event-ID");
    memset(options, 0, sizeof *options);
    if (account != NULL &&
        (!name_parse(account, strlen(account), &options->account) || options->account == 0))
        return failure_request(&request->failure, "\"account\" must be a name");
    if (last != NULL && last[0] != '\0') {
        if (!parse_height(last, &options->from_height))
            return failure_request(&request->failure, "Last-Event-ID must be a block's height");
        options->from_height++;
    } else if (from != NULL && !parse_height(from, &options->from_height)) {
        return failure_request(&request->failure, "\"from_height\" must be a block's height");
    }
    return true;
}

/* Blocks below the first one are not there to be read. */
static bool check_height(struct request *request, uint32_t from_height)
{
    struct chain *chain = request->api->options.chain;
    chain_lock(chain);
    uint32_t first = chain_first(chain);
    chain_unlock(chain);
    if (from_height != 0 && from_height < first)
        return failure_code(&request->failure, LEDGER_UNKNOWN_BLOCK,
                            "the first block that this node has is %u", first);
    return true;
}

bool events_subscribe(struct request *request)
{
    struct subscription_options options;
    if (!parse_options(request, &options) || !check_height(request, options.from_height))
        return false;
    struct stream *stream = malloc(sizeof *stream);
    if (stream == NULL)
        return failure_status(&request->failure, MHD_HTTP_SERVICE_UNAVAILABLE, "out of memory");
    options.sleep = stream_sleep;
    options.wake = stream_wake;
    options.user = stream;
    stream->connection = request->connection;
    stream->subscription = feed_subscribe(request->api->feed, &options);
    if (stream->subscription == NULL) {
        free(stream);
        return failure_status(&request->failure, MHD_HTTP_SERVICE_UNAVAILABLE,
                              "too many subscribers");
    }
    request->stream = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK_BYTES,
                                                        stream_read, stream, stream_free);
    if (request->stream == NULL) {
        stream_free(stream);
        return failure_status(&request->failure, MHD_HTTP_SERVICE_UNAVAILABLE, "out of memory");
    }
    request->content_type = "text/event-stream";
    return true;
}
