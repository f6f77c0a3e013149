// SPDX-License-Identifier: Apache-2.0
#include "host/base/base58.h"

#include <assert.h>
#include <string.h>

static const char alphabet[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/* -1: not a digit. */
static int digit_value(char digit)
{
    const char *place = digit != '\0' ? strchr(alphabet, digit) : NULL;
    return place != NULL ? (int)(place - alphabet) : -1;
}

bool base58_decode_var(const char *text, size_t chars, uint8_t *out, size_t bytes)
{
    assert(bytes <= BASE58_BYTES_MAX);
    if (chars >= BASE58_TEXT_SIZE)
        return false;
    size_t zeros = 0;
    while (zeros < chars && text[zeros] == alphabet[0])
        zeros++;
    /* out is the number, big-endian; `used` bytes at its end are not known to be zero. */
    memset(out, 0, bytes);
    size_t used = 0;
    for (size_t i = zeros; i < chars; i++) {
        int digit = digit_value(text[i]);
        if (digit < 0)
            return false;
        unsigned carry = (unsigned)digit;
        for (size_t place = 0; place < used; place++) {
            carry += out[bytes - 1 - place] * 58u;
            out[bytes - 1 - place] = (uint8_t)carry;
            carry >>= 8;
        }
        if (carry == 0)
            continue;
        if (used == bytes)
            return false;
        out[bytes - 1 - used++] = (uint8_t)carry;
    }
    return zeros + used == bytes;
}

void base58_encode_var(const uint8_t *data, size_t bytes, char out[BASE58_TEXT_SIZE])
{
    assert(bytes <= BASE58_BYTES_MAX);
    uint8_t digits[BASE58_TEXT_SIZE]; /* the lowest first */
    size_t count = 0, zeros = 0;
    while (zeros < bytes && data[zeros] == 0)
        zeros++;
    for (size_t i = zeros; i < bytes; i++) {
        unsigned carry = data[i];
        for (size_t place = 0; place < count; place++) {
            carry += (unsigned)digits[place] << 8;
            digits[place] = (uint8_t)(carry % 58);
            carry /= 58;
        }
        for (; carry != 0; carry /= 58)
            digits[count++] = (uint8_t)(carry % 58);
    }
    memset(out, alphabet[0], zeros);
    for (size_t i = 0; i < count; i++)
        out[zeros + i] = alphabet[digits[count - 1 - i]];
    out[zeros + count] = '\0';
    explicit_bzero(digits, sizeof digits); /* may have been a private key */
}
