// SPDX-License-Identifier: Apache-2.0
#include "base.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

_Noreturn void fail(const char *where, const char *what)
{
    fprintf(stderr, "%s: %s\n", where, what);
    exit(1);
}

void *allocate(uint64_t count, uint64_t size)
{
    void *memory = calloc(count > 0 ? count : 1, size);
    if (memory == NULL)
        fail("memory", "not enough");
    return memory;
}

double number_of(const char *text, const char *where)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end != 0 || !isfinite(value))
        fail(where, "no number");
    return value;
}

void option_read(const struct option *options, size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(options[i].name);
        if (strncmp(text, options[i].name, length) != 0 || text[length] != '=')
            continue;
        *options[i].value = number_of(text + length + 1, text);
        return;
    }
    fail(text, "no such option");
}

struct numbers numbers_open(const char *path)
{
    struct numbers numbers = {fopen(path, "r"), path};
    if (numbers.file == NULL)
        fail(path, strerror(errno));
    return numbers;
}

int numbers_next(const struct numbers *numbers, int low, int high)
{
    int value;
    if (fscanf(numbers->file, "%d", &value) != 1 || value < low || value > high)
        fail(numbers->path, "a number is missing or out of range");
    return value;
}

void numbers_close(const struct numbers *numbers)
{
    char more;
    if (fscanf(numbers->file, " %c", &more) != EOF)
        fail(numbers->path, "more follows than announced");
    fclose(numbers->file);
}
