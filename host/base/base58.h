/* SPDX-License-Identifier: Apache-2.0 */
/* Base58 with Bitcoin's alphabet: bytes as a number in base 58, a '1' for each leading zero byte.
 * Time grows with the square of the length and depends on the content; hence the bound, and the
 * suffix _var of the names. What was computed on the way is wiped. */
#ifndef HOST_BASE_BASE58_H
#define HOST_BASE_BASE58_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BASE58_BYTES_MAX 128u
#define BASE58_TEXT_SIZE 176u /* of BASE58_BYTES_MAX bytes: 175 digits and a terminator */

/* Decodes all `chars` digits into exactly `bytes` bytes (at most BASE58_BYTES_MAX). False, with
 * `out` undefined, for another character and when the text stands for more or fewer bytes. `text`
 * needs no terminator. */
bool base58_decode_var(const char *text, size_t chars, uint8_t *out, size_t bytes);

/* Writes the digits of at most BASE58_BYTES_MAX bytes, and a terminator. */
void base58_encode_var(const uint8_t *data, size_t bytes, char out[BASE58_TEXT_SIZE]);

#endif
