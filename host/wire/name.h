/* SPDX-License-Identifier: Apache-2.0 */
/* Names of the Antelope family: up to 12 characters of ".12345a-z" and a 13th of ".1-5a-j", packed
 * into 64 bits, five bits each, the first character highest. Packed names sort as their texts do.
 */
#ifndef HOST_WIRE_NAME_H
#define HOST_WIRE_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NAME_CHARS_MAX 13u
#define NAME_TEXT_SIZE (NAME_CHARS_MAX + 1u)

typedef uint64_t name_t;

/* Reads exactly `chars` characters. False for a character out of the alphabet, more than 13 of
 * them, a trailing dot, or a 13th beyond 'j'. The empty text is the name 0. */
bool name_parse(const char *text, size_t chars, name_t *name);

/* Writes the text without trailing dots, and a terminator. */
void name_text(name_t name, char text[NAME_TEXT_SIZE]);

/* For names that are constants of the program: asserts that the text is a name. */
name_t name_of(const char *text);

#endif
