// SPDX-License-Identifier: Apache-2.0
#include "host/api/failure.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define INVALID_HTTP_REQUEST 3200006u

struct status_title {
    unsigned status;
    const char *title;
};

/* The first four as nodeos has them. */
static const struct status_title titles[] = {
    {400, "Invalid Request"},
    {401, "UnAuthorized"},
    {409, "Conflict"},
    {500, "Internal Service Error"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {413, "Payload Too Large"},
    {431, "Request Header Fields Too Large"},
    {503, "Service Unavailable"},
};

static const char *status_title(const struct failure *failure)
{
    if (failure->status == 400 && failure->code == LEDGER_UNKNOWN_BLOCK)
        return "Unknown Block";
    if (failure->status == 400 && failure->code == LEDGER_ACCOUNT_QUERY)
        return "Account lookup";
    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++)
        if (titles[i].status == failure->status)
            return titles[i].title;
    assert(!"a status without a title");
    return "";
}

static unsigned ledger_status(enum ledger_error_code code)
{
    switch (code) {
    case LEDGER_UNKNOWN_BLOCK:
    case LEDGER_ACCOUNT_QUERY:
        return 400;
    case LEDGER_UNSATISFIED_AUTHORIZATION:
        return 401;
    case LEDGER_TX_DUPLICATE:
        return 409;
    case LEDGER_POOL_FULL:
    case LEDGER_ACCOUNT_POOL_FULL:
        return 503; /* ours: it is worth to try again */
    default:
        return 500;
    }
}

bool failure_ledger(struct failure *failure, const struct ledger_error *error)
{
    failure->status = ledger_status(error->code);
    failure->code = error->code;
    failure->name = ledger_error_name(error->code);
    failure->what = ledger_error_what(error->code);
    memcpy(failure->message, error->message, sizeof failure->message);
    return false;
}

bool failure_code(struct failure *failure, enum ledger_error_code code, const char *format, ...)
{
    struct ledger_error error = {.code = code};
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error.message, sizeof error.message, format, arguments);
    va_end(arguments);
    return failure_ledger(failure, &error);
}

bool failure_request(struct failure *failure, const char *format, ...)
{
    failure->status = 400;
    failure->code = INVALID_HTTP_REQUEST;
    failure->name = "invalid_http_request";
    failure->what = "invalid http request";
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(failure->message, sizeof failure->message, format, arguments);
    va_end(arguments);
    return false;
}

bool failure_status(struct failure *failure, unsigned status, const char *format, ...)
{
    failure->status = status;
    failure->code = 0;
    failure->name = "exception";
    failure->what = "unspecified";
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(failure->message, sizeof failure->message, format, arguments);
    va_end(arguments);
    return false;
}

void failure_out(struct out *out, const struct failure *failure)
{
    out_object(out);
    out_key_u64(out, "code", failure->status);
    out_key_text(out, "message", status_title(failure));
    out_key(out, "error");
    out_object(out);
    out_key_u64(out, "code", failure->code);
    out_key_text(out, "name", failure->name);
    out_key_text(out, "what", failure->what);
    out_key(out, "details");
    out_array(out);
    out_object(out);
    out_key_text(out, "message", failure->message);
    out_key_text(out, "file", "");
    out_key_u64(out, "line_number", 0);
    out_key_text(out, "method", "");
    out_object_end(out);
    out_array_end(out);
    out_object_end(out);
    out_object_end(out);
}

void failure_except_out(struct out *out, const struct ledger_error *error)
{
    out_object(out);
    out_key_u64(out, "code", error->code);
    out_key_text(out, "name", ledger_error_name(error->code));
    out_key_text(out, "message", ledger_error_what(error->code));
    out_key(out, "stack");
    out_array(out);
    out_object(out);
    out_key(out, "context");
    out_object(out);
    out_key_text(out, "level", "error");
    out_key_text(out, "file", "");
    out_key_u64(out, "line", 0);
    out_key_text(out, "method", "");
    out_key_text(out, "hostname", "");
    out_key_text(out, "thread_name", "");
    out_key_text(out, "timestamp", "1970-01-01T00:00:00.000");
    out_object_end(out);
    /* The message is data, so that a "${" in it stands for itself. */
    out_key_text(out, "format", "${message}");
    out_key(out, "data");
    out_object(out);
    out_key_text(out, "message", error->message);
    out_object_end(out);
    out_object_end(out);
    out_array_end(out);
    out_object_end(out);
}
