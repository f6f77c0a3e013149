/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands of `snapscale` share: how they end, and how they speak. Results go to standard
 * output; errors, questions and progress to standard error. */
#ifndef HOST_WALLET_TOOL_H
#define HOST_WALLET_TOOL_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "host/wallet/arguments.h"

enum tool_exit {
    TOOL_OK = 0,
    TOOL_REFUSED = 1,    /* the node refused */
    TOOL_USAGE = 2,      /* what was asked makes no sense */
    TOOL_CONNECTION = 3, /* no node there, or no answer in time, or none that makes sense */
    TOOL_LOCAL = 4,      /* this machine: wallet, passphrase, a file, memory */
};

/* "error: ..." and a line feed; returns `exit`. */
enum tool_exit tool_fail(enum tool_exit exit, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
enum tool_exit tool_no_memory(void);
/* A line of progress, unless --quiet. */
void tool_note(const struct arguments *arguments, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Text of somebody else's: control characters, which a terminal would obey, are shown as "\xNN".
 * At most `chars_max` bytes, then "..."; 0: all. */
void tool_print_foreign(FILE *out, const char *text, size_t chars_max);

/* One line with --json, indented otherwise. Borrows `value`; NULL is out of memory. */
enum tool_exit tool_print_json(const struct arguments *arguments, const json_t *value);

/* A member's text, or `other` when it is not there or no text. Borrowed. */
const char *tool_member_text(const json_t *object, const char *name, const char *other);
/* A member's number, also when it came as a text; 0 when it is neither. */
json_int_t tool_member_number(const json_t *object, const char *name);

/* A whole file, "-" for standard input, of at most `bytes_max` bytes; the caller frees. NULL: said
 * why. A terminator is put behind it. */
char *tool_read_file(const char *path, size_t bytes_max, size_t *bytes);
/* The same, of JSON: TOOL_OK with a new reference, or said why. */
enum tool_exit tool_read_json(const char *path, size_t bytes_max, json_t **json);
/* JSON from a text. `what` says where it is from. */
enum tool_exit tool_parse_json(const char *what, const char *text, size_t bytes, json_t **json);

#endif
