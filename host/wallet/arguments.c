// SPDX-License-Identifier: Apache-2.0
#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "host/wallet/arguments.h"

enum option_kind { FLAG, TEXT, NUMBER, LIST };

/* Where the help's second column starts. */
#define HELP_COLUMN 27

struct option_spec {
    const char *name, *value; /* value: how the help calls it; NULL for a flag */
    unsigned groups;
    enum option_kind kind;
    size_t offset; /* of its field in struct arguments */
    unsigned minimum, maximum;
    const char *help;
};

#define AT(field) offsetof(struct arguments, field)

static const struct option_spec SPECS[] = {
    {"type", "k1|sm2", OPTIONS_TYPE, TEXT, AT(type), 0, 0, "secp256k1 (default) or SM2"},
    {"name", "NAME", OPTIONS_NAME, TEXT, AT(name), 0, 0,
     "what to call the key (default: key1, key2, ...)"},
    {"show-secret", NULL, OPTIONS_EXPORT, FLAG, AT(show_secret), 0, 0,
     "yes, print the secret; nothing is printed without"},
    {"legacy", NULL, OPTIONS_EXPORT, FLAG, AT(legacy), 0, 0, "K1 keys in their older text (WIF)"},
    {"permission", "A@P", OPTIONS_DRAFT, LIST, AT(permissions), 0, 0,
     "who authorizes the action; may be repeated"},
    {"expiration", "SECONDS", OPTIONS_DRAFT, NUMBER, AT(expiration_s), 1, 86400,
     "until when it may enter a block (default 60)"},
    {"no-broadcast", NULL, OPTIONS_DRAFT, FLAG, AT(no_broadcast), 0, 0,
     "print the transaction, do not send it"},
    {"no-sign", NULL, OPTIONS_DRAFT, FLAG, AT(no_sign), 0, 0,
     "leave it unsigned; with --no-broadcast"},
    {"sign-with", "KEY", OPTIONS_SIGN, LIST, AT(sign_with), 0, 0,
     "sign with this key of the wallet, by name or public key; may be repeated (default: those "
     "that the node asks for)"},
    {"chain-id", "HEX", OPTIONS_CHAIN, TEXT, AT(chain_id), 0, 0,
     "sign for this chain and ask no node; needs --sign-with"},
    {"wait", "executed|final", OPTIONS_WAIT, TEXT, AT(wait), 0, 0,
     "return when the node has executed it (default), or when its block is final"},
    {"wait-seconds", "N", OPTIONS_WAIT, NUMBER, AT(wait_s), 1, 86400,
     "how long to wait for that at most (default 120)"},
    {"contract", "ACCOUNT", OPTIONS_TOKEN, TEXT, AT(contract), 0, 0,
     "the token's account (default eosio.token)"},
    {"lower", "KEY", OPTIONS_TABLE, TEXT, AT(lower), 0, 0,
     "first key (default: the first there is)"},
    {"upper", "KEY", OPTIONS_TABLE, TEXT, AT(upper), 0, 0, "last key (default: the last there is)"},
    {"limit", "N", OPTIONS_TABLE, NUMBER, AT(limit), 1, 1000, "at most so many rows (default 10)"},
    {"reverse", NULL, OPTIONS_TABLE, FLAG, AT(reverse), 0, 0, "the last row first"},
    {"index", "N", OPTIONS_TABLE, TEXT, AT(index), 0, 0,
     "which index: 1 the primary (default), 2 the next, ..."},
    {"key-type", "TYPE", OPTIONS_TABLE, TEXT, AT(key_type), 0, 0,
     "how keys are written: name, i64, i128, sha256, ..."},
    {"wallet", "FILE", OPTIONS_GLOBAL, TEXT, AT(wallet), 0, 0,
     "the wallet's file (default $XDG_DATA_HOME/snapscale/wallet)"},
    {"passphrase-file", "FILE", OPTIONS_SECRET, TEXT, AT(passphrase_file), 0, 0,
     "its first line is the wallet's passphrase; -: standard input"},
    {"url", "URL", OPTIONS_GLOBAL, TEXT, AT(url), 0, 0,
     "the node (default $SNAPSCALE_URL, or http://127.0.0.1:8888)"},
    {"json", NULL, OPTIONS_GLOBAL, FLAG, AT(json), 0, 0, "one line of JSON instead of text"},
    {"quiet", NULL, OPTIONS_GLOBAL, FLAG, AT(quiet), 0, 0, "no progress on standard error"},
    {"help", NULL, OPTIONS_GLOBAL, FLAG, AT(help), 0, 0, "this text"},
};
#define SPEC_COUNT (sizeof SPECS / sizeof SPECS[0])

