// SPDX-License-Identifier: Apache-2.0
#include "host/node/make_genesis.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host/ledger/genesis.h"

#define GENESIS_FILE_MODE 0644
#define NET_WORD_BYTES    8

/* The shortest genesis, from which the parser makes all defaults. */
static json_t *make_short(const char *key)
{
    char now[32];
    time_t seconds = time(NULL);
    struct tm utc;
    gmtime_r(&seconds, &utc);
    strftime(now, sizeof now, "%Y-%m-%dT%H:%M:%S.000", &utc);
    return json_pack("{s:s, s:s}", "initial_timestamp", now, "initial_key", key);
}

static json_t *configuration(const struct chain_parameters *parameters)
{
    json_int_t word = NET_WORD_BYTES;
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "max_block_net_usage",
                     parameters->max_block_net_words * word, "max_block_cpu_usage",
                     (json_int_t)parameters->max_block_cpu_us, "max_transaction_net_usage",
                     parameters->max_transaction_net_words * word, "max_transaction_cpu_usage",
                     (json_int_t)parameters->max_transaction_cpu_us, "max_transaction_lifetime",
                     (json_int_t)parameters->max_transaction_lifetime_s, "max_inline_action_depth",
                     (json_int_t)parameters->max_inline_depth, "max_authority_depth",
                     (json_int_t)parameters->max_authority_depth, "account_ram_bytes",
                     (json_int_t)parameters->account_ram_bytes, "account_net_words",
                     (json_int_t)parameters->account_net_words, "account_cpu_us",
                     (json_int_t)parameters->account_cpu_us);
}

static int refuse(char error[FILE_ERROR_SIZE], const char *why)
{
    snprintf(error, FILE_ERROR_SIZE, "%s", why);
    return -1;
}

static int write_out(const char *path, const json_t *json, char error[FILE_ERROR_SIZE])
{
    char *text = json_dumps(json, JSON_INDENT(4));
    if (text == NULL)
        return refuse(error, "out of memory");
    size_t chars = strlen(text);
    text[chars++] = '\n'; /* in the terminator's place */
    int code = 0;
    if (strcmp(path, "-") != 0)
        code = file_create(path, GENESIS_FILE_MODE, text, chars, error);
    else if (fwrite(text, 1, chars, stdout) != chars || fflush(stdout) != 0)
        code = refuse(error, "stdout cannot be written");
    free(text);
    return code;
}

int make_genesis(const char *path, const char *key, char error[FILE_ERROR_SIZE])
{
    struct genesis genesis;
    char why[GENESIS_ERROR_SIZE];
    json_t *json = make_short(key);
    char *text = json_dumps(json, 0);
    int code = -1;
    if (text == NULL)
        (void)refuse(error, "out of memory, or the key is no UTF-8");
    else if (genesis_parse((struct bytes){(const uint8_t *)text, strlen(text)}, &genesis, why) != 0)
        (void)refuse(error, why);
    else
        code =
            json_object_set_new(json, "initial_configuration", configuration(&genesis.parameters));
    if (code == 0)
        code = write_out(path, json, error);
    free(text);
    json_decref(json);
    return code;
}
