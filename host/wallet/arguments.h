/* SPDX-License-Identifier: Apache-2.0 */
/* The command line: one table of options, of which each command takes some. */
#ifndef HOST_WALLET_ARGUMENTS_H
#define HOST_WALLET_ARGUMENTS_H

#include <stdbool.h>
#include <stdio.h>

#define ARGUMENTS_LIST_MAX 16u

/* Groups of options that a command takes; bits. */
enum option_group {
    OPTIONS_GLOBAL = 1u << 0,
    OPTIONS_TYPE = 1u << 1,
    OPTIONS_NAME = 1u << 2,
    OPTIONS_EXPORT = 1u << 3,
    OPTIONS_SIGN = 1u << 4,   /* what makes signatures */
    OPTIONS_DRAFT = 1u << 5,  /* what makes a transaction out of actions */
    OPTIONS_WAIT = 1u << 6,   /* what sends one */
    OPTIONS_TOKEN = 1u << 7,  /* about a token's contract */
    OPTIONS_TABLE = 1u << 8,  /* about rows */
    OPTIONS_SECRET = 1u << 9, /* what unlocks the wallet */
    OPTIONS_CHAIN = 1u << 10, /* signing without a node */
};

struct argument_list {
    unsigned count;
    const char *items[ARGUMENTS_LIST_MAX];
};

/* All texts are those of argv or of the environment. NULL: not given. */
struct arguments {
    const char *url, *wallet;
    bool json, quiet, help;
    const char *passphrase_file;
    const char *type, *name;
    bool show_secret, legacy;
    struct argument_list sign_with;
    struct argument_list permissions;
    unsigned expiration_s;
    bool no_sign, no_broadcast;
    const char *wait;
    unsigned wait_s;
    const char *chain_id;
    const char *contract;
    const char *lower, *upper, *index, *key_type;
    unsigned limit;
    bool reverse;
    /* What is no option: the command's own words. */
    char **words;
    unsigned word_count;
};

/* Fills in what holds when nothing is given. */
void arguments_init(struct arguments *arguments);

/* Takes argv[0], the program's or the command's name, and the options of `groups` behind it. With
 * `stop_at_word` it stops at the first word that is no option; otherwise options may stand between
 * words. False when something is wrong, which it has printed. argv is reordered. */
bool arguments_parse(struct arguments *arguments, unsigned groups, bool stop_at_word, int argc,
                     char **argv);

/* A line or more for each option of `groups`. */
void arguments_print_options(FILE *out, unsigned groups);

#endif
