// SPDX-License-Identifier: Apache-2.0
/* snapcard: looks after cards from the command line. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver/tools/tool.h"

#define JOBS_MAX 100000000u

static const char HELP[] =
    "NAME\n"
    "  snapcard - look after SnapScale crypto accelerator cards\n"
    "\n"
    "SYNOPSIS\n"
    "  snapcard list [--id VVVV:DDDD] [--json]\n"
    "  snapcard info ADDRESS [--json]\n"
    "  snapcard selftest ADDRESS [--json]\n"
    "  snapcard microcode ADDRESS [FILE] [--json]\n"
    "  snapcard bench ADDRESS [--opcode NAME] [--jobs N] [--batch N] [--length BYTES] [--json]\n"
    "  snapcard --help\n"
    "\n"
    "DESCRIPTION\n"
    "  list      Shows the cards on the PCI bus, the driver each is bound to and its IOMMU group,\n"
    "            and what is missing before it can be used.\n"
    "  info      Opens a card, which resets it, and shows its interface version, sizes, engines\n"
    "            opcodes and microcode, and how many faults its engines have found in themselves.\n"
    "  selftest  Runs every opcode that the card announces on known answers, good and bad.\n"
    "  microcode Loads FILE, an image as docs/microcode.md describes it, into the point engine "
    "and\n"
    "            runs the self-test; without FILE the one that is installed with this program.\n"
    "            The image stays until the card loses power.\n"
    "  bench     Measures jobs a second and card cycles a job, one opcode after the other, on one\n"
    "            queue. All results must be OK, and signatures valid.\n"
    "\n"
    "  ADDRESS is vfio:DDDD:BB:DD.F for a PCI function that is bound to vfio-pci, or sim:PATH for\n"
    "  the socket of a simulated card (snapcard-sim). A card belongs to one process at a time.\n"
    "\n"
    "OPTIONS\n"
    "  --id VVVV:DDDD  PCI vendor and device ID to look for, hexadecimal (default 1234:5c01)\n"
    "  --opcode NAME   only this one, as `snapcard info` names it (default: all)\n"
    "  --jobs N        jobs for each opcode (default 10000)\n"
    "  --batch N       jobs for each doorbell, 1 to 256 (default 32)\n"
    "  --length BYTES  payload, 0 to 480, rounded up to what the opcode takes (default 64);\n"
    "                  signatures and points have lengths of their own\n"
    "  --json          one line of JSON instead of text\n"
    "\n"
    "EXIT STATUS\n"
    "  0  done\n"
    "  1  the card or the system refused; the reason, and what to do, is on standard error\n"
    "  2  wrong usage\n"
    "  3  the card gave a wrong answer: do not use it\n"
    "\n"
    "EXAMPLES\n"
    "  snapcard list\n"
    "  snapcard selftest vfio:0000:01:00.0\n"
    "  snapcard-sim --socket /tmp/card --model & snapcard bench sim:/tmp/card --opcode SHA256\n";

static int usage_error(const char *what, const char *argument)
{
    (void)fprintf(stderr, "snapcard: %s%s%s; see snapcard --help\n", what,
                  argument != NULL ? ": " : "", argument != NULL ? argument : "");
    return TOOL_USAGE;
}

static bool parse_number(const char *text, unsigned least, unsigned most, unsigned *value)
{
    char *end;
    errno = 0;
    unsigned long number = strtoul(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || number < least ||
        number > most)
        return false;
    *value = (unsigned)number;
    return true;
}

static bool parse_id(const char *text, uint16_t *vendor, uint16_t *device)
{
    unsigned first, second;
    int length = 0;
    if (strlen(text) != 9 || sscanf(text, "%4x:%4x%n", &first, &second, &length) != 2 ||
        length != 9)
        return false;
    *vendor = (uint16_t)first;
    *device = (uint16_t)second;
    return true;
}

/* One option with its argument; false when it is not valid. */
static bool take_option(struct tool_options *options, int option, const char *argument)
{
    switch (option) {
    case 'i':
        return parse_id(argument, &options->vendor_id, &options->device_id);
    case 'o':
        options->opcode = snap_opcode_parse(argument);
        return options->opcode >= 0;
    case 'n':
        return parse_number(argument, 1, JOBS_MAX, &options->jobs);
    case 'b':
        return parse_number(argument, 1, 256, &options->batch);
    case 'l':
        return parse_number(argument, 0, 480, &options->length);
    case 'j':
        options->json = true;
        return true;
    default:
        return false;
    }
}

struct command {
    const char *name;
    int least, most; /* arguments: an address, a file */
    int (*run)(const struct tool_options *options);
};

static const struct command commands[] = {{"list", 0, 0, tool_list},
                                          {"info", 1, 1, tool_info},
                                          {"selftest", 1, 1, tool_selftest},
                                          {"microcode", 1, 2, tool_microcode},
                                          {"bench", 1, 1, tool_bench}};

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(name, commands[i].name) == 0)
            return &commands[i];
    }
    return NULL;
}

static int run(int argc, char **argv, struct tool_options *options)
{
    if (optind == argc)
        return usage_error("no command", NULL);
    const struct command *command = find_command(argv[optind]);
    if (command == NULL)
        return usage_error("no such command", argv[optind]);
    static const char *const takes[] = {
        "this command takes no address", "this command takes one card's address",
        "this command takes one card's address and at most one file"};
    int arguments = argc - optind - 1;
    if (arguments < command->least || arguments > command->most)
        return usage_error(takes[command->most], command->name);
    if (arguments >= 1)
        options->address = argv[optind + 1];
    if (arguments >= 2)
        options->file = argv[optind + 2];
    return command->run(options);
}

int main(int argc, char **argv)
{
    static const struct option long_options[] = {
        {"id", required_argument, NULL, 'i'},     {"opcode", required_argument, NULL, 'o'},
        {"jobs", required_argument, NULL, 'n'},   {"batch", required_argument, NULL, 'b'},
        {"length", required_argument, NULL, 'l'}, {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0}};
    struct tool_options options = {.vendor_id = SNAP_PCI_VENDOR_ID,
                                   .device_id = SNAP_PCI_DEVICE_ID,
                                   .jobs = 10000,
                                   .batch = 32,
                                   .length = 64,
                                   .opcode = -1};
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, "h", long_options, NULL)) != -1;) {
        if (option == 'h')
            return fputs(HELP, stdout) < 0 || fflush(stdout) != 0 ? TOOL_FAILED : TOOL_OK;
        if (option == '?')
            return usage_error("unknown option, or one without its argument", argv[optind - 1]);
        if (!take_option(&options, option, optarg))
            return usage_error("not a valid argument", optarg);
    }
    return run(argc, argv, &options);
}

struct snap_card *tool_open(const struct tool_options *options)
{
    struct snap_card *card;
    struct snap_error error;
    if (snap_card_open(options->address, NULL, &card, &error) == SNAP_OK)
        return card;
    (void)fprintf(stderr, "snapcard: %s\n", error.text);
    return NULL;
}

int tool_print_json(json_t *value)
{
    bool written = value != NULL && json_dumpf(value, stdout, JSON_COMPACT) == 0 &&
                   putchar('\n') != EOF && fflush(stdout) == 0;
    json_decref(value);
    if (!written)
        (void)fprintf(stderr, "snapcard: the output could not be written\n");
    return written ? TOOL_OK : TOOL_FAILED;
}
