// SPDX-License-Identifier: Apache-2.0
/* snapscale: keeps keys, makes and signs transactions, asks a node. */
#include <curl/curl.h>
#include <errno.h>
#include <string.h>

#include "host/wallet/commands.h"
#include "host/wallet/secret.h"

static const char HELP_END[] =
    "\n"
    "EXIT STATUS\n"
    "  0  done\n"
    "  1  the node refused; why is on standard error, with --json its answer is printed\n"
    "  2  wrong usage\n"
    "  3  no node there, no answer in time, or none that makes sense\n"
    "  4  this machine: the wallet, its passphrase, a file, memory\n";

static const char EXAMPLES[] =
    "\n"
    "EXAMPLES\n"
    "  snapscale key create --name alice\n"
    "  snapscale account create eosio alice alice\n"
    "  snapscale transfer alice bob \"1.0000 SYS\" \"for the coffee\" --wait final\n"
    "  snapscale push action eosio.token open '[\"bob\",\"4,SYS\",\"alice\"]' --permission alice\n"
    "  snapscale get table eosio.token alice accounts\n";

static void print_name(FILE *out, const struct command *command)
{
    fprintf(out, "%s%s%s", command->group != NULL ? command->group : "",
            command->group != NULL ? " " : "", command->name);
}

static void print_help(FILE *out)
{
    fputs("NAME\n"
          "  snapscale - keep keys, make and sign transactions, ask a SnapScale node\n"
          "\n"
          "SYNOPSIS\n",
          out);
    for (const struct command *command = COMMANDS; command->name != NULL; command++) {
        fputs("  snapscale ", out);
        print_name(out, command);
        fprintf(out, "%s%s [OPTIONS]\n", command->words[0] != '\0' ? " " : "", command->words);
    }
    fputs("\n  `snapscale COMMAND --help` says what a command does and takes.\n\nOPTIONS\n", out);
    arguments_print_options(out, OPTIONS_GLOBAL);
    fputs(HELP_END, out);
    fputs(EXAMPLES, out);
}

static void print_command_help(FILE *out, const struct command *command)
{
    fputs("snapscale ", out);
    print_name(out, command);
    fprintf(out, "%s%s [OPTIONS]\n\n%s\nOPTIONS\n", command->words[0] != '\0' ? " " : "",
            command->words, command->help);
    arguments_print_options(out, command->options | OPTIONS_GLOBAL);
    fputs(HELP_END, out);
}

/* The command that `count` words start with, or NULL. */
static const struct command *find_command(char *const *words, unsigned count)
{
    for (const struct command *command = COMMANDS; command->name != NULL; command++) {
        unsigned need = command->group != NULL ? 2 : 1;
        if (count >= need && strcmp(words[need - 1], command->name) == 0 &&
            (need == 1 || strcmp(words[0], command->group) == 0))
            return command;
    }
    return NULL;
}

static enum tool_exit usage(void)
{
    fputs("see snapscale --help\n", stderr);
    return TOOL_USAGE;
}

static enum tool_exit run(const struct command *command, struct arguments *arguments)
{
    /* The last word of the command's name stands where getopt wants a program's. */
    unsigned skip = command->group != NULL ? 1 : 0;
    int count = (int)(arguments->word_count - skip);
    char **words = arguments->words + skip;
    if (!arguments_parse(arguments, command->options | OPTIONS_GLOBAL, false, count, words))
        return usage();
    if (arguments->help) {
        print_command_help(stdout, command);
        return TOOL_OK;
    }
    if (arguments->word_count < command->words_min || arguments->word_count > command->words_max) {
        fprintf(stderr, "error: expected: snapscale ");
        print_name(stderr, command);
        fprintf(stderr, " %s\n", command->words);
        return usage();
    }
    return command->run(arguments);
}

int main(int argc, char **argv)
{
    struct arguments arguments;
    secret_harden_process();
    arguments_init(&arguments);
    enum tool_exit exit = TOOL_OK;
    if (!arguments_parse(&arguments, OPTIONS_GLOBAL, true, argc, argv)) {
        exit = usage();
    } else if (arguments.word_count == 0 && arguments.help) {
        print_help(stdout);
    } else {
        const struct command *command = find_command(arguments.words, arguments.word_count);
        if (command != NULL)
            exit = run(command, &arguments);
        else
            exit = tool_fail(TOOL_USAGE, "no such command; see snapscale --help");
    }
    if (fflush(stdout) != 0)
        exit = tool_fail(TOOL_LOCAL, "standard output: %s", strerror(errno));
    curl_global_cleanup();
    return exit;
}
