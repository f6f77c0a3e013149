// SPDX-License-Identifier: Apache-2.0
#include "host/node/options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "host/node/config_file.h"
#include "host/node/setting.h"

#define HELP_COLUMN 34
#define GIB         (UINT64_C(1) << 30)

/* ------------------------------------------------------------------ the command line */

static void make_long_options(struct option long_options[SETTINGS_MAX + 1])
{
    for (size_t i = 0; i < settings_count; i++)
        long_options[i] = (struct option){
            .name = settings[i].name,
            .has_arg = settings[i].argument != NULL ? required_argument : no_argument,
            .val = 1};
    long_options[settings_count] = (struct option){0};
}

/* Goes through the command line; `only_config` takes nothing but --config. */
static int read_line_of_options(int argc, char **argv, struct setting_source *source,
                                bool only_config)
{
    struct option long_options[SETTINGS_MAX + 1];
    int index = 0;
    make_long_options(long_options);
    optind = 0; /* anew, also for GNU's scanner */
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, ":", long_options, &index)) != -1;) {
        if (option != 1) {
            snprintf(source->error, sizeof source->error,
                     option == ':' ? "%.100s: needs a value"
                                   : "%.100s: is no option, or takes no value; see --help",
                     argv[optind - 1]);
            return -1;
        }
        if (only_config == (settings[index].kind == SETTING_CONFIG) &&
            setting_set(source, &settings[index], optarg) != 0)
            return -1;
    }
    if (optind == argc)
        return 0;
    snprintf(source->error, sizeof source->error, "'%.100s' is no option; see --help",
             argv[optind]);
    return -1;
}

static const struct node_options defaults = {
    .data_dir = "/var/lib/snapscale",
    .http_address = "127.0.0.1",
    .http_port = 8888,
    .state_bytes = 64 * GIB,
    .keep_traces = true,
    .log_level = LOG_LEVEL_INFO,
};

static int check_together(const struct node_options *options, char error[OPTIONS_ERROR_SIZE])
{
    bool has_key = options->public_key[0] != '\0';
    if (has_key == (options->task == NODE_MAKE_GENESIS))
        return 0;
    snprintf(error, OPTIONS_ERROR_SIZE, "--make-genesis and --key go together");
    return -1;
}

int options_read(int argc, char **argv, struct node_options *options,
                 char error[OPTIONS_ERROR_SIZE])
{
    struct setting_source source = {.options = options};
    *options = defaults;
    options->producer_name = name_of("eosio");
    int code = read_line_of_options(argc, argv, &source, true);
    if (code == 0 && options->config[0] != '\0') {
        memset(source.given, 0, sizeof source.given);
        if (config_file_read(&source, error) != 0)
            return -1;
    }
    memset(source.given, 0, sizeof source.given);
    if (code == 0)
        code = read_line_of_options(argc, argv, &source, false);
    if (code == 0)
        return check_together(options, error);
    snprintf(error, OPTIONS_ERROR_SIZE, "%s", source.error);
    return -1;
}

void options_help(void)
{
    puts("usage: snapscaled [OPTION]...\n"
         "\n"
         "Runs a node of a SnapScale chain: makes blocks, answers the HTTP interface of the "
         "Antelope family.\n");
    for (size_t i = 0; i < settings_count; i++) {
        char left[64];
        snprintf(left, sizeof left, "--%s%s%s", settings[i].name,
                 settings[i].argument != NULL ? " " : "",
                 settings[i].argument != NULL ? settings[i].argument : "");
        printf("  %-*s %s\n", HELP_COLUMN, left, settings[i].help);
    }
    puts("\nBYTES may end in K, M or G. Exit status: 0 done, 1 failed, 2 wrong options.");
}
