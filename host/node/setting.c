// SPDX-License-Identifier: Apache-2.0
#include "host/node/setting.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AT(member) offsetof(struct node_options, member)
#define GIB        (UINT64_C(1) << 30)

const struct setting settings[] = {
    {"config", "FILE",
     "read these options, without --, from a file of lines like `http-port = 8888`", SETTING_CONFIG,
     AT(config), 0, 0},
    {"data-dir", "FOLDER", "blocks, traces and state; default /var/lib/snapscale", SETTING_TEXT,
     AT(data_dir), 0, 0},
    {"genesis", "FILE", "the chain's genesis; needed for the first start only", SETTING_TEXT,
     AT(genesis), 0, 0},
    {"producer-key", "FILE", "private key that signs blocks; readable by its owner alone",
     SETTING_TEXT, AT(producer_key), 0, 0},
    {"producer-name", "NAME", "account that produces; default eosio", SETTING_NAME,
     AT(producer_name), 0, 0},
    {"card", "ADDRESS", "crypto card: vfio:0000:01:00.0 or sim:/path; may be given 8 times",
     SETTING_CARD, AT(cards), 0, 0},
    {"workers", "N", "threads for signatures on the CPU; default: one a core", SETTING_NUMBER,
     AT(workers), 1, OFFLOAD_WORKERS_MAX},
    {"http-address", "ADDRESS", "numeric address to listen on; default 127.0.0.1", SETTING_TEXT,
     AT(http_address), 0, 0},
    {"http-port", "N", "port to listen on; default 8888; 0: the system chooses", SETTING_NUMBER,
     AT(http_port), 0, 65535},
    {"http-cors-origin", "ORIGIN", "web origin that may use the API, or *; default: none",
     SETTING_TEXT, AT(http_cors_origin), 0, 0},
    {"http-threads", "N", "threads of the API; default 2", SETTING_NUMBER, AT(http_threads), 1, 64},
    {"http-connections", "N", "connections at a time; default 1024", SETTING_NUMBER,
     AT(http_connections), 1, 65536},
    {"http-connections-per-address", "N", "of them of one address; default 256", SETTING_NUMBER,
     AT(http_connections_per_address), 1, 65536},
    {"http-idle-seconds", "N", "until a connection on which nothing moves is closed; default 10",
     SETTING_NUMBER, AT(http_idle_seconds), 1, 3600},
    {"http-request-seconds", "N", "for a request to arrive, an answer to be read; default 30",
     SETTING_NUMBER, AT(http_request_seconds), 1, 3600},
    {"http-subscribers", "N", "of the event stream; default 32", SETTING_NUMBER,
     AT(http_subscribers), 1, 1024},
    {"http-body-bytes", "BYTES", "of a request; default 2M", SETTING_BYTES, AT(http_body_bytes),
     1024, 64 << 20},
    {"pool-transactions", "N", "waiting transactions; default 65536", SETTING_NUMBER,
     AT(pool_transactions), 1, 1 << 20},
    {"pool-bytes", "BYTES", "of waiting transactions; default 256M", SETTING_BYTES, AT(pool_bytes),
     1 << 20, 64 * GIB},
    {"pool-account-transactions", "N", "waiting transactions of one account; default 16384",
     SETTING_NUMBER, AT(pool_account_transactions), 1, 1 << 20},
    {"checkpoint-bytes", "BYTES", "changes in memory before a checkpoint is written; default 64M",
     SETTING_BYTES, AT(checkpoint_bytes), 1 << 16, 64 * GIB},
    {"state-bytes", "BYTES", "the most that the state may take on disk; default 64G", SETTING_BYTES,
     AT(state_bytes), 1 << 20, 16384 * GIB},
    {"keep-traces", "yes|no", "keep what each transaction did, for get_transaction; default yes",
     SETTING_SWITCH, AT(keep_traces), 0, 0},
    {"log-level", "LEVEL", "error, warn, info or debug; default info", SETTING_LEVEL, AT(log_level),
     0, 0},
    {"check", NULL, "check blocks and state in the data folder, and end", SETTING_TASK, NODE_CHECK,
     0, 0},
    {"snapshot-write", "FILE", "write a snapshot of the data folder's state, and end", SETTING_TASK,
     NODE_SNAPSHOT_WRITE, 0, 0},
    {"snapshot-load", "FILE", "load a snapshot into a data folder without state, and end",
     SETTING_TASK, NODE_SNAPSHOT_LOAD, 0, 0},
    {"snapshot-verify", "FILE", "check a snapshot, and end", SETTING_TASK, NODE_SNAPSHOT_VERIFY, 0,
     0},
    {"truncate-log", "HEIGHT", "forget the blocks above a height (repair), and end",
     SETTING_TASK_HEIGHT, NODE_TRUNCATE_LOG, 0, UINT32_MAX},
    {"make-key", "FILE", "make a private key, print its public key, and end", SETTING_TASK,
     NODE_MAKE_KEY, 0, 0},
    {"make-genesis", "FILE", "write a genesis with the key of --key (- is stdout), and end",
     SETTING_TASK, NODE_MAKE_GENESIS, 0, 0},
    {"key", "KEY", "public key for --make-genesis", SETTING_TEXT, AT(public_key), 0, 0},
    {"json", NULL, "results of checks, snapshots and truncation as JSON", SETTING_FLAG, AT(json), 0,
     0},
    {"help", NULL, "this list", SETTING_TASK, NODE_SHOW_HELP, 0, 0},
    {"version", NULL, "the version", SETTING_TASK, NODE_SHOW_VERSION, 0, 0},
};
const size_t settings_count = sizeof settings / sizeof settings[0];
_Static_assert(sizeof settings / sizeof settings[0] <= SETTINGS_MAX, "SETTINGS_MAX is too small");

