// SPDX-License-Identifier: Apache-2.0
#include "host/api/request.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/hex.h"

void request_init(struct request *request, struct api *api, struct MHD_Connection *connection)
{
    *request = (struct request){
        .api = api,
        .connection = connection,
        .status = MHD_HTTP_OK,
        .content_type = "application/json",
    };
    out_init(&request->out, ANSWER_BYTES_MAX);
}

void request_clear(struct request *request)
{
    json_decref(request->arguments);
    request->arguments = NULL;
    out_free(&request->out);
    if (request->pending != NULL)
        request->pending->free(request->pending);
    request->pending = NULL;
    if (request->stream != NULL)
        MHD_destroy_response(request->stream);
    request->stream = NULL;
}

bool request_parse(struct request *request)
{
    json_error_t error;
    request->arguments = json_loadb(request->body, request->body_bytes, 0, &error);
    if (request->arguments == NULL)
        return failure_request(&request->failure,
                               "Unable to parse valid input from POST body: %s, byte %d",
                               error.text, error.position);
    return true;
}

bool request_handle(struct request *request, const char *body, size_t bytes)
{
    request->body = body;
    request->body_bytes = bytes;
    if (request->route->body != BODY_IGNORED && bytes == 0)
        return failure_request(&request->failure, "A Request body is required");
    return (request->route->body != BODY_JSON || request_parse(request)) &&
           request->route->handle(request);
}

const char *request_query(struct request *request, const char *name)
{
    if (request->connection == NULL)
        return NULL;
    return MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, name);
}

static json_t *member(struct request *request, const char *key)
{
    json_t *value = json_object_get(request->arguments, key);
    return json_is_null(value) ? NULL : value;
}

static bool wrong(struct request *request, const char *key, const char *expected)
{
    return failure_request(&request->failure, "\"%s\" must be %s", key, expected);
}

bool argument_text(struct request *request, const char *key, const char *otherwise,
                   struct text *text)
{
    json_t *value = member(request, key);
    if (json_is_string(value)) {
        text->chars = json_string_value(value);
        text->size = json_string_length(value);
        return true;
    }
    if (json_is_integer(value)) {
        int chars = snprintf(text->digits, sizeof text->digits, "%" JSON_INTEGER_FORMAT,
                             json_integer_value(value));
        text->chars = text->digits;
        text->size = (size_t)chars;
        return true;
    }
    if (value != NULL || otherwise == NULL)
        return wrong(request, key, "a string");
    text->chars = otherwise;
    text->size = strlen(otherwise);
    return true;
}

static bool name_of_json(struct request *request, const char *key, const json_t *value,
                         name_t *name)
{
    if (!json_is_string(value) ||
        !name_parse(json_string_value(value), json_string_length(value), name))
        return wrong(request, key, "a name");
    return true;
}

bool argument_name(struct request *request, const char *key, name_t *name)
{
    return name_of_json(request, key, member(request, key), name);
}

bool argument_name_or(struct request *request, const char *key, name_t otherwise, name_t *name)
{
    const json_t *value = member(request, key);
    *name = otherwise;
    return value == NULL || name_of_json(request, key, value, name);
}

bool argument_u32(struct request *request, const char *key, uint32_t *value)
{
    struct text text;
    if (!argument_text(request, key, NULL, &text))
        return wrong(request, key, "a number");
    uint64_t number = 0;
    for (size_t i = 0; i < text.size && number <= UINT32_MAX; i++) {
        if (text.chars[i] < '0' || text.chars[i] > '9')
            return wrong(request, key, "a number from 0 to 4294967295");
        number = number * 10 + (uint64_t)(text.chars[i] - '0');
    }
    if (text.size == 0 || number > UINT32_MAX)
        return wrong(request, key, "a number from 0 to 4294967295");
    *value = (uint32_t)number;
    return true;
}

bool argument_u32_or(struct request *request, const char *key, uint32_t otherwise, uint32_t *value)
{
    *value = otherwise;
    return member(request, key) == NULL || argument_u32(request, key, value);
}

bool argument_bool_or(struct request *request, const char *key, bool otherwise, bool *value)
{
    const json_t *json = member(request, key);
    *value = otherwise;
    if (json == NULL)
        return true;
    if (json_is_boolean(json))
        *value = json_boolean_value(json);
    else if (json_is_integer(json))
        *value = json_integer_value(json) != 0;
    else if (json_is_string(json) && strcmp(json_string_value(json), "true") == 0)
        *value = true;
    else if (json_is_string(json) && strcmp(json_string_value(json), "false") == 0)
        *value = false;
    else
        return wrong(request, key, "true or false");
    return true;
}

bool argument_id(struct request *request, const char *key, uint8_t id[32])
{
    struct text text;
    if (!argument_text(request, key, NULL, &text))
        return false;
    if (!hex_decode(text.chars, text.size, id, 32))
        return wrong(request, key, "an id of 64 hexadecimal digits");
    return true;
}

bool argument_hex(struct request *request, const char *key, size_t bytes_max, struct bytes *data)
{
    struct text text;
    if (!argument_text(request, key, NULL, &text))
        return false;
    if (text.size / 2 > bytes_max)
        return failure_request(&request->failure, "\"%s\" has more than %zu bytes", key, bytes_max);
    uint8_t *bytes = malloc(text.size / 2 + 1);
    if (bytes == NULL)
        return failure_status(&request->failure, 503, "out of memory");
    if (!hex_decode(text.chars, text.size, bytes, text.size / 2)) {
        free(bytes);
        return wrong(request, key, "hexadecimal");
    }
    *data = (struct bytes){bytes, text.size / 2};
    return true;
}

bool argument_list_or_empty(struct request *request, const char *key, size_t max, json_t **list,
                            size_t *count)
{
    *list = member(request, key);
    *count = 0;
    if (*list == NULL)
        return true;
    if (!json_is_array(*list))
        return wrong(request, key, "a list");
    *count = json_array_size(*list);
    if (*count > max)
        return failure_request(&request->failure, "\"%s\" has more than %zu members", key, max);
    return true;
}

bool argument_keys(struct request *request, const char *key, unsigned max, struct public_key keys[],
                   unsigned *count)
{
    json_t *list;
    size_t size;
    if (!argument_list_or_empty(request, key, max, &list, &size))
        return false;
    if (list == NULL)
        return wrong(request, key, "a list of public keys");
    for (size_t i = 0; i < size; i++) {
        const json_t *text = json_array_get(list, i);
        if (!json_is_string(text) ||
            !public_key_parse(json_string_value(text), json_string_length(text), &keys[i]))
            return wrong(request, key, "a list of public keys");
    }
    *count = (unsigned)size;
    return true;
}
