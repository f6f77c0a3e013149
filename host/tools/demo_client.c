/* SPDX-License-Identifier: Apache-2.0 */
#include "host/tools/demo_client.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "host/base/hex.h"
#include "host/wallet/http.h"

#define EXPIRATION_S      120u
#define TRANSACTION_BYTES 512u /* of one action with a short memo */
#define TAPOS_AGE_MS      5000

struct draft {
    struct signature signature;
    size_t bytes;
    uint8_t packed[TRANSACTION_BYTES];
};

struct client {
    struct http *http;
    uint8_t chain_id[32];
    uint16_t ref_block_num;
    uint32_t ref_block_prefix;
    struct timespec ref_taken;
    unsigned drafts;
    struct draft draft[CLIENT_BATCH_MAX];
};

static void end(const char *what, const char *why)
{
    fprintf(stderr, "error: %s: %s\n", what, why);
    exit(1);
}

static char *post(struct client *client, const char *path, const char *body)
{
    char error[HTTP_ERROR_SIZE];
    struct http_answer answer;
    if (!http_post(client->http, path, body, &answer, error))
        end(path, error);
    return answer.body;
}

json_t *client_ask(struct client *client, const char *path, json_t *body)
{
    char *text = body ? json_dumps(body, JSON_COMPACT) : strdup("{}");
    json_decref(body);
    if (!text)
        end(path, "out of memory");
    char *answer = post(client, path, text);
    json_error_t why;
    json_t *json = json_loads(answer, JSON_REJECT_DUPLICATES, &why);
    if (!json)
        end(path, why.text);
    free(text);
    free(answer);
    return json;
}

static uint32_t number_of(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    if (!json_is_integer(value))
        end("get_info lacks a number", name);
    return (uint32_t)json_integer_value(value);
}

void client_info(struct client *client, struct client_info *info)
{
    json_t *json = client_ask(client, "/v1/chain/get_info", NULL);
    info->head = number_of(json, "head_block_num");
    info->final = number_of(json, "last_irreversible_block_num");
    const char *chain_id = json_string_value(json_object_get(json, "chain_id"));
    if (!chain_id || !hex_decode(chain_id, strlen(chain_id), info->chain_id, 32))
        end("get_info", "no chain_id");

    const char *id = json_string_value(json_object_get(json, "last_irreversible_block_id"));
    uint8_t final_id[32];
    if (!id || !hex_decode(id, strlen(id), final_id, 32))
        end("get_info", "no last_irreversible_block_id");
    client->ref_block_num = (uint16_t)info->final;
    memcpy(&client->ref_block_prefix, final_id + 8, 4); /* little-endian, as the format has it */
    clock_gettime(CLOCK_MONOTONIC, &client->ref_taken);
    json_decref(json);
}

struct client *client_open(const char *url, unsigned wait_s)
{
    char error[HTTP_ERROR_SIZE];
    struct client *client = calloc(1, sizeof *client);
    if (!client || !http_library_start())
        end("client", "out of memory");
    client->http = http_create(url, error);
    if (!client->http)
        end(url, error);
    for (unsigned tries = 0;; tries++) {
        struct http_answer answer;
        if (http_post(client->http, "/v1/chain/get_info", "{}", &answer, error)) {
            free(answer.body);
            break;
        }
        if (tries >= wait_s * 10)
            end(url, error);
        usleep(100000);
    }
    struct client_info info;
    client_info(client, &info);
    memcpy(client->chain_id, info.chain_id, 32);
    return client;
}

void client_close(struct client *client)
{
    http_destroy(client->http);
    free(client);
}

/* ------------------------------------------------------------------ transactions */

static void refresh_tapos(struct client *client)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t age_ms = (now.tv_sec - client->ref_taken.tv_sec) * 1000 +
                     (now.tv_nsec - client->ref_taken.tv_nsec) / 1000000;
    struct client_info info;
    if (age_ms > TAPOS_AGE_MS)
        client_info(client, &info);
}

void client_add(struct client *client, const struct action *action, const struct private_key *key)
{
    assert(client->drafts < CLIENT_BATCH_MAX);
    refresh_tapos(client);
    struct draft *draft = &client->draft[client->drafts++];
    struct transaction transaction = {
        .expiration = (uint32_t)time(NULL) + EXPIRATION_S,
        .ref_block_num = client->ref_block_num,
        .ref_block_prefix = client->ref_block_prefix,
        .action_count = 1,
    };
    transaction.actions[0] = *action;
    struct writer writer = writer_of(draft->packed, sizeof draft->packed);
    transaction_write(&writer, &transaction);
    if (writer.failed)
        end("transaction", "longer than the demo's limit");
    draft->bytes = writer_size(&writer);
    uint8_t digest[32];
    transaction_digest(client->chain_id, (struct bytes){draft->packed, draft->bytes}, digest);
    if (!private_key_sign(key, digest, &draft->signature))
        end("transaction", "cannot sign");
}

unsigned client_batch(const struct client *client)
{
    return client->drafts;
}

static json_t *draft_json(const struct draft *draft)
{
    char signature[KEY_TEXT_SIZE], packed[2 * TRANSACTION_BYTES + 1];
    signature_text(&draft->signature, signature);
    hex_encode(draft->packed, draft->bytes, packed);
    return json_pack("{s:[s], s:s, s:s, s:s}", "signatures", signature, "compression", "none",
                     "packed_context_free_data", "", "packed_trx", packed);
}

/* Whether one answer of push_transactions says that the transaction was executed. */
static bool was_accepted(const json_t *answer, char error[256])
{
    const json_t *processed = json_object_get(answer, "processed");
    const char *status =
        json_string_value(json_object_get(json_object_get(processed, "receipt"), "status"));
    if (status && strcmp(status, "executed") == 0)
        return true;
    if (error && !error[0]) {
        char *text = json_dumps(answer, JSON_COMPACT);
        snprintf(error, 256, "%s", text ? text : "no text");
        free(text);
    }
    return false;
}

unsigned client_push(struct client *client, bool accepted[CLIENT_BATCH_MAX], char error[256])
{
    json_t *batch = json_array();
    for (unsigned i = 0; i < client->drafts; i++)
        if (json_array_append_new(batch, draft_json(&client->draft[i])) != 0)
            end("push_transactions", "out of memory");
    json_t *answers = client_ask(client, "/v1/chain/push_transactions", batch);
    if (error)
        error[0] = 0;
    if (!json_is_array(answers) || json_array_size(answers) != client->drafts) {
        char *text = json_dumps(answers, JSON_COMPACT);
        end("push_transactions", text ? text : "no answer");
    }
    unsigned count = 0;
    for (unsigned i = 0; i < client->drafts; i++) {
        bool good = was_accepted(json_array_get(answers, i), error);
        count += good;
        if (accepted)
            accepted[i] = good;
    }
    json_decref(answers);
    client->drafts = 0;
    return count;
}

/* ------------------------------------------------------------------ metrics */

char *client_metrics(struct client *client)
{
    return post(client, "/metrics", "");
}

double client_metric(const char *metrics, const char *name, const char *label)
{
    double sum = 0;
    size_t chars = strlen(name);
    for (const char *line = metrics; line && *line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, name, chars) != 0 || (line[chars] != ' ' && line[chars] != '{'))
            continue;
        const char *line_end = strchr(line, '\n');
        const char *value = memchr(line, ' ', line_end ? (size_t)(line_end - line) : strlen(line));
        const char *found = strstr(line, label);
        if (value && found && found < value)
            sum += strtod(value, NULL);
    }
    return sum;
}