void arguments_init(struct arguments *arguments)
{
    const char *url = getenv("SNAPSCALE_URL");
    *arguments = (struct arguments){
        .url = url != NULL && url[0] != '\0' ? url : "http://127.0.0.1:8888",
        .expiration_s = 60,
        .wait_s = 120,
        .limit = 10,
        .contract = "eosio.token",
    };
}

static bool parse_number(const struct option_spec *spec, const char *text, unsigned *value)
{
    char *end;
    errno = 0;
    unsigned long number = strtoul(text, &end, 10);
    if (text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 && number >= spec->minimum &&
        number <= spec->maximum) {
        *value = (unsigned)number;
        return true;
    }
    fprintf(stderr, "error: --%s takes a number of %u to %u\n", spec->name, spec->minimum,
            spec->maximum);
    return false;
}

static bool add_item(const struct option_spec *spec, const char *text, struct argument_list *list)
{
    if (list->count == ARGUMENTS_LIST_MAX) {
        fprintf(stderr, "error: --%s may be given %u times\n", spec->name, ARGUMENTS_LIST_MAX);
        return false;
    }
    list->items[list->count++] = text;
    return true;
}

static bool store(struct arguments *arguments, const struct option_spec *spec, const char *text)
{
    void *field = (char *)arguments + spec->offset;
    switch (spec->kind) {
    case FLAG:
        *(bool *)field = true;
        return true;
    case TEXT:
        *(const char **)field = text;
        return true;
    case NUMBER:
        return parse_number(spec, text, field);
    case LIST:
        return add_item(spec, text, field);
    }
    assert(false);
    return false;
}

bool arguments_parse(struct arguments *arguments, unsigned groups, bool stop_at_word, int argc,
                     char **argv)
{
    static char message_start[] = "error"; /* getopt_long writes argv[0] in front of messages */
    struct option options[SPEC_COUNT + 1];
    size_t count = 0;
    for (size_t i = 0; i < SPEC_COUNT; i++)
        if ((SPECS[i].groups & groups) != 0)
            options[count++] = (struct option){
                SPECS[i].name, SPECS[i].value != NULL ? required_argument : no_argument, NULL,
                (int)i + 1};
    options[count] = (struct option){0};
    optind = 0; /* glibc: start anew */
    argv[0] = message_start;
    for (;;) {
        int found = getopt_long(argc, argv, stop_at_word ? "+h" : "h", options, NULL);
        if (found == -1)
            break;
        if (found == 'h')
            arguments->help = true;
        else if (found == '?' || !store(arguments, &SPECS[found - 1], optarg))
            return false; /* getopt_long has said what is wrong */
    }
    arguments->words = argv + optind;
    arguments->word_count = (unsigned)(argc - optind);
    return true;
}

/* Breaks `text` at spaces so that lines end before column 80. */
static void print_wrapped(FILE *out, const char *text)
{
    int column = HELP_COLUMN;
    for (bool first = true; *text != '\0'; first = false) {
        text += strspn(text, " ");
        int chars = (int)strcspn(text, " ");
        if (!first && column + 1 + chars > 79) {
            fprintf(out, "\n%*s", HELP_COLUMN, "");
            column = HELP_COLUMN;
        } else if (!first) {
            fputc(' ', out);
            column++;
        }
        fprintf(out, "%.*s", chars, text);
        column += chars;
        text += chars;
    }
    fputc('\n', out);
}

void arguments_print_options(FILE *out, unsigned groups)
{
    for (size_t i = 0; i < SPEC_COUNT; i++) {
        const struct option_spec *spec = &SPECS[i];
        if ((spec->groups & groups) == 0)
            continue;
        int chars = fprintf(out, "  --%s%s%s", spec->name, spec->value != NULL ? " " : "",
                            spec->value != NULL ? spec->value : "");
        if (chars > HELP_COLUMN - 1)
            fprintf(out, "\n%*s", HELP_COLUMN, "");
        else
            fprintf(out, "%*s", HELP_COLUMN - chars, "");
        print_wrapped(out, spec->help);
    }
}
