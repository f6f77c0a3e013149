/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the plain subset of CSV in which our test data are: a header line that must be as expected,
 * then lines of a fixed number of fields. Each line ends in a line feed; no quotes, no spaces that
 * mean something else, no control characters, no empty lines. Anything else is an error that names
 * file and line. */
#ifndef HOST_BASE_CSV_H
#define HOST_BASE_CSV_H

#include <stddef.h>

#define CSV_LINE_CHARS_MAX  1024u
#define CSV_FIELDS_MAX      16u
#define CSV_FILE_BYTES_MAX  (16u << 20)
#define CSV_ERROR_TEXT_SIZE 256u

/* A field points into the text that the reader was given and has no terminator. */
struct csv_field {
    const char *text;
    size_t chars;
};

struct csv {
    const char *name; /* for error texts; the caller's */
    const char *next; /* start of the line that is read next */
    const char *end;
    size_t line; /* number of the line read last, from 1; the header is line 1 */
    char error[CSV_ERROR_TEXT_SIZE];
};

/* Starts reading `bytes` bytes at `text`, which stay the caller's and must outlive the reader and
 * its fields; checks the header line against `header` (without line feed). 0, or -1 with
 * csv->error. */
int csv_open(struct csv *csv, const char *name, const char *text, size_t bytes, const char *header);

/* Takes the next line and splits it into exactly `count` fields (1 to CSV_FIELDS_MAX).
 * 1: a line was read; 0: the end; -1: csv->error says what and where. After -1 or 0 do not call
 * again. */
int csv_next(struct csv *csv, struct csv_field *fields, size_t count);

/* Puts "NAME:LINE: reason" into csv->error, for a caller who finds a field's content wrong. Returns
 * -1. */
int csv_reject(struct csv *csv, const char *reason);

/* Reads a whole file of at most CSV_FILE_BYTES_MAX bytes. 0 with *text (the caller's, to free) and
 * *bytes; -1 with a text in `error`. */
int csv_load(const char *path, char **text, size_t *bytes, char error[CSV_ERROR_TEXT_SIZE]);

#endif
