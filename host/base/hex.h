/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOST_BASE_HEX_H
#define HOST_BASE_HEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decodes exactly `bytes` bytes from `chars` hexadecimal digits of either case. False, with `out`
 * undefined, when chars is not 2 * bytes or a character is not a digit. `text` needs no terminator.
 */
bool hex_decode(const char *text, size_t chars, uint8_t *out, size_t bytes);

/* Writes 2 * bytes lower-case digits and a terminator. */
void hex_encode(const uint8_t *data, size_t bytes, char *out);

#endif
