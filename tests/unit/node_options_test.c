// SPDX-License-Identifier: Apache-2.0
/* Command lines and configuration files. */
#include "host/node/options.h"

#include "tests/unit/store_folder.h"

#define ARGUMENTS_MAX 16u

static struct node_options options;
static char error[OPTIONS_ERROR_SIZE];
static char folder[FOLDER_PATH_SIZE], config_path[FOLDER_PATH_SIZE + 16];

/* Reads a command line of words with single spaces between them. */
static int read_line(const char *line)
{
    static char copy[1024];
    char *arguments[ARGUMENTS_MAX] = {"snapscaled"};
    int count = 1;
    snprintf(copy, sizeof copy, "%s", line);
    for (char *word = strtok(copy, " "); word != NULL; word = strtok(NULL, " ")) {
        CHECK(count < (int)ARGUMENTS_MAX - 1);
        arguments[count++] = word;
    }
    error[0] = '\0';
    return options_read(count, arguments, &options, error);
}

static void reads(const char *line)
{
    if (read_line(line) != 0)
        printf("# %s: %s\n", line, error);
    CHECK(error[0] == '\0');
}

static void refuses(const char *line, const char *text)
{
    CHECK_EQ(read_line(line), -1);
    if (strstr(error, text) == NULL)
        printf("# %s: %s\n", line, error);
    CHECK(strstr(error, text) != NULL);
}

static void write_config_bytes(const char *text, size_t bytes)
{
    FILE *file = fopen(config_path, "we");
    CHECK(file != NULL);
    CHECK(fwrite(text, 1, bytes, file) == bytes);
    CHECK_EQ(fclose(file), 0);
}

static void write_config(const char *text)
{
    write_config_bytes(text, strlen(text));
}

/* A configuration of this text, and then a line of options. */
static void reads_config(const char *text, const char *more)
{
    char line[FOLDER_PATH_SIZE + 256];
    write_config(text);
    snprintf(line, sizeof line, "--config %s %s", config_path, more);
    reads(line);
}

static void refuses_config(const char *text, unsigned line_number, const char *why)
{
    char line[FOLDER_PATH_SIZE + 32], place[FOLDER_PATH_SIZE + 32];
    write_config(text);
    snprintf(line, sizeof line, "--config %s", config_path);
    snprintf(place, sizeof place, "%s:%u: ", config_path, line_number);
    refuses(line, place);
    CHECK(strstr(error, why) != NULL);
}

/* ------------------------------------------------------------------ the command line */

static void test_defaults(void)
{
    reads("");
    CHECK_EQ(options.task, NODE_RUN);
    CHECK(strcmp(options.data_dir, "/var/lib/snapscale") == 0);
    CHECK_EQ(options.producer_name, name_of("eosio"));
    CHECK(strcmp(options.http_address, "127.0.0.1") == 0);
    CHECK_EQ(options.http_port, 8888);
    CHECK_EQ(options.card_count, 0);
    CHECK_EQ(options.pool_transactions, 0); /* intake's own default */
    CHECK(options.keep_traces && !options.json);
    CHECK_EQ(options.log_level, LOG_LEVEL_INFO);
}

static void test_values(void)
{
    reads("--data-dir /data --card vfio:0000:01:00.0 --card sim:/tmp/card --workers 3 "
          "--http-port=0 --log-level debug");
    CHECK(strcmp(options.data_dir, "/data") == 0);
    CHECK_EQ(options.card_count, 2);
    CHECK(strcmp(options.cards[1], "sim:/tmp/card") == 0);
    CHECK_EQ(options.workers, 3);
    CHECK_EQ(options.http_port, 0);
    CHECK_EQ(options.log_level, LOG_LEVEL_DEBUG);
    reads("--pool-bytes 3M --checkpoint-bytes 65536 --state-bytes 2G --keep-traces no");
    CHECK_EQ(options.pool_bytes, 3u << 20);
    CHECK_EQ(options.checkpoint_bytes, 65536);
    CHECK_EQ(options.state_bytes, UINT64_C(2) << 30);
    CHECK(!options.keep_traces);
    reads("--http-idle-seconds 1 --http-request-seconds 3600");
    CHECK_EQ(options.http_idle_seconds, 1);
    CHECK_EQ(options.http_request_seconds, 3600);
    reads("--workers 3 --workers 4");
    CHECK_EQ(options.workers, 4); /* the last one counts */
}

