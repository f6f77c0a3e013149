/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands of `snapcard` share. */
#ifndef DRIVER_TOOLS_TOOL_H
#define DRIVER_TOOLS_TOOL_H

#include <jansson.h>
#include <stdbool.h>

#include "snapcard.h"

enum tool_exit {
    TOOL_OK = 0,
    TOOL_FAILED = 1, /* the card or the system refused */
    TOOL_USAGE = 2,
    TOOL_WRONG = 3 /* the card gave a wrong answer: do not use it */
};

struct tool_options {
    bool json;
    const char *address; /* NULL when the command takes none */
    const char *file;    /* so, too; or when none was named */
    uint16_t vendor_id, device_id;
    unsigned jobs, batch, length;
    int opcode; /* -1: all */
};

int tool_list(const struct tool_options *options);
int tool_info(const struct tool_options *options);
int tool_selftest(const struct tool_options *options);
int tool_bench(const struct tool_options *options);
int tool_microcode(const struct tool_options *options);

/* Opens options->address; on failure says why and returns NULL. */
struct snap_card *tool_open(const struct tool_options *options);

#define TOOL_CHECKSUM_SIZE 9
void tool_checksum(const struct snap_microcode *microcode, char text[TOOL_CHECKSUM_SIZE]);

/* Writes `value`, which it takes over, as one line; NULL (out of memory, or a name that is not
 * UTF-8) and a full disk are failures. Returns TOOL_OK or TOOL_FAILED. */
int tool_print_json(json_t *value);

#endif