static void *member(struct node_options *options, const struct setting *setting)
{
    return (char *)options + setting->offset;
}

/* ------------------------------------------------------------------ values */

static int refuse(struct setting_source *source, const struct setting *setting, const char *text,
                  const char *why)
{
    snprintf(source->error, sizeof source->error, "%s: '%.100s' %s", setting->name, text, why);
    return -1;
}

static int set_text(struct setting_source *source, const struct setting *setting, char *to,
                    const char *text)
{
    size_t chars = strlen(text);
    if (chars == 0 || chars >= OPTIONS_TEXT_SIZE)
        return refuse(source, setting, text, "is empty, or longer than 200 characters");
    memcpy(to, text, chars + 1);
    return 0;
}

static int read_number(struct setting_source *source, const struct setting *setting,
                       const char *text, uint64_t *number)
{
    char *end;
    unsigned shift = 0;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (setting->kind == SETTING_BYTES && *end != '\0') {
        shift = *end == 'K' ? 10 : *end == 'M' ? 20 : *end == 'G' ? 30 : 0;
        end += shift != 0;
    }
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0)
        return refuse(source, setting, text, "is not a number");
    if (value > setting->max >> shift || value << shift < setting->min) {
        char why[96];
        snprintf(why, sizeof why, "is not between %llu and %llu", (unsigned long long)setting->min,
                 (unsigned long long)setting->max);
        return refuse(source, setting, text, why);
    }
    *number = value << shift;
    return 0;
}

static int set_card(struct setting_source *source, const struct setting *setting, const char *text,
                    bool first)
{
    struct node_options *options = source->options;
    if (first)
        options->card_count = 0; /* the command line's stand for the file's */
    if (options->card_count == OFFLOAD_CARDS_MAX)
        return refuse(source, setting, text, "is one card too many: 8 are the most");
    return set_text(source, setting, options->cards[options->card_count++], text);
}

static int set_switch(struct setting_source *source, const struct setting *setting,
                      const char *text)
{
    bool yes = strcmp(text, "yes") == 0;
    if (!yes && strcmp(text, "no") != 0)
        return refuse(source, setting, text, "is neither yes nor no");
    *(bool *)member(source->options, setting) = yes;
    return 0;
}

static int set_name(struct setting_source *source, const struct setting *setting, const char *text)
{
    name_t *name = member(source->options, setting);
    if (!name_parse(text, strlen(text), name) || *name == 0)
        return refuse(source, setting, text, "is no account's name: 1 to 12 of a-z, 1-5 and dots");
    return 0;
}

static int set_level(struct setting_source *source, const struct setting *setting, const char *text)
{
    if (!log_level_parse(text, member(source->options, setting)))
        return refuse(source, setting, text, "is none of error, warn, info, debug");
    return 0;
}

static int set_task(struct setting_source *source, const struct setting *setting, const char *text)
{
    struct node_options *options = source->options;
    enum node_task task = (enum node_task)setting->offset;
    if (options->task != NODE_RUN && options->task != task) {
        snprintf(source->error, sizeof source->error,
                 "%s: another option says already what to do: give one of them", setting->name);
        return -1;
    }
    options->task = task;
    if (setting->kind == SETTING_TASK_HEIGHT)
        return read_number(source, setting, text, &options->task_height);
    return text == NULL ? 0 : set_text(source, setting, options->task_file, text);
}

int setting_set(struct setting_source *source, const struct setting *setting, const char *text)
{
    bool *given = &source->given[setting - settings];
    bool first = !*given;
    *given = true;
    switch (setting->kind) {
    case SETTING_TEXT:
    case SETTING_CONFIG:
        return set_text(source, setting, member(source->options, setting), text);
    case SETTING_CARD:
        return set_card(source, setting, text, first);
    case SETTING_NUMBER:
    case SETTING_BYTES:
        return read_number(source, setting, text, member(source->options, setting));
    case SETTING_NAME:
        return set_name(source, setting, text);
    case SETTING_LEVEL:
        return set_level(source, setting, text);
    case SETTING_SWITCH:
        return set_switch(source, setting, text);
    case SETTING_FLAG:
        *(bool *)member(source->options, setting) = true;
        return 0;
    case SETTING_TASK:
    case SETTING_TASK_HEIGHT:
        return set_task(source, setting, text);
    }
    assert(!"a kind out of the table");
    return -1;
}

bool setting_given(const struct setting_source *source, const struct setting *setting)
{
    return source->given[setting - settings];
}