static void test_tasks(void)
{
    reads("--snapshot-write /tmp/x --json");
    CHECK_EQ(options.task, NODE_SNAPSHOT_WRITE);
    CHECK(strcmp(options.task_file, "/tmp/x") == 0);
    CHECK(options.json);
    reads("--truncate-log 77");
    CHECK_EQ(options.task, NODE_TRUNCATE_LOG);
    CHECK_EQ(options.task_height, 77);
    reads("--make-genesis g.json --key PUB");
    CHECK_EQ(options.task, NODE_MAKE_GENESIS);
    CHECK(strcmp(options.public_key, "PUB") == 0);
    reads("--help");
    CHECK_EQ(options.task, NODE_SHOW_HELP);
    refuses("--check --truncate-log 77", "give one of them");
    refuses("--make-genesis g.json", "--key");
    refuses("--key PUB", "--make-genesis");
}

static void test_wrong_values(void)
{
    refuses("--workers 0", "workers: '0' is not between 1 and 256");
    refuses("--workers 257", "not between");
    refuses("--workers -1", "is not a number");
    refuses("--workers 3x", "is not a number");
    refuses("--workers 3K", "is not a number"); /* it is no size */
    refuses("--workers 99999999999999999999", "is not a number");
    refuses("--state-bytes 99999999999G", "not between");
    refuses("--state-bytes 1MB", "is not a number");
    refuses("--http-port 65536", "not between");
    refuses("--http-idle-seconds 0", "not between"); /* 0 would be: never */
    refuses("--http-request-seconds 3601", "not between");
    refuses("--log-level loud", "log-level: 'loud'");
    refuses("--producer-name Eosio", "no account's name");
    refuses("--keep-traces maybe", "neither yes nor no");
    refuses("--truncate-log 4294967296", "not between");
}

static void test_too_many_cards(void)
{
    reads("--card 1 --card 2 --card 3 --card 4 --card 5 --card=6 --card=7");
    refuses("--card=1 --card=2 --card=3 --card=4 --card=5 --card=6 --card=7 --card=8 --card=9",
            "card: '9' is one card too many");
}

static void test_wrong_options(void)
{
    char line[400] = "--data-dir ";
    refuses("--nonsense", "--nonsense");
    refuses("--workers", "needs a value");
    refuses("--check=3", "takes no value");
    refuses("word", "'word' is no option");
    refuses("-x", "is no option");
    memset(line + strlen(line), 'x', 201);
    refuses(line, "longer than 200 characters");
}

/* ------------------------------------------------------------------ the configuration file */

static void test_config_and_who_wins(void)
{
    reads_config("; a comment\n"
                 "# another\n"
                 "http-port = 9999\n"
                 "data-dir=/data ; with a comment behind\n"
                 "card = sim:/a\n"
                 "card = sim:/b\n"
                 "\n"
                 "log-level = warn",
                 "");
    CHECK_EQ(options.http_port, 9999);
    CHECK(strcmp(options.data_dir, "/data") == 0);
    CHECK_EQ(options.card_count, 2);
    CHECK(strcmp(options.cards[0], "sim:/a") == 0);
    CHECK_EQ(options.log_level, LOG_LEVEL_WARN);
    reads_config("http-port = 9999\ncard = sim:/a\ncard = sim:/b\nworkers = 2\n",
                 "--http-port 1 --card sim:/c");
    CHECK_EQ(options.http_port, 1);
    CHECK_EQ(options.workers, 2);
    CHECK_EQ(options.card_count, 1);
    CHECK(strcmp(options.cards[0], "sim:/c") == 0);
}

static void test_wrong_config(void)
{
    char text[400] = "\ndata-dir = ", line[FOLDER_PATH_SIZE + 32];
    refuses_config("workers = 2\n\nnonsense = 3\nworkers = 0\n", 3, "'nonsense' is not known");
    refuses_config("workers = 0\n", 1, "not between");
    refuses_config("workers = 1\nworkers = 1\n", 2, "a second time");
    refuses_config("workers = 1\nhello\n", 2, "name = value");
    refuses_config("[http]\nhttp-port = 1\n", 2, "sections");
    refuses_config("config = /etc/other\n", 1, "not known"); /* on the command line alone */
    refuses_config("check = yes\n", 1, "not known");
    refuses_config("key = PUB\n", 1, "not known");
    refuses_config("data-dir =\n", 1, "is empty");
    memset(text + strlen(text), 'x', 250);
    refuses_config(text, 2, "longer than 190 characters");
    write_config_bytes("workers = 1\n\0workers = 2\n", 25);
    snprintf(line, sizeof line, "--config %s", config_path);
    refuses(line, ":2: the line begins with a zero byte");
    refuses("--config /nonexistent/file", "/nonexistent/file: No such file");
}

int main(void)
{
    folder_make(folder);
    snprintf(config_path, sizeof config_path, "%s/node.ini", folder);
    RUN(test_defaults);
    RUN(test_values);
    RUN(test_tasks);
    RUN(test_wrong_values);
    RUN(test_too_many_cards);
    RUN(test_wrong_options);
    RUN(test_config_and_who_wins);
    RUN(test_wrong_config);
    folder_remove(folder);
    return 0;
}
