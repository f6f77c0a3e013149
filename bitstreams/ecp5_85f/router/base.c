// SPDX-License-Identifier: Apache-2.0
#include "base.h"

#include <stdio.h>
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

void option_read(const struct option *options, size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(options[i].name);
        char *end;
        if (strncmp(text, options[i].name, length) != 0 || text[length] != '=')
            continue;
        *options[i].value = strtod(text + length + 1, &end);
        if (end == text + length + 1 || *end != 0)
            fail(text, "no number");
        return;
    }
    fail(text, "no such option");
}
