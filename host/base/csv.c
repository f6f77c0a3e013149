// SPDX-License-Identifier: Apache-2.0
#include "host/base/csv.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int csv_reject(struct csv *csv, const char *reason)
{
    snprintf(csv->error, sizeof csv->error, "%s:%zu: %s", csv->name, csv->line, reason);
    return -1;
}

/* 1: *line holds the next line without its line feed; 0: the end; -1: csv->error. */
static int take_line(struct csv *csv, struct csv_field *line)
{
    if (csv->next == csv->end)
        return 0;
    csv->line++;
    size_t left = (size_t)(csv->end - csv->next);
    size_t window = left < CSV_LINE_CHARS_MAX + 1 ? left : CSV_LINE_CHARS_MAX + 1;
    const char *feed = memchr(csv->next, '\n', window);
    if (feed == NULL && window <= CSV_LINE_CHARS_MAX)
        return csv_reject(csv, "the file ends within a line");
    if (feed == NULL)
        return csv_reject(csv, "the line is too long");
    *line = (struct csv_field){csv->next, (size_t)(feed - csv->next)};
    csv->next = feed + 1;
    for (size_t i = 0; i < line->chars; i++) {
        unsigned char c = (unsigned char)line->text[i];
        if (c < ' ' || c == '"' || c > '~')
            return csv_reject(csv, "a character that is not allowed (quote, control or not ASCII)");
    }
    if (line->chars == 0)
        return csv_reject(csv, "an empty line");
    return 1;
}

int csv_open(struct csv *csv, const char *name, const char *text, size_t bytes, const char *header)
{
    *csv = (struct csv){.name = name, .next = text, .end = text + bytes};
    struct csv_field line;
    int status = take_line(csv, &line);
    if (status < 0)
        return -1;
    if (status == 0 || line.chars != strlen(header) || memcmp(line.text, header, line.chars) != 0) {
        csv->line = 1;
        return csv_reject(csv, "the header line is not the expected one");
    }
    return 0;
}

int csv_next(struct csv *csv, struct csv_field *fields, size_t count)
{
    assert(count >= 1 && count <= CSV_FIELDS_MAX);
    struct csv_field line;
    int status = take_line(csv, &line);
    if (status <= 0)
        return status;
    size_t found = 0;
    const char *start = line.text;
    const char *end = line.text + line.chars;
    for (;;) {
        const char *comma = memchr(start, ',', (size_t)(end - start));
        const char *stop = comma != NULL ? comma : end;
        if (found == count)
            return csv_reject(csv, "too many fields");
        fields[found++] = (struct csv_field){start, (size_t)(stop - start)};
        if (comma == NULL)
            break;
        start = comma + 1;
    }
    return found == count ? 1 : csv_reject(csv, "too few fields");
}

int csv_load(const char *path, char **text, size_t *bytes, char error[CSV_ERROR_TEXT_SIZE])
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        snprintf(error, CSV_ERROR_TEXT_SIZE, "%s: %s", path, strerror(errno));
        return -1;
    }
    /* One byte more than allowed tells a file that is too long; no seek, so that a pipe works too.
     */
    char *data = malloc((size_t)CSV_FILE_BYTES_MAX + 1);
    size_t count = data != NULL ? fread(data, 1, (size_t)CSV_FILE_BYTES_MAX + 1, file) : 0;
    const char *reason = NULL;
    if (data == NULL)
        reason = "out of memory";
    else if (ferror(file))
        reason = "cannot be read";
    else if (count > CSV_FILE_BYTES_MAX)
        reason = "the file is too long";
    fclose(file); /* opened for reading: nothing can be lost here */
    if (reason != NULL) {
        snprintf(error, CSV_ERROR_TEXT_SIZE, "%s: %s", path, reason);
        free(data);
        return -1;
    }
    *text = data;
    *bytes = count;
    return 0;
}
