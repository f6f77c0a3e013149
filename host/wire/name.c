// SPDX-License-Identifier: Apache-2.0
#include "host/wire/name.h"

#include <assert.h>
#include <string.h>

/* Twelve characters of five bits, the highest first, and one of four below them. */
#define NAME_LAST_MAX 15u

static unsigned shift_of(unsigned place)
{
    return place < NAME_CHARS_MAX - 1 ? 59 - 5 * place : 0;
}

/* -1: not of the alphabet. */
static int value_of(char character)
{
    if (character == '.')
        return 0;
    if (character >= '1' && character <= '5')
        return character - '1' + 1;
    if (character >= 'a' && character <= 'z')
        return character - 'a' + 6;
    return -1;
}

bool name_parse(const char *text, size_t chars, name_t *name)
{
    if (chars > NAME_CHARS_MAX || (chars > 0 && text[chars - 1] == '.'))
        return false;
    name_t packed = 0;
    for (unsigned i = 0; i < chars; i++) {
        int value = value_of(text[i]);
        if (value < 0 || (i == NAME_CHARS_MAX - 1 && value > (int)NAME_LAST_MAX))
            return false;
        packed |= (name_t)value << shift_of(i);
    }
    *name = packed;
    return true;
}

void name_text(name_t name, char text[NAME_TEXT_SIZE])
{
    static const char alphabet[] = ".12345abcdefghijklmnopqrstuvwxyz";
    unsigned chars = 0;
    for (unsigned i = 0; i < NAME_CHARS_MAX; i++) {
        unsigned value = name >> shift_of(i) & (i < NAME_CHARS_MAX - 1 ? 31 : NAME_LAST_MAX);
        text[i] = alphabet[value];
        if (value != 0)
            chars = i + 1;
    }
    text[chars] = '\0';
}

name_t name_of(const char *text)
{
    name_t name = 0;
    bool parsed = name_parse(text, strlen(text), &name);
    assert(parsed);
    (void)parsed;
    return name;
}
