// SPDX-License-Identifier: Apache-2.0
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/hex.h"
#include "host/wallet/http.h"
#include "host/wallet/node.h"
#include "host/wire/time.h"

#define ERROR_DETAILS_MAX 16u

struct node {
    const struct arguments *arguments;
    struct http *http;
};

enum tool_exit node_create(const struct arguments *arguments, struct node **node)
{
    char error[HTTP_ERROR_SIZE];
    struct node *made = calloc(1, sizeof *made);
    if (made == NULL || !http_library_start()) {
        free(made);
        return tool_no_memory();
    }
    made->arguments = arguments;
    made->http = http_create(arguments->url, error);
    if (made->http == NULL) {
        free(made);
        return tool_fail(TOOL_USAGE, "%s", error);
    }
    *node = made;
    return TOOL_OK;
}

void node_destroy(struct node *node)
{
    if (node == NULL)
        return;
    http_destroy(node->http);
    free(node);
}

/* ------------------------------------------------------------------ errors */

/* The family's error, as cleos shows it:
 *   {"code": 500, "message": "...", "error": {"code", "name", "what", "details": [{"message"}]}} */
static void print_refusal(const json_t *answer, const char *path, long status)
{
    const json_t *error = json_object_get(answer, "error"), *detail;
    if (!json_is_object(error)) {
        tool_fail(TOOL_REFUSED, "the node answers %s with HTTP status %ld: %.300s", path, status,
                  tool_member_text(answer, "message", "no reason given"));
        return;
    }
    tool_fail(TOOL_REFUSED, "%lld %s: %s", (long long)tool_member_number(error, "code"),
              tool_member_text(error, "name", ""), tool_member_text(error, "what", ""));
    size_t index;
    json_array_foreach(json_object_get(error, "details"), index, detail)
    {
        if (index == ERROR_DETAILS_MAX)
            break;
        fputs("  ", stderr);
        tool_print_foreign(stderr, tool_member_text(detail, "message", ""), 0);
        fputc('\n', stderr);
    }
}

static enum tool_exit judge(struct node *node, const char *path, long status, json_t *parsed,
                            json_t **answer)
{
    if (status >= 200 && status < 300 && parsed != NULL) {
        *answer = parsed;
        return TOOL_OK;
    }
    if (parsed == NULL) {
        return tool_fail(TOOL_CONNECTION,
                         "%.200s answers %s with HTTP status %ld and no JSON: is it a node?",
                         node->arguments->url, path, status);
    }
    print_refusal(parsed, path, status);
    enum tool_exit exit = TOOL_REFUSED;
    if (node->arguments->json && tool_print_json(node->arguments, parsed) != TOOL_OK)
        exit = TOOL_LOCAL;
    json_decref(parsed);
    return exit;
}

enum tool_exit node_call(struct node *node, const char *path, json_t *request, json_t **answer)
{
    char error[HTTP_ERROR_SIZE];
    struct http_answer http;
    char *body = request != NULL ? json_dumps(request, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    json_decref(request);
    if (body == NULL)
        return tool_no_memory();
    bool answered = http_post(node->http, path, body, &http, error);
    free(body);
    if (!answered)
        return tool_fail(TOOL_CONNECTION, "%s", error);
    json_t *parsed = json_loadb(http.body, http.bytes, JSON_DECODE_ANY, NULL);
    free(http.body);
    return judge(node, path, http.status, parsed, answer);
}

/* ------------------------------------------------------------------ info */

static bool take_hash(const json_t *object, const char *name, uint8_t out[32])
{
    const char *text = tool_member_text(object, name, "");
    return hex_decode(text, strlen(text), out, 32);
}

static bool take_time(const json_t *object, const char *name, uint32_t *unix_s)
{
    const char *text = tool_member_text(object, name, "");
    return time_sec_parse(text, strlen(text), unix_s);
}

enum tool_exit node_get_info(struct node *node, struct node_info *info)
{
    json_t *answer;
    enum tool_exit exit = node_call(node, "/v1/chain/get_info", json_object(), &answer);
    if (exit != TOOL_OK)
        return exit;
    json_int_t height = tool_member_number(answer, "last_irreversible_block_num");
    info->final_height = (uint32_t)height;
    if (!take_hash(answer, "chain_id", info->chain_id) || height < 0 || height > UINT32_MAX ||
        !take_hash(answer, "last_irreversible_block_id", info->final_id) ||
        !take_time(answer, "head_block_time", &info->head_unix_s))
        exit = tool_fail(TOOL_CONNECTION, "the node's get_info is not what it should be");
    json_decref(answer);
    return exit;
}

/* ------------------------------------------------------------------ ABI */

/* Base64 with its padding into memory that the caller frees. NULL when it is none, or longer than
 * an ABI may be. */
static uint8_t *decode_base64(const char *text, size_t *bytes)
{
    size_t chars = strlen(text), padding = 0;
    if (chars % 4 != 0 || chars / 4 * 3 > ABI_BYTES_MAX + 2)
        return NULL;
    while (padding < 2 && padding < chars && text[chars - 1 - padding] == '=')
        padding++;
    uint8_t *data = malloc(chars / 4 * 3 + 1);
    int decoded =
        data != NULL ? EVP_DecodeBlock(data, (const unsigned char *)text, (int)chars) : -1;
    if (decoded < 0) {
        free(data);
        return NULL;
    }
    *bytes = (size_t)decoded - padding; /* the padding was decoded as zeros */
    return data;
}

static enum tool_exit read_abi(const char *account, const json_t *answer, struct abi **abi)
{
    char error[ABI_ERROR_SIZE];
    size_t bytes;
    uint8_t *packed = decode_base64(tool_member_text(answer, "abi", "?"), &bytes);
    if (packed == NULL)
        return tool_fail(TOOL_CONNECTION, "the node's get_raw_abi is not what it should be");
    enum tool_exit exit = TOOL_OK;
    if (bytes == 0) {
        exit = tool_fail(TOOL_REFUSED, "%s has no ABI: there is no contract on it", account);
    } else {
        *abi = abi_read((struct bytes){packed, bytes}, error);
        if (*abi == NULL)
            exit = tool_fail(TOOL_REFUSED, "the ABI of %s: %s", account, error);
    }
    free(packed);
    return exit;
}

enum tool_exit node_get_abi(struct node *node, name_t account, struct abi **abi)
{
    char text[NAME_TEXT_SIZE];
    json_t *answer;
    name_text(account, text);
    enum tool_exit exit =
        node_call(node, "/v1/chain/get_raw_abi", json_pack("{s:s}", "account_name", text), &answer);
    if (exit != TOOL_OK)
        return exit;
    exit = read_abi(text, answer, abi);
    json_decref(answer);
    return exit;
}
